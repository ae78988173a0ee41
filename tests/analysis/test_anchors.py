"""Few draws weighted to the ends that many draws know: what must hold of differences whatever the weights are."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from engine.analysis.anchors import Ends, _error_of_sums, anchor_of, calibrate, known_ends, means_of, weighted_mean
from engine.analysis.differences import AssumptionGroup, explain_differences
from engine.analysis.summary import monte_carlo_error

SUMS = np.array([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""One perspective of two payers."""


def outcome(x: np.ndarray) -> np.ndarray:
    """Products of an effect, a horizon and luck; the tax moves money between two payers."""
    effect, horizon, luck, tax = x.T
    value = effect * horizon * np.exp(0.5 * luck)
    one, two = value * tax - 1.0, value * (1 - tax) + 0.1 * luck
    return np.stack([one + two, one, two], axis=1)


GROUPS = [AssumptionGroup(n, n, "t", (k,)) for k, n in enumerate(("effect", "horizon", "luck", "tax"))]


def values(m: int, seed: int, *, only: str | None = None) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(m, 4))
    a = np.stack([1 + 0.2 * z[:, 0], np.full(m, 5.0), z[:, 2], np.full(m, 0.3)], axis=1)
    b = np.stack([2 + 0.4 * z[:, 0], np.full(m, 9.0), z[:, 2], np.full(m, 0.6)], axis=1)
    if only is not None:
        keep = [g.columns[0] for g in GROUPS if g.name != only]
        b[:, keep] = a[:, keep]
    return {"a": a, "b": b}


def explain(m: int, n: int, *, seed: int = 1, only: str | None = None, **more: object) -> xr.Dataset:
    many = values(n, seed, only=only)
    few = {k: v[:m] for k, v in many.items()}
    return explain_differences(
        outcome,
        few,
        assumptions=GROUPS,
        parties=("all", "one", "two"),
        reported={"a": "all", "b": "one"},
        replicates=1,
        anchors={k: outcome(v) for k, v in many.items()},
        sums=SUMS,
        **more,  # type: ignore[arg-type]
    ).isel(pair=0)


@pytest.mark.parametrize("exact_up_to", [20, 1])
def test_the_difference_is_that_of_the_many_draws_and_contributions_add_up_to_it(exact_up_to: int) -> None:
    many = {k: outcome(v) for k, v in values(5000, 1).items()}
    found = explain(64, 5000, exact_up_to=exact_up_to)
    for o, party in enumerate(("all", "one", "two")):
        at = found.sel(party=party)
        assert float(at["gap"]) == pytest.approx(many["b"][:, o].mean() - many["a"][:, o].mean(), rel=1e-12)
        assert float(at["from_npv"]) == pytest.approx(many["a"][:, o].mean(), rel=1e-12)
    reported = found.sel(party="reported")
    assert float(reported["gap"]) == pytest.approx(many["b"][:, 1].mean() - many["a"][:, 0].mean(), rel=1e-12)
    np.testing.assert_allclose(found["shapley"].sum("assumption"), found["gap"], rtol=1e-11)
    np.testing.assert_allclose(found["owen"].sum("assumption"), found["gap"], rtol=1e-11)
    np.testing.assert_allclose(found["theme_contribution"].sum("assumption_theme"), found["gap"], rtol=1e-11)


@pytest.mark.parametrize("exact_up_to", [20, 1])
def test_payers_add_up_to_their_perspective_and_a_transfer_vanishes_in_it(exact_up_to: int) -> None:
    found = explain(64, 5000, exact_up_to=exact_up_to)
    for name in ("shapley", "alone", "total"):
        by_payer = found[name].sel(party=["one", "two"]).sum("party")
        np.testing.assert_allclose(found[name].sel(party="all"), by_payer, atol=1e-11)
        assert float(found[name].sel(party="all", assumption="tax")) == pytest.approx(0.0, abs=1e-11)


def test_steps_and_their_range_agree() -> None:
    found = explain(64, 5000)
    for name in ("alone", "total"):
        assert bool((found["min_step"] <= found[name] + 1e-12).all())
        assert bool((found[name] <= found["max_step"] + 1e-12).all())


def test_one_assumption_that_differs_has_one_step() -> None:
    found = explain(64, 5000, only="effect").sel(party="all", assumption="effect")
    steps = [float(found[v]) for v in ("shapley", "alone", "total", "min_step", "max_step", "gap")]
    np.testing.assert_allclose(steps, steps[0], rtol=1e-12)


def test_the_way_back_is_the_way_there_turned_round() -> None:
    many = values(5000, 1)
    common = {"assumptions": GROUPS, "parties": ("all", "one", "two"), "replicates": 1, "sums": SUMS}
    anchors = {k: outcome(v) for k, v in many.items()}
    few = {k: v[:64] for k, v in many.items()}
    reported = {"a": "all", "b": "one"}
    there, back = (
        explain_differences(outcome, few, anchors=anchors, reported=reported, pairs=[pair], **common).isel(pair=0)  # type: ignore[arg-type]
        for pair in (("a", "b"), ("b", "a"))
    )
    np.testing.assert_allclose(there["shapley"], -back["shapley"], rtol=1e-9, atol=1e-10)


def test_what_few_draws_never_see_is_not_called_certain() -> None:
    """A shock that comes once in a thousand draws: the few draws see none of it, the difference holds it all."""
    n = 4000
    shock = np.zeros(n)
    shock[500::1000] = 300.0

    def hit(x: np.ndarray) -> np.ndarray:
        return x[:, [0]] * x[:, [1]]

    a = np.stack([shock, np.ones(n)], axis=1)
    b = np.stack([shock, np.full(n, 2.0)], axis=1)
    found = explain_differences(
        hit,
        {"a": a[:64], "b": b[:64]},
        assumptions=[AssumptionGroup("shock", "s", "t", (0,)), AssumptionGroup("size", "s", "t", (1,))],
        parties=("all",),
        reported={"a": "all", "b": "all"},
        replicates=1,
        anchors={"a": hit(a), "b": hit(b)},
    ).sel(party="all", pair="a -> b")
    assert float(found["gap"]) == pytest.approx(0.3)
    assert float(found["gap_se"]) > 0
    assert float(found["shapley"].sum()) == pytest.approx(0.3)
    assert float(found["shapley_se"].max()) > 0.1


def test_a_gap_that_is_the_same_in_every_draw_moves_nothing() -> None:
    def flat(x: np.ndarray) -> np.ndarray:
        return (x[:, [0]] * x[:, [2]] - x[:, [1]] * x[:, [2]]) + x[:, [3]]

    rng = np.random.default_rng(2)
    z = rng.normal(size=3000)
    a = np.stack([np.ones(3000), np.ones(3000), z, np.zeros(3000)], axis=1)
    b = np.stack([np.full(3000, 2.0), np.full(3000, 2.0), z, np.full(3000, 0.1)], axis=1)
    common = {
        "assumptions": [AssumptionGroup(str(k), str(k), "t", (k,)) for k in range(4)],
        "parties": ("all",),
        "reported": {"a": "all", "b": "all"},
        "replicates": 1,
    }
    few = {"a": a[:64], "b": b[:64]}
    plain = explain_differences(flat, few, **common)  # type: ignore[arg-type]
    pinned = explain_differences(flat, few, anchors={"a": flat(a), "b": flat(b)}, **common)  # type: ignore[arg-type]
    np.testing.assert_allclose(pinned["shapley"], plain["shapley"], atol=1e-12)


def test_weights_add_up_to_one_and_meet_the_ends() -> None:
    rng = np.random.default_rng(3)
    known = Ends(rng.normal(3, 1, (2000, 2)), rng.normal(-1, 2, (2000, 2)))
    ends = Ends(known.first[:40], known.last[:40])
    weights = calibrate(ends, means_of(*known))
    np.testing.assert_allclose(weights.draws.sum(axis=0), 1.0, rtol=1e-13)
    np.testing.assert_allclose(weighted_mean(ends.first[None], weights.draws)[0], known.first.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(weighted_mean(ends.last[None], weights.draws)[0], known.last.mean(axis=0), rtol=1e-12)
    assert not weights.missing_first.any()
    assert not weights.missing_last.any()


@pytest.mark.parametrize("m", [16, 64])
def test_errors_say_how_far_contributions_are_from_the_truth(m: int) -> None:
    truth = explain(40_000, 40_000, seed=99).sel(party="all")["shapley"].values
    scores = []
    for seed in range(60):
        found = explain(m, 2000, seed=seed).sel(party="all")
        scores.append((found["shapley"].values[:2] - truth[:2]) / found["shapley_se"].values[:2])
    rms = np.sqrt(np.mean(np.square(scores), axis=0))
    # 60 scores: the root mean square of a t-like score has a standard error of about 0.1
    assert ((rms > 0.6) & (rms < 1.5)).all(), rms


@pytest.mark.parametrize(("n", "replicates"), [(4096, 16), (1000, 16), (500, 1), (10, 16)])
def test_the_error_of_sums_is_that_of_the_sums_formed(n: int, replicates: int) -> None:
    rng = np.random.default_rng(7)
    x, slope = rng.normal(1e6, 1e3, (2, n, 3)), rng.normal(size=(2, 5))
    slope[:, 2] = 0.0
    x[1, :, 2] = 3.0
    known = known_ends(*(anchor_of(end, replicates) for end in x))
    for o in range(2):
        expected = monte_carlo_error((x[:, :, o].T @ slope).T, replicates)
        np.testing.assert_allclose(_error_of_sums(known, o, slope), expected, rtol=1e-10)
    np.testing.assert_allclose(known.gap_error(replicates), monte_carlo_error((x[1] - x[0]).T, replicates), rtol=1e-10)
    assert _error_of_sums(known, 2, np.array([[0.0], [1.0]])) == 0.0
    assert known_ends(*(anchor_of(np.ones((n, 1)) + k, replicates) for k in range(2))).gap_error(replicates) == 0.0


def test_a_single_draw_says_nothing_of_errors() -> None:
    known = known_ends(anchor_of(np.array([[1.0]]), 1), anchor_of(np.array([[2.0]]), 1))
    assert np.isnan(_error_of_sums(known, 0, np.ones((2, 1)))).all()
