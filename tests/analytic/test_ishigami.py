"""Ishigami's function, whose Sobol' indices are known in closed form (Ishigami & Homma 1990)."""

import numpy as np
import pytest
import xarray as xr

from engine.analysis.sensitivity import analyze_sensitivity

A, B = 7.0, 0.1
NAMES = ["x1", "x2", "x3"]


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


V1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
V2 = A**2 / 8
V13 = 8 * B**2 * np.pi**8 / 225
S1 = np.array([V1, V2, 0]) / (V1 + V2 + V13)
ST = np.array([V1 + V13, V2, V13]) / (V1 + V2 + V13)
S2 = {(0, 1): 0.0, (0, 2): V13 / (V1 + V2 + V13), (1, 2): 0.0}


def test_the_closed_form_has_the_published_digits() -> None:
    np.testing.assert_allclose(S1, [0.3139, 0.4424, 0], atol=5e-5)
    np.testing.assert_allclose(ST, [0.5576, 0.4424, 0.2437], atol=5e-5)


@pytest.fixture(scope="module", params=[0, 1, 2])
def found(request: pytest.FixtureRequest) -> xr.Dataset:
    return analyze_sensitivity(ishigami, names=NAMES, method="sobol", n=1024, seed=request.param)


def test_first_order_and_total_indices_are_within_their_intervals(found: xr.Dataset) -> None:
    assert (np.abs(found["S1"] - S1) <= 3 * found["S1_conf"]).all()
    assert (np.abs(found["ST"] - ST) <= 3 * found["ST_conf"]).all()
    assert (found["S1_conf"] < 0.15).all()
    assert (found["ST_conf"] < 0.15).all()


def test_second_order_indices_find_the_one_interaction(found: xr.Dataset) -> None:
    for (j, k), truth in S2.items():
        assert abs(float(found["S2"][j, k]) - truth) <= 3 * float(found["S2_conf"][j, k])
    assert float(found["S2"].sel(parameter="x1", parameter_2="x3")) > 0.15


def test_morris_ranks_as_the_total_indices_do_not_miss_the_interaction() -> None:
    m = analyze_sensitivity(ishigami, names=NAMES, method="morris", n=500, seed=0)
    # x3 acts through x1 alone: its effects cancel in the mean and stand out in size and spread
    assert abs(float(m["mu"].sel(parameter="x3"))) < 0.2 * float(m["mu_star"].sel(parameter="x3"))
    assert float(m["sigma"].sel(parameter="x3")) > 1


def test_one_at_a_time_sees_nothing_of_a_parameter_that_only_interacts() -> None:
    tornado = analyze_sensitivity(ishigami, names=NAMES, method="oneway", n=1024, seed=0)
    width = np.abs(tornado["high_outcome"] - tornado["low_outcome"])
    assert float(width.sel(parameter="x3")) < 1e-9
    assert float(tornado["base_outcome"]) == pytest.approx(A / 2, abs=0.02)
