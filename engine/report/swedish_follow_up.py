"""The report in Swedish: what follow-up studies are worth, and what is said of both estimates and of the ends."""

from __future__ import annotations

SWEDISH_FOLLOW_UP: dict[str, str] = {
    "axis.programme_money": "{unit}, {year} års priser",
    "axis.persons": "personer som följs",
    "plot.study_value": "värde (EVSI), med två medelfel",
    "plot.study_net": "värde minus kostnad",
    "plot.study_ceiling": "värdet av att veta exakt (EVPPI)",
    "follow.lead": "En studie före beslutet: {label}. Den räknar personer som följs; ju fler de är, desto närmare "
    "kommer den att veta exakt, och desto mer kostar den.",
    "follow.pays": "{name}: en uppföljning av {size} personer för att få veta ”{input}” skulle vara värd {worth} för "
    "verksamheten och kosta {cost}: {net} mer än den kostar.",
    "follow.costs": "{name}: en uppföljning av {size} personer för att få veta ”{input}” skulle vara värd {worth} för "
    "verksamheten och kosta {cost}. Ingen av storlekarna är värd vad den kostar; att veta exakt skulle vara värt "
    "{ceiling}.",
    "follow.nothing": "{name}: ingenting. Inget resultat om ”{input}” skulle ändra beslutet.",
    "follow.assumed": "Antaget: {origin}",
    "follow.source": "Kostnaderna kommer från källan ”{origin}”.",
    "follow.concerns": "Beslutet antas gälla {participants} deltagare; de som ingår i studien är inte frånräknade.",
    "follow.figure_title": "Vad en studie är värd, efter storlek: {label}",
    "follow.how": "Linjen med felstaplar är vad en studie av den storleken är värd för verksamheten, eftersom dess "
    "resultat kan ändra beslutet (EVSI). Den streckade linjen, som ingen studie överstiger annat än genom slumpfel, är "
    "värdet av att veta exakt (EVPPI). Den andra linjen drar av vad studien kostar: där den ligger över noll lönar sig "
    "studien; den lämnar rutan där kostnaden är många gånger värdet.",
    "follow.caption": "Värde och kostnad för en studie, för hela verksamheten: {label}",
    "follow.head.calculation": "Kalkyl",
    "follow.head.input": "Ingångsvärde",
    "follow.head.size": "Personer",
    "follow.head.worth": "Värde (EVSI)",
    "follow.head.error": "Medelfel",
    "follow.head.cost": "Kostnad",
    "follow.head.net": "Netto (ENBS)",
    "follow.head.ceiling": "Att veta exakt (EVPPI)",
    # beside: what was changed in the sections on information and on decisions
    "info.head.low": "Andra skattningen (medelfel)",
    "info.how": "Vad det skulle vara värt att före beslutet få veta ett ingångsvärde, eller alla i ett tema, exakt "
    "(EVPPI). Det skattas på två sätt. Det första läser värdet av en utjämnad kurva och kan ligga något för högt. Det "
    "andra beslutar efter en kurva som gjorts av andra dragningar; i genomsnitt ligger det aldrig över sanningen, men "
    "det är osäkrare. Där de skiljer sig med mer än några medelfel är värdet bara ungefär känt.",
    "info.second": "{value} ({error})",
    "turn.stated": "Om båda tog det som studien anger för {what} skulle {left} kronor av de {gap} kronorna mellan {a} "
    "och {b} vara kvar.",
    "turn.stated_turned": "Om båda tog det som studien anger för {what} skulle de {gap} kronorna mellan {a} och {b} "
    "bli {left} kronor åt andra hållet.",
    "turn.stated_refused": "Modellen har inget svar med det som studien anger för {what}.",
    "turn.what_stated": "{name} ({value})",
    "turn.at_stated": "vid {value}, angivet i studien",
    "turn.stated_note": "som studien anger",
    "turn.weighted.one": "Blandningarna beräknade i {n} gemensam dragning, vägd så att de två kalkylerna själva är de "
    "som står ovan.",
    "turn.weighted.other": "Blandningarna beräknade i {n} gemensamma dragningar, vägda så att de två kalkylerna själva "
    "är de som står ovan.",
}
