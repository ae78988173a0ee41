"""Owen values: contributions when assumptions of one theme change together, and what each theme contributes.

Owen's value of an assumption is its mean step over the orders that keep themes together: themes in random
order, then the assumptions within. A theme's values add up to its Shapley value in the game in which themes
are the players, so splitting an assumption into several of the same theme changes no other theme.

Letters as in `hybrids`: a table of g groups in M themes; a theme of m groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.analysis.hybrids import Array, shapley_from_table, sums_by_size, table_of_rows
from engine.errors import UsageError

# Sums over other themes are kept for so many numbers at a time (128 MB).
_SLAB = 16_000_000


class OwenValues(NamedTuple):
    values: Array
    """(g, ...)"""
    by_theme: Array
    """(M, ...); a theme's values add up to it."""


def owen_from_table(v: Array, themes: Sequence[int]) -> OwenValues:
    """Exact Owen values, from the outcomes of all 2^g hybrids.

    Parameters
    ----------
    v : (2^g, ...), bit j of the first index = group j taken from the second calculation.
    themes : theme of each group, 0 to M - 1, none left out.

    Returns
    -------
    Values by group and by theme; both add up to v[-1] - v[0]. Exactly 0 for a group that never matters.
    With every group a theme of its own, or all in one, they are Shapley's.

    Raises
    ------
    UsageError : not one theme a group, or a theme without groups.

    References
    ----------
    Owen (1977), Values of games with a priori unions, in Essays in Mathematical Economics and Game Theory.
    Sum over sets T of other themes and sets S within the theme of
    |T|! (M - |T| - 1)! / M! × |S|! (m - |S| - 1)! / m! × (v(T + S + i) - v(T + S)); the sum over T is made first.
    """
    bits = _bits(v, themes)
    by_theme = shapley_from_table(quotient_table(v, themes))
    values = np.empty((len(themes), *v.shape[1:]))
    for k, own in enumerate(bits):
        if len(own) == 1:
            values[own[0]] = by_theme[k]
        else:
            values[own] = shapley_from_table(theme_game(v, themes, k))
    return OwenValues(values, by_theme)


def quotient_table(v: Array, themes: Sequence[int]) -> Array:
    """Outcomes (2^M, ...) of the hybrids that take whole themes; bit k of the first index = theme k taken."""
    bits = _bits(v, themes)
    if len(bits) == len(themes) and bits == [[j] for j in range(len(bits))]:
        return v
    return v[table_of_rows([_mask(own) for own in bits])]


def theme_game(v: Array, themes: Sequence[int], theme: int) -> Array:
    """Outcomes of the sets of one theme's groups, averaged over the themes that changed before it.

    Returns
    -------
    (2^m, ...), groups of the theme in order. Its Shapley contributions are the groups' Owen values.
    """
    bits = _bits(v, themes)
    if len(bits) == 1:
        return v
    own = table_of_rows([1 << j for j in bits[theme]])
    masks = [_mask(b) for k, b in enumerate(bits) if k != theme]
    m, low = len(bits[theme]), len(masks) // 2
    # As in `ShapleySums`: the sets of the other themes matter by their size only. Half of them vary within a
    # block of rows that is gathered at a time, and are added up last.
    rows = (table_of_rows(masks[:low])[:, None] | own[None, :]).ravel()
    between = table_of_rows(masks[low:]).tolist()
    flat = v.reshape(v.shape[0], -1)
    game = np.zeros((own.size, flat.shape[1]))
    width = max(1, _SLAB // (rows.size * (len(masks) - low + 1)))
    for start in range(0, flat.shape[1], width):
        at = slice(start, start + width)
        part = flat[:, at]
        sums = np.zeros((len(masks) - low + 1, rows.size, part.shape[1]))
        for h, taken in enumerate(between):
            sums[h.bit_count()] += part[taken | rows]
        for outer, of_size in enumerate(sums):
            for inner, sum_ in enumerate(sums_by_size(of_size, range(m, m + low))):
                game[:, at] += sum_ / (len(bits) * math.comb(len(masks), outer + inner))
    return game.reshape(own.size, *v.shape[1:])


def _mask(bits: Sequence[int]) -> int:
    return sum(1 << j for j in bits)


def _bits(v: Array, themes: Sequence[int]) -> list[list[int]]:
    """Groups of each theme."""
    m = max(themes, default=-1) + 1
    bits: list[list[int]] = [[j for j, theme in enumerate(themes) if theme == k] for k in range(m)]
    if v.shape[0] != 1 << len(themes):
        raise UsageError(f"A table of {v.shape[0]} hybrids needs the theme of each of its groups, not {len(themes)}.")
    if not all(bits) or min(themes, default=0) < 0:
        raise UsageError(f"Themes are numbered from 0 without a gap, not {sorted(set(themes))}.")
    return bits


def number_themes(names: Sequence[str]) -> tuple[list[str], list[int]]:
    """Themes in order of first appearance, and each group's number among them."""
    found = list(dict.fromkeys(names))
    return found, [found.index(name) for name in names]
