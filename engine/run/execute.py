"""Plan -> kernel -> arrays: runs blocks of draws, on threads, and gathers them in the order of the draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, filled, first, in_order
from engine.run.designs import unit_points
from engine.run.invalid import InvalidDraws, describe_statuses, explain
from engine.run.outcomes import Array
from engine.run.pieces import BY_DRAW, Piece, status_of, take_piece
from engine.run.plan import Span, block_size, bytes_per_draw, cut, refuse_if_too_large

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


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
    shape, program = model.shape, model.run_program
    n_kept = min(paths, draws)
    size = block_size(settings.block, bytes_per_draw(program, shape))
    in_flight = (2 * settings.threads + 1) * min(size, draws) * bytes_per_draw(program, shape)
    refuse_if_too_large(in_flight, f"{settings.threads} threads with blocks of {size} draws")

    def values_of(span: Span) -> Array:
        points = unit_points(design, model.inputs.uncertain, seed=seed, start=span.start, stop=span.stop, total=draws)
        return model.inputs.values(calculation, points)

    def compute(span: Span) -> tuple[Span, Piece]:
        n = span.stop - span.start
        return span, take_piece(model, values_of(span), max(0, min(n_kept - span.start, n)))

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
        for name in BY_DRAW:
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


def _statuses(
    model: CompiledModel, values_of: Callable[[Span], Array], draws: int, settings: Settings
) -> NDArray[np.int64]:
    """Status of every draw, from the program that keeps no yearly figures."""
    program, kernel = model.totals_program, model.totals_kernel

    def compute(span: Span) -> NDArray[np.int64]:
        block = filled(program, values_of(span))
        kernel(block)
        return status_of(first(block, span.stop - span.start))

    size = block_size(settings.block, bytes_per_draw(program, model.shape))
    return np.concatenate(list(in_order(compute, cut(draws, size), settings.threads)))
