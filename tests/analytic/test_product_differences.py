"""Products, whose Shapley contributions are known: Das Gupta's formulas for rates that are products of factors."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest

from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.hybrids import hybrid_table, shapley_from_table, step_range_from_table
from engine.analysis.orders import shapley_by_permutations


def product(x: np.ndarray) -> np.ndarray:
    return x.prod(axis=1, keepdims=True)


def each(g: int) -> list[tuple[int]]:
    return [(j,) for j in range(g)]


def test_from_zero_all_factors_share_the_product_equally() -> None:
    b = np.array([[2.0, 3.0, 5.0, 7.0, 11.0]])
    v = hybrid_table(product, np.zeros_like(b), b, each(5))
    np.testing.assert_allclose(shapley_from_table(v)[:, 0, 0], np.full(5, 2310 / 5), rtol=1e-14)
    smallest, largest = step_range_from_table(v)
    assert (smallest == 0).all()
    assert (largest == 2310).all()


def test_two_factors_each_get_their_change_at_the_mean_of_the_other() -> None:
    a, b = np.array([[3.0, 10.0]]), np.array([[5.0, 4.0]])
    found = shapley_from_table(hybrid_table(product, a, b, each(2)))[:, 0, 0]
    np.testing.assert_allclose(found, [(5 - 3) * (10 + 4) / 2, (4 - 10) * (3 + 5) / 2], rtol=1e-14)


def test_three_factors_follow_das_guptas_formula() -> None:
    (x, y, z), (p, q, r) = a, b = (2.0, 3.0, 4.0), (5.0, 1.0, 6.0)
    found = shapley_from_table(hybrid_table(product, np.array([a]), np.array([b]), each(3)))[:, 0, 0]
    truth = [
        (p - x) * ((y * z + q * r) / 3 + (y * r + q * z) / 6),
        (q - y) * ((x * z + p * r) / 3 + (x * r + p * z) / 6),
        (r - z) * ((x * y + p * q) / 3 + (x * q + p * y) / 6),
    ]
    np.testing.assert_allclose(found, truth, rtol=1e-14)


def test_five_factors_agree_with_all_120_orders() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.uniform(0.5, 2, size=(2, 5))
    steps = np.empty((factorial(5), 5))
    for row, order in enumerate(permutations(range(5))):
        x, before = a.copy(), a.prod()
        for i in order:
            x[i] = b[i]
            steps[row, i] = x.prod() - before
            before = x.prod()
    v = hybrid_table(product, a[None], b[None], each(5))
    smallest, largest = step_range_from_table(v)
    np.testing.assert_allclose(shapley_from_table(v)[:, 0, 0], steps.mean(0), rtol=1e-12)
    np.testing.assert_allclose(smallest[:, 0, 0], steps.min(0), rtol=1e-12)
    np.testing.assert_allclose(largest[:, 0, 0], steps.max(0), rtol=1e-12)


# An investment: people × effect × uptake × yearly saving × fading × discounting × share counted, less a cost.
FINANCE = np.array([100.0, 0.10, 0.60, 50.0, 3.0, 0.045, 0.5, 1600.0])
CONSULTANT = np.array([100.0, 0.25, 0.80, 90.0, 15.0, 0.020, 1.0, 1300.0])
NAMES = ["people", "effect", "uptake", "saving", "half_life", "rate", "scope", "price"]


def investment(x: np.ndarray) -> np.ndarray:
    people, effect, uptake, saving, half_life, rate, scope, price = x.T
    years = np.arange(1, 41)[:, None]
    kept = (0.5 ** (years / half_life) / (1 + rate) ** years).sum(axis=0)
    return (people * effect * uptake * saving * scope * kept - price)[:, None]


def explain(a: np.ndarray, b: np.ndarray, **options: int):  # type: ignore[no-untyped-def]
    return explain_differences(
        investment,
        {"finance": a, "consultant": b},
        assumptions=[AssumptionGroup(n, n, "t", (j,)) for j, n in enumerate(NAMES)],
        parties=["all"],
        reported={"finance": "all", "consultant": "all"},
        replicates=1,
        **options,
    )


def test_an_investment_of_eight_factors_is_divided_exactly() -> None:
    ds = explain(FINANCE[None], CONSULTANT[None])
    gap = float(investment(CONSULTANT[None])[0, 0] - investment(FINANCE[None])[0, 0])
    assert ds["assumption"].values.tolist() == NAMES[1:]  # both count the same people
    assert float(ds["shapley"].sel(party="all").sum()) == pytest.approx(gap, rel=1e-12)
    # the price only ever adds what it differs by; changes one at a time explain little of a product
    price = ds.sel(party="all", assumption="price")
    for name in ("shapley", "alone", "total", "min_step", "max_step"):
        assert float(price[name].values[0]) == pytest.approx(300.0, rel=1e-9)
    assert float(ds["alone"].sel(party="all").sum()) < 0.25 * gap
    # every step of the others is upwards, so the smallest is the first and the largest the last
    others = ds.sel(party="all", assumption=[n for n in NAMES[1:] if n != "price"])
    np.testing.assert_allclose(others["min_step"], others["alone"], rtol=1e-12)
    np.testing.assert_allclose(others["max_step"], others["total"], rtol=1e-12)


def test_sampled_orders_find_the_investments_contributions_within_their_error() -> None:
    a, b = FINANCE[None], CONSULTANT[None]
    exact = shapley_from_table(hybrid_table(investment, a, b, each(8)))[:, 0, 0]
    s = shapley_by_permutations(investment, a, b, each(8), permutations=256, seed=0).outcomes
    assert (np.abs(s.contributions[:, 0, 0] - exact) <= 4 * s.order_se[:, 0] + 1e-9).all()
    assert s.contributions.sum() == pytest.approx(exact.sum(), rel=1e-12)


def test_a_linear_outcome_gives_each_factor_its_own_change() -> None:
    rng = np.random.default_rng(1)
    a, b, weight = rng.normal(size=(3, 10))
    v = hybrid_table(lambda x: (x * weight).sum(axis=1, keepdims=True), a[None], b[None], each(10))
    smallest, largest = step_range_from_table(v)
    for found in (shapley_from_table(v), smallest, largest):
        np.testing.assert_allclose(found[:, 0, 0], weight * (b - a), atol=1e-13)
