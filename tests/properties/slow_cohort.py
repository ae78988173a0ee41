"""A second, slow implementation of the cohort model: one calculation, point values, matrices and plain loops.

Written from the mathematics in engine/README.md. It shares the parser and the loader with the engine, and nothing of
what turns a study into numbers.
"""

from __future__ import annotations

import csv
import io
import math
from typing import Any

import numpy as np

from engine.spec.expressions import Binary, Call, Compare, Logic, Name, Number, Unary, Word
from engine.spec.load import LoadedStudy


class Slow:
    def __init__(self, study: LoadedStudy, calculation: str) -> None:
        self.study, self.model = study, study.model
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

    def value(self, text: Any, k: int = 0, clock: float | None = None) -> Any:
        t = k * self.model.time.cycle_length
        return self.node(self.study.language.written(text), k, t if clock is None else clock)

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

    def node(self, n: Any, k: int, clock: float) -> Any:
        time = self.model.time
        t = k * time.cycle_length
        match n:
            case Number(v):
                return v
            case Name(name) if self.bound and name in self.bound[-1]:
                return self.bound[-1][name]
            case Name(name):
                if name in self.parameters:
                    return self.parameters[name]
                if name in self.model.definitions:
                    return self.value(self.model.definitions[name].value, k, clock)
                if name in self.model.choices:
                    return self.value(self.model.choices[name].alternatives[self.choices[name]].value, k, clock)
                year = math.floor(time.start_year + t + 1e-9)
                builtin = {"age": time.start_age + t, "time": t, "cycle": k, "year": year}
                return {**builtin, "cycle_length": time.cycle_length}[name]
            case Unary(op, x):
                return -self.node(x, k, clock) if op == "-" else not self.node(x, k, clock)
            case Binary(op, x, y) | Compare(op, x, y) | Logic(op, x, y):
                a, b = self.node(x, k, clock), self.node(y, k, clock)
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
                values = [self.node(a, k, clock) for a in arguments]
                self.bound.append(dict(zip(function.arguments, values, strict=True)))
                result = self.value(function.value, k, clock)
                self.bound.pop()
                return result
            case Call(name, arguments) if name in self.model.tables:
                keys = self.model.tables[name].keys
                at = [a.word if isinstance(a, Word) else self.node(a, k, clock) for a in arguments[: len(keys)]]
                column = arguments[-1].word if len(arguments) > len(keys) else None
                return self.looked_up(name, at, column)
            case Call(name, arguments):
                a = [self.node(x, k, clock) for x in arguments]
                return {
                    "min": lambda: min(a),
                    "max": lambda: max(a),
                    "exp": lambda: math.exp(a[0]),
                    "log": lambda: math.log(a[0]),
                    "sqrt": lambda: math.sqrt(a[0]),
                    "abs": lambda: abs(a[0]),
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
                    "exponential": lambda: 0.5 ** (clock / a[0]),
                    "linear": lambda: max(0.0, 1 - clock / a[0]),
                    "step": lambda: 1.0 if clock < a[0] else 0.0,
                }[name]()
        raise TypeError(n)

    def matrix(self, strategy: str, k: int) -> np.ndarray:
        states = list(self.model.states)
        dt = self.model.time.cycle_length
        p = np.eye(len(states))
        rows: dict[str, tuple[dict[str, float], dict[str, float], str]] = {}
        for state, row in self.model.transitions.items():
            hazards = {t: self.value(x.hazard, k) for t, x in row.items() if x.hazard is not None}
            probabilities = {t: self.value(x.probability, k) for t, x in row.items() if x.probability is not None}
            rows[state] = (hazards, probabilities, next((t for t, x in row.items() if x.rest), state))
        for effect in self.model.strategies[strategy].effects:
            left, right = effect.on.split("->")
            targets = [t.strip() for t in right.split(",")]
            sources = [s.strip() for s in left.split(",")]
            elapsed = k * dt - self.value(effect.start, k)
            strength = self.value(effect.fade, k, elapsed)
            if elapsed < -1e-12 or (effect.duration is not None and elapsed >= self.value(effect.duration, k)):
                strength = 0.0
            for state, (hazards, probabilities, _) in rows.items():
                if sources == ["any"]:
                    if not all(t in hazards or t in probabilities for t in targets):
                        continue
                elif state not in sources:
                    continue
                if targets[0] in hazards:
                    for t in targets:
                        hazards[t] *= self.value(effect.hazard_ratio, k) ** strength
                    continue
                old = sum(probabilities[t] for t in targets)
                if effect.hazard_ratio is not None:
                    new = 1 - (1 - old) ** (self.value(effect.hazard_ratio, k) ** strength)
                elif effect.odds_ratio is not None:
                    odds = old / (1 - old) * self.value(effect.odds_ratio, k) ** strength
                    new = odds / (1 + odds)
                elif effect.risk_ratio is not None:
                    new = old * self.value(effect.risk_ratio, k) ** strength
                else:
                    new = old + strength * self.value(effect.difference, k)
                for t in probabilities:
                    if t in targets:
                        probabilities[t] *= new / old if old > 0 else 1.0
                    elif effect.complement == "others":
                        probabilities[t] *= (1 - new) / (1 - old)
        for state, (hazards, probabilities, rest) in rows.items():
            i = states.index(state)
            p[i] = 0.0
            total = sum(hazards.values())
            survive = math.exp(-total * dt)
            for t, h in hazards.items():
                p[i, states.index(t)] += h / total * (1 - survive) if total > 0 else 0.0
            for t, q in probabilities.items():
                p[i, states.index(t)] += survive * q
            p[i, states.index(rest)] += survive * (1 - sum(probabilities.values()))
        return p

    def occupancy(self, strategy: str) -> np.ndarray:
        """(t + 1, s) of those on whom the strategy works."""
        x = [np.array([float(self.value(self.model.start.get(s, 0))) for s in self.model.states])]
        for k in range(self.model.time.cycles):
            x.append(x[-1] @ self.matrix(strategy, k))
        return np.array(x)

    def npv(self, strategy: str) -> dict[str, float]:
        model, time = self.model, self.model.time
        states, payers = list(model.states), list(model.payers)
        dt = time.cycle_length
        baseline = next(n for n, s in model.strategies.items() if s.baseline)
        usual, worked = self.occupancy(baseline), self.occupancy(strategy)
        spec = model.strategies[strategy]
        exposure = self.value(spec.uptake) * (1 - self.value(spec.deadweight))
        c = {"none": 0.0, "half_cycle": 0.5}.get(time.within_cycle) if isinstance(time.within_cycle, str) else None
        c = self.value(time.within_cycle) if c is None else c
        offsets = {"start": 0.0, "mid": 0.5, "end": 1.0}
        o = time.discount_timing
        o = offsets[o] if o in offsets else self.value(o)
        saved = np.zeros(len(payers))
        for k in range(time.cycles):
            remaining = self.value(time.horizon) - k * dt
            if remaining <= 1e-9:
                break
            factor = (1 + self.value(time.discount_rate)) ** (-(k + o) * dt)
            p0, p1 = self.matrix(baseline, k), self.matrix(strategy, k)
            for item in model.cost_items.values():
                amount = self.value(item.amount, k)
                weight = factor if item.strategy is not None else factor * min(1.0, remaining / dt)
                if item.strategy is not None:
                    at = int(item.year / dt + 1e-9)
                    extra = amount if item.strategy == strategy and at == k else 0.0
                elif item.state is not None:
                    wanted = [item.state] if isinstance(item.state, str) else item.state
                    extra = 0.0
                    for s in wanted:
                        i = states.index(s)
                        change = (worked - usual)[:, i]
                        extra += dt * ((1 - c) * change[k] + c * change[k + 1]) * amount
                    extra *= exposure * (1 - self.value(item.displacement, k))
                else:
                    left, right = item.transition.split("->")
                    extra = 0.0
                    for s in left.split(","):
                        for t in right.split(","):
                            i, j = states.index(s.strip()), states.index(t.strip())
                            extra += (worked[k, i] * p1[i, j] - usual[k, i] * p0[i, j]) * amount
                    extra *= exposure * (1 - self.value(item.displacement, k))
                if item.kind == "production":
                    extra = -extra
                saved[payers.index(item.payer)] -= weight * extra
                if item.to is not None:
                    saved[payers.index(item.to)] += weight * extra
        result = dict(zip(payers, map(float, saved), strict=True))

        def of(perspective: str) -> set[str]:
            spec = model.perspectives[perspective]
            return set(spec.payers).union(*(of(other) for other in spec.includes))

        return {**{name: sum(result[p] for p in of(name)) for name in model.perspectives}, **result}
