"""The normal distribution on the graph, against 50 digits and against scipy."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from scipy import special, stats

from engine.model import normal
from tests.model import exact_laws
from tests.model.on_graph import both_ways, worst

Z = np.concatenate([np.linspace(-37, 37, 593), 10.0 ** np.linspace(-12, 0, 25), -(10.0 ** np.linspace(-12, 0, 25))])


@pytest.mark.parametrize("way", ["slow", "compiled"])
def test_logarithm_of_the_upper_tail_is_good_to_thirteen_digits(way: str) -> None:
    z = np.concatenate([Z, np.linspace(38, 60, 23)])
    got = both_ways(lambda g, x: [normal.minus_log_upper_tail(g, x)], z[None])[way][0]
    exact = np.array([float(exact_laws.minus_log_upper_tail(Decimal(float(x)))) for x in z])
    assert worst(got, exact) < 1e-14


def test_the_exact_tail_is_that_of_scipy() -> None:
    exact = np.array([float(exact_laws.upper_tail(Decimal(float(x)))) for x in Z])
    np.testing.assert_allclose(exact, special.ndtr(-Z), rtol=1e-12)


@pytest.mark.parametrize("way", ["slow", "compiled"])
def test_probability_and_hazard_are_good_in_both_tails(way: str) -> None:
    probability, hazard = both_ways(lambda g, x: [normal.cdf(g, x), normal.hazard(g, x)], Z[None])[way]
    exact = [exact_laws.upper_tail(Decimal(float(-x))) for x in Z]
    assert worst(probability, np.array([float(p) for p in exact])) < 1e-14
    density = [(-(Decimal(float(x)) ** 2) / 2).exp() / (2 * exact_laws.PI).sqrt() for x in Z]
    expected = [float(d / exact_laws.upper_tail(Decimal(float(x)))) for d, x in zip(density, Z, strict=True)]
    assert worst(hazard, np.array(expected)) < 1e-14


@pytest.mark.parametrize("way", ["slow", "compiled"])
def test_limits_are_reached_and_what_is_missing_stays_missing(way: str) -> None:
    z = np.array([[-np.inf, np.inf, -50.0, 50.0, np.nan, 1e200]])
    probability, log_tail = both_ways(lambda g, x: [normal.cdf(g, x), normal.minus_log_upper_tail(g, x)], z)[way]
    assert probability.tolist()[:4] == [0, 1, 0, 1]
    assert log_tail[[0, 1, 2, 5]].tolist() == [0, np.inf, 0, np.inf]
    assert log_tail[3] == pytest.approx(-stats.norm.logsf(50), rel=1e-13)
    assert np.isnan(probability[4])
    assert np.isnan(log_tail[4])
