"""Sums of a programme by draw; what they are is told by `tests/analysis/test_budget.py`, against plain NumPy."""

from __future__ import annotations

import platform

import numpy as np
import pytest

from engine.kernel.budgets import Programme
from engine.kernel.layout import LANES
from engine.kernel.machine import Target

MEMBERS = np.array([[True, False, True], [True, True, True], [False, True, False]])
CYCLES = 5


def programme(target: Target | None = None) -> Programme:
    """Three payers and perspectives, of which one is a payer; cohorts of two models; cycles of three quarters of a
    year."""
    shares = np.array([[1, 0, 0, 0], [1 / 3, 2 / 3, 0, 0], [0, 2 / 3, 1 / 3, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    who = (np.array([0, 1]), np.array([0, 2]), np.array([10.0, 4.5]))
    return Programme(MEMBERS, shares, *who, rounding=1e-12, target=target)


def some(n: int) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(n)
    flows = [rng.normal(0.0, 100.0, (n // LANES, CYCLES, 7, LANES)) for _ in range(2)]
    weights = rng.uniform(1.0, 9.0, (2, 2, n))
    weights[0] = weights[0, :, :1]
    return flows, np.arange(n) % 5 != 1, weights


def test_a_draw_has_the_same_bits_wherever_it_stands_and_in_memory_used_before() -> None:
    flows, counted, weights = some(64)
    whole = programme()
    together = whole.tally(flows, counted, weights, 64)
    again = whole.tally(flows, counted, weights, 64)
    for first, second in zip(together, again, strict=True):
        np.testing.assert_array_equal(first, second)
    parts = [
        whole.tally(
            [np.ascontiguousarray(flow[v : v + 1]) for flow in flows],
            counted[LANES * v : LANES * (v + 1)],
            np.ascontiguousarray(weights[..., LANES * v : LANES * (v + 1)]),
            LANES,
        )
        for v in range(8)
    ]
    for name in ("total", "need", "paths"):
        apart = np.concatenate([getattr(part, name) for part in parts], axis=-1)
        np.testing.assert_array_equal(apart, getattr(together, name))
    np.testing.assert_array_equal(sum(part.back for part in parts), together.back)
    np.testing.assert_allclose(sum(part.saved for part in parts), together.saved, rtol=1e-12, atol=1e-9)


def test_a_perspective_of_one_payer_is_that_payer() -> None:
    flows, counted, weights = some(16)
    found = programme().tally(flows, counted, weights, 3)
    for name in ("saved", "total", "back", "paths"):
        np.testing.assert_array_equal(getattr(found, name)[:, 2], getattr(found, name)[:, 4])
    np.testing.assert_array_equal(found.need[2], found.need[4])
    assert found.paths.shape == (2, 6, 6, 3)


@pytest.mark.parametrize("cycles", [1, 2, 3])
def test_cycles_without_costs_need_not_be_read(cycles: int) -> None:
    flows, counted, weights = some(32)
    whole = programme()
    whole.tally(flows, counted, weights, 32)  # leaves its sums in the memory that the next one works in
    for flow in flows:
        flow[:, cycles:, :-1] = 0.0
    wanted = programme().tally(flows, counted, weights, 32)
    for flow in flows:
        flow[:, cycles:] = np.nan
    found = whole.tally(flows, counted, weights, 32, cycles=cycles)
    for want, got in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of processors of one family")
@pytest.mark.parametrize("target", [Target("x86-64", ""), Target("haswell", "+fma,+avx2")])
def test_a_simpler_processor_gives_the_same_bits(target: Target) -> None:
    flows, counted, weights = some(40)
    for here, there in zip(
        programme().tally(flows, counted, weights, 40),
        programme(target).tally(flows, counted, weights, 40),
        strict=True,
    ):
        np.testing.assert_array_equal(here, there)


def test_arrays_that_do_not_fit_are_refused() -> None:
    flows, counted, weights = some(16)
    whole = programme()
    for wrong in (
        (flows[:1], counted, weights),
        (flows, counted[:12], weights),
        (flows, counted.astype(float), weights),
        ([flows[0], flows[1][:, :4]], counted, weights),
        ([flows[0], flows[1].astype(np.float32)], counted, weights),
        ([flows[0], np.asfortranarray(flows[1])], counted, weights),
        (flows, counted, weights[:, :1]),
    ):
        with pytest.raises(ValueError, match=r"flows|without gaps"):
            whole.tally(*wrong, 4)
