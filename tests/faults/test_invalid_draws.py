"""Draws that break a rule: told by number, rule and value, or left out everywhere and said everywhere (N1).

Two hundred thousand draws with exactly three bad ones, and which ones is known beforehand: those in which a uniform
number is among its three largest.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine.run.designs import unit_points
from tests.conftest import StudyFolder
from tests.faults import runs
from tests.faults.processes import Done

DRAWS = 200_000
BAD = 3


@pytest.fixture
def bad(study: StudyFolder) -> list[int]:
    """Which draws of the study are bad: those in which `luck` takes its largest values."""
    study.patch("study.yaml", "seed: 7", "seed: 7\ndesign: monte_carlo")
    text = study.text("study.yaml")
    study.write("study.yaml", text[: text.index("sensitivity:")] + "analyses: []\n")
    points = unit_points("monte_carlo", ["luck"], seed=7, start=0, stop=DRAWS, total=DRAWS)[0]
    order = np.argsort(points)
    limit = (points[order[-BAD - 1]] + points[order[-BAD]]) / 2  # between the largest valid and the smallest bad one
    law = 'value: 0.5, dist: "uniform(0, 1)", unit: ratio, assumption: x'
    study.patch("model.yaml", "parameters:\n", f"parameters:\n  luck: {{label: Luck, {law}}}\n")
    study.patch("model.yaml", "training * 200", "training * 200 * luck")
    study.patch("model.yaml", "half_life <= 20", f"luck < {float(limit)!r}")
    return sorted(int(d) for d in order[-BAD:])


def run(study: StudyFolder, out: Path, *more: str) -> Done:
    return runs.ended(runs.working().start("run", study.folder, "-n", str(DRAWS), "--no-report", "-o", out, *more))


def test_a_run_that_stops_names_the_first_draw_the_rule_the_value_and_how_many(
    study: StudyFolder, bad: list[int], tmp_path: Path
) -> None:
    done = run(study, tmp_path / "out")
    assert done.code == 3, done.err
    in_first = [d for d in bad if d < runs.CHUNK]  # where it stops
    assert in_first
    assert f"{len(in_first)} of the first {runs.CHUNK} draws" in done.err
    assert f"draw {bad[0]}" in done.err
    assert "luck < " in done.err
    assert "luck = 0.9999" in done.err
    assert "model.yaml:" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()


def test_draws_that_are_rejected_are_the_same_everywhere_and_said_everywhere(
    study: StudyFolder, bad: list[int], tmp_path: Path
) -> None:
    import engine

    study.patch("study.yaml", "seed: 7", "seed: 7\ninvalid_draws: reject")
    # one calculation alone is certain of a value at which no draw is bad: its draws are left out too
    study.patch("calculations/controller.yaml", "assumptions:\n", "assumptions:\n  luck: {value: 0.3, why: Known.}\n")
    done = run(study, tmp_path / "out")
    # the study allows none: the results are there, and the exit code says that a limit was missed
    assert done.code == 4, done.err
    assert "0.0015% of the draws were rejected; the study allows 0%" in done.err
    findings = engine.load_findings(tmp_path / "out")
    results = findings.results
    for name in ("npv", "cost", "programme_cost"):
        values = results[name].transpose(..., "draw").values
        left_out = np.flatnonzero(np.isnan(values).any(axis=tuple(range(values.ndim - 1))))
        kept = np.isfinite(values).all(axis=tuple(range(values.ndim - 1)))
        assert left_out.tolist() == [d for d in bad if d < values.shape[-1]], name
        assert kept.sum() == values.shape[-1] - len(left_out)
    status = results["status"].values
    assert [np.flatnonzero(s != 0).tolist() for s in status] == [[d for d in bad if d < status.shape[-1]]] * 2
    about = json.loads((tmp_path / "out" / "run.json").read_text())
    assert about["rejected_draws"] == BAD
    with (tmp_path / "out" / "npv.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) > 4
