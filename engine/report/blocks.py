"""Parts of the page: what a section is made of, before it becomes HTML.

All text in here is plain text; the template escapes it. Only `Picture.svg` is markup, made by `plots/theme.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    number: bool = False
    """Set to the right, so that digits line up."""
    note: str = ""
    """Small second line."""
    mark: str = ""
    """Short word that says in text what the cell's colour says, such as `own value`."""
    swatch: str = ""
    """Colour that stands for this payer or calculation in the figures."""
    href: str = ""
    """Address that the text links to: `#...` or one that `safe_link` let through."""
    anchor: str = ""
    """Name that other places on the page link to."""
    muted: bool = False
    """Of no consequence here, and set back."""


@dataclass(frozen=True)
class Row:
    """A row; its first cell is its header. `group` rows are headings inside the table."""

    cells: tuple[Cell, ...]
    group: bool = False
    strong: bool = False


@dataclass(frozen=True)
class Table:
    type: ClassVar[str] = "table"
    caption: str
    head: tuple[Cell, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Text:
    type: ClassVar[str] = "text"
    text: str
    role: str = ""
    """`lead`, `answer`, `note`, `caveat`, or nothing."""
    title: str = ""
    """Stands above the text of a box."""


@dataclass(frozen=True)
class Heading:
    type: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Bullets:
    type: ClassVar[str] = "bullets"
    items: tuple[str, ...]
    role: str = ""
    """`answer` numbers the items and sets them large."""


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    type: ClassVar[str] = "terms"
    items: tuple[tuple[str, str], ...]
    code: bool = False
    """The right side is typed as it stands."""


@dataclass(frozen=True)
class Card:
    """One calculation's own conclusion in a glance."""

    title: str
    subtitle: str
    figure: str
    unit: str
    lines: tuple[str, ...]
    colour: str
    tone: str
    """`gain`, `loss` or nothing."""


@dataclass(frozen=True)
class Cards:
    type: ClassVar[str] = "cards"
    items: tuple[Card, ...]


@dataclass(frozen=True)
class Picture:
    """A figure with the sentence that says how to read it and the table of its numbers."""

    type: ClassVar[str] = "picture"
    name: str
    """Name of its file without the ending."""
    svg: str
    title: str
    how: str
    table: Table | None = None
    beside: bool = False
    """Its numbers stand in a table of the section already, so that the table is for its file alone."""


@dataclass(frozen=True)
class Details:
    """Something folded away until it is asked for."""

    type: ClassVar[str] = "details"
    summary: str
    blocks: tuple[Block, ...]
    open: bool = False
    printed: bool = False
    """Printed in full; of others only the summary is."""


Block = Table | Text | Heading | Bullets | Terms | Cards | Picture | Details


@dataclass(frozen=True)
class Section:
    anchor: str
    title: str
    blocks: tuple[Block, ...]


def pictures_in(blocks: tuple[Block, ...]) -> list[Picture]:
    """All figures, those in folded parts too, in page order."""
    found: list[Picture] = []
    for block in blocks:
        if isinstance(block, Picture):
            found.append(block)
        elif isinstance(block, Details):
            found.extend(pictures_in(block.blocks))
    return found
