"""Expression tree -> number, given what its names stand for. Plain floats, one point at a time.

A run compiles expressions; here they are only looked at: what can be known before any draw is made is told as a mistake
in the study, with its place, instead of as a run that stops.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.spec import time_laws
from engine.spec.expressions import (
    TIME_LAWS,
    Binary,
    Call,
    Compare,
    Expression,
    Logic,
    Name,
    Number,
    Unary,
    Word,
)
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Calculation, Model
from engine.spec.structures import membership, share_of
from engine.spec.tables import look_up

ROUNDING = 1e-9
"""Shares written with a few decimals add to 1 only to rounding."""


def evaluate(
    node: Expression,
    names: Mapping[str, float],
    loaded: LoadedStudy | None = None,
    *,
    elapsed: float | None = None,
) -> float | None:
    """The number that an expression stands for, 1 or 0 for a condition; None where that cannot be said.

    Parameters
    ----------
    names : what names stand for; one that is missing leaves what depends on it unknown.
    node : a tree of the study's language, in which its functions are written out.
    loaded : study whose tables are looked up; without it, calls of tables are unknown.
    elapsed : years since the start of an effect, for fade-out functions; without it they are unknown.
    """
    # Trees lean left up to 250 deep (long sums), well within Python's stack.
    match node:
        case Number():
            return node.value
        case Name():
            return names.get(node.name)
        case Word():
            return None
        case Call() if node.function == "where":
            condition = evaluate(node.arguments[0], names, loaded, elapsed=elapsed)
            if condition is None:
                return None
            return evaluate(node.arguments[1 if condition else 2], names, loaded, elapsed=elapsed)
        case Call() if loaded is not None and node.function in loaded.tables:
            return _from_table(node, names, loaded, elapsed)
        case Unary():
            values = [evaluate(node.operand, names, loaded, elapsed=elapsed)]
        case Call():
            values = [evaluate(a, names, loaded, elapsed=elapsed) for a in node.arguments]
        case Binary() | Compare() | Logic():
            values = [evaluate(side, names, loaded, elapsed=elapsed) for side in (node.left, node.right)]
    known = [v for v in values if v is not None]
    if len(known) < len(values):
        return None
    try:
        result = _call(node.function, known, elapsed) if isinstance(node, Call) else _operator(node.op, known)
    except (ArithmeticError, ValueError, IndexError):
        return None
    return result if result is not None and math.isfinite(result) else None


def clock_at(model: Model, cycle: int) -> dict[str, float]:
    """Names of the clock in a cycle."""
    time = model.time
    years = cycle * time.cycle_length
    return {
        "age": time.start_age + years,
        "year": float(math.floor(time.start_year + years + ROUNDING)),
        "cycle": float(cycle),
        "time": years,
        "cycle_length": time.cycle_length,
    }


class PointValues:
    """What the names of a model stand for in one calculation, uncertainty left aside."""

    def __init__(self, loaded: LoadedStudy, calculation: Calculation, order: tuple[str, ...]) -> None:
        """`order` : choices and definitions, each after all that it uses."""
        self._loaded = loaded
        model = loaded.model
        self.parameters = {name: _point(loaded, calculation, name) for name in model.parameters}
        self._derived: list[tuple[str, Expression]] = []
        for name in order:
            if name in model.definitions:
                text = model.definitions[name].value
            else:
                own = calculation.assumptions.get(name)
                choice = model.choices[name]
                text = choice.alternatives[choice.default if own is None or own.choose is None else own.choose].value
            self._derived.append((name, loaded.language.tree(text)))

    def names(self, cycle: int | None = None, *, elapsed: float | None = None) -> dict[str, float]:
        """Parameters, choices and definitions that are known; in a cycle, those that follow the clock too."""
        model = self._loaded.model
        found = dict(self.parameters)
        found |= {"cycle_length": model.time.cycle_length} if cycle is None else clock_at(model, cycle)
        for name, tree in self._derived:
            value = evaluate(tree, found, self._loaded, elapsed=elapsed)
            if value is not None:
                found[name] = value
        return found


def _point(loaded: LoadedStudy, calculation: Calculation, name: str) -> float:
    """Point value of a parameter, money in the model's price year."""
    model = loaded.model
    parameter, own = model.parameters[name], calculation.assumptions.get(name)
    found = membership(model, name)
    if own is not None and own.value is not None:
        value = own.value
    elif found is not None and found.kind == "dirichlet":
        value = share_of(model, name)
    else:
        value = parameter.value
    year = parameter.price_year
    if year is None or year == model.price_year:
        return value
    return value * loaded.price_index[model.price_year] / loaded.price_index[year]


def _from_table(node: Call, names: Mapping[str, float], loaded: LoadedStudy, elapsed: float | None) -> float | None:
    table, data = loaded.model.tables[node.function], loaded.tables[node.function]
    count = len(data.axes)
    at: list[float | str] = []
    for argument in node.arguments[:count]:
        key = argument.word if isinstance(argument, Word) else evaluate(argument, names, loaded, elapsed=elapsed)
        if key is None:
            return None
        at.append(key)
    column = node.arguments[count] if len(node.arguments) > count else None
    name = column.word if isinstance(column, Word) else next(iter(data.columns))
    if name not in data.columns or len(at) < count:
        return None
    return look_up(data, name, at, linear=table.linear, outside=table.beyond)


def _operator(op: str, values: list[float]) -> float:
    a, b = values[0], values[-1]
    match op:
        case "-" if len(values) == 1:
            return -a
        case "not":
            return float(not a)
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
        case "^":
            return math.pow(a, b)
        case "<":
            return float(a < b)
        case "<=":
            return float(a <= b)
        case ">":
            return float(a > b)
        case ">=":
            return float(a >= b)
        case "==":
            return float(a == b)
        case "!=":
            return float(a != b)
        case "and":
            return float(bool(a) and bool(b))
    return float(bool(a) or bool(b))


def _call(function: str, x: list[float], t: float | None) -> float | None:
    match function:
        case "min":
            return min(x)
        case "max":
            return max(x)
        case "exp":
            return math.exp(x[0])
        case "log":
            return math.log(x[0])
        case "sqrt":
            return math.sqrt(x[0])
        case "abs":
            return abs(x[0])
        case "clip":
            return min(max(x[0], x[1]), x[2])
        case "prob_to_rate":
            return -math.log1p(-x[0]) / (x[1] if len(x) > 1 else 1.0)
        case "rate_to_prob":
            return -math.expm1(-x[0] * (x[1] if len(x) > 1 else 1.0))
        case "prob_to_prob":
            return 1 - math.pow(1 - x[0], x[2] / x[1])
        case "prob_to_odds":
            return x[0] / (1 - x[0])
        case "odds_to_prob":
            return x[0] / (1 + x[0])
        case "logit":
            return math.log(x[0] / (1 - x[0]))
        case "logistic":
            return 1 / (1 + math.exp(-x[0]))
        case "hazard_ratio_on_prob":
            return 1 - math.pow(1 - x[0], x[1])
        case "normal_cdf":
            return time_laws.normal_cdf(x[0])
        case "floor":
            return float(math.floor(x[0]))
        case _ if function.removesuffix("_survival") in TIME_LAWS:
            return time_laws.survival(function.removesuffix("_survival"), x[0], x[1], x[2])
        case _ if function.removesuffix("_prob") in TIME_LAWS:
            return time_laws.probability(function.removesuffix("_prob"), x[0], x[1], x[2], x[3])
        case "exponential" if t is not None:
            return math.pow(0.5, t / x[0])
        case "linear" if t is not None:
            return max(0.0, 1 - t / x[0])
        case "step" if t is not None:
            return float(t < x[0])
    return None
