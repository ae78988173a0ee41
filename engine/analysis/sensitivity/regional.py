"""Regional sensitivity: which parameters tell the runs that lose money from those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import Array, GivenData, check_outcomes
from engine.errors import UsageError

_ONE_AT_A_TIME = Lock()
"""SALib sets the process's filter of warnings, which threads share."""


@dataclass(frozen=True)
class Regional(GivenData):
    """Distance between each parameter's distribution in runs below a threshold and in the others, from n runs.

    `regional_ks` is the Kolmogorov-Smirnov distance of Hornberger and Spear's split, `regional_p` the
    probability of one as large for a parameter that does nothing. `regional_shift` is the median place of the
    parameter, as a quantile, below the threshold minus above it: its sign says which way money is lost.
    `regional_cvm` is SALib's Cramér-von Mises distance for every tenth of the outcome, lowest first.

    References
    ----------
    Hornberger & Spear (1981), Journal of Environmental Management 12:7-18.
    Pianosi et al. (2016), doi:10.1016/j.envsoft.2016.02.008.
    """

    name: ClassVar[str] = "regional"
    default_n: ClassVar[int] = 2048
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = False

    threshold: float | None = 0.0
    """Of the outcome. Its median if None, or if fewer than `fewest` runs are on one side."""
    fewest: int = 20
    regions: int = 10

    def __post_init__(self) -> None:
        if self.regions < 2 or self.fewest < 2:
            raise UsageError(f"regions: {self.regions}, fewest: {self.fewest}; at least 2.")

    @property
    def minimum_n(self) -> int:
        """Twenty runs a region, and 200 at least."""
        return max(super().minimum_n, 20 * self.regions)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`regional_ks`, `regional_p`, `regional_shift` (parameter,), `regional_cvm` (parameter, region),
        `regional_threshold` and `regional_share` (), the threshold used and the share of runs below it.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not one a run, or too few.
        """
        from SALib.analyze.rsa import rsa
        from scipy.stats import ks_2samp

        check_outcomes(x, y)
        self.design(x.shape[1], y.size, seed)
        threshold = self.threshold
        if threshold is None or not self.fewest <= (y < threshold).sum() <= y.size - self.fewest:
            threshold = float(np.median(y))
            # half of the runs may share the lowest value
            threshold = threshold if (y < threshold).any() else float(y[y > threshold].min())
        below = y < threshold
        tests = [ks_2samp(u[below], u[~below], method="asymp") for u in x.T]
        with _ONE_AT_A_TIME:
            distances = rsa(x, y, self.regions, target="Y")
        return {
            "regional_ks": np.array([t.statistic for t in tests], dtype=np.float64),
            "regional_p": np.array([t.pvalue for t in tests], dtype=np.float64),
            "regional_shift": np.median(x[below], axis=0) - np.median(x[~below], axis=0),
            "regional_cvm": np.asarray(distances, dtype=np.float64).T,
            "regional_threshold": np.array(threshold),
            "regional_share": np.array(below.mean()),
        }
