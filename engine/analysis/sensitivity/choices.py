"""Choices of method against uncertain figures: how much of the spread comes from which of the two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from engine.analysis.pick_freeze import Bits, Freeze
from engine.analysis.plural import split_variance
from engine.analysis.sensitivity.base import Array
from engine.analysis.sensitivity.saltelli import CHUNK, Saltelli


def split_choices(
    function: Callable[[Array], Array], choices: Sequence[int], n_parameters: int, *, n: int, seed: int
) -> tuple[dict[str, Array], int]:
    """Shares of the variance from choices alone, from figures alone, and from both together; they add up to 1.

    By the law of total variance, from all four exchanges of the two groups at n base points.

    Parameters
    ----------
    function : points of the cube (run, parameter) -> outcomes (run,).
    choices : columns of choices; the others are figures.
    n : base points, a power of two.

    Returns
    -------
    `choices_share`, `figures_share`, `choices_figures_share` with `_conf`, each (), and the number of runs, 4n.

    Raises
    ------
    UsageError : n is not a power of two, or below 2.
    """
    rule = Saltelli(n_parameters, n, seed)
    column = np.isin(np.arange(n_parameters), list(choices))

    def exchange(bits: Bits) -> Array:
        y = np.empty((n, 1))
        for start in range(0, n, CHUNK):  # the points are made anew for each exchange, and never held
            a, b = rule.base(start, min(n, start + CHUNK))
            y[start : start + CHUNK, 0] = function(np.where(np.where(column, bits[0], bits[1]), b, a))
        return y

    freeze = Freeze(exchange, 2, rule.replicates)
    split = split_variance(freeze, [0], [1] if not column.all() else [])
    shares = {"choices_share": split.between, "figures_share": split.within, "choices_figures_share": split.both}
    found = {name: share.value[0] for name, share in shares.items()}
    found |= {f"{name}_conf": share.conf[0] for name, share in shares.items()}
    return found, 4 * n


def kind_of(members: Collection[int], choices: Collection[int]) -> str:
    """What a group of columns is: `choice`, `parameter`, or `both`."""
    of_choices = sum(i in choices for i in members)
    return "parameter" if not of_choices else "choice" if of_choices == len(members) else "both"
