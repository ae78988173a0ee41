"""Morris' screening: elementary effects along random walks over a coarse grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    Groups,
    check_groups,
    check_outcomes,
    check_size,
    check_whole,
    unit_problem,
)
from engine.errors import UsageError

# The grid's ends are 0 and 1, where many laws have infinite quantiles.
_EDGE = 0.005


@dataclass(frozen=True)
class Morris:
    """Mean, mean size and spread of elementary effects on n trajectories of G + 1 runs, by SALib; G groups.

    The grid lies on each parameter's range from its 0.5 % to its 99.5 % quantile, and an effect is per
    unit of that range: a linear function b u of one parameter has the effect 0.99 b. The parameters of a group move
    together, each up or down by lot, so that a group has a size of effect, but no mean and no spread.

    Discrete parameters are refused: a step of the grid may cross several of their values or none, and values
    without an order have no step at all.

    References
    ----------
    Morris (1991), Technometrics 33:161-174. Campolongo, Cariboni & Saltelli (2007),
    doi:10.1016/j.envsoft.2006.10.004, for mu_star.
    """

    name: ClassVar[str] = "morris"
    default_n: ClassVar[int] = 64
    minimum_n: ClassVar[int] = 2
    allows_discrete: ClassVar[bool] = False
    allows_groups: ClassVar[bool] = True
    needs_independence: ClassVar[bool] = True

    levels: int = 4
    """Of the grid; even, so that all are visited alike."""
    resamples: int = 1000
    """Bootstrap resamples of the trajectories, for the interval of `mu_star`."""
    level: float = 0.95
    groups: Groups = ()

    def __post_init__(self) -> None:
        if self.levels < 2 or self.levels % 2:
            raise UsageError(f"levels: {self.levels}; an even number of levels is needed.")

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Trajectories (n × (G + 1), D), each run differing from the one before in one group of parameters.

        Raises
        ------
        UsageError : n below 2, from which there is no spread, or groups that are no partition.
        """
        from SALib.sample import morris

        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        grid = morris.sample(self._problem(n_parameters), n, num_levels=self.levels, seed=seed)
        return _EDGE + (1 - 2 * _EDGE) * np.asarray(grid, dtype=np.float64)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`mu`, `mu_star`, `mu_star_conf` (half the interval's width) and `sigma` (group,), in the outcome's unit.

        `mu` and `sigma` are NaN for groups of several parameters.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary.
        UsageError : points that are not trajectories, or not one outcome for each.
        """
        from SALib.analyze import morris

        check_outcomes(x, y)
        d = x.shape[1]
        groups = check_groups(self.groups, d)
        check_whole(x, len(groups) + 1)
        self._check_trajectories(x, groups)
        # SALib reads from x only which parameter moved and in which direction, the step from the levels
        found = morris.analyze(
            self._problem(d),
            x,
            np.asarray(y, dtype=np.float64),
            num_resamples=self.resamples,
            conf_level=self.level,
            num_levels=self.levels,
            seed=seed + 1,  # SALib takes seed 0 for none
        )
        order = [list(found["names"]).index(name) for name in self._names(len(groups))]
        measures = {
            k: np.ma.filled(np.ma.asarray(found[k], dtype=np.float64), np.nan)[order]
            for k in ("mu", "mu_star", "mu_star_conf", "sigma")
        }
        several = np.array([len(group) > 1 for group in groups])
        for k in ("mu", "sigma"):  # SALib's means over members with signs of their own
            measures[k][several] = np.nan
        return measures

    @staticmethod
    def _names(count: int) -> list[str]:
        return [f"group {g}" for g in range(count)]

    def _problem(self, n_parameters: int) -> dict[str, object]:
        problem, groups = unit_problem(n_parameters), check_groups(self.groups, n_parameters)
        if self.groups:
            of = {i: name for name, group in zip(self._names(len(groups)), groups, strict=True) for i in group}
            return {**problem, "groups": [of[i] for i in range(n_parameters)]}
        return {**problem, "names": self._names(n_parameters)}

    @staticmethod
    def _check_trajectories(x: Array, groups: Groups) -> None:
        """Effects would be taken for those of other parameters if the runs were in another order."""
        trajectories = x.reshape(-1, len(groups) + 1, x.shape[1])
        moved = np.diff(trajectories, axis=1) != 0  # (trajectory, step, parameter)
        whole = np.stack([moved[..., list(g)].all(axis=2) for g in groups], axis=2)
        one = np.stack([moved[..., list(g)].any(axis=2) for g in groups], axis=2)
        if not ((whole == one).all() and (one.sum(axis=1) == 1).all() and (one.sum(axis=2) == 1).all()):
            raise UsageError("These points are not trajectories that move one parameter, or group, at a time.")
