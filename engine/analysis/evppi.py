"""Value of information from draws already made: arrays in, arrays out.

The decision is between the baseline, whose net benefit is 0, and one or more interventions, whose net benefit is
their NPV. What perfect information is worth is an expected regret: in each draw, what the best option gives beyond
the option that is best on average. What one parameter (or a group) is worth is the same regret of
E[net benefit | parameter], which is a regression of the net benefit on the parameter (Strong, Oakley, Brennan 2014).

The regression is a penalised cubic spline, and for a group of parameters splines of each and smooth products of two
and three of them; how smooth is chosen by generalised cross-validation. Its mean is the mean of the draws, so a regret
is never negative and nothing needs clipping: it is exactly 0 where the decision cannot change.

Cross-validation asks for the best curve where most draws are. A decision often turns where few are, in a tail, and
there such a curve is too straight: of a calculation that loses in 1 % of its draws, regret came out 26 % too low. So
the penalty is then lowered until, over the draws in which the curve would change the decision, it agrees with them
(`smooth_to_decide`).

Standard errors are by jackknife over blocks of draws that do not depend on each other. `nested_evppi` is the check: it
simulates anew with the parameter held, without any regression.

References
----------
Strong, Oakley, Brennan (2014), Estimating multiparameter partial expected value of perfect information from a
probabilistic sensitivity analysis sample: a nonparametric regression approach, doi:10.1177/0272989X13505910.
Demmler, Reinsch (1975), Oscillation matrices with spline smoothing, doi:10.1007/BF01437406 (the basis used).
Golub, Heath, Wahba (1979), Generalized cross-validation, doi:10.1080/00401706.1979.10489751.
Giles, Goda (2019), Decision-making under uncertainty: using MLMC for efficient estimation of EVPPI,
doi:10.1007/s11222-018-9835-1 (the bias of nested simulation by halving).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError, UsageError
from engine.run.designs import unit_points

Array: TypeAlias = NDArray[np.float64]
Members: TypeAlias = NDArray[np.int64]

BLOCKS = 32
"""Blocks that independent draws are dealt into for the jackknife."""
INTERIOR_KNOTS = 8
"""Quantiles of the parameter at which the cubic pieces meet."""
MOST_LEVELS = 12
"""A parameter with so few distinct values gets a mean of its own for each, not a curve."""
MOST_COLUMNS = 200
"""Basis functions of a group at most, and never more than one for 20 draws: an unpenalised fit then adds at most a
twentieth of the residual variance to its curve."""
CAUTION = 1.4
"""What a degree of freedom counts in cross-validation: at 1 it now and then follows the noise (Kim, Gu 2004)."""
AGREEMENT = 0.5
"""Standard errors by which a curve may miss the draws on which the decision turns. At 1 a tenth of a regret in the tail
was still missing, at 0.5 no more than its Monte Carlo error; values that were right did not move."""
LOWER = np.geomspace(1.0, 1e-4, 9)
"""Parts of the penalty that are tried."""


class Estimate(NamedTuple):
    """Value of information by output, in the unit of the net benefit."""

    value: Array
    """(...) regret of the curve; errs upwards by the noise that it keeps, and either way where it is too smooth"""
    se: Array
    """(...) standard error, jackknife over blocks"""
    low: Array
    """(...) gain, in each block, of deciding by a curve fitted to the others. No decision gains more than the best, so
    its expectation is never above the truth; but it carries the noise of all other parameters, so that it may well lie
    above `value`, and may be negative"""
    low_se: Array
    """(...) standard error of `low`, from the spread of its blocks"""


class Basis(NamedTuple):
    """Functions of the parameters, at the draws."""

    columns: Array
    """(n, k) orthonormal over the draws: columns' columns / n = identity; the first is the constant"""
    roughness: Array
    """(k,) penalty of each, rising; 0 for the constant and for straight lines"""


# ---------------------------------------------------------------- regret


def regret(npv: Array) -> Array:
    """What the best option gives beyond the option that is best on average.

    Parameters
    ----------
    npv : (n, ..., strategy) net benefit of the interventions; the baseline's is 0.

    Returns
    -------
    (n, ...), never negative. Its mean is the value of knowing the row.
    """
    best = np.maximum(npv.max(axis=-1), 0.0)
    return np.asarray(best - _take(npv, best_on_average(npv)))


def best_on_average(npv: Array) -> NDArray[np.intp]:
    """Number of the option with the greatest mean, (...): 0 the baseline (also at a tie), then the interventions."""
    return _best(npv.mean(axis=0))


def _best(npv: Array) -> NDArray[np.intp]:
    """Number of the best option by row, (..., strategy) -> (...)."""
    return np.asarray(np.where(npv.max(axis=-1) > 0, npv.argmax(axis=-1) + 1, 0), dtype=np.intp)


def _take(npv: Array, option: NDArray[np.intp]) -> Array:
    """Net benefit of a numbered option: npv (..., strategy), option broadcast to (...)."""
    option = np.broadcast_to(option, npv.shape[:-1])
    taken = np.take_along_axis(npv, np.maximum(option - 1, 0)[..., None], axis=-1)[..., 0]
    return np.where(option == 0, 0.0, taken)


# ---------------------------------------------------------------- independent blocks


def members(n: int, replicates: int, *, draw: Members | None = None) -> Members:
    """Block of each draw, (n,): its replicate, or one of `BLOCKS` where every draw is independent.

    Parameters
    ----------
    draw : number of each draw, where some were left out; counts from 0 otherwise.
    """
    number = np.arange(n, dtype=np.int64) if draw is None else np.asarray(draw, dtype=np.int64)
    return number % (BLOCKS if replicates == 1 else replicates)


def jackknife_error(without: Array, axis: int = 0) -> Array:
    """Standard error from the estimates that leave out one block each; NaN where there is one block.

    Leaving out keeps the maximum inside the estimate, where the spread of the blocks' own maxima would carry the bias
    of a small sample. It is smooth only in the maximum over draws: where two options are best on average to within
    the Monte Carlo error, take it as a guide.
    """
    n = without.shape[axis]
    if n < 2:
        return np.full(np.delete(without.shape, axis), np.nan)
    return np.asarray(np.sqrt((n - 1) * without.var(axis=axis)))


def evpi(npv: Array, member: Members) -> tuple[Array, Array]:
    """Expected value of perfect information, E max_d NB_d - max_d E NB_d.

    Parameters
    ----------
    npv : (n, ..., strategy) [money per participant]; the baseline's 0 is added.
    member : independent block of each draw (n,), see `members`.

    Returns
    -------
    value and standard error, (...) each.
    """
    value = regret(npv).mean(axis=0)
    order = np.argsort(member, kind="stable")
    _, starts, size = np.unique(member[order], return_index=True, return_counts=True)
    if starts.size < 2:
        return value, np.full(value.shape, np.nan)
    # without a block: the mean of the best less the best of the means, both from sums by block
    best = np.add.reduceat(np.maximum(npv.max(axis=-1), 0.0)[order], starts, axis=0)
    sums = np.add.reduceat(npv[order], starts, axis=0)
    rest = (npv.shape[0] - size).reshape(-1, *[1] * value.ndim)
    mean_best = (best.sum(axis=0) - best) / rest
    means = (sums.sum(axis=0) - sums) / rest[..., None]
    return value, jackknife_error(mean_best - np.maximum(means.max(axis=-1), 0.0))


# ---------------------------------------------------------------- regression


def build_basis(x: Array) -> Basis:
    """Smooth functions of parameters, at their draws.

    Parameters
    ----------
    x : (n, d) values, of parameters that are learnt together. A column that does not vary adds nothing.

    Returns
    -------
    Demmler-Reinsch basis of the splines of each parameter, and of the least rough products of two and of three.
    """
    n, d = x.shape
    limit = max(2, min(MOST_COLUMNS, n // 20))
    singles = [_orthonormal(*_splines(x[:, i])) for i in range(d)]
    singles = [(phi, rough) for phi, rough in singles if rough.size]
    if not singles:
        return Basis(np.ones((n, 1)), np.zeros(1))
    if len(singles) == 1:
        phi, rough = singles[0]
        keep = slice(0, limit - 1)
        return Basis(np.column_stack([np.ones(n), phi[:, keep]]), np.concatenate([[0.0], rough[keep]]))

    each = max(1, min(limit // 2 // len(singles), 2 * MOST_LEVELS))
    singles = [(phi[:, :each], rough[:each]) for phi, rough in singles]
    columns = [phi for phi, _ in singles]
    weights = [rough for _, rough in singles]
    for factors in _smoothest_products([rough for _, rough in singles], limit - sum(w.size for w in weights)):
        column = np.prod([singles[i][0][:, a] for i, a in factors], axis=0)
        columns.append((column - column.mean())[:, None])
        weights.append(np.array([_product_roughness([singles[i][1][a] for i, a in factors])]))
    phi, rough = _orthonormal(np.hstack(columns), np.diag(np.concatenate(weights)))
    return Basis(np.column_stack([np.ones(n), phi]), np.concatenate([[0.0], rough]))


def smooth(basis: Basis, y: Array) -> tuple[Array, Array]:
    """E[y | parameters] at the draws, as smooth as cross-validation finds right for each output.

    Parameters
    ----------
    y : (n, o).

    Returns
    -------
    curve (n, o), whose mean is that of y, and strength of the penalty (o,).
    """
    z, rough = basis
    n = z.shape[0]
    c = z.T @ y / n
    curved = rough[rough > 0]
    if curved.size == 0:
        return z @ c, np.zeros(y.shape[1])
    grid = np.geomspace(1e-4 / curved.max(), 1e4 / curved.min(), 81)
    shrink = 1 / (1 + grid[:, None] * rough)  # (grid, k)
    centred = y - y.mean(axis=0)
    left = (centred * centred).mean(axis=0) - (2 * shrink - shrink**2)[:, 1:] @ c[1:] ** 2  # (grid, o)
    freedom = np.maximum(n - CAUTION * shrink.sum(axis=1), 1.0)
    chosen = (np.maximum(left, 0.0) / freedom[:, None] ** 2).argmin(axis=0)
    return z @ (c * shrink[chosen].T), grid[chosen]


def smooth_to_decide(basis: Basis, npv: Array) -> tuple[Array, Array]:
    """E[net benefit | parameters] at the draws, no smoother than the draws on which the decision turns allow.

    A regret is a mean over the draws in which the curve prefers another option than the best on average, so it is wrong
    by the curve's mean residual there. The penalty that cross-validation chose is lowered, step by step and for all
    options of an output together, until that residual, each draw left out of its own fit, is within `AGREEMENT` of its
    standard error; where no step reaches that, the one that comes nearest is taken.

    Parameters
    ----------
    npv : (n, ..., strategy); the baseline's 0 is added.

    Returns
    -------
    curve, of the shape of npv, whose mean is that of npv; and strength of the penalty (o,), o = outputs × strategies.
    """
    z, rough = basis
    n = z.shape[0]
    y = npv.reshape(n, -1)
    curve, chosen = smooth(basis, y)
    shape = npv.shape
    if not (rough > 0).any():
        return curve.reshape(shape), chosen
    c, squares = z.T @ y / n, z * z
    best = best_on_average(npv)
    rounding = 1e-10 * npv.std(axis=0).max(axis=-1)
    strength = chosen.reshape(shape[1:]).copy()
    off = np.full(shape[1:-1], np.inf)
    for lower in LOWER:
        tried = chosen * lower
        shrink = 1 / (1 + tried * rough[:, None])  # (k, o)
        curve = z @ (c * shrink)
        own = np.minimum(squares @ shrink / n, 0.5)
        residual = ((y - curve) / (1 - own)).reshape(shape)
        missed = _take(residual, _best(curve.reshape(shape))) - _take(residual, best)
        error = missed.std(axis=0) / np.sqrt(n)
        left = np.divide(np.abs(missed.mean(axis=0)), error, out=np.zeros_like(error), where=error > rounding)
        nearer = (left < off) & (off > AGREEMENT)
        off = np.where(nearer, left, off)
        strength[nearer] = tried.reshape(shape[1:])[nearer]
        if (off <= AGREEMENT).all():
            break
    flat = strength.reshape(-1)
    return (z @ (c / (1 + flat * rough[:, None]))).reshape(shape), flat


def smooth_without(basis: Basis, y: Array, strength: Array, out: NDArray[np.bool_]) -> Array:
    """The curve fitted without some draws, at all draws (n, o); with the strength that all draws chose."""
    z = basis.columns
    return np.asarray(z @ _fitted_without(basis, z.T @ y, z[out], y[out], strength))


def smooth_without_each(basis: Basis, y: Array, strength: Array, starts: Members) -> Array:
    """The curves fitted without one block each, at all draws (block, n, o), as `smooth_without`.

    Parameters
    ----------
    starts : first draw of each block; the draws of a block stand together.
    """
    z = basis.columns
    whole = z.T @ y
    blocks = [slice(start, end) for start, end in zip(starts, [*starts[1:], z.shape[0]], strict=True)]
    return np.asarray(z @ np.stack([_fitted_without(basis, whole, z[at], y[at], strength) for at in blocks]))


def _fitted_without(basis: Basis, whole: Array, z_out: Array, y_out: Array, strength: Array) -> Array:
    """Coefficients (k, o) of the curve fitted without some draws.

    Parameters
    ----------
    whole : (k, o) products of the columns and y over all draws.
    """
    n, rough = basis.columns.shape[0], basis.roughness
    # the columns are orthonormal over all draws, so only the few left out need a product of their own
    gram = n * np.eye(rough.size) - z_out.T @ z_out
    # a level that only the left-out draws have gets no mean of its own: the least of ridges keeps the system solvable
    gram[np.diag_indices_from(gram)] += np.where(np.arange(rough.size) > 0, 1e-9 * n, 0.0)
    right = whole - z_out.T @ y_out
    coefficients = np.empty_like(right)
    for value in np.unique(strength):
        same = strength == value
        penalty = np.diag((n - z_out.shape[0]) * value * rough)
        coefficients[:, same] = np.linalg.solve(gram + penalty, right[:, same])
    return coefficients


def evppi(npv: Array, x: Array, member: Members) -> Estimate:
    """Expected value of learning some parameters exactly: E max_d E[NB_d | x] - max_d E NB_d.

    Parameters
    ----------
    npv : (n, ..., strategy) [money per participant]; the baseline's 0 is added.
    x : (n, d) values of the parameters learnt together; one column for one parameter.
    member : independent block of each draw (n,), see `members`.

    Returns
    -------
    (...) each.
    """
    # draws of a block together: what leaves one out is then two slices
    order = np.argsort(member, kind="stable")
    npv, member = npv[order], member[order]
    n = npv.shape[0]
    basis = build_basis(x[order])
    curve, strength = smooth_to_decide(basis, npv)
    value = regret(curve).mean(axis=0)
    blocks, starts = np.unique(member, return_index=True)
    if blocks.size < 2:
        unknown = np.full(value.shape, np.nan)
        return Estimate(value, unknown, unknown, unknown)
    best = best_on_average(npv)
    curves = smooth_without_each(basis, npv.reshape(n, -1), strength, starts)
    without, in_block = [], []
    for start, end, other in zip(starts, [*starts[1:], n], curves, strict=True):
        other = other.reshape(npv.shape)
        without.append(regret(np.concatenate([other[:start], other[end:]])).mean(axis=0))
        own = npv[start:end]
        in_block.append((_take(own, _best(other[start:end])) - _take(own, best)).mean(axis=0))
    low = np.stack(in_block)
    weight = np.diff([*starts, n]) / n
    low_se = low.std(axis=0, ddof=1) / np.sqrt(blocks.size)
    return Estimate(value, jackknife_error(np.stack(without)), np.tensordot(weight, low, axes=1), np.asarray(low_se))


def _splines(x: Array) -> tuple[Array, Array]:
    """Centred cubic splines of one parameter (n, k), and the integral of their second derivatives' products (k, k)."""
    levels = np.unique(x)
    if levels.size < 2:
        return np.empty((x.size, 0)), np.empty((0, 0))
    if levels.size <= MOST_LEVELS:
        indicators = (x[:, None] == levels[1:]).astype(np.float64)
        return indicators - indicators.mean(axis=0), np.zeros((levels.size - 1, levels.size - 1))

    from scipy.interpolate import BSpline  # slow to load, and few calls need it

    scaled = (x - x.mean()) / x.std()
    knots = np.unique(np.quantile(scaled, np.linspace(0, 1, INTERIOR_KNOTS + 2)))
    ends = np.concatenate([np.repeat(knots[0], 3), knots, np.repeat(knots[-1], 3)])
    columns = BSpline.design_matrix(scaled, ends, 3).toarray()
    # second derivatives are straight lines between knots: Simpson's rule is exact for their products
    bend = BSpline(ends, np.eye(columns.shape[1]), 3).derivative(2)
    width = np.diff(knots) / 6
    first, middle, last = bend(knots[:-1]), bend((knots[:-1] + knots[1:]) / 2), bend(knots[1:])
    penalty = sum(f.T @ (w[:, None] * f) for f, w in ((first, width), (middle, 4 * width), (last, width)))
    return columns - columns.mean(axis=0), np.asarray(penalty)


def _orthonormal(columns: Array, penalty: Array) -> tuple[Array, Array]:
    """The same functions, orthonormal over the draws, with a penalty that is diagonal and rises from 0.

    Scaled so that the first curved function has roughness 1. Functions that the others contain are left out.
    """
    n = columns.shape[0]
    size, turn = np.linalg.eigh(columns.T @ columns / n)
    kept = size > 1e-10 * size.max(initial=0.0)
    white = turn[:, kept] / np.sqrt(size[kept])
    rough, turn = np.linalg.eigh(white.T @ penalty @ white)
    rough = np.where(rough > 1e-9 * max(rough.max(initial=0.0), 1e-300), rough, 0.0)
    curved = rough[rough > 0]
    return np.asarray(columns @ (white @ turn)), rough / (curved[0] if curved.size else 1.0)


def _product_roughness(factors: Sequence[float]) -> float:
    """Penalty of a product: as if its factors' penalties multiplied, and one more for each factor beyond the first."""
    return float(np.prod(1 + np.asarray(factors)) - 1 + len(factors) - 1)


def _smoothest_products(rough: Sequence[Array], most: int) -> list[tuple[tuple[int, int], ...]]:
    """Products ((parameter, function), ...) of two and three parameters, least rough first."""
    found: list[tuple[float, tuple[tuple[int, int], ...]]] = []
    for order, functions in ((2, 5), (3, 2)):
        if order == 3 and len(rough) > 8:
            break
        for together in combinations(range(len(rough)), order):
            for which in product(*(range(min(functions, rough[i].size)) for i in together)):
                factors = tuple(zip(together, which, strict=True))
                found.append((_product_roughness([float(rough[i][a]) for i, a in factors]), factors))
    return [factors for _, factors in sorted(found)[: max(0, most)]]


# ---------------------------------------------------------------- nested check


class Nested(NamedTuple):
    """Value of information by simulation within simulation."""

    value: float
    se: float
    bias: float
    """upward bias, estimated by halving the inner draws; `value - bias` is nearer the truth, with more noise"""


def nested_evppi(
    evaluate: Callable[[Array], Array],
    values_of: Callable[[Array], Array],
    *,
    dimensions: int,
    learnt: Sequence[int],
    outer: int = 512,
    inner: int = 512,
    seed: int = 0,
    rows: int = 2**18,
) -> Nested:
    """Expected value of learning parameters, by outer draws of them and inner draws of the rest.

    Parameters
    ----------
    evaluate : values (n, D) -> net benefit (n,) or (n, strategy); the baseline's 0 is added.
    values_of : points of the unit cube (dimensions, n) -> values (n, D).
    dimensions, learnt : size of the cube, and its rows that are learnt.
    inner : even. The mean over inner draws is noisy and the maximum likes noise, so the estimate errs upwards, by
        about variance / inner where the decision is near.
    rows : evaluated at a time.

    Raises
    ------
    UsageError : no such row, `outer` below 2, `inner` odd or below 2.
    RunError : a net benefit is not a finite number.
    """
    if not learnt or not all(0 <= k < dimensions for k in learnt):
        raise UsageError(f"learnt: {list(learnt)}; rows from 0 to {dimensions - 1}, at least one")
    if outer < 2 or inner < 2 or inner % 2:
        raise UsageError(f"outer: {outer}, inner: {inner}; at least 2 each, and inner even")
    names = [f"{k}" for k in range(dimensions)]
    held = unit_points("monte_carlo", [f"learnt {k}" for k in learnt], seed=seed, start=0, stop=outer, total=outer)
    halves = []
    step = max(1, rows // inner)
    for start in range(0, outer, step):
        stop = min(start + step, outer)
        points = unit_points(
            "monte_carlo", names, seed=seed, start=start * inner, stop=stop * inner, total=outer * inner
        ).copy()
        points[list(learnt)] = np.repeat(held[:, start:stop], inner, axis=1)
        npv = np.asarray(evaluate(values_of(points)), dtype=np.float64)
        if not np.isfinite(npv).all():
            raise RunError("nested simulation: a net benefit is not a finite number")
        halves.append(npv.reshape(stop - start, 2, inner // 2, -1).mean(axis=2))
    half = np.concatenate(halves)  # (outer, 2, strategy)
    whole = half.mean(axis=1)
    best = best_on_average(whole)
    gain = regret(whole)
    by_half = (np.maximum(half.max(axis=-1), 0.0) - _take(half, best)).mean(axis=1)
    # the bias falls as 1 / inner: half as many draws have it twice
    return Nested(float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(outer)), float((by_half - gain).mean()))
