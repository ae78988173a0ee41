"""What stands behind a name of a study: its value, where it comes from, who sets it otherwise, and what uses it."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.errors import UsageError
from engine.spec.check_expressions import Place, places
from engine.spec.check_quantities import columns_of
from engine.spec.distributions import parse_law
from engine.spec.expressions import calls_in, names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Choice, Definition, Function, Parameter, Table
from engine.spec.structures import marginal_law, membership
from engine.spec.tables import SourceRow
from engine.spec.yaml import Loc, dotted

SECTIONS = {
    "parameters": "parameter",
    "choices": "choice",
    "definitions": "definition",
    "functions": "function",
    "tables": "table",
}
_DERIVED = ("choices", "definitions", "functions")


@dataclass(frozen=True)
class Fact:
    """One thing about a name, `unit: years`."""

    what: str
    text: str


@dataclass(frozen=True)
class Setting:
    """How one calculation, or one subgroup in all calculations, sets it."""

    calculation: str
    """Empty where a subgroup sets it."""
    label: str
    text: str
    why: str
    stands: str


@dataclass(frozen=True)
class Use:
    """Something that uses it."""

    what: str
    """Place in words."""
    stands: str
    """File and line."""
    through: tuple[str, ...]
    """Names by way of which, the one that stands there first; empty where it stands there itself."""


@dataclass(frozen=True)
class Explanation:
    """What stands behind a name."""

    name: str
    kind: str
    label: str
    stands: str
    """File and line."""
    left_out: bool
    """An included file has it and nothing uses it, so that it is no part of the model."""
    facts: tuple[Fact, ...]
    replaces: tuple[Fact, ...]
    """What stood in files that are extended, with file and line."""
    settings: tuple[Setting, ...]
    uses: tuple[Use, ...]


def explain(loaded: LoadedStudy, name: str) -> Explanation:
    """What stands behind the name of a parameter, choice, definition, function or table.

    Raises
    ------
    UsageError : nothing of these has the name.
    """
    section = next((s for s in SECTIONS if name in getattr(loaded.model, s)), None)
    file = loaded.study.model
    if section is None and name not in loaded.left_out:
        raise UsageError(_nothing(loaded, name))
    if section is None:
        section = next(s for s in SECTIONS if loaded.marks.mark(file, (s, name)) != loaded.marks.mark(file, (s,)))
    loc: Loc = (section, name)
    entry = getattr(loaded.model, section).get(name)
    return Explanation(
        name=name,
        kind=SECTIONS[section],
        label="" if entry is None else getattr(entry, "label", ""),
        stands=loaded.marks.stands(file, loc),
        left_out=entry is None,
        facts=() if entry is None else tuple(_facts(loaded, name, entry)),
        replaces=tuple(_replaced(loaded, loc)),
        settings=tuple(_settings(loaded, name)),
        uses=() if entry is None else tuple(_uses(loaded, name)),
    )


def _nothing(loaded: LoadedStudy, name: str) -> str:
    model = loaded.model
    others: dict[str, Container[str]] = {
        "a state": model.states,
        "a payer": model.payers,
        "a perspective": model.perspectives,
        "a cost item": model.cost_items,
        "a strategy": model.strategies,
        "a calculation": [c.calculation for c in loaded.calculations],
    }
    known = sorted({*loaded.left_out, *(n for section in SECTIONS for n in getattr(model, section))})
    near = get_close_matches(name.lower(), known, n=3)
    told = [what for what, names in others.items() if name in names]
    start = f"{name!r} is {told[0]}" if told else f"Nothing is called {name!r}"
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    names = f" There are: {', '.join(known[:40])}{', ...' if len(known) > 40 else ''}." if not near else ""
    return f"{start}; parameters, choices, definitions, functions and tables can be explained.{hint}{names}"


# ---------------------------------------------------------------- what it is


def _facts(loaded: LoadedStudy, name: str, entry: Any) -> Iterator[Fact]:
    match entry:
        case Parameter():
            yield from _of_parameter(loaded, name, entry)
        case Choice():
            for key, alternative in entry.alternatives.items():
                default = " (default)" if key == entry.default else ""
                yield Fact(f"{key}{default}", f"{alternative.label}: {alternative.value}")
            yield from _grouped(loaded, entry)
        case Definition():
            yield Fact("value", str(entry.value))
        case Function():
            yield Fact("value", f"{name}({', '.join(entry.arguments)}) = {entry.value}")
        case Table():
            yield from _of_table(loaded, name, entry)


def _of_parameter(loaded: LoadedStudy, name: str, entry: Parameter) -> Iterator[Fact]:
    yield Fact("value", _number(entry.value))
    found = membership(loaded.model, name)
    if entry.dist is not None:
        law = parse_law(entry.dist, value=entry.value, columns=columns_of(loaded))
        yield Fact("law", f"{entry.dist}: {law.describe()}")
    elif found is not None:
        own = marginal_law(loaded, name)
        others = ", ".join(m for m in found.members if m != name)
        kind = "shares of one whole" if found.kind == "dirichlet" else f"rows of {loaded.model.joint[found.name].table}"
        described = "" if own is None else f": {own.describe()}"
        yield Fact("law", f"{kind} with {others} ({found.name}){described}")
    else:
        yield Fact("law", "none: certain")
    yield Fact("unit", entry.unit + (f", prices of {entry.price_year}" if entry.price_year is not None else ""))
    yield from _grouped(loaded, entry)
    yield from _origin(loaded, entry.source, entry.assumption)


def _of_table(loaded: LoadedStudy, name: str, entry: Table) -> Iterator[Fact]:
    data = loaded.tables[name]
    yield Fact("file", loaded.marks.path(entry.file))
    for axis, linear, beyond in zip(data.axes, entry.linear, entry.beyond, strict=True):
        if axis.words:
            yield Fact(f"key {axis.name}", f"a word: {', '.join(axis.words)}")
        else:
            between = "lines between them" if linear else "steps"
            outside = {"error": "nothing beyond", "hold": "the nearest holds beyond", "extend": "the last line goes on"}
            yield Fact(f"key {axis.name}", f"{_span(axis.numbers)}; {between}; {outside[beyond]}")
    for column, values in data.columns.items():
        yield Fact(f"column {column}", _span(values))
    yield from _origin(loaded, entry.source, entry.assumption)


def _span(values: Sequence[float]) -> str:
    """`3 numbers, 20 to 40`."""
    if len(set(values)) == 1:
        return f"{values[0]:g}" if len(values) == 1 else f"{len(values)} numbers, all {values[0]:g}"
    return f"{len(values)} numbers, {min(values):g} to {max(values):g}"


def _grouped(loaded: LoadedStudy, entry: Parameter | Choice) -> Iterator[Fact]:
    yield Fact("theme", loaded.model.themes.get(entry.theme, entry.theme))
    if entry.bundle is not None:
        yield Fact("bundle", f"{entry.bundle}: moves between calculations with all else in it")


def _origin(loaded: LoadedStudy, source: str | None, assumption: str | None) -> Iterator[Fact]:
    if source is not None:
        row = loaded.sources.get(source)
        yield Fact("source", source if row is None else f"{source}: {_row(row)}")
    if assumption is not None:
        yield Fact("assumption", assumption)


def _row(row: SourceRow) -> str:
    parts = [row.organisation, row.title, row.year, row.address]
    figure = f"{row.value} {row.unit}".strip() if row.value else ""
    confidence = f"confidence {row.confidence}" if row.confidence else ""
    return ", ".join(part for part in (*parts, figure, confidence) if part)


def _number(value: float) -> str:
    return f"{value:.12g}"


def _replaced(loaded: LoadedStudy, loc: Loc) -> Iterator[Fact]:
    marks = loaded.marks
    for place, values in marks.overlaid(loaded.study.model, loc).items():
        for value, mark in values:
            text = value if isinstance(value, str) else _number(value) if isinstance(value, float | int) else "an entry"
            stands = f"{marks.path(mark.file or loaded.study.model)}:{mark.line}"
            yield Fact(dotted(place[len(loc) :]) or "all of it", f"{text}, in {stands}")


# ---------------------------------------------------------------- who sets it otherwise


def _settings(loaded: LoadedStudy, name: str) -> Iterator[Setting]:
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        own = calculation.assumptions.get(name)
        if own is None:
            continue
        parts = []
        if own.choose is not None:
            parts.append(f"{own.choose} ({loaded.model.choices[name].alternatives[own.choose].label})")
        if own.value is not None:
            parts.append(_number(own.value))
        if own.dist is not None:
            parts.append(own.dist)
        elif own.value is not None:
            parts.append("certain")
        if own.source is not None:
            parts.append(f"source {own.source}")
        stands = loaded.marks.stands(file, ("assumptions", name))
        yield Setting(calculation.calculation, calculation.label, ", ".join(parts), own.why, stands)
    for key, subgroup in loaded.model.subgroups.items():
        if name in subgroup.set:
            stands = loaded.marks.stands(loaded.study.model, ("subgroups", key, "set", name))
            yield Setting(
                "", subgroup.label, str(subgroup.set[name]), "In this subgroup, in every calculation.", stands
            )


# ---------------------------------------------------------------- what uses it


def _uses(loaded: LoadedStudy, name: str) -> Iterator[Use]:
    model, marks, file = loaded.model, loaded.marks, loaded.study.model
    found = [(place, _named(loaded, place)) for place in places(model)]
    for place, names in found:
        if name in names:
            yield Use(_in_words(loaded, place.loc), marks.stands(file, place.loc, key=False), ())
    for loc, what in _mentions(loaded, name):
        yield Use(what, marks.stands(file, loc), ())
    inside: dict[str, set[str]] = {}
    for place, names in found:
        if place.loc[0] in _DERIVED:
            inside.setdefault(str(place.loc[1]), set()).update(names)
    ways = _ways(inside, name)
    for place, names in found:
        through = min((ways[n] for n in sorted(names) if n in ways), key=len, default=None)
        if through is not None and place.loc[0] not in _DERIVED and name not in names:
            yield Use(_in_words(loaded, place.loc), marks.stands(file, place.loc, key=False), through)


def _ways(inside: dict[str, set[str]], name: str) -> dict[str, tuple[str, ...]]:
    """For each name that uses another, however far round: the shortest way there, itself first."""
    ways: dict[str, tuple[str, ...]] = {}
    reached, level = {name}, {name}
    while level:
        following: set[str] = set()
        for user, names in sorted(inside.items()):
            used = sorted(names & level)
            if used and user not in reached and user not in following:
                ways[user] = (user, *ways.get(used[0], ()))
                following.add(user)
        reached |= following
        level = following
    return ways


def _named(loaded: LoadedStudy, place: Place) -> frozenset[str]:
    if place.text in place.words:
        return frozenset()
    tree = loaded.language.written(place.text)
    return frozenset((*names_in(tree), *calls_in(tree))).difference(place.arguments)


def _mentions(loaded: LoadedStudy, name: str) -> Iterator[tuple[Loc, str]]:
    """What uses a name outside expressions."""
    model = loaded.model
    for k, correlation in enumerate(model.correlations):
        if name in correlation.between:
            other = next(b for b in correlation.between if b != name)
            yield ("correlations", k), f"rank correlation {correlation.rank:g} with {other}"
    for row, dirichlet in model.dirichlet.items():
        if name in dirichlet.members:
            yield ("dirichlet", row), f"shares of one whole, {row}"
    for row, joint in model.joint.items():
        if name in joint.columns or name == joint.table:
            yield ("joint", row), f"parameters drawn together, {row}"
    if name in model.tables:
        for parameter, entry in model.parameters.items():
            if entry.dist is not None and name in entry.dist.replace("(", " ").replace(",", " ").split():
                yield ("parameters", parameter, "dist"), f"law of {parameter}"


def _in_words(loaded: LoadedStudy, loc: Loc) -> str:
    """A place in a model as people call it."""
    model = loaded.model
    match loc:
        case ("time", key):
            return str(key).replace("_", " ")
        case ("choices", choice, "alternatives", key, _):
            return f"alternative {key} of choice {choice}"
        case ("definitions" | "functions" as section, name, _):
            return f"{SECTIONS[section]} {name}"
        case ("start", state):
            return f"share that starts in {state}"
        case ("transitions", state, target, key):
            return f"{key} of {state} -> {target}"
        case ("cost_items", item, key):
            return f"{key} of cost item {item} ({model.cost_items[str(item)].label})"
        case ("strategies", strategy, "effects", int(k), key):
            effect = model.strategies[str(strategy)].effects[k]
            return f"{str(key).replace('_', ' ')} of effect {k + 1} of strategy {strategy} ({effect.on})"
        case ("strategies", strategy, key):
            return f"{key} of strategy {strategy}"
        case ("constraints", int(k), _):
            return f"constraint {k + 1} ({model.constraints[k].require})"
    return dotted(loc)
