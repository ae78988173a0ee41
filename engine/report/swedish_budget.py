"""The report in Swedish: what a programme does to budgets, year by year."""

from __future__ import annotations

SWEDISH_BUDGET: dict[str, str] = {
    "axis.year_end": "årets slut",
    "plot.budget_heading": "Årets nettobesparing, {unit}, {year} års priser; den mörka linjen är summan för alla "
    "betalare",
    "plot.paid_back_by": "återbetalt till slutet av {year} (medelvärde)",
    "plot.budget_not_back": "inte återbetalt inom de år som räknas (medelvärde)",
    "budget.title": "Vad insatsen gör med budgetarna, år för år",
    "budget.lead": "En insats betalas nu och ger tillbaka senare, och varje år börjar nya deltagare innan de "
    "tidigare har betalat sig. Här läggs alla som börjar samman, i de kalenderår då pengarna rör sig: hur mycket som "
    "måste skjutas till innan mer kommer tillbaka än som går ut, och när det sker.",
    "budget.intake": "{total} deltagare börjar: {years}. Pengarna är inte diskonterade här om det inte står så.",
    "budget.intake_year": "{n} år {year}",
    "budget.back": "{name} (perspektivet ”{view}”): som mest har {need} mer betalats än sparats, i slutet av {year} "
    "(upp till {high} i 95 % av dragningarna). Insatsen som helhet har betalat sig till slutet av {back}; det gör "
    "den i {share} av dragningarna. Över alla år till {last}: {total}.",
    "budget.never": "{name} (perspektivet ”{view}”): insatsen som helhet betalar sig inte. Som mest har {need} mer "
    "betalats än sparats, i slutet av {year} (upp till {high} i 95 % av dragningarna); den betalar sig i {share} av "
    "dragningarna. Över alla år till {last}: {total}.",
    "budget.at_once": "{name} (perspektivet ”{view}”): inget år slutar med att mer har betalats än sparats; så blir "
    "det för gott någon gång i {share} av dragningarna. Över alla år till {last}: {total}.",
    "budget.nothing": "{name} (perspektivet ”{view}”): inget betalas och inget sparas.",
    "budget.years_title": "Vad hela insatsen gör med varje betalares budget, per kalenderår",
    "budget.years_how": "Ovanför noll sparar en betalare det året, under noll betalar den; alla som har börjat "
    "räknas, var och en inom den tid som kalkylen räknar. Medelvärde över alla dragningar, inte diskonterat. En ruta "
    "slutar där dess kalkyl slutar räkna.",
    "budget.years_caption": "Hela insatsens nettobesparing per betalare i valda kalenderår, kronor, medelvärde över "
    "alla dragningar, inte diskonterat",
    "budget.fan_title": "Vad som har sparats så långt, hela insatsen, varje kalkyl i sitt eget perspektiv",
    "budget.fan_how": "Linjen är medelvärdet vid varje års slut, det mörka bandet rymmer hälften av dragningarna och "
    "det ljusa 90 %. Triangeln är den lägsta punkten: så mycket måste skjutas till innan pengar kommer tillbaka "
    "(största finansieringsbehov). Cirkeln är det år till vars slut insatsen har betalat sig för gott.",
    "budget.fan_caption": "Hela insatsens nettobesparing till slutet av valda år, varje kalkyl i sitt eget "
    "perspektiv, kronor",
    "budget.row_mean": "Medelvärde",
    "budget.row_low": "5 % av dragningarna ligger under",
    "budget.row_high": "5 % av dragningarna ligger över",
    "budget.row_discounted": "Medelvärde, diskonterat",
    "budget.alt_year": "{name}: {first} år {year}, {total} över alla år",
    "budget.alt_so_far": "{name}: lägst {low}, vid slutet {end}",
    "budget.head.calculation": "Kalkyl",
    "budget.head.party": "Betalare eller perspektiv",
    "budget.head.back": "Återbetalt vid årets slut",
    "budget.head.share": "Betalar sig i",
    "budget.head.need": "Största finansieringsbehov, kronor",
    "budget.head.year": "Lägst vid årets slut",
    "budget.head.total": "Över alla år, kronor",
    "budget.head.discounted": "Diskonterat till {start}, kronor",
    "budget.parties_caption": "Vem som måste skjuta till hur mycket, och när det har kommit tillbaka: hela insatsen, "
    "per betalare och perspektiv. År och behov är medelvärdets; andelen är av alla dragningar. Den som varken "
    "betalar eller sparar är utelämnad.",
    "budget.parties_summary": "Varje betalare och perspektiv: vem som måste skjuta till hur mycket, och när det har "
    "kommit tillbaka",
    "budget.not_back": "inte inom de år som räknas",
    "budget.note_copies": "Medelvärden, andelar och behov är av alla {draws} dragningar, banden av de första "
    "{paths}. Inget i modellen beror på kalenderåret, så de som börjar senare är kopior av de första, i samma "
    "dragningar.",
    "budget.note_apart": "Medelvärden, andelar och behov är av alla {draws} dragningar, banden av de första {paths}. "
    "Modellen beror på kalenderåret, så varje års deltagare har simulerats för sig, i samma dragningar.",
}
