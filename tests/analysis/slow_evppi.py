"""Value of information the long way: orthonormal functions written out at all draws, one fit for each block left out.

The independent slow twin of `engine.analysis.evppi` and `basis`, in plain NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline

from engine.analysis.basis import INTERIOR_KNOTS, MOST_COLUMNS, MOST_LEVELS
from engine.analysis.evppi import (
    AGREEMENT,
    CAUTION,
    LOWER,
    Array,
    Estimate,
    Members,
    _best,
    _take,
    best_on_average,
    jackknife_error,
    regret,
)
from engine.analysis.evsi import Study


class Basis(NamedTuple):
    """Functions of the parameters, at the draws."""

    columns: Array
    """(n, k) orthonormal over the draws: columns' columns / n = identity; the first is the constant"""
    roughness: Array
    """(k,) penalty of each, rising; 0 for the constant and for straight lines"""


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
    """As the function of that name in engine/analysis/evppi.py, every step over all draws."""
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


def evsi(
    npv: Array, theta: Array, member: Members, *, study: Study, sizes: Sequence[int], u: Array
) -> tuple[Array, Array, Estimate]:
    """Value and error of sample information, and of perfect information, as `engine.analysis.evsi.evsi`."""
    n = npv.shape[0]
    known = build_basis(theta[:, None])
    y = npv.reshape(n, -1)
    curve, strength = smooth_to_decide(known, npv)
    blocks = [member == r for r in np.unique(member)]
    without = [smooth_without(known, y, strength, out) for out in blocks] if len(blocks) > 1 else []

    def value_of(expected: Array) -> Array:
        return np.asarray(regret(expected.reshape(-1, *npv.shape[1:])).mean(axis=0))

    value, error = np.empty((len(sizes), *npv.shape[1:-1])), np.full((len(sizes), *npv.shape[1:-1]), np.nan)
    for k, size in enumerate(sizes):
        result = build_basis(study.simulate(theta, size, u)[:, None])
        expected, strength = smooth_to_decide(result, curve)
        value[k] = value_of(expected)
        if without:
            left = [
                value_of(smooth_without(result, other, strength, out)[~out])
                for other, out in zip(without, blocks, strict=True)
            ]
            error[k] = jackknife_error(np.stack(left))
    perfect = value_of(curve)
    unknown = np.full(perfect.shape, np.nan)
    left = [value_of(other[~out]) for other, out in zip(without, blocks, strict=True)] if without else []
    return value, error, Estimate(perfect, jackknife_error(np.stack(left)) if left else unknown, unknown, unknown)
