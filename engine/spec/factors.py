"""Choices as factors of a sensitivity analysis: which are drawn inside a calculation, and how likely each alternative.

Written as a name, a list of names, or the weights of each choice's alternatives; `all` is every choice of the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from engine.spec.schema import Model
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

Asked: TypeAlias = str | Sequence[str] | Mapping[str, Mapping[str, float]]
"""What an analyst asks for."""

ALL = "all"
_PERSPECTIVE = "perspective"


def factor_problems(model: Model, asked: Asked) -> Iterator[tuple[Loc, str]]:
    """What is wrong with choices asked for, each with its place in what was written."""
    if asked == ALL:
        if not model.choices:
            yield (), "the model has no choices, so there is none to vary"
        return
    names: list[tuple[Loc, str]]
    if isinstance(asked, str):
        names = [((), asked)]
    elif isinstance(asked, Mapping):
        names = [((name,), name) for name in asked]
    else:
        names = [((k,), name) for k, name in enumerate(asked)]
    for loc, name in names:
        if name == _PERSPECTIVE:
            yield loc, "the perspective is applied when figures are read, and is no factor; name `perspectives` instead"
        elif name in model.parameters:
            yield loc, f"{name!r} is a parameter, which is varied by its law; name choices only"
        elif name not in model.choices:
            yield loc, unknown("choice", name, model.choices)
        elif isinstance(asked, Mapping):
            yield from _weight_problems(model, name, asked[name])


def chosen_factors(model: Model, asked: Asked) -> frozenset[str]:
    """Names of the choices asked for."""
    if asked == ALL:
        return frozenset(model.choices)
    return frozenset({asked} if isinstance(asked, str) else asked)


def factor_weights(model: Model, asked: Asked) -> dict[str, tuple[float, ...]]:
    """Probabilities of the alternatives, in the order of the model, by choice in the order of the model.

    Parameters
    ----------
    asked : without `factor_problems`.
    """
    weighted = asked if isinstance(asked, Mapping) else {}
    named = chosen_factors(model, asked)
    found = {}
    for name, choice in model.choices.items():
        if name not in named:
            continue
        likely = weighted.get(name) or dict.fromkeys(choice.alternatives, 1.0)
        total = math.fsum(likely.values())
        found[name] = tuple(likely.get(alternative, 0.0) / total for alternative in choice.alternatives)
    return found


def _weight_problems(model: Model, name: str, weights: Mapping[str, float]) -> Iterator[tuple[Loc, str]]:
    alternatives = model.choices[name].alternatives
    if not isinstance(weights, Mapping):
        yield (name,), f"expected a weight for each alternative of {name!r}: {', '.join(alternatives)}"
        return
    wrong = [alternative for alternative in weights if alternative not in alternatives]
    for alternative in wrong:
        yield (name, alternative), unknown("alternative", alternative, alternatives)
    if wrong:
        return
    for alternative, weight in weights.items():
        if not 0 <= weight <= 1:
            yield (name, alternative), f"{weight:g} is no probability; it must be 0 to 1"
            return
    total = math.fsum(weights.values())
    if abs(total - 1) > 1e-9:
        yield (name,), f"the weights add up to {total:g}; they must add up to 1"
    elif sum(weight > 0 for weight in weights.values()) < 2:
        yield (name,), "only one alternative has a weight above 0, so nothing is varied; leave the choice out"
