"""Names and checks of the value of information; its numbers are tested beside the arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

from engine.analysis import evppi as arrays
from engine.analysis.evsi import ProportionStudy, RatioStudy
from engine.analysis.information import value_of_information, value_of_study
from engine.errors import RunError, UsageError
from engine.run.designs import unit_points
from engine.vocabulary import DIMENSIONS, VARIABLES

NAMES = ["uptake", "ratio", "price"]
N = 1024


@pytest.fixture
def x() -> np.ndarray:
    return unit_points("sobol", NAMES, seed=1, start=0, stop=N, total=N).T.copy()


@pytest.fixture
def npv(x: np.ndarray) -> xr.DataArray:
    """Dims as in a run's results, of one calculation."""
    early = 100 * x[:, 0] * (1 + x[:, 1]) - 65 - 30 * x[:, 2]
    late = 60 * x[:, 0] - 28
    values = np.stack([[early, early / 2 - 40], [late, late - 80]])  # (strategy, party, draw)
    return xr.DataArray(
        values,
        dims=("strategy", "party", "draw"),
        coords={"strategy": ["early", "late"], "party": ["society", "municipality"], "draw": np.arange(N)},
    )


def information(npv: xr.DataArray, x: np.ndarray, **options: Any) -> xr.Dataset:
    given: dict[str, Any] = {"names": NAMES, "replicates": 16, **options}
    return value_of_information(npv, x, **given)


def test_every_name_is_of_the_vocabulary_and_has_its_dimensions(npv: xr.DataArray, x: np.ndarray) -> None:
    both = (
        information(npv, x, groups={"effect": ["uptake", "ratio"]}, cohort=500),
        value_of_study(npv, x, names=NAMES, studies={"uptake": ProportionStudy()}, sizes=[10, 100], cohort=500),
    )
    for dataset in both:
        assert set(dataset.dims) <= set(DIMENSIONS)
        for name, variable in dataset.data_vars.items():
            assert variable.dims == VARIABLES[str(name)].dims
            assert variable.attrs["units"] == VARIABLES[str(name)].unit
    assert set(both[0]) == {
        *("evpi", "evpi_se", "p_wrong", "evppi", "evppi_se", "evppi_low", "evppi_low_se"),
        *("group_evppi", "group_evppi_se", "group_evppi_low", "group_evppi_low_se"),
        *("evpi_programme", "evppi_programme", "group_evppi_programme"),
    }
    assert set(both[1]) == {
        *("evsi", "evsi_se", "evppi", "evppi_se"),
        *("evsi_programme", "evsi_programme_se", "evppi_programme", "enbs"),
    }


def test_numbers_are_those_of_the_arrays(npv: xr.DataArray, x: np.ndarray) -> None:
    found = information(npv, x, groups={"effect": ["ratio", "uptake"]})
    y, member = npv.transpose("draw", "party", "strategy").values, arrays.members(N, 16)
    assert np.array_equal(found["evpi"], arrays.evpi(y, member)[0])
    assert np.array_equal(found["evpi_se"], arrays.evpi(y, member)[1])
    one = arrays.evppi(y, x[:, [1]], member)
    assert np.allclose(found["evppi"].sel(parameter="ratio"), one.value, rtol=1e-9)
    assert np.allclose(found["evppi_se"].sel(parameter="ratio"), one.se, rtol=1e-6)
    pair = arrays.evppi(y, x[:, [1, 0]], member)
    assert np.allclose(found["group_evppi"].sel(group="effect"), pair.value, rtol=1e-9)
    assert (found["group_evppi"].sel(group="effect") >= found["evppi"].sel(parameter="uptake")).all()
    assert (found["evppi"] <= found["evpi"] + 4 * found["evpi_se"]).all()


def test_the_decision_that_stands_is_named(npv: xr.DataArray, x: np.ndarray) -> None:
    found = information(npv, x, baseline="usual", labels=["Uptake", "Ratio", "Price"], attrs={"calculation": "c"})
    assert found["best_strategy"].values.tolist() == ["late", "usual"]
    assert 0 < found["p_wrong"].sel(party="society") < 1
    assert found["label"].values.tolist() == ["Uptake", "Ratio", "Price"]
    assert found.attrs == {"draws": N, "regression_draws": N, "left_out": 0, "calculation": "c"}


def test_the_programme_is_the_participant_times_the_cohort(npv: xr.DataArray, x: np.ndarray) -> None:
    found = information(npv, x, groups={"all": NAMES}, cohort=250)
    for name in ("evpi", "evppi", "group_evppi"):
        assert np.array_equal(found[f"{name}_programme"], 250 * found[name])
    study = value_of_study(
        npv, x, names=NAMES, studies={"uptake": ProportionStudy()}, sizes=[10, 100], cohort=250, cost_per_person=7
    )
    cost = xr.DataArray([70, 700], dims="sample_size")
    assert np.allclose(study["enbs"], study["evsi_programme"] - cost)


def test_only_the_lower_estimate_is_clipped(npv: xr.DataArray, x: np.ndarray) -> None:
    found = information(npv, x)
    for name in ("evpi", "evppi", "evppi_low"):
        assert (found[name] >= 0).all()


def test_the_order_of_dimensions_does_not_matter_and_one_party_may_stand_alone(
    npv: xr.DataArray, x: np.ndarray
) -> None:
    found = information(npv, x)
    xr.testing.assert_identical(information(npv.transpose("draw", "strategy", "party"), x), found)
    alone = information(npv.sel(party="society"), x)
    assert alone["party"].values.tolist() == ["society"]
    assert np.allclose(alone["evppi"].isel(party=0), found["evppi"].isel(party=0), rtol=1e-6)
    bare = information(npv.sel(party="society").drop_vars(["party", "draw"]), x)
    assert bare["party"].values.tolist() == ["npv"]
    assert bare["evpi"].item() == alone["evpi"].item()


def test_rejected_draws_are_left_out_and_the_others_keep_their_replicate(npv: xr.DataArray, x: np.ndarray) -> None:
    bad = np.arange(0, N, 7)
    holed = npv.copy()
    holed[..., bad] = np.nan
    kept = np.delete(np.arange(N), bad)
    found, truth = information(holed, x), information(npv.isel(draw=kept), x[kept])
    assert found.attrs["left_out"] == bad.size
    xr.testing.assert_equal(found, truth)


def test_regressions_use_the_first_draws_and_perfect_information_all(npv: xr.DataArray, x: np.ndarray) -> None:
    found = information(npv, x, regression_draws=512)
    assert found.attrs["regression_draws"] == 512
    assert np.array_equal(found["evpi"], information(npv, x)["evpi"])
    first = information(npv.isel(draw=slice(512)), x[:512])
    assert np.array_equal(found["evppi"], first["evppi"])


def test_studies_are_labelled_and_repeatable(npv: xr.DataArray, x: np.ndarray) -> None:
    def run(seed: int) -> xr.Dataset:
        return value_of_study(
            npv,
            x,
            names=NAMES,
            labels=["Uptake", "Ratio", "Price"],
            studies={"ratio": RatioStudy(), "uptake": ProportionStudy()},
            sizes=[5, 50],
            replicates=16,
            seed=seed,
        )

    found = run(3)
    assert found["parameter"].values.tolist() == ["ratio", "uptake"]
    assert found["label"].values.tolist() == ["Ratio", "Uptake"]
    assert found["size_counts"].values.tolist() == ["events", "persons"]
    assert found["evsi"].dims == ("parameter", "party", "sample_size")
    assert (found["evsi"] <= found["evppi"] + 4 * found["evsi_se"] + 1e-9).all()
    xr.testing.assert_identical(found, run(3))
    assert not found["evsi"].equals(run(4)["evsi"])


def test_wrong_arguments_are_told(npv: xr.DataArray, x: np.ndarray) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"names": ["a", "b"]}, "shape"),
        ({"names": ["a", "a", "b"]}, "one name"),
        ({"labels": ["a"]}, "one label"),
        ({"groups": {"g": ["uptake", "nothing"]}}, "no parameter 'nothing'"),
        ({"groups": {"g": []}}, "no parameter in it"),
        ({"cohort": -1.0}, "cohort"),
    ]
    for options, message in cases:
        with pytest.raises(UsageError, match=message):
            information(npv, x, **options)
    with pytest.raises(UsageError, match="dimensions"):
        information(npv.rename(strategy="course"), x)
    studies: list[tuple[dict[str, Any], str]] = [
        ({"studies": {}}, "none given"),
        ({"studies": {"nothing": RatioStudy()}}, "no parameter 'nothing'"),
        ({"sizes": [5, 5]}, "stands twice"),
        ({"sizes": []}, "sizes"),
    ]
    for options, message in studies:
        with pytest.raises(UsageError, match=message):
            value_of_study(npv, x, **{"names": NAMES, "studies": {"ratio": RatioStudy()}, "sizes": [5], **options})
    with pytest.raises(UsageError, match="study of 'price': a study of a proportion"):
        value_of_study(npv, 2 * x, names=NAMES, studies={"price": ProportionStudy()}, sizes=[5])


def test_values_that_are_no_numbers_are_refused(npv: xr.DataArray, x: np.ndarray) -> None:
    with pytest.raises(RunError, match="No valid draw"):
        information(npv * np.nan, x)
    partly = npv.copy()
    partly[0, 0, 5] = np.nan
    with pytest.raises(RunError, match="in 1 of 1024 draws"):
        information(partly, x)
    x[3, 1] = np.inf
    with pytest.raises(RunError, match="in 1 of 1024 draws"):
        information(npv, x)
