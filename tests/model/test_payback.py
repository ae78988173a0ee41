"""Pay-back carried through the loop against pay-back found in the stored years."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.kernel.layout import Program
from engine.kernel.reference import evaluate
from engine.kernel.simulate import compile_program
from engine.model.hoist import Graph, Ref
from engine.model.payback import Paybacks, flows
from engine.model.savings import Amount, by_party, net_saving
from engine.run.blocks import filled
from engine.run.outcomes import accumulate, payback_time, with_last_boundary, without_rounding

Array = NDArray[np.float64]

CASES = [
    ([-10.0, 4.0, 8.0, 1.0], 2.75),
    ([-10.0, 10.0, 0.0, 0.0], 2.0),
    ([-10.0, 4.0, 2.0, 1.0], np.inf),
    ([1.0, 1.0, 1.0, 1.0], 0.0),
    ([0.0, 0.0, 0.0, 0.0], np.nan),
    ([0.0, 3.0, 0.0, 0.0], 0.0),
    ([0.0, 0.0, -3.0, 6.0], 3.5),
    ([0.1, 0.2, -0.3, 0.0], 0.0),  # 2.8e-17 of rounding is left
    ([-0.3, 0.1, 0.2, 0.0], 3.0),
    ([-0.3, 0.1, 0.2, -0.1], np.inf),
    ([5.0, -10.0, 20.0, 0.0], 2.25),
    ([-10.0, 20.0, -15.0, 10.0], 3.5),
    ([5.0, 5.0, 5.0, -20.0], np.inf),
    ([5.0, 5.0, 5.0, -15.0], 0.0),
]


def by_cycle(g: Graph, first: int) -> Ref:
    """Input first + t in cycle t."""
    cycles = range(g.n_cycles)
    return g.dot([(g.input(first + t), g.series(np.arange(g.n_cycles) == t)) for t in cycles])


def program_of(cycles: int, step: float = 1.0) -> Program:
    """Undiscounted and discounted pay-back of savings that are inputs, the discount factor's ratio the last one."""
    g = Graph(cycles)
    saving, factor = by_cycle(g, 0), g.geometric(g.const(1.0), g.input(cycles))
    paybacks = Paybacks(g, step)
    times = [paybacks.time(saving, g.const(1.0)), paybacks.time(saving, factor)]
    return g.program(totals=times, yearly=[], checks=[], n_inputs=cycles + 1)


def by_kernel(program: Program, inputs: Array) -> Array:
    block = filled(program, inputs)
    compile_program(program)(block)
    return block.totals[:, : inputs.shape[1]]


@pytest.mark.parametrize("evaluator", ["kernel", "reference"])
def test_pay_back_is_the_time_after_which_the_sum_is_never_negative(evaluator: str) -> None:
    program = program_of(4, 0.5)
    inputs = np.array([[*saving, 1.0] for saving, _ in CASES]).T
    got = by_kernel(program, inputs) if evaluator == "kernel" else evaluate(program, inputs).totals
    expected = np.array([0.5 * time for _, time in CASES])
    np.testing.assert_allclose(got, [expected, expected], rtol=1e-14)


def hard(rng: np.random.Generator, cycles: int, n: int) -> Array:
    """Savings (t, d) with all that can go wrong: sums that cancel, years of nothing, many turns, amounts far apart."""
    saving = rng.normal(0.1, 1.0, (cycles, n)) * 10.0 ** rng.integers(-3, 4, (cycles, n))
    saving[rng.uniform(size=saving.shape) < 0.3] = 0.0
    whole = rng.integers(-2, 3, (cycles, n)).astype(float)
    saving = np.where(rng.uniform(size=n) < 0.4, 0.1 * whole, saving)
    back = rng.integers(1, cycles, n)
    for d in np.flatnonzero(rng.uniform(size=n) < 0.3):  # back to 0, to rounding
        saving[back[d], d] = -saving[: back[d], d].sum()
    saving[:, rng.uniform(size=n) < 0.02] = 0.0
    return saving


def test_pay_back_in_the_loop_is_pay_back_in_the_stored_years() -> None:
    rng = np.random.default_rng(8)
    cycles, n, step = 9, 3000, 0.25
    saving, ratio = hard(rng, cycles, n), rng.uniform(0.9, 1.0, n)
    inputs = np.vstack([saving, ratio])
    factor = ratio ** np.arange(cycles)[:, None]
    expected = np.stack([payback_time(accumulate(saving * f), step) for f in (1.0, factor)])
    kinds = [(expected == 0), np.isinf(expected), np.isnan(expected), (expected > 0) & np.isfinite(expected)]
    assert min(kind.sum() for kind in kinds) > 50
    program = program_of(cycles, step)
    for got in (by_kernel(program, inputs), evaluate(program, inputs).totals):
        np.testing.assert_array_equal(got == 0, expected == 0)
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_money_of_the_last_boundary_counts_with_the_cycle_that_it_ends() -> None:
    rng = np.random.default_rng(9)
    cycles, n = 6, 1000
    cost = rng.normal(0.0, 1.0, (2, 2, cycles + 1, n))  # payer, course
    cost[:, :, :, rng.uniform(size=n) < 0.3] = 0.5
    ratio = rng.uniform(0.9, 1.0, n)
    g = Graph(cycles + 1)
    factor = g.geometric(g.const(1.0), g.input(4 * (cycles + 1)))
    own = [[by_cycle(g, (2 * p + c) * (cycles + 1)) for c in range(2)] for p in range(2)]
    savings = [net_saving(g, *of_payer) for of_payer in own]
    paybacks = Paybacks(g, 1.0, shift=1)
    times = [
        paybacks.time(saving, flow.factor)
        for flow in flows(g, savings, factor, by_boundary=True)
        for saving in by_party(g, np.ones((1, 2)), flow.savings)
    ]
    program = g.program(totals=times, yearly=[], checks=[], n_inputs=4 * (cycles + 1) + 1)
    got = evaluate(program, np.vstack([cost.reshape(-1, n), ratio])).totals

    size = np.abs(cost).sum(axis=1)
    saved = without_rounding(cost[:, 0] - cost[:, 1], size)
    factors = ratio ** np.arange(cycles + 1)[:, None]
    expected = []
    for by_payer, sizes in (
        (with_last_boundary(saved), with_last_boundary(size)),
        (with_last_boundary(saved * factors), with_last_boundary(size) * factors[:-1]),
    ):
        everybody = without_rounding(by_payer.sum(axis=0), sizes.sum(axis=0))
        expected += [payback_time(accumulate(x), 1.0) for x in (everybody, *by_payer)]
    assert np.isnan(expected).any()
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_parties_that_save_alike_share_their_pay_back() -> None:
    g = Graph(3)
    amounts = [Amount(by_cycle(g, 0), g.const(0.0)), Amount(g.const(0.0), g.const(0.0))]
    alone, both, first, nothing = by_party(g, np.array([[1.0, 0.0], [1.0, 1.0]]), amounts)
    assert alone == first
    paybacks = Paybacks(g, 1.0)
    assert paybacks.time(alone, g.const(1.0)) == paybacks.time(first, g.const(1.0))
    assert np.isnan(g.constant(paybacks.time(nothing, g.const(1.0))) or 0.0)
    assert both != alone
