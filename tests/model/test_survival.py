"""Laws of the time to an event, against 50 digits, scipy and each other."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from engine.kernel import reference
from engine.model.hoist import Graph, Ref
from engine.model.survival import (
    Exponential,
    Gompertz,
    LogLogistic,
    Lognormal,
    SurvivalTable,
    TimeToEvent,
    Weibull,
    probability,
    survival,
)
from tests.model import exact_laws
from tests.model.on_graph import both_ways, worst

LAWS = {"weibull": Weibull, "gompertz": Gompertz, "log_logistic": LogLogistic, "lognormal": Lognormal}
PARAMETERS = {
    "weibull": [(0.3, 40.0), (1.0, 12.0), (1.7, 3.0), (6.0, 50.0)],
    "gompertz": [(0.0, 0.02), (0.1, 0.0003), (-0.2, 0.4), (1e-9, 0.1), (0.9, 1e-6)],
    "log_logistic": [(0.4, 5.0), (1.0, 20.0), (3.5, 8.0), (30.0, 8.0)],
    "lognormal": [(0.0, 1.0), (1.5, 0.4), (3.0, 2.0), (1.0, 0.15)],
}
TIMES = [0.0, 1e-9, 0.004, 0.1, 0.9, 1.0, 2.5, 7.9, 30.0, 88.0]
LENGTHS = [1e-9, 1 / 365.25, 0.25, 1.0, 10.0]


def grid(law: str) -> NDArray[np.float64]:
    """(t, dt, first parameter, second parameter) in all combinations."""
    rows = [(t, dt, *p) for t in TIMES for dt in LENGTHS for p in PARAMETERS[law]]
    return np.array(rows).T


def exactly(law: str, inputs: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """H(t) and its increment over dt, rounded from 50 digits."""
    cumulative, increment = [], []
    for t, dt, a, b in inputs.T:
        start, end = Decimal(float(t)), Decimal(float(t)) + Decimal(float(dt))
        p, q = Decimal(float(a)), Decimal(float(b))
        before = exact_laws.cumulative(law, start, p, q)
        cumulative.append(float(before))
        increment.append(float(exact_laws.cumulative(law, end, p, q) - before))
    return np.array(cumulative), np.array(increment)


@pytest.mark.parametrize("way", ["slow", "compiled"])
@pytest.mark.parametrize("law", LAWS)
def test_cumulative_hazard_and_its_increments_keep_twelve_digits(law: str, way: str) -> None:
    inputs = grid(law)
    if law == "lognormal":  # what is rarer than 1e-300 is nothing in double precision
        t, dt, meanlog, sdlog = inputs
        with np.errstate(divide="ignore"):
            z, z_end = (np.log(t) - meanlog) / sdlog, (np.log(t + dt) - meanlog) / sdlog
        inputs = inputs[:, (z_end > -30) & ((z > -30) | (t == 0))]
    expected, expected_increment = exactly(law, inputs)
    build = lambda g, t, dt, a, b: [LAWS[law](a, b).cumulative(g, t), LAWS[law](a, b).increment(g, t, dt)]  # noqa: E731
    cumulative, increment = both_ways(build, inputs)[way]
    assert np.all(cumulative[inputs[0] == 0] == 0)
    assert worst(cumulative, expected) < 1e-12
    assert worst(increment, expected_increment) < 1e-12


@pytest.mark.parametrize("way", ["slow", "compiled"])
def test_lognormal_increments_keep_their_digits_from_one_tail_to_the_other(way: str) -> None:
    # with meanlog 0 and sdlog 1, z is log t: exp(z) is rounded once, and the exact law gets what it was rounded to
    z = np.linspace(-30, 34, 65)
    steps = 10.0 ** np.linspace(-14, 1, 31)
    t = np.repeat(np.exp(z), steps.size)
    inputs = np.stack([t, t * np.tile(steps, z.size), np.zeros(t.size), np.ones(t.size)])
    _, expected = exactly("lognormal", inputs)
    build = lambda g, t, dt, a, b: [Lognormal(a, b).increment(g, t, dt)]  # noqa: E731
    assert worst(both_ways(build, inputs)[way][0], expected) < 1e-12


@pytest.mark.parametrize("law", LAWS)
def test_share_and_probability_are_those_of_scipy(law: str) -> None:
    inputs = grid(law)
    t, dt, a, b = inputs
    twins = {
        "weibull": lambda x: stats.weibull_min.sf(x, a, scale=b),
        "log_logistic": lambda x: stats.fisk.sf(x, a, scale=b),
        "lognormal": lambda x: stats.lognorm.sf(x, b, scale=np.exp(a)),
        "gompertz": lambda x: np.exp(-np.where(a == 0, b * x, b * np.expm1(a * x) / np.where(a == 0, 1, a))),
    }
    sf = twins[law]
    build = lambda g, t, dt, a, b: [survival(g, LAWS[law](a, b), t), probability(g, LAWS[law](a, b), t, dt)]  # noqa: E731
    with np.errstate(all="ignore"):
        left, expected = sf(t), 1 - sf(t + dt) / sf(t)
    seen = left > 1e-200
    for share, had in both_ways(build, inputs).values():
        np.testing.assert_allclose(share[seen], left[seen], rtol=1e-10)
        np.testing.assert_allclose(had[seen], expected[seen], atol=1e-10)


def test_an_exponential_law_is_the_weibull_and_gompertz_laws_that_it_should_be() -> None:
    inputs = np.array([[0.0, 0.5, 3.0, 40.0], [1.0, 0.25, 1e-6, 2.0], [0.1, 0.7, 2.0, 0.01]])

    def build(g: Graph, t: Ref, dt: Ref, rate: Ref) -> list[Ref]:
        one = g.const(1.0)
        laws: list[TimeToEvent] = [Exponential(rate), Weibull(one, g.div(one, rate)), Gompertz(g.const(0.0), rate)]
        return [r for law in laws for r in (law.cumulative(g, t), law.increment(g, t, dt))]

    for got in both_ways(build, inputs).values():
        for row in (2, 4):
            np.testing.assert_allclose(got[row : row + 2], got[:2], rtol=1e-14)


def table_twin(table: SurvivalTable, t: float) -> Decimal:
    """H(t) by walking through the rows in 50 digits."""
    rows = [(Decimal(a), -Decimal(b).ln()) for a, b in zip(table.times, table.shares, strict=True)]
    pairs = list(pairwise(rows))
    (start, h), (end, h_end) = next((pair for pair in pairs if Decimal(t) <= pair[1][0]), pairs[-1])
    return h + (h_end - h) * (Decimal(t) - start) / (end - start)


@pytest.mark.parametrize("way", ["slow", "compiled"])
def test_a_table_is_linear_in_the_logarithm_of_survival(way: str) -> None:
    table = SurvivalTable((0.0, 1.0, 2.0, 5.0, 10.0), (1.0, 0.9, 0.9, 0.3, 0.2999))
    inputs = np.array([(t, dt) for t in (0.0, 0.3, 1.0, 1.7, 4.999, 5.0, 9.0, 20.0) for dt in (1e-9, 0.02, 1.0, 7.0)]).T

    def build(g: Graph, t: Ref, dt: Ref) -> list[Ref]:
        return [table.cumulative(g, t), table.increment(g, t, dt), table.covers(g, t)]

    cumulative, increment, covered = both_ways(build, inputs)[way]
    before = [table_twin(table, float(t)) for t in inputs[0]]
    after = [table_twin(table, Decimal(float(t)) + Decimal(float(dt))) for t, dt in inputs.T]
    assert worst(cumulative, np.array([float(h) for h in before])) < 1e-14
    assert worst(increment, np.array([float(b - a) for a, b in zip(before, after, strict=True)])) < 1e-12
    np.testing.assert_array_equal(covered, inputs[0] <= 10)


@pytest.mark.parametrize(
    ("times", "shares", "said"),
    [
        ((0.0,), (1.0,), "two rows"),
        ((0.0, 1.0), (1.0,), "two rows"),
        ((1.0, 2.0), (1.0, 0.5), "starts with 1 at time 0"),
        ((0.0, 2.0), (0.9, 0.5), "starts with 1 at time 0"),
        ((0.0, 2.0, 2.0), (1.0, 0.5, 0.4), "times must rise"),
        ((0.0, 2.0, 3.0), (1.0, 0.5, 0.6), "never rise"),
        ((0.0, 2.0), (1.0, 0.0), "above 0"),
        ((0.0, 2.0), (1.0, float("nan")), "above 0"),
    ],
)
def test_a_table_that_is_no_survival_says_why(times: tuple[float, ...], shares: tuple[float, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SurvivalTable(times, shares)


@pytest.mark.parametrize(
    ("law", "good", "bad"),
    [
        ("weibull", (1.0, 1.0), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (np.nan, 1.0), (1.0, np.inf)]),
        ("gompertz", (-1.0, 0.0), [(1.0, -0.1), (np.nan, 0.1), (np.inf, 0.1), (1.0, np.nan)]),
        ("log_logistic", (1.0, 1.0), [(0.0, 1.0), (1.0, -2.0), (1.0, np.nan)]),
        ("lognormal", (-3.0, 0.5), [(0.0, 0.0), (0.0, -1.0), (np.nan, 1.0), (np.inf, 1.0)]),
    ],
)
def test_parameters_that_a_law_cannot_have_are_told(
    law: str, good: tuple[float, float], bad: list[tuple[float, float]]
) -> None:
    for valid in both_ways(lambda g, a, b: [LAWS[law](a, b).valid(g)], np.array([good, *bad]).T).values():
        assert valid[0].tolist() == [1.0] + [0.0] * len(bad)


@pytest.mark.parametrize("law", LAWS)
def test_what_depends_on_the_cycle_alone_is_computed_beforehand(law: str) -> None:
    g = Graph(5)
    t = g.series(np.arange(5.0))
    a, b = PARAMETERS[law][1]
    known = LAWS[law](g.const(a), g.const(b))
    values = g.known(known.increment(g, t, g.const(1.0)))
    assert values is not None
    drawn = LAWS[law](g.input(0), g.input(1)).increment(g, t, g.const(1.0))
    program = g.program(totals=[], yearly=[drawn], checks=[], n_inputs=2)
    np.testing.assert_allclose(reference.evaluate(program, np.array([[a], [b]])).yearly[0, :, 0], values, rtol=1e-13)


@pytest.mark.parametrize("law", LAWS)
def test_increments_of_successive_cycles_add_up_to_the_cumulative_hazard(law: str) -> None:
    g = Graph(240)
    t = g.series(np.arange(240) / 12)
    step = g.series(np.diff(np.arange(241) / 12))
    drawn = LAWS[law](g.input(0), g.input(1))
    total = g.carried(g.const(0.0))
    g.follow(total, g.add(total, drawn.increment(g, t, step)))
    program = g.program(totals=[total, drawn.cumulative(g, g.const(20.0))], yearly=[], checks=[], n_inputs=2)
    summed, whole = reference.evaluate(program, np.array(PARAMETERS[law]).T).totals
    np.testing.assert_allclose(summed, whole, rtol=1e-12)
