"""What a programme that admits participants year after year does to budgets, by calendar year.

Arrays first (`calendar_shares`, `Reducer`, `budget_of_draws`), names last (`budget_impact`); loops over draws are in
`kernel/budgets.py`. Letters: q party, c course (baseline, strategy), t cycle of a cohort, y calendar year of the
programme, d draw, last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.summary import monte_carlo_error
from engine.errors import RunError, UsageError
from engine.model.savings import ROUNDING
from engine.run.cohorts import Draws
from engine.run.outcomes import accumulate
from engine.vocabulary import attributes

Array = NDArray[np.float64]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_ROUNDING = 1e-9


def calendar_shares(cycles: int, cycle_length: float) -> Array:
    """Share of each cycle that falls in each year from the start, (t, year); a cohort starts as a year begins.

    Months and quarters lie in one year; a cycle that crosses a year's end is divided by its length on both sides.
    """
    years = max(1, math.ceil(cycles * cycle_length - _ROUNDING))
    begins = np.arange(cycles)[:, None] * cycle_length
    year = np.arange(years)[None, :]
    inside = np.minimum(begins + cycle_length, year + 1.0) - np.maximum(begins, year)
    inside[inside < _ROUNDING * cycle_length] = 0.0
    return np.asarray(inside / inside.sum(axis=1, keepdims=True))


def year_paid_back(cumulative: Array, first_year: int) -> Array:
    """First calendar year from whose end on the sum so far is never negative again: (..., y, d) -> (..., d).

    inf where it is negative at the end, the first year where it never is, nan where nothing is ever paid nor saved.
    """
    years = cumulative.shape[-2]
    negative = cumulative < 0
    last = years - 1 - np.argmax(negative[..., ::-1, :], axis=-2)
    back = np.where(negative.any(axis=-2), last + 1.0, 0.0)
    found = np.where(back >= years, np.inf, first_year + back)
    return np.where((cumulative == 0).all(axis=-2), np.nan, found)


def peak_need(cumulative: Array) -> Array:
    """How far the sum so far falls below zero at most: (..., y, d) -> (..., d), 0 or more."""
    return np.asarray(np.maximum(0.0, -cumulative.min(axis=-2)))


class Cohorts(NamedTuple):
    """Who starts when, and by which model they live."""

    model_of: NDArray[np.int64]
    """(j,) model of a cohort"""
    begins: NDArray[np.int64]
    """(j,) year of the programme, from 0"""
    people: Array
    """(j,)"""
    later: NDArray[np.int64]
    """(j,) years by which discounted money must still be moved to the model's start; 0 where a model does so itself"""


class Tally(NamedTuple):
    """What is kept of a programme in some draws."""

    sums: dict[str, Array]
    """Over the draws, by variable."""
    paths: dict[str, Array]
    """(q, y, path) sums so far of those draws of which every year is kept, by suffix."""
    back: dict[str, NDArray[np.int64]]
    """(q, year) draws by the year of the programme in which it has paid back, then those in which it never does, then
    those in which there is nothing to pay back; by suffix."""
    by_draw: dict[str, Array]
    """(..., d)"""


SUFFIXES = ("", "_discounted")


class Reducer:
    """Reduces a programme in some draws to what its figures need. Safe to call from several threads.

    Parameters
    ----------
    members : (perspective, p) payers of a perspective.
    shares : of each cycle in a cohort's years (t, year), as `calendar_shares`.
    by_boundary : whether flows have one cycle more, the last boundary.
    paths : first draws of the run of which every year is kept.
    """

    def __init__(
        self,
        cohorts: Cohorts,
        *,
        members: NDArray[np.bool_],
        shares: Array,
        by_boundary: bool,
        cycle_length: float,
        paths: int,
    ) -> None:
        from engine.kernel.budgets import Programme  # numba is slow to load

        if by_boundary:  # the last boundary falls when the cycle that it ends does
            shares = np.concatenate([shares, shares[-1:]])
        self.cohorts, self.cycle_length, self.paths = cohorts, cycle_length, paths
        who = (cohorts.model_of, cohorts.begins, cohorts.people)
        self.programme = Programme(members, shares, *who, rounding=ROUNDING)

    def __call__(self, flows: Sequence[Array], draws: Draws) -> Tally:
        """What is kept of the flows of each model, in the same draws, as `map_cohorts` tells them."""
        counted, n = draws.counted, draws.counted.size
        few = max(0, min(self.paths - draws.first, n))
        found = self.programme.tally(
            flows, counted, self._weights(flows, steady=draws.steady), few, cycles=draws.cycles
        )
        whole = bool(counted.all())
        some = slice(None) if whole else counted
        by_draw = {"draw": (draws.first + np.flatnonzero(counted)).astype(np.float64), "need": found.need[:, some]}
        for kind, suffix in enumerate(SUFFIXES):
            by_draw[f"total{suffix}"] = found.total[kind][:, some]
        return Tally(
            {f"budget_saving{suffix}": found.saved[kind] for kind, suffix in enumerate(SUFFIXES)}
            | {f"budget_cost{suffix}": found.spent[:, kind] for kind, suffix in enumerate(SUFFIXES)},
            {
                suffix: found.paths[kind] if whole or not few else found.paths[kind][..., counted[:few]]
                for kind, suffix in enumerate(SUFFIXES)
            },
            dict(zip(SUFFIXES, found.back, strict=True)),
            by_draw,
        )

    def _weights(self, flows: Sequence[Array], *, steady: bool) -> Array:
        """Participants, and participants times what moves discounted money to the model's start: (kind, j), or
        (kind, j, d) where the discount rate may differ between draws."""
        people, later = self.cohorts.people, self.cohorts.later[:, None]
        factor = flows[0][: 1 if steady else None, :2, -1]
        weights = np.empty((2, people.size, factor[:, 0].size))
        weights[:] = people[:, None]
        if later.any():
            each = (factor[:, 1] / factor[:, 0]).ravel() ** (1 / self.cycle_length)
            weights[1] *= each**later
        return np.ascontiguousarray(weights[..., 0]) if steady else weights


class _Gathered:
    """Arrays by name, put one after the other along their last axis, draws."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._room: dict[str, Array] = {}
        self._used: dict[str, int] = {}

    def clear(self) -> None:
        """Begin again, in the same memory: new memory takes longer than what is written there."""
        self._used.clear()

    def add(self, name: str, values: Array) -> None:
        start = self._used.get(name, 0)
        self._used[name] = start + values.shape[-1]
        if name not in self._room:
            self._room[name] = np.empty((*values.shape[:-1], self._most))
        self._room[name][..., start : self._used[name]] = values

    def __getitem__(self, name: str) -> Array:
        return self._room[name][..., : self._used.get(name, 0)]


def budget_of_draws(
    pieces: Iterable[Tally], gathered: _Gathered, *, first_year: int, replicates: int = 1
) -> dict[str, Array]:
    """Figures of one calculation, by the names of the vocabulary without `calculation`.

    Means, pay-back years and the peak need are of all draws; quantiles of sums so far are of the paths kept.

    Parameters
    ----------
    pieces : of the draws in their order.
    gathered : room for what is told of each of them, written over.
    replicates : of the design, for Monte Carlo errors.

    Raises
    ------
    RunError : no draw is valid.
    """
    sums: dict[str, Array] = {}
    back: dict[str, NDArray[np.int64]] = {}
    kept: dict[str, list[Array]] = {suffix: [] for suffix in SUFFIXES}
    gathered.clear()
    n_valid = 0
    for piece in pieces:
        for name, total in piece.sums.items():
            sums[name] = sums[name] + total if name in sums else total
        for suffix, part in piece.paths.items():
            if part.shape[-1]:
                kept[suffix].append(part)
        for suffix, count in piece.back.items():
            back[suffix] = back[suffix] + count if suffix in back else count
        for name, values in piece.by_draw.items():
            gathered.add(name, values)
        n_valid += piece.by_draw["draw"].size
    if not n_valid:
        raise RunError("no draw of the programme is valid, so there is nothing to tell of budgets")
    result = {name: total / n_valid for name, total in sums.items()}
    for suffix, parts in kept.items():
        mean = accumulate(result[f"budget_saving{suffix}"][..., None])[..., 1:, :]
        result[f"budget_cumulative{suffix}"] = mean[..., 0]
        unknown = np.full((len(LEVELS), *mean.shape[:-1]), np.nan)
        levels = _levels_of_paths(np.concatenate(parts, axis=-1)) if parts else unknown
        result[f"budget_cumulative_quantile{suffix}"] = levels
        result[f"budget_total_mcse{suffix}"] = monte_carlo_error(
            gathered[f"total{suffix}"], replicates, draw=gathered["draw"].astype(np.int64)
        )
        years, share = _levels_of_years(back[suffix], first_year)
        result[f"budget_payback_year{suffix}"], result[f"budget_p_payback{suffix}"] = years, share
        if not suffix:
            result["budget_mean_payback_year"] = year_paid_back(mean, first_year)[..., 0]
            result["budget_peak_need"] = peak_need(mean)[..., 0]
            lowest = first_year + mean[..., 0].argmin(axis=-1).astype(float)
            result["budget_peak_year"] = np.where(result["budget_peak_need"] > 0, lowest, np.nan)
            result["budget_peak_need_quantile"] = np.quantile(gathered["need"], LEVELS, axis=-1, overwrite_input=True)
    return result


def _levels_of_paths(paths: Array) -> Array:
    """Quantiles over paths of sums so far, (q, y, path) -> (level, q, y)."""
    # a year in which nothing moves has those of the one before, and after a short horizon that is all of them
    moved = np.ones(paths.shape[:2], dtype=np.bool_)
    moved[:, 1:] = (paths[:, 1:] != paths[:, :-1]).any(axis=-1)
    found = np.quantile(paths[moved], LEVELS, axis=-1, overwrite_input=True)
    return np.asarray(found[:, np.cumsum(moved).reshape(moved.shape) - 1])


def _levels_of_years(back: NDArray[np.int64], first_year: int) -> tuple[Array, Array]:
    """Of draws counted by year, as in `Tally`: quantiles (level, q) over those in which there is something to pay back,
    whole years, and inf where it never is; the share of these that do (q,). nan where there are none."""
    levels, share = np.full((len(LEVELS), back.shape[0]), np.nan), np.full(back.shape[0], np.nan)
    years = np.append(first_year + np.arange(back.shape[1] - 2, dtype=np.float64), np.inf)
    for q, count in enumerate(back[:, :-1]):
        defined = count.sum()
        if defined:
            rank = np.maximum(np.ceil(np.array(LEVELS) * defined - 1), 0)
            levels[:, q] = years[np.searchsorted(np.cumsum(count), rank, side="right")]
            share[q] = count[:-1].sum() / defined
    return levels, share


def budget_impact(
    calculations: Mapping[str, Iterable[Tally]],
    *,
    intake: Mapping[int, float],
    years: int,
    parties: Sequence[str],
    courses: tuple[str, str],
    draws: int,
    paths: int,
    replicates: int = 1,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """What the programme does to the budgets of each party, in every calculation.

    Parameters
    ----------
    calculations : by name, tallies of the programme in the order of the draws.
    intake : participants by the calendar year in which they start.
    years : calendar years from the first intake on in which money moves.
    parties : perspectives and payers, in the order of the pieces.
    courses : baseline and strategy.
    draws : of each calculation, at most.
    paths : of how many first draws every year was kept.
    replicates : as in `budget_of_draws`.

    Returns
    -------
    Dataset of the vocabulary's "budgets" part, in SEK for all participants; attribute `paths`.

    Raises
    ------
    UsageError : no intake.
    RunError : a calculation has no valid draw.
    """
    if not intake:
        raise UsageError("no intake: give participants by the calendar year in which they start")
    first_year = min(intake)
    calendar = np.arange(first_year, first_year + years)
    how = {"first_year": first_year, "replicates": replicates}
    gathered = _Gathered(draws)
    found = [budget_of_draws(pieces, gathered, **how) for pieces in calculations.values()]
    party = ("party", "calendar_year")
    dims: dict[str, tuple[str, ...]] = {"budget_mean_payback_year": ("party",), "budget_peak_need": ("party",),
            "budget_peak_year": ("party",), "budget_peak_need_quantile": ("quantile", "party")}  # fmt: skip
    for suffix in ("", "_discounted"):
        dims |= {
            f"budget_saving{suffix}": party,
            f"budget_cost{suffix}": ("course", *party),
            f"budget_cumulative{suffix}": party,
            f"budget_cumulative_quantile{suffix}": ("quantile", *party),
            f"budget_total_mcse{suffix}": ("party",),
            f"budget_payback_year{suffix}": ("quantile", "party"),
            f"budget_p_payback{suffix}": ("party",),
        }
    variables = {}
    for name, own in dims.items():
        axis = 1 if own[0] == "quantile" else 0
        with_calculation = (*own[:axis], "calculation", *own[axis:])
        variables[name] = (with_calculation, np.stack([f[name] for f in found], axis=axis), attributes(name))
    participants = np.array([float(intake.get(int(year), 0.0)) for year in calendar])
    return xr.Dataset(
        {"participants": (("calendar_year",), participants, attributes("participants")), **variables},
        coords={
            "calculation": list(calculations),
            "course": list(courses),
            "party": list(parties),
            "calendar_year": calendar,
            "quantile": list(LEVELS),
        },
        attrs={"paths": paths, **(attrs or {})},
    )
