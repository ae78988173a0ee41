"""The report in English, second part: what stands on the page only where the run made further analyses."""

from __future__ import annotations

ENGLISH_ANALYSES: dict[str, str] = {
    # words inside figures
    "axis.disagreement_gone": "share of the disagreement that is gone",
    "plot.agree_first": "{n}: {names}",
    "plot.agree_also": "{n}: also {names}",
    "plot.agree_instead": "{n}: {names}",
    "plot.who": "who calculates",
    "plot.unsure": "what all are unsure of alike",
    "plot.who_unsure": "unsureness that depends on who calculates",
    "plot.everything": "All assumptions together",
    "alt.cell": "{row}, {column}: {value}",
    # differences: the accounts first
    "bridge.title": "First the accounts: what each author signs, and what is compared",
    "bridge.lead": "Authors sign figures in terms of their own. Turning them into the same terms is arithmetic, not "
    "disagreement, so it is done before any assumption is looked at.",
    "bridge.sentence": "{name} signs {signed}. What is compared is {compared} per participant (converted: {terms}).",
    "bridge.amount": "{amount} {unit}",
    "bridge.term.prices": "to {year} prices",
    "bridge.term.participants": "from the whole programme to one participant",
    "bridge.term.discounting": "discounted to the start of the programme",
    "bridge.caption": "From the figure as signed to the figure that is compared; grey where nothing changes",
    "bridge.head.signed": "As signed",
    "bridge.head.prices": "In {year} prices",
    "bridge.head.participants": "Per participant",
    "bridge.head.discounting": "Discounted to the start",
    "gap.by_assumption": "Then the assumptions",
    "inter.strengthen": "Changed one at a time, the assumptions explain only {alone} of {gap} SEK. The other {rest} "
    "SEK arise because they strengthen each other.",
    "inter.weaken": "Changed one at a time, the assumptions would come to {alone} SEK, more than the {gap} SEK there "
    "are. Together they take {rest} SEK of it back, because they act on the same money.",
    "inter.against": "Changed one at a time, the assumptions would come to {alone} SEK, although the difference is "
    "{gap} SEK. The missing {rest} SEK arise only when several are changed together.",
    "inter.title": "Which assumptions strengthen or weaken each other",
    "inter.how": "What changing two assumptions of {a} together does beyond the sum of changing each alone. A plus "
    "sign raises the net saving, a minus sign lowers it.",
    "inter.caption": "Two assumptions changed together, starting from {a}, SEK per participant",
    "inter.head.pair": "Two assumptions",
    "inter.head.effect": "Beyond each alone",
    # all calculations together
    "spread.title": "What the disagreement consists of",
    "spread.lead": "Now all calculations at once. Take each assumption from one of the calculations, drawn by lot: "
    "every such mixture is a calculation that somebody could defend. How far the mixtures lie apart is the "
    "disagreement, and it can be split up among the assumptions.",
    "spread.none": "All mixtures of the calculations come to the same; there is no disagreement to split up.",
    "spread.quoted": "“{name}”",
    "spread.agree.one": "If all agreed on one assumption, {names}, {share} of the disagreement would be gone.",
    "spread.agree.other": "If all agreed on {n} of the {all} assumptions, {share} of the disagreement would be gone. "
    "The {n} are {names}.",
    "spread.saves": "The intervention saves money in {share} of all mixtures.",
    "spread.agree_title": "How much agreeing would help",
    "spread.agree_how": "Read from the top: each row is the best set of that many assumptions to agree on, the bar "
    "the share of the disagreement that is then gone, and its dark end what the row adds.",
    "spread.agree_caption": "Best assumptions to agree on, by how many",
    "spread.head.agreed": "Agreed on (with all above it where it says “also”)",
    "spread.head.gone": "Disagreement gone",
    "spread.shares_title": "The share of each assumption in the disagreement",
    "spread.shares_how": "“Alone” is what would be gone if all agreed on this one. “With others” is what would "
    "remain if all agreed on everything else. “Fair share” divides what assumptions do together equally among them "
    "(Shapley), and is the one that adds up to 100 %. The disagreement is measured as a variance: the mean squared "
    "distance from the middle. ± is the 95 % interval.",
    "spread.shares_caption": "Share of the disagreement, by assumption",
    "spread.head.first": "Alone",
    "spread.head.total": "With others",
    "spread.head.shapley": "Fair share",
    "spread.others.one": "{n} other assumption, at most {most}",
    "spread.others.other": "{n} other assumptions, each at most {most}",
    "spread.saves_title": "Whose assumption makes the intervention pay",
    "spread.saves_how": "Each cell: of the mixtures that take the assumption of the row from the calculation of the "
    "column, the share that saves money. The further the cells of a row lie apart, the more it matters whom one "
    "believes in it.",
    "spread.saves_caption": "Share of the mixtures that save money, by whose assumption they take",
    "spread.certain": "All {evaluated} mixtures of what goes into the model were computed. Their standard deviation is "
    "{sd} SEK per participant.",
    "spread.exact.one": "All {evaluated} mixtures of what goes into the model were computed, in {n} common draw "
    "of what is uncertain. Their standard deviation is {sd} SEK per participant; other draws would move it by up "
    "to {half} SEK (95 %).",
    "spread.exact.other": "All {evaluated} mixtures of what goes into the model were computed, in {n} common draws "
    "of what is uncertain. Their standard deviation is {sd} SEK per participant; other draws would move it by up "
    "to {half} SEK (95 %).",
    "spread.sampled.one": "{evaluated} mixtures were drawn and computed in {n} common draw of what is uncertain. "
    "Their standard deviation is {sd} SEK per participant, known to {half} SEK (95 %).",
    "spread.sampled.other": "{evaluated} mixtures were drawn and computed in {n} common draws of what is uncertain. "
    "Their standard deviation is {sd} SEK per participant, known to {half} SEK (95 %).",
    "spread.heat_title": "What lifts and what lowers each calculation",
    "spread.heat_how": "A blue cell says that this assumption lifts the calculation of the column above the mean of "
    "all, an orange one that it lowers it; a column adds up to the calculation's distance from that mean.",
    "spread.heat_caption": "Contribution to the distance from the mean of all calculations, SEK per participant",
    "spread.head.above": "Above or below the mean",
    "spread.who": "Does it matter more who calculates, or what everybody is unsure of? Of the whole spread of net "
    "saving, {who} comes from who calculates, {unsure} from what all are unsure of alike, and {both} from "
    "unsureness that depends on who calculates.",
    "spread.who_title": "Who calculates, or what nobody knows",
    "spread.who_how": "The top bar splits the whole spread (the variance) of net saving into three; the bars below "
    "show what each assumption causes by itself. What is missing in them to 100 % is what assumptions cause "
    "together.",
    "spread.who_caption": "Share of the spread of net saving, with the half-width of its 95 % interval",
    # what turns the decision
    "turn.title": "What turns the decision",
    "turn.lead": "A calculation speaks for the intervention when its net saving is above zero. Here the two "
    "calculations that lie furthest apart: which assumptions, taken over from the other, turn the answer?",
    "turn.ends_differ": "{a} says no ({a_npv} SEK per participant), {b} says yes ({b_npv} SEK).",
    "turn.ends_agree": "{a} ({a_npv} SEK per participant) and {b} ({b_npv} SEK) decide alike.",
    "turn.not_enumerated": "There are too many assumptions to try every set of them.",
    "turn.never": "Nothing that {mover} could take over from {other} turns its decision.",
    "turn.single.one": "{mover} turns by taking over a single assumption from {other}: {names}.",
    "turn.single.other": "{mover} turns by taking over a single assumption from {other}, and each of {n} does it: "
    "{names}.",
    "turn.set.one": "{mover} does not turn by any single assumption. It takes {size} from {other} together: {names}.",
    "turn.set.other": "{mover} does not turn by any single assumption. It takes {size} from {other} together; {n} sets "
    "of that size do it, such as {names}.",
    "turn.pivot": "Taken over one by one in a random order, it is most often “{name}” that turns the decision "
    "({share} of the orders, net of turns back).",
    "turn.threshold": "“{label}”: the net saving of {name} turns at {value}, all else as it is. {name} has {own}, "
    "{other} has {others}.",
    "turn.no_threshold": "No single figure of {name}, moved all the way to that of {other} with all else as it is, "
    "brings its net saving to zero on the way.",
    "turn.joint": "If all figures of {name} move together towards {other}, its net saving turns after {share} of "
    "the way.",
    "turn.agree": "If the two agreed on one assumption only, most would be won where {mover} takes “{label}” from "
    "{other}: of the {gap} SEK between them, {left} SEK ({share}) would be left.",
    "turn.stated": "If both took what the study states for {what}, {left} SEK of the {gap} SEK between {a} and {b} "
    "would be left.",
    "turn.stated_turned": "If both took what the study states for {what}, the {gap} SEK between {a} and {b} would "
    "become {left} SEK the other way round.",
    "turn.stated_refused": "The model has no answer with what the study states for {what}.",
    "turn.what_stated": "{name} ({value})",
    "turn.at_stated": "at {value}, stated in the study",
    "turn.stated_note": "as stated in the study",
    "turn.draws.one": "Computed in {n} common draw, fewer than the results above; amounts here can differ from those.",
    "turn.draws.other": "Computed in {n} common draws, fewer than the results above; amounts here can differ from "
    "those.",
    "turn.weighted.one": "Mixtures are computed in {n} common draw, weighted so that the two calculations themselves "
    "are those above.",
    "turn.weighted.other": "Mixtures are computed in {n} common draws, weighted so that the two calculations "
    "themselves are those above.",
    "turn.sets_title": "All smallest sets of assumptions that turn the decision",
    "turn.sets_how": "Each set turns the decision, and no smaller part of it does.",
    "turn.sets_caption": "Sets that turn the decision of {a} or of {b}; net saving in SEK per participant",
    "turn.more.one": "{shown} more set",
    "turn.more.other": "{shown} more sets",
    "turn.head.mover": "Who turns",
    "turn.head.taken": "Taken over from the other",
    "turn.head.after": "Net saving then",
    "turn.each_title": "Each assumption: how often it turns the decision, where, and what is left of the difference",
    "turn.each_how": "How often: the share of all orders in which this assumption is the one that turns the "
    "decision, minus those in which it turns it back. Turns at: the value at which net saving is zero with all else "
    "unchanged. The last three columns are the difference that is left if the two agree on this one assumption.",
    "turn.each_caption": "Assumptions between {a} and {b}; differences in SEK per participant",
    "turn.head.pivot": "Turns it, share of orders",
    "turn.head.threshold": "{a} turns at",
    "turn.head.left_from": "Left if {a} takes over",
    "turn.head.left_to": "Left if {b} takes over",
    "turn.head.left_middle": "Left if they meet in the middle",
    "turn.no_crossing": "nowhere between the two",
    "turn.discrete": "a choice, no value between",
    "turn.refused": "not defined on the way",
    # what it is worth to know more
    "info.title": "What it is worth to know more",
    "info.lead": "Whoever decides today may decide wrongly, because figures are uncertain. What would it be worth to "
    "know them first? At most this much should be spent on finding out.",
    "info.zero": "0 does not mean that a figure is certain: it means that knowing it would not change the decision.",
    "info.nothing": "{name}: nothing. “{best}” is the better choice in practically every draw.",
    "info.worth": "{name}: today “{best}” is the better choice; with a probability of {wrong} it is the wrong one. "
    "To know everything would be worth {value} SEK per participant.",
    "info.worth_all": "{name}: today “{best}” is the better choice; with a probability of {wrong} it is the wrong "
    "one. To know everything would be worth {value} SEK per participant, {total} for all {cohort} participants.",
    "info.caption": "Value of knowing everything before deciding (EVPI), in each calculation's own perspective",
    "info.head.calculation": "Calculation",
    "info.head.best": "Better choice today",
    "info.head.wrong": "Probability that it is wrong",
    "info.head.evpi": "Value, SEK per participant",
    "info.head.error": "Standard error",
    "info.head.programme": "For the programme",
    "info.head.parameter": "Input",
    "info.head.group": "Theme",
    "info.head.value": "Value, SEK per participant",
    "info.head.low": "Second estimate (standard error)",
    "info.summary": "{name} – most worth knowing: {input}",
    "info.how": "What it would be worth to learn one input, or all of a theme, exactly before deciding (EVPPI). It is "
    "estimated in two ways. The first reads the value off a smooth curve and may be a little too high. The second "
    "decides by a curve made from other draws; on average it is never above the truth, but it is less certain. Where "
    "they differ by more than a few standard errors, the value is known only roughly.",
    "info.second": "{value} ({error})",
    "info.inputs_caption": "Value of learning one input: {name}",
    "info.themes_caption": "Value of learning all uncertain inputs of a theme: {name}",
    "info.none.one": "{n} other, nothing",
    "info.none.other": "{n} others, nothing each",
    "info.others.one": "{n} other, {rest} SEK",
    "info.others.other": "{n} others, each at most {rest} SEK",
    # more methods of sensitivity analysis
    "sens.any_caption": "{method}: {name}",
    "sens.rest.one": "{n} other input, smaller",
    "sens.rest.other": "{n} other inputs, smaller",
    "sens.noise": "An input that does nothing would get about {value}, from noise alone.",
    "sens.name.efast": "eFAST",
    "sens.method.efast": "The share of the variance of net saving that each input causes, found by moving all "
    "inputs at once, each at its own frequency.",
    "sens.name.rbd_fast": "RBD-FAST",
    "sens.method.rbd_fast": "The share of the variance of net saving that each input causes by itself.",
    "sens.name.shapley_effects": "Shapley effects",
    "sens.method.shapley_effects": "The share of the variance of net saving, with what inputs do "
    "together divided equally among them. The shares add up to 100 %, also where inputs depend on each other.",
    "sens.name.delta": "Delta",
    "sens.method.delta": "How much the whole distribution of net saving changes when an input becomes known; 0 "
    "not at all, 1 completely.",
    "sens.name.pawn": "PAWN",
    "sens.method.pawn": "The distance between the distributions of net saving with an input known and unknown; "
    "0 none, 1 the largest there is.",
    "sens.name.dgsm": "DGSM",
    "sens.method.dgsm": "An upper limit of the share of variance in which an input has any part, from slopes.",
    "sens.name.hdmr": "HDMR",
    "sens.method.hdmr": "Shares of the variance read off a smooth surface fitted to the runs.",
    "sens.name.regional": "Regional analysis",
    "sens.method.regional": "How differently an input is distributed in the runs that lose money and in "
    "those that do not; 0 alike, 1 completely apart.",
    "sens.regional_elsewhere": "Nearly all runs lie on one side of zero, so it is those below a net saving of "
    "{threshold} SEK per participant ({share} of the runs) that are compared with the others.",
    "sens.measure.shapley_effect": "Fair share",
    "sens.measure.delta": "Delta",
    "sens.measure.pawn_median": "Distance, median",
    "sens.measure.pawn_max": "Distance, largest",
    "sens.measure.dgsm": "At most",
    "sens.measure.regional_ks": "Distance",
    "sens.measure.regional_p": "Probability by chance",
    "sens.measure.regional_shift": "Shift in quantiles",
    "sens.two_way_title": "Two inputs at a time: {name}",
    "sens.two_way_caption": "{title}. Each row is a value of “{a}”, each column one of “{b}”",
    "sens.two_way_corner": "Row / column",
    "sens.two_way_how": "Each cell is the mean net saving with “{a}” at the value of the row and “{b}” at that of "
    "the column; blue saves money, orange costs money.",
    "sens.two_way_share": "Of all pairs examined, “{a}” and “{b}” change each other's effect most: {share} of what "
    "they do together is neither the one nor the other alone.",
    "sens.box_title": "Where the intervention loses money: {name}",
    "sens.box": "Over all draws {base} lose money. Inside the limits below, which hold {mass} of the draws, {density} "
    "do; {coverage} of all losing draws are in there.",
    "sens.box_none": "Over all draws {base} lose money, and no limits of the inputs set them apart.",
    "sens.box_caption": "Limits of the inputs inside which most draws lose money: {name}",
    "sens.box_open": "no limit",
    "sens.head.box_low": "From",
    "sens.head.box_high": "To",
    "sens.head.box_p": "Probability by chance",
}
