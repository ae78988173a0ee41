"""What every method of sensitivity analysis is, and the guards around all of them.

A method is a pair: a design of points in the unit cube, and an analysis of the outcomes there. Where a
parameter's law matters, the outcome function maps the cube by the law's quantiles, so every law works
with every method.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError, UsageError

Array = NDArray[np.float64]

# An outcome that varies by less than this, relative to its size, varies by rounding alone.
_CONSTANT = 1e-12


class Method(Protocol):
    """A method of sensitivity analysis; its options are fields of a frozen dataclass."""

    @property
    def name(self) -> str:
        """As in the table of methods."""
        ...

    @property
    def default_n(self) -> int:
        """Size of the design unless the caller says otherwise."""
        ...

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Points (run, parameter) strictly inside the unit cube.

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
        UsageError : not one outcome a run.
        """
        ...


def unit_problem(n_parameters: int) -> dict[str, object]:
    """SALib's description of the unit cube; its own laws are never used."""
    return {
        "num_vars": n_parameters,
        "names": [f"x{i}" for i in range(n_parameters)],
        "bounds": [[0.0, 1.0]] * n_parameters,
    }


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
