"""From the figure that an author signs to the figure that is compared: prices, participants, discounting.

Calculations are compared per participant, in the prices and discounted to the start of the model. An author may sign
in other terms; what lies between is arithmetic, not disagreement, and is told before any assumption is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from engine.vocabulary import attributes

STEPS = ("signed", "prices", "participants", "discounting")
"""The figure as signed, then after each step; the last is the figure that is compared."""


class Terms(NamedTuple):
    """Factors that turn a figure in common terms into the one that its author signs."""

    prices: float = 1.0
    """Price index of the author's year over that of the model's."""
    participants: float = 1.0
    """Participants that the figure is for."""
    discounting: float = 1.0
    """(1 + r)^(years from the start to the year that the author discounts to)."""


def accounting_bridge(npv: Sequence[float], terms: Mapping[str, Terms]) -> xr.Dataset:
    """The figure of each calculation, step by step from the author's terms to common ones.

    Parameters
    ----------
    npv : reported NPV of each calculation, in common terms [SEK/participant].
    terms : by calculation, in the order of `npv`.

    Returns
    -------
    `accounting` (calculation, accounting_step) [SEK in the terms reached by the step].
    """
    values = np.array(
        [[x * np.prod(t), x * t[1] * t[2], x * t[2], x] for x, t in zip(npv, terms.values(), strict=True)]
    )
    return xr.Dataset(
        {"accounting": (("calculation", "accounting_step"), values, attributes("accounting"))},
        coords={"calculation": list(terms), "accounting_step": list(STEPS)},
    )
