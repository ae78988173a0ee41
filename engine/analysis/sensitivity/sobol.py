"""Sobol' indices: the share of the outcome's variance that each parameter accounts for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import Array, check_outcomes, check_size, check_varies, unit_problem
from engine.errors import UsageError


@dataclass(frozen=True)
class Sobol:
    """First-order, second-order and total indices on n × (2D + 2) runs, by SALib.

    References
    ----------
    Sobol' (2001), doi:10.1016/S0378-4754(00)00270-6. Saltelli (2002), doi:10.1016/S0010-4655(02)00280-1,
    second order. Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018, design and estimators.
    """

    name: ClassVar[str] = "sobol"
    default_n: ClassVar[int] = 1024

    resamples: int = 100
    """Bootstrap resamples of the n base points, for the intervals."""
    level: float = 0.95
    """Of the intervals. On scrambled points the bootstrap makes them wider than they need be."""

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Saltelli's blocks of scrambled Sobol' points (n × (2D + 2), D).

        Raises
        ------
        UsageError : n is not a power of two, which the balance of Sobol' points needs.
        """
        from SALib.sample import sobol

        check_size(n, minimum=2, n_parameters=n_parameters)
        if n & (n - 1):
            raise UsageError(f"n: {n}; Sobol' points come in powers of two, such as {1 << (n.bit_length() - 1)}.")
        points = sobol.sample(unit_problem(n_parameters), n, calc_second_order=True, seed=seed)
        # Points are multiples of 2^-30, zero among them: taken at the middle of their cell, none is 0 or 1.
        return np.asarray(points, dtype=np.float64) + 2.0**-31

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`S1`, `S1_conf`, `ST`, `ST_conf` (parameter,) and `S2`, `S2_conf` (parameter, parameter_2).

        Second order above the diagonal only, NaN elsewhere. `_conf` is half the width of the interval.
        Estimates may fall outside [0, 1] by sampling error and are not clipped.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not n × (2D + 2) of them.
        """
        from SALib.analyze import sobol

        check_outcomes(x, y)
        d = x.shape[1]
        block = 2 * d + 2
        if y.size % block:
            raise UsageError(f"{y.size} runs are not n × {block}, as {d} parameters need.")
        # SALib divides by the variance at the base points alone, and answers 0 where there is none
        check_varies(np.concatenate([y[::block], y[block - 1 :: block]]), "base points")
        found = sobol.analyze(
            unit_problem(d),
            y,
            calc_second_order=True,
            num_resamples=self.resamples,
            conf_level=self.level,
            seed=seed + 1,  # SALib takes seed 0 for none
        )
        return {k: np.asarray(found[k], dtype=np.float64) for k in ("S1", "S1_conf", "ST", "ST_conf", "S2", "S2_conf")}
