"""Cohorts side by side: the money of every cycle, of the same draws, in one model or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import TILE, Block, Program, inputs_of, padded
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, filled, in_order
from engine.run.invalid import explain
from engine.run.outcomes import Array
from engine.run.plan import Span, bytes_per_draw, cut, refuse_if_too_large

T = TypeVar("T")
SPAN = 2 * TILE
"""Draws at a time. What is done once for them took a fifth longer with half as many; with twice as many, their flows no
longer stay in the caches near by, and all took a twentieth longer."""


class Draws(NamedTuple):
    """Which draws of a span count, and what is known of them."""

    first: int
    """Number of the first."""
    counted: NDArray[np.bool_]
    """(d,) false where any of the models rejects a draw, and in lanes that fill up"""
    cycles: int | None = None
    """How many cycles of flows there are; nothing is written in others, in which nobody pays or saves. All if None."""
    steady: bool = False
    """Whether discount factors are known to be the same in all draws."""


class _Times:
    """What inputs say of horizon and discounting, in few of them and without a simulation."""

    def __init__(self, model: CompiledModel, program: Program) -> None:
        self._model, self._known = model, dict[bytes, int]()
        self._horizon = inputs_of(model.horizon_program, model.horizon_program.totals)
        self._factor = inputs_of(program, program.yearly[-1:])

    def cycles(self, values: Array) -> int:
        """How many cycles the horizon leaves in which money may move, in some draw with inputs (input, d)."""
        program, time = self._model.horizon_program, self._model.study.model.time
        if not _alike(values, self._horizon):
            return program.n_cycles
        key = values[self._horizon, 0].tobytes()
        if key not in self._known:
            horizon = float(evaluate(program, values[:, :1]).totals[0, 0])
            begun = program.n_cycles if not np.isfinite(horizon) else int(max(horizon, 0.0) / time.cycle_length + 1e-6)
            # one more for a cycle begun, and one for amounts that are weighed at the boundary after
            self._known[key] = min(program.n_cycles, begun + 2)
        return self._known[key]

    def steady(self, values: Array) -> bool:
        """Whether draws have the same discount factors."""
        return _alike(values, self._factor)


def _alike(values: Array, rows: list[int]) -> bool:
    return all((values[row] == values[row, 0]).all() for row in rows)


def map_cohorts(
    models: Sequence[CompiledModel],
    calculation: str,
    strategy: str,
    reduce: Callable[[list[Array], Draws], T],
    *,
    points: Callable[[Span], Array],
    draws: int,
    reject: bool = False,
    left_out: NDArray[np.bool_] | None = None,
    checked: bool = False,
    settings: Settings | None = None,
) -> Iterator[T]:
    """What `reduce` makes of the cohorts, span by span of draws, in their order.

    Parameters
    ----------
    models : of the same study and inputs; one cohort each.
    reduce : called on threads, with the flows of every model in the same draws, which it may not keep: (vector of
        draws, t, row, lane), rows being undiscounted costs per participant in the baseline by payer, then those under
        the strategy, and the discount factor. Where amounts are summed over boundaries there is one cycle more, the
        last boundary.
    points : points of the unit cube of a span of draws.
    reject : leave out draws that break a rule in any model, rather than stop.
    left_out : (draws,) draws that are left out whatever they are: those that another calculation rejects.
    checked : whether a run has checked these draws in every cycle of these models. Those after the horizon are then not
        simulated, where it is the same in all draws of a span.

    Raises
    ------
    InvalidDraws : a draw breaks a rule and `reject` is not set.
    """
    settings = settings or Settings()
    lived = [model.costs(model.shape.courses.index(strategy)) for model in models]
    need = sum(bytes_per_draw(program, m.shape) for (program, _), m in zip(lived, models, strict=True))
    refuse_if_too_large((2 * settings.threads + 1) * SPAN * need, f"{settings.threads} threads with {SPAN} draws")

    whole, times = lived[0][0].n_cycles, _Times(models[0], lived[0][0])
    free: list[list[Block]] = []  # of whole spans, one for each model: written over by the next

    def compute(span: Span) -> T:
        values = models[0].inputs.values(calculation, points(span))
        n = span.stop - span.start
        cycles = times.cycles(values)
        valid = np.ones(n, dtype=bool)
        if left_out is not None and span.start < left_out.size:
            known = left_out[span.start : span.stop]
            valid[: known.size] = ~known
        used = free.pop() if free and n == SPAN else None
        blocks: list[Block] = []
        for model, (program, kernel) in zip(models, lived, strict=True):
            block = filled(program, values, used[len(blocks)] if used else None)
            blocks.append(block)
            kernel(block._replace(cycles=cycles if checked else whole))
            wrong = (block.status[:n] != 0) | ~np.isfinite(block.totals[:, :n]).all(axis=0)
            if wrong.any() and not reject:
                bad = int(np.argmax(wrong))
                what = f"calculation {calculation!r}: draw {span.start + bad}"
                raise explain(model, values[:, bad : bad + 1], int(block.status[bad]), what)
            valid &= ~wrong
        counted = np.zeros(padded(n), dtype=np.bool_)
        counted[:n] = valid
        reduced = reduce([block.yearly for block in blocks], Draws(span.start, counted, cycles, times.steady(values)))
        if n == SPAN:
            free.append(blocks)
        return reduced

    return in_order(compute, cut(draws, SPAN), settings.threads)
