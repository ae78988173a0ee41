"""Sobol' indices: the share of the outcome's variance that each parameter accounts for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    Groups,
    check_groups,
    check_outcomes,
    check_size,
    check_varies,
    two_sided_z,
)
from engine.analysis.sensitivity.saltelli import Mixtures, Progress, Saltelli, SaltelliRun, Transform
from engine.analysis.sensitivity.sobol_sums import Estimates
from engine.errors import UsageError

_ROWS = 256
"""Base points whose products are formed at a time: for 40 groups 1.6 MB, which stay in the processor's cache."""


@dataclass(frozen=True)
class Sobol:
    """First-order, total and second-order indices on n × (2D + 2) runs, or n × (D + 2) without second order.

    Estimates are those of SALib on the same outcomes. Discrete parameters are fine; groups must be independent of each
    other, while members of a group need not be.

    References
    ----------
    Sobol' (2001), doi:10.1016/S0378-4754(00)00270-6. Saltelli (2002), doi:10.1016/S0010-4655(02)00280-1,
    second order. Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018, design and first order. Jansen (1999),
    doi:10.1016/S0010-4655(98)00154-4, total.
    """

    name: ClassVar[str] = "sobol"
    default_n: ClassVar[int] = 1024
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = True
    needs_independence: ClassVar[bool] = True

    groups: Groups = ()
    """Parameters that count as one; every parameter by itself without any."""
    second_order: bool = True
    intervals: Literal["scrambles", "bootstrap"] = "scrambles"
    """From the spread over the design's independent scrambles, which is right; or by resampling the base points, as
    SALib does, which on scrambled points is several times too wide."""
    level: float = 0.95
    resamples: int = 100
    """Of the bootstrap."""

    def __post_init__(self) -> None:
        if self.intervals not in ("scrambles", "bootstrap"):
            raise UsageError(f"intervals: '{self.intervals}'; scrambles or bootstrap.")
        if self.resamples < 2:
            raise UsageError(f"resamples: {self.resamples}; at least 2.")
        two_sided_z(self.level)

    def saltelli(self, n_parameters: int, n: int, seed: int) -> Saltelli:
        """The design as a rule, which takes no memory.

        Raises
        ------
        UsageError : n is not a power of two, which the balance of Sobol' points needs; or groups that are none.
        """
        check_size(n, minimum=2, n_parameters=n_parameters)
        return Saltelli(n_parameters, n, seed, check_groups(self.groups, n_parameters), self.second_order)

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """All runs (n × blocks, D), in SALib's order.

        Raises
        ------
        UsageError : as `saltelli`.
        """
        rule = self.saltelli(n_parameters, n, seed)
        return rule.mix(*rule.base(0, n)).reshape(rule.runs, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`S1`, `S1_conf`, `ST`, `ST_conf` (parameter,) and `S2`, `S2_conf` (parameter, parameter_2).

        Second order above the diagonal only, NaN elsewhere. `_conf` is half the width of the interval.
        Estimates may fall outside [0, 1] by sampling error and are not clipped.

        Parameters
        ----------
        seed : of the bootstrap; and of the design, where the intervals are those of its scrambles.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary.
        UsageError : not n × blocks of them, or points of another design: other mixtures, another order of the runs,
            or with `scrambles` another seed.
        """
        check_outcomes(x, y)
        d = x.shape[1]
        rule = self.saltelli(d, 2, seed)
        if y.size % rule.blocks:
            raise UsageError(
                f"{y.size} runs are not n × {rule.blocks}, as {len(rule.columns)} parameters or groups need."
            )
        rule = replace(rule, n=y.size // rule.blocks)
        points = x.reshape(rule.n, rule.blocks, d)
        if self.intervals == "bootstrap":
            _check_mixtures(rule, points)
            return self._measures(self._bootstrap(y.reshape(rule.n, rule.blocks), rule, seed))
        done = 0

        def look_up(expected: Array) -> Array:
            nonlocal done
            start, done = done, done + expected.shape[0]
            if not np.array_equal(x[start:done], expected):
                raise UsageError(
                    f"These points are not those of seed {seed} in their order, so the outcomes cannot be attributed. "
                    "Give the design's own seed, or intervals='bootstrap' for another generator's points."
                )
            return y[start:done]

        # as if the points were run now: the same sums come out
        run = SaltelliRun(look_up, rule)
        run.advance(rule.n)
        return self._measures(run.sums.indices(self.level).aggregated)

    def measure(
        self,
        function: Callable[[Array], Array] | Mixtures,
        n_parameters: int,
        n: int,
        seed: int,
        *,
        transform: Transform | None = None,
        progress: Progress | None = None,
    ) -> tuple[dict[str, Array], int]:
        """Design, runs and analysis in one, without the design in memory: measures as `analyze`, and number of runs.

        Parameters
        ----------
        function : values (run, D) -> outcomes (run,); points of the cube, unless `transform` makes values of them. Or
            `Mixtures` of one outcome.
        transform : points (m, D) -> values (m, D), column by column.

        Raises
        ------
        RunError, UsageError : as `analyze` and `design`.
        """
        rule = self.saltelli(n_parameters, n, seed)
        bootstrap = self.intervals == "bootstrap"

        def one_number(x: Array) -> Array:
            y = np.asarray(function(x), dtype=np.float64)
            if y.shape != (x.shape[0],):
                raise UsageError(f"{x.shape[0]} runs have outcomes of shape {y.shape}; one number a run.")
            return y

        evaluate = function if isinstance(function, Mixtures) else one_number
        run = SaltelliRun(evaluate, rule, transform=transform, keep=bootstrap, progress=progress, n_outcomes=1)
        run.advance(n)
        if bootstrap:
            return self._measures(self._bootstrap(run.outcomes[..., 0], rule, seed)), rule.runs
        return self._measures(run.sums.indices(self.level).aggregated), rule.runs

    def _bootstrap(self, y: Array, rule: Saltelli, seed: int) -> Estimates:
        # indices are shares of the variance at the base points alone
        check_varies(y[:, [0, -1]].ravel(), "base points")
        return bootstrap_indices(
            y, len(rule.columns), second_order=self.second_order, resamples=self.resamples, level=self.level, seed=seed
        )

    def _measures(self, found: Estimates) -> dict[str, Array]:
        names = ("S1", "S1_conf", "ST", "ST_conf", "S2", "S2_conf")
        return {name: value for name, value in zip(names, found, strict=True) if value is not None}


def bootstrap_indices(
    y: Array, n_groups: int, *, second_order: bool = True, resamples: int = 100, level: float = 0.95, seed: int
) -> Estimates:
    """Sobol' indices with the row bootstrap of SALib, to rounding the same numbers, as products of matrices.

    How often each base point is drawn in each resample is a matrix of counts (resample, n); all indices of all
    resamples are its products with columns that are formed once. SALib gathers the drawn rows afresh for each index.

    Parameters
    ----------
    y : outcomes (n, blocks) of a Saltelli design, finite and not constant.
    seed : SALib's, except that 0 is a seed here and none there.

    Returns
    -------
    Estimates, each `_half` the normal quantile times the standard deviation over resamples.
    """
    n, g = y.shape[0], n_groups
    flat = np.ascontiguousarray(y).reshape(-1)
    # as SALib: about the mean and in units of the standard deviation of all runs
    z = ((flat - flat.mean()) / flat.std()).reshape(y.shape)
    drawn = np.random.default_rng(seed).integers(n, size=(n, resamples))
    # the first row counts every base point once: the estimate itself
    counts = np.ones((1 + resamples, n), dtype=np.uint32)
    for k in range(resamples):
        counts[1 + k] = np.bincount(drawn[:, k], minlength=n)
    del drawn
    ends = np.zeros((1 + resamples, 2))
    first, total = np.zeros((1 + resamples, g)), np.zeros((1 + resamples, g))
    upper = np.triu_indices(g, 1)
    pairs = np.zeros((1 + resamples, upper[0].size if second_order else 0))
    products = np.empty((min(_ROWS, n), pairs.shape[1]))
    for start in range(0, n, _ROWS):
        w = counts[:, start : start + _ROWS].astype(np.float64)
        rows = z[start : start + _ROWS]
        a, b, ab = rows[:, 0], rows[:, -1], rows[:, 1 : 1 + g]
        step = ab - a[:, None]
        ends += w @ np.stack([a + b, a * a + b * b], axis=1)
        first += w @ (b[:, None] * step)
        total += w @ (step * step)
        if second_order:
            ba, done = rows[:, 1 + g : 1 + 2 * g], 0
            product = products[: rows.shape[0]]
            for j in range(g - 1):
                np.multiply(ba[:, [j]], ab[:, j + 1 :], out=product[:, done : done + g - 1 - j])
                done += g - 1 - j
            # one product of matrices for all pairs, not a narrow one for each group
            pairs += w @ product
            pairs -= (w @ (a * b))[:, None]
    variance = ends[:, 1] / (2 * n) - (ends[:, 0] / (2 * n)) ** 2
    # a resample without variance has no indices; SALib counts it as 0
    usable = variance > np.finfo(np.float64).eps
    scale = np.where(usable, 1.0 / np.where(usable, variance, 1.0), 0.0)[:, None] / n
    first *= scale
    total *= scale / 2
    normal = two_sided_z(level)

    def half(each: Array) -> Array:
        return np.asarray(normal * each[1:].std(axis=0, ddof=1))

    second = second_half = None
    if second_order:
        pairs *= scale
        pairs -= first[:, upper[0]] + first[:, upper[1]]
        second, second_half = np.full((g, g), np.nan), np.full((g, g), np.nan)
        second[upper], second_half[upper] = pairs[0], half(pairs)
    return Estimates(first[0], half(first), total[0], half(total), second, second_half)


def _check_mixtures(rule: Saltelli, points: Array) -> None:
    """Refuse runs (n, blocks, D) that are not mixtures of their first and last.

    Raises
    ------
    UsageError : they are of another design, or not in its order.
    """
    for start in range(0, rule.n, _ROWS):
        some = points[start : start + _ROWS]
        if not np.array_equal(rule.mix(some[:, 0], some[:, -1]), some):
            raise UsageError(
                "These points are not the mixtures that a Saltelli design has at each base point, in their order "
                f"({'with' if rule.second_order else 'without'} second order)."
            )
