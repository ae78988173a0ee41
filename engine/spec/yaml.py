"""YAML as studies use it: plain data with the place of every key and value.

The grammar is YAML 1.2 with the core scalars: only `true` and `false` are booleans, `1e-3` is a number, `no`, `12:30`
and `2024-01-01` are text. Left out on purpose are tags, anchors with aliases (small files that unfold to gigabytes, and
figures whose origin cannot be seen) and merge keys; keys are text and stand once. Only PyYAML's scanner and parser are
used: they tell events, and nothing in a file can name a Python object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from engine.errors import Problem
from engine.spec.files import hidden_characters
from engine.spec.numerals import NumeralError, read_number, shorten, spelling

Loc = tuple[str | int, ...]
"""Keys and list positions from the root of a document to a place in it."""

YEARS: Loc = ("intake",)
"""Where keys are calendar years; everywhere else a key that reads as a number is a mistake."""

DEEPEST = 50
"""Levels of nesting. The grammar needs eight."""
MOST_PARTS = 100_000
"""Keys and values in a file; they are read in half a second and 60 MB. The largest study of `configs` has 2 400."""
MOST_FAULTS = 100
"""Mistakes told of one file; a file with more is seldom what somebody wrote."""
_TOO_DEEP = f"nested deeper than {DEEPEST} levels; no study needs that"

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Mark(NamedTuple):
    """Where something stands, counted from 1."""

    line: int
    column: int
    inner: int | None = None
    """Column of the first character of a text, where columns inside it can be counted: one line, no escapes."""
    file: str | None = None
    """File that it stands in, where a document is made of several."""
    own: Loc | None = None
    """Place in that file, where it is another one."""


class Overlaid(NamedTuple):
    """What stood at a place before a file that extends another one replaced it."""

    value: Any
    mark: Mark


class Fault(NamedTuple):
    """A mistake in the YAML itself."""

    line: int
    column: int
    loc: Loc
    message: str


@dataclass
class Document:
    """Plain data (dict, list, str, int, float, bool, None) with places."""

    data: Any = None
    values: dict[Loc, Mark] = field(default_factory=dict)
    keys: dict[Loc, Mark] = field(default_factory=dict)
    flow: dict[Loc, bool] = field(default_factory=dict)
    """Each mapping and list: whether it is written with braces or brackets."""
    written: dict[Loc, str] = field(default_factory=dict)
    """Text of numbers that have a point, as it was written."""
    faults: list[Fault] = field(default_factory=list)
    overlaid: dict[Loc, tuple[Overlaid, ...]] = field(default_factory=dict)
    """What was replaced, the latest first."""
    included: set[Loc] = field(default_factory=set)
    """Entries of sections that an included file brought."""


def dotted(loc: Loc) -> str:
    """`strategies.early_support.effects[0].on`."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = shorten(part) if part.isprintable() else repr(shorten(part))
            text += f".{key}" if text else key
    return text


class Marks:
    """Places in all YAML files of a study, by the name under which the study knows the file."""

    def __init__(self, documents: Mapping[str, Document], paths: Mapping[str, str]) -> None:
        self._documents = documents
        self._paths = paths

    def path(self, file: str) -> str:
        """The file as the user named it."""
        return self._paths.get(file, file)

    def written(self, file: str, loc: Loc) -> str | None:
        """A number with a point as it was written, `40.000`; None for anything else."""
        document = self._documents.get(file)
        return None if document is None else document.written.get(loc)

    def problem(self, file: str, loc: Loc, message: str, *, at: int | None = None, key: bool = False) -> Problem:
        """A problem at the value `loc` of a file, or at the nearest thing around it that is there.

        Parameters
        ----------
        at : offset inside the value's text, where the value is an expression or the like.
        key : the key itself is meant, not what it stands for.
        """
        mark = self.mark(file, loc, at=at, key=key)
        if mark is None:
            return Problem(self.path(file), 0, 0, dotted(loc), message)
        return Problem(self.path(mark.file or file), mark.line, mark.column, dotted(mark.own or loc), message)

    def mark(self, file: str, loc: Loc, *, at: int | None = None, key: bool = False) -> Mark | None:
        """Where `problem` would point, with the file if a document is made of several; None if nothing was read."""
        document = self._documents.get(file)
        if document is None:
            return None
        place = loc
        while place and place not in document.values:
            place = place[:-1]
        mark = document.values.get(place, Mark(1, 1))
        moved = None if mark.own is None else (*mark.own, *loc[len(place) :])
        own_key = document.keys.get(place)
        if own_key is not None and (key or place != loc or place in document.flow):
            mark = own_key
        elif at is not None and place == loc and mark.inner is not None:
            mark = mark._replace(column=mark.inner + at)
        return mark._replace(own=moved)

    def stands(self, file: str, loc: Loc, *, key: bool = True) -> str:
        """`configs/norrkoping/model.yaml:41`, for a sentence about another place."""
        mark = self.mark(file, loc, key=key)
        return self.path(file) if mark is None else f"{self.path(mark.file or file)}:{mark.line}"

    def overlaid(self, file: str, loc: Loc) -> dict[Loc, tuple[Overlaid, ...]]:
        """What stood at a place and inside it before another file replaced it."""
        document = self._documents.get(file)
        found = {} if document is None else document.overlaid
        return {place: values for place, values in found.items() if place[: len(loc)] == loc}


def read_yaml(text: str) -> Document:
    """Data and places of a text. With `faults`, the data is not to be used.

    Broken YAML gives one fault, as what comes after is not understood; other faults are all told.
    """
    hidden = hidden_characters(text)
    if hidden:
        return Document(faults=[Fault(h.line, h.column, (), h.message) for h in hidden])
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _Stop:
        pass
    except yaml.YAMLError as error:
        builder.document.faults = [_broken(text, error)]
    document = builder.document
    if not document.faults:
        if document.data is None:
            document.faults.append(Fault(0, 0, (), "the file is empty; it must hold keys and values"))
        elif not isinstance(document.data, dict):
            document.faults.append(Fault(1, 1, (), "the file must hold `key: value` lines at the outermost level"))
    return document


class _Stop(Exception):
    """Reading further would only add noise."""


@dataclass
class _Frame:
    """A mapping or list that is being read."""

    loc: Loc
    content: dict[str, Any] | list[Any]
    flow: bool
    key: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    """Line of each key."""
    last_figure: tuple[int, int, str] | None = None
    """End (line, column) and text of the last value, if it begins with a digit: to see `0,05` between braces."""


class _Builder:
    """Events to data. No recursion, so that depth is a rule and not a crash."""

    def __init__(self) -> None:
        self.document = Document()
        self._stack: list[_Frame] = []
        self._documents = 0
        self._parts = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._count(event)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fault(
                event,
                f"alias '*{shorten(str(event.anchor))}': anchors and aliases are not read (a small file could unfold "
                "to gigabytes); write the value out, or name it under `parameters` or `definitions`; text that begins "
                "with '*' goes in quotes",
            )
            self._put(None, event, None)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._fault(event, "a second document begins here (`---`); put each document in a file of its own")
                raise _Stop

    def _count(self, event: Any) -> None:
        """A file that is far too large ends here, and not when the machine does."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._fault(
                event,
                f"more than {MOST_PARTS:_} keys and values; put figures into tables (CSV), or entries into files that "
                "the model includes",
                (),
            )
            raise _Stop

    def _fault(self, event: Any, message: str, loc: Loc | None = None) -> None:
        mark = event.start_mark
        if len(self.document.faults) == MOST_FAULTS:
            more = "there may be more mistakes from here on; mend those above first"
            self.document.faults.append(Fault(mark.line + 1, mark.column + 1, (), more))
            raise _Stop
        place = self._next_loc() if loc is None else loc
        self.document.faults.append(Fault(mark.line + 1, mark.column + 1, place, message))

    def _next_loc(self) -> Loc:
        if not self._stack:
            return ()
        frame = self._stack[-1]
        if isinstance(frame.content, list):
            return (*frame.loc, len(frame.content))
        return frame.loc if frame.key is None else (*frame.loc, frame.key)

    def _awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].content, dict) and self._stack[-1].key is None

    def _check_node(self, event: Any) -> None:
        if event.tag is not None:
            self._fault(
                event,
                f"tag {shorten(event.tag)!r}: tags are not read; leave it out, or put text that begins with '!' in "
                "quotes",
            )
        if event.anchor is not None:
            self._fault(
                event,
                f"anchor '&{shorten(event.anchor)}': anchors and aliases are not read; write each value out, or name "
                "it under `parameters` or `definitions`; text that begins with '&' goes in quotes",
            )

    def _open(self, content: dict[str, Any] | list[Any], event: Any) -> None:
        if self._awaits_key():
            self._fault(
                event, "a key must be text, found a list or mapping; text with braces or brackets goes in quotes"
            )
            raise _Stop
        if len(self._stack) >= DEEPEST:
            self._fault(event, _TOO_DEEP, ())
            raise _Stop
        self._check_node(event)
        loc = self._next_loc()
        self._put(content, event, None)
        self.document.flow[loc] = bool(event.flow_style)
        self._stack.append(_Frame(loc, content, bool(event.flow_style)))

    def _scalar(self, event: Any) -> None:
        self._check_node(event)
        plain = not event.style
        if self._awaits_key():
            self._key(event, plain)
            return
        text: str = event.value
        value: Any = text
        if plain:
            try:
                value = _resolve(text)
            except NumeralError as error:
                self._fault(event, str(error))
            if isinstance(value, float):
                self.document.written[self._next_loc()] = text
        elif hidden := hidden_characters(text):
            self._fault(event, hidden[0].message)
        self._put(value, event, _inner_column(event, plain))
        if plain and self._stack and text.lstrip("+-")[:1].isdecimal():
            self._stack[-1].last_figure = (event.end_mark.line, event.end_mark.column, text)

    def _put(self, value: Any, event: Any, inner: int | None) -> None:
        loc = self._next_loc()
        mark = event.start_mark
        self.document.values[loc] = Mark(mark.line + 1, mark.column + 1, inner)
        if not self._stack:
            self.document.data = value
            return
        frame = self._stack[-1]
        frame.last_figure = None
        if isinstance(frame.content, list):
            frame.content.append(value)
        elif frame.key is not None:
            frame.content[frame.key] = value
            frame.key = None

    def _key(self, event: Any, plain: bool) -> None:
        frame = self._stack[-1]
        key: str = event.value
        line = event.start_mark.line + 1
        if plain:
            self._check_plain_key(event, frame, key)
        elif hidden := hidden_characters(key):
            self._fault(event, hidden[0].message)
        if key in frame.seen:
            self._fault(
                event,
                f"key {shorten(key)!r} stands here and in line {frame.seen[key]}; keep one of them",
                (*frame.loc, key),
            )
        frame.seen.setdefault(key, line)
        frame.key = key
        self.document.keys[(*frame.loc, key)] = Mark(line, event.start_mark.column + 1)

    def _check_plain_key(self, event: Any, frame: _Frame, key: str) -> None:
        start = event.start_mark
        if frame.flow and frame.last_figure is not None:
            line, column, figure = frame.last_figure
            right = spelling(f"{figure},{key}") if (line, column + 1) == (start.line, start.column) else None
            if right is not None:
                message = f"'{figure},{key}' between braces is read as two entries; write {right}"
                self._fault(event, message, frame.loc)
                return
        if key == "<<":
            self._fault(event, "merge key '<<' is not read; write the keys out", frame.loc)
            return
        try:
            value = _resolve(key)
        except NumeralError:
            value = 0
        if isinstance(value, int) and not isinstance(value, bool) and frame.loc == YEARS:
            return
        if not isinstance(value, str):
            kind = "nothing" if value is None else "a truth value" if isinstance(value, bool) else "a number"
            self._fault(
                event, f"the key {shorten(key)!r} is read as {kind}; put it in quotes: '{shorten(key)}'", frame.loc
            )


def _resolve(text: str) -> str | int | float | bool | None:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    # Most scalars are words: look at one character before trying the number patterns.
    if text[0] in "+-.0123456789" and (number := read_number(text)) is not None:
        return number
    return text


def _inner_column(event: Any, plain: bool) -> int | None:
    start, end = event.start_mark, event.end_mark
    if start.line != end.line or event.style in ("|", ">"):
        return None
    quotes = 0 if plain else 1
    if end.column - start.column - 2 * quotes < len(event.value) or (
        not plain and end.column - start.column - 2 != len(event.value)
    ):
        return None
    return int(start.column) + 1 + quotes


def _broken(text: str, error: yaml.YAMLError) -> Fault:
    """One sentence for broken YAML, in the words of somebody who writes it."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    context = str(getattr(error, "context", None) or "")
    opened = getattr(error, "context_mark", None)
    if mark is None:
        return Fault(0, 0, (), f"the YAML cannot be read: {problem}")
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1]
    if "maximum nesting" in problem:  # libyaml has a limit of its own, which it may meet before any event is told
        return Fault(mark.line + 1, mark.column + 1, (), _TOO_DEEP)
    if "quoted scalar" in context and "end of stream" in problem and opened is not None:
        return Fault(opened.line + 1, opened.column + 1, (), "a quote is opened here and never closed")
    if "flow" in context and opened is not None:
        bracket = "brace '{'" if "mapping" in context else "bracket '['"
        return Fault(
            opened.line + 1,
            opened.column + 1,
            (),
            f"the {bracket} opened here is not closed, or a comma is missing (seen in line {mark.line + 1})",
        )
    if "mapping values are not allowed" in problem:
        message = "a ':' where no key can stand; put text that contains ': ' in quotes, or mend the indentation"
    elif "tab character" in problem or ("cannot start any token" in problem and "\t" in (character, line[:1])):
        message = "a tab; indent with spaces"
    elif "cannot start any token" in problem:
        message = f"text cannot begin with {character!r}; put it in quotes"
    elif "could not find expected ':'" in problem:
        message = "a line without a ':' before here; write `key: value` (and a space after '-' in lists)"
        if opened is not None:
            return Fault(
                opened.line + 1,
                opened.column + 1,
                (),
                "a line without ': '; write `key: value`, or `- item` with a space",
            )
    elif "node content" in problem:
        message = f"nothing is opened that {character!r} could end or part; put text that begins with it in quotes"
    elif "directive" in context or "directive" in problem:
        message = "a line cannot begin with '%'; put text that does in quotes"
    elif "mapping keys are not allowed" in problem:
        message = "text cannot begin with '? '; put it in quotes"
    elif "block" in context or "block" in problem or "document start" in problem:
        message = "this line does not fit what stands above it; mend the indentation, or put text in quotes as a whole"
    elif "unexpected ':'" in problem:
        message = "a ':' is followed by a space and then the value"
    elif "escape character" in problem:
        message = "a backslash between double quotes begins an escape; use single quotes"
    elif any(word in context for word in ("alias", "anchor", "tag")):
        message = "text cannot begin with '*', '&' or '!'; put it in quotes"
    else:
        message = f"the YAML cannot be read here: {problem}"
    if "\u00a0" in line:
        message += " (the line holds a no-break space, which does not count as a space)"
    return Fault(mark.line + 1, mark.column + 1, (), re.sub(r"\s+", " ", message))


def problems_of(document: Document, path: str) -> list[Problem]:
    """The faults of a document as problems of the file at `path`."""
    return [Problem(path, f.line, f.column, dotted(f.loc), f.message) for f in document.faults]
