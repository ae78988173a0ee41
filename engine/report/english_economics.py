"""The report in English: what an intervention does for its money. On the page where a model counts more than money."""

from __future__ import annotations

ENGLISH_ECONOMICS: dict[str, str] = {
    # rate of return, beside pay-back
    "rate.head": "Internal rate of return",
    "rate.caption": "Internal rate of return a year, in each perspective, with its 90 % interval",
    "rate.not_unique": "not unique",
    "rate.loan": "gains come first",
    "rate.interval": "{low} to {high}",
    "rate.interval_of": "{low} to {high}, of the {share} of draws that have one",
    "rate.note": "The internal rate of return is the discount rate at which the yearly net saving, on average over "
    "draws, is worth exactly nothing: the intervention is worth its money for whoever can borrow at less. There is a "
    "dash where money goes one way only, and none is told where several rates solve it. In the interval, a draw in "
    "which money is paid and nothing comes back counts as −100 %.",
    # outcomes
    "out.title": "What the intervention does for people",
    "out.lead": "Not all that matters is money. Here is how much there is of each outcome without and with the "
    "intervention, for each participant, and what it adds up to.",
    "out.heading": "{name} ({unit})",
    "out.sentence_more": "{calculation}: with “{strategy}” there is {amount} {unit} more for each participant.",
    "out.sentence_less": "{calculation}: with “{strategy}” there is {amount} {unit} less for each participant.",
    "out.sentence_none": "{calculation}: “{strategy}” changes nothing here.",
    "out.cohort_more": "{calculation}: with “{strategy}” there is {amount} {unit} more for each participant, and "
    "{total} more for all {cohort} participants.",
    "out.cohort_less": "{calculation}: with “{strategy}” there is {amount} {unit} less for each participant, and "
    "{total} less for all {cohort} participants.",
    "out.needed_for.more": "{calculation}: it takes {n} participants in “{strategy}” for one more (number needed to "
    "treat; {unit}).",
    "out.needed_for.less": "{calculation}: it takes {n} participants in “{strategy}” to prevent one (number needed to "
    "treat; {unit}).",
    "out.harm_for.more": "{calculation}: for every {n} participants in “{strategy}” there is one fewer (number needed "
    "to harm; {unit}).",
    "out.harm_for.less": "{calculation}: for every {n} participants in “{strategy}” there is one more (number needed "
    "to harm; {unit}).",
    "out.better.more": "More is better here.",
    "out.better.less": "Less is better here.",
    "out.discounted": "Amounts that fall in later years count less where the model gives the outcome a discount rate.",
    "out.caption": "{name}: {unit} per participant",
    "out.head.strategy": "Strategy",
    "out.head.amount": "Amount",
    "out.head.difference": "Difference",
    "out.head.p_better": "Probability of doing better",
    "out.head.total": "Difference for all {cohort} participants",
    "out.head.needed": "Number needed to treat",
    "out.head.needed_interval": "90 % interval of it",
    "out.needed": "{n} (benefit)",
    "out.harmed": "{n} (harm)",
    "out.needed_span": "{low} to {high}",
    "out.needed_through": "{harm} to ∞ to {benefit}",
    "out.needed_note": "A number needed to treat is 1 divided by the gain per participant. Where the interval of the "
    "gain holds zero, that of the number passes through infinity: from so many to harm one, by way of no difference, "
    "to so many to benefit one (Altman 1998).",
    "out.figure_title": "{name}: difference from “{baseline}”",
    "out.how": "A bar to the right is more of the outcome than without the intervention, one to the left less; the "
    "thin line spans the 90 % interval. The number is the mean.",
    "out.axis": "{unit} per participant, difference",
    "alt.outcome": "{strategy}, {calculation}: {amount}",
    # cost-effectiveness
    "ce.title": "What is had for the money (cost-effectiveness)",
    "ce.lead": "Whether something good is worth its money depends on what one is willing to pay for it. Strategies "
    "are put in order of cost, those that never pay are set aside, and each of the others is compared with the one "
    "before it: what does one more unit cost (the incremental cost-effectiveness ratio, ICER)?",
    "ce.heading": "{outcome}, costs in the perspective “{perspective}”",
    "ce.per.more": "SEK per {unit} gained",
    "ce.per.less": "SEK per {unit} avoided",
    "ce.gained.more": "{unit} gained",
    "ce.gained.less": "{unit} avoided",
    "ce.best_one": "{calculation}: “{strategy}” is best whatever one is willing to pay.",
    "ce.best": "{calculation}: which is best depends on what one is willing to pay, in {per}: {steps}.",
    "ce.step_first": "“{strategy}” below {high}",
    "ce.step": "“{strategy}” between {low} and {high}",
    "ce.step_last": "“{strategy}” above {low}",
    "ce.dominated": "{calculation}: at no price worth choosing, as others do at least as much for less money: {names}.",
    "ce.doubt": "{calculation}: the choice is hardest at {price} {per}. There “{strategy}” is best on average, but "
    "only in {p} of the draws. To know for certain would be worth {evpi} SEK per participant (expected value of "
    "perfect information).",
    "ce.certain": "{calculation}: no draw makes another choice than the one that is best on average, at any price "
    "shown.",
    "ce.table_caption": "Strategies in order of cost, per participant",
    "ce.head.strategy": "Strategy",
    "ce.head.cost": "Cost, SEK",
    "ce.head.effect": "{unit}",
    "ce.head.added_cost": "Added cost, SEK",
    "ce.head.status": "Remark",
    "ce.status.dominated": "dominated: another does at least as much for less",
    "ce.status.extended": "extendedly dominated: a mixture of two others does more for the money",
    "ce.status.same": "the same as another",
    "ce.note": "Added cost and effect are against the strategy before it that is not dominated. Ratios are of means "
    "over draws. Behind ± is the Monte Carlo standard error.",
    "ce.plane_title": "Cost and effect of each strategy against “{baseline}”",
    "ce.plane_how": "Every small dot is one draw, the large mark the mean, and the curve holds about 95 % of the "
    "draws. Further right does more good, further up costs more; “{baseline}” is where the axes cross. The dark line "
    "joins the strategies that are worth it at some price: the steeper it is, the more one more unit costs.",
    "ce.plane_caption": "Difference from “{baseline}”, mean and standard deviation over draws",
    "ce.curve_title": "How sure one can be of which strategy is worth its money",
    "ce.curve_how": "Choose along the bottom what one more unit may cost; the height of a line is the probability "
    "that its strategy is the best buy at that price (acceptability curve). The wide grey line lies under the one "
    "that is best on average (the frontier), which is the one to choose; it need not be the one most often best.",
    "ce.curve_caption": "Probability of being the best buy at selected prices",
    "ce.head.price": "Price of one unit, SEK",
    "ce.head.best": "Best on average",
    "ce.head.error": "Standard error, at most",
    "ce.loss_title": "What a wrong choice is expected to cost",
    "ce.loss_how": "The height of a line is what choosing its strategy loses on average against knowing in every draw "
    "which is best (expected loss). The lowest line is the strategy to choose, and its height is what it would be "
    "worth to know for certain (expected value of perfect information, EVPI). Lines that leave the panel lose more.",
    "ce.loss_caption": "Expected loss at selected prices, SEK per participant",
    "ce.head.information": "EVPI",
    "plot.ce_cost": "Added cost, {unit} per participant",
    "plot.ce_effect": "{gained}, per participant",
    "plot.ce_frontier": "best on average",
    "plot.ce_information": "value of perfect information",
    "plot.ce_price": "{price}, {unit}",
    "plot.ce_probability": "Probability of being the best buy",
    "plot.ce_loss": "Expected loss, {unit} per participant",
    "ce.price.more": "Price of one {unit} gained",
    "ce.price.less": "Price of one {unit} avoided",
    "alt.plane": "{strategy}: cost {cost} SEK, effect {effect}",
    "alt.curve": "{calculation}: at {price} SEK {strategy}, {p}",
    "alt.loss": "{calculation}: highest value of perfect information {evpi} SEK, at {price} SEK",
    "text.plus_minus": "± {error}",
    # subgroups
    "sub.title": "For whom it pays",
    "sub.lead": "The cohort consists of parts that live different lives. Net saving is per participant of each part, "
    "and for the whole cohort, each calculation in the perspective that it reports.",
    "sub.most": "{calculation}: it pays most for “{high}” ({high_amount} SEK per participant) and least for “{low}” "
    "({low_amount} SEK).",
    "sub.least": "{calculation}: it pays for no part; it loses least for “{high}” ({high_amount} SEK per participant) "
    "and most for “{low}” ({low_amount} SEK).",
    "sub.apart": "{calculation}: it pays for “{high}” ({high_amount} SEK per participant) and not for “{low}” "
    "({low_amount} SEK).",
    "sub.all": "The whole cohort",
    "sub.bars_title": "Net saving by part of the cohort",
    "sub.bars_how": "A bar to the right of zero saves money, one to the left costs money; the thin line spans the 90 "
    "% interval. The last group is the whole cohort: the parts weighed by their shares.",
    "sub.caption": "Net saving by part of the cohort, SEK per participant of it",
    "sub.head.group": "Part of the cohort",
    "sub.head.share": "Share",
    "sub.head.mean": "Net saving, mean",
    "sub.full": "Every perspective and payer, by part of the cohort",
    "sub.full_caption": "{calculation}: net saving by part of the cohort, mean and 90 % interval, SEK per participant",
    "sub.outcomes_caption": "Difference in outcomes by part of the cohort, mean and 90 % interval, per participant",
    "sub.share_point": "Shares are those of each calculation's point values.",
}
