"""One parameter at a time: the mean outcome with the parameter low, and high. A tornado chart's bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import Array, check_outcomes, check_size, check_whole, sobol_points
from engine.analysis.summary import mean_over_draws
from engine.errors import UsageError


@dataclass(frozen=True)
class OneWay:
    """Mean over n points of the other parameters, with each parameter fixed at two of its quantiles.

    The other parameters vary, and in the same points for every bar, so a bar is what learning the
    parameter would do to the expected outcome rather than a step from an arbitrary point.
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

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < 1:
            raise UsageError(f"Quantiles {self.low} and {self.high}; 0 < low < high < 1 is needed.")

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """The base points, then all of them with parameter 0 low, with it high, with parameter 1 low, ...

        Returns
        -------
        (n × (1 + 2D), D).

        Raises
        ------
        UsageError : n is not a power of two.
        """
        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        points = np.tile(sobol_points(n_parameters, n, seed), (1 + 2 * n_parameters, 1, 1))
        for i in range(n_parameters):
            points[1 + 2 * i, :, i] = self.low
            points[2 + 2 * i, :, i] = self.high
        return points.reshape(-1, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`low_outcome`, `high_outcome` (parameter,) and `base_outcome` (), in the outcome's unit.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not this design's points.
        """
        check_outcomes(x, y)
        blocks = 1 + 2 * x.shape[1]
        check_whole(x, blocks)
        points = x.reshape(blocks, -1, x.shape[1])
        for i in range(x.shape[1]):
            if (points[1 + 2 * i, :, i] != self.low).any() or (points[2 + 2 * i, :, i] != self.high).any():
                raise UsageError("These points are not each parameter low and high in turn, in the design's order.")
        mean = mean_over_draws(y.reshape(blocks, -1))
        return {"low_outcome": mean[1::2], "high_outcome": mean[2::2], "base_outcome": mean[0]}

    def places(self, measures: dict[str, Array]) -> dict[str, tuple[NDArray[np.intp], Array]]:
        """Columns and quantiles whose values belong beside the measures."""
        columns = np.arange(measures["low_outcome"].size)
        return {f"{side}_value": (columns, np.full(columns.size, getattr(self, side))) for side in ("low", "high")}
