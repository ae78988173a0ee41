"""Smooth functions of parameters at draws, to regress on: splines of one parameter, products of several's.

Functions are a matrix times simple ones. Of one parameter these are B-splines, four of which differ from 0 at a draw,
or the indicators of its few values; of several, splines of each and products of them. The matrix makes them orthonormal
over the draws with a diagonal penalty (Demmler, Reinsch 1975), so that a fit with any smoothness is a division. The
orthonormal functions themselves are formed only where they are asked for (`at`).

Draws stand block by block; sums are made block by block, in their order.

References
----------
Demmler, Reinsch (1975), Oscillation matrices with spline smoothing, doi:10.1007/BF01437406.
de Boor (1978), A Practical Guide to Splines, ch. X (the recurrence).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

INTERIOR_KNOTS = 8
"""Quantiles of the parameter at which the cubic pieces meet."""
MOST_LEVELS = 12
"""A parameter with so few distinct values gets a mean of its own for each, not a curve."""
MOST_COLUMNS = 200
"""Basis functions of a group at most, and never more than one for 20 draws: an unpenalised fit then adds at most a
twentieth of the residual variance to its curve."""


class Simple(Protocol):
    """The simple functions, K of them, at n draws that stand in blocks from `starts` (block + 1,) on."""

    @property
    def starts(self) -> Whole: ...

    def grams(self) -> Array:
        """Products of the functions, summed over each block (block, K, K)."""
        ...

    def sums(self, y: Array) -> Array:
        """Products with outputs (n, o), summed over each block (block, K, o)."""
        ...

    def curves(self, table: Array, start: int, stop: int) -> Array:
        """Combinations (K, m) of the functions, at some draws: (stop - start, m)."""
        ...

    def rows(self, draws: NDArray[np.intp]) -> Array:
        """The functions at some draws (m, K)."""
        ...


@dataclass(frozen=True)
class Splines:
    """Functions of which four at most, one after the other, differ from 0 at a draw, and that add up to 1."""

    place: Whole
    """(n,) the first of the four"""
    weight: Array
    """(n, 4)"""
    functions: int
    """With those that fill up the last four and are 0 everywhere."""
    starts: Whole

    def grams(self) -> Array:
        from engine.kernel.regressions import spline_grams  # numba is slow to load

        found = np.empty((self.starts.size - 1, self.functions, self.functions))
        spline_grams(self.place, self.weight, self.starts, found)
        return found

    def sums(self, y: Array) -> Array:
        from engine.kernel.regressions import spline_sums

        found = np.empty((self.starts.size - 1, self.functions, y.shape[1]))
        spline_sums(self.place, self.weight, self.starts, np.ascontiguousarray(y), found)
        return found

    def curves(self, table: Array, start: int, stop: int) -> Array:
        from engine.kernel.regressions import spline_curves

        found = np.empty((stop - start, table.shape[1]))
        spline_curves(self.place, self.weight, start, np.ascontiguousarray(table), found)
        return found

    def rows(self, draws: NDArray[np.intp]) -> Array:
        found = np.zeros((draws.size, self.functions))
        np.put_along_axis(found, self.place[draws, None] + np.arange(4), self.weight[draws], axis=1)
        return found


@dataclass(frozen=True)
class Columns:
    """Any functions, each at all draws side by side."""

    values: Array
    """(K, n)"""
    starts: Whole

    def grams(self) -> Array:
        blocks = [self.values[:, a:b] for a, b in zip(self.starts[:-1], self.starts[1:], strict=True)]
        return np.stack([block @ block.T for block in blocks])

    def sums(self, y: Array) -> Array:
        blocks = zip(self.starts[:-1], self.starts[1:], strict=True)
        return np.stack([self.values[:, a:b] @ y[a:b] for a, b in blocks])

    def curves(self, table: Array, start: int, stop: int) -> Array:
        # in this order twice as fast as `values.T @ table`
        return np.ascontiguousarray((table.T @ self.values[:, start:stop]).T)

    def rows(self, draws: NDArray[np.intp]) -> Array:
        return np.asarray(self.values[:, draws].T)


@dataclass(frozen=True)
class Basis:
    """Functions of the parameters, at the draws: orthonormal over them, and the first is the constant."""

    simple: Simple
    turn: Array
    """(K, k) of the simple functions, the functions"""
    roughness: Array
    """(k,) penalty of each, rising; 0 for the constant and for straight lines"""

    @property
    def draws(self) -> int:
        return int(self.simple.starts[-1])

    @property
    def starts(self) -> Whole:
        """(block + 1,)"""
        return self.simple.starts

    @cached_property
    def grams(self) -> Array:
        """Products of the functions, summed over each block (block, k, k)."""
        return np.asarray(self.turn.T @ self.simple.grams() @ self.turn)

    def sums(self, y: Array) -> Array:
        """Products with outputs (n, o), summed over each block (block, k, o)."""
        return np.asarray(self.turn.T @ self.simple.sums(y))

    def curves(self, coefficients: Array, start: int = 0, stop: int | None = None) -> Array:
        """Combinations (k, m) of the functions, at the draws from `start` to `stop`: (draws, m)."""
        return self.simple.curves(self.turn @ coefficients, start, self.draws if stop is None else stop)

    def at(self, draws: NDArray[np.intp]) -> Array:
        """The functions at some draws (m, k)."""
        return np.asarray(self.simple.rows(draws) @ self.turn)


def build_basis(x: Array, starts: Whole | None = None) -> Basis:
    """Smooth functions of parameters, at their draws.

    Parameters
    ----------
    x : (n, d) values, of parameters that are learnt together. A column that does not vary adds nothing.
    starts : (block + 1,) first draw of each block, and n; one block if None.

    Returns
    -------
    Demmler-Reinsch basis of the splines of each parameter, and of the least rough products of two and of three.
    """
    starts = np.array([0, x.shape[0]]) if starts is None else starts
    return joint_basis([basis_of_one(x[:, i], starts) for i in range(x.shape[1])])


def basis_of_one(x: Array, starts: Whole) -> Basis:
    """Splines of one parameter (n,), all of them; the constant alone where it does not vary."""
    levels = _few_levels(x)
    if levels is not None:
        weight = np.zeros((x.size, 4))
        weight[:, 0] = 1.0
        simple = Splines(np.searchsorted(levels, x), weight, levels.size + 3, starts)
        free = slice(1, levels.size)  # the first is what the others leave of the constant
        penalty = np.zeros((levels.size - 1, levels.size - 1))
    else:
        simple, penalty = _splines(x, starts)
        free = slice(0, simple.functions)
    gram = simple.grams().sum(axis=0) / x.size
    mean = gram.sum(axis=0)  # the functions add up to 1
    turn, roughness = _orthonormal((gram - np.outer(mean, mean))[free, free], penalty)
    # functions less their means: the constant is the sum of all functions
    whole = np.ones((mean.size, 1 + roughness.size))
    whole[:, 1:] = -(mean[free] @ turn)
    whole[free, 1:] += turn
    return Basis(simple, whole, np.concatenate([[0.0], roughness]))


def joint_basis(singles: Sequence[Basis]) -> Basis:
    """Of parameters that are learnt together, from the splines of each, in the same draws."""
    n, starts = singles[0].draws, singles[0].starts
    limit = max(2, min(MOST_COLUMNS, n // 20))
    varying = [one for one in singles if one.roughness.size > 1]
    if len(varying) < 2:
        one = varying[0] if varying else singles[0]
        return Basis(one.simple, one.turn[:, :limit], one.roughness[:limit])

    each = max(1, min(limit // 2 // len(varying), 2 * MOST_LEVELS))
    rough = [one.roughness[1 : each + 1] for one in varying]
    own = sum(r.size for r in rough)
    factors, weights = _smoothest_products(rough, limit - own)
    values = np.empty((1 + own + len(factors), n))
    values[0] = 1.0
    first, at = [], 1
    for one, r in zip(varying, rough, strict=True):
        values[at : at + r.size] = one.simple.curves(one.turn[:, 1 : r.size + 1], 0, n).T
        first.append(at)
        at += r.size
    for row, ((i, a), (j, b), *third) in zip(values[at:], factors, strict=True):
        np.multiply(values[first[i] + a], values[first[j] + b], out=row)
        for k, c in third:
            row *= values[first[k] + c]
    columns = Columns(values, starts)
    grams = columns.grams()
    gram = grams.sum(axis=0) / n
    mean = gram[0, 1:]
    turn, roughness = _orthonormal(gram[1:, 1:] - np.outer(mean, mean), np.diag(np.concatenate([*rough, weights])))
    whole = np.zeros((len(values), turn.shape[1] + 1))
    whole[0, 0], whole[0, 1:], whole[1:, 1:] = 1.0, -(mean @ turn), turn
    basis = Basis(columns, whole, np.concatenate([[0.0], roughness]))
    basis.__dict__["grams"] = whole.T @ grams @ whole  # made already
    return basis


def _few_levels(x: Array) -> Array | None:
    """Distinct values, if they are few."""
    some = np.unique(x[: 8 * MOST_LEVELS])
    if some.size > MOST_LEVELS:
        return None
    levels = np.unique(x)
    return levels if levels.size <= MOST_LEVELS else None


def _splines(x: Array, starts: Whole) -> tuple[Splines, Array]:
    """Cubic splines of one parameter, and the integral of their second derivatives' products (K, K)."""
    from scipy.interpolate import BSpline  # slow to load, and few calls need it

    from engine.kernel.regressions import spline_rows

    scaled = (x - x.mean()) / x.std()
    knots = np.unique(np.quantile(scaled, np.linspace(0, 1, INTERIOR_KNOTS + 2)))
    ends = np.concatenate([np.repeat(knots[0], 3), knots, np.repeat(knots[-1], 3)])
    functions = knots.size + 2
    place, weight = np.empty(x.size, dtype=np.int64), np.empty((x.size, 4))
    spline_rows(scaled, knots, place, weight)
    # second derivatives are straight lines between knots: Simpson's rule is exact for their products
    bend = BSpline(ends, np.eye(functions), 3).derivative(2)
    width = np.diff(knots) / 6
    first, middle, last = bend(knots[:-1]), bend((knots[:-1] + knots[1:]) / 2), bend(knots[1:])
    penalty = sum(f.T @ (w[:, None] * f) for f, w in ((first, width), (middle, 4 * width), (last, width)))
    return Splines(place, weight, functions, starts), np.asarray(penalty)


def _orthonormal(gram: Array, penalty: Array) -> tuple[Array, Array]:
    """Combinations (K, k) of centred functions, orthonormal over the draws, with a penalty that is diagonal and rises.

    Parameters
    ----------
    gram : mean products of the functions over the draws.

    Scaled so that the first curved function has roughness 1. Functions that the others contain are left out.
    """
    size, turn = np.linalg.eigh(gram)
    kept = size > 1e-10 * size.max(initial=0.0)
    white = turn[:, kept] / np.sqrt(size[kept])
    rough, turn = np.linalg.eigh(white.T @ penalty @ white)
    rough = np.where(rough > 1e-9 * max(rough.max(initial=0.0), 1e-300), rough, 0.0)
    curved = rough[rough > 0]
    return np.asarray(white @ turn), rough / (curved[0] if curved.size else 1.0)


_Factors: TypeAlias = tuple[tuple[int, int], ...]


def _smoothest_products(rough: Sequence[Array], most: int) -> tuple[list[_Factors], Array]:
    """Products ((parameter, function), ...) of two and three parameters, least rough first, and how rough each is.

    The penalty of a product is as if its factors' penalties multiplied, and one more for each factor beyond the first.
    """
    found, weights = [], []
    for order, functions in ((2, 5), (3, 2)):
        if order == 3 and len(rough) > 8:
            break
        for together in combinations(range(len(rough)), order):
            sizes = [min(functions, rough[i].size) for i in together]
            which = np.indices(sizes).reshape(order, -1)
            product = np.ones(which.shape[1])
            for i, a in zip(together, which, strict=True):
                product = product * (1 + rough[i][a])
            weights.append(product - 1 + order - 1)
            place = np.full((6, which.shape[1]), -1)
            place[: 2 * order : 2], place[1 : 2 * order : 2] = np.array(together)[:, None], which
            found.append(place)
    if not found:
        return [], np.empty(0)
    places, weight = np.concatenate(found, axis=1), np.concatenate(weights)
    # equally rough ones in the order of their factors
    chosen = np.lexsort((*places[::-1], weight))[: max(0, most)]
    pairs = [tuple((int(i), int(a)) for i, a in places[:, k].reshape(3, 2) if i >= 0) for k in chosen]
    return pairs, weight[chosen]
