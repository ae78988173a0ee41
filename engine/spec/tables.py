"""CSV files of a study: tables of numbers, the price index and the list of sources.

One shape for all: commas between cells, a header, UTF-8, as many cells in each row as in the header. Every cell keeps
its place, so that a decimal comma in row 87 is found in row 87.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise, product
from typing import Literal, NamedTuple

from engine.spec.files import hidden_characters
from engine.spec.numerals import NumeralError, advise, read_number, shorten

# Possessive: a quote that never closes is given up at once, without a memory of every character on the way.
_CELL = re.compile(r'"((?:[^"]++|"")*+)"|([^,"\n]*+)')
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_OPERATORS = ("and", "or", "not")
MOST_CELLS = 200_000
"""Of one file, read in a second; a life table by age, sex and a century of years has 20 000."""
_MOST_FAULTS = 20
"""Of one file; a wrong separator would else be told once for each row."""


@dataclass(frozen=True)
class Axis:
    """The values of one key of a table: rising numbers, or words in the order in which they come."""

    name: str
    numbers: tuple[float, ...] = ()
    words: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers or self.words)


@dataclass(frozen=True)
class TableData:
    """Numbers of a table: its keys, and for every combination of them a value in each column.

    The last key runs fastest, so with one key a column is in the order of its rows.
    """

    axes: tuple[Axis, ...]
    columns: Mapping[str, tuple[float, ...]]

    @property
    def key(self) -> tuple[float, ...]:
        """The first key, if it is a number."""
        return self.axes[0].numbers

    def column(self, name: str) -> tuple[float, ...]:
        """A column by name, or what a key of numbers is in each row.

        Raises
        ------
        KeyError : neither.
        """
        if name in self.columns:
            return self.columns[name]
        at = next((k for k, axis in enumerate(self.axes) if axis.name == name and axis.numbers), None)
        if at is None:
            raise KeyError(name)
        inner = math.prod(len(axis) for axis in self.axes[at + 1 :])
        outer = math.prod(len(axis) for axis in self.axes[:at])
        return tuple(x for x in self.axes[at].numbers for _ in range(inner)) * outer


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


def read_table(text: str, key: str | Sequence[str]) -> TableData:
    """A table of numbers looked up by one column or several.

    A key whose cells are all words is looked up by a word. With several keys, every combination of their values has
    one row, in any order.

    Raises
    ------
    CsvError : not rectangular, cells that are not numbers, a key that is missing or does not rise from row to row, a
        combination of keys that is missing or stands twice.
    """
    keys = (key,) if isinstance(key, str) else tuple(dict.fromkeys(key))
    header, rows = _read_rows(text)
    names = [cell.text for cell in header]
    absent = [k for k in keys if k not in names]
    if absent:
        what = "the table's `key`" if len(keys) == 1 else "a `key` of the table"
        raise CsvError(
            [CsvFault(1, 1, f"no column {k!r}, which is {what}; columns: {', '.join(names)}") for k in absent]
        )
    if len(names) <= len(keys):
        only = f"only the key column {keys[0]!r}" if len(keys) == 1 else f"only the key columns {', '.join(keys)}"
        raise CsvError([CsvFault(1, 1, f"{only}; a table needs at least one more column")])
    at = [names.index(k) for k in keys]
    worded = [k for k in at if not any(_is_figure(row[k].text) for row in rows)]
    faults = [fault for k in worded for fault in _not_words(names[k], [row[k] for row in rows])]
    if faults:
        raise CsvError(faults)
    numbers = _numbers(header, rows, without={names[k] for k in worded})
    if len(keys) == 1 and not worded:
        values = numbers.pop(keys[0])
        if falling := _falling(keys[0], values, [row[at[0]] for row in rows]):
            raise CsvError(falling)
        return TableData((Axis(keys[0], values),), numbers)
    cells = [[row[k].text for row in rows] if k in worded else numbers.pop(names[k]) for k in at]
    axes = tuple(
        Axis(name, words=tuple(dict.fromkeys(map(str, column))))
        if k in worded
        else Axis(name, tuple(sorted({float(x) for x in column})))
        for k, name, column in zip(at, keys, cells, strict=True)
    )
    order = _complete(axes, list(zip(*cells, strict=True)), [row[0].line for row in rows])
    return TableData(axes, {name: tuple(column[k] for k in order) for name, column in numbers.items()})


def _is_figure(text: str) -> bool:
    """Whether a cell of a key column is meant as a number; an empty one is no word either."""
    return not text or text[0] in "+-.0123456789"


def _not_words(name: str, cells: list[Cell]) -> list[CsvFault]:
    return [
        CsvFault(
            cell.line,
            cell.column,
            f"{name}: {shorten(cell.text)!r} cannot be looked up by an expression; a word has letters a-z, digits and "
            "'_', begins with a letter, and is not and, or, not",
        )
        for cell in cells
        if not _WORD.fullmatch(cell.text) or cell.text in _OPERATORS
    ]


def _falling(key: str, values: tuple[float, ...], cells: list[Cell]) -> list[CsvFault]:
    return [
        CsvFault(
            cells[i + 1].line, cells[i + 1].column, f"{key} {b:g} after {a:g}; the key column must rise from row to row"
        )
        for i, (a, b) in enumerate(pairwise(values))
        if not b > a
    ]


def _complete(axes: tuple[Axis, ...], rows: list[tuple[float | str, ...]], lines: list[int]) -> list[int]:
    """Row of each combination of keys, the last key fastest.

    Raises
    ------
    CsvError : combinations that stand twice or nowhere.
    """
    row_of: dict[tuple[float | str, ...], int] = {}
    faults = []
    for k, combination in enumerate(rows):
        first = row_of.setdefault(combination, k)
        if first != k:
            said = _combination(axes, combination)
            message = f"{said} stands here and in line {lines[first]}; every combination of keys stands once"
            faults.append(CsvFault(lines[k], 1, message))
    order: list[int] = []
    before = 0
    # A sparse file may lack any number of combinations: no more of them are looked at than can be told.
    values: list[tuple[float | str, ...]] = [axis.numbers or axis.words for axis in axes]
    for combination in product(*values):
        found = row_of.get(combination)
        if found is not None:
            order.append(found)
            before = lines[found]
        else:
            where = f"it would come after line {before}" if before else "it would come first"
            message = f"no row for {_combination(axes, combination)}; {where}, as every combination of keys has a row"
            faults.append(CsvFault(before or lines[0], 0, message))
            if len(faults) >= _MOST_FAULTS - 1:
                missing = math.prod(map(len, axes)) - len(row_of)
                faults.append(CsvFault(lines[-1], 0, f"{missing} combinations of keys have no row in all"))
                break
    if faults:
        raise CsvError(faults)
    return order


def _combination(axes: tuple[Axis, ...], values: tuple[float | str, ...]) -> str:
    return ", ".join(
        f"{axis.name} {value if isinstance(value, str) else format(value, 'g')}"
        for axis, value in zip(axes, values, strict=True)
    )


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


OCCUPANCY_COLUMNS = ("calculation", "strategy", "time", "state", "share")


class Occupancy(NamedTuple):
    """Who is where at one time of one calculation under one strategy."""

    calculation: str
    strategy: str
    time: float
    """Years from the start of that run."""
    shares: Mapping[str, float]
    """By state."""


def read_occupancy(text: str) -> tuple[Occupancy, ...]:
    """Shares of the cohort in states, as a run leaves them in `occupancy.csv`. Other columns are left unread.

    Raises
    ------
    CsvError : a missing column, cells that are not numbers, no share, a state that stands twice at the same time.
    """
    header, rows = _read_rows(text)
    _require_columns(header, OCCUPANCY_COLUMNS)
    at = {cell.text: i for i, cell in enumerate(header)}
    numbers = _numbers(header, rows, without={cell.text for cell in header} - {"time", "share"})
    found: dict[tuple[str, str, float], dict[str, float]] = {}
    lines: dict[tuple[str, str, float, str], int] = {}
    faults = []
    for row, time, share in zip(rows, numbers["time"], numbers["share"], strict=True):
        calculation, strategy, state = (row[at[name]] for name in ("calculation", "strategy", "state"))
        place = row[at["share"]]
        if not 0 <= share <= 1:
            faults.append(CsvFault(place.line, place.column, f"share: {share:g} is no share; it must be 0 to 1"))
        if time < 0:
            faults.append(CsvFault(place.line, row[at["time"]].column, f"time: {time:g}; it must be 0 or more"))
        key = (calculation.text, strategy.text, time)
        first = lines.setdefault((*key, state.text), place.line)
        if first != place.line:
            message = f"state {shorten(state.text)!r} stands here and in line {first}, at the same time; keep one"
            faults.append(CsvFault(state.line, state.column, message))
        found.setdefault(key, {})[state.text] = share
    if faults:
        raise CsvError(faults)
    return tuple(Occupancy(*key, shares) for key, shares in found.items())


def id_place(text: str, source: str) -> tuple[int, int]:
    """Line and column of a source in a file that holds it."""
    header, rows = _read_rows(text)
    at = [cell.text for cell in header].index("id")
    return next((row[at].line, row[at].column) for row in rows if row[at].text == source)


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
    at, line, line_start, count = 0, 1, 0, 0
    while True:
        count += 1
        if count > MOST_CELLS:
            raise CsvError([CsvFault(line, 0, f"more than {MOST_CELLS:_} cells; a table has at most so many")])
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


def _numbers(
    header: list[Cell], rows: list[list[Cell]], *, without: Collection[str] = ()
) -> dict[str, tuple[float, ...]]:
    """Columns of numbers by name, without those that hold words."""
    columns: dict[str, list[float]] = {cell.text: [] for cell in header if cell.text not in without}
    wanted = [(k, cell.text) for k, cell in enumerate(header) if cell.text in columns]
    faults = []
    for row in rows:
        for k, name in wanted:
            cell = row[k]
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


Outside = Literal["error", "hold", "extend"]
"""Beyond the first and last value of a key: nothing is known, the nearest value holds, or the last line goes on."""


def look_up(
    data: TableData,
    column: str,
    at: Sequence[float | str],
    *,
    linear: Sequence[bool],
    outside: Sequence[Outside],
) -> float | None:
    """Value of a table at its keys; None outside, or at a word that it does not have.

    Between two values of a key it is that of the lower one, or on the line between them; along several linear keys the
    lines are joined (multilinear interpolation), the last key first.

    Parameters
    ----------
    at, linear, outside : for each key, in order.
    """
    spots = []
    for axis, x, straight, beyond in zip(data.axes, at, linear, outside, strict=True):
        spot = _spot(axis, x, straight=straight, beyond=beyond)
        if spot is None:
            return None
        spots.append(spot)
    values, axes = data.columns[column], data.axes

    def value(depth: int, row: int) -> float:
        if depth == len(axes):
            return values[row]
        k, share = spots[depth]
        low = value(depth + 1, row * len(axes[depth]) + k)
        if share == 0.0:
            return low
        return low + share * (value(depth + 1, row * len(axes[depth]) + k + 1) - low)

    return value(0, 0)


def _spot(axis: Axis, x: float | str, *, straight: bool, beyond: Outside) -> tuple[int, float] | None:
    """Where `x` is along a key: the value at or before it, and how far it is on the way to the next."""
    if isinstance(x, str):
        return (axis.words.index(x), 0.0) if x in axis.words else None
    keys = axis.numbers
    last = len(keys) - 1
    if not keys or math.isnan(x):
        return None
    if not keys[0] <= x <= keys[-1] and beyond != "extend":
        return None if beyond == "error" else (0 if x < keys[0] else last, 0.0)
    k = bisect_right(keys, x) - 1
    if not straight or x == keys[-1]:
        return max(k, 0), 0.0
    k = min(max(k, 0), last - 1)
    return k, (x - keys[k]) / (keys[k + 1] - keys[k])
