"""The compiled kernel against the plain NumPy evaluator of the same program, and against closed forms."""

from __future__ import annotations

import math
import platform

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.kernel import layout, reference
from engine.kernel.layout import LANES, Program, allocate
from engine.kernel.machine import Target
from engine.kernel.simulate import compile_program
from engine.model.hoist import MOST_BITS, Graph, Ref


def run(program: Program, inputs: NDArray[np.float64], target: Target | None = None) -> layout.Block:
    n = inputs.shape[1]
    block = allocate(program, n)
    block.inputs[: inputs.shape[0], :n] = inputs
    block.inputs[:, n:] = block.inputs[:, n - 1 : n]
    compile_program(program, target)(block)
    return block


def one_operation(name: str, arguments: int) -> Program:
    g = Graph(1)
    refs = [g.input(k) for k in range(arguments)]
    result = g._apply(name, *refs)
    if result.condition:
        result = g.where(result, g.const(1.0), g.const(0.0))
    return g.program(totals=[result], yearly=[], checks=[], n_inputs=arguments)


AWKWARD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-300,
    5e-324,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
    709.0,
    709.5,
    709.775,
    709.8,
    1e4,
    -709.3,
    -1e4,
    -708.0,
    -745.2,
]


@pytest.mark.parametrize("name", [*layout.ARITHMETIC, *layout.FUNCTIONS, *layout.CONDITIONS])
def test_each_operation_agrees_with_numpy_on_ordinary_and_awkward_numbers(name: str) -> None:
    table = {**layout.ARITHMETIC, **layout.FUNCTIONS, **layout.CONDITIONS}
    if name in ("and", "or", "not"):
        pytest.skip("takes conditions: tested below")
    rng = np.random.default_rng(5)
    plain = rng.uniform(0.1, 5.0, (table[name], 64))
    awkward = np.array(np.meshgrid(*[AWKWARD] * min(table[name], 2))).reshape(min(table[name], 2), -1)
    if table[name] == 3:
        awkward = np.vstack([awkward, np.ones(awkward.shape[1])])
    inputs = np.hstack([plain, awkward])
    got = run(one_operation(name, table[name]), inputs).totals[0, : inputs.shape[1]]
    expected = reference.evaluate(one_operation(name, table[name]), inputs).totals[0]
    if name in ("exp", "expm1"):  # what lies beyond 709 is infinity here, a little early
        early = (inputs[0] > (709.76 if name == "exp" else 709.0)) & np.isfinite(inputs[0])
        assert np.all(np.isinf(got[early]))
        got, expected = got[~early], expected[~early]
    if name in ("log", "log2"):  # subnormal numbers count as zero
        tiny = (inputs[0] > 0) & (inputs[0] < 2.3e-308)
        assert np.all(np.isneginf(got[tiny]))
        got, expected = got[~tiny], expected[~tiny]
    composed = name in ("exp", "expm1", "log", "log2", "log1p")
    np.testing.assert_allclose(got, expected, rtol=5e-16 if composed else 3e-16, atol=1e-307)


def test_exp_and_log_are_good_to_three_units_in_the_last_place() -> None:
    x = np.linspace(-700, 700, 200_000)[None, :]
    got = run(one_operation("exp", 1), x).totals[0, : x.shape[1]]
    assert np.max(np.abs(got / np.exp(x[0]) - 1)) < 3 * 2.3e-16
    for middle in (0.0, 1.0, -10.0, -708.3, 709.7):  # where what is chosen from the table changes
        x = np.linspace(middle - 0.05, middle + 0.05, 100_000)[None, :]
        got = run(one_operation("exp", 1), x).totals[0, : x.shape[1]]
        assert np.max(np.abs(got / np.exp(x[0]) - 1)) < 3 * 2.3e-16
    x = np.linspace(-700, 700, 200_000)[None, :]
    y = np.exp(x)
    got = run(one_operation("log", 1), y).totals[0, : y.shape[1]]
    reference_log = np.log(y[0])
    assert np.max(np.abs(got - reference_log) / np.maximum(np.abs(reference_log), 1e-3)) < 3 * 2.3e-16


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_expm1_and_log1p_keep_the_digits_of_small_numbers(sign: float) -> None:
    x = sign * np.concatenate([10.0 ** np.linspace(-300, -0.3, 50_000), np.linspace(0.3, 0.99, 50_000)])[None, :]
    for name, exact in (("expm1", np.expm1), ("log1p", np.log1p)):
        got = run(one_operation(name, 1), x).totals[0, : x.shape[1]]
        assert np.max(np.abs(got / exact(x[0]) - 1)) < 4 * 2.3e-16, name
    large = np.linspace(1, 700, 50_000)[None, :] * sign
    got = run(one_operation("expm1", 1), large).totals[0, : large.shape[1]]
    assert np.max(np.abs(got / np.expm1(large[0]) - 1)) < 4 * 2.3e-16
    assert run(one_operation("log1p", 1), np.exp(np.full((1, 1), 600.0))).totals[0, 0] == pytest.approx(600, rel=1e-15)


def test_exp_ends_in_zero_and_infinity_and_keeps_nan() -> None:
    x = np.array([[-math.inf, -1e300, -750.0, -709.1, -708.9, -708.4, 709.78, 710.0, 1e300, math.inf, math.nan]])
    got = run(one_operation("exp", 1), x).totals[0, : x.shape[1]]
    assert got[:4].tolist() == [0.0] * 4
    assert np.all((got[4:6] >= 0) & (got[4:6] < 2.3e-308))
    assert got[6:10].tolist() == [math.inf] * 4
    assert math.isnan(got[10])
    g = Graph(1)
    negated = g.program(totals=[g.exp(g.neg(g.input(0)))], yearly=[], checks=[], n_inputs=1)
    np.testing.assert_array_equal(run(negated, -x).totals[0, : x.shape[1]], got)


@pytest.mark.parametrize("limit", [0.0, 1.0, -math.inf, math.nan])
def test_limits_that_are_constants_keep_nan_too(limit: float) -> None:
    g = Graph(1)
    a, c = g.input(0), g.const(limit)
    totals = [g.minimum(a, c), g.minimum(c, a), g.maximum(a, c), g.maximum(c, a)]
    program = g.program(totals=totals, yearly=[], checks=[], n_inputs=1)
    x = np.array([AWKWARD])
    got = run(program, x).totals[:, : x.shape[1]]
    smaller, larger = np.minimum(x[0], limit), np.maximum(x[0], limit)
    np.testing.assert_array_equal(got, [smaller, smaller, larger, larger])


def test_floor_rounds_down_also_below_zero() -> None:
    x = np.array([[2.5, 2.0, -2.5, -0.2, 0.9999999999999999, 1e300, 3e15 + 0.5]])
    assert run(one_operation("floor", 1), x).totals[0, :7].tolist() == [2, 2, -3, -1, 0, 1e300, 3e15]


@pytest.mark.parametrize("target", [None, Target("haswell", "+avx2,+fma")])
def test_powers_of_two_are_good_to_three_units_in_the_last_place_within_their_limits(target: Target | None) -> None:
    g = Graph(1)
    x = g.input(0)
    program = g.program(totals=[g.exp2(x), g.exp2(g.neg(x)), g.halved(x)], yearly=[], checks=[], n_inputs=1)
    values = np.concatenate([np.linspace(-1022, 1023, 200_000), np.linspace(-0.1, 0.1, 50_000), [0.0, -0.0, 1.0]])
    got = run(program, values[None, :], target).totals[:, : values.size]
    assert np.max(np.abs(got[0] / np.exp2(values) - 1)) < 3 * 2.3e-16
    small = values <= 1022
    assert np.max(np.abs(got[1, small] / np.exp2(-values[small]) - 1)) < 3 * 2.3e-16
    np.testing.assert_array_equal(got[2, small], got[1, small])
    assert np.all(got[:, -3:] == [[1.0, 1.0, 2.0], [1.0, 1.0, 0.5], [1.0, 1.0, 0.5]])
    ends = run(program, np.array([[-1023.0, math.inf, 1e300, math.nan]]), target).totals[:, :4]
    assert ends[0, 0] == 0.0
    assert ends[2, 1:3].tolist() == [0.0, 0.0]
    assert np.isnan(ends[:, 3]).all()


def test_logarithms_to_base_two_are_good_to_three_units_in_the_last_place() -> None:
    y = np.exp2(np.linspace(-1000, 1000, 200_000))[None, :]
    y = np.hstack([y, np.linspace(0.5, 2.0, 100_001)[None, :]])
    got, exact = run(one_operation("log2", 1), y).totals[0, : y.shape[1]], np.log2(y[0])
    assert np.max(np.abs(got - exact) / np.maximum(np.abs(exact), 1e-3)) < 3 * 2.3e-16


def test_a_factor_goes_into_what_does_not_change_with_draw_and_cycle_at_once() -> None:
    g = Graph(3)
    a, t = g.input(0), g.series([1.0, 2.0, 4.0])
    x = g.carried(g.const(1.0))
    g.follow(x, g.mul(x, a))
    ways = [g.mul(a, t), g.neg(g.mul(g.mul(t, a), x)), g.div(g.mul(x, t), x), g.add(x, g.mul(a, t)), x]
    program = g.program(totals=[], yearly=[g.scaled(w, 3.0) for w in ways], checks=[], n_inputs=1)
    plain = g.program(totals=[], yearly=ways, checks=[], n_inputs=1)
    inputs = np.linspace(0.1, 0.9, 5)[None, :]
    expected = 3.0 * reference.evaluate(plain, inputs).yearly
    np.testing.assert_allclose(reference.evaluate(program, inputs).yearly, expected, rtol=1e-15)
    # with what follows x; the sum and x are multiplied in the loop
    products = [
        sum(o.in_loop and o.name == "mul" for o in p.operations)
        for p in (
            g.program(totals=[], yearly=[g.scaled(w, 3.0) for w in ways[:3]], checks=[], n_inputs=1),
            g.program(totals=[], yearly=ways[:3], checks=[], n_inputs=1),
        )
    ]
    assert products[0] == products[1]


def test_exp_of_zero_and_log_of_one_are_exact() -> None:
    x = np.zeros((1, LANES))
    assert np.all(run(one_operation("exp", 1), x).totals == 1.0)
    assert np.all(run(one_operation("log", 1), x + 1.0).totals == 0.0)


def example() -> tuple[Graph, Program]:
    """A loop with everything in it: carried values, series, conditions, checks, yearly output."""
    g = Graph(7)
    a, b, c = g.input(0), g.input(1), g.input(2)
    t = g.series(np.arange(7.0))
    x = g.carried(a)
    y = g.carried(g.const(0.0))
    odd = g.compare("eq", g.sub(t, g.mul(g.const(2.0), g.series([0, 0, 1, 1, 2, 2, 3]))), g.const(1.0))
    rate = g.exp(g.neg(g.mul(b, t)))
    late = g.both(odd, g.negation(g.compare("gt", c, g.const(0.5))))
    g.follow(x, g.where(late, g.mul(x, rate), g.add(x, c)))
    g.follow(y, g.fma(x, g.log(g.add(t, g.const(1.5))), y))
    checks = [g.compare("lt", x, g.const(3.0)), g.compare("ge", c, g.const(0.0)), g.either(odd, g.compare("lt", b, c))]
    total = g.add(g.mul(y, y), a)
    return g, g.program(totals=[x, total, a], yearly=[x, rate, g.div(y, b)], checks=checks, n_inputs=3)


def test_a_program_with_everything_agrees_with_the_reference() -> None:
    _, program = example()
    inputs = np.random.default_rng(1).uniform(-0.1, 1.0, (3, 101))
    block = run(program, inputs)
    expected = reference.evaluate(program, inputs)
    np.testing.assert_allclose(block.totals[:, :101], expected.totals, rtol=1e-12)
    np.testing.assert_allclose(block.yearly[:, :, :101], expected.yearly, rtol=1e-12)
    np.testing.assert_array_equal(block.status[:101], expected.status)
    assert set(np.unique(expected.status)) - {0}


def in_rows(block: layout.Block) -> NDArray[np.float64]:
    """Yearly figures (y, t, d) of a program that writes them vector by vector."""
    vectors, cycles, rows, lanes = block.yearly.shape
    return block.yearly.transpose(2, 1, 0, 3).reshape(rows, cycles, vectors * lanes)


def test_fewer_results_of_a_program_are_the_same_bits_and_its_checks_are_made() -> None:
    _, program = example()
    inputs = np.random.default_rng(1).uniform(-0.1, 1.0, (3, 101))
    whole = run(program, inputs)
    for totals, yearly in (([1], [2, 0]), ([2, 0], []), ([], [1])):
        few = layout.narrowed(program, totals=totals, yearly=yearly)
        assert len(few.operations) <= len(program.operations)
        block = run(few, inputs)
        np.testing.assert_array_equal(block.totals[: len(totals)], whole.totals[totals])
        np.testing.assert_array_equal(in_rows(block), whole.yearly[yearly])
        np.testing.assert_array_equal(block.status, whole.status)
    alone = layout.narrowed(program, totals=[2], yearly=[])
    assert len(alone.carried) == 1  # x, which checks read; y is nobody's


def test_a_program_that_stops_has_the_totals_of_one_of_fewer_cycles_and_writes_no_more() -> None:
    _, program = example()
    inputs = np.random.default_rng(3).uniform(-0.1, 1.0, (3, 40))
    stopping = layout.narrowed(program, totals=range(3), yearly=range(3))
    kernel = compile_program(stopping)
    for cycles in (1, 4, 7):
        short = run(program._replace(n_cycles=cycles, series=program.series[:, :cycles]), inputs)
        block = allocate(stopping, 40)._replace(cycles=cycles)
        block.inputs[:] = inputs
        block.yearly.fill(-1.0)
        kernel(block)
        np.testing.assert_array_equal(block.totals, short.totals)
        np.testing.assert_array_equal(block.status, short.status)
        np.testing.assert_array_equal(in_rows(block)[:, :cycles], short.yearly)
        assert (block.yearly[:, cycles:] == -1.0).all()
    for other, cycles in ((stopping, 0), (stopping, 8), (program, 3)):
        with pytest.raises(ValueError, match="cycles"):
            compile_program(other)(allocate(other, 8)._replace(cycles=cycles))


def test_inputs_behind_an_operation_are_those_that_move_it() -> None:
    _, program = example()
    assert layout.inputs_of(program, [program.yearly[1]]) == [1]  # a rate, of b and time
    assert layout.inputs_of(program, [program.totals[2]]) == [0]
    assert layout.inputs_of(program, [program.totals[0]]) == [0, 1, 2]  # through what is carried


def test_a_draw_has_the_same_bits_wherever_it_stands() -> None:
    _, program = example()
    inputs = np.random.default_rng(2).uniform(0.0, 1.0, (3, 50))
    together = run(program, inputs).totals[:, :50]
    for start in (0, 3, 17):
        alone = run(program, inputs[:, start : start + 5]).totals[:, :5]
        np.testing.assert_array_equal(alone, together[:, start : start + 5])


def test_reference_tells_which_check_failed_in_which_cycle() -> None:
    g = Graph(5)
    x = g.carried(g.input(0))
    g.follow(x, g.add(x, g.const(1.0)))
    program = g.program(totals=[x], yearly=[], checks=[g.compare("lt", x, g.const(3.5))], n_inputs=1)
    failures = reference.evaluate(program, np.array([[0.0, -9.0, 1.0]])).failures
    assert [(f.check, f.cycle, f.draws.tolist()) for f in failures] == [(0, 3, [2])]


def test_a_program_without_inputs_runs() -> None:
    g = Graph(3)
    x = g.carried(g.const(1.0))
    g.follow(x, g.mul(x, g.series([0.5, 0.25, 0.125])))
    program = g.program(totals=[x], yearly=[x], checks=[], n_inputs=0)
    block = run(program, np.zeros((0, 3)).reshape(0, 3) if program.n_inputs else np.zeros((1, 3)))
    assert block.totals[0, 0] == 0.5 * 0.25 * 0.125


def test_compiled_code_survives_bounds_of_status_bits() -> None:
    g = Graph(1)
    a = g.input(0)
    checks: list[Ref] = [g.compare("ne", a, g.const(float(k))) for k in range(100)]
    program = g.program(totals=[a], yearly=[], checks=checks, n_inputs=1)
    status = run(program, np.array([[0.0, 5.0, 61.0, 99.0, 200.0]])).status[:5]
    last = 1 << (MOST_BITS - 1)
    assert status.tolist() == [1, 32, last, last, 0]


def summed(cycles: int = 5) -> Program:
    """A program with sums, and a value that is carried in a loop of its own."""
    g = Graph(cycles)
    a, b = g.input(0), g.input(1)
    x = g.carried(a)
    g.follow(x, g.fma(x, b, g.series(np.arange(float(cycles)))))
    highest = g.carried(g.const(0.0), loop=2)
    g.follow(highest, g.maximum(highest, g.mul(g.kept(x), b)))
    last = g.carried(b, loop=1)
    g.follow(last, g.where(g.compare("gt", g.kept(x), g.kept(g.sub(x, b))), g.series(np.arange(float(cycles))), last))
    return g.program(totals=[x, highest, g.add(last, a)], yearly=[x], checks=[], n_inputs=2, sums=[x, g.mul(x, a), b])


def test_a_program_of_several_loops_agrees_with_the_reference() -> None:
    inputs = np.random.default_rng(3).uniform(-1.0, 1.0, (2, 77))
    expected = reference.evaluate(summed(), inputs)
    np.testing.assert_allclose(run(summed(), inputs).totals[:, :77], expected.totals, rtol=1e-12, atol=1e-15)
    x = np.concatenate([inputs[:1], expected.yearly[0]])  # by hand, from the years
    np.testing.assert_allclose(expected.totals[1], np.maximum(0.0, (x[1:] * inputs[1]).max(axis=0)))


@pytest.mark.parametrize("n", [1, 8, 255, 256, 257, 700])
def test_sums_are_over_the_draws_of_each_tile_and_not_over_lanes_that_fill_up(n: int) -> None:
    program = summed()
    inputs = np.random.default_rng(4).uniform(-1.0, 1.0, (2, n))
    got = layout.sums_of(program, run(program, inputs))
    yearly = reference.evaluate(program, inputs).yearly[0]
    by_hand = np.stack([yearly, yearly * inputs[0], np.broadcast_to(inputs[1], yearly.shape)])
    expected = [by_hand[..., a : a + layout.TILE].sum(axis=-1) for a in range(0, n, layout.TILE)]
    np.testing.assert_allclose(got, np.stack(expected, axis=-1), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(reference.evaluate(program, inputs).sums, got, rtol=1e-12, atol=1e-13)


def test_sums_of_a_tile_are_the_same_bits_wherever_it_stands() -> None:
    program = summed()
    inputs = np.random.default_rng(5).uniform(-1.0, 1.0, (2, 1000))
    together = layout.sums_of(program, run(program, inputs))
    for k, start in enumerate(range(0, 1000, layout.TILE)):
        alone = layout.sums_of(program, run(program, inputs[:, start : start + layout.TILE]))
        np.testing.assert_array_equal(alone[..., 0], together[..., k])


def test_draws_that_do_not_count_leave_no_trace_in_sums_even_if_they_are_no_numbers() -> None:
    program = summed()
    inputs = np.random.default_rng(6).uniform(-1.0, 1.0, (2, 300))
    inputs[0, [3, 290]] = np.nan
    block = allocate(program, 300)
    block.inputs[:, :300] = inputs
    block.counted[[3, 290]] = 0
    kernel = compile_program(program)
    for _ in range(2):  # a second run starts from nothing
        kernel(block)
        got = layout.sums_of(program, block)
    inputs[:, [3, 290]] = 0.0
    yearly = reference.evaluate(program, inputs).yearly[0]
    yearly[:, [3, 290]] = 0.0
    expected = np.stack([yearly[:, :256].sum(axis=1), yearly[:, 256:].sum(axis=1)], axis=-1)
    np.testing.assert_allclose(got[0], expected, rtol=1e-12, atol=1e-13)


def test_inputs_may_be_read_from_any_rows_of_a_larger_array() -> None:
    _, program = example()
    rng = np.random.default_rng(3)
    a, b = rng.uniform(-0.1, 1.0, (2, 3, 64))
    both = np.vstack([a, b])
    for chosen in ([0, 1, 2], [3, 4, 5], [0, 4, 2], [2, 2, 0]):
        expected = run(program, both[chosen])
        block = allocate(program, 64)._replace(inputs=both, rows=np.array(chosen))
        compile_program(program)(block)
        np.testing.assert_array_equal(block.totals, expected.totals)
        np.testing.assert_array_equal(block.yearly, expected.yearly)
        np.testing.assert_array_equal(block.status, expected.status)


def test_parts_of_a_block_may_read_rows_of_their_own() -> None:
    _, program = example()
    rng = np.random.default_rng(8)
    large = rng.uniform(-0.1, 1.0, (7, 16))
    rows = rng.integers(7, size=(5, 3))
    block = allocate(program, 5 * 16)._replace(inputs=large, rows=rows)
    compile_program(program)(block)
    alone = [run(program, large[own]) for own in rows]
    np.testing.assert_array_equal(block.totals, np.concatenate([one.totals for one in alone], axis=-1))
    np.testing.assert_array_equal(block.yearly, np.concatenate([one.yearly for one in alone], axis=-1))
    np.testing.assert_array_equal(block.status, np.concatenate([one.status for one in alone]))


@pytest.mark.parametrize("rows", [np.zeros((0, 3), int), np.zeros((3, 3), int), np.zeros((4, 3), int)])
def test_parts_that_are_not_whole_vectors_of_a_block_are_refused(rows: np.ndarray) -> None:
    _, program = example()
    block = allocate(program, 16)._replace(rows=rows)
    with pytest.raises(ValueError, match="rows"):
        compile_program(program)(block)


def test_a_program_with_sums_is_not_run_in_parts() -> None:
    program = summed()
    with pytest.raises(ValueError, match="parts are of a program without sums"):
        compile_program(program)(allocate(program, 16)._replace(rows=np.zeros((2, 2), int)))


def test_inputs_may_be_some_columns_of_a_larger_array() -> None:
    _, program = example()
    large = np.random.default_rng(4).uniform(-0.1, 1.0, (3, 200))
    block = allocate(program, 40)._replace(inputs=large[:, 33:])
    compile_program(program)(block)
    np.testing.assert_array_equal(block.totals, run(program, large[:, 33:73]).totals)


def test_arrays_that_do_not_fit_are_refused_before_anything_is_written() -> None:
    _, program = example()
    kernel, right = compile_program(program), allocate(program, 16)
    right.totals[:] = 0.0
    right.status[:] = 0
    wrong = {
        "totals": [
            right.totals[:, ::2],
            np.zeros(right.totals.shape, np.float32),
            right.totals[:1],
            right.totals[:, :8],
        ],
        "yearly": [right.yearly[:, :3], right.yearly[:2], right.yearly[0]],
        "status": [right.status[:12], right.status.astype(np.int32)],
        "inputs": [right.inputs[:, :8], right.inputs[:2], np.asfortranarray(right.inputs), right.inputs.astype(int)],
        "rows": [np.array([0, 1]), np.array([0, 1, 3]), np.array([-1, 1, 2]), np.array([0.0, 1.0, 2.0])],
    }
    for name, arrays in wrong.items():
        for array in arrays:
            with pytest.raises(ValueError, match=r"totals|yearly|status|inputs|rows"):
                kernel(right._replace(**{name: array}))
    frozen = right.totals.copy()
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="totals"):
        kernel(right._replace(totals=frozen))


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of processors of one family")
@pytest.mark.parametrize("target", [Target("x86-64", ""), Target("haswell", "+fma,+avx2")])
def test_a_simpler_processor_gives_the_same_bits(target: Target) -> None:
    _, program = example()
    inputs = np.random.default_rng(6).uniform(-0.1, 1.0, (3, 101))
    here, there = (run(program, inputs, wanted) for wanted in (None, target))
    for ours, theirs in zip(here[1:4], there[1:4], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    rng = np.random.default_rng(7)
    for name, size in (layout.ARITHMETIC | layout.FUNCTIONS).items():
        values = np.hstack([rng.normal(0, 300, (size, 4096)), rng.normal(0, 1, (size, 4096)), [AWKWARD] * size])
        ours, theirs = (run(one_operation(name, size), values, wanted).totals for wanted in (None, target))
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


def test_sums_of_what_no_cycle_changes_are_made_too() -> None:
    g = Graph(3)
    program = g.program(totals=[g.input(0)], yearly=[], checks=[], n_inputs=1, sums=[g.const(0.5), g.input(0)])
    got = layout.sums_of(program, run(program, np.arange(10.0)[None]))
    np.testing.assert_array_equal(got, np.repeat([[[5.0]], [[45.0]]], 3, axis=1))
