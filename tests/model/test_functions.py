"""Functions of the language: what a run computes is what the point evaluator says, and scipy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from engine.model.hoist import Graph, Ref
from engine.model.lower import Scope
from engine.spec.evaluate import evaluate
from engine.spec.expressions import FADE_FUNCTIONS, FUNCTIONS, parse_expression
from engine.spec.load import load_study
from tests.model.on_graph import both_ways

TWO_STATE = load_study(Path(__file__).parents[2] / "configs" / "two_state")
NAMES = ("a", "b", "c", "d")


def lowered(text: str, inputs: list[tuple[float, ...]]) -> dict[str, np.ndarray]:
    """Values of an expression in a, b, c, d, (draw,), both ways."""

    def build(g: Graph, *refs: Ref) -> list[Ref]:
        scope = Scope(g, TWO_STATE.model, TWO_STATE.tables, dict(zip(NAMES, refs, strict=False)), {})
        return [scope.lower(text)]

    return {
        way: got[0]
        for way, got in both_ways(build, np.array(inputs, dtype=float).T, TWO_STATE.model.time.cycles).items()
    }


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in FADE_FUNCTIONS])
def test_each_function_is_computed_as_the_point_evaluator_says(name: str) -> None:
    count = FUNCTIONS[name].minimum
    arguments = list(NAMES[:count])
    if name == "where":
        arguments[0] = "a < 0.4"
    text = f"{name}({', '.join(arguments)})"
    rng = np.random.default_rng(3)
    draws = [tuple(row) for row in np.sort(rng.uniform(0.05, 0.95, (40, count)), axis=1)]
    expected = [evaluate(parse_expression(text), dict(zip(NAMES, row, strict=False))) for row in draws]
    for got in lowered(text, draws).values():
        np.testing.assert_allclose(got, np.array(expected, dtype=float), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("law", "rows"),
    [
        ("weibull", [(0, 1, 1.7, 3), (2, 2.25, 1.7, 3), (40, 41, 0.6, 12), (3, 3, 1, 1)]),
        ("gompertz", [(0, 1, 0.1, 0.01), (30, 31, 0.08, 0.001), (30, 31, -0.2, 0.5), (5, 5.5, 0, 0.1)]),
        ("log_logistic", [(0, 1, 2, 5), (40, 41, 3, 5), (1, 1.01, 0.5, 5), (0, 0, 2, 2)]),
        ("lognormal", [(0, 1, 1, 0.5), (4, 4.5, 1, 0.5), (400, 401, 1, 0.2), (1e7, 1.1e7, 0, 0.4)]),
    ],
)
def test_laws_of_the_time_to_an_event_agree_in_both_evaluators(
    law: str, rows: list[tuple[float, float, float, float]]
) -> None:
    text = f"{law}_prob(a, b, c, d)"
    expected = [evaluate(parse_expression(text), dict(zip(NAMES, row, strict=True))) for row in rows]
    assert None not in expected
    for got in lowered(text, rows).values():
        np.testing.assert_allclose(got, np.array(expected, dtype=float), rtol=1e-9)


def test_a_small_probability_keeps_its_digits_where_a_difference_of_shares_has_none() -> None:
    rows = [(30.0, 30.0 + 2.0**-30, 5.0, 10.0)]
    start, end, shape, scale = rows[0]
    # hazard k/s (t/s)^(k-1) times the interval; the next term is smaller by 2^-30 / 15
    expected = shape / scale * (start / scale) ** (shape - 1) * (end - start)
    for got in lowered("weibull_prob(a, b, c, d)", rows).values():
        assert got[0] == pytest.approx(expected, rel=1e-6)
        assert got[0] != 1 - stats.weibull_min.sf(end, shape, scale=scale) / stats.weibull_min.sf(
            start, shape, scale=scale
        )


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("weibull_survival(a, b, c)", (1, -1, 1)),
        ("weibull_survival(a, b, c)", (-1, 1, 1)),
        ("weibull_survival(a, b, c)", (1, 1, 0)),
        ("gompertz_survival(a, b, c)", (1, 1, -1)),
        ("log_logistic_survival(a, b, c)", (1, 0, 1)),
        ("lognormal_survival(a, b, c)", (1, 0, 0)),
        ("weibull_prob(a, b, 1, 1)", (2, 1)),
        ("lognormal_prob(a, b, 1, c)", (1, 2, -1)),
    ],
)
def test_a_law_that_does_not_exist_has_no_value(text: str, row: tuple[float, ...]) -> None:
    assert evaluate(parse_expression(text), dict(zip(NAMES, row, strict=False))) is None
    for got in lowered(text, [row]).values():
        assert np.isnan(got[0])
