"""Variance components of a table of mixtures, axis by axis in plain NumPy: what the fused loops are held to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.analysis.factorial import _CONSTANT, _average, _contrasts

Array = NDArray[np.float64]


def component_variances(table: Array, probability: Sequence[Array]) -> Array:
    """Variance component (2^G, O) of every set of assumptions; they add up to the variance. Row 0 is 0.

    Along each axis the table is written in a basis that is orthonormal under the weights and begins with the
    constant: a component is a sum of squared coefficients, so it cannot be negative.

    Parameters
    ----------
    table : (k_1, ..., k_G, O). probability : weights (k_i,) of each axis, positive, adding up to 1.

    References
    ----------
    Hoeffding (1948), doi:10.1214/aoms/1177730196. Sobol' (1993), Sensitivity estimates for nonlinear
    mathematical models. Efron, Stein (1981), doi:10.1214/aos/1176345462.
    """
    g = len(probability)
    c = table - table[(0,) * g]
    for axis, p in enumerate(probability):
        c = np.matmul(_contrasts(p), c.reshape(math.prod(c.shape[:axis]), p.size, -1)).reshape(table.shape)
    c *= c
    for axis in range(g):
        c = _constant_or_not(c, axis)
    components: Array = c.transpose(*reversed(range(g)), g).reshape(1 << g, -1).copy()
    components[0] = 0.0
    # an outcome that is constant but for rounding does not vary
    size = np.abs(table).max(axis=tuple(range(g)))
    components[:, np.sqrt(components.sum(axis=0)) <= _CONSTANT * size] = 0.0
    return components


def _constant_or_not(c: Array, axis: int) -> Array:
    first, rest = np.split(c, [1], axis=axis)
    return np.concatenate([first, rest.sum(axis=axis, keepdims=True)], axis=axis)


def total_variances(components: Array) -> Array:
    """E Var[Y | all other assumptions] (G, O): the components of all sets with the assumption."""
    return _by_member(components)


def shapley_variances(components: Array) -> Array:
    """Shapley effects (G, O) in units of variance: a component is divided equally within its set.

    References
    ----------
    Owen (2014), Sobol' indices and Shapley value, doi:10.1137/130936233.
    """
    sizes = np.bitwise_count(np.arange(components.shape[0], dtype=np.uint64))
    return _by_member(components / np.maximum(sizes, 1)[:, None])


def _by_member(components: Array) -> Array:
    g = components.shape[0].bit_length() - 1
    rows = [components.reshape(-1, 2, 1 << j, components.shape[1])[:, 1].sum(axis=(0, 1)) for j in range(g)]
    return np.stack(rows) if rows else np.zeros((0, components.shape[1]))


def mixture_mean(table: Array, probability: Sequence[Array]) -> Array:
    """Mean (O,) over all mixtures."""
    for axis in reversed(range(len(probability))):
        table = _average(table, axis, probability[axis])
    return table
