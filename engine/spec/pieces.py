"""What included files bring and nothing uses is left out: a file of shared prices serves many models."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from engine.spec.check_expressions import places
from engine.spec.expressions import ExpressionError, calls_in, names_in
from engine.spec.language import Language, language_of
from engine.spec.schema import Calculation, Expr, Model
from engine.spec.tables import TableData
from engine.spec.yaml import Loc

_SECTIONS = ("parameters", "choices", "definitions", "functions", "tables", "dirichlet", "joint")
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def without_idle(
    model: Model, tables: Mapping[str, TableData], calculations: Iterable[Calculation], included: Collection[Loc]
) -> tuple[Model, frozenset[str]]:
    """A model without the entries of included files that nothing in it reaches, and their names.

    What stands in the model's own file is never left out: there, what nothing uses is a mistake.

    Parameters
    ----------
    included : places of the entries that included files bring.
    """
    brought = {str(loc[1]) for loc in included if loc[0] in _SECTIONS}
    if not brought:
        return model, frozenset()
    reached = _reached(model, language_of(model, tables), calculations, brought)
    idle = frozenset(brought - reached)
    kept = {
        section: {name: entry for name, entry in getattr(model, section).items() if name not in idle}
        for section in _SECTIONS
    }
    correlations = tuple(c for c in model.correlations if not idle.intersection(c.between))
    return model.model_copy(update={**kept, "correlations": correlations}), idle


def _reached(
    model: Model, language: Language, calculations: Iterable[Calculation], brought: Collection[str]
) -> set[str]:
    """Names that the model's own content uses, directly or through others."""
    inside: dict[str, set[str]] = {}
    own: set[str] = set()
    for place in places(model):
        found = set() if place.text in place.words else _named(language, place.text)
        if place.loc[0] in ("choices", "definitions", "functions"):
            inside.setdefault(str(place.loc[1]), set()).update(found)
        else:
            own |= found
    for name, parameter in model.parameters.items():
        inside[name] = _tables_of(model, parameter.dist)
    for name, row in model.dirichlet.items():
        inside[name] = set(row.members)
        for member in row.members:
            inside.setdefault(member, set()).add(name)
    for name, joint in model.joint.items():
        inside[name] = {joint.table, *joint.columns}
        for member in joint.columns:
            inside.setdefault(member, set()).add(name)
    for calculation in calculations:
        for name, assumption in calculation.assumptions.items():
            inside.setdefault(name, set()).update(_tables_of(model, assumption.dist))
    waiting = [*own, *(name for name in inside if name not in brought)]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += inside.get(name, ())
    return reached


def _named(language: Language, text: Expr) -> set[str]:
    """Names, functions and tables in an expression; none where it has a mistake, which is told where it counts."""
    try:
        tree = language.written(text)
    except ExpressionError:
        return set()
    return {*names_in(tree), *calls_in(tree)}


def _tables_of(model: Model, law: str | None) -> set[str]:
    """Tables in the text of a law."""
    return set(_WORD.findall(law or "")) & model.tables.keys()
