"""`from, from -> to, to`: how transitions are named in effects and cost items."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

ANY = "any"
"""On the left of an arrow: every state that has the transition."""
_NAME = re.compile(r"[^\s,]+")


class StateAt(NamedTuple):
    name: str
    at: int
    """Offset in the text."""


class Arrow(NamedTuple):
    sources: tuple[StateAt, ...]
    targets: tuple[StateAt, ...]


class ArrowError(ValueError):
    """Text that is not an arrow between names."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


def parse_arrow(text: str) -> Arrow:
    """Read `a, b -> c, d`.

    Raises
    ------
    ArrowError : no arrow, more than one, or nothing on one side of it.
    """
    parts = text.split("->")
    if len(parts) != 2:
        raise ArrowError(f"{text!r} is not a transition; write `from -> to`, such as `outside -> employed`", 0)
    left, right = parts

    def names(part: str, offset: int) -> tuple[StateAt, ...]:
        return tuple(StateAt(m.group(), offset + m.start()) for m in _NAME.finditer(part))

    arrow = Arrow(names(left, 0), names(right, len(left) + 2))
    if not arrow.sources or not arrow.targets:
        raise ArrowError(f"{text!r} names no state on one side of the arrow; write `from -> to`", 0)
    return arrow


def transitions_named(text: str, rows: Mapping[str, Collection[str]]) -> list[tuple[str, str]]:
    """Every transition, from and to, that an arrow names.

    Parameters
    ----------
    rows : targets of each state that is left. `any` stands for the states that have the target, themselves apart.

    Raises
    ------
    ArrowError : as `parse_arrow`.
    """
    arrow = parse_arrow(text)
    found: list[tuple[str, str]] = []
    for target in (t.name for t in arrow.targets):
        having = [state for state, targets in rows.items() if target in targets and state != target]
        for source in (s.name for s in arrow.sources):
            found += [(s, target) for s in (having if source == ANY else [source])]
    return list(dict.fromkeys(found))
