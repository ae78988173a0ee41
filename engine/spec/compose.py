"""One document out of several files: what a file includes, and what it extends. Every value keeps its place.

Both work on plain data, before the grammar is asked, so that a mistake is told in the file where it stands.

- `include` puts the sections of shared files beside a model's own. A name stands once.
- `extends` starts from another file. Mappings are merged; lists, numbers and text are replaced; `name: null` removes an
  entry. Keys that say one thing between them (`together` in `schema.py`) are replaced together: a hazard takes the
  place of a probability, and a figure does not keep the law or the source of the one that it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, get_origin

from engine.spec.files import beside
from engine.spec.schema import Model, SpecModel, Study
from engine.spec.validation import class_at, did_you_mean
from engine.spec.yaml import Document, Loc, Mark, Marks, Overlaid

LONGEST = 20
"""Files that extend or include one another, one after the other. Honest studies have three."""

NAMED = tuple(name for name, field in Model.model_fields.items() if get_origin(field.annotation) is dict)
"""Sections of a model that hold entries by name."""
LISTED = ("correlations", "constraints")
PLAIN = ("price_index", "price_index_source")
SECTIONS = (*NAMED, *LISTED, *PLAIN, "sources", "include")
"""What an included file may hold."""

Named = tuple[str, Loc]
"""File and place in which a file is named."""


@dataclass
class Composer:
    """Makes one document of a file and of those that it includes and extends.

    Parameters
    ----------
    read : the document of a file by its name from the study's folder and the place where it is named, or None with
        what is wrong noted.
    real : what tells whether two names are one file.
    note : takes a mistake: file, place, message, and whether the key is meant.
    """

    read: Callable[[str, Named | None], Document | None]
    real: Callable[[str], str]
    note: Callable[[str, Loc, str, bool], None]
    marks: Marks
    documents: dict[str, Document]
    """Takes every document made, by file."""
    _done: dict[str, Document | None] = field(default_factory=dict)

    def compose(self, kind: type[SpecModel], name: str, named_in: Named | None = None) -> Document | None:
        """The whole document of a file, or None where one of its files cannot be read."""
        if name not in self._done:
            self._done[name] = self._composed(kind, name, named_in, ())
        return self._done[name]

    def _composed(
        self, kind: type[SpecModel], name: str, named_in: Named | None, above: tuple[str, ...]
    ) -> Document | None:
        document = self._own(kind, name, named_in)
        if document is None:
            return None
        above = (*above, name)
        includes = document.data.get("include") if kind is Model else None
        if includes is not None and _are_names(includes):
            del document.data["include"]
            found = self._with_pieces(document, name, includes)
            if found is None:
                return None
            document = found
        base = document.data.get("extends")
        if isinstance(base, str):
            place: Named = (name, ("extends",))
            other = beside(name, base)
            if not self._may_follow(place, other, above, "extends"):
                return None
            below = self._composed(kind, other, place, above)
            if below is None:
                return None
            del document.data["extends"]
            document = _Overlay(self, kind, name, other).over(below, document)
        self.documents[name] = document
        return document

    def _own(self, kind: type[SpecModel], name: str, named_in: Named | None) -> Document | None:
        """A file by itself, with its name at every place, and files named in it relative to the study's folder."""
        read = self.read(name, named_in)
        if read is None:
            return None
        document = Document()
        document.data = _copied(document, (), read, (), file=name)
        self.documents[name] = document
        _rebase(kind, name, document.data)
        return document

    def _may_follow(self, place: Named, other: str, above: tuple[str, ...], word: str) -> bool:
        """Whether a file can be read as part of those above it; notes why not."""
        real = [self.real(x) for x in above]
        if self.real(other) in real:
            circle = " -> ".join([*above[real.index(self.real(other)) :], other])
            self.note(*place, f"circular `{word}`: {circle}; one of these must do without the others", False)
            return False
        if len(above) >= LONGEST:
            self.note(*place, f"more than {LONGEST} files that name one another; write some of it out", False)
            return False
        return True

    # ------------------------------------------------------------ include

    def _with_pieces(self, document: Document, name: str, includes: list[str]) -> Document | None:
        """A model with the sections of the files that it includes, theirs first."""
        result = Document(values={(): document.values[()]})
        result.data = {}
        sound = True
        for piece in self._pieces(name, includes, [self.real(name)], (name,)):
            if piece is None:
                sound = False
            else:
                self._add(result, piece, included=True)
        self._add(result, document, included=False)
        return result if sound else None

    def _pieces(
        self, name: str, includes: list[str], seen: list[str], above: tuple[str, ...]
    ) -> Iterator[Document | None]:
        """Documents of included files, those that they include before them; a file that is included twice, once."""
        for k, include in enumerate(includes):
            place: Named = (name, ("include", k))
            other = beside(name, include)
            if not self._may_follow(place, other, above, "include"):
                yield None
                continue
            if self.real(other) in seen:
                continue
            seen.append(self.real(other))
            piece = self._own(Model, other, place)
            if piece is None:
                yield None
                continue
            more = piece.data.get("include")
            if more is not None:
                if _are_names(more):
                    yield from self._pieces(other, more, seen, (*above, other))
                else:
                    self.note(other, ("include",), "expected a list of files: [../shared/prices.yaml]", False)
                del piece.data["include"]
            yield piece if self._is_piece(other, piece.data) else None

    def _is_piece(self, file: str, data: dict[str, Any]) -> bool:
        """Whether a file holds nothing but sections that can be shared; notes what else it holds."""
        sound = True
        for key, value in data.items():
            if key not in SECTIONS:
                hint = did_you_mean(key, SECTIONS) or "."
                message = f"`{key}` cannot stand in a file that is included{hint} It may hold: {', '.join(SECTIONS)}"
                self.note(file, (key,), message, True)
            elif key in NAMED and not isinstance(value, dict):
                self.note(file, (key,), "expected `name: ...` lines", False)
            elif key in LISTED and not isinstance(value, list):
                self.note(file, (key,), "expected a list", False)
            else:
                continue
            sound = False
        return sound

    def _add(self, result: Document, more: Document, *, included: bool) -> None:
        """Put the sections of a document beside those of another."""
        for key, value in more.data.items():
            here: Loc = (key,)
            before = result.data.get(key)
            if before is None:
                result.data[key] = _copied(result, here, more, here)
                if included and key in NAMED:
                    result.included.update((key, name) for name in value)
            elif key in NAMED and isinstance(value, dict):
                for name in value:
                    self._add_entry(result, more, key, name, included=included)
            elif key == "sources":
                _add_sources(result, more)
            elif key in LISTED and isinstance(value, list):
                for k in range(len(value)):
                    place: Loc = (key, len(before))
                    before.append(_copied(result, place, more, (key, k), moved=True))
            elif key in PLAIN:
                self._note_twice(result, more, here, f"`{key}`")
            else:
                result.data[key] = _copied(result, here, more, here)

    def _add_entry(self, result: Document, more: Document, section: str, name: str, *, included: bool) -> None:
        loc: Loc = (section, name)
        if name in result.data[section]:
            self._note_twice(result, more, loc, repr(name))
            return
        result.data[section][name] = _copied(result, loc, more, loc)
        if included:
            result.included.add(loc)

    def _note_twice(self, result: Document, more: Document, loc: Loc, what: str) -> None:
        first = result.keys.get(loc, Mark(0, 0))
        second = more.keys.get(loc, Mark(0, 0))
        where = f"{self.marks.path(first.file or '')}:{first.line}:{first.column}"
        message = (
            f"{what} stands in {where} too; a name stands once, so remove one, or `extends` the other file instead"
        )
        self.note(second.file or "", loc, message, True)


def _add_sources(result: Document, more: Document) -> None:
    """Files of sources are read one after the other: an id is known wherever it is named."""
    before, value = result.data["sources"], more.data["sources"]
    names = before if isinstance(before, list) else [before]
    if not isinstance(before, list):
        result.values["sources", 0] = result.values["sources",]
    for k, other in enumerate(value if isinstance(value, list) else [value]):
        if other not in names:
            mark = more.values["sources", k] if isinstance(value, list) else more.values["sources",]
            result.values["sources", len(names)] = mark._replace(own=mark.own or ("sources",))
            names.append(other)
    result.data["sources"] = names


class _Overlay:
    """Lays a document over the one that it extends."""

    def __init__(self, composer: Composer, kind: type[SpecModel], file: str, base: str) -> None:
        self.composer, self.kind, self.file, self.base = composer, kind, file, base
        self.result = Document()
        self.above = Document()

    def over(self, below: Document, above: Document) -> Document:
        result = self.result
        self.above = above
        result.included = {x for x in below.included if not _has(above.data, x)} | above.included
        result.overlaid = dict(below.overlaid)
        result.data = self._merged((), below, above)
        return result

    def _merged(self, loc: Loc, below: Document, above: Document) -> Any:
        old, new = _at(below.data, loc), _at(above.data, loc)
        if not (isinstance(old, dict) and isinstance(new, dict)):
            if loc == ("sources",) and self.kind is Model:
                return self._sources(below, above)
            self._replaced(loc, below)
            return _copied(self.result, loc, above, loc)
        _mark(self.result, loc, above, loc)
        data: dict[str, Any] = {}
        lost = self._lost(loc, new)
        for key in old:
            place: Loc = (*loc, key)
            if key in new and new[key] is not None:
                data[key] = self._merged(place, below, above)
            elif key in new or key in lost:
                self._replaced(place, below)
            else:
                data[key] = _copied(self.result, place, below, place)
        for key in new:
            if key not in old:
                place = (*loc, key)
                # Between braces, a key without a value is more likely text with a comma: the grammar tells.
                if new[key] is None and not above.flow.get(loc, False):
                    hint = did_you_mean(key, old)
                    message = f"nothing to remove: {self.composer.marks.path(self.base)} has no {key!r} here{hint}"
                    self.composer.note(self.file, place, message, True)
                    continue
                data[key] = _copied(self.result, place, above, place)
        return data

    def _lost(self, loc: Loc, new: dict[str, Any]) -> set[str]:
        """Keys of what is extended that fall away because of what is written over it."""
        kind = class_at(self.kind, loc)
        if kind is None or not issubclass(kind, SpecModel):
            return set()
        lost = set(kind.signed)
        for group in kind.together:
            if any(new.get(key) is not None for key in group):
                lost.update(group)
        return lost

    def _replaced(self, loc: Loc, below: Document) -> None:
        if _has(self.above.data, loc) and _at(self.above.data, loc) == _at(below.data, loc):
            return
        mark = below.keys.get(loc) or below.values.get(loc, Mark(0, 0))
        before = below.overlaid.get(loc, ())
        self.result.overlaid[loc] = (Overlaid(_at(below.data, loc), mark), *before)

    def _sources(self, below: Document, above: Document) -> Any:
        here = Document(data={})
        for document in (below, above):
            part = Document(data={})
            part.data["sources"] = _copied(part, ("sources",), document, ("sources",))
            if here.data:
                _add_sources(here, part)
            else:
                here = part
        return _copied(self.result, ("sources",), here, ("sources",))


# ---------------------------------------------------------------- data with places


def _at(data: Any, loc: Loc) -> Any:
    for part in loc:
        data = data[part]
    return data


def _has(data: Any, loc: Loc) -> bool:
    for part in loc:
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(x, str) for x in value)


def _copied(
    target: Document, to: Loc, source: Document, loc: Loc, *, file: str | None = None, moved: bool = False
) -> Any:
    """Data at a place with all its marks, put into another document. As deep as YAML may nest."""
    _mark(target, to, source, loc, file=file, moved=moved)
    value = _at(source.data, loc)
    if isinstance(value, dict):
        return {key: _copied(target, (*to, key), source, (*loc, key), file=file, moved=moved) for key in value}
    if isinstance(value, list):
        return [_copied(target, (*to, k), source, (*loc, k), file=file, moved=moved) for k in range(len(value))]
    return value


def _mark(
    target: Document, to: Loc, source: Document, loc: Loc, *, file: str | None = None, moved: bool = False
) -> None:
    for mine, theirs in ((target.values, source.values), (target.keys, source.keys)):
        mark = theirs.get(loc)
        if mark is not None:
            own = mark.own or (loc if moved else None)
            mine[to] = mark._replace(file=mark.file or file, own=own)
    if loc in source.flow:
        target.flow[to] = source.flow[loc]
    if loc in source.written:
        target.written[to] = source.written[loc]


def _rebase(kind: type[SpecModel], name: str, data: Any) -> None:
    """Names of files that stand in a file, made relative to the study's folder."""
    if not isinstance(data, dict):
        return

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(x) for x in value]
        return beside(name, value) if isinstance(value, str) else value

    if kind is Study:
        keys: tuple[str, ...] = ("model", "calculations")
    else:
        keys = ("price_index", "sources") if kind is Model else ()
    for key in keys:
        if key in data:
            data[key] = moved(data[key])
    begun = data.get("start_from") if kind is Model else None
    if isinstance(begun, dict) and "file" in begun:
        begun["file"] = moved(begun["file"])
    tables = data.get("tables") if kind is Model else None
    for table in tables.values() if isinstance(tables, dict) else ():
        if isinstance(table, dict) and "file" in table:
            table["file"] = moved(table["file"])
