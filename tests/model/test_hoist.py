from __future__ import annotations

import numpy as np
import pytest

from engine.kernel.reference import evaluate
from engine.model.hoist import Graph, Ref, Stage


def test_what_depends_on_nothing_is_folded_to_a_constant() -> None:
    g = Graph(3)
    value = g.mul(g.add(g.const(2.0), g.const(3.0)), g.exp(g.const(0.0)))
    assert value.stage is Stage.STUDY
    assert g.constant(value) == 5.0


def test_what_depends_on_the_cycle_alone_is_computed_beforehand() -> None:
    g = Graph(3)
    value = g.mul(g.series([1.0, 2.0, 3.0]), g.const(2.0))
    assert value.stage is Stage.CYCLE
    np.testing.assert_array_equal(g.known(value), [2.0, 4.0, 6.0])


def met(g: Graph, condition: Ref, inputs: list[list[float]]) -> list[bool]:
    """In which draws a check is met in every cycle."""
    program = g.program(totals=[], yearly=[], checks=[condition], n_inputs=len(inputs))
    return [s == 0 for s in evaluate(program, np.array(inputs)).status]


def test_the_sign_of_a_product_is_tested_outside_the_loop_where_its_largest_factor_is_known() -> None:
    g = Graph(3)
    draws = [[1.0, 0.0, -1e-13, -0.4e-12, -1e-9, np.nan]]
    for known, outside in (([0.5, 2.0, 0.0], True), ([0.5, -1e-9, 2.0], False), ([0.5, np.inf, 1.0], False)):
        value = g.mul(g.input(0), g.series(known))
        cheap, plain = g.at_least(value, -1e-12), g.compare("ge", value, g.const(-1e-12))
        assert (cheap.stage is Stage.DRAW) == outside
        with np.errstate(invalid="ignore"):
            assert met(g, cheap, draws) == met(g, plain, draws)


def test_a_value_that_falls_is_tested_by_its_ratio() -> None:
    g = Graph(4)
    ratio = g.input(0)
    fading = g.geometric(g.const(1.0), ratio)
    cheap = g.falling(fading)
    assert cheap is not None
    assert cheap.stage is Stage.DRAW
    plain = g.both(g.compare("ge", fading, g.const(0.0)), g.compare("le", fading, g.const(1.0 + 1e-12)))
    draws = [[0.0, 0.3, 1.0, 1.001, -0.3, np.nan]]
    assert met(g, cheap, draws) == met(g, plain, draws) == [True, True, True, False, False, False]
    assert g.falling(g.geometric(g.const(2.0), ratio)) is None
    assert g.falling(g.mul(fading, g.input(1))) is None


def test_stages_unite() -> None:
    g = Graph(3)
    t, x = g.series([1.0, 2.0, 3.0]), g.input(0)
    assert g.add(x, g.const(1.0)).stage is Stage.DRAW
    assert g.add(x, t).stage is Stage.DRAW_CYCLE
    assert g.carried(g.const(1.0)).stage is Stage.DRAW_CYCLE


def test_equal_operations_are_made_once() -> None:
    g = Graph(2)
    x, y = g.input(0), g.input(1)
    assert g.exp(g.mul(x, y)) == g.exp(g.mul(x, y))


def test_a_series_of_equal_values_is_a_constant() -> None:
    g = Graph(4)
    assert g.constant(g.series([2.0] * 4)) == 2.0


def test_an_operation_that_changes_nothing_is_left_out() -> None:
    g = Graph(2)
    x, zero, one = g.input(0), g.const(0.0), g.const(1.0)
    assert g.add(x, zero) == x == g.mul(one, x) == g.sub(x, zero) == g.div(x, one) == g.where(g.truth(True), x, zero)
    assert g.constant(g.mul(x, zero)) == 0.0
    assert g.log(g.exp(x)) == x == g.neg(g.neg(x))


def test_where_on_a_condition_known_per_cycle_selects_by_cycle() -> None:
    g = Graph(4)
    early = g.compare("lt", g.series([0.0, 1.0, 2.0, 3.0]), g.const(2.0))
    chosen = g.where(early, g.input(0), g.const(-1.0))
    program = g.program(totals=[], yearly=[chosen], checks=[], n_inputs=1)
    np.testing.assert_array_equal(evaluate(program, np.array([[7.0]])).yearly[0, :, 0], [7, 7, -1, -1])


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, -1, -2, 0.5, 1.5, 20, -0.3])
def test_power_is_that_of_numpy(exponent: float) -> None:
    g = Graph(1)
    value = g.power(g.input(0), g.const(exponent))
    x = np.array([[0.3, 1.0, 2.5]])
    program = g.program(totals=[value], yearly=[], checks=[], n_inputs=1)
    np.testing.assert_allclose(evaluate(program, x).totals[0], x[0] ** exponent, rtol=1e-14)


@pytest.mark.parametrize("known", [True, False])
def test_a_geometric_series_needs_no_exponential(known: bool) -> None:
    g = Graph(5)
    ratio = g.const(0.9) if known else g.input(0)
    program = g.program(totals=[], yearly=[g.geometric(g.const(2.0), ratio)], checks=[], n_inputs=1)
    assert all(o.name != "exp" for o in program.operations)
    got = evaluate(program, np.array([[0.9]])).yearly[0, :, 0]
    np.testing.assert_allclose(got, 2.0 * 0.9 ** np.arange(5), rtol=1e-14)


def test_a_program_holds_only_what_its_results_need() -> None:
    g = Graph(2)
    x = g.input(0)
    g.exp(g.input(1))
    unused = g.carried(x)
    g.follow(unused, g.mul(unused, x))
    program = g.program(totals=[g.add(x, x)], yearly=[], checks=[], n_inputs=2)
    assert [o.name for o in program.operations] == ["input", "add"]
    assert program.carried == ()


def test_a_carried_value_without_successor_is_refused() -> None:
    g = Graph(2)
    with pytest.raises(ValueError, match="next value"):
        g.program(totals=[g.carried(g.const(0.0))], yearly=[], checks=[], n_inputs=0)
