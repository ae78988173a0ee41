"""A study that goes on where another one ended."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.spec.tables import CsvError, read_occupancy
from tests.conftest import MODEL, StudyFolder

M = "model.yaml"
NAMED = "start_from: {file: occupancy.csv, calculation: controller, strategy: usual}\n"
HEAD = "calculation,strategy,time,state,share\n"


def rows(*shares: tuple[float, str, str], calculation: str = "controller", strategy: str = "usual") -> str:
    return "".join(f"{calculation},{strategy},{time:g},{state},{share}\n" for time, state, share in shares)


SMALL = HEAD + rows((0, "outside", "1"), (4, "outside", "0.25"), (4, "employed", "0.5"), (4, "dead", "0.25"))


def starting_from(study: StudyFolder, text: str, named: str = NAMED) -> StudyFolder:
    study.patch(M, "start:\n  outside: 1\n", named)
    study.write("occupancy.csv", text)
    return study


def test_the_cohort_starts_where_the_other_run_ended(study: StudyFolder) -> None:
    assert starting_from(study, SMALL).load().start == {"outside": 0.25, "employed": 0.5, "dead": 0.25}


def test_another_time_than_the_end_can_be_named(study: StudyFolder) -> None:
    starting_from(study, SMALL, NAMED.replace("usual}", "usual, time: 0}"))
    assert study.load().start == {"outside": 1.0}


def test_those_who_go_on_are_the_whole_cohort(study: StudyFolder) -> None:
    starting_from(study, SMALL, NAMED.replace("usual}", "usual, only: [employed, outside]}"))
    assert study.load().start == {"employed": pytest.approx(2 / 3), "outside": pytest.approx(1 / 3)}


@pytest.mark.parametrize(
    ("text", "named", "place", "words"),
    [
        (SMALL, NAMED.replace("controller", "controler"), "calculation", "did you mean 'controller'"),
        (SMALL, NAMED.replace("usual}", "coaching}"), "strategy", "no strategy 'coaching'"),
        (SMALL, NAMED.replace("usual}", "usual, time: 3}"), "time", "no time 3; the nearest is 4, of 0 to 4 years"),
        (SMALL, NAMED.replace("usual}", "usual, only: [prison]}"), "only[0]", "no state 'prison'"),
        (SMALL, NAMED.replace("usual}", "usual, only: [training_course]}"), "only[0]", "(in the file)"),
        (SMALL, NAMED.replace("usual}", "usual, only: [dead, dead]}"), "only[1]", "named twice"),
        (SMALL.replace("dead", "prison"), NAMED, "file", "'prison' (0.25 of the cohort), and this model has no such"),
        (SMALL.replace("0.5\n", "0.4\n"), NAMED, "file", "add up to 0.9 in the file"),
        (
            SMALL + rows((4, "training_course", "0")),
            NAMED.replace("usual}", "usual, only: [training_course]}"),
            "only",
            "nobody is in training_course",
        ),
    ],
)
def test_what_cannot_be_gone_on_from_is_told_at_its_place(
    study: StudyFolder, text: str, named: str, place: str, words: str
) -> None:
    problem = starting_from(study, text, named).problem()
    assert problem.where == f"start_from.{place}"
    assert problem.line == 1 + MODEL.split("start:\n")[0].count("\n")
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("calculation,strategy,time,share\na,b,0,1\n", (1, 1), "missing column state"),
        (HEAD + "a,b,0,c,1.5\n", (2, 9), "1.5 is no share"),
        (HEAD + "a,b,0,c,-0.5\n", (2, 9), "-0.5 is no share"),
        (HEAD + "a,b,-1,c,1\n", (2, 5), "time: -1"),
        (HEAD + 'a,b,0,c,"0,5"\n', (2, 9), "share"),
        (HEAD + "a,b,0,c,1\na,b,0,c,0\n", (3, 7), "'c' stands here and in line 2"),
    ],
)
def test_a_mistake_in_the_file_is_told_in_its_cell(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(CsvError) as caught:
        read_occupancy(text)
    fault = caught.value.faults[0]
    assert (fault.line, fault.column) == place
    assert words in fault.message


def test_a_state_with_nobody_in_it_need_not_be_in_this_model(study: StudyFolder) -> None:
    starting_from(study, SMALL + rows((4, "prison", "0")))
    assert "prison" not in study.load().start


def test_a_state_that_nobody_starts_in_or_comes_to_is_told(study: StudyFolder) -> None:
    starting_from(study, SMALL, NAMED.replace("usual}", "usual, only: [dead]}"))
    assert {p.where for p in study.problems()} == {f"states.{s}" for s in ("outside", "training_course", "employed")}


def test_the_start_is_said_once(study: StudyFolder) -> None:
    study.patch(M, "start:\n  outside: 1\n", f"start:\n  outside: 1\n{NAMED}")
    study.write("occupancy.csv", SMALL)
    assert "`start` says it already" in study.problem().message


def test_what_the_file_says_is_in_the_key_of_the_study(study: StudyFolder) -> None:
    key = starting_from(study, SMALL).load().key
    study.write("occupancy.csv", SMALL + rows((4, "outside", "1"), calculation="somebody_else"))
    assert study.load().key == key
    study.write("occupancy.csv", SMALL.replace("0.25", "0.2").replace("0.5\n", "0.6\n"))
    assert study.load().key != key


def test_the_file_is_relative_to_the_file_that_names_it_and_replaces_a_start(study: StudyFolder) -> None:
    study.write("../base/model.yaml", MODEL)
    study.write("../base/sources.csv", (study.folder / "sources.csv").read_text())
    for name in ("mortality", "price_index"):
        study.write(f"../base/tables/{name}.csv", (study.folder / "tables" / f"{name}.csv").read_text())
    study.write("../next/model.yaml", f"extends: ../base/model.yaml\ntitle: Later\n{NAMED}")
    study.write("../next/occupancy.csv", SMALL)
    study.write(M, "extends: ../next/model.yaml\ntitle: Later still\n")
    loaded = study.load()
    assert loaded.start == {"outside": 0.25, "employed": 0.5, "dead": 0.25}
    assert "../next/occupancy.csv" in loaded.files


def certain(study: StudyFolder) -> StudyFolder:
    """Without uncertainty, so that means over draws are what happens in each."""
    study.patch(M, "    dist: beta(mean=0.3, sd=0.05)\n", "")
    study.patch(M, ', dist: "lognormal(mean=1.4, sd=0.2)"', "")
    study.patch("calculations/consultant.yaml", ', dist: "uniform(0.8, 1.2, relative=true)"', "")
    study.patch("calculations/controller.yaml", "{value: 5,", "{value: 4,")
    study.patch("study.yaml", "sensitivity:\n  - {method: sobol, calculations: [controller], n: 64}", "analyses: []")
    study.patch("study.yaml", "draws: 64", "draws: 16")
    return study


def test_a_run_in_two_halves_is_one_run(study: StudyFolder, tmp_path: Path) -> None:
    """Ages 20 to 30 in one study, or 20 to 24 and, by the file that the first run leaves, 24 to 30."""
    certain(study)
    study.patch(M, "value: 8, unit: years", "value: 10, unit: years")
    whole = engine.run_study(study.load())
    engine.write_results(whole, tmp_path / "whole", report=False)
    study.patch(M, "value: 10, unit: years", "value: 4, unit: years")
    study.patch(M, "cycles: 10", "cycles: 4")
    first = engine.run_study(study.load())
    engine.write_results(first, tmp_path / "first", report=False)
    starting_from(
        study,
        (tmp_path / "first" / "occupancy.csv").read_text(encoding="utf-8"),
        NAMED.replace("controller", "consultant"),
    )
    study.patch(M, "cycles: 4", "cycles: 6")
    study.patch(M, "start_age: 20", "start_age: 24")
    study.patch(M, "value: 4, unit: years", "value: 6, unit: years")
    second = engine.run_study(study.load())
    at = {"calculation": "consultant", "course": "usual"}
    ends = [f.results["mean_occupancy"].sel(at).isel(time_point=-1).values for f in (whole, second)]
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-10)
    # money too: what is discounted to age 24 in the second study is four years further off in the whole
    money = [f.results["cost"].sel(at).mean("draw").values for f in (whole, first, second)]
    np.testing.assert_allclose(money[1] + money[2] * 1.03**-4, money[0], rtol=1e-10)


def test_a_run_leaves_who_is_where(study: StudyFolder, tmp_path: Path) -> None:
    findings = engine.run_study(certain(study).load())
    folder = engine.write_results(findings, tmp_path / "r", report=False)
    with (folder / "occupancy.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 2 * 2 * 11 * 4
    mean = findings.results["mean_occupancy"]
    for row in found[::7]:
        at = mean.sel(calculation=row["calculation"], course=row["strategy"], state=row["state"])
        assert float(row["share"]) == pytest.approx(float(at.isel(time_point=int(row["time"]))), abs=1e-12)
