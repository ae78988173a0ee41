"""The engine against the slow second implementation: every strategy, payer, outcome, subgroup and state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.kernel.reference import evaluate
from engine.model.compile import compile_model
from engine.run.outcomes import read_totals, read_yearly
from tests.properties.random_studies import models, write_study
from tests.properties.slow_cohort import Slow

# an example is hundreds of lines, and takes long to shrink: run one again by `print_blob`
QUIET = settings(
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)


def compare(content: dict[str, Any], calculations: tuple[str, ...] = ("one", "two")) -> None:
    study = write_study(content)
    model = compile_model(study)
    shape = model.shape
    for calculation in calculations:
        out = evaluate(model.yearly_program, model.inputs.point(calculation))
        assert not out.status.any(), "the model breaks a rule"
        totals, yearly = read_totals(shape, out.totals), read_yearly(shape, out.totals, out.yearly)
        slow = Slow(study, calculation)
        size = 1.0 + max(abs(v) for c in shape.courses for v in slow.sums(c).cost.values())
        for c, course in enumerate(shape.courses):
            about = f"{calculation}, {course}"
            own = slow.sums(course)
            near(totals.cost[c, :, 0], list(own.cost.values()), size, about)
            near(totals.outcome[c, :, 0], list(own.outcome.values()), 1.0, about)
            np.testing.assert_allclose(
                yearly.occupancy[c, :, :, 0], slow.occupancy(course), rtol=0, atol=1e-12, err_msg=about
            )
            for g, group in enumerate(shape.subgroups):
                part = slow.sums(course, group)
                near(totals.subgroup_outcome[g, c, :, 0], list(part.outcome.values()), 1.0, f"{about}, {group}")
            if c > 0:
                npv = slow.npv(course)
                near(totals.npv[c - 1, :, 0], [npv[p] for p in shape.parties], size, about)
                for g, group in enumerate(shape.subgroups):
                    npv = slow.npv(course, group)
                    near(totals.subgroup_npv[g, c - 1, :, 0], [npv[p] for p in shape.parties], 2 * size, about)


def near(ours: np.ndarray, theirs: list[float], size: float, about: str) -> None:
    """1e-11 of the size of what they are sums of; where payers receive and pay much, of all that is paid."""
    scale = max([size, *(abs(v) for v in theirs)])
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11 * scale, err_msg=about)


@settings(parent=QUIET, max_examples=30)
@given(models())
def test_the_engine_gives_what_the_slow_implementation_gives(content: dict[str, Any]) -> None:
    compare(content)


@settings(parent=QUIET, max_examples=8)
@given(models(most_states=5, most_cycles=15, tunnels=True))
def test_so_it_does_with_time_in_state_and_times_to_events(content: dict[str, Any]) -> None:
    compare(content)


@settings(parent=QUIET, max_examples=3)
@given(models(most_states=20, most_cycles=200, tunnels=False))
def test_so_it_does_in_large_models(content: dict[str, Any]) -> None:
    compare(content, ("two",))


@pytest.mark.parametrize("within", ["none", "half_cycle", 0.3, "trapezoid"])
def test_who_stays_to_the_end_is_charged_for_all_the_time_stayed(within: str | float) -> None:
    """The end of the last cycle is a stage of its own wherever amounts are asked for there."""
    free = {"label": "x", "kind": "resource", "payer": "a", "strategy": "programme", "amount": 0}
    stay = {"label": "x", "kind": "resource", "payer": "a", "state": "s0", "amount": "1000 * time_in_state"}
    content = {
        "title": "x",
        "price_year": 2023,
        "time": {"cycles": 3, "horizon": 3, "discount_rate": 0, "within_cycle": within},
        "payers": {"a": {"label": "a"}},
        "perspectives": {"all": {"label": "s", "payers": ["a"]}},
        "states": {"s0": {"label": "s0"}, "s1": {"label": "s1"}},
        "start": {"s0": 1},
        "transitions": {"s0": {"s1": {"probability": 0.0}}},
        "cost_items": {"stay": stay, "free": free},
        "strategies": {"usual": {"label": "u", "baseline": True}, "programme": {"label": "p"}},
    }
    model = compile_model(write_study(content))
    cost = read_totals(model.shape, evaluate(model.totals_program, model.inputs.point("one")).totals).cost[0, 0, 0]
    # at 0, 1, 2, 3 years: 0, 1000, 2000, 3000
    c = {"none": 0.0, "half_cycle": 0.5, "trapezoid": 0.5}.get(str(within), within)
    assert cost == pytest.approx(3000 + float(c) * 3000, rel=1e-13)
