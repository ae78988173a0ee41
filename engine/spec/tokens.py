"""Text -> tokens: numbers, names and operators, and advice where people write them as in other programs.

`read_number` also reads the numbers inside laws (`distributions.py`), so that `0,05` and `5 %` get the same answer
everywhere.
"""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple


class ExpressionError(ValueError):
    """A mistake in an expression; `at` is its 0-based offset in the text."""

    def __init__(self, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


MAX_NAME = 64
"""Most characters in a name."""

_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r"<=|>=|==|!=|[-+*/^(),<>]")
_SPACE = re.compile(r"[ \t\r\n]+")
# Spaces that word processors and spreadsheets put between thousands.
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u2009\u202f'’][0-9]{3})+(?![0-9_])")
_POINTS = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")
_PERCENT = re.compile(r"[ \t\u00a0\u202f]*%")
_WORDS = ("and", "or", "not")

_INSTEAD = {
    "**": "a power is written with ^",
    "&&": "write 'and'",
    "||": "write 'or'",
    "//": "there is only one division, /",
    "=": "equality is written ==, and nothing can be assigned here",
    "&": "write 'and'",
    "|": "write 'or'",
    "!": "write 'not' or !=",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "×": "write *",
    "·": "write *",
    "÷": "write /",
    "−": "write an ordinary minus, -",
    "–": "write an ordinary minus, -",
    "%": "a percentage is written as a share: 0.05 for 5 %",
    ".": "a name has no parts, and a number needs digits around its point",
    "[": "there are no lists or subscripts; brackets are round",
    "]": "there are no lists or subscripts; brackets are round",
    "{": "brackets are round",
    "}": "brackets are round",
    '"': "there is no text in an expression; names stand without quotes",
    "'": "there is no text in an expression; names stand without quotes",
    ":": "write where(condition, a, b) for a choice between two values",
    "?": "write where(condition, a, b) for a choice between two values",
    ";": "arguments are parted by commas",
    "@": "names stand without @",
}


class Token(NamedTuple):
    kind: Literal["number", "name", "operator", "end"]
    text: str
    at: int
    value: float = 0.0


def write_number(value: float) -> str:
    """A number as an analyst would write it."""
    return f"{value:.12g}"


def read_number(text: str, at: int) -> Token | None:
    """The number that begins at `at`, or None; ways of writing numbers that other programs allow are named.

    Raises
    ------
    ExpressionError : `1 000`, `5 %`, `0777`, `2x`, `1.350.000`, or a number too large.
    """
    if trap := (_THOUSANDS.match(text, at) or _POINTS.match(text, at)):
        plain = re.sub("[^0-9]", "", trap.group())
        raise ExpressionError(f"'{trap.group()}' is not a number; write {plain} or {int(plain):_}", at)
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    written, end = found.group(), found.end()
    value = float(written)
    if not math.isfinite(value):
        raise ExpressionError(f"'{shorten(written)}' is too large a number", at)
    if percent := _PERCENT.match(text, end):
        share = write_number(value / 100)
        raise ExpressionError(f"'{text[at : percent.end()]}' is not a number; write {share}", at)
    if re.match(r"0[0-9_]", written):
        if before := re.search(r"[0-9]+,$", text[:at]):
            raise comma_error(before.group()[:-1], written, before.start())
        raise ExpressionError(f"'{shorten(written)}' begins with 0; write {write_number(value)}", at)
    if stuck := _NAME.match(text, end):
        raise ExpressionError(
            f"'{shorten(written + stuck.group())}' is neither a number nor a name; a product is written with *", at
        )
    return Token("number", written, at, value)


def comma_error(whole: str, decimals: str, at: int) -> ExpressionError:
    """How `0,05` is written."""
    advice = f"write {whole}.{decimals}" if whole else f"write 0.{decimals}"
    if len(decimals) == 3 and whole not in ("", "0"):
        advice += f", or {whole}_{decimals} if thousands are meant"
    return ExpressionError(f"'{shorten(f'{whole},{decimals}')}': decimals take a point; {advice}", at)


def shorten(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def split_tokens(text: str) -> list[Token]:
    """All tokens of an expression, the last one of kind `end`."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if found := _SPACE.match(text, at):
            at = found.end()
            continue
        if (number := read_number(text, at)) is not None:
            tokens.append(number)
        elif found := _NAME.match(text, at):
            if len(found.group()) > MAX_NAME:
                raise ExpressionError(f"a name has at most {MAX_NAME} characters", at)
            tokens.append(Token("operator" if found.group() in _WORDS else "name", found.group(), at))
        elif text[at : at + 2] not in _INSTEAD and (found := _OPERATOR.match(text, at)):
            tokens.append(Token("operator", found.group(), at))
        else:
            raise ExpressionError(_no_place(text, at), at)
        at += len(tokens[-1].text)
    tokens.append(Token("end", "", len(text)))
    return tokens


def _no_place(text: str, at: int) -> str:
    wrong = text[at : at + 2] if text[at : at + 2] in _INSTEAD else text[at]
    if wrong in _INSTEAD:
        return f"'{wrong}' has no place here: {_INSTEAD[wrong]}"
    if wrong.isspace():
        return f"a space of an unusual kind (U+{ord(wrong):04X}); write an ordinary one"
    if wrong.isalpha():
        return f"'{wrong}': names are written with a to z, digits and _"
    shown = f"'{wrong}'" if wrong.isprintable() else f"the character U+{ord(wrong):04X}"
    return f"{shown} has no place in an expression"
