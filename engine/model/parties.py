"""Net saving by party, as operations of the graph: the arithmetic of `engine.run.outcomes` to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.model.hoist import Graph, Ref

if TYPE_CHECKING:
    from engine.model.compile import Shape

ROUNDING = 1e-12
"""A difference or sum smaller than this share of what it is made of is rounding, and is 0. Otherwise money that cancels
would leave 1e-16 of itself, of either sign, and be told as a probability of saving and a year of pay-back."""


def money_by_party(graph: Graph, shape: Shape, totals: Sequence[Ref]) -> list[Ref]:
    """NPV (intervention, party), then programme cost (intervention, party), from the totals of `shape.money`."""
    g, payers = graph, len(shape.payers)
    rows = [list(totals[at : at + payers]) for at in range(0, len(totals) - 1, payers)]
    baseline, *courses = rows[: len(shape.courses)]
    programme = rows[len(shape.courses) :]
    found = []
    for course in courses:
        sizes = [g.add(g.absolute(a), g.absolute(b)) for a, b in zip(baseline, course, strict=True)]
        saving = [_without_rounding(g, g.sub(a, b), size) for a, b, size in zip(baseline, course, sizes, strict=True)]
        found += _by_party(g, shape, saving, sizes)
    for paid in programme:
        found += _by_party(g, shape, paid, [g.absolute(x) for x in paid])
    return found


def _by_party(g: Graph, shape: Shape, by_payer: Sequence[Ref], sizes: Sequence[Ref]) -> list[Ref]:
    found = []
    for row in shape.members:
        counted = [int(p) for p in np.flatnonzero(row)]
        total = g.total([by_payer[p] for p in counted])
        found.append(_without_rounding(g, total, g.total([sizes[p] for p in counted])))
    return [*found, *by_payer]


def _without_rounding(g: Graph, value: Ref, size: Ref) -> Ref:
    small = g.compare("le", g.absolute(value), g.mul(g.const(ROUNDING), size))
    return g.where(small, g.const(0.0), value)
