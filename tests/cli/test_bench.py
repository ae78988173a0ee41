"""`insats bench`: figures of one's own machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.api import bench
from engine.cli import invoke
from engine.terminal.bench import duration

TWO_STATE = Path(__file__).resolve().parents[2] / "configs" / "two_state"


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ENOUGH", 0.01)
    monkeypatch.setattr(bench, "WRITTEN", 800_000)


def test_a_study_is_measured_and_nothing_is_left_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(["bench", str(TWO_STATE), "--threads", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["study"], found["states"], found["strategies"], found["cycles"]) == ("two_state", 2, 2, 3)
    assert [threads for threads, _ in found["kernel"]] == [1, 2, 3]
    rates = [*(rate for _, rate in found["kernel"]), found["run"], found["written"], found["compile_seconds"]]
    assert min(rates) > 0
    assert found["run"] < max(rate for _, rate in found["kernel"])
    (few, soon), (many, late) = found["expected"]
    assert (few, many) == (10**6, 10**8)
    assert late == pytest.approx(100 * soon)
    # the time of a run is that of its trajectories at the rate of whole runs
    assert soon == pytest.approx(few * found["calculations"] * found["strategies"] / found["run"])
    assert list(tmp_path.iterdir()) == []


def test_figures_are_shown_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(["bench", str(TWO_STATE), "--threads", "1"]) == 0
    told = capsys.readouterr().out
    assert "Kernel, 1 thread" in told
    assert "100 000 000 draws of each calculation" in told


def test_a_folder_without_a_study_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert invoke(["bench", str(tmp_path)]) != 0
    assert "study.yaml" in capsys.readouterr().err


def test_durations_have_the_unit_that_people_would_use() -> None:
    assert [duration(s) for s in (1.25, 80, 91, 7200, 200_000)] == [
        "1.2 seconds",
        "80.0 seconds",
        "1.5 minutes",
        "2.0 hours",
        "2.3 days",
    ]
