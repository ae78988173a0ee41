import numpy as np
import pytest

from engine.analysis.hybrids import hybrid_table, shapley_from_table
from engine.analysis.orders import permutation_hybrids, shapley_by_permutations
from engine.analysis.owen import owen_from_table
from engine.errors import UsageError

GROUPS = [(0,), (1,), (2,), (3,), (4,), (5,)]
THEMES = [0, 1, 0, 2, 1, 0]


def tangled(x: np.ndarray) -> np.ndarray:
    """Two outcomes with interactions, of six columns."""
    return np.stack([x[:, 0] * x[:, 1] * (1 + x[:, 2]) - x[:, 3] ** 2 * x[:, 4], x.sum(1) + x[:, 4] * x[:, 5]], axis=1)


def pair(m: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(m, 6)), rng.normal(size=(m, 6))


def test_orders_that_keep_themes_find_owen_values_within_their_error() -> None:
    a, b = pair()
    v = hybrid_table(tangled, a, b, GROUPS).mean(1)
    exact = owen_from_table(v, THEMES)
    s = shapley_by_permutations(tangled, a, b, GROUPS, permutations=300, seed=1, themes=THEMES).outcomes
    assert (np.abs(s.contributions.mean(1) - exact.values) <= 4 * s.order_se + 1e-12).all()
    assert (np.abs(s.by_theme.mean(1) - exact.by_theme) <= 4 * s.theme_order_se + 1e-12).all()
    assert s.order_se[:, 0].max() > 0
    np.testing.assert_allclose(s.contributions.sum(0), tangled(b) - tangled(a), atol=1e-12)
    # within the error Owen's values are not Shapley's
    assert (np.abs(s.contributions.mean(1) - shapley_from_table(v)) > 4 * s.order_se + 1e-12).any()


@pytest.mark.parametrize("own", [3, 1])
def test_a_change_of_read_out_keeps_its_theme_together_too(own: int) -> None:
    a, b = pair()
    v = hybrid_table(tangled, a, b, GROUPS).mean(1)
    exact = owen_from_table(np.concatenate([v[:, 0], v[:, 1]])[:, None], [*THEMES, own])
    r = shapley_by_permutations(
        tangled, a, b, GROUPS, permutations=400, seed=2, themes=[*THEMES, own], readout=(0, 1)
    ).reported
    assert r is not None
    assert (np.abs(r.contributions.mean(1) - exact.values) <= 4 * r.order_se + 1e-12).all()
    assert (np.abs(r.by_theme.mean(1) - exact.by_theme) <= 4 * r.theme_order_se + 1e-12).all()


def test_batches_follow_until_the_target_is_reached() -> None:
    a, b = pair()
    once = shapley_by_permutations(tangled, a, b, GROUPS, permutations=8, seed=3)
    assert once.orders == 16
    assert not once.reached
    precise = shapley_by_permutations(tangled, a, b, GROUPS, permutations=8, seed=3, target=0.02, budget=10**6)
    assert precise.reached
    assert precise.orders > 16
    gap = np.abs((tangled(b) - tangled(a)).mean(0))
    assert (precise.outcomes.order_se <= 0.02 * gap).all()


def test_batches_end_with_the_budget() -> None:
    a, b = pair()
    told: list[tuple[int, int]] = []
    budget = permutation_hybrids(6, 11) * 2 + 3
    s = shapley_by_permutations(
        tangled,
        a,
        b,
        GROUPS,
        permutations=4,
        seed=3,
        target=1e-9,
        budget=budget,
        progress=lambda done, of: told.append((done, of)),
    )
    assert not s.reached
    assert s.orders == 22
    assert told[-1][0] == told[-1][1] == permutation_hybrids(6, 11) * 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_batches_give_what_as_many_orders_at_once_are_worth() -> None:
    # the error is that of the mean over all pairs, however they came
    a, b = pair(1)
    runs = [
        shapley_by_permutations(
            tangled, a, b, GROUPS, permutations=5, seed=k, target=1e-9, budget=permutation_hybrids(6, 20)
        )
        for k in range(150)
    ]
    assert {s.orders for s in runs} == {40}
    scatter = np.std([s.outcomes.contributions[:, 0, 0] for s in runs], axis=0, ddof=1)
    told = np.sqrt(np.mean([s.outcomes.order_se[:, 0] ** 2 for s in runs], axis=0))
    # 150 runs give a standard deviation to 6 %
    np.testing.assert_allclose(told, scatter, rtol=0.25, atol=1e-12)


def test_a_small_spread_of_large_numbers_is_not_lost() -> None:
    a, b = np.zeros((1, 3)), np.ones((1, 3))

    def large(x: np.ndarray) -> np.ndarray:
        return (1e9 * x.sum(1) + 1e-3 * x[:, 0] * x[:, 1] * x[:, 2] * (1 + x[:, 0]))[:, None]

    s = shapley_by_permutations(large, a, b, [(0,), (1,), (2,)], permutations=100, seed=0).outcomes
    assert (s.order_se < 1e-3).all()


def test_a_target_without_a_budget_is_refused() -> None:
    with pytest.raises(UsageError, match="budget"):
        shapley_by_permutations(tangled, *pair(), GROUPS, permutations=4, seed=0, target=0.01)
