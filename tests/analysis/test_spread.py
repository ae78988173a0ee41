import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.spread import contributions_by_calculation, explain_spread
from engine.errors import UsageError
from engine.vocabulary import VARIABLES

Array = np.ndarray

PARTIES = ["municipality", "society", "region"]
ASSUMPTIONS = [
    AssumptionGroup("effect", "Effect on work", "effect", (0,)),
    AssumptionGroup("fade", "Fading of the effect", "effect", (1,)),
    AssumptionGroup("cost", "Cost of care", "prices", (2, 3)),
    AssumptionGroup("rate", "Discount rate", "time", (4,)),
    AssumptionGroup("uptake", "Uptake", "effect", (5,)),
]
REPORTED = {"finance": "municipality", "consultant": "society", "researcher": "society"}
POINT = {
    "finance": [0.1, 0.6, 100, 40, 0.04, 0.7],
    "consultant": [0.4, 0.1, 300, 200, 0.02, 0.7],
    "researcher": [0.2, 0.3, 200, 40, 0.04, 0.7],
}


def saving(x: Array) -> Array:
    municipality = x[:, 0] * (1 - x[:, 1]) * x[:, 2] * x[:, 5] / (1 + x[:, 4]) - 20
    region = x[:, 0] * x[:, 3] * x[:, 5] / (1 + x[:, 4]) ** 2
    return np.stack([municipality, municipality + region, region], axis=1)


def make_values(m: int = 16, spread: float = 0.05) -> dict[str, Array]:
    luck = np.random.default_rng(8).normal(size=(m, 6))
    return {c: np.array(v) * (1 + spread * luck) for c, v in POINT.items()}


def common(**options: object) -> dict[str, object]:
    return {"assumptions": ASSUMPTIONS, "parties": PARTIES, "reported": REPORTED, "replicates": 1, **options}


def spread(values: dict[str, Array] | None = None, **options: object) -> xr.Dataset:
    return explain_spread(saving, make_values() if values is None else values, **common(**options))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pairs() -> xr.Dataset:
    return explain_differences(saving, make_values(), **common())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return spread()


def own_npv(values: dict[str, Array]) -> Array:
    """(calculation, party incl. reported)."""
    rows = []
    for c, x in values.items():
        y = saving(x).mean(axis=0)
        rows.append([*y, y[PARTIES.index(REPORTED[c])]])
    return np.array(rows)


def test_rows_add_up_to_the_distance_from_the_mean_and_row_differences_to_every_gap(pairs: xr.Dataset) -> None:
    table = contributions_by_calculation(pairs)
    own = own_npv(make_values())
    rows = table["mean_of_pairwise"].sum("assumption")
    np.testing.assert_allclose(rows, own - own.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(table["above_mean"], rows, atol=1e-9)
    for pair, a, b in zip(pairs["pair"].values, pairs["pair_from"].values, pairs["pair_to"].values, strict=True):
        change = rows.sel(calculation=b) - rows.sel(calculation=a)
        np.testing.assert_allclose(change, pairs["gap"].sel(pair=pair), atol=1e-9)


def test_two_calculations_share_their_difference_equally(pairs: xr.Dataset) -> None:
    one = pairs.isel(pair=[0])
    table = contributions_by_calculation(one)
    shapley = one["shapley"].isel(pair=0)
    np.testing.assert_allclose(table["mean_of_pairwise"].sel(calculation="consultant"), shapley / 2)
    np.testing.assert_allclose(table["mean_of_pairwise"].sel(calculation="finance"), -shapley / 2)


def test_a_row_is_the_mean_over_all_including_itself(pairs: xr.Dataset) -> None:
    table = contributions_by_calculation(pairs)["mean_of_pairwise"].sel(calculation="consultant")
    s = pairs["shapley"]
    wanted = (s.sel(pair="finance -> consultant") - s.sel(pair="consultant -> researcher")) / 3
    np.testing.assert_allclose(table, wanted)


def test_calculations_that_agree_on_an_assumption_are_marked() -> None:
    differences = explain_differences(saving, make_values(spread=0.0), **common())  # type: ignore[arg-type]
    table = contributions_by_calculation(differences)
    names = ["finance", "consultant", "researcher"]
    assert table["calculation"].values.tolist() == names
    assert table["agrees_with"].sel(assumption="effect").values.tolist() == [0, 0, 0]
    assert table["agrees_with"].sel(assumption="rate").values.tolist() == [1, 0, 1]
    assert table["agrees_with"].sel(assumption="perspective").values.tolist() == [0, 1, 1]
    assert not bool(table["differs"].sel(pair="finance -> researcher", assumption="rate"))
    # they agree on the rate, and it stands in their rows nevertheless, and not alike
    rate = table["mean_of_pairwise"].sel(assumption="rate", party="society")
    assert abs(float(rate.sel(calculation="finance") - rate.sel(calculation="researcher"))) > 0.01


def test_a_missing_or_doubled_pair_is_refused(pairs: xr.Dataset) -> None:
    with pytest.raises(UsageError, match="finance and researcher"):
        contributions_by_calculation(pairs.isel(pair=[0, 2]))
    with pytest.raises(UsageError, match="each once"):
        contributions_by_calculation(pairs.isel(pair=[0, 1, 2, 2]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 4))
def test_rows_add_up_for_any_calculations(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"c{k}" for k in range(n)]
    luck = rng.normal(size=(4, 6))
    # half of the assumptions are copied from the first calculation
    own = np.where(rng.random((n, 6)) < 0.5, rng.normal(size=6), rng.normal(size=(n, 6)))
    values = {c: own[k] + 0.1 * luck for k, c in enumerate(names)}
    reported = {c: PARTIES[int(rng.integers(3))] for c in names}
    differences = explain_differences(saving, values, **common(reported=reported))  # type: ignore[arg-type]
    table = contributions_by_calculation(differences)
    y = np.array([saving(values[c]).mean(axis=0) for c in names])
    y = np.column_stack([y, [row[PARTIES.index(reported[c])] for row, c in zip(y, names, strict=True)]])
    scale = max(1.0, float(abs(y).max()))
    np.testing.assert_allclose(
        table["mean_of_pairwise"].sum("assumption") / scale, (y - y.mean(axis=0)) / scale, atol=1e-9
    )
    np.testing.assert_allclose(table["mean_of_pairwise"].sum("calculation") / scale, 0, atol=1e-9)


# ---------------------------------------------------------------- mixtures


def test_agreed_assumptions_drop_out_and_equal_ones_are_merged() -> None:
    found = spread(make_values(spread=0.0))
    assert found["assumption"].values.tolist() == ["effect", "fade", "cost", "rate", "perspective"]
    assert found["alternatives"].values.tolist() == [3, 3, 3, 2, 2]
    assert found["alternative"].sel(assumption="rate").values.tolist() == [0, 1, 0]
    assert found.attrs["mixtures"] == 54
    assert found.attrs["exact"] == 1
    assert found.attrs["draws_used"] == 1
    assert (found["first_share_conf"] == 0).all()


def test_every_mixture_counts_with_its_weight() -> None:
    """Against a plain loop over all calculators of all assumptions."""
    values = make_values(spread=0.0)
    w = np.array([0.5, 0.3, 0.2])
    found = spread(values, weights=dict(zip(POINT, w, strict=True)))
    names = list(POINT)
    y, p, chosen = [], [], []
    for number in range(3**6):
        who = [number // 3**i % 3 for i in range(6)]
        x = np.concatenate([values[names[who[i]]][:1, list(g.columns)] for i, g in enumerate(ASSUMPTIONS)], axis=1)
        row = saving(x)[0]
        y.append([*row, row[PARTIES.index(REPORTED[names[who[5]]])]])
        p.append(np.prod(w[who]))
        chosen.append(who)
    y, p, chosen = np.array(y), np.array(p), np.array(chosen)
    mean = p @ y
    variance = p @ (y - mean) ** 2
    np.testing.assert_allclose(found["mixture_mean"], mean)
    np.testing.assert_allclose(found["disagreement_sd"], np.sqrt(variance))
    np.testing.assert_allclose(found["positive_share"], p @ (y > 0))
    for i, name in ((0, "effect"), (3, "rate"), (5, "perspective")):
        given = []
        for c in names:
            same = np.flatnonzero(
                found["alternative"].sel(assumption=name) == found["alternative"].sel(assumption=name, calculation=c)
            )
            rows = np.isin(chosen[:, i], same)
            given.append((p[rows] @ y[rows]) / p[rows].sum())
            positive = (p[rows] @ (y[rows] > 0)) / p[rows].sum()
            np.testing.assert_allclose(found["mean_if"].sel(calculation=c, assumption=name), given[-1])
            np.testing.assert_allclose(found["positive_if"].sel(calculation=c, assumption=name), positive)
        first = (w @ (np.array(given) - mean) ** 2) / variance
        np.testing.assert_allclose(found["first_share"].sel(assumption=name), first, atol=1e-12)


def test_shares_keep_their_order_and_the_curve_rises_to_one(found: xr.Dataset) -> None:
    assert (found["first_share"] <= found["shapley_share"] + 1e-12).all()
    assert (found["shapley_share"] <= found["total_share"] + 1e-12).all()
    np.testing.assert_allclose(found["shapley_share"].sum("assumption"), 1)
    gone = found["agreement_gone"]
    assert (gone.diff("agreed") >= 0).all()
    assert (gone.isel(agreed=0) == 0).all()
    assert (gone.isel(agreed=-1) == 1).all()
    sizes = found["agreed_on"].sum("assumption")
    np.testing.assert_array_equal(sizes, np.broadcast_to(found["agreed"], sizes.shape))


def test_the_perspective_matters_for_what_is_reported_alone(found: xr.Dataset) -> None:
    perspective = found.sel(assumption="perspective")
    assert (perspective["total_share"].sel(party=PARTIES) == 0).all()
    assert float(perspective["first_share"].sel(party="reported")) > 0
    same = spread(reported=dict.fromkeys(POINT, "society"))
    assert "perspective" not in same["assumption"].values
    np.testing.assert_array_equal(same["total_share"].sel(party="reported"), same["total_share"].sel(party="society"))


def test_contributions_against_the_mixture_add_up(found: xr.Dataset) -> None:
    own = own_npv(make_values())
    np.testing.assert_allclose(found["against_mixture"].sum("assumption") + found["mixture_mean"], own, atol=1e-9)


def test_fewer_draws_are_used_where_all_do_not_fit() -> None:
    values = make_values(64)
    mixtures = spread(values).attrs["mixtures"]
    assert spread(values).attrs["draws_used"] == 64
    few = spread(values, limit=mixtures * 40)
    assert few.attrs["draws_used"] == 32
    assert spread(values, limit=mixtures * 9, replicates=16).attrs["draws_used"] == 9
    single = spread(values, limit=mixtures)
    assert single.attrs["draws_used"] == 1
    assert np.isnan(single["first_share_conf"]).all()
    # the interval from few draws covers what many say
    many = spread(make_values(64))
    off = abs(few["first_share"] - many["first_share"])
    assert (off <= 2.5 * few["first_share_conf"] + 1e-12).all()


def test_beyond_the_limit_mixtures_are_sampled() -> None:
    values = make_values(spread=0.0)
    exact, sampled = spread(values), spread(values, limit=10, points=128)
    assert sampled.attrs["exact"] == 0
    assert sampled.attrs["agreement"] == "best next step"
    assert "against_mixture" not in sampled
    for name in ("first_share", "total_share", "shapley_share"):
        assert (abs(sampled[name] - exact[name]) <= 2.5 * sampled[f"{name}_conf"] + 1e-9).all()
    np.testing.assert_allclose(sampled["agreement_gone"], exact["agreement_gone"], atol=0.05)
    xr.testing.assert_identical(sampled, spread(values, limit=10, points=128, chunk=100))


def test_calculations_that_agree_in_all_have_no_disagreement() -> None:
    values = make_values()
    alike = spread(dict.fromkeys(POINT, values["finance"]), reported=dict.fromkeys(POINT, "society"))
    assert alike.sizes["assumption"] == 0
    assert (alike["disagreement_sd"] == 0).all()
    assert np.isnan(alike["agreement_gone"]).all()
    alone = spread(dict.fromkeys(POINT, values["finance"]))
    assert alone["assumption"].values.tolist() == ["perspective"]
    assert float(alone["shapley_share"].sel(party="reported", assumption="perspective")) == pytest.approx(1)


def test_all_names_are_in_the_vocabulary(found: xr.Dataset, pairs: xr.Dataset) -> None:
    for dataset in (found, contributions_by_calculation(pairs)):
        for name in dataset.data_vars:
            assert dataset[name].dims == VARIABLES[str(name)].dims
            assert dataset[name].attrs["units"] == VARIABLES[str(name)].unit


def test_what_cannot_be_mixed_is_refused() -> None:
    values = make_values()
    with pytest.raises(UsageError, match="one only"):
        spread({"finance": values["finance"]})
    with pytest.raises(UsageError, match="one shape"):
        spread({**values, "finance": values["finance"][:3]})
    with pytest.raises(UsageError, match="reports"):
        spread(reported={**REPORTED, "finance": "nobody"})
    with pytest.raises(UsageError, match="names of their own"):
        spread(assumptions=[*ASSUMPTIONS[:4], ASSUMPTIONS[4]._replace(name="perspective")])
