"""RBD-FAST: first-order indices of any sample, from the spectrum of the outcome sorted by a parameter."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import (
    Array,
    GivenData,
    check_outcomes,
    two_sided_z,
)
from engine.errors import EngineWarning, UsageError


@dataclass(frozen=True)
class RbdFast(GivenData):
    """First-order indices from n runs whatever the number of parameters; spectra by SALib.

    Noise in the first harmonics looks like an effect: its expected part, λ/(1 - λ) of what is not explained
    with λ = 2 harmonics / n, is subtracted, and a warning says when that was more than 5 %. The interval is from
    random halves of the runs; SALib's is from halves drawn with replacement, which doubles points.

    Discrete parameters are refused: a jump needs more harmonics than are counted.

    References
    ----------
    Tarantola, Gatelli & Mara (2006), doi:10.1016/j.ress.2005.06.003. Plischke (2010),
    doi:10.1016/j.ress.2009.11.005, for any sample. Tissot & Prieur (2012), doi:10.1016/j.ress.2012.06.010, bias.
    """

    name: ClassVar[str] = "rbd_fast"
    default_n: ClassVar[int] = 2048
    allows_discrete: ClassVar[bool] = False
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True

    harmonics: int = 10
    resamples: int = 50
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 1 <= self.harmonics <= self.minimum_n // 10:
            raise UsageError(f"harmonics: {self.harmonics}; 1 to {self.minimum_n // 10}.")

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`S1`, `S1_conf` (parameter,).

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not one a run, or too few.
        """
        from SALib.analyze.rbd_fast import compute_first_order, permute_outputs, unskew_S1

        check_outcomes(x, y)
        self.design(x.shape[1], y.size, seed)
        share = 2 * self.harmonics / y.size
        if share / (1 - share) > 0.05:
            warnings.warn(
                f"RBD-FAST of {y.size} runs corrects for a bias of up to {share / (1 - share):.0%} of the variance; "
                f"{42 * self.harmonics} runs keep it below 5 %.",
                EngineWarning,
                stacklevel=2,
            )

        def first_order(rows: NDArray[np.intp]) -> Array:
            columns = (compute_first_order(permute_outputs(u, y[rows]), self.harmonics) for u in x[rows].T)
            return np.array([unskew_S1(s, self.harmonics, rows.size) for s in columns])

        deviation = half_sample_deviation(first_order, y.size, self.resamples, seed)
        return {"S1": first_order(np.arange(y.size)), "S1_conf": two_sided_z(self.level) * deviation}


def half_sample_deviation(statistic: Callable[[NDArray[np.intp]], Array], n: int, resamples: int, seed: int) -> Array:
    """Standard error of a statistic of n runs: its standard deviation over random halves.

    Half of the rows without replacement deviate from all rows as all rows do from the truth. Drawing with
    replacement would put equal points beside each other, which methods that sort points take for signal.

    References
    ----------
    Shao & Wu (1989), doi:10.1214/aos/1176347263, the delete-d jackknife.
    """
    rng = np.random.default_rng([seed, n])
    found = [statistic(np.sort(rng.permutation(n)[: n // 2])) for _ in range(resamples)]
    return np.asarray(np.std(found, axis=0, ddof=1), dtype=np.float64)
