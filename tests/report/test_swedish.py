from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path
from types import ModuleType

import pytest

from engine.report.english import ENGLISH
from engine.report.page import write_report
from engine.report.swedish import SWEDISH
from engine.results.findings import Findings


@pytest.fixture(scope="module")
def whole(findings: Findings, further: ModuleType) -> Findings:
    """Findings with a part for nearly every section."""
    methods = (*findings.sensitivity, *further.make_methods(findings), *further.make_inside(findings))
    known = tuple(m for m in methods if m.attrs["method"] != "novel_method")
    return dataclasses.replace(findings, analyses=further.make_further(findings), sensitivity=known)


@pytest.fixture(scope="module")
def folder(whole: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("swedish")
    write_report(whole, folder / "report.html", language="sv", figures=folder / "figures")
    return folder


def _fixed_words(message: str) -> list[str]:
    """What stands between the slots of a message, where it is long enough to be known again."""
    return [part.strip() for part in re.split(r"\{\w+\}", message) if len(part.strip()) > 9]


def test_a_report_in_swedish_has_no_sentence_of_the_english_one(folder: Path, whole: Findings):
    page = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    allowed = whole.description.to_json() + " ".join(SWEDISH.values())
    for key, message in ENGLISH.items():
        for words in _fixed_words(message):
            assert words in allowed or words not in page, key
    assert '<html lang="sv">' in page


def test_a_report_in_swedish_tells_most_of_the_swedish(folder: Path):
    page = html.unescape((folder / "report.html").read_text(encoding="utf-8"))
    told = [key for key, message in SWEDISH.items() if any(words in page for words in _fixed_words(message))]
    assert len(told) > 200
    assert {key.split(".")[0] for key in told} >= {"answer", "npv", "gap", "spread", "turn", "info", "sens", "assume"}


def test_figures_in_swedish_have_decimal_commas_everywhere(folder: Path):
    figures = list((folder / "figures").glob("*.svg"))
    assert len(figures) > 15
    for path in figures:
        texts = re.findall(r"<(?:text|title|desc)\b[^>]*>([^<]*)<", path.read_text(encoding="utf-8"))
        assert texts, path.name
        assert not [t for t in texts if re.search(r"\d\.\d", t)], path.name


def test_tables_beside_figures_are_the_same_numbers_in_both_languages(folder: Path, whole: Findings, tmp_path: Path):
    write_report(whole, tmp_path / "report.html", figures=tmp_path / "figures")
    path = "figures/fan.csv"
    numbers = [
        re.findall(r"(?<=,)-?\d+(?:\.\d+)?(?=[,\r\n])", (place / path).read_text(encoding="utf-8"))
        for place in (folder, tmp_path)
    ]
    assert numbers[0] == numbers[1]
    assert numbers[0]
