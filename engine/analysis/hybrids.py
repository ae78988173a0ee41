"""Hybrids of two calculations, and how their difference divides among the assumptions that differ.

A hybrid takes a set u of groups of assumptions from the second calculation and the rest from the
first. With v(u) its outcome, the Shapley contribution of group i is its step v(u + i) - v(u) averaged
over all orders in which the groups can be changed one after the other: contributions add up to
v(all) - v(none) exactly, in every draw. Arrays only, any vectorised function of (draw, parameter).

Letters: g groups, m draws, D parameters, O outcomes. Bit j of a table's row index is set when group j
is taken from the second calculation. Where g is too large for a table, see `orders`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sources import FromSources
from engine.errors import RunError, UsageError

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""Values (n, D) -> outcomes (n, O), row by row. The values are overwritten after the call: not to be kept."""
Progress = Callable[[int, int], None]
"""Called with hybrids × draws evaluated so far and in all."""

CHUNK = 65_536
MEMORY_LIMIT = 1_000_000_000

# Tables are walked in pieces of about this many numbers (64 kB), which stay in the processor's cache with all
# running ranges (range of steps, 12 outcomes of 2^20 hybrids: 0.31 s; 0.41 s with 4 k numbers, 0.34 s with 64 k).
_PIECE = 8_192


def hybrid_table(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    chunk: int = CHUNK,
    memory_limit: int | None = MEMORY_LIMIT,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Array:
    """Outcome of every hybrid in every draw.

    Parameters
    ----------
    evaluate : vectorised function of values (n, D); what it raises passes through, so that it can
        refuse a hybrid that makes no sense.
    a, b : values (m, D) of the two calculations in the same draws (common random numbers).
    groups : columns of each group of assumptions; no column in two groups.
    chunk : rows given to `evaluate` at a time; the whole matrix of hybrids is never formed.
    memory_limit : largest table allowed [bytes]; any if None.
    names : of the groups, for messages.

    Returns
    -------
    v (2^g, m, O); row 0 is the first calculation in all groups, the last row the second.

    Raises
    ------
    UsageError : shapes do not fit, a column stands in two groups, or the table is above the limit.
    RunError : an outcome is not a finite number.
    """
    g, m = len(groups), a.shape[0]
    count = 1 << g
    # the number of outcomes is known after the first answer; one outcome is the least
    _check_memory(count, m, 1, memory_limit)
    v: Array | None = None
    for part, rows, y in _outcomes(
        evaluate, a, b, groups, _all_subsets(g), count, chunk=chunk, names=names, progress=progress
    ):
        if v is None:
            _check_memory(count, m, y.shape[2], memory_limit)
            v = np.empty((count, m, y.shape[2]))
        v[part, rows] = y
    assert v is not None
    return v


def mean_blocks(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    low: int,
    weights: Array | None = None,
    reading: Array | None = None,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Iterator[Array]:
    """Outcomes of all hybrids, mean over draws, block by block: the table need not fit into memory.

    Parameters
    ----------
    evaluate, a, b, groups, chunk, names, progress : as in `hybrid_table`.
    low : groups that vary within a block, the first ones; block h holds the sets whose further bits are h.
    weights : (m, O) of the draws, adding up to 1 for each outcome; all draws count alike if None.
    reading : (m, O, k) weights that read k outcomes off all of them, mean over draws included; instead of `weights`.

    Yields
    ------
    (2^low, outcomes or k), of the hybrids h 2^low to (h + 1) 2^low - 1, for h = 0, 1, ... To be read before
    the next is asked for.
    """
    g, m = len(groups), a.shape[0]
    size = 1 << low
    count = m if weights is None and reading is None else 1  # those make means themselves
    total: Array | None = None
    for part, rows, y in _outcomes(
        evaluate, a, b, groups, _all_subsets(g), 1 << g, chunk=chunk, names=names, progress=progress, aligned=True
    ):
        if reading is not None:
            read = reading[rows]
            added = y.reshape(y.shape[0], -1) @ read.reshape(-1, read.shape[2])
        elif weights is not None:
            added = np.einsum("smo,mo->so", y, weights[rows])
        else:
            added = y[:, 0] if y.shape[1] == 1 else y.sum(axis=1)
        if part.stop - part.start >= size:
            # whole blocks; some of the draws, or all
            total = added if rows.start == 0 or total is None else total + added
            if rows.stop == m:
                mean = total / count if count > 1 else total
                yield from mean.reshape(-1, size, mean.shape[1])
            continue
        if total is None:
            total = np.empty((size, added.shape[1]))
        at = slice(part.start % size, (part.stop - 1) % size + 1)
        if rows.start == 0:
            total[at] = added
        else:
            total[at] += added
        if rows.stop == m and part.stop % size == 0:
            yield total / count


def mean_table(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    reading: Array | None = None,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Array:
    """Outcomes (2^g, outcomes) of all hybrids, mean over draws; the draws themselves are not kept.

    Arguments as in `mean_blocks`.
    """
    low = min(len(groups), 10)
    blocks = mean_blocks(evaluate, a, b, groups, low=low, reading=reading, chunk=chunk, names=names, progress=progress)
    table: Array | None = None
    for h, block in enumerate(blocks):
        if table is None:
            table = np.empty((1 << len(groups), block.shape[1]))
        table[h << low : (h + 1) << low] = block
    assert table is not None
    return table


def hybrid_outcomes(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    taken: NDArray[np.bool_],
    *,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Array:
    """Outcomes (n, m, O) of chosen hybrids; row k takes the groups in `taken[k]` (n, g) from the second calculation.

    Other arguments as in `hybrid_table`.
    """
    n, m = taken.shape[0], a.shape[0]
    v: Array | None = None
    for part, rows, y in _outcomes(
        evaluate, a, b, groups, lambda i, j: taken[i:j], n, chunk=chunk, names=names, progress=progress
    ):
        if v is None:
            v = np.empty((n, m, y.shape[2]))
        v[part, rows] = y
    assert v is not None
    return v


class ShapleySums:
    """Exact Shapley contributions from the hybrids of all sets, given block by block in any order.

    A contribution weighs the step over a set u by |u| only. So the outcomes are first added up over the
    sets of equal size of the groups that vary between blocks, and, apart, over those of the groups that
    vary within: one pass over the table whatever the number of groups, and (g + 2) 2^(g/2) sums kept.
    Sums are the same for u and u + i where i never matters, so its contribution is exactly 0.
    """

    def __init__(self, g: int, *, low: int, outcomes: int) -> None:
        """For g groups, of which the first `low` vary within a block."""
        self.low, self.high = low, g - low
        self._within = np.zeros((self.high + 1, 1 << low, outcomes))
        self._between = np.empty((low + 1, 1 << self.high, outcomes))

    def add(self, block: int, v: Array) -> None:
        """The outcomes v (2^low, outcomes) of a block, once for each of the 2^(g - low) blocks."""
        from engine.kernel.shapley import add_by_size  # numba is slow to load

        add_by_size(v, self._within[block.bit_count()], self._between[:, block])

    def contributions(self) -> Array:
        """(g, outcomes), when all blocks were added."""
        g = self.low + self.high
        return np.concatenate([_weighted_steps(self._within, g), _weighted_steps(self._between, g)])


def sums_by_size(v: Array, drop: Sequence[int]) -> Array:
    """Outcomes added up over the sets of equal size of some groups.

    Parameters
    ----------
    v : (2^g, outcomes).
    drop : bits of the groups added over.

    Returns
    -------
    (len(drop) + 1, 2^(g - len(drop)), outcomes): [s, u] is the sum over sets of s of the dropped groups,
    together with the set u of the others, whose bits close ranks.
    """
    sums = v[None]
    for bit in sorted(drop, reverse=True):
        sizes, rows, t = sums.shape
        pairs = sums.reshape(sizes, rows >> (bit + 1), 2, 1 << bit, t)
        folded = np.empty((sizes + 1, *pairs.shape[1:2], *pairs.shape[3:]))
        folded[:-1] = pairs[:, :, 0]
        folded[-1] = pairs[-1, :, 1]
        folded[1:-1] += pairs[:-1, :, 1]
        sums = folded.reshape(sizes + 1, rows >> 1, t)
    return sums


def _weighted_steps(sums: Array, g: int) -> Array:
    """Contributions (k, t) of k groups out of g, from sums (size of the others, 2^k, t)."""
    sizes, rows, t = sums.shape
    k = rows.bit_length() - 1
    weight = np.array([1.0 / (g * math.comb(g - 1, size)) for size in range(g)])
    out = np.empty((k, t))
    own = np.bitwise_count(np.arange(max(rows >> 1, 1), dtype=np.uint32))
    for i in range(k):
        # u without bit i, in order, is (bits above i, bits below i): so are its weights
        w = weight[np.arange(sizes)[:, None] + own[None, :]]
        pairs = sums.reshape(sizes, 1 << (k - 1 - i), 2, 1 << i, t)
        step = pairs[:, :, 1] - pairs[:, :, 0]
        out[i] = w.reshape(-1) @ step.reshape(-1, t)
    return out


def shapley_from_table(v: Array) -> Array:
    """Exact Shapley contributions, from the outcomes of all 2^g hybrids.

    Parameters
    ----------
    v : (2^g, ...), bit j of the first index = group j taken from the second calculation.

    Returns
    -------
    contributions (g, ...); their sum over g is v[-1] - v[0]. Exactly 0 for a group that never matters.

    References
    ----------
    Shapley (1953), A value for n-person games. Sum over sets u without i of
    |u|! (g - |u| - 1)! / g! × (v(u + i) - v(u)).
    """
    g, flat = _flatten(v)
    low = g // 2
    sums = ShapleySums(g, low=low, outcomes=flat.shape[1])
    for h in range(1 << (g - low)):
        sums.add(h, flat[h << low : (h + 1) << low])
    return sums.contributions().reshape(g, *v.shape[1:])


def step_range_from_table(v: Array) -> tuple[Array, Array]:
    """Smallest and largest step v(u + i) - v(u) of each group over all sets u, hence over all orders.

    Parameters
    ----------
    v : (2^g, ...) as in `shapley_from_table`.

    Returns
    -------
    (smallest, largest), both (g, ...).
    """
    g, flat = _flatten(v)
    t = flat.shape[1]
    low = min(g, max(1, _PIECE // max(t, 1)).bit_length() - 1)
    blocks = flat.reshape(1 << (g - low), 1 << low, t)
    # running ranges over the blocks, place by place within a block; half a block where the step is within it
    rows = [(1 << low) >> (i < low) for i in range(g)]
    smallest = [np.full((r, t), np.inf) for r in rows]
    largest = [np.full((r, t), -np.inf) for r in rows]
    step = np.empty((1 << low, t))
    half = step[: (1 << low) >> 1]

    for h, block in enumerate(blocks):
        for i in range(low):
            pairs = block.reshape(-1, 2, 1 << i, t)
            np.subtract(pairs[:, 1], pairs[:, 0], out=half.reshape(-1, 1 << i, t))
            np.minimum(smallest[i], half, out=smallest[i])
            np.maximum(largest[i], half, out=largest[i])
        for j in range(g - low):
            if h >> j & 1:
                np.subtract(block, blocks[h ^ 1 << j], out=step)
                np.minimum(smallest[low + j], step, out=smallest[low + j])
                np.maximum(largest[low + j], step, out=largest[low + j])
    shape = (g, *v.shape[1:])
    return (
        np.array([x.min(axis=0) for x in smallest]).reshape(shape),
        np.array([x.max(axis=0) for x in largest]).reshape(shape),
    )


def group_count(v: Array) -> int:
    """How many groups (g) a table (2^g, ...) of hybrids is about.

    Raises
    ------
    UsageError : its rows are not those of all subsets.
    """
    g = int(v.shape[0]).bit_length() - 1
    if v.shape[0] != 1 << g:
        raise UsageError(f"A hybrid table has 2^g rows, not {v.shape[0]}.")
    return g


def table_of_rows(masks: Sequence[int]) -> NDArray[np.int64]:
    """Rows (2^k,) of a table where only some sets of groups, given as bit masks (k,), move; bit j = mask j."""
    rows = np.zeros(1, dtype=np.int64)
    for mask in masks:
        rows = np.concatenate([rows, rows | mask])
    return rows


def alone_from_table(v: Array) -> Array:
    """Effect (g, ...) of changing one group only, v({i}) - v(none)."""
    g, _ = _flatten(v)
    return v[[1 << i for i in range(g)]] - v[:1]


def total_from_table(v: Array) -> Array:
    """Effect (g, ...) of changing one group last, v(all) - v(all but i): alone plus all interactions.

    References
    ----------
    Borgonovo (2010), finite-change sensitivity indices of first and total order.
    """
    g, _ = _flatten(v)
    everything = (1 << g) - 1
    return v[-1:] - v[[everything ^ (1 << i) for i in range(g)]]


def _owners(a: Array, b: Array, groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Group of each column (D,); the number of groups where a column has none."""
    if a.ndim != 2 or a.shape != b.shape or a.shape[0] == 0:
        raise UsageError(f"Values must be (draws, parameters), alike in both calculations: {a.shape} and {b.shape}.")
    owner = np.full(a.shape[1], len(groups), dtype=np.int64)
    for j, columns in enumerate(groups):
        for column in columns:
            if not 0 <= column < a.shape[1]:
                raise UsageError(f"Group {j} names column {column}; there are {a.shape[1]}.")
            if owner[column] != len(groups):
                raise UsageError(f"Column {column} stands in groups {owner[column]} and {j}; it can move with one.")
            owner[column] = j
    return owner


def _check_memory(count: int, draws: int, n_outcomes: int, limit: int | None) -> None:
    size = count * draws * n_outcomes * 8
    if limit is not None and size > limit:
        raise UsageError(
            f"{count} hybrids × {draws} draws × {n_outcomes} outcomes take {size / 1e6:.0f} MB; "
            f"{limit / 1e6:.0f} MB are allowed. Use fewer draws, or sample orders instead."
        )


def _all_subsets(g: int) -> Callable[[int, int], NDArray[np.bool_]]:
    bit = np.arange(g)
    return lambda start, stop: ((np.arange(start, stop)[:, None] >> bit) & 1).astype(np.bool_)


def _outcomes(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    taken: Callable[[int, int], NDArray[np.bool_]],
    count: int,
    *,
    chunk: int,
    names: Sequence[str] | None,
    progress: Progress | None,
    aligned: bool = False,
) -> Iterator[tuple[slice, slice, Array]]:
    """Outcomes (hybrids, draws, O) of some hybrids in some draws at a time, in order, draws innermost.

    Parameters
    ----------
    taken : (start, stop) -> which groups those hybrids take from b (stop - start, g).
    aligned : pieces have a power of two of hybrids.
    """
    owner = _owners(a, b, groups)
    if chunk < 1:
        raise UsageError(f"chunk: {chunk}; at least one row at a time.")
    m, d = a.shape
    subsets, draws = max(1, chunk // m), min(m, chunk)
    if aligned:
        subsets = 1 << (subsets.bit_length() - 1)
    # one buffer for all chunks: fresh arrays by np.where took twice as long (8 million hybrids of 40: 5.2 s, not 2.6)
    buffer = np.empty(0 if isinstance(evaluate, FromSources) else min(count, subsets) * draws * d)
    done = 0
    for start in range(0, count, subsets):
        stop = min(start + subsets, count)
        bits = taken(start, stop)
        supplier = np.zeros((stop - start, len(groups) + 1), dtype=np.int64)
        supplier[:, :-1] = bits
        for k in range(0, m, draws):
            rows = slice(k, min(k + draws, m))
            size = (stop - start) * (rows.stop - rows.start)
            if isinstance(evaluate, FromSources):
                y = evaluate.of_sources(np.stack([a[rows], b[rows]]), supplier, owner)
            else:
                x = buffer[: size * d].reshape(size, d)
                hybrids = x.reshape(stop - start, -1, d)
                hybrids[:] = a[rows]
                np.copyto(hybrids, b[rows], where=supplier[:, None, owner].astype(np.bool_))
                y = np.asarray(evaluate(x), dtype=np.float64)
            if y.ndim != 2 or y.shape[0] != size:
                raise UsageError(f"The outcome function answered {y.shape} to {size} rows of values.")
            _check_finite(y, bits, rows.stop - rows.start, names)
            done += size
            if progress is not None:
                progress(done, count * m)
            yield slice(start, stop), rows, y.reshape(stop - start, -1, y.shape[1])


def _check_finite(y: Array, bits: NDArray[np.bool_], draws: int, names: Sequence[str] | None) -> None:
    if np.isfinite(y).all():
        return
    bad = ~np.isfinite(y).all(axis=1)
    first = int(np.argmax(bad))
    changed = np.flatnonzero(bits[first // draws])
    which = ", ".join(str(j) if names is None else f"'{names[j]}'" for j in changed.tolist()) or "nothing"
    raise RunError(
        f"{int(bad.sum())} of {y.shape[0]} hybrids have outcomes that are not finite numbers. "
        f"The first takes {which} from the second calculation and the rest from the first."
    )


def _flatten(v: Array) -> tuple[int, Array]:
    """(g, table as (2^g, everything else))."""
    g = group_count(v)
    return g, np.ascontiguousarray(v).reshape(v.shape[0], -1)
