"""The figure of the model in English: how people move between states, on the page and by itself."""

from __future__ import annotations

ENGLISH_MODEL: dict[str, str] = {
    "model.title": "How people move",
    "model.lead": "The model behind every calculation: the states that a participant can be in, and the moves between "
    "them. Everything on this page follows from who is in which state, and what that costs whom.",
    "model.figure_title": "States, moves between them, and where the intervention acts",
    "model.how": "A box is a state and an arrow a move, the thicker the more people make it in a year without the "
    "intervention ({strategy}, as {name} sees it: mean of {years} years, uncertainty left aside). A coloured arrow "
    "with a mark is changed by the intervention: + more people make the move, − fewer. Whoever makes no move stays.",
    "model.starts": "{share} start here",
    "model.final": "nobody leaves",
    "model.width": "Share of the participants who make the move in a year:",
    "model.changed": "Changed by “{name}”: + more, − fewer",
    "model.left_out.one": "Left out: {n} of {all} moves, made by less than {limit} of the participants a year.",
    "model.left_out.other": "Left out: {n} of {all} moves, each made by less than {limit} of the participants a year.",
    "model.left_out_changed.one": "Left out: {n} of {all} moves, made by less than {limit} of the participants a "
    "year, and changed too.",
    "model.left_out_changed.other": "Left out: {n} of {all} moves, each made by less than {limit} of the participants "
    "a year; {changed} of them are changed too.",
    "model.caption": "Moves between states, the most frequent first",
    "model.head.from": "From",
    "model.head.to": "To",
    "model.head.per_year": "Participants who make it in a year",
    "model.head.given": "Given as",
    "model.head.written": "As written",
    "model.head.changes": "Changed by",
    "model.given.probability": "probability per cycle",
    "model.given.hazard": "hazard per year",
    "model.given.time_to_event": "law of the time to it",
    "model.given.logit": "log odds per cycle",
    "model.given.rest": "whoever is left",
    "model.kind.hazard_ratio": "hazard ratio {expression} = {value}",
    "model.kind.odds_ratio": "odds ratio {expression} = {value}",
    "model.kind.risk_ratio": "risk ratio {expression} = {value}",
    "model.kind.difference": "difference {expression} = {value}",
    "model.kind.complement": "gives way in proportion",
    "model.change": "{strategy}: {how}",
    "model.change_of": "{strategy}: {how} ({effect})",
    "model.alt": "{source} to {target}: {share} a year",
    "model.alt_more": "{source} to {target}: {share} a year, more with {strategies}",
    "model.alt_fewer": "{source} to {target}: {share} a year, fewer with {strategies}",
}
