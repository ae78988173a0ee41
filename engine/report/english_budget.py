"""The report in English: what a programme does to budgets, year by year."""

from __future__ import annotations

ENGLISH_BUDGET: dict[str, str] = {
    "axis.year_end": "end of the year",
    "plot.budget_heading": "Net saving in the year, {unit}, {year} prices; the dark line is the sum of all payers",
    "plot.paid_back_by": "paid back by the end of {year} (mean)",
    "plot.budget_not_back": "not paid back within the years counted (mean)",
    "budget.title": "What it does to the budgets, year by year",
    "budget.lead": "A programme is paid for now and gives back later, and every year new participants start before "
    "those of earlier years have paid back. Here all who start are put together, in the calendar years in which the "
    "money moves: how much has to be found before more comes back than goes out, and when that is.",
    "budget.intake": "{total} participants start: {years}. Money is not discounted here unless it says so.",
    "budget.intake_year": "{n} in {year}",
    "budget.back": "{name} (perspective “{view}”): at most {need} more has been paid than saved, at the end of "
    "{year} (up to {high} in 95 % of the draws). The programme as a whole has paid back by the end of {back}; it "
    "does so in {share} of the draws. Over all years to {last}: {total}.",
    "budget.never": "{name} (perspective “{view}”): the programme as a whole does not pay back. At most {need} more "
    "has been paid than saved, at the end of {year} (up to {high} in 95 % of the draws); it pays back in {share} of "
    "the draws. Over all years to {last}: {total}.",
    "budget.at_once": "{name} (perspective “{view}”): no year ends with more paid than saved; that holds for good in "
    "{share} of the draws at some time. Over all years to {last}: {total}.",
    "budget.nothing": "{name} (perspective “{view}”): nothing is paid or saved.",
    "budget.years_title": "What the whole programme does to each payer's budget, by calendar year",
    "budget.years_how": "Above zero a payer saves in that year, below zero it pays; all who have started are "
    "counted, each within the time that the calculation counts. Mean over all draws, not discounted. A panel ends "
    "where its calculation stops counting.",
    "budget.years_caption": "Net saving of the whole programme by payer in selected calendar years, SEK, mean over "
    "all draws, not discounted",
    "budget.fan_title": "What has been saved so far, the whole programme, each calculation in its own perspective",
    "budget.fan_how": "The line is the mean at the end of each year, the dark band holds half of the draws and the "
    "light band 90 %. The triangle is the lowest point: so much has to be found before money comes back (peak "
    "funding need). The circle is the year by whose end it has paid back for good.",
    "budget.fan_caption": "Net saving of the whole programme up to the end of selected years, each calculation in "
    "its own perspective, SEK",
    "budget.row_mean": "Mean",
    "budget.row_low": "5 % of draws lie below",
    "budget.row_high": "5 % of draws lie above",
    "budget.row_discounted": "Mean, discounted",
    "budget.alt_year": "{name}: {first} in {year}, {total} in all years",
    "budget.alt_so_far": "{name}: lowest {low}, at the end {end}",
    "budget.head.calculation": "Calculation",
    "budget.head.party": "Payer or perspective",
    "budget.head.back": "Paid back by year's end",
    "budget.head.share": "Pays back in",
    "budget.head.need": "Peak funding need, SEK",
    "budget.head.year": "Lowest at year's end",
    "budget.head.total": "Over all years, SEK",
    "budget.head.discounted": "Discounted to {start}, SEK",
    "budget.parties_caption": "Who has to find how much, and when it has come back: the whole programme, by payer "
    "and perspective. Years and needs are those of the mean; the share is of all draws. Whoever pays and saves "
    "nothing is left out.",
    "budget.parties_summary": "Every payer and perspective: who has to find how much, and when it has come back",
    "budget.not_back": "not within the years counted",
    "budget.note_copies": "Means, shares and needs are of all {draws} draws, the bands of the first {paths}. Nothing "
    "in the model depends on the calendar year, so those who start later are copies of those who start first, in the "
    "same draws.",
    "budget.note_apart": "Means, shares and needs are of all {draws} draws, the bands of the first {paths}. The "
    "model depends on the calendar year, so each year's participants were simulated apart, in the same draws.",
}
