"""Cohorts side by side: the money of every cycle, of the same draws, in one model or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import TILE
from engine.model.compile import CompiledModel
from engine.run import outcomes
from engine.run.blocks import Settings, filled, first, in_order
from engine.run.invalid import explain
from engine.run.outcomes import Array
from engine.run.plan import Span, bytes_per_draw, cut, refuse_if_too_large

T = TypeVar("T")


class Flows(NamedTuple):
    """Money of one cohort in each cycle, per participant."""

    saving: Array
    """(q, t, d) undiscounted net saving"""
    discounted: Array
    """(q, t, d)"""
    cost: Array
    """(c, p, t, d) undiscounted cost in the baseline and under the strategy"""
    cost_discounted: Array
    """(c, p, t, d)"""
    factor: Array
    """(t, d) discount factor"""
    draw: NDArray[np.int64]
    """(d,) numbers of the draws; those that any of the models rejects are left out"""


def map_cohorts(
    models: Sequence[CompiledModel],
    calculation: str,
    strategy: str,
    reduce: Callable[[list[Flows]], T],
    *,
    points: Callable[[Span], Array],
    draws: int,
    reject: bool = False,
    left_out: NDArray[np.bool_] | None = None,
    settings: Settings | None = None,
) -> Iterator[T]:
    """What `reduce` makes of the cohorts, tile by tile of draws, in their order.

    Parameters
    ----------
    models : of the same study and inputs; one cohort each.
    reduce : called on threads, with the flows of every model in the same draws.
    points : points of the unit cube of a span of draws.
    reject : leave out draws that break a rule in any model, rather than stop.
    left_out : (draws,) draws that are left out whatever they are: those that another calculation rejects.

    Raises
    ------
    InvalidDraws : a draw breaks a rule and `reject` is not set.
    """
    settings = settings or Settings()
    k = models[0].shape.courses.index(strategy) - 1
    need = sum(bytes_per_draw(m.yearly_program, m.shape) for m in models)
    refuse_if_too_large((2 * settings.threads + 1) * TILE * need, f"{settings.threads} threads with {TILE} draws")

    def compute(span: Span) -> T:
        values = models[0].inputs.values(calculation, points(span))
        n = span.stop - span.start
        blocks = []
        valid = np.ones(n, dtype=bool)
        if left_out is not None and span.start < left_out.size:
            known = left_out[span.start : span.stop]
            valid[: known.size] = ~known
        for model in models:
            whole = filled(model.yearly_program, values)
            model.yearly_kernel(whole)
            block = first(whole, n)
            wrong = (block.status != 0) | ~np.isfinite(block.totals).all(axis=0)
            if wrong.any() and not reject:
                bad = int(np.argmax(wrong))
                what = f"calculation {calculation!r}: draw {span.start + bad}"
                raise explain(model, values[:, bad : bad + 1], int(block.status[bad]), what)
            valid &= ~wrong
            blocks.append(block)
        found = []
        for model, block in zip(models, blocks, strict=True):
            yearly = outcomes.read_yearly(model.shape, block.totals, block.yearly)
            costs = outcomes.read_yearly_costs(model.shape, block.yearly)
            pair = [0, k + 1]
            found.append(
                Flows(
                    _kept(yearly.party_saving[k], valid),
                    _kept(yearly.party_discounted[k], valid),
                    _kept(costs.cost[pair], valid),
                    _kept(costs.discounted[pair], valid),
                    _kept(yearly.factor, valid),
                    span.start + np.flatnonzero(valid).astype(np.int64),
                )
            )
        return reduce(found)

    return in_order(compute, cut(draws, TILE), settings.threads)


def _kept(x: Array, valid: NDArray[np.bool_]) -> Array:
    return x if valid.all() else x[..., valid]
