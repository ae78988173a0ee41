"""Plan -> kernel -> arrays: runs blocks of draws, on threads, and gathers them in the order of the draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import Block
from engine.model.compile import CompiledModel, Shape
from engine.run import outcomes
from engine.run.blocks import Settings, filled, first, in_order
from engine.run.designs import unit_points
from engine.run.invalid import NOT_A_NUMBER, InvalidDraws, describe_statuses, explain
from engine.run.outcomes import Array
from engine.run.plan import TILE, Span, block_size, bytes_per_draw, cut, refuse_if_too_large

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


class YearlySums(NamedTuple):
    """Sums over valid draws."""

    saving: Array
    """(k, p, t)"""
    occupancy: Array
    """(c, s, t + 1)"""


@dataclass(frozen=True)
class CalculationRun:
    """One calculation, run: outcomes per draw, d last; invalid draws are nan."""

    calculation: str
    cost: Array
    """(c, p, d)"""
    npv: Array
    """(k, q, d)"""
    programme: Array
    """(k, q, d)"""
    ratio: Array
    """(k, q, d)"""
    payback: Array
    """(k, q, d)"""
    payback_discounted: Array
    """(k, q, d)"""
    horizon: Array
    """(d,)"""
    status: NDArray[np.int64]
    """(d,)"""
    mean_saving: Array
    """(k, p, t)"""
    mean_occupancy: Array
    """(c, s, t + 1)"""
    cumulative: Array
    """(k, q, path, t + 1) of the first draws"""
    outcome: Array
    """(c, o, d)"""
    subgroup_npv: Array
    """(g, k, q, d)"""
    subgroup_outcome: Array
    """(g, c, o, d)"""

    @property
    def rejected(self) -> int:
        """Draws that broke a rule."""
        return int(np.count_nonzero(self.status))


def run_calculation(
    model: CompiledModel,
    calculation: str,
    *,
    draws: int,
    seed: int,
    design: str,
    paths: int,
    reject: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> CalculationRun:
    """Run all draws of a calculation.

    Parameters
    ----------
    paths : number of first draws for which accumulated savings by year are kept.
    reject : leave out draws that break a rule of the model, rather than stop.

    Raises
    ------
    InvalidDraws : a draw breaks a rule and `reject` is not set, or all draws do.
    """
    settings = settings or Settings()
    shape, step = model.shape, model.study.model.time.cycle_length
    n_kept = min(paths, draws)
    program, kernel = model.yearly_program, model.yearly_kernel
    size = block_size(settings.block, bytes_per_draw(program, shape))
    in_flight = (2 * settings.threads + 1) * min(size, draws) * bytes_per_draw(program, shape)
    refuse_if_too_large(in_flight, f"{settings.threads} threads with blocks of {size} draws")

    def values_of(span: Span) -> Array:
        points = unit_points(design, model.inputs.uncertain, seed=seed, start=span.start, stop=span.stop, total=draws)
        return model.inputs.values(calculation, points)

    def compute(span: Span) -> tuple[Span, _Piece]:
        n = span.stop - span.start
        block = filled(program, values_of(span))
        kernel(block)
        return span, _piece(shape, first(block, n), step, max(0, min(n_kept - span.start, n)))

    def stop() -> InvalidDraws:
        """Every draw's status is found before it is told how many break what, so that no cut into blocks shows."""
        status = _statuses(model, values_of, draws, settings)
        first_bad = int(np.argmax(status != 0))
        what = (
            f"calculation {calculation!r}: {np.count_nonzero(status)} of {draws} draws break a rule of the model "
            f"({describe_statuses(model, status)}); draw {first_bad}"
        )
        return explain(model, values_of(Span(first_bad, first_bad + 1)), int(status[first_bad]), what)

    k, q = len(shape.courses) - 1, len(shape.parties)
    cycles = model.study.model.time.cycles
    result = CalculationRun(
        calculation,
        cost=np.empty((k + 1, len(shape.payers), draws)),
        npv=np.empty((k, q, draws)),
        programme=np.empty((k, q, draws)),
        ratio=np.empty((k, q, draws)),
        payback=np.empty((k, q, draws)),
        payback_discounted=np.empty((k, q, draws)),
        horizon=np.empty(draws),
        status=np.empty(draws, dtype=np.int64),
        mean_saving=np.zeros((k, len(shape.payers), cycles)),
        mean_occupancy=np.zeros((k + 1, len(shape.states), cycles + 1)),
        cumulative=np.empty((k, q, n_kept, cycles + 1)),
        outcome=np.empty((k + 1, len(shape.outcomes), draws)),
        subgroup_npv=np.empty((len(shape.subgroups), k, q, draws)),
        subgroup_outcome=np.empty((len(shape.subgroups), k + 1, len(shape.outcomes), draws)),
    )
    for span, piece in in_order(compute, cut(draws, size), settings.threads):
        at = slice(span.start, span.stop)
        for name in _BY_DRAW:
            getattr(result, name)[..., at] = getattr(piece, name)
        if not reject and piece.status.any():
            raise stop()
        for sums in piece.tiles:  # tile by tile, so that the order of addition is always the same
            result.mean_saving[...] += sums.saving
            result.mean_occupancy[...] += sums.occupancy
        kept = piece.cumulative.shape[2]
        if kept:
            result.cumulative[:, :, span.start : span.start + kept] = piece.cumulative
        if progress is not None:
            progress(span.stop, draws)
    valid = draws - result.rejected
    if valid == 0:
        raise stop()
    result.mean_saving[...] /= valid
    result.mean_occupancy[...] /= valid
    return result


_BY_DRAW = (
    *("cost", "npv", "programme", "ratio", "payback", "payback_discounted", "horizon", "status"),
    *("outcome", "subgroup_npv", "subgroup_outcome"),
)
"""Outcomes of every draw."""


class _Piece(NamedTuple):
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


def _statuses(
    model: CompiledModel, values_of: Callable[[Span], Array], draws: int, settings: Settings
) -> NDArray[np.int64]:
    """Status of every draw, from the program that keeps no yearly figures."""
    program, kernel = model.totals_program, model.totals_kernel

    def compute(span: Span) -> NDArray[np.int64]:
        block = filled(program, values_of(span))
        kernel(block)
        return _status(first(block, span.stop - span.start))

    size = block_size(settings.block, bytes_per_draw(program, model.shape))
    return np.concatenate(list(in_order(compute, cut(draws, size), settings.threads)))


def _status(block: Block) -> NDArray[np.int64]:
    numbers = np.isfinite(block.totals).all(axis=0)
    return block.status | np.where(numbers, np.int64(0), NOT_A_NUMBER)


def _piece(shape: Shape, block: Block, step: float, n_paths: int) -> _Piece:
    totals = outcomes.read_totals(shape, block.totals)
    yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
    status = _status(block)
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
    return _Piece(
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
