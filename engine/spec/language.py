"""The small language with what a study adds to it: words of its tables, and functions of its own.

A parser sees names and calls only. Here the words by which tables are looked up are told from names, and calls of the
study's functions are replaced by what they stand for, so that every floor above sees ordinary trees.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.spec.expressions import (
    Binary,
    Call,
    Compare,
    Expression,
    ExpressionError,
    KeyShape,
    Logic,
    Name,
    TableShape,
    Unary,
    Word,
    children,
    parse_expression,
)
from engine.spec.schema import Model
from engine.spec.tables import TableData

MOST_PARTS = 2000
"""Of an expression in which functions have been written out."""
HIGHEST = 300
"""Levels of a tree in which functions have been written out: what walks it recursively stays within Python's stack."""


class Body(NamedTuple):
    """A function of the study."""

    arguments: tuple[str, ...]
    tree: Expression


@dataclass
class Language:
    """Parses expressions of one study."""

    tables: Mapping[str, TableShape]
    functions: Mapping[str, Body]
    _trees: dict[str | float, Expression] = field(default_factory=dict, repr=False)

    def written(self, text: str | int | float) -> Expression:
        """The tree as it is written: words of tables are `Word`, functions of the study are still calls.

        Raises
        ------
        ExpressionError : with the 0-based offset of the mistake.
        """
        return with_words(parse_expression(text), self.tables)

    def tree(self, text: str | int | float) -> Expression:
        """The tree with every function of the study written out; what comes from one stands where it is called.

        Raises
        ------
        ExpressionError : as `written`; also functions that call themselves, or that become too large written out.
        """
        if text not in self._trees:
            self._trees[text] = _Expansion(self.functions).expand(self.written(text))
        return self._trees[text]


def language_of(model: Model, tables: Mapping[str, TableData]) -> Language:
    """The language of a study. Functions with mistakes in them are left out: they are told where they stand."""
    shapes = {
        name: TableShape(
            tuple(KeyShape(axis.name, axis.words or None) for axis in data.axes),
            tuple(data.columns),
        )
        for name, data in tables.items()
    }
    bodies = {}
    for name, function in model.functions.items():
        try:
            bodies[name] = Body(function.arguments, with_words(parse_expression(function.value), shapes))
        except ExpressionError:
            continue
    return Language(shapes, bodies)


def with_words(node: Expression, tables: Mapping[str, TableShape]) -> Expression:
    """A tree in which columns and words of tables are told from names."""
    match node:
        case Call():
            shape = tables.get(node.function)
            arguments = []
            for k, argument in enumerate(node.arguments):
                arguments.append(
                    Word(argument.name, argument.at)
                    if isinstance(argument, Name) and shape is not None and _is_word(shape, k)
                    else with_words(argument, tables)
                )
            return replace(node, arguments=tuple(arguments))
        case Binary() | Compare() | Logic():
            return replace(node, left=with_words(node.left, tables), right=with_words(node.right, tables))
        case Unary():
            return replace(node, operand=with_words(node.operand, tables))
    return node


def _is_word(shape: TableShape, position: int) -> bool:
    return position >= len(shape.keys) or shape.keys[position].words is not None


class _Measured(NamedTuple):
    """A tree in which functions are written out, how many parts it has, and how many levels."""

    tree: Expression
    size: int
    height: int


class _Expansion:
    """Writes functions out in one tree, and stops before it becomes too large."""

    def __init__(self, functions: Mapping[str, Body]) -> None:
        self.functions = functions
        self.calls: list[str] = []
        self.level = 0

    def expand(self, tree: Expression) -> Expression:
        return self._expand(tree, {}, None).tree

    def _expand(self, node: Expression, given: Mapping[str, _Measured], at: int | None) -> _Measured:
        """
        Parameters
        ----------
        given : what the arguments of the function that is being written out stand for.
        at : where that function is called; None outside functions.
        """
        if isinstance(node, Name) and node.name in given:
            return given[node.name]
        place = node.at if at is None else at
        self.level += 1
        parts = []
        if self.level <= HIGHEST:
            for child in children(node):
                parts.append(self._expand(child, given, at))
        size = 1 + sum(part.size for part in parts)
        height = 1 + max((part.height for part in parts), default=0)
        if size > MOST_PARTS or max(height, self.level) > HIGHEST:
            message = f"more than {MOST_PARTS} parts, or {HIGHEST} levels, once its functions are written out"
            raise ExpressionError(f"{message}; give some of it a name under definitions", place)
        if isinstance(node, Call) and node.function in self.functions:
            result = self._call(node.function, parts, place)
        else:
            result = _Measured(_rebuilt(node, [part.tree for part in parts], place), size, height)
        self.level -= 1
        return result

    def _call(self, name: str, arguments: list[_Measured], place: int) -> _Measured:
        body = self.functions[name]
        if name in self.calls:
            raise ExpressionError(f"circular function: {' -> '.join([*self.calls, name])}", place)
        if len(arguments) != len(body.arguments):
            raise ExpressionError(f"{name} takes {len(body.arguments)} arguments, not {len(arguments)}", place)
        self.calls.append(name)
        result = self._expand(body.tree, dict(zip(body.arguments, arguments, strict=True)), place)
        self.calls.pop()
        return result


def _rebuilt(node: Expression, parts: list[Expression], at: int) -> Expression:
    match node:
        case Call():
            return replace(node, arguments=tuple(parts), at=at)
        case Binary() | Compare() | Logic():
            return replace(node, left=parts[0], right=parts[1], at=at)
        case Unary():
            return replace(node, operand=parts[0], at=at)
    return replace(node, at=at)
