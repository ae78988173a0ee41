"""DGSM: mean squared derivatives, which bound the total index from above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    check_outcomes,
    check_size,
    check_varies,
    check_whole,
    inside,
    sobol_points,
    two_sided_z,
)
from engine.errors import RunError, UsageError


@dataclass(frozen=True)
class Dgsm:
    """Mean squared derivative by each parameter's normal score over the variance, on n × (D + 1) runs.

    Derivatives are by the normal score z of the parameter rather than by its place u in the unit cube: by
    u the mean square is infinite for a normal law, by z it is finite for all of ours, and the bound is an
    equality for an outcome linear in normal parameters. Poincaré's constant of the normal law is 1, so

        ST <= dgsm = E[(∂f/∂z)²] / Var f.

    A step is up or down by lot, so that curvature does not add to it. Written here rather than with SALib,
    whose steps are relative to u, may end on the cube's face, and know no seed, and whose interval is in
    other units than its index.

    Discrete parameters are refused: they have no derivative.

    References
    ----------
    Sobol' & Kucherenko (2009), doi:10.1016/j.matcom.2009.01.023.
    Lamboni, Iooss, Popelin & Gamboa (2013), doi:10.1016/j.matcom.2013.02.002, other laws than the uniform.
    """

    name: ClassVar[str] = "dgsm"
    default_n: ClassVar[int] = 1024
    minimum_n: ClassVar[int] = 16
    allows_discrete: ClassVar[bool] = False
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True

    step: float = 0.01
    """In standard deviations of the normal score."""
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 1e-5 <= self.step <= 0.5:
            raise UsageError(f"step: {self.step}; between 0.00001 and 0.5 standard deviations.")

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """The base points, then all of them with parameter 0 a step away, with parameter 1, ... (n × (D + 1), D).

        Raises
        ------
        UsageError : n below 16 or not a power of two.
        """
        from scipy.special import ndtr, ndtri

        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        base = sobol_points(n_parameters, n, seed)
        sign = np.random.default_rng([seed, n]).choice([-1.0, 1.0], size=base.shape)
        moved = inside(ndtr(ndtri(base) + self.step * sign))
        points = np.tile(base, (n_parameters + 1, 1, 1))
        for i in range(n_parameters):
            points[i + 1, :, i] = moved[:, i]
        return points.reshape(-1, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`dgsm`, `dgsm_conf` (parameter,), the latter half the width of a normal interval.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not a design of the method.
        """
        from scipy.special import ndtri

        check_outcomes(x, y)
        d = x.shape[1]
        check_whole(x, d + 1)
        points, outcome = x.reshape(d + 1, -1, d), y.reshape(d + 1, -1)
        if ((points[1:] != points[0]) != np.eye(d, dtype=bool)[:, None, :]).any():
            raise UsageError("These points are not base points, each followed by a step of every parameter.")
        check_varies(outcome[0], "base points")
        step = np.stack([ndtri(points[i + 1, :, i]) - ndtri(points[0, :, i]) for i in range(d)])
        squared = ((outcome[1:] - outcome[0]) / step) ** 2
        variance = outcome[0].var(ddof=1)
        found = squared.mean(axis=1) / variance
        if not np.isfinite(found).all():
            raise RunError("A derivative is too large to be squared; choose another outcome or another method.")
        # of a ratio of two means over the same base points
        spread = (outcome[0] - outcome[0].mean()) ** 2
        residual = (squared - found[:, None] * spread) / variance
        half = two_sided_z(self.level) * residual.std(axis=1, ddof=1) / np.sqrt(spread.size)
        return {"dgsm": found, "dgsm_conf": half}
