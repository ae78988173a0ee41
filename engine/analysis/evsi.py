"""Value of a follow-up study of given size, from draws already made: arrays in, arrays out.

Method of Strong, Oakley, Brennan and Breeze (2015): for each draw the study's result is simulated, and the net benefit
is regressed on it. What is regressed here is not the net benefit itself but its curve E[net benefit | parameter] of
`evppi`: a study that speaks of one parameter tells nothing beyond it, so both have the same expectation given the
result, and the noise of all other parameters is gone. The parameter's law may be any; beta and log-normal laws are
those for which a proportion and a ratio have closed forms to check against.

A larger study is simulated with the same luck as a smaller one, so the value rises with size but for the wiggle of
the regression, and tends to that of perfect information about the parameter.

References
----------
Strong, Oakley, Brennan, Breeze (2015), Estimating the expected value of sample information using the probabilistic
sensitivity analysis sample: a fast, nonparametric regression-based method, doi:10.1177/0272989X15575286.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.analysis.basis import build_basis
from engine.analysis.evppi import (
    Array,
    Estimate,
    Members,
    fits_without,
    in_blocks,
    jackknife_error,
    regret,
    regrets_without,
    smooth_to_decide,
)
from engine.errors import UsageError


class Study(Protocol):
    """A study that estimates one parameter."""

    @property
    def counts(self) -> str:
        """What its size counts, in the plural."""
        ...

    def simulate(self, theta: Array, size: int, u: Array) -> Array:
        """Its result (n,) given the parameter (n,) and luck (n,), uniform in (0, 1)."""
        ...


@dataclass(frozen=True)
class ProportionStudy:
    """`size` persons are followed; how many show the outcome is binomial with the parameter as its probability."""

    counts: str = "persons"

    def simulate(self, theta: Array, size: int, u: Array) -> Array:
        """Share that shows the outcome.

        Raises
        ------
        UsageError : the parameter is no share.
        """
        if not ((theta >= 0) & (theta <= 1)).all():
            raise UsageError("a study of a proportion needs a parameter between 0 and 1 in every draw")
        from scipy.stats import binom  # slow to load, and few calls need it

        return np.asarray(binom.ppf(u, size, theta) / size, dtype=np.float64)


@dataclass(frozen=True)
class RatioStudy:
    """Two groups are compared; the logarithm of the estimated ratio is normal about that of the parameter.

    Its variance is `unit_variance / size`. With 4, size counts events, shared equally by two equal groups
    (Schoenfeld 1983, doi:10.2307/2531021: 4/d for a hazard ratio); 4 / share for persons of whom a share has the event;
    1 / (a (1 - a)) for groups of shares a and 1 - a.
    """

    unit_variance: float = 4.0
    counts: str = "events"

    def __post_init__(self) -> None:
        _positive_variance(self.unit_variance)

    def simulate(self, theta: Array, size: int, u: Array) -> Array:
        """Logarithm of the estimated ratio.

        Raises
        ------
        UsageError : the parameter is no ratio.
        """
        if not (theta > 0).all():
            raise UsageError("a study of a ratio needs a parameter above 0 in every draw")
        return np.asarray(np.log(theta) + np.sqrt(self.unit_variance / size) * _normal(u))


@dataclass(frozen=True)
class MeanStudy:
    """The parameter is the mean of something measured on each person, with variance `unit_variance` among persons."""

    unit_variance: float
    counts: str = "persons"

    def __post_init__(self) -> None:
        _positive_variance(self.unit_variance)

    def simulate(self, theta: Array, size: int, u: Array) -> Array:
        """Mean of the persons measured, normal about the parameter."""
        return np.asarray(theta + np.sqrt(self.unit_variance / size) * _normal(u))


def evsi(
    npv: Array, theta: Array, member: Members, *, study: Study, sizes: Sequence[int], u: Array
) -> tuple[Array, Array, Estimate]:
    """Expected value of sample information: E max_d E[NB_d | result] - max_d E NB_d.

    Parameters
    ----------
    npv : (n, ..., strategy) [money per participant]; the baseline's 0 is added.
    theta : (n,) the parameter that the study estimates.
    member : independent block of each draw (n,), see `evppi.members`.
    sizes : of the study, 1 or more each; in any order.
    u : (n,) luck of the study, uniform in (0, 1) and independent of the draws.

    Returns
    -------
    value and standard error, (size, ...) each, and the value of perfect information about the parameter, which no
    study exceeds but by Monte Carlo error.

    Raises
    ------
    UsageError : a size below 1; a parameter that the study cannot estimate.
    """
    if not sizes or min(sizes) < 1:
        raise UsageError(f"sizes: {list(sizes)}; at least one, each 1 or more")
    order, starts = in_blocks(member)
    npv, theta, u = npv[order], theta[order], u[order]
    n, blocks = npv.shape[0], starts.size - 1
    known = build_basis(theta[:, None], starts)
    curve, strength = smooth_to_decide(known, npv)
    unknown = np.full(npv.shape[1:-1], np.nan)
    value, error = np.empty((len(sizes), *npv.shape[1:-1])), np.full((len(sizes), *npv.shape[1:-1]), np.nan)
    perfect = np.asarray(regret(curve).mean(axis=0))
    perfect_error = unknown
    if blocks > 1:
        sums = known.sums(npv.reshape(n, -1))
        fits = fits_without(known, sums.sum(axis=0) - sums, strength)
        perfect_error = jackknife_error(regrets_without(known, fits, npv)[0])
        # curves without a block, those of all blocks side by side
        without = known.curves(np.concatenate(fits, axis=1))
    for k, size in enumerate(sizes):
        result = build_basis(study.simulate(theta, size, u)[:, None], starts)
        expected, strength = smooth_to_decide(result, curve)
        value[k] = regret(expected).mean(axis=0)
        if blocks > 1:
            sums = result.sums(without).reshape(blocks, -1, blocks, strength.size)
            own = sums[np.arange(blocks), :, np.arange(blocks)]
            fits = fits_without(result, sums.sum(axis=0).swapaxes(0, 1) - own, strength)
            error[k] = jackknife_error(regrets_without(result, fits, npv)[0])
    return value, error, Estimate(perfect, perfect_error, unknown, unknown)


def net_benefit_of_sampling(
    value: Array, sizes: Sequence[int], *, cohort: float, cost_per_person: float, fixed_cost: float = 0.0
) -> Array:
    """What a study is worth beyond what it costs [money, for the whole programme].

    Parameters
    ----------
    value : (size, ...) value of sample information per participant.
    cohort : participants whom the decision concerns, discounted if they come over years.
    cost_per_person : of what the size counts (persons or events).

    Returns
    -------
    (size, ...); negative where the study costs more than it is worth.
    """
    cost = fixed_cost + cost_per_person * np.asarray(sizes, dtype=np.float64)
    return np.asarray(cohort * value - cost.reshape(-1, *[1] * (value.ndim - 1)))


def _normal(u: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(ndtri(u))


def _positive_variance(variance: float) -> None:
    if not variance > 0:
        raise UsageError(f"unit_variance: {variance:g}; above 0")
