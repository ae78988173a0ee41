"""Plain data -> objects of the grammar, and pydantic's findings in the words of this house."""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from engine.errors import Problem
from engine.spec.numerals import advise, shorten
from engine.spec.schema import Calculation, SpecModel, meanings
from engine.spec.yaml import Document, Loc, Marks

M = TypeVar("M", bound=SpecModel)

MOST_PROBLEMS = 100
"""Problems told of what one file describes; a generated file can have as many as it has lines."""

_WANTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "`name: ...` lines",
    "model_type": "`key: value` lines",
    "model_attributes_type": "`key: value` lines",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def validate(kind: type[M], file: str, document: Document, marks: Marks) -> tuple[M | None, list[Problem]]:
    """The object that a document describes, or all that is wrong with it."""
    try:
        return kind.model_validate(_with_tuples(document.data)), []
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, _Translator(kind, file, document, marks).translate(found)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest right name as a clause, `; did you mean 'source'?`, or nothing."""
    by_lower = {other.lower(): other for other in known}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[near[0]]!r}?" if near else ""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`no state 'employd'; did you mean 'employed'? States: ...`: found, nearest, allowed."""
    names = list(known)
    clause = did_you_mean(name, names)
    allowed = ", ".join(names[:20]) + (f", and {len(names) - 20} more" if len(names) > 20 else "")
    end = "" if clause else "."
    plural = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"no {what} {shorten(name)!r}{clause}{end} {plural.capitalize()}: {allowed or 'none'}"


def as_name(text: str) -> str | None:
    """A text made into a name (`Norrköpings kommun` -> `norrkopings_kommun`), or None where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^[0-9_]+", "", name)[:64].rstrip("_")
    return name or None


def _with_tuples(value: Any) -> Any:
    """Lists as tuples: the grammar's objects are immutable, and pydantic's strict mode asks for the very type."""
    if isinstance(value, dict):
        return {k: _with_tuples(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(_with_tuples(v) for v in value)
    return value


def _describe(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shorten(value)!r}"
        case list() | tuple():
            return "a list"
        case _:
            return "`key: value` lines"


class _Translator:
    def __init__(self, kind: type[SpecModel], file: str, document: Document, marks: Marks) -> None:
        self.kind, self.file, self.document, self.marks = kind, file, document, marks

    def translate(self, errors: list[ErrorDetails]) -> list[Problem]:
        problems: list[Problem] = []
        trapped: set[Loc] = set()
        by_place: dict[Loc, list[tuple[ErrorDetails, int]]] = {}
        for error in errors:
            place, left = self._resolve(error["loc"])
            if error["type"] == "missing":
                problems.append(self._missing(place, str(error["loc"][-1])))
            elif error["loc"] and error["loc"][-1] == "[key]":
                problems.append(self.marks.problem(self.file, place, _bad_name(str(place[-1])), key=True))
            elif error["type"] == "extra_forbidden":
                # `where(a, b, c)` without quotes is one mistake, not two.
                if not self._is_comma_trap(place) or place[:-1] not in trapped:
                    problems.append(self._extra(place))
                if self._is_comma_trap(place):
                    trapped.add(place[:-1])
            else:
                by_place.setdefault(place, []).append((error, left))
            if len(problems) + len(by_place) >= MOST_PROBLEMS and error is not errors[-1]:
                message = "there may be more problems in this file; mend those that are told first"
                problems.append(self.marks.problem(self.file, place, message, key=True))
                break
        # A list (or names with values) where a name or a list may stand gives findings at it and inside it: inside is
        # better.
        inner = {place[:k] for place in by_place for k in range(len(place))}
        for place, found in by_place.items():
            if place in inner and all(left for _, left in found):
                continue
            problems.append(self.marks.problem(self.file, place, self._message(place, found)))
        return problems

    def _resolve(self, loc: tuple[int | str, ...]) -> tuple[Loc, int]:
        """What of pydantic's place is a place in the file, and how many parts are not (alternatives of a type)."""
        value: Any = self.document.data
        place: list[str | int] = []
        skipped = 0
        for part in loc:
            parts: Any = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
            if part in parts:
                value = parts[part]
                place.append(part)
            else:
                skipped += 1
        return tuple(place), skipped

    def _value(self, loc: Loc) -> Any:
        value: Any = self.document.data
        for part in loc:
            value = value[part]
        return value

    def _missing(self, place: Loc, key: str) -> Problem:
        kind = class_at(self.kind, place)
        meaning = meanings(kind).get(key) if kind is not None else None
        first = re.split(r"(?<=[.;:])\s", meaning.replace("\n", " "))[0].rstrip(".;:") if meaning else ""
        return self.marks.problem(
            self.file, place, f"missing key {key!r}" + (f": {_lower_first(first)}" if first else "")
        )

    def _extra(self, place: Loc) -> Problem:
        key = str(place[-1])
        kind = class_at(self.kind, place[:-1])
        known = list(_fields(kind)) if kind is not None else []
        message = f"unknown key {shorten(key)!r}{did_you_mean(key, known) or '.'} Known: {', '.join(known)}"
        if self.kind is Calculation and place[0] == "assumptions" and key in ("price_year", "unit"):
            message = (
                f"`{key}` is the model's: a calculation writes money in the parameter's own unit and price year; "
                f"convert the figure first, and leave `{key}` out"
            )
        elif self._is_comma_trap(place):
            message = (
                f"unknown key {shorten(key)!r}: between braces a comma ends an entry, so text with commas is quoted"
            )
        return self.marks.problem(self.file, place, message, key=True)

    def _is_comma_trap(self, place: Loc) -> bool:
        """Whether a key without value between braces is really the rest of a text with a comma."""
        return self._value(place) is None and self.document.flow.get(place[:-1], False)

    def _message(self, place: Loc, found: list[tuple[ErrorDetails, int]]) -> str:
        value = self._value(place)
        if len(found) > 1 and all(left for _, left in found):
            return self._of_alternatives(found, value, place)
        return self._of_one(found[0][0], value, place)

    def _of_alternatives(self, found: list[tuple[ErrorDetails, int]], value: Any, place: Loc) -> str:
        """A value that fits none of the types that may stand there."""
        kinds = {error["type"] for error, _ in found}
        for error, _ in found:
            kind = error["type"]
            if kind == "literal_error" and not isinstance(value, dict):
                return self._of_literal(value, place)
            if isinstance(value, str) and kind.startswith("string_"):
                return self._of_one(error, value, place)
            if isinstance(value, list) and kind in ("too_short", "too_long"):
                return self._of_one(error, value, place)
        if "tuple_type" in kinds and not kinds & {"string_type", "float_type"}:
            return self._of_one(found[0][0], value, place)
        wanted = "a number or an expression" if "float_type" in kinds else "a name or a list of names"
        return f"expected {wanted}, found {_describe(value)}"

    def _of_one(self, error: ErrorDetails, value: Any, place: Loc) -> str:
        kind, context = error["type"], error.get("ctx", {})
        if kind == "value_error":
            return str(context["error"])
        if kind in ("float_type", "int_type") and isinstance(value, str):
            return advise(value)
        if kind in ("int_type", "int_from_float") and isinstance(value, float) and value.is_integer():
            return f"expected a whole number, found {value}; write {int(value)}"
        if kind == "string_type" and isinstance(value, bool | int | float):
            written = "true" if value is True else "false" if value is False else value
            return f"expected text, found {_describe(value)}; put it in quotes: '{written}'"
        if kind in _WANTED:
            remedy = "; write the figure after the colon" if value is None and "number" in _WANTED[kind] else ""
            return f"expected {_WANTED[kind]}, found {_describe(value)}{remedy}"
        if kind in _BOUNDS:
            words, bound = _BOUNDS[kind]
            return f"{value} is out of range; it must be {words} {context[bound]:,}".replace(",", "_")
        if kind == "literal_error":
            return self._of_literal(value, place)
        if kind == "string_pattern_mismatch":
            return _bad_name(str(value))
        if kind == "string_too_short":
            return "expected text, found an empty one"
        if kind == "string_too_long":
            return f"a text of {len(value)} characters; at most {context['max_length']}"
        if kind == "too_short":
            least = context["min_length"]
            return f"needs at least {least} {'entry' if least == 1 else 'entries'}, found {context['actual_length']}"
        if kind == "too_long":
            return f"at most {context['max_length']} entries, found {len(value)}"
        if kind == "finite_number":
            return "expected a finite number"
        return f"cannot be used: {error['msg'][:1].lower()}{error['msg'][1:]}"

    def _of_literal(self, value: Any, place: Loc) -> str:
        allowed = _literals(_annotation_at(self.kind, place))
        if allowed == [True]:
            return f"only `true` can stand here, found {_describe(value)}; leave the key out otherwise"
        words = [str(x) for x in allowed]
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        return (
            f"{_describe(value)} is not one of the words that can stand here{hint or '.'} Allowed: {', '.join(words)}"
        )


def _bad_name(text: str) -> str:
    right = as_name(text)
    return (
        f"{shorten(text)!r} is not a name: names have lower-case a-z, digits and '_', begin with a letter and are at "
        "most 64 long" + (f"; write {right}" if right is not None and right != text else "")
    )


def _lower_first(text: str) -> str:
    """`What it is` -> `what it is`; `NPV of it` and `` `sobol` `` stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


# ---------------------------------------------------------------- the grammar's types by place


def _annotation_at(kind: type[SpecModel], loc: Loc) -> Any:
    annotation: Any = kind
    for part in loc:
        annotation = _step(annotation, part)
    return annotation


def class_at(kind: type[SpecModel], loc: Loc) -> type[SpecModel] | None:
    for option in _options(_annotation_at(kind, loc)):
        if isinstance(option, type) and issubclass(option, SpecModel):
            return option
    return None


def _fields(kind: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the key under which they are written."""
    return {field.alias or name: field for name, field in kind.model_fields.items()}


def _options(annotation: Any) -> list[Any]:
    """The types that may stand at a place, without `Annotated` and unions around them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [o for a in get_args(annotation) for o in _options(a)]
    return [annotation]


def _step(annotation: Any, part: str | int) -> Any:
    for option in _options(annotation):
        origin = get_origin(option)
        if origin is dict and isinstance(part, str):
            return get_args(option)[1]
        if origin is tuple and isinstance(part, int):
            return get_args(option)[0]
        if isinstance(option, type) and issubclass(option, BaseModel) and part in _fields(option):
            return _fields(option)[str(part)].annotation
    return None


def _literals(annotation: Any) -> list[Any]:
    return [value for o in _options(annotation) if get_origin(o) is Literal for value in get_args(o)]
