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
Golub, Heath, Wahba (1979), Generalized cross-validation, doi:10.1080/00401706.1979.10489751.
Giles, Goda (2019), Decision-making under uncertainty: using MLMC for efficient estimation of EVPPI,
doi:10.1007/s11222-018-9835-1 (the bias of nested simulation by halving).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.analysis.basis import Basis, basis_of_one, joint_basis
from engine.errors import RunError, UsageError
from engine.run.designs import unit_points

Array: TypeAlias = NDArray[np.float64]
Members: TypeAlias = NDArray[np.int64]

BLOCKS = 32
"""Blocks that independent draws are dealt into for the jackknife."""
CAUTION = 1.4
"""What a degree of freedom counts in cross-validation: at 1 it now and then follows the noise (Kim, Gu 2004)."""
AGREEMENT = 0.5
"""Standard errors by which a curve may miss the draws on which the decision turns. At 1 a tenth of a regret in the tail
was still missing, at 0.5 no more than its Monte Carlo error; values that were right did not move."""
LOWER = np.geomspace(1.0, 1e-4, 9)
"""Parts of the penalty that are tried."""
CHUNK = 1024
"""Draws at which curves without a block stand side by side; those of 16 blocks are 128 kB."""


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


def in_blocks(member: Members) -> tuple[NDArray[np.intp], Members]:
    """Order of draws in which blocks stand together, and where each starts, with the number of draws (block + 1,)."""
    order = np.argsort(member, kind="stable")
    _, starts = np.unique(member[order], return_index=True)
    return order, np.append(starts, member.size)


def smooth(basis: Basis, y: Array) -> tuple[Array, Array]:
    """E[y | parameters] at the draws, as smooth as cross-validation finds right for each output.

    Parameters
    ----------
    y : (n, o).

    Returns
    -------
    curve (n, o), whose mean is that of y, and strength of the penalty (o,).
    """
    c = basis.sums(y).sum(axis=0) / basis.draws
    strength = _validated(basis, y, c)
    return basis.curves(_shrunk(basis, c, strength)), strength


def _validated(basis: Basis, y: Array, c: Array) -> Array:
    """Strength of the penalty (o,) by cross-validation, from the products c (k, o) of the functions and y."""
    rough = basis.roughness
    curved = rough[rough > 0]
    if curved.size == 0:
        return np.zeros(y.shape[1])
    grid = np.geomspace(1e-4 / curved.max(), 1e4 / curved.min(), 81)
    shrink = 1 / (1 + grid[:, None] * rough)  # (grid, k)
    centred = y - y.mean(axis=0)
    left = (centred * centred).mean(axis=0) - (2 * shrink - shrink**2)[:, 1:] @ c[1:] ** 2  # (grid, o)
    freedom = np.maximum(basis.draws - CAUTION * shrink.sum(axis=1), 1.0)
    return np.asarray(grid[(np.maximum(left, 0.0) / freedom[:, None] ** 2).argmin(axis=0)])


def _shrunk(basis: Basis, c: Array, strength: Array) -> Array:
    return np.asarray(c / (1 + strength * basis.roughness[:, None]))


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
    return _fit_to_decide(basis, npv, basis.sums(npv.reshape(len(npv), -1)))


def _fit_to_decide(basis: Basis, npv: Array, sums: Array) -> tuple[Array, Array]:
    """As `smooth_to_decide`; sums (block, k, o) are the basis' products with npv."""
    n, shape = basis.draws, npv.shape
    c = sums.sum(axis=0) / n
    chosen = _validated(basis, npv.reshape(n, -1), c)
    curve = basis.curves(_shrunk(basis, c, chosen)).reshape(shape)
    if not (basis.roughness > 0).any():
        return curve, chosen
    best = best_on_average(npv)
    rounding = 1e-10 * npv.std(axis=0).max(axis=-1)
    strength = chosen.reshape(shape[1:]).copy()
    off = np.full(shape[1:-1], np.inf)
    for lower in LOWER:
        tried = (chosen * lower).reshape(shape[1:])
        if lower != 1.0:
            curve = basis.curves(_shrunk(basis, c, tried.reshape(-1))).reshape(shape)
        for output in np.ndindex(off.shape):
            if off[output] <= AGREEMENT:
                continue
            left = _missed(
                basis, npv[:, *output], curve[:, *output], tried[output], int(best[output]), rounding[output]
            )
            if left < off[output]:
                off[output], strength[output] = left, tried[output]
        if (off <= AGREEMENT).all():
            break
    flat = strength.reshape(-1)
    if not np.array_equal(strength, tried):
        curve = basis.curves(_shrunk(basis, c, flat)).reshape(shape)
    return curve, flat


def _missed(basis: Basis, npv: Array, curve: Array, strength: Array, best: int, rounding: float) -> float:
    """Mean residual of a curve where it changes the decision, in standard errors; 0 where it never does.

    Parameters
    ----------
    npv, curve : (n, strategy). strength : (strategy,). best : option that is best on average.
    """
    n = basis.draws
    option = _best(curve)
    turned = np.flatnonzero(option != best)
    if not turned.size:
        return 0.0
    own = np.minimum(basis.at(turned) ** 2 @ (1 / (1 + strength * basis.roughness[:, None])) / n, 0.5)
    residual = (npv[turned] - curve[turned]) / (1 - own)
    missed = _take(residual, option[turned]) - _take(residual, np.asarray(best, dtype=np.intp))
    mean = missed.sum() / n  # it is 0 in all other draws
    error = np.sqrt((((missed - mean) ** 2).sum() + (n - turned.size) * mean**2) / n) / np.sqrt(n)
    return float(abs(mean) / error) if error > rounding else 0.0


def fits_without(basis: Basis, sums: Array, strength: Array) -> Array:
    """Coefficients of the curves fitted without one block each (block, k, o).

    Parameters
    ----------
    sums : (block, k, o) products of the functions and y, over the draws that are left.
    """
    n, rough = basis.draws, basis.roughness
    # the functions are orthonormal over all draws, so only the few left out need a product of their own
    gram = n * np.eye(rough.size) - basis.grams
    # a level that only the left-out draws have gets no mean of its own: the least of ridges keeps the system solvable
    on = np.arange(rough.size)
    gram[:, on, on] += np.where(on > 0, 1e-9 * n, 0.0)
    fitted = (n - np.diff(basis.starts))[:, None]
    coefficients = np.empty_like(sums)
    for value in np.unique(strength):
        same = strength == value
        system = gram.copy()
        system[:, on, on] += fitted * (value * rough)
        coefficients[:, :, same] = np.linalg.solve(system, sums[:, :, same])
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
    return evppi_of_sets(npv, x, member, [range(x.shape[1])])[0]


def evppi_of_sets(npv: Array, x: Array, member: Members, sets: Sequence[Sequence[int]]) -> list[Estimate]:
    """As `evppi`, of several sets of columns of x; what is common to them is made once."""
    order, starts = in_blocks(member)
    npv = npv[order]
    singles = {i: basis_of_one(x[order, i], starts) for i in {i for one in sets for i in one}}
    return [_evppi(npv, joint_basis([singles[i] for i in one])) for one in sets]


def _evppi(npv: Array, basis: Basis) -> Estimate:
    n, blocks = npv.shape[0], basis.starts.size - 1
    sums = basis.sums(npv.reshape(n, -1))
    curve, strength = _fit_to_decide(basis, npv, sums)
    value = regret(curve).mean(axis=0)
    if blocks < 2:
        unknown = np.full(value.shape, np.nan)
        return Estimate(value, unknown, unknown, unknown)
    without, low = regrets_without(basis, fits_without(basis, sums.sum(axis=0) - sums, strength), npv)
    weight = np.diff(basis.starts) / n
    low_se = low.std(axis=0, ddof=1) / np.sqrt(blocks)
    return Estimate(value, jackknife_error(without), np.tensordot(weight, low, axes=1), np.asarray(low_se))


def regrets_without(basis: Basis, coefficients: Array, npv: Array) -> tuple[Array, Array]:
    """Mean regret of curves that were fitted without one block each, and what deciding by them brings in that block.

    Parameters
    ----------
    coefficients : (block, k, o), o = outputs × strategies. npv : (n, ..., strategy).

    Returns
    -------
    (block, ...) each: over the draws of the other blocks; over those of the block, beyond the best on average.
    """
    from engine.kernel.regressions import add_regrets  # numba is slow to load

    n, options, blocks = npv.shape[0], npv.shape[-1], len(coefficients)
    y = npv.reshape(n, -1, options)
    outputs = y.shape[1]
    # curves of all blocks side by side, so that a loop over them is one of vectors
    by_option = coefficients.reshape(blocks, -1, outputs, options).transpose(1, 3, 2, 0)
    table = np.ascontiguousarray(by_option).reshape(-1, options * outputs * blocks)
    known = np.ascontiguousarray(y.swapaxes(1, 2))
    best = best_on_average(y).astype(np.int64)
    behind, gain = np.zeros((options + 1, outputs, blocks)), np.zeros((blocks, outputs))
    for own, (begin, end) in enumerate(zip(basis.starts[:-1], basis.starts[1:], strict=True)):
        for start in range(begin, end, CHUNK):
            stop = min(start + CHUNK, end)
            curves = basis.curves(table, start, stop).reshape(-1, options, outputs, blocks)
            add_regrets(curves, own, known[start:stop], best, behind, gain[own])
    size = np.diff(basis.starts)[:, None]
    # the best on average is what the best in each draw is least ahead of
    regrets = (behind.min(axis=0).T / (n - size)).reshape(blocks, *npv.shape[1:-1])
    return regrets, (gain / size).reshape(blocks, *npv.shape[1:-1])


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
