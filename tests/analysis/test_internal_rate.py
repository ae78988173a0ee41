"""Internal rates of return against the roots of their polynomials."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.internal_rate import FOUND, LOAN, NO_RATE, NOT_UNIQUE, internal_rate, rate_kind


def roots_of(flow: np.ndarray, cycle_length: float) -> list[float]:
    """All real rates above -1 by the roots of the polynomial in 1 / (1 + r)^cycle_length."""
    found = np.roots(np.trim_zeros(flow, "b")[::-1])
    real = found[(np.abs(found.imag) < 1e-9) & (found.real > 1e-9)].real
    return sorted(float(x ** (-1 / cycle_length) - 1) for x in real)


def test_one_year_of_money_has_the_rate_of_the_pencil() -> None:
    assert internal_rate(np.array([-100.0, 110.0]), 1.0) == pytest.approx(0.1, abs=1e-12)
    assert internal_rate(np.array([-100.0, 0.0, 121.0]), 1.0) == pytest.approx(0.1, abs=1e-12)
    assert internal_rate(np.array([-100.0, 0.0, 121.0]), 0.5) == pytest.approx(0.21, abs=1e-12)


def test_money_that_only_half_comes_back_has_a_negative_rate() -> None:
    assert internal_rate(np.array([-100.0, 50.0]), 1.0) == pytest.approx(-0.5, abs=1e-12)


@pytest.mark.parametrize("cycle_length", [1.0, 0.25])
def test_rates_of_random_investments_are_the_only_root_of_their_polynomial(cycle_length: float) -> None:
    rng = np.random.default_rng(2)
    flows = np.concatenate([-rng.uniform(1, 10, (40, 2)), rng.uniform(0, 3, (40, 8))], axis=1)
    found = internal_rate(flows, cycle_length)
    for flow, rate in zip(flows, found, strict=True):
        (root,) = roots_of(flow, cycle_length)
        assert rate == pytest.approx(root, rel=1e-7, abs=1e-9)


def test_several_roots_give_no_rate() -> None:
    # (x - 1/1.1)(x - 1/1.3): both 10 % and 30 % solve it.
    flow = np.array([-100.0, 240.0, -143.0])
    np.testing.assert_allclose(roots_of(flow, 1.0), [0.1, 0.3], rtol=1e-9)
    assert rate_kind(flow) == NOT_UNIQUE
    assert np.isnan(internal_rate(flow, 1.0))


def test_late_costs_after_it_has_paid_back_leave_the_one_rate_above_zero() -> None:
    rng = np.random.default_rng(4)
    flows = np.concatenate([-rng.uniform(5, 10, (200, 1)), rng.uniform(1, 4, (200, 7)), -rng.uniform(0.1, 1, (200, 2))],
                           axis=1)  # fmt: skip
    kinds, rates = rate_kind(flows), internal_rate(flows, 1.0)
    checked = 0
    for flow, kind, rate in zip(flows, kinds, rates, strict=True):
        above = [r for r in roots_of(flow, 1.0) if r > 1e-9]
        if kind == FOUND:
            checked += 1
            assert len(above) == 1
            assert rate == pytest.approx(above[0], rel=1e-7)
        else:
            assert flow.sum() <= 0 or np.isnan(rate)
    assert checked > 100


def test_money_that_goes_one_way_and_money_that_is_borrowed_have_no_rate() -> None:
    flows = np.array([[0.0, 0.0, 0.0], [-1.0, -2.0, 0.0], [1.0, 0.0, 2.0], [100.0, -20.0, -90.0]])
    assert rate_kind(flows).tolist() == [NO_RATE, NO_RATE, NO_RATE, LOAN]
    assert np.isnan(internal_rate(flows, 1.0)).all()


def test_a_century_of_months_neither_overflows_nor_loses_the_rate() -> None:
    flow = np.full(1200, 1.0)
    flow[0] = -50.0
    (rate,) = internal_rate(flow[None], 1 / 12)
    months = np.arange(1200)
    assert abs((flow * (1 + rate) ** (-months / 12)).sum()) < 1e-6
    # Nearly a perpetuity: 1 a month on 50 is 2 % a month.
    assert rate == pytest.approx(1.02**12 - 1, rel=1e-6)
    flow[1:] = 1e-6
    assert -1 < internal_rate(flow, 1 / 12) < 0


def test_a_flow_that_is_no_number_has_no_rate() -> None:
    flows = np.array([[np.nan, 145.9], [-1.0, np.nan], [-1.0, 2.0]])
    assert rate_kind(flows).tolist() == [NO_RATE, NO_RATE, FOUND]
    np.testing.assert_allclose(internal_rate(flows, 1.0), [np.nan, np.nan, 1.0])
