from __future__ import annotations

import dataclasses
import re

import numpy as np

from engine.report.headline import gap_sentence, range_sentence, same_view_sentence, short, who_sentence
from engine.report.material import Material
from engine.results.findings import Findings


def _with_npv(findings: Findings, shift: float = 0.0, scale: float = 1.0) -> Material:
    mean = findings.summary["mean"] * scale + shift
    return Material(dataclasses.replace(findings, summary=findings.summary.assign(mean=mean)), "en")


def test_the_first_sentence_names_both_ends_and_who_says_so(material: Material):
    text = range_sentence(material, 0).replace("\u00a0", " ")
    assert text.startswith("The calculations do not agree")
    assert "−83 600 SEK (Researcher, perspective “Society”; probability of saving money: <1 %)" in text
    assert "+930 000 SEK (Consultant, perspective “Society”; 97 %)" in text


def test_the_first_sentence_knows_when_all_save_and_when_all_lose(findings: Findings):
    assert range_sentence(_with_npv(findings, shift=2e6), 0).startswith("All calculations find that")
    assert "costs more than it saves" in range_sentence(_with_npv(findings, shift=-2e6), 0)


def _amounts(text: str) -> list[int]:
    plain = text.replace("\u00a0", "").replace("−", "-").replace("+", "")
    return [int(n) for n in re.findall(r"-?\d{4,}", plain)]


def _low_in_own_budget(findings: Findings) -> Findings:
    """Findings in which the director, who counts the own budget alone, reports the lowest figure."""
    mean = findings.summary["mean"].copy(deep=True)
    researcher = [str(c) for c in mean["calculation"].values].index("researcher")
    mean[researcher] = 0.0
    return dataclasses.replace(findings, summary=findings.summary.assign(mean=mean))


def test_the_second_sentence_adds_up_to_the_last_digit(material: Material):
    gap, *parts = _amounts(gap_sentence(material, 0))
    assert sum(parts) == gap
    assert "“Half-life of the effect” −" not in gap_sentence(material, 0)
    assert "Half-life of the effect" in gap_sentence(material, 0)


def test_the_second_sentence_divides_what_is_reported_and_perspective_is_a_part_of_it(findings: Findings):
    material = Material(_low_in_own_budget(findings), "en")
    reported = gap_sentence(material, 0)
    assert "Finance director and Consultant" in reported
    differences = material.differences(0)
    assert differences is not None
    part = differences.isel(pair=0, party=-1)
    assert abs(_amounts(reported)[0] - float(part["gap"])) <= 5_000


def test_what_remains_in_one_perspective_is_told_only_where_perspectives_differ(material: Material, findings: Findings):
    assert same_view_sentence(material, 0) == ""
    other = Material(_low_in_own_budget(findings), "en")
    text = same_view_sentence(other, 0)
    assert "perspective “Society”" in text
    gap, low, high = _amounts(text)
    assert abs(high - low - gap) <= 10_000  # each is rounded by itself, the gap to ten thousand


def test_the_second_sentence_is_oriented_from_low_to_high(material: Material, findings: Findings):
    turned = findings.differences[0].copy(deep=True)
    i = [str(p) for p in turned["pair"].values].index("consultant -> researcher")
    for name in ("shapley", "gap"):
        turned[name][i] *= -1
    turned["pair_from"][i], turned["pair_to"][i] = "researcher", "consultant"
    other = Material(dataclasses.replace(findings, differences=(turned,)), "en")
    assert gap_sentence(other, 0) == gap_sentence(material, 0)


def test_the_second_sentence_says_when_there_is_nothing_to_explain(findings: Findings):
    assert "not analysed" in gap_sentence(Material(dataclasses.replace(findings, differences=()), "en"), 0)
    zero = findings.differences[0].copy(deep=True)
    zero["shapley"] = zero["shapley"] * 0
    zero["gap"] = zero["gap"] * 0
    assert "same assumptions" in gap_sentence(Material(dataclasses.replace(findings, differences=(zero,)), "en"), 0)


def test_differences_of_another_intervention_are_not_told_as_this_ones(findings: Findings):
    other = findings.differences[0].assign_attrs(strategy="something_else")
    assert "not analysed" in gap_sentence(Material(dataclasses.replace(findings, differences=(other,)), "en"), 0)


def test_the_third_sentence_sorts_payers_by_sign_in_all_calculations(material: Material):
    text = who_sentence(material, 0)
    gains, depends = text.split("Depends on the calculation: ")
    assert gains.startswith("Gains in every calculation: ")
    assert "Region" in gains
    assert "Municipality (" in depends
    assert "Participant" in depends


def test_a_payer_who_cannot_be_told_from_zero_neither_gains_nor_loses(findings: Findings):
    summary = findings.summary.assign(mcse=abs(findings.summary["mean"]) + 1)
    assert who_sentence(Material(dataclasses.replace(findings, summary=summary), "en"), 0).startswith("Nobody")


def test_long_names_lose_what_stands_in_brackets_and_are_cut_between_words():
    assert short("Short name (kept as it is)") == "Short name (kept as it is)"
    long = "Share of the published effect (on a log scale) that ordinary practice attains"
    assert short(long) == "Share of the published effect that ordinary practice attains"
    assert short("word " * 40).endswith("word…")
    assert len(short("x" * 500)) <= 64


def test_no_uncertainty_is_not_called_a_probability(findings: Findings):
    summary = findings.summary.assign(sd=findings.summary["sd"] * 0)
    text = range_sentence(Material(dataclasses.replace(findings, summary=summary), "en"), 0)
    assert "no uncertainty stated" in text
    assert "%" not in text
    assert np.isfinite(float(summary["mean"].max()))
