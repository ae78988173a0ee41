"""A model run on mixtures of sets of values that are held once: each run is told by the rows that it reads.

All draws of a block read the same rows, so a design of Saltelli, or any exchange of inputs between two sets, is a list
of blocks, and kernels read values where they stand (`Block.rows`). Which blocks share the loop over cycles is seen from
their rows: of the 46 of Norrkoping with 22 parameters, 18 differ in what moves people. To copy the runs and look for
rows alike in them made the whole analysis 1.45 times as long.

Letters: m draws, b blocks, D inputs, O columns of outcomes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import Block, allocate, padded
from engine.model.compile import CompiledModel
from engine.model.separate import Separated
from engine.run.blocks import Settings, first, in_order
from engine.run.outcomes import Array
from engine.run.plan import Span, block_size, bytes_per_draw, cut

Rows = NDArray[np.int64]
Take = Callable[[Array], Array]
"""Of an outcome (column, m), what is wanted (O, m); draw by draw, and at least one draw."""
Refuse = Callable[[Array, Rows], Array]
"""Inputs (run, D) of runs that may be invalid, and their numbers -> outcome (run, column), or an error."""
Mixed = Callable[[Array, Rows, int, Take], Array]
"""Values (row, m), rows (b, D), number of the first draw -> outcomes (b, O, m)."""

STRETCH = 1024
"""Draws of each block that are run before the next ones, so that what loops add up is read while it is near. Norrkoping
took 30 % more with 128, 11 % with 256 and 4 % with 512, most of which are calls, and 1 % less with 2048."""


def mixed_whole(
    model: CompiledModel,
    read: Callable[[Block], Array],
    columns: int,
    settings: Settings,
    refuse: Refuse,
    *,
    yearly: bool,
) -> Mixed:
    """An outcome that takes the loop over cycles for each run.

    Parameters
    ----------
    read : a block's output -> outcome (column, d).
    """
    program = model.yearly_program if yearly else model.money_program
    size = block_size(settings.block, bytes_per_draw(program, model.shape if yearly else model.shape.money))

    def mixed(values: Array, rows: Rows, begin: int, take: Take) -> Array:
        kernel = model.yearly_kernel if yearly else model.money_kernel
        result, valid = _room(values, rows, columns, take)

        def run(span: Span) -> None:
            count = span.stop - span.start
            block = allocate(program, count)._replace(inputs=_filled_up(values[:, span.start : span.stop]))
            for j, own in enumerate(rows):
                kernel(block._replace(rows=own))
                done = first(block, count)
                valid[j, span.start : span.stop] = (done.status == 0) & np.isfinite(done.totals).all(axis=0)
                result[j, :, span.start : span.stop] = take(read(done))

        _in_stretches(run, values.shape[1], size, settings)
        return _completed(result, valid, values, rows, begin, take, refuse)

    return mixed


def mixed_in_two_steps(
    model: CompiledModel, program: Separated, place: int, columns: int, settings: Settings, refuse: Refuse
) -> Mixed:
    """An outcome by the loop once for all blocks that read the same in it, then the rest for each.

    Parameters
    ----------
    place : first of its columns among the totals of the second step.
    """
    moved = list(program.moved_by)
    n_sums = len(program.loop.totals)
    size = min(STRETCH, block_size(settings.block))

    def mixed(values: Array, rows: Rows, begin: int, take: Take) -> Array:
        kernels = model.separated_kernels
        assert kernels is not None
        loop, after = kernels
        result, valid = _room(values, rows, columns, take)
        _, shared, which = np.unique(rows[:, moved], axis=0, return_index=True, return_inverse=True)
        which = which.reshape(-1)
        n_rows = values.shape[0]
        sums_at = n_rows + which[:, None] * n_sums + np.arange(n_sums)
        rows_after = np.concatenate([rows, sums_at], axis=1).astype(np.int64)

        def run(span: Span) -> None:
            count = span.stop - span.start
            lanes = padded(count)
            # what the loops add up is written below the values, where the second step reads it
            together = np.empty((n_rows + shared.size * n_sums, lanes))
            _fill_up(values[:, span.start : span.stop], together[:n_rows])
            broken = np.empty((shared.size, lanes), dtype=np.int64)
            block = allocate(program.loop, count)._replace(inputs=together)
            for kind, j in enumerate(shared):
                low = n_rows + kind * n_sums
                loop(block._replace(totals=together[low : low + n_sums], status=broken[kind], rows=rows[j]))
            block = allocate(program.after, count)._replace(inputs=together)
            for j, own in enumerate(rows_after):
                after(block._replace(rows=own))
                outcome = block.totals[place : place + columns, :count]
                result[j, :, span.start : span.stop] = take(outcome)
                good = (block.status[:count] | broken[which[j], :count]) == 0
                valid[j, span.start : span.stop] = good & np.isfinite(outcome).all(axis=0)

        _in_stretches(run, values.shape[1], size, settings)
        return _completed(result, valid, values, rows, begin, take, refuse)

    return mixed


def _room(values: Array, rows: Rows, columns: int, take: Take) -> tuple[Array, NDArray[np.bool_]]:
    """For outcomes (b, O, m), and for which of them are right (b, m)."""
    b, m = rows.shape[0], values.shape[1]
    return np.empty((b, take(np.zeros((columns, 1))).shape[0], m)), np.empty((b, m), dtype=np.bool_)


def _in_stretches(run: Callable[[Span], None], draws: int, size: int, settings: Settings) -> None:
    spans = list(cut(draws, size))
    for _ in in_order(run, iter(spans), min(settings.threads, len(spans)) or 1):
        pass


def _filled_up(values: Array) -> Array:
    """A copy of values (row, n), with lanes beyond n that repeat the last draw."""
    out = np.empty((values.shape[0], padded(values.shape[1])))
    _fill_up(values, out)
    return out


def _fill_up(values: Array, out: Array) -> None:
    n = values.shape[1]
    out[:, :n] = values
    out[:, n:] = values[:, n - 1 : n]


def _completed(
    result: Array, valid: NDArray[np.bool_], values: Array, rows: Rows, begin: int, take: Take, refuse: Refuse
) -> Array:
    """The result, once what is doubtful in it is answered; runs are told draw by draw, and in a draw block by block."""
    if not valid.all():
        draw, j = np.nonzero(~valid.T)
        numbers = (begin + draw) * rows.shape[0] + j
        result[j, :, draw] = take(refuse(values[rows[j], draw[:, None]], numbers).T).T
    return result
