"""One pair's difference divided in every draw, exactly or by sampled orders, and its mean with standard errors.

Arrays only, between `hybrids`, `orders` and `owen` below and the names of `differences` above.

Letters: m draws, O outcomes; players are the groups of assumptions that differ, and after them the change
of read-out where the calculations report different outcomes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.anchors import (
    Ends,
    KnownEnds,
    calibrate,
    equal_weights,
    error_of_weighted,
    weighted_mean,
)
from engine.analysis.hybrids import (
    Array,
    Evaluate,
    alone_from_table,
    hybrid_table,
    shapley_from_table,
    step_range_from_table,
    total_from_table,
)
from engine.analysis.orders import SampledOrders, SampledShapley, shapley_by_permutations
from engine.analysis.owen import owen_from_table
from engine.analysis.summary import mean_over_draws, monte_carlo_error


class Comparison(NamedTuple):
    """Two calculations in common draws, and what they differ in."""

    first: Array
    """Values (draw, D); one draw where neither calculation varies over draws."""
    second: Array
    differing: tuple[int, ...]
    """Indices of the assumptions that differ in any draw."""
    certain: bool
    """Neither calculation varies over draws."""


class Parts(NamedTuple):
    """One pair's difference in every draw; players or themes on axis 0, then draws, outcomes last."""

    shapley: Array
    owen: Array
    theme: Array
    first: Array
    """(m, O)"""
    last: Array
    shapley_orders: Array
    """(players, O) standard error from sampling orders, 0 where all are enumerated."""
    owen_orders: Array
    theme_orders: Array
    min_step: Array
    """(players, O) of the (weighted) mean over draws, as all that follows."""
    max_step: Array
    table_shapley: Array
    table_owen: Array
    table_theme: Array
    table_alone: Array
    table_total: Array
    gap: Array
    """(O,)"""
    from_npv: Array
    missing: Array
    """(O,) part of the gap that the draws do not reach."""


class Split(NamedTuple):
    """One pair's difference, divided; players or themes on axis 0, outcomes last."""

    shapley: Array
    shapley_se: Array
    alone: Array
    total: Array
    min_step: Array
    max_step: Array
    owen: Array
    owen_se: Array
    theme_contribution: Array
    theme_contribution_se: Array
    gap: Array
    gap_se: Array
    from_npv: Array


BY_ASSUMPTION, BY_THEME, BY_PARTY = Split._fields[:8], Split._fields[8:10], Split._fields[10:]


class Task(NamedTuple):
    """What is computed for one pair of calculations."""

    pair: tuple[str, str]
    between: Comparison
    """In the draws that are used."""
    exact: bool
    block: int
    """Draws in memory at a time."""
    budget: int
    """Hybrids × draws that may be evaluated."""
    rows: int
    """Hybrids × draws, as planned."""

    @property
    def draws(self) -> int:
        return int(self.between.first.shape[0])


class Found(NamedTuple):
    """What came out for one pair."""

    parties: Parts
    reported: Parts | None
    """With the change of perspective as the last player; None where it is common."""
    orders: int
    reached: bool
    stopped: str


def themes_matter(themes: Sequence[object]) -> bool:
    """Whether Owen's orders are others than Shapley's."""
    return 1 < len(set(themes)) < len(themes)


def divide_exactly(
    evaluate: Evaluate,
    task: Task,
    groups: Sequence[Sequence[int]],
    themes: Sequence[int],
    readout: tuple[int, ...],
    common: Mapping[str, Any],
    known: KnownEnds | None,
    sums: Array,
) -> Found:
    """From the table of all hybrids; a block of draws at a time, of which only the mean is kept in full.

    Parameters
    ----------
    known : the ends in many draws; draws are weighted so that the mean of hybrids agrees with them.
    sums : (O, O) of 0 and 1: which outcomes each outcome is the sum of; the identity where each stands for itself.
    """
    a, b = task.between.first, task.between.second
    i, j = readout
    g, tell = len(groups), common["progress"]
    ends = Ends(np.array(evaluate(a), dtype=np.float64), np.array(evaluate(b), dtype=np.float64))
    weights = equal_weights(*ends.first.shape) if known is None else calibrate(ends, known.means)
    parties: list[_PerDraw] = []
    reported: list[_PerDraw] = []
    table = np.zeros((1 << g, ends.first.shape[1]))
    for start in range(0, task.draws, task.block):
        draws = slice(start, min(start + task.block, task.draws))

        def shift(done: int, _: int, start: int = start) -> None:
            tell((start << g) + done, task.rows)

        v = hybrid_table(evaluate, a[draws], b[draws], groups, memory_limit=None, **{**common, "progress": shift})
        parties.append(_per_draw(v, themes[:g]))
        if i != j:
            # the perspective is one more bit on top: 0 reads out the first calculation's, 1 the second's
            reported.append(_per_draw(np.concatenate([v[..., i], v[..., j]])[..., None], themes))
        # a table of one draw may fill the memory allowed; a product with weights would double it
        table = v[:, 0] if task.draws == 1 else table + weighted_mean(v, weights.draws[draws])
    first, last = (x @ sums.T for x in (weights.missing_first, weights.missing_last))
    table = _with_missing(table @ sums.T if not _is_identity(sums) else table, first, last)
    own = _from_table(table, _joined(parties), themes[:g], last - first)
    if i == j:
        return Found(own, None, 0, True, "enumerated")
    at_readout = np.concatenate([table[:, i], table[:, j]])[:, None]
    missing = last[j : j + 1] - first[i : i + 1]
    return Found(own, _from_table(at_readout, _joined(reported), themes, missing), 0, True, "enumerated")


def _is_identity(sums: Array) -> bool:
    return bool((sums == np.eye(len(sums))).all())


def _with_missing(table: Array, first: Array, last: Array) -> Array:
    """What the draws do not reach of the ends, added in proportion to the assumptions that have been exchanged."""
    if not (first.any() or last.any()):
        return table
    rows = table.shape[0]
    share = np.bitwise_count(np.arange(rows, dtype=np.uint32))[:, None] / max(rows.bit_length() - 1, 1)
    whole: Array = table + first * (1 - share) + last * share
    return whole


class _PerDraw(NamedTuple):
    """Parts of a difference in every draw; players or themes on axis 0."""

    shapley: Array
    owen: Array
    theme: Array
    first: Array
    last: Array


def _per_draw(v: Array, themes: Sequence[int]) -> _PerDraw:
    """From the outcomes (2^g, m, O) in a block of draws."""
    shapley = shapley_from_table(v)
    if themes_matter(themes):
        owen, theme = owen_from_table(v, themes)
    else:
        owen, theme = shapley, _by_theme(shapley, themes)
    return _PerDraw(shapley, owen, theme, v[0].copy(), v[-1].copy())


def _joined(blocks: Sequence[_PerDraw]) -> _PerDraw:
    """Blocks of draws one after the other."""
    if len(blocks) == 1:
        return blocks[0]
    return _PerDraw(*(np.concatenate(parts, axis=-2) for parts in zip(*blocks, strict=True)))


def _from_table(table: Array, per_draw: _PerDraw, themes: Sequence[int], missing: Array) -> Parts:
    """From the mean outcomes (2^g, O): one table, so that all that is told of it agrees."""
    smallest, largest = step_range_from_table(table)
    shapley = shapley_from_table(table)
    owen, theme = owen_from_table(table, themes) if themes_matter(themes) else (shapley, _by_theme(shapley, themes))
    none = np.zeros(shapley.shape)
    return Parts(
        shapley=per_draw.shapley,
        owen=per_draw.owen,
        theme=per_draw.theme,
        first=per_draw.first,
        last=per_draw.last,
        shapley_orders=none,
        owen_orders=none,
        theme_orders=np.zeros(theme.shape),
        min_step=smallest,
        max_step=largest,
        table_shapley=shapley,
        table_owen=owen,
        table_theme=theme,
        table_alone=alone_from_table(table),
        table_total=total_from_table(table),
        gap=table[-1] - table[0],
        from_npv=table[0].copy(),
        missing=missing,
    )


def _by_theme(contributions: Array, themes: Sequence[int]) -> Array:
    totals = np.zeros((max(themes, default=-1) + 1, *contributions.shape[1:]))
    for j, theme in enumerate(themes):
        totals[theme] += contributions[j]
    return totals


def divide_by_orders(
    evaluate: Evaluate,
    task: Task,
    groups: Sequence[Sequence[int]],
    themes: Sequence[int],
    readout: tuple[int, ...],
    permutations: int,
    target: float | None,
    seed: int,
    common: Mapping[str, Any],
    known: KnownEnds | None,
    sums: Array,
) -> Found:
    """From sampled orders: free ones, and as many that keep themes together where that makes a difference."""
    i, j = readout
    means = None if known is None else known.means
    known_of = (means, means if means is None or i == j else Ends(means.first[[i]], means.last[[j]]))
    sums_of = (sums, np.eye(1))

    def walk(**more: Any) -> SampledOrders:
        return shapley_by_permutations(
            evaluate,
            task.between.first,
            task.between.second,
            groups,
            permutations=permutations,
            seed=seed,
            target=target,
            readout=None if i == j else (i, j),
            **{**common, **more},
        )

    if not themes_matter(themes):
        one = walk(budget=task.budget)
        totals = [
            None
            if s is None
            else _of_orders(s, s, _by_theme(s.contributions, themes[: len(s.contributions)]), s.order_se, k, total)
            for s, k, total in zip(one[:2], known_of, sums_of, strict=True)
        ]
        assert totals[0] is not None
        return Found(totals[0], totals[1], one.orders, one.reached, _why(one.reached, target))

    planned, spent, tell = task.rows // 2, 0, common["progress"]

    def free(done: int, of: int) -> None:
        nonlocal spent
        spent = done
        tell(done, of + planned)

    first = walk(budget=task.budget // 2, progress=free)
    second = walk(
        themes=themes,
        budget=task.budget - spent,
        progress=lambda done, of: tell(spent + done, spent + of),
    )
    reached = first.reached and second.reached
    parts = [
        None if free_ is None or kept is None else _of_orders(free_, kept, kept.by_theme, kept.theme_order_se, k, total)
        for free_, kept, k, total in zip(first[:2], second[:2], known_of, sums_of, strict=True)
    ]
    assert parts[0] is not None
    return Found(parts[0], parts[1], first.orders + second.orders, reached, _why(reached, target))


def _why(reached: bool, target: float | None) -> str:
    if target is None:
        return "one batch"
    return "target" if reached else "budget"


def _of_orders(
    free: SampledShapley, kept: SampledShapley, theme: Array, theme_error: Array, known: Ends | None, sums: Array
) -> Parts:
    """From free orders, and from those that keep themes."""
    ends = Ends(free.first, free.last)
    weights = equal_weights(*ends.first.shape) if known is None else calibrate(ends, known)
    first, last = (x @ sums.T for x in (weights.missing_first, weights.missing_last))

    def mean(x: Array) -> Array:
        return weighted_mean(x, weights.draws) @ sums.T

    # what the draws do not reach is shared alike
    players = free.contributions.shape[0]
    more = (last - first) / max(players, 1)
    alone, total = mean(free.alone) + more, mean(free.total) + more
    return Parts(
        shapley=free.contributions,
        owen=kept.contributions,
        theme=theme,
        first=free.first,
        last=free.last,
        shapley_orders=free.order_se,
        owen_orders=kept.order_se,
        # themes that are all of one group, or a single one, need no orders of their own
        theme_orders=theme_error if theme_error.shape == theme[:, 0].shape else np.zeros(theme[:, 0].shape),
        min_step=np.minimum.reduce([free.min_step, alone, total]),
        max_step=np.maximum.reduce([free.max_step, alone, total]),
        table_shapley=mean(free.contributions) + more,
        table_owen=mean(kept.contributions) + more,
        table_theme=mean(theme) + (last - first) / max(len(theme), 1),
        table_alone=alone,
        table_total=total,
        gap=mean(free.last[None])[0] - mean(free.first[None])[0] + last - first,
        from_npv=mean(free.first[None])[0] + first,
        missing=last - first,
    )


def split_parts(parts: Parts, replicates: int, task: Task, known: KnownEnds | None) -> Split:
    """Contributions with their errors.

    Parameters
    ----------
    known : the ends in many draws, if there are any.
    """
    ends = Ends(parts.first, parts.last)
    error = {}
    for name in ("shapley", "owen", "theme"):
        x = getattr(parts, name)
        # draws that are all alike err by what they miss, below
        if known is None or task.between.certain:
            error[name] = _error(x, replicates, task)
        else:
            error[name] = error_of_weighted(x, ends, known, replicates)
    gap_error = _error(parts.last - parts.first, replicates, task) if known is None else known.gap_error(replicates)
    # what the few draws do not reach is shared alike, and known no better than that
    players = parts.table_shapley.shape[0]
    unknown = np.abs(parts.missing) / max(players, 1)
    # Draws and orders are independent luck. All draws share the orders, so the spread over draws
    # holds none of the orders' and the two variances add.
    orders = {"shapley": parts.shapley_orders, "owen": parts.owen_orders, "theme": parts.theme_orders}
    error = {name: np.sqrt(error[name] ** 2 + orders[name] ** 2 + unknown**2) for name in error}
    return Split(
        shapley=parts.table_shapley,
        shapley_se=error["shapley"],
        alone=parts.table_alone,
        total=parts.table_total,
        min_step=parts.min_step,
        max_step=parts.max_step,
        owen=parts.table_owen,
        owen_se=error["owen"],
        theme_contribution=parts.table_theme,
        theme_contribution_se=error["theme"],
        gap=parts.gap,
        gap_se=gap_error,
        from_npv=parts.from_npv,
    )


def one_outcome(split: Split, o: int) -> Split:
    return Split(*(field[..., o : o + 1] for field in split))


def _mean(x: Array) -> Array:
    """Over draws, the last axis but one."""
    return mean_over_draws(np.moveaxis(x, -2, -1))


def _error(x: Array, replicates: int, task: Task) -> NDArray[np.float64]:
    if task.between.certain:
        return np.zeros((*x.shape[:-2], x.shape[-1]))
    return monte_carlo_error(np.moveaxis(x, -2, -1), replicates)
