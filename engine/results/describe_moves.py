"""Study -> how people move between states, and what the strategies change in it, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.flows import Flows, baseline_flows
from engine.model.inputs import Inputs
from engine.results.description import ChangeEntry, Given, MoveEntry, Movement
from engine.spec.load import LoadedStudy


def describe_movement(study: LoadedStudy, inputs: Inputs) -> Movement:
    """Transitions between different states, in the order written, with what each strategy does to them."""
    flows = baseline_flows(study, inputs)
    per_year = dict(zip(flows.pairs, map(float, flows.per_year), strict=True))
    moves = []
    for source, row in study.model.transitions.items():
        for target, written in row.items():
            if source == target:
                continue
            kinds: tuple[Given, ...] = ("probability", "hazard", "time_to_event", "logit")
            given: Given = next((kind for kind in kinds if getattr(written, kind) is not None), "rest")
            expression = "" if given == "rest" else _text(getattr(written, given))
            changes = tuple(_changes(flows, (source, target)))
            moves.append(MoveEntry(source, target, given, expression, per_year[source, target], changes))
    return Movement(flows.calculation, flows.horizon, flows.start, tuple(moves))


def _changes(flows: Flows, move: tuple[str, str]) -> Iterator[ChangeEntry]:
    for reach in flows.reaches:
        label = reach.effect.label or ""
        if move in reach.targets:
            yield ChangeEntry(reach.strategy, label, reach.kind, _text(reach.expression), reach.value)
        elif move in reach.complement:
            yield ChangeEntry(reach.strategy, label, "complement", "", None)


def _text(expression: str | float) -> str:
    return expression if isinstance(expression, str) else f"{expression:.12g}"
