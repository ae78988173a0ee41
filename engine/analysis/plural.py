"""Who calculates, against what each calculator is unsure of.

Every assumption has two sources of spread: which calculation supplies it (e, a choice), and its uncertainty
within that calculation (u, uniform in (0, 1) and turned into a value by that calculation's law). All e and u are
drawn independently, so by the law of total variance Var Y = Var E[Y|e] + E Var[Y|e], and each part divides further.

Letters: K calculations, n points, D columns of the values, G assumptions, U uncertain inputs, O outcomes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.differences import PERSPECTIVE, REPORTED, AssumptionGroup
from engine.analysis.factorial import Whole, find_alternatives, normalised
from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress
from engine.analysis.mixtures import alternative_at, perspectives_of
from engine.analysis.pick_freeze import Bits, Freeze, Share
from engine.analysis.spread import check_calculations
from engine.errors import RunError, UsageError
from engine.run.designs import REPLICATES, unit_points
from engine.vocabulary import attributes

ValuesOf = Callable[[Array], Array]
"""Points of the unit cube (U, n) -> values of one calculation (D, n), column n from point n alone."""


class Split(NamedTuple):
    """Variance divided into who calculates, what each is unsure of, and their interaction; shares add up to 1."""

    between: Share
    """(O,) Var E[Y|e] / Var Y."""
    within: Share
    """(O,) Var E[Y|u] / Var Y: uncertainty that is alike whoever calculates."""
    both: Share
    """(O,) the rest; `within` + `both` = E Var[Y|e] / Var Y."""


def split_variance(freeze: Freeze, who: Sequence[int], unsure: Sequence[int]) -> Split:
    """Between, within and both, from all four exchanges of the two groups.

    Two outcomes with the same e and independent u differ by what is within, so half their mean squared difference is
    E Var[Y|e] (Jansen 1999); and the product of two such differences, with the same two u and independent e, has
    the mean 2 Var E[Y|u]. Both are small where little is within. So the smaller of the two kinds is measured, and the
    larger is what is left.
    """
    other_who, other_unsure = freeze.with_b(who), freeze.with_b(unsure)
    four = np.stack([freeze.a, freeze.b, other_who, other_unsure])
    mean = np.stack([freeze.mean(y) for y in four]).mean(axis=0)
    square = np.stack([freeze.mean(y * y) for y in four]).mean(axis=0)
    variance = (square - mean**2) * (freeze.variance > 0)

    def measured(same: Array, same_b: Array) -> tuple[Array, Array]:
        """What is lost without a group, and what it explains alone, from outcomes that differ in it only."""
        d, d_b = freeze.a - same, same_b - freeze.b
        return 0.25 * (freeze.mean(d**2) + freeze.mean(d_b**2)), 0.5 * freeze.mean(d * d_b)

    within_total, within = measured(other_unsure, other_who)
    between_total, between = measured(other_who, other_unsure)
    if not len(who):
        within = within_total = variance
    if not len(unsure):
        between = between_total = variance
    much = within_total.sum(axis=0) > 0.5 * variance.sum(axis=0)
    return Split(
        freeze.share(np.where(much, between, variance - within_total), variance),
        freeze.share(np.where(much, variance - between_total, within), variance),
        freeze.share(np.where(much, between_total - between, within_total - within), variance),
    )


class _Factors(NamedTuple):
    """What is drawn: e of the assumptions that differ, the perspective last; then u of those that are uncertain."""

    who: dict[int, int]
    """Assumption -> factor."""
    unsure: dict[int, int]
    n: int


def split_who_and_unsure(
    evaluate: Evaluate,
    values_of: Mapping[str, ValuesOf],
    *,
    n_uncertain: int,
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str],
    weights: Mapping[str, float] | None = None,
    perspective: AssumptionGroup = PERSPECTIVE,
    points: int = 1024,
    chunk: int = CHUNK,
    seed: int = 0,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """How much of the variance comes from who calculates, how much from what each is unsure of, and where.

    Parameters
    ----------
    evaluate : vectorised function of values (n, D) -> net saving (n, party) [SEK/participant].
    values_of : for each calculation, in order, its values (D, n) at points (U, n) of the unit cube.
    n_uncertain : rows of the points (U). What varies over them is found by looking; columns of different assumptions
        are taken as independent, also where a calculation draws them together.
    assumptions, parties, reported, perspective : as in `engine.analysis.differences.explain_differences`. An
        assumption of several columns is supplied, and is uncertain, as one.
    weights : how likely each calculation is to supply an assumption; equal if None.
    points : points of each of 16 independent replicates, a power of two. The function is evaluated
        16 × points × (4 + at most 3 for each assumption) times.
    seed : of the design.
    progress : told rows evaluated and in all.

    Returns
    -------
    Dataset with `between_share`, `within_share`, `both_share`, which add up to 1, `total_sd` (party); `who_share`,
    `unsure_share`, `who_unsure_share`, `who_total_share`, `unsure_total_share` (party, assumption); each
    share with `_conf`. 0 where an assumption is agreed on, or certain; NaN for a party whose outcome does not
    vary. Coordinates `label`, `theme`, `differs`, `uncertain` (assumption), `weight` (calculation).
    Estimates may fall outside [0, 1] by sampling error and are not clipped.

    Raises
    ------
    UsageError : fewer than two calculations, shapes that do not fit, weights that are not positive, a column that
        differs or is uncertain but belongs to no assumption.
    RunError : an outcome is not a finite number; or whatever `evaluate` refuses.

    References
    ----------
    Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018; Jansen (1999), doi:10.1016/S0010-4655(98)00154-4.
    """
    names = list(values_of)
    n = points * REPLICATES
    if points < 2:
        raise UsageError(f"points: {points}; at least 2.")
    # the choices first: the first dimensions of a Sobol' design are the most even
    g = len(assumptions) + 1
    labels = [
        f"{sample}:{kind}:{i:05d}" for sample in "ab" for kind, d in (("e", g), ("u", n_uncertain)) for i in range(d)
    ]
    u = unit_points("sobol", labels, seed=seed, start=0, stop=n, total=n)
    e_points = np.stack([u[:g], u[g + n_uncertain : 2 * g + n_uncertain]])
    u_points = [np.ascontiguousarray(u[g : g + n_uncertain]), np.ascontiguousarray(u[2 * g + n_uncertain :])]
    # every calculation at both samples: whatever is exchanged, a value is one of these
    values = {name: np.concatenate([np.asarray(of(p)).T for p in u_points]) for name, of in values_of.items()}
    stack, read = check_calculations(values, assumptions, parties, reported, perspective)
    if stack.shape[1] != 2 * n:
        raise UsageError(f"Calculations gave {stack.shape[1]} values for 2 × {n} points.")
    w = normalised(None if weights is None else [weights[name] for name in names], len(names))
    alternatives = find_alternatives(stack, [group.columns for group in assumptions], w)
    views = perspectives_of(read, w)

    varies = (stack != stack[:, :1]).any(axis=(0, 1))
    uncertain = [j for j, group in enumerate(assumptions) if varies[list(group.columns)].any()]
    stray = np.setdiff1d(np.flatnonzero(varies), [c for j in uncertain for c in assumptions[j].columns])
    if stray.size:
        raise UsageError(f"Column {stray[0]} is uncertain and belongs to no assumption.")
    who = [*alternatives.groups, *([len(assumptions)] if views.shape[0] > 1 else [])]
    factors = _Factors(
        {j: k for k, j in enumerate(who)},
        {j: len(who) + k for k, j in enumerate(uncertain)},
        len(who) + len(uncertain),
    )

    # calculation that supplies each assumption (2, n, assumption), the last the one whose perspective is read
    supplier = np.zeros((2, n, g), dtype=np.int64)
    for place, j in enumerate(alternatives.groups):
        taken = alternative_at(alternatives.probability[place], e_points[:, j])
        supplier[:, :, j] = alternatives.first[place][taken]
    supplier[:, :, -1] = views.first[0][alternative_at(views.probability[0], e_points[:, -1])]
    owner = np.full(stack.shape[2], -1, dtype=np.int64)
    for j, group in enumerate(assumptions):
        owner[list(group.columns)] = j
    shown = sorted({*who, *uncertain})
    pairs = sum(j in factors.who and j in factors.unsure for j in shown)
    in_all = n * (4 + factors.n + pairs)
    exchange = _exchange(evaluate, stack, supplier, owner, read, factors, chunk, in_all, progress)
    freeze = Freeze(exchange, factors.n, REPLICATES)
    split = split_variance(freeze, list(factors.who.values()), list(factors.unsure.values()))
    rows = _by_assumption(freeze, factors, shown)
    everything = [*assumptions, perspective]
    by_party = {"between_share": split.between, "within_share": split.within, "both_share": split.both}
    return xr.Dataset(
        {
            **_labelled(by_party, ("party",)),
            "total_sd": ("party", np.sqrt(freeze.variance.mean(axis=0)), attributes("total_sd")),
            **_labelled(rows, ("party", "assumption")),
        },
        coords={
            "calculation": names,
            "party": [*parties, REPORTED],
            "assumption": [everything[j].name for j in shown],
            "label": ("assumption", [everything[j].label for j in shown]),
            "theme": ("assumption", [everything[j].theme for j in shown]),
            "differs": ("assumption", [j in factors.who for j in shown]),
            "uncertain": ("assumption", [j in factors.unsure for j in shown]),
            "weight": ("calculation", w),
        },
        attrs={"points": points, "replicates": REPLICATES, "runs": in_all, **(attrs or {})},
    )


def _exchange(
    evaluate: Evaluate,
    stack: Array,
    supplier: Whole,
    owner: Whole,
    read: Whole,
    factors: _Factors,
    chunk: int,
    in_all: int,
    progress: Progress | None,
) -> Callable[[Bits], Array]:
    """Outcomes (n, O) of all parties and the reported one, as `pick_freeze` wants them.

    Parameters
    ----------
    stack : (K, 2n, D) values at the first and then at the second sample.
    supplier : (2, n, G + 1). owner : assumption of each column (D,), -1 for none.
    """
    n = supplier.shape[1]
    columns = np.arange(stack.shape[2])
    done = 0

    def exchange(bits: Bits) -> Array:
        nonlocal done
        who = np.zeros(supplier.shape[2], dtype=np.int64)
        unsure = np.zeros(supplier.shape[2], dtype=np.int64)
        for place, kind in ((who, factors.who), (unsure, factors.unsure)):
            for j, factor in kind.items():
                place[j] = bits[factor]
        of = supplier[who, :, np.arange(who.size)].T  # (n, G + 1)
        pieces = []
        for start in range(0, n, chunk):
            rows = np.arange(start, min(start + chunk, n))
            # a column of no assumption is the same in all
            x = stack[of[rows][:, owner], rows[:, None] + n * unsure[owner], columns]
            y = np.asarray(evaluate(x), dtype=np.float64)
            if y.ndim != 2 or y.shape[0] != rows.size:
                raise UsageError(f"The outcome function answered {y.shape} to {rows.size} rows of values.")
            bad = ~np.isfinite(y).all(axis=1)
            if bad.any():
                raise RunError(f"{int(bad.sum())} of {rows.size} mixtures have outcomes that are not finite numbers.")
            pieces.append(np.concatenate([y, y[np.arange(rows.size), read[of[rows, -1]]][:, None]], axis=1))
            done += rows.size
            if progress is not None:
                progress(min(done, in_all), in_all)
        return np.concatenate(pieces)

    return exchange


def _by_assumption(freeze: Freeze, factors: _Factors, shown: Sequence[int]) -> dict[str, Share]:
    """Shares (assumption, O) of who, of unsure and of the two jointly."""
    nothing = np.zeros_like(freeze.variance)
    rows: dict[str, list[NDArray[np.float64]]] = {}
    for j in shown:
        who = [factors.who[j]] if j in factors.who else []
        unsure = [factors.unsure[j]] if j in factors.unsure else []
        who_first, who_total = freeze.first_and_total(who) if who else (nothing, nothing)
        unsure_first, unsure_total = freeze.first_and_total(unsure) if unsure else (nothing, nothing)
        jointly = nothing
        if who and unsure:
            jointly = freeze.first_and_total([*who, *unsure])[0] - who_first - unsure_first
        for name, part in (
            ("who_share", who_first),
            ("unsure_share", unsure_first),
            ("who_unsure_share", jointly),
            ("who_total_share", who_total),
            ("unsure_total_share", unsure_total),
        ):
            rows.setdefault(name, []).append(part)
    return {name: freeze.share(np.stack(parts)) for name, parts in rows.items()}


def _labelled(shares: Mapping[str, Share], dims: tuple[str, ...]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, share in shares.items():
        rows[name] = (dims, share.value.T, attributes(name))
        rows[f"{name}_conf"] = (dims, share.conf.T, attributes(f"{name}_conf"))
    return rows
