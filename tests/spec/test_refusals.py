"""Analyses that a run would leave out are told by a check, where they stand and as the run tells it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import engine
from engine.analysis.sensitivity import METHODS, traits_of
from engine.api.asked import _sensitivities
from engine.errors import UsageError
from engine.spec.check_refusals import refused_analyses, uncertain_of
from engine.spec.check_sizes import least_of_many
from engine.spec.independence import NEEDS_INDEPENDENCE
from engine.spec.load import load_study
from tests.spec.dependent_study import add_dependence

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

CONFIGS = Path(__file__).parents[2] / "configs"


class Refused(NamedTuple):
    name: str
    asked: str
    """Entries of `sensitivity`."""
    points_at: str
    """What begins at the place told."""
    words: tuple[str, ...]
    """What is told; nothing if empty."""


SHARES = "share_a, share_b and share_c add up to 1"
DEPENDENT = (
    Refused(
        "sobol",
        "method: sobol, n: 16",
        "sobol",
        (SHARES, "find_work and hr_work are correlated", "shapley_effects", "name a group"),
    ),
    Refused("by_year", "method: sobol, n: 16, by: year", "sobol", ("are correlated", "or prim")),
    Refused("precision", "method: sobol, precision: 0.5", "sobol", ("are correlated",)),
    Refused("rbd_fast", "method: rbd_fast, n: 200", "rbd_fast", ("rbd_fast needs independent parameters",)),
    Refused("a_group_too_few", "method: sobol, n: 16, groups: {pair: [find_work, hr_work]}", "sobol", (SHARES,)),
    Refused(
        "groups_of_all",
        "method: sobol, n: 16, groups: {pair: [find_work, hr_work], parts: [share_a, share_b, share_c]}",
        "",
        (),
    ),
    Refused(
        "part_of_a_whole",
        "method: shapley_effects, n: 64, groups: {parts: [share_a, share_b]}",
        "groups",
        ("add up to 1 (shares)", "all of them, or none"),
    ),
    Refused("needs_none", "method: pawn, n: 200", "", ()),
)
INDEPENDENT = (
    Refused("curves", "method: efast, n: 65", "65", ("is too few for 3 uncertain parameters", "at least 129")),
    Refused(
        "few_levels",
        "method: morris, n: 4",
        "morris",
        ("'hr_work' takes a few values only", "These methods do not: sobol"),
    ),
    Refused("levels_are_fine", "method: sobol, n: 16", "", ()),
)


def _ask(study: StudyFolder, asked: str) -> None:
    study.patch(
        "study.yaml", "  - {method: sobol, calculations: [controller], n: 64}", f"  - {{{asked}}}\nanalyses: []"
    )


def _told_as_the_run_does(study: StudyFolder, case: Refused) -> None:
    """Told at its place, and exactly if a run leaves a note of it."""
    found = refused_analyses(load_study(study.folder))
    _, notes = _sensitivities(engine.compile_model(study.folder), seed=None, settings=None, progress=None)
    assert bool(found) == bool(notes) == bool(case.words)
    for problem in found:
        line = (study.folder / "study.yaml").read_text().splitlines()[problem.line - 1]
        assert line[problem.column - 1 :].startswith(case.points_at)
        assert problem.path.endswith("study.yaml")
    for word in case.words:
        assert word in found[0].message
    if case.words and "too few" not in case.words[0]:
        own = found[0].message.rpartition(" (in ")[0] or found[0].message
        assert any(own in note for note in notes)


@pytest.mark.parametrize("case", DEPENDENT, ids=lambda c: c.name)
def test_an_analysis_of_dependent_parameters_is_told_where_it_stands(study: StudyFolder, case: Refused) -> None:
    add_dependence(study)
    _ask(study, case.asked)
    _told_as_the_run_does(study, case)


@pytest.mark.parametrize("case", INDEPENDENT, ids=lambda c: c.name)
def test_sizes_and_single_values_are_told_where_they_stand(study: StudyFolder, case: Refused) -> None:
    if case.name == "curves":
        study.patch("model.yaml", "value: 12000", "value: 12000, dist: 'uniform(11000, 13000)'")
    if "level" in case.name:
        study.patch("model.yaml", "lognormal(mean=1.4, sd=0.2)", "discrete(values=[1.2, 1.5], weights=[0.5, 0.5])")
    _ask(study, case.asked)
    _told_as_the_run_does(study, case)


def test_who_is_told_unless_what_is_correlated_is_one_assumption(study: StudyFolder) -> None:
    add_dependence(study)
    study.patch("study.yaml", "draws: 64", "draws: 64\nanalyses: [spread, who]")
    (problem,) = (p for p in refused_analyses(load_study(study.folder)) if p.where.startswith("analyses"))
    assert problem.where == "analyses[1]" or problem.where == "analyses.1"
    assert "find_work and hr_work are correlated" in problem.message
    assert "With a common `bundle` they are one assumption" in problem.message
    with pytest.raises(UsageError, match="find_work and hr_work are correlated"):
        engine.split_who_and_unsure(engine.compile_model(study.folder), points=2)


def test_what_is_uncertain_is_the_same_before_a_run_and_in_it(study: StudyFolder) -> None:
    add_dependence(study)
    for folder in (study.folder, *sorted(p.parent for p in CONFIGS.rglob("study.yaml"))):
        loaded = load_study(folder)
        inputs = engine.compile_model(folder).inputs
        for calculation in loaded.calculations:
            found = uncertain_of(loaded, calculation)
            name = calculation.calculation
            assert found.names == inputs.uncertain_in(name), (folder, name)
            assert found.groups == inputs.dependence(name).groups, (folder, name)
            assert found.wholes <= inputs.dependence(name).bundles.keys()


def test_studies_of_the_house_ask_for_nothing_that_a_run_would_leave_out() -> None:
    for name in ("norrkoping", "two_state"):
        assert refused_analyses(load_study(CONFIGS / name)) == []


def test_the_check_knows_what_each_method_needs() -> None:
    assert {n for n, make in METHODS.items() if traits_of(make()).needs_independence} == NEEDS_INDEPENDENCE
    for name, make in METHODS.items():
        method = make()
        if hasattr(method, "least_n"):
            for d in (1, 2, 22):
                assert least_of_many(name, d) == method.least_n(d), (name, d)
