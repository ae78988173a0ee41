"""Numbers, lines and tables in a terminal, in plain characters, so that they can be piped and searched."""

from __future__ import annotations

import math
import os
import sys
import textwrap
from collections.abc import Container, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from engine.report.numbers import MINUS, NO_BREAK, MoneyScale, Numbers

PLAIN_WIDTH = 110
"""Columns where there is no terminal to ask."""

UNITS = {"unit.sek": "SEK", "unit.thousand_sek": "thousand SEK", "unit.million_sek": "million SEK"}
NUMBER = Numbers("en")


def say(text: str) -> None:
    """One line on stdout."""
    line(console(), text)


def money(value: float, scale: MoneyScale, place: int, *, signed: bool = False) -> str:
    return plain_text(NUMBER.scaled(value, scale, place=place, signed=signed))


def sek(value: float, place: int = 0, *, signed: bool = False) -> str:
    return plain_text(NUMBER.money(value, place=place, signed=signed))


def plain(value: float) -> str:
    return plain_text(NUMBER.plain(value))


def payback(years: float) -> str:
    if math.isnan(years):
        return "-"
    if math.isinf(years):
        return "never"
    return "at once" if years == 0 else f"{years:.1f} years"


def per_participant(scale: MoneyScale, price_year: int) -> str:
    return f"{UNITS[scale.key]} per participant, {price_year} prices"


def plain_text(text: str) -> str:
    """Characters that a keyboard has, so that what is shown can be searched and pasted into a spreadsheet."""
    return text.replace(NO_BREAK, " ").replace(MINUS, "-").replace("\u2013", "-")


def table_of(
    left: Sequence[str], right: Sequence[str], rows: Iterable[Sequence[str]], *, bold: Container[int] = ()
) -> Table:
    """A table with text columns, which may wrap, and number columns, which may not.

    Parameters
    ----------
    left, right : names of the text columns and of the number columns after them.
    rows : cells; an empty row is a gap.
    bold : indices of rows that stand out.
    """
    rows = list(rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_header=any((*left, *right)))
    for name in left:
        table.add_column(name, overflow="fold", min_width=8 if name else None)
    for k, name in enumerate(right, start=len(left)):
        width = max((len(row[k]) for row in rows if row), default=0)
        table.add_column(name, justify="right", min_width=width)
    for k, row in enumerate(rows):
        table.add_row(*row, style="bold" if k in bold else "")
    return table


def console() -> Console:
    if sys.stdout.isatty():
        return Console(highlight=False, markup=False, emoji=False)
    width = os.environ.get("COLUMNS", "")
    return Console(
        highlight=False, markup=False, emoji=False, width=int(width) if width.isdigit() and int(width) else PLAIN_WIDTH
    )


def line(out: Console, text: str, *, style: str = "") -> None:
    out.print(Text(text, style=style), soft_wrap=True)


def show(out: Console, table: Table) -> None:
    """A table, without the blanks that would fill its last column."""
    with out.capture() as rendered:
        out.print(table)
    for row in rendered.get().splitlines():
        print(row.rstrip())


def paragraph(out: Console, text: str, *, style: str = "") -> None:
    for row in textwrap.wrap(text, max(out.width, 20), break_long_words=False, break_on_hyphens=False):
        line(out, row, style=style)
