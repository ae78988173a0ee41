"""Comparisons in study.yaml: how thresholds are written, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import SpecError
from engine.spec.load import load_study
from tests.economic_study import write_economic_study

RIGHT = "  - {outcome: work, perspective: municipal_budget, thresholds: {from: 0, to: 400_000, steps: 5}}\n"


def study_with(folder: Path, line: str) -> Path:
    path = write_economic_study(folder / "study") / "study.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(RIGHT) == 1
    path.write_text(text.replace(RIGHT, line), encoding="utf-8")
    return path


def test_a_range_is_evenly_spaced_with_both_ends(tmp_path: Path) -> None:
    first, second = load_study(study_with(tmp_path, RIGHT)).study.cost_effectiveness
    assert first.willingness == (0, 100_000, 200_000, 300_000, 400_000)
    assert second.willingness == (0, 100_000, 500_000)


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("{outcome: qaly, perspective: society, thresholds: [0]}", "outcome", "no outcome 'qaly'. Outcomes: work"),
        ("{outcome: wrok, perspective: society, thresholds: [0]}", "outcome", "did you mean 'work'?"),
        ("{outcome: work, perspective: state, thresholds: [0]}", "perspective", "no perspective 'state'"),
        ("thresholds: [0], calculations: [waru]}", "calculations[0]", "did you mean 'wary'?"),
        ("thresholds: [0], calculations: [wary, wary]}", "calculations[1]", "named twice"),
        ("{outcome: losses, perspective: society, thresholds: [0]}", "cost_effectiveness[1]", "is compared already"),
        ("{outcome: work, perspective: society}", "cost_effectiveness[0]", "missing key 'thresholds'"),
        ("thresholds: 5}", "thresholds", "write a list of numbers, or `from`, `to` and `steps`"),
        ("thresholds: []}", "thresholds", "needs at least 1 entry"),
        ("thresholds: [0, -1]}", "thresholds[1]", "-1 is out of range; it must be at least 0"),
        ("thresholds: [5, 5]}", "thresholds", "thresholds must rise, and 5 comes after 5"),
        ("thresholds: [a lot]}", "thresholds[0]", "'a lot'"),
        ("thresholds: {from: 0, steps: 3}}", "thresholds", "missing key 'to': highest"),
        ("thresholds: {from: 9, to: 3, steps: 3}}", "thresholds", "`from` (9) must be below `to` (3)"),
        ("thresholds: {from: 0, to: 3, step: 3}}", "thresholds", "did you mean 'steps'? Known: from, to, steps"),
        ("thresholds: {from: 0, to: 3, steps: 1}}", "steps", "must be at least 2"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_once_where_it_is_and_with_what_would_be_right(
    tmp_path: Path, line: str, place: str, words: str
) -> None:
    if line.startswith("thresholds"):
        line = f"{{outcome: work, perspective: society, {line}"
    path = study_with(tmp_path, f"  - {line}\n")
    with pytest.raises(SpecError) as caught:
        load_study(path)
    told = [str(p) for p in caught.value.problems]
    assert any(words in t and place in t for t in told), told
    assert all(
        ("study.yaml" in str(caught.value) and "thresholds" in t) or words in t or "missing" in t for t in told
    ), told
    assert len(told) <= 2


def test_a_model_without_outcomes_says_where_they_belong(tmp_path: Path) -> None:
    path = study_with(tmp_path, RIGHT)
    model = path.with_name("model.yaml")
    text = model.read_text(encoding="utf-8")
    start, end = text.index("\noutcomes:"), text.index("\nsubgroups:")
    model.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(SpecError, match=r"model.yaml has no `outcomes`"):
        load_study(path)
