"""Checks of parameters: units, price years, laws against what the unit allows, and where figures come from."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator

from engine.errors import Problem
from engine.spec.distributions import Law, LawError, parse_law
from engine.spec.evaluate import ROUNDING
from engine.spec.loaded import LoadedStudy
from engine.spec.numerals import ambiguous_thousands
from engine.spec.schema import Parameter
from engine.spec.units import UNITS, Unit, unknown_unit
from engine.spec.validation import did_you_mean, unknown
from engine.spec.yaml import Loc

_FIGURE = re.compile(r"(?<![\w.])[0-9][0-9_]*\.[0-9]+(?![\w.])")
"""A number with a point in the text of a law."""


def check_units(loaded: LoadedStudy) -> Iterator[Problem]:
    """Known units; a price year with money, and with nothing else."""
    for name, parameter in loaded.model.parameters.items():
        loc: Loc = ("parameters", name)
        unit = UNITS.get(parameter.unit)
        if unit is None:
            yield _say(loaded, (*loc, "unit"), unknown_unit(parameter.unit))
        elif unit.money and parameter.price_year is None:
            yield _say(loaded, loc, "missing key 'price_year': the year whose prices the money is in")
        elif not unit.money and parameter.price_year is not None:
            message = f"`price_year` belongs to money, and the unit is {unit.name}; leave it out"
            yield _say(loaded, (*loc, "price_year"), message)


def check_price_years(loaded: LoadedStudy) -> Iterator[Problem]:
    """Money of another year than the model's needs both years in the price index."""
    model, index = loaded.model, loaded.price_index
    own = model.price_year
    covered = f"{min(index)} to {max(index)}" if index else ""
    other = [
        (name, p.price_year)
        for name, p in model.parameters.items()
        if p.price_year is not None and p.price_year != own and p.unit in UNITS and UNITS[p.unit].money
    ]
    if other and index and own not in index:
        yield _say(loaded, ("price_year",), f"{own} is not in {model.price_index!r}, which has {covered}")
    for name, year in other:
        loc: Loc = ("parameters", name, "price_year")
        if model.price_index is None:
            message = f"prices of {year} in a model in prices of {own}; name a `price_index` file to bring them there"
            yield _say(loaded, loc, message)
        elif year not in index:
            yield _say(loaded, loc, f"{year} is not in {model.price_index!r}, which has {covered}")


def check_origins(loaded: LoadedStudy) -> Iterator[Problem]:
    """Every figure has a source or says that it is assumed; sources are known."""
    model = loaded.model
    for group, entries in (("parameters", model.parameters), ("tables", model.tables)):
        for name, entry in entries.items():
            loc: Loc = (group, name)
            if entry.source is None and entry.assumption is None:
                yield _say(
                    loaded,
                    loc,
                    "no origin; write `source` with the id of a source, or `assumption` with the reason for the figure",
                )
            elif entry.source is not None:
                yield from check_source(loaded, model_file(loaded), (*loc, "source"), entry.source)
    if model.price_index_source is not None:
        yield from check_source(loaded, model_file(loaded), ("price_index_source",), model.price_index_source)
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        for name, assumption in calculation.assumptions.items():
            if assumption.source is not None:
                yield from check_source(loaded, file, ("assumptions", name, "source"), assumption.source)


def check_values(loaded: LoadedStudy) -> Iterator[Problem]:
    """Values and laws of the model and of every calculation lie within what the unit allows."""
    for name, parameter in loaded.model.parameters.items():
        yield from _check_value(
            loaded, model_file(loaded), ("parameters", name), parameter, parameter.value, parameter.dist
        )
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        for name, assumption in calculation.assumptions.items():
            known = loaded.model.parameters.get(name)
            if known is not None:
                loc: Loc = ("assumptions", name)
                # A law without a value of its own is relative to the model's value, which has been checked there.
                yield from _check_value(loaded, file, loc, known, assumption.value, assumption.dist)


def model_file(loaded: LoadedStudy) -> str:
    return loaded.study.model


def _say(loaded: LoadedStudy, loc: Loc, message: str) -> Problem:
    return loaded.marks.problem(model_file(loaded), loc, message)


def check_source(loaded: LoadedStudy, file: str, loc: Loc, source: str) -> Iterator[Problem]:
    """A source that is named stands in the file of sources."""
    if loaded.model.sources is None:
        message = f"source {source!r}, but the model names no file of sources; add `sources: sources.csv`"
        yield loaded.marks.problem(file, loc, message)
    elif source not in loaded.sources:
        hint = did_you_mean(source, loaded.sources)
        hint = hint or "; add a row there, or write `assumption` instead"
        message = f"no source {source!r} in {' or '.join(map(repr, loaded.model.source_files))}{hint}"
        yield loaded.marks.problem(file, loc, message)


def _check_value(
    loaded: LoadedStudy, file: str, loc: Loc, parameter: Parameter, value: float | None, dist: str | None
) -> Iterator[Problem]:
    unit = UNITS.get(parameter.unit)
    if unit is not None and value is not None and not unit.low <= value <= unit.high:
        yield loaded.marks.problem(
            file,
            (*loc, "value"),
            f"{value:g} is out of range; unit `{unit.name}` means {unit.domain}{_as_share(value, unit)}",
        )
        return
    if unit is not None and unit.money and (written := loaded.marks.written(file, (*loc, "value"))) is not None:
        meant = ambiguous_thousands(written)
        if meant is not None:
            yield loaded.marks.problem(file, (*loc, "value"), meant)
            return
    if dist is None:
        return
    if unit is not None and unit.money and "relative" not in dist:
        for figure in _FIGURE.finditer(dist):
            meant = ambiguous_thousands(figure[0])
            if meant is not None:
                yield loaded.marks.problem(file, (*loc, "dist"), meant, at=figure.start())
                return
    try:
        law = parse_law(dist, value=parameter.value if value is None else value, columns=columns_of(loaded))
    except LawError as error:
        yield loaded.marks.problem(file, (*loc, "dist"), error.message, at=error.at)
        return
    low, high = law.support
    if unit is not None and (low < unit.low or high > unit.high):
        yield loaded.marks.problem(file, (*loc, "dist"), _outside(law, unit))
        return
    point = parameter.value if value is None else value
    if not low - ROUNDING * abs(low) <= point <= high + ROUNDING * abs(high):
        whose = "`value`" if value is not None else "the model's value, which stands where this gives none,"
        message = (
            f"the law gives {_reach(law)}, and {whose} {point:g} lies outside; the law counts in a run, `value` where "
            "uncertainty is left aside, so write one that the law can give"
        )
        yield loaded.marks.problem(file, (*loc, "dist" if value is None else "value"), message)


def _as_share(value: float, unit: Unit) -> str:
    return f"; write {value / 100:g} for {value:g} %" if unit.high == 1 and 2 <= value <= 100 else ""


def _outside(law: Law, unit: Unit) -> str:
    """What a law can give, what the unit allows, and laws with the same mean and spread that stay inside."""
    mean, sd = law.mean, law.sd
    low, high = law.support
    ways = []
    if unit.high == 1:
        if 0 < mean < 1 and sd * sd < mean * (1 - mean):
            ways.append(f"beta(mean={mean:.4g}, sd={sd:.4g})")
            half = min(math.sqrt(3) * sd, mean, 1 - mean)
            ways.append(f"uniform({mean - half:.3g}, {mean + half:.3g})")
        else:
            ways.append("a beta such as beta(mean=0.3, sd=0.1), or a uniform within 0 to 1")
    elif mean > unit.low:
        ways += [f"lognormal(mean={mean:.4g}, sd={sd:.4g})", f"gamma(mean={mean:.4g}, sd={sd:.4g})"]
        if high < math.inf:
            ways.append(f"uniform({max(low, unit.low):g}, {high:g})")
    else:
        ways.append("a lognormal, a gamma or a uniform that begins at 0 or above")
    return f"the law can give {_reach(law)}, but unit `{unit.name}` means {unit.domain}; write {' or '.join(ways)}"


def _reach(law: Law) -> str:
    """What a law can give, in words."""
    low, high = law.support
    if (low, high) == (-math.inf, math.inf):
        return "any number"
    if high == math.inf:
        return f"{low:g} and above"
    return f"{high:g} and below" if low == -math.inf else f"{low:g} to {high:g}"


def columns_of(loaded: LoadedStudy) -> Callable[[str, str], tuple[float, ...]]:
    """How a law of the form `empirical(table, column)` finds its numbers; a `KeyError` says what there is instead."""

    def columns(table: str, column: str) -> tuple[float, ...]:
        data = loaded.tables.get(table)
        if data is None:
            raise KeyError(unknown("table", table, loaded.tables))
        try:
            return data.column(column)
        except KeyError:
            known = [*(axis.name for axis in data.axes if axis.numbers), *data.columns]
            raise KeyError(f"table {table!r} has " + unknown("column", column, known)) from None

    return columns
