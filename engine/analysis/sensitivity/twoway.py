"""Two parameters at a time: the mean outcome over a grid of their quantiles. A heat map's cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import (
    Array,
    check_outcomes,
    check_size,
    check_whole,
    sample_points,
    sobol_points,
)
from engine.errors import UsageError
from engine.spec.check_sizes import TWO_WAY_NEEDS

_PILOT = 2048
_SCREEN = 6
"""Slices of each parameter by which pairs are ranked."""


@dataclass(frozen=True)
class TwoWay:
    """Mean over n points of the other parameters, with two parameters fixed at each pair of their quantiles.

    As in the one-way analysis the other parameters vary, in the same points for every cell. Without `pairs`
    the `top` pairs that together explain most of the variance are found first, from a pilot sample:
    the variance of the mean outcome over the cells of a coarse grid, less what noise adds to it.
    `two_way_interaction` is the share of a surface's variance that no sum of two curves gives.
    """

    name: ClassVar[str] = "twoway"
    default_n: ClassVar[int] = 64
    minimum_n: ClassVar[int] = 2
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True

    pairs: tuple[tuple[int, int], ...] = ()
    top: int = 3
    levels: tuple[float, ...] = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)

    def __post_init__(self) -> None:
        ordered = all(a < b for a, b in zip((0.0, *self.levels), (*self.levels, 1.0), strict=True))
        if len(self.levels) < 2 or not ordered:
            raise UsageError(f"levels: {self.levels}; at least two quantiles between 0 and 1, ascending.")
        if self.top < 1 or any(i == j for i, j in self.pairs):
            raise UsageError("At least one pair, of two different parameters, is needed.")

    def focus(self, function: Callable[[Array], Array], n_parameters: int, seed: int) -> tuple[TwoWay, int]:
        """This method with its pairs chosen, and the runs that it took.

        Raises
        ------
        UsageError : fewer than two parameters. RunError : outcomes that are not finite or do not vary.
        """
        if n_parameters < 2:
            raise UsageError(TWO_WAY_NEEDS)
        if self.pairs:
            return self, 0
        x = sample_points(n_parameters, _PILOT, seed)
        y = np.asarray(function(x), dtype=np.float64)
        check_outcomes(x, y)
        return replace(self, pairs=rank_pairs(x, y)[: self.top]), _PILOT

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Pair by pair, level by level of its first and then of its second parameter, the base points.

        Returns
        -------
        (pairs × levels × levels × n, D).

        Raises
        ------
        UsageError : n is not a power of two, no pairs chosen, or one of a column that does not exist.
        """
        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        if not self.pairs or any(not 0 <= i < n_parameters for pair in self.pairs for i in pair):
            raise UsageError(f"pairs: {self.pairs}; pairs of columns below {n_parameters} are needed.")
        base = sobol_points(n_parameters, n, seed)
        count = len(self.levels)
        points = np.tile(base, (len(self.pairs), count, count, 1, 1))
        level = np.array(self.levels)
        for k, (i, j) in enumerate(self.pairs):
            points[k, :, :, :, i] = level[:, None, None]
            points[k, :, :, :, j] = level[None, :, None]
        return points.reshape(-1, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`two_way_outcome` (parameter_pair, level, level_2) and `two_way_interaction` (parameter_pair,).

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not this design's points.
        """
        check_outcomes(x, y)
        count = len(self.levels)
        check_whole(x, len(self.pairs) * count * count)
        points = x.reshape(len(self.pairs), count, count, -1, x.shape[1])
        level = np.array(self.levels)
        for k, (i, j) in enumerate(self.pairs):
            if (points[k, ..., i] != level[:, None, None]).any() or (points[k, ..., j] != level[None, :, None]).any():
                raise UsageError("These points are not grids of the pairs' quantiles, in the order of the design.")
        surface = y.reshape(len(self.pairs), count, count, -1).mean(axis=3)
        mean = surface.mean(axis=(1, 2), keepdims=True)
        row, column = surface.mean(axis=2, keepdims=True), surface.mean(axis=1, keepdims=True)
        whole = ((surface - mean) ** 2).sum(axis=(1, 2))
        rest = ((surface - row - column + mean) ** 2).sum(axis=(1, 2))
        share = np.divide(rest, whole, out=np.zeros_like(whole), where=whole > 0)
        return {"two_way_outcome": surface, "two_way_interaction": share}

    def coordinates(self, names: Sequence[str]) -> dict[str, Any]:
        """Names of the pairs and of their parameters, and the quantile levels."""
        return {
            "parameter_pair": [f"{names[i]} × {names[j]}" for i, j in self.pairs],
            "first_parameter": ("parameter_pair", [names[i] for i, _ in self.pairs]),
            "second_parameter": ("parameter_pair", [names[j] for _, j in self.pairs]),
            "level": list(self.levels),
            "level_2": list(self.levels),
        }

    def places(self, measures: dict[str, Array]) -> dict[str, tuple[NDArray[np.intp], Array]]:
        """Columns and quantiles whose values belong beside the measures."""
        level = np.tile(self.levels, (len(self.pairs), 1))
        columns = np.array(self.pairs, dtype=np.intp)
        return {
            "first_value": (np.broadcast_to(columns[:, :1], level.shape), level),
            "second_value": (np.broadcast_to(columns[:, 1:], level.shape), level),
        }


def rank_pairs(x: Array, y: Array) -> tuple[tuple[int, int], ...]:
    """Pairs of columns, the one that explains most first, from any sample (run, parameter) of independent draws."""
    slice_of = np.minimum((np.argsort(np.argsort(x, axis=0), axis=0) * _SCREEN) // x.shape[0], _SCREEN - 1)
    explained = {}
    for i, j in combinations(range(x.shape[1]), 2):
        cell = slice_of[:, i] * _SCREEN + slice_of[:, j]
        count = np.bincount(cell, minlength=_SCREEN**2)
        used = count > 0
        mean = np.bincount(cell, weights=y - y.mean(), minlength=_SCREEN**2)[used] / count[used]
        between = count[used] @ mean**2 / y.size
        within = max(y.var() - between, 0.0)
        explained[i, j] = between - within * (used.sum() - 1) / max(y.size - used.sum(), 1)
    return tuple(sorted(explained, key=lambda pair: -explained[pair]))
