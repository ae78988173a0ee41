"""Curves against scipy, from one end of what a coordinate can be to the other."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from engine.kernel.values import CURVE, EXP_CURVE, LOGISTIC_CURVE
from engine.model import curves
from engine.model.curves import curve
from engine.model.exact import exact_quantile
from engine.model.parameters import quantile, row_of
from engine.spec.distributions import Law, parse_law

TAILS = np.unique(np.concatenate([[1e-15], 10.0 ** -np.random.default_rng(1).uniform(0.3, 15, 1000)]))
U = np.unique(np.concatenate([TAILS, np.random.default_rng(2).random(1500), 1 - TAILS]))


def check(law: Law, u: NDArray[np.float64] = U) -> None:
    """A law's values are scipy's to 1e-8 standard deviations, rise, and stay in the support."""
    # Coordinates of designs are such numbers; of others, 1 - u is not exact.
    u = np.unique(np.ceil(u * 2.0**53) * 2.0**-53)
    found, told = quantile(law, u), exact_quantile(law, u)
    # A score has 16 digits, and so does what a heavy upper tail makes of it.
    rounding = 1e-12 * np.abs(told) if law.family == "lognormal" else 0.0
    assert np.all(np.abs(found - told) <= 1e-8 * law.sd + rounding)
    # A truncated value is measured from the mean.
    scale = abs(law.factor * law.parameters[0]) if law.family == "truncated_normal" else 0.0
    assert np.all(np.diff(found) >= -4 * np.spacing(np.maximum(np.abs(found[1:]), scale)))
    assert found.min() >= law.support[0]
    assert found.max() <= law.support[1]


def law(text: str) -> Law:
    return parse_law(text, value=1.0, columns=None)


EDGES = [
    "normal(-3, 1e-6)",
    "lognormal(median=1e6, sigma=3)",
    "lognormal(median=2, sigma=0.001)",
    "uniform(-1e-9, 5)",
    "triangular(0, 0, 1)",
    "triangular(0, 1, 1)",
    "pert(0, 0, 10)",
    "pert(0, 10, 10)",
    "pert(0.1, 0.3, 0.7, 12)",
    "beta(successes=1, failures=1)",
    "beta(successes=1, failures=300)",
    "beta(successes=0.5, failures=0.5)",
    "beta(successes=0.02, failures=4)",
    "beta(successes=4, failures=0.02)",
    "beta(successes=0.001, failures=0.001)",
    "beta(successes=5e9, failures=4e9)",
    "beta(mean=0.3, sd=0.45)",
    "gamma(shape=1, scale=1)",
    "gamma(shape=0.01, scale=5)",
    "gamma(shape=0.0005, scale=5)",
    "gamma(shape=0.999, scale=1)",
    "gamma(shape=1.001, scale=1)",
    "gamma(shape=1e6, scale=1e-6)",
    "truncated_normal(0, 1, -40, 40)",
    "truncated_normal(0, 1, -0.001, 0.001)",
    "truncated_normal(0, 1, 5.8, 6)",
    "truncated_normal(0, 1, 5.9, 60)",
    "truncated_normal(0, 1, -60, -5.9)",
    "truncated_normal(10, 2, 0, 10.5)",
]


@pytest.mark.parametrize("text", EDGES)
@pytest.mark.parametrize("factor", [1.0, -3.0])
def test_edges_of_families_are_within_a_hundred_millionth_of_a_standard_deviation(text: str, factor: float) -> None:
    check(law(text).scaled(factor))


SHAPES = st.floats(-2.5, 5).map(lambda e: 10.0**e)
RANDOM = st.one_of(
    st.builds(lambda a, b: Law("beta", (a, b, 0.0, 1.0)), SHAPES, SHAPES),
    st.builds(lambda a, b: Law("beta", (a, b, -2.0, 7.0)), st.floats(1, 30), st.floats(1, 30)),
    st.builds(lambda a: Law("gamma", (a, 1.0)), SHAPES),
    st.builds(lambda m, s: Law("lognormal", (m, s)), st.floats(-5, 5), st.floats(1e-3, 2)),
    st.builds(lambda m, s: Law("truncated_normal", (m, s, 0.0, 1.0)), st.floats(-0.9, 1.9), st.floats(0.35, 50)),
    st.builds(
        lambda low, wide: Law("truncated_normal", (0.0, 1.0, low, low + wide)), st.floats(-6, 5), st.floats(1, 9)
    ),
    st.builds(lambda mode: Law("triangular", (0.0, mode, 1.0)), st.floats(0, 1)),
)


@settings(max_examples=150, deadline=None)
@given(RANDOM, st.randoms(use_true_random=False))
def test_random_laws_are_within_a_hundred_millionth_of_a_standard_deviation(law: Law, luck: object) -> None:
    rng = np.random.default_rng(luck.getrandbits(32))  # type: ignore[attr-defined]
    tails = 10.0 ** -rng.uniform(0.3, 15, 300)
    check(law, np.unique(np.concatenate([[1e-15], tails, rng.random(300), 1 - tails])))


@settings(max_examples=80, deadline=None)
@given(SHAPES, SHAPES)
def test_the_digits_of_small_values_are_kept(a: float, b: float) -> None:
    for found in (Law("gamma", (a, 1.0)), Law("beta", (a, b, 0.0, 1.0))):
        told = exact_quantile(found, TAILS)
        kept = told > 1e-280
        np.testing.assert_allclose(quantile(found, TAILS)[kept], told[kept], rtol=1e-5)
    # And of what is missing from 1, as far as a number near 1 has them.
    found, told = (
        1 - quantile(Law("beta", (a, b, 0.0, 1.0)), 1 - TAILS),
        1 - exact_quantile(Law("beta", (a, b, 0.0, 1.0)), 1 - TAILS),
    )
    np.testing.assert_allclose(found, told, rtol=1e-5, atol=2e-15)


def test_shapes_below_one_are_curves_of_the_logarithm() -> None:
    found = {shapes: curve(family, shapes) for family, shapes in (("gamma", (0.3,)), ("gamma", (3.0,)))}
    found |= {shapes: curve("beta", shapes) for shapes in ((0.3, 2.0), (2.0, 0.3), (2.0, 3.0))}
    codes = {shapes: made and made.code for shapes, made in found.items()}
    assert codes == {
        (0.3,): EXP_CURVE,
        (3.0,): CURVE,
        (0.3, 2.0): LOGISTIC_CURVE,
        (2.0, 0.3): LOGISTIC_CURVE,
        (2.0, 3.0): CURVE,
    }


def test_no_curve_is_made_of_what_scipy_itself_jumps_in() -> None:
    assert curve("gamma", (1e6,)) is None
    wide = Law("gamma", (1e6, 1.0))
    assert row_of(wide) is None
    np.testing.assert_array_equal(quantile(wide, U), exact_quantile(wide, U))


def test_a_step_too_wide_is_seen_and_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {}
    for tolerance in (1e-5, 1e-9, 1e-11, 1e-17):
        monkeypatch.setattr(curves, "TOLERANCE", tolerance)
        monkeypatch.setattr(curves, "RELATIVE", max(1e-6, tolerance))
        made = curve.__wrapped__("gamma", (2.5,))
        wanted[tolerance] = made and made.steps
    steps = [wanted[t] for t in (1e-5, 1e-9, 1e-11)]
    assert all(one is not None and other is not None and one <= other for one, other in itertools.pairwise(steps))
    assert steps[0] != steps[2]
    assert wanted[1e-17] is None


@pytest.mark.parametrize("bent", ["value", "slope"])
def test_a_wrong_knot_makes_no_curve(bent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = curves._gamma

    def wrong(shape: float, z: NDArray[np.float64], *, logarithm: bool) -> curves._Knots:
        knots = right(shape, z, logarithm=logarithm)
        at = np.abs(z - 1.0) < 1e-9
        return knots._replace(**{bent: np.where(at, 1.0001 * getattr(knots, bent), getattr(knots, bent))})

    monkeypatch.setattr(curves, "_gamma", wrong)
    assert curve.__wrapped__("gamma", (2.5,)) is None


@pytest.mark.parametrize("text", ["gamma(shape=0.3, scale=2)", "beta(successes=3.2, failures=17.5)", "pert(0, 1, 5)"])
def test_draws_from_a_curve_follow_the_law(text: str) -> None:
    found = law(text)
    low, high = found.support
    p = found.parameters
    true = stats.gamma(p[0], scale=p[1]) if found.family == "gamma" else stats.beta(p[0], p[1], low, high - low)
    x = quantile(found, np.random.default_rng(8).random(100_000))
    assert stats.kstest(x, true.cdf).pvalue > 1e-3
    assert x.mean() == pytest.approx(found.mean, abs=5 * found.sd / math.sqrt(x.size))
