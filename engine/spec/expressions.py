"""The small language: text -> tree. Nothing is ever evaluated here, and no text becomes Python.

A tokenizer and a Pratt parser of our own; the tree holds numbers, names, operators and calls of the functions in
`FUNCTIONS`, of the study's tables or of the study's own functions, and nothing else. There are no strings, attributes,
subscripts or assignments, so there is no road from an expression to the interpreter. Size and nesting are limited
before any work is done.

Lowest to highest: `or`, `and`, `not`, one comparison, `+ -`, `* /`, unary `-`, `^` (from the right).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, NamedTuple, TypeAlias

from engine.spec.tokens import ExpressionError, Token, comma_error, split_tokens

__all__ = [
    "BUILTIN_NAMES",
    "FADE_FUNCTIONS",
    "FUNCTIONS",
    "TIME_LAWS",
    "Binary",
    "Call",
    "Compare",
    "Expression",
    "ExpressionError",
    "Function",
    "KeyShape",
    "Kind",
    "Logic",
    "Name",
    "Number",
    "TableShape",
    "Unary",
    "Word",
    "calls_in",
    "check_expression",
    "children",
    "kind_of",
    "names_in",
    "nearest",
    "parse_expression",
    "walk",
]

MAX_CHARACTERS = 2000
MAX_NODES = 500
MAX_DEPTH = 40
"""Nesting of operands, brackets and calls. A long sum or product is not nested: its tree leans left, up to 250 deep."""

BUILTIN_NAMES = ("age", "year", "cycle", "time", "time_in_state", "cycle_length")
"""Names that the clock of the model gives: years of age, calendar year, 0, 1, .., years from start, years since the
state was entered, years per cycle."""
FADE_FUNCTIONS = ("exponential", "linear", "step")
"""Functions of the time since an effect's start; they mean something only in a fade-out."""

TIME_LAWS = {
    "weibull": ("shape", "scale"),
    "gompertz": ("shape", "rate"),
    "log_logistic": ("shape", "scale"),
    "lognormal": ("meanlog", "sdlog"),
}
"""Laws of the time to an event and their two parameters; each has a function `.._survival` and a function `.._prob`."""


class Function(NamedTuple):
    name: str
    minimum: int
    """Fewest arguments."""
    maximum: int | None
    """Most arguments; None where there is no limit."""
    meaning: str


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("min", 2, None, "min(a, b, ...): the smallest"),
        Function("max", 2, None, "max(a, b, ...): the largest"),
        Function("exp", 1, 1, "exp(x): e to the power x"),
        Function("log", 1, 1, "log(x): natural logarithm"),
        Function("sqrt", 1, 1, "sqrt(x): square root"),
        Function("abs", 1, 1, "abs(x): size without sign"),
        Function("where", 3, 3, "where(condition, a, b): a where the condition holds, else b"),
        Function("clip", 3, 3, "clip(x, low, high): x, held within low and high"),
        Function("prob_to_rate", 1, 2, "prob_to_rate(p, t=1): -log(1 - p) / t, rate per year of p over t years"),
        Function("rate_to_prob", 1, 2, "rate_to_prob(r, t=1): 1 - exp(-r t), probability over t years of rate r"),
        Function("prob_to_prob", 3, 3, "prob_to_prob(p, from, to): p over `from` years, brought to `to` years"),
        Function("prob_to_odds", 1, 1, "prob_to_odds(p): p / (1 - p)"),
        Function("odds_to_prob", 1, 1, "odds_to_prob(o): o / (1 + o)"),
        Function("logit", 1, 1, "logit(p): log(p / (1 - p))"),
        Function("logistic", 1, 1, "logistic(x): 1 / (1 + exp(-x))"),
        Function("hazard_ratio_on_prob", 2, 2, "hazard_ratio_on_prob(p, hr): 1 - (1 - p)^hr"),
        *(
            Function(f"{law}_survival", 3, 3, f"{law}_survival(t, {a}, {b}): share free of the event after t years")
            for law, (a, b) in TIME_LAWS.items()
        ),
        *(
            Function(
                f"{law}_prob",
                4,
                4,
                f"{law}_prob(from, to, {a}, {b}): probability of the event between two times, in years",
            )
            for law, (a, b) in TIME_LAWS.items()
        ),
        Function("normal_cdf", 1, 1, "normal_cdf(z): probability that a standard normal number is at most z"),
        Function("floor", 1, 1, "floor(x): the largest whole number not above x"),
        Function("exponential", 1, 1, "exponential(half_life): 0.5^(t / half_life), t years since the effect's start"),
        Function("linear", 1, 1, "linear(years): max(0, 1 - t / years), t years since the effect's start"),
        Function("step", 1, 1, "step(years): 1 while t < years, then 0, t years since the effect's start"),
    )
}


# ---------------------------------------------------------------- the tree
# `at` is the 0-based offset in the text: of the operator, of the function's name, of the name or number. It takes no
# part in comparison, so that equal expressions are equal wherever they stand.


@dataclass(frozen=True)
class Number:
    value: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Name:
    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Word:
    """A table's column, or a word that it is looked up by. A parser sees a `Name`; `language.py` knows better."""

    word: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Call:
    function: str
    """A key of `FUNCTIONS`, a table, or a function of the study."""
    arguments: tuple[Expression, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Unary:
    op: Literal["-", "not"]
    operand: Expression
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Binary:
    op: Literal["+", "-", "*", "/", "^"]
    left: Expression
    right: Expression
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Compare:
    op: Literal["<", "<=", ">", ">=", "==", "!="]
    left: Expression
    right: Expression
    at: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Logic:
    op: Literal["and", "or"]
    left: Expression
    right: Expression
    at: int = field(default=0, compare=False)


Expression: TypeAlias = Number | Name | Word | Call | Unary | Binary | Compare | Logic
Kind: TypeAlias = Literal["number", "condition"]


class KeyShape(NamedTuple):
    """One key of a table."""

    name: str
    words: tuple[str, ...] | None = None
    """Words that it is looked up by; None where it is a number."""


class TableShape(NamedTuple):
    """What a call of a table must look like."""

    keys: tuple[KeyShape, ...]
    columns: tuple[str, ...]

    @property
    def example(self) -> str:
        """Arguments as they are written: `age, woman, rate`."""
        keys = [key.name if key.words is None else key.words[0] for key in self.keys]
        return ", ".join([*keys, *self.columns[:1]] if len(self.columns) > 1 else keys)


def children(node: Expression) -> tuple[Expression, ...]:
    """What a node is made of, in the order written."""
    match node:
        case Binary() | Compare() | Logic():
            return (node.left, node.right)
        case Unary():
            return (node.operand,)
        case Call():
            return node.arguments
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node, a parent before its children, in the order written. Without recursion."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def kind_of(node: Expression) -> Kind:
    """What a node yields. No operator takes both kinds, so the node alone tells."""
    if isinstance(node, Compare | Logic) or (isinstance(node, Unary) and node.op == "not"):
        return "condition"
    return "number"


def names_in(expression: Expression) -> dict[str, int]:
    """Free names and where each stands first; functions, tables and words of tables are no names in this sense."""
    names: dict[str, int] = {}
    for node in walk(expression):
        if isinstance(node, Name):
            names[node.name] = min(node.at, names.get(node.name, node.at))
    return names


def calls_in(expression: Expression) -> dict[str, int]:
    """Functions and tables that are called, and where each stands first."""
    calls: dict[str, int] = {}
    for node in walk(expression):
        if isinstance(node, Call):
            calls[node.function] = min(node.at, calls.get(node.function, node.at))
    return calls


# ---------------------------------------------------------------- tokens -> tree

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _MINUS, _POWER = range(1, 9)
_BINDING = {
    "or": _OR,
    "and": _AND,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARISON),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/"), _PRODUCT),
    "^": _POWER,
}


class _Parser:
    """One pass over the tokens; every recursion counts as nesting, so depth is bounded by `MAX_DEPTH`."""

    def __init__(self, text: str) -> None:
        self.tokens = split_tokens(text)
        self.position = 0
        self.depth = 0
        self.nodes = 0

    def parse(self) -> Expression:
        tree = self._expression(0)
        if self._next.kind != "end":
            raise self._unexpected()
        return tree

    @property
    def _next(self) -> Token:
        return self.tokens[self.position]

    def _take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def _accept(self, operator: str) -> bool:
        if self._next.kind == "operator" and self._next.text == operator:
            self.position += 1
            return True
        return False

    def _count(self, at: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError(f"more than {MAX_NODES} parts; give some of them a name under definitions", at)

    def _expression(self, binding: int) -> Expression:
        """An operand and all operators after it that bind tighter than `binding`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                f"nested more than {MAX_DEPTH} deep; give some of it a name under definitions", self._next.at
            )
        left = self._operand()
        compared = False
        while self._next.kind == "operator" and _BINDING.get(self._next.text, 0) > binding:
            operator = self._take()
            own = _BINDING[operator.text]
            if own == _COMPARISON and compared:
                raise ExpressionError("comparisons cannot be chained; write a < b and b < c", operator.at)
            compared = own == _COMPARISON
            # A power takes its right side from the right: 2^3^2 = 2^9.
            right = self._expression(own - 1 if own == _POWER else own)
            self._count(operator.at)
            left = _join(operator, left, right)
        self.depth -= 1
        return left

    def _operand(self) -> Expression:
        token = self._take()
        self._count(token.at)
        match token:
            case Token(kind="number"):
                return Number(token.value, token.at)
            case Token(kind="name"):
                return self._call(token) if self._accept("(") else Name(token.text, token.at)
            case Token(kind="operator", text="("):
                inner = self._expression(0)
                self._close(token)
                return inner
            case Token(kind="operator", text="-"):
                return Unary("-", self._expression(_MINUS), token.at)
            case Token(kind="operator", text="not"):
                return Unary("not", self._expression(_NOT), token.at)
            case Token(kind="operator", text="+"):
                raise ExpressionError("'+' stands between two values; leave it out before a single one", token.at)
        self.position -= 1
        raise self._unexpected()

    def _call(self, name: Token) -> Call:
        bracket = self.tokens[self.position - 1]
        arguments: list[Expression] = []
        if not self._accept(")"):
            arguments.append(self._expression(0))
            while self._accept(","):
                arguments.append(self._expression(0))
            self._close(bracket)
        return Call(name.text, tuple(arguments), name.at)

    def _close(self, bracket: Token) -> None:
        if self._accept(")"):
            return
        if self._next.kind == "end":
            raise ExpressionError("this bracket is never closed", bracket.at)
        raise self._unexpected()

    def _unexpected(self) -> ExpressionError:
        """What is wrong with the next token."""
        token = self._next
        before = self.tokens[self.position - 1] if self.position else None
        after = self.tokens[self.position + 1] if self.position + 1 < len(self.tokens) else None
        if token.kind == "end":
            return ExpressionError("ends too early; a value is missing" if before else "nothing is written", token.at)
        if token.text == "," and before and after and before.kind == after.kind == "number":
            return comma_error(before.text, after.text, before.at)
        if before is not None and (before.kind in ("number", "name") or before.text == ")"):
            if token.text == ")":
                return ExpressionError("this bracket was never opened", token.at)
            if token.text == ",":
                return ExpressionError("a comma parts the arguments of a function, and there is none here", token.at)
            if before.text in ("if", "lambda", "else", "for", "in", "is", "import") or token.text in ("if", "else"):
                return ExpressionError("write where(condition, a, b) for a choice between two values", token.at)
            return ExpressionError(f"an operator such as * is missing before '{token.text}'", token.at)
        return ExpressionError(f"a value is missing before '{token.text}'", token.at)


def _join(operator: Token, left: Expression, right: Expression) -> Expression:
    match operator.text:
        case ("+" | "-" | "*" | "/" | "^") as op:
            return Binary(op, left, right, operator.at)
        case ("<" | "<=" | ">" | ">=" | "==" | "!=") as op:
            return Compare(op, left, right, operator.at)
        case ("and" | "or") as op:
            return Logic(op, left, right, operator.at)
    raise AssertionError(operator.text)


def parse_expression(text: str | int | float) -> Expression:
    """The tree of an expression; a number stands for itself.

    Raises
    ------
    ExpressionError : with the 0-based offset of the mistake. Nothing else is ever raised.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ExpressionError(f"write a number or a formula, not {str(text).lower()[:40]}", 0)
    if not isinstance(text, str):
        try:
            value = float(text)
        except OverflowError:
            value = math.inf
        if not math.isfinite(value):
            raise ExpressionError("not a finite number", 0)
        return Number(value, 0)
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            f"{len(text)} characters, at most {MAX_CHARACTERS}; give some of it a name under definitions",
            MAX_CHARACTERS,
        )
    return _Parser(text).parse()


# ---------------------------------------------------------------- does it mean anything?


def nearest(name: str, known: Iterable[str]) -> str:
    """Sentence that helps from a wrong name to the right one; begins with a space, or is empty."""
    names = sorted(set(known))
    if close := get_close_matches(name.lower(), names, n=1, cutoff=0.6):
        return f" Did you mean '{close[0]}'?"
    if 0 < len(names) <= 12:
        return f" Known: {', '.join(names)}."
    return ""


def check_expression(
    expression: Expression,
    *,
    names: Collection[str],
    tables: Mapping[str, TableShape],
    functions: Mapping[str, tuple[str, ...]] | None = None,
    expect: Kind,
) -> list[ExpressionError]:
    """Every mistake in a tree, in the order written.

    Parameters
    ----------
    names : names that may stand here, those of `BUILTIN_NAMES` among them where the clock may be used.
    tables : keys and value columns of each table.
    functions : arguments of each function of the study.
    expect : what the whole must yield.
    """
    problems: list[ExpressionError] = []
    words: set[int] = set()
    own = functions or {}
    _require(expression, expect, "here", problems)
    for node in walk(expression):
        match node:
            case Name() if id(node) not in words:
                if node.name not in names:
                    problems.append(ExpressionError(_unknown_name(node.name, names, tables, own), node.at))
            case Call():
                if node.function in FUNCTIONS:
                    _check_function(node, problems)
                elif node.function in tables:
                    words.update(_check_table(node, tables[node.function], problems))
                elif node.function in own:
                    _check_own_function(node, own[node.function], problems)
                else:
                    problems.append(ExpressionError(_unknown_function(node.function, names, [*tables, *own]), node.at))
            case Compare() | Binary():
                _require(node.left, "number", f"before '{node.op}'", problems)
                _require(node.right, "number", f"after '{node.op}'", problems)
            case Logic():
                _require(node.left, "condition", f"before '{node.op}'", problems)
                _require(node.right, "condition", f"after '{node.op}'", problems)
            case Unary():
                needed: Kind = "number" if node.op == "-" else "condition"
                _require(node.operand, needed, f"after '{node.op}'", problems)
            case _:
                pass
    return sorted(problems, key=lambda p: p.at)


def _require(node: Expression, needed: Kind, where: str, problems: list[ExpressionError]) -> None:
    if kind_of(node) == needed:
        return
    if needed == "number":
        message = f"a number is needed {where}, and this is a condition; write where(condition, 1, 0) to count it"
    else:
        message = f"a condition such as 'age < 20' is needed {where}, and this is a number"
    problems.append(ExpressionError(message, node.at))


def _unknown_name(
    name: str,
    names: Collection[str],
    tables: Mapping[str, TableShape],
    functions: Mapping[str, tuple[str, ...]],
) -> str:
    if name in tables:
        return f"'{name}' is a table; write {name}({tables[name].example})"
    if name in functions:
        return f"'{name}' is a function; write {name}({', '.join(functions[name])})"
    if name in FUNCTIONS:
        return f"'{name}' is a function; write {FUNCTIONS[name].meaning.split(':')[0]}"
    if name in BUILTIN_NAMES:
        return f"'{name}' belongs to the clock of the model and cannot be used here"
    return f"unknown name '{name}'.{nearest(name, names)}"


def _unknown_function(name: str, names: Collection[str], known: Iterable[str]) -> str:
    if name in names:
        return f"'{name}' is a number, not a function or a table; a product is written with *"
    if name == "if":
        return "write where(condition, a, b) for a choice between two values"
    if name in ("ln", "pow", "power"):
        return f"unknown function '{name}'. " + ("Write log(x)." if name == "ln" else "Write x ^ y.")
    return f"unknown function or table '{name}'.{nearest(name, [*FUNCTIONS, *known])}"


def _check_function(node: Call, problems: list[ExpressionError]) -> None:
    function, count = FUNCTIONS[node.function], len(node.arguments)
    if count < function.minimum or (function.maximum is not None and count > function.maximum):
        message = f"{function.name} takes {_arity(function)}, not {count}: {function.meaning}"
        if count > function.minimum and sum(isinstance(a, Number) for a in node.arguments) >= 2:
            message += " (decimals take a point, 0.5)"
        problems.append(ExpressionError(message, node.at))
        return
    for position, argument in enumerate(node.arguments):
        needed: Kind = "condition" if node.function == "where" and position == 0 else "number"
        _require(argument, needed, f"as argument {position + 1} of {function.name}", problems)


def _arity(function: Function) -> str:
    if function.maximum is None:
        return f"at least {function.minimum} arguments"
    if function.minimum == function.maximum:
        return "1 argument" if function.minimum == 1 else f"{function.minimum} arguments"
    return f"{function.minimum} or {function.maximum} arguments"


def _check_own_function(node: Call, arguments: tuple[str, ...], problems: list[ExpressionError]) -> None:
    wanted, count = len(arguments), len(node.arguments)
    if count != wanted:
        number = "1 argument" if wanted == 1 else f"{wanted} arguments"
        message = f"{node.function} takes {number}, not {count}: {node.function}({', '.join(arguments)})"
        problems.append(ExpressionError(message, node.at))
        return
    for name, argument in zip(arguments, node.arguments, strict=True):
        _require(argument, "number", f"as `{name}` of {node.function}", problems)


def _check_table(node: Call, shape: TableShape, problems: list[ExpressionError]) -> list[int]:
    """Mistakes in the call of a table; the identities of arguments that are words and no names."""
    table, count = node.function, len(shape.keys)
    written = f"{table}({shape.example})"
    if len(node.arguments) not in (count, count + 1):
        keys = "a key" if count == 1 else f"{count} keys ({', '.join(key.name for key in shape.keys)})"
        message = f"table {table} takes {keys} and, where there are several, a column: {written}"
        problems.append(ExpressionError(message, node.at))
        return [id(argument) for argument in node.arguments[1:]]
    words = []
    for key, argument in zip(shape.keys, node.arguments, strict=False):
        if key.words is None:
            if isinstance(argument, Word):
                message = f"{key.name} of table {table} is a number, and '{argument.word}' is a word"
                problems.append(ExpressionError(message, argument.at))
            _require(argument, "number", f"as {key.name if count > 1 else 'key'} of table {table}", problems)
            continue
        words.append(id(argument))
        word = _word(argument)
        if word is None:
            message = f"{key.name} of table {table} is a word, one of {', '.join(key.words)}"
            problems.append(ExpressionError(message, argument.at))
        elif word not in key.words:
            message = f"table {table} has no {key.name} '{word}'.{nearest(word, key.words)}"
            problems.append(ExpressionError(message, argument.at))
    if len(node.arguments) == count:
        if len(shape.columns) > 1:
            message = f"table {table} has the columns {', '.join(shape.columns)}; say which: {written}"
            problems.append(ExpressionError(message, node.at))
        return words
    column = node.arguments[-1]
    words.append(id(column))
    word = _word(column)
    if word is None:
        message = f"the column of table {table} is a name, one of {', '.join(shape.columns)}"
        problems.append(ExpressionError(message, column.at))
    elif word not in shape.columns:
        message = f"table {table} has no column '{word}'.{nearest(word, shape.columns)}"
        problems.append(ExpressionError(message, column.at))
    return words


def _word(node: Expression) -> str | None:
    match node:
        case Word(word) | Name(word):
            return word
    return None
