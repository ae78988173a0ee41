"""Arithmetic on several numbers at a time, each lane against NumPy's of the same number."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from engine.kernel import doubles
from engine.kernel.lanes import (
    any_of,
    chosen,
    four_of,
    gather,
    list_marked,
    load,
    load_again,
    load_wide,
    numbers_from,
    store,
    widened_to,
)
from engine.kernel.references import borrowed, held

RNG = np.random.default_rng(3)
REAL = RNG.normal(size=(2, 8)) * 10.0 ** RNG.integers(-3, 3, (2, 8))
SIGNED = RNG.integers(-(2**63), 2**63, (2, 8))
UNSIGNED = RNG.integers(0, 2**64, (2, 8), dtype=np.uint64)
SHORT = RNG.integers(0, 2**16, (2, 8), dtype=np.uint16)
REAL[:, 0], SIGNED[:, 0], UNSIGNED[:, 0], SHORT[:, 0] = 1.5, -4, 2**63, 2**15  # equal numbers too


def lane_by_lane(function: Any, a: NDArray[Any], b: NDArray[Any], out: NDArray[Any]) -> NDArray[Any]:
    @njit
    def run(a: Any, b: Any, out: Any) -> None:
        store(out, 0, function(load(a, 0, 8), load(b, 0, 8)))

    run(a, b, out)
    return out


def asked(function: Any, a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """1 where the answer is yes."""

    @njit
    def answer(x: Any, y: Any) -> Any:
        return chosen(function(x, y), numbers_from(np.uint64(1), 1, 8), numbers_from(np.uint64(0), 1, 8))

    return lane_by_lane(answer, a, b, np.empty(8, dtype=np.uint64))


@pytest.mark.parametrize("symbol", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_sums_products_and_quotients_of_reals_are_those_of_each_lane(symbol: Any) -> None:
    np.testing.assert_array_equal(lane_by_lane(symbol, *REAL, np.empty(8)), symbol(*REAL))


@pytest.mark.parametrize(
    "symbol", [operator.add, operator.sub, operator.mul, operator.and_, operator.or_, operator.xor]
)
@pytest.mark.parametrize("numbers", [SIGNED, UNSIGNED, SHORT], ids=["signed", "unsigned", "short"])
def test_whole_numbers_go_round_at_their_own_width(symbol: Any, numbers: NDArray[Any]) -> None:
    np.testing.assert_array_equal(lane_by_lane(symbol, *numbers, np.empty_like(numbers[0])), symbol(*numbers))


@pytest.mark.parametrize("numbers", [SIGNED, UNSIGNED, SHORT], ids=["signed", "unsigned", "short"])
@pytest.mark.parametrize("symbol", [operator.lshift, operator.rshift])
def test_shifts_to_the_right_keep_the_sign_of_signed_numbers_alone(symbol: Any, numbers: NDArray[Any]) -> None:
    by = (np.arange(8) * 2).astype(numbers.dtype)
    np.testing.assert_array_equal(lane_by_lane(symbol, numbers[1], by, np.empty_like(by)), symbol(numbers[1], by))


@pytest.mark.parametrize("symbol", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq])
@pytest.mark.parametrize("numbers", [REAL, SIGNED, UNSIGNED, SHORT], ids=["real", "signed", "unsigned", "short"])
def test_comparisons_know_whether_numbers_have_a_sign(symbol: Any, numbers: NDArray[Any]) -> None:
    np.testing.assert_array_equal(asked(symbol, *numbers), symbol(*numbers))


def test_the_smaller_and_larger_are_those_of_two_numbers_in_compiled_code() -> None:
    a = np.array([1.0, 2.0, 0.0, -0.0, math.nan, 1.0, math.inf, -math.inf])
    b = np.array([2.0, 1.0, -0.0, 0.0, 1.0, math.nan, 1.0, math.nan])

    @njit
    def alone(a: Any, b: Any, low: Any, high: Any) -> None:
        for i in range(a.size):
            low[i], high[i] = min(a[i], b[i]), max(a[i], b[i])

    low, high = np.empty(8), np.empty(8)
    alone(a, b, low, high)
    smaller = njit(lambda x, y: min(x, y))
    larger = njit(lambda x, y: max(x, y))
    assert lane_by_lane(smaller, a, b, np.empty(8)).tobytes() == low.tobytes()
    assert lane_by_lane(larger, a, b, np.empty(8)).tobytes() == high.tobytes()


def test_functions_of_one_number_and_numbers_beside_lanes() -> None:
    found = lane_by_lane(njit(lambda x, y: math.sqrt(abs(x)) * 2.0 - (-y)), *REAL, np.empty(8))
    np.testing.assert_array_equal(found, np.sqrt(np.abs(REAL[0])) * 2 + REAL[1])
    fused = lane_by_lane(njit(lambda x, y: doubles.fma(x, y, 1.0)), *REAL, np.empty(8))
    alone = np.empty(8)

    @njit
    def each(a: Any, b: Any, out: Any) -> None:
        for i in range(a.size):
            out[i] = doubles.fma(a[i], b[i], 1.0)

    each(*REAL, alone)
    np.testing.assert_array_equal(fused, alone)


def test_exponentials_and_logarithms_have_the_bits_of_one_number_alone() -> None:
    x = RNG.uniform(-800, 800, 8)
    p = 10.0 ** -RNG.uniform(0, 16, 8)
    alone = np.empty((2, 8))

    @njit
    def each(x: Any, p: Any, out: Any) -> None:
        for i in range(x.size):
            out[0, i], out[1, i] = doubles.exp(x[i]), doubles.minus_log(p[i])

    each(x, p, alone)
    assert lane_by_lane(njit(lambda x, p: doubles.exp(x)), x, p, np.empty(8)).tobytes() == alone[0].tobytes()
    assert lane_by_lane(njit(lambda x, p: doubles.minus_log(p)), x, p, np.empty(8)).tobytes() == alone[1].tobytes()


def test_four_columns_of_a_table_and_single_numbers_come_from_their_own_places() -> None:
    table = RNG.random(400)
    places = np.concatenate([[99], RNG.integers(0, 397, 8), [0]]).astype(np.int64)

    @njit
    def run(table: Any, places: Any, out: Any) -> None:
        columns = four_of(table, places, 1)
        store(out, 0, columns[0])
        store(out, 8, columns[1])
        store(out, 16, columns[2])
        store(out, 24, columns[3])
        store(out, 32, gather(table, places.astype(np.uint16), 1))

    out = np.empty(40)
    run(table, places, out)
    told = np.array([table[places[1:9] + k] for k in (0, 1, 2, 3, 0)])
    np.testing.assert_array_equal(out.reshape(5, 8), told)


def test_every_mask_lists_its_lanes_in_order_after_what_is_listed() -> None:
    @njit
    def run(marks: Any, places: Any) -> Any:
        mask = load(marks, 0, 8) > 0.5
        return list_marked(places, 3, mask, 40), any_of(mask)

    for bits in range(256):
        marks = np.array([bits >> lane & 1 for lane in range(8)], dtype=np.float64)
        places = np.zeros(11, dtype=np.uint16)
        n, some = run(marks, places)
        assert n == 3 + bits.bit_count()
        assert some == (bits > 0)
        assert places[3:n].tolist() == [40 + lane for lane in range(8) if bits >> lane & 1]
        assert not places[:3].any()


def test_numbers_are_read_as_they_stand_again_and_wider() -> None:
    short = RNG.integers(0, 2**16, 40, dtype=np.uint16)
    words = RNG.integers(0, 2**32, 40, dtype=np.uint32)

    @njit
    def run(short: Any, words: Any, out: Any, wide: Any, ones: Any) -> None:
        store(out, 1, load_again(short, 5, 4, 3))
        store(wide, 0, load_wide(words, 3, 8))
        store(ones, 0, widened_to(load(short, 2, 16), np.uint32(0)))
        store(out, 13, numbers_from(np.uint16(65_534), 4, 2))

    out, wide, ones = np.zeros(21, np.uint16), np.zeros(8, np.uint64), np.zeros(16, np.uint32)
    run(short, words, out, wide, ones)
    assert out.tolist() == [0, *list(short[5:9]) * 3, 65_534, 65_534, 65_535, 65_535, 0, 0, 1, 1]
    np.testing.assert_array_equal(wide, words[3:11])
    np.testing.assert_array_equal(ones, short[2:18])


def test_what_is_borrowed_is_there_until_it_is_no_longer_held() -> None:
    @njit
    def run(n: Any, given: Any) -> Any:
        own = (np.empty(n), np.empty(n, dtype=np.int64))
        a, b = borrowed(own)
        given = borrowed(given)
        for i in range(n):
            a[i], b[i] = given[i], i
        for _ in range(50):  # would be put where what is not held was
            np.empty(n)[:] = math.nan
        total = (a[: n // 2].sum() + a[n // 2 :].sum(), b.sum())
        held(own)
        return total

    import sys

    given = np.arange(20_000.0)
    before = sys.getrefcount(given)
    for _ in range(5):
        assert run(given.size, given) == (given.sum(), given.sum())
    assert sys.getrefcount(given) == before
