"""Checks of what stands in a study without a part in it, and of names for people that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.errors import Problem
from engine.spec.check_expressions import places
from engine.spec.expressions import names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Model
from engine.spec.strategies import parts_of
from engine.spec.yaml import Loc


def check_labels(loaded: LoadedStudy) -> Iterator[Problem]:
    """Names for people differ within what stands side by side in results."""
    model, marks = loaded.model, loaded.marks
    groups: tuple[tuple[str, Iterable[tuple[str, str]]], ...] = (
        ("payers", ((name, payer.label) for name, payer in model.payers.items())),
        ("perspectives", ((name, perspective.label) for name, perspective in model.perspectives.items())),
        ("states", ((name, state.label) for name, state in model.states.items())),
        ("strategies", ((name, strategy.label) for name, strategy in model.strategies.items())),
        ("outcomes", ((name, outcome.label) for name, outcome in model.outcomes.items())),
        ("subgroups", ((name, subgroup.label) for name, subgroup in model.subgroups.items())),
    )
    for group, entries in groups:
        seen: dict[str, str] = {}
        for name, label in entries:
            if label in seen:
                message = f"{label!r} is the label of {seen[label]!r} too; nobody could tell them apart"
                yield marks.problem(loaded.study.model, (group, name, "label"), message)
            seen.setdefault(label, name)
    owner: dict[str, str] = {}
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        if calculation.label in owner:
            message = f"{calculation.label!r} is the label in {owner[calculation.label]!r} too; choose another"
            yield marks.problem(file, ("label",), message)
        owner.setdefault(calculation.label, file)


def check_payers(loaded: LoadedStudy) -> Iterator[Problem]:
    """Every payer is counted somewhere. A perspective that holds all others then holds both sides of every transfer."""
    model, marks = loaded.model, loaded.marks
    anywhere = set().union(*(payers_of(model, name) for name in model.perspectives))
    moved = {payer for item in model.cost_items.values() if item.to is not None for payer in (item.payer, item.to)}
    for payer in model.payers:
        if payer not in anywhere:
            message = f"no perspective counts {payer!r}; add it to the `payers` of the widest one at least"
            if payer in moved:
                message += (
                    ": transfers with it cancel nowhere, and money that changes hands would count as gained or lost"
                )
            yield marks.problem(loaded.study.model, ("payers", payer), message, key=True)


def check_bundles(loaded: LoadedStudy) -> Iterator[Problem]:
    """A bundle is not called like a parameter or choice that is not in it: results know both by that name."""
    model = loaded.model
    bundles = {name: parameter.bundle for name, parameter in model.parameters.items()}
    bundles |= {name: choice.bundle for name, choice in model.choices.items()}
    for name, bundle in bundles.items():
        if bundle is not None and bundle in bundles and bundles[bundle] != bundle:
            group = "parameters" if name in model.parameters else "choices"
            kind = "parameter" if bundle in model.parameters else "choice"
            message = f"{bundle!r} is the name of a {kind} outside the bundle; give the bundle another name"
            yield loaded.marks.problem(loaded.study.model, (group, name, "bundle"), message)


def check_strategies_act(loaded: LoadedStudy) -> Iterator[Problem]:
    """What is compared with the baseline differs from it."""
    model = loaded.model
    if not any(strategy.baseline for strategy in model.strategies.values()):
        return
    items = model.every_item
    paid = {name for item in items for name in (item.strategy, *item.strategies)}
    for name, strategy in model.strategies.items():
        parts = parts_of(model, name)
        acts = any(model.strategies[part].effects or part in paid for part in parts)
        if not strategy.baseline and not acts:
            message = f"{name!r} has no effects, and no cost item names it; it would be the baseline once more"
            yield loaded.marks.problem(loaded.study.model, ("strategies", name), message, key=True)


def check_use(loaded: LoadedStudy) -> Iterator[Problem]:
    """Every parameter and choice has a part in the model."""
    model, marks = loaded.model, loaded.marks
    used = {
        name
        for place in places(model)
        if place.text not in place.words
        for name in names_in(loaded.language.tree(place.text))
    }
    used |= {member for row in model.dirichlet.values() for member in row.members}
    used |= {member for joint in model.joint.values() for member in joint.columns}
    used |= {member for correlation in model.correlations for member in correlation.between}
    idle = [name for name in (*model.parameters, *model.choices) if name not in used]
    for name in idle:
        loc: Loc = ("parameters" if name in model.parameters else "choices", name)
        yield marks.problem(loaded.study.model, loc, "nothing uses it; remove it, or name it where it counts", key=True)
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        for name in calculation.assumptions:
            if name in idle:
                message = "nothing in the model uses it, so setting it changes nothing; remove it"
                yield marks.problem(file, ("assumptions", name), message, key=True)


def payers_of(model: Model, perspective: str) -> set[str]:
    """Payers that a perspective counts, those of perspectives in it among them."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [perspective]
    while waiting:
        name = waiting.pop()
        if name not in seen and name in model.perspectives:
            seen.add(name)
            found |= set(model.perspectives[name].payers)
            waiting += model.perspectives[name].includes
    return found
