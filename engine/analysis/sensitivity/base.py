"""What every method of sensitivity analysis is, and the guards around all of them.

A method is a pair: a design of points in the unit cube, and an analysis of the outcomes there. Where a
parameter's law matters, the outcome function maps the cube by the law's quantiles, so every law works
with every method. Methods for given data have no design of their own: any sample of the laws will do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError, UsageError

Array = NDArray[np.float64]

Groups = tuple[tuple[int, ...], ...]
"""Columns of the parameters that count as one, group by group."""

# An outcome that varies by less than this, relative to its size, varies by rounding alone.
_CONSTANT = 1e-12
# Quantiles of 0 and 1 are infinite for many laws.
_INSIDE = 2.0**-40


class Method(Protocol):
    """A method of sensitivity analysis; its options are fields of a frozen dataclass.

    What it can take stands in its class as well, see `Traits`. A method with `allows_groups` has a field
    `groups`; one that does not need independence *and* has a design of its own has a field `correlation`.
    It may also have `focus` (choose its options from a pilot), `measure` (do without its design in memory), `places`
    (quantiles whose values belong beside its measures), `coordinates` (of dimensions of its own), `least_n` (the
    smallest size for so many parameters, where it grows with them) and a field `alternatives` (of choices, which have
    no low and high).
    """

    @property
    def name(self) -> str:
        """As in the table of methods."""
        ...

    @property
    def default_n(self) -> int:
        """Size of the design unless the caller says otherwise."""
        ...

    def design(self, n_parameters: int, n: int, seed: int) -> Array | None:
        """Points (run, parameter) strictly inside the unit cube; None if any sample of n will do.

        Raises
        ------
        UsageError : the method cannot work with this n.
        """
        ...

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """Measures by name, from the design (run, parameter) and the outcomes (run,) in the same order.

        Raises
        ------
        RunError : outcomes that are not finite, or do not vary.
        UsageError : not one outcome a run, or points that are not a design of the method.
        """
        ...


def default_size(method: Method, n_parameters: int) -> int:
    """Size of the design unless the caller says otherwise: the method's own, or what so many parameters take."""
    least = method.least_n(n_parameters) if hasattr(method, "least_n") else 0
    return max(method.default_n, least)


class GivenData:
    """Base of the methods that have no design: any sample of the parameters' laws will do, if it is large enough."""

    given_data: ClassVar[bool] = True

    @property
    def minimum_n(self) -> int:
        """Fewest runs."""
        return 200

    def design(self, n_parameters: int, n: int, seed: int) -> None:
        """None: any sample will do.

        Raises
        ------
        UsageError : fewer than `minimum_n` runs.
        """
        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)


class Traits(NamedTuple):
    """What a method can take."""

    allows_discrete: bool
    """A parameter with a few values only, ordered or not."""
    allows_groups: bool
    """Several parameters counted as one."""
    needs_independence: bool
    """The parameters must be drawn independently of each other."""
    given_data: bool
    """It has no design of its own: any sample will do, also one that was drawn for something else."""


def traits_of(method: Method | type) -> Traits:
    """As its class says; the cautious answer to groups and dependence where it says nothing."""
    return Traits(
        bool(getattr(method, "allows_discrete", True)),
        bool(getattr(method, "allows_groups", False)),
        bool(getattr(method, "needs_independence", True)),
        bool(getattr(method, "given_data", False)),
    )


def unit_problem(n_parameters: int) -> dict[str, object]:
    """SALib's description of the unit cube; its own laws are never used."""
    return {
        "num_vars": n_parameters,
        "names": [f"x{i}" for i in range(n_parameters)],
        "bounds": [[0.0, 1.0]] * n_parameters,
    }


def inside(x: Array) -> Array:
    """Points moved off the faces of the unit cube, where quantiles may be infinite."""
    return np.clip(x, _INSIDE, 1 - _INSIDE)


def sample_points(n_parameters: int, n: int, seed: int) -> Array:
    """A Latin hypercube (n, parameter), for the methods that take any sample."""
    from scipy.stats import qmc

    return inside(np.asarray(qmc.LatinHypercube(n_parameters, rng=np.random.default_rng(seed)).random(n)))


def sobol_points(n_dimensions: int, n: int, seed: int) -> Array:
    """Scrambled Sobol' points (n, dimension), at the middle of their cells, so never 0.

    Raises
    ------
    UsageError : n is not a power of two, which their balance needs.
    """
    from scipy.stats import qmc

    if n & (n - 1):
        raise UsageError(f"n: {n}; Sobol' points come in powers of two, such as {1 << (n.bit_length() - 1)}.")
    return np.asarray(qmc.Sobol(n_dimensions, scramble=True, seed=np.random.default_rng(seed)).random(n)) + 2.0**-31


def correlate(x: Array, correlation: Array) -> Array:
    """Independent points of the cube as points of a Gaussian copula.

    Parameters
    ----------
    correlation : of the normal scores (parameter, parameter); `check_correlation` has passed it.
    """
    from scipy.special import ndtr, ndtri

    return inside(ndtr(ndtri(x) @ np.linalg.cholesky(correlation).T))


def check_correlation(correlation: Array, n_parameters: int) -> Array:
    """A usable correlation matrix of normal scores.

    Raises
    ------
    UsageError : not a symmetric positive definite matrix with ones on the diagonal.
    """
    r = np.asarray(correlation, dtype=np.float64)
    if r.shape != (n_parameters, n_parameters):
        raise UsageError(f"correlation: shape {r.shape}; {(n_parameters, n_parameters)} for {n_parameters} parameters.")
    if not (np.isfinite(r).all() and np.allclose(r, r.T, atol=1e-12) and np.allclose(np.diag(r), 1, atol=1e-12)):
        raise UsageError("correlation: a symmetric matrix with ones on the diagonal is needed.")
    least = float(np.linalg.eigvalsh(r)[0])
    if least < 1e-10:
        raise UsageError(
            f"correlation: its smallest eigenvalue is {least:.3g}. No set of parameters is correlated like this, or "
            "one of them is determined by others; leave that one out."
        )
    return r


def check_groups(groups: Groups, n_parameters: int) -> Groups:
    """Groups that hold every parameter once; without any, each parameter is one.

    Raises
    ------
    UsageError : a column that does not exist, stands twice or nowhere, or an empty group.
    """
    if not groups:
        return tuple((i,) for i in range(n_parameters))
    columns = sorted(i for group in groups for i in group)
    if columns != list(range(n_parameters)) or not all(groups):
        raise UsageError(f"groups: {groups}; every one of the {n_parameters} parameters belongs in one group, once.")
    return groups


def check_size(n: int, *, minimum: int, n_parameters: int) -> None:
    """Refuse a design without parameters or below its smallest size.

    Raises
    ------
    UsageError : either is too small.
    """
    if n_parameters < 1:
        raise UsageError("No uncertain parameter, so there is no sensitivity to analyse.")
    if n < minimum:
        raise UsageError(f"n: {n}; at least {minimum}.")


def check_outcomes(x: Array, y: Array) -> None:
    """Refuse outcomes from which a method would quietly make wrong indices.

    Raises
    ------
    RunError : values that are not finite numbers, of which SALib makes indices of 0; or no variation.
    UsageError : not one outcome a run.
    """
    if y.ndim != 1 or y.shape[0] != x.shape[0]:
        raise UsageError(f"The design has {x.shape[0]} runs, the outcomes have shape {y.shape}; one number a run.")
    bad = ~np.isfinite(y)
    if bad.any():
        raise RunError(
            f"The outcome is not a finite number in {int(bad.sum())} of {y.size} runs, first in row "
            f"{int(np.argmax(bad))} ({y[int(np.argmax(bad))]}). Choose an outcome that is defined everywhere, "
            "or narrow the laws of the parameters."
        )
    check_varies(y, "runs")


def check_varies(y: Array, where: str) -> None:
    """Refuse outcomes that are all the same.

    Raises
    ------
    RunError : they vary by no more than rounding.
    """
    if np.ptp(y) <= _CONSTANT * np.abs(y).max():
        raise RunError(f"The outcome is {y[0]:g} in all {y.size} {where}: there is nothing to explain.")


def check_whole(x: Array, block: int) -> None:
    """Refuse runs that are not whole blocks of a design.

    Raises
    ------
    UsageError : their number is no multiple of the block's.
    """
    if x.shape[0] == 0 or x.shape[0] % block:
        raise UsageError(f"{x.shape[0]} runs are not n × {block}, as {x.shape[1]} parameters need.")


def check_design(x: Array, expected: Array | None) -> None:
    """Refuse points that are not those of the design, or not in its order.

    The indices of a structured design are read from the order of its runs, so shuffled runs would give
    numbers that look right and are not.

    Raises
    ------
    UsageError : they differ from the expected points.
    """
    if expected is None or not np.array_equal(x, expected):
        raise UsageError("These points are not the design that the method makes with this seed, in its order.")


def check_in_order(function: Callable[[Array], Array], x: Array, y: Array) -> None:
    """Refuse a function whose outcomes are not those of its rows: shuffled, or different at every call.

    A few rows are evaluated again, in reverse, and must give what they gave.

    Raises
    ------
    RunError : they do not.
    """
    rows = np.unique(np.linspace(0, x.shape[0] - 1, 7).astype(int))[::-1]
    again = np.asarray(function(x[rows]), dtype=np.float64)
    scale = np.abs(y).max()
    if again.shape != rows.shape or not np.allclose(again, y[rows], rtol=1e-9, atol=1e-9 * scale):
        raise RunError(
            "The outcome function gives other outcomes for the same points when it is called again: its outcomes are "
            "not in the order of its points, or depend on something else than the points."
        )


def two_sided_z(level: float) -> float:
    """Standard deviations from the middle to the end of a normal interval.

    Raises
    ------
    UsageError : not a level between 0 and 1.
    """
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise UsageError(f"level: {level}; between 0 and 1.")
    return float(ndtri(0.5 + level / 2))


def spread_over(groups: Sequence[Sequence[int]], values: Array) -> Array:
    """The largest of the members' values (parameter, ...), group by group."""
    return np.stack([values[list(group)].max(axis=0) for group in groups])
