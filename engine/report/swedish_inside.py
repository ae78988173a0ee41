"""The report in Swedish: choices inside a calculation, each payer and year, and how shares of variance settled."""

from __future__ import annotations

SWEDISH_INSIDE: dict[str, str] = {
    "axis.deviation": "standardavvikelse, {unit}",
    "plot.deviation_heading": "Hur osäker varje års nettobesparing är: standardavvikelse, {unit} per deltagare",
    "plot.causes_heading": "Hur mycket av den ett ingångsvärde orsakar, med samspel",
    "sens.choice": "{label} (val)",
    "sens.name_groups": "{name}, i grupper",
    "sens.groups": "Flera uppgifter räknade som en: {groups}",
    "sens.group": "{label}: {members}",
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
    "depend.title": "Osäkra uppgifter som hänger ihop",
    "depend.how": "Uppgifter som brukar vara höga samtidigt dras tillsammans (rangkorrelation över 0; under 0 där den "
    "ena är hög när den andra är låg). Här står vad som begärdes och vad dragningarna verkligen har. Andelar av en "
    "helhet, och rader i en tabell, hänger ihop av sig själva.",
    "depend.caption": "Rangkorrelationer som de anges och i de första {draws} dragningarna",
    "depend.pair": "{a}; {b}",
    "depend.together": "dras tillsammans",
    "depend.head.pair": "Två osäkra uppgifter",
    "depend.head.stated": "Angiven",
    "depend.head.achieved": "I dragningarna",
    "depend.head.error": "Medelfel",
    "axis.evaluations": "beräkningar av modellen",
    "sens.refined": "Antalet beräkningar dubblades tills varje andel över 5 % var känd på ± {asked} när, och "
    "rangordningen stod sig: {runs} beräkningar.",
    "sens.not_ranked": "Varje andel över 5 % är känd på ± {got} när, men efter {runs} beräkningar, så många som fick "
    "göras, kan några uppgifter ännu byta plats i rangordningen.",
    "sens.not_refined": "Andelarna är mindre säkra än vad som begärdes: efter {runs} beräkningar, så många som fick "
    "göras, är den minst säkra av dem som betyder något känd på ± {got} när i stället för ± {asked}.",
    "sens.refined_title": "Hur andelarna stadgade sig när modellen beräknades fler gånger: {name}",
    "sens.refined_how": "Varje linje är den andel av osäkerheten som en uppgift orsakar, tillsammans med andra "
    "uppgifter (totalt Sobol-index), som den skattades efter så många beräkningar; bandet är dess 95-procentiga "
    "intervall. Där en linje har planat ut och bandet är smalt skulle fler beräkningar inte ändra något.",
    "sens.refined_caption": "Andelar av osäkerheten medan de stadgade sig, med halva bredden av deras 95-procentiga "
    "intervall: {name}",
    "sens.refined_alt": "{name}: {share} ± {half} efter {runs} beräkningar",
    "sens.within": "± {half}",
    "sens.yes": "ja",
    "sens.no": "nej",
    "sens.head.evaluations": "Beräkningar",
    "sens.head.least_precise": "Minst säkra andel",
    "sens.head.ranking": "Rangordningen står sig",
}
