"""Declared uncertainty: `lognormal(mean=1.35, q95=1.8)` -> a law with the parameters of its family.

Analysts state moments and quantiles; the families are solved for them here, in closed form and in plain Python.
What no such law can have is refused with what would be possible. Quantile functions are in `model/parameters.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import NamedTuple, NoReturn, TypeAlias

from engine.spec.expressions import nearest
from engine.spec.laws import Law, mass_outside, normal_share, point
from engine.spec.tokens import ExpressionError, comma_error, read_number

__all__ = ["EXAMPLES", "FAMILIES", "Law", "LawError", "mass_outside", "parse_law", "point"]

Z95 = 1.6448536269514727
"""95 % quantile of the standard normal law."""
MAX_CHARACTERS = 2000
SMALLEST_SHARE = 1e-9
"""Least share of a normal law that a truncation may keep. Less says that the bounds are mistaken; and below it the
closed form of the standard deviation loses digits."""

NARROWEST = {"gamma": 1e6, "beta": 1e10}
"""Largest shape (sum of both for beta). scipy 1.17 inverts the incomplete gamma function without error at 1e6, and at
1e7 with jumps of a hundredth of the standard deviation; the beta function loses its ninth digit at 1e10."""


class LawError(ValueError):
    """A mistake in a law; `at` is its 0-based offset in the text."""

    def __init__(self, message: str, at: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


# ---------------------------------------------------------------- spellings


class _Impossible(Exception):
    """Arguments that no law of the family can have."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(message)
        self.argument = argument
        self.message = message


Builder: TypeAlias = Callable[[Mapping[str, float]], Law]


class Spelling(NamedTuple):
    """One way of stating a family."""

    arguments: tuple[str, ...]
    build: Builder
    optional: Mapping[str, float] = {}

    def written(self, family: str) -> str:
        return f"{family}({', '.join(f'{a}=' for a in self.arguments)})"


def _positive(a: Mapping[str, float], *names: str) -> None:
    for name in names:
        if not a[name] > 0:
            raise _Impossible(name, f"{name} must be above 0, not {a[name]:g}")


def _rising(a: Mapping[str, float], *names: str) -> None:
    for lower, upper in pairwise(names):
        if a[lower] > a[upper]:
            raise _Impossible(upper, f"{upper} must not be below {lower}: {a[lower]:g} > {a[upper]:g}")
    if a[names[0]] == a[names[-1]]:
        message = f"{names[0]} and {names[-1]} are equal, so nothing is uncertain; leave the law out"
        raise _Impossible(names[-1], message)


def _point(a: Mapping[str, float]) -> Law:
    return point(a["value"])


def _uniform(a: Mapping[str, float]) -> Law:
    _rising(a, "low", "high")
    return Law("uniform", (a["low"], a["high"]))


def _normal(a: Mapping[str, float]) -> Law:
    _positive(a, "sd")
    return Law("normal", (a["mean"], a["sd"]))


def _lognormal_mean_sd(a: Mapping[str, float]) -> Law:
    _positive(a, "mean", "sd")
    variance = math.log1p((a["sd"] / a["mean"]) ** 2)
    return Law("lognormal", (math.log(a["mean"]) - variance / 2, math.sqrt(variance)))


def _lognormal_mean_q95(a: Mapping[str, float]) -> Law:
    """ln q95 = ln mean - sigma^2/2 + z sigma; of two roots the smaller, the other has q95 far out in a heavy tail."""
    _positive(a, "mean", "q95")
    distance = math.log(a["q95"]) - math.log(a["mean"])
    farthest = Z95 * Z95 / 2
    if distance <= 0:
        raise _Impossible("q95", f"q95 must be above the mean, {a['mean']:g}, not {a['q95']:g}")
    if distance > farthest:
        limit = a["mean"] * math.exp(farthest)
        message = f"no lognormal law with mean {a['mean']:g} has a q95 above {limit:.4g}, and this is {a['q95']:g}"
        raise _Impossible("q95", message)
    sigma = 2 * distance / (Z95 + math.sqrt(Z95 * Z95 - 2 * distance))
    return Law("lognormal", (math.log(a["mean"]) - sigma * sigma / 2, sigma))


def _lognormal_median_sigma(a: Mapping[str, float]) -> Law:
    _positive(a, "median", "sigma")
    return Law("lognormal", (math.log(a["median"]), a["sigma"]))


def _lognormal_median_q95(a: Mapping[str, float]) -> Law:
    _positive(a, "median", "q95")
    if a["q95"] <= a["median"]:
        raise _Impossible("q95", f"q95 must be above the median, {a['median']:g}, not {a['q95']:g}")
    return Law("lognormal", (math.log(a["median"]), math.log(a["q95"] / a["median"]) / Z95))


def _lognormal_q05_q95(a: Mapping[str, float]) -> Law:
    _positive(a, "q05", "q95")
    if a["q95"] <= a["q05"]:
        raise _Impossible("q95", f"q95 must be above q05, {a['q05']:g}, not {a['q95']:g}")
    low, high = math.log(a["q05"]), math.log(a["q95"])
    return Law("lognormal", ((low + high) / 2, (high - low) / 2 / Z95))


def _beta_mean_sd(a: Mapping[str, float]) -> Law:
    mean, sd = a["mean"], a["sd"]
    if not 0 < mean < 1:
        raise _Impossible("mean", f"a beta law lies between 0 and 1, so its mean does too, not {mean:g}")
    _positive(a, "sd")
    largest = math.sqrt(mean * (1 - mean))
    if sd >= largest:
        message = f"a beta law with mean {mean:g} has an sd below {_rounded_down(largest)}, not {sd:g}"
        raise _Impossible("sd", message)
    total = mean * (1 - mean) / (sd * sd) - 1
    return Law("beta", (mean * total, (1 - mean) * total, 0.0, 1.0))


def _beta_counts(a: Mapping[str, float]) -> Law:
    _positive(a, "successes", "failures")
    return Law("beta", (a["successes"], a["failures"], 0.0, 1.0))


def _gamma_mean_sd(a: Mapping[str, float]) -> Law:
    _positive(a, "mean", "sd")
    return Law("gamma", ((a["mean"] / a["sd"]) ** 2, a["sd"] * (a["sd"] / a["mean"])))


def _gamma_shape_scale(a: Mapping[str, float]) -> Law:
    _positive(a, "shape", "scale")
    return Law("gamma", (a["shape"], a["scale"]))


def _triangular(a: Mapping[str, float]) -> Law:
    _rising(a, "low", "mode", "high")
    return Law("triangular", (a["low"], a["mode"], a["high"]))


def _pert(a: Mapping[str, float]) -> Law:
    """Beta law with the mode given and mean (low + lambda mode + high) / (lambda + 2)."""
    _rising(a, "low", "mode", "high")
    _positive(a, "lambda")
    low, mode, high = a["low"], a["mode"], a["high"]
    alpha = 1 + a["lambda"] * (mode - low) / (high - low)
    beta = 1 + a["lambda"] * (high - mode) / (high - low)
    return Law("beta", (alpha, beta, low, high))


def _truncated_normal(a: Mapping[str, float]) -> Law:
    _positive(a, "sd")
    _rising(a, "low", "high")
    share = normal_share((a["low"] - a["mean"]) / a["sd"], (a["high"] - a["mean"]) / a["sd"])
    if share < SMALLEST_SHARE:
        message = f"a normal law with mean {a['mean']:g} and sd {a['sd']:g} has only {share:.1g} of its mass there"
        raise _Impossible("low", message)
    return Law("truncated_normal", (a["mean"], a["sd"], a["low"], a["high"]))


def _rounded_down(x: float) -> str:
    """Four significant digits, never more than `x`: what is stated as possible must be possible."""
    place = 10.0 ** (math.floor(math.log10(x)) - 3)
    return f"{math.floor(x / place) * place:.4g}"


FAMILIES: dict[str, tuple[Spelling, ...]] = {
    "point": (Spelling(("value",), _point),),
    "uniform": (Spelling(("low", "high"), _uniform),),
    "normal": (Spelling(("mean", "sd"), _normal),),
    "lognormal": (
        Spelling(("mean", "sd"), _lognormal_mean_sd),
        Spelling(("mean", "q95"), _lognormal_mean_q95),
        Spelling(("median", "sigma"), _lognormal_median_sigma),
        Spelling(("median", "q95"), _lognormal_median_q95),
        Spelling(("q05", "q95"), _lognormal_q05_q95),
    ),
    "beta": (Spelling(("mean", "sd"), _beta_mean_sd), Spelling(("successes", "failures"), _beta_counts)),
    "gamma": (Spelling(("mean", "sd"), _gamma_mean_sd), Spelling(("shape", "scale"), _gamma_shape_scale)),
    "triangular": (Spelling(("low", "mode", "high"), _triangular),),
    "pert": (Spelling(("low", "mode", "high"), _pert, {"lambda": 4.0}),),
    "truncated_normal": (Spelling(("mean", "sd", "low", "high"), _truncated_normal),),
}
"""Every way of stating a law, but for `discrete([values], [weights])` and `empirical(table, column)`. A family with
several spellings takes its arguments by name only: gamma(2, 3) would leave open what is meant."""

EXAMPLES = {"discrete": "discrete([values], [weights])", "empirical": "empirical(table, column)"}


# ---------------------------------------------------------------- text -> call


class _Word(NamedTuple):
    text: str


_Value: TypeAlias = float | tuple[float, ...] | _Word


class _Argument(NamedTuple):
    name: str | None
    value: _Value
    at: int
    """Offset of the value."""
    name_at: int


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SPACE = re.compile(r"[ \t\r\n]*")
_ARITHMETIC = re.compile(r"[-+*/^(]")


class _Reader:
    """Reads `family(argument, name=argument, ...)` from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def call(self) -> tuple[str, int, list[_Argument]]:
        self._skip()
        family, family_at = self._name("the name of a law, such as normal(mean, sd)"), self.at
        self.at += len(family)
        known = {*FAMILIES, *EXAMPLES}
        if family not in known:
            raise LawError(f"unknown law '{family[:64]}'.{nearest(family[:64], known)}", family_at)
        if not self._accept("("):
            raise LawError(f"arguments in brackets are missing; write {_ways(family)}", self.at)
        opened = self.at - 1
        arguments: list[_Argument] = []
        if not self._accept(")"):
            while True:
                arguments.append(self._argument(arguments))
                if self._accept(")"):
                    break
                if not self._accept(","):
                    self._fail(opened)
        self._skip()
        if self.at < len(self.text):
            raise LawError(f"nothing may follow the closing bracket, and here is '{self.text[self.at]}'", self.at)
        return family, family_at, arguments

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _accept(self, sign: str) -> bool:
        self._skip()
        if self.text.startswith(sign, self.at):
            self.at += 1
            return True
        return False

    def _name(self, wanted: str) -> str:
        found = _NAME.match(self.text, self.at)
        if found is None:
            raise LawError(f"here should be {wanted}", self.at)
        return found.group()

    def _fail(self, opened: int) -> NoReturn:
        if self.at >= len(self.text):
            raise LawError("this bracket is never closed", opened)
        if _ARITHMETIC.match(self.text, self.at):
            raise LawError("the arguments of a law are plain numbers; calculate in a definition", self.at)
        raise LawError(f"',' or ')' should be here, not '{self.text[self.at]}'", self.at)

    def _argument(self, before: list[_Argument]) -> _Argument:
        glued = self.text[self.at - 1 : self.at] == ","
        self._skip()
        start = self.at
        if (found := _NAME.match(self.text, self.at)) is not None:
            self.at = found.end()
            if self._accept("="):
                self._skip()
                at = self.at
                return _Argument(found.group(), self._value(), at, start)
            self.at = start
        if before and before[-1].name is not None:
            after_comma = re.match(r"[0-9]+", self.text[start:])
            last = re.search(r"[0-9]+,$", self.text[:start])
            if glued and after_comma and last:
                raise _as_law_error(comma_error(last.group()[:-1], after_comma.group(), last.start()))
            raise LawError("an argument without a name cannot follow one with a name", start)
        return _Argument(None, self._value(), start, start)

    def _value(self) -> _Value:
        self._skip()
        if self._accept("["):
            return self._list(self.at - 1)
        if (found := _NAME.match(self.text, self.at)) is not None:
            self.at = found.end()
            return _Word(found.group())
        return self._number()

    def _list(self, opened: int) -> tuple[float, ...]:
        numbers: list[float] = []
        if self._accept("]"):
            return ()
        while True:
            self._skip()
            numbers.append(self._number())
            if self._accept("]"):
                return tuple(numbers)
            if not self._accept(","):
                self._fail(opened)

    def _number(self) -> float:
        start = self.at
        negative = self._accept("-")
        self._skip()
        try:
            token = read_number(self.text, self.at)
        except ExpressionError as error:
            raise _as_law_error(error) from None
        if token is None:
            if start >= len(self.text):
                raise LawError("ends too early; a value is missing", start)
            found = self.text[start]
            advice = "write an ordinary minus, -" if found in "−–" else "a number should be here"
            raise LawError(f"{advice}, not '{found}'" if found in ",)]=" else f"'{found}': {advice}", start)
        self.at += len(token.text)
        return -token.value if negative else token.value


def _as_law_error(error: ExpressionError) -> LawError:
    return LawError(error.message, error.at)


# ---------------------------------------------------------------- call -> law


def parse_law(text: str, *, value: float, columns: Callable[[str, str], tuple[float, ...]] | None) -> Law:
    """The law that a text states.

    Parameters
    ----------
    text : `lognormal(mean=1.35, q95=1.8)` and its like; `FAMILIES` has all of them.
    value : the parameter's value, which a law with `relative=true` is multiplied by.
    columns : gives the values of a table's column to `empirical(table, column)`; a `KeyError` says that there is
        none, in a sentence if it has one.

    Raises
    ------
    LawError : with the 0-based offset of the mistake. Nothing else is ever raised.
    """
    if len(text) > MAX_CHARACTERS:
        raise LawError(f"{len(text)} characters, at most {MAX_CHARACTERS}; put the values into a table", 0)
    family, family_at, arguments = _Reader(text).call()
    arguments, relative = _relative(family, arguments)
    if relative is not None and value == 0:
        raise LawError("the value is 0, and a law relative to 0 is always 0", relative.at)
    try:
        if family == "discrete":
            return _discrete(_bind(family, family_at, ("values", "weights"), arguments))
        if family == "empirical":
            return _empirical(_bind(family, family_at, ("table", "column"), arguments), columns)
        law = _stated(family, family_at, arguments)
        if relative is not None:
            law = law.scaled(value)
        finite = math.isfinite(law.mean) and math.isfinite(law.sd) and (law.sd > 0 or family == "point")
        if not finite or (law.family == "lognormal" and law.parameters[0] + 9 * law.parameters[1] > 700):
            raise LawError("the numbers are too large or too small to calculate with", family_at)
    except (OverflowError, ZeroDivisionError):
        raise LawError("the numbers are too large or too small to calculate with", family_at) from None
    return law


def _relative(family: str, arguments: list[_Argument]) -> tuple[list[_Argument], _Argument | None]:
    """The other arguments, and `relative` if it is true."""
    found = [a for a in arguments if a.name == "relative"]
    if not found:
        return arguments, None
    first = found[0]
    if len(found) > 1:
        raise LawError("'relative' is given twice", found[1].name_at)
    if not isinstance(first.value, _Word) or first.value.text not in ("true", "false"):
        raise LawError("relative is true or false", first.at)
    if family in EXAMPLES:
        raise LawError(f"{family} states its values themselves and cannot be relative", first.name_at)
    return [a for a in arguments if a is not first], first if first.value.text == "true" else None


def _ways(family: str) -> str:
    if family in EXAMPLES:
        return EXAMPLES[family]
    return " or ".join(spelling.written(family) for spelling in FAMILIES[family])


def _bind(family: str, at: int, names: tuple[str, ...], arguments: list[_Argument]) -> dict[str, _Argument]:
    """Arguments by name, those without a name in order."""
    bound: dict[str, _Argument] = {}
    for position, argument in enumerate(arguments):
        if argument.name is None and position >= len(names):
            message = f"too many arguments; write {_ways(family)}"
            if all(isinstance(a.value, float) for a in arguments):
                message += ", with a point in decimals"
            raise LawError(message, argument.at)
        name = names[position] if argument.name is None else argument.name
        if name not in names:
            raise LawError(f"{family} has no argument '{name[:64]}'.{nearest(name[:64], names)}", argument.name_at)
        if name in bound:
            raise LawError(f"'{name}' is given twice", argument.name_at)
        bound[name] = argument
    if family in EXAMPLES and len(bound) < len(names):
        missing = [n for n in names if n not in bound]
        raise LawError(f"{' and '.join(missing)} missing; write {_ways(family)}", at)
    return bound


def _stated(family: str, at: int, arguments: list[_Argument]) -> Law:
    spellings = FAMILIES[family]
    names = tuple(dict.fromkeys(n for s in spellings for n in (*s.arguments, *s.optional)))
    if len(spellings) > 1 and any(a.name is None for a in arguments):
        unnamed = next(a for a in arguments if a.name is None)
        raise LawError(f"say what the number is: {_ways(family)}", unnamed.at)
    bound = _bind(family, at, names, arguments)
    spelling = next(
        (s for s in spellings if set(s.arguments) <= set(bound) <= {*s.arguments, *s.optional}),
        None,
    )
    if spelling is None:
        if len(spellings) > 1:
            given = ", ".join(bound) or "nothing"
            raise LawError(f"{given} does not make a {family} law; write {_ways(family)}", at)
        missing = [n for n in spellings[0].arguments if n not in bound]
        raise LawError(f"{' and '.join(missing)} missing; write {_ways(family)}", at)
    numbers = dict(spelling.optional)
    for name, argument in bound.items():
        if not isinstance(argument.value, float):
            raise LawError(f"{name} is a plain number", argument.at)
        numbers[name] = argument.value
    try:
        law = spelling.build(numbers)
    except _Impossible as impossible:
        where = bound.get(impossible.argument)
        raise LawError(impossible.message, where.at if where else at) from None
    shape = sum(law.parameters[:2]) if law.family == "beta" else law.parameters[0]
    if shape > NARROWEST.get(law.family, math.inf):
        message = f"so little spread makes a {family} law the same as a normal one; write normal(mean=, sd=)"
        raise LawError(message, at)
    return law


def _discrete(bound: Mapping[str, _Argument]) -> Law:
    values, weights = bound["values"].value, bound["weights"].value
    for name, given in (("values", values), ("weights", weights)):
        if not isinstance(given, tuple) or isinstance(given, _Word):
            raise LawError(f"{name} is a list of numbers in square brackets", bound[name].at)
    assert isinstance(values, tuple)
    assert isinstance(weights, tuple)
    numbers, shares = [float(v) for v in values], [float(w) for w in weights]
    at = bound["weights"].at
    if len(numbers) != len(shares):
        raise LawError(f"{len(numbers)} values, but {len(shares)} weights", at)
    if any(w < 0 for w in shares):
        raise LawError("a weight is a probability and cannot be negative", at)
    total = math.fsum(shares)
    if abs(total - 1) > 1e-9:
        raise LawError(f"weights are probabilities and add up to 1, not {total:.10g}", at)
    merged: dict[float, float] = {}
    for number, share in zip(numbers, shares, strict=True):
        if share > 0:
            merged[number] = merged.get(number, 0.0) + share / total
    if len(merged) < 2:
        raise LawError("only one value is possible, so nothing is uncertain; leave the law out", bound["values"].at)
    rising = sorted(merged)
    return _finite(Law("discrete", values=tuple(rising), weights=tuple(merged[v] for v in rising)), at)


def _empirical(bound: Mapping[str, _Argument], columns: Callable[[str, str], tuple[float, ...]] | None) -> Law:
    table, column = bound["table"].value, bound["column"].value
    for name, given in (("table", table), ("column", column)):
        if not isinstance(given, _Word):
            raise LawError(f"{name} is a name: {EXAMPLES['empirical']}", bound[name].at)
    assert isinstance(table, _Word)
    assert isinstance(column, _Word)
    if columns is None:
        raise LawError("there are no tables here", bound["table"].at)
    try:
        found = columns(table.text, column.text)
    except KeyError as error:
        told = error.args[0] if error.args else None
        # A bare key is what a plain mapping raises; a sentence was meant for the analyst.
        sentence = isinstance(told, str) and " " in told
        message = str(told) if sentence else f"there is no table '{table.text}' with a column '{column.text}'"
        raise LawError(message, bound["table"].at) from None
    values = tuple(sorted(float(v) for v in found))
    if not all(math.isfinite(v) for v in values):
        raise LawError(
            f"column {column.text} of table {table.text} has values that are not numbers", bound["column"].at
        )
    if len(values) < 2 or values[0] == values[-1]:
        message = f"column {column.text} of table {table.text} needs at least two different values"
        raise LawError(message, bound["column"].at)
    return _finite(Law("empirical", values=values), bound["column"].at)


def _finite(law: Law, at: int) -> Law:
    if not (math.isfinite(law.mean) and math.isfinite(law.sd)):
        raise LawError("the numbers are too large or too small to calculate with", at)
    return law
