"""Who saves how much: costs of two strategies by payer -> net saving by party, in the graph.

Mathematics: engine/README.md, "Costs and net saving". `run/outcomes.py` says the same in plain arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.model.hoist import Graph, Ref

ROUNDING = 1e-12
"""A difference or sum smaller than this share of what it is made of is rounding, and is 0. Otherwise money that cancels
would leave 1e-16 of itself, of either sign, and be told as a probability of saving and a year of pay-back."""


class Amount(NamedTuple):
    """A difference or sum of money."""

    value: Ref
    slack: Ref
    """What is no more than rounding of the amounts that it is made of."""


def net_saving(graph: Graph, usual: Ref, own: Ref) -> Amount:
    """What a strategy saves against the baseline."""
    g = graph
    slack = g.mul(g.const(ROUNDING), g.add(g.absolute(usual), g.absolute(own)))
    saved = g.const(0.0) if usual == own else _without_rounding(g, g.sub(usual, own), slack)
    return Amount(saved, slack)


def spending(graph: Graph, amount: Ref) -> Amount:
    """An amount that is no difference of others."""
    return Amount(amount, graph.mul(graph.const(ROUNDING), graph.absolute(amount)))


def by_party(graph: Graph, members: NDArray[np.float64], by_payer: Sequence[Amount]) -> list[Ref]:
    """Perspectives, then payers; perspectives are summed over their payers in the order of the model.

    Parameters
    ----------
    members : (perspective, payer) of 0 and 1.
    """
    g = graph
    found = []
    for row in members:
        counted = [amount for amount, counts in zip(by_payer, row, strict=True) if counts]
        if len(counted) == 1:
            found.append(counted[0].value)
            continue
        slack = g.total([amount.slack for amount in counted])
        found.append(_without_rounding(g, g.total([amount.value for amount in counted]), slack))
    return [*found, *(amount.value for amount in by_payer)]


def benefit_cost_ratio(graph: Graph, npv: Ref, programme: Ref) -> Ref:
    """(NPV + programme cost) / programme cost; nan where no programme cost is borne."""
    g = graph
    ratio = g.div(g.add(npv, programme), programme)
    return g.where(g.compare("gt", programme, g.const(0.0)), ratio, g.const(math.nan))


def _without_rounding(graph: Graph, value: Ref, slack: Ref) -> Ref:
    """0 where a value is no more than rounding."""
    g = graph
    return g.where(g.compare("le", g.absolute(value), slack), g.const(0.0), value)
