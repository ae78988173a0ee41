"""From a folder to a study."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.errors import SpecError
from engine.spec.load import load_study

if TYPE_CHECKING:
    from tests.conftest import StudyFolder


def test_study_is_loaded_whole(study: StudyFolder) -> None:
    loaded = study.load()
    assert loaded.study.study == "small"
    assert [c.calculation for c in loaded.calculations] == ["controller", "consultant"]
    assert loaded.tables["mortality"].key == (20.0, 30.0, 40.0)
    assert loaded.tables["mortality"].columns["women"] == (0.0005, 0.001, 0.002)
    assert loaded.price_index == {2021: 350.0, 2022: 380.0, 2023: 410.0}
    assert loaded.sources["labour_survey"].title == "Labour, survey"
    assert set(loaded.files) == {
        "study.yaml",
        "model.yaml",
        "calculations/controller.yaml",
        "calculations/consultant.yaml",
        "sources.csv",
        "tables/mortality.csv",
        "tables/price_index.csv",
    }
    assert len(loaded.key) == 12
    assert int(loaded.key, 16) >= 0


def test_lists_become_tuples_so_that_nothing_can_change(study: StudyFolder) -> None:
    loaded = study.load()
    assert loaded.study.calculations == ("calculations/controller.yaml", "calculations/consultant.yaml")
    assert loaded.model.cost_items["course"].state == ("training_course",)
    assert isinstance(loaded.model.strategies["coaching"].effects, tuple)


def test_folder_and_file_give_the_same_study(study: StudyFolder) -> None:
    assert load_study(study.folder / "study.yaml").key == load_study(str(study.folder)).key


def test_study_file_may_have_another_name(study: StudyFolder) -> None:
    (study.folder / "study.yaml").rename(study.folder / "budget.yaml")
    loaded = load_study(study.folder / "budget.yaml")
    assert loaded.study_file == "budget.yaml"


def test_windows_line_ends_and_byte_order_marks_change_nothing(study: StudyFolder) -> None:
    key = study.load().key
    for file in study.load().files:
        study.write(file, b"\xef\xbb\xbf" + study.text(file).replace("\n", "\r\n").encode())
    loaded = study.load()
    assert loaded.key == key
    assert "\r" not in loaded.files["model.yaml"]


def test_marks_tell_where_things_stand_after_loading(study: StudyFolder) -> None:
    loaded = study.load()
    problem = loaded.marks.problem("model.yaml", ("time", "horizon"), "too long")
    assert problem.path == str(study.folder / "model.yaml")
    assert (problem.line, problem.column) == (9, 12)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("model.yaml", "label: Outside", "label: Neither work nor school"),
        ("model.yaml", "assumption: Budget.", "assumption: Offer."),
        ("model.yaml", "theme: prices, source", "theme: effect, source"),
        ("study.yaml", "draws: 64", "draws: 128"),
        ("study.yaml", "title: A small study", "title: Another title"),
        ("calculations/controller.yaml", "why: Effects fade.", "why: They do."),
        ("sources.csv", "Statistics Sweden", "SCB"),
        ("model.yaml", "title: Work or not", "# a comment\ntitle: Work or not"),
    ],
)
def test_key_stays_when_only_words_or_draws_change(study: StudyFolder, file: str, old: str, new: str) -> None:
    before = study.load().key
    study.patch(file, old, new)
    assert study.load().key == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("model.yaml", "value: 12000", "value: 12001"),
        ("model.yaml", "beta(mean=0.3, sd=0.05)", "beta(mean=0.3, sd=0.06)"),
        ("model.yaml", "kind: resource, state: outside", "kind: production, state: outside"),
        ("model.yaml", "outside: hold", "outside: hold, interpolation: linear"),
        ("study.yaml", "seed: 7", "seed: 8"),
        ("study.yaml", "seed: 7", "seed: 7\ndesign: monte_carlo"),
        ("calculations/controller.yaml", "value: 5", "value: 6"),
        ("calculations/controller.yaml", "perspective: municipal", "perspective: society"),
        ("tables/mortality.csv", "40,0.004", "40,0.005"),
        ("tables/price_index.csv", "2021,350", "2021,351"),
    ],
)
def test_key_changes_with_what_determines_the_numbers(study: StudyFolder, file: str, old: str, new: str) -> None:
    before = study.load().key
    study.patch(file, old, new)
    assert study.load().key != before


def test_parameter_may_be_called_like_a_field_for_people_and_still_counts(study: StudyFolder) -> None:
    study.patch(
        "model.yaml", "parameters:\n", "parameters:\n  label: {label: L, value: 1, unit: count, assumption: A.}\n"
    )
    study.patch("model.yaml", "amount: training * 200", "amount: training * 200 * label")
    before = study.load().key
    study.patch("model.yaml", "{label: L, value: 1,", "{label: L, value: 2,")
    assert study.load().key != before


def test_key_is_the_same_in_every_process(study: StudyFolder) -> None:
    code = f"from engine.spec.load import load_study; print(load_study({str(study.folder)!r}).key)"
    root = Path(__file__).parents[2]
    keys = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert keys == {study.load().key}


def test_loading_needs_none_of_the_heavy_libraries() -> None:
    code = "import sys, engine.spec.load; print([m for m in ('numpy','scipy','numba','xarray') if m in sys.modules])"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_large_model_is_loaded_quickly(study: StudyFolder) -> None:
    n = 31
    states = "".join(f"  s{i}: {{label: State {i}}}\n" for i in range(n))
    rows = "".join(
        f"  s{i}:\n" + "".join(f"    s{(i + k) % n}: {{probability: find_work / 10 + 0.01 * {k}}}\n" for k in (1, 2, 3))
        for i in range(n)
    )
    study.patch("model.yaml", "states:\n", f"states:\n{states}")
    study.patch("model.yaml", "transitions:\n", f"transitions:\n{rows}")
    study.patch("model.yaml", "  outside: 1\n", "  outside: 0.5\n  s0: 0.5\n")
    start = time.process_time()  # what others do meanwhile does not count
    study.load()
    assert time.process_time() - start < 0.5


def test_spoilt_files_end_in_problems_and_never_in_a_crash(study: StudyFolder) -> None:
    luck = random.Random(20240229)
    sound = dict(study.load().files)
    scraps = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "'",
        '"',
        "&a",
        "*a",
        "!",
        "|",
        "- ",
        "\n",
        "\t",
        "null",
        "1e999",
        "<<",
        "?",
        "#",
    ]
    scraps += ["%", "@", "\u00a0", "\\", "0,5", "->", "any", "age", "(", ")", "é", "\r", "---", "12:30", "a: b\n", "  "]
    told: list[str] = []
    for _ in range(300):
        file = luck.choice(list(sound))
        text = sound[file]
        at = luck.randrange(len(text))
        study.write(file, text[:at] + luck.choice(scraps) + text[at + luck.choice((0, 1, 5, 20)) :])
        try:
            study.load()
        except SpecError as error:
            told += [problem.message for problem in error.problems]
        study.write(file, text)
    assert len(told) > 200
    assert not [message for message in told if "\n" in message or "pydantic" in message]
