"""What an expression is measured in: units followed through arithmetic.

A dimension is a product of powers of money, year, day, month and case. Numbers that are written out, counts and tables
can be anything, as 365 is in `prison_day * 365`: what is multiplied with one is not known any more, and is not judged.
So whatever is found is a mistake; not every mistake is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from engine.spec.expressions import Binary, Call, Compare, Expression, Logic, Name, Number, Unary, Word, kind_of
from engine.spec.units import Unit


class Dimension(NamedTuple):
    """Powers of what it is made of."""

    money: Fraction = Fraction(0)
    year: Fraction = Fraction(0)
    day: Fraction = Fraction(0)
    month: Fraction = Fraction(0)
    case: Fraction = Fraction(0)

    def times(self, other: Dimension, sign: int = 1) -> Dimension:
        """Product, or with -1 quotient."""
        return Dimension(*(a + sign * b for a, b in zip(self, other, strict=True)))

    def power(self, exponent: Fraction) -> Dimension:
        return Dimension(*(a * exponent for a in self))


PLAIN = Dimension()
YEARS = Dimension(year=Fraction(1))
RATE = Dimension(year=Fraction(-1))
MONEY = Dimension(money=Fraction(1))
MONEY_PER_YEAR = MONEY.times(YEARS, -1)

_WORDS = {
    PLAIN: "a plain number (a share, probability or ratio)",
    YEARS: "years",
    RATE: "a rate per year",
    MONEY: "money",
    MONEY_PER_YEAR: "money per year",
}
_PER = {"person-year": YEARS, "day": Dimension(day=Fraction(1)), "month": Dimension(month=Fraction(1))}
_PER |= {"case": Dimension(case=Fraction(1)), "transition": PLAIN, "participant": PLAIN}
_PLAIN_UNITS = {"share": PLAIN, "probability": PLAIN, "ratio": PLAIN, "rate/year": RATE, "years": YEARS}

CLOCK: Mapping[str, Dimension | None] = {
    **dict.fromkeys(("age", "year", "time", "time_in_state", "cycle_length"), YEARS),
    "cycle": None,
}
_ARGUMENTS: dict[str, tuple[Dimension, ...]] = {
    "prob_to_rate": (PLAIN, YEARS),
    "rate_to_prob": (RATE, YEARS),
    "prob_to_prob": (PLAIN, YEARS, YEARS),
    **dict.fromkeys(("prob_to_odds", "odds_to_prob", "logit"), (PLAIN,)),
    "hazard_ratio_on_prob": (PLAIN, PLAIN),
    **dict.fromkeys(("exponential", "linear", "step"), (YEARS,)),
}
_RESULT = {"prob_to_rate": RATE}
_ALIKE = ("min", "max", "clip")


class Fault(NamedTuple):
    """Two things that do not go together, and where."""

    message: str
    at: int


def of_unit(unit: Unit) -> Dimension | None:
    """Dimension of a parameter's unit; None for a count, which can be of anything."""
    if unit.per is not None:
        return MONEY.times(_PER[unit.per], -1)
    return _PLAIN_UNITS.get(unit.name)


def in_words(dimension: Dimension) -> str:
    """`money per year`."""
    if dimension in _WORDS:
        return _WORDS[dimension]

    def listed(sign: int) -> str:
        parts = [(name, sign * p) for name, p in zip(dimension._fields, dimension, strict=True) if sign * p > 0]
        return " x ".join(name if p == 1 else f"{name}^{p}" for name, p in parts)

    above, below = listed(1) or "1", listed(-1)
    return f"{above} per {below}" if below else above


def measure(tree: Expression, name_of: Callable[[str], Dimension | None], found: list[Fault]) -> Dimension | None:
    """Dimension of an expression; None where it is not known.

    Parameters
    ----------
    name_of : dimension of a name.
    found : faults are added to it.
    """

    def alike(node: Expression, parts: tuple[Expression, ...], doing: str) -> Dimension | None:
        known: list[tuple[Dimension, Expression]] = []
        for part in parts:
            own = of(part)
            if own is not None:
                known.append((own, part))
        for other, _ in known[1:]:
            if other != known[0][0]:
                found.append(Fault(f"{in_words(known[0][0])} and {in_words(other)} {doing}", node.at))
                return None
        return known[0][0] if known else None

    def of(node: Expression) -> Dimension | None:
        match node:
            case Number() | Word():
                return None
            case Name(name):
                return name_of(name)
            case Unary(_, operand):
                own = of(operand)
                return PLAIN if kind_of(node) == "condition" else own
            case Compare(_, left, right):
                alike(node, (left, right), "cannot be compared")
                return PLAIN
            case Logic(_, left, right):
                of(left)
                of(right)
                return PLAIN
            case Binary("+" | "-", left, right):
                doing = "cannot be added" if node.op == "+" else "cannot be subtracted"
                return alike(node, (left, right), doing)
            case Binary("^", left, right):
                return power(left, right)
            case Binary(op, left, right):
                a, b = of(left), of(right)
                return None if a is None or b is None else a.times(b, 1 if op == "*" else -1)
            case Call():
                return call(node)
        raise TypeError(f"not an expression: {node!r}")

    def power(left: Expression, right: Expression) -> Dimension | None:
        base, exponent = of(left), of(right)
        if exponent is not None and exponent.money:
            found.append(Fault(f"{in_words(exponent)} as an exponent", right.at))
        if isinstance(right, Number) and base is not None:
            return base.power(Fraction(right.value).limit_denominator(1000))
        return PLAIN

    def call(node: Call) -> Dimension | None:
        name, arguments = node.function, node.arguments
        if name == "where":
            of(arguments[0])
            return alike(node, arguments[1:], "are two answers of one `where`")
        if name in _ALIKE:
            return alike(node, arguments, f"stand in one `{name}`")
        wanted = _ARGUMENTS.get(name)
        for k, argument in enumerate(arguments):
            own = of(argument) if not (wanted is None and k > 0 and isinstance(argument, Name)) else None
            if wanted is not None and own is not None and k < len(wanted) and own != wanted[k]:
                message = f"{name} takes {in_words(wanted[k])} here, not {in_words(own)}"
                found.append(Fault(message, argument.at))
            elif name in ("exp", "log", "logistic") and own is not None and own.money:
                found.append(Fault(f"{in_words(own)} in {name}", argument.at))
        if name in ("abs", "floor"):
            return of(arguments[0]) if arguments else None
        if name == "sqrt":
            own = of(arguments[0]) if arguments else None
            return None if own is None else own.power(Fraction(1, 2))
        plain = name in ("exp", "logistic", "log", "normal_cdf") or name.endswith(("_survival", "_prob"))
        if wanted is not None or plain:
            return _RESULT.get(name, PLAIN)
        return None

    return of(tree)
