"""What changes nothing gives the baseline, and what is written in two ways gives the same."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from engine.kernel.layout import needed_in_loop
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, compile_model
from engine.run.blocks import filled
from engine.run.outcomes import Totals, read_totals, read_yearly
from tests.properties.random_studies import STRATEGY, write_study

HERE: dict[str, Any] = {
    "title": "x",
    "price_year": 2023,
    "time": {"cycle_length": 0.5, "cycles": 12, "start_age": 20, "horizon": 6, "discount_rate": 0.03},
    "payers": {"a": {"label": "a"}, "b": {"label": "b"}},
    "perspectives": {"all": {"label": "s", "payers": ["a", "b"]}},
    "parameters": {
        name: {"label": name, "value": 0.7, "dist": "uniform(0.5, 0.95)", "unit": unit, "assumption": "x"}
        for name, unit in (("ratio", "ratio"), ("base", "ratio"))
    },
    "states": {s: {"label": s} for s in ("well", "ill", "dead")},
    "start": {"well": 0.9, "ill": 0.1},
    "transitions": {
        "well": {"ill": {"hazard": 0.31}, "dead": {"hazard": 0.037}},
        "ill": {"well": {"hazard": "0.23 * base"}, "dead": {"hazard": 0.19}},
    },
    "cost_items": {
        "care": {"label": "x", "kind": "resource", "payer": "a", "state": ["ill"], "amount": 1013},
        "end": {"label": "x", "kind": "transfer", "payer": "b", "to": "a", "transition": "ill -> dead", "amount": 77},
        "way": {"label": "x", "kind": "resource", "payer": "b", "transition": "well -> ill", "amount": 31},
    },
    "outcomes": {
        "years": {
            "label": "y",
            "unit": "years",
            "items": {"well": {"label": "x", "state": "well", "amount": 1}},
        }
    },
    "strategies": {
        "usual": {"label": "u", "baseline": True},
        STRATEGY: {"label": "p", "effects": [{"on": "well -> ill", "hazard_ratio": "ratio"}]},
    },
}


def changed(*places: tuple[str, Any]) -> dict[str, Any]:
    """`HERE` with other values at dotted places."""
    content = copy.deepcopy(HERE)
    for place, value in places:
        *way, last = place.split(".")
        at = content
        for key in way:
            at = at[int(key)] if isinstance(at, list) else at.setdefault(key, {})
        at[last] = value
    return content


def run(content: dict[str, Any]) -> tuple[CompiledModel, Totals, np.ndarray]:
    model = compile_model(write_study(content))
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    out = evaluate(model.yearly_program, model.inputs.values("one", points))
    assert not out.status.any()
    return model, read_totals(model.shape, out.totals), read_yearly(model.shape, out.totals, out.yearly).occupancy


EFFECT = f"strategies.{STRATEGY}.effects"


@pytest.mark.parametrize("dynamics", ["competing_hazards", "matrix_exponential"])
@pytest.mark.parametrize("dropout", [0, 0.3])
@pytest.mark.parametrize("fade", [1, "exponential(2)"])
@pytest.mark.parametrize("within", ["none", "half_cycle", "trapezoid"])
@pytest.mark.parametrize("uptake", [1, 0.7, "base"])
def test_a_ratio_that_is_1_in_the_draw_gives_the_baseline_to_the_last_bit(
    dynamics: str, dropout: float, fade: Any, within: str, uptake: Any
) -> None:
    effect = [{"on": "any -> dead", "hazard_ratio": "ratio / ratio", "fade": fade}]
    content = changed(
        (EFFECT, effect),
        ("dynamics", dynamics),
        ("time.within_cycle", within),
        (f"strategies.{STRATEGY}.dropout", dropout),
        (f"strategies.{STRATEGY}.uptake", uptake),
    )
    costs_are_equal(content)


def costs_are_equal(content: dict[str, Any]) -> None:
    """In both strategies, to the last bit, with years and without."""
    model = compile_model(write_study(content))
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 9))
    payers = len(model.shape.payers)
    for program, kernel in (
        (model.yearly_program, model.yearly_kernel),
        (model.money_program, model.money_kernel),
    ):
        block = filled(program, model.inputs.values("one", points))
        kernel(block)
        assert np.array_equal(block.totals[:payers], block.totals[payers : 2 * payers])
        assert block.totals[:payers].min() > 0


@pytest.mark.parametrize("kind", ["hazard_ratio", "odds_ratio", "risk_ratio"])
@pytest.mark.parametrize("complement", ["rest", "others"])
@pytest.mark.parametrize("p", ["base / 3", 0.2])
def test_a_ratio_of_probabilities_that_is_1_in_the_draw_does_so_too(kind: str, complement: str, p: Any) -> None:
    effect = {"on": "well -> ill", kind: "ratio / ratio", "fade": "exponential(2)", "complement": complement}
    costs_are_equal(
        changed(
            ("transitions.well", {"ill": {"probability": p}, "dead": {"probability": 0.1}}),
            (EFFECT, [effect]),
            (f"strategies.{STRATEGY}.uptake", "base"),
        )
    )


@pytest.mark.parametrize("uptake", [1, "base"])
def test_costs_after_the_loop_are_those_of_every_cycle(uptake: Any) -> None:
    model = compile_model(write_study(changed((f"strategies.{STRATEGY}.uptake", uptake))))
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 9))
    values = model.inputs.values("one", points)
    money, years = evaluate(model.money_program, values), evaluate(model.yearly_program, values)
    assert len(needed_in_loop(model.money_program)) < len(needed_in_loop(model.yearly_program))
    costs = 2 * len(model.shape.payers)
    np.testing.assert_allclose(money.totals[:costs], years.totals[:costs], rtol=1e-12, atol=1e-9)


def test_amounts_of_two_transitions_with_one_probability_are_summed_alike_in_all_strategies() -> None:
    content = changed(
        ("transitions.well", {"ill": {"probability": 0.1}, "dead": {"probability": 0.1}}),
        ("cost_items.other", HERE["cost_items"]["way"] | {"transition": "well -> dead", "amount": 0.1 + 0.2}),
        (EFFECT, [{"on": "well -> ill", "risk_ratio": "ratio / ratio"}]),
    )
    costs_are_equal(content)


def same(one: dict[str, Any], other: dict[str, Any], *, rel: float = 1e-12) -> None:
    (_, a, at), (_, b, also_at) = run(one), run(other)
    np.testing.assert_allclose(a.cost, b.cost, rtol=rel)
    np.testing.assert_allclose(a.outcome, b.outcome, rtol=rel)
    np.testing.assert_allclose(at, also_at, rtol=rel, atol=1e-14)


def test_equal_subgroups_are_the_cohort_and_their_shares_weigh_the_total() -> None:
    groups = {"one": {"label": "1", "share": "base / 2"}, "two": {"label": "2", "share": "1 - base / 2"}}
    same(HERE, changed(("subgroups", groups)))
    groups["two"] |= {"set": {"base": "base * 1.5"}}
    model, totals, _ = run(changed(("subgroups", groups)))
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    share = model.inputs.values("one", points)[model.inputs.names.index("base")] / 2
    first, second = totals.subgroup_npv
    np.testing.assert_allclose(share * first + (1 - share) * second, totals.npv, rtol=1e-9)
    assert np.all(totals.subgroup_outcome[0] != totals.subgroup_outcome[1])


def test_a_strategy_that_combines_one_is_that_one() -> None:
    alike = {"label": "c", "combines": [STRATEGY]}
    _, totals, occupancy = run(changed(("strategies.alike", alike)))
    assert np.array_equal(totals.cost[1], totals.cost[2])
    assert np.array_equal(occupancy[1], occupancy[2])


def test_no_dropout_is_none_and_endless_dropout_is_the_baseline() -> None:
    same(HERE, changed((f"strategies.{STRATEGY}.dropout", "(base - base) / cycle_length")))
    _, totals, occupancy = run(changed((f"strategies.{STRATEGY}.dropout", 1e4)))
    # whoever leaves at the end of the first cycle has had that cycle's effect, which dies away
    _, often, _ = run(
        changed((f"strategies.{STRATEGY}.dropout", 1e4), ("time.cycle_length", 0.01), ("time.cycles", 600))
    )
    gap, small = (np.abs(t.npv[0, 0]).max() / t.cost[0].max() for t in (totals, often))
    assert small < gap / 20
    assert np.abs(occupancy[1] - occupancy[0]).max() < 0.08


def test_no_ramp_is_none_and_a_ramp_weakens() -> None:
    same(HERE, changed((f"{EFFECT}.0.ramp_up", "(base - base) * cycle_length")))
    full, slow = run(HERE)[1], run(changed((f"{EFFECT}.0.ramp_up", 3)))[1]
    assert np.all(np.abs(slow.npv[0, 0]) < np.abs(full.npv[0, 0]))


def test_more_uptake_never_shrinks_a_change() -> None:
    sizes = [np.abs(run(changed((f"strategies.{STRATEGY}.uptake", u)))[1].npv) for u in (0, 0.2, 0.5, 0.9, 1)]
    assert np.all(np.diff(sizes, axis=0) >= 0)
    assert np.all(sizes[0] == 0)


def test_a_tunnel_that_nothing_depends_on_is_no_tunnel() -> None:
    late = changed(("states.ill.tunnel", 4), ("transitions.ill.dead.hazard", "0.19 + 0 * base * time_in_state"))
    same(changed(("states.ill.tunnel", 4)), HERE)
    same(late, HERE)
    for tunnel in (1, 2, 7, 600):
        same(
            changed(("states.ill.tunnel", tunnel), ("transitions.ill.dead", {"time_to_event": "exponential(0.19)"})),
            HERE,
        )


def test_matrix_exponentials_and_competing_hazards_meet_as_cycles_shrink() -> None:
    def gap(n: int) -> float:
        clock = ("time.cycle_length", 6 / n), ("time.cycles", n)
        one, other = (run(changed(("dynamics", d), *clock))[2] for d in ("matrix_exponential", "competing_hazards"))
        return float(np.abs(one[..., -1, :] - other[..., -1, :]).max())

    gaps = [gap(n) for n in (12, 48, 192)]
    # the error is of first order in the length of a cycle
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.15)
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.05)
