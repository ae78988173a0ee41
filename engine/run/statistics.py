"""Statistics of draws that are not kept: sums about an origin and counts on a grid, added chunk by chunk.

The first chunk, whose draws are all kept, fixes the grid. Around the quantiles that are told, bins are so narrow that
the error of reading a quantile off them is far below its Monte Carlo error whatever the outcome's law (lognormal, with
infinities, with single values of weight): the window around each is 6 standard errors of the first chunk's own quantile
to either side, in 64 bins, so that what is left is (1/64 of that)^2 of the curvature. Single values that hold a
thousandth of the draws are counted apart, so that an outcome with few values, or a pay-back of exactly 0, is exact.

Sums are of deviations from a value that occurs, near the median: nothing is lost to cancellation, and what does not
vary has a standard deviation of exactly 0.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.kernel.grid import ATOMS, BINS, PART, SEGMENTS, TALLY_LANES
from engine.model.compile import CompiledModel
from engine.run.blocks import in_order
from engine.run.job import Arrays, Job, Layout, by_draw, zeros

Array: TypeAlias = NDArray[np.float64]

LEVELS = (0.05, 0.5, 0.95)
"""Quantiles that are told."""
COUNTED = ("npv", "ratio", "payback", "payback_discounted")
"""Outcomes whose quantiles are told."""
_REACH = 6.0
"""Standard errors of a quantile of the first chunk, to either side, in which that of all draws is looked for."""
_ATOM = 1 / 1024
"""Share of the draws from which a single value is counted apart."""


# ---------------------------------------------------------------- the grid


def make_grid(kept: Arrays, threads: int = 1) -> Arrays:
    """What statistics are taken on, from the kept draws of the first chunk, (..., draw).

    Returns
    -------
    By outcome, `_origin` (...); of those in `COUNTED` also `_edges` (..., SEGMENTS + 1) and `_atoms` (..., ATOMS).
    """
    outcomes = {name: x for name, x in kept.items() if name not in ("status", "cumulative")}
    rows = [(name, row) for name, x in outcomes.items() for row in map(x.__getitem__, np.ndindex(x.shape[:-1]))]
    found: dict[str, list[_Places]] = {name: [] for name in outcomes}
    for (name, _), places in zip(rows, in_order(_places_of, iter(rows), threads), strict=True):
        found[name].append(places)
    grid: Arrays = {}
    for name, x in outcomes.items():
        shape = x.shape[:-1]
        grid[f"{name}_origin"] = np.array([p.origin for p in found[name]]).reshape(shape)
        if name in COUNTED:
            grid[f"{name}_edges"] = np.array([p.edges for p in found[name]]).reshape(*shape, SEGMENTS + 1)
            grid[f"{name}_atoms"] = np.array([p.atoms for p in found[name]]).reshape(*shape, ATOMS)
    return grid


class _Places(NamedTuple):
    """The grid of one row of draws."""

    origin: float
    edges: Array | None
    atoms: Array | None


def _places_of(outcome: tuple[str, Array]) -> _Places:
    name, row = outcome
    finite = int(np.isfinite(row).sum())
    middle = max(finite - 1, 0) // 2
    counted = name in COUNTED
    rising = np.sort(row) if counted else np.partition(row, middle)  # nan last, infinity before it
    origin = float(rising[middle]) if finite else 0.0
    if not counted:
        return _Places(origin, None, None)
    defined = int((~np.isnan(row)).sum())
    return _Places(origin, _edges(rising, finite, defined), _atoms(rising[:finite]))


def _edges(rising: Array, finite: int, defined: int) -> Array:
    """Ends of the segments: a window around each quantile, and what lies before, between and beyond."""
    if not finite:
        return np.zeros(SEGMENTS + 1)
    inner = []
    for level in LEVELS:
        error = _REACH * np.sqrt(level * (1 - level) / defined)
        for share in (level - error, level + error):
            place = round(min(max(share, 0.0), 1.0) * (defined - 1))
            inner.append(float(rising[min(place, finite - 1)]))
    inner = np.maximum.accumulate(inner).tolist()
    low, high = float(rising[0]), float(rising[finite - 1])
    edges = np.array([low - (inner[0] - low) / 4, *inner, high + (high - inner[-1]) / 4])
    return edges if np.isfinite(edges).all() else np.clip(edges, low, high)


def _atoms(rising: Array) -> Array:
    """The single values that occur most, rising; from finite values in order."""
    result = np.full(ATOMS, np.nan)
    if rising.size:
        starts = np.flatnonzero(np.concatenate([[True], rising[1:] != rising[:-1]]))
        count = np.diff(starts, append=rising.size)
        often = np.flatnonzero(count >= max(2.0, _ATOM * rising.size))
        often = np.sort(often[np.argsort(-count[often], kind="stable")[:ATOMS]])
        result[: often.size] = rising[starts[often]]
    return result


# ---------------------------------------------------------------- of one chunk


def statistics_layout(model: CompiledModel, job: Job) -> Layout:
    """Sums and counts of the draws of a chunk, by outcome X of `by_draw`; K calculation, ... the outcome's own axes.

    Returns
    -------
    `X_count` (K, ..., 16) finite values, and their `X_sum` and `X_squares` about the grid's origin, by lane (draw i is
    in lane i modulo 16); `X_low`, `X_high` (K, ...) least and greatest, infinite where there is none; `X_positive`,
    `X_infinite` (K, ...) counts; of those in `COUNTED` `X_bins` (K, ..., BINS) and `X_atoms` (K, ..., ATOMS).
    """
    layout: Layout = {}
    for name, own in by_draw(model).items():
        shape = (len(job.calculations), *own)
        if 0 in shape:
            continue
        layout[f"{name}_count"] = (np.int64, (*shape, TALLY_LANES))
        layout[f"{name}_sum"] = layout[f"{name}_squares"] = (np.float64, (*shape, TALLY_LANES))
        layout[f"{name}_low"] = layout[f"{name}_high"] = (np.float64, shape)
        layout[f"{name}_positive"] = layout[f"{name}_infinite"] = (np.int64, shape)
        if name in COUNTED:
            layout[f"{name}_bins"] = (np.uint32, (*shape, BINS))
            layout[f"{name}_atoms"] = (np.uint32, (*shape, ATOMS))
    return layout


def empty_statistics(model: CompiledModel, job: Job) -> Arrays:
    """Of no draws."""
    found = zeros(statistics_layout(model, job))
    for name, values in found.items():
        if name.endswith(("_low", "_high")):
            values[...] = np.inf if name.endswith("_low") else -np.inf
    return found


def add_draws(statistics: Arrays, grid: Arrays, calculation: int, name: str, x: Array) -> None:
    """Count draws (..., d) of an outcome of a calculation, the first of which is in lane 0."""
    from engine.kernel.tally import add_counts, add_moments  # numba is slow to load, and few runs need it

    rows = x.reshape(-1, x.shape[-1])
    if not rows.size:
        return

    def flat(of: Arrays, kind: str) -> NDArray[Any]:
        part = of[f"{name}_{kind}"][calculation : calculation + 1]
        return part.reshape(len(rows), *part.shape[x.ndim :])  # a view: no axis is moved

    sums = (flat(statistics, kind) for kind in ("count", "sum", "squares", "low", "high", "positive", "infinite"))
    add_moments(rows, flat(grid, "origin"), *sums)
    if name in COUNTED:
        add_counts(rows, flat(grid, "edges"), flat(grid, "atoms"), flat(statistics, "bins"), flat(statistics, "atoms"))


# ---------------------------------------------------------------- of all chunks


class Merged:
    """Statistics of chunks, added in the order in which they are given; sums keep what rounding would lose.

    References
    ----------
    Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54:39.
    """

    def __init__(self) -> None:
        self.arrays: Arrays = {}
        self._lost: Arrays = {}

    def add(self, found: Arrays) -> None:
        for name, x in found.items():
            if name not in self.arrays:
                self.arrays[name] = x.astype(np.int64) if x.dtype.kind in "iu" else x.copy()
                self._lost[name] = np.zeros_like(x)
            elif name.endswith("_low"):
                np.minimum(self.arrays[name], x, out=self.arrays[name])
            elif name.endswith("_high"):
                np.maximum(self.arrays[name], x, out=self.arrays[name])
            elif x.dtype.kind in "iu":
                self.arrays[name] += x
            else:
                before = self.arrays[name]
                after = before + x
                self._lost[name] += np.where(np.abs(before) >= np.abs(x), (before - after) + x, (x - after) + before)
                self.arrays[name] = after

    def __getitem__(self, name: str) -> NDArray[Any]:
        x = self.arrays[name]
        return x + self._lost[name] if x.dtype.kind == "f" else x


class Moments(NamedTuple):
    mean: Array
    """(...) nan where no value is finite"""
    sd: Array
    """(...) with n - 1; nan for fewer than two values"""
    error: Array
    """(...) Monte Carlo standard error of the mean"""


def moments(merged: Merged, grid: Arrays, name: str, replicates: int) -> Moments:
    """Of the finite values of an outcome.

    Parameters
    ----------
    replicates : of the design, 1 or `TALLY_LANES`; draw i belongs to replicate i modulo this.
    """
    origin = grid[f"{name}_origin"]
    count = merged[f"{name}_count"].astype(np.float64)
    total, squares = (merged[f"{name}_{kind}"].astype(np.float64) for kind in ("sum", "squares"))
    n, s = count.sum(axis=-1), total.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, origin + s / n, np.nan)
        spread = np.maximum(squares.sum(axis=-1) - s * s / n, 0.0)
        sd = np.where(n > 1, np.sqrt(spread / (n - 1)), np.nan)
        error = sd / np.sqrt(n)
        if replicates > 1:
            of_lanes = total / count  # about the origin
            present = count > 0
            lanes = present.sum(axis=-1)
            centre = np.where(present, of_lanes, 0.0).sum(axis=-1) / lanes
            apart = np.where(present, of_lanes - centre[..., None], 0.0)
            between = np.sqrt((apart * apart).sum(axis=-1) / (lanes - 1) / lanes)
            error = np.where((lanes > 1) & (n > lanes), between, error)
    return Moments(mean, sd, error)


def quantiles(merged: Merged, grid: Arrays, name: str, levels: tuple[float, ...]) -> Array:
    """Quantiles (level, ...) of the values that are not nan; as `numpy.quantile` but for what lies inside a bin."""
    shape = grid[f"{name}_origin"].shape
    of = {kind: merged[f"{name}_{kind}"].reshape(np.prod(shape, dtype=int), -1) for kind in ("bins", "atoms")}
    low, high, infinite = (merged[f"{name}_{kind}"].reshape(-1) for kind in ("low", "high", "infinite"))
    edges, atoms = (grid[f"{name}_{kind}"].reshape(low.size, -1) for kind in ("edges", "atoms"))
    found = np.array(
        [
            _read(
                _pieces(edges[r], of["bins"][r], atoms[r], of["atoms"][r], float(low[r]), float(high[r])),
                int(infinite[r]),
                levels,
            )
            for r in range(low.size)
        ]
    )
    return np.moveaxis(found, -1, 0).reshape(len(levels), *shape)


class _Pieces(NamedTuple):
    """Parts of a range in rising order, each with draws spread evenly over it; a single value has no width."""

    low: Array
    high: Array
    draws: Array


def _pieces(edges: Array, bins: Array, atoms: Array, at_atoms: Array, low: float, high: float) -> _Pieces:
    inner = [edges[s] + (edges[s + 1] - edges[s]) * np.arange(PART) / PART for s in range(SEGMENTS)]
    ends = np.concatenate([[min(low, edges[0])], *inner, [edges[-1], max(high, edges[-1])]])
    starts, stops, count = ends[:-1], ends[1:], bins.astype(np.float64)
    taken = np.flatnonzero(count)
    rows = [(starts[k], stops[k], count[k]) for k in taken]
    for value, n in zip(atoms, at_atoms, strict=True):
        if n > 0:
            rows = [part for row in rows for part in _parted(row, float(value))]
            rows.append((value, value, float(n)))
    rows.sort(key=lambda row: (row[0] + row[1], row[1]))
    cut = np.array(rows).reshape(-1, 3)
    return _Pieces(np.clip(cut[:, 0], low, high), np.clip(cut[:, 1], low, high), cut[:, 2])


def _parted(row: tuple[float, float, float], value: float) -> list[tuple[float, float, float]]:
    """A part of the range, in two where a single value lies inside it."""
    low, high, count = row
    if not low < value < high:
        return [row]
    below = count * (value - low) / (high - low)
    return [(low, value, below), (value, high, count - below)]


def _read(pieces: _Pieces, infinite: int, levels: tuple[float, ...]) -> list[float]:
    before = np.concatenate([[0.0], np.cumsum(pieces.draws)])
    finite = round(float(before[-1]))
    n = finite + infinite
    if not n:
        return [np.nan] * len(levels)

    def at(rank: int) -> float:
        """Value of the draw with so many below it."""
        if rank >= finite:
            return np.inf
        k = min(int(np.searchsorted(before, rank + 0.5, side="right")) - 1, pieces.draws.size - 1)
        inside = min(max((rank + 0.5 - before[k]) / pieces.draws[k], 0.0), 1.0)
        return float(pieces.low[k] + (pieces.high[k] - pieces.low[k]) * inside)

    found = []
    for level in levels:
        rank = level * (n - 1)
        below = int(np.floor(rank))
        share, first = rank - below, at(below)
        second = at(below + 1) if share > 0 else first
        found.append(first if first == second else first + share * (second - first))
    return found


def shares(merged: Merged, name: str) -> tuple[Array, Array]:
    """Share of the defined values that are above 0, and share that are finite; nan where none is defined."""
    finite = merged[f"{name}_count"].sum(axis=-1)
    infinite, positive = merged[f"{name}_infinite"], merged[f"{name}_positive"]
    with np.errstate(invalid="ignore", divide="ignore"):
        defined = (finite + infinite).astype(np.float64)
        return positive / defined, finite / defined
