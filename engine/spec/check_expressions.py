"""Checks of everything written in the expression language, and of how names stand for one another."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Literal, NamedTuple

from engine.errors import Problem
from engine.spec.expressions import (
    BUILTIN_NAMES,
    FADE_FUNCTIONS,
    FUNCTIONS,
    Call,
    Expression,
    ExpressionError,
    Name,
    calls_in,
    check_expression,
    names_in,
    walk,
)
from engine.spec.laws_of_time import check_law
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Effect, Expr, Item, Model, Transition
from engine.spec.stages import TIME_IN_STATE
from engine.spec.validation import did_you_mean
from engine.spec.yaml import Loc

TIMING_WORDS = ("start", "mid", "end", "continuous")
"""Words for `discount_timing`."""
CORRECTION_WORDS = ("none", "half_cycle", "trapezoid", "simpson", "exact")
"""Words for `within_cycle`."""
LONGEST_CHAIN = 50
"""Names that stand for one another, one after the other. Honest models have five."""

_CLOCK = tuple(name for name in BUILTIN_NAMES if name != "cycle_length")
"""Names whose value changes from cycle to cycle."""


class Place(NamedTuple):
    """An expression, where it stands and what may stand there."""

    loc: Loc
    text: Expr
    expect: Literal["number", "condition"] = "number"
    clock: bool = True
    """Whether it may change over time."""
    fade: bool = False
    """Whether functions of the time since an effect's start mean something."""
    words: tuple[str, ...] = ()
    """Words that may stand alone instead of an expression."""
    stay: bool = False
    """Whether time since the state was entered means something."""
    law: bool = False
    """Whether it is the law of a time to an event, `weibull(shape, scale)`."""
    arguments: tuple[str, ...] = ()
    """Names that mean something here and nowhere else."""


def places(model: Model) -> Iterator[Place]:
    """Every expression of a model."""
    time = model.time
    yield Place(("time", "horizon"), time.horizon, clock=False)
    yield Place(("time", "discount_rate"), time.discount_rate, clock=False)
    yield Place(("time", "discount_timing"), time.discount_timing, clock=False, words=TIMING_WORDS)
    yield Place(("time", "within_cycle"), time.within_cycle, clock=False, words=CORRECTION_WORDS)
    if time.boundary_weight is not None:
        yield Place(("time", "boundary_weight"), time.boundary_weight)
    for name, choice in model.choices.items():
        for key, alternative in choice.alternatives.items():
            yield Place(("choices", name, "alternatives", key, "value"), alternative.value, fade=True)
    for name, definition in model.definitions.items():
        yield Place(("definitions", name, "value"), definition.value, fade=True)
    for name, function in model.functions.items():
        yield Place(("functions", name, "value"), function.value, fade=True, arguments=function.arguments)
    for state, share in model.start.items():
        yield Place(("start", state), share, clock=False)
    for name, subgroup in model.subgroups.items():
        yield Place(("subgroups", name, "share"), subgroup.share, clock=False)
        for key, text in subgroup.set.items():
            if key in model.parameters or key in model.definitions:  # any other is told by its name
                yield Place(("subgroups", name, "set", key), text)
    for state, row in model.transitions.items():
        for target, transition in row.items():
            yield from _of_transition(("transitions", state, target), transition)
    for name, item in model.cost_items.items():
        yield from _of_item(("cost_items", name), item)
        yield Place(("cost_items", name, "displacement"), item.displacement)
    for name, outcome in model.outcomes.items():
        if outcome.discount_rate is not None:
            yield Place(("outcomes", name, "discount_rate"), outcome.discount_rate, clock=False)
        for key, part in outcome.items.items():
            yield from _of_item(("outcomes", name, "items", key), part)
    for name, strategy in model.strategies.items():
        loc: Loc = ("strategies", name)
        yield Place((*loc, "uptake"), strategy.uptake, clock=False)
        yield Place((*loc, "deadweight"), strategy.deadweight, clock=False)
        yield Place((*loc, "dropout"), strategy.dropout, clock=False)
        for k, effect in enumerate(strategy.effects):
            yield from _of_effect((*loc, "effects", k), effect)
    for k, constraint in enumerate(model.constraints):
        yield Place(("constraints", k, "require"), constraint.require, expect="condition", clock=False)


def _of_transition(loc: Loc, transition: Transition) -> Iterator[Place]:
    if transition.probability is not None:
        yield Place((*loc, "probability"), transition.probability, stay=True)
    if transition.hazard is not None:
        yield Place((*loc, "hazard"), transition.hazard, stay=True)
    if transition.logit is not None:
        yield Place((*loc, "logit"), transition.logit, stay=True)
    if transition.time_to_event is not None:
        yield Place((*loc, "time_to_event"), transition.time_to_event, law=True)


def _of_item(loc: Loc, item: Item) -> Iterator[Place]:
    yield Place((*loc, "amount"), item.amount, stay=item.state is not None)
    yield Place((*loc, "growth"), item.growth, clock=False)
    yield Place((*loc, "marginal_share"), item.marginal_share)


def _of_effect(loc: Loc, effect: Effect) -> Iterator[Place]:
    for key, text in (
        ("hazard_ratio", effect.hazard_ratio),
        ("odds_ratio", effect.odds_ratio),
        ("risk_ratio", effect.risk_ratio),
        ("difference", effect.difference),
    ):
        if text is not None:
            yield Place((*loc, key), text)
    yield Place((*loc, "fade"), effect.fade, fade=True)
    yield Place((*loc, "start"), effect.start, clock=False)
    yield Place((*loc, "ramp_up"), effect.ramp_up, clock=False)
    if effect.duration is not None:
        yield Place((*loc, "duration"), effect.duration, clock=False)


def check_expressions(loaded: LoadedStudy) -> Iterator[Problem]:
    """Everything parses, knows its names, and stands where it means something."""
    model, marks, file, language = loaded.model, loaded.marks, loaded.study.model, loaded.language
    names = frozenset((*model.parameters, *model.choices, *model.definitions, *BUILTIN_NAMES))
    functions = {name: function.arguments for name, function in model.functions.items()}
    contents = _contents_of_names(loaded)
    sound = True
    for place in places(model):
        if place.text in place.words:
            continue
        found: list[Problem] = []
        try:
            tree = language.written(place.text)
        except ExpressionError as error:
            sound = False
            yield marks.problem(file, place.loc, error.message, at=error.at)
            continue
        if place.words and isinstance(tree, Name) and tree.name not in names:
            hint = did_you_mean(tree.name, [*place.words, *names]) or "."
            message = f"{tree.name!r} is not known here{hint} Write {', '.join(place.words)}, or a number"
            yield marks.problem(file, place.loc, message)
            sound = False
            continue
        if place.law:
            faults = check_law(tree, language, names=names, functions=functions)
        else:
            own = names.union(place.arguments)
            faults = check_expression(tree, names=own, tables=language.tables, functions=functions, expect=place.expect)
        for wrong in faults:
            found.append(marks.problem(file, place.loc, wrong.message, at=wrong.at))
        for message, at in _misplaced(place, tree, contents):
            found.append(marks.problem(file, place.loc, message, at=at))
        yield from found
        sound = sound and not found
    if sound and not in_order(uses_of(loaded))[1]:
        yield from _check_expansion(loaded)


def _check_expansion(loaded: LoadedStudy) -> Iterator[Problem]:
    """What functions stand for can be written out; asked once everything is sound as it is written."""
    for place in places(loaded.model):
        if place.text not in place.words:
            try:
                loaded.language.tree(place.text)
            except ExpressionError as error:
                yield loaded.marks.problem(loaded.study.model, place.loc, error.message, at=error.at)


def check_functions(loaded: LoadedStudy) -> Iterator[Problem]:
    """Arguments mean nothing else, stand once, and are used."""
    model, marks, file = loaded.model, loaded.marks, loaded.study.model
    groups: dict[str, Container[str]] = {
        "a parameter": model.parameters,
        "a choice": model.choices,
        "a definition": model.definitions,
        "a function of the study": model.functions,
        "a table": model.tables,
        "the clock of the model": BUILTIN_NAMES,
        "a function": FUNCTIONS,
        "an operator": ("and", "or", "not"),
    }
    for name, function in model.functions.items():
        try:
            used = names_in(loaded.language.written(function.value))
        except ExpressionError:
            used = dict.fromkeys(function.arguments, 0)
        for k, argument in enumerate(function.arguments):
            loc: Loc = ("functions", name, "arguments", k)
            taken = next((what for what, names in groups.items() if argument in names), None)
            if taken is not None:
                message = f"{argument!r} is {taken} already, and would mean two things in `value`; choose another name"
                yield marks.problem(file, loc, message)
            elif argument in function.arguments[:k]:
                yield marks.problem(file, loc, f"{argument!r} stands twice; arguments have names of their own")
            elif argument not in used:
                yield marks.problem(file, loc, f"`value` does not use {argument!r}; remove it, or use it")


def check_circles(loaded: LoadedStudy) -> Iterator[Problem]:
    """No definition, choice or function stands for itself, however far round."""
    model, marks, file = loaded.model, loaded.marks, loaded.study.model
    uses = uses_of(loaded)
    order, rest = in_order(uses)
    told: set[str] = set()
    for name in uses:
        if name not in rest or name in told:
            continue
        path = [name]
        while (following := next(other for other in uses[path[-1]] if other in rest)) not in path:
            path.append(following)
        circle = path[path.index(following) :]
        told.update(path)
        if circle[0] != name:
            continue  # It only leads to a circle, which is told where it begins.
        loc, at = uses[circle[0]][circle[1] if len(circle) > 1 else circle[0]]
        shown = " -> ".join([*circle, circle[0]])
        yield marks.problem(
            file, loc, f"circular definition: {shown}; one of these must be given without the others", at=at
        )
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[other] for other in uses[name]), default=0)
        if depth[name] == LONGEST_CHAIN + 1:
            group = (
                "definitions" if name in model.definitions else "functions" if name in model.functions else "choices"
            )
            loc = (group, name)
            yield marks.problem(
                file, loc, f"stands at the end of a chain of more than {LONGEST_CHAIN} names; write it out"
            )


def uses_of(loaded: LoadedStudy) -> dict[str, dict[str, tuple[Loc, int]]]:
    """For each definition, choice and function, the definitions, choices and functions that it uses, and where."""
    model = loaded.model
    uses: dict[str, dict[str, tuple[Loc, int]]] = {
        name: {} for name in (*model.choices, *model.definitions, *model.functions)
    }
    for loc, name, tree in _trees_of_names(loaded):
        for other, at in {**names_in(tree), **calls_in(tree)}.items():
            if other in uses:
                uses[name].setdefault(other, (loc, at))
    return uses


def _trees_of_names(loaded: LoadedStudy) -> Iterator[tuple[Loc, str, Expression]]:
    """What names stand for, as far as it can be read."""
    for place in places(loaded.model):
        if place.loc[0] in ("choices", "definitions", "functions"):
            try:
                yield place.loc, str(place.loc[1]), loaded.language.written(place.text)
            except ExpressionError:
                continue


def in_order(uses: Mapping[str, Mapping[str, object]]) -> tuple[list[str], set[str]]:
    """Names after all that they use, and the names for which no such order exists. No recursion: chains may be long."""
    users: dict[str, list[str]] = {name: [] for name in uses}
    for name, others in uses.items():
        for other in others:
            users[other].append(name)
    waiting = {name: len(others) for name, others in uses.items()}
    order = [name for name, count in waiting.items() if count == 0]
    for name in order:
        for user in users[name]:
            waiting[user] -= 1
            if waiting[user] == 0:
                order.append(user)
    return order, set(uses) - set(order)


def _contents_of_names(loaded: LoadedStudy) -> dict[str, dict[str, tuple[str, ...]]]:
    """For each definition, choice and function: the clock's names and fade-out functions inside it, and by way of which
    names."""
    uses = uses_of(loaded)
    contents: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in uses}
    for _, name, tree in _trees_of_names(loaded):
        contents[name].update({special: (special,) for special in _specials(tree)})
    order, _ = in_order(uses)
    for name in order:
        for other in uses[name]:
            for special, path in contents[other].items():
                contents[name].setdefault(special, (other, *path))
    return contents


def _specials(tree: Expression, *, law: bool = False) -> dict[str, int]:
    """Names of the clock and fade-out functions in a tree, with their first place; in a law, of its arguments."""
    found = {name: at for name, at in names_in(tree).items() if name in _CLOCK}
    for node in walk(tree):
        if law and node is tree:
            continue
        if isinstance(node, Call) and node.function in FADE_FUNCTIONS:
            found.setdefault(f"{node.function}()", node.at)
    return found


def _misplaced(
    place: Place, tree: Expression, contents: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Iterator[tuple[str, int]]:
    """What changes over time where one number is needed, and fade-outs where no effect has begun."""
    found = [(special, at, "") for special, at in _specials(tree, law=place.law).items()]
    for name, at in {**names_in(tree), **calls_in(tree)}.items():
        for special, path in contents.get(name, {}).items():
            found.append((special, at, " -> ".join((name, *path))))
    told: set[tuple[int, bool]] = set()
    for special, at, way in found:
        is_fade, is_stay = special.endswith(")"), special == TIME_IN_STATE
        fits = place.fade if is_fade else place.clock and (place.stay or not is_stay)
        # names of the model may depend on anything; where they stand decides
        if fits or (is_stay and place.loc[0] in ("choices", "definitions")) or (at, is_fade) in told:
            continue
        told.add((at, is_fade))
        subject = f"{way.split(' ')[0]!r} ({way})" if way else f"{special!r}"
        key = next(str(part) for part in reversed(place.loc) if isinstance(part, str))
        if is_stay and place.clock:
            yield (
                (
                    f"{subject} means something in the row of a state, and in amounts per person-year in states; "
                    f"not in `{key}` here"
                ),
                at,
            )
        elif is_fade:
            yield f"{subject} fades from the start of an effect; it can stand in `fade` only", at
        else:
            owner = "a constraint" if place.loc[0] == "constraints" else f"`{key}`"
            message = f"{subject} changes over time, and {owner} is fixed for the whole run; leave {special} out"
            yield message, at
