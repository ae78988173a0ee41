from itertools import combinations
from math import factorial

import numpy as np
import pytest

from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.hybrids import alone_from_table, hybrid_table, shapley_from_table, total_from_table
from engine.analysis.interactions import (
    interaction_mass,
    interaction_mass_from_table,
    interaction_table,
    mobius_from_table,
    pairwise_from_table,
    shapley_interaction_from_table,
)
from engine.errors import UsageError
from engine.vocabulary import VARIABLES

PARTIES = ["municipality", "society", "region"]
ASSUMPTIONS = [AssumptionGroup(n, n.title(), "t", (j,)) for j, n in enumerate("abcd")]
REPORTED = {"one": "municipality", "two": "society", "three": "society"}


def saving(x: np.ndarray) -> np.ndarray:
    m, r = x[:, 0] * x[:, 1] * x[:, 2], x[:, 2] * x[:, 3]
    return np.stack([m, m + r, r], axis=1)


def make_values() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    values = {name: rng.normal(size=(5, 4)) for name in REPORTED}
    values["three"][:, 3] = values["two"][:, 3]
    return values


def subsets(u: int) -> list[int]:
    return [w for w in range(u + 1) if w & u == w]


@pytest.mark.parametrize("piece", [4, 16_384])
def test_finite_change_terms_are_alternating_sums_over_subsets(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    monkeypatch.setattr("engine.analysis.interactions._PIECE", piece)
    v = np.random.default_rng(1).normal(size=(32, 3))
    truth = [sum((-1) ** (u.bit_count() - w.bit_count()) * v[w] for w in subsets(u)) for u in range(32)]
    phi = mobius_from_table(v)
    np.testing.assert_allclose(phi, truth, atol=1e-13)
    np.testing.assert_allclose(phi[1:].sum(0), v[-1] - v[0], atol=1e-13)


def test_shapley_and_total_effects_are_sums_of_finite_change_terms() -> None:
    v = np.random.default_rng(2).normal(size=(64, 2))
    phi = mobius_from_table(v)
    rows = np.arange(64)
    for i in range(6):
        with_i = rows[rows >> i & 1 == 1]
        sizes = np.bitwise_count(with_i)[:, None]
        np.testing.assert_allclose(shapley_from_table(v)[i], (phi[with_i] / sizes).sum(0), atol=1e-13)
        np.testing.assert_allclose(total_from_table(v)[i], phi[with_i].sum(0), atol=1e-13)
        np.testing.assert_allclose(alone_from_table(v)[i], phi[1 << i], atol=1e-13)


def test_pairwise_terms_and_the_mass_are_those_of_the_transform() -> None:
    v = np.random.default_rng(3).normal(size=(32, 3, 2))
    phi, pairwise = mobius_from_table(v), pairwise_from_table(v)
    for i, j in combinations(range(5), 2):
        np.testing.assert_allclose(pairwise[i, j], phi[1 << i | 1 << j], atol=1e-14)
    np.testing.assert_array_equal(pairwise, pairwise.swapaxes(0, 1))
    more = [u for u in range(32) if u.bit_count() > 1]
    np.testing.assert_allclose(interaction_mass_from_table(v), phi[more].sum(0), atol=1e-13)


@pytest.mark.parametrize("g", [2, 3, 4, 6])
def test_shapley_interactions_are_weighted_second_differences(g: int) -> None:
    v = np.random.default_rng(g).normal(size=(1 << g, 2))
    found = shapley_interaction_from_table(v)
    for i, j in combinations(range(g), 2):
        truth = np.zeros(2)
        for u in range(1 << g):
            if not u >> i & 1 and not u >> j & 1:
                k = u.bit_count()
                weight = factorial(k) * factorial(g - k - 2) / factorial(g - 1)
                truth += weight * (v[u | 1 << i | 1 << j] - v[u | 1 << i] - v[u | 1 << j] + v[u])
        np.testing.assert_allclose(found[i, j], truth, atol=1e-13)
        np.testing.assert_array_equal(found[j, i], found[i, j])
    assert (found[np.arange(g), np.arange(g)] == 0).all()


def test_one_group_or_none_does_not_interact() -> None:
    assert shapley_interaction_from_table(np.ones((1, 2))).shape == (0, 0, 2)
    assert shapley_interaction_from_table(np.arange(2.0)).tolist() == [[0.0]]
    assert interaction_mass_from_table(np.arange(2.0)) == 0
    assert pairwise_from_table(np.arange(2.0)).tolist() == [[0.0]]
    with pytest.raises(UsageError, match="2\\^g rows"):
        mobius_from_table(np.zeros(3))


def test_the_table_of_interactions_agrees_with_the_table_of_hybrids() -> None:
    values = make_values()
    ds = interaction_table(saving, values, assumptions=ASSUMPTIONS, parties=PARTIES, reported=REPORTED)
    assert ds["assumption"].values.tolist() == ["a", "b", "c", "d", "perspective"]
    names = list(values)
    for p, (one, two) in enumerate(combinations(names, 2)):
        v = hybrid_table(saving, values[one], values[two], [(j,) for j in range(4)]).mean(1)
        pairwise = np.moveaxis(pairwise_from_table(v), -1, 0)
        np.testing.assert_allclose(ds["interaction"][p, :3, :4, :4], pairwise, atol=1e-13)
        np.testing.assert_allclose(ds["alone"][p, :3, :4], alone_from_table(v).T, atol=1e-14)
        np.testing.assert_allclose(ds["interaction_mass"][p, :3], interaction_mass_from_table(v), atol=1e-12)
        i, j = PARTIES.index(REPORTED[one]), PARTIES.index(REPORTED[two])
        both = np.concatenate([v[:, i], v[:, j]])
        reported = ds.isel(pair=p).sel(party="reported")
        np.testing.assert_allclose(reported["interaction"], pairwise_from_table(both), atol=1e-13)
        np.testing.assert_allclose(reported["interaction_mass"], interaction_mass_from_table(both), atol=1e-12)
        np.testing.assert_allclose(reported["gap"], both[-1] - both[0])


def test_an_assumption_on_which_a_pair_agrees_does_not_interact() -> None:
    ds = interaction_table(
        saving, make_values(), assumptions=ASSUMPTIONS, parties=PARTIES, pairs=[("two", "three"), ("one", "two")]
    )
    assert "perspective" not in ds["assumption"].values
    assert (ds["interaction"][0].sel(assumption="d") == 0).all()
    np.testing.assert_array_equal(ds["interaction"], ds["interaction"].transpose("pair", "party", "assumption_2", ...))


def test_the_mass_of_interactions_follows_from_the_differences() -> None:
    values = make_values()
    common = {"assumptions": ASSUMPTIONS, "parties": PARTIES, "reported": REPORTED}
    table = interaction_table(saving, values, **common)
    mass = interaction_mass(explain_differences(saving, values, replicates=1, **common))
    np.testing.assert_allclose(mass["interaction_mass"], table["interaction_mass"], atol=1e-12)
    np.testing.assert_allclose(mass["interaction_share"], table["interaction_share"], rtol=1e-9)
    for ds in (table, mass):
        for name, variable in ds.data_vars.items():
            assert variable.dims == VARIABLES[str(name)].dims
            assert variable.attrs["units"] == VARIABLES[str(name)].unit


def test_no_gap_has_no_share() -> None:
    v = np.ones((2, 4))
    ds = interaction_table(saving, {"one": v, "two": v}, assumptions=ASSUMPTIONS, parties=PARTIES)
    assert np.isnan(ds["interaction_share"]).all()
    assert ds.sizes["assumption"] == 0


def test_an_unknown_perspective_is_told() -> None:
    with pytest.raises(UsageError, match="reports 'the_world'"):
        interaction_table(
            saving,
            make_values(),
            assumptions=ASSUMPTIONS,
            parties=PARTIES,
            reported={**REPORTED, "one": "the_world"},
        )


def test_with_what_is_known_of_the_calculations_effects_alone_and_gaps_are_those_of_the_differences() -> None:
    rng = np.random.default_rng(4)
    many = {name: rng.normal(size=(500, 4)) + k for k, name in enumerate(REPORTED)}
    few = {name: x[:40] for name, x in many.items()}
    known = {
        "assumptions": ASSUMPTIONS,
        "parties": PARTIES,
        "reported": REPORTED,
        "anchors": {name: saving(x) for name, x in many.items()},
        "sums": np.array([[1.0, 0, 0], [1, 0, 1], [0, 0, 1]]),
    }
    found = interaction_table(saving, few, **known)  # type: ignore[arg-type]
    gaps = explain_differences(saving, few, replicates=1, **known)  # type: ignore[arg-type]
    for name in ("gap", "alone"):
        np.testing.assert_allclose(found[name], gaps[name], rtol=1e-9, atol=1e-9)
    # the means of the many draws, not of the few
    both = [saving(many[name]).mean(axis=0) for name in ("one", "two")]
    np.testing.assert_allclose(found["gap"].isel(pair=0)[:3], both[1] - both[0], rtol=1e-9)
    np.testing.assert_allclose(found["interaction_mass"], interaction_mass(gaps)["interaction_mass"], atol=1e-9)
