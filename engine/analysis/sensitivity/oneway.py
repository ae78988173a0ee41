"""One parameter at a time: the mean outcome with the parameter low, and high. A tornado chart's bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import Array, check_outcomes, check_size, check_whole, sobol_points
from engine.analysis.summary import mean_over_draws
from engine.errors import UsageError


@dataclass(frozen=True)
class OneWay:
    """Mean over n points of the other parameters, with each parameter fixed at two of its quantiles.

    The other parameters vary, and in the same points for every bar, so a bar is what learning the
    parameter would do to the expected outcome rather than a step from an arbitrary point. A choice has no quantiles: it
    is fixed at each alternative in turn, and its bar goes from that with the lowest mean outcome to the highest.
    Shows direction and size, no interactions; the ranking by variance is `sobol`'s.
    """

    name: ClassVar[str] = "oneway"
    default_n: ClassVar[int] = 256
    minimum_n: ClassVar[int] = 1
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True

    low: float = 0.05
    high: float = 0.95
    alternatives: tuple[tuple[int, tuple[float, ...]], ...] = ()
    """Columns of choices, each with a point of (0, 1) for every alternative, NaN for one that is never taken."""

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < 1:
            raise UsageError(f"Quantiles {self.low} and {self.high}; 0 < low < high < 1 is needed.")
        for column, points in self.alternatives:
            taken = [u for u in points if not isnan(u)]
            if not taken or not all(0 < u < 1 for u in taken):
                raise UsageError(f"alternatives: column {column} has {points}; points between 0 and 1 are needed.")

    def levels(self, n_parameters: int) -> list[tuple[float, ...]]:
        """Points at which each parameter is fixed.

        Raises
        ------
        UsageError : alternatives of a column that does not exist.
        """
        found: list[tuple[float, ...]] = [(self.low, self.high)] * n_parameters
        for column, points in self.alternatives:
            if not 0 <= column < n_parameters:
                raise UsageError(f"alternatives: column {column}; columns below {n_parameters}.")
            found[column] = tuple(u for u in points if not isnan(u))
        return found

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """The base points, then all of them with parameter 0 low, with it high, with parameter 1 low, ...

        Returns
        -------
        (n × (1 + 2D), D), with as many blocks as alternatives for a choice instead of 2.

        Raises
        ------
        UsageError : n is not a power of two.
        """
        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        fixed = [(i, u) for i, points in enumerate(self.levels(n_parameters)) for u in points]
        points = np.tile(sobol_points(n_parameters, n, seed), (1 + len(fixed), 1, 1))
        for k, (i, u) in enumerate(fixed):
            points[1 + k, :, i] = u
        return points.reshape(-1, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`low_outcome`, `high_outcome` (parameter,) and `base_outcome` (), in the outcome's unit; with choices also
        `alternative_outcome` (parameter, alternative), NaN of what is none.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not this design's points.
        """
        check_outcomes(x, y)
        levels = self.levels(x.shape[1])
        blocks = 1 + sum(map(len, levels))
        check_whole(x, blocks)
        points = x.reshape(blocks, -1, x.shape[1])
        mean = mean_over_draws(y.reshape(blocks, -1))
        low, high = np.empty(x.shape[1]), np.empty(x.shape[1])
        of_choices = np.full((x.shape[1], max((len(u) for _, u in self.alternatives), default=0)), np.nan)
        choices = dict(self.alternatives)
        start = 1
        for i, u in enumerate(levels):
            stop = start + len(u)
            if (points[start:stop, :, i] != np.array(u)[:, None]).any():
                raise UsageError("These points are not each parameter low and high in turn, in the design's order.")
            ends = mean[start:stop]
            low[i], high[i] = (ends.min(), ends.max()) if i in choices else ends
            if i in choices:
                of_choices[i, np.flatnonzero(np.isfinite(choices[i]))] = ends
            start = stop
        found = {"low_outcome": low, "high_outcome": high, "base_outcome": mean[0]}
        return found | {"alternative_outcome": of_choices} if choices else found

    def places(self, measures: dict[str, Array]) -> dict[str, tuple[NDArray[np.intp], Array]]:
        """Columns and quantiles whose values belong beside the measures."""
        columns = np.arange(measures["low_outcome"].size)
        low, high = np.full(columns.size, self.low), np.full(columns.size, self.high)
        for column, points in self.alternatives:
            ends = measures["alternative_outcome"][column]
            low[column], high[column] = points[int(np.nanargmin(ends))], points[int(np.nanargmax(ends))]
        return {"low_value": (columns, low), "high_value": (columns, high)}

    def coordinates(self, names: Sequence[str]) -> dict[str, Any]:
        """Numbers of the alternatives, where there are choices."""
        most = max((len(points) for _, points in self.alternatives), default=0)
        return {"alternative": list(range(most))} if most else {}
