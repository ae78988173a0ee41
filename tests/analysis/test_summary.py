import numpy as np
import pytest
import xarray as xr

from engine.analysis.summary import mean_over_draws, monte_carlo_error, standard_deviation, summarize
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

PARTIES = ["municipality", "society", "region", "reported"]


def make_results(
    npv: np.ndarray,
    *,
    payback: np.ndarray | None = None,
    ratio: np.ndarray | None = None,
    status: np.ndarray | None = None,
    replicates: int = 1,
) -> xr.Dataset:
    """Two calculations, one strategy; npv (calculation, strategy, party, draw)."""
    dims = ("calculation", "strategy", "party", "draw")
    return xr.Dataset(
        {
            "npv": (dims, npv),
            "payback_year": (dims, np.full(npv.shape, np.inf) if payback is None else payback),
            "payback_year_discounted": (dims, np.full(npv.shape, np.inf) if payback is None else payback + 1),
            "benefit_cost_ratio": (dims, np.full(npv.shape, np.nan) if ratio is None else ratio),
            "status": (
                ("calculation", "draw"),
                np.zeros((npv.shape[0], npv.shape[-1]), np.uint32) if status is None else status,
            ),
            "horizon": ("calculation", np.array([10.0, 40.0])),
        },
        coords={
            "calculation": ["budget", "full"],
            "strategy": ["early"],
            "party": PARTIES,
            "draw": np.arange(npv.shape[-1]),
            "party_kind": ("party", ["perspective", "perspective", "payer", "reported"]),
        },
        attrs={"study": "tiny", "replicates": replicates, "description": "{}"},
    )


def normal(n: int = 4096) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(2, 1, 4, n)) * 100 + 7


def test_summary_agrees_with_plain_numpy() -> None:
    npv = normal()
    s = summarize(make_results(npv))
    np.testing.assert_allclose(s["mean"], npv.mean(-1), rtol=1e-12)
    np.testing.assert_allclose(s["sd"], npv.std(-1, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(s["mcse"], npv.std(-1, ddof=1) / 64, rtol=1e-12)
    np.testing.assert_array_equal(s["npv_quantile"], np.quantile(npv, [0.05, 0.5, 0.95], axis=-1))
    np.testing.assert_array_equal(s["p_positive"], (npv > 0).mean(-1))


def test_every_name_stands_in_the_vocabulary_with_its_dims() -> None:
    s = summarize(make_results(normal(64)))
    assert set(s.data_vars) == {
        "mean",
        "mcse",
        "sd",
        "npv_quantile",
        "p_positive",
        "median_payback_year",
        "median_payback_year_discounted",
        "p_payback",
        "median_benefit_cost_ratio",
    }
    for name, variable in s.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.attrs["long_name"] == VARIABLES[str(name)].meaning
    assert s.attrs == {"study": "tiny", "replicates": 1}
    assert s["party_kind"].values.tolist() == ["perspective", "perspective", "payer", "reported"]


def test_draws_that_break_a_rule_are_left_out_of_their_calculation_only() -> None:
    npv = normal(512)
    status = np.zeros((2, 512), np.uint32)
    status[0, ::3] = 4
    npv[0, ..., ::3] = np.nan
    s = summarize(make_results(npv, status=status))
    np.testing.assert_allclose(s["mean"][0], npv[0][..., status[0] == 0].mean(-1))
    np.testing.assert_allclose(s["mean"][1], npv[1].mean(-1))


def test_a_calculation_without_valid_draws_is_an_error() -> None:
    with pytest.raises(RunError, match="'full' has no valid draw"):
        summarize(make_results(normal(8), status=np.array([[0] * 8, [1] * 8])))


def test_a_net_saving_that_is_not_a_number_in_a_valid_draw_is_an_error() -> None:
    npv = normal(8)
    npv[1, 0, 2, 3] = np.inf
    with pytest.raises(RunError, match=r"'full'.* in 1 of 8 draws"):
        summarize(make_results(npv))


def test_results_without_a_variable_are_refused() -> None:
    with pytest.raises(UsageError, match="payback_year"):
        summarize(make_results(normal(8)).drop_vars("payback_year"))


def test_payback_counts_draws_in_which_the_money_comes_back() -> None:
    payback = np.full((2, 1, 4, 4), np.inf)
    payback[:, 0, 0] = [5.0, 10.0, 25.0, np.inf]
    payback[:, 0, 1] = [5.0, 6.0, 7.0, 8.0]
    payback[:, 0, 3] = np.nan
    s = summarize(make_results(normal(4), payback=payback))
    assert s["p_payback"].values[:, 0, :3].tolist() == [[0.75, 1.0, 0.0]] * 2
    assert np.isnan(s["p_payback"].values[:, 0, 3]).all()
    np.testing.assert_array_equal(s["median_payback_year"].values[0, 0], [17.5, 6.5, np.inf, np.nan])
    np.testing.assert_array_equal(s["median_payback_year_discounted"].values[0, 0], [18.5, 7.5, np.inf, np.nan])


def test_median_ratio_is_over_draws_where_it_is_defined() -> None:
    ratio = np.full((2, 1, 4, 4), np.nan)
    ratio[0, 0, 0] = [1.0, np.nan, 3.0, 5.0]
    found = summarize(make_results(normal(4), ratio=ratio))["median_benefit_cost_ratio"].values
    assert found[0, 0, 0] == 3.0
    assert np.isnan(found[1]).all()


def test_mcse_of_replicates_is_the_spread_of_their_means() -> None:
    npv = normal(64)
    means = np.stack([npv[..., r::16].mean(-1) for r in range(16)], axis=-1)
    s = summarize(make_results(npv, replicates=16))
    np.testing.assert_allclose(s["mcse"], means.std(-1, ddof=1) / 4, rtol=1e-12)


def test_a_draw_stays_in_its_replicate_when_others_are_left_out() -> None:
    x = np.array([0.0, 10.0, 0.0, 10.0, 0.0, 10.0])
    kept = np.array([0, 1, 3, 4])
    assert monte_carlo_error(x[kept], 2, draw=kept) == pytest.approx(5.0)


def test_mcse_covers_the_truth_as_often_as_it_should() -> None:
    x = np.random.default_rng(1).normal(size=(2000, 400))
    for replicates, quantile in ((1, 1.966), (16, 2.131)):  # 95 % points of t with 399 and 15 degrees of freedom
        covered = np.abs(mean_over_draws(x)) < quantile * monte_carlo_error(x, replicates)
        assert abs(covered.mean() - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_a_value_without_uncertainty_keeps_its_last_digit() -> None:
    x = np.full((1, 999), 0.1)
    assert mean_over_draws(x)[0] == 0.1
    assert standard_deviation(x)[0] == 0.0
    assert monte_carlo_error(x, 16)[0] == 0.0


def test_one_draw_has_a_mean_but_no_error() -> None:
    s = summarize(make_results(normal(1)))
    assert np.isfinite(s["mean"]).all()
    assert np.isnan(s["mcse"]).all()
    assert np.isnan(s["sd"]).all()


def test_mean_has_the_same_bits_in_any_memory_layout() -> None:
    x = np.random.default_rng(3).normal(size=(7, 1001))
    np.testing.assert_array_equal(mean_over_draws(x), mean_over_draws(np.asfortranarray(x)))
