"""From a block of kernel output to outcomes per draw: plain arrays, d last.

Letters: c course (strategy, baseline first), k intervention, p payer, q party (perspectives, then payers), t cycle, o
outcome beside money, g subgroup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import Shape
from engine.model.savings import ROUNDING

Array = NDArray[np.float64]


class Totals(NamedTuple):
    cost: Array
    """(c, p, d) discounted"""
    npv: Array
    """(k, q, d) discounted net saving"""
    programme: Array
    """(k, q, d) discounted programme cost"""
    outcome: Array
    """(c, o, d) discounted"""
    subgroup_npv: Array
    """(g, k, q, d) discounted net saving per participant of the subgroup"""
    subgroup_outcome: Array
    """(g, c, o, d) discounted, per participant of the subgroup"""
    horizon: Array
    """(d,) years"""


class Yearly(NamedTuple):
    saving: Array
    """(k, p, t, d) undiscounted net saving in the cycle"""
    party_saving: Array
    """(k, q, t, d) the same by party"""
    discounted: Array
    """(k, p, t, d) discounted net saving in the cycle"""
    party_discounted: Array
    """(k, q, t, d) the same by party"""
    factor: Array
    """(t, d) discount factor"""
    occupancy: Array
    """(c, s, t + 1, d)"""


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
    part = split(totals, shape.totals)
    saving, size = _saving(part["cost"])
    programme = part["programme"]
    groups = [by_party(shape, *_saving(cost)) for cost in part["subgroup_cost"]]
    return Totals(
        part["cost"],
        by_party(shape, saving, size),
        by_party(shape, programme, np.abs(programme)),
        part["outcome"],
        np.stack(groups) if groups else np.empty((0, len(shape.courses) - 1, len(shape.parties), totals.shape[1])),
        part["subgroup_outcome"],
        part["horizon"][0],
    )


def split(rows: Array, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Rows by name, each (*shape, ...); rows beyond the last shape are left."""
    found, at = {}, 0
    for name, shape in shapes.items():
        n = int(np.prod(shape))
        found[name] = rows[at : at + n].reshape(*shape, *rows.shape[1:])
        at += n
    return found


def _saving(cost: Array) -> tuple[Array, Array]:
    """Net saving (k, ...) of costs (c, ...), and the size of the amounts that it is the difference of."""
    size = np.abs(cost[:1]) + np.abs(cost[1:])
    return without_rounding(cost[:1] - cost[1:], size), size


def read_yearly(shape: Shape, totals: Array, yearly: Array) -> Yearly:
    """Yearly output of a program, (y, t, d), by what it means.

    Where amounts are summed over boundaries, those of the last one count with the cycle that it ends.
    """
    part = split(yearly, shape.yearly)
    factor = part["factor"][0]
    saving, size = _saving(part["cost"])
    discounted = saving * factor
    if shape.by_boundary:
        occupancy = part["occupancy"]
        saving, size, discounted = (with_last_boundary(x) for x in (saving, size, discounted))
        factor = factor[:-1]
    else:
        last = totals[-np.prod(shape.yearly["occupancy"]) :].reshape(*shape.yearly["occupancy"], 1, -1)
        occupancy = np.concatenate([part["occupancy"], last], axis=2)
    return Yearly(
        saving,
        by_party(shape, saving, size),
        discounted,
        by_party(shape, discounted, size * factor),
        factor,
        occupancy,
    )


class YearlyCosts(NamedTuple):
    cost: Array
    """(c, p, t, d) undiscounted cost in the cycle"""
    discounted: Array
    """(c, p, t, d) discounted"""


def read_yearly_costs(shape: Shape, yearly: Array) -> YearlyCosts:
    """Costs of each cycle from the yearly output of a program, (y, t, d); the last boundary as in `read_yearly`."""
    part = split(yearly, shape.yearly)
    cost, discounted = part["cost"], part["cost"] * part["factor"][0]
    if shape.by_boundary:
        cost, discounted = with_last_boundary(cost), with_last_boundary(discounted)
    return YearlyCosts(cost, discounted)


def with_last_boundary(x: Array) -> Array:
    """(..., t + 1, d) -> (..., t, d)"""
    result = x[..., :-1, :].copy()
    result[..., -1, :] += x[..., -1, :]
    return result


def accumulate(saving: Array) -> Array:
    """Running sum over cycles, (..., t, d) -> (..., t + 1, d), from 0 at the start."""
    result = np.zeros((*saving.shape[:-2], saving.shape[-2] + 1, saving.shape[-1]))
    size = np.zeros((*saving.shape[:-2], saving.shape[-1]))
    so_far = np.zeros_like(size)
    # cycle by cycle: `cumsum` along this axis strides through memory and takes four times as long
    for t in range(saving.shape[-2]):
        so_far = so_far + saving[..., t, :]
        size += np.abs(saving[..., t, :])
        result[..., t + 1, :] = without_rounding(so_far, size)
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
