"""The report in Swedish: choices inside a calculation, and what makes each payer and year uncertain."""

from __future__ import annotations

SWEDISH_INSIDE: dict[str, str] = {
    "axis.deviation": "standardavvikelse, {unit}",
    "plot.deviation_heading": "Hur osäker varje års nettobesparing är: standardavvikelse, {unit} per deltagare",
    "plot.causes_heading": "Hur mycket av den ett ingångsvärde orsakar, med samspel",
    "sens.choice": "{label} (val)",
    "sens.name_choices": "{name}, med metodval",
    "sens.choices_drawn": "Här dras också dessa metodval slumpmässigt, i stället för att göras som kalkylen gör dem: "
    "{choices}. Spridningen är alltså inte kalkylens egen.",
    "sens.choices_share": "Av denna spridning kommer {choices} från metodvalen ensamma, {figures} från de osäkra "
    "ingångsvärdena ensamma, och {both} från ingångsvärden som betyder mer vid ett val än vid ett annat.",
    "sens.choices_note": "För ett val går stapeln från alternativet med lägst nettobesparing till det med högst.",
    "sens.alternatives_caption": "Nettobesparing med varje alternativ av ett val, kronor per deltagare: {name}",
    "sens.by_payer_title": "Vad som gör varje betalares nettobesparing osäker: {name}",
    "sens.by_payer_how": "Varje rad är en betalare, varje kolumn ett ingångsvärde. En ruta säger hur mycket av "
    "osäkerheten om betalarens nettobesparing som ingångsvärdet orsakar, tillsammans med andra (totalt Sobol-index). "
    "Stapeln bredvid säger hur stor osäkerheten är (standardavvikelse): en stor andel av en kort stapel är lite "
    "pengar. På sista raden tas alla betalare tillsammans, var och en vägd med sin varians.",
    "sens.by_payer_caption": "Osäkerhet om varje betalares nettobesparing och den andel av den som ingångsvärdena "
    "orsakar, med samspel: {name}",
    "sens.by_year_title": "Vad som gör varje års nettobesparing osäker: {name}",
    "sens.by_year_how": "Överst: hur osäker varje års diskonterade nettobesparing är (standardavvikelse). Nederst: hur "
    "mycket av den ett ingångsvärde orsakar, tillsammans med andra (totalt Sobol-index). År som är mindre än en "
    "hundradel så osäkra som det mest osäkra utelämnas nederst: en andel av nästan ingenting säger ingenting.",
    "sens.by_year_caption": "Osäkerhet om några års nettobesparing och den andel av den som ingångsvärdena orsakar, "
    "med samspel: {name}",
    "sens.all_payers": "Alla betalare tillsammans",
    "sens.head.payer": "Betalare",
    "sens.head.year": "År från start",
    "sens.head.deviation": "Standardavvikelse, kronor",
    "sens.head.alternative": "Alternativ",
    "sens.head.outcome": "Nettobesparing",
}
