"""Contributions from sampled orders of changing, where a table of all hybrids is too large.

Each random order is walked forwards and backwards, batch by batch, until contributions are precise
enough or a budget is spent. Orders may be free, or respect themes: a theme's groups change one after the
other without others in between, which gives Owen values in place of Shapley's.

Letters as in `hybrids`: g groups, m draws, O outcomes; P pairs of an order and its reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress, hybrid_outcomes
from engine.errors import UsageError

ENOUGH = 32
"""Pairs of orders from which a standard error is believed: a few may agree by luck."""


class SampledShapley(NamedTuple):
    """Contributions from sampled orders of changing; g players, one more where the read-out is one."""

    contributions: Array
    """(g, m, O) in every draw, averaged over orders; they add up to the difference exactly."""
    order_se: Array
    """(g, O) standard error of the mean contribution that comes from sampling orders."""
    by_theme: Array
    """(themes, m, O) contributions added up by theme; the order respects themes if it was asked to."""
    theme_order_se: Array
    """(themes, O)"""
    alone: Array
    """(g, m, O), exact."""
    total: Array
    """(g, m, O), exact."""
    min_step: Array
    """(g, O) smallest step seen, mean over draws: never below the true smallest."""
    max_step: Array
    """(g, O) largest step seen."""
    first: Array
    """(m, O) outcomes of the first calculation."""
    last: Array
    """(m, O) outcomes of the second."""


class SampledOrders(NamedTuple):
    """Sampled contributions of all outcomes, and of the one read out in two ways."""

    outcomes: SampledShapley
    reported: SampledShapley | None
    """One outcome; its last player is the change of read-out. None unless asked for."""
    orders: int
    """Orders walked, reverses counted."""
    reached: bool
    """Every contribution's error from sampling orders, of enough pairs, is below the target (0 if there is none)."""


def permutation_hybrids(n_groups: int, permutations: int) -> int:
    """Hybrids that `shapley_by_permutations` evaluates for so many pairs of orders."""
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
    themes: Sequence[int] | None = None,
    target: float | None = None,
    budget: int | None = None,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> SampledOrders:
    """Shapley or Owen contributions from random orders, each walked forwards and backwards.

    Parameters
    ----------
    evaluate, a, b, groups, chunk, names : as in `hybrid_table`.
    permutations : random orders in a batch, at least 2; with their reverses twice as many are walked.
    seed : of the orders.
    readout : (i, j): a further player takes the outcome from column j instead of i. Its place in the
        order costs no evaluation, so each order counts with all places for it at once.
    themes : theme of each group, from 0 up, and of the read-out last if there is one. Orders then keep
        every theme together, and contributions are Owen's.
    target : batches follow until the standard error of every contribution, from sampling orders, is at
        most this share of the difference, for each outcome. One batch if None.
    budget : hybrids × draws that may be evaluated; the first batch is not limited by it.
    progress : told hybrids × draws evaluated, and those planned so far.

    Returns
    -------
    `SampledOrders`. Unbiased but for stopping when precise; contributions add up in every order and draw;
    standard errors come from the spread over pairs of an order and its reverse (antithetic: the pair's
    mean varies less).

    Raises
    ------
    UsageError, RunError : as `hybrid_table`; fewer than 2 permutations, a target without a budget.

    References
    ----------
    Castro, Gómez & Tejada (2009), polynomial calculation of the Shapley value based on sampling.
    Mitchell, Cooper, Frank & Holmes (2022), Sampling permutations for Shapley value estimation.
    Owen (1977), Values of games with a priori unions: the mean over orders that keep unions together.
    """
    if permutations < 2:
        raise UsageError(f"permutations: {permutations}; a standard error takes 2 or more.")
    if target is not None and budget is None:
        raise UsageError("A target of precision needs a budget of evaluations to stop at.")
    g, m = len(groups), a.shape[0]
    planned = permutation_hybrids(g, permutations) * m
    done = 0

    def run(taken: NDArray[np.bool_]) -> Array:
        nonlocal done
        before = done

        def tell(now: int, _: int) -> None:
            if progress is not None:
                progress(before + now, planned)

        v = hybrid_outcomes(evaluate, a, b, groups, taken, chunk=chunk, names=names, progress=tell)
        done += taken.shape[0] * m
        return v

    theme = np.arange(g + 1) if themes is None else np.asarray(themes, dtype=np.int64)
    one = np.eye(g, dtype=bool)
    ends = run(np.concatenate([np.zeros((1, g), bool), np.ones((1, g), bool), one, ~one]))
    tallies = [_Tally(ends[:2], ends[2 : 2 + g], ends[2 + g :], theme)]
    if readout is not None:
        tallies.append(_Tally(*_read_out_ends(ends, g, readout), theme))

    rng = np.random.default_rng(seed)
    per_order = 2 * max(g - 1, 0) * m
    per_piece = max(1, chunk // max(1, per_order))
    size, pairs = permutations, 0
    while True:
        drawn = rng.permuted(np.tile(np.arange(g), (size, 1)), axis=1)
        if themes is not None:
            drawn = _keep_together(drawn, theme, rng)
        for start in range(0, size, per_piece):
            forwards = drawn[start : start + per_piece]
            orders = np.stack([forwards, forwards[:, ::-1]], axis=1).reshape(
                2 * len(forwards), g
            )  # a pair side by side
            walk = _walk(run, ends, orders)
            steps = _by_group(np.diff(walk, axis=1), orders)
            tallies[0].add(steps, [steps])
            if readout is not None:
                allowed = _places(orders, theme, free=themes is None)
                tallies[1].add(*_read_out_steps(walk, orders, readout, allowed))
        pairs += size
        reached = g <= 1 or (pairs >= ENOUGH and all(tally.precise(target) for tally in tallies))
        if target is None or budget is None or reached:
            break
        size = min(permutations, (budget - done) // max(1, per_order))
        if size < 1:
            break
        planned = done + size * per_order
    found = [tally.result() for tally in tallies]
    return SampledOrders(found[0], found[1] if readout is not None else None, 2 * pairs, reached)


class _Tally:
    """Sums over orders, in the order in which they were drawn."""

    def __init__(self, ends: Array, only: Array, all_but: Array, theme: NDArray[np.int64]) -> None:
        # ends (2, m, O): none and all; only, all_but (players, m, O)
        self.ends = ends
        self.alone = only - ends[0]
        self.total = ends[1] - all_but
        n_themes = int(theme.max()) + 1 if theme.size else 0
        # row of each theme: which players belong to it; they are added up as if they were players
        self.member = np.arange(n_themes)[:, None] == theme[: only.shape[0]]
        self.players = only.shape[0]
        self.sum = np.zeros_like(only)
        self.pairs = 0
        self.centre: Array | None = None
        self.deviation = np.zeros((self.players + n_themes, ends.shape[-1]))
        self.square = np.zeros_like(self.deviation)
        self.smallest = np.minimum(self.alone.mean(axis=1), self.total.mean(axis=1))
        self.largest = np.maximum(self.alone.mean(axis=1), self.total.mean(axis=1))

    def add(self, steps: Array, seen: Sequence[Array]) -> None:
        # steps (orders, players, m, O); seen: steps that single orders take, same trailing axes
        self.sum += steps.sum(axis=0)
        means = steps.mean(axis=2)
        pairs = 0.5 * (means[0::2] + means[1::2])
        pairs = np.concatenate([pairs, self._themes(pairs)], axis=1)
        if self.centre is None:
            # deviations from the first pair: squares of large numbers would lose the small spread
            self.centre = pairs[0].copy()
        apart = pairs - self.centre
        self.pairs += apart.shape[0]
        self.deviation += apart.sum(axis=0)
        self.square += (apart * apart).sum(axis=0)
        for some in seen:
            mean = some.mean(axis=2)
            np.minimum(self.smallest, mean.min(axis=0), out=self.smallest)
            np.maximum(self.largest, mean.max(axis=0), out=self.largest)

    def _themes(self, pairs: Array) -> Array:
        added: Array = np.einsum("tp,npo->nto", self.member.astype(np.float64), pairs)
        return added

    def error(self) -> Array:
        """(players + themes, O)"""
        spread = self.square - self.deviation**2 / self.pairs
        error: Array = np.sqrt(np.maximum(spread, 0.0) / (self.pairs * (self.pairs - 1)))
        return error

    def precise(self, target: float | None) -> bool:
        gap = np.abs((self.ends[1] - self.ends[0]).mean(axis=0))
        return bool((self.error() <= (target or 0.0) * gap).all())

    def result(self) -> SampledShapley:
        contributions = self.sum / (2 * self.pairs)
        error = self.error()
        return SampledShapley(
            contributions=contributions,
            order_se=error[: self.players],
            by_theme=np.stack([contributions[row].sum(axis=0) for row in self.member])
            if len(self.member)
            else contributions[:0],
            theme_order_se=error[self.players :],
            alone=self.alone,
            total=self.total,
            min_step=self.smallest,
            max_step=self.largest,
            first=self.ends[0],
            last=self.ends[1],
        )


def _walk(run: Callable[[NDArray[np.bool_]], Array], ends: Array, orders: NDArray[np.int64]) -> Array:
    """Outcomes (orders, g + 1, m, O) along each order, from none to all."""
    n, g = orders.shape
    walk = np.empty((n, g + 1, *ends.shape[1:]))
    walk[:, 0], walk[:, g] = ends[0], ends[1]
    if g > 1:
        # after k changes: the groups whose place in the order is before k
        place = np.argsort(orders, axis=1)
        taken = place[:, None, :] < np.arange(1, g)[None, :, None]
        walk[:, 1:g] = run(taken.reshape(-1, g)).reshape(n, g - 1, *ends.shape[1:])
    return walk


def _keep_together(orders: NDArray[np.int64], theme: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Orders rearranged so that themes follow each other in random order; within a theme they stay."""
    n, n_themes = orders.shape[0], int(theme.max()) + 1 if theme.size else 0
    rank = rng.permuted(np.tile(np.arange(n_themes), (n, 1)), axis=1)
    key = np.take_along_axis(rank, theme[orders], axis=1)
    return np.take_along_axis(orders, np.argsort(key, axis=1, kind="stable"), axis=1)


def _places(orders: NDArray[np.int64], theme: NDArray[np.int64], *, free: bool) -> NDArray[np.bool_]:
    """Places (orders, g + 1) where the change of read-out may come in an order: all, or those that keep its theme."""
    n, g = orders.shape
    if free:
        return np.ones((n, g + 1), dtype=bool)
    own, of = theme[g], theme[orders]
    edge = np.full((n, 1), -1)
    before, after = np.concatenate([edge, of], axis=1), np.concatenate([of, edge], axis=1)
    if (theme[:g] == own).any():
        return np.asarray((before == own) | (after == own))
    edges = np.isin(np.arange(g + 1), (0, g))
    return np.asarray((before != after) | edges)


def _read_out_ends(ends: Array, g: int, readout: tuple[int, int]) -> tuple[Array, Array, Array]:
    """None and all, each player alone, all but each player, when the read-out is the last player."""
    start, stop = ends[..., readout[0], None], ends[..., readout[1], None]
    only = np.concatenate([start[2 : 2 + g], stop[:1]])
    all_but = np.concatenate([stop[2 + g :], start[1:2]])
    return np.stack([start[0], stop[1]]), only, all_but


def _read_out_steps(
    walk: Array, orders: NDArray[np.int64], readout: tuple[int, int], allowed: NDArray[np.bool_]
) -> tuple[Array, list[Array]]:
    """Steps (orders, g + 1, m, 1) averaged over the places allowed for the read-out; and the steps at single places."""
    start, stop = walk[..., readout[0], None], walk[..., readout[1], None]
    before, after = np.diff(start, axis=1), np.diff(stop, axis=1)
    share = allowed / allowed.sum(axis=1, keepdims=True)
    # step k of the walk comes after the change of read-out where that has one of the places 0 to k
    later = np.cumsum(share, axis=1)[:, :-1, None, None]
    change = stop - start
    steps = np.concatenate(
        [
            _by_group((1 - later) * before + later * after, orders),
            (change * share[:, :, None, None]).sum(axis=1, keepdims=True),
        ],
        axis=1,
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
