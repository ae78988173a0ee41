"""Draws tried before a run: what they say of a model, against shares that are known."""

from __future__ import annotations

import math

import pytest
from scipy.stats import norm

from engine import try_draws
from engine.model.compile import compile_model
from engine.run.trial import DRAWS, broken_by_values, told
from tests.conftest import StudyFolder


def _with_law(study: StudyFolder, law: str) -> None:
    """A tenth of those outside go to a course, and half of them, times something uncertain, find work."""
    entry = f"  factor: {{label: A factor, value: 1, dist: '{law}', unit: ratio, assumption: Invented.}}\n"
    study.patch("model.yaml", "parameters:\n", f"parameters:\n{entry}")
    study.patch("model.yaml", "employed: {probability: find_work}", "employed: {probability: 0.5 * factor}")
    study.patch("model.yaml", "outside: {hazard: 0.1}", "outside: {hazard: prob_to_rate(find_work)}")


def test_the_share_of_draws_that_exceed_one_is_that_of_the_law(study: StudyFolder) -> None:
    _with_law(study, "lognormal(median=1, sigma=0.5)")
    found = try_draws(compile_model(study.load()))
    usual = [b for b in found if b.rule.text.startswith("in strategy 'usual', transitions out of 'outside'")]
    assert {b.calculation for b in usual} == {"controller", "consultant"}
    exact = float(norm.sf(math.log(1.8) / 0.5))  # 0.1 + 0.5 factor > 1
    error = math.sqrt(exact * (1 - exact) / DRAWS)
    for broken in usual:
        assert broken.share == pytest.approx(exact, abs=4 * error)
        assert broken.error == pytest.approx(error, rel=0.2)


def test_what_only_the_tails_break_is_told_apart(study: StudyFolder) -> None:
    _with_law(study, "lognormal(median=1, sigma=0.14)")  # 1.8 times the median: 4.2 standard deviations
    model = compile_model(study.load())
    usual = [b for b in try_draws(model) if b.rule.text.startswith("in strategy 'usual', transitions out of 'outside'")]
    assert [b.share for b in usual] == [0.0, 0.0]
    problem = told(model.study, usual[0])
    assert "far out in their tails" in problem.message
    assert problem.line > 0


def test_a_sound_model_has_nothing_to_tell(study: StudyFolder) -> None:
    assert try_draws(compile_model(study.load())) == ()


def test_a_row_that_breaks_in_several_years_of_a_tunnel_is_told_once_with_the_share_of_draws(
    study: StudyFolder,
) -> None:
    _with_law(study, "lognormal(median=1, sigma=0.5)")
    once = {(b.calculation, b.rule.text): b.share for b in try_draws(compile_model(study.load()))}
    study.patch("model.yaml", "0.5 * factor", "0.5 * factor * 0.9 ^ time_in_state")
    found = try_draws(compile_model(study.load()))
    told_of = [(b.calculation, b.rule.text) for b in found]
    assert len(told_of) == len(set(told_of))
    # the first year there is the worst, and as without a tunnel
    assert {key: share for key, share in zip(told_of, (b.share for b in found), strict=True) if share > 0} == once


def test_an_effect_that_brings_a_row_over_one_is_told_without_draws(study: StudyFolder) -> None:
    assert broken_by_values(compile_model(study.load())) == ()
    study.patch("model.yaml", "hazard_ratio: hr_work", "risk_ratio: 4 * hr_work")  # 0.3 times 4 or more
    problems = broken_by_values(compile_model(study.load()))
    assert problems
    assert all("add up to more than 1" in p.message and "uncertainty left aside" in p.message for p in problems)
    assert all(p.line > 0 for p in problems)
    assert len({p.message for p in problems}) == len(problems)
