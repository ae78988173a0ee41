"""Which assumptions matter most over all pairs of calculations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.vocabulary import attributes


def rank_assumptions(differences: xr.Dataset) -> xr.DataArray:
    """How much each assumption contributes to the difference between two calculations, on average over pairs.

    Parameters
    ----------
    differences : `shapley` (pair, party, assumption) [SEK per participant], 0 where an assumption does not differ.

    Returns
    -------
    `mean_contribution` (party, assumption): mean over pairs of the absolute contribution. Not sorted, for the order
    depends on the party.
    """
    mean = abs(differences["shapley"]).mean("pair").transpose("party", "assumption")
    return mean.rename("mean_contribution").assign_attrs(attributes("mean_contribution"))


class TopContributions(NamedTuple):
    """The largest contributions to a difference, and what the others come to together."""

    shown: tuple[int, ...]
    """Places of the largest along `assumption`, largest first."""
    others: int
    """How many more are not zero when rounded."""
    rest: float
    """Rounded difference minus the rounded contributions shown, so that what is printed adds up; 0 with no others."""


def top_contributions(
    contribution: NDArray[np.float64], gap: float, *, place: int = 0, most: int = 3
) -> TopContributions:
    """What to name of a difference, so that the numbers as printed add up to it.

    Parameters
    ----------
    contribution : (assumption,) [SEK per participant].
    gap : their sum; the difference that they explain.
    place : amounts are shown rounded to 10**`place`; what rounds to zero is not counted.
    most : how many to name one by one.
    """
    step = 10.0**place
    rounded = np.round(np.asarray(contribution, dtype=np.float64) / step)
    order = np.argsort(-np.abs(contribution), kind="stable")
    order = order[rounded[order] != 0]
    shown, others = order[:most], order[most:]
    rest = (np.round(gap / step) - rounded[shown].sum()) * step if others.size else 0.0
    return TopContributions(tuple(int(i) for i in shown), int(others.size), float(rest))
