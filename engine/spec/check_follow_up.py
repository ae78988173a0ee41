"""Checks of the follow-up studies that a study asks the worth of."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.spec.check_quantities import check_source
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import FollowUp
from engine.spec.structures import has_law
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

PROPORTIONS = ("share", "probability")
"""Units of what is estimated from how many of the persons followed show an outcome."""
RATIOS = ("ratio",)
"""Units of what is estimated by comparing two groups."""


def check_follow_up(loaded: LoadedStudy) -> Iterator[Problem]:
    """A follow-up study estimates what somebody is unsure of and what can be estimated, and can be weighed."""
    study, marks, file = loaded.study, loaded.marks, loaded.study_file
    if study.follow_up and "information" not in study.analyses:
        message = "computed with the analysis `information`, which `analyses` leaves out; add it there"
        yield marks.problem(file, ("follow_up",), message, key=True)
    labels: dict[str, int] = {}
    for k, asked in enumerate(study.follow_up):
        loc: Loc = ("follow_up", k)
        if asked.label in labels:
            yield marks.problem(file, (*loc, "label"), f"{asked.label!r} is the label of another one too")
        labels.setdefault(asked.label, k)
        if asked.participants is None and study.cohort is None:
            message = (
                "its worth for all participants is weighed against its cost; give `participants` here, or `cohort` in "
                "the study"
            )
            yield marks.problem(file, loc, message)
        for i, size in enumerate(asked.sizes):
            if size in asked.sizes[:i]:
                yield marks.problem(file, (*loc, "sizes", i), f"{size} stands twice; give each size once")
        yield from _check_origin(loaded, loc, asked)
        for i, name in enumerate(asked.parameters):
            at: Loc = (*loc, "parameters", i)
            if name in asked.parameters[:i]:
                yield marks.problem(file, at, f"{name!r} stands twice; name each parameter once")
            else:
                yield from _check_parameter(loaded, at, asked, name)


def _check_parameter(loaded: LoadedStudy, at: Loc, asked: FollowUp, name: str) -> Iterator[Problem]:
    model, marks, file = loaded.model, loaded.marks, loaded.study_file
    if name in model.choices:
        message = f"{name!r} is a choice, which no study can settle; name parameters"
        yield marks.problem(file, at, message)
        return
    if name not in model.parameters:
        yield marks.problem(file, at, unknown("parameter", name, model.parameters))
        return
    unit = model.parameters[name].unit
    if unit not in (*PROPORTIONS, *RATIOS):
        message = f"{name!r} is in `{unit}`; a follow-up can estimate a `share`, a `probability` or a `ratio`"
        yield marks.problem(file, at, message)
    elif not any(has_law(model, calculation, name) for calculation in loaded.calculations):
        message = (
            f"{name!r} is certain in every calculation, so there is nothing to learn; give it a `dist`, or leave it out"
        )
        yield marks.problem(file, at, message)
    elif unit in RATIOS and asked.event_share is None:
        message = (
            f"{name!r} is a ratio, known as well as its events are many; add `event_share`, the share of the persons "
            "followed who show what it is about"
        )
        yield marks.problem(file, at, message)


def _check_origin(loaded: LoadedStudy, loc: Loc, asked: FollowUp) -> Iterator[Problem]:
    if asked.source is not None:
        yield from check_source(loaded, loaded.study_file, (*loc, "source"), asked.source)
    elif asked.assumption is None and (asked.fixed_cost or asked.cost_per_person):
        message = "no origin of its costs; write `source` with the id of a source, or `assumption` with the reason"
        yield loaded.marks.problem(loaded.study_file, loc, message)
