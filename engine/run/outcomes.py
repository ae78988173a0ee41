"""From a block of kernel output to outcomes per draw: plain arrays, d last.

Letters: c course (strategy, baseline first), k intervention, p payer, q party (perspectives, then payers), t cycle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import Shape

Array = NDArray[np.float64]


class Totals(NamedTuple):
    cost: Array
    """(c, p, d) discounted"""
    npv: Array
    """(k, q, d) discounted net saving"""
    programme: Array
    """(k, q, d) discounted programme cost"""
    horizon: Array
    """(d,) years"""


class Yearly(NamedTuple):
    saving: Array
    """(k, p, t, d) undiscounted net saving in the cycle"""
    party_saving: Array
    """(k, q, t, d) the same by party"""
    factor: Array
    """(t, d) discount factor"""
    occupancy: Array
    """(c, s, t + 1, d)"""


ROUNDING = 1e-12
"""A difference or sum smaller than this share of what it is made of is rounding, and is 0. Otherwise money that cancels
would leave 1e-16 of itself, of either sign, and be told as a probability of saving and a year of pay-back."""


def without_rounding(value: Array, size: Array) -> Array:
    """0 where a value is no more than rounding of amounts of the given size."""
    return np.where(np.abs(value) <= ROUNDING * size, 0.0, value)


def by_party(shape: Shape, by_payer: Array, size: Array) -> Array:
    """Perspectives, then payers, along axis 1; perspectives are summed over their payers in the order of the model.

    Parameters
    ----------
    size : amounts of which the payers' figures are made, of the same shape.
    """
    k, _, *rest = by_payer.shape
    result = np.zeros((k, len(shape.parties), *rest))
    for q, row in enumerate(shape.members):
        counted = np.flatnonzero(row)
        for p in counted:
            result[:, q] += by_payer[:, p]
        result[:, q] = without_rounding(result[:, q], size[:, counted].sum(axis=1))
    result[:, len(shape.perspectives) :] = by_payer
    return result


def read_totals(shape: Shape, totals: Array) -> Totals:
    """Totals of a program, (o, d), by what they mean."""
    n_courses, n_payers = len(shape.courses), len(shape.payers)
    n = totals.shape[1]
    costs, rest = totals[: n_courses * n_payers], totals[n_courses * n_payers :]
    cost = costs.reshape(n_courses, n_payers, n)
    programme = rest[: (n_courses - 1) * n_payers].reshape(n_courses - 1, n_payers, n)
    horizon = rest[(n_courses - 1) * n_payers]
    saving, size = _saving(cost)
    return Totals(cost, by_party(shape, saving, size), by_party(shape, programme, np.abs(programme)), horizon)


def _saving(cost: Array) -> tuple[Array, Array]:
    """Net saving (k, ...) of costs (c, ...), and the size of the amounts that it is the difference of."""
    size = np.abs(cost[:1]) + np.abs(cost[1:])
    return without_rounding(cost[:1] - cost[1:], size), size


def read_yearly(shape: Shape, totals: Array, yearly: Array) -> Yearly:
    """Yearly output of a program, (y, t, d), by what it means."""
    n_courses, n_payers, n_states = len(shape.courses), len(shape.payers), len(shape.states)
    cycles, n = yearly.shape[1:]
    cost = yearly[: n_courses * n_payers].reshape(n_courses, n_payers, cycles, n)
    occupancy = np.empty((n_courses, n_states, cycles + 1, n))
    occupancy[:, :, :-1] = yearly[n_courses * n_payers + 1 :].reshape(n_courses, n_states, cycles, n)
    occupancy[:, :, -1] = totals[-n_courses * n_states :].reshape(n_courses, n_states, n)
    saving, size = _saving(cost)
    return Yearly(saving, by_party(shape, saving, size), yearly[n_courses * n_payers], occupancy)


def accumulate(saving: Array) -> Array:
    """Running sum over cycles, (..., t, d) -> (..., t + 1, d), from 0 at the start."""
    result = np.zeros((*saving.shape[:-2], saving.shape[-2] + 1, saving.shape[-1]))
    np.cumsum(saving, axis=-2, out=result[..., 1:, :])
    result[..., 1:, :] = without_rounding(result[..., 1:, :], np.cumsum(np.abs(saving), axis=-2))
    return result


def payback_time(cumulative: Array, cycle_length: float) -> Array:
    """Time after which accumulated net saving is never negative again, linear within the cycle.

    Parameters
    ----------
    cumulative : (..., t + 1, d) accumulated net saving at the boundaries of cycles, from 0.

    Returns
    -------
    (..., d) years from the start: 0 where it is never negative, inf where it is negative at the end, nan where nothing
    is ever paid nor saved.
    """
    negative = cumulative < 0
    boundaries = cumulative.shape[-2]
    # the last boundary at which it is negative; -1 if none
    last = boundaries - 1 - np.argmax(negative[..., ::-1, :], axis=-2)
    ever = negative.any(axis=-2)
    inside = np.minimum(last, boundaries - 2)[..., None, :]
    before = np.take_along_axis(cumulative, inside, axis=-2)[..., 0, :]
    after = np.take_along_axis(cumulative, inside + 1, axis=-2)[..., 0, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        time = (inside[..., 0, :] + before / (before - after)) * cycle_length
    result = np.where(~ever, 0.0, np.where(last == boundaries - 1, np.inf, time))
    return np.where((cumulative == 0).all(axis=-2), np.nan, result)


def benefit_cost_ratio(npv: Array, programme: Array) -> Array:
    """(NPV + programme cost) / programme cost; nan where no programme cost is borne: the ratio means nothing there."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(programme > 0, (npv + programme) / programme, np.nan)
