"""What holds for every method, through the labelled entry."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from engine.analysis.sensitivity import METHODS, analyze_sensitivity
from engine.analysis.sensitivity.oneway import OneWay
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

COEFFICIENTS = np.array([1.0, -3.0, 0.5])


def linear(u: np.ndarray) -> np.ndarray:
    return u @ COEFFICIENTS + 4


def analyze(function: object = linear, **options: object) -> xr.Dataset:
    return analyze_sensitivity(function, **{"names": ["a", "b", "c"], "n": 16, **options})  # type: ignore[arg-type]


every_method = pytest.mark.parametrize("method", list(METHODS))


@every_method
def test_names_dims_and_units_are_the_vocabularys(method: str) -> None:
    ds = analyze(method=method, labels=["Ä", "Ö", "Å"], attrs={"calculation": "finance"})
    for name, variable in ds.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.attrs["long_name"] == VARIABLES[str(name)].meaning
        assert variable.dtype == np.float64
    assert ds["label"].values.tolist() == ["Ä", "Ö", "Å"]
    assert ds.attrs["method"] == method
    assert ds.attrs["calculation"] == "finance"
    assert ds.attrs["runs"] == {"sobol": 16 * 8, "morris": 16 * 4, "oneway": 16 * 7}[method]


@every_method
def test_every_point_is_strictly_inside_the_cube(method: str) -> None:
    x = METHODS[method]().design(4, 256, 0)
    assert x.shape[1] == 4
    assert (x > 0).all()
    assert (x < 1).all()


@every_method
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_seed_gives_the_same_numbers_again(method: str, seed: int) -> None:
    xr.testing.assert_identical(analyze(method=method, seed=seed), analyze(method=method, seed=seed))


@every_method
def test_another_seed_gives_another_design(method: str) -> None:
    assert not np.array_equal(METHODS[method]().design(3, 16, 0), METHODS[method]().design(3, 16, 1))


@every_method
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_outcome_that_is_not_finite_is_refused_with_count_and_row(method: str, bad: float) -> None:
    def holed(u: np.ndarray) -> np.ndarray:
        y = linear(u)
        y[[5, 9]] = bad
        return y

    with pytest.raises(RunError, match=r"in 2 of \d+ runs, first in row 5"):
        analyze(holed, method=method)


@every_method
@pytest.mark.parametrize("value", [0.0, 1.0, -1e9])
def test_a_constant_outcome_is_refused(method: str, value: float) -> None:
    with pytest.raises(RunError, match="nothing to explain"):
        analyze(lambda u: np.full(len(u), value), method=method)


@every_method
def test_an_outcome_that_varies_by_rounding_alone_is_refused(method: str) -> None:
    with pytest.raises(RunError, match="nothing to explain"):
        analyze(lambda u: 1e6 + 1e-10 * u[:, 0], method=method)


@every_method
def test_outcomes_of_another_length_or_shape_are_refused(method: str) -> None:
    with pytest.raises(UsageError, match="one number a run"):
        analyze(lambda u: linear(u)[:-1], method=method)
    with pytest.raises(UsageError, match="one number a run"):
        analyze(lambda u: linear(u)[:, None], method=method)


@every_method
def test_outcomes_that_are_no_whole_design_are_refused(method: str) -> None:
    x = METHODS[method]().design(3, 4, 0)[:-1]
    with pytest.raises(UsageError, match="runs are not n"):
        METHODS[method]().analyze(x, linear(x), seed=0)


@every_method
def test_one_parameter_is_enough_and_none_is_not(method: str) -> None:
    ds = analyze_sensitivity(lambda u: u[:, 0] ** 2, names=["only"], method=method)
    first = {"sobol": "S1", "morris": "mu", "oneway": "high_outcome"}[method]
    assert float(ds[first][0]) == pytest.approx({"sobol": 1.0, "morris": 0.99, "oneway": 0.95**2}[method], rel=0.05)
    with pytest.raises(UsageError, match="No uncertain parameter"):
        analyze_sensitivity(linear, names=[], method=method)


@pytest.mark.parametrize("method", ["sobol", "oneway"])
def test_a_size_that_is_no_power_of_two_is_refused(method: str) -> None:
    with pytest.raises(UsageError, match="powers of two, such as 64"):
        analyze(method=method, n=100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "pawn"}, "No method 'pawn'. There are: sobol, morris, oneway"),
        ({"names": ["a", "a", "b"]}, "name of its own"),
        ({"labels": ["A"]}, "one label"),
        ({"seed": -1}, "seed: -1"),
        ({"n": 0}, "n: 0"),
        ({"n": 1, "method": "morris"}, "at least 2"),
        ({"n": 1, "method": "sobol"}, "at least 2"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        analyze(**options)


def test_values_of_the_parameters_stand_beside_one_way_outcomes() -> None:
    ds = analyze(method=OneWay(low=0.1, high=0.9), quantile_of=lambda i, u: 10 * i + u)
    assert ds["low_value"].values.tolist() == [0.1, 10.1, 20.1]
    assert ds["high_value"].values.tolist() == [0.9, 10.9, 20.9]
    assert np.isnan(analyze(method="oneway")["low_value"]).all()


def test_the_methods_load_their_library_when_they_are_used() -> None:
    code = (
        "import sys, engine.analysis.sensitivity; assert not {'SALib', 'scipy.stats', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
