"""Checks of the values that a study states as common ground of those who calculate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Model
from engine.spec.structures import bundle_of
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

Consensus = Mapping[str, float | str]
"""By parameter its value, by choice its alternative."""


def check_consensus(loaded: LoadedStudy) -> Iterator[Problem]:
    """Common ground is of assumptions on which calculations differ, and whole where they move together."""
    study, marks, file = loaded.study, loaded.marks, loaded.study_file
    stated = study.differences.consensus
    loc: Loc = ("differences", "consensus")
    if stated and "decision" not in study.analyses:
        message = "told with the analysis `decision`, which `analyses` leaves out; add it there"
        yield marks.problem(file, loc, message, key=True)
    for name, message in consensus_problems(loaded.model, stated):
        yield marks.problem(file, (*loc, name), message)
    contested = {name for c in loaded.calculations for name in c.assumptions}
    for name in stated:
        if (name in loaded.model.parameters or name in loaded.model.choices) and name not in contested:
            message = f"no calculation sets {name!r} otherwise than the model, so there is nothing to agree on"
            yield marks.problem(file, (*loc, name), message, key=True)
    for bundle in dict.fromkeys(bundle_of(loaded.model, name) for name in stated if name in contested):
        if bundle is None:
            continue
        members = [name for name in sorted(contested) if bundle_of(loaded.model, name) == bundle]
        missing = [name for name in members if name not in stated]
        if missing:
            first = next(name for name in members if name in stated)
            message = f"moves together with {', '.join(map(repr, missing))}; state all of them"
            yield marks.problem(file, (*loc, first), message, key=True)


def consensus_problems(model: Model, stated: Consensus) -> Iterator[tuple[str, str]]:
    """What is wrong with names and values stated as common ground, by name."""
    for name, value in stated.items():
        if name in model.choices:
            alternatives = model.choices[name].alternatives
            if value not in alternatives:
                yield name, unknown("alternative", str(value), alternatives)
        elif name not in model.parameters:
            yield name, unknown("assumption", name, [*model.parameters, *model.choices])
        elif isinstance(value, str):
            yield name, f"{name!r} is a parameter; give its value as a number, not {value!r}"
