from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from engine.model.exact import exact_quantile
from engine.model.parameters import quantile
from engine.spec.distributions import Law, parse_law, point

TAILS = np.logspace(-12, -2, 301)
U = np.unique(np.concatenate([TAILS, np.linspace(0.01, 0.99, 401), 1 - TAILS]))

LAWS = {
    "uniform(-1, 3)": stats.uniform(-1, 4),
    "normal(2, 0.5)": stats.norm(2, 0.5),
    "lognormal(median=1.5, sigma=0.4)": stats.lognorm(0.4, scale=1.5),
    "beta(successes=3.2, failures=17.5)": stats.beta(3.2, 17.5),
    "beta(successes=0.5, failures=0.5)": stats.beta(0.5, 0.5),
    "beta(successes=800, failures=200)": stats.beta(800, 200),
    "gamma(shape=2.5, scale=4)": stats.gamma(2.5, scale=4),
    "gamma(shape=0.3, scale=2)": stats.gamma(0.3, scale=2),
    "gamma(shape=1e6, scale=1e-6)": stats.gamma(1e6, scale=1e-6),
    "triangular(0, 1, 5)": stats.triang(0.2, 0, 5),
    "triangular(1, 1, 5)": stats.triang(0, 1, 4),
    "triangular(-2, 5, 5)": stats.triang(1, -2, 7),
    "pert(0.9, 1, 1.3)": stats.beta(2, 4, 0.9, 0.4),
    "truncated_normal(0.5, 0.3, 0, 1)": stats.truncnorm(-0.5 / 0.3, 0.5 / 0.3, 0.5, 0.3),
    "truncated_normal(0, 1, 4, 5.5)": stats.truncnorm(4, 5.5),
    "truncated_normal(0, 1, -5.5, -4)": stats.truncnorm(-5.5, -4),
    "truncated_normal(3, 0.5, 1, 100)": stats.truncnorm(-4, 194, 3, 0.5),
    "discrete([1, 2, 5], [0.25, 0.25, 0.5])": stats.rv_discrete(values=([1, 2, 5], [0.25, 0.25, 0.5])),
}
COLUMN = (4.0, 1.0, 2.0, 2.0, 7.0)


def law(text: str, *, value: float = 1.0) -> Law:
    return parse_law(text, value=value, columns=lambda table, column: COLUMN)


EVERY_LAW = [*LAWS, "lognormal(mean=1.35, q95=1.8)", "empirical(a, b)", "point(2)", "beta(mean=0.3, sd=0.4)"]


@pytest.mark.parametrize("text", LAWS)
def test_exact_quantiles_are_those_of_scipy(text: str) -> None:
    found = law(text)
    # scipy truncates by way of logarithms, which costs it a digit at 1 - 1e-12; and both round at the scale of a bound.
    truncated = found.family == "truncated_normal"
    rtol, atol = (1e-9, 1e-15) if truncated else (1e-10, 0)
    np.testing.assert_allclose(exact_quantile(found, U), LAWS[text].ppf(U), rtol=rtol, atol=atol)


@pytest.mark.parametrize("text", [t for t in LAWS if not t.startswith(("truncated", "discrete"))])
def test_distribution_function_leads_back_from_exact_quantiles_in_both_tails(text: str) -> None:
    x = exact_quantile(law(text), U)
    # x is rounded, to its own size and to that of the bound that it is measured from: look a step to either side.
    end = max([abs(e) for e in LAWS[text].support() if math.isfinite(e)], default=0.0)
    step = 4 * np.spacing(np.maximum(np.abs(x), end))
    cdf, sf, lower = LAWS[text].cdf, LAWS[text].sf, U < 0.5
    # scipy's own upper tail of some laws is 1 minus the lower one.
    slack = 1e-9 * np.minimum(U, 1 - U) + np.where(lower, 0, 4e-16)
    assert np.all(np.where(lower, cdf(x - step) - U, 1 - U - sf(x - step)) <= slack)
    assert np.all(np.where(lower, U - cdf(x + step), sf(x + step) - (1 - U)) <= slack)


@pytest.mark.parametrize(("low", "high"), [(-9.0, 9.0), (-1.0, 9.0), (-9.0, -3.0), (3.0, 9.0), (0.0, 1e-3), (4.0, 4.2)])
def test_exact_truncated_normal_keeps_its_digits_in_the_tails(low: float, high: float) -> None:
    z = exact_quantile(law(f"truncated_normal(0, 1, {low}, {high})"), U)
    if low > 0:
        share = special.ndtr(-low) - special.ndtr(-high)
        atol = 1e-16 / share
        np.testing.assert_allclose((special.ndtr(-low) - special.ndtr(-z)) / share, U, rtol=1e-9, atol=atol)
        np.testing.assert_allclose((special.ndtr(-z) - special.ndtr(-high)) / share, 1 - U, rtol=1e-9, atol=atol)
    else:
        share = special.ndtr(high) - special.ndtr(low)
        atol = 4e-16 / share
        np.testing.assert_allclose((special.ndtr(z) - special.ndtr(low)) / share, U, rtol=1e-9, atol=atol)
    assert z.min() >= low
    assert z.max() <= high


def test_truncated_normal_mirrors_exactly() -> None:
    right, left = law("truncated_normal(0, 1, 1, 6)"), law("truncated_normal(0, 1, -6, -1)")
    u = (np.arange(1, 64)) / 64
    np.testing.assert_array_equal(quantile(right, u), -quantile(left, 1 - u))


@pytest.mark.parametrize("text", EVERY_LAW)
def test_quantiles_rise_with_u_and_stay_in_the_support(text: str) -> None:
    found = law(text)
    u = np.unique(np.concatenate([U, 2.0**-53 + np.arange(0, 1, 2.0**-12), [2.0**-53, 1 - 2.0**-53]]))
    x = quantile(found, u)
    assert np.all(np.isfinite(x))
    # Neighbours may differ by rounding where the incomplete gamma and beta functions are inverted.
    assert np.all(np.diff(x) >= -4 * np.spacing(np.abs(x[1:])))
    assert x.min() >= found.support[0]
    assert x.max() <= found.support[1]


@pytest.mark.parametrize("text", EVERY_LAW)
def test_many_draws_follow_the_law(text: str) -> None:
    found = law(text)
    u = np.random.default_rng(20240531).random(40_000)
    x = quantile(found, u)
    error = 5 * found.sd / math.sqrt(x.size)
    assert x.mean() == pytest.approx(found.mean, abs=max(error, 1e-12))
    if text in LAWS and found.family != "discrete":
        assert stats.kstest(x, LAWS[text].cdf).pvalue > 1e-3


def test_discrete_values_come_with_their_weights() -> None:
    found = law("discrete([1, 2, 5], [0.25, 0.25, 0.5])")
    u = np.array([1e-12, 0.25, np.nextafter(0.25, 1), 0.5, 0.75, 1 - 1e-12])
    np.testing.assert_array_equal(quantile(found, u), [1, 1, 2, 2, 5, 5])


def test_ten_tenths_leave_no_gap_at_the_end() -> None:
    found = law(f"discrete({list(range(10))}, {[0.1] * 10})")
    assert quantile(found, np.array([1 - 2.0**-53]))[0] == 9


def test_each_row_of_a_column_is_equally_probable() -> None:
    u = (np.arange(1000) + 0.5) / 1000
    found, counts = np.unique(quantile(law("empirical(a, b)"), u), return_counts=True)
    np.testing.assert_array_equal(found, [1, 2, 4, 7])
    np.testing.assert_array_equal(counts, [200, 400, 200, 200])


def test_empirical_law_is_the_inverse_of_the_empirical_distribution_function() -> None:
    u = np.array([1e-12, 0.2, np.nextafter(0.2, 1), 0.6, 0.61, 0.8, 0.81, 1 - 1e-12])
    np.testing.assert_array_equal(quantile(law("empirical(a, b)"), u), [1, 1, 2, 2, 4, 4, 7, 7])


def test_a_certain_value_does_not_vary() -> None:
    np.testing.assert_array_equal(quantile(point(3.5), np.array([0.1, 0.9])), [3.5, 3.5])


@pytest.mark.parametrize("text", EVERY_LAW)
@pytest.mark.parametrize("factor", [1000.0, -2.5])
def test_a_scaled_law_is_the_law_times_the_factor_and_still_rises(text: str, factor: float) -> None:
    scaled = law(text).scaled(factor)
    u = (np.arange(256) + 0.5) / 256
    x = quantile(scaled, u)
    np.testing.assert_array_equal(np.sort(x), np.sort(factor * quantile(law(text), u)))
    assert np.all(np.diff(x) >= 0)


def test_each_value_depends_on_its_own_u_alone() -> None:
    for text in EVERY_LAW:
        whole = quantile(law(text), U)
        parts = np.concatenate(
            [quantile(law(text), U[:7]), quantile(law(text), U[7:500]), quantile(law(text), U[500:])]
        )
        assert whole.tobytes() == parts.tobytes()


def test_the_argument_is_left_alone_and_the_result_is_new() -> None:
    u = U.copy()
    for text in EVERY_LAW:
        x = quantile(law(text).scaled(-1.0), u)
        assert x is not u
        assert x.dtype == np.float64
        assert x.shape == u.shape
    np.testing.assert_array_equal(u, U)


MEANS = st.floats(0.05, 0.95)
STATED = st.one_of(
    st.builds("uniform({0}, {1})".format, st.floats(-5, 0), st.floats(0.1, 9)),
    st.builds("normal({0}, {1})".format, st.floats(-5, 5), st.floats(0.01, 9)),
    st.builds("lognormal(median={0}, sigma={1})".format, st.floats(0.1, 1e6), st.floats(0.01, 1)),
    st.builds("beta(mean={0}, sd={1})".format, MEANS, st.floats(0.005, 0.15)),
    st.builds("gamma(mean={0}, sd={1})".format, st.floats(1, 100), st.floats(0.5, 2)),
    st.builds("triangular({0}, {1}, {2})".format, st.floats(-5, 0), st.floats(0, 1), st.floats(1.1, 9)),
    st.builds("pert({0}, {1}, {2})".format, st.floats(-5, 0), st.floats(0, 1), st.floats(1.1, 9)),
    st.builds("truncated_normal({0}, {1}, 0, 1)".format, st.floats(-1, 2), st.floats(0.4, 20)),
)


@settings(max_examples=200)
@given(STATED)
def test_mean_and_sd_of_a_law_are_the_integrals_of_its_quantiles(text: str) -> None:
    found = law(text)
    # The substitution u = Phi(z) makes the integrand smooth to both ends.
    z = np.linspace(-8.2, 8.2, 2001)
    weight = np.exp(-z * z / 2)
    weight /= weight.sum()
    x = quantile(found, special.ndtr(z))
    mean = float(weight @ x)
    assert mean == pytest.approx(found.mean, rel=1e-5, abs=1e-5 * found.sd)
    assert math.sqrt(float(weight @ (x - mean) ** 2)) == pytest.approx(found.sd, rel=1e-4)
