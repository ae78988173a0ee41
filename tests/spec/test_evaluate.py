"""Expressions at one point: what they come to, and what is left open."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.model.compile import compile_model
from engine.spec.check_expressions import in_order, uses_of
from engine.spec.evaluate import PointValues, evaluate
from engine.spec.expressions import FADE_FUNCTIONS, FUNCTIONS, parse_expression
from engine.spec.load import load_study

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

NORRKOPING = Path(__file__).parents[2] / "configs" / "norrkoping"


def value(text: str, names: dict[str, float] | None = None, elapsed: float | None = None) -> float | None:
    return evaluate(parse_expression(text), names or {}, elapsed=elapsed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 ^ 2", 19),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("7 / 2 - 1", 2.5),
        ("min(3, 1, 2) + max(3, 1, 2)", 4),
        ("exp(log(5))", 5),
        ("sqrt(9) + abs(-2)", 5),
        ("where(1 < 2 and not 3 <= 2, 10, 20)", 10),
        ("where(1 > 2 or 1 >= 2, 10, 20)", 20),
        ("where(1 == 1, 1, 0) + where(1 != 1, 1, 0)", 1),
        ("clip(5, 0, 2)", 2),
        ("prob_to_rate(0.5)", math.log(2)),
        ("prob_to_rate(0.75, 2)", math.log(2)),
        ("rate_to_prob(log(2), 2)", 0.75),
        ("prob_to_prob(0.75, 2, 1)", 0.5),
        ("prob_to_odds(0.75)", 3),
        ("odds_to_prob(3)", 0.75),
        ("logit(0.5)", 0),
        ("logistic(0)", 0.5),
        ("hazard_ratio_on_prob(0.5, 2)", 0.75),
        ("weibull_survival(2, 3, 4)", math.exp(-0.125)),
        ("gompertz_survival(5, 0.1, 0.02)", math.exp(-0.2 * (math.sqrt(math.e) - 1))),
        ("gompertz_survival(5, 0, 0.02)", math.exp(-0.1)),
        ("log_logistic_survival(6, 2, 3)", 0.2),
        ("lognormal_survival(exp(1), 1, 0.7)", 0.5),
        ("lognormal_survival(0, 1, 0.7)", 1),
        ("weibull_prob(0, 4, 3, 4)", 1 - math.exp(-1)),
        ("gompertz_prob(3, 8, 0, 0.02)", 1 - math.exp(-0.1)),
        ("log_logistic_prob(3, 6, 2, 3)", 0.6),
        ("lognormal_prob(exp(1), exp(1), 1, 0.7)", 0),
        ("normal_cdf(1.959963984540054)", 0.975),
        ("floor(2.7) + floor(-2.7)", -1),
    ],
)
def test_expressions_come_to_what_they_mean(text: str, expected: float) -> None:
    assert value(text) == pytest.approx(expected, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("text", "elapsed", "left"),
    [("exponential(2)", 4, 0.25), ("linear(10)", 4, 0.6), ("linear(10)", 40, 0), ("step(4)", 4, 0), ("step(4)", 3, 1)],
)
def test_fade_outs_follow_the_time_since_an_effect_began(text: str, elapsed: float, left: float) -> None:
    assert value(text, elapsed=elapsed) == pytest.approx(left)
    assert value(text) is None


def test_every_function_of_the_language_is_known() -> None:
    for name, function in FUNCTIONS.items():
        arguments = ["1 < 2" if name == "where" else "0.5", *["0.5"] * (function.minimum - 1)]
        elapsed = 1.0 if name in FADE_FUNCTIONS else None
        assert value(f"{name}({', '.join(arguments)})", elapsed=elapsed) is not None, name


@pytest.mark.parametrize(
    "text",
    [
        *("x + 1", "1 / 0", "log(-1)", "log(0)", "sqrt(-1)", "(-8) ^ 0.5", "exp(1000)", "table(3)", "clip(x, 0, 1)"),
        *("weibull_survival(-1, 1, 1)", "weibull_survival(1, 0, 1)", "gompertz_survival(1, 1, -1)"),
        *("lognormal_survival(1, 1, 0)", "weibull_prob(2, 1, 1, 1)", "log_logistic_prob(1, 2, 1, -1)"),
    ],
)
def test_what_is_unknown_or_no_number_is_left_open(text: str) -> None:
    assert value(text) is None


def test_only_the_side_that_is_taken_must_be_known() -> None:
    assert value("where(1 < 2, 3, x)") == 3
    assert value("where(x < 2, 3, 3)") is None


def test_a_long_sum_is_no_problem() -> None:
    assert value(" + ".join(["1"] * 240)) == 240


def test_names_are_known_in_the_order_of_use_and_with_the_clock(study: StudyFolder) -> None:
    later = "definitions:\n  older: {label: O, value: benefit_year * (age - 20)}\n"
    study.patch("model.yaml", "definitions:\n", later)
    study.patch("model.yaml", "amount: training * 200", "amount: training * 200 + older")
    loaded = study.load()
    order = tuple(in_order(uses_of(loaded))[0])
    values = PointValues(loaded, loaded.calculations[0], order)
    assert values.names()["benefit_year"] == pytest.approx(12 * 12000 * 410 / 350)
    assert "older" not in values.names()
    assert values.names(3)["older"] == pytest.approx(3 * 12 * 12000 * 410 / 350)
    assert "fade_form" not in values.names(3)
    assert values.names(3, elapsed=3)["fade_form"] == 0.5


def test_point_values_are_those_that_the_compiled_model_uses() -> None:
    model = compile_model(load_study(NORRKOPING))
    loaded = model.study
    order = tuple(in_order(uses_of(loaded))[0])
    for calculation in loaded.calculations:
        ours = PointValues(loaded, calculation, order).parameters
        theirs = dict(zip(model.inputs.names, model.inputs.point(calculation.calculation)[:, 0], strict=True))
        for name, expected in {**model.inputs.fixed, **theirs}.items():
            if name in ours:
                assert ours[name] == pytest.approx(expected, rel=1e-14), name
