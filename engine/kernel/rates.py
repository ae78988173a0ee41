"""Loops of internal rates of return: how a flow of money changes sign, and what it is worth at a rate.

Letters: n flows, t cycles.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from engine.kernel.options import SWITCHES, compiled

WIDE = 1024
"""Flows side by side (8 kB)."""


@njit(inline="always", **SWITCHES)
def _sign(x: Any) -> Any:
    """Of what is not 0; what is no number stays so, and changes no sign."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@compiled
def count_signs(flow: Any, rounding: float, changes: Any, first: Any, changes_so_far: Any, last: Any) -> None:
    """Changes of sign of flows and of their sums so far, zeros left out.

    Parameters
    ----------
    flow : (n, t).
    rounding : a sum so far that is no more than this share of the amounts in it is 0.
    changes, first : (n,) written: changes of a flow, and its first sign.
    changes_so_far, last : (n,) written: changes of the sum so far, and its last sign, which may be 0.
    """
    n, cycles = flow.shape
    for i in range(n):
        before = total = size = so_far_before = 0.0
        changes[i], first[i], changes_so_far[i], last[i] = 0, 0.0, 0, 0.0
        for t in range(cycles):
            amount = flow[i, t]
            total += amount
            size += abs(amount)
            if amount != 0.0:
                if first[i] == 0.0:
                    first[i] = _sign(amount)
                if amount * before < 0.0:
                    changes[i] += 1
                before = _sign(amount)
            last[i] = 0.0 if abs(total) <= rounding * size else _sign(total)
            if last[i] != 0.0:
                if last[i] * so_far_before < 0.0:
                    changes_so_far[i] += 1
                so_far_before = last[i]


@compiled
def polynomials(coefficients: Any, x: Any, value: Any) -> None:
    """Horner's rule for many polynomials, each at its own x.

    Parameters
    ----------
    coefficients : (t, n), the highest power first.
    x, value : (n,); `value` is written.
    """
    powers, n = coefficients.shape
    for start in range(0, n, WIDE):
        stop = min(start + WIDE, n)
        at, into = x[start:stop], value[start:stop]
        into[:] = 0.0
        for t in range(powers):
            amount = coefficients[t, start:stop]
            for i in range(stop - start):
                into[i] = into[i] * at[i] + amount[i]
