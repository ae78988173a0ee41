"""Rank correlations that a design's draws really have, beside those that were asked for."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import CompiledModel
from engine.model.dependence import rank_correlation
from engine.run.designs import replicates, unit_points

Array: TypeAlias = NDArray[np.float64]


class AchievedCorrelations(NamedTuple):
    """Rank correlations of the dependent parameters of a calculation."""

    names: tuple[str, ...]
    """Parameters that are correlated, or drawn together with others, in the order of the model's inputs."""
    stated: Array
    """(name, name): 1 with itself; as the model says, 0 for correlated parameters whose pair it does not name; NaN
    where a Dirichlet row or a joint table decides, which states none."""
    achieved: Array
    """(name, name): Spearman's rank correlation over the draws. Discrete laws have ties, which bring it nearer to 0."""
    error: Array
    """(name, name): standard error of `achieved`, from the replicates of the design where it has any and there are
    enough draws in each; else about (1 - achieved^2) / sqrt(draws - 1), as for independent draws."""


def achieved_rank_correlations(
    model: CompiledModel, calculation: str, *, draws: int, seed: int, design: str, of: int | None = None
) -> AchievedCorrelations:
    """Rank correlations between the dependent parameters of a calculation, over the draws that a run would make.

    Parameters
    ----------
    draws : at least 2; the first ones.
    of : draws that the run makes; as many if None.

    Returns
    -------
    Without any name, where nothing depends on anything.
    """
    inputs = model.inputs
    points = unit_points(design, inputs.uncertain, seed=seed, start=0, stop=draws, total=of or draws)
    values = inputs.values(calculation, points)
    dependence = inputs.dependence(calculation)
    drawn = {m for members in dependence.bundles.values() for m in members}
    place = {name: k for k, name in enumerate(dependence.names)}
    correlated = {name for a, b, _ in inputs.structures.correlations.pairs if {a, b} <= set(place) for name in (a, b)}
    names = tuple(name for name in inputs.names if name in drawn | correlated)
    rows = [inputs.names.index(name) for name in names]
    stated = np.eye(len(names))
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if i != j:
                both = a in correlated and b in correlated
                stated[i, j] = dependence.rank[place[a], place[b]] if both else np.nan
    # Between two structures, and from one to correlated parameters, nothing connects.
    owner = {m: name for name, members in dependence.bundles.items() for m in members}
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            if owner.get(a) != owner.get(b):
                stated[i, j] = 0.0
    achieved = rank_correlation(values[rows]) if names else np.empty((0, 0))
    copies = replicates(design)
    if copies > 1 and draws >= 16 * copies and names:
        parts = np.stack([rank_correlation(values[rows][:, r::copies]) for r in range(copies)])
        error = parts.std(axis=0, ddof=1) / np.sqrt(copies)
    else:
        error = (1.0 - achieved**2) / np.sqrt(draws - 1)
    return AchievedCorrelations(names, stated, achieved, error)
