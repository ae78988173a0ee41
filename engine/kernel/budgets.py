"""A programme of several cohorts in a tile of draws: sums so far, year by year, without keeping the years.

Letters: m model, j cohort, p payer, q party (perspectives, then payers), u group (payers that count as one: a
perspective of one payer is that payer), t cycle, y year, d draw. `kind` is 0 for undiscounted money, 1 for discounted.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.kernel.layout import LANES, aligned, padded
from engine.kernel.machine import Target, host
from engine.kernel.machine import compiled as compiled_module
from engine.kernel.options import SWITCHES, compiled
from engine.kernel.simulate import address

_NAME = "budgets"
_SIZES, _ARRAYS = 10, 16


_Array: TypeAlias = NDArray[np.float64]


class Tallied(NamedTuple):
    """What a programme saves and costs in a tile of draws; what is written of draws that do not count means nothing."""

    saved: _Array
    """(kind, q, y) saving added up over the draws that count"""
    spent: _Array
    """(course, kind, q, y) cost added up over the draws that count"""
    total: _Array
    """(kind, q, d) the sum at the end"""
    back: NDArray[np.int64]
    """(kind, q, year) draws that count and whose sum is never negative from the end of the programme's year on; then
    those in which it is at the end; then those in which nothing is ever paid nor saved"""
    need: _Array
    """(q, d) how far the undiscounted sum falls below 0 at most"""
    paths: _Array
    """(kind, q, y, few) sums so far of the first draws"""


class _Room(NamedTuple):
    """What a call works in; written over by the next."""

    n: int
    moving: bool
    weights: _Array
    sums: _Array
    spent: _Array
    spent_moved: _Array
    last: _Array
    """(kind, u, d) place of a draw among those that `Tallied.back` counts"""
    arrays: tuple[NDArray[Any], ...]
    addresses: tuple[int, ...]
    """Of the arrays: to find them takes a microsecond each."""


class Programme:
    """Who starts when and who pays, made ready for tiles of draws.

    Parameters
    ----------
    members : (perspective, p) payers of a perspective.
    shares : (t, year from the cohort's start) of a cycle.
    model_of, begins, people : (j,) model of a cohort, the year of the programme in which it starts, its participants.
    rounding : part of the amounts behind a sum below which the sum is 0.
    target : as `compile_program`.
    """

    def __init__(
        self,
        members: NDArray[np.bool_],
        shares: _Array,
        model_of: NDArray[np.int64],
        begins: NDArray[np.int64],
        people: _Array,
        *,
        rounding: float,
        target: Target | None = None,
    ) -> None:
        self.people = people
        self.payers, self.models = members.shape[1], int(model_of.max()) + 1
        self.parties = members.shape[0] + self.payers
        self.cycles, self.local = shares.shape
        self.latest = int(begins.max())
        self.years = self.latest + self.local
        by_party = [*(tuple(map(int, np.flatnonzero(row))) for row in members), *((p,) for p in range(self.payers))]
        groups = list(dict.fromkeys(by_party))
        self.groups = len(groups)
        group_of = np.array([groups.index(group) for group in by_party])
        self._party_of = np.array([by_party.index(group) for group in groups])
        self._copies = [(q, self._party_of[u]) for q, u in enumerate(group_of) if self._party_of[u] != q]
        inside = shares != 0.0
        first = inside.argmax(axis=0)
        # a year without a cycle takes the first one's share of it, which is 0
        spans = np.stack([first, first + np.maximum(inside.sum(axis=0), 1)], axis=1).astype(np.int64)
        years_of = np.stack([inside.argmax(axis=1), self.local - inside[:, ::-1].argmax(axis=1)], axis=1)
        starts = model_of * self.groups * (self.local + 2 * self.latest) + self.latest - begins
        shares, model_of = np.ascontiguousarray(shares), np.ascontiguousarray(model_of)
        self._fixed = (shares, years_of, np.ascontiguousarray(members), group_of, model_of, begins, people)
        self._sizes = (self.cycles, self.local, self.years, self.latest)
        self._held = (spans, shares, starts)
        self._inputs = tuple(map(address, self._held))
        self._run = _compiled(tuple(groups), self.payers, begins.size, rounding, target or host())
        self._free: list[_Room] = []

    def tally(
        self,
        flows: Sequence[_Array],
        counted: NDArray[np.bool_],
        weights: _Array,
        few: int,
        *,
        cycles: int | None = None,
    ) -> Tallied:
        """The programme in a tile of draws.

        Parameters
        ----------
        flows : of each model, of the same draws: (vector, t, row, LANES), rows being undiscounted costs per participant
            of each payer in the baseline, then under the strategy, and the discount factor.
        counted : (d,) whether a draw counts in sums.
        weights : (kind, j, d) participants of a cohort, times a discount factor for the discounted kind; or (kind, j)
            where these and discount factors are the same in all draws.
        few : number of first draws of which every year is told.
        cycles : the first ones, of which alone anything is read: in others there are no costs. All of them if None.

        Raises
        ------
        ValueError : arrays are not as described.
        """
        n, moving = counted.size, weights.ndim == 3
        cycles = self.cycles if cycles is None else min(cycles, self.cycles)
        self._fitting(flows, counted, weights)
        room = self._free.pop() if self._free else None
        if room is None or room.n != n or room.moving != moving:
            room = self._room(n, moving=moving)
        for array in (room.sums, room.spent, room.spent_moved):
            array.fill(0.0)
        room.weights[:] = weights if moving else weights[..., None]
        # one array for what is told of each draw: as many less to make and to find
        by_draw = np.empty((3, self.parties, n))
        paths = np.empty((2, self.parties, self.years, padded(few)))
        places = np.array([address(flow) for flow in flows])
        first, each = address(by_draw), by_draw.strides[0]
        sizes = (n, self.parties, self.models, cycles, *self._sizes, padded(few), int(moving))
        written = (first, first + 2 * each, address(paths))
        self._run(*sizes, address(places), address(counted), *self._inputs, *room.addresses, *written)
        total, need = by_draw[:2], by_draw[2]
        for q, same in self._copies:
            by_draw[:, q] = by_draw[:, same]
            if few:
                paths[:, q] = paths[:, same]
        saved = np.empty((2, self.parties, self.years))
        spent = np.zeros((2, 2, self.parties, self.years))
        back = np.zeros((2, self.parties, self.years + 2), dtype=np.int64)
        factor = np.array([flow[0, :cycles, -1, 0] for flow in flows])
        steady = (factor, room.weights[1, :, 0])
        _fold(room.sums, room.spent, room.spent_moved, *steady, room.last, counted, *self._fixed, saved, spent, back)
        self._free.append(room)
        return Tallied(saved, spent, total, back, need, paths[..., :few])

    def _fitting(self, flows: Sequence[_Array], counted: NDArray[np.bool_], weights: _Array) -> None:
        n, cohorts = counted.size, self.people.size
        plain = counted.dtype == np.bool_ and counted.flags.c_contiguous
        if not n or n % LANES or not plain or len(flows) != self.models:
            raise ValueError(
                f"counted, flows: not {self.models} models of whole vectors of {LANES} draws, without gaps"
            )
        money = (n // LANES, self.cycles, 2 * self.payers + 1, LANES)
        by_draw = (2, cohorts, n) if weights.ndim == 3 else (2, cohorts)
        for array, shape in (*((flow, money) for flow in flows), (weights, by_draw)):
            if array.shape != shape or array.dtype != np.float64 or not array.flags.c_contiguous:
                raise ValueError(f"not a float64 array of shape {shape} without gaps, but {array.shape}")

    def _room(self, n: int, *, moving: bool) -> _Room:
        cohorts = self.people.size
        rows = 2 * self.payers + 1
        weights = aligned(2, cohorts, n)
        money = aligned(self.models, self.groups, self.local + 2 * self.latest, 2, LANES)
        money.fill(0.0)
        ends = np.empty(self.groups, dtype=np.int64)
        sums = aligned(self.groups, self.years, 2, LANES)
        spent = aligned(self.models, self.cycles, rows, LANES)
        spent_moved = aligned(self.models, self.cycles, cohorts if moving else 0, rows, LANES)
        last = aligned(2, self.groups, n)
        arrays = (weights, self._party_of, money, ends, sums, spent, spent_moved, last)
        return _Room(n, moving, weights, sums, spent, spent_moved, last, arrays, tuple(map(address, arrays)))


@cache
def _compiled(
    groups: tuple[tuple[int, ...], ...], payers: int, cohorts: int, rounding: float, target: Target
) -> Callable[..., None]:
    def text() -> str:
        from engine.kernel.emit_budgets import emit_budgets  # slow to load, and only new groups need it

        return emit_budgets(groups, payers, cohorts, rounding, name=_NAME)

    code = compiled_module(f"{_NAME} {groups} {payers} {cohorts} {rounding!r}", text, target)
    run = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * _SIZES, *[ctypes.c_void_p] * _ARRAYS)(code.address(_NAME))
    run.hold = code  # type: ignore[attr-defined]
    return run


@compiled
def _fold(
    sums: Any,
    plain: Any,
    moved: Any,
    factor: Any,
    weight: Any,
    last: Any,
    counted: Any,
    shares: Any,
    years_of: Any,
    members: Any,
    group_of: Any,
    model_of: Any,
    begins: Any,
    people: Any,
    saved: Any,
    spent: Any,
    back: Any,
) -> None:
    """Sums over lanes, by party and year of the programme.

    Parameters
    ----------
    sums : (u, y, kind, lane). plain : (m, t, row, lane) costs, by course and payer. moved : (m, t, j, row, lane) the
        discounted ones times participants; no cohort where `factor` (m, t) and `weight` (j,), participants times a
        discount factor, hold for all draws. `factor` has the cycles that there are costs in.
    years_of : (t, 2) first of a cycle's years, and first after them. group_of : (q,). Others as in `Programme`.
    last : (kind, u, d) as in `_Room`. counted : (d,)
    saved, spent, back : as in `Tallied`; the latter two are 0 so far.
    """
    perspectives = members.shape[0]
    for q in range(group_of.size):
        for y in range(saved.shape[2]):
            for kind in range(2):
                saved[kind, q, y] = _over_lanes(sums[group_of[q], y, kind])
        for kind in range(2):
            for d in range(counted.size):
                if counted[d]:
                    back[kind, q, int(last[kind, group_of[q], d])] += 1
    for m in range(plain.shape[0]):
        for course in range(2):
            for p in range(members.shape[1]):
                for t in range(factor.shape[1]):
                    row = course * members.shape[1] + p
                    paid = _over_lanes(plain[m, t, row])
                    for j in range(begins.size):
                        if model_of[j] == m:
                            if moved.shape[2] > 0:
                                discounted = _over_lanes(moved[m, t, j, row])
                            else:
                                discounted = paid * factor[m, t] * weight[j]
                            for y in range(years_of[t, 0], years_of[t, 1]):
                                share, year = shares[t, y], begins[j] + y
                                spent[course, 0, perspectives + p, year] += share * paid * people[j]
                                spent[course, 1, perspectives + p, year] += share * discounted
    for course in range(2):
        for kind in range(2):
            for q in range(perspectives):
                for p in range(members.shape[1]):
                    if members[q, p]:
                        for y in range(saved.shape[2]):
                            spent[course, kind, q, y] += spent[course, kind, perspectives + p, y]


@njit(inline="always", **SWITCHES)
def _over_lanes(x):  # type: ignore[no-untyped-def]
    """Halves upon one another."""
    return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
