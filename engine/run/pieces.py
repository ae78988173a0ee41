"""What a block of draws gives: outcomes of each draw, and sums over draws by year."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import Block
from engine.model.compile import Shape
from engine.run import outcomes
from engine.run.invalid import NOT_A_NUMBER
from engine.run.outcomes import Array
from engine.run.plan import TILE


class YearlySums(NamedTuple):
    """Sums over valid draws."""

    saving: Array
    """(k, p, t)"""
    occupancy: Array
    """(c, s, t + 1)"""


class Piece(NamedTuple):
    """Outcomes of a block; shapes as in `CalculationRun`."""

    cost: Array
    npv: Array
    programme: Array
    ratio: Array
    payback: Array
    payback_discounted: Array
    horizon: Array
    status: NDArray[np.int64]
    tiles: list[YearlySums]
    cumulative: Array
    outcome: Array
    subgroup_npv: Array
    subgroup_outcome: Array


BY_DRAW = (
    *("cost", "npv", "programme", "ratio", "payback", "payback_discounted", "horizon", "status"),
    *("outcome", "subgroup_npv", "subgroup_outcome"),
)
"""Outcomes of every draw."""


def status_of(block: Block) -> NDArray[np.int64]:
    numbers = np.isfinite(block.totals).all(axis=0)
    return block.status | np.where(numbers, np.int64(0), NOT_A_NUMBER)


def take_piece(shape: Shape, block: Block, step: float, n_paths: int) -> Piece:
    totals = outcomes.read_totals(shape, block.totals)
    yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
    status = status_of(block)
    invalid = status != 0
    cumulative = outcomes.accumulate(yearly.party_saving)
    payback = outcomes.payback_time(cumulative, step)
    discounted = outcomes.payback_time(outcomes.accumulate(yearly.party_discounted), step)
    ratio = outcomes.benefit_cost_ratio(totals.npv, totals.programme)

    def valid(values: Array, instead: float = np.nan) -> Array:
        return np.where(invalid, instead, values) if invalid.any() else values

    saving, occupancy = valid(yearly.saving, 0.0), valid(yearly.occupancy, 0.0)
    tiles = [
        YearlySums(saving[..., a : a + TILE].sum(axis=-1), occupancy[..., a : a + TILE].sum(axis=-1))
        for a in range(0, status.size, TILE)
    ]
    return Piece(
        cost=valid(totals.cost),
        npv=valid(totals.npv),
        programme=valid(totals.programme),
        ratio=valid(ratio),
        payback=valid(payback),
        payback_discounted=valid(discounted),
        horizon=valid(totals.horizon),
        status=status,
        tiles=tiles,
        cumulative=np.moveaxis(valid(cumulative)[..., :n_paths], -1, 2),
        outcome=valid(totals.outcome),
        subgroup_npv=valid(totals.subgroup_npv),
        subgroup_outcome=valid(totals.subgroup_outcome),
    )
