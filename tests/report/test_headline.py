from __future__ import annotations

import dataclasses
import re

import numpy as np

from engine.report.headline import gap_sentence, range_sentence, total_sentence, who_sentence
from engine.report.material import Material
from engine.results.findings import Findings


def _with_npv(findings: Findings, shift: float = 0.0, scale: float = 1.0) -> Material:
    mean = findings.summary["mean"] * scale + shift
    return Material(dataclasses.replace(findings, summary=findings.summary.assign(mean=mean)), "en")


def test_the_first_sentence_names_both_ends_and_who_says_so(material: Material):
    text = range_sentence(material, 0).replace("\u00a0", " ")
    assert text.startswith("The calculations do not agree")
    assert "−83 600 SEK per participant according to Researcher" in text
    assert "+930 000 SEK according to Consultant" in text
    assert "97 %" in text


def test_the_first_sentence_knows_when_all_save_and_when_all_lose(findings: Findings):
    assert range_sentence(_with_npv(findings, shift=2e6), 0).startswith("All calculations find that")
    assert "costs more than it saves" in range_sentence(_with_npv(findings, shift=-2e6), 0)


def test_the_second_sentence_adds_up_to_the_difference(material: Material):
    differences = material.findings.differences
    assert differences is not None
    text = gap_sentence(material, 0).replace("\u00a0", "").replace("−", "-")
    numbers = [int(n) for n in re.findall(r"-?\d{4,}", text)]
    assert abs(numbers[0] - sum(numbers[1:])) <= 10_000 * len(numbers)  # rounded to ten thousand each
    assert "Half-life of the effect" in text


def test_the_second_sentence_is_oriented_from_low_to_high(material: Material, findings: Findings):
    assert findings.differences is not None
    turned = findings.differences.copy(deep=True)
    i = [str(p) for p in turned["pair"].values].index("consultant -> researcher")
    for name in ("shapley", "gap"):
        turned[name][i] *= -1
    turned["pair_from"][i], turned["pair_to"][i] = "researcher", "consultant"
    other = Material(dataclasses.replace(findings, differences=turned), "en")
    assert gap_sentence(other, 0) == gap_sentence(material, 0)


def test_the_second_sentence_says_when_there_is_nothing_to_explain(findings: Findings):
    assert "not analysed" in gap_sentence(Material(dataclasses.replace(findings, differences=None), "en"), 0)
    assert findings.differences is not None
    zero = findings.differences.copy(deep=True)
    zero["shapley"] = zero["shapley"] * 0
    assert "same assumptions" in gap_sentence(Material(dataclasses.replace(findings, differences=zero), "en"), 0)


def test_differences_of_another_intervention_are_not_told_as_this_ones(findings: Findings):
    assert findings.differences is not None
    other = findings.differences.assign_attrs(strategy="something_else")
    assert "not analysed" in gap_sentence(Material(dataclasses.replace(findings, differences=other), "en"), 0)


def test_the_third_sentence_sorts_payers_by_sign_in_all_calculations(material: Material):
    text = who_sentence(material, 0)
    gains, depends = text.split("; for ")
    assert "Region" in gains
    assert "Municipality" in depends
    assert "Participant" in depends


def test_a_payer_who_cannot_be_told_from_zero_neither_gains_nor_loses(findings: Findings):
    summary = findings.summary.assign(mcse=abs(findings.summary["mean"]) + 1)
    assert who_sentence(Material(dataclasses.replace(findings, summary=summary), "en"), 0).startswith("Nobody")


def test_the_programme_total_is_the_cohort_times_the_mean(material: Material, findings: Findings):
    assert "+93 million SEK" in total_sentence(material, 0)
    description = dataclasses.replace(findings.description, cohort=None)
    assert total_sentence(Material(dataclasses.replace(findings, description=description), "en"), 0) == ""


def test_no_uncertainty_is_not_called_a_probability(findings: Findings):
    summary = findings.summary.assign(sd=findings.summary["sd"] * 0)
    text = range_sentence(Material(dataclasses.replace(findings, summary=summary), "en"), 0)
    assert "no uncertainty stated" in text
    assert "%" not in text
    assert np.isfinite(float(summary["mean"].max()))
