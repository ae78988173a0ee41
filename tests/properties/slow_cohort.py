"""A second, slow implementation of the cohort model: one calculation, point values, matrices and plain loops.

Written from the mathematics in engine/README.md. It shares the parser and the loader with the engine, and nothing of
what turns a study into numbers. Values of expressions: `slow_values.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import expm

from engine.spec.load import LoadedStudy
from tests.properties.slow_values import Now, Values

OFFSETS = {"start": 0.0, "mid": 0.5, "end": 1.0}
Place = tuple[str, int]
"""A state, and cycles since it was entered."""


class Life(NamedTuple):
    """How a part of the cohort lives under a strategy: p a place, t a cycle."""

    at: np.ndarray
    """(t + 1, p) share at the boundaries of cycles."""
    spent: np.ndarray
    """(t, p) person-time in the cycle, in cycles."""
    moved: dict[tuple[str, str], np.ndarray]
    """By transition, (t,) share of the cohort that makes it."""

    def mixed(self, other: Life, share: float) -> Life:
        """The share lives as the other."""

        def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
            return (1 - share) * a + share * b

        moved = {key: between(self.moved[key], other.moved[key]) for key in self.moved}
        return Life(between(self.at, other.at), between(self.spent, other.spent), moved)


class Sums(NamedTuple):
    """What a strategy comes to, discounted, per person."""

    cost: dict[str, float]
    outcome: dict[str, float]


class Slow(Values):
    def __init__(self, study: LoadedStudy, calculation: str) -> None:
        super().__init__(study, calculation)
        time = self.model.time
        self.cycles = time.cycles
        self.boundaries = time.boundary_weight is not None or time.within_cycle in ("trapezoid", "simpson")
        text = self.model.model_dump_json()
        # without a clock for each place there is no need of places
        tunnels = "time_in_state" in text or any(
            t.time_to_event is not None for row in self.model.transitions.values() for t in row.values()
        )
        self.longest = {
            name: min(state.tunnel or self.cycles + 1, self.cycles + 1) if tunnels else 1
            for name, state in self.model.states.items()
        }
        self.places: list[Place] = [(name, k) for name, n in self.longest.items() for k in range(n)]
        self.number = {place: i for i, place in enumerate(self.places)}
        self.baseline = next(n for n, s in self.model.strategies.items() if s.baseline)
        self.life, self.row = cache(self._life), cache(self._row)
        self.sums = cache(self._sums)
        self.groups = {"": 1.0}
        if self.model.subgroups:
            self.groups = {name: self.value(group.share) for name, group in self.model.subgroups.items()}

    # ------------------------------------------------------------ rows and effects

    def parts(self, strategy: str) -> list[str]:
        """Strategies that one is made of: those it combines, however deep, then itself; each once."""
        found: list[str] = []
        for other in self.model.strategies[strategy].combines:
            found += [part for part in self.parts(other) if part not in found]
        return [*found, strategy]

    def _row(self, strategy: str, state: str, now: Now) -> tuple[dict[str, float], dict[str, float], str]:
        """Hazards, probabilities, and where whoever is left goes."""
        row = self.model.transitions.get(state, {})
        hazards = {t: self.value(x.hazard, now) for t, x in row.items() if x.hazard is not None}
        for t, x in row.items():
            if x.time_to_event is not None:
                since = now.stage * self.dt
                ends = [self.cumulative_hazard(x.time_to_event, s, now) for s in (since, since + self.dt)]
                hazards[t] = (ends[1] - ends[0]) / self.dt
        likely = {t: self.value(x.probability, now) for t, x in row.items() if x.probability is not None}
        odds = {t: math.exp(self.value(x.logit, now)) for t, x in row.items() if x.logit is not None}
        likely |= {t: x / (1 + sum(odds.values())) for t, x in odds.items()}
        for part in self.parts(strategy):
            for effect in self.model.strategies[part].effects:
                self._change(effect, state, now, hazards, likely)
        return hazards, likely, next((t for t, x in row.items() if x.rest), state)

    def strength(self, effect: Any, now: Now) -> float:
        """Share of an effect in force."""
        elapsed = now.cycle * self.dt - self.value(effect.start, now)
        if elapsed < -1e-12 or (effect.duration is not None and elapsed >= self.value(effect.duration, now)):
            return 0.0
        ramp = self.value(effect.ramp_up, now)
        built = min(1.0, elapsed / ramp) if ramp > 0 else 1.0
        return built * self.value(effect.fade, now._replace(elapsed=elapsed))

    def _change(self, effect: Any, state: str, now: Now, hazards: dict[str, float], likely: dict[str, float]) -> None:
        left, right = effect.on.split("->")
        targets = [t.strip() for t in right.split(",")]
        sources = [s.strip() for s in left.split(",")]
        if sources == ["any"]:
            if not all(t in hazards or t in likely for t in targets):
                return
        elif state not in sources:
            return
        strength = self.strength(effect, now)
        if targets[0] in hazards:
            for t in targets:
                hazards[t] *= self.value(effect.hazard_ratio, now) ** strength
            return
        old = sum(likely[t] for t in targets)
        if effect.hazard_ratio is not None:
            new = 1 - (1 - old) ** (self.value(effect.hazard_ratio, now) ** strength)
        elif effect.odds_ratio is not None:
            odds = old / (1 - old) * self.value(effect.odds_ratio, now) ** strength
            new = odds / (1 + odds)
        elif effect.risk_ratio is not None:
            new = old * self.value(effect.risk_ratio, now) ** strength
        else:
            new = old + strength * self.value(effect.difference, now)
        for t in likely:
            if t in targets:
                likely[t] *= new / old if old > 0 else 1.0
            elif effect.complement == "others":
                likely[t] *= (1 - new) / (1 - old)

    # ------------------------------------------------------------ lives

    def step(self, strategy: str, group: str, k: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, dict[Any, float]]:
        """Where people are after a cycle, their time in it (for matrix exponentials), and how many made each move."""
        following = np.zeros_like(x)
        moved: dict[tuple[str, str], float] = {
            (s, t): 0.0 for s, row in self.model.transitions.items() for t in row if s != t
        }
        if not x.any():
            return following, x, moved
        if self.model.dynamics == "matrix_exponential":
            return self._in_continuous_time(strategy, group, k, x, moved)
        for i, (state, stage) in enumerate(self.places):
            if x[i] == 0:
                continue
            hazards, likely, rest = self.row(strategy, state, Now(k, group, stage))
            total = sum(hazards.values())
            survive = math.exp(-total * self.dt)
            going = {t: (h / total * -math.expm1(-total * self.dt) if total > 0 else 0.0) for t, h in hazards.items()}
            going |= {t: survive * p for t, p in likely.items()}
            going[rest] = survive * (1 - sum(likely.values()))
            for t, p in going.items():
                to = (t, 0) if t != state else (state, min(stage + 1, self.longest[state] - 1))
                following[self.number[to]] += x[i] * p
                if t != state:
                    moved[state, t] += x[i] * p
        return following, x, moved

    def _in_continuous_time(
        self, strategy: str, group: str, k: int, x: np.ndarray, moved: dict[tuple[str, str], float]
    ) -> tuple[np.ndarray, np.ndarray, dict[Any, float]]:
        n = len(x)
        q = np.zeros((n, n))
        for i, (state, stage) in enumerate(self.places):
            for t, h in self.row(strategy, state, Now(k, group, stage))[0].items():
                q[i, self.number[t, 0]] += h
                q[i, i] -= h
        # the upper right block of the exponential is the integral of the exponential over the cycle
        both = expm(np.block([[q, np.eye(n)], [np.zeros((n, 2 * n))]]) * self.dt)
        years = x @ both[:n, n:]
        for s, t in moved:
            moved[s, t] = years[self.number[s, 0]] * q[self.number[s, 0], self.number[t, 0]]
        return x @ both[:n, :n], years / self.dt, moved

    def _life(self, strategy: str, group: str) -> Life:
        """Under the strategy, uptake and deadweight counted."""
        now = Now(0, group)
        spec = self.model.strategies[strategy]
        start = np.zeros(len(self.places))
        for state, text in self.model.start.items():
            start[self.number[state, 0]] = self.value(text, now)
        staying_on = math.exp(-self.value(spec.dropout, now) * self.dt)
        on, off = start, np.zeros_like(start)
        at, exact, moves = [start], [], []
        for k in range(self.cycles):
            on_next, on_time, on_moved = self.step(strategy, group, k, on)
            off_next, off_time, off_moved = self.step(self.baseline, group, k, off)
            on, off = staying_on * on_next, off_next + (1 - staying_on) * on_next
            at.append(on + off)
            exact.append(on_time + off_time)
            moves.append({key: on_moved[key] + off_moved[key] for key in on_moved})
        x = np.array(at)
        spent = np.array(exact)
        if self.model.time.within_cycle != "exact":
            c = self.correction
            spent = (1 - c) * x[:-1] + c * x[1:]
        treated = Life(x, spent, {key: np.array([m[key] for m in moves]) for key in moves[0]})
        if strategy == self.baseline:
            return treated
        exposure = self.value(spec.uptake, now) * (1 - self.value(spec.deadweight, now))
        return self.life(self.baseline, group).mixed(treated, exposure)

    @property
    def correction(self) -> float:
        given = self.model.time.within_cycle
        words = {"none": 0.0, "half_cycle": 0.5, "trapezoid": 0.0, "simpson": 0.0, "exact": 0.0}
        return words[given] if isinstance(given, str) and given in words else self.value(given)

    def occupancy(self, strategy: str, group: str | None = None) -> np.ndarray:
        """(s, t + 1) of a subgroup, or of all."""
        if group is None:
            return sum(share * self.occupancy(strategy, name) for name, share in self.groups.items())
        x = self.life(strategy, group).at
        of = {state: [i for i, place in enumerate(self.places) if place[0] == state] for state in self.model.states}
        return np.array([x[:, own].sum(axis=1) for own in of.values()])

    # ------------------------------------------------------------ weights of time

    def discount(self, rate: float) -> list[float]:
        """Of each cycle or boundary."""
        timing, n = self.model.time.discount_timing, self.cycles + 1
        if timing == "continuous":
            force = math.log1p(rate) * self.dt
            mean = -math.expm1(-force) / force if force else 1.0
            return [math.exp(-force * k) * mean for k in range(n)]
        o = OFFSETS[timing] if timing in OFFSETS else self.value(timing)
        return [(1 + rate) ** (-(k + o) * self.dt) for k in range(n)]

    def weights(self) -> list[float]:
        """Share of each cycle that counts, or weight of each boundary."""
        time, n = self.model.time, self.cycles + 1
        horizon = self.value(time.horizon)
        pieces = [min(1.0, max(0.0, horizon / self.dt - k)) for k in range(self.cycles)]
        if not self.boundaries:
            return [*pieces, 0.0]
        if time.boundary_weight is not None:
            inside = [k * self.dt <= horizon + 1e-9 for k in range(n)]
            return [self.value(time.boundary_weight, Now(k)) if inside[k] else 0.0 for k in range(n)]
        weights = [0.0] * n
        if time.within_cycle == "trapezoid":
            # integral over a piece c of the line from one boundary to the next
            for k, c in enumerate(pieces):
                weights[k] += c - c * c / 2
                weights[k + 1] += c * c / 2
            return weights
        for k in range(0, round(horizon / self.dt), 2):  # a parabola over each pair of cycles
            for j, w in enumerate((1 / 3, 4 / 3, 1 / 3)):
                weights[k + j] += w
        return weights

    # ------------------------------------------------------------ money and outcomes

    def _in_strategy(self, item: Any, strategy: str) -> bool:
        return not item.strategies or any(name in self.parts(strategy) for name in item.strategies)

    def _amount(self, item: Any, now: Now) -> float:
        grown = (1 + self.value(item.growth, now)) ** (now.cycle * self.dt)
        return self.value(item.amount, now) * self.value(item.marginal_share, now) * grown

    def _charged(self, item: Any, strategy: str, group: str, k: int) -> float:
        """What an item comes to in a cycle, or at a boundary, in a strategy, displacement left aside."""
        if not self._in_strategy(item, strategy):
            return 0.0
        life, now = self.life(strategy, group), Now(k, group)
        if item.transition is not None:
            source, target = (side.strip() for side in item.transition.split("->"))
            made = life.moved[source, target]
            made = np.array([0.0, *made]) if self.boundaries else made
            return float(made[k] * self._amount(item, now)) if k < len(made) else 0.0
        wanted = [item.state] if isinstance(item.state, str) else item.state
        units = life.at if self.boundaries else life.spent
        total = 0.0
        for i, (state, stage) in enumerate(self.places):
            if state in wanted and k < len(units) and units[k, i] != 0:
                total += self.dt * units[k, i] * self._amount(item, now._replace(stage=stage))
        return total

    def _enrolled(self, item: Any, strategy: str, group: str, k: int) -> float:
        """What an item of participants comes to in a cycle."""
        if item.strategy not in self.parts(strategy) or k == self.cycles:
            return 0.0
        years = [item.year] if isinstance(item.year, int) else item.year
        times = sum(k * self.dt <= year + 1e-9 < (k + 1) * self.dt for year in years)
        if not times:
            return 0.0
        on = math.exp(-self.value(self.model.strategies[strategy].dropout, Now(0, group)) * k * self.dt)
        return times * on * self._amount(item, Now(k, group))

    def _flows(self, item: Any, strategy: str, group: str, displaced: Any) -> Iterator[tuple[int, float, float]]:
        """Cycle or boundary, amount, and its weight, discounting left aside."""
        weights, horizon = self.weights(), self.value(self.model.time.horizon)
        for k in range(self.cycles + 1):
            if item.strategy is not None:
                counts = k < self.cycles and horizon - k * self.dt > 1e-9
                yield k, self._enrolled(item, strategy, group, k) if counts else 0.0, 1.0
            elif weights[k] != 0:
                own = self._charged(item, strategy, group, k)
                usual = self._charged(item, self.baseline, group, k)
                kept = 1 - self.value(displaced, Now(k, group))
                yield k, usual + kept * (own - usual), weights[k]

    def _sums(self, strategy: str, group: str | None = None) -> Sums:
        """Of a subgroup, per member of it; or of all."""
        model = self.model
        if group is None:
            own = [(share, self.sums(strategy, name)) for name, share in self.groups.items()]
            return Sums(
                {p: sum(share * s.cost[p] for share, s in own) for p in model.payers},
                {o: sum(share * s.outcome[o] for share, s in own) for o in model.outcomes},
            )
        cost = dict.fromkeys(model.payers, 0.0)
        money = self.value(model.time.discount_rate)
        factor = self.discount(money)
        for item in model.cost_items.values():
            total = sum(
                w * factor[k] * amount for k, amount, w in self._flows(item, strategy, group, item.displacement)
            )
            cost[item.payer] += -total if item.kind == "production" else total
            if item.to is not None:
                cost[item.to] -= total
        outcome = {}
        for name, o in model.outcomes.items():
            factor = self.discount(money if o.discount_rate is None else self.value(o.discount_rate))
            outcome[name] = sum(
                w * factor[k] * amount
                for item in o.items.values()
                for k, amount, w in self._flows(item, strategy, group, 0)
            )
        return Sums(cost, outcome)

    def npv(self, strategy: str, group: str | None = None) -> dict[str, float]:
        """By perspective and payer."""
        usual, own = self.sums(self.baseline, group).cost, self.sums(strategy, group).cost
        result = {payer: usual[payer] - own[payer] for payer in usual}

        def of(perspective: str) -> set[str]:
            spec = self.model.perspectives[perspective]
            return set(spec.payers).union(*(of(other) for other in spec.includes))

        return {**{name: sum(result[p] for p in of(name)) for name in self.model.perspectives}, **result}
