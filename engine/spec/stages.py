"""Which states are told apart by time since they were entered, and into how many stages."""

from __future__ import annotations

from collections.abc import Iterator

from engine.spec.expressions import ExpressionError, names_in, parse_expression
from engine.spec.schema import Expr, Model

TIME_IN_STATE = "time_in_state"
"""Name, in expressions, of the years since the state was entered."""


def stages_of(model: Model) -> dict[str, int]:
    """Stages of each state, a cycle each: 1 where nothing depends on time in the state.

    The last stage holds whoever has been there longer; where no `tunnel` says otherwise there are so many that it holds
    nobody else.
    """
    dependent = names_with_time_in_state(model)
    timed = {
        state
        for state, row in model.transitions.items()
        if any(
            t.time_to_event is not None or _uses(t.probability, t.hazard, t.logit, names=dependent)
            for t in row.values()
        )
    }
    items = [*model.cost_items.values(), *(i for o in model.outcomes.values() for i in o.items.values())]
    timed |= {state for item in items if _uses(item.amount, names=dependent) for state in item.states}
    longest = model.time.cycles + model.time.by_boundary
    return {name: min(state.tunnel or longest, longest) if name in timed else 1 for name, state in model.states.items()}


def names_with_time_in_state(model: Model) -> frozenset[str]:
    """Definitions and choices whose value depends on time in the state, and `time_in_state` itself."""
    texts: dict[str, list[Expr]] = {name: [d.value] for name, d in model.definitions.items()}
    texts |= {name: [a.value for a in c.alternatives.values()] for name, c in model.choices.items()}
    found = {TIME_IN_STATE}
    while new := {n for n, own in texts.items() if n not in found and _uses(*own, names=found)}:
        found |= new
    return frozenset(found)


def _uses(*texts: Expr | None, names: set[str] | frozenset[str]) -> bool:
    return any(name in names for text in texts if text is not None for name in _names(text))


def _names(text: Expr) -> Iterator[str]:
    try:
        yield from names_in(parse_expression(text))
    except ExpressionError:  # told elsewhere
        return
