"""Which states are told apart by time since they were entered, and into how many stages."""

from __future__ import annotations

from collections.abc import Collection

from engine.spec.expressions import ExpressionError, names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Expr

TIME_IN_STATE = "time_in_state"
"""Name, in expressions, of the years since the state was entered."""


def stages_of(study: LoadedStudy) -> dict[str, int]:
    """Stages of each state, a cycle each: 1 where nothing depends on time in the state.

    The last stage holds whoever has been there longer; where no `tunnel` says otherwise there are so many that it holds
    nobody else.
    """
    model, dependent = study.model, names_with_time_in_state(study)

    def uses(*texts: Expr | None) -> bool:
        return any(_uses(study, text, dependent) for text in texts if text is not None)

    timed = {
        state
        for state, row in model.transitions.items()
        if any(t.time_to_event is not None or uses(t.probability, t.hazard, t.logit) for t in row.values())
    }
    items = model.every_item
    charged = {state for item in items if uses(item.amount) for state in item.states}
    # amounts are asked for at the end of the last cycle too, unless person-time is that of starts alone
    at_end = model.time.by_boundary or model.time.within_cycle not in ("none", "exact", 0)

    def stages(name: str) -> int:
        longest = model.time.cycles + (at_end and name in charged)
        return min(model.states[name].tunnel or longest, longest) if name in timed | charged else 1

    return {name: stages(name) for name in model.states}


def names_with_time_in_state(study: LoadedStudy) -> frozenset[str]:
    """Definitions and choices whose value depends on time in the state, and `time_in_state` itself."""
    texts: dict[str, list[Expr]] = {name: [d.value] for name, d in study.model.definitions.items()}
    texts |= {name: [a.value for a in c.alternatives.values()] for name, c in study.model.choices.items()}
    found = {TIME_IN_STATE}
    while new := {n for n, own in texts.items() if n not in found and any(_uses(study, x, found) for x in own)}:
        found |= new
    return frozenset(found)


def _uses(study: LoadedStudy, text: Expr, names: Collection[str]) -> bool:
    try:
        return any(name in names for name in names_in(study.language.tree(text)))
    except ExpressionError:  # told elsewhere
        return False
