"""Why calculations differ, payer by payer and year by year.

Shapley contributions are linear: those of a year add up over the years to those of NPV, and those of payers
to those of a perspective. So all are found in one pass over the hybrids, of which no table is kept. Figures
that do not add up, such as pay-back years, are explained through the accumulated contributions. Draws can be weighted
payer by payer, so that a payer's difference is the one known from many draws; the years still add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from engine.analysis.anchors import Ends, calibrate, means_of, weighted_mean
from engine.analysis.differences import AssumptionGroup, compare
from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress, ShapleySums, mean_blocks
from engine.analysis.orders import permutation_hybrids, shapley_by_permutations
from engine.errors import UsageError
from engine.vocabulary import attributes

BUDGET = 10_000_000

# Numbers that a piece of outcomes or the running sums may hold (64 MB).
_PIECE = 8_000_000


def contributions_by_column(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    *,
    weights: Array | None = None,
    chunk: int = CHUNK,
    names: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> tuple[Array, Array, Array]:
    """Exact Shapley contributions to many outcomes at once; the hybrids stream by.

    Parameters
    ----------
    evaluate, a, b, groups, chunk, names, progress : as in `hybrids.hybrid_table`.
    weights : (m, O) of the draws, as in `hybrids.mean_blocks`.

    Returns
    -------
    contributions (g, O), outcomes (O,) of the first and of the second calculation; means over draws.
    Memory is (g + 2) 2^(g/2) O numbers.
    """
    g = len(groups)
    low = g // 2
    sums: ShapleySums | None = None
    first = last = np.empty(0)
    blocks = mean_blocks(evaluate, a, b, groups, low=low, weights=weights, chunk=chunk, names=names, progress=progress)
    for h, block in enumerate(blocks):
        if sums is None:
            sums = ShapleySums(g, low=low, outcomes=block.shape[1])
            first = block[0].copy()
        sums.add(h, block)
        last = block[-1]
    assert sums is not None
    return sums.contributions(), first, last.copy()


def explain_by_year(
    evaluate: Evaluate,
    values: Mapping[str, Array],
    *,
    assumptions: Sequence[AssumptionGroup],
    payers: Sequence[str],
    pair: tuple[str, str],
    time: Sequence[float] | None = None,
    anchors: Mapping[str, Array] | None = None,
    replicates: int = 1,
    exact_up_to: int = 20,
    permutations: int = 256,
    budget: int = BUDGET,
    chunk: int = CHUNK,
    seed: int = 0,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Divide the difference between two calculations among assumptions, for each payer and cycle.

    Parameters
    ----------
    evaluate : vectorised function of values (n, D) -> discounted net saving (n, payer × cycle), payer by payer.
    values, assumptions : as in `differences.explain_differences`.
    pair : (from, to).
    time : years from the start at which each cycle begins, for the coordinate `time`.
    anchors : NPV (draw, payer) of both calculations in many draws of the same design. The few are then weighted so that
        each payer's difference is that of the many, see `engine.analysis.anchors`.
    replicates : of the design; where fewer draws are used, they are a multiple of it if as many fit.
    exact_up_to : assumptions up to which all hybrids are computed; beyond, or where not even one draw of
        all fits the budget, orders are sampled.
    permutations : random orders, each with its reverse, where orders are sampled.
    budget : hybrids × draws; where all draws take more, fewer are used, at least one.
    seed : of sampled orders.

    Returns
    -------
    Dataset with `yearly_contribution`, `cumulative_contribution` (assumption, payer, cycle) and `yearly_gap` (payer,
    cycle), coordinates `label`, `theme` (assumption). Contributions add up over assumptions to the gap; over
    cycles to a payer's contributions to NPV in the same draws. Attributes `pair_from`, `pair_to`, `draws`, `exact`, and
    `anchored`: 1 where each payer's difference is that of `anchors`.

    Raises
    ------
    UsageError : as `differences.compare`; outcomes that are not payers × cycles.
    RunError : an outcome is not a finite number; or whatever `evaluate` refuses.
    """
    between = compare(values, assumptions, pair)
    differing = [assumptions[j] for j in between.differing]
    groups, names = [group.columns for group in differing], [group.name for group in differing]
    g, wanted = len(groups), between.first.shape[0]
    exact = g <= exact_up_to and 1 << g <= budget
    hybrids = 1 << g if exact else permutation_hybrids(g, permutations)
    draws = max(1, min(wanted, budget // hybrids))
    if replicates <= draws < wanted:
        draws -= draws % replicates
    a, b = between.first[:draws], between.second[:draws]
    few = slice(0, 1 if anchors is None else draws)
    ends = [np.array(evaluate(x[few].copy()), dtype=np.float64) for x in (a, b)]
    n_outcomes = ends[0].shape[1]
    if n_outcomes == 0 or n_outcomes % len(payers):
        raise UsageError(f"{n_outcomes} outcomes are not the cycles of {len(payers)} payers.")
    cycles = n_outcomes // len(payers)
    weights, anchored = None, False
    if anchors is not None:
        sums = Ends(*(x.reshape(draws, len(payers), cycles).sum(axis=2) for x in ends))
        found = calibrate(sums, means_of(anchors[pair[0]], anchors[pair[1]]))
        weights = np.repeat(found.draws, cycles, axis=1)
        anchored = not (found.missing_first.any() or found.missing_last.any())
    chunk = max(1, min(chunk, _PIECE // n_outcomes))
    if exact:
        parts, first, last = contributions_by_column(
            evaluate, a, b, groups, weights=weights, chunk=chunk, names=names, progress=progress
        )
    else:
        sampled = shapley_by_permutations(
            evaluate,
            a,
            b,
            groups,
            permutations=permutations,
            seed=seed,
            chunk=chunk,
            names=names,
            progress=progress,
        ).outcomes
        per_draw = sampled.contributions, sampled.first, sampled.last
        parts, first, last = (x.mean(axis=-2) if weights is None else weighted_mean(x, weights) for x in per_draw)
    yearly = parts.reshape(g, len(payers), cycles)
    dims = ("assumption", "payer", "cycle")
    if time is not None and len(time) != cycles:
        raise UsageError(f"time: {len(time)} cycles; the outcomes have {cycles}.")
    return xr.Dataset(
        {
            "yearly_contribution": (dims, yearly, attributes("yearly_contribution")),
            "cumulative_contribution": (dims, yearly.cumsum(axis=2), attributes("cumulative_contribution")),
            "yearly_gap": (dims[1:], (last - first).reshape(len(payers), cycles), attributes("yearly_gap")),
        },
        coords={
            "assumption": names,
            "payer": list(payers),
            "cycle": np.arange(cycles),
            "label": ("assumption", [group.label for group in differing]),
            "theme": ("assumption", [group.theme for group in differing]),
            **({} if time is None else {"time": ("cycle", np.asarray(time, dtype=np.float64))}),
        },
        attrs={
            "pair_from": pair[0],
            "pair_to": pair[1],
            "draws": draws,
            "exact": int(exact),
            "anchored": int(anchored),
            **(attrs or {}),
        },
    )


def sum_payers(yearly: xr.Dataset, payers: Sequence[str]) -> xr.Dataset:
    """Contributions and gap of several payers together, as in a perspective: (assumption, cycle) and (cycle,).

    Parameters
    ----------
    yearly : dataset of `explain_by_year`.
    payers : those that the perspective counts.

    Raises
    ------
    UsageError : an unknown payer.
    """
    missing = [p for p in payers if p not in yearly["payer"].values]
    if missing:
        raise UsageError(f"No payer '{missing[0]}'. There are: {', '.join(map(str, yearly['payer'].values))}.")
    return yearly.sel(payer=list(payers)).sum("payer", keep_attrs=True)


class Halves(NamedTuple):
    """A difference before and after a year; both add up over assumptions and payers to the difference."""

    year: int
    early: Array
    """(assumption, payer), of what falls in the years up to `year`."""
    late: Array


ROUND_YEARS = (1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100)


def split_in_time(yearly: xr.Dataset, cycle_length: float) -> Halves | None:
    """Cut the years at the last round one up to which at most half of the difference of all payers has arisen.

    Parameters
    ----------
    yearly : dataset of `explain_by_year`.
    cycle_length : [years].

    Returns
    -------
    The first round year where more than half has arisen by each; None where all arises before any round year is over.
    """
    parts = np.asarray(yearly["cumulative_contribution"].transpose("assumption", "payer", "cycle").values)
    until = (np.arange(parts.shape[2]) + 1) * cycle_length
    moved = np.flatnonzero(np.asarray(yearly["yearly_contribution"].transpose(..., "cycle").values).any(axis=(0, 1)))
    if not moved.size:
        return None
    years = [y for y in ROUND_YEARS if until[0] - 1e-9 <= y < until[moved[-1]] - 1e-9]
    if not years:
        return None
    places = [int(np.searchsorted(until, y + 1e-9)) - 1 for y in years]
    so_far = parts.sum(axis=(0, 1))
    half = [k for k, place in enumerate(places) if abs(so_far[place]) <= 0.5 * abs(so_far[-1])]
    k = half[-1] if half else 0
    early = parts[:, :, places[k]]
    return Halves(years[k], early, parts[:, :, -1] - early)
