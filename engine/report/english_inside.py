"""The report in English: choices inside a calculation, each payer and year, and how shares of variance settled."""

from __future__ import annotations

ENGLISH_INSIDE: dict[str, str] = {
    "axis.deviation": "standard deviation, {unit}",
    "plot.deviation_heading": "How uncertain each year's net saving is: standard deviation, {unit} per participant",
    "plot.causes_heading": "How much of it an input causes, with interactions",
    "sens.choice": "{label} (choice)",
    "sens.name_groups": "{name}, in groups",
    "sens.groups": "Several inputs counted as one: {groups}",
    "sens.group": "{label}: {members}",
    "sens.name_choices": "{name}, with choices of method",
    "sens.choices_drawn": "Here these choices of method are drawn at random too, instead of being made as the "
    "calculation makes them: {choices}. So the spread is not that of the calculation itself.",
    "sens.choices_share": "Of this spread, {choices} comes from the choices of method alone, {figures} from the "
    "uncertain figures alone, and {both} from figures that matter more with one choice than with another.",
    "sens.choices_note": "For a choice the bar runs from the alternative with the lowest net saving to the one with "
    "the highest.",
    "sens.alternatives_caption": "Net saving with each alternative of a choice, SEK per participant: {name}",
    "sens.by_payer_title": "What makes each payer's net saving uncertain: {name}",
    "sens.by_payer_how": "Each row is a payer, each column an input. A cell says how much of the uncertainty about "
    "that payer's net saving the input causes, together with other inputs (total Sobol' index). The bar beside it says "
    "how large that uncertainty is (standard deviation): a large share of a short bar is little money. In the last row "
    "all payers are taken together, each counting by its variance.",
    "sens.by_payer_caption": "Uncertainty of each payer's net saving, and the share of it that inputs cause, with "
    "interactions: {name}",
    "sens.by_year_title": "What makes each year's net saving uncertain: {name}",
    "sens.by_year_how": "Above, how uncertain the net saving of each year is, discounted (standard deviation). Below, "
    "how much of it an input causes, together with other inputs (total Sobol' index). Years less than a hundredth as "
    "uncertain as the most uncertain one are left out below: a share of next to nothing says nothing.",
    "sens.by_year_caption": "Uncertainty of the net saving of some years, and the share of it that inputs cause, with "
    "interactions: {name}",
    "sens.all_payers": "All payers together",
    "sens.head.payer": "Payer",
    "sens.head.year": "Year from the start",
    "sens.head.deviation": "Standard deviation, SEK",
    "sens.head.alternative": "Alternative",
    "sens.head.outcome": "Net saving",
    "depend.title": "Uncertain figures that depend on one another",
    "depend.how": "Figures that tend to be high together are drawn together (rank correlation above 0; below 0 where "
    "one is high when the other is low). Here is what was asked for, and what the draws really have. Shares of one "
    "whole, and rows of a table, depend on each other by themselves.",
    "depend.caption": "Rank correlations as stated and in the first {draws} draws",
    "depend.pair": "{a}; {b}",
    "depend.together": "drawn together",
    "depend.head.pair": "Two uncertain figures",
    "depend.head.stated": "Stated",
    "depend.head.achieved": "In the draws",
    "depend.head.error": "Standard error",
    "axis.evaluations": "evaluations of the model",
    "sens.refined": "The number of evaluations was doubled until every share above 5 % was known to within ± {asked}, "
    "and the ranking held: {runs} evaluations.",
    "sens.not_ranked": "Every share above 5 % is known to within ± {got}, but after {runs} evaluations, the most that "
    "were allowed, some inputs still could change places in the ranking.",
    "sens.not_refined": "The shares are less precise than asked for: after {runs} evaluations, the most that were "
    "allowed, the least precise of those that matter is known to within ± {got} instead of ± {asked}.",
    "sens.refined_title": "How the shares settled as the model was evaluated more often: {name}",
    "sens.refined_how": "Each line is the share of the uncertainty that an input causes, together with other inputs "
    "(total Sobol' index), as it was estimated after so many evaluations; the band is its 95 % interval. Where a line "
    "has become level and its band narrow, more evaluations would change nothing.",
    "sens.refined_caption": "Shares of the uncertainty as they settled, with the half-width of their 95 % intervals: "
    "{name}",
    "sens.refined_alt": "{name}: {share} ± {half} after {runs} evaluations",
    "sens.within": "± {half}",
    "sens.yes": "yes",
    "sens.no": "no",
    "sens.head.evaluations": "Evaluations",
    "sens.head.least_precise": "Least precise share",
    "sens.head.ranking": "Ranking holds",
}
