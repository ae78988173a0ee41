from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.analysis.hybrids import shapley_from_table
from engine.analysis.owen import number_themes, owen_from_table, quotient_table, theme_game
from engine.errors import UsageError


def together(order: tuple[int, ...], themes: list[int]) -> bool:
    """Whether an order keeps every theme together."""
    seen = [themes[i] for i in order]
    starts = [k for k, theme in enumerate(seen) if k == 0 or theme != seen[k - 1]]
    return len(starts) == len(set(themes))


def by_orders(v: np.ndarray, themes: list[int]) -> np.ndarray:
    """Owen values as the mean over all orders that keep themes together."""
    g = len(themes)
    steps = []
    for order in permutations(range(g)):
        if not together(order, themes):
            continue
        u, one = 0, np.empty((g, *v.shape[1:]))
        for i in order:
            one[i] = v[u | 1 << i] - v[u]
            u |= 1 << i
        steps.append(one)
    return np.mean(steps, axis=0)


@pytest.mark.parametrize(
    "themes", [[0, 0, 1, 1, 1], [0, 1, 0, 2, 1], [0, 1, 2, 3, 4], [0] * 5, [0, 0, 1, 2, 1, 0], [0, 1, 1, 2, 3, 0]]
)
def test_owen_values_are_the_mean_over_all_orders_that_keep_themes_together(themes: list[int]) -> None:
    v = np.random.default_rng(len(themes)).normal(size=(1 << len(themes), 3, 2))
    found = owen_from_table(v, themes)
    truth = by_orders(v, themes)
    np.testing.assert_allclose(found.values, truth, atol=1e-13)
    for k in set(themes):
        own = [j for j, theme in enumerate(themes) if theme == k]
        np.testing.assert_allclose(found.by_theme[k], truth[own].sum(0), atol=1e-13)


tables = st.integers(1, 6).flatmap(
    lambda g: st.tuples(
        st.lists(st.integers(0, 3), min_size=g, max_size=g),
        st.lists(st.floats(-1e6, 1e6), min_size=1 << g, max_size=1 << g),
    )
)


@settings(max_examples=150, deadline=None)
@given(tables)
def test_owen_values_add_up_and_change_sign_with_the_direction(drawn: tuple[list[int], list[float]]) -> None:
    _, themes = number_themes([str(theme) for theme in drawn[0]])
    v = np.array(drawn[1])
    scale = 1e-12 * (1 + np.abs(v).max())
    there, back = owen_from_table(v, themes), owen_from_table(np.ascontiguousarray(v[::-1]), themes)
    for one, other in zip(there, back, strict=True):
        assert one.sum() == pytest.approx(v[-1] - v[0], abs=100 * scale)
        np.testing.assert_allclose(one, -other, atol=100 * scale)
    np.testing.assert_allclose(there.by_theme, shapley_from_table(quotient_table(v, themes)), atol=scale)
    for k in set(themes):
        own = there.values[[j for j, theme in enumerate(themes) if theme == k]]
        assert own.sum() == pytest.approx(there.by_theme[k], abs=100 * scale)


@settings(max_examples=80, deadline=None)
@given(tables, st.integers(0, 5))
def test_a_group_that_never_matters_gets_exactly_nothing(drawn: tuple[list[int], list[float]], which: int) -> None:
    g = len(drawn[0])
    i = which % g
    _, themes = number_themes([str(theme) for theme in drawn[0]])
    rows = np.arange(1 << g)
    v = np.array(drawn[1])[rows & ~(1 << i)]
    assert owen_from_table(v, themes).values[i] == 0
    assert shapley_from_table(v)[i] == 0


def test_two_groups_of_one_theme_that_act_alike_get_the_same() -> None:
    g, rows = 5, np.arange(32)
    count = (rows & 1) + (rows >> 1 & 1)
    v = np.random.default_rng(0).normal(size=(3, 8))[count, rows >> 2]
    found = owen_from_table(v, [0, 0, 1, 1, 2]).values
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert g == found.size


def test_splitting_a_group_within_its_theme_changes_no_other_theme() -> None:
    v = np.random.default_rng(3).normal(size=16)
    themes = [0, 1, 1, 2]
    # group 3 becomes groups 3 and 4, which act only when both were changed, or at the first of the two
    rows = np.arange(32)
    for both in (((rows >> 3 & 1) & (rows >> 4 & 1)), ((rows >> 3 & 1) | (rows >> 4 & 1))):
        split = v[(rows & 7) | both << 3]
        before, after = owen_from_table(v, themes), owen_from_table(split, [*themes, 2])
        np.testing.assert_allclose(after.by_theme, before.by_theme, atol=1e-14)
        np.testing.assert_allclose(after.values[:3], before.values[:3], atol=1e-14)
        # Shapley values do depend on how finely an assumption is cut
        assert np.abs(shapley_from_table(split)[:3] - shapley_from_table(v)[:3]).max() > 0.01


def test_a_table_too_wide_to_be_gathered_at_once_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    v = np.random.default_rng(4).normal(size=(64, 9))
    themes = [0, 1, 0, 2, 2, 3]
    whole = owen_from_table(v, themes)
    monkeypatch.setattr("engine.analysis.owen._SLAB", 64)
    for one, other in zip(whole, owen_from_table(v, themes), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_themes_game_starts_and_ends_at_the_mean_over_what_changed_before() -> None:
    v = np.random.default_rng(5).normal(size=8)
    # themes {0}, {1, 2}: theme 0 is changed before theme 1 in half of the orders
    np.testing.assert_allclose(theme_game(v, [0, 1, 1], 1), 0.5 * (v[[0, 2, 4, 6]] + v[[1, 3, 5, 7]]))
    assert theme_game(v, [0, 0, 0], 0) is v


def test_no_group_has_no_theme() -> None:
    found = owen_from_table(np.ones((1, 2)), [])
    assert found.values.shape == found.by_theme.shape == (0, 2)


def test_misfits_are_refused() -> None:
    with pytest.raises(UsageError, match="needs the theme of each"):
        owen_from_table(np.zeros(8), [0, 0])
    with pytest.raises(UsageError, match="without a gap"):
        owen_from_table(np.zeros(4), [0, 2])
