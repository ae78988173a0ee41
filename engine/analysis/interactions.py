"""How assumptions act together: what changing them at once does beyond changing each alone.

The outcome of every hybrid is a sum of finite-change terms, v(u) - v(none) = sum of phi(w) over the non-empty
subsets w of u; phi of one group is its effect alone, phi of two their interaction. The difference minus all
effects alone is the mass of interactions: what a chart of one-at-a-time changes leaves unexplained.

Arrays first, then `interaction_table` with names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.anchors import Ends, calibration
from engine.analysis.differences import PERSPECTIVE, REPORTED, AssumptionGroup, compare
from engine.analysis.hybrids import CHUNK, Array, Evaluate, Progress, group_count, hybrid_outcomes, sums_by_size
from engine.analysis.summary import mean_over_draws
from engine.errors import UsageError
from engine.vocabulary import attributes

# Bits of a table are transformed in blocks of so many numbers, which stay in the processor's cache.
_PIECE = 16_384


def mobius_from_table(v: Array) -> Array:
    """Finite-change terms of all sets of groups.

    Parameters
    ----------
    v : (2^g, ...), bit j of the first index = group j taken from the second calculation.

    Returns
    -------
    phi (2^g, ...): phi(u) = sum over subsets w of u of (-1)^(|u| - |w|) v(w); phi(none) = v(none). All but that
    add up to v[-1] - v[0].

    References
    ----------
    Borgonovo (2010), Sensitivity analysis with finite changes, European Journal of Operational Research 200:127.
    """
    g = group_count(v)
    phi = np.array(v, dtype=np.float64).reshape(v.shape[0], -1)
    low = min(g, max(1, _PIECE // max(phi.shape[1], 1)).bit_length() - 1)
    for block in phi.reshape(1 << (g - low), -1):
        for i in range(low):
            pairs = block.reshape(-1, 2, phi.shape[1] << i)
            pairs[:, 1] -= pairs[:, 0]
    for i in range(low, g):
        pairs = phi.reshape(1 << (g - 1 - i), 2, -1)
        pairs[:, 1] -= pairs[:, 0]
    return phi.reshape(v.shape)


def pairwise_from_table(v: Array) -> Array:
    """Interactions (g, g, ...) of two groups, v({i, j}) - v({i}) - v({j}) + v(none); symmetric, 0 on the diagonal."""
    g = group_count(v)
    phi = np.zeros((g, g, *v.shape[1:]))
    for i, j in combinations(range(g), 2):
        phi[i, j] = phi[j, i] = (v[1 << i | 1 << j] - v[1 << i]) - (v[1 << j] - v[0])
    return phi


def interaction_mass_from_table(v: Array) -> Array:
    """The difference minus the sum of all effects alone (...): all finite-change terms of two or more groups."""
    g = group_count(v)
    return np.asarray((v[-1] - v[0]) - sum((v[1 << i] - v[0] for i in range(g)), np.zeros(v.shape[1:])))


def shapley_interaction_from_table(v: Array) -> Array:
    """Interaction of two groups, averaged over what else was changed before.

    Parameters
    ----------
    v : (2^g, ...) as in `mobius_from_table`.

    Returns
    -------
    (g, g, ...), symmetric, 0 on the diagonal: sum over sets u without i, j of |u|! (g - |u| - 2)! / (g - 1)! ×
    (v(u + i + j) - v(u + i) - v(u + j) + v(u)).

    References
    ----------
    Grabisch & Roubens (1999), An axiomatic approach to the concept of interaction among players in cooperative
    games, International Journal of Game Theory 28:547.
    """
    g = group_count(v)
    flat = np.ascontiguousarray(v, dtype=np.float64).reshape(v.shape[0], -1)
    out = np.zeros((g, g, flat.shape[1]))
    # Two groups need the others only by how many are changed. Pairs that share their two quarters of the
    # groups share the sums by size over the rest (20 groups: 6 sums of a million hybrids, not 190).
    quarters = [q.tolist() for q in np.array_split(np.arange(g), min(4, max(g, 1)))]
    done: set[tuple[int, int]] = set()
    for chosen in combinations(quarters, 2) if len(quarters) > 1 else [(quarters[0], [])]:
        keep = sorted(chosen[0] + chosen[1])
        sums = sums_by_size(flat, [j for j in range(g) if j not in keep])
        for i, j in combinations(range(len(keep)), 2):
            one, two = keep[i], keep[j]
            if (one, two) not in done:
                done.add((one, two))
                out[one, two] = out[two, one] = _weighted_interaction(sums, i, j, g)
    return out.reshape(g, g, *v.shape[1:])


def _weighted_interaction(sums: Array, i: int, j: int, g: int) -> Array:
    """Of bits i < j of sums (size of the others, 2^k, t); result (t,)."""
    sizes, rows, t = sums.shape
    x = sums.reshape(sizes, rows >> (j + 1), 2, 1 << (j - i - 1), 2, 1 << i, t)
    step = (x[:, :, 1, :, 1] - x[:, :, 1, :, 0]) - (x[:, :, 0, :, 1] - x[:, :, 0, :, 0])
    weight = np.array([1.0 / ((g - 1) * math.comb(g - 2, size)) for size in range(g - 1)])
    own = np.bitwise_count(np.arange(rows >> 2, dtype=np.uint32))
    w = weight[np.arange(sizes)[:, None] + own[None, :]]
    return np.asarray(w.reshape(-1) @ step.reshape(-1, t))


def interaction_table(
    evaluate: Evaluate,
    values: Mapping[str, Array],
    *,
    assumptions: Sequence[AssumptionGroup],
    parties: Sequence[str],
    reported: Mapping[str, str] | None = None,
    pairs: Sequence[tuple[str, str]] | None = None,
    perspective: AssumptionGroup = PERSPECTIVE,
    anchors: Mapping[str, Array] | None = None,
    sums: Array | None = None,
    chunk: int = CHUNK,
    attrs: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Interactions of every two assumptions, and how much of the difference interactions make.

    Only hybrids with at most two changes are computed, so the number of assumptions is not limited.

    Parameters
    ----------
    evaluate, values, assumptions, parties, pairs, perspective, anchors, sums, chunk : as in
        `differences.explain_differences`.
    reported : perspective that each calculation reports; the party `reported` is left out if None.
    progress : told hybrids × draws of one pair evaluated and in all, pair after pair.

    Returns
    -------
    Dataset with `alone` (pair, party, assumption), `interaction` (pair, party, assumption, assumption_2), symmetric,
    `interaction_mass`, `interaction_share`, `gap` (pair, party); the share is NaN where there is no gap.

    Raises
    ------
    UsageError : as `differences.compare`, or an unknown perspective.
    """
    chosen = list(combinations(values, 2)) if pairs is None else [(str(a), str(b)) for a, b in pairs]
    compared = [compare(values, assumptions, pair) for pair in chosen]
    for name in {c for pair in chosen for c in pair}:
        if reported is not None and reported.get(name) not in parties:
            raise UsageError(f"Calculation '{name}' reports '{reported.get(name)}'; parties are {', '.join(parties)}.")
    readouts = [None if reported is None else tuple(parties.index(reported[c]) for c in pair) for pair in chosen]
    shown = [assumptions[j] for j in sorted({j for between in compared for j in between.differing})]
    if any(readout is not None and readout[0] != readout[1] for readout in readouts):
        shown.append(perspective)
    place = {group.name: k for k, group in enumerate(shown)}
    shape = (len(chosen), len(parties) + (reported is not None))
    alone = np.zeros((*shape, len(shown)))
    phi = np.zeros((*shape, len(shown), len(shown)))
    gap = np.zeros(shape)
    means = {name: mean_over_draws(x.T) for name, x in (anchors or {}).items()}
    for p, (between, readout) in enumerate(zip(compared, readouts, strict=True)):
        differing = [assumptions[j] for j in between.differing]
        g = len(differing)
        one = np.eye(g, dtype=bool)
        two = [one[i] | one[j] for i, j in combinations(range(g), 2)]
        taken = np.concatenate(
            [np.zeros((1, g), bool), np.ones((1, g), bool), one, np.array(two, dtype=bool).reshape(len(two), g)]
        )
        outcomes = hybrid_outcomes(
            evaluate,
            between.first,
            between.second,
            [group.columns for group in differing],
            taken,
            chunk=chunk,
            names=[group.name for group in differing],
            progress=progress,
        )
        known = None if anchors is None else Ends(*(means[name] for name in chosen[p]))
        read = calibration(
            Ends(outcomes[0], outcomes[1]),
            known,
            m=outcomes.shape[1],
            sums=np.eye(len(parties)) if sums is None else sums,
        )
        v = read.means(outcomes, taken.sum(axis=1) / max(g, 1))
        where = [place[group.name] for group in differing]
        effects, terms = v[2 : 2 + g] - v[0], np.zeros((g, g, v.shape[1]))
        for row, (i, j) in enumerate(combinations(range(g), 2)):
            terms[i, j] = terms[j, i] = (v[2 + g + row] - v[2 + i]) - effects[j]
        n = len(parties)
        alone[p, :n, where] = effects
        phi[np.ix_([p], range(n), where, where)] = np.moveaxis(terms, -1, 0)
        gap[p, :n] = v[1] - v[0]
        if readout is not None:
            i, j = readout
            alone[p, n, where] = effects[:, i]
            phi[np.ix_([p], [n], where, where)] = terms[..., i]
            gap[p, n] = v[1, j] - v[0, i]
            if i != j:
                last = place[perspective.name]
                alone[p, n, last] = v[0, j] - v[0, i]
                phi[p, n, last, where] = phi[p, n, where, last] = effects[:, j] - effects[:, i]
    mass = gap - alone.sum(axis=-1)
    share = np.divide(mass, gap, out=np.full_like(mass, np.nan), where=gap != 0)
    names = [group.name for group in shown]
    data: dict[str, tuple[tuple[str, ...], Array]] = {
        "alone": (("pair", "party", "assumption"), alone),
        "interaction": (("pair", "party", "assumption", "assumption_2"), phi),
        "interaction_mass": (("pair", "party"), mass),
        "interaction_share": (("pair", "party"), share),
        "gap": (("pair", "party"), gap),
    }
    return xr.Dataset(
        {name: (dims, value, attributes(name)) for name, (dims, value) in data.items()},
        coords={
            "pair": [f"{a} -> {b}" for a, b in chosen],
            "party": [*parties, *([] if reported is None else [REPORTED])],
            "assumption": names,
            "assumption_2": names,
            "label": ("assumption", [group.label for group in shown]),
            "theme": ("assumption", [group.theme for group in shown]),
        },
        attrs=dict(attrs or {}),
    )


SPOKEN_OF = 0.2
"""Share of a difference beyond which its interactions are told in words."""


def interaction_mass(differences: xr.Dataset) -> xr.Dataset:
    """How much of each difference interactions make, from a dataset of `differences.explain_differences`.

    Returns
    -------
    `interaction_mass`, `interaction_share` (pair, party), or what is left of these dimensions; the share is NaN where
    there is no gap.
    """
    gap = differences["gap"]
    mass = gap - differences["alone"].sum("assumption")
    order = [dim for dim in ("pair", "party") if dim in gap.dims]
    share = (mass / gap.where(gap != 0)).transpose(*order)
    return xr.Dataset(
        {
            "interaction_mass": mass.transpose(*order).assign_attrs(attributes("interaction_mass")),
            "interaction_share": share.assign_attrs(attributes("interaction_share")),
        }
    )
