"""Morris' screening: elementary effects along random walks over a coarse grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import Array, check_outcomes, check_size, unit_problem
from engine.errors import UsageError

# The grid's ends are 0 and 1, where many laws have infinite quantiles.
_EDGE = 0.005


@dataclass(frozen=True)
class Morris:
    """Mean, mean size and spread of elementary effects on n trajectories of D + 1 runs, by SALib.

    The grid lies on each parameter's range from its 0.5 % to its 99.5 % quantile, and an effect is per
    unit of that range: a linear function b u of one parameter has the effect 0.99 b.

    References
    ----------
    Morris (1991), Technometrics 33:161-174. Campolongo, Cariboni & Saltelli (2007),
    doi:10.1016/j.envsoft.2006.10.004, for mu_star.
    """

    name: ClassVar[str] = "morris"
    default_n: ClassVar[int] = 64

    levels: int = 4
    """Of the grid; even, so that all are visited alike."""
    resamples: int = 1000
    """Bootstrap resamples of the trajectories, for the interval of `mu_star`."""
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.levels < 2 or self.levels % 2:
            raise UsageError(f"levels: {self.levels}; an even number of levels is needed.")

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Trajectories (n × (D + 1), D), each run differing from the one before in one parameter.

        Raises
        ------
        UsageError : n below 2, from which there is no spread.
        """
        from SALib.sample import morris

        check_size(n, minimum=2, n_parameters=n_parameters)
        grid = morris.sample(unit_problem(n_parameters), n, num_levels=self.levels, seed=seed)
        return _EDGE + (1 - 2 * _EDGE) * np.asarray(grid, dtype=np.float64)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`mu`, `mu_star`, `mu_star_conf` (half the interval's width) and `sigma` (parameter,), in the outcome's unit.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not n × (D + 1) of them.
        """
        from SALib.analyze import morris

        check_outcomes(x, y)
        d = x.shape[1]
        if y.size % (d + 1):
            raise UsageError(f"{y.size} runs are not n × {d + 1}, as {d} parameters need.")
        # SALib reads from x only which parameter moved and in which direction, the step from the levels
        found = morris.analyze(
            unit_problem(d),
            x,
            np.asarray(y, dtype=np.float64),
            num_resamples=self.resamples,
            conf_level=self.level,
            num_levels=self.levels,
            seed=seed + 1,  # as for Sobol' indices
        )
        return {
            k: np.ma.filled(np.ma.asarray(found[k], dtype=np.float64), np.nan)
            for k in ("mu", "mu_star", "mu_star_conf", "sigma")
        }
