"""What stands behind a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import UsageError
from engine.spec.explain import Explanation, explain
from tests.spec.test_compose import extend, include
from tests.spec.test_language import with_deaths, with_functions

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL = "model.yaml"


def told(study: StudyFolder, name: str) -> Explanation:
    return explain(study.load(), name)


def facts(found: Explanation) -> dict[str, str]:
    return {fact.what: fact.text for fact in found.facts}


def line_of(study: StudyFolder, file: str, text: str) -> str:
    """`path:line` of the only line that begins with a text."""
    (line,) = (k for k, row in enumerate(study.text(file).split("\n"), start=1) if row.strip().startswith(text))
    return f"{study.folder / file}:{line}"


def test_a_parameter_is_told_with_value_law_unit_and_source(study: StudyFolder) -> None:
    found = told(study, "find_work")
    assert (found.kind, found.label, found.stands) == (
        "parameter",
        "Chance of finding work",
        line_of(study, MODEL, "find_work:"),
    )
    assert facts(found) == {
        "value": "0.3",
        "law": "beta(mean=0.3, sd=0.05): beta, mean 0.30, sd 0.05",
        "unit": "probability",
        "theme": "other",
        "source": "labour_survey: Statistics Sweden, Labour, survey, 2023, https://www.scb.se, 0.3 share, confidence A",
    }
    assert [(use.what, use.stands, use.through) for use in found.uses] == [
        ("probability of outside -> employed", line_of(study, MODEL, "employed: {probability: find_work"), ())
    ]


def test_who_sets_it_otherwise_is_told_with_the_reason_and_the_place(study: StudyFolder) -> None:
    (setting,) = told(study, "hr_work").settings
    assert setting.calculation == "consultant"
    assert setting.text == "1.8, uniform(0.8, 1.2, relative=true), source labour_survey"
    assert setting.why == "Seen elsewhere."
    assert setting.stands == line_of(study, "calculations/consultant.yaml", "hr_work:")
    (setting,) = told(study, "fade_form").settings
    assert setting.text == "slowly (By half-life)"
    (setting,) = told(study, "horizon").settings
    assert setting.text == "5, certain"


def test_uses_through_definitions_functions_and_choices_are_told_with_the_way(study: StudyFolder) -> None:
    with_functions(study, "functions:\n  yearly: {label: Y, arguments: [x], value: x * benefit_year}\ntables:\n")
    study.patch(MODEL, "amount: training * 200", 'amount: "yearly(training)"')
    found = told(study, "benefit")
    assert [(use.what, use.through) for use in found.uses] == [
        ("definition benefit_year", ()),
        ("amount of cost item assistance (Assistance)", ("benefit_year",)),
        ("amount of cost item course (Course)", ("yearly", "benefit_year")),
    ]
    found = told(study, "half_life")
    assert found.uses[-1].what == "fade of effect 1 of strategy coaching (outside -> employed)"
    assert found.uses[-1].through == ("fade_form",)
    assert facts(told(study, "yearly")) == {"value": "yearly(x) = x * benefit_year"}


def test_a_table_is_told_with_its_keys_and_columns(study: StudyFolder) -> None:
    with_deaths(study, "interpolation: {age: linear}, outside: {age: extend}")
    found = facts(told(study, "deaths"))
    assert found["key age"] == "2 numbers, 20 to 40; lines between them; the last line goes on"
    assert found["key sex"] == "a word: woman, man"
    assert found["column rate"] == "4 numbers, 0.001 to 0.006"
    assert found["source"].startswith("labour_survey: ")
    uses = told(study, "mortality").uses
    assert [use.what for use in uses] == [
        "hazard of outside -> dead",
        "probability of training_course -> dead",
        "hazard of employed -> dead",
    ]


def test_what_an_extended_file_had_is_told_with_its_place(study: StudyFolder) -> None:
    extend(study, "parameters:\n  find_work: {value: 0.5, assumption: Easier.}\n")
    found = told(study, "find_work")
    assert found.stands == f"{study.folder / MODEL}:3"
    replaced = {fact.what: fact.text for fact in found.replaces}
    assert replaced.keys() == {"value", "dist", "source"}
    base = study.folder.parent / "base" / MODEL
    assert replaced["value"].startswith(f"0.3, in {base}:")
    assert replaced["dist"].startswith(f"beta(mean=0.3, sd=0.05), in {base}:")


def test_what_an_included_file_brings_is_told_with_that_file(study: StudyFolder) -> None:
    include(study)
    shared = study.folder.parent / "shared" / "prices.yaml"
    assert told(study, "wage").stands == f"{shared}:5"
    found = told(study, "idle")
    assert (found.left_out, found.stands, found.uses) == (True, f"{shared}:7", ())


def test_laws_correlations_and_tables_drawn_from_count_as_uses(study: StudyFolder) -> None:
    study.write("tables/trials.csv", "trial,ratio\n1,1.2\n2,1.6\n")
    study.patch(MODEL, "tables:\n", "tables:\n  trials: {file: tables/trials.csv, key: trial, assumption: A}\n")
    study.patch(MODEL, '"lognormal(mean=1.4, sd=0.2)"', '"empirical(trials, ratio)"')
    pairs = "correlations:\n  - {between: [find_work, hr_work], rank: 0.5, assumption: A.}\n"
    study.patch(MODEL, "tables:\n", f"{pairs}tables:\n")
    assert [use.what for use in told(study, "trials").uses] == ["law of hr_work"]
    assert "rank correlation 0.5 with hr_work" in [use.what for use in told(study, "find_work").uses]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("half_live", "Nothing is called 'half_live'; .* Did you mean 'half_life'?"),
        ("municipality", "'municipality' is a payer"),
        ("controller", "'controller' is a calculation"),
        ("xyz", "There are: benefit, "),
    ],
)
def test_a_name_that_is_not_there_is_told_with_what_is(study: StudyFolder, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        told(study, name)


def test_a_subgroup_that_sets_it_otherwise_is_told_with_the_place(study: StudyFolder) -> None:
    groups = (
        "subgroups:\n  women:\n    label: Women\n    share: 0.4\n    set:\n      find_work: 0.5 * hr_work\n"
        "  men: {label: Men, share: 0.6}\n"
    )
    study.patch(MODEL, "constraints:\n", f"{groups}constraints:\n")
    (setting,) = told(study, "find_work").settings
    assert (setting.calculation, setting.label, setting.text) == ("", "Women", "0.5 * hr_work")
    assert setting.stands == line_of(study, MODEL, "find_work: 0.5 * hr_work")
