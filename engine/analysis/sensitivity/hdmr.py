"""HDMR: variance shares of a polynomial surrogate with single effects and pairs."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    check_outcomes,
    check_size,
)
from engine.errors import EngineWarning, RunError, UsageError
from engine.spec.check_sizes import hdmr_runs

# Smallest over largest diagonal of the triangular factor at which equations count as solvable.
_SINGULAR = 1e-6


@dataclass(frozen=True)
class Hdmr:
    """First-order, second-order and total shares from n runs, by least squares on orthonormal polynomials.

    On the unit cube Legendre polynomials are orthonormal, so each squared coefficient is a part of the variance;
    what the coefficients' own errors add to it is subtracted. `hdmr_explained` is the share of variance that the
    surrogate predicts in runs left out of its fit. Below 0.8 a warning says that the shares are the surrogate's
    rather than the model's. Written here rather than with SALib: its spline version is retired and ignores every
    seed, its new one takes a minute for ten parameters and breaks off without pairs.

    Discrete parameters are refused: polynomials follow no jumps.

    References
    ----------
    Rabitz & Aliş (1999), doi:10.1023/A:1019188517934. Li, Wang & Rabitz (2002), doi:10.1021/jp014567t,
    orthonormal polynomials from random samples.
    """

    name: ClassVar[str] = "hdmr"
    default_n: ClassVar[int] = 8192
    minimum_n: ClassVar[int] = 300
    allows_discrete: ClassVar[bool] = False
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True
    given_data: ClassVar[bool] = True

    degree: int = 4
    """Of a single parameter's polynomial."""
    pair_degree: int = 2
    """Of each parameter in a pair's; 0 leaves pairs out."""
    folds: int = 12
    """Parts of the runs left out in turn, for the intervals and the share explained."""
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.folds < 3:
            raise UsageError(f"folds: {self.folds}; at least 3.")
        if not (1 <= self.degree <= 10 and 0 <= self.pair_degree <= self.degree):
            raise UsageError(f"degree: {self.degree}, pair_degree: {self.pair_degree}; 1 to 10, and 0 to degree.")

    def least_n(self, n_parameters: int) -> int:
        """Four runs a coefficient, and 300."""
        return hdmr_runs(n_parameters, degree=self.degree, pair_degree=self.pair_degree)

    def design(self, n_parameters: int, n: int, seed: int) -> None:
        """None: any sample of independent parameters will do.

        Raises
        ------
        UsageError : fewer runs than four a coefficient.
        """
        least = self.least_n(n_parameters)
        if n_parameters > 0 and n < least and self.pair_degree:
            alone = Hdmr(degree=self.degree, pair_degree=0).least_n(n_parameters)
            raise UsageError(
                f"n: {n}; at least {least} for {n_parameters} parameters and their pairs, {alone} without pairs."
            )
        check_size(n, minimum=least, n_parameters=n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`hdmr_S1`, `hdmr_ST`, with `_conf` (parameter,), `hdmr_S2` (parameter, parameter_2), `hdmr_explained` ().

        Raises
        ------
        RunError : outcomes that are not finite or do not vary, or points that do not determine the surrogate.
        UsageError : not one outcome a run, or too few.
        """
        from scipy.special import stdtrit

        check_outcomes(x, y)
        n, d = x.shape
        self.design(d, n, seed)
        basis, first, second = self._basis(x)
        centred = (y - y.mean()) / y.std()

        inverse = np.linalg.inv(gram := _solvable(basis.T @ basis))
        moment = basis.T @ centred
        coefficient = inverse @ moment
        variance = np.diag(inverse)  # of a coefficient, per variance of the noise

        def indices(coefficient: Array, noise: float, runs: int) -> Array:
            part = coefficient**2 - noise * variance * n / runs
            single, pair = first @ part, second @ part
            whole = single.sum() + pair.sum() + noise
            return np.asarray(np.concatenate([single, single + pair @ involved(d), pair]) / whole, dtype=np.float64)

        def noise_of(square: float, fitted: Array, moment: Array, runs: int) -> float:
            return max(square - float(fitted @ moment), 0.0) / (runs - fitted.size)

        square = float(centred @ centred)
        found = indices(coefficient, noise_of(square, coefficient, moment, n), n)
        fold = np.random.default_rng([seed, n]).permutation(n) % self.folds
        without, left_out = [], np.empty(n)
        for k in range(self.folds):
            out = fold == k
            some, outcome = basis[out], centred[out]
            rest, runs = moment - some.T @ outcome, n - outcome.size
            fitted = np.linalg.solve(gram - some.T @ some, rest)
            left_out[out] = outcome - some @ fitted
            noise = noise_of(square - float(outcome @ outcome), fitted, rest, runs)
            without.append(indices(fitted, noise, runs))
        explained = float(1 - np.mean(left_out**2) / centred.var())
        if explained < 0.8:
            warnings.warn(
                f"The polynomials of HDMR explain {max(explained, 0):.0%} of the variance; its shares are of that.",
                EngineWarning,
                stacklevel=2,
            )
        # the delete-a-group jackknife
        deviation = np.std(without, axis=0) * np.sqrt(self.folds - 1)
        half = float(stdtrit(self.folds - 1, 0.5 + self.level / 2)) * deviation
        pair = np.full((d, d), np.nan)
        pair[np.triu_indices(d, 1)] = found[2 * d :]
        return {
            "hdmr_S1": found[:d],
            "hdmr_S1_conf": half[:d],
            "hdmr_ST": found[d : 2 * d],
            "hdmr_ST_conf": half[d : 2 * d],
            "hdmr_S2": pair,
            "hdmr_explained": np.array(explained),
        }

    def _basis(self, x: Array) -> tuple[Array, Array, Array]:
        """Columns (run, coefficient), and which belong to each parameter alone and to each pair."""
        n, d = x.shape
        legendre = np.polynomial.legendre.legvander(2 * x - 1, self.degree)  # (run, parameter, degree)
        legendre *= np.sqrt(2 * np.arange(self.degree + 1) + 1)
        columns = [np.ones((n, 1)), legendre[:, :, 1:].reshape(n, -1)]
        for i, j in combinations(range(d), 2) if self.pair_degree else ():
            product = legendre[:, i, 1 : self.pair_degree + 1, None] * legendre[:, j, None, 1 : self.pair_degree + 1]
            columns.append(product.reshape(n, -1))
        singles, pairs = d * self.degree, d * (d - 1) // 2
        width = 1 + singles + pairs * self.pair_degree**2
        first, second = np.zeros((d, width)), np.zeros((pairs, width))
        first[:, 1 : 1 + singles] = np.kron(np.eye(d), np.ones(self.degree))
        if self.pair_degree:
            second[:, 1 + singles :] = np.kron(np.eye(pairs), np.ones(self.pair_degree**2))
        return np.concatenate(columns, axis=1), first, second


def involved(n_parameters: int) -> Array:
    """Which parameters a pair involves (pair, parameter)."""
    pairs = list(combinations(range(n_parameters), 2))
    rows = np.zeros((len(pairs), n_parameters))
    for k, pair in enumerate(pairs):
        rows[k, list(pair)] = 1
    return rows


def _solvable(gram: Array) -> Array:
    """The normal equations, if they have one solution.

    Raises
    ------
    RunError : they do not.
    """
    try:
        root = np.diag(np.linalg.cholesky(gram))
    except np.linalg.LinAlgError:
        root = np.zeros(1)
    if root.min() <= _SINGULAR * root.max():
        raise RunError("The points do not determine the surrogate: they are too few or too much alike.")
    return gram
