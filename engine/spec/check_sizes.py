"""Checks of sizes: draws that a design needs, and designs that sensitivity methods need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from engine.errors import Problem
from engine.spec.loaded import LoadedStudy
from engine.spec.yaml import Loc

REPLICATES = 16
"""Independent parts of a `sobol` or `latin_hypercube` design, from which its error is told; one draw in each."""


class Size(NamedTuple):
    """What the `n` of a sensitivity method must be."""

    least: int
    power_of_two: bool = False


SIZES = {
    "sobol": Size(2, power_of_two=True),
    "morris": Size(2),
    "oneway": Size(2, power_of_two=True),
    "twoway": Size(2, power_of_two=True),
    "shapley_effects": Size(64),
    "efast": Size(65),
    "rbd_fast": Size(200),
    "delta": Size(200),
    "pawn": Size(200),
    "dgsm": Size(16, power_of_two=True),
    "hdmr": Size(300),
    "regional": Size(200),
    "prim": Size(200),
}
"""By method. Some need more where there are many parameters: `least_of_many`."""


TWO_WAY_NEEDS = "A two-way analysis needs two uncertain parameters."
"""What `twoway` says with fewer."""


def efast_points(n_parameters: int, *, harmonics: int = 4) -> int:
    """Points of a search curve that tell the frequencies of so many parameters from one another."""
    return 4 * harmonics**2 * max(n_parameters - 1, 1) + 1


def hdmr_runs(n_parameters: int, *, degree: int = 4, pair_degree: int = 2) -> int:
    """Four runs a coefficient of the surrogate of so many parameters and their pairs, and no fewer than `SIZES`."""
    pairs = n_parameters * (n_parameters - 1) // 2
    return max(SIZES["hdmr"].least, 4 * (1 + n_parameters * degree + pairs * pair_degree**2))


def least_of_many(method: str, n_parameters: int) -> int:
    """Least `n` of a method for so many uncertain parameters."""
    if method == "efast":
        return efast_points(n_parameters)
    return hdmr_runs(n_parameters) if method == "hdmr" else SIZES[method].least


def check_sizes(loaded: LoadedStudy) -> Iterator[Problem]:
    """Enough draws for the design, and sizes that each sensitivity method can use."""
    study = loaded.study
    if study.design != "monte_carlo" and study.draws < REPLICATES:
        message = (
            f"{study.draws} draws; a `{study.design}` design has {REPLICATES} independent parts and needs at least "
            f"{REPLICATES}, or write `design: monte_carlo`"
        )
        yield loaded.marks.problem(loaded.study_file, ("draws",), message)
    for k, analysis in enumerate(study.sensitivity):
        size, n = SIZES.get(analysis.method), analysis.n
        if size is None or n is None:
            continue
        loc: Loc = ("sensitivity", k, "n")
        if n < size.least:
            yield loaded.marks.problem(
                loaded.study_file, loc, f"{n} is too few; `{analysis.method}` needs at least {size.least}"
            )
        elif size.power_of_two and n & (n - 1):
            below = 1 << (n.bit_length() - 1)
            message = (
                f"{n} is not a power of two, which `{analysis.method}` needs to be balanced; "
                f"write {below} or {2 * below}"
            )
            yield loaded.marks.problem(loaded.study_file, loc, message)
