"""Mixtures of calculations, read for every party and for the one that each calculation itself reports.

The numbers of `spread`: from all mixtures, or from a sample where they are too many. Letters as in `factorial`;
the outcomes O are the parties and, last, the one reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

from engine.analysis.factorial import (
    Agreement,
    Alternatives,
    LeftOut,
    Whole,
    against_mixture,
    agreement_curve,
    closed_variances,
    conditional_means,
    factorial_table,
    mean_outcomes,
    share_of,
    without_each_block,
)
from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress
from engine.analysis.pick_freeze import Bits, Freeze
from engine.run.designs import REPLICATES, unit_points

CANDIDATES = 3
"""Assumptions, those of the largest Shapley effects, that a greedy step chooses among."""

LEVEL = 0.95


class Mixtures(NamedTuple):
    """What mixtures say, by name of the variable."""

    by_assumption: dict[str, Array]
    """(G, O)"""
    by_party: dict[str, Array]
    """(O,)"""
    by_calculation: dict[str, Array]
    """(K, G, O)"""
    curve: Agreement


def perspectives_of(read: Whole, weights: Array) -> Alternatives:
    """The perspective as an assumption without columns: which outcome is read, by calculation (K,)."""
    first = np.array(list(dict.fromkeys(int(np.argmax(read == column)) for column in read)))
    of = np.array([int(np.argmax(read[first] == column)) for column in read])
    probability = np.bincount(of, weights=weights).astype(np.float64)
    return Alternatives((0,), of[:, None], (first,), (probability,), np.zeros(0, dtype=np.int64))


def read_all(
    evaluate: Evaluate,
    values: Array,
    alternatives: Alternatives,
    read: Whole,
    weights: Array,
    *,
    blocks: int = 1,
    certain: bool = False,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Mixtures:
    """From all mixtures: exact on the draws given; intervals are for other draws, by the jackknife over blocks.

    Parameters
    ----------
    values : (K, m, D). read : outcome that each calculation reports (K,). weights : (K,).
    blocks : of draws, independent of each other.
    certain : draws do not matter, intervals are 0; otherwise they are NaN for a single block.

    References
    ----------
    Efron, Stein (1981), The jackknife estimate of variance, doi:10.1214/aos/1176345462.
    """
    table = factorial_table(evaluate, values, alternatives, blocks=blocks, chunk=chunk, progress=progress)
    probability = list(alternatives.probability)
    views = perspectives_of(read, weights)
    columns = read[views.first[0]]
    both = np.stack([table[column] for column in columns], axis=-2)[None] if columns.size > 1 else None
    parties = _read_table(table, probability, alternatives.of, certain)
    if both is None:
        return _beside(parties, _column(parties, int(columns[0])))
    of = np.concatenate([alternatives.of, views.of], axis=1)
    return _beside(_with_idle(parties), _read_table(both, [*probability, views.probability[0]], of, certain))


def _read_table(tables: Array, probability: Sequence[Array], of: Whole, certain: bool) -> Mixtures:
    """What tables (O, k_1, ..., k_G, blocks) say, which are lost."""
    blocks = tables.shape[-1]
    table = np.ascontiguousarray(np.moveaxis(tables.sum(axis=-1) / blocks, 0, -1))
    lanes = [without_each_block(one, probability) for one in tables]
    components = np.stack([of_one.components for of_one in lanes], axis=-1)
    positive = (table > 0).astype(np.float64)
    estimates = _estimates(lanes)
    found = {k: v[-1] for k, v in estimates.items()}
    conf = {k: np.full_like(v, 0.0 if certain else np.nan) for k, v in found.items()}
    if blocks > 1 and not certain:
        # half-width from the spread of estimates that leave out a block each
        t = _student(blocks) * np.sqrt(blocks - 1)
        conf = {k: t * np.std(v[:-1], axis=0) for k, v in estimates.items()}

    def by_calculation(rows: list[Array]) -> Array:
        if not rows:
            return np.zeros((of.shape[0], 0, table.shape[-1]))
        return np.stack([row[of[:, i]] for i, row in enumerate(rows)], axis=1)

    everything = found | {f"{k}_conf": v for k, v in conf.items()}
    return Mixtures(
        {k: v for k, v in everything.items() if v.ndim == 2},
        {k: v for k, v in everything.items() if v.ndim == 1},
        {
            "mean_if": by_calculation(conditional_means(table, probability)),
            "positive_if": by_calculation(conditional_means(positive, probability)),
            "against_mixture": np.stack([against_mixture(table, probability, own) for own in of]),
        },
        agreement_curve(closed_variances(components)),
    )


def _estimates(lanes: Sequence[LeftOut]) -> dict[str, Array]:
    """By lane: (lane, G, O) or (lane, O)."""
    by_lane = [np.moveaxis(np.stack(parts, axis=-1), -2, 0) for parts in zip(*(one[:-1] for one in lanes), strict=True)]
    variance, first, total, shapley, mean, positive = by_lane
    return {
        "first_share": share_of(first, variance[:, None]),
        "total_share": share_of(total, variance[:, None]),
        "shapley_share": share_of(shapley, variance[:, None]),
        "disagreement_sd": np.sqrt(variance),
        "mixture_mean": mean,
        "positive_share": positive,
    }


def _student(n: int) -> float:
    return float(scipy.special.stdtrit(n - 1, 0.5 * (1 + LEVEL)))


def _column(found: Mixtures, k: int) -> Mixtures:
    """One outcome alone."""
    by_assumption, by_party, by_calculation = (
        {name: v[..., k : k + 1] for name, v in rows.items()} for rows in found[:3]
    )
    curve = Agreement(found.curve.gone[:, k : k + 1], found.curve.members[:, k : k + 1])
    return Mixtures(by_assumption, by_party, by_calculation, curve)


def _with_idle(found: Mixtures) -> Mixtures:
    """With one more assumption, last, that matters for none of these outcomes."""
    nothing = 0.0 * found.by_party["disagreement_sd"] / np.where(found.by_party["disagreement_sd"] > 0, 1.0, np.nan)
    by_assumption = {
        k: np.concatenate([v, 0.0 * v[:1] if v.size else nothing[None]]) for k, v in found.by_assumption.items()
    }
    last = {
        "mean_if": found.by_party["mixture_mean"],
        "positive_if": found.by_party["positive_share"],
        "against_mixture": np.zeros_like(nothing),
    }
    by_calculation = {}
    for k, v in found.by_calculation.items():
        idle = np.broadcast_to(last[k], (v.shape[0], 1, v.shape[2]))
        by_calculation[k] = np.concatenate([v, idle], axis=1)
    gone, members = found.curve
    members = np.concatenate([members, members[-1:]])
    members = np.concatenate([members, np.zeros((*members.shape[:2], 1), dtype=bool)], axis=2)
    members[-1, :, -1] = True
    curve = Agreement(np.concatenate([gone, gone[-1:]]), members)
    return Mixtures(by_assumption, found.by_party, by_calculation, curve)


def _beside(parties: Mixtures, reported: Mixtures) -> Mixtures:
    by_assumption, by_party, by_calculation = (
        {k: np.concatenate([v, right[k]], axis=-1) for k, v in left.items()}
        for left, right in zip(parties[:3], reported[:3], strict=True)
    )
    curve = Agreement(*(np.concatenate(both, axis=1) for both in zip(parties.curve, reported.curve, strict=True)))
    return Mixtures(by_assumption, by_party, by_calculation, curve)


# ---------------------------------------------------------------- a sample of mixtures


def read_sample(
    evaluate: Evaluate,
    values: Array,
    alternatives: Alternatives,
    read: Whole,
    weights: Array,
    *,
    points: int,
    seed: int,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Mixtures:
    """From two samples of mixtures; intervals are for other samples, from the spread of 16 replicates.

    Parameters
    ----------
    As `read_all`; points : of each replicate. There are no contributions against the mixture.
    """
    n, g = points * REPLICATES, len(alternatives.groups)
    views = perspectives_of(read, weights)
    columns = read[views.first[0]]
    probability, of = list(alternatives.probability), alternatives.of
    if columns.size > 1:
        probability.append(views.probability[0])
        of = np.concatenate([of, views.of], axis=1)
    f = len(probability)
    a, b = _two_samples(probability, n, seed)
    done, in_all = 0, n * values.shape[1] * (2 * f + 1)

    def exchange(bits: Bits) -> Array:
        nonlocal done
        taken = np.where(bits, b, a)
        y = mean_outcomes(evaluate, values, alternatives, taken[:, :g], chunk=chunk)[:, 0]
        own = columns[taken[:, g]] if columns.size > 1 else np.full(n, columns[0])
        done += n * values.shape[1]
        if progress is not None:
            progress(min(done, in_all), in_all)
        return np.concatenate([y, y[np.arange(n), own][:, None]], axis=1)

    freeze = Freeze(exchange, f, REPLICATES, level=LEVEL)
    pairs = [freeze.first_and_total([i]) for i in range(f)]
    effects = freeze.shapley(seed=seed)
    by_assumption: dict[str, Array] = {}
    for k, name in enumerate(("first_share", "total_share")):
        by_assumption[name], by_assumption[f"{name}_conf"] = freeze.share(np.stack([pair[k] for pair in pairs]))
    shapley = freeze.share(effects, effects.sum(axis=0) * (freeze.variance > 0))
    by_assumption["shapley_share"], by_assumption["shapley_share_conf"] = shapley

    y = np.concatenate([freeze.a, freeze.b]) + freeze.shift
    positive = (y > 0).astype(np.float64)
    taken = np.concatenate([a, b])

    def given(x: Array) -> Array:
        rows = [
            np.stack([x[taken[:, i] == level].mean(axis=0) for level in range(p.size)])[of[:, i]]
            for i, p in enumerate(probability)
        ]
        return np.stack(rows, axis=1)

    return Mixtures(
        by_assumption,
        {
            "disagreement_sd": np.sqrt(freeze.variance.mean(axis=0)),
            "disagreement_sd_conf": _over_replicates(np.sqrt(freeze.variance)),
            "mixture_mean": y.mean(axis=0),
            "mixture_mean_conf": _over_replicates(freeze.mean(y)),
            "positive_share": positive.mean(axis=0),
            "positive_share_conf": _over_replicates(freeze.mean(positive)),
        },
        {"mean_if": given(y), "positive_if": given(positive)},
        _greedy(freeze, shapley.value),
    )


def _over_replicates(x: Array) -> Array:
    return np.asarray(_student(x.shape[0]) * x.std(axis=0, ddof=1) / np.sqrt(x.shape[0]))


def _two_samples(probability: Sequence[Array], n: int, seed: int) -> tuple[Whole, Whole]:
    """Alternatives (n, F) in two independent samples, by inverse distribution function on one design."""
    labels = [f"{sample}:{i:05d}" for sample in "ab" for i in range(len(probability))]
    u = unit_points("sobol", labels, seed=seed, start=0, stop=n, total=n)
    rows = [alternative_at(p, row) for p, row in zip([*probability] * 2, u, strict=True)]
    both = np.stack(rows, axis=1)
    return both[:, : len(probability)], both[:, len(probability) :]


def alternative_at(probability: Array, u: Array) -> Whole:
    """Number of the alternative at u in (0, 1): the inverse distribution function of a choice."""
    return np.searchsorted(np.cumsum(probability)[:-1], u, side="right").astype(np.int64)


def _greedy(freeze: Freeze, shapley: Array) -> Agreement:
    """Step by step, for each outcome the next best assumption to agree on, or those of the largest Shapley effects.

    What is left of the variance is half the mean squared change when all others are drawn anew (Jansen 1999).
    """
    f, o = shapley.shape
    gone = np.full((f + 1, o), np.nan)
    members = np.zeros((f + 1, o, f), dtype=bool)
    known: dict[bytes, Array] = {}

    def left(agreed: Bits) -> Array:
        # many outcomes take the same steps
        if agreed.tobytes() not in known:
            change = freeze.with_b(np.flatnonzero(~agreed).tolist()) - freeze.a
            known[agreed.tobytes()] = 0.5 * freeze.mean(change**2).mean(axis=0)
        return known[agreed.tobytes()]

    whole = 0.5 * freeze.mean((freeze.b - freeze.a) ** 2).mean(axis=0)
    for k in range(o):
        if not (freeze.variance[:, k] > 0).all():
            continue
        agreed = np.zeros(f, dtype=bool)
        gone[0, k] = 0.0
        for size in range(1, f + 1):
            remaining = [int(i) for i in np.argsort(-shapley[:, k], kind="stable") if not agreed[i]]
            options = []
            for i in remaining[:CANDIDATES]:
                option = agreed.copy()
                option[i] = True
                options.append(option)
            # a step sees no gain from assumptions that matter only together; their Shapley effects do
            largest = np.zeros(f, dtype=bool)
            largest[np.argsort(-shapley[:, k], kind="stable")[:size]] = True
            options.append(largest)
            rest = [float(left(option)[k]) if size < f else 0.0 for option in options]
            agreed = options[int(np.argmin(rest))]
            gone[size, k] = 1.0 - min(rest) / whole[k]
            members[size, k] = agreed
    return Agreement(np.maximum.accumulate(np.clip(gone, 0.0, 1.0), axis=0), members)
