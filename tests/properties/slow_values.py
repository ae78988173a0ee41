"""Values of expressions for the slow implementation of the cohort model: point values of one calculation, trees walked
node by node, laws of times to events by scipy.

It shares the parser and the loader with the engine, and nothing of what turns a study into numbers.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from engine.spec.expressions import Binary, Call, Compare, Logic, Name, Number, Unary, Word
from engine.spec.load import LoadedStudy


class Now(NamedTuple):
    """When, and to whom, an expression is put."""

    cycle: int = 0
    group: str = ""
    """Subgroup; empty for the whole cohort."""
    stage: int = 0
    """Cycles since the state was entered."""
    elapsed: float | None = None
    """Years since an effect's start; the model's own time without one."""


START = Now()


class Values:
    def __init__(self, study: LoadedStudy, calculation: str) -> None:
        self.study, self.model = study, study.model
        self.dt: float = self.model.time.cycle_length
        own = next(c for c in study.calculations if c.calculation == calculation).assumptions
        self.parameters: dict[str, float] = {}
        for name, p in self.model.parameters.items():
            value = own[name].value if name in own and own[name].value is not None else p.value
            if p.price_year is not None and p.price_year != self.model.price_year:
                value *= study.price_index[self.model.price_year] / study.price_index[p.price_year]
            self.parameters[name] = value
        self.choices = {
            name: own[name].choose if name in own and own[name].choose else c.default
            for name, c in self.model.choices.items()
        }
        self.bound: list[dict[str, float]] = []
        """Arguments of functions of the study that are being computed, the innermost last."""
        self._known: dict[tuple[Any, Now], Any] = {}
        self.as_written = False
        """Whether names stand for what they do in the whole cohort: so in what a subgroup sets."""

    def value(self, text: Any, now: Now = START) -> Any:
        if self.bound or self.as_written:
            return self.node(self.study.language.written(text), now)
        key = (text, now)
        if key not in self._known:
            self._known[key] = self.node(self.study.language.written(text), now)
        return self._known[key]

    def cumulative_hazard(self, law: str, years: float, now: Now) -> float:
        """-log of the share that is free of the event after so many years."""
        tree = self.study.language.written(law)
        assert isinstance(tree, Call)
        if tree.function == "survival":
            return -self._log_share(tree, years)
        a = [self.node(argument, now) for argument in tree.arguments]
        return -float(
            {
                "exponential": lambda: -a[0] * years,
                "weibull": lambda: stats.weibull_min.logsf(years, a[0], scale=a[1]),
                "gompertz": lambda: -a[1] / a[0] * math.expm1(a[0] * years),
                "log_logistic": lambda: stats.fisk.logsf(years, a[0], scale=a[1]),
                "lognormal": lambda: stats.lognorm.logsf(years, a[1], scale=math.exp(a[0])),
            }[tree.function]()
        )

    def _log_share(self, tree: Call, years: float) -> float:
        """On the line between the logarithms of two rows; beyond the last row the last line goes on."""
        words = [argument.name for argument in tree.arguments if isinstance(argument, Name)]
        table = self.model.tables[words[0]]
        rows = list(csv.DictReader(io.StringIO(self.study.files[table.file])))
        column = words[1] if len(words) > 1 else next(c for c in rows[0] if c not in table.keys)
        t = [float(row[table.keys[0]]) for row in rows]
        logs = [math.log(float(row[column])) for row in rows]
        k = min(max(i for i in range(len(t)) if t[i] <= years), len(t) - 2)
        return logs[k] + (years - t[k]) / (t[k + 1] - t[k]) * (logs[k + 1] - logs[k])

    def looked_up(self, name: str, at: list[Any], column: str | None) -> float:
        """A table read anew from its file: rows are narrowed down key by key, ends are held."""
        table = self.model.tables[name]
        rows = list(csv.DictReader(io.StringIO(self.study.files[table.file])))
        column = column or next(c for c in rows[0] if c not in table.keys)

        def among(rows: list[dict[str, str]], depth: int) -> float:
            if depth == len(table.keys):
                (row,) = rows
                return float(row[column])
            key, x = table.keys[depth], at[depth]
            if isinstance(x, str):
                return among([r for r in rows if r[key] == x], depth + 1)
            ends = sorted({float(r[key]) for r in rows})
            values = [among([r for r in rows if float(r[key]) == end], depth + 1) for end in ends]
            if table.linear[depth]:
                return float(np.interp(x, ends, values))
            return next((v for end, v in zip(reversed(ends), reversed(values), strict=True) if end <= x), values[0])

        return among(rows, 0)

    def _set(self, now: Now) -> Mapping[str, Any]:
        return self.model.subgroups[now.group].set if now.group and not self.as_written else {}

    def _named(self, name: str, now: Now) -> Any:
        time, t = self.model.time, now.cycle * self.dt
        if name in self._set(now):
            text = self._set(now)[name]
            self.as_written = True
            result = self.value(text, now._replace(elapsed=None))
            self.as_written = False
            return result
        if name in self.parameters:
            return self.parameters[name]
        if name in self.model.definitions:
            return self.value(self.model.definitions[name].value, now)
        if name in self.model.choices:
            return self.value(self.model.choices[name].alternatives[self.choices[name]].value, now)
        own_age = self.model.subgroups[now.group].start_age if now.group else None
        return {
            "age": (time.start_age if own_age is None else own_age) + t,
            "time": t,
            "cycle": now.cycle,
            "year": math.floor(time.start_year + t + 1e-9),
            "cycle_length": self.dt,
            "time_in_state": now.stage * self.dt,
        }[name]

    def node(self, n: Any, now: Now) -> Any:
        clock = now.cycle * self.dt if now.elapsed is None else now.elapsed
        match n:
            case Number(v):
                return v
            case Name(name) if self.bound and name in self.bound[-1]:
                return self.bound[-1][name]
            case Name(name):
                return self._named(name, now)
            case Unary(op, x):
                return -self.node(x, now) if op == "-" else not self.node(x, now)
            case Binary(op, x, y) | Compare(op, x, y) | Logic(op, x, y):
                a, b = self.node(x, now), self.node(y, now)
                return {
                    "+": lambda: a + b,
                    "-": lambda: a - b,
                    "*": lambda: a * b,
                    "/": lambda: a / b,
                    "^": lambda: a**b,
                    "<": lambda: a < b,
                    "<=": lambda: a <= b,
                    ">": lambda: a > b,
                    ">=": lambda: a >= b,
                    "==": lambda: a == b,
                    "!=": lambda: a != b,
                    "and": lambda: a and b,
                    "or": lambda: a or b,
                }[op]()
            case Call(name, arguments) if name in self.model.functions:
                function = self.model.functions[name]
                given = [self.node(x, now) for x in arguments]
                self.bound.append(dict(zip(function.arguments, given, strict=True)))
                result = self.value(function.value, now)
                self.bound.pop()
                return result
            case Call(name, arguments) if name in self.model.tables:
                count = len(self.model.tables[name].keys)
                keys = [x.word if isinstance(x, Word) else self.node(x, now) for x in arguments[:count]]
                return self.looked_up(name, keys, arguments[count].word if len(arguments) > count else None)
            case Call(name, arguments):
                return self._call(name, [self.node(x, now) for x in arguments], clock)
        raise TypeError(n)

    def _call(self, name: str, a: list[Any], clock: float) -> Any:
        return {
            "min": lambda: min(a),
            "max": lambda: max(a),
            "exp": lambda: math.exp(a[0]),
            "log": lambda: math.log(a[0]),
            "sqrt": lambda: math.sqrt(a[0]),
            "abs": lambda: abs(a[0]),
            "floor": lambda: math.floor(a[0]),
            "where": lambda: a[1] if a[0] else a[2],
            "clip": lambda: min(max(a[0], a[1]), a[2]),
            "prob_to_rate": lambda: -math.log(1 - a[0]) / (a[1] if len(a) > 1 else 1),
            "rate_to_prob": lambda: 1 - math.exp(-a[0] * (a[1] if len(a) > 1 else 1)),
            "prob_to_prob": lambda: 1 - (1 - a[0]) ** (a[2] / a[1]),
            "prob_to_odds": lambda: a[0] / (1 - a[0]),
            "odds_to_prob": lambda: a[0] / (1 + a[0]),
            "logit": lambda: math.log(a[0] / (1 - a[0])),
            "logistic": lambda: 1 / (1 + math.exp(-a[0])),
            "hazard_ratio_on_prob": lambda: 1 - (1 - a[0]) ** a[1],
            "normal_cdf": lambda: float(stats.norm.cdf(a[0])),
            "exponential": lambda: 0.5 ** (clock / a[0]),
            "linear": lambda: max(0.0, 1 - clock / a[0]),
            "step": lambda: 1.0 if clock < a[0] else 0.0,
        }[name]()
