from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis import factorial
from engine.analysis.factorial import Alternatives
from engine.analysis.mixtures import alternative_at, read_all, read_sample
from engine.analysis.pick_freeze import Freeze
from engine.errors import RunError, UsageError
from tests.analysis import slow_factorial as slow

Array = np.ndarray


def random_case(seed: int, shape: tuple[int, ...], outcomes: int = 2) -> tuple[Array, list[Array]]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(*shape, outcomes)), [rng.dirichlet(np.full(k, 3.0)) for k in shape]


def brute_closed(table: Array, p: list[Array]) -> Array:
    """Var E[Y | x_u] for every set u, by summing over all mixtures as the definition says."""
    g = len(p)
    weight = np.ones(table.shape[:-1])
    for axis, row in enumerate(p):
        weight = weight * row.reshape([-1 if i == axis else 1 for i in range(g)])
    mean = (weight[..., None] * table).sum(axis=tuple(range(g)))
    closed = np.zeros((1 << g, table.shape[-1]))
    for mask in range(1 << g):
        kept = [i for i in range(g) if mask >> i & 1]
        for levels in product(*(range(p[i].size) for i in kept)):
            where = [slice(None)] * g
            for i, level in zip(kept, levels, strict=True):
                where[i] = slice(level, level + 1)
            w = weight[tuple(where)]
            some = (w[..., None] * table[tuple(where)]).sum(axis=tuple(range(g))) / w.sum()
            closed[mask] += w.sum() * (some - mean) ** 2
    return closed


def test_closed_variances_are_those_of_the_definition() -> None:
    for seed, shape in ((0, (2,)), (1, (3, 2)), (2, (2, 4, 3)), (3, (2, 2, 3, 2))):
        table, p = random_case(seed, shape)
        closed = factorial.closed_variances(slow.component_variances(table, p))
        np.testing.assert_allclose(closed, brute_closed(table, p), atol=1e-12)


def test_shapley_effects_are_the_shapley_value_of_the_closed_variances() -> None:
    from engine.analysis.hybrids import shapley_from_table

    table, p = random_case(4, (3, 2, 2, 4))
    components = slow.component_variances(table, p)
    wanted = shapley_from_table(factorial.closed_variances(components))
    np.testing.assert_allclose(slow.shapley_variances(components), wanted, atol=1e-12)


def test_total_variance_is_what_is_left_when_all_others_are_agreed_on() -> None:
    table, p = random_case(5, (3, 2, 4))
    components = slow.component_variances(table, p)
    closed = brute_closed(table, p)
    wanted = [closed[-1] - closed[0b111 ^ 1 << i] for i in range(3)]
    np.testing.assert_allclose(slow.total_variances(components), wanted, atol=1e-12)


def test_an_additive_model_has_no_interactions_and_a_product_has_its_closed_form() -> None:
    p = [np.array([0.5, 0.5]), np.array([0.2, 0.3, 0.5])]
    a, b = np.array([1.0, 3.0]), np.array([2.0, -1.0, 4.0])
    mean = [float(w @ x) for w, x in zip(p, (a, b), strict=True)]
    var = [float(w @ x**2) - m**2 for w, x, m in zip(p, (a, b), mean, strict=True)]
    table = np.stack([np.add.outer(a, b), np.multiply.outer(a, b)], axis=-1)
    c = slow.component_variances(table, p)
    np.testing.assert_allclose(c[:, 0], [0, var[0], var[1], 0], atol=1e-12)
    np.testing.assert_allclose(c[:, 1], [0, var[0] * mean[1] ** 2, var[1] * mean[0] ** 2, var[0] * var[1]], atol=1e-12)


def test_balanced_alternatives_are_the_textbook_two_level_factorial() -> None:
    """With equal weights a component is the square of half the textbook effect of its contrast."""
    table = np.random.default_rng(6).normal(size=(2, 2, 2, 1))
    sign = np.array(list(product((-1, 1), repeat=3)))
    y = table.reshape(8)
    c = slow.component_variances(table, [np.full(2, 0.5)] * 3)
    for mask in range(1, 8):
        contrast = np.prod([sign[:, i] for i in range(3) if mask >> i & 1], axis=0)
        assert c[mask, 0] == pytest.approx((contrast @ y / 8) ** 2)


def test_the_curve_takes_the_best_set_though_the_best_sets_are_not_nested() -> None:
    # an exclusive or of two, and a third that explains a little on its own
    table = np.zeros((2, 2, 2, 1))
    for i, j, k in product(range(2), repeat=3):
        table[i, j, k, 0] = (i ^ j) + 0.5 * k
    curve = factorial.agreement_curve(
        factorial.closed_variances(slow.component_variances(table, [np.full(2, 0.5)] * 3))
    )
    np.testing.assert_allclose(curve.gone[:, 0], [0, 0.2, 0.8, 1], atol=1e-12)
    assert curve.members[:, 0].tolist() == [[False] * 3, [False, False, True], [True, True, False], [True] * 3]


def test_the_curve_is_the_largest_of_all_sets_of_a_size() -> None:
    table, p = random_case(7, (2, 3, 2, 2))
    closed = brute_closed(table, p)
    curve = factorial.agreement_curve(factorial.closed_variances(slow.component_variances(table, p)))
    for size in range(5):
        masks = [sum(1 << i for i in some) for some in combinations(range(4), size)]
        np.testing.assert_allclose(curve.gone[size], closed[masks].max(axis=0) / closed[-1], atol=1e-12)


def test_an_outcome_that_varies_by_rounding_has_no_shares() -> None:
    table = np.full((2, 3, 1), 1e6) + 1e-9 * np.random.default_rng(8).normal(size=(2, 3, 1))
    c = slow.component_variances(table, [np.full(2, 0.5), np.full(3, 1 / 3)])
    assert (c == 0).all()
    assert np.isnan(factorial.agreement_curve(factorial.closed_variances(c)).gone).all()


def test_conditional_means_average_over_all_the_other_assumptions() -> None:
    table, p = random_case(9, (2, 3, 2))
    found = factorial.conditional_means(table, p)
    for j in range(3):
        weight = np.multiply.outer(p[0], p[2])
        np.testing.assert_allclose(found[1][j], (weight[..., None] * table[:, j]).sum(axis=(0, 1)), atol=1e-12)
    for row, w in zip(found, p, strict=True):
        np.testing.assert_allclose(w @ row, slow.mixture_mean(table, p), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(2, 4), min_size=1, max_size=5))
def test_shares_keep_their_order_and_add_up(seed: int, shape: list[int]) -> None:
    table, p = random_case(seed, tuple(shape), 1)
    c = slow.component_variances(table, p)
    closed = factorial.closed_variances(c)
    first, total, shapley = (
        f(c)[:, 0] for f in (factorial.first_variances, slow.total_variances, slow.shapley_variances)
    )
    v, tiny = closed[-1, 0], 1e-12 * closed[-1, 0]
    assert shapley.sum() == pytest.approx(v)
    assert (first <= shapley + tiny).all()
    assert (shapley <= total + tiny).all()
    for mask in range(1 << len(p)):
        inside = [i for i in range(len(p)) if mask >> i & 1]
        assert first[inside].sum() <= closed[mask, 0] + tiny
        assert closed[mask, 0] <= total[inside].sum() + tiny
    gone = factorial.agreement_curve(closed).gone[:, 0]
    assert gone[0] == 0
    assert gone[-1] == 1
    assert (np.diff(gone) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_contributions_against_the_mixture_add_up_to_the_distance_from_its_mean(seed: int, shape: list[int]) -> None:
    table, p = random_case(seed, tuple(shape))
    of = np.array([np.random.default_rng(seed + 1).integers(k) for k in shape])
    rows = factorial.against_mixture(table, p, of)
    np.testing.assert_allclose(rows.sum(axis=0), table[tuple(of)] - slow.mixture_mean(table, p), atol=1e-10)


# ---------------------------------------------------------------- calculations


def four_calculations(m: int = 3) -> Array:
    """(K, m, D): column 0 has 2 alternatives, 1 and 2 are a bundle of 3, 3 is agreed on, 4 has 4."""
    luck = np.random.default_rng(10).normal(size=(m, 5))
    point = np.array([[1, 2, 5, 7, 1], [2, 2, 5, 7, 2], [1, 3, 5, 7, 3], [1, 2, 6, 7, 4]], dtype=float)
    return point[:, None] + 0.1 * luck


GROUPS = [(0,), (1, 2), (3,), (4,)]


def model(x: Array) -> Array:
    return np.stack([x[:, 0] * x[:, 1] + x[:, 2] * x[:, 4], x[:, 0] - x[:, 3] + x[:, 4]], axis=1)


def alternatives(values: Array, weights: list[float] | None = None) -> Alternatives:
    return factorial.find_alternatives(values, GROUPS, factorial.normalised(weights, 4))


def test_equal_alternatives_are_merged_with_their_weights() -> None:
    found = alternatives(four_calculations(), [1, 2, 3, 4])
    assert found.groups == (0, 1, 3)
    assert found.shape == (2, 3, 4)
    assert found.of.tolist() == [[0, 0, 0], [1, 0, 1], [0, 1, 2], [0, 2, 3]]
    np.testing.assert_allclose(np.concatenate(found.probability), [0.8, 0.2, 0.3, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4])


def test_the_table_holds_the_mean_of_each_mixture_and_each_block() -> None:
    values = four_calculations(6)
    found = alternatives(values)
    for chunk in (1, 7, 10_000):
        table = factorial.factorial_table(model, values, found, blocks=3, chunk=chunk)
        assert table.shape == (2, 2, 3, 4, 3)
        x = values[0].copy()
        x[:, 0], x[:, 1:3], x[:, 4] = values[1][:, 0], values[3][:, 1:3], values[2][:, 4]
        for block in range(3):
            np.testing.assert_allclose(table[:, 1, 2, 2, block], model(x[block::3]).mean(axis=0))


def one_block(table: Array) -> Array:
    """(O, k_1, ..., k_G, 1) -> (k_1, ..., k_G, O)"""
    return np.moveaxis(table[..., 0], 0, -1)


@pytest.mark.parametrize("blocks", [1, 2, 16])
@pytest.mark.parametrize("sizes", [(), (3,), (2, 3, 2, 4), (2, 3, 3, 2, 2, 5, 2, 3, 2, 2)])
def test_fused_loops_find_the_components_that_whole_arrays_give(sizes: tuple[int, ...], blocks: int) -> None:
    rng = np.random.default_rng(len(sizes))
    probability = [w / w.sum() for w in (rng.uniform(0.2, 1, k) for k in sizes)]
    tables = 1000.0 + rng.normal(size=(*sizes, blocks))
    if len(sizes) > 2:
        tables[:] = tables[:, :1]  # one that never matters
    found = factorial.without_each_block(tables.copy(), probability)
    whole = tables.mean(axis=-1)
    without = [np.delete(tables, b, axis=-1).mean(axis=-1) for b in range(blocks)] if blocks > 1 else []
    for lane, table in enumerate([*without, whole]):
        components = slow.component_variances(table[..., None], probability)
        wanted = {
            "variance": components.sum(axis=0),
            "first": factorial.first_variances(components)[:, 0],
            "total": slow.total_variances(components)[:, 0],
            "shapley": slow.shapley_variances(components)[:, 0],
            "mean": slow.mixture_mean(table[..., None], probability),
            "positive": slow.mixture_mean((table > 0)[..., None].astype(float), probability),
        }
        for name, want in wanted.items():
            np.testing.assert_allclose(
                np.squeeze(getattr(found, name)[..., lane]), np.squeeze(want), rtol=1e-9, atol=1e-12
            )
    np.testing.assert_allclose(found.components, components[:, 0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("blocks", [1, 4])
def test_what_does_not_vary_but_for_rounding_has_no_variance(blocks: int) -> None:
    table = 1e6 * (1 + 1e-15 * np.random.default_rng(1).normal(size=(2, 3, blocks)))
    found = factorial.without_each_block(table, [np.full(2, 0.5), np.full(3, 1 / 3)])
    assert not any(x.any() for x in (found.variance, found.first, found.total, found.shapley, found.components))


def test_merged_calculations_have_the_variance_of_all_unmerged_ones() -> None:
    values = four_calculations(1)
    found = alternatives(values, [1, 2, 3, 4])
    w = factorial.normalised([1, 2, 3, 4], 4)
    merged = slow.component_variances(one_block(factorial.factorial_table(model, values, found)), found.probability)
    every = np.arange(4)
    plain = Alternatives((0, 1, 3), np.stack([every] * 3, 1), (every,) * 3, (w,) * 3, found.owner)
    whole = slow.component_variances(one_block(factorial.factorial_table(model, values, plain)), plain.probability)
    np.testing.assert_allclose(merged, whole, atol=1e-10)


def test_what_cannot_be_mixed_is_refused() -> None:
    values = four_calculations()
    with pytest.raises(UsageError, match="column 4, which belongs to no assumption"):
        factorial.find_alternatives(values, GROUPS[:3], factorial.normalised(None, 4))
    for weights in ([1, 2, 3], [1, 2, 3, 0], [1, 2, 3, np.nan]):
        with pytest.raises(UsageError, match="one positive number"):
            factorial.normalised(weights, 4)
    with pytest.raises(RunError, match="not finite"):
        factorial.factorial_table(lambda x: np.full((x.shape[0], 1), np.inf), values, alternatives(values))
    with pytest.raises(UsageError, match="answered"):
        factorial.factorial_table(lambda x: x[:, 0], values, alternatives(values))


def test_an_alternative_is_drawn_as_often_as_its_weight() -> None:
    p = np.array([0.25, 0.5, 0.25])
    assert np.bincount(alternative_at(p, (np.arange(1000) + 0.5) / 1000)).tolist() == [250, 500, 250]


# ---------------------------------------------------------------- pick and freeze


def product_freeze(points: int, seed: int, replicates: int = 16) -> Freeze:
    """Y = (x1, x1 x2, x1 + x2 x3) of normal x with means 1, 2, 0."""
    rng = np.random.default_rng(seed)
    a, b = (rng.normal([1.0, 2.0, 0.0], size=(points * replicates, 3)) for _ in range(2))

    def exchange(bits: Array) -> Array:
        x = np.where(bits, b, a)
        return np.stack([x[:, 0], x[:, 0] * x[:, 1], x[:, 0] + x[:, 1] * x[:, 2]], axis=1)

    return Freeze(exchange, 3, replicates)


def test_pick_freeze_estimates_agree_with_closed_forms() -> None:
    freeze = product_freeze(512, 11)
    first = np.array([[1, 4 / 6, 1 / 6], [0, 1 / 6, 0], [0, 0, 4 / 6]])
    total = np.array([[1, 5 / 6, 1 / 6], [0, 2 / 6, 1 / 6], [0, 0, 5 / 6]])
    pairs = [freeze.first_and_total([i]) for i in range(3)]
    for k, wanted in enumerate((first, total)):
        share = freeze.share(np.stack([pair[k] for pair in pairs]))
        assert (abs(share.value - wanted) <= 2.5 * share.conf + 1e-12).all()
    effects = freeze.shapley(seed=1)
    share = freeze.share(effects, effects.sum(axis=0))
    np.testing.assert_allclose(share.value.sum(axis=0), 1)
    assert (abs(share.value - 0.5 * (first + total)) <= 2.5 * share.conf + 1e-12).all()


def test_intervals_cover_about_as_often_as_they_say() -> None:
    covered = []
    for seed in range(200):
        freeze = product_freeze(64, 100 + seed)
        first, total = freeze.first_and_total([0])
        effects = freeze.shapley(seed=seed)
        found = [freeze.share(first), freeze.share(total), freeze.share(effects[0], effects.sum(axis=0))]
        covered.append([abs(s.value[1] - w) <= s.conf[1] for s, w in zip(found, (4 / 6, 5 / 6, 4.5 / 6), strict=True)])
    share = np.mean(covered, axis=0)
    assert (share >= 0.90).all()
    assert (share <= 0.98).all()


def test_an_outcome_that_does_not_vary_has_no_share() -> None:
    freeze = Freeze(lambda bits: np.full((32, 1), 3.0), 2, 16)
    assert np.isnan(freeze.share(freeze.first_and_total([0])[0]).value).all()


def investment(x: Array) -> Array:
    """Six assumptions, interactions of all orders, two outcomes."""
    return np.stack([x[:, 0] * x[:, 1] * (1 + x[:, 2]) - x[:, 3] + x[:, 4] * x[:, 5], x[:, 3] + 0.1 * x[:, 5]], axis=1)


def six(k: int = 3) -> tuple[Array, Alternatives, Array]:
    values = np.random.default_rng(12).normal(size=(k, 1, 6)) + 0.5
    w = factorial.normalised(None, k)
    return values, factorial.find_alternatives(values, [(j,) for j in range(6)], w), w


@pytest.mark.parametrize("read", [[0, 0, 0], [0, 1, 0]])
def test_a_sample_of_mixtures_agrees_with_all_of_them(read: list[int]) -> None:
    values, found, w = six()
    exact = read_all(investment, values, found, np.array(read), w, certain=True)
    sample = read_sample(investment, values, found, np.array(read), w, points=256, seed=3)
    for name in ("first_share", "total_share", "shapley_share"):
        off = abs(sample.by_assumption[name] - exact.by_assumption[name])
        assert (off <= 2.5 * sample.by_assumption[f"{name}_conf"] + 1e-9).all(), name
        assert (sample.by_assumption[f"{name}_conf"] < 0.06).all()
        assert (exact.by_assumption[f"{name}_conf"] == 0).all()
    for name in ("disagreement_sd", "mixture_mean", "positive_share"):
        off = abs(sample.by_party[name] - exact.by_party[name])
        assert (off <= 2.5 * sample.by_party[f"{name}_conf"] + 1e-9).all(), name
    for name in ("mean_if", "positive_if"):
        np.testing.assert_allclose(sample.by_calculation[name], exact.by_calculation[name], atol=0.1)
    np.testing.assert_allclose(sample.curve.gone, exact.curve.gone, atol=0.05)
    assert (np.diff(sample.curve.gone, axis=0) >= 0).all()
    assert (sample.curve.gone[-1] == 1).all()


def test_the_jackknife_over_draws_covers_the_truth() -> None:
    """The share of x1 in x1 + c x2, where draws move the difference of one assumption."""
    truth = 1 / (1 + 1.0**2)

    def share(seed: int) -> tuple[float, float]:
        values = np.zeros((2, 32, 2))
        values[1] = 1 + 0.3 * np.random.default_rng(seed).normal(size=(32, 2))
        w = factorial.normalised(None, 2)
        found = factorial.find_alternatives(values, [(0,), (1,)], w)
        all_of = read_all(lambda x: x.sum(axis=1)[:, None], values, found, np.array([0, 0]), w, blocks=16)
        return tuple(float(all_of.by_assumption[k][0, 0]) for k in ("first_share", "first_share_conf"))  # type: ignore[return-value]

    covered = np.mean([abs(value - truth) <= conf for value, conf in map(share, range(200))])
    assert 0.90 <= covered <= 0.98


def test_progress_is_told_to_the_end() -> None:
    values, found, w = six()
    told: list[tuple[int, int]] = []
    read_all(investment, values, found, np.zeros(3, int), w, progress=lambda *x: told.append(x), chunk=100)
    assert told[-1] == (729, 729)
    told.clear()
    read_sample(investment, values, found, np.zeros(3, int), w, points=4, seed=0, progress=lambda *x: told.append(x))
    assert told[-1][0] == told[-1][1]
