"""PAWN: how far learning a parameter moves the distribution function of the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    GivenData,
    Groups,
    check_groups,
    check_outcomes,
    spread_over,
    two_sided_z,
)
from engine.errors import UsageError


@dataclass(frozen=True)
class Pawn(GivenData):
    """Kolmogorov-Smirnov distances between the outcome in slices of a parameter and in all n runs.

    `pawn_dummy` is the median distance for a parameter that does nothing: distances of a finite sample are never 0,
    and what lies below it is noise. A group's distance is the largest of its members'. The distances are
    counted from ranks, all slices at once, and equal SALib's, whose p-values of every slice cost most of its time.

    References
    ----------
    Pianosi & Wagener (2018), doi:10.1016/j.envsoft.2018.07.019, from any sample.
    Khorashadi Zadeh et al. (2017), doi:10.1016/j.envsoft.2017.02.001, the dummy parameter.
    """

    name: ClassVar[str] = "pawn"
    default_n: ClassVar[int] = 4096
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = True
    needs_independence: ClassVar[bool] = False

    slices: int = 10
    resamples: int = 100
    """Bootstrap resamples of the runs, for the intervals."""
    level: float = 0.95
    groups: Groups = ()

    def __post_init__(self) -> None:
        if self.slices < 2:
            raise UsageError(f"slices: {self.slices}; at least 2.")

    @property
    def minimum_n(self) -> int:
        """Twenty runs a slice."""
        return 20 * self.slices

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`pawn_median`, `pawn_max`, with `_conf` half the width of the interval (parameter,); `pawn_dummy` ().

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not one a run, or too few.
        """
        check_outcomes(x, y)
        self.design(x.shape[1], y.size, seed)
        groups = check_groups(self.groups, x.shape[1])
        rng = np.random.default_rng([seed, y.size])
        dummy = rng.random((y.size, 1))

        def both(u: Array, outcome: Array) -> Array:
            distance = slice_distances(u, outcome, self.slices)
            return np.stack([np.median(distance, axis=1), distance.max(axis=1)], axis=1)

        found = spread_over(groups, both(x, y))
        resampled = (rng.integers(y.size, size=y.size) for _ in range(self.resamples))
        deviation = np.std([spread_over(groups, both(x[r], y[r])) for r in resampled], axis=0, ddof=1)
        half = two_sided_z(self.level) * deviation
        return {
            "pawn_median": found[:, 0],
            "pawn_median_conf": half[:, 0],
            "pawn_max": found[:, 1],
            "pawn_max_conf": half[:, 1],
            "pawn_dummy": both(dummy, y)[0, 0],
        }


def slice_distances(x: Array, y: Array, slices: int) -> Array:
    """Kolmogorov-Smirnov distances (parameter, slice) of y in equally full slices of x from y in all runs."""
    order = np.argsort(y, kind="stable")
    # only at the last of equal outcomes has the distribution function made its whole step
    last = np.append(np.diff(y[order]) > 0, True)
    everywhere = np.arange(1, y.size + 1) / y.size
    found = np.empty((x.shape[1], slices))
    for i, u in enumerate(x.T):
        edges = np.quantile(u, np.linspace(0, 1, slices + 1)[1:-1])
        member = np.searchsorted(edges, u[order], side="right")
        for s in range(slices):
            within = member == s
            count = within.sum()
            step = np.cumsum(within) / max(int(count), 1)
            found[i, s] = np.abs(step - everywhere)[last].max() if count else 0.0
    return found
