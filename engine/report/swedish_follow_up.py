"""The report in Swedish: what follow-up studies are worth."""

from __future__ import annotations

SWEDISH_FOLLOW_UP: dict[str, str] = {
    "axis.programme_money": "{unit}, {year} års priser",
    "axis.persons": "personer som följs",
    "plot.study_value": "värde (EVSI), med två standardfel",
    "plot.study_net": "värde minus kostnad",
    "plot.study_ceiling": "värdet av att veta exakt (EVPPI)",
    "follow.lead": "En studie före beslutet: {label}. Den räknar personer som följs; ju fler de är, desto närmare "
    "kommer den att veta exakt, och desto mer kostar den.",
    "follow.pays": "{name}: en uppföljning av {size} personer för att få veta ”{input}” skulle vara värd {worth} för "
    "hela insatsen och kosta {cost}: {net} mer än den kostar.",
    "follow.costs": "{name}: en uppföljning av {size} personer för att få veta ”{input}” skulle vara värd {worth} för "
    "hela insatsen och kosta {cost}. Ingen av storlekarna är värd vad den kostar; att veta exakt skulle vara värt "
    "{ceiling}.",
    "follow.nothing": "{name}: ingenting. Inget resultat om ”{input}” skulle ändra beslutet.",
    "follow.assumed": "Antaget: {origin}",
    "follow.source": "Kostnaderna kommer från källan ”{origin}”.",
    "follow.concerns": "Beslutet antas gälla {participants} deltagare; de som ingår i studien är inte frånräknade.",
    "follow.figure_title": "Vad en studie är värd, efter storlek: {label}",
    "follow.how": "Linjen med felstaplar är vad en studie av den storleken är värd för hela insatsen, eftersom dess "
    "resultat kan ändra beslutet (EVSI). Den streckade linjen, som ingen studie överstiger annat än genom slumpfel, är "
    "värdet av att veta exakt (EVPPI). Den andra linjen drar av vad studien kostar: där den ligger över noll lönar sig "
    "studien; den lämnar rutan där kostnaden är många gånger värdet.",
    "follow.caption": "Värde och kostnad för en studie, för hela insatsen: {label}",
    "follow.head.calculation": "Kalkyl",
    "follow.head.input": "Ingångsvärde",
    "follow.head.size": "Personer",
    "follow.head.worth": "Värde (EVSI)",
    "follow.head.error": "Standardfel",
    "follow.head.cost": "Kostnad",
    "follow.head.net": "Netto (ENBS)",
    "follow.head.ceiling": "Att veta exakt (EVPPI)",
}
