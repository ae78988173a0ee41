"""Which parameters are uncertain together, and what follows for each: its own law, and the bundle it moves in."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from engine.spec.laws import Law
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Calculation, Model


class Membership(NamedTuple):
    """What a parameter is a member of."""

    kind: Literal["dirichlet", "joint"]
    name: str
    """Under which it stands in the model."""
    members: tuple[str, ...]


def membership(model: Model, parameter: str) -> Membership | None:
    """The Dirichlet row or the joint table that a parameter is drawn from, if any."""
    for name, row in model.dirichlet.items():
        if parameter in row.members:
            return Membership("dirichlet", name, row.members)
    for name, joint in model.joint.items():
        if parameter in joint.columns:
            return Membership("joint", name, tuple(joint.columns))
    return None


def has_law(model: Model, calculation: Calculation, parameter: str) -> bool:
    """Whether a calculation is unsure of a parameter, by a law of its own or by the model's."""
    own = calculation.assumptions.get(parameter)
    if own is not None:
        return own.dist is not None
    return model.parameters[parameter].dist is not None or membership(model, parameter) is not None


def bundle_of(model: Model, name: str) -> str | None:
    """Bundle in which a parameter or choice moves between calculations, None where it moves alone.

    Members of a Dirichlet row or a joint table move together, in the bundle that one of them names, else in one that
    has the name of the row or table: a mixture of one calculation's shares with another's would not add up to 1, and a
    mixture of two draws is not a draw.
    """
    own = model.choices[name].bundle if name in model.choices else model.parameters[name].bundle
    if own is not None or name in model.choices:
        return own
    found = membership(model, name)
    if found is None:
        return None
    named = (model.parameters[m].bundle for m in found.members if m in model.parameters)
    return next((bundle for bundle in named if bundle is not None), found.name)


def share_of(model: Model, parameter: str) -> float:
    """Point value of a member of a Dirichlet row: its part of all counts."""
    row = next(r for r in model.dirichlet.values() if parameter in r.members)
    return row.counts[row.members.index(parameter)] / math.fsum(row.counts)


def marginal_law(study: LoadedStudy, parameter: str) -> Law | None:
    """Law that a member of a Dirichlet row or a joint table has by itself; None for other parameters.

    In a Dirichlet row that is a beta law; in a joint table, its column.
    """
    model = study.model
    found = membership(model, parameter)
    if found is None:
        return None
    if found.kind == "dirichlet":
        counts = model.dirichlet[found.name].counts
        own = counts[found.members.index(parameter)]
        return Law("beta", (own, math.fsum(counts) - own, 0.0, 1.0))
    joint = model.joint[found.name]
    return Law("empirical", values=tuple(sorted(study.tables[joint.table].columns[joint.columns[parameter]])))


def rank_correlations(model: Model) -> dict[tuple[str, str], float]:
    """Stated rank correlation of each pair, the alphabetically first one first."""
    return {(min(c.between), max(c.between)): c.rank for c in model.correlations}
