"""Checks of what expressions are measured in: no probability is added to a cost, no rate taken for a probability."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.spec.check_expressions import Place, in_order, places, uses_of
from engine.spec.dimensions import (
    CLOCK,
    MONEY,
    MONEY_PER_YEAR,
    PLAIN,
    RATE,
    YEARS,
    Dimension,
    Fault,
    in_words,
    measure,
    of_unit,
)
from engine.spec.expressions import Call, Expression, Name
from engine.spec.laws_of_time import LAWS_OF_TIME
from engine.spec.loaded import LoadedStudy
from engine.spec.units import UNITS

_WANTED: dict[str, tuple[Dimension, ...]] = {
    "horizon": (YEARS,),
    "discount_rate": (RATE, PLAIN),
    "hazard": (RATE,),
    "dropout": (RATE,),
    "growth": (RATE, PLAIN),
    **dict.fromkeys(("start", "duration", "ramp_up"), (YEARS,)),
    **dict.fromkeys(("probability", "hazard_ratio", "odds_ratio", "risk_ratio", "difference", "fade"), (PLAIN,)),
    **dict.fromkeys(("uptake", "deadweight", "displacement", "marginal_share", "share", "logit"), (PLAIN,)),
    **dict.fromkeys(("within_cycle", "discount_timing", "boundary_weight"), (PLAIN,)),
}
"""What stands under a key; shares at the start of the model stand under the names of states."""
_OF_LAWS: dict[str, tuple[tuple[Dimension, ...], ...]] = {
    "exponential": ((RATE,),),
    "gompertz": ((RATE, PLAIN), (RATE,)),
    "lognormal": ((PLAIN,), (PLAIN,)),
    **dict.fromkeys(("weibull", "log_logistic"), ((PLAIN,), (YEARS,))),
}
"""What the arguments of a law of a time to an event are measured in; a rate per year and year may go without a unit."""


def check_expression_units(loaded: LoadedStudy) -> Iterator[Problem]:
    """Every expression adds and compares like with like, and gives what its place needs."""
    model, marks, file = loaded.model, loaded.marks, loaded.study.model
    known: dict[str, Dimension | None] = {**CLOCK}
    for name, parameter in model.parameters.items():
        unit = UNITS.get(parameter.unit)
        known[name] = None if unit is None else of_unit(unit)
    of_names: dict[str, list[Place]] = {}
    for place in places(model):
        if place.loc[0] in ("choices", "definitions"):
            of_names.setdefault(str(place.loc[1]), []).append(place)
    for name in in_order(uses_of(loaded))[0]:
        dimensions: list[Dimension] = []
        for place in of_names.get(name, []):
            found: list[Fault] = []
            own = measure(loaded.language.tree(place.text), known.get, found)
            yield from (marks.problem(file, place.loc, f.message, at=f.at) for f in found)
            if own is not None:
                dimensions.append(own)
                if own != dimensions[0]:
                    message = f"{in_words(own)}; another alternative is {in_words(dimensions[0])}"
                    yield marks.problem(file, place.loc, message)
        known[name] = dimensions[0] if dimensions else None
    for place in places(model):
        if place.loc[0] in ("choices", "definitions", "functions") or place.text in place.words:
            continue
        tree = loaded.language.tree(place.text)
        if place.law:
            yield from _check_law(loaded, place, tree, known)
            continue
        found = []
        own = measure(tree, known.get, found)
        yield from (marks.problem(file, place.loc, f.message, at=f.at) for f in found)
        wanted = _wanted(loaded, place, known)
        if own is not None and wanted and own not in wanted and not _told_elsewhere(place, isinstance(tree, Name)):
            message = f"{in_words(own)}, and `{_key(place)}` needs {in_words(wanted[0])}{_remedy(own, wanted[0])}"
            yield marks.problem(file, place.loc, message)


def _key(place: Place) -> str:
    return "start" if place.loc[0] == "start" else next(str(x) for x in reversed(place.loc) if isinstance(x, str))


def _check_law(
    loaded: LoadedStudy, place: Place, tree: Expression, known: Mapping[str, Dimension | None]
) -> Iterator[Problem]:
    assert isinstance(tree, Call)
    marks, file = loaded.marks, loaded.study.model
    for name, wanted, argument in zip(
        LAWS_OF_TIME[tree.function], _OF_LAWS.get(tree.function, ()), tree.arguments, strict=False
    ):
        found: list[Fault] = []
        own = measure(argument, known.get, found)
        yield from (marks.problem(file, place.loc, f.message, at=f.at) for f in found)
        if own is not None and own not in wanted:
            message = f"{in_words(own)}, and `{name}` of {tree.function} needs {in_words(wanted[0])}"
            yield marks.problem(file, place.loc, f"{message}{_remedy(own, wanted[0])}", at=argument.at)


def _wanted(loaded: LoadedStudy, place: Place, known: Mapping[str, Dimension | None]) -> tuple[Dimension, ...]:
    """What a place can take; empty where anything will do."""
    loc = place.loc
    if loc[0] == "start":
        return (PLAIN,)
    if loc[0] == "cost_items" and loc[-1] == "amount":
        item = loaded.model.cost_items[str(loc[1])]
        return (MONEY_PER_YEAR,) if item.state is not None else (MONEY,)
    if loc[0] == "subgroups" and loc[-2] == "set":
        usual = known.get(str(loc[-1]))
        return () if usual is None else (usual,)
    return _WANTED.get(str(loc[-1]), ())


def _told_elsewhere(place: Place, bare: bool) -> bool:
    """An amount that is a parameter alone is told with the parameter's own unit."""
    return bare and place.loc[-1] == "amount"


def _remedy(found: Dimension, wanted: Dimension) -> str:
    if (found, wanted) == (RATE, PLAIN):
        return "; rate_to_prob(rate, cycle_length) makes one of the other"
    if (found, wanted) == (PLAIN, RATE):
        return "; prob_to_rate(p, cycle_length) makes one of the other"
    if (found, wanted) == (MONEY_PER_YEAR, MONEY):
        return "; multiply it by the years that it is paid"
    return ""
