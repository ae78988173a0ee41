import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.hybrids import (
    ShapleySums,
    alone_from_table,
    hybrid_outcomes,
    hybrid_table,
    mean_blocks,
    mean_table,
    shapley_from_table,
    step_range_from_table,
    sums_by_size,
    total_from_table,
)
from engine.analysis.orders import permutation_hybrids, shapley_by_permutations
from engine.errors import RunError, UsageError


def tangled(x: np.ndarray) -> np.ndarray:
    """Two outcomes with interactions, of six columns."""
    return np.stack([x[:, 0] * x[:, 1] * (1 + x[:, 2]) - x[:, 3] ** 2 * x[:, 4], x.sum(1) + x[:, 4] * x[:, 5]], axis=1)


def pair(d: int = 6, m: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, d)), rng.normal(size=(m, d))


def by_orders(v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shapley, smallest and largest step by walking all g! orders."""
    g = v.shape[0].bit_length() - 1
    steps = []
    for order in permutations(range(g)):
        u, one = 0, np.empty((g, *v.shape[1:]))
        for i in order:
            one[i] = v[u | 1 << i] - v[u]
            u |= 1 << i
        steps.append(one)
    return np.mean(steps, axis=0), np.min(steps, axis=0), np.max(steps, axis=0)


def test_shapley_and_range_of_steps_agree_with_all_orders_walked() -> None:
    v = np.random.default_rng(2).normal(size=(32, 3, 2))
    shapley, smallest, largest = by_orders(v)
    np.testing.assert_allclose(shapley_from_table(v), shapley, atol=1e-14)
    low, high = step_range_from_table(v)
    np.testing.assert_array_equal(low, smallest)
    np.testing.assert_array_equal(high, largest)


tables = st.integers(1, 6).flatmap(lambda g: st.lists(st.floats(-1e6, 1e6), min_size=1 << g, max_size=1 << g))


@settings(max_examples=150, deadline=None)
@given(tables)
def test_contributions_are_efficient_antisymmetric_and_within_the_steps(drawn: list[float]) -> None:
    v = np.array(drawn)
    tolerance = 1e-9 * (1e-3 + np.abs(v).max())
    found = shapley_from_table(v)
    assert found.sum() == pytest.approx(v[-1] - v[0], abs=tolerance)
    np.testing.assert_allclose(found, -shapley_from_table(v[::-1]), atol=tolerance)
    low, high = step_range_from_table(v)
    assert ((low <= found + tolerance) & (found <= high + tolerance)).all()


@settings(max_examples=100, deadline=None)
@given(tables, st.permutations(range(6)))
def test_contributions_follow_the_groups_when_these_are_renumbered(drawn: list[float], shuffled: list[int]) -> None:
    v = np.array(drawn)
    g = v.size.bit_length() - 1
    order = [j for j in shuffled if j < g]
    moved = v.reshape((2,) * g).transpose([g - 1 - j for j in reversed(order)]).reshape(-1)
    tolerance = 1e-9 * (1e-3 + np.abs(v).max())
    np.testing.assert_allclose(shapley_from_table(moved), shapley_from_table(v)[order], atol=tolerance)


@pytest.mark.parametrize("g", [1, 2, 7, 12])
def test_contributions_add_up_to_the_difference(g: int) -> None:
    v = np.random.default_rng(g).normal(size=(1 << g, 5))
    np.testing.assert_allclose(shapley_from_table(v).sum(0), v[-1] - v[0], rtol=1e-9)


def test_a_table_large_enough_to_be_cut_in_pieces_gives_the_same() -> None:
    v = np.random.default_rng(3).normal(size=(1 << 9, 700))
    np.testing.assert_allclose(shapley_from_table(v)[:, :3], shapley_from_table(v[:, :3]), rtol=1e-12)
    for whole, part in zip(step_range_from_table(v), step_range_from_table(v[:, 690:]), strict=True):
        np.testing.assert_array_equal(whole[:, 690:], part)


def test_no_group_means_no_contribution() -> None:
    v = np.ones((1, 4))
    assert shapley_from_table(v).shape == (0, 4)
    assert alone_from_table(v).shape == total_from_table(v).shape == (0, 4)


def test_alone_and_total_are_first_and_last_steps() -> None:
    v = np.arange(8.0) ** 2
    assert alone_from_table(v).tolist() == [1, 4, 16]
    assert total_from_table(v).tolist() == [49 - 36, 49 - 25, 49 - 9]


def test_rows_of_a_table_are_subsets_by_their_bits() -> None:
    a, b = pair()
    groups = [(0, 3), (1,), (5, 2)]
    v = hybrid_table(tangled, a, b, groups)
    assert v.shape == (8, 3, 2)
    for u in range(8):
        x = a.copy()
        for j, columns in enumerate(groups):
            if u >> j & 1:
                x[:, columns] = b[:, columns]
        np.testing.assert_array_equal(v[u], tangled(x))


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 24, 1000])
def test_the_chunk_changes_nothing_and_is_never_exceeded(chunk: int) -> None:
    a, b = pair()
    sizes, told = [], []

    def evaluate(x: np.ndarray) -> np.ndarray:
        sizes.append(x.shape[0])
        return tangled(x)

    v = hybrid_table(evaluate, a, b, [(0,), (1,), (2,)], chunk=chunk, progress=lambda done, of: told.append((done, of)))
    np.testing.assert_array_equal(v, hybrid_table(tangled, a, b, [(0,), (1,), (2,)]))
    assert max(sizes) <= chunk
    assert told[-1] == (24, 24)


def test_a_table_above_the_limit_is_refused_before_much_is_computed() -> None:
    a, b = pair(m=100)
    calls = []

    def evaluate(x: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        return tangled(x)

    with pytest.raises(UsageError, match="are allowed"):
        hybrid_table(evaluate, a, b, [(0,), (1,), (2,)], memory_limit=8 * 100 * 2 * 8 - 1, chunk=1)
    assert calls == [1]
    with pytest.raises(UsageError, match="take 7 MB; 1 MB are allowed"):
        hybrid_table(tangled, *pair(d=13, m=100), [(i,) for i in range(13)], memory_limit=1_000_000)


@pytest.mark.parametrize("chunk", [1, 3, 8, 1000])
@pytest.mark.parametrize("low", [0, 1, 3])
def test_blocks_of_means_stream_the_table(low: int, chunk: int) -> None:
    a, b = pair()
    groups = [(0, 3), (1,), (5, 2)]
    v = hybrid_table(tangled, a, b, groups).mean(1)
    blocks = [block.copy() for block in mean_blocks(tangled, a, b, groups, low=low, chunk=chunk)]
    assert len(blocks) == 1 << (3 - low)
    np.testing.assert_allclose(np.concatenate(blocks), v, atol=1e-14)
    np.testing.assert_allclose(mean_table(tangled, a, b, groups, chunk=chunk), v, atol=1e-14)


@pytest.mark.parametrize("chunk", [1, 3, 8, 1000])
def test_a_table_is_read_under_weights_of_draws_and_outcomes(chunk: int) -> None:
    a, b = pair()
    groups = [(0, 3), (1,), (5, 2)]
    whole = hybrid_table(tangled, a, b, groups)
    reading = np.random.default_rng(3).normal(size=(*whole.shape[1:], 3))
    direct = np.einsum("umo,mok->uk", whole, reading)
    np.testing.assert_allclose(mean_table(tangled, a, b, groups, reading=reading, chunk=chunk), direct, atol=1e-12)


def test_chosen_hybrids_are_rows_of_the_table() -> None:
    a, b = pair()
    groups = [(0, 3), (1,), (5, 2)]
    taken = np.array([[True, False, True], [False, True, False]])
    np.testing.assert_array_equal(
        hybrid_outcomes(tangled, a, b, groups, taken), hybrid_table(tangled, a, b, groups)[[5, 2]]
    )


@pytest.mark.parametrize("low", [0, 1, 3, 5])
def test_contributions_do_not_depend_on_the_blocks_or_their_order(low: int) -> None:
    v = np.random.default_rng(1).normal(size=(32, 3))
    sums = ShapleySums(5, low=low, outcomes=3)
    for h in reversed(range(1 << (5 - low))):
        sums.add(h, v[h << low : (h + 1) << low])
    np.testing.assert_allclose(sums.contributions(), by_orders(v)[0], atol=1e-13)


def test_sums_by_size_add_up_the_sets_of_each_size() -> None:
    v = np.random.default_rng(1).normal(size=(32, 2))
    sums = sums_by_size(v, [0, 3, 4])
    assert sums.shape == (4, 4, 2)
    for u in range(4):
        for size in range(4):
            rows = [w for w in range(32) if w >> 1 & 3 == u and (w & 0b11001).bit_count() == size]
            np.testing.assert_allclose(sums[size, u], v[rows].sum(0), atol=1e-14)
    np.testing.assert_array_equal(sums_by_size(v, []), v[None])


def test_a_group_that_never_matters_contributes_exactly_nothing() -> None:
    rows = np.arange(512)
    for i in (0, 3, 8):
        v = 1e6 * np.random.default_rng(i).normal(size=(512, 3))[rows & ~(1 << i)]
        assert (shapley_from_table(v)[i] == 0).all()
        assert all((edge[i] == 0).all() for edge in step_range_from_table(v))


def test_an_outcome_that_is_not_finite_names_how_many_and_the_first_hybrid() -> None:
    def evaluate(x: np.ndarray) -> np.ndarray:
        return np.where(x[:, :1] * x[:, 1:2] > 0.5, np.nan, 1.0)

    a, b = np.zeros((2, 3)), np.ones((2, 3))
    with pytest.raises(RunError, match=r"4 of 16 hybrids .* takes 'hr', 'rate' from the second"):
        hybrid_table(evaluate, a, b, [(0,), (1,), (2,)], names=["hr", "rate", "cost"])


def test_a_hybrid_that_the_model_refuses_is_its_own_error() -> None:
    def evaluate(x: np.ndarray) -> np.ndarray:
        raise RunError("cost_basis and horizon do not go together")

    with pytest.raises(RunError, match="do not go together"):
        hybrid_table(evaluate, *pair(), [(0,)])


def test_misfits_are_refused() -> None:
    a, b = pair()
    with pytest.raises(UsageError, match="alike"):
        hybrid_table(tangled, a, b[:, :4], [(0,)])
    with pytest.raises(UsageError, match="Column 1 stands in groups 0 and 1"):
        hybrid_table(tangled, a, b, [(0, 1), (1,)])
    with pytest.raises(UsageError, match="column 6"):
        hybrid_table(tangled, a, b, [(6,)])
    with pytest.raises(UsageError, match="chunk"):
        hybrid_table(tangled, a, b, [(0,)], chunk=0)
    with pytest.raises(UsageError, match="answered"):
        hybrid_table(lambda x: x[:, 0], a, b, [(0,)])
    with pytest.raises(UsageError, match="2\\^g rows"):
        shapley_from_table(np.zeros((6, 1)))
    with pytest.raises(UsageError, match="permutations"):
        shapley_by_permutations(tangled, a, b, [(0,)], permutations=1, seed=0)


GROUPS = [(0,), (1,), (2,), (3,), (4, 5)]


def test_sampled_orders_agree_with_enumeration_within_their_error() -> None:
    a, b = pair(m=4)
    v = hybrid_table(tangled, a, b, GROUPS)
    exact = shapley_from_table(v.mean(1))
    low, high = step_range_from_table(v.mean(1))
    s = shapley_by_permutations(tangled, a, b, GROUPS, permutations=200, seed=3).outcomes
    assert (np.abs(s.contributions.mean(1) - exact) <= 4 * s.order_se + 1e-12).all()
    assert s.order_se.max() > 0
    np.testing.assert_allclose(s.alone.mean(1), alone_from_table(v.mean(1)), atol=1e-12)
    np.testing.assert_allclose(s.total.mean(1), total_from_table(v.mean(1)), atol=1e-12)
    # 400 walks over 5 groups meet every set
    np.testing.assert_allclose(s.min_step, low, atol=1e-12)
    np.testing.assert_allclose(s.max_step, high, atol=1e-12)


def test_the_error_of_sampled_orders_is_as_large_as_their_scatter() -> None:
    a, b = pair(m=1)
    runs = [shapley_by_permutations(tangled, a, b, GROUPS, permutations=20, seed=seed).outcomes for seed in range(200)]
    scatter = np.std([s.contributions[:, 0, 0] for s in runs], axis=0, ddof=1)
    told = np.sqrt(np.mean([s.order_se[:, 0] ** 2 for s in runs], axis=0))
    # the relative error of a standard deviation from 200 runs is 5 %
    np.testing.assert_allclose(told, scatter, rtol=0.2, atol=1e-12)


@pytest.mark.parametrize("permutations", [2, 5])
def test_sampled_contributions_add_up_in_every_draw(permutations: int) -> None:
    a, b = pair(m=3)
    found = shapley_by_permutations(tangled, a, b, GROUPS, permutations=permutations, seed=0, readout=(0, 1))
    s, r = found.outcomes, found.reported
    np.testing.assert_allclose(s.contributions.sum(0), tangled(b) - tangled(a), rtol=1e-9)
    assert r is not None
    np.testing.assert_allclose(r.contributions.sum(0)[:, 0], tangled(b)[:, 1] - tangled(a)[:, 0], rtol=1e-9)


def test_a_sampled_change_of_read_out_agrees_with_the_table_with_one_bit_more() -> None:
    a, b = pair(m=2)
    v = hybrid_table(tangled, a, b, GROUPS)
    table = np.concatenate([v[..., 0], v[..., 1]])[..., None]
    r = shapley_by_permutations(tangled, a, b, GROUPS, permutations=400, seed=1, readout=(0, 1)).reported
    assert r is not None
    error = np.abs(r.contributions.mean(1) - shapley_from_table(table).mean(1))
    assert (error <= 4 * r.order_se + 1e-12).all()
    assert error.max() < 0.1 * np.abs(r.contributions).max()
    mean = table.mean(1)
    np.testing.assert_allclose(r.alone.mean(1), alone_from_table(mean), atol=1e-12)
    np.testing.assert_allclose(r.total.mean(1), total_from_table(mean), atol=1e-12)
    low, high = step_range_from_table(mean)
    np.testing.assert_allclose(r.min_step, low, atol=1e-12)
    np.testing.assert_allclose(r.max_step, high, atol=1e-12)


def test_orders_do_not_depend_on_the_chunk_and_progress_ends_at_all() -> None:
    a, b = pair(m=3)
    told = []
    one = shapley_by_permutations(tangled, a, b, GROUPS, permutations=30, seed=9).outcomes
    other = shapley_by_permutations(
        tangled, a, b, GROUPS, permutations=30, seed=9, chunk=11, progress=lambda i, n: told.append((i, n))
    ).outcomes
    np.testing.assert_allclose(one.contributions, other.contributions, rtol=1e-12)
    assert told[-1] == (permutation_hybrids(5, 30) * 3,) * 2


def test_one_or_no_group_needs_no_walk() -> None:
    a, b = pair(m=2)
    none = shapley_by_permutations(tangled, a, b, [], permutations=2, seed=0, readout=(0, 1))
    assert none.outcomes.contributions.shape == (0, 2, 2)
    assert none.reported is not None
    np.testing.assert_allclose(none.reported.contributions[0, :, 0], tangled(a)[:, 1] - tangled(a)[:, 0])
    one = shapley_by_permutations(tangled, a, b, [(0, 1, 2, 3, 4, 5)], permutations=2, seed=0).outcomes
    np.testing.assert_allclose(one.contributions[0], tangled(b) - tangled(a))
    assert (one.order_se == 0).all()


def test_arrays_work_without_labels() -> None:
    code = "import sys, engine.analysis.hybrids; assert not {'xarray', 'SALib', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
