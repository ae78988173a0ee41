"""What turns the decision: which assumptions decide whether one calculation saves money and another does not.

The decision of a calculation is whether its expected NPV is above 0. Assumptions taken over from the other
calculation may turn it. All read-outs come from the expected NPV of every hybrid, and of a few calculations with
values in between.

Arrays first (`minimal_flip_sets`, `pivot_from_table`, `gap_left_from_table`), then `decide` with names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.anchors import Calibration, Ends, calibration, means_of
from engine.analysis.differences import PERSPECTIVE, REPORTED, AssumptionGroup, compare
from engine.analysis.division import Comparison
from engine.analysis.hybrids import (
    CHUNK,
    Array,
    Evaluate,
    Progress,
    group_count,
    hybrid_outcomes,
    mean_table,
    shapley_from_table,
)
from engine.analysis.summary import mean_over_draws
from engine.analysis.thresholds import Way, find_joint_threshold, find_thresholds
from engine.errors import RunError, UsageError
from engine.vocabulary import attributes

BUDGET = 20_000_000


class FlipSets(NamedTuple):
    """Smallest sets of groups that turn the decision, no one within another, the smallest first."""

    members: NDArray[np.bool_]
    """(sets, g)"""
    found: int
    """How many there are, of which `members` may hold the first only."""


def minimal_flip_sets(npv: Array, *, cap: int | None = None) -> FlipSets:
    """Sets of groups which, taken from the second calculation into the first, turn the sign of NPV.

    Parameters
    ----------
    npv : (2^g,) expected NPV of every hybrid; bit j of the index = group j taken from the second. Of
        `npv[::-1]` the result is what, taken from the first into the second, turns that one.
    cap : sets returned at most.

    Returns
    -------
    All sets that turn the sign while none of their subsets does, in order of size, then of the groups' places.
    A larger set may turn it back. Empty if nothing turns it.
    """
    npv = np.ascontiguousarray(npv)  # reshaped below, where a view must stay one
    g = group_count(npv)
    flipped = (npv > 0) != (npv[0] > 0)
    holds = flipped.copy()  # the set or a subset of it turns the sign
    for i in range(g):
        pairs = holds.reshape(-1, 2, 1 << i)
        pairs[:, 1] |= pairs[:, 0]
    minimal = flipped
    for i in range(g):
        minimal.reshape(-1, 2, 1 << i)[:, 1] &= ~holds.reshape(-1, 2, 1 << i)[:, 0]
    sets = np.flatnonzero(minimal)
    members = ((sets[:, None] >> np.arange(g)) & 1).astype(np.bool_)
    # of equal size the one with the earlier group first
    order = np.lexsort([*(~members[:, j] for j in range(g - 1, -1, -1)), members.sum(axis=1)])
    return FlipSets(members[order[:cap]], int(sets.size))


def pivot_from_table(npv: Array) -> Array:
    """Pivot share (g,): Shapley contribution to the decision having turned.

    Parameters
    ----------
    npv : (2^g,) as in `minimal_flip_sets`.

    Returns
    -------
    Probability that a group turns the decision when groups change in random order, minus the probability that it
    turns it back. The shares add up to 1 where the calculations decide differently, to 0 where they agree.

    References
    ----------
    Shapley & Shubik (1954), A method for evaluating the distribution of power in a committee system, American
    Political Science Review 48:787.
    """
    return shapley_from_table(((npv > 0) != (npv[0] > 0)).astype(np.float64))


def gap_left_from_table(v: Array) -> tuple[Array, Array]:
    """Difference left (g, ...) when the two agree on one group.

    Parameters
    ----------
    v : (2^g, ...)

    Returns
    -------
    (first adopts the second's: v(all) - v({i}), second adopts the first's: v(all but i) - v(none)).
    """
    g = group_count(v)
    one = np.array([1 << i for i in range(g)], dtype=np.int64)
    return v[-1] - v[one], v[(v.shape[0] - 1) ^ one] - v[0]


def decide(
    evaluate: Evaluate,
    values: Mapping[str, Array],
    *,
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    pair: tuple[str, str],
    party: str,
    reported: Mapping[str, str] | None = None,
    discrete: Collection[str] = (),
    consensus: Mapping[str, Sequence[float]] | None = None,
    perspective: AssumptionGroup = PERSPECTIVE,
    replicates: int = 1,
    anchors: Mapping[str, Array] | None = None,
    sums: Array | None = None,
    exact_up_to: int = 20,
    cap: int = 100,
    budget: int = BUDGET,
    chunk: int = CHUNK,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """What turns the decision of one calculation into that of another, for one party.

    Parameters
    ----------
    evaluate, values, assumptions, parties, perspective : as in `differences.explain_differences`.
    pair : (from, to); "first" and "second" below.
    party : one of `parties`, or `reported`: each calculation's own perspective, as `reported` says.
    discrete : names of assumptions that hold a choice without values in between: they have no threshold and no
        middle value.
    consensus : value of each column of an assumption on which both would agree; for others the middle of the two,
        draw by draw.
    replicates : of the design; where fewer draws are used, they are a multiple of it if as many fit.
    anchors, sums : as in `differences.explain_differences`: with them `npv_from` and `npv_to` are the means of the many
        draws, and every other expected NPV is read under the weights that make them so.
    exact_up_to : assumptions up to which all hybrids are computed. Beyond, or where one draw of all exceeds the
        budget, there are no flip sets and no pivot shares; attribute `enumerated` is 0.
    cap : flip sets listed in each direction.
    budget : hybrids × draws; where all draws take more, fewer are used.
    progress : told hybrids × draws evaluated and in all.

    Returns
    -------
    Dataset with

    - `npv_from`, `npv_to` (), expected NPV of both;
    - `in_flip_set` (flip_set, assumption), `flip_npv` (flip_set); coordinate `direction` (flip_set) says which
      calculation changes, `from` or `to`; attributes `flip_sets_from`, `flip_sets_to` count all there are;
    - `pivot_share` (assumption), NaN where not enumerated;
    - `gap_left_from`, `gap_left_to` (assumption): the difference when the first, or the second, adopts the other's
      value, all else kept; `gap_left_consensus` when both adopt `consensus`, NaN where there is none, or the model has
      no outcome with it; coordinate `consensus_stated` (assumption) says where it was given and is not the middle;
    - `threshold` (assumption): expected value at which the first calculation's decision turns, its other
      assumptions kept, on the straight way to the second's value; `threshold_share`: how far on that way; NaN where
      it does not turn, or (threshold) where several columns move together. Coordinate `threshold_status`
      (assumption): `found`, `no crossing`, `discrete`, or `refused` where the model has no outcome on the way;
    - `joint_threshold` (): the same when all but the discrete assumptions move together; attribute
      `joint_threshold_status`. A discrete assumption keeps the first calculation's choice;
    - `value_from`, `value_to`, `consensus` (assumption): expected values, NaN for several columns.

    Raises
    ------
    UsageError : an unknown calculation, party or assumption; as `differences.compare`.
    RunError : a hybrid has no finite outcome; or whatever `evaluate` refuses of hybrids.
    """
    between = compare(values, assumptions, pair)
    readout = _readout(pair, party, parties, reported)
    groups = [assumptions[j] for j in between.differing]
    _check_names([*discrete, *(consensus or {})], assumptions, perspective)
    for group in groups:
        given = (consensus or {}).get(group.name)
        if given is not None and len(given) != len(group.columns):
            raise UsageError(f"consensus: '{group.name}' has {len(group.columns)} columns, not {len(given)} values.")
    g = len(groups)
    enumerated = g <= exact_up_to and 1 << g <= budget
    hybrids = 1 << g if enumerated else 2 + 2 * g
    wanted = between.first.shape[0]
    draws = max(1, min(wanted, budget // hybrids))
    if replicates <= draws < wanted:
        draws -= draws % replicates
    between = between._replace(first=between.first[:draws], second=between.second[:draws])
    read = _Reading(_calibration(evaluate, between, pair, len(parties), anchors, sums), g, readout)

    players = [*groups, perspective] if readout[0] != readout[1] else groups
    common: dict[str, Any] = {"chunk": chunk, "names": [group.name for group in groups], "progress": progress}
    if enumerated:
        ends, table = _from_table(evaluate, between, [group.columns for group in groups], read, common)
        flips = [minimal_flip_sets(table, cap=cap), minimal_flip_sets(table[::-1], cap=cap)]
        pivot = pivot_from_table(table)
        rows = [_index(flips[0].members), (table.size - 1) ^ _index(flips[1].members)]
        flip_npv = np.concatenate([table[r] for r in rows])
    else:
        ends = _ends(evaluate, between, [group.columns for group in groups], read, common)
        flips = [FlipSets(np.zeros((0, len(players)), bool), 0)] * 2
        pivot, flip_npv = np.full(len(players), np.nan), np.zeros(0)

    path = Way(evaluate, between, groups, read.first, chunk)
    moving = [k for k, group in enumerate(groups) if group.name not in discrete]
    share, status = find_thresholds(path, moving, groups, len(players))
    joint, joint_status = find_joint_threshold(path, moving)
    agreed, left = _consensus(evaluate, between, groups, moving, read, consensus or {}, chunk, len(players))
    value_from, value_to = (_expected(groups, x, len(players)) for x in (between.first, between.second))

    names = [group.name for group in players]
    by_assumption = {
        "pivot_share": pivot,
        "gap_left_from": ends.last - ends.only,
        "gap_left_to": ends.all_but - ends.first,
        "gap_left_consensus": left,
        "value_from": value_from,
        "value_to": value_to,
        "consensus": agreed,
        "threshold": value_from + share * (value_to - value_from),
        "threshold_share": share,
    }
    members = np.concatenate([flip.members for flip in flips]).astype(np.int64)
    return xr.Dataset(
        {
            "npv_from": ((), ends.first, attributes("npv_from")),
            "npv_to": ((), ends.last, attributes("npv_to")),
            **{name: ("assumption", value, attributes(name)) for name, value in by_assumption.items()},
            "joint_threshold": ((), joint, attributes("joint_threshold")),
            "in_flip_set": (("flip_set", "assumption"), members, attributes("in_flip_set")),
            "flip_npv": ("flip_set", flip_npv, attributes("flip_npv")),
        },
        coords={
            "assumption": names,
            "label": ("assumption", [group.label for group in players]),
            "theme": ("assumption", [group.theme for group in players]),
            "threshold_status": ("assumption", status),
            "consensus_stated": ("assumption", [group.name in (consensus or {}) for group in players]),
            "flip_set": np.arange(members.shape[0]),
            "direction": ("flip_set", ["from"] * len(flips[0].members) + ["to"] * len(flips[1].members)),
        },
        attrs={
            "pair_from": pair[0],
            "pair_to": pair[1],
            "party": party,
            "draws": draws,
            "anchored": int(anchors is not None),
            "enumerated": int(enumerated),
            "flip_sets_from": flips[0].found,
            "flip_sets_to": flips[1].found,
            "joint_threshold_status": joint_status,
            **(attrs or {}),
        },
    )


class _Ends(NamedTuple):
    """Expected NPV at the ends of all orders."""

    first: float
    last: float
    only: Array
    """(players,) one changed"""
    all_but: Array
    """(players,) all but one changed"""


class _Reading(NamedTuple):
    """How expected NPV is read off outcomes, before and after the perspective has changed."""

    means: Calibration
    g: int
    """Assumptions that differ."""
    columns: tuple[int, int]
    """Outcome that the first calculation reads, and the second."""

    def first(self, v: Array, share: Array) -> Array:
        """Of outcomes (..., m, O), in which a share (...) of the assumptions is exchanged, as the first reads them."""
        return np.asarray(self.means.means(v, share)[..., self.columns[0]])

    def second(self, v: Array, share: Array) -> Array:
        return np.asarray(self.means.means(v, share)[..., self.columns[1]])


def _calibration(
    evaluate: Evaluate,
    between: Comparison,
    pair: tuple[str, str],
    n_parties: int,
    anchors: Mapping[str, Array] | None,
    sums: Array | None,
) -> Calibration:
    known = None if anchors is None else means_of(anchors[pair[0]], anchors[pair[1]])
    ends = None if known is None else Ends(*(_outcomes(evaluate, x) for x in (between.first, between.second)))
    own = np.eye(n_parties) if sums is None else sums
    return calibration(ends, known, m=between.first.shape[0], sums=own)


def _outcomes(evaluate: Evaluate, x: Array) -> Array:
    return np.array(evaluate(x.copy()), dtype=np.float64)


def _consensus(
    evaluate: Evaluate,
    between: Comparison,
    groups: Sequence[AssumptionGroup],
    moving: Sequence[int],
    read: _Reading,
    stated: Mapping[str, Sequence[float]],
    chunk: int,
    n_players: int,
) -> tuple[Array, Array]:
    """Expected consensus values, and the difference left when both adopt them (players,)."""
    agreed, left = np.full(n_players, np.nan), np.full(n_players, np.nan)
    for k, group in enumerate(groups):
        columns = list(group.columns)
        if group.name in stated:
            value = np.broadcast_to(np.asarray(stated[group.name], dtype=np.float64), between.first[:, columns].shape)
        elif k in moving:
            value = 0.5 * (between.first[:, columns] + between.second[:, columns])
        else:
            continue
        if len(columns) == 1:
            agreed[k] = mean_over_draws(value[:, 0])
        half = np.asarray(0.5 / read.g)
        try:
            start, stop = (_with(evaluate, x, columns, value, chunk) for x in (between.first, between.second))
        except RunError:
            continue
        left[k] = read.second(stop, 1 - half) - read.first(start, half)
    return agreed, left


def _with(evaluate: Evaluate, x: Array, columns: Sequence[int], value: Array, chunk: int) -> Array:
    """Outcomes (m, O) of a calculation with some columns replaced."""
    outcomes = []
    for start in range(0, x.shape[0], chunk):
        rows = x[start : start + chunk].copy()
        rows[:, columns] = value[start : start + chunk]
        outcomes.append(np.array(evaluate(rows), dtype=np.float64))
    return np.concatenate(outcomes)


def _from_table(
    evaluate: Evaluate,
    between: Comparison,
    groups: Sequence[Sequence[int]],
    read: _Reading,
    common: Mapping[str, Any],
) -> tuple[_Ends, Array]:
    columns = list(dict.fromkeys(read.columns))
    v = mean_table(evaluate, between.first, between.second, groups, reading=read.means.reading(columns), **common)
    exchanged = np.bitwise_count(np.arange(v.shape[0], dtype=np.uint32)) / max(read.g, 1)
    v = v + read.means.added(exchanged)[:, columns]
    # the perspective is one more bit on top
    table = np.concatenate([v[:, 0], v[:, 1]]) if len(columns) == 2 else v[:, 0]
    g = group_count(table)
    one = np.array([1 << i for i in range(g)], dtype=np.int64)
    return _Ends(float(table[0]), float(table[-1]), table[one], table[(table.size - 1) ^ one]), table


def _ends(
    evaluate: Evaluate,
    between: Comparison,
    groups: Sequence[Sequence[int]],
    read: _Reading,
    common: Mapping[str, Any],
) -> _Ends:
    g = len(groups)
    one = np.eye(g, dtype=bool)
    taken = np.concatenate([np.zeros((1, g), bool), np.ones((1, g), bool), one, ~one])
    v = hybrid_outcomes(evaluate, between.first, between.second, groups, taken, **common)
    share = taken.sum(axis=1) / max(g, 1)
    start, stop = read.first(v, share), read.second(v, share)
    if read.columns[0] == read.columns[1]:
        return _Ends(float(start[0]), float(stop[1]), start[2 : 2 + g], stop[2 + g :])
    return _Ends(
        float(start[0]), float(stop[1]), np.append(start[2 : 2 + g], stop[0]), np.append(stop[2 + g :], start[1])
    )


def _expected(groups: Sequence[AssumptionGroup], x: Array, n_players: int) -> Array:
    """Expected value of each assumption of one column (players,), NaN for others."""
    out = np.full(n_players, np.nan)
    for k, group in enumerate(groups):
        if len(group.columns) == 1:
            out[k] = mean_over_draws(x[:, group.columns[0]])
    return out


def _readout(
    pair: tuple[str, str], party: str, parties: Sequence[str], reported: Mapping[str, str] | None
) -> tuple[int, int]:
    asked = [party, party] if party != REPORTED else [(reported or {}).get(name, "") for name in pair]
    for name in asked:
        if name not in parties:
            raise UsageError(f"No party '{name}'. There are: {', '.join(parties)}.")
    return list(parties).index(asked[0]), list(parties).index(asked[1])


def _check_names(asked: Sequence[str], assumptions: Sequence[AssumptionGroup], perspective: AssumptionGroup) -> None:
    known = {group.name for group in assumptions} | {perspective.name}
    for name in asked:
        if name not in known:
            raise UsageError(f"No assumption '{name}'.")


def _index(members: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(members.astype(np.int64) @ (1 << np.arange(members.shape[1], dtype=np.int64)))
