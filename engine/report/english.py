"""The report in English: message key -> sentence or label with named slots."""

from __future__ import annotations

from engine.report.english_analyses import ENGLISH_ANALYSES
from engine.report.english_budget import ENGLISH_BUDGET
from engine.report.english_economics import ENGLISH_ECONOMICS
from engine.report.english_follow_up import ENGLISH_FOLLOW_UP
from engine.report.english_inside import ENGLISH_INSIDE
from engine.report.english_laws import ENGLISH_LAWS
from engine.report.english_model import ENGLISH_MODEL
from engine.report.english_years import ENGLISH_YEARS

ENGLISH: dict[str, str] = {
    **ENGLISH_ANALYSES,
    **ENGLISH_BUDGET,
    **ENGLISH_ECONOMICS,
    **ENGLISH_FOLLOW_UP,
    **ENGLISH_INSIDE,
    **ENGLISH_LAWS,
    **ENGLISH_MODEL,
    **ENGLISH_YEARS,
    # lists and units
    "list.comma": ", ",
    "list.semicolon": "; ",
    "list.last": "{names} and {last}",
    "list.more.one": "{names} and {n} more",
    "list.more.other": "{names} and {n} more",
    "unit.sek": "SEK",
    "unit.thousand_sek": "thousand SEK",
    "unit.million_sek": "million SEK",
    "text.interval": "{low} to {high}",
    "text.never": "not within the horizon",
    "text.from_start": "at once",
    "text.no_uncertainty": "no uncertainty stated",
    "axis.money": "{unit} per participant, {year} prices",
    "axis.years": "years from the start",
    "axis.paid_back": "share of draws paid back",
    "axis.variance_share": "share of the variance of net saving",
    "axis.cohort_share": "share of the participants",
    # words inside figures
    "plot.beyond_horizon": "not counted",
    "plot.cut": "year {year}: {amount}",
    "plot.nothing": "nothing is paid or saved",
    "plot.in_view": "{name} · {view}",
    "plot.flow_heading": "Net saving in each year, {unit} per participant",
    "plot.sum_heading": "Sum so far, {unit}",
    "plot.paid_back": "paid back after {years} years (median)",
    "plot.paid_back_at_once": "saves from the start",
    "plot.not_paid_back": "not paid back within the horizon (median)",
    "plot.ends_at": "{name}: {share}",
    "plot.other_assumptions.one": "{n} other assumption",
    "plot.other_assumptions.other": "{n} other assumptions",
    "plot.low_input": "input low (5 % quantile)",
    "plot.high_input": "input high (95 % quantile)",
    "plot.first_order": "alone (first order)",
    "plot.total_order": "with interactions (total)",
    "plot.occupancy_difference": "Change by the intervention in each calculation, percentage points (own scales)",
    # the page
    "page.skip": "Skip to the answer",
    "page.contents": "On this page",
    "page.kicker": "Insats report",
    "page.subtitle.one": "{n} calculation of “{strategy}”, compared with “{baseline}”. Amounts in {year} prices.",
    "page.subtitle.other": "{n} calculations of “{strategy}”, compared with “{baseline}”. Amounts in {year} prices.",
    "page.description": "What the calculations of this intervention say, and why they differ.",
    "page.footer": "Made by Insats. Study “{study}”, run {key}.",
    "page.how": "How to read it:",
    "page.table_of": "The numbers in this figure",
    "page.swipe": "Scrolls sideways →",
    "page.print_note": "Printed in short: what is folded on the page is left out here. The page itself and the tables "
    "beside it (npv.csv, differences.csv, sensitivity.csv) have everything.",
    "page.scroll": "Figure, scrolls sideways on a narrow screen",
    "table.scroll": "Table, scrolls sideways on a narrow screen: {caption}",
    # 1 the answer
    "answer.title": "The answer in three points",
    "answer.range.single": "Net saving of “{strategy}”, per participant, as {low_name} reports it in its own "
    "perspective ({low_view}): {low} SEK (probability of saving money: {low_p}).",
    "answer.range.mixed": "The calculations do not agree on whether “{strategy}” saves money. Net saving per "
    "participant, each as its author reports it: from {low} SEK ({low_name}, perspective “{low_view}”; probability "
    "of saving money: {low_p}) to {high} SEK ({high_name}, perspective “{high_view}”; {high_p}).",
    "answer.range.gain": "All calculations find that “{strategy}” saves money. Net saving per participant, each as "
    "its author reports it: from {low} SEK ({low_name}, perspective “{low_view}”; probability of saving money: "
    "{low_p}) to {high} SEK ({high_name}, perspective “{high_view}”; {high_p}).",
    "answer.range.loss": "All calculations find that “{strategy}” costs more than it saves. Net saving per "
    "participant, each as its author reports it: from {low} SEK ({low_name}, perspective “{low_view}”; probability "
    "of saving money: {low_p}) to {high} SEK ({high_name}, perspective “{high_view}”; {high_p}).",
    "answer.gap.one": "The {gap} SEK between these two ({low_name} and {high_name}) come from “{a1}”.",
    "answer.gap.two": "What makes up the {gap} SEK between these two ({low_name} and {high_name}): “{a1}” {c1}; "
    "“{a2}” {c2}.",
    "answer.gap.three": "What makes up the {gap} SEK between these two ({low_name} and {high_name}): “{a1}” {c1}; "
    "“{a2}” {c2}; “{a3}” {c3}.",
    "answer.gap.more.one": "What makes up the {gap} SEK between these two ({low_name} and {high_name}): “{a1}” "
    "{c1}; “{a2}” {c2}; “{a3}” {c3}; one other assumption {rest}.",
    "answer.gap.more.other": "What makes up the {gap} SEK between these two ({low_name} and {high_name}): “{a1}” "
    "{c1}; “{a2}” {c2}; “{a3}” {c3}; {n} other assumptions together {rest}.",
    "answer.gap.none": "{low_name} and {high_name} make the same assumptions, so there is no difference to explain.",
    "answer.gap.missing": "Why the calculations differ was not analysed in this run.",
    "answer.gap.single": "There is only one calculation, so there is no difference between calculations to explain.",
    "answer.same_view": "With both seen in the perspective “{perspective}”, {gap} SEK remain ({low_name}: {low}; "
    "{high_name}: {high}).",
    "answer.who.pay": "Loses in every calculation: {names}.",
    "answer.who.gain": "Gains in every calculation: {names}.",
    "answer.who.mixed": "Depends on the calculation: {names}.",
    "answer.who.none": "Nobody's costs change in any calculation.",
    "answer.rounding": "Every amount is rounded by itself, to what its Monte Carlo error supports and at most three "
    "digits; a sum or difference of two can be off by one in the last digit.",
    "answer.who_one": "{name} ({amount} SEK)",
    "answer.who_span": "{name} ({low} to {high} SEK)",
    "answer.caveat": "What this cannot tell you",
    "answer.cards": "What each calculation reports, in its own perspective",
    "answer.cards_of": "{strategy}: what each calculation reports, in its own perspective",
    "answer.card_perspective": "Perspective: {perspective}",
    "answer.card_unit": "SEK per participant",
    "answer.card_total": "{amount} million SEK for all {cohort} participants",
    "answer.card_probability": "Probability of saving money: {p}",
    "answer.card_payback": "Paid back after {years} years (not discounted)",
    "answer.card_payback_both": "Paid back after {years} years; discounted, after {discounted}",
    "answer.card_payback_not_discounted": "Paid back after {years} years; discounted, not within the horizon",
    "answer.card_payback_at_once": "Saves money from the start",
    "answer.card_no_payback": "Not paid back within its {years} years",
    "answer.card_nothing": "Nothing is paid or saved in this perspective",
    "answer.words": "Words used on this page",
    "word.npv": "Net saving (net present value, NPV)",
    "word.npv_means": "What is saved minus what the intervention costs, later years counted less by the discount "
    "rate. Above zero, the intervention saves more than it costs within the horizon.",
    "word.perspective": "Perspective",
    "word.perspective_means": "Whose costs are counted together. A benefit paid by one and received by another "
    "cancels where both are counted.",
    "word.horizon": "Horizon",
    "word.horizon_means": "The years within which a calculation counts costs and savings.",
    "word.draw": "Draw",
    "word.draw_means": "One set of values for everything that is uncertain. A result is computed for each of many "
    "draws; a probability is the share of them.",
    "word.interval": "90 % interval",
    "word.interval_means": "Nine draws in ten fall between its ends. It shows the uncertainty that the author of "
    "the calculation has stated, not the disagreement between authors.",
    "word.payback": "Paid back after",
    "word.payback_means": "The time after which what has been saved so far never falls below zero again: the median "
    "over draws, without discounting unless it says discounted, in the perspective that the calculation reports "
    "unless another is named.",
    "word.shapley": "Contribution to a difference (Shapley)",
    "word.shapley_means": "The average step in net saving when the assumptions of one calculation are exchanged for "
    "those of another one by one, in every possible order. Contributions add up exactly to the difference.",
    "word.sobol": "Sobol' index",
    "word.sobol_means": "The share of the uncertainty (the variance) in net saving that one uncertain input causes, "
    "by itself or together with others.",
    # 2 NPV
    "npv.title": "Net saving by calculation",
    "npv.lead": "Net present value per participant in {year} prices. Above zero the intervention saves more than it "
    "costs within the calculation's own horizon.",
    "npv.own_caption": "Each calculation in the perspective that it reports itself, SEK per participant",
    "npv.head.calculation": "Calculation",
    "npv.head.perspective": "Perspective",
    "npv.head.horizon": "Horizon, years",
    "npv.head.mean": "Net saving, mean",
    "npv.head.interval": "90 % interval",
    "npv.head.probability": "Probability of saving money",
    "npv.head.payback": "Paid back after, years (not discounted)",
    "npv.head.discounted": "The same, discounted",
    "npv.head.p_payback": "Probability of paying back",
    "npv.head.ratio": "Benefit–cost ratio",
    "npv.head.party": "Perspective or payer",
    "npv.head.mcse": "Standard error of the mean",
    "npv.head.sd": "Standard deviation",
    "npv.head.median": "Median",
    "npv.head.low": "5 % quantile",
    "npv.head.high": "95 % quantile",
    "npv.bars_caption": "Net saving in each perspective and calculation, SEK per participant",
    "npv.payers_caption": "Net saving of each payer and calculation, SEK per participant",
    "npv.note": "Amounts show no more digits than the Monte Carlo standard error of the mean supports. The "
    "benefit–cost ratio is the value of what is gained divided by the cost of the programme; it exists only for "
    "those who pay for the programme.",
    "npv.all_caption": "Net saving in every perspective and for every payer, mean and 90 % interval, SEK per "
    "participant",
    "npv.group.perspectives": "Perspectives",
    "npv.group.payers": "Payers",
    "npv.own_view": "Own perspective of each calculation",
    "npv.headline_mark": "headline",
    "npv.bars_title": "Net saving by perspective and calculation",
    "npv.bars_how": "A bar to the right of zero saves money, one to the left costs money; the thin line spans the "
    "90 % interval. The number is the mean.",
    "npv.payers_title": "Net saving by payer and calculation",
    "npv.payers_how": "Each group is one payer: bars to the right mean that this payer gains over the calculation's "
    "horizon, bars to the left that it pays.",
    "npv.full": "Every number: standard errors, quantiles, pay-back for all perspectives and payers",
    "npv.full_caption": "Net saving in full, SEK per participant",
    # 3 cash flow
    "flow.title": "Who pays and who gains, year by year",
    "flow.lead": "Money as it falls in each year, before discounting: costs below zero, savings above. A payer who "
    "gains late does not help a payer who has to find the money now.",
    "flow.programme": "The cost of the programme falls on: {payers}.",
    "flow.figure_title": "Net saving per year and payer",
    "flow.how": "Left: the coloured parts of a bar are payers, the dark stroke is their sum in that year; each "
    "calculation has its own scale and ends at its horizon. A bar too long for the panel is cut and its sum "
    "written out. Right: the sum of all years so far, not discounted, of the payers in the perspective that the "
    "calculation reports (named above the panel), on the same scale for all; where the line crosses zero for good "
    "the money has come back.",
    "flow.caption": "Net saving in selected years, SEK per participant, not discounted",
    "flow.head.year": "Year {year}",
    "flow.head.sum": "Sum to the horizon",
    "flow.sum_row": "All payers",
    "theme.method": "Choices of method",
    # 4 differences
    "gap.title": "Why two calculations differ",
    "gap.lead": "Each step exchanges one assumption of the first calculation for that of the second. What a step is "
    "worth depends on which have been exchanged before it, so each contribution is the average step when "
    "assumptions are exchanged one by one in every possible order (the Shapley contribution). Contributions add "
    "up exactly to the difference.",
    "gap.alone_note": "The column “alone” is the effect of changing only that assumption, “changed last” its effect "
    "after all others. These effects do not add "
    "up to the difference, because assumptions strengthen or weaken each other: a longer horizon is worth much "
    "if the effect lasts, and little if it fades.",
    "gap.missing": "The differences between calculations were not analysed in this run.",
    "gap.headline_part": "Both in the perspective “{perspective}”",
    "gap.reported_part": "As reported: each calculation in its own perspective",
    "gap.reported_note": "The choice of perspective is one of the assumptions that make two calculations differ.",
    "gap.reported_same": "These pairs report this perspective themselves and are the same as above: {pairs}.",
    "gap.part_of": "{strategy}: {part}",
    "gap.member": "{label}: {value}",
    "gap.no_theme": "without a theme",
    "gap.pair": "{a} → {b}",
    "gap.summary": "{a} → {b}: {gap} SEK per participant",
    "gap.figure_title": "From {a} to {b}",
    "gap.how": "Start at the dark bar on top and follow the steps down to the dark bar at the bottom: blue raises "
    "the net saving, orange lowers it. The thin line spans the smallest and largest step over all orders.",
    "gap.caption": "From {a} to {b}: contribution of each assumption, SEK per participant",
    "gap.head.assumption": "Assumption",
    "gap.head.theme": "Theme",
    "gap.head.from": "From: {a}",
    "gap.head.to": "To: {b}",
    "gap.head.contribution": "Contribution",
    "gap.head.alone": "Alone",
    "gap.head.total": "Changed last",
    "gap.head.range": "Smallest to largest step",
    "gap.theme_caption": "From {a} to {b}: contribution of each theme, SEK per participant",
    "gap.sum_row": "Sum",
    "gap.sampled": "Orders were sampled, not all enumerated; the standard error of a contribution is at most {se} SEK.",
    "gap.error": "Every mixture of the two was computed in {draws} common draws. The Monte Carlo standard error "
    "is {se} SEK for the difference and at most {most} SEK for a contribution.",
    "gap.no_difference": "These two make the same assumptions.",
    # 5 ranking
    "rank.title": "Which assumptions matter most over all calculations",
    "rank.lead.one": "The size of each contribution in the perspective “{perspective}”, whichever its sign: there "
    "is one pair of calculations. To agree on what stands on top narrows the disagreement most.",
    "rank.lead.other": "The size of each contribution, whichever its sign, averaged over all {n} pairs of "
    "calculations in the perspective “{perspective}”. To agree on what stands on top narrows the disagreement "
    "most.",
    "rank.lead_reported.one": "The size of each contribution to what is reported, whichever its sign: there is one "
    "pair of calculations. To agree on what stands on top narrows the disagreement most.",
    "rank.lead_reported.other": "The size of each contribution to what is reported, whichever its sign, averaged over "
    "all {n} pairs of calculations, each in its own perspective. To agree on what stands on top narrows the "
    "disagreement most.",
    "rank.none": "No assumption moves two calculations apart in this perspective.",
    "rank.figure_title": "Mean contribution to the difference between two calculations",
    "rank.how": "The longer the bar, the more this assumption moves two calculations apart on average. Colours are "
    "themes.",
    "rank.caption": "Mean contribution over pairs, SEK per participant",
    "rank.head.mean": "Mean contribution",
    "rank.head.pairs": "Pairs in which it differs",
    # 6 fan and pay-back
    "path.title": "How net saving grows, and when it is paid back",
    "path.lead": "What has been saved so far, not discounted, each calculation in the perspective that it reports. "
    "An intervention begins below zero, with its cost, and has paid back when it stays above zero.",
    "path.fan_title": "Accumulated net saving with its uncertainty",
    "path.fan_how": "The line is the median; half of the draws run inside the dark band and nine in ten inside the "
    "light one. The ring marks the median year of pay-back. Each panel has its own scale and ends at the "
    "calculation's horizon.",
    "path.fan_caption": "Accumulated net saving in selected years, SEK per participant: median and 90 % band",
    "path.payback_title": "Probability of having paid back",
    "path.payback_how": "The height of a line is the share of draws that have paid back by that year, not "
    "discounted. A line ends at the calculation's horizon; the share there stands beside its name.",
    "path.payback_caption": "Probability of having paid back and median pay-back, each calculation in its own "
    "perspective",
    "path.head.by": "By year {year}",
    # 7 sensitivity
    "sens.title": "What drives the uncertainty inside a calculation",
    "sens.lead": "So far the calculations were compared. Here one calculation at a time: which of its uncertain "
    "inputs decide whether the intervention pays?",
    "sens.missing": "No sensitivity analysis was made in this run.",
    "sens.what": "Net saving of “{strategy}” in the perspective “{party}”.",
    "sens.what_reported": "Net saving of “{strategy}” in the calculation's own perspective.",
    "sens.tornado_title": "One input at a time: {name}",
    "sens.tornado_how": "Each bar shows how far the net saving moves when one input is low or high and the others "
    "are as they are; the numbers at the ends are the input's own values. The dashed line is the mean as it "
    "stands.",
    "sens.tornado_caption": "One input at a time, SEK per participant: {name}",
    "sens.sobol_title": "Share of the uncertainty: {name}",
    "sens.sobol_how": "The Sobol' index is the share of the variance of net saving that an input causes: alone, and "
    "together with other inputs. The thin line is the 95 % interval of the estimate; values below zero "
    "are estimation noise, and so is an input that seems to do more alone than in total.",
    "sens.sobol_caption": "Sobol' indices with the half-width of their 95 % intervals: {name}",
    "sens.pairs_caption": "Largest interactions of two inputs: {name}",
    "sens.morris_caption": "Morris screening, SEK per participant: {name}",
    "sens.morris_how": "Morris screening moves one input at a time over its whole range from many starting points. "
    "The mean size says how much an input matters; a large spread says that its effect depends on the others.",
    "sens.runs.one": "{n} evaluation of the model.",
    "sens.runs.other": "{runs} evaluations of the model.",
    "sens.others.one": "{n} other input, its size {most}",
    "sens.others.other": "{n} other inputs, each at most {most}",
    "sens.pairs_none": "No interaction of two inputs can be told from noise with this number of evaluations.",
    "sens.pairs_note.one": "Only interactions whose 95 % interval excludes zero, of {n} pair examined.",
    "sens.pairs_note.other": "Only interactions whose 95 % interval excludes zero, of {n} pairs examined; chance alone "
    "would let about {chance} through.",
    "sens.summary": "{name} – largest: {input}",
    "sens.summary_share": "{name} – largest: {input} ({share} of the variance)",
    "sens.head.input": "Input",
    "sens.head.low": "Low value",
    "sens.head.high": "High value",
    "sens.head.at_low": "Net saving at low",
    "sens.head.at_high": "Net saving at high",
    "sens.head.first": "Alone",
    "sens.head.total": "With interactions",
    "sens.head.pair": "Two inputs together",
    "sens.head.second": "Share",
    "sens.head.mu_star": "Mean size of the effect",
    "sens.head.mu": "Mean effect",
    "sens.head.sigma": "Spread of the effect",
    "sens.plus_minus": "{value} ± {half}",
    "sens.two": "{a} × {b}",
    # 8 occupancy
    "states.title": "Where people are over the years",
    "states.lead": "The savings follow from people being in other states than they would have been. How much the "
    "intervention moves them is believed differently by each calculation.",
    "states.figure_title": "Share of the participants in each state",
    "states.how": "Above: without the intervention, as in the calculation with the longest horizon ({name}); the "
    "areas fill 100 % in every year. Below: how many percentage points more (or fewer) are in each state with the "
    "intervention, on a scale of its own for each calculation and up to its horizon.",
    "states.head.state": "State",
    "states.caption": "Share of the participants in each state: without → with the intervention",
    # 9 assumptions
    "assume.title": "Assumptions side by side",
    "assume.lead": "Every assumption as each calculation sets it. Cells marked “own” differ from the model's common "
    "value; grey ones are set but not used by the calculation. Where the law of an uncertain figure has another mean "
    "than the figure itself, it is the mean that counts in the results.",
    "assume.not_used": "not used here",
    "assume.differ_caption": "Assumptions in which the calculations differ",
    "assume.same.one": "{n} assumption that is the same in all calculations",
    "assume.same.other": "{n} assumptions that are the same in all calculations",
    "assume.same_caption": "Assumptions that are the same in all calculations",
    "assume.head.assumption": "Assumption",
    "assume.head.unit": "Unit",
    "assume.unit_year": "{unit}, {year} prices",
    "assume.head.price_year": "Price year",
    "assume.head.model": "Common value",
    "assume.head.source": "Source or assumption",
    "assume.own": "own",
    "assume.uncertain": "{value}, uncertain ({law})",
    "assume.uncertain_mean": "value {value}; mean of the law {mean} ({law})",
    "assume.brief": "{value}, uncertain",
    "assume.brief_mean": "{value}, uncertain; mean of the law {mean}",
    "assume.confidence": "confidence {grade}",
    "assume.tables.one": "{n} table of figures",
    "assume.tables.other": "{n} tables of figures",
    "assume.tables_caption": "Tables of figures and where they come from",
    "assume.head.table": "Table",
    "assume.head.file": "File",
    "assume.head.common_source": "Source of the common value",
    "assume.is_assumption": "Assumption: {text}",
    "assume.no_source": "no source given",
    "assume.why": "Why: {name}",
    "assume.why_calculation": "The calculation: {why}",
    "assume.why_perspective": "Perspective “{perspective}”: {why}",
    "assume.why_value": "{label}, {value}: {reasons}",
    "assume.why_source": "Source: {source}.",
    "assume.why_source_graded": "Source: {source} (confidence {grade}).",
    "assume.sources": "Sources",
    "assume.sources_caption": "Where the figures come from",
    "assume.head.id": "Id",
    "assume.head.quantity": "Quantity",
    "assume.head.value": "Value",
    "assume.head.range": "Low to high",
    "assume.head.origin": "Origin",
    "assume.head.confidence": "Confidence",
    "assume.origin": "{organisation}: {title} ({year})",
    # 10 the run
    "run.title": "What was run",
    "run.lead": "Everything needed to get the same numbers again.",
    "run.study": "Study",
    "run.key": "Key of the study and its data",
    "run.seed": "Seed",
    "run.draws": "Draws",
    "run.kept": "Draws kept one by one",
    "run.kept_value": "the first {n}; means, their errors, quantiles and probabilities of net saving are of all draws; "
    "what needs single draws (spread over the years, outcomes, subgroups, cost-effectiveness, budgets, value of "
    "information) is of these",
    "run.design": "Design of the draws",
    "run.replicates": "Independent replicates",
    "run.cycles": "Time",
    "run.cycles_value.one": "{cycles} cycles of 1 year, from age {age}, year {year}",
    "run.cycles_value.other": "{cycles} cycles of {length} years, from age {age}, year {year}",
    "run.notes": "Asked for and not done",
    # what a figure shows, for who cannot see it
    "alt.of": "{name}: {values}",
    "alt.value": "{name} {value}",
    "alt.gap": "difference {gap} SEK per participant",
    "alt.span": "{name} {low} to {high}",
    "alt.flow": "{name}: first year {first} SEK, sum {total} SEK in the perspective {perspective}",
    "alt.fan": "{name}: after {years} years {median} SEK, 90 % between {low} and {high}",
    "alt.states": "{name}: {state} {points} percentage points after {years} years",
    "run.cohort": "Participants",
    "run.rejected": "Draws rejected because they broke a rule of the model",
    "run.rejected_none": "none",
    "run.rejected_value": "{name}: {n}",
    "run.versions": "Versions",
    "run.times": "Time taken",
    "run.version_value": "{name} {version}",
    "run.time_value": "{name} {seconds} s",
    "run.platform": "Computed on",
    "run.code": "Fingerprint of the program's code",
    "run.command_text": "insats run {study} -n {draws} --seed {seed}",
    "run.command": "Command that repeats it",
}
