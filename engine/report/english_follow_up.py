"""The report in English: what follow-up studies are worth."""

from __future__ import annotations

ENGLISH_FOLLOW_UP: dict[str, str] = {
    "axis.programme_money": "{unit}, {year} prices",
    "axis.persons": "persons followed",
    "plot.study_value": "worth (EVSI), with two standard errors",
    "plot.study_net": "worth less what it costs",
    "plot.study_ceiling": "worth of knowing exactly (EVPPI)",
    "follow.lead": "A study before the decision: {label}. It counts persons who are followed; the more of them, the "
    "nearer it comes to knowing exactly, and the more it costs.",
    "follow.pays": "{name}: a follow-up of {size} persons to learn “{input}” would be worth {worth} to the programme "
    "and cost {cost}: {net} more than it costs.",
    "follow.costs": "{name}: a follow-up of {size} persons to learn “{input}” would be worth {worth} to the programme "
    "and cost {cost}. No size asked for is worth what it costs; knowing exactly would be worth {ceiling}.",
    "follow.nothing": "{name}: nothing. No result about “{input}” would change the decision.",
    "follow.assumed": "Assumed: {origin}",
    "follow.source": "Costs from the source “{origin}”.",
    "follow.concerns": "The decision is taken to concern {participants} participants; those who take part in the study "
    "are not taken off.",
    "follow.figure_title": "What a study is worth, by its size: {label}",
    "follow.how": "The line with error bars is what a study of that size is worth to the programme, because its result "
    "may change the decision (EVSI). The dashed line, which no study exceeds but by Monte Carlo error, is the worth of "
    "knowing exactly (EVPPI). The other line takes off what the study costs: where it is above zero the study pays; it "
    "leaves the frame where the cost is many times the worth.",
    "follow.caption": "Worth and cost of a study, for the programme: {label}",
    "follow.head.calculation": "Calculation",
    "follow.head.input": "Input",
    "follow.head.size": "Persons",
    "follow.head.worth": "Worth (EVSI)",
    "follow.head.error": "Standard error",
    "follow.head.cost": "Cost",
    "follow.head.net": "Net (ENBS)",
    "follow.head.ceiling": "Knowing exactly (EVPPI)",
}
