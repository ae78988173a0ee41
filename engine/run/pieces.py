"""What a block of draws gives: outcomes of each draw, and sums over draws by year."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import TILE, Block, sums_of
from engine.model.compile import CompiledModel
from engine.run import outcomes
from engine.run.blocks import filled, first
from engine.run.invalid import ELSEWHERE, NOT_A_NUMBER
from engine.run.outcomes import Array


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
_FINITE = ("cost", "npv", "programme", "outcome", "subgroup_npv", "subgroup_outcome", "horizon")
"""Outcomes that are numbers in every valid draw."""


def status_of(block: Block) -> NDArray[np.int64]:
    """Of a block whose totals are all numbers in valid draws."""
    return with_finite(block.status, block.totals)


def take_piece(model: CompiledModel, values: Array, n_paths: int, elsewhere: NDArray[np.bool_] | None = None) -> Piece:
    """Simulate draws.

    Parameters
    ----------
    values : inputs (input, d) of whole tiles of a calculation, or of its last draws.
    n_paths : first draws whose accumulated savings are kept year by year.
    elsewhere : draws to leave out because another calculation's rules are broken.
    """
    n = values.shape[1]
    whole = filled(model.run_program, values)
    model.run_kernel(whole)
    block = first(whole, n)
    found = outcomes.split(block.totals, model.shape.draws)
    status = block.status
    for name in _FINITE:
        status = with_finite(status, found[name].reshape(-1, n))
    if elsewhere is not None:
        status = status | np.where(elsewhere, ELSEWHERE, np.int64(0))
    invalid = status != 0
    cumulative = _paths(model, values[:, :n_paths])
    if invalid.any():
        for part in (*found.values(), cumulative):
            part[..., invalid[: part.shape[-1]]] = np.nan
    return Piece(
        cost=found["cost"],
        npv=found["npv"],
        programme=found["programme"],
        ratio=found["ratio"],
        payback=found["payback"],
        payback_discounted=found["payback_discounted"],
        horizon=found["horizon"][0],
        status=status,
        tiles=_tiles(model, values, whole, invalid),
        cumulative=np.moveaxis(cumulative, -1, 2),
        outcome=found["outcome"],
        subgroup_npv=found["subgroup_npv"],
        subgroup_outcome=found["subgroup_outcome"],
    )


def with_finite(status: NDArray[np.int64], rows: Array) -> NDArray[np.int64]:
    """Statuses (d,) of draws, with what rows of outcomes (o, d) say that are no numbers."""
    # their sum is finite in nearly all blocks, and is found in a third of the time
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(rows.sum(axis=0)).all():
            return status
    return status | np.where(np.isfinite(rows).all(axis=0), np.int64(0), NOT_A_NUMBER)


def _tiles(model: CompiledModel, values: Array, block: Block, invalid: NDArray[np.bool_]) -> list[YearlySums]:
    """Sums over valid draws; tiles in which some are not are simulated once more, for the sums of the others alone."""
    shape, n = model.shape, invalid.size
    sums = sums_of(model.run_program, block)
    at_end = outcomes.split(block.totals, shape.draws)["occupancy"][..., :n]
    spoilt = np.unique(np.flatnonzero(invalid) // TILE)
    if spoilt.size:
        draws = np.concatenate([np.arange(a, min(a + TILE, n)) for a in spoilt * TILE])
        again = filled(model.run_program, values[:, draws])
        again.counted[: draws.size] &= ~invalid[draws]
        model.run_kernel(again)
        sums[..., spoilt] = sums_of(model.run_program, again)
        at_end = np.where(invalid, 0.0, at_end)
    found = outcomes.split(sums, shape.sums)
    starts = np.arange(0, n, TILE)
    if shape.by_boundary:
        saving, occupancy = outcomes.with_last_boundary(found["saving"]), found["occupancy"]
    else:
        saving = found["saving"]
        last = np.add.reduceat(at_end, starts, axis=-1)
        occupancy = np.concatenate([found["occupancy"], last[:, :, None]], axis=2)
    return [YearlySums(saving[..., k], occupancy[..., k]) for k in range(starts.size)]


def _paths(model: CompiledModel, values: Array) -> Array:
    """Accumulated savings (k, q, t + 1, d)."""
    shape, found = model.shape, []
    for start in range(0, values.shape[1], TILE):
        some = values[:, start : start + TILE]
        whole = filled(model.yearly_program, some)
        model.yearly_kernel(whole)
        block = first(whole, some.shape[1])
        yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
        found.append(outcomes.accumulate(yearly.party_saving))
    if found:
        return np.concatenate(found, axis=-1)
    return np.empty((len(shape.courses) - 1, len(shape.parties), model.study.model.time.cycles + 1, 0))
