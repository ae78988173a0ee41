import numpy as np
import pytest
import xarray as xr

from engine.analysis.by_year import contributions_by_column, explain_by_year, split_in_time, sum_payers
from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.hybrids import hybrid_table, shapley_from_table
from engine.errors import UsageError
from engine.vocabulary import VARIABLES

PAYERS = ["municipality", "region", "state"]
CYCLES = 7
ASSUMPTIONS = [
    AssumptionGroup("effect", "Effect", "effect", (0,)),
    AssumptionGroup("fade", "Fading", "effect", (1,)),
    AssumptionGroup("cost", "Costs", "prices", (2, 3)),
    AssumptionGroup("rate", "Discount rate", "time", (4,)),
    AssumptionGroup("unused", "No matter", "time", (5,)),
]


def yearly(x: np.ndarray) -> np.ndarray:
    """Discounted net saving (n, payer × cycle): effect that fades, at each payer's cost; the last pays nothing."""
    t = np.arange(CYCLES)
    kept = x[:, :1] * (1 - x[:, 1:2]) ** t / (1 + x[:, 4:5]) ** t
    return np.concatenate([kept * x[:, 2:3] - (t == 0) * 20, kept * x[:, 3:4], np.zeros_like(kept)], axis=1)


def npv(x: np.ndarray) -> np.ndarray:
    return yearly(x).reshape(-1, len(PAYERS), CYCLES).sum(2)


def make_values(m: int = 24) -> dict[str, np.ndarray]:
    luck = np.random.default_rng(8).normal(size=(m, 6))
    point = {"finance": [0.1, 0.6, 100, 40, 0.04, 1], "consultant": [0.4, 0.1, 300, 200, 0.02, 2]}
    return {c: np.array(v) * (1 + 0.05 * luck) for c, v in point.items()}


def explain(**options: object):  # type: ignore[no-untyped-def]
    given: dict[str, object] = {"assumptions": ASSUMPTIONS, "payers": PAYERS, "pair": ("finance", "consultant")}
    return explain_by_year(yearly, make_values(), **{**given, **options})


@pytest.mark.parametrize("chunk", [1, 7, 100, 65_536])
@pytest.mark.parametrize("g", [0, 1, 4, 5])
def test_streamed_contributions_are_those_of_the_table(g: int, chunk: int) -> None:
    a, b = make_values(6).values()
    groups = [group.columns for group in ASSUMPTIONS[:g]]
    found, first, last = contributions_by_column(yearly, a, b, groups, chunk=chunk)
    v = hybrid_table(yearly, a, b, groups).mean(1)
    np.testing.assert_allclose(found, shapley_from_table(v), atol=1e-12)
    np.testing.assert_allclose(first, v[0], atol=1e-12)
    np.testing.assert_allclose(last, v[-1], atol=1e-12)


def test_sums_over_cycles_are_the_contributions_to_each_payers_npv_in_the_same_draws() -> None:
    ds = explain()
    whole = explain_differences(
        npv,
        make_values(),
        assumptions=ASSUMPTIONS,
        parties=PAYERS,
        reported={"finance": "region", "consultant": "region"},
        replicates=1,
    )
    assert whole["assumption"].values.tolist() == ds["assumption"].values.tolist()
    np.testing.assert_allclose(
        ds["yearly_contribution"].sum("cycle").T, whole["shapley"][0].sel(party=PAYERS), atol=1e-10
    )


def test_sums_over_assumptions_are_the_yearly_gap() -> None:
    ds = explain()
    np.testing.assert_allclose(ds["yearly_contribution"].sum("assumption"), ds["yearly_gap"], atol=1e-11)
    finance, consultant = make_values().values()
    gap = (yearly(consultant) - yearly(finance)).mean(0).reshape(3, CYCLES)
    np.testing.assert_allclose(ds["yearly_gap"], gap, atol=1e-11)


def test_accumulated_contributions_end_at_the_sum() -> None:
    ds = explain()
    np.testing.assert_allclose(ds["cumulative_contribution"][..., -1], ds["yearly_contribution"].sum("cycle"))
    np.testing.assert_array_equal(ds["cumulative_contribution"][..., 0], ds["yearly_contribution"][..., 0])


def test_an_assumption_without_effect_and_a_payer_without_cost_have_exactly_nothing() -> None:
    ds = explain()
    assert (ds["yearly_contribution"].sel(assumption="unused") == 0).all()
    assert (ds["yearly_contribution"].sel(payer="state") == 0).all()
    # the first year has not faded yet
    assert (ds["yearly_contribution"].sel(assumption=["fade", "rate"], cycle=0) == 0).all()


def test_a_perspective_is_the_sum_of_its_payers() -> None:
    ds = explain(time=np.arange(CYCLES) * 0.5)
    both = sum_payers(ds, ["municipality", "region"])
    np.testing.assert_allclose(both["yearly_contribution"], ds["yearly_contribution"][:, :2].sum("payer"))
    assert both["yearly_contribution"].dims == ("assumption", "cycle")
    assert both["time"].values.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    with pytest.raises(UsageError, match="No payer 'church'"):
        sum_payers(ds, ["church"])


def many_values(n: int = 4_000) -> dict[str, np.ndarray]:
    """The first draws are those of `make_values`."""
    more = {c: v[:1] * (1 + 0.05 * np.random.default_rng(5).normal(size=(n - 24, 6))) for c, v in make_values().items()}
    return {c: np.concatenate([v, more[c]]) for c, v in make_values().items()}


@pytest.mark.parametrize("exact_up_to", [20, 3])
def test_weighted_draws_give_each_payers_difference_of_many_draws(exact_up_to: int) -> None:
    anchors = {c: npv(v) for c, v in many_values().items()}
    ds = explain(anchors=anchors, exact_up_to=exact_up_to)
    known = anchors["consultant"].mean(0) - anchors["finance"].mean(0)
    np.testing.assert_allclose(ds["yearly_gap"].sum("cycle"), known, atol=1e-9)
    np.testing.assert_allclose(ds["yearly_contribution"].sum("assumption"), ds["yearly_gap"], atol=1e-10)
    assert ds.attrs["anchored"] == 1
    assert abs(explain()["yearly_gap"].sum("cycle") - known).max() > 0.1


def test_weighted_years_are_the_contributions_that_the_differences_tell_of_each_payer() -> None:
    anchors = {c: npv(v) for c, v in many_values().items()}
    ds = explain(anchors=anchors)
    whole = explain_differences(
        npv,
        make_values(),
        assumptions=ASSUMPTIONS,
        parties=PAYERS,
        reported={"finance": "region", "consultant": "region"},
        replicates=1,
        anchors=anchors,
    )
    np.testing.assert_allclose(
        ds["yearly_contribution"].sum("cycle").T, whole["shapley"][0].sel(party=PAYERS), atol=1e-9
    )


def test_too_few_draws_to_weigh_say_that_they_are_not_the_difference_of_many() -> None:
    ds = explain(anchors={c: npv(v) for c, v in many_values().items()}, budget=32 * 4)
    assert ds.attrs["draws"] == 4
    assert ds.attrs["anchored"] == 0
    np.testing.assert_allclose(ds["yearly_gap"], explain(budget=32 * 4)["yearly_gap"], atol=1e-12)


def _grown(gap: list[float]) -> xr.Dataset:
    """One assumption and one payer, of whose difference so much arises in each cycle."""
    parts = np.asarray(gap, dtype=float)[None, None]
    dims = ("assumption", "payer", "cycle")
    return xr.Dataset({"yearly_contribution": (dims, parts), "cumulative_contribution": (dims, parts.cumsum(2))})


def test_years_are_cut_at_the_last_round_one_with_at_most_half_of_the_difference() -> None:
    halves = split_in_time(_grown([1.0] * 12), 1.0)
    assert halves is not None
    assert halves.year == 5
    assert (halves.early.item(), halves.late.item()) == (5.0, 7.0)
    # half a year each: five years are ten cycles
    halves = split_in_time(_grown([1.0] * 24), 0.5)
    assert halves is not None
    assert (halves.year, halves.early.item(), halves.late.item()) == (5, 10.0, 14.0)


def test_what_arises_at_once_is_cut_after_the_first_year() -> None:
    halves = split_in_time(_grown([9.0, 1.0, 0.0, 0.0]), 1.0)
    assert halves is not None
    assert (halves.year, halves.early.item(), halves.late.item()) == (1, 9.0, 1.0)


def test_a_single_year_cannot_be_cut() -> None:
    assert split_in_time(_grown([9.0, 0.0, 0.0]), 1.0) is None
    assert split_in_time(_grown([0.0, 0.0]), 1.0) is None
    assert split_in_time(_grown([1.0, 2.0]), 10.0) is not None
    assert split_in_time(explain_by_year(yearly, {c: make_values()["finance"] for c in "ab"}, assumptions=ASSUMPTIONS,
                                         payers=PAYERS, pair=("a", "b")), 1.0) is None  # fmt: skip


def test_fewer_draws_are_used_when_all_take_more_than_the_budget() -> None:
    ds = explain(budget=32 * 11, replicates=4)
    assert ds.attrs["draws"] == 8
    assert ds.attrs["exact"] == 1
    a, b = make_values().values()
    v = hybrid_table(yearly, a[:8], b[:8], [group.columns for group in ASSUMPTIONS]).mean(1)
    np.testing.assert_allclose(ds["yearly_contribution"].values.reshape(5, -1), shapley_from_table(v), atol=1e-12)


def test_orders_are_sampled_beyond_what_can_be_enumerated() -> None:
    ds = explain(exact_up_to=3, permutations=200)
    assert ds.attrs["exact"] == 0
    np.testing.assert_allclose(ds["yearly_contribution"].sum("assumption"), ds["yearly_gap"], atol=1e-11)
    exact = explain()["yearly_contribution"]
    assert float(abs(ds["yearly_contribution"] - exact).max()) < 0.02 * float(abs(exact).max())
    assert explain(budget=20, permutations=2).attrs == {
        "pair_from": "finance",
        "pair_to": "consultant",
        "draws": 1,
        "exact": 0,
        "anchored": 0,
    }


def test_every_variable_is_in_the_vocabulary_with_its_dims_and_unit() -> None:
    for name, variable in explain().data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.attrs["units"] == VARIABLES[str(name)].unit


def test_calculations_that_agree_have_no_contribution() -> None:
    v = make_values()["finance"]
    ds = explain_by_year(yearly, {"a": v, "b": v}, assumptions=ASSUMPTIONS, payers=PAYERS, pair=("a", "b"))
    assert ds["yearly_contribution"].shape == (0, 3, CYCLES)
    assert (ds["yearly_gap"] == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"payers": ["one", "two"]}, "not the cycles of 2 payers"),
        ({"pair": ("finance", "auditor")}, "No calculation 'auditor'"),
        ({"assumptions": ASSUMPTIONS[:2]}, "belongs to no assumption"),
        ({"time": [0.0, 1.0]}, "2 cycles"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        explain(**options)
