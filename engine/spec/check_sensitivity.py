"""Checks of the sensitivity analyses that a study asks for: names that are there, methods that can do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

from engine.errors import Problem
from engine.spec.check_use import payers_of
from engine.spec.factors import factor_problems
from engine.spec.groups import group_problems
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Sensitivity
from engine.spec.validation import unknown
from engine.spec.yaml import Loc
from engine.vocabulary import SensitivityMethod

SMOOTH = frozenset({"morris", "efast", "rbd_fast", "dgsm", "hdmr"})
"""Methods that need parameters which vary continuously, and so no choices."""

GROUPED = ("sobol", "morris", "shapley_effects", "pawn")
"""Methods that can count several parameters as one."""


def check_sensitivity(loaded: LoadedStudy) -> Iterator[Problem]:
    """Calculations, perspectives and choices that there are; several outcomes and choices only where a method can."""
    for k, analysis in enumerate(loaded.study.sensitivity):
        found = (
            *_names(loaded, analysis),
            *_choices(loaded, analysis),
            *_groups(loaded, analysis),
            *_outcomes(loaded, analysis),
        )
        for loc, message in (*found, *_precision(analysis)):
            yield loaded.marks.problem(loaded.study_file, ("sensitivity", k, *loc), message)


def _names(loaded: LoadedStudy, analysis: Sensitivity) -> Iterator[tuple[Loc, str]]:
    calculations = [c.calculation for c in loaded.calculations]
    asked: tuple[tuple[str, str, tuple[str, ...], Iterable[str]], ...] = (
        ("calculations", "calculation", analysis.calculations, calculations),
        ("perspectives", "perspective", analysis.perspectives, loaded.model.perspectives),
    )
    for key, what, names, known in asked:
        for i, name in enumerate(names):
            if name not in known:
                yield (key, i), unknown(what, name, known)


def _choices(loaded: LoadedStudy, analysis: Sensitivity) -> Iterator[tuple[Loc, str]]:
    if not analysis.choices:
        return
    if analysis.method in SMOOTH:
        able = ", ".join(m for m in get_args(SensitivityMethod) if m not in SMOOTH)
        message = f"`{analysis.method}` needs parameters that vary continuously, and choices do not. These can: {able}"
        yield ("choices",), message
    for loc, message in factor_problems(loaded.model, analysis.choices):
        yield ("choices", *loc), message


def _groups(loaded: LoadedStudy, analysis: Sensitivity) -> Iterator[tuple[Loc, str]]:
    if not analysis.groups:
        return
    if analysis.method not in GROUPED:
        message = f"`{analysis.method}` cannot take groups of parameters. These can: {', '.join(GROUPED)}"
        yield ("groups",), message
    for key in ("by", "precision"):
        if getattr(analysis, key) is not None:
            yield ("groups",), f"`groups` does not go with `{key}`; leave out one of the two"
    asked = [c for c in loaded.calculations if not analysis.calculations or c.calculation in analysis.calculations]
    for loc, message in group_problems(loaded.model, analysis.groups, analysis.choices, asked):
        yield ("groups", *loc), message


def _outcomes(loaded: LoadedStudy, analysis: Sensitivity) -> Iterator[tuple[Loc, str]]:
    if analysis.by is None:
        return
    if analysis.method != "sobol":
        yield ("by",), f"`by` belongs to the method `sobol`, not to `{analysis.method}`"
    if analysis.by == "payer":
        headline = loaded.study.headline
        places: list[tuple[Loc, str]] = [(("perspectives", i), p) for i, p in enumerate(analysis.perspectives)]
        for loc, name in places or [(("by",), headline)]:
            if name in loaded.model.perspectives and len(payers_of(loaded.model, name)) == 1:
                yield loc, f"{name!r} has one payer, so there is nothing to tell apart; name a wider perspective"


def _precision(analysis: Sensitivity) -> Iterator[tuple[Loc, str]]:
    if analysis.precision is None:
        return
    if analysis.method != "sobol":
        yield ("precision",), f"`precision` belongs to the method `sobol`, not to `{analysis.method}`"
    elif analysis.n is not None:
        yield ("n",), "`precision` chooses the size of the design itself; leave out one of the two"
    elif analysis.by is not None:
        yield ("by",), "`by` takes a design of stated size `n`, and does not go with `precision`"
