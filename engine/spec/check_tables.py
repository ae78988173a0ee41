"""Checks of how tables are looked up: keys, interpolation and what holds beyond their values."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Table
from engine.spec.tables import TableData
from engine.spec.validation import unknown
from engine.spec.yaml import Loc


def check_tables(loaded: LoadedStudy) -> Iterator[Problem]:
    """Rules of interpolation belong to keys that are numbers, and have rows enough."""
    for name, table in loaded.model.tables.items():
        for loc, message in _wrong(table, loaded.tables[name]):
            yield loaded.marks.problem(loaded.study.model, ("tables", name, *loc), message)


def _wrong(table: Table, data: TableData) -> Iterator[tuple[Loc, str]]:
    worded = [axis.name for axis in data.axes if axis.words]
    for group, rules in (("interpolation", table.interpolation), ("outside", table.outside)):
        for key in rules if isinstance(rules, dict) else ():
            if key not in table.keys:
                yield (group, key), unknown("key", key, table.keys)
            elif key in worded:
                yield (group, key), f"{key} is looked up by a word, so there is nothing between or beyond; leave it out"
    if len(worded) == len(table.keys):
        for group in ("interpolation", "outside"):
            if group in table.model_fields_set and isinstance(getattr(table, group), str):
                yield (
                    (group,),
                    f"{worded[0]} is looked up by a word, so there is nothing between or beyond; leave it out",
                )
    for axis, linear, beyond in zip(data.axes, table.linear, table.beyond, strict=True):
        loc: Loc = ("outside", axis.name) if isinstance(table.outside, dict) else ("outside",)
        if axis.words or beyond != "extend":
            continue
        if not linear:
            message = (
                f"`extend` continues the last line, and {axis.name} has steps; write `interpolation: linear`, or `hold`"
            )
            yield loc, message
        elif len(axis) < 2:
            yield loc, f"`extend` continues a line, and {axis.name} has one value only; write `hold`"
