"""Outcomes of each draw, as a run makes them and as results hold them, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.run.job import PARTY_AXIS, room_behind
from engine.spec.load import LoadedStudy

Array = NDArray[np.generic]
T = TypeVar("T", bound=np.generic)

NAMES = {
    "cost": "cost",
    "npv": "npv",
    "programme": "programme_cost",
    "ratio": "benefit_cost_ratio",
    "payback": "payback_year",
    "payback_discounted": "payback_year_discounted",
    "status": "status",
    "outcome": "outcome_amount",
    "subgroup_npv": "subgroup_npv",
    "subgroup_outcome": "subgroup_outcome_amount",
    "cumulative": "cumulative_saving",
}
"""Names of a run -> names of the vocabulary. The calculation stands first and the draw last, but see `PATHS`."""
PATHS = "cumulative"
"""A run has the draw last (K, k, q, t + 1, path); results have (K, k, q, path, t + 1)."""


def own_perspectives(study: LoadedStudy) -> tuple[int, ...]:
    """Position, among perspectives and payers, of the perspective that each calculation reports."""
    parties = [*study.model.perspectives, *study.model.payers]
    return tuple(parties.index(c.perspective) for c in study.calculations)


def labelled(kept: Mapping[str, Array], own: Sequence[int]) -> dict[str, Array]:
    """Arrays by name of the vocabulary, `reported` added; `horizon`, which is no variable of results, is left out.

    Parameters
    ----------
    own : as `own_perspectives` gives it.
    """
    found = {}
    for name, variable in NAMES.items():
        if name not in kept:
            continue
        values = np.moveaxis(kept[name], -1, -2) if name == PATHS else kept[name]
        found[variable] = with_reported(values, own, PARTY_AXIS[name]) if name in PARTY_AXIS else values
    return found


def with_reported(values: NDArray[T], own: Sequence[int], axis: int = 2) -> NDArray[T]:
    """Parties along an axis, and after them each calculation's own perspective; calculations along the first.

    Written into the room behind the values, where they were made with some: then they are not copied.
    """
    whole = room_behind(values, axis)
    if whole is None:
        reported = np.stack([np.take(values[k], [q], axis=axis - 1) for k, q in enumerate(own)])
        return np.concatenate([values, reported], axis=axis)
    for k, q in enumerate(own):
        parties = np.moveaxis(whole[k], axis - 1, 0)
        parties[-1] = parties[q]
    return whole


def unlabelled(variables: Mapping[str, Array]) -> dict[str, Array]:
    """The way back from `labelled`."""
    found = {}
    for name, variable in NAMES.items():
        if variable not in variables:
            continue
        values = variables[variable]
        if name in PARTY_AXIS:
            axis = PARTY_AXIS[name]
            values = np.take(values, range(values.shape[axis] - 1), axis=axis)
        found[name] = np.ascontiguousarray(np.moveaxis(values, -2, -1) if name == PATHS else values)
    return found
