"""CSV files of a study: tables of numbers, the price index and the list of sources.

One shape for all: commas between cells, a header, UTF-8, as many cells in each row as in the header. Every cell keeps
its place, so that a decimal comma in row 87 is found in row 87.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import NamedTuple

from engine.spec.files import hidden_characters
from engine.spec.numerals import NumeralError, advise, read_number, shorten

_CELL = re.compile(r'"((?:[^"]|"")*)"|([^,"\n]*)')
_MOST_FAULTS = 20
"""Of one file; a wrong separator would else be told once for each row."""


@dataclass(frozen=True)
class TableData:
    """Numbers of a table: the key column, rising, and the others by name."""

    key: tuple[float, ...]
    columns: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True)
class SourceRow:
    """Where a figure comes from. Text as written; fields may be empty, `id` and `title` may not."""

    id: str
    quantity: str
    unit: str
    value: str
    low: str
    high: str
    price_year: str
    organisation: str
    title: str
    year: str
    address: str
    confidence: str


class Cell(NamedTuple):
    text: str
    line: int
    column: int


class CsvFault(NamedTuple):
    """A mistake in a CSV file; line and column from 1, 0 where the whole line or file is meant."""

    line: int
    column: int
    message: str


class CsvError(ValueError):
    """A CSV file that cannot be used, with all that is wrong in it."""

    def __init__(self, faults: list[CsvFault]) -> None:
        super().__init__("; ".join(f.message for f in faults))
        self.faults = faults[:_MOST_FAULTS]
        if len(faults) > _MOST_FAULTS:
            left = len(faults) - _MOST_FAULTS
            self.faults.append(CsvFault(faults[_MOST_FAULTS].line, 0, f"and {left} more problems from here on"))


def read_table(text: str, key: str) -> TableData:
    """A table of numbers looked up by the column `key`.

    Raises
    ------
    CsvError : not rectangular, cells that are not numbers, a key that is missing or does not rise from row to row.
    """
    header, rows = _read_rows(text)
    names = [cell.text for cell in header]
    if key not in names:
        raise CsvError([CsvFault(1, 1, f"no column {key!r}, which is the table's `key`; columns: {', '.join(names)}")])
    if len(names) < 2:
        raise CsvError([CsvFault(1, 1, f"only the key column {key!r}; a table needs at least one more column")])
    columns = _numbers(header, rows)
    faults = [
        CsvFault(
            rows[i + 1][names.index(key)].line,
            rows[i + 1][names.index(key)].column,
            f"{key} {b:g} after {a:g}; the key column must rise from row to row",
        )
        for i, (a, b) in enumerate(pairwise(columns[key]))
        if not b > a
    ]
    if faults:
        raise CsvError(faults)
    keys = columns.pop(key)
    return TableData(keys, columns)


def read_price_index(text: str) -> dict[int, float]:
    """Index by year, from columns `year` and `index`.

    Raises
    ------
    CsvError : as for tables; also years that are not whole, and an index that is not above zero.
    """
    header, rows = _read_rows(text)
    _require_columns(header, ("year", "index"))
    table = read_table(text, "year")
    names = [cell.text for cell in header]
    year_at, index_at = names.index("year"), names.index("index")
    faults = [
        CsvFault(row[year_at].line, row[year_at].column, f"year {year:g} is not a whole number")
        for row, year in zip(rows, table.key, strict=True)
        if year != int(year)
    ]
    faults += [
        CsvFault(row[index_at].line, row[index_at].column, f"index {value:g}; a price index is above 0")
        for row, value in zip(rows, table.columns["index"], strict=True)
        if not value > 0
    ]
    if faults:
        raise CsvError(faults)
    return {int(year): value for year, value in zip(table.key, table.columns["index"], strict=True)}


def read_sources(text: str) -> dict[str, SourceRow]:
    """Sources by id. Columns that are not known are left unread: they may be notes.

    Raises
    ------
    CsvError : a missing column, a row without id or title, an id that stands twice, an address that is no web address.
    """
    header, rows = _read_rows(text)
    wanted = tuple(f.name for f in fields(SourceRow))
    _require_columns(header, wanted)
    at = {cell.text: i for i, cell in enumerate(header)}
    sources: dict[str, SourceRow] = {}
    lines: dict[str, int] = {}
    faults = []
    for row in rows:
        source = SourceRow(**{name: row[at[name]].text for name in wanted})
        place = row[at["id"]]
        if not source.id:
            faults.append(CsvFault(place.line, place.column, "a source without `id`"))
        elif source.id in sources:
            message = f"source {shorten(source.id)!r} stands here and in line {lines[source.id]}; ids must differ"
            faults.append(CsvFault(place.line, place.column, message))
        if not source.title:
            faults.append(CsvFault(row[at["title"]].line, row[at["title"]].column, "a source without `title`"))
        if re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*:", source.address) and not re.match(
            r"(?:https?://|doi:)", source.address, re.IGNORECASE
        ):
            message = "an address begins with https://, http:// or doi:"
            faults.append(CsvFault(row[at["address"]].line, row[at["address"]].column, message))
        sources.setdefault(source.id, source)
        lines.setdefault(source.id, place.line)
    if faults:
        raise CsvError(faults)
    return sources


def _read_rows(text: str) -> tuple[list[Cell], list[list[Cell]]]:
    """Header and rows, rectangular, cells without surrounding spaces."""
    if hidden := hidden_characters(text):
        raise CsvError([CsvFault(h.line, h.column, h.message) for h in hidden])
    rows = [row for row in _split(text) if len(row) > 1 or row[0].text]
    if not rows:
        raise CsvError([CsvFault(0, 0, "the file is empty; it needs a header and at least one row")])
    header = rows[0]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0].text:
            message = f"cells are separated by {name}; save as CSV with commas between cells and points in numbers"
            raise CsvError([CsvFault(1, 1, message)])
    faults = []
    seen: dict[str, int] = {}
    for cell in header:
        if not cell.text:
            faults.append(CsvFault(cell.line, cell.column, "a column without a name"))
        elif cell.text in seen:
            faults.append(CsvFault(cell.line, cell.column, f"column {shorten(cell.text)!r} stands twice"))
        seen[cell.text] = cell.column
    for row in rows[1:]:
        if len(row) != len(header):
            message = f"{len(row)} cells, but the header has {len(header)}"
            if len(row) > len(header):
                message += "; decimals take a point, and text with commas goes in double quotes"
            faults.append(CsvFault(row[0].line, row[0].column, message))
    if len(rows) == 1:
        faults.append(CsvFault(1, 0, "only a header; at least one row is needed"))
    if faults:
        raise CsvError(faults)
    return header, rows[1:]


def _split(text: str) -> list[list[Cell]]:
    """Rows of cells with their places."""
    rows: list[list[Cell]] = [[]]
    at, line, line_start = 0, 1, 0
    while True:
        match = _CELL.match(text, at)
        assert match is not None  # the second alternative matches the empty text
        end = match.end()
        if end < len(text) and text[end] not in ",\n":
            wrong = CsvFault(
                line,
                at - line_start + 1,
                'a double quote inside a cell, or never closed; write "" for " in a quoted cell',
            )
            raise CsvError([wrong])
        content = match[2].strip() if match[1] is None else match[1].replace('""', '"').strip()
        rows[-1].append(Cell(content, line, at - line_start + 1))
        breaks = text.count("\n", at, end)
        if breaks:
            line, line_start = line + breaks, text.rfind("\n", at, end) + 1
        if end >= len(text):
            return rows
        if text[end] == "\n":
            rows.append([])
            line, line_start = line + 1, end + 1
        at = end + 1


def _require_columns(header: list[Cell], wanted: tuple[str, ...]) -> None:
    names = [cell.text for cell in header]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise CsvError([CsvFault(1, 1, f"missing column {', '.join(missing)}; needed: {', '.join(wanted)}")])


def _numbers(header: list[Cell], rows: list[list[Cell]]) -> dict[str, tuple[float, ...]]:
    columns: dict[str, list[float]] = {cell.text: [] for cell in header}
    faults = []
    for row in rows:
        for name, cell in zip(columns, row, strict=True):
            try:
                value = read_number(cell.text)
            except NumeralError as error:
                faults.append(CsvFault(cell.line, cell.column, f"{name}: {error}"))
                continue
            if value is None:
                said = "an empty cell; write a number" if not cell.text else advise(cell.text)
                faults.append(CsvFault(cell.line, cell.column, f"{name}: {said}"))
            else:
                columns[name].append(float(value))
    if faults:
        raise CsvError(faults)
    return {name: tuple(values) for name, values in columns.items()}


def look_up(data: TableData, column: str, key: float, *, linear: bool, hold: bool) -> float | None:
    """Value of a table at a key: of the row at or below it, or on the line between two; None outside unless held."""
    keys, values = data.key, data.columns[column]
    if not keys[0] <= key <= keys[-1]:
        return None if not hold else values[0] if key < keys[0] else values[-1]
    k = bisect_right(keys, key) - 1
    if not linear or k == len(keys) - 1:
        return values[k]
    share = (key - keys[k]) / (keys[k + 1] - keys[k])
    return values[k] + share * (values[k + 1] - values[k])
