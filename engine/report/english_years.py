"""The report in English, third part: when and at whom a difference arises, and how the run settled."""

from __future__ import annotations

ENGLISH_YEARS: dict[str, str] = {
    # when and at whom
    "when.title": "When the difference arises, and at whom",
    "when.lead": "The contributions above are sums over years and payers. Here those of the widest difference are "
    "taken apart: in which years each assumption moves the two calculations apart, and whose money it is.",
    "when.views_differ": "Which money this is: as they report, {a} (perspective “{a_view}”) and {b} (“{b_view}”) lie "
    "{reported} SEK per participant apart, but they do not count the same payers. Here every payer is counted in "
    "both, and from the first to the second net saving changes by {gap} SEK. Whose costs are counted is a choice of "
    "what to report; it moves no payer's money, so it is no assumption in this section.",
    "when.views_agree": "Which money this is: as they report, {a} and {b} (both in the perspective “{a_view}”) lie "
    "{reported} SEK per participant apart. Here every payer is counted, and from the first to the second net saving "
    "changes by {gap} SEK.",
    "when.halves.one": "Of the {gap} SEK, {late} arise after the first year, most through “{late_name}” "
    "({late_part}), and {early} in the first year, most through “{early_name}” ({early_part}).",
    "when.halves.other": "Of the {gap} SEK, {late} arise after year {n}, most through “{late_name}” ({late_part}), "
    "and {early} in the first {n} years, most through “{early_name}” ({early_part}).",
    "when.all_early.one": "All of the {gap} SEK arise in the first year, most through “{early_name}” ({early_part}).",
    "when.all_early.other": "All of the {gap} SEK arise in the first {n} years, most through “{early_name}” "
    "({early_part}).",
    "when.all_late.one": "All of the {gap} SEK arise after the first year, most through “{late_name}” ({late_part}).",
    "when.all_late.other": "All of the {gap} SEK arise after year {n}, most through “{late_name}” ({late_part}).",
    "when.payer.one": "{payer}: {gap} SEK, of which {late} after the first year; most through “{name}” ({part}).",
    "when.payer.other": "{payer}: {gap} SEK, of which {late} after year {n}; most through “{name}” ({part}).",
    "when.payer_whole": "{payer}: {gap} SEK; most through “{name}” ({part}).",
    "when.payers_rest.one": "{n} other payer: {rest} SEK.",
    "when.payers_rest.other": "{n} other payers together: {rest} SEK.",
    "when.none": "These two agree in everything that moves any payer's money.",
    "when.years_title": "How the difference from {a} to {b} grows over the years",
    "when.years_how": "Where a coloured line rises, its assumption adds to the difference in those years, where it is "
    "flat it adds nothing; in every year the coloured lines add up to the dark one, the difference so far (all "
    "payers, discounted as each calculation does).",
    "when.years_caption": "From {a} to {b}: contribution up to the end of selected years, all payers together, "
    "discounted, SEK per participant",
    "when.payers_title": "Which assumption makes the difference from {a} to {b}, and at whom",
    "when.payers_how": "Blue raises the payer's net saving on the way from the first calculation to the second, orange "
    "lowers it; each column adds up to its bottom cell, that payer's whole difference, and each row to its last cell.",
    "when.payers_caption": "From {a} to {b}: contribution of each assumption at each payer over all years, discounted, "
    "SEK per participant; to the krona, so that the sums can be checked",
    "when.draws": "Every mixture of the two was computed in {draws} common draws, weighted so that each payer's "
    "difference is the one between the means of all draws.",
    "when.sampled": "Orders in which assumptions are exchanged were sampled, not all enumerated.",
    "plot.whole_difference": "The whole difference",
    "plot.horizon_of": "horizon: {name}",
    # how the run settled
    "conv.title": "How the mean settles as more draws are made",
    "conv.how": "The line is the mean net saving of the first draws, the band two Monte Carlo standard errors to each "
    "side, the dashed line the mean of all draws; a band that is narrow and a line that has come to rest say that "
    "more draws would change nothing that matters. Each step to the right doubles the draws; each panel has its own "
    "scale.",
    "conv.caption": "Mean net saving of the first draws and its Monte Carlo standard error, each calculation in its "
    "own perspective, SEK per participant",
    "conv.alt": "{name}: {mean} ± {error} SEK after {draws} draws",
    "axis.draws": "draws",
    "plot.same_mean": "the same mean throughout",
}
