"""What the disagreement of all calculations consists of, with names.

`contributions_by_calculation` puts the differences of pairs together; `explain_spread` mixes all calculations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.differences import PERSPECTIVE, REPORTED, AssumptionGroup
from engine.analysis.factorial import Whole, find_alternatives, normalised
from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress
from engine.analysis.mixtures import CANDIDATES, Mixtures, perspectives_of, read_all, read_sample
from engine.errors import UsageError
from engine.run.designs import REPLICATES
from engine.vocabulary import attributes

LIMIT = 1_000_000
"""Mixtures × draws that are evaluated unless the caller says otherwise."""


def contributions_by_calculation(differences: xr.Dataset) -> xr.Dataset:
    """How each calculation comes to lie above or below the mean of all.

    The contribution of an assumption is its mean over the pairwise differences from every calculation, the
    calculation itself among them (0): in a row they add up to NPV minus the mean NPV, and the difference of two
    rows adds up to the difference between the two (where pairs were computed in the same draws, or anchored to the
    same). It is not that difference assumption by assumption: two who agree on an assumption can have unlike
    contributions, since they differ from third ones.

    Parameters
    ----------
    differences : dataset of `explain_differences` with every pair.

    Returns
    -------
    Dataset with `mean_of_pairwise`, `mean_of_pairwise_se` (calculation, party, assumption) and `above_mean`
    (calculation, party). Coordinates `label`, `theme` (assumption), `differs` (pair, assumption), and `agrees_with`
    (calculation, assumption): how many others say the same. Standard errors are upper bounds (errors of pairs that
    share draws are not independent).

    Raises
    ------
    UsageError : a pair of calculations is missing.

    References
    ----------
    Das Gupta (1993), Standardization and decomposition of rates: averages over populations.
    """
    ends = [
        (str(a), str(b)) for a, b in zip(differences["pair_from"].values, differences["pair_to"].values, strict=True)
    ]
    names = list(dict.fromkeys(name for pair in ends for name in pair))
    given = {frozenset(pair) for pair in ends}
    missing = [f"{a} and {b}" for i, a in enumerate(names) for b in names[i + 1 :] if frozenset((a, b)) not in given]
    if missing or len(ends) != len(given):
        raise UsageError(f"All pairs are needed, each once; missing: {', '.join(missing) or 'none'}.")
    # + 1 where the calculation is the pair's second, - 1 where it is the first
    sign = np.array([[(b == name) - (a == name) for a, b in ends] for name in names], dtype=np.float64) / len(names)
    shapley, se = (
        np.asarray(differences[k].transpose("pair", "party", "assumption").values) for k in ("shapley", "shapley_se")
    )
    differs = np.asarray(differences["differs"].transpose("pair", "assumption").values)
    dims = ("calculation", "party", "assumption")
    row = np.tensordot(sign, shapley, axes=1)
    error = np.tensordot(abs(sign), se, axes=1)
    above = sign @ np.asarray(differences["gap"].transpose("pair", "party").values)
    return xr.Dataset(
        {
            "mean_of_pairwise": (dims, row, attributes("mean_of_pairwise")),
            "mean_of_pairwise_se": (dims, error, attributes("mean_of_pairwise_se")),
            "above_mean": (dims[:2], above, attributes("above_mean")),
        },
        coords={
            "calculation": names,
            **{k: differences[k].variable for k in ("pair", "party", "assumption", "label", "theme", "differs")},
            "agrees_with": (("calculation", "assumption"), (sign != 0).astype(np.int64) @ ~differs),
        },
        attrs=dict(differences.attrs),
    )


def explain_spread(
    evaluate: Evaluate,
    values: Mapping[str, Array],
    *,
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str],
    replicates: int,
    weights: Mapping[str, float] | None = None,
    perspective: AssumptionGroup = PERSPECTIVE,
    limit: int = LIMIT,
    points: int = 256,
    chunk: int = CHUNK,
    seed: int = 0,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Which assumptions the disagreement consists of, if each is taken from a calculation drawn at random.

    The outcome of a mixture is its mean over common draws. All mixtures are computed while they are at most `limit`,
    and every share is then exact; otherwise a sample is, and shares have intervals.

    Parameters
    ----------
    evaluate : vectorised function of values (n, D) -> net saving (n, party) [SEK/participant].
    values : values (draw, D) of each calculation, in order, all in the same draws.
    assumptions, parties, reported, perspective : as in `engine.analysis.differences.explain_differences`.
    replicates : of the design: draw i belongs to replicate i modulo this number.
    weights : how likely each calculation is drawn; equal if None.
    limit : mixtures × draws evaluated at most. Fewer draws are used where they do not fit, the first ones, a
        multiple of `replicates` if as many fit. One draw of a sample is evaluated whatever the limit.
    points : points of each of 16 replicates, a power of two, where mixtures are sampled.
    seed : of the sample.
    progress : told mixtures × draws evaluated and in all; where sampled, the greedy steps are not counted.

    Returns
    -------
    Dataset with `first_share`, `total_share`, `shapley_share` (party, assumption), `disagreement_sd`, `mixture_mean`,
    `positive_share` (party), each with its `_conf`; `mean_if`, `positive_if` (calculation, party, assumption);
    `agreement_gone` (party, agreed), `agreed_on` (party, agreed, assumption); where exact `against_mixture`
    (calculation, party, assumption). Shares are NaN for a party about which there is no disagreement.
    Coordinates `label`, `theme`, `alternatives` (assumption), `alternative` (calculation, assumption), `weight`
    (calculation). Attributes `exact`, `mixtures` (there are), `evaluated` (mixtures), `draws_used`, `agreement`.

    Where exact, `_conf` says how far other draws could lead (jackknife over blocks of draws; 0 where nothing
    varies over draws, NaN for a single draw), and `agreed_on` is the best set of each size. Where sampled, `_conf`
    is for other samples of mixtures in the same draws, and `agreed_on` is the better of two sets: the best next
    step among the three assumptions of largest Shapley effect that are left, and those of largest effect.

    Raises
    ------
    UsageError : fewer than two calculations, shapes that do not fit, weights that are not positive, a column that
        differs but belongs to no assumption.
    RunError : an outcome is not a finite number; or whatever `evaluate` refuses.

    References
    ----------
    As `engine.analysis.factorial` and `engine.analysis.pick_freeze`.
    """
    names = list(values)
    stack, read = check_calculations(values, assumptions, parties, reported, perspective)
    w = normalised(None if weights is None else [weights[name] for name in names], len(names))
    alternatives = find_alternatives(stack, [group.columns for group in assumptions], w)
    views = perspectives_of(read, w)
    shown = [assumptions[j] for j in alternatives.groups]
    if views.shape[0] > 1:
        shown = [*shown, perspective]

    mixtures = math.prod(alternatives.shape)
    exact = mixtures <= limit
    # a sample has both ends, first steps, orders and greedy steps
    evaluated = mixtures if exact else points * REPLICATES * (2 + (3 + CANDIDATES) * len(alternatives.groups))
    certain = bool((stack == stack[:, :1]).all())
    draws = 1 if certain else min(stack.shape[1], max(1, limit // evaluated))
    blocks = min(draws, replicates if replicates > 1 else REPLICATES)
    draws -= draws % blocks
    stack = np.ascontiguousarray(stack[:, :draws])
    if exact:
        found = read_all(
            evaluate, stack, alternatives, read, w, blocks=blocks, certain=certain, chunk=chunk, progress=progress
        )
    else:
        found = read_sample(
            evaluate, stack, alternatives, read, w, points=points, seed=seed, chunk=chunk, progress=progress
        )

    taken = np.concatenate([alternatives.of, views.of], axis=1)[:, : len(shown)]
    return xr.Dataset(
        _variables(found),
        coords={
            "calculation": names,
            "party": [*parties, REPORTED],
            "assumption": [group.name for group in shown],
            "agreed": np.arange(len(shown) + 1),
            "label": ("assumption", [group.label for group in shown]),
            "theme": ("assumption", [group.theme for group in shown]),
            "alternatives": ("assumption", taken.max(axis=0, initial=0) + 1),
            "alternative": (("calculation", "assumption"), taken),
            "weight": ("calculation", w),
        },
        attrs={
            "exact": int(exact),
            "mixtures": mixtures,
            "evaluated": evaluated,
            "draws_used": draws,
            "agreement": "best set of each size" if exact else "best next step",
            **(attrs or {}),
        },
    )


def check_calculations(
    values: Mapping[str, Array],
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str],
    perspective: AssumptionGroup,
) -> tuple[Array, Whole]:
    """Values (K, m, D) of all calculations, and the column of outcomes that each reports (K,).

    Raises
    ------
    UsageError : fewer than two, shapes that do not fit, an unknown perspective, a name given twice.
    """
    if len(values) < 2:
        raise UsageError("A disagreement takes two calculations; there is one only.")
    shapes = {v.shape for v in values.values()}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2 or 0 in next(iter(shapes)):
        raise UsageError(f"All calculations need values (draws, parameters) of one shape, not {sorted(shapes)}.")
    names = [group.name for group in assumptions]
    if len(set(names)) < len(names) or perspective.name in names:
        raise UsageError(f"Assumptions need names of their own, and none may be called '{perspective.name}'.")
    for name in values:
        if reported.get(name) not in parties:
            raise UsageError(f"Calculation '{name}' reports '{reported.get(name)}'; parties are {', '.join(parties)}.")
    return np.stack(list(values.values())), np.array([list(parties).index(reported[name]) for name in values])


def _variables(found: Mixtures) -> dict[str, Any]:
    rows: dict[str, Any] = {k: (("party", "assumption"), v.T, attributes(k)) for k, v in found.by_assumption.items()}
    rows |= {k: ("party", v, attributes(k)) for k, v in found.by_party.items()}
    for k, v in found.by_calculation.items():
        rows[k] = (("calculation", "party", "assumption"), v.swapaxes(1, 2), attributes(k))
    rows["agreement_gone"] = (("party", "agreed"), found.curve.gone.T, attributes("agreement_gone"))
    members = found.curve.members.swapaxes(0, 1)
    rows["agreed_on"] = (("party", "agreed", "assumption"), members, attributes("agreed_on"))
    return rows
