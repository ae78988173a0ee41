"""What holds for every method, through the labelled entry."""

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from engine.analysis.sensitivity import METHODS, analyze_sensitivity, traits_of
from engine.analysis.sensitivity.base import Traits, sample_points
from engine.analysis.sensitivity.oneway import OneWay
from engine.analysis.sensitivity.sobol import Sobol
from engine.analysis.sensitivity.twoway import TwoWay
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

COEFFICIENTS = np.array([1.0, -3.0, 0.5])
# Sizes small enough to be quick, and large enough to be taken.
SIZES = {
    "sobol": 16,
    "morris": 16,
    "oneway": 16,
    "twoway": 4,
    "shapley_effects": 64,
    "efast": 193,
    "rbd_fast": 512,
    "delta": 256,
    "pawn": 256,
    "dgsm": 16,
    "hdmr": 512,
    "regional": 256,
    "prim": 256,
}
GIVEN_DATA = [name for name, method in METHODS.items() if traits_of(method()).given_data]
DESIGNED = [name for name in METHODS if name not in GIVEN_DATA]


def linear(u: np.ndarray) -> np.ndarray:
    return u @ COEFFICIENTS + 0.5


def analyze(function: object = linear, **options: object) -> xr.Dataset:
    return analyze_sensitivity(
        function, **{"names": ["a", "b", "c"], "n": SIZES.get(str(options.get("method")), 16), **options}
    )  # type: ignore[arg-type]


every_method = pytest.mark.parametrize("method", list(METHODS))
every_designed_method = pytest.mark.parametrize("method", DESIGNED)


def points(method: str, d: int, seed: int = 0) -> np.ndarray:
    chosen = TwoWay(pairs=((0, 1),)) if method == "twoway" else METHODS[method]()
    x = chosen.design(d, SIZES[method], seed)
    return sample_points(d, SIZES[method], seed) if x is None else x


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
    designed = {"sobol": 16 * 8, "morris": 16 * 4, "oneway": 16 * 7, "twoway": 2048 + 3 * 100 * 4}
    designed |= {"shapley_effects": 64 * 4, "efast": 193 * 3 * 8, "dgsm": 16 * 4}
    assert ds.attrs["runs"] == designed.get(method, SIZES[method])


@every_method
def test_every_point_is_strictly_inside_the_cube(method: str) -> None:
    x = points(method, 4)
    assert x.shape[1] == 4
    assert (x > 0).all()
    assert (x < 1).all()


@every_method
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_seed_gives_the_same_numbers_again(method: str, seed: int) -> None:
    xr.testing.assert_identical(analyze(method=method, seed=seed), analyze(method=method, seed=seed))


@every_method
def test_another_seed_gives_another_design(method: str) -> None:
    assert not np.array_equal(points(method, 3), points(method, 3, seed=1))


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


@every_designed_method
def test_outcomes_that_are_no_whole_design_are_refused(method: str) -> None:
    x = points(method, 3)[:-1]
    chosen = TwoWay(pairs=((0, 1),)) if method == "twoway" else METHODS[method]()
    with pytest.raises(UsageError, match="runs are not n"):
        chosen.analyze(x, linear(x), seed=0)


@every_method
def test_outcomes_in_another_order_than_their_points_are_refused(method: str) -> None:
    with pytest.raises(RunError, match="not in the order of its points"):
        analyze(lambda u: linear(u)[np.random.default_rng(0).permutation(len(u))], method=method)


@every_method
def test_a_function_that_answers_differently_each_time_is_refused(method: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(RunError, match="depend on something else than the points"):
        analyze(lambda u: linear(u) + rng.random(len(u)), method=method)


FIRST = {
    "sobol": ("S1", 1.0),
    "morris": ("mu", 0.99),
    "oneway": ("high_outcome", 0.95**2),
    "shapley_effects": ("shapley_effect", 1.0),
    "efast": ("ST", 1.0),
    "rbd_fast": ("S1", 1.0),
    "delta": ("delta", 0.95),
    "pawn": ("pawn_max", 0.9),
    "dgsm": ("dgsm", 1.2),
    "hdmr": ("hdmr_ST", 1.0),
    "regional": ("regional_ks", 1.0),
}


@pytest.mark.parametrize("method", list(FIRST))
def test_one_parameter_is_enough_and_none_is_not(method: str) -> None:
    measure, value = FIRST[method]
    ds = analyze_sensitivity(lambda u: u[:, 0] ** 2, names=["only"], method=method)
    assert float(ds[measure][0]) == pytest.approx(value, rel=0.1)
    with pytest.raises(UsageError, match="No uncertain parameter"):
        analyze_sensitivity(linear, names=[], method=method)


def test_what_each_method_takes_is_stated() -> None:
    able = {trait: {name for name, m in METHODS.items() if getattr(traits_of(m()), trait)} for trait in Traits._fields}
    assert able["given_data"] == {"rbd_fast", "delta", "pawn", "hdmr", "regional", "prim"}
    assert {"morris", "pawn", "shapley_effects"} <= able["allows_groups"]
    assert set(METHODS) - able["needs_independence"] == {"shapley_effects", "delta", "pawn", "regional", "prim"}
    assert set(METHODS) - able["allows_discrete"] == {"morris", "efast", "rbd_fast", "dgsm", "hdmr"}


@every_method
def test_a_discrete_parameter_is_taken_or_refused_by_name(method: str) -> None:
    def function(u: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(u[:, 1] < 0.4, -1.0, 1.0) + 0.5 * u[:, 0] - 0.2)

    if traits_of(METHODS[method]()).allows_discrete:
        ds = analyze(function, method=method, discrete={1})
        assert ds.attrs["method"] == method
    else:
        with pytest.raises(UsageError, match=r"and 'b' takes a few values only. These methods do not: sobol"):
            analyze(function, method=method, discrete={1})


@every_method
def test_groups_are_taken_or_refused(method: str) -> None:
    if traits_of(METHODS[method]()).allows_groups:
        ds = analyze(method=method, groups={"a and c": (0, 2)}, labels=["A", "B", "C"])
        assert ds["parameter"].values.tolist() == ["a and c", "b"]
        assert ds["label"].values.tolist() == ["a and c", "B"]
    else:
        with pytest.raises(UsageError, match=r"cannot take groups of parameters. These can: .*morris"):
            analyze(method=method, groups={"a and c": (0, 2)})


@every_method
def test_dependent_parameters_are_taken_or_refused(method: str) -> None:
    r = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    if traits_of(METHODS[method]()).needs_independence:
        with pytest.raises(UsageError, match=r"needs independent parameters. With correlated ones: .*shapley_effects"):
            analyze(method=method, correlation=r)
    else:
        seen = []
        analyze(lambda u: seen.append(u) or u[:, 2] - 0.5, method=method, correlation=r)
        assert np.corrcoef(seen[0][:, 0], seen[0][:, 1])[0, 1] > 0.8
    xr.testing.assert_identical(analyze(method=method, correlation=np.eye(3)), analyze(method=method))


@pytest.mark.parametrize("method", GIVEN_DATA)
def test_runs_that_exist_are_analysed_without_a_function(method: str) -> None:
    x = sample_points(3, SIZES[method], 0)
    again = analyze_sensitivity(None, names=["a", "b", "c"], method=method, given=(x, linear(x)))
    xr.testing.assert_identical(again, analyze(method=method))


@every_designed_method
def test_runs_of_another_design_are_refused(method: str) -> None:
    x = sample_points(3, 64, 0)
    with pytest.raises(UsageError, match="its own design only"):
        analyze(None, method=method, given=(x, linear(x)))


@pytest.mark.parametrize("method", ["sobol", "oneway", "dgsm"])
def test_a_size_that_is_no_power_of_two_is_refused(method: str) -> None:
    with pytest.raises(UsageError, match="powers of two, such as 64"):
        analyze(method=method, n=100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "fast"}, "No method 'fast'. There are: sobol, morris, oneway"),
        ({"names": ["a", "a", "b"]}, "name of its own"),
        ({"labels": ["A"]}, "one label"),
        ({"seed": -1}, "seed: -1"),
        ({"n": 0}, "n: 0"),
        ({"n": 1, "method": "morris"}, "at least 2"),
        ({"n": 1, "method": "sobol"}, "at least 2"),
        ({"n": 32, "method": "shapley_effects"}, "at least 64"),
        ({"n": 199, "method": "delta"}, "at least 200"),
        ({"groups": {"g": (0, 0)}, "method": "morris"}, "none in two groups"),
        ({"groups": {"g": (3,)}, "method": "morris"}, "columns below 3"),
        ({"groups": {"b": (0,)}, "method": "morris"}, "name of a parameter outside it"),
        ({"discrete": {3}}, "columns below 3"),
        ({"function": None}, "A function of the parameters is needed"),
        ({"function": None, "method": "delta", "given": (np.zeros((9, 3)), np.zeros(9))}, "strictly inside"),
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


def test_a_design_that_is_never_held_gives_what_it_gives_when_held() -> None:
    found, method = analyze(n=64), Sobol()
    x = method.design(3, 64, 0)
    for name, value in method.analyze(x, linear(x), seed=0).items():
        np.testing.assert_array_equal(found[name].values, value)
    with pytest.raises(RunError, match="not in the order of its points"):
        analyze(lambda u: linear(u)[::-1], n=64)


def test_the_methods_load_their_library_when_they_are_used() -> None:
    code = (
        "import sys, engine.analysis.sensitivity; assert not {'SALib', 'scipy.stats', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
