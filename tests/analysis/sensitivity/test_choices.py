"""Choices as factors: Sobol' indices of a discrete factor, against what enumeration of it gives."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.sensitivity import METHODS, analyze_sensitivity, traits_of
from engine.analysis.sensitivity.choices import kind_of, split_choices
from engine.errors import UsageError
from engine.spec.check_sensitivity import SMOOTH
from engine.vocabulary import VARIABLES

WEIGHTS = np.array([0.5, 0.3, 0.2])
POINTS = tuple(np.cumsum(WEIGHTS) - WEIGHTS / 2)
LEVEL = np.array([0.0, 2.0, 5.0])
SLOPE = np.array([1.0, -3.0, 6.0])


def alternative(u: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.cumsum(WEIGHTS)[:-1], u, side="left")


def function(u: np.ndarray) -> np.ndarray:
    """Of a choice, a figure, and a figure that matters alike whatever is chosen."""
    c = alternative(u[:, 0])
    return LEVEL[c] + SLOPE[c] * (u[:, 1] - 0.5) + 4.0 * u[:, 2]


def mean_over_choices(x: np.ndarray) -> float:
    return float(WEIGHTS @ x)


V_CHOICE = mean_over_choices(LEVEL**2) - mean_over_choices(LEVEL) ** 2
V_FIGURE = mean_over_choices(SLOPE) ** 2 / 12
V_BOTH = (mean_over_choices(SLOPE**2) - mean_over_choices(SLOPE) ** 2) / 12
V_ALIKE = 16.0 / 12
V = V_CHOICE + V_FIGURE + V_BOTH + V_ALIKE


@pytest.fixture(scope="module")
def found():  # type: ignore[no-untyped-def]
    return analyze_sensitivity(function, names=["c", "x", "z"], method="sobol", n=4096, seed=1, choices={0: POINTS})


def assert_near(found, name: str, expected: object) -> None:  # type: ignore[no-untyped-def]
    """Within twice the half-width of the 95 % interval, which is about four standard errors."""
    assert (np.abs(found[name].values - expected) <= 2 * found[f"{name}_conf"].values + 1e-12).all(), name


def test_sobol_indices_of_a_discrete_factor_are_those_of_enumeration(found) -> None:  # type: ignore[no-untyped-def]
    assert_near(found, "S1", np.array([V_CHOICE, V_FIGURE, V_ALIKE]) / V)
    assert_near(found, "ST", np.array([V_CHOICE + V_BOTH, V_FIGURE + V_BOTH, V_ALIKE]) / V)
    assert float(found["S2"][0, 1]) == pytest.approx(V_BOTH / V, abs=2 * float(found["S2_conf"][0, 1]))
    assert list(found["kind"].values) == ["choice", "parameter", "parameter"]


def test_the_spread_is_divided_into_choices_figures_and_both(found) -> None:  # type: ignore[no-untyped-def]
    assert_near(found, "choices_share", V_CHOICE / V)
    assert_near(found, "figures_share", (V_FIGURE + V_ALIKE) / V)
    assert_near(found, "choices_figures_share", V_BOTH / V)
    parts = [float(found[name]) for name in ("choices_share", "figures_share", "choices_figures_share")]
    assert sum(parts) == pytest.approx(1.0, abs=1e-12)
    assert found.attrs["runs"] == 4096 * (2 * 3 + 2) + 4 * 4096
    assert all(variable.dims == VARIABLES[str(name)].dims for name, variable in found.data_vars.items())


def test_where_there_are_only_choices_all_of_the_spread_comes_from_them() -> None:
    shares, runs = split_choices(lambda u: LEVEL[alternative(u[:, 0])] + (u[:, 1] > 0.5), [0, 1], 2, n=64, seed=0)
    assert shares["choices_share"] == pytest.approx(1.0, abs=1e-12)
    assert shares["figures_share"] == pytest.approx(0.0, abs=1e-12)
    assert runs == 256


def test_a_group_is_called_after_what_it_holds() -> None:
    assert [kind_of(group, {0, 2}) for group in ((0,), (0, 2), (1,), (0, 1))] == [
        "choice",
        "choice",
        "parameter",
        "both",
    ]
    grouped = analyze_sensitivity(
        function, names=["c", "x", "z"], n=64, choices={0: POINTS}, groups={"method": (0,), "figures": (1, 2)}
    )
    assert list(grouped["kind"].values) == ["choice", "parameter"]


@pytest.mark.parametrize("method", list(METHODS))
def test_a_method_takes_choices_or_says_which_methods_do(method: str) -> None:
    if traits_of(METHODS[method]()).allows_discrete:
        found = analyze_sensitivity(function, names=["c", "x", "z"], method=method, choices={0: POINTS})
        assert list(found["kind"].values) == ["choice", "parameter", "parameter"]
        assert ("choices_share" in found) == (method == "sobol")
    else:
        with pytest.raises(UsageError, match=r"'c' takes a few values only\. These methods do not: sobol, oneway"):
            analyze_sensitivity(function, names=["c", "x", "z"], method=method, choices={0: POINTS})


def test_the_checks_know_which_methods_refuse_choices() -> None:
    assert {name for name, make in METHODS.items() if not traits_of(make()).allows_discrete} == SMOOTH


def test_one_at_a_time_a_choice_shows_every_alternative_and_goes_from_the_lowest_to_the_highest() -> None:
    value = np.array([5.0, 0.0, 2.0])
    found = analyze_sensitivity(
        lambda u: value[alternative(u[:, 1])] + u[:, 0],
        names=["x", "c"],
        method="oneway",
        n=16,
        choices={1: POINTS},
        quantile_of=lambda column, u: float(alternative(np.array([u]))[0]) if column else u,
    )
    means = found["alternative_outcome"].transpose("parameter", "alternative").values
    assert np.isnan(means[0]).all()
    np.testing.assert_allclose(means[1] - means[1, 1], value, atol=1e-12)
    at = found.sel(parameter="c")
    assert (float(at["low_value"]), float(at["high_value"])) == (1.0, 0.0)
    assert float(at["high_outcome"] - at["low_outcome"]) == pytest.approx(5.0)
    assert (float(found["low_value"][0]), float(found["high_value"][0])) == (0.05, 0.95)


def test_an_alternative_that_is_never_taken_is_not_computed() -> None:
    found = analyze_sensitivity(
        lambda u: np.where(u[:, 0] < 0.5, 0.0, 9.0) + u[:, 1],
        names=["c", "x"],
        method="oneway",
        n=16,
        choices={0: (0.25, float("nan"), 0.75)},
    )
    means = found["alternative_outcome"].sel(parameter="c").values
    assert np.isnan(means[1])
    assert means[2] - means[0] == pytest.approx(9.0)
    assert found.attrs["runs"] == 16 * (1 + 2 + 2)


def test_alternatives_that_are_no_points_are_refused() -> None:
    with pytest.raises(UsageError, match="points between 0 and 1"):
        analyze_sensitivity(function, names=["c", "x", "z"], method="oneway", choices={0: (0.5, 1.0)})
    with pytest.raises(UsageError, match="columns below 3"):
        analyze_sensitivity(function, names=["c", "x", "z"], method="oneway", choices={3: POINTS})
