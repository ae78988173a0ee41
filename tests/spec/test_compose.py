"""Files that include and extend others: what comes of them, where mistakes are told, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import SpecError
from engine.spec.files import LARGEST_STUDY
from engine.spec.load import load_study

if TYPE_CHECKING:
    from engine.errors import Problem
    from tests.conftest import StudyFolder

STUDY, MODEL, CONTROLLER = "study.yaml", "model.yaml", "calculations/controller.yaml"
PRICES, OWN = "../shared/prices.yaml", "../own/model.yaml"

SHARED = """\
sources: prices.csv
themes:
  wages: What work costs
parameters:
  wage: {label: Wage, value: 30000, dist: "gamma(mean=30000, sd=1000)", unit: SEK/month, price_year: 2022,
         source: wages}
  idle: {label: Idle, value: 1, unit: ratio, assumption: Nobody uses it here.}
definitions:
  pay: {label: Pay, value: wage * 12 * index_of(year)}
  unused: {label: Unused, value: idle * 2}
functions:
  index_of: {label: Index, arguments: [when], value: "growth(when)"}
tables:
  growth: {file: tables/growth.csv, key: year, interpolation: linear, outside: extend, source: wages}
"""
SOURCES = """\
id,quantity,unit,value,low,high,price_year,organisation,title,year,address,confidence
wages,Wages,SEK/month,30000,,,,Statistics Sweden,Wages,2022,https://www.scb.se,A
"""


def include(study: StudyFolder, shared: str = SHARED) -> None:
    study.write(PRICES, shared)
    study.write("../shared/prices.csv", SOURCES)
    study.write("../shared/tables/growth.csv", "year,factor\n2020,1\n2030,1.2\n")
    study.write(MODEL, f"include: [{PRICES}]\n{study.text(MODEL)}")
    work = "  work: {label: Work, amount: pay, payer: state_tax, kind: production, state: employed}\n"
    study.patch(MODEL, "cost_items:\n", f"cost_items:\n{work}")


def extend(study: StudyFolder, overlay: str) -> None:
    """The study's model becomes one that extends it, in a folder beside."""
    study.write("../base/model.yaml", study.text(MODEL))
    for name in ("sources.csv", "tables"):
        shutil.move(study.folder / name, study.folder.parent / "base" / name)
    study.write(MODEL, f"extends: ../base/model.yaml\n{overlay}")


def stands(study: StudyFolder, problem: Problem) -> str:
    """What the problem points at."""
    lines = Path(problem.path).read_text(encoding="utf-8").split("\n")
    return lines[problem.line - 1][max(problem.column - 1, 0) :]


# ---------------------------------------------------------------- include


def test_an_included_file_gives_a_model_its_sections(study: StudyFolder) -> None:
    include(study)
    loaded = study.load()
    assert loaded.model.parameters["wage"].value == 30000
    assert loaded.model.tables["growth"].file == "../shared/tables/growth.csv"
    assert loaded.tables["growth"].columns["factor"] == (1.0, 1.2)
    assert loaded.sources.keys() == {"wages", "labour_survey"}
    assert loaded.model.themes.keys() == {"wages", "effect", "prices"}
    assert {PRICES, "../shared/prices.csv", "../shared/tables/growth.csv"} < loaded.files.keys()


def test_what_nothing_uses_of_an_included_file_is_left_out(study: StudyFolder) -> None:
    include(study)
    loaded = study.load()
    assert loaded.left_out == {"idle", "unused"}
    assert "idle" not in loaded.model.parameters
    assert "unused" not in loaded.model.definitions
    study.patch(CONTROLLER, "assumptions:\n", "assumptions:\n  idle: {value: 2, why: Me.}\n")
    assert "an included file has it, but nothing in the model uses it" in study.problem().message


def test_a_study_made_of_pieces_is_the_study_written_whole(study: StudyFolder) -> None:
    """The same numbers follow from the same content, however it is spread: the keys agree."""
    whole = study.load().key
    text = study.text(MODEL)
    head, _, rest = text.partition("parameters:\n")
    parameters, _, tail = rest.partition("choices:\n")
    study.write("../shared/parameters.yaml", "sources: ../small/sources.csv\nparameters:\n" + parameters)
    study.write(MODEL, f"include: [../shared/parameters.yaml]\n{head}choices:\n{tail}")
    assert study.load().key == whole


def test_a_file_included_by_two_roads_counts_once(study: StudyFolder) -> None:
    include(study)
    study.write("../shared/more.yaml", "include: [prices.yaml]\nthemes:\n  more: More\n")
    study.patch(MODEL, f"include: [{PRICES}]", f"include: [{PRICES}, ../shared/more.yaml]")
    assert "wage" in study.load().model.parameters


def test_correlations_of_an_included_file_hold_where_both_are_used(study: StudyFolder) -> None:
    more = """\
  bonus: {label: Bonus, value: 100, dist: "gamma(mean=100, sd=9)", unit: SEK/month, price_year: 2023, assumption: A.}
definitions:
"""
    pairs = "correlations:\n  - {between: [wage, bonus], rank: 0.4, assumption: A.}\n"
    include(study, SHARED.replace("definitions:\n", more, 1) + pairs)
    assert study.load().model.correlations == ()
    study.patch(MODEL, "amount: pay", "amount: pay + bonus * 12")
    assert len(study.load().model.correlations) == 1


@pytest.mark.parametrize(
    ("old", "new", "file", "points_at", "message"),
    [
        ("value: 30000,", "value: 30 000,", PRICES, "30 000", "write 30000"),
        ("wage * 12", "wge * 12", PRICES, "wge", "unknown name 'wge'"),
        ("source: wages}\n  idle", "source: wagse}\n  idle", PRICES, "wagse", "did you mean 'wages'"),
        ("label: Wage, ", "", PRICES, "wage:", "missing key 'label'"),
        ("unit: SEK/month", "unit: SEK/moth", PRICES, "SEK/moth", "SEK/month"),
        ("tables/growth.csv", "tables/growht.csv", PRICES, "tables/growht.csv", "no file"),
        ("themes:", "time:\n  cycles: 3\nthemes:", PRICES, "time:", "`time` cannot stand in a file that is included"),
        ("themes:", "parametrs: {}\nthemes:", PRICES, "parametrs:", "did you mean 'parameters'"),
        ("themes:\n  wages: What work costs", "themes: 3", PRICES, "3", "expected `name: ...` lines"),
        ("[when]", "[year]", PRICES, "year]", "'year' is the clock of the model"),
        ("sources: prices.csv", "sources: [prices.csv, 3]", PRICES, "3]", "expected text"),
    ],
)
def test_a_mistake_is_told_in_the_file_where_it_stands(
    study: StudyFolder, old: str, new: str, file: str, points_at: str, message: str
) -> None:
    include(study)
    study.patch(file, old, new)
    found = [p for p in study.problems() if message in p.message]
    assert len(found) == 1, study.problems()
    assert Path(found[0].path) == (study.folder / file).resolve()
    assert stands(study, found[0]).startswith(points_at)


def test_a_mistake_in_a_shared_table_is_told_in_that_table(study: StudyFolder) -> None:
    include(study)
    study.write("../shared/tables/growth.csv", "year,factor\n2020,1\n2030,1,2\n")
    problem = study.problem()
    assert Path(problem.path) == study.folder.parent / "shared" / "tables" / "growth.csv"
    assert problem.line == 3


def test_a_name_that_stands_twice_is_told_with_both_places(study: StudyFolder) -> None:
    include(study, SHARED.replace("  idle:", "  coach:"))
    problem = study.problem()
    assert problem.path == str(study.folder / MODEL)
    assert stands(study, problem).startswith("coach: {label: A coach")
    assert "'coach' stands in " in problem.message
    assert "shared/prices.yaml:7:3 too" in problem.message


def test_a_list_of_an_included_file_keeps_its_own_places(study: StudyFolder) -> None:
    include(study, SHARED + "constraints:\n  - {require: wage > 0, why: Pay.}\n  - {require: wge > 0, why: Pay.}\n")
    study.patch(MODEL, "constraints:\n", "constraints:\n  - {require: benefit > 0, why: Money.}\n")
    problem = study.problem()
    assert problem.where == "constraints[1].require"
    assert problem.path.endswith("prices.yaml")
    assert stands(study, problem).startswith("wge")


def test_a_source_that_two_files_tell_differently_is_refused(study: StudyFolder) -> None:
    include(study)
    study.write("../shared/prices.csv", SOURCES + study.text("sources.csv").split("\n")[1] + "\n")
    study.load()  # the same row twice says one thing
    study.write("../shared/prices.csv", SOURCES + "labour_survey,,,,,,,,Another title,,,A\n")
    problem = study.problem()
    assert problem.path.endswith("sources.csv")
    assert problem.line == 2
    assert "'labour_survey' stands in" in problem.message
    assert "prices.csv:3 too, and says otherwise" in problem.message


# ---------------------------------------------------------------- extends


def test_an_extending_model_merges_mappings_replaces_the_rest_and_removes(study: StudyFolder) -> None:
    extend(study, """\
title: Elsewhere
parameters:
  coach: {value: 60000, price_year: 2023, assumption: Their budget.}
  training: null
  wage: {label: Wage, value: 400000, unit: SEK/person-year, price_year: 2023, assumption: A.}
payers:
  state_tax: {label: The state}
transitions:
  outside:
    employed: {hazard: prob_to_rate(find_work)}
cost_items:
  course: null
  work: {label: Work, amount: wage, payer: state_tax, kind: production, state: employed}
strategies:
  coaching: {uptake: 0.5}
""")  # fmt: skip
    model = study.load().model
    assert model.title == "Elsewhere"
    assert model.parameters["coach"].value == 60000
    assert model.parameters["coach"].label == "A coach"
    assert model.parameters["coach"].theme == "prices"
    assert "training" not in model.parameters
    assert list(model.payers) == ["municipality", "state_tax"]
    assert model.payers["state_tax"].label == "The state"
    assert model.transitions["outside"]["employed"].probability is None
    assert model.transitions["outside"]["employed"].hazard == "prob_to_rate(find_work)"
    assert model.strategies["coaching"].uptake == 0.5
    assert len(model.strategies["coaching"].effects) == 1
    assert list(model.cost_items) == ["assistance", "coach", "work"]


def test_a_figure_does_not_keep_the_law_or_the_source_of_the_one_that_it_replaces(study: StudyFolder) -> None:
    extend(study, "parameters:\n  find_work: {value: 0.5, assumption: Here it is easier.}\n")
    parameter = study.load().model.parameters["find_work"]
    assert (parameter.value, parameter.dist, parameter.source) == (0.5, None, None)
    study.write(MODEL, "extends: ../base/model.yaml\nparameters:\n  find_work: {value: 0.5}\n")
    problem = study.problem()
    assert "no origin" in problem.message
    assert stands(study, problem).startswith("find_work: {value: 0.5}")


def test_files_named_in_a_base_are_relative_to_the_base(study: StudyFolder) -> None:
    before = study.load()
    extend(study, "title: Another name\n")
    loaded = study.load()
    assert loaded.tables == before.tables
    assert loaded.price_index == before.price_index
    assert loaded.sources == before.sources
    assert loaded.model.tables["mortality"].file == "../base/tables/mortality.csv"
    assert {"../base/model.yaml", "../base/sources.csv", "../base/tables/price_index.csv"} < loaded.files.keys()


def test_a_chain_of_models_is_laid_one_over_the_other(study: StudyFolder) -> None:
    extend(study, "title: First\nparameters:\n  benefit: {value: 13000, price_year: 2021, assumption: A.}\n")
    study.write(OWN, "extends: ../small/model.yaml\ntitle: Second\n")
    study.patch(STUDY, "model: model.yaml", f"model: {OWN}")
    model = study.load().model
    assert (model.title, model.parameters["benefit"].value) == ("Second", 13000)


def test_an_include_in_an_extending_model_lies_over_the_base(study: StudyFolder) -> None:
    study.write("../shared/rates.yaml", "parameters:\n  find_work: {value: 0.4, assumption: National.}\n")
    extend(study, "include: [../shared/rates.yaml]\n")
    assert study.load().model.parameters["find_work"].value == 0.4


@pytest.mark.parametrize(
    ("overlay", "points_at", "message"),
    [
        ("parameters:\n  coch: null\n", "coch:", "nothing to remove: "),
        ("parameters:\n  coach: {vale: 3}\n", "vale: 3", "unknown key 'vale'; did you mean 'value'"),
        ("parameters:\n  benefit: null\n", "benefit * 12", "unknown name 'benefit'"),
        ("payers: 3\n", "3", "expected `name: ...` lines, found the number 3"),
        ("parameters:\n  coach: {label: 3}\n", "3}", "expected text"),
        ("cost_items:\n  course: null\n", "training:", "nothing uses it"),
        ("horizont: 3\n", "horizont: 3", "unknown key 'horizont'"),
    ],
)
def test_a_mistake_in_an_extending_model_is_told_where_it_can_be_mended(
    study: StudyFolder, overlay: str, points_at: str, message: str
) -> None:
    extend(study, overlay)
    found = [p for p in study.problems() if message in p.message]
    assert len(found) == 1, study.problems()
    assert stands(study, found[0]).startswith(points_at)


def test_a_calculation_may_start_from_another_persons(study: StudyFolder) -> None:
    study.write("calculations/cautious.yaml", """\
extends: consultant.yaml
calculation: cautious
label: Cautious
role: Consultant, on another day
why: Half as much.
assumptions:
  hr_work: {value: 1.2, why: Seen here., assumption: A.}
  horizon: {value: 4, why: Sooner.}
""")  # fmt: skip
    study.patch(STUDY, "calculations/consultant.yaml]", "calculations/consultant.yaml, calculations/cautious.yaml]")
    consultant, cautious = study.load().calculations[1:]
    assert cautious.perspective == consultant.perspective == "society"
    assert cautious.assumptions["hr_work"].dist is None
    assert cautious.assumptions["hr_work"].source is None
    assert cautious.assumptions["horizon"].value == 4
    assert consultant.assumptions["hr_work"].value == 1.8


def test_who_signs_a_calculation_is_not_taken_over(study: StudyFolder) -> None:
    study.write("calculations/copy.yaml", "extends: consultant.yaml\ncalculation: copy\nlabel: Copy\n")
    study.patch(STUDY, "calculations/consultant.yaml]", "calculations/consultant.yaml, calculations/copy.yaml]")
    assert [p.message.split(":")[0] for p in study.problems()] == ["missing key 'role'", "missing key 'why'"]
    assert all(p.path.endswith("copy.yaml") for p in study.problems())


def test_a_study_may_start_from_another(study: StudyFolder) -> None:
    study.write("../second/study.yaml", "extends: ../small/study.yaml\nstudy: second\ndraws: 32\nseed: 8\n")
    second = load_study(study.folder.parent / "second")
    assert second.study.draws == 32
    assert second.study.title == "A small study"
    assert second.study.model == "../small/model.yaml"
    assert second.model == study.load().model.model_copy(
        update={
            "price_index": "../small/tables/price_index.csv",
            "sources": "../small/sources.csv",
            "tables": second.model.tables,
        }
    )


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({MODEL: "extends: model.yaml\n"}, "circular `extends`: model.yaml -> model.yaml"),
        (
            {MODEL: f"extends: {OWN}\n", OWN: "extends: ../small/model.yaml\n"},
            f"circular `extends`: model.yaml -> {OWN} -> ../small/model.yaml",
        ),
        ({MODEL: f"include: [{PRICES}]\n", PRICES: "include: [prices.yaml]\n"}, "circular `include`"),
        ({MODEL: "include: [model.yaml]\n"}, "circular `include`"),
        ({CONTROLLER: "extends: controller.yaml\n"}, "circular `extends`"),
        ({STUDY: "extends: study.yaml\n"}, "circular `extends`"),
    ],
)
def test_a_circle_of_files_is_refused(study: StudyFolder, files: dict[str, str], message: str) -> None:
    for file, text in files.items():
        study.write(file, text)
    assert any(message in p.message for p in study.problems()), study.problems()


def test_files_that_name_one_another_without_end_through_a_link_are_stopped(study: StudyFolder) -> None:
    (study.folder / "d").symlink_to(study.folder)
    study.write("piece.yaml", "include: [d/piece.yaml]\n")
    study.write(MODEL, "include: [piece.yaml]\n" + study.text(MODEL))
    assert any("circular `include`" in p.message for p in study.problems())


def test_a_long_chain_of_files_is_refused(study: StudyFolder) -> None:
    for k in range(30):
        study.write(f"m{k}.yaml", f"extends: m{k + 1}.yaml\n")
    study.write("m30.yaml", study.text(MODEL))
    study.write(MODEL, "extends: m0.yaml\n")
    assert "more than 20 files that name one another" in study.problems()[0].message


def test_very_large_pieces_are_refused_before_they_are_all_read(study: StudyFolder) -> None:
    names = [f"piece{k}.yaml" for k in range(8)]
    for k, name in enumerate(names):
        filling = "#" + "x" * 4_999_000
        study.write(name, f"themes:\n  t{k}: T\n{filling}\n")
    study.write(MODEL, f"include: [{', '.join(names)}]\n{study.text(MODEL)}")
    assert f"larger than {LARGEST_STUDY // 1_000_000} MB together" in " ".join(p.message for p in study.problems())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../../elsewhere/prices.yaml", "climbs out of the folder that holds the study's folder"),
        ("../shared/../../x.yaml", "climbs out of the folder that holds the study's folder"),
        ("../.hidden/prices.yaml", "no hidden ones"),
        ("../shared/prices.txt", "only .yaml, .yml, .csv files"),
        ("/etc/passwd", "is not inside the study's folder"),
        ("~/prices.yaml", "is not inside the study's folder"),
        ("..", "climbs out"),
        ("../shared", "only .yaml, .yml, .csv files"),
        ("../shared/link.yaml", "is a link out of the folder that holds the study's folder"),
        ("../shared/prizes.yaml", "did you mean '../shared/prices.yaml'?"),
        ("C:/prices.yaml", "written with '/'"),
    ],
)
def test_a_name_that_escapes_is_refused_where_it_is_written(study: StudyFolder, name: str, message: str) -> None:
    outside = study.folder.parent.parent / f"{study.folder.parent.name}-outside.yaml"
    outside.write_text("themes: {}\n")
    study.write("../shared/prices.yaml", "themes:\n  a: A\n")
    (study.folder.parent / "shared" / "link.yaml").symlink_to(outside)
    study.write(MODEL, f'include: ["{name}"]\n{study.text(MODEL)}')
    found = [p for p in study.problems() if message in p.message]
    assert len(found) == 1, study.problems()
    assert (found[0].line, found[0].column, found[0].where) == (1, 11, "include[0]")


def test_a_name_in_an_included_file_does_not_climb_further_than_one_in_the_model(study: StudyFolder) -> None:
    include(study)
    study.patch(PRICES, "file: tables/growth.csv", "file: ../../tables/growth.csv")
    assert any("climbs out of the folder that holds" in p.message for p in study.problems())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("extends: 3\n", "expected text"),
        ("include: shared.yaml\n", "expected a list"),
        ("include: [3]\n", "expected text"),
    ],
)
def test_a_name_of_a_file_that_is_none_is_told(study: StudyFolder, line: str, message: str) -> None:
    study.write(MODEL, line + study.text(MODEL))
    problem = study.problem()
    assert message in problem.message
    assert problem.line == 1


def test_a_study_in_a_folder_that_is_a_link_finds_what_lies_beside_the_real_one(
    study: StudyFolder, tmp_path: Path
) -> None:
    include(study)
    key = study.load().key
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "far" / "away" / "link").symlink_to(study.folder)
    assert load_study(tmp_path / "far" / "away" / "link").key == key


def test_problems_of_every_file_are_told_at_once(study: StudyFolder) -> None:
    include(study)
    study.patch(PRICES, "label: Wage, ", "")
    study.patch(MODEL, "label: A coach, value: 50_000", "label: A coach, value: 50 000")
    study.patch("../shared/tables/growth.csv", "2030,1.2", "2030,1.2.3")
    with pytest.raises(SpecError) as caught:
        study.load()
    assert {Path(p.path).name for p in caught.value.problems} == {"prices.yaml", "model.yaml", "growth.csv"}
