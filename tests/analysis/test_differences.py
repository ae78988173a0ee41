from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from engine.analysis import differences
from engine.analysis.differences import AssumptionGroup, explain_differences, furthest_pair, theme_totals
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

PARTIES = ["municipality", "society", "region"]
ASSUMPTIONS = [
    AssumptionGroup("effect", "Effect on work", "effect", (0,)),
    AssumptionGroup("fade", "Fading of the effect", "effect", (1,)),
    AssumptionGroup("cost", "Cost of care", "prices", (2, 3)),
    AssumptionGroup("rate", "Discount rate", "time", (4,)),
    AssumptionGroup("uptake", "Uptake", "effect", (5,)),
]
REPORTED = {"finance": "municipality", "consultant": "society", "researcher": "society"}


def saving(x: np.ndarray) -> np.ndarray:
    """An investment: effect × duration × cost, for three parties; society is the two others together."""
    municipality = x[:, 0] * (1 - x[:, 1]) * x[:, 2] * x[:, 5] / (1 + x[:, 4]) - 20
    region = x[:, 0] * x[:, 3] * x[:, 5] / (1 + x[:, 4]) ** 2
    return np.stack([municipality, municipality + region, region], axis=1)


def make_values(m: int = 64) -> dict[str, np.ndarray]:
    """Three calculations in common draws; they agree about uptake, finance and the researcher about the rate."""
    luck = np.random.default_rng(8).normal(size=(m, 6))
    point = {
        "finance": [0.1, 0.6, 100, 40, 0.04, 0.7],
        "consultant": [0.4, 0.1, 300, 200, 0.02, 0.7],
        "researcher": [0.2, 0.3, 200, 40, 0.04, 0.7],
    }
    return {c: np.array(v) * (1 + 0.05 * luck) for c, v in point.items()}


def explain(values: dict[str, np.ndarray] | None = None, **options: object) -> xr.Dataset:
    given: dict[str, object] = {
        "assumptions": ASSUMPTIONS,
        "parties": PARTIES,
        "reported": REPORTED,
        "replicates": 1,
        **options,
    }
    return explain_differences(saving, make_values() if values is None else values, **given)


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return explain()


def close(a: object, b: object) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("options", [{}, {"exact_up_to": 1, "permutations": 8}])
def test_contributions_add_up_to_the_gap_for_every_pair_and_party(options: dict[str, int]) -> None:
    ds = explain(**options)
    close(ds["shapley"].sum("assumption"), ds["gap"])
    assert ds["exact"].values.tolist() == [int(not options)] * 3


def test_gap_is_the_difference_of_the_expected_outcomes(found: xr.Dataset) -> None:
    mean = {c: saving(v).mean(0) for c, v in make_values().items()}
    for p, (a, b) in enumerate([("finance", "consultant"), ("finance", "researcher"), ("consultant", "researcher")]):
        close(found["gap"][p, :3], mean[b] - mean[a])
        close(found["from_npv"][p, :3], mean[a])
        i, j = PARTIES.index(REPORTED[a]), PARTIES.index(REPORTED[b])
        close(found["gap"].sel(party="reported")[p], mean[b][j] - mean[a][i])
        close(found["from_npv"].sel(party="reported")[p], mean[a][i])


def test_pairs_stand_in_the_order_of_the_calculations(found: xr.Dataset) -> None:
    assert found["pair"].values.tolist() == [
        "finance -> consultant",
        "finance -> researcher",
        "consultant -> researcher",
    ]
    assert found["pair_from"].values.tolist() == ["finance", "finance", "consultant"]
    assert found["pair_to"].values.tolist() == ["consultant", "researcher", "researcher"]


def test_only_assumptions_in_which_some_pair_differs_are_shown(found: xr.Dataset) -> None:
    assert found["assumption"].values.tolist() == ["effect", "fade", "cost", "rate", "perspective"]
    assert found["differs"].values.tolist() == [[True] * 5, [True, True, True, False, True], [True] * 4 + [False]]


def test_an_assumption_on_which_a_pair_agrees_contributes_nothing(found: xr.Dataset) -> None:
    for name in ("shapley", "shapley_se", "alone", "total", "min_step", "max_step"):
        assert (found[name].values[~np.repeat(found["differs"].values[:, None], 4, axis=1)] == 0).all()


def test_an_assumption_that_does_not_touch_a_party_contributes_exactly_zero(found: xr.Dataset) -> None:
    assert (found["shapley"].sel(party="region", assumption="fade") == 0).all()
    assert (found["max_step"].sel(party="region", assumption="fade") == 0).all()


def test_perspective_matters_for_the_reported_figure_alone(found: xr.Dataset) -> None:
    perspective = found["shapley"].sel(assumption="perspective")
    assert (perspective.sel(party=PARTIES) == 0).all()
    assert perspective.sel(party="reported").values[0] > 0
    # changed first it adds the region's saving of the first calculation, changed last that of the second
    region = {c: saving(v)[:, 2].mean() for c, v in make_values().items()}
    close(found["alone"].sel(assumption="perspective", party="reported")[0], region["finance"])
    close(found["total"].sel(assumption="perspective", party="reported")[0], region["consultant"])


def test_where_the_perspective_is_common_the_reported_figure_is_that_party(found: xr.Dataset) -> None:
    for name in ("shapley", "shapley_se", "min_step", "total"):
        np.testing.assert_array_equal(found[name][2].sel(party="reported"), found[name][2].sel(party="society"))


def test_contributions_of_payers_add_up_to_society(found: xr.Dataset) -> None:
    parts = found["shapley"].sel(party="municipality") + found["shapley"].sel(party="region")
    close(parts, found["shapley"].sel(party="society"))


def test_the_other_direction_has_the_opposite_contributions() -> None:
    there = explain(pairs=[("finance", "consultant")])
    back = explain(pairs=[("consultant", "finance")])
    close(there["shapley"][0], -back["shapley"][0])
    close(there["alone"][0], -back["total"][0])
    close(there["min_step"][0], -back["max_step"][0])


def test_two_assumptions_that_act_alike_contribute_alike() -> None:
    a, b = np.array([[1.0, 1.0, 1.0]]), np.array([[3.0, 3.0, 2.0]])
    ds = explain_differences(
        lambda x: x.prod(axis=1, keepdims=True),
        {"a": a, "b": b},
        assumptions=[AssumptionGroup(n, n, "t", (j,)) for j, n in enumerate("xyz")],
        parties=["all"],
        reported={"a": "all", "b": "all"},
        replicates=1,
    )
    assert ds["shapley"][0, 0, 0] == pytest.approx(float(ds["shapley"][0, 0, 1]), rel=1e-12)


def test_steps_lie_between_the_smallest_and_the_largest(found: xr.Dataset) -> None:
    for name in ("alone", "total", "shapley"):
        assert (found["min_step"] <= found[name] + 1e-9).all()
        assert (found[name] <= found["max_step"] + 1e-9).all()


def test_without_uncertainty_one_draw_is_enough_and_there_is_no_error() -> None:
    point = {c: np.repeat(v[:1], 10, axis=0) for c, v in make_values().items()}
    ds = explain(point, replicates=5)
    assert ds["draws_used"].values.tolist() == [1, 1, 1]
    assert (ds["shapley_se"] == 0).all()
    assert (ds["gap_se"] == 0).all()
    for p, (a, b) in enumerate([("finance", "consultant"), ("finance", "researcher")]):
        close(ds["gap"][p, :3], saving(point[b])[0] - saving(point[a])[0])


def test_an_error_has_the_size_of_the_scatter_over_repeated_runs() -> None:
    runs, told = [], []
    for seed in range(150):
        luck = np.random.default_rng(seed).normal(size=(32, 6))
        a = np.array([0.1, 0.6, 100, 40, 0.04, 0.7]) * (1 + 0.05 * luck)
        b = np.array([0.4, 0.1, 300, 200, 0.02, 0.7]) * (1 + 0.05 * luck)
        ds = explain({"finance": a, "consultant": b}, replicates=[1, 16][seed % 2])
        runs.append(ds["shapley"].values[0])
        told.append(ds["shapley_se"].values[0])
    scatter = np.std(runs, axis=0, ddof=1)
    root = np.sqrt(np.mean(np.square(told), axis=0))
    some = scatter > 1e-9
    # 150 runs give a standard deviation to 6 %
    np.testing.assert_allclose(root[some], scatter[some], rtol=0.25)
    assert some.sum() > 10


def test_one_uncertain_draw_has_no_known_error() -> None:
    luck = {c: v[:2] for c, v in make_values().items()}
    ds = explain(luck, memory_limit=16 * 5 * 8)
    assert ds["draws_used"].values.tolist() == [1, 2, 1]
    assert np.isnan(ds["gap_se"].values[0]).all()
    assert np.isfinite(ds["gap_se"].values[1]).all()


def test_fewer_draws_are_used_when_the_table_would_be_too_large() -> None:
    ds = explain(replicates=4, memory_limit=16 * 5 * 8 * 23)
    assert ds["draws_used"].values.tolist() == [20, 44, 20]
    close(ds["gap"][0, 0], np.diff([saving(make_values()[c][:20])[:, 0].mean() for c in ("finance", "consultant")])[0])


def test_orders_are_sampled_where_not_even_one_draw_fits() -> None:
    names = [str(j) for j in range(12)]
    rng = np.random.default_rng(0)
    values = {"a": rng.normal(size=(8, 12)), "b": rng.normal(size=(8, 12))}
    given = {
        "assumptions": [AssumptionGroup(n, n, "t", (j,)) for j, n in enumerate(names)],
        "parties": ["all"],
        "reported": {"a": "all", "b": "all"},
        "replicates": 1,
    }

    def outcome(x: np.ndarray) -> np.ndarray:
        return (x[:, ::2] * x[:, 1::2]).sum(axis=1, keepdims=True)

    exact = explain_differences(outcome, values, **given)
    sampled = explain_differences(outcome, values, memory_limit=4000 * 24, permutations=64, **given)
    assert exact["exact"].values.tolist() == [1]
    assert sampled["exact"].values.tolist() == [0]
    assert sampled["draws_used"].values.tolist() == [2]
    many = explain_differences(outcome, values, exact_up_to=3, permutations=64, **given)
    assert many["draws_used"].values.tolist() == [8]
    # products of two: the order within each factor's pair is all that matters, a walk and its reverse give the truth
    close(many["shapley"], exact["shapley"])


def test_sampled_orders_agree_with_enumeration_within_their_error(found: xr.Dataset) -> None:
    ds = explain(exact_up_to=0, permutations=100)
    only_orders = np.sqrt(np.maximum(ds["shapley_se"] ** 2 - found["shapley_se"] ** 2, 0))
    assert (np.abs(ds["shapley"] - found["shapley"]) <= 4 * only_orders + 1e-6 * np.abs(found["gap"]).max()).all()
    close(ds["alone"], found["alone"])
    close(ds["total"], found["total"])


@pytest.mark.parametrize("options", [{}, {"exact_up_to": 1, "permutations": 8}])
def test_owen_values_and_themes_add_up_to_the_gap(options: dict[str, int]) -> None:
    ds = explain(**options)
    assert ds["assumption_theme"].values.tolist() == ["effect", "prices", "time", "perspective"]
    close(ds["owen"].sum("assumption"), ds["gap"])
    close(ds["theme_contribution"].sum("assumption_theme"), ds["gap"])
    for theme in ds["assumption_theme"].values:
        own = ds["owen"].values[..., ds["theme"].values == theme].sum(-1)
        close(ds["theme_contribution"].sel(assumption_theme=theme), own)


def test_theme_contributions_are_the_shapley_values_of_the_game_of_themes(found: xr.Dataset) -> None:
    # all columns of a theme as one assumption
    bundled = [
        AssumptionGroup("effect", "Effect", "effect", (0, 1, 5)),
        AssumptionGroup("prices", "Prices", "prices", (2, 3)),
        AssumptionGroup("time", "Time", "time", (4,)),
    ]
    ds = explain(assumptions=bundled)
    for theme in ("effect", "prices", "time", "perspective"):
        close(found["theme_contribution"].sel(assumption_theme=theme), ds["shapley"].sel(assumption=theme))
        close(found["theme_contribution_se"].sel(assumption_theme=theme), ds["shapley_se"].sel(assumption=theme))
    close(ds["owen"], ds["shapley"])
    close(ds["owen_se"], ds["shapley_se"])
    assert not np.allclose(found["theme_contribution"].values, theme_totals(found).values)


def test_splitting_an_assumption_within_its_theme_changes_no_other_theme(found: xr.Dataset) -> None:
    split = [g for g in ASSUMPTIONS if g.name != "cost"]
    split[2:2] = [
        AssumptionGroup("cost of care", "", "prices", (2,)),
        AssumptionGroup("cost of health", "", "prices", (3,)),
    ]
    ds = explain(assumptions=split)
    close(ds["theme_contribution"], found["theme_contribution"])
    for name in ("effect", "fade", "rate", "perspective"):
        close(ds["owen"].sel(assumption=name), found["owen"].sel(assumption=name))


def test_sampled_orders_find_owen_values_within_their_error() -> None:
    point = {c: v[:1] for c, v in make_values().items()}  # no error but that of sampling orders
    exact = explain(point)
    ds = explain(point, exact_up_to=0, permutations=200, target=None)
    for name in ("shapley", "owen", "theme_contribution"):
        assert (np.abs(ds[name] - exact[name]) <= 4 * ds[f"{name}_se"] + 1e-9).all()
        assert (ds[f"{name}_se"] < 0.05 * np.abs(exact["gap"]).max()).all()


def test_the_dataset_says_how_many_orders_were_walked_and_why_no_more(found: xr.Dataset) -> None:
    assert found["stopped"].values.tolist() == ["enumerated"] * 3
    assert found["orders"].values.tolist() == [0] * 3
    assert found["target_reached"].values.tolist() == [1] * 3
    one = explain(exact_up_to=1, permutations=8, target=None)
    assert one["stopped"].values.tolist() == ["one batch"] * 3
    assert one["orders"].values.tolist() == [32] * 3
    reached = explain(exact_up_to=1, permutations=8, target=0.5)
    assert reached["stopped"].values.tolist() == ["target"] * 3
    assert (reached["orders"] >= 128).all()
    poor = explain(exact_up_to=1, permutations=8, target=1e-6, budget=40_000)
    assert poor["stopped"].values.tolist() == ["budget"] * 3
    assert poor["target_reached"].values.tolist() == [0] * 3
    told: list[tuple[int, int]] = []
    explain(exact_up_to=1, permutations=8, target=1e-6, budget=40_000, progress=lambda d, of: told.append((d, of)))
    assert told[-1][0] == told[-1][1] <= 3 * 40_000
    assert all(a[0] < b[0] for a, b in pairwise(told))


def test_sampled_errors_are_below_the_target_where_it_is_reached() -> None:
    point = {c: v[:1] for c, v in make_values().items()}
    ds = explain(point, exact_up_to=1, permutations=16, target=0.02)
    assert (ds["target_reached"] == 1).all()
    for name in ("shapley_se", "owen_se", "theme_contribution_se"):
        assert (ds[name] <= 0.02 * abs(ds["gap"]) + 1e-12).all()


def test_draws_that_do_not_fit_into_memory_are_taken_in_blocks(found: xr.Dataset) -> None:
    limit = 16 * 5 * 8 * 7
    ds = explain(memory_limit=limit, budget=16 * 64)
    assert ds["draws_used"].values.tolist() == [64] * 3
    xr.testing.assert_allclose(ds, found, rtol=1e-12)
    anchors = {c: saving(v) for c, v in make_values(256).items()}
    xr.testing.assert_allclose(
        explain(memory_limit=limit, budget=16 * 64, anchors=anchors), explain(anchors=anchors), rtol=1e-10
    )
    few = explain(budget=16 * 23, replicates=4)
    assert few["draws_used"].values.tolist() == [20, 44, 20]


@pytest.mark.parametrize("options", [{}, {"exact_up_to": 1, "permutations": 8}])
def test_owen_values_and_themes_are_moved_to_the_gap_of_many_draws_too(options: dict[str, int]) -> None:
    anchors = {c: saving(v) for c, v in make_values(512).items()}
    ds = explain(anchors=anchors, **options)
    for name, dim in (("shapley", "assumption"), ("owen", "assumption"), ("theme_contribution", "assumption_theme")):
        close(ds[name].sum(dim), ds["gap"])
    mean = {c: v.mean(0) for c, v in anchors.items()}
    close(ds["gap"][0, :3], mean["consultant"] - mean["finance"])


def test_themes_add_up_to_the_gap(found: xr.Dataset) -> None:
    totals = theme_totals(found)
    assert totals["theme"].values.tolist() == ["effect", "prices", "time", "perspective"]
    assert totals.dims == ("pair", "party", "theme")
    close(totals.sum("theme"), found["gap"])
    close(totals.sel(theme="effect"), found["shapley"].sel(assumption=["effect", "fade"]).sum("assumption"))


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [((1.0, -5.0, 3.0), ("c", "a")), ((-1.0, 5.0, 3.0), ("a", "c")), ((0.0, 0.0, 0.0), ("a", "b"))],
)
def test_the_furthest_pair_stands_with_the_lower_figure_first(
    gaps: tuple[float, ...], expected: tuple[str, str]
) -> None:
    ds = xr.Dataset(
        {"gap": (("pair", "party"), [[99.0, gap] for gap in gaps])},
        coords={
            "party": ["society", "reported"],
            "pair_from": ("pair", ["a", "a", "b"]),
            "pair_to": ("pair", ["b", "c", "c"]),
        },
    )
    assert furthest_pair(ds) == expected


def test_calculations_that_agree_in_everything_have_no_assumption_and_no_gap() -> None:
    v = make_values()["finance"]
    ds = explain({"finance": v, "researcher": v}, reported=dict.fromkeys(("finance", "researcher"), "society"))
    assert ds.sizes["assumption"] == 0
    assert (ds["gap"] == 0).all()
    assert theme_totals(ds).shape == (1, 4, 0)


def test_calculations_that_agree_in_all_but_the_perspective_differ_by_it() -> None:
    v = make_values()["finance"]
    for exact_up_to in (20, -1):
        ds = explain({"finance": v, "researcher": v}, exact_up_to=exact_up_to)
        assert ds["assumption"].values.tolist() == ["perspective"]
        close(ds["shapley"].sel(party="reported").values[0, 0], saving(v)[:, 2].mean())


def test_every_variable_is_in_the_vocabulary_with_its_dims_and_unit(found: xr.Dataset) -> None:
    for name, variable in found.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.attrs["units"] == VARIABLES[str(name)].unit
    assert explain(attrs={"strategy": "early"}).attrs == {"draws": 64, "strategy": "early"}


def test_progress_only_grows_and_ends_at_all() -> None:
    told: list[tuple[int, int]] = []
    explain(progress=lambda done, of: told.append((done, of)), chunk=100)
    assert all(a[0] < b[0] for a, b in pairwise(told))
    assert told[-1] == ((16 + 8 + 16) * 64,) * 2


def test_an_outcome_that_is_not_finite_names_the_assumptions() -> None:
    def broken(x: np.ndarray) -> np.ndarray:
        y = saving(x)
        y[(x[:, 0] > 0.3) & (x[:, 1] > 0.5)] = np.nan
        return y

    with pytest.raises(RunError, match="The first takes 'effect' from the second calculation"):
        explain_differences(
            broken,
            {c: v[:1] for c, v in make_values().items()},
            assumptions=ASSUMPTIONS,
            parties=PARTIES,
            reported=REPORTED,
            replicates=1,
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": {"finance": np.ones((2, 6))}}, "two calculations"),
        ({"assumptions": ASSUMPTIONS[:3]}, "differ in column 4, which belongs to no assumption"),
        ({"assumptions": [*ASSUMPTIONS, ASSUMPTIONS[0]]}, "names of their own"),
        ({"assumptions": [*ASSUMPTIONS, differences.PERSPECTIVE]}, "'perspective'"),
        ({"reported": {**REPORTED, "finance": "the_world"}}, "'finance' reports 'the_world'"),
        ({"pairs": [("finance", "auditor")]}, "No calculation 'auditor'"),
        ({"pairs": [("finance", "finance")]}, "with itself"),
        ({"replicates": 0}, "replicates"),
        ({"values": {"finance": np.ones((2, 6)), "consultant": np.ones((3, 6))}}, "of one shape"),
    ],
)
def test_wrong_usage_is_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        explain(**options)
