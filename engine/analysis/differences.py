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

from engine.analysis.anchors import anchor_of, known_ends
from engine.analysis.division import (
    BY_ASSUMPTION,
    BY_PARTY,
    BY_THEME,
    Comparison,
    Task,
    divide_by_orders,
    divide_exactly,
    one_outcome,
    split_parts,
    themes_matter,
)
from engine.analysis.hybrids import CHUNK, MEMORY_LIMIT, Array, Evaluate, Progress
from engine.analysis.orders import permutation_hybrids
from engine.analysis.owen import number_themes
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


def compare(values: Mapping[str, Array], assumptions: Sequence[AssumptionGroup], pair: tuple[str, str]) -> Comparison:
    """Find what two calculations differ in.

    Parameters
    ----------
    values : values (draw, D) of each calculation, in the same draws.
    assumptions : groups of columns.

    Raises
    ------
    UsageError : an unknown calculation, shapes that do not fit, or a column that differs but belongs to no assumption.
    """
    for name in pair:
        if name not in values:
            raise UsageError(f"No calculation '{name}'. There are: {', '.join(values)}.")
    a, b = values[pair[0]], values[pair[1]]
    if a.ndim != 2 or a.shape != b.shape or 0 in a.shape:
        raise UsageError(f"All calculations need values (draws, parameters) of one shape, not {a.shape}, {b.shape}.")
    changed = (a != b).any(axis=0)
    differing = tuple(j for j, group in enumerate(assumptions) if changed[list(group.columns)].any())
    stray = np.setdiff1d(np.flatnonzero(changed), [c for j in differing for c in assumptions[j].columns])
    if stray.size:
        raise UsageError(f"'{pair[0]}' and '{pair[1]}' differ in column {stray[0]}, which belongs to no assumption.")
    # what does not vary over draws takes one draw to compute
    certain = bool((a == a[0]).all() and (b == b[0]).all())
    return Comparison(a[:1], b[:1], differing, True) if certain else Comparison(a, b, differing, False)


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
    target: float | None = 0.01,
    budget: int | None = None,
    anchors: Mapping[str, Array] | None = None,
    sums: Array | None = None,
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
    permutations : random orders in a batch, each with its reverse, where orders are sampled.
    target : batches follow until the standard error of each contribution from sampling orders is at most
        this share of the difference, for every party; one batch if None.
    budget : hybrids × draws that one pair may take. Where all draws would take more, fewer are used: the
        first ones, a multiple of `replicates` if as many fit. Where not even one fits, orders are sampled,
        and batches end with the budget. If None, as many as `memory_limit` would hold at a time.
    anchors : outcomes (draw, party) of each calculation as it is, in many draws of the same design. With
        them `gap` and `from_npv` are those of the many draws: the few are weighted so that both ends come out
        as they are known, see `engine.analysis.anchors`.
    sums : (party, party) of 0 and 1, which parties each party is the sum of; each stands for itself if None. Draws
        are weighted for each of those that are summed, so that sums stay sums.
    memory_limit : bytes of one pair's table; draws are taken in blocks that keep it.
    chunk : rows given to `evaluate` at a time.
    seed : of sampled orders.
    attrs : attributes of the dataset, such as `strategy`.
    progress : told hybrids × draws evaluated and in all.

    Returns
    -------
    Dataset with `shapley`, `shapley_se`, `alone`, `total`, `min_step`, `max_step`, `owen`, `owen_se` (pair, party,
    assumption), `theme_contribution`, `theme_contribution_se` (pair, party, assumption_theme), `gap`, `gap_se`,
    `from_npv` (pair, party), `exact`, `orders`, `target_reached` (pair); coordinates `pair_from`, `pair_to`,
    `draws_used`, `stopped` (pair), `theme`, `label` (assumption), `differs` (pair, assumption). Assumptions that no
    pair differs in are left out; where one pair agrees its entries are 0. `shapley`, `owen` and
    `theme_contribution` each add up to `gap`. `stopped` says why no more was computed: `enumerated`, `target`,
    `budget`, or `one batch`.
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
        _plan(
            pair,
            values,
            assumptions,
            len(parties),
            replicates,
            exact_up_to,
            permutations,
            memory_limit,
            budget,
            [perspective.theme] if reported[pair[0]] != reported[pair[1]] else [],
        )
        for pair in chosen
    ]
    differing = sorted({j for task in tasks for j in task.between.differing})
    shown = [assumptions[j] for j in differing]
    if any(reported[a] != reported[b] for a, b in chosen):
        shown.append(perspective)
    place = {group.name: k for k, group in enumerate(shown)}
    themes, _ = number_themes([group.theme for group in shown])

    all_parties = [*parties, REPORTED]
    shape = (len(chosen), len(all_parties))
    by_assumption = {k: np.zeros((*shape, len(shown))) for k in BY_ASSUMPTION}
    by_theme = {k: np.zeros((*shape, len(themes))) for k in BY_THEME}
    by_party = {k: np.zeros(shape) for k in BY_PARTY}
    differs = np.zeros((len(chosen), len(shown)), dtype=bool)
    orders, reached, stopped = [], [], []
    in_all, before = sum(task.rows for task in tasks), 0
    compared = {name for pair in chosen for name in pair}
    at_ends = {} if anchors is None else {name: anchor_of(anchors[name], replicates) for name in compared}

    for p, task in enumerate(tasks):
        spent = 0

        def tell(done: int, of: int, before: int = before, others: int = in_all - task.rows) -> None:
            nonlocal spent
            spent = done
            if progress is not None:
                progress(before + done, others + of)

        readout = tuple(list(parties).index(reported[c]) for c in task.pair)
        players = [assumptions[j] for j in task.between.differing]
        if readout[0] != readout[1]:
            players.append(perspective)
        common: dict[str, Any] = {
            "chunk": chunk,
            "names": [assumptions[j].name for j in task.between.differing],
            "progress": tell,
        }
        groups = [assumptions[j].columns for j in task.between.differing]
        own_themes, number = number_themes([group.theme for group in players])
        known = None if anchors is None else known_ends(*(at_ends[name] for name in task.pair))
        of = np.eye(len(parties)) if sums is None else sums
        found = (
            divide_exactly(evaluate, task, groups, number, readout, common, known, of)
            if task.exact
            else divide_by_orders(
                evaluate, task, groups, number, readout, permutations, target, seed, common, known, of
            )
        )
        in_all += spent - task.rows
        before += spent
        orders.append(found.orders)
        reached.append(int(found.reached))
        stopped.append(found.stopped)

        at_readout = None if known is None else known_ends(known.first.at(readout[0]), known.last.at(readout[1]))
        split = split_parts(found.parties, replicates, task, known)
        splits = (
            split,
            one_outcome(split, readout[0])
            if found.reported is None
            else split_parts(found.reported, replicates, task, at_readout),
        )
        where = [place[group.name] for group in players]
        differs[p, where] = True
        at_theme = [themes.index(theme) for theme in own_themes]
        for first, split in zip((0, len(parties)), splits, strict=True):
            to = slice(first, first + split.gap.size)
            for variable in by_assumption:
                by_assumption[variable][p][to, where[: split.shapley.shape[0]]] = getattr(split, variable).T
            for variable in by_theme:
                by_theme[variable][p][to, at_theme[: split.theme_contribution.shape[0]]] = getattr(split, variable).T
            for variable in by_party:
                by_party[variable][p, to] = getattr(split, variable)

    exact = np.array([int(task.exact) for task in tasks])
    return xr.Dataset(
        {
            **{k: (("pair", "party", "assumption"), v, attributes(k)) for k, v in by_assumption.items()},
            **{k: (("pair", "party", "assumption_theme"), v, attributes(k)) for k, v in by_theme.items()},
            **{k: (("pair", "party"), v, attributes(k)) for k, v in by_party.items()},
            "exact": ("pair", exact, attributes("exact")),
            "orders": ("pair", np.array(orders), attributes("orders")),
            "target_reached": ("pair", np.array(reached), attributes("target_reached")),
        },
        coords={
            "pair": [f"{a} -> {b}" for a, b in chosen],
            "party": all_parties,
            "assumption": [group.name for group in shown],
            "assumption_theme": themes,
            "pair_from": ("pair", [a for a, _ in chosen]),
            "pair_to": ("pair", [b for _, b in chosen]),
            "draws_used": ("pair", [task.draws for task in tasks]),
            "stopped": ("pair", stopped),
            "theme": ("assumption", [group.theme for group in shown]),
            "label": ("assumption", [group.label for group in shown]),
            "differs": (("pair", "assumption"), differs),
        },
        attrs={"draws": next(iter(values.values())).shape[0], **(attrs or {})},
    )


def furthest_pair(differences: xr.Dataset) -> tuple[str, str]:
    """The two calculations whose reported figures differ most, the lower one first.

    Parameters
    ----------
    differences : dataset of `explain_differences`.
    """
    at = differences.sel(party="reported")
    at = at.isel(pair=int(np.abs(np.asarray(at["gap"].values)).argmax()))
    start, end = str(at["pair_from"].item()), str(at["pair_to"].item())
    return (start, end) if float(at["gap"]) >= 0 else (end, start)


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
    budget: int | None,
    readout_theme: Sequence[str],
) -> Task:
    between = compare(values, assumptions, pair)
    g, wanted = len(between.differing), between.first.shape[0]
    # the party "reported" is kept in both perspectives besides
    in_memory = memory_limit // ((n_parties + 2) * 8)
    allowed = in_memory if budget is None else budget
    exact = g <= exact_up_to and 1 << g <= min(in_memory, allowed)
    if exact:
        hybrids = 1 << g
    else:
        walks = 2 if themes_matter([*(assumptions[j].theme for j in between.differing), *readout_theme]) else 1
        hybrids = walks * permutation_hybrids(g, permutations)
    draws = min(wanted, allowed // hybrids)
    if replicates <= draws < wanted:
        draws -= draws % replicates
    draws = max(draws, 1)
    between = between._replace(first=between.first[:draws], second=between.second[:draws])
    block = max(1, min(draws, in_memory // hybrids))
    return Task(pair, between, exact, block, allowed, hybrids * draws)
