"""Expressions as arithmetic: names become inputs, series or constants of a graph."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from engine.model import normal
from engine.model.hoist import Graph, Ref
from engine.model.survival import (
    Exponential,
    Gompertz,
    LogLogistic,
    Lognormal,
    SurvivalTable,
    TimeToEvent,
    Weibull,
    probability,
    survival,
)
from engine.spec.expressions import (
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
from engine.spec.language import language_of
from engine.spec.laws_of_time import table_of
from engine.spec.schema import Choice, Definition, Model, Subgroup, Table
from engine.spec.stages import TIME_IN_STATE
from engine.spec.tables import TableData, look_up

_LAWS: dict[str, Callable[..., TimeToEvent]] = {
    "exponential": Exponential,
    "weibull": Weibull,
    "gompertz": Gompertz,
    "log_logistic": LogLogistic,
    "lognormal": Lognormal,
}
_COMPARE = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "==": "eq", "!=": "ne"}


MOST_ROWS = 64
"""Values of a table's key that is uncertain: each is an operation in every draw."""


class TableRangeError(ValueError):
    """A table is asked for a key that it does not cover, or for more uncertain ones than it can be looked up by."""


class TableRule(NamedTuple):
    """A condition that every draw must meet, so that a table covers what is asked of it."""

    table: str
    condition: Ref
    text: str


@dataclass(frozen=True)
class Clock:
    """Time since an effect's start, in years; `plain` where that is the model's own time."""

    value: Ref
    plain: bool


class Scope:
    """What names mean while a model is lowered into a graph.

    Parameters
    ----------
    parameters : value of each parameter, a constant or an input.
    choices : alternative taken of each choice, as its number: a constant or an input.
    last_cycle : cycle at which the clock stands still, where the graph has more; None where it has not.
    entry : years after the model's start at which the cohort starts.
    """

    def __init__(
        self,
        graph: Graph,
        model: Model,
        tables: Mapping[str, TableData],
        parameters: Mapping[str, Ref],
        choices: Mapping[str, Ref],
        *,
        last_cycle: int | None = None,
        entry: int = 0,
    ) -> None:
        self.graph = graph
        self.table_rules: list[TableRule] = []
        """Of tables looked up by something uncertain, met while expressions are lowered."""
        self._language = language_of(model, tables)
        self._choices: Mapping[str, tuple[Choice, Ref]] = {k: (model.choices[k], v) for k, v in choices.items()}
        self._definitions: Mapping[str, Definition] = model.definitions
        self._tables: Mapping[str, tuple[Table, TableData]] = {k: (v, tables[k]) for k, v in model.tables.items()}
        cycle = np.minimum(np.arange(graph.n_cycles), graph.n_cycles if last_cycle is None else last_cycle)
        time = cycle * model.time.cycle_length
        self.step = model.time.cycle_length
        self.entry = float(entry)
        """Years after the model's start at which the cohort starts: money has grown for so long."""
        self._names: dict[str, Ref] = {
            "time": graph.series(time),
            "age": graph.series(model.time.start_age + time),
            "year": graph.series(np.floor(model.time.start_year + entry + time + 1e-9)),
            "cycle": graph.series(cycle),
            "cycle_length": graph.const(model.time.cycle_length),
            **parameters,
        }
        self.clock = Clock(self._names["time"], plain=True)
        self._derived: dict[tuple[str, int], Ref] = {}

    def in_stage(self, years: float) -> Scope:
        """The same names where somebody entered the state so many years ago."""
        return self._with({TIME_IN_STATE: self.graph.const(years)})

    def in_subgroup(self, model: Model, subgroup: Subgroup) -> Scope:
        """The same names as a part of the cohort understands them.

        Raises
        ------
        TableRangeError : as `lower`.
        """
        g = self.graph
        years_older = 0.0 if subgroup.start_age is None else subgroup.start_age - model.time.start_age
        own = {"age": g.add(self._names["age"], g.const(years_older))}
        aged = self._with(own)
        return self._with(own | {name: aged.lower(text) for name, text in subgroup.set.items()})

    def _with(self, names: Mapping[str, Ref]) -> Scope:
        other = copy.copy(self)
        other._names = {**self._names, **names}
        other._derived = {}
        return other

    def lower(self, text: str | float, clock: Clock | None = None) -> Ref:
        """The value of an expression that has passed the checks.

        Raises
        ------
        TableRangeError : a table does not cover a key that the expression asks for.
        """
        return self._node(self._language.tree(text), clock or self.clock)

    def time_law(self, text: str) -> TimeToEvent:
        """The law of a time that has passed the checks."""
        tree = self._language.tree(text)
        assert isinstance(tree, Call)
        if tree.function == "survival":
            name, column = table_of(tree)
            _, data = self._tables[name]
            return SurvivalTable(tuple(data.key), tuple(data.columns[column or next(iter(data.columns))]))
        return _LAWS[tree.function](*(self._node(a, self.clock) for a in tree.arguments))

    def _node(self, node: Expression, clock: Clock) -> Ref:
        g = self.graph
        match node:
            case Number(value):
                return g.const(value)
            case Name(name):
                return self._name(name, clock)
            case Unary("-", operand):
                return g.neg(self._node(operand, clock))
            case Unary("not", operand):
                return g.negation(self._node(operand, clock))
            case Binary():
                return self._chain(node, clock)
            case Compare(op, left, right):
                return g.compare(_COMPARE[op], self._node(left, clock), self._node(right, clock))
            case Logic(op, left, right):
                a, b = self._node(left, clock), self._node(right, clock)
                return g.both(a, b) if op == "and" else g.either(a, b)
            case Call(function, arguments) if function in self._tables:
                return self._table(function, arguments, clock)
            case Call(function, arguments):
                return self._call(function, [self._node(a, clock) for a in arguments], clock)
        raise TypeError(f"not an expression: {node!r}")

    def _chain(self, node: Binary, clock: Clock) -> Ref:
        """A sum or product leans left, and may be longer than Python can nest calls."""
        g = self.graph
        apply = {"+": g.add, "-": g.sub, "*": g.mul, "/": g.div, "^": g.power}
        rest = []
        first: Expression = node
        while isinstance(first, Binary):
            rest.append((first.op, first.right))
            first = first.left
        value = self._node(first, clock)
        for op, right in reversed(rest):
            value = apply[op](value, self._node(right, clock))
        return value

    def _name(self, name: str, clock: Clock) -> Ref:
        if name in self._names:
            return self._names[name]
        key = (name, clock.value.position)
        if key not in self._derived:
            if name in self._definitions:
                self._derived[key] = self.lower(self._definitions[name].value, clock)
            else:
                choice, taken = self._choices[name]
                self._derived[key] = self._choose(choice, taken, clock)
        return self._derived[key]

    def _choose(self, choice: Choice, taken: Ref, clock: Clock) -> Ref:
        g = self.graph
        values = [a.value for a in choice.alternatives.values()]
        known = g.constant(taken)
        if known is not None:
            return self.lower(values[int(known)], clock)
        result = self.lower(values[-1], clock)
        for k in range(len(values) - 2, -1, -1):
            result = g.where(g.compare("eq", taken, g.const(k)), self.lower(values[k], clock), result)
        return result

    def _table(self, name: str, arguments: tuple[Expression, ...], clock: Clock) -> Ref:
        table, data = self._tables[name]
        count = len(data.axes)
        column = arguments[count].word if len(arguments) > count else next(iter(data.columns))  # type: ignore[union-attr]
        keys = [a.word if isinstance(a, Word) else self._node(a, clock) for a in arguments[:count]]
        known: list[Any] = [k if isinstance(k, str) else self.graph.known(k) for k in keys]
        uncertain = [i for i, values in enumerate(known) if values is None]
        if not uncertain:
            return self._series(name, column, known)
        if len(uncertain) > 1:
            several = " and ".join(table.keys[i] for i in uncertain)
            raise TableRangeError(
                f"table {name!r} is looked up by {several}, which are uncertain; one key may be, and the others "
                "depend on time alone"
            )
        (place,) = uncertain
        key = keys[place]
        assert isinstance(key, Ref)
        return self._pieces(name, column, known, place, key)

    def _series(self, name: str, column: str, keys: list[Any]) -> Ref:
        """A table looked up by what is known in every cycle: words, and values of the cycles."""
        table, data = self._tables[name]
        values = []
        for cycle in range(self.graph.n_cycles):
            at = [k if isinstance(k, str) else float(k[cycle]) for k in keys]
            value = look_up(data, column, at, linear=table.linear, outside=table.beyond)
            if value is None:
                raise TableRangeError(self._uncovered(name, at))
            values.append(value)
        return self.graph.series(values)

    def _uncovered(self, name: str, at: list[float | str]) -> str:
        table, data = self._tables[name]
        for axis, x, beyond in zip(data.axes, at, table.beyond, strict=True):
            if axis.numbers and beyond == "error" and not axis.numbers[0] <= float(x) <= axis.numbers[-1]:
                return (
                    f"table {name!r} covers {axis.name} {axis.numbers[0]:g} to {axis.numbers[-1]:g}, but {float(x):g} "
                    "is asked for; add rows, or write `outside: hold`"
                )
        return f"table {name!r} has nothing at {at}"

    def _pieces(self, name: str, column: str, keys: list[Any], place: int, key: Ref) -> Ref:
        """A table looked up by one uncertain key: the pieces between its values, of which each draw takes one."""
        g = self.graph
        table, data = self._tables[name]
        axis, beyond = data.axes[place], table.beyond[place]
        numbers = axis.numbers
        if len(numbers) > MOST_ROWS:
            raise TableRangeError(
                f"table {name!r} is looked up by something uncertain, and has {len(numbers)} values of {axis.name}; "
                f"at most {MOST_ROWS} can be, or its key must depend on time alone"
            )
        rows = [self._series(name, column, [*keys[:place], [x] * g.n_cycles, *keys[place + 1 :]]) for x in numbers]
        first, last = g.const(numbers[0]), g.const(numbers[-1])
        if beyond == "error":
            inside = g.both(g.compare("ge", key, first), g.compare("le", key, last))
            text = (
                f"table {name!r} covers {axis.name} {numbers[0]:g} to {numbers[-1]:g}, and is asked for a value "
                "outside; add rows, or write `outside: hold`"
            )
            self.table_rules.append(TableRule(name, inside, text))
        if len(rows) == 1:
            return rows[0]
        if not table.linear[place]:
            result = rows[0]
            for x, row in zip(numbers[1:], rows[1:], strict=True):
                result = g.where(g.compare("ge", key, g.const(x)), row, result)
            return result
        if beyond != "extend":
            key = g.minimum(g.maximum(key, first), last)
        result = rows[0]
        for k in range(len(rows) - 1):
            share = g.div(g.sub(key, g.const(numbers[k])), g.const(numbers[k + 1] - numbers[k]))
            line = g.add(rows[k], g.mul(share, g.sub(rows[k + 1], rows[k])))
            result = line if k == 0 else g.where(g.compare("ge", key, g.const(numbers[k])), line, result)
        return result

    def _call(self, function: str, a: list[Ref], clock: Clock) -> Ref:
        g = self.graph
        one = g.const(1.0)
        match function:
            case "min" | "max":
                result = a[0]
                for other in a[1:]:
                    result = g.minimum(result, other) if function == "min" else g.maximum(result, other)
                return result
            case "exp":
                return g.exp(a[0])
            case "log":
                return g.log(a[0])
            case "sqrt":
                return g.sqrt(a[0])
            case "abs":
                return g.absolute(a[0])
            case "where":
                return g.where(*a)
            case "clip":
                return g.minimum(g.maximum(a[0], a[1]), a[2])
            case "prob_to_rate":
                rate = g.neg(g.log(g.sub(one, a[0])))
                return g.div(rate, a[1]) if len(a) > 1 else rate
            case "rate_to_prob":
                exposure = g.mul(a[0], a[1]) if len(a) > 1 else a[0]
                return g.sub(one, g.exp(g.neg(exposure)))
            case "prob_to_prob":
                return g.sub(one, g.power(g.sub(one, a[0]), g.div(a[2], a[1])))
            case "prob_to_odds":
                return g.div(a[0], g.sub(one, a[0]))
            case "odds_to_prob":
                return g.div(a[0], g.add(one, a[0]))
            case "logit":
                return g.log(g.div(a[0], g.sub(one, a[0])))
            case "logistic":
                return g.div(one, g.add(one, g.exp(g.neg(a[0]))))
            case "hazard_ratio_on_prob":
                return g.sub(one, g.power(g.sub(one, a[0]), a[1]))
            case "normal_cdf":
                return normal.cdf(g, a[0])
            case "floor":
                return g.floor(a[0])
            case _ if function.endswith("_survival"):
                law = function.removesuffix("_survival")
                return self._survival(_LAWS[law](a[1], a[2]), a[0])
            case _ if (law := function.removesuffix("_prob")) in _LAWS and law != function:
                return self._event(_LAWS[law](a[2], a[3]), a[0], a[1])
            case "exponential":
                return self._exponential(a[0], clock)
            case "linear":
                return g.maximum(g.const(0.0), g.sub(one, g.div(clock.value, a[0])))
            case "step":
                return g.where(g.compare("lt", clock.value, a[0]), one, g.const(0.0))
        raise TypeError(f"no function {function!r}")

    def _survival(self, law: TimeToEvent, t: Ref) -> Ref:
        """Share free of the event after t years; missing, so that the draw is invalid, where the law does not exist."""
        g = self.graph
        exists = g.both(law.valid(g), g.compare("ge", t, g.const(0.0)))
        return g.where(exists, survival(g, law, t), g.const(math.nan))

    def _event(self, law: TimeToEvent, start: Ref, end: Ref) -> Ref:
        """Probability of the event between two times, given none before; missing as above."""
        g = self.graph
        ordered = g.both(g.compare("ge", start, g.const(0.0)), g.compare("le", start, end))
        exists = g.both(law.valid(g), ordered)
        return g.where(exists, probability(g, law, start, g.sub(end, start)), g.const(math.nan))

    def _exponential(self, half_life: Ref, clock: Clock) -> Ref:
        """0.5^(t / half_life): on the model's own clock by one multiplication a cycle instead of an exponential."""
        g = self.graph
        rate = g.div(g.const(-math.log(2.0)), half_life)
        if clock.plain:
            return g.geometric(g.const(1.0), g.exp(g.mul(rate, g.const(self.step))))
        return g.exp(g.mul(rate, clock.value))
