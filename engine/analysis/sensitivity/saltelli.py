"""Saltelli's design, made and run block by block: neither the design nor its outcomes are ever held whole.

Two independent points A and B of the cube, and mixtures of them: AB_i is A with group i of columns taken from B, BA_i
the reverse. A and B are the two halves of one point in twice as many dimensions, which is what makes them independent
and even together; two stretches of one sequence are neither.

A function that takes mixtures as numbers of rows (`Mixtures`) is given the values of A and B and which of the two each
run reads, value by value: 2 m D numbers, where the runs themselves would be m D (2g + 2). One that takes rows alone is
given these.

Letters: n base points, m of them at a time, d dimensions of the cube, D columns of values, g groups, O outcomes,
R replicates. Runs stand base point by base point: A, AB_1 .. AB_g, (BA_1 .. BA_g,) B, as SALib has them.

References
----------
Saltelli (2002), doi:10.1016/S0010-4655(02)00280-1; Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import Array, Groups
from engine.analysis.sensitivity.sobol_sums import Indices, Sums
from engine.errors import UsageError
from engine.run.designs import REPLICATES, unit_points

Evaluate = Callable[[Array], Array]
"""Values (runs, D) -> outcomes (runs,) or (runs, O), row by row. The values are overwritten after the call."""
Transform = Callable[[Array], Array]
"""Points of the cube (m, d) -> values (m, D); each group of columns must depend on dimensions of its own."""
Progress = Callable[[int, int], None]
"""Called with runs done so far and in all."""


@runtime_checkable
class Mixtures(Protocol):
    """A function of values that need not be copied for every run."""

    def __call__(self, points: Array, /) -> Array:
        """Points of the cube (run, d) -> outcomes (run,) or (run, O)."""

    @property
    def moved(self) -> tuple[tuple[int, ...], ...]:
        """Values that each dimension of the cube moves."""

    def values(self, points: Array, out: Array) -> None:
        """Points of the cube (d, m) -> values, written into out (D, m), C-contiguous."""

    @property
    def n_values(self) -> int:
        """D"""

    def of_mixtures(self, values: Array, rows: NDArray[np.int64], first: int) -> Array:
        """Outcomes (block, O, m).

        Parameters
        ----------
        values : (row, m).
        rows : (block, D), which row of `values` each value of a block's runs is.
        first : number of the first base point, by which an invalid run is told.
        """


TILE = 256
"""Base points that are summed together, so that sums are the same bits however many runs are evaluated at a time."""
CHUNK = 65_536
"""Runs evaluated at a time, at least one tile: 21 MB of values for 40 columns."""
MIXED_CHUNK = 4096
"""Base points evaluated at a time, at most, where runs are told by row numbers: 2.6 MB of values for 40 columns."""
_CHUNK_NUMBERS = 4_194_304
"""Outcomes of a chunk, at most, unless one tile has more: 34 MB."""


@dataclass(frozen=True)
class Saltelli:
    """The design: which points of the cube, mixed how. A pure function of its fields; nothing is stored."""

    n_dimensions: int
    """Of the cube."""
    n: int
    """Base points, a power of two. The first of a larger design are those of a smaller one."""
    seed: int
    groups: Groups = ()
    """Columns of values that move together; without any, each dimension by itself. A column in no group is varied too,
    and its part of the variance is given to nobody."""
    second_order: bool = True

    def __post_init__(self) -> None:
        if self.n_dimensions < 1:
            raise UsageError("No uncertain parameter, so there is no sensitivity to analyse.")
        if self.n < 2:
            raise UsageError(f"n: {self.n}; at least 2.")
        if self.n & (self.n - 1):
            near = 1 << (self.n.bit_length() - 1)
            raise UsageError(f"n: {self.n}; Sobol' points come in powers of two, such as {near}.")
        seen = [column for group in self.groups for column in group]
        if not all(self.groups) or len(set(seen)) < len(seen) or min(seen, default=0) < 0:
            raise UsageError(f"groups: {self.groups}; every group needs a column, and a column one group at most.")

    @cached_property
    def columns(self) -> Groups:
        """Columns of each group."""
        return self.groups or tuple((i,) for i in range(self.n_dimensions))

    @property
    def blocks(self) -> int:
        """Runs at each base point."""
        return (2 if self.second_order else 1) * len(self.columns) + 2

    @property
    def runs(self) -> int:
        """Runs in all."""
        return self.n * self.blocks

    @property
    def replicates(self) -> int:
        """Independent scrambles; base point i belongs to scramble i modulo this."""
        return min(REPLICATES, self.n)

    @cached_property
    def fingerprint(self) -> str:
        """12 hex digits to store with outcomes: they differ where a run differs."""
        facts = f"saltelli {self.n_dimensions} {self.n} {self.seed} {self.columns} {self.second_order}"
        a, b = self.base(self.n - 1, self.n)  # the points themselves, so that another generator is noticed
        return hashlib.sha256(facts.encode() + a.tobytes() + b.tobytes()).hexdigest()[:12]

    def base(self, start: int, stop: int) -> tuple[Array, Array]:
        """Points A and B (stop - start, d) of base points `start` to `stop`, strictly inside the cube."""
        d = self.n_dimensions
        points = self.coordinates(start, stop)
        return np.ascontiguousarray(points[:d].T), np.ascontiguousarray(points[d:].T)

    def coordinates(self, start: int, stop: int) -> Array:
        """The same, dimension by dimension and A above B, (2 d, stop - start)."""
        # dimensions go to names in alphabetical order: the first half to A
        names = [f"{half}{i:06d}" for half in "ab" for i in range(self.n_dimensions)]
        return np.asarray(unit_points("sobol", names, seed=self.seed, start=start, stop=stop, total=self.n))

    def rows(self, moved: Sequence[Sequence[int]], n_values: int) -> NDArray[np.int64]:
        """Which row of the values of A above B, (2 D, m), each value of each block's runs is; (blocks, D).

        Parameters
        ----------
        moved : values that each dimension moves. What none moves is read from A.
        n_values : D.

        Raises
        ------
        UsageError : a group names a dimension that is not there, or two groups move the same value, so that a mixture
            of points is no choice between values.
        """
        if len(moved) != self.n_dimensions:
            raise UsageError(f"The design has {self.n_dimensions} dimensions, the function {len(moved)}.")
        largest = max(i for group in self.columns for i in group)
        if largest >= len(moved):
            raise UsageError(f"groups: column {largest}; there are {len(moved)}.")
        of_group = [sorted({k for i in group for k in moved[i]}) for group in self.columns]
        alone = [sorted(moved[i]) for i in range(len(moved)) if not any(i in group for group in self.columns)]
        several = [k for values in (*of_group, {k for values in alone for k in values}) for k in values]
        if len(set(several)) < len(several):
            raise UsageError("Two groups move the same value: parameters must be independent between groups.")
        g = len(self.columns)
        result = np.tile(np.arange(n_values, dtype=np.int64), (self.blocks, 1))
        result[1 + g :, several] += n_values
        for i, values in enumerate(of_group):
            result[1 + i, values] += n_values
            if self.second_order:
                result[1 + g + i, values] -= n_values
        return result

    def mix(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Runs (m, blocks, D) from the values of A and B (m, D).

        Raises
        ------
        UsageError : a group names a column that is not there.
        """
        g = len(self.columns)
        x = np.empty((a.shape[0], self.blocks, a.shape[1])) if out is None else out
        block, column = self._places
        if column.max() >= a.shape[1]:
            raise UsageError(f"groups: column {column.max()}; there are {a.shape[1]}.")
        x[:, : 1 + g] = a[:, None]
        x[:, 1 + g :] = b[:, None]
        x[:, 1 + block, column] = b[:, column]
        if self.second_order:
            x[:, 1 + g + block, column] = a[:, column]
        return x

    @cached_property
    def _places(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        sizes = [len(group) for group in self.columns]
        column = np.array([i for group in self.columns for i in group], dtype=np.intp)
        return np.repeat(np.arange(len(sizes), dtype=np.intp), sizes), column


class SaltelliRun:
    """A design being run: `advance` to as many base points as wanted, read the `sums` at any time."""

    def __init__(
        self,
        evaluate: Evaluate | Mixtures,
        design: Saltelli,
        *,
        transform: Transform | None = None,
        chunk: int | None = None,
        keep: bool = False,
        progress: Progress | None = None,
        n_outcomes: int | None = None,
    ) -> None:
        """Nothing is run yet.

        Parameters
        ----------
        evaluate : of rows of values, or of `Mixtures`, which is faster and takes less memory.
        transform : from the cube to the values that `evaluate` takes; done for A and B only, 2 m d numbers rather than
            blocks m d. None gives `evaluate` points of the cube. `Mixtures` bring their own.
        chunk : runs given to `evaluate` at a time, rounded to whole tiles of base points; if None, `CHUNK`, or
            `MIXED_CHUNK` base points.
        keep : outcomes are kept, in `outcomes`, for an analysis that needs them.
        n_outcomes : of a run; any number if None.
        """
        self.design = design
        self.sums = Sums(len(design.columns), design.second_order, design.replicates)
        self._progress, self._n_outcomes = progress, n_outcomes
        self._run: _Rows | _Mixed
        if isinstance(evaluate, Mixtures):
            self._run, usual = _Mixed(evaluate, design), MIXED_CHUNK * design.blocks
        else:
            self._run, usual = _Rows(evaluate, design, transform), CHUNK
        self._chunk = usual if chunk is None else chunk
        self._kept: list[Array] | None = [] if keep else None
        self._tiles = 1  # until the number of outcomes is known

    @property
    def outcomes(self) -> Array:
        """Outcomes (n, blocks, O) so far, if they are kept."""
        if self._kept is None:
            raise UsageError("The outcomes were not kept; ask for it with keep=True.")
        if len(self._kept) > 1:
            self._kept = [np.concatenate(self._kept)]
        return self._kept[0]

    def advance(self, n: int) -> None:
        """Run until n base points have been summed.

        Raises
        ------
        UsageError : not one row of outcomes a run. RunError : an outcome that is not a finite number.
        """
        blocks = self.design.blocks
        while self.sums.n < n:
            start = self.sums.n
            m = min(n - start, self._tiles * TILE)
            y = self._run(start, start + m)
            if y.ndim != 3 or y.shape[::2] != (blocks, m) or y.shape[1] not in (self._n_outcomes or y.shape[1],):
                raise UsageError(f"{blocks} × {m} runs have outcomes of shape {y.shape}, block by block.")
            for k in range(0, y.shape[2], TILE):
                self.sums.add(y[:, :, k : k + TILE])
            if self._kept is not None:
                self._kept.append(y.transpose(2, 0, 1).copy())
            self._tiles = max(1, min(self._chunk, _CHUNK_NUMBERS // y.shape[1]) // (TILE * blocks))
            if self._progress is not None:
                self._progress(self.sums.n * blocks, n * blocks)


class _Rows:
    """Runs as rows of values."""

    def __init__(self, evaluate: Evaluate, design: Saltelli, transform: Transform | None) -> None:
        self._evaluate, self._design, self._transform = evaluate, design, transform
        self._buffer = np.empty((0, 0, 0))

    def __call__(self, start: int, stop: int) -> Array:
        """Outcomes (blocks, O, m)."""
        design, m = self._design, stop - start
        a, b = design.base(start, stop)
        if self._transform is not None:
            a, b = (np.asarray(self._transform(u), dtype=np.float64) for u in (a, b))
        if self._buffer.shape[0] < m:
            self._buffer = np.empty((m, design.blocks, a.shape[1]))
        x = design.mix(a, b, self._buffer[:m]).reshape(m * design.blocks, -1)
        y = np.asarray(self._evaluate(x), dtype=np.float64)
        if y.ndim not in (1, 2) or y.shape[0] != x.shape[0] or y.size == 0:
            raise UsageError(f"The design has {x.shape[0]} runs, the outcomes have shape {y.shape}; one row a run.")
        return y.reshape(m, design.blocks, -1).transpose(1, 2, 0)


class _Mixed:
    """Runs as numbers of rows of the values of A and B."""

    def __init__(self, evaluate: Mixtures, design: Saltelli) -> None:
        self._evaluate, self._design = evaluate, design
        self._rows = design.rows(evaluate.moved, evaluate.n_values)

    def __call__(self, start: int, stop: int) -> Array:
        d, n_values = self._design.n_dimensions, self._evaluate.n_values
        points = self._design.coordinates(start, stop)
        values = np.empty((2 * n_values, stop - start))
        self._evaluate.values(points[:d], values[:n_values])
        self._evaluate.values(points[d:], values[n_values:])
        return self._evaluate.of_mixtures(values, self._rows, start)


def sobol_indices(
    evaluate: Evaluate | Mixtures,
    n_dimensions: int,
    *,
    n: int,
    seed: int,
    groups: Sequence[Sequence[int]] = (),
    second_order: bool = True,
    transform: Transform | None = None,
    level: float = 0.95,
    chunk: int | None = None,
    progress: Progress | None = None,
    n_outcomes: int | None = None,
) -> Indices:
    """Sobol' indices of one or many outcomes, in memory that does not depend on n.

    Parameters
    ----------
    evaluate, transform, chunk, n_outcomes : as in `SaltelliRun`. Inputs must be independent between groups; they may be
        discrete.
    n : base points, a power of two; n × (2 groups + 2) runs, or n × (groups + 2) without second order.
    groups : columns of values that move together, whose joint share is asked for; without any, each dimension alone.
    level : of the intervals.

    Raises
    ------
    UsageError : a size or groups that make no design, or not one row of outcomes a run.
    RunError : outcomes that are not finite or do not vary.
    """
    design = Saltelli(n_dimensions, n, seed, tuple(tuple(group) for group in groups), second_order)
    run = SaltelliRun(evaluate, design, transform=transform, chunk=chunk, progress=progress, n_outcomes=n_outcomes)
    run.advance(n)
    return run.sums.indices(level)


def indices_of_stored(design: Saltelli, y: Array, *, fingerprint: str, level: float = 0.95) -> Indices:
    """Sobol' indices of outcomes that were computed elsewhere or earlier.

    Parameters
    ----------
    y : outcomes (runs,) or (runs, O) in the order of the design.
    fingerprint : of the design with which they were computed, stored beside them.

    Raises
    ------
    UsageError : outcomes of another design, or not one row a run. RunError : not finite, or without variation.
    """
    if fingerprint != design.fingerprint:
        raise UsageError(
            f"These outcomes are of design {fingerprint}, and the design asked about is {design.fingerprint} "
            f"({design.n_dimensions} dimensions, {design.n} base points, seed {design.seed}, "
            f"{len(design.columns)} groups, {'with' if design.second_order else 'without'} second order)."
        )
    y = np.asarray(y, dtype=np.float64)
    if y.ndim not in (1, 2) or y.shape[0] != design.runs or y.size == 0:
        raise UsageError(f"The design has {design.runs} runs, the outcomes have shape {y.shape}; one row a run.")
    sums = Sums(len(design.columns), design.second_order, design.replicates)
    blocks = y.reshape(design.n, design.blocks, -1).transpose(1, 2, 0)
    for k in range(0, design.n, TILE):
        sums.add(blocks[:, :, k : k + TILE])
    return sums.indices(level)
