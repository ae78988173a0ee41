from __future__ import annotations

import numpy as np
import pytest

from engine.kernel import rows as loops


def kinds_of(values: np.ndarray, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    n = len(values)
    first, which = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    slots = np.full(1 << (2 * n).bit_length(), -1, dtype=np.int64)
    count = loops.distinct_rows(values.view(np.uint64), np.array(columns, dtype=np.int64), first, which, slots)
    return first[:count], which


def test_rows_that_are_alike_are_found_as_by_a_sort() -> None:
    values = np.random.default_rng(1).integers(0, 4, (5000, 6)).astype(np.float64) / 3
    first, which = kinds_of(values, [0, 2, 5])
    expected, index = np.unique(values[:, [0, 2, 5]], axis=0, return_index=True)
    np.testing.assert_array_equal(np.sort(first), np.sort(index))
    np.testing.assert_array_equal(values[first[which]][:, [0, 2, 5]], values[:, [0, 2, 5]])
    assert len(first) == len(expected)


def test_without_columns_all_rows_are_alike() -> None:
    first, which = kinds_of(np.random.default_rng(2).random((7, 3)), [])
    assert first.tolist() == [0]
    assert not which.any()


def test_a_block_has_the_inputs_that_are_read_and_the_sums_below() -> None:
    values, sums = np.arange(20.0).reshape(5, 4), np.array([[100.0, 200.0]])
    block = np.zeros((5, 8))
    loops.fill_block(values, 1, 4, np.array([0, 3]), sums, np.array([0, 1, 0, 1, 0]), 4, block)
    np.testing.assert_array_equal(block[0, :4], [4, 8, 12, 12])
    np.testing.assert_array_equal(block[3, :4], [7, 11, 15, 15])
    np.testing.assert_array_equal(block[4, :4], [200, 100, 200, 200])
    assert not block[1:3].any()


@pytest.mark.parametrize("n", [3, 256, 700])
def test_rows_are_taken_out_of_a_block(n: int) -> None:
    block = np.random.default_rng(1).normal(size=(3, n + 1))
    out = np.zeros((n + 2, 2))
    loops.take_rows(block, 1, n, 2, out)
    np.testing.assert_array_equal(out[2:], block[1:, :n].T)
    assert not out[:2].any()


@pytest.mark.parametrize("n", [1, 256, 700])
def test_columns_are_put_beside_one_another(n: int) -> None:
    rows = np.random.default_rng(2).normal(size=(n, 3))
    out = np.zeros((3, n + 4))
    loops.put_columns(rows, 2, out)
    np.testing.assert_array_equal(out[:, 2 : n + 2], rows.T)
    assert not out[:, [0, 1, -2, -1]].any()
