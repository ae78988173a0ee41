"""Hybrids of two calculations, and how their difference divides among the assumptions that differ.

A hybrid takes a set u of groups of assumptions from the second calculation and the rest from the
first. With v(u) its outcome, the Shapley contribution of group i is its step v(u + i) - v(u) averaged
over all orders in which the groups can be changed one after the other: contributions add up to
v(all) - v(none) exactly, in every draw. Arrays only, any vectorised function of (draw, parameter).

Letters: g groups, m draws, D parameters, O outcomes, P pairs of orders. Bit j of a table's row index
is set when group j is taken from the second calculation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError, UsageError

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""Values (n, D) -> outcomes (n, O), row by row. The values are overwritten after the call: not to be kept."""
Progress = Callable[[int, int], None]
"""Called with hybrids × draws evaluated so far and in all."""

CHUNK = 65_536
MEMORY_LIMIT = 1_000_000_000

# Differences are formed in pieces of this many numbers (0.5 MB) that stay in the processor's cache.
_PIECE = 65_536


def hybrid_table(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    chunk: int = CHUNK,
    memory_limit: int = MEMORY_LIMIT,
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
    memory_limit : largest table allowed [bytes].
    names : of the groups, for messages.

    Returns
    -------
    v (2^g, m, O); row 0 is the first calculation in all groups, the last row the second.

    Raises
    ------
    UsageError : shapes do not fit, a column stands in two groups, or the table is above the limit.
    RunError : an outcome is not a finite number.
    """
    owner = _owners(a, b, groups)
    g, m = len(groups), a.shape[0]
    count = 1 << g
    # the number of outcomes is known after the first answer; one outcome is the least
    _check_memory(count, m, 1, memory_limit)
    bit = np.arange(g)

    def taken(start: int, stop: int) -> NDArray[np.bool_]:
        return ((np.arange(start, stop)[:, None] >> bit) & 1).astype(np.bool_)

    return _evaluate_subsets(evaluate, a, b, owner, taken, count, chunk, memory_limit, names, progress)


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
    weight = np.array([1.0 / (g * math.comb(g - 1, size)) for size in range(g)])
    out = np.zeros((g, flat.shape[1]))
    sizes = np.bitwise_count(np.arange(1 << max(g - 1, 0), dtype=np.uint32))
    for i in range(g):
        # u without bit i, in order, is (bits above i, bits below i): so are its weights
        w = weight[sizes].reshape(1 << (g - 1 - i), 1 << i)
        pairs = flat.reshape(1 << (g - 1 - i), 2, 1 << i, -1)
        for high, low in _pieces(pairs):
            step = pairs[high, 1, low] - pairs[high, 0, low]
            out[i] += np.einsum("hl,hlt->t", w[high, low], step)
    return out.reshape(g, *v.shape[1:])


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
    smallest = np.full((g, flat.shape[1]), np.inf)
    largest = np.full((g, flat.shape[1]), -np.inf)
    for i in range(g):
        pairs = flat.reshape(1 << (g - 1 - i), 2, 1 << i, -1)
        for high, low in _pieces(pairs):
            step = pairs[high, 1, low] - pairs[high, 0, low]
            np.minimum(smallest[i], step.min(axis=(0, 1)), out=smallest[i])
            np.maximum(largest[i], step.max(axis=(0, 1)), out=largest[i])
    return smallest.reshape(g, *v.shape[1:]), largest.reshape(g, *v.shape[1:])


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


class SampledShapley(NamedTuple):
    """Contributions from sampled orders of changing; g players, one more where the read-out is one."""

    contributions: Array
    """(g, m, O) in every draw, averaged over orders; they add up to the difference exactly."""
    order_se: Array
    """(g, O) standard error of the mean contribution that comes from sampling orders."""
    alone: Array
    """(g, O) mean over draws, exact."""
    total: Array
    """(g, O) mean over draws, exact."""
    min_step: Array
    """(g, O) smallest step seen, mean over draws: never below the true smallest."""
    max_step: Array
    """(g, O) largest step seen."""
    first: Array
    """(m, O) outcomes of the first calculation."""
    last: Array
    """(m, O) outcomes of the second."""


class SampledOrders(NamedTuple):
    """Sampled Shapley contributions of all outcomes, and of the one read out in two ways."""

    outcomes: SampledShapley
    reported: SampledShapley | None
    """One outcome; its last player is the change of read-out. None unless asked for."""


def permutation_hybrids(n_groups: int, permutations: int) -> int:
    """Hybrids that `shapley_by_permutations` evaluates."""
    return 2 + 2 * n_groups + 2 * permutations * max(n_groups - 1, 0)


def shapley_by_permutations(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    permutations: int,
    seed: int,
    readout: tuple[int, int] | None = None,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> SampledOrders:
    """Shapley contributions from random orders, each walked forwards and backwards.

    Parameters
    ----------
    evaluate, a, b, groups, chunk, names : as in `hybrid_table`.
    permutations : random orders drawn, at least 2; with their reverses twice as many are walked.
    seed : of the orders.
    readout : (i, j): a further player takes the outcome from column j instead of i. Its place in the
        order costs no evaluation, so each order counts with all g + 1 places for it at once.

    Returns
    -------
    `SampledOrders`. Unbiased; contributions add up in every order and draw; standard errors come from
    the spread over pairs of an order and its reverse (antithetic: the pair's mean varies less).

    Raises
    ------
    UsageError, RunError : as `hybrid_table`; fewer than 2 permutations.

    References
    ----------
    Castro, Gómez & Tejada (2009), polynomial calculation of the Shapley value based on sampling.
    Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley value estimation.
    """
    if permutations < 2:
        raise UsageError(f"permutations: {permutations}; a standard error takes 2 or more.")
    owner = _owners(a, b, groups)
    g, m = len(groups), a.shape[0]
    in_all = permutation_hybrids(g, permutations) * m
    done = 0

    def run(taken: NDArray[np.bool_]) -> Array:
        nonlocal done
        before = done

        def tell(now: int, _: int) -> None:
            if progress is not None:
                progress(before + now, in_all)

        v = _evaluate_subsets(evaluate, a, b, owner, lambda i, j: taken[i:j], taken.shape[0], chunk, None, names, tell)
        done += taken.shape[0] * m
        return v

    one = np.eye(g, dtype=bool)
    ends = run(np.concatenate([np.zeros((1, g), bool), np.ones((1, g), bool), one, ~one]))
    first, last = ends[0], ends[1]
    tally = _Tally(ends[:2], ends[2 : 2 + g], ends[2 + g :])
    reported = None if readout is None else _Tally(*_read_out_ends(ends, g, readout))

    drawn = np.random.default_rng(seed).permuted(np.tile(np.arange(g), (permutations, 1)), axis=1)
    per_piece = max(1, chunk // max(1, 2 * (g - 1) * m))
    for start in range(0, permutations, per_piece):
        forwards = drawn[start : start + per_piece]
        n = forwards.shape[0]
        orders = np.stack([forwards, forwards[:, ::-1]], axis=1).reshape(2 * n, g)  # a pair side by side
        walk = np.empty((2 * n, g + 1, *first.shape))
        walk[:, 0], walk[:, g] = first, last
        if g > 1:
            # after k changes: the groups whose place in the order is before k
            place = np.argsort(orders, axis=1)
            taken = place[:, None, :] < np.arange(1, g)[None, :, None]
            walk[:, 1:g] = run(taken.reshape(-1, g)).reshape(2 * n, g - 1, *first.shape)
        steps = _by_group(np.diff(walk, axis=1), orders)
        tally.add(steps, [steps])
        if reported is not None and readout is not None:
            reported.add(*_read_out_steps(walk, orders, readout))
    return SampledOrders(tally.result(), None if reported is None else reported.result())


class _Tally:
    """Sums over orders, in the order in which they were drawn."""

    def __init__(self, ends: Array, only: Array, all_but: Array) -> None:
        # ends (2, m, O): none and all; only, all_but (players, m, O)
        self.ends = ends
        self.alone = (only - ends[0]).mean(axis=1)
        self.total = (ends[1] - all_but).mean(axis=1)
        self.sum = np.zeros_like(only)
        self.pairs: list[Array] = []
        self.smallest = np.minimum(self.alone, self.total)
        self.largest = np.maximum(self.alone, self.total)

    def add(self, steps: Array, seen: Sequence[Array]) -> None:
        # steps (orders, players, m, O); seen: steps that single orders take, same trailing axes
        self.sum += steps.sum(axis=0)
        means = steps.mean(axis=2)
        self.pairs.append(0.5 * (means[0::2] + means[1::2]))
        for some in seen:
            mean = some.mean(axis=2)
            np.minimum(self.smallest, mean.min(axis=0), out=self.smallest)
            np.maximum(self.largest, mean.max(axis=0), out=self.largest)

    def result(self) -> SampledShapley:
        pairs = np.concatenate(self.pairs)
        n = pairs.shape[0]
        return SampledShapley(
            contributions=self.sum / (2 * n),
            order_se=pairs.std(axis=0, ddof=1) / np.sqrt(n),
            alone=self.alone,
            total=self.total,
            min_step=self.smallest,
            max_step=self.largest,
            first=self.ends[0],
            last=self.ends[1],
        )


def _read_out_ends(ends: Array, g: int, readout: tuple[int, int]) -> tuple[Array, Array, Array]:
    """None and all, each player alone, all but each player, when the read-out is the last player."""
    start, stop = ends[..., readout[0], None], ends[..., readout[1], None]
    only = np.concatenate([start[2 : 2 + g], stop[:1]])
    all_but = np.concatenate([stop[2 + g :], start[1:2]])
    return np.stack([start[0], stop[1]]), only, all_but


def _read_out_steps(walk: Array, orders: NDArray[np.int64], readout: tuple[int, int]) -> tuple[Array, list[Array]]:
    """Steps (orders, g + 1, m, 1) averaged over the g + 1 places of the read-out; and the steps at single places."""
    g = orders.shape[1]
    start, stop = walk[..., readout[0], None], walk[..., readout[1], None]
    before, after = np.diff(start, axis=1), np.diff(stop, axis=1)
    # step k of the walk comes after the change of read-out in k + 1 of the g + 1 places
    later = (np.arange(1, g + 1) / (g + 1)).reshape(1, g, 1, 1)
    change = stop - start
    steps = np.concatenate(
        [_by_group((1 - later) * before + later * after, orders), change.mean(axis=1, keepdims=True)], axis=1
    )
    # single orders change a group before or after the read-out; the read-out at its worst and best place
    singles = [
        np.concatenate([_by_group(before, orders), _extreme_node(change, np.argmin)], axis=1),
        np.concatenate([_by_group(after, orders), _extreme_node(change, np.argmax)], axis=1),
    ]
    return steps, singles


def _extreme_node(change: Array, choose: Callable[..., NDArray[np.intp]]) -> Array:
    """Change of read-out (orders, 1, m, 1) at the place where its mean over draws is smallest or largest."""
    node = choose(change.mean(axis=2), axis=1)[:, :, None, None]
    return np.take_along_axis(change, np.broadcast_to(node, (change.shape[0], 1, *change.shape[2:])), axis=1)


def _by_group(steps: Array, orders: NDArray[np.int64]) -> Array:
    """Steps (orders, place, ...) rearranged to (orders, group, ...)."""
    place = np.argsort(orders, axis=1)
    return np.take_along_axis(steps, place.reshape(*place.shape, *[1] * (steps.ndim - 2)), axis=1)


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


def _evaluate_subsets(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    owner: NDArray[np.int64],
    taken: Callable[[int, int], NDArray[np.bool_]],
    count: int,
    chunk: int,
    memory_limit: int | None,
    names: Sequence[str] | None,
    progress: Progress | None,
) -> Array:
    """Outcomes (count, m, O) of hybrids; `taken(start, stop)` says which groups come from b (stop - start, g)."""
    if chunk < 1:
        raise UsageError(f"chunk: {chunk}; at least one row at a time.")
    m, d = a.shape
    subsets, draws = max(1, chunk // m), min(m, chunk)
    v: Array | None = None
    # one buffer for all chunks: fresh arrays by np.where took twice as long (8 million hybrids of 40: 5.2 s, not 2.6)
    buffer = np.empty(min(count, subsets) * draws * d)
    done = 0
    for start in range(0, count, subsets):
        stop = min(start + subsets, count)
        bits = taken(start, stop)
        none = np.zeros((stop - start, 1), dtype=bool)
        from_b = np.concatenate([bits, none], axis=1)[:, None, owner]
        for k in range(0, m, draws):
            rows = slice(k, min(k + draws, m))
            size = (stop - start) * (rows.stop - rows.start)
            x = buffer[: size * d].reshape(size, d)
            hybrids = x.reshape(stop - start, -1, d)
            hybrids[:] = a[rows]
            np.copyto(hybrids, b[rows], where=from_b)
            y = np.asarray(evaluate(x), dtype=np.float64)
            if y.ndim != 2 or y.shape[0] != x.shape[0]:
                raise UsageError(f"The outcome function answered {y.shape} to {x.shape[0]} rows of values.")
            _check_finite(y, bits, rows.stop - rows.start, names)
            if v is None:
                _check_memory(count, m, y.shape[1], memory_limit)
                v = np.empty((count, m, y.shape[1]))
            v[start:stop, rows] = y.reshape(stop - start, -1, y.shape[1])
            done += x.shape[0]
            if progress is not None:
                progress(done, count * m)
    assert v is not None
    return v


def _check_finite(y: Array, bits: NDArray[np.bool_], draws: int, names: Sequence[str] | None) -> None:
    bad = ~np.isfinite(y).all(axis=1)
    if not bad.any():
        return
    first = int(np.argmax(bad))
    changed = np.flatnonzero(bits[first // draws])
    which = ", ".join(str(j) if names is None else f"'{names[j]}'" for j in changed.tolist()) or "nothing"
    raise RunError(
        f"{int(bad.sum())} of {y.shape[0]} hybrids have outcomes that are not finite numbers. "
        f"The first takes {which} from the second calculation and the rest from the first."
    )


def _flatten(v: Array) -> tuple[int, Array]:
    """(g, table as (2^g, everything else))."""
    g = v.shape[0].bit_length() - 1
    if v.shape[0] != 1 << g:
        raise UsageError(f"A hybrid table has 2^g rows, not {v.shape[0]}.")
    return g, np.ascontiguousarray(v).reshape(v.shape[0], -1)


def _pieces(pairs: Array) -> list[tuple[slice, slice]]:
    """Slices of the (high bits, low bits) axes of a (high, 2, low, t) table, about `_PIECE` numbers each."""
    high, _, low, t = pairs.shape
    low_step = max(1, min(low, _PIECE // max(t, 1)))
    high_step = max(1, min(high, _PIECE // (max(t, 1) * low_step)))
    return [
        (slice(h, h + high_step), slice(k, k + low_step))
        for h in range(0, high, high_step)
        for k in range(0, low, low_step)
    ]
