"""The report in Swedish, third part: when and at whom a difference arises, and how the run settled."""

from __future__ import annotations

SWEDISH_YEARS: dict[str, str] = {
    # when and at whom
    "when.title": "När skillnaden uppstår, och hos vem",
    "when.lead": "Bidragen ovan är summor över år och betalare. Här tas bidragen till den största skillnaden isär: "
    "vilka år varje antagande för de två kalkylerna ifrån varandra, och vems pengar det gäller.",
    "when.views_differ": "Vilka pengar det gäller: så som de redovisar ligger {a} (perspektivet ”{a_view}”) och {b} "
    "(”{b_view}”) {reported} kronor per deltagare isär, men de räknar inte samma betalare. Här räknas alla betalare i "
    "båda, och från den första till den andra ändras nettobesparingen med {gap} kronor. Vems kostnader som räknas är "
    "ett val av vad som redovisas; det flyttar inga pengar för någon betalare och är därför inget antagande i det här "
    "avsnittet.",
    "when.views_agree": "Vilka pengar det gäller: så som de redovisar ligger {a} och {b} (båda i perspektivet "
    "”{a_view}”) {reported} kronor per deltagare isär. Här räknas alla betalare, och från den första till den andra "
    "ändras nettobesparingen med {gap} kronor.",
    "when.halves.one": "Av de {gap} kronorna uppstår {late} efter det första året, mest genom ”{late_name}” "
    "({late_part}), och {early} under det första året, mest genom ”{early_name}” ({early_part}).",
    "when.halves.other": "Av de {gap} kronorna uppstår {late} efter år {n}, mest genom ”{late_name}” ({late_part}), "
    "och {early} under de första {n} åren, mest genom ”{early_name}” ({early_part}).",
    "when.all_early.one": "Hela skillnaden, {gap} kronor, uppstår under det första året, mest genom ”{early_name}” "
    "({early_part}).",
    "when.all_early.other": "Hela skillnaden, {gap} kronor, uppstår under de första {n} åren, mest genom "
    "”{early_name}” ({early_part}).",
    "when.all_late.one": "Hela skillnaden, {gap} kronor, uppstår efter det första året, mest genom ”{late_name}” "
    "({late_part}).",
    "when.all_late.other": "Hela skillnaden, {gap} kronor, uppstår efter år {n}, mest genom ”{late_name}” "
    "({late_part}).",
    "when.payer.one": "{payer}: {gap} kronor, varav {late} efter det första året; mest genom ”{name}” ({part}).",
    "when.payer.other": "{payer}: {gap} kronor, varav {late} efter år {n}; mest genom ”{name}” ({part}).",
    "when.payer_whole": "{payer}: {gap} kronor; mest genom ”{name}” ({part}).",
    "when.payers_rest.one": "{n} annan betalare: {rest} kronor.",
    "when.payers_rest.other": "{n} andra betalare tillsammans: {rest} kronor.",
    "when.none": "De två är överens om allt som rör någon betalares pengar.",
    "when.years_title": "Hur skillnaden från {a} till {b} växer över åren",
    "when.years_how": "Där en färgad linje stiger ökar antagandet skillnaden de åren, där den ligger plant tillför det "
    "inget; varje år summerar de färgade linjerna till den mörka, skillnaden så långt (alla betalare, diskonterat som "
    "varje kalkyl gör).",
    "when.years_caption": "Från {a} till {b}: bidrag till och med valda år, alla betalare tillsammans, diskonterat, "
    "kronor per deltagare",
    "when.payers_title": "Vilket antagande som gör skillnaden från {a} till {b}, och hos vem",
    "when.payers_how": "Blått höjer betalarens nettobesparing på vägen från den första kalkylen till den andra, orange "
    "sänker den; varje kolumn summerar till sin nedersta ruta, betalarens hela skillnad, och varje rad till sin sista "
    "ruta.",
    "when.payers_caption": "Från {a} till {b}: varje antagandes bidrag hos varje betalare över alla år, diskonterat, "
    "kronor per deltagare; på kronan, så att summorna kan kontrolleras",
    "when.draws": "Alla blandningar av de två beräknades i {draws} gemensamma dragningar, viktade så att varje "
    "betalares skillnad är den mellan medelvärdena av alla dragningar.",
    "when.sampled": "Ordningsföljderna som antaganden byts i är ett urval, inte alla.",
    "plot.whole_difference": "Hela skillnaden",
    "plot.horizon_of": "horisont: {name}",
    # how the run settled
    "conv.title": "Hur medelvärdet stabiliseras när dragningarna blir fler",
    "conv.how": "Linjen är den genomsnittliga nettobesparingen i de första dragningarna, bandet två Monte Carlo-"
    "standardfel åt vardera hållet, den streckade linjen medelvärdet av alla dragningar; ett smalt band och en linje "
    "som har kommit till ro säger att fler dragningar inte skulle ändra något som spelar roll. Varje steg åt höger "
    "fördubblar dragningarna; varje ruta har sin egen skala.",
    "conv.caption": "Genomsnittlig nettobesparing i de första dragningarna och dess Monte Carlo-standardfel, varje "
    "kalkyl i sitt eget perspektiv, kronor per deltagare",
    "conv.alt": "{name}: {mean} ± {error} kronor efter {draws} dragningar",
    "axis.draws": "dragningar",
    "plot.same_mean": "samma medelvärde hela vägen",
}
