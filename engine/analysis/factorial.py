"""Mixtures of several calculations: every assumption taken from a calculation drawn at random.

Drawn independently, the assumptions make the disagreement a variance, and that variance divides into one
component for each set of assumptions, exactly (Hoeffding 1948, Sobol' 1993). Calculations that say the same
of an assumption are one alternative with their weights together. Arrays only, any vectorised function.

Letters: K calculations, G assumptions that differ, k_i alternatives of assumption i, m draws, D columns of the
values, O outcomes. Bit j of a row index over sets is set when assumption j is in the set.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress, shapley_from_table
from engine.analysis.sources import FromSources
from engine.analysis.summary import mean_over_draws
from engine.errors import RunError, UsageError

Whole = NDArray[np.int64]

# A standard deviation below this, relative to the size of the outcomes, is rounding.
_CONSTANT = 1e-12


class Alternatives(NamedTuple):
    """What the calculations say of the assumptions in which they are not all alike."""

    groups: tuple[int, ...]
    """Which of the groups of columns differ, G of them."""
    of: Whole
    """(K, G) alternative that each calculation takes, numbered by first appearance."""
    first: tuple[Whole, ...]
    """For each assumption, the first calculation with each alternative (k_i,)."""
    probability: tuple[Array, ...]
    """For each assumption, the weight of each alternative (k_i,); adds up to 1."""
    owner: Whole
    """(D,) position in `groups` that a column belongs to; G where all calculations agree."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Alternatives of each assumption; their product is the number of mixtures."""
        return tuple(p.size for p in self.probability)


def normalised(weights: Sequence[float] | None, n: int) -> Array:
    """Weights of n calculations as probabilities; equal ones if None.

    Raises
    ------
    UsageError : not one positive number each.
    """
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (n,) or not (np.isfinite(w).all() and (w > 0).all()):
        raise UsageError(f"Weights must be one positive number for each of the {n} calculations: {w.tolist()}.")
    return np.asarray(w / w.sum())


def find_alternatives(values: Array, groups: Sequence[Sequence[int]], weights: Array) -> Alternatives:
    """Merge what is said alike, and leave out what all agree on.

    Parameters
    ----------
    values : (K, m, D), all calculations in the same draws. Two say the same of an assumption if all its columns
        are equal in all draws.
    groups : columns of each assumption.
    weights : (K,), adding up to 1.

    Raises
    ------
    UsageError : a column that differs stands in no group.
    """
    differs = (values != values[:1]).any(axis=(0, 1))
    owner = np.full(values.shape[2], -1, dtype=np.int64)
    chosen = [j for j, columns in enumerate(groups) if differs[list(columns)].any()]
    of = np.empty((values.shape[0], len(chosen)), dtype=np.int64)
    firsts: list[Whole] = []
    probabilities: list[Array] = []
    for place, j in enumerate(chosen):
        columns = list(groups[j])
        owner[columns] = place
        first: list[int] = []
        for k, own in enumerate(values[:, :, columns]):
            same = [a for a, c in enumerate(first) if np.array_equal(values[c][:, columns], own)]
            of[k, place] = same[0] if same else len(first)
            if not same:
                first.append(k)
        firsts.append(np.array(first))
        probabilities.append(np.bincount(of[:, place], weights=weights).astype(np.float64))
    stray = np.flatnonzero(differs & (owner < 0))
    if stray.size:
        raise UsageError(f"The calculations differ in column {stray[0]}, which belongs to no assumption.")
    owner[owner < 0] = len(chosen)
    return Alternatives(tuple(chosen), of, tuple(firsts), tuple(probabilities), owner)


def sources_of(alternatives: Alternatives, taken: Whole) -> Whole:
    """Calculation that supplies each assumption (n, G + 1) of mixtures; the first those on which all agree."""
    source = np.zeros((taken.shape[0], len(alternatives.groups) + 1), dtype=np.int64)
    for place, first in enumerate(alternatives.first):
        source[:, place] = first[taken[:, place]]
    return source


def mix(values: Array, alternatives: Alternatives, taken: Whole) -> Array:
    """Values (n, m, D) of mixtures that take the alternatives `taken` (n, G)."""
    source = sources_of(alternatives, taken)
    columns = source[:, None, alternatives.owner]
    return np.asarray(values[columns, np.arange(values.shape[1])[:, None], np.arange(values.shape[2])])


def mean_outcomes(
    evaluate: Evaluate,
    values: Array,
    alternatives: Alternatives,
    taken: Whole,
    *,
    blocks: int = 1,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Array:
    """Mean outcome (n, blocks, O) over common draws of the mixtures `taken` (n, G).

    Parameters
    ----------
    blocks : a divisor of m; draw i belongs to block i modulo this number.

    Raises
    ------
    RunError : an outcome is not a finite number. UsageError : `evaluate` does not answer row by row.
    """
    m = values.shape[1]
    step = max(1, chunk // m)
    pieces = []
    for start in range(0, taken.shape[0], step):
        some = taken[start : start + step]
        if isinstance(evaluate, FromSources):
            y = evaluate.of_sources(values, sources_of(alternatives, some), alternatives.owner)
        else:
            y = np.asarray(evaluate(mix(values, alternatives, some).reshape(-1, values.shape[2])), dtype=np.float64)
        if y.ndim != 2 or y.shape[0] != some.shape[0] * m:
            raise UsageError(f"The outcome function answered {y.shape} to {some.shape[0] * m} rows of values.")
        if not np.isfinite(y).all():
            bad = ~np.isfinite(y).all(axis=1)
            who = some[int(np.argmax(bad)) // m].tolist()
            raise RunError(
                f"{int(bad.sum())} of {y.shape[0]} mixtures have outcomes that are not finite numbers. "
                f"The first takes alternatives {who} of the assumptions that differ."
            )
        y = y.reshape(some.shape[0], m // blocks, blocks, -1)
        # a mean of one draw is that draw
        pieces.append(y[:, 0] if m == blocks else mean_over_draws(np.moveaxis(y, 1, 3)))
        if progress is not None:
            progress(min(start + step, taken.shape[0]) * m, taken.shape[0] * m)
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def factorial_table(
    evaluate: Evaluate,
    values: Array,
    alternatives: Alternatives,
    *,
    blocks: int = 1,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Array:
    """Mean outcome of every mixture in every block of draws, (O, k_1, ..., k_G, blocks). As `mean_outcomes`."""
    from engine.kernel.rows import put_columns  # numba is slow to load

    shape = alternatives.shape
    count = math.prod(shape)
    table: Array | None = None
    # a list of all mixtures would take more room than the table
    step = max(1, chunk // values.shape[1])
    for start in range(0, count, step):
        numbers = np.arange(start, min(start + step, count))
        taken = np.stack(np.unravel_index(numbers, shape), axis=1) if shape else np.zeros((1, 0), dtype=np.int64)
        piece = mean_outcomes(evaluate, values, alternatives, taken, blocks=blocks, chunk=chunk)
        if table is None:
            table = np.empty((piece.shape[2], count * blocks))
        put_columns(piece.reshape(-1, piece.shape[2]), start * blocks, table)
        if progress is not None:
            progress((start + numbers.size) * values.shape[1], count * values.shape[1])
    assert table is not None
    return table.reshape(table.shape[0], *shape, blocks)


# ---------------------------------------------------------------- what a table says


def _contrasts(p: Array) -> Array:
    """(k, k): values along an axis -> coefficients in an orthonormal basis whose first member is constant."""
    root = np.sqrt(p)
    q, _ = np.linalg.qr(np.column_stack([root, np.eye(p.size)[:, 1:]]))
    return np.asarray(q.T * root)


class LeftOut(NamedTuple):
    """What a table says in the mean over blocks of draws without one each, and last without none: (..., blocks + 1)."""

    variance: Array
    """(lane,)"""
    first: Array
    """(G, lane) Var E[Y | assumption]"""
    total: Array
    """(G, lane) E Var[Y | all other assumptions]: the components of all sets with the assumption"""
    shapley: Array
    """(G, lane) Shapley effects in units of variance: a component is divided equally within its set"""
    mean: Array
    """(lane,) over all mixtures"""
    positive: Array
    """(lane,) share of the mixtures that are above 0"""
    components: Array
    """(2^G,) of the last lane: the variance component of every set of assumptions; they add up to the variance"""


def without_each_block(table: Array, probability: Sequence[Array]) -> LeftOut:
    """Variances of one outcome in the mean over blocks without one each, and without none.

    Along each axis the table is written in a basis that is orthonormal under the weights and begins with the constant:
    a component is a sum of squared coefficients, so it cannot be negative. Leaving out is linear, as coefficients are:
    each block is transformed once.

    Parameters
    ----------
    table : (k_1, ..., k_G, blocks), overwritten; with a single block there is only the lane without none.
    probability : weights (k_i,) of each axis, positive, adding up to 1.

    References
    ----------
    Hoeffding (1948), doi:10.1214/aoms/1177730196. Sobol' (1993), Sensitivity estimates for nonlinear
    mathematical models. Efron, Stein (1981), doi:10.1214/aos/1176345462. Shapley effects: Owen (2014), Sobol' indices
    and Shapley value, doi:10.1137/130936233.
    """
    from engine.kernel.axes import LANES, grouped
    from engine.kernel.components import NEAR, add_by_member, add_components, left_out_means  # numba is slow to load

    sizes, blocks = np.array([p.size for p in probability], dtype=np.int64), table.shape[-1]
    g, split = sizes.size, sizes.size
    while split > 0 and math.prod(sizes[split - 1 :].tolist()) * blocks <= NEAR:
        split -= 1
    y = table.reshape(-1, blocks)
    mean, positive, size = np.empty(blocks + 1), np.empty(blocks + 1), np.empty(blocks + 1)
    left_out_means(y, _joint(probability[:split]), _joint(probability[split:]), mean, positive, size)
    matrices = np.zeros((g, sizes.max(initial=1), sizes.max(initial=1)))
    for matrix, p in zip(matrices, probability, strict=True):
        matrix[: p.size, : p.size] = _contrasts(p)
    components = np.zeros((1 << g, blocks + 1))
    ends = ((0, split), (split, g))
    groups = [group for end in ends for group in grouped(tuple(sizes.tolist()), *end, together=blocks % LANES == 0)]
    add_components(y, sizes, split, np.array(groups, dtype=np.int64).reshape(-1, 3), matrices, components)
    components[0] = 0.0
    variance = components.sum(axis=0)
    constant = np.sqrt(variance) <= _CONSTANT * size
    components[:, constant], variance[constant] = 0.0, 0.0
    total, shapley = np.zeros((g, blocks + 1)), np.zeros((g, blocks + 1))
    add_by_member(components, total, shapley)
    kept = slice(blocks if blocks == 1 else 0, None)
    first = first_variances(components)
    return LeftOut(
        variance[kept],
        first[..., kept],
        total[..., kept],
        shapley[..., kept],
        mean[kept],
        positive[kept],
        components[:, -1].copy(),
    )


def _joint(probability: Sequence[Array]) -> Array:
    """Probability of each combination of alternatives, those of the last axis next to one another."""
    joint = np.ones(1)
    for p in probability:
        joint = np.multiply.outer(joint, p).reshape(-1)
    return joint


def closed_variances(components: Array) -> Array:
    """Var E[Y | the assumptions in the set] (2^G, O): the components of all its subsets together."""
    closed: Array = components.copy()
    for j in range(components.shape[0].bit_length() - 1):
        pairs = closed.reshape(-1, 2, 1 << j, closed.shape[1])
        pairs[:, 1] += pairs[:, 0]
    return closed


def first_variances(components: Array) -> Array:
    """Var E[Y | assumption] (G, O)."""
    return np.asarray(components[1 << np.arange(components.shape[0].bit_length() - 1)])


class Agreement(NamedTuple):
    """What is gone of the disagreement if some assumptions were agreed on; entry k is for k of them."""

    gone: Array
    """(G + 1, O) share of the variance, from 0 to 1; NaN where there is no disagreement."""
    members: NDArray[np.bool_]
    """(G + 1, O, G) the assumptions to agree on; of the best sets of one size that of the lowest numbers."""


def agreement_curve(closed: Array) -> Agreement:
    """For each size the set with the largest closed index: the best of all sets, not the next best step.

    Parameters
    ----------
    closed : (2^G, O) as `closed_variances` makes it.
    """
    count, o = closed.shape
    g = count.bit_length() - 1
    sizes = np.bitwise_count(np.arange(count, dtype=np.uint64))
    best = np.empty((g + 1, o), dtype=np.int64)
    for size in range(g + 1):
        masks = np.flatnonzero(sizes == size)
        best[size] = masks[np.argmax(closed[masks], axis=0)]
    gone = share_of(np.take_along_axis(closed, best, axis=0), closed[-1])
    # a larger set can be no worse: only rounding says otherwise
    gone = np.maximum.accumulate(gone, axis=0)
    return Agreement(gone, (best[..., None] >> np.arange(g) & 1).astype(np.bool_))


def share_of(part: Array, whole: Array) -> Array:
    """part / whole, NaN where the whole is 0."""
    shape = np.broadcast_shapes(part.shape, whole.shape)
    result: Array = np.divide(part, whole, out=np.full(shape, np.nan), where=np.broadcast_to(whole, shape) > 0)
    return result


def conditional_means(table: Array, probability: Sequence[Array]) -> list[Array]:
    """For each assumption the mean (k_i, O) over mixtures that take each of its alternatives."""
    g = len(probability)
    if g < 2:
        return [table] * g
    # halving the axes averages each of them over about log2(G) times, not G times
    half = g // 2
    left, right = table, table
    for axis in reversed(range(half, g)):
        left = _average(left, axis, probability[axis])
    for axis in reversed(range(half)):
        right = _average(right, axis, probability[axis])
    return conditional_means(left, probability[:half]) + conditional_means(right, probability[half:])


def against_mixture(table: Array, probability: Sequence[Array], of: Whole) -> Array:
    """Shapley contributions (G, O) from the mean over all mixtures to one calculation.

    v(u) = the mean over mixtures that take the assumptions u from the calculation; contributions add up to
    its outcome minus the mean over mixtures, and two calculations' to the difference between them.

    Parameters
    ----------
    of : (G,) alternatives that the calculation takes.
    """
    g = len(probability)
    v = table
    for axis, p in enumerate(probability):
        v = np.stack([_average(v, axis, p), v.take(of[axis], axis)], axis)
    return shapley_from_table(v.transpose(*reversed(range(g)), g).reshape(1 << g, -1))


def _average(c: Array, axis: int, p: Array) -> Array:
    # one slice after the other: numpy's tensordot copies the table first
    cut = c.reshape(math.prod(c.shape[:axis]), p.size, -1)
    mean = p[0] * cut[:, 0]
    for k in range(1, p.size):
        mean += p[k] * cut[:, k]
    return np.asarray(mean.reshape(*c.shape[:axis], *c.shape[axis + 1 :]))
