"""The command line: what it prints where, and which exit code it ends with."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from engine import api
from engine.cli import invoke
from engine.errors import EngineWarning
from tests.conftest import StudyFolder

NORRKOPING = str(Path(__file__).parents[2] / "configs" / "norrkoping")
TWO_STATE = str(Path(__file__).parents[2] / "configs" / "two_state")
FILES = {
    "run.json",
    "summary.json",
    "npv.csv",
    "differences.csv",
    "sensitivity.csv",
    "occupancy.csv",
    "budget.csv",
    "results.zarr",
    "report.html",
    "figures",
    "plan.json",
    "journal.jsonl",
    "MANIFEST.json",
}


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def insats(capsys: pytest.CaptureFixture[str]) -> Any:
    """A command line -> exit code, stdout and stderr."""

    def call(*arguments: str | Path) -> Said:
        capsys.readouterr()
        code = invoke([str(a) for a in arguments])
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results of the study `two_state`, with its report."""
    folder = tmp_path_factory.mktemp("run") / "results"
    assert invoke(["run", TWO_STATE, "-o", str(folder), "-q"]) == 0
    return folder


def test_check_says_what_would_run(insats: Any) -> None:
    said = insats("check", TWO_STATE)
    assert said.code == 0
    assert said.err == ""
    assert "2 states, 2 payers, 2 strategies" in said.out
    assert "1 024 per calculation, design sobol, seed 1" in said.out
    assert [line.split() for line in said.out.splitlines() if line.startswith("Wary")] == [
        ["Wary", "Municipal", "budget", "2", "1"]
    ]
    assert f"results{'/'}two_state-" in said.out.replace("\\", "/")
    assert said.out.endswith("No problems found.\n")


def test_check_tells_every_problem_with_its_place(insats: Any, study: StudyFolder) -> None:
    study.patch("study.yaml", "headline: society", "headline: sociey")
    study.patch("calculations/controller.yaml", "{value: 5,", "{value: -5,")
    study.patch("model.yaml", "label: Employed}", "label: Employed, colour: red}")
    said = insats("check", study.folder)
    assert said.code == 3
    assert said.out == ""
    assert "model.yaml: 1 problem" in said.err
    assert "colour" in said.err
    as_data = insats("check", study.folder, "--json")
    problem = json.loads(as_data.out)["error"]["problems"][0]
    assert problem["file"].endswith("model.yaml")
    assert problem["line"] > 1
    assert as_data.code == 3


def test_check_as_json_counts_what_would_run(insats: Any) -> None:
    found = json.loads(insats("check", TWO_STATE, "--json").out)
    assert found["counts"]["states"] == 2
    assert [c["uncertain_parameters"] for c in found["calculations"]] == [0, 1]
    assert found["problems"] == []


def test_check_explains_a_name(insats: Any, study: StudyFolder) -> None:
    said = insats("check", study.folder, "--explain", "half_life")
    assert (said.code, said.err) == (0, "")
    rows = [" ".join(line.split()) for line in said.out.splitlines()]
    assert rows[:2] == ["half_life Half-life of the effect", f"Parameter, {study.folder / 'model.yaml'}:34"]
    assert "value 3" in rows
    assert "unit years" in rows
    assert "No calculation sets it otherwise." in rows
    assert any(row.startswith("alternative slowly of choice fade_form") for row in rows)
    assert "Used through others in" in rows
    as_data = json.loads(insats("check", study.folder, "--explain", "half_life", "--json").out)
    assert (as_data["name"], as_data["kind"]) == ("half_life", "parameter")


def test_check_explains_no_name_that_is_not_there(insats: Any, study: StudyFolder) -> None:
    said = insats("check", study.folder, "--explain", "half_live")
    assert (said.code, said.out) == (2, "")
    assert "Did you mean 'half_life'?" in said.err
    assert "'outside' is a state" in insats("check", study.folder, "--explain", "outside").err


def test_run_answers_on_stdout_and_tells_progress_on_stderr(insats: Any, tmp_path: Path) -> None:
    said = insats("run", TWO_STATE, "-o", tmp_path / "out")
    assert said.code == 0
    rows = {line.split("  ")[0]: line.split() for line in said.out.splitlines()}
    assert rows["Hopeful"][1:] == ["Society", "65.2", "no", "uncertainty", "-", "1.7", "years"]
    assert rows["Wary"][1:] == ["Municipal", "budget", "-18.0", "-50.0", "to", "14.0", "50", "%", "never"]
    assert rows["The individual"] == ["The", "individual", "53.8", "28.0"]
    assert "Of the 83 200 SEK per participant between Wary and Hopeful, each in the view that it reports:" in said.out
    assert rows["Horizon"][-2:] == ["+38", "200"]
    assert "  2 years -> 3 years\n" in said.out
    assert "If all calculations agreed on the right one, two or three assumptions:" in said.out
    assert "What turns the sign of Wary's figure, taken from Hopeful: Horizon (one of 2 smallest sets)." in said.out
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in said.out
    assert said.out.splitlines()[-1].startswith("Next: insats compare ")
    assert "Simulating: 100 %" in said.err
    assert "Writing the report: 100 %" in said.err
    assert {p.name for p in (tmp_path / "out").iterdir()} == FILES
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_run_tells_what_a_stated_value_would_leave_of_the_difference(insats: Any, tmp_path: Path) -> None:
    shutil.copytree(TWO_STATE, tmp_path / "s")
    with (tmp_path / "s" / "study.yaml").open("a", encoding="utf-8") as file:
        file.write("analyses: [decision]\ndifferences: {consensus: {horizon: 3}}\n")
    said = insats("run", tmp_path / "s", "-o", tmp_path / "r", "-q", "--no-report", "-n", "64")
    assert said.code == 0
    # by hand: with three years wary has 5 040, so 60 160 of the 83 200 are left
    told = (
        "If Wary and Hopeful took what the study states for Horizon (3 years), of the 83 000 SEK between them, 60 000"
    )
    assert told in " ".join(said.out.split())


def test_run_writes_to_a_folder_named_after_study_and_key(
    insats: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = insats("run", TWO_STATE, "-n", "64", "-q", "--no-report")
    key = json.loads(insats("check", TWO_STATE, "--json").out)["key"]
    assert said.err == ""
    assert f"Results: {Path('results') / f'two_state-{key}'}" in said.out
    assert {p.name for p in (tmp_path / "results" / f"two_state-{key}").iterdir()} == FILES - {"report.html", "figures"}


def test_run_as_json_prints_one_object(insats: Any, tmp_path: Path) -> None:
    said = insats("run", TWO_STATE, "-o", tmp_path / "out", "-n", "64", "--seed", "9", "--no-report", "--json")
    found = json.loads(said.out)
    assert (found["draws"], found["seed"]) == (64, 9)
    assert found["folder"] == str(tmp_path / "out")
    assert found["report"] is None
    assert found["missed_limits"] == []
    written = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert {name: found[name] for name in written} == written


def test_threads_and_block_size_change_no_byte_of_the_numbers(insats: Any, tmp_path: Path) -> None:
    written = []
    for k, options in enumerate(
        [("--threads", "1"), ("--threads", "2", "--block-size", "256"), ("--block-size", "512")]
    ):
        assert insats("run", TWO_STATE, "-o", tmp_path / str(k), "--no-report", "-q", *options).code == 0
        written.append(
            [(tmp_path / str(k) / f).read_bytes() for f in ("npv.csv", "differences.csv", "sensitivity.csv")]
        )
    assert written[0] == written[1] == written[2]


def test_the_target_folder_is_checked_before_the_run(
    insats: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    monkeypatch.setattr(api, "run_study", lambda *_, **__: pytest.fail("it ran"))
    said = insats("run", TWO_STATE, "-o", tmp_path)
    assert said.code == 2
    assert "holds other files than results" in said.err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "Usage: insats"),
        (("rnu", TWO_STATE), "rnu"),
        (("run",), "Name a study: a folder with study.yaml"),
        (("run", TWO_STATE, "-n", "0"), "0 is not in the range"),
        (("run", TWO_STATE, "-n", "-5"), "-5 is not in the range"),
        (("run", TWO_STATE, "-n", "many"), "'many' is not a valid"),
        (("run", TWO_STATE, "-n", "3"), "needs at least 16"),
        (("run", TWO_STATE, "--seed", "-1"), "-1 is not in the range"),
        (("run", TWO_STATE, "--threads", "0"), "0 is not in the range"),
        (("run", TWO_STATE, "--block-size", "0"), "0 is not in the range"),
        (("run", TWO_STATE, "--drawz", "4"), "--drawz"),
        (("run", TWO_STATE, "--language", "tlh"), "no messages in language 'tlh'"),
        (("run", TWO_STATE, "extra"), "unexpected extra argument"),
        (("compare", TWO_STATE, "hopeful"), "Name two calculations"),
        (("compare", TWO_STATE, "hopeful", "hopeful"), "named twice"),
        (("compare", TWO_STATE, "hopefull", "wary"), "Did you mean 'hopeful'?"),
        (("compare", TWO_STATE, "--perspective", "sociaty"), "Did you mean 'society'?"),
        (("compare", TWO_STATE, "--strategy", "usual"), "There are: coaching."),
        (("sensitivity", TWO_STATE, "--calculation", "warry"), "Did you mean 'wary'?"),
        (("sensitivity", TWO_STATE, "--calculation", "hopeful"), "nothing uncertain"),
        (("sensitivity", TWO_STATE, "--method", "guess"), "'guess' is not one of"),
        (("sensitivity", TWO_STATE, "-n", "3"), "powers of two"),
        (("report", "/no/such/folder"), "no such folder of results"),
        (("report", TWO_STATE), "no folder of results"),
        (("show", TWO_STATE), "no folder of results"),
        (("verify", "/no/such/folder"), "no such folder of results"),
        (("run", TWO_STATE, "--resume", "--fresh"), "name one of them"),
        (("run", TWO_STATE, "--resume", "-o", "/tmp/no/such/folder"), "nothing to go on from"),
        (("init", TWO_STATE), "exists already"),
        (("schema", "modle"), "'modle' is not one of"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_clear_line(insats: Any, arguments: Sequence[str], expected: str) -> None:
    said = insats(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert expected in said.err
    assert "Traceback" not in said.err


def test_a_study_that_is_not_there_ends_with_3(insats: Any, tmp_path: Path) -> None:
    for command in ("check", "run", "compare", "sensitivity"):
        said = insats(command, tmp_path / "nowhere")
        assert said.code == 3
        assert "no such file or folder" in said.err


def test_a_missed_limit_ends_with_4_after_the_results_are_written(
    insats: Any, study: StudyFolder, tmp_path: Path
) -> None:
    study.patch("study.yaml", "draws: 64", "draws: 64\nlimits: {mcse: 0.001}")
    said = insats("run", study.folder, "-o", tmp_path / "out", "--no-report", "-q")
    assert said.code == 4
    assert "Limit missed: the Monte Carlo standard error of 'controller', 'coaching' is" in said.err
    assert (tmp_path / "out" / "npv.csv").is_file()
    assert "Net saving" in said.out


def test_a_run_too_large_for_the_machine_is_refused_with_5(insats: Any, tmp_path: Path) -> None:
    said = insats("run", TWO_STATE, "-n", str(10**12), "-o", tmp_path / "out", "-q")
    assert said.code == 5
    assert "ask for fewer draws" in said.err
    assert not (tmp_path / "out").exists()


def test_a_bug_keeps_its_traceback_and_asks_to_be_reported(insats: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "compile_model", lambda _: 1 / 0)
    said = insats("compare", TWO_STATE, "-q")
    assert said.code == 1
    assert "ZeroDivisionError" in said.err
    assert "This is a bug in insats" in said.err.splitlines()[-1]


def test_a_full_disk_is_no_bug(insats: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.api.files.write_zarr", full)
    said = insats("run", TWO_STATE, "-n", "64", "-q", "-o", tmp_path / "out")
    assert said.code == 5
    assert said.err.startswith(f"{tmp_path / 'out.part'}: the disk takes no more (No space left on device).")
    assert said.err.endswith("64 of 64 draws are kept; make room, and go on with the same command\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out.part"]
    monkeypatch.undo()
    said = insats("run", TWO_STATE, "-n", "64", "-o", tmp_path / "out", "--no-report", "--resume")
    assert said.code == 0
    assert said.err.startswith("Going on from 64 of 64 draws.")


def test_own_warnings_are_one_line_and_those_of_libraries_are_silent(
    insats: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging
    import warnings

    original = api.compile_model

    def warn(study: Any) -> Any:
        warnings.warn("this will change in the next version of something", DeprecationWarning, stacklevel=2)
        warnings.warn("two draws were rejected", EngineWarning, stacklevel=2)
        logging.getLogger("some.library").warning("findfont: no such family")
        return original(study)

    monkeypatch.setattr(api, "compile_model", warn)
    said = insats("compare", TWO_STATE, "-q")
    assert said.code == 0
    assert said.err == "Warning: two draws were rejected\n"


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        # the horizon alone
        ("value: 2", None),
        # a ratio of 1 alone, and a horizon of 2 alone: -61 440 and -29 440 of -61 440
        ("value: 1", "Changed one at a time, the assumptions would come to -90 900 SEK, more than the -61 400 SEK"),
    ],
)
def test_compare_says_in_words_where_interactions_are_large(
    insats: Any, tmp_path: Path, ratio: str, told: str | None
) -> None:
    shutil.copytree(TWO_STATE, tmp_path / "s")
    wary = tmp_path / "s" / "calculations" / "wary.yaml"
    old = "value: 2\n    dist: discrete([1, 3], [0.5, 0.5])"
    text = wary.read_text(encoding="utf-8")
    assert old in text
    wary.write_text(text.replace(old, ratio), encoding="utf-8")
    said = insats("compare", tmp_path / "s", "hopeful", "wary", "--perspective", "municipality", "-q")
    words = " ".join(said.out.split())
    assert ("Changed one at a time" in words) == (told is not None)
    assert told is None or told in words


def test_compare_lists_contributions_that_sum_to_the_gap(insats: Any) -> None:
    said = insats("compare", TWO_STATE, "hopeful", "wary", "-q")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "Hopeful -> Wary: Society"
    assert lines[1] == "NPV from 65.2 to 10.0: -55.2 thousand SEK per participant, 2023 prices."
    rows = {line.split("  ")[0]: line.split() for line in lines}
    assert rows["Horizon"][1:] == ["-49.2", "-55.2", "-43.2", "-55.2", "to", "-43.2"]
    assert rows["Sum"] == ["Sum", "-55.2"]
    found = json.loads(insats("compare", TWO_STATE, "hopeful", "wary", "-q", "--json").out)["differences"]
    assert len(found) == 1
    assert found[0]["gap"] == pytest.approx(-55_200, abs=1e-6)
    assert sum(c["shapley"] for c in found[0]["contributions"]) == pytest.approx(found[0]["gap"], abs=1e-6)


def test_compare_in_the_reported_view_counts_the_perspective_as_an_assumption(insats: Any) -> None:
    found = json.loads(insats("compare", TWO_STATE, "--perspective", "reported", "-q", "--json").out)
    names = {c["assumption"] for c in found["differences"][0]["contributions"]}
    assert names == {"horizon", "risk_ratio", "perspective"}
    assert found["differences"][0]["gap"] == pytest.approx(-83_200, abs=1e-6)
    said = insats("compare", TWO_STATE, "--perspective", "reported", "-q")
    assert "Hopeful -> Wary: each in its own perspective" in said.out


@pytest.mark.parametrize("method", ["sobol", "morris", "oneway"])
def test_sensitivity_shows_every_method(insats: Any, study: StudyFolder, method: str) -> None:
    options = ("--method", method, "--calculation", "controller", "-n", "64", "-q")
    said = insats("sensitivity", study.folder, *options)
    assert said.code == 0
    assert "Effect of the coach" in said.out
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    assert (found["method"], found["calculation"], found["party"]) == (method, "controller", "municipal")
    assert {p["parameter"] for p in found["parameters"]} == {"find_work", "hr_work"}


def test_sensitivity_counts_a_theme_as_one_and_says_who_is_in_it(insats: Any, study: StudyFolder) -> None:
    options = ("--groups", "themes", "--calculation", "controller", "-n", "64", "-q")
    said = insats("sensitivity", study.folder, *options)
    assert said.code == 0
    assert "Counted as one:" in said.out
    assert "Effect of the coach" in said.out
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    members = [m for p in found["parameters"] for m in p["members"]]
    assert sorted(members) == ["find_work", "hr_work"]
    for other in (("--method", "oneway"), ("--by", "year"), ("--precision", "0.1")):
        said = insats("sensitivity", study.folder, *options[:4], *other)
        assert said.code == 2
        assert "--groups is of the methods sobol, morris, shapley_effects, pawn" in said.err


def test_report_writes_the_page_again(insats: Any, results: Path, tmp_path: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    before = (copy / "report.html").read_bytes()
    (copy / "report.html").unlink()
    said = insats("report", copy)
    assert (said.code, said.out) == (0, f"Report: {copy / 'report.html'}\n")
    assert (copy / "report.html").read_bytes() == before
    other = tmp_path / "other.html"
    assert insats("report", copy, "-o", other).code == 0
    assert other.read_bytes() == before


def test_report_writes_the_page_in_swedish_from_the_same_results(insats: Any, results: Path, tmp_path: Path) -> None:
    page = tmp_path / "rapport.html"
    said = insats("report", results, "-o", page, "--language", "sv")
    assert (said.code, said.out) == (0, f"Report: {page}\n")
    text = page.read_text(encoding="utf-8")
    assert '<html lang="sv">' in text
    assert "Svaret i tre punkter" in text
    assert "The answer in three points" not in text


def test_a_damaged_folder_of_results_is_no_bug(insats: Any, results: Path, tmp_path: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    (copy / "results.zarr" / "results" / "zarr.json").write_text("{")
    for command in ("report", "verify", "rerun", "export"):
        said = insats(command, copy)
        assert said.code == 7
        assert "results.zarr/results/zarr.json has" in said.err + said.out.replace(":", "")


def test_what_is_stored_can_be_looked_at_and_run_again(insats: Any, results: Path, tmp_path: Path) -> None:
    said = insats("show", results, "--json")
    about = json.loads(said.out)
    assert (about["study"], about["draws"], about["finished"]) == ("two_state", 1024, True)
    assert about["headline"] == {"Hopeful": pytest.approx(65_200.0), "Wary": pytest.approx(-18_000.0)}
    assert "Hopeful  +65 200" in insats("show", results).out
    said = insats("verify", results)
    assert said.code == 0
    assert said.out.endswith("every one as it was written.\n")
    assert insats("rerun", results, "-q").out == "Block 0, draws 0 to 1 023: the same bits.\n"
    assert insats("rerun", results, "--block", 1, "-q").code == 2
    said = insats("draw", results, 7, "--calculation", "wary")
    assert "Keeps to every rule of the model." in said.out
    data = json.loads(insats("draw", results, 7, "--json").out)
    assert [c["calculation"] for c in data["calculations"]] == ["hopeful", "wary"]
    assert data["calculations"][0]["npv"]["coaching"]["society"] > 0
    assert insats("draw", results, 1024).code == 2
    said = insats("export", results, "-o", tmp_path / "x.nc")
    assert said.out == f"netCDF: {tmp_path / 'x.nc'}\n"
    assert (tmp_path / "x.nc").read_bytes()[:4] == b"\x89HDF"


def test_a_draw_that_breaks_a_rule_is_replayed_with_the_rule_its_place_and_its_cycle(
    insats: Any, study: StudyFolder, tmp_path: Path
) -> None:
    study.patch("model.yaml", "dist: beta(mean=0.3, sd=0.05)", "dist: beta(mean=0.7, sd=0.2)")
    study.patch("study.yaml", "draws: 64", "draws: 64\ninvalid_draws: reject")
    assert insats("run", study.folder, "-o", tmp_path / "out", "--no-report", "-q").code in (0, 4)
    status = api.load_findings(tmp_path / "out").results["status"].sel(calculation="controller").values
    bad = int(status.nonzero()[0][0])
    said = insats("draw", tmp_path / "out", bad, "--calculation", "controller")
    assert "Breaks from cycle 0 on: " in said.out
    assert "model.yaml:" in said.out
    found = json.loads(insats("draw", tmp_path / "out", bad, "--json").out)["calculations"][0]
    assert found["parameters"]["find_work"] + 0.1 > 1
    good = int((status == 0).nonzero()[0][0])
    assert "Keeps to every rule" in insats("draw", tmp_path / "out", good, "--calculation", "controller").out


@pytest.mark.parametrize("example", ["two_state", "norrkoping"])
def test_init_makes_a_study_that_checks_and_whose_schemas_are_there(insats: Any, tmp_path: Path, example: str) -> None:
    folder = tmp_path / "deep" / "my_study"
    said = insats("init", folder, "--example", example)
    assert said.code == 0
    assert said.out.splitlines()[-1] == f"Next: insats check {folder}"
    assert insats("check", folder).code == 0
    for path in folder.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert (path.parent / first.split("$schema=")[1]).is_file()
    assert [p.name for p in folder.parent.iterdir()] == ["my_study"]
    again = insats("init", folder)
    assert (again.code, again.out) == (2, "")


def test_schema_prints_what_is_shipped(insats: Any, tmp_path: Path) -> None:
    for kind in ("study", "model", "calculation", "part"):
        said = insats("schema", kind)
        shipped = Path(TWO_STATE).parent / "schema" / f"{kind}.schema.json"
        assert said.out == shipped.read_text(encoding="utf-8")
        assert insats("schema", kind, "-o", tmp_path / kind).code == 0
        assert (tmp_path / kind).read_text(encoding="utf-8") == said.out


def test_the_command_line_knows_every_method_of_sensitivity() -> None:
    from engine.analysis.sensitivity import METHODS
    from engine.cli import cli

    offered = next(o for o in cli.commands["sensitivity"].params if o.name == "method").type.choices
    assert list(offered) == list(METHODS)


def test_precision_doubles_the_design_and_tells_when_it_was_not_reached(insats: Any) -> None:
    reached = insats("sensitivity", NORRKOPING, "--calculation", "consultant", "--precision", "0.6", "-q")
    assert reached.code == 0
    assert "Least precise total index" in reached.out
    data = json.loads(
        insats("sensitivity", NORRKOPING, "--calculation", "consultant", "--precision", "0.6", "-q", "--json").out
    )
    assert data["analyses"][0]["reached"]
    assert insats("sensitivity", NORRKOPING, "--precision", "0.1", "-n", "64", "-q").code == 2


OTHER_METHODS = {
    "shapley_effects": (64, "Shapley effects. The share of the variance", "Fair share"),
    "efast": (65, "eFAST. The share of the variance", "With interactions"),
    "rbd_fast": (256, "RBD-FAST. The share of the variance", "Alone"),
    "delta": (256, "Delta. How much the whole distribution", "Delta"),
    "pawn": (256, "PAWN. The distance between the distributions", "Distance, median"),
    "dgsm": (64, "DGSM. An upper limit", "At most"),
    "hdmr": (512, "HDMR. Shares of the variance", "With interactions"),
    "regional": (256, "Regional analysis. How differently", "Shift in quantiles"),
    "twoway": (16, "Two at a time, mean NPV", "Both low"),
    "prim": (512, "Where it loses money (PRIM).", ""),
}


@pytest.mark.parametrize("method", OTHER_METHODS)
def test_every_other_method_says_in_words_what_it_found(insats: Any, study: StudyFolder, method: str) -> None:
    n, sentence, heading = OTHER_METHODS[method]
    options = ("--method", method, "--calculation", "controller", "-n", str(n), "-q")
    said = insats("sensitivity", study.folder, *options)
    assert said.code == 0
    assert sentence in " ".join(said.out.split())
    assert heading in said.out
    assert "_" not in said.out  # names of variables are for programs
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    assert found["method"] == method
    assert ("pairs" in found) == (method == "twoway")
    assert ("box_density" in found) == (method == "prim")


def test_a_check_tells_analyses_of_one_method_apart(insats: Any) -> None:
    told = json.loads(insats("check", NORRKOPING, "--json").out)["analyses"]
    assert {"sobol, n 512", "sobol with choices, n 256", "sobol by payer, n 512", "sobol by year, n 512"} < set(told)


def test_regional_analysis_says_where_it_splits_runs_that_nearly_all_lose(insats: Any) -> None:
    options = ("--calculation", "finance_director", "--method", "regional", "-n", "512", "-q")
    said = " ".join(insats("sensitivity", NORRKOPING, *options).out.split())
    assert re.search(r"those below a net saving of -8\d \d00 SEK per participant \(50 % of the runs\)", said)
    other = insats("sensitivity", NORRKOPING, "--calculation", "standard_tool", *options[2:]).out
    assert "one side of zero" not in other


def test_the_region_that_loses_names_the_alternative_of_a_choice(insats: Any) -> None:
    options = ("--calculation", "researcher", "--method", "prim", "--choices", "all", "-n", "2048", "-q")
    said = insats("sensitivity", NORRKOPING, *options).out
    assert "lose money. Inside the limits below" in " ".join(said.split())
    assert re.search(r"How the effect fades \(choice\) +Half of it is lost in each half-life +no limit", said)


def test_graph_draws_the_model_in_english_and_swedish_without_a_run(insats: Any, tmp_path: Path) -> None:
    english, swedish = tmp_path / "new" / "en.svg", tmp_path / "sv.svg"
    said = insats("graph", NORRKOPING, "-o", english)
    assert (said.code, said.err) == (0, "")
    assert said.out.split() == ["Figure:", str(english)]
    assert insats("graph", NORRKOPING, "-o", swedish, "--language", "sv").code == 0
    words = {p.name: " ".join(ElementTree.parse(p).getroot().itertext()) for p in (english, swedish)}
    assert "Share of the participants who make the move in a year:" in words["en.svg"]
    assert "Andel av deltagarna som gör övergången på ett år:" in words["sv.svg"]
    assert "45\u00a0% börjar här" in words["sv.svg"]
    assert all("Substance misuse" in text for text in words.values())
    assert "In work to Unemployed under a year: 2.3 % a year" in words["en.svg"]


def test_graph_refuses_what_it_cannot_draw_or_write(insats: Any, study: StudyFolder, tmp_path: Path) -> None:
    unknown = insats("graph", TWO_STATE, "--language", "xx", "-o", tmp_path / "a.svg")
    assert (unknown.code, unknown.out) == (2, "")
    assert "there are en, sv" in unknown.err
    folder = insats("graph", TWO_STATE, "-o", tmp_path)
    assert folder.code == 2
    assert "is a folder" in folder.err
    study.patch("model.yaml", "outside -> employed,", "outside -> nowhere,")
    spoilt = insats("graph", study.folder, "-o", tmp_path / "a.svg")
    assert spoilt.code == 3
    assert "nowhere" in spoilt.err
    assert list(tmp_path.glob("*.svg")) == []


def test_sensitivity_varies_choices_beside_parameters(insats: Any, study: StudyFolder) -> None:
    options = ("--calculation", "controller", "--choices", "fade_form", "-n", "64", "-q")
    said = insats("sensitivity", study.folder, *options)
    assert said.code == 0
    assert "How the effect fades (choice)" in said.out
    assert "choices of method alone are" in said.out
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    assert {p["parameter"]: p["kind"] for p in found["parameters"]} == {
        "fade_form": "choice",
        "find_work": "parameter",
        "hr_work": "parameter",
    }
    shares = found["shares"]
    total = shares["choices_share"] + shares["figures_share"] + shares["choices_figures_share"]
    assert total == pytest.approx(1.0)


def test_one_at_a_time_a_choice_is_shown_by_its_alternatives(insats: Any, study: StudyFolder) -> None:
    options = ("--calculation", "controller", "--choices", "all", "--method", "oneway", "-n", "64", "-q")
    said = insats("sensitivity", study.folder, *options)
    row = next(line for line in said.out.splitlines() if "How the effect fades" in line)
    assert "slowly" in row
    assert "never" in row
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    ends = next((p["low_value"], p["high_value"]) for p in found["parameters"] if p["parameter"] == "fade_form")
    assert set(ends) == {"slowly", "never"}


@pytest.mark.parametrize(
    ("by", "names"), [("payer", ["municipality", "state_tax"]), ("year", [str(k) for k in range(10)])]
)
def test_sensitivity_by_payer_and_by_year(insats: Any, study: StudyFolder, by: str, names: list[str]) -> None:
    options = ("--calculation", "controller", "--by", by, "-n", "64", "-q")
    said = insats("sensitivity", study.folder, *options)
    assert said.code == 0
    assert "Matters most" in said.out
    found = json.loads(insats("sensitivity", study.folder, *options, "--json").out)["analyses"][0]
    assert found["by"] == by
    assert [o["outcome"] for o in found["outcomes"]] == names
    assert {p["parameter"] for p in found["outcomes"][0]["parameters"]} == {"find_work", "hr_work"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--by", "year", "--method", "morris"), "--by is of the method sobol"),
        (("--by", "year", "--precision", "0.1"), "--by is of the method sobol"),
        (("--choices", "fade"), "no choice 'fade'; did you mean 'fade_form'?"),
        (("--choices", "all", "--method", "efast"), "needs parameters that vary continuously"),
        (("--by", "payer", "--perspective", "municipal"), "one payer"),
    ],
)
def test_choices_and_outcomes_that_cannot_be_end_with_2(
    insats: Any, study: StudyFolder, options: Sequence[str], expected: str
) -> None:
    said = insats("sensitivity", study.folder, *options, "-q")
    assert said.code == 2
    assert expected in said.err
    assert "Traceback" not in said.err


def test_check_with_draws_refuses_a_study_whose_run_would_stop_and_notes_it_where_draws_are_rejected(
    insats: Any, study: StudyFolder
) -> None:
    study.patch("model.yaml", "dist: beta(mean=0.3, sd=0.05)", "dist: beta(mean=0.7, sd=0.2)")
    assert insats("check", study.folder).code == 0
    said = insats("check", study.folder, "--try", 4096)
    assert said.code == 3
    assert "draws of 'controller' break it: in strategy" in said.err
    assert "Traceback" not in said.err
    study.patch("study.yaml", "draws: 64", "draws: 64\ninvalid_draws: reject")
    said = insats("check", study.folder, "--try", 4096)
    assert said.code == 0
    assert "Note: " in said.out
    assert "No problems found." in said.out
