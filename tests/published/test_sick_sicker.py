"""The engine's Sick-Sicker against print and against plain matrices."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published import by_engine
from tests.published import sick_sicker_by_hand as hand
from tests.published.as_printed import check_best_from, check_distribution, check_table

LAWS = {"code": "code", "manuscript": "table"}


def test_the_engine_gives_the_printed_costs_qalys_and_icers() -> None:
    found = by_engine.point("sick_sicker", "code")
    check_table(hand.STRATEGIES, (found.cost, found.outcome["qaly"]), (hand.COSTS, hand.QALYS, hand.INCREMENTS))


def test_the_engine_gives_the_printed_trace() -> None:
    rows = by_engine.trace("sick_sicker", "code")[0, :, :6].T
    np.testing.assert_allclose(rows, hand.TRACE, atol=5e-4 * (1 + 1e-9))


@pytest.mark.parametrize("calculation", list(LAWS))
def test_engine_and_matrices_agree_draw_by_draw(calculation: str) -> None:
    assert by_engine.compiled("sick_sicker").shape.courses == hand.STRATEGIES
    values, found = by_engine.some_draws("sick_sicker", calculation)
    costs, qalys = hand.totals(values)
    np.testing.assert_allclose(found.cost, costs, rtol=1e-9)
    np.testing.assert_allclose(found.outcome["qaly"], qalys, rtol=1e-9)


@pytest.mark.parametrize(("calculation", "laws"), list(LAWS.items()))
def test_costs_and_qalys_are_distributed_as_by_hand(calculation: str, laws: str) -> None:
    found = by_engine.run("sick_sicker")[calculation]
    costs, qalys = hand.totals(hand.draw(8192, 2023, laws=laws))
    for k, strategy in enumerate(hand.STRATEGIES):
        check_distribution(found.cost[k], costs[k], ("cost", strategy))
        check_distribution(found.outcome["qaly"][k], qalys[k], ("qaly", strategy))


@pytest.mark.parametrize("calculation", list(LAWS))
def test_the_engine_prefers_what_is_printed_at_each_threshold(calculation: str) -> None:
    found = by_engine.run("sick_sicker")[calculation]
    check_best_from(
        hand.STRATEGIES, found.cost, found.outcome["qaly"], hand.BEST_FROM, hand.BEST_GRID, hand.DRAWS_PRINTED
    )
