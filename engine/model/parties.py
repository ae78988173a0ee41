"""Net saving by party, as operations of the graph: the arithmetic of `engine.run.outcomes` to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.model.hoist import Graph, Ref
from engine.model.savings import by_party, net_saving, spending

if TYPE_CHECKING:
    from engine.model.compile import Shape


def money_by_party(graph: Graph, shape: Shape, totals: Sequence[Ref]) -> list[Ref]:
    """NPV (intervention, party), then programme cost (intervention, party), from the totals of `shape.money`."""
    g, payers = graph, len(shape.payers)
    rows = [list(totals[at : at + payers]) for at in range(0, len(totals) - 1, payers)]
    baseline, *courses = rows[: len(shape.courses)]
    programme = rows[len(shape.courses) :]
    found = []
    for course in courses:
        found += by_party(g, shape.members, [net_saving(g, a, b) for a, b in zip(baseline, course, strict=True)])
    for paid in programme:
        found += by_party(g, shape.members, [spending(g, amount) for amount in paid])
    return found
