"""The figure of the model in Swedish: how people move between states, on the page and by itself."""

from __future__ import annotations

SWEDISH_MODEL: dict[str, str] = {
    "model.title": "Hur människor rör sig",
    "model.lead": "Modellen bakom varje kalkyl: de tillstånd som en deltagare kan vara i, och övergångarna mellan dem. "
    "Allt på den här sidan följer av vem som är i vilket tillstånd, och vad det kostar för vem.",
    "model.figure_title": "Tillstånd, övergångar mellan dem, och var insatsen verkar",
    "model.how": "En ruta är ett tillstånd och en pil en övergång, tjockare ju fler som gör den på ett år utan "
    "insatsen ({strategy}, så som {name} ser det: medel över {years} år, osäkerheten lämnad åt sidan). En färgad pil "
    "med ett märke ändras av insatsen: + fler gör övergången, − färre. Den som inte går någonstans stannar.",
    "model.starts": "{share} börjar här",
    "model.final": "ingen lämnar",
    "model.width": "Andel av deltagarna som gör övergången på ett år:",
    "model.changed": "Ändras av ”{name}”: + fler, − färre",
    "model.left_out.one": "Utelämnad: {n} av {all} övergångar, som görs av mindre än {limit} av deltagarna per år.",
    "model.left_out.other": "Utelämnade: {n} av {all} övergångar, som var och en görs av mindre än {limit} av "
    "deltagarna per år.",
    "model.left_out_changed.one": "Utelämnad: {n} av {all} övergångar, som görs av mindre än {limit} av deltagarna "
    "per år, och som också ändras.",
    "model.left_out_changed.other": "Utelämnade: {n} av {all} övergångar, som var och en görs av mindre än {limit} av "
    "deltagarna per år; {changed} av dem ändras också.",
    "model.caption": "Övergångar mellan tillstånd, de vanligaste först",
    "model.head.from": "Från",
    "model.head.to": "Till",
    "model.head.per_year": "Deltagare som gör den på ett år",
    "model.head.given": "Anges som",
    "model.head.written": "Så som det är skrivet",
    "model.head.changes": "Ändras av",
    "model.given.probability": "sannolikhet per cykel",
    "model.given.hazard": "intensitet (hazard) per år",
    "model.given.time_to_event": "fördelning för tiden dit",
    "model.given.logit": "logoddskvot per cykel",
    "model.given.rest": "de som är kvar",
    "model.kind.hazard_ratio": "hazardkvot {expression} = {value}",
    "model.kind.odds_ratio": "oddskvot {expression} = {value}",
    "model.kind.risk_ratio": "riskkvot {expression} = {value}",
    "model.kind.difference": "skillnad {expression} = {value}",
    "model.kind.complement": "ger plats i proportion",
    "model.change": "{strategy}: {how}",
    "model.change_of": "{strategy}: {how} ({effect})",
    "model.alt": "{source} till {target}: {share} per år",
    "model.alt_more": "{source} till {target}: {share} per år, fler med {strategies}",
    "model.alt_fewer": "{source} till {target}: {share} per år, färre med {strategies}",
}
