"""The numbers of a figure as a CSV file, for whoever wants to draw it again."""

from __future__ import annotations

import csv
import io
import re

from engine.report.blocks import Cell, Table

SOFT_HYPHEN = "\u00ad"
"""Where a long word may break at the end of a line; seen nowhere else."""
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(%)?$")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""Beginnings that a spreadsheet takes for a formula."""


def table_csv(table: Table) -> str:
    """RFC 4180 with the table's caption as a comment above; amounts without spaces, with `-` and a decimal point."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    out.write(f"# {' '.join(table.caption.split())}\r\n")
    writer.writerow([_text(cell) for cell in table.head])
    for row in table.rows:
        writer.writerow([_text(cell) for cell in row.cells])
    return out.getvalue()


def _text(cell: Cell) -> str:
    """A cell as a program reads it; text that a spreadsheet would run is made text."""
    plain = re.sub(r"[\u00a0\u202f]", "", cell.text).replace("\u2212", "-")
    number = plain.replace(",", ".").removeprefix("+")
    if cell.number and _NUMBER.match(number):
        return number
    text = cell.text.replace("\u00a0", " ").replace(SOFT_HYPHEN, "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
