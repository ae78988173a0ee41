"""Why calculations differ: every assumption's exact share of the difference, for every pair and party.

Names over the arrays of `hybrids`. Both calculations are computed in the same draws, so a contribution
shows what an assumption changes and not luck.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.hybrids import (
    CHUNK,
    MEMORY_LIMIT,
    Array,
    Evaluate,
    Progress,
    SampledShapley,
    alone_from_table,
    hybrid_table,
    permutation_hybrids,
    shapley_by_permutations,
    shapley_from_table,
    step_range_from_table,
    total_from_table,
)
from engine.analysis.summary import mean_over_draws, monte_carlo_error
from engine.errors import UsageError
from engine.vocabulary import attributes

REPORTED = "reported"
"""Party that stands for the perspective which each calculation itself reports."""


class AssumptionGroup(NamedTuple):
    """Assumptions that move together between calculations: one bar of the waterfall."""

    name: str
    label: str
    theme: str
    columns: tuple[int, ...]
    """Of the values; empty for the perspective, which acts only when the outcome is read out."""


PERSPECTIVE = AssumptionGroup("perspective", "Perspective", "perspective", ())


class _Split(NamedTuple):
    """One pair's difference, divided; players on axis 0, outcomes last."""

    shapley: Array
    shapley_se: Array
    alone: Array
    total: Array
    min_step: Array
    max_step: Array
    gap: Array
    gap_se: Array
    from_npv: Array


class _Anchor(NamedTuple):
    """The difference as it is known from many more draws than every hybrid can be computed in."""

    from_npv: Array
    """(outcome,)"""
    gap: Array
    gap_se: Array


class _Task(NamedTuple):
    """What is computed for one pair of calculations."""

    pair: tuple[str, str]
    groups: tuple[int, ...]
    """Indices of the assumptions that differ."""
    draws: int
    exact: bool
    certain: bool
    """Neither calculation varies over draws."""
    rows: int
    """Hybrids × draws."""


def explain_differences(
    evaluate: Evaluate,
    values: Mapping[str, Array],
    *,
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str],
    replicates: int,
    pairs: Sequence[tuple[str, str]] | None = None,
    perspective: AssumptionGroup = PERSPECTIVE,
    exact_up_to: int = 20,
    permutations: int = 256,
    anchors: Mapping[str, Array] | None = None,
    memory_limit: int = MEMORY_LIMIT,
    chunk: int = CHUNK,
    seed: int = 0,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Divide the difference between calculations among the assumptions in which they differ.

    Parameters
    ----------
    evaluate : vectorised function of values (n, D) -> net saving (n, party) [SEK/participant].
    values : values (draw, D) of each calculation, in order, all in the same draws.
    assumptions : groups of columns; an assumption differs between two calculations if any of its
        columns does in any draw.
    parties : perspectives and payers, the columns of `evaluate`.
    reported : the perspective, one of `parties`, that each calculation reports. Where two differ in it,
        `perspective` is a further assumption, which matters for the party "reported" alone.
    replicates : of the design: draw i belongs to replicate i modulo this number.
    pairs : (from, to); all pairs in the order of `values` if None.
    exact_up_to : assumptions up to which all hybrids are computed; beyond, orders are sampled.
    permutations : random orders, each with its reverse, where orders are sampled.
    anchors : outcomes (draw, party) of each calculation as it is, in many draws of the same design. With
        them `gap` and `from_npv` are those of the many draws, and contributions, which few draws suffice
        for, are moved to add up to that gap by regression on it (a control variate: Lavenberg and Welch
        1981, Management Science 27:322).
    memory_limit : bytes of one pair's table. Where all draws do not fit, fewer are used: the first ones,
        a multiple of `replicates` if as many fit. Where not even one fits, orders are sampled. The
        limit also bounds the work of sampling: its hybrids count as if they were kept.
    chunk : rows given to `evaluate` at a time.
    seed : of sampled orders.
    attrs : attributes of the dataset, such as `strategy`.
    progress : told hybrids × draws evaluated and in all.

    Returns
    -------
    Dataset with `shapley`, `shapley_se`, `alone`, `total`, `min_step`, `max_step` (pair, party,
    assumption), `gap`, `gap_se`, `from_npv` (pair, party) and `exact` (pair); coordinates `pair_from`,
    `pair_to`, `draws_used` (pair), `theme`, `label` (assumption), `differs` (pair, assumption). Assumptions that
    no pair differs in are left out; where one pair agrees its entries are 0. `shapley` adds up to `gap`.
    Standard errors are 0 where nothing is uncertain and nothing sampled, NaN for a single uncertain draw.

    Raises
    ------
    UsageError : fewer than two calculations, shapes that do not fit, a column that differs but
        belongs to no assumption, an unknown perspective.
    RunError : an outcome is not a finite number; or whatever `evaluate` refuses.
    """
    names = list(values)
    chosen = list(combinations(names, 2)) if pairs is None else [(str(a), str(b)) for a, b in pairs]
    _check(values, assumptions, parties, reported, replicates, chosen, perspective)
    tasks = [
        _plan(pair, values, assumptions, len(parties), replicates, exact_up_to, permutations, memory_limit)
        for pair in chosen
    ]
    differing = sorted({j for task in tasks for j in task.groups})
    shown = [assumptions[j] for j in differing]
    if any(reported[a] != reported[b] for a, b in chosen):
        shown.append(perspective)
    place = {group.name: k for k, group in enumerate(shown)}

    all_parties = [*parties, REPORTED]
    shape = (len(chosen), len(all_parties))
    by_assumption = {k: np.zeros((*shape, len(shown))) for k in _Split._fields[:6]}
    by_party = {k: np.zeros(shape) for k in _Split._fields[6:]}
    differs = np.zeros((len(chosen), len(shown)), dtype=bool)
    in_all, before = sum(task.rows for task in tasks), 0

    for p, task in enumerate(tasks):

        def tell(done: int, _: int, before: int = before) -> None:
            if progress is not None:
                progress(before + done, in_all)

        a, b = (values[c][: task.draws] for c in task.pair)
        readout = tuple(list(parties).index(reported[c]) for c in task.pair)
        groups = [assumptions[j].columns for j in task.groups]
        labels = [assumptions[j].name for j in task.groups]
        common: dict[str, Any] = {"chunk": chunk, "names": labels, "progress": tell}
        anchor = None if anchors is None else _anchor(anchors[task.pair[0]], anchors[task.pair[1]], replicates)
        at_readout = None if anchors is None else _reported_anchor(anchors, task.pair, readout, replicates)
        splits = (
            _exact(
                hybrid_table(evaluate, a, b, groups, memory_limit=memory_limit, **common),
                readout,
                replicates,
                task,
                (anchor, at_readout),
            )
            if task.exact
            else _sampled(
                evaluate, a, b, groups, readout, replicates, task, permutations, seed, common, (anchor, at_readout)
            )
        )
        before += task.rows
        if readout[0] != readout[1]:
            labels.append(perspective.name)
        where = [place[label] for label in labels]
        differs[p, where] = True
        for first, split in zip((0, len(parties)), splits, strict=True):
            to = slice(first, first + split.gap.size)
            players = where[: split.shapley.shape[0]]
            for variable in by_assumption:
                by_assumption[variable][p][to, players] = getattr(split, variable).T
            for variable in by_party:
                by_party[variable][p, to] = getattr(split, variable)

    exact = np.array([int(task.exact) for task in tasks])
    return xr.Dataset(
        {
            **{k: (("pair", "party", "assumption"), v, attributes(k)) for k, v in by_assumption.items()},
            **{k: (("pair", "party"), v, attributes(k)) for k, v in by_party.items()},
            "exact": ("pair", exact, attributes("exact")),
        },
        coords={
            "pair": [f"{a} -> {b}" for a, b in chosen],
            "party": all_parties,
            "assumption": [group.name for group in shown],
            "pair_from": ("pair", [a for a, _ in chosen]),
            "pair_to": ("pair", [b for _, b in chosen]),
            "draws_used": ("pair", [task.draws for task in tasks]),
            "theme": ("assumption", [group.theme for group in shown]),
            "label": ("assumption", [group.label for group in shown]),
            "differs": (("pair", "assumption"), differs),
        },
        attrs={"draws": next(iter(values.values())).shape[0], **(attrs or {})},
    )


def theme_totals(differences: xr.Dataset) -> xr.DataArray:
    """Contributions summed by theme.

    Parameters
    ----------
    differences : dataset of `explain_differences`.

    Returns
    -------
    (pair, party, theme) [SEK/participant], themes in order of first appearance; they add up to the gap.
    """
    theme = np.asarray(differences["theme"].values)
    themes = list(dict.fromkeys(str(t) for t in theme))
    shapley = np.asarray(differences["shapley"].transpose("pair", "party", "assumption").values)
    sums = [shapley[..., theme == t].sum(axis=-1) for t in themes]
    return xr.DataArray(
        np.stack(sums, axis=-1) if sums else np.zeros((*shapley.shape[:2], 0)),
        dims=("pair", "party", "theme"),
        coords={"pair": differences["pair"].values, "party": differences["party"].values, "theme": themes},
        name="shapley",
        attrs=attributes("shapley"),
    )


def _check(
    values: Mapping[str, Array],
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str],
    replicates: int,
    pairs: Sequence[tuple[str, str]],
    perspective: AssumptionGroup,
) -> None:
    if len(values) < 2:
        raise UsageError("A difference takes two calculations; there is one only.")
    if replicates < 1:
        raise UsageError(f"replicates: {replicates}; at least 1.")
    shapes = {v.shape for v in values.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2 or 0 in next(iter(shapes)):
        raise UsageError(f"All calculations need values (draws, parameters) of one shape, not {sorted(shapes)}.")
    names = [group.name for group in assumptions]
    if len(set(names)) < len(names) or perspective.name in names:
        raise UsageError(f"Assumptions need names of their own, and none may be called '{perspective.name}'.")
    for a, b in pairs:
        for c in (a, b):
            if c not in values:
                raise UsageError(f"No calculation '{c}'. There are: {', '.join(values)}.")
            if reported.get(c) not in parties:
                raise UsageError(f"Calculation '{c}' reports '{reported.get(c)}'; parties are {', '.join(parties)}.")
        if a == b:
            raise UsageError(f"Calculation '{a}' cannot be compared with itself.")


def _plan(
    pair: tuple[str, str],
    values: Mapping[str, Array],
    assumptions: Sequence[AssumptionGroup],
    n_parties: int,
    replicates: int,
    exact_up_to: int,
    permutations: int,
    memory_limit: int,
) -> _Task:
    a, b = values[pair[0]], values[pair[1]]
    changed = (a != b).any(axis=0)
    groups = tuple(j for j, group in enumerate(assumptions) if changed[list(group.columns)].any())
    stray = np.setdiff1d(np.flatnonzero(changed), [c for j in groups for c in assumptions[j].columns])
    if stray.size:
        raise UsageError(f"'{pair[0]}' and '{pair[1]}' differ in column {stray[0]}, which belongs to no assumption.")
    # what does not vary over draws takes one draw to compute
    certain = bool((a == a[0]).all() and (b == b[0]).all())
    wanted = 1 if certain else a.shape[0]
    # the party "reported" is kept in both perspectives besides
    one_draw = (n_parties + 2) * 8
    for exact in (True, False):
        if exact and len(groups) > exact_up_to:
            continue
        hybrids = 1 << len(groups) if exact else permutation_hybrids(len(groups), permutations)
        draws = min(wanted, memory_limit // (hybrids * one_draw))
        if draws < wanted and draws >= replicates:
            draws -= draws % replicates
        if draws > 0:
            break
    draws = max(draws, 1)
    return _Task(pair, groups, draws, exact, certain, hybrids * draws)


def _anchor(first: Array, second: Array, replicates: int) -> _Anchor:
    """From outcomes (draw, outcome) of two calculations in the same draws."""
    change = np.moveaxis(second - first, -2, -1)
    certain = bool((change == change[:, :1]).all())
    error = np.zeros(change.shape[0]) if certain else monte_carlo_error(change, replicates)
    return _Anchor(_mean(first), _mean(second) - _mean(first), error)


def _reported_anchor(
    anchors: Mapping[str, Array], pair: tuple[str, str], readout: tuple[int, ...], replicates: int
) -> _Anchor:
    first, second = (anchors[name][:, k : k + 1] for name, k in zip(pair, readout, strict=True))
    return _anchor(first, second, replicates)


def _exact(
    v: Array,
    readout: tuple[int, ...],
    replicates: int,
    task: _Task,
    anchors: tuple[_Anchor | None, _Anchor | None],
) -> tuple[_Split, _Split]:
    """All parties, and the reported one, from the table of all hybrids (2^g, m, O)."""
    parties = _split_table(v, replicates, task, anchors[0])
    i, j = readout
    if i == j:
        return parties, _one_outcome(parties, i)
    # the perspective is one more bit on top: 0 reads out the first calculation's, 1 the second's
    both = np.concatenate([v[..., i], v[..., j]])[..., None]
    return parties, _split_table(both, replicates, task, anchors[1])


def _split_table(v: Array, replicates: int, task: _Task, anchor: _Anchor | None) -> _Split:
    # over the middle axis in place: the table may fill the memory allowed, a copy would double it
    mean = v.mean(axis=1)
    smallest, largest = step_range_from_table(mean)
    per_draw = shapley_from_table(v)
    split = _Split(
        shapley=_mean(per_draw),
        shapley_se=_error(per_draw, replicates, task),
        alone=alone_from_table(mean),
        total=total_from_table(mean),
        min_step=smallest,
        max_step=largest,
        gap=_mean(v[-1] - v[0]),
        gap_se=_error(v[-1] - v[0], replicates, task),
        from_npv=_mean(v[0]),
    )
    if anchor is None:
        return split
    alone, total = alone_from_table(v), total_from_table(v)
    return _anchored(split, anchor, per_draw, v[-1] - v[0], replicates, task, alone=alone, total=total)


def _anchored(
    split: _Split, anchor: _Anchor, per_draw: Array, gap: Array, replicates: int, task: _Task, **steps: Array
) -> _Split:
    """Moved to the gap of many draws, each part by its regression on the gap over draws.

    Parameters
    ----------
    per_draw, steps : contributions, and the fields of `split` that are moved with them, (player, m, outcome).
    gap : (m, outcome).
    """
    apart = gap - _mean(gap)
    variance = (apart * apart).sum(axis=0)

    def slope(x: Array) -> Array:
        covariance = ((x - _mean(x)[..., None, :]) * apart).sum(axis=-2)
        result: Array = np.divide(covariance, variance, out=np.zeros_like(covariance), where=variance > 0)
        return result

    move = np.where(variance > 0, anchor.gap - split.gap, 0.0)
    by = slope(per_draw)
    rest = _error(per_draw - by[:, None, :] * gap, replicates, task)
    moved = {name: getattr(split, name) + slope(x) * move for name, x in steps.items()}
    ends = [*moved.values()]
    return split._replace(
        shapley=split.shapley + by * move,
        shapley_se=np.sqrt(rest**2 + (by * anchor.gap_se) ** 2),
        # the first and the last step are two of all steps, whatever was moved
        min_step=np.minimum.reduce([split.min_step, *ends]),
        max_step=np.maximum.reduce([split.max_step, *ends]),
        gap=split.gap + move,
        gap_se=np.where(variance > 0, anchor.gap_se, split.gap_se),
        from_npv=np.where(variance > 0, anchor.from_npv, split.from_npv),
        **moved,
    )


def _sampled(
    evaluate: Evaluate,
    a: Array,
    b: Array,
    groups: Sequence[Sequence[int]],
    readout: tuple[int, ...],
    replicates: int,
    task: _Task,
    permutations: int,
    seed: int,
    common: Mapping[str, Any],
    anchors: tuple[_Anchor | None, _Anchor | None],
) -> tuple[_Split, _Split]:
    """All parties, and the reported one, from sampled orders."""
    i, j = readout
    sampled = shapley_by_permutations(
        evaluate,
        a,
        b,
        groups,
        permutations=permutations,
        seed=seed,
        readout=None if i == j else (i, j),
        **common,
    )
    parties = _split_sampled(sampled.outcomes, replicates, task, anchors[0])
    if sampled.reported is None:
        return parties, _one_outcome(parties, i)
    return parties, _split_sampled(sampled.reported, replicates, task, anchors[1])


def _split_sampled(s: SampledShapley, replicates: int, task: _Task, anchor: _Anchor | None) -> _Split:
    # Draws and orders are independent luck. All draws share the orders, so the spread over draws
    # holds none of the orders' and the two variances add.
    over_draws = _error(s.contributions, replicates, task)
    split = _Split(
        shapley=_mean(s.contributions),
        shapley_se=np.sqrt(over_draws**2 + s.order_se**2),
        alone=s.alone,
        total=s.total,
        min_step=s.min_step,
        max_step=s.max_step,
        gap=_mean(s.last - s.first),
        gap_se=_error(s.last - s.first, replicates, task),
        from_npv=_mean(s.first),
    )
    if anchor is None:
        return split
    moved = _anchored(split, anchor, s.contributions, s.last - s.first, replicates, task)
    return moved._replace(shapley_se=np.sqrt(moved.shapley_se**2 + s.order_se**2))


def _one_outcome(split: _Split, o: int) -> _Split:
    return _Split(*(field[..., o : o + 1] for field in split))


def _mean(x: Array) -> Array:
    """Over draws, the last axis but one."""
    return mean_over_draws(np.moveaxis(x, -2, -1))


def _error(x: Array, replicates: int, task: _Task) -> NDArray[np.float64]:
    if task.certain:
        return np.zeros((*x.shape[:-2], x.shape[-1]))
    return monte_carlo_error(np.moveaxis(x, -2, -1), replicates)
