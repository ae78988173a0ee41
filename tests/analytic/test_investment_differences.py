"""An investment of eight assumptions: every read-out of a difference against enumeration by hand.

Shapley and Owen values are walked through all 40 320 orders, interactions are alternating sums, flip sets and
thresholds are solved for; nothing below is taken from the functions that are tested.
"""

from functools import cache
from itertools import combinations, permutations

import numpy as np
import pytest
import xarray as xr

from engine.analysis.by_year import explain_by_year
from engine.analysis.decision import decide
from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.interactions import interaction_table

YEARS = 25
# share helped, uptake, yearly saving, half-life of the effect, discount rate, years counted, share counted, price
FINANCE = np.array([0.12, 0.60, 60.0, 3.0, 0.045, 10.0, 0.45, 95.0])
CONSULTANT = np.array([0.25, 0.75, 90.0, 12.0, 0.020, 25.0, 1.00, 80.0])
NAMES = ["effect", "uptake", "saving", "half_life", "rate", "horizon", "scope", "price"]
THEMES = ["evidence", "evidence", "money", "evidence", "method", "method", "method", "money"]
ASSUMPTIONS = [
    AssumptionGroup(name, name, theme, (j,)) for j, (name, theme) in enumerate(zip(NAMES, THEMES, strict=True))
]
PAIR = ("finance", "consultant")
VALUES = {"finance": FINANCE[None], "consultant": CONSULTANT[None]}
COMMON = {"assumptions": ASSUMPTIONS, "parties": ["all"]}


def flows(x: np.ndarray) -> np.ndarray:
    """Discounted net saving (n, year), per hundred participants; the price is paid in year 0."""
    effect, uptake, saving, half_life, rate, horizon, scope, price = (column[:, None] for column in x.T)
    t = np.arange(YEARS + 1)
    kept = 100 * effect * uptake * saving * scope * 0.5 ** (t / half_life) / (1 + rate) ** t
    return np.where((t > 0) & (t <= horizon), kept, 0.0) - np.where(t == 0, price * 20, 0.0)


def npv(x: np.ndarray) -> np.ndarray:
    return flows(x).sum(axis=1, keepdims=True)


@cache
def by_hand() -> np.ndarray:
    """NPV of all 256 hybrids, bit j = assumption j from the consultant."""
    return np.array(
        [npv(np.array([[(CONSULTANT if u >> j & 1 else FINANCE)[j] for j in range(8)]]))[0, 0] for u in range(256)]
    )


@cache
def steps() -> tuple[np.ndarray, np.ndarray]:
    """All orders (40 320, 8), and the step of each assumption in each."""
    orders = np.array(list(permutations(range(8))))
    v, u = by_hand(), np.zeros(len(orders), dtype=np.int64)
    found = np.empty(orders.shape)
    rows = np.arange(len(orders))
    for k in range(8):
        after = u | 1 << orders[:, k]
        found[rows, orders[:, k]] = v[after] - v[u]
        u = after
    return orders, found


def close(found: object, truth: object) -> None:
    np.testing.assert_allclose(found, truth, rtol=1e-10, atol=1e-8)


@pytest.fixture(scope="module")
def explained() -> xr.Dataset:
    ds = explain_differences(npv, VALUES, reported=dict.fromkeys(VALUES, "all"), replicates=1, **COMMON)
    return ds.isel(pair=0).sel(party="all")


def test_the_two_disagree_about_whether_it_pays() -> None:
    assert by_hand()[0] < 0 < by_hand()[-1]


def test_shapley_values_and_steps_are_those_of_all_orders(explained: xr.Dataset) -> None:
    close(explained["shapley"], steps()[1].mean(0))
    close(explained["min_step"], steps()[1].min(0))
    close(explained["max_step"], steps()[1].max(0))
    close(explained["gap"], by_hand()[-1] - by_hand()[0])


def test_owen_values_are_those_of_the_orders_that_keep_themes_together(explained: xr.Dataset) -> None:
    orders, found = steps()
    theme = np.array([sorted(set(THEMES)).index(t) for t in THEMES])[orders]
    together = (np.diff(theme, axis=1) != 0).sum(axis=1) == 2
    assert together.sum() == 6 * 6 * 2 * 6  # orders of themes, and within evidence, money, method
    owen = found[together].mean(0)
    close(explained["owen"], owen)
    for name in ("evidence", "money", "method"):
        own = owen[[j for j, t in enumerate(THEMES) if t == name]].sum()
        close(explained["theme_contribution"].sel(assumption_theme=name), own)
    assert np.abs(owen - found.mean(0)).max() > 1


def test_interactions_are_alternating_sums() -> None:
    v = by_hand()
    ds = interaction_table(npv, VALUES, **COMMON).isel(pair=0).sel(party="all")
    for i, j in combinations(range(8), 2):
        close(ds["interaction"][i, j], v[1 << i | 1 << j] - v[1 << i] - v[1 << j] + v[0])
    alone = [v[1 << j] - v[0] for j in range(8)]
    close(ds["interaction_mass"], v[-1] - v[0] - sum(alone))
    # one at a time explains little of a product
    assert float(ds["interaction_share"]) > 0.5
    # the price is paid whatever else is assumed
    close(ds["interaction"].sel(assumption="price"), np.zeros(8))


def test_contributions_by_year_add_up_to_those_of_npv() -> None:
    ds = explain_by_year(flows, VALUES, assumptions=ASSUMPTIONS, payers=["all"], pair=PAIR)
    close(ds["yearly_contribution"].sum("cycle")[:, 0], steps()[1].mean(0))
    close(ds["yearly_contribution"].sum("assumption")[0], (flows(CONSULTANT[None]) - flows(FINANCE[None]))[0])
    # years that finance does not count are in dispute only together with the horizon
    late = ds["yearly_contribution"].sel(payer="all", cycle=20)
    assert float(late.sel(assumption="horizon")) == float(late.max())
    assert (ds["yearly_contribution"].sel(assumption="price")[0, 1:] == 0).all()


def test_what_turns_the_decision_is_what_all_orders_and_sets_say() -> None:
    v = by_hand()
    ds = decide(npv, VALUES, pair=PAIR, party="all", **COMMON)
    orders, _ = steps()
    u = np.zeros(len(orders), dtype=np.int64)
    pivots = np.zeros(8)
    for k in range(8):
        after = u | 1 << orders[:, k]
        np.add.at(pivots, orders[:, k], (v[after] > 0).astype(float) - (v[u] > 0))
        u = after
    close(ds["pivot_share"], pivots / len(orders))
    close(ds["pivot_share"].sum(), 1.0)

    sets = [frozenset(j for j in range(8) if w >> j & 1) for w in range(256) if v[w] > 0]
    truth = {s for s in sets if not any(other < s for other in sets)}
    from_ = ds["in_flip_set"].values[ds["direction"].values == "from"]
    found = [frozenset(np.flatnonzero(row).tolist()) for row in from_]
    assert set(found) == truth
    assert [len(s) for s in found] == sorted(len(s) for s in truth)
    assert ds.attrs["flip_sets_from"] == len(truth) > 3

    left = [v[255] - v[1 << j] for j in range(8)], [v[255 ^ 1 << j] - v[0] for j in range(8)]
    close(ds["gap_left_from"], left[0])
    close(ds["gap_left_to"], left[1])


def test_thresholds_are_solved_for() -> None:
    # finance is close to paying: a little more and each of several assumptions decides alone
    values = {"finance": FINANCE * np.array([2, 1, 1.1, 1, 1, 1, 1.5, 1]), "consultant": CONSULTANT}
    values = {name: x[None] for name, x in values.items()}
    a = values["finance"]
    ds = decide(npv, values, pair=PAIR, party="all", **COMMON)
    assert float(ds["npv_from"]) < 0
    saved = npv(a)[0, 0] + 20 * a[0, 7]
    needed = 20 * a[0, 7] / saved
    for name, j in (("uptake", 1), ("saving", 2), ("scope", 6)):
        truth = a[0, j] * needed
        inside = (truth - a[0, j]) * (CONSULTANT[j] - truth) > 0
        got = float(ds["threshold"].sel(assumption=name))
        assert (got == pytest.approx(truth, rel=1e-9)) if inside else np.isnan(got)
    assert (ds["threshold_status"] == "found").sum() >= 2
    price = float(ds["threshold"].sel(assumption="price"))
    assert np.isnan(price) or price == pytest.approx(saved / 20, rel=1e-9)
    # the horizon turns it, if at all, at a whole year
    years = float(ds["threshold"].sel(assumption="horizon"))
    assert np.isnan(years) or years == pytest.approx(round(years), abs=1e-6)
