from itertools import combinations, permutations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.decision import decide, gap_left_from_table, minimal_flip_sets, pivot_from_table
from engine.analysis.differences import AssumptionGroup
from engine.analysis.hybrids import hybrid_table
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

PARTIES = ["municipality", "society"]
REPORTED = {"finance": "municipality", "consultant": "society"}
ASSUMPTIONS = [
    AssumptionGroup("effect", "Effect", "effect", (0,)),
    AssumptionGroup("fade", "Fading", "effect", (1,)),
    AssumptionGroup("costs", "Costs", "prices", (2, 3)),
    AssumptionGroup("method", "Method", "method", (4,)),
    AssumptionGroup("price", "Price", "prices", (5,)),
]
FINANCE = np.array([0.1, 0.6, 100.0, 40.0, 0.0, 30.0])
CONSULTANT = np.array([0.4, 0.1, 300.0, 200.0, 2.0, 25.0])


def saving(x: np.ndarray) -> np.ndarray:
    factor = np.array([0.9, 1.0, 1.2])[x[:, 4].astype(int)]
    municipality = factor * x[:, 0] * (1 - x[:, 1]) * x[:, 2] - x[:, 5]
    return np.stack([municipality, municipality + x[:, 0] * x[:, 3]], axis=1)


def make_values(m: int = 1, spread: float = 0.05) -> dict[str, np.ndarray]:
    """Point values for one draw, else spread around them."""
    spread = spread if m > 1 else 0.0
    luck = np.random.default_rng(2).normal(size=(m, 6))
    luck[:, 4] = 0
    return {"finance": FINANCE * (1 + spread * luck), "consultant": CONSULTANT * (1 + spread * luck)}


def run(values: dict[str, np.ndarray] | None = None, **options: object) -> xr.Dataset:
    common: dict[str, object] = {
        "assumptions": ASSUMPTIONS,
        "parties": PARTIES,
        "pair": ("finance", "consultant"),
        "party": "municipality",
        "discrete": ["method"],
        "reported": REPORTED,
    }
    return decide(saving, make_values() if values is None else values, **{**common, **options})


def by_brute_force(npv: np.ndarray) -> list[tuple[int, ...]]:
    """Minimal sets that turn the sign, by looking at all subsets of all sets."""
    g = npv.size.bit_length() - 1
    found: list[tuple[int, ...]] = []
    for size in range(g + 1):
        for members in combinations(range(g), size):
            u = sum(1 << j for j in members)
            if (npv[u] > 0) != (npv[0] > 0) and not any(set(f) <= set(members) for f in found):
                found.append(members)
    return found


def as_sets(members: np.ndarray) -> list[tuple[int, ...]]:
    return [tuple(np.flatnonzero(row).tolist()) for row in members]


npvs = st.integers(0, 6).flatmap(lambda g: st.lists(st.floats(-1, 1), min_size=1 << g, max_size=1 << g))


@settings(max_examples=200, deadline=None)
@given(npvs)
def test_flip_sets_are_those_found_by_brute_force_smallest_first(drawn: list[float]) -> None:
    npv = np.array(drawn)
    found = minimal_flip_sets(npv)
    assert as_sets(found.members) == by_brute_force(npv)
    assert found.found == len(found.members)
    back = minimal_flip_sets(npv[::-1])
    assert as_sets(back.members) == by_brute_force(np.array(drawn[::-1]))
    capped = minimal_flip_sets(npv, cap=2)
    assert as_sets(capped.members) == by_brute_force(npv)[:2]
    assert capped.found == found.found


@settings(max_examples=200, deadline=None)
@given(npvs)
def test_pivot_shares_add_up_to_one_if_the_calculations_disagree_and_else_to_nothing(drawn: list[float]) -> None:
    npv = np.array(drawn)
    total = pivot_from_table(npv).sum()
    assert total == pytest.approx(float((npv[0] > 0) != (npv[-1] > 0)), abs=1e-12)


@pytest.mark.parametrize("g", [5, 6])
def test_pivot_share_is_the_net_frequency_of_turning_over_all_orders(g: int) -> None:
    npv = np.random.default_rng(g).normal(size=1 << g)
    turns, count = np.zeros(g), 0
    for order in permutations(range(g)):
        count += 1
        u = 0
        for i in order:
            before, u = u, u | 1 << i
            turned = ((npv[u] > 0) != (npv[0] > 0)) - int((npv[before] > 0) != (npv[0] > 0))
            turns[i] += turned
    np.testing.assert_allclose(pivot_from_table(npv), turns / count, atol=1e-13)


def test_a_dictator_has_the_whole_pivot_share_and_the_only_flip_set() -> None:
    rows = np.arange(16)
    npv = np.where(rows >> 2 & 1, 5.0, -5.0)
    assert pivot_from_table(npv).tolist() == [0, 0, 1, 0]
    assert as_sets(minimal_flip_sets(npv).members) == [(2,)]


def test_majority_has_all_pairs_as_flip_sets_and_equal_shares() -> None:
    npv = np.bitwise_count(np.arange(8)).astype(float) - 1.5
    np.testing.assert_allclose(pivot_from_table(npv), [1 / 3] * 3)
    assert as_sets(minimal_flip_sets(npv).members) == [(0, 1), (0, 2), (1, 2)]


def test_an_npv_of_exactly_zero_does_not_save() -> None:
    assert as_sets(minimal_flip_sets(np.array([-1.0, 0.0, 0.0, 1.0])).members) == [(0, 1)]


def test_the_gap_left_by_agreeing_on_one_has_two_directions() -> None:
    v = np.random.default_rng(0).normal(size=(8, 2))
    from_, to = gap_left_from_table(v)
    np.testing.assert_array_equal(from_, np.stack([v[7] - v[1], v[7] - v[2], v[7] - v[4]]))
    np.testing.assert_array_equal(to, np.stack([v[6] - v[0], v[5] - v[0], v[3] - v[0]]))


def test_the_dataset_reads_the_table_of_expected_npv() -> None:
    values = make_values(16)
    ds = run(values)
    v = hybrid_table(saving, values["finance"], values["consultant"], [g.columns for g in ASSUMPTIONS]).mean(1)[:, 0]
    assert float(ds["npv_from"]) == pytest.approx(v[0])
    assert float(ds["npv_to"]) == pytest.approx(v[-1])
    np.testing.assert_allclose(ds["pivot_share"], pivot_from_table(v), atol=1e-12)
    np.testing.assert_allclose(ds["gap_left_from"], gap_left_from_table(v)[0], atol=1e-10)
    np.testing.assert_allclose(ds["gap_left_to"], gap_left_from_table(v)[1], atol=1e-10)
    n = ds.attrs["flip_sets_from"]
    assert ds["direction"].values.tolist() == ["from"] * n + ["to"] * ds.attrs["flip_sets_to"]
    members = ds["in_flip_set"].values.astype(bool)
    assert as_sets(members) == by_brute_force(v) + by_brute_force(v[::-1])
    rows = [sum(1 << j for j in s) for s in as_sets(members)]
    truth = [v[u] for u in rows[:n]] + [v[31 ^ u] for u in rows[n:]]
    np.testing.assert_allclose(ds["flip_npv"], truth, atol=1e-10)
    assert ((ds["flip_npv"] > 0) == (ds["direction"] == "from")).all()
    for name, variable in ds.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.attrs["units"] == VARIABLES[str(name)].unit


def test_a_threshold_is_where_npv_is_zero_with_all_else_kept() -> None:
    # finance: 0.9 effect (1 - fade) cost = price
    ds = run(consensus=None, values={**make_values(), "consultant": np.array([[0.9, 0.1, 300, 200, 2, 25.0]])})
    threshold = ds["threshold"]
    assert float(threshold.sel(assumption="effect")) == pytest.approx(30 / (0.9 * 0.4 * 100), rel=1e-9)
    # one's own effect of 0.1 saves too little at any fading of the two
    assert np.isnan(threshold.sel(assumption="fade"))
    assert ds["threshold_status"].values.tolist() == ["found", "no crossing", "no crossing", "discrete", "no crossing"]
    share = float(ds["threshold_share"].sel(assumption="effect"))
    assert share == pytest.approx((30 / 36 - 0.1) / 0.8, rel=1e-9)


def test_a_bundle_has_a_threshold_on_the_straight_way_but_no_single_value() -> None:
    start = np.array([[0.4, 0.1, 50.0, 40.0, 0.0, 30.0]])
    ds = run({"finance": start, "consultant": CONSULTANT[None]})
    costs = ds.sel(assumption="costs")
    # 0.9 × 0.4 × 0.9 × (50 + t 250) = 30
    assert float(costs["threshold_share"]) == pytest.approx((30 / 0.324 - 50) / 250, rel=1e-9)
    assert np.isnan(costs["threshold"])
    assert np.isnan(costs["value_from"])
    assert costs["threshold_status"] == "found"


def test_all_numbers_together_turn_where_the_segment_crosses_zero() -> None:
    ds = run()
    t = float(ds["joint_threshold"])
    x = ((1 - t) * FINANCE + t * CONSULTANT)[None]
    x[0, 4] = FINANCE[4]
    assert saving(x)[0, 0] == pytest.approx(0, abs=1e-9)
    assert ds.attrs["joint_threshold_status"] == "found"


def test_thresholds_of_uncertain_calculations_are_those_of_the_expected_npv() -> None:
    values = make_values(32, spread=0.2)
    values["consultant"][:, 0] = 1.5
    ds = run(values).sel(assumption="effect")
    t = float(ds["threshold_share"])
    x = values["finance"].copy()
    x[:, 0] = (1 - t) * x[:, 0] + t * 1.5
    assert saving(x)[:, 0].mean() == pytest.approx(0, abs=1e-9)
    assert float(ds["threshold"]) == pytest.approx(x[:, 0].mean(), rel=1e-12)


def test_consensus_is_the_middle_or_what_is_stated() -> None:
    ds = run()
    middle = [FINANCE.copy(), CONSULTANT.copy()]
    for x in middle:
        x[0] = 0.25
    expected = np.diff([saving(x[None])[0, 0] for x in middle])[0]
    assert float(ds["gap_left_consensus"].sel(assumption="effect")) == pytest.approx(expected)
    assert float(ds["consensus"].sel(assumption="effect")) == pytest.approx(0.25)
    assert np.isnan(ds["gap_left_consensus"].sel(assumption="method"))
    stated = run(consensus={"method": [1.0], "costs": [150.0, 90.0]})
    for x in middle:
        x[0] = FINANCE[0] if x is middle[0] else CONSULTANT[0]
        x[4] = 1.0
    expected = np.diff([saving(x[None])[0, 0] for x in middle])[0]
    assert float(stated["gap_left_consensus"].sel(assumption="method")) == pytest.approx(expected)
    assert float(stated["consensus"].sel(assumption="method")) == 1.0


def test_agreeing_on_all_but_one_value_leaves_what_the_definitions_say() -> None:
    values = {"finance": FINANCE[None], "consultant": np.where(np.arange(6) == 0, CONSULTANT, FINANCE)[None]}
    ds = run(values)
    assert ds["assumption"].values.tolist() == ["effect"]
    for name in ("gap_left_from", "gap_left_to", "gap_left_consensus"):
        assert float(ds[name][0]) == pytest.approx(0, abs=1e-12)


def test_the_reported_figure_has_the_perspective_as_an_assumption() -> None:
    ds = run(party="reported")
    assert ds["assumption"].values.tolist() == [*(g.name for g in ASSUMPTIONS), "perspective"]
    values = make_values()
    v = hybrid_table(saving, values["finance"], values["consultant"], [g.columns for g in ASSUMPTIONS])[:, 0]
    table = np.concatenate([v[:, 0], v[:, 1]])
    np.testing.assert_allclose(ds["pivot_share"], pivot_from_table(table), atol=1e-12)
    np.testing.assert_allclose(ds["gap_left_to"], gap_left_from_table(table)[1], atol=1e-10)
    few = run(party="reported", exact_up_to=2)
    for name in ("npv_from", "npv_to", "gap_left_from", "gap_left_to", "gap_left_consensus", "threshold"):
        np.testing.assert_allclose(few[name], ds[name], atol=1e-10)


def test_beyond_what_can_be_enumerated_there_are_thresholds_but_no_flip_sets() -> None:
    ds = run(exact_up_to=2)
    full = run()
    assert ds.attrs["enumerated"] == 0
    assert ds.sizes["flip_set"] == 0
    assert np.isnan(ds["pivot_share"]).all()
    for name in ("gap_left_from", "gap_left_to", "threshold", "joint_threshold"):
        np.testing.assert_allclose(ds[name], full[name], atol=1e-10)


def test_where_the_model_refuses_values_in_between_only_that_threshold_is_missing() -> None:
    def picky(x: np.ndarray) -> np.ndarray:
        if np.isin(x[:, 1], [0.1, 0.6]).all():
            return saving(x)
        raise RunError("fade must be 0.1 or 0.6")

    values = {**make_values(), "consultant": np.array([[0.9, 0.1, 300, 200, 2, 25.0]])}
    ds = run(values)
    refused = decide(
        picky,
        values,
        assumptions=ASSUMPTIONS,
        parties=PARTIES,
        pair=("finance", "consultant"),
        party="municipality",
        discrete=["method"],
    )
    assert refused["threshold_status"].values.tolist()[:2] == ["found", "refused"]
    assert refused["threshold"][0] == ds["threshold"][0]
    assert np.isnan(refused["gap_left_consensus"].sel(assumption="fade"))
    assert np.isfinite(refused["gap_left_consensus"].sel(assumption="effect"))
    assert refused.attrs["joint_threshold_status"] == "refused"


def test_fewer_draws_are_used_when_all_take_more_than_the_budget() -> None:
    values = make_values(20)
    ds = run(values, budget=32 * 11, replicates=4)
    assert ds.attrs["draws"] == 8
    assert float(ds["npv_from"]) == pytest.approx(saving(values["finance"][:8])[:, 0].mean())


def test_the_chunk_changes_nothing() -> None:
    values = make_values(6)
    xr.testing.assert_allclose(run(values), run(values, chunk=4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"party": "church"}, "No party 'church'"),
        ({"party": "reported", "reported": None}, "No party ''"),
        ({"pair": ("finance", "auditor")}, "No calculation 'auditor'"),
        ({"discrete": ["mood"]}, "No assumption 'mood'"),
        ({"consensus": {"costs": [1.0]}}, "'costs' has 2 columns, not 1"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(**options)


@pytest.mark.parametrize("party", ["municipality", "society", "reported"])
@pytest.mark.parametrize("exact_up_to", [20, 0])
def test_with_what_is_known_of_the_calculations_their_npvs_are_those_of_all_draws(party: str, exact_up_to: int) -> None:
    many = make_values(4000, spread=0.3)
    few = {name: x[:64] for name, x in many.items()}
    anchors = {name: saving(x) for name, x in many.items()}
    found = run(few, party=party, anchors=anchors, exact_up_to=exact_up_to)
    read = [PARTIES.index(REPORTED[c] if party == "reported" else party) for c in ("finance", "consultant")]
    means = [anchors[c][:, k].mean() for c, k in zip(("finance", "consultant"), read, strict=True)]
    assert float(found["npv_from"]) == pytest.approx(means[0], rel=1e-9)
    assert float(found["npv_to"]) == pytest.approx(means[1], rel=1e-9)
    assert found.attrs["anchored"] == 1
    plain = run(few, party=party, exact_up_to=exact_up_to)
    assert plain.attrs["anchored"] == 0
    assert float(plain["npv_from"]) != pytest.approx(means[0], rel=1e-4)
    # a mixture is nearer to its mean in all draws than in the few alone
    for name in ("gap_left_from", "gap_left_to", "gap_left_consensus"):
        truth = run(many, party=party, exact_up_to=exact_up_to)[name]
        assert float(np.abs(found[name] - truth).mean()) < float(np.abs(plain[name] - truth).mean())


def test_thresholds_are_read_under_the_same_weights_as_the_ends() -> None:
    many = make_values(4000, spread=0.3)
    many["consultant"][:, 5] *= 0.01
    few = {name: x[:64] for name, x in many.items()}
    found = run(few, anchors={name: saving(x) for name, x in many.items()})
    price = found.sel(assumption="price")
    # net saving is linear in the price, so it turns where the line between its two ends does
    first, with_price = float(found["npv_from"]), float(found["npv_to"] - price["gap_left_from"])
    assert first < 0 < with_price
    assert float(price["threshold_share"]) == pytest.approx(first / (first - with_price), rel=1e-9)


def test_a_perspective_is_read_as_the_sum_of_its_payers() -> None:
    def with_rest(x: np.ndarray) -> np.ndarray:
        both = saving(x)
        return np.column_stack([both, both[:, 1] - both[:, 0]])

    many = make_values(2000, spread=0.3)
    few = {name: x[:64] for name, x in many.items()}
    known = {
        "assumptions": ASSUMPTIONS,
        "parties": [*PARTIES, "rest"],
        "pair": ("finance", "consultant"),
        "discrete": ["method"],
        "anchors": {name: with_rest(x) for name, x in many.items()},
        "sums": np.array([[1.0, 0, 0], [1, 0, 1], [0, 0, 1]]),
    }
    own, society, rest = (
        decide(with_rest, few, party=party, **known)  # type: ignore[arg-type]
        for party in ("municipality", "society", "rest")
    )
    for name in ("npv_from", "npv_to", "gap_left_from", "gap_left_to", "gap_left_consensus"):
        np.testing.assert_allclose(society[name], own[name] + rest[name], rtol=1e-9, atol=1e-9)


def test_what_few_draws_cannot_reach_is_spread_over_the_assumptions() -> None:
    # of four draws no weights are made: they miss the ends by a constant, which hybrids get in proportion
    many = make_values(1000, spread=0.3)
    few = {name: x[:4] for name, x in many.items()}
    anchors = {name: saving(x) for name, x in many.items()}
    found = run(few, anchors=anchors)
    first, last = (anchors[c][:, 0].mean() - saving(few[c])[:, 0].mean() for c in ("finance", "consultant"))
    plain = run(few)
    gap = last - first
    np.testing.assert_allclose(found["gap_left_from"], plain["gap_left_from"] + gap * (1 - 1 / 5), rtol=1e-9)
    np.testing.assert_allclose(found["gap_left_to"], plain["gap_left_to"] + gap * (1 - 1 / 5), rtol=1e-9)
    left = found["gap_left_consensus"] - plain["gap_left_consensus"]
    np.testing.assert_allclose(left[~np.isnan(left)], gap * (1 - 1 / 5), rtol=1e-9)
