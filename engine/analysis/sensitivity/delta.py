"""Delta: how far learning a parameter moves the whole distribution of the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import Array, GivenData, check_outcomes, two_sided_z

# Cells of the grid on which densities of normal scores are compared.
_CELLS = 512


@dataclass(frozen=True)
class Delta(GivenData):
    """Borgonovo's moment-independent index from n runs, whatever the number of parameters and their dependence.

    Half the expected area between the density of the outcome and that with the parameter known: 0 if it
    says nothing, 1 if it says all. Estimated as by Plischke, Borgonovo & Smith, in classes of the parameter and
    bias-reduced by the bootstrap, with two changes. Densities are of the outcome's normal scores, which have no long
    tails to be lost between the points of a grid; the index is the same on every scale of the outcome. And both
    densities of a comparison are smoothed alike, so that an outcome with a few values only is compared rightly;
    SALib leaves out classes in which the outcome is constant, and so calls a parameter that decides it idle.

    References
    ----------
    Borgonovo (2007), doi:10.1016/j.ress.2006.04.015.
    Plischke, Borgonovo & Smith (2013), doi:10.1016/j.ejor.2012.11.047.
    """

    name: ClassVar[str] = "delta"
    default_n: ClassVar[int] = 2048
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = False

    resamples: int = 20
    """Bootstrap resamples, for the bias and the interval."""
    level: float = 0.95

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`delta`, `delta_conf` (parameter,), the latter half the width of the interval; `delta_dummy` ().

        `delta_dummy` is the index of a parameter that does nothing: what is not above it is noise.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not one a run, or too few.
        """
        from scipy.special import ndtri
        from scipy.stats import rankdata

        check_outcomes(x, y)
        self.design(x.shape[1], y.size, seed)
        n = y.size
        scores = ndtri((rankdata(y) - 0.5) / n)
        # classes of the parameter with equal numbers of runs, as many as the paper found best
        classes = min(int(np.ceil(n ** (2 / (7 + np.tanh((1500 - n) / 500))))), 48)
        rng = np.random.default_rng([seed, n])
        rows = [rng.integers(n, size=n) for _ in range(self.resamples)]
        columns = [*x.T, rng.random(n)]
        whole = np.array([density_distance(u, scores, classes) for u in columns])
        again = np.array([[density_distance(u[r], scores[r], classes) for r in rows] for u in columns])
        found = 2 * whole - again.mean(axis=1)
        half = two_sided_z(self.level) * again.std(axis=1, ddof=1)
        return {"delta": found[:-1], "delta_conf": half[:-1], "delta_dummy": found[-1]}


def density_distance(u: Array, scores: Array, classes: int) -> float:
    """Half the mean area between the density of normal scores (run,) in classes of u (run,) and in all runs."""
    n = scores.size
    member = np.empty(n, dtype=np.intp)
    member[np.argsort(u, kind="stable")] = np.arange(n) * classes // n
    # wide enough that what is smoothed over one edge of the periodic grid is not seen at the other
    low, width = -8.0, 16.0 / _CELLS
    cell = np.clip(((scores - low) / width).astype(np.intp), 0, _CELLS - 1)
    count = np.bincount(member * _CELLS + cell, minlength=classes * _CELLS).reshape(classes, _CELLS)
    size = count.sum(axis=1)
    mean = np.bincount(member, weights=scores, minlength=classes) / size
    spread = np.sqrt(np.maximum(np.bincount(member, weights=scores**2, minlength=classes) / size - mean**2, 0))
    bandwidth = np.maximum(spread * (0.75 * size) ** -0.2, width)  # Silverman's
    difference = count / size[:, None] - count.sum(axis=0) / n
    frequency = 2 * np.pi * np.fft.rfftfreq(_CELLS, width)
    kernel = np.exp(-((frequency * bandwidth[:, None]) ** 2) / 2)
    smooth = np.fft.irfft(np.fft.rfft(difference, axis=1) * kernel, _CELLS, axis=1)
    return float(size @ np.abs(smooth).sum(axis=1) / (2 * n))
