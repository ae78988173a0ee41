"""Reference models as studies in our own language, of any size. R1, R2 and R3 stand in `models/`, made by

    python benchmarks/models.py

A model is a cycle of living states and death. Death and (in R1) a fall from the first state act as hazards on tables by
age; other moves are probabilities, some of which an odds ratio changes. Ratios fade by half-life. All of it is what any
user could have written: nothing here is known to the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MODELS = Path(__file__).resolve().parent / "models"
RATIOS = ("ha", "hb", "oa", "ob")
"""Two hazard ratios, which fade by the first half-life, and two odds ratios, which fade by the second."""


@dataclass(frozen=True)
class Reference:
    """A model by its moves. States are numbers; the last one is death. Parameters are named as in the study."""

    name: str
    states: int
    cycles: int
    per_year: int
    """Cycles in a year."""
    deaths: tuple[tuple[int, str], ...]
    """(from, ratio): death hazards, and the hazard ratio that the intervention puts on them, or nothing."""
    falls: tuple[tuple[int, int], ...]
    """(from, to): hazards on the other table, which compete with death."""
    plain: tuple[tuple[int, int], ...]
    """(from, to): probabilities alike in both strategies."""
    changed: tuple[tuple[int, int, str], ...]
    """(from, to, ratio): probabilities that an odds ratio changes."""
    costs: tuple[tuple[int, int, int, float], ...]
    """(payer, state, unit cost, weight)"""
    units: int
    """Unit costs."""
    payers: int
    start: int
    """States in which people start: one, or three with uncertain shares."""

    @property
    def living(self) -> range:
        return range(self.states - 1)

    @property
    def ratios(self) -> tuple[str, ...]:
        """Those that act on something."""
        used = {r for _, r in self.deaths} | {r for *_, r in self.changed}
        return tuple(r for r in RATIOS if r in used)

    @property
    def transitions(self) -> int:
        return len(self.deaths) + len(self.falls) + len(self.plain) + len(self.changed)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Uncertain parameters in the order of the model, and so of the program's inputs."""
        return (
            *(f"h{s}" for s, _ in self.deaths),
            *(f"fall{s}_{t}" for s, t in self.falls),
            *(f"p{s}_{t}" for s, t in self.plain),
            *(f"q{s}_{t}" for s, t, _ in self.changed),
            *self.ratios,
            *("half_life_1", "half_life_2"),
            *(f"u{k}" for k in range(self.units)),
            *((f"start{k}" for k in range(self.start)) if self.start > 1 else ()),
        )

    @property
    def death_table(self) -> Mapping[str, np.ndarray]:
        """Death and fall rates at whole years of age from 20, against those at the start."""
        years = np.arange(self.cycles // self.per_year + 2)
        return {
            "age": 20 + years,
            "death": np.round(0.2 + 0.3 * np.exp(0.09 * np.minimum(years, 60)), 9),
            "fall": np.round(1 + 0.01 * years, 9),
        }

    def series(self) -> np.ndarray:
        """What the cycle alone decides, (3, cycles): both tables and the discount factor, times the cycle's length."""
        step = 1 / self.per_year
        age = 20 + np.arange(self.cycles) * step
        table = self.death_table
        rows = [np.interp(age, table["age"], table[name]) * step for name in ("death", "fall")]
        return np.stack([*rows, 1.03 ** (20 - age) * step])


def _r1() -> Reference:
    pattern = ((0, 1, 2, 4), (1, 2, 3, 5), (2, 3, 4, 6), (3, 4, 5, 0), (4, 5, 6, 1), (5, 6, 0, 7))
    units = ((0, 1, 2, 3), (4, 5, 6, 0), (1, 2, 3, 4), (5, 6, 0, 1), (2, 3, 4, 5), (6, 0, 1, 2))
    weights = (
        *((1.0, 0.5, 1.5, 0.8), (1.2, 0.7, 1.0, 0.6), (0.9, 1.4, 1.1, 2.0)),
        *((1.3, 0.5, 1.0, 1.6), (0.8, 1.2, 0.9, 1.1), (1.5, 0.7, 1.3, 0.6)),
    )
    return Reference(
        "r1",
        8,
        60,
        1,
        deaths=tuple((s, {0: "ha", 2: "hb", 4: "ha", 6: "hb"}.get(s, "")) for s in range(7)),
        falls=((0, 1),),
        plain=((0, 2), (1, 2), (1, 3), (2, 3), (3, 4), (4, 5), (5, 6), (6, 0)),
        changed=(
            *((0, 3, "oa"), (0, 4, "ob"), (1, 4, "oa"), (2, 5, "ob")),
            *((3, 6, "oa"), (4, 0, "ob"), (5, 1, "oa"), (6, 2, "ob")),
        ),
        costs=_costs(pattern, units, weights),
        units=7,
        payers=6,
        start=3,
    )


def _r2() -> Reference:
    return Reference(
        "r2",
        4,
        75,
        1,
        deaths=((0, "ha"), (1, ""), (2, "hb")),
        falls=(),
        plain=((0, 1), (1, 0)),
        changed=((1, 2, "oa"),),
        costs=_costs(((0, 1, 2, 3), (0, 1, 2, 3)), ((0, 1, 2, 3), (4, 5, 6, 7)), ((1.0, 1.0, 1.0, 1.0),) * 2),
        units=8,
        payers=2,
        start=1,
    )


def _r3() -> Reference:
    pattern = tuple((*((2 * p + k) % 15 for k in (0, 3, 7)), 15 if p == 5 else (2 * p + 11) % 15) for p in range(6))
    units = tuple(tuple((4 * p + j) % 16 for j in range(4)) for p in range(6))
    return Reference(
        "r3",
        16,
        600,
        12,
        deaths=tuple((s, ("ha", "", "hb", "")[s % 4]) for s in range(14)),
        falls=(),
        plain=(*((s, (s + 1) % 15) for s in range(15)), *((s, s + 2) for s in range(5))),
        changed=tuple((s, (s + 4) % 15, ("oa", "ob")[s % 2]) for s in range(14)),
        costs=_costs(pattern, units, ((1.0, 0.5, 1.5, 0.8),) * 6),
        units=16,
        payers=6,
        start=1,
    )


def _costs(
    states: tuple[tuple[int, ...], ...], units: tuple[tuple[int, ...], ...], weights: tuple[tuple[float, ...], ...]
) -> tuple[tuple[int, int, int, float], ...]:
    rows = zip(states, units, weights, strict=True)
    return tuple((p, s, u, w) for p, row in enumerate(rows) for s, u, w in zip(*row, strict=True))


def sized(states: int, per_state: int, cycles: int) -> Reference:
    """A model of any size like R1: all states but death have as many moves, half of them under an effect."""
    living = states - 1
    moves = [(s, (s + 1 + k) % living) for s in range(living) for k in range(min(per_state - 1, living - 1))]
    return Reference(
        f"s{states}x{per_state}x{cycles}",
        states,
        cycles,
        1,
        deaths=tuple((s, ("ha", "", "hb", "")[s % 4]) for s in range(living)),
        falls=(),
        plain=tuple(m for k, m in enumerate(moves) if k % 2 == 0),
        changed=tuple((*m, ("oa", "ob")[k // 2 % 2]) for k, m in enumerate(moves) if k % 2 == 1),
        costs=tuple((p, (p + k) % living, (p + k) % 4, 1.0) for p in range(2) for k in range(min(4, living))),
        units=min(4, living + 1),
        payers=2,
        start=1,
    )


R1, R2, R3 = _r1(), _r2(), _r3()
REFERENCES = (R1, R2, R3)


def write_study(model: Reference, folder: Path) -> Path:
    """The model as a study in a folder of its own."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "calculations").mkdir(exist_ok=True)
    for name, text in study_files(model).items():
        (folder / name).write_text(text)
    return folder


def study_files(model: Reference) -> dict[str, str]:
    """Text of each file of the study."""
    table = model.death_table
    rows = zip(*(table[name].tolist() for name in table), strict=True)
    return {
        "study.yaml": _STUDY.format(name=model.name),
        "model.yaml": _model(model),
        "calculations/own.yaml": _CALCULATION,
        "tables/rates.csv": "\n".join([",".join(table), *(",".join(map(repr, row)) for row in rows)]) + "\n",
    }


_STUDY = """\
# yaml-language-server: $schema=../../../configs/schema/study.schema.json
study: {name}
title: A reference model of the benchmarks
question: How fast is it?
caveat: Every figure is invented.
model: model.yaml
calculations: [calculations/own.yaml]
headline: everybody
draws: 16384
seed: 2026
"""
_CALCULATION = """\
# yaml-language-server: $schema=../../../../configs/schema/calculation.schema.json
calculation: own
label: The model as it stands
role: Benchmark
why: The laws of the model, none of them set otherwise.
perspective: everybody
assumptions: {}
"""
_HEAD = """\
# yaml-language-server: $schema=../../../configs/schema/model.schema.json
#
# {states} states, {cycles} cycles, {transitions} transitions; all figures invented. Written by benchmarks/models.py.

title: Reference model {name}
price_year: 2024
time: {{cycle_length: {step}, cycles: {cycles}, start_age: 20, horizon: {horizon}, discount_rate: 0.03}}

payers: {{{payers}}}
perspectives: {{everybody: {{label: Everybody, payers: [{payer_names}]}}}}
themes: {{life: Lives, effect: Effect, prices: Prices}}

"""


def _model(model: Reference) -> str:
    payers = [f"payer{p}" for p in range(model.payers)]
    head = _HEAD.format(
        states=model.states,
        cycles=model.cycles,
        transitions=model.transitions,
        name=model.name.upper(),
        step={1: "1", 12: "1 month"}[model.per_year],
        horizon=model.cycles // model.per_year,
        payers=", ".join(f"{p}: {{label: Payer {k}}}" for k, p in enumerate(payers)),
        payer_names=", ".join(payers),
    )
    states = [*(f"  s{s}: {{label: State {s}}}" for s in model.living), "  dead: {label: Dead}"]
    lines = [
        head + "parameters:",
        *_parameters(model),
        *([] if model.start == 1 else [_DIRICHLET]),
        _TABLES,
        "states:",
        *states,
        "",
        "start: {s0: 1}" if model.start == 1 else "start: {s0: start0, s1: start1, s2: start2}",
        "",
        "transitions:",
        *(line for s in model.living for line in _row(model, s)),
        "",
        "cost_items:",
        *(
            f"  c{p}_{s}: {{label: Payer {p} in {_state(model, s)}, kind: resource, payer: payer{p}, "
            f"state: {_state(model, s)}, amount: {f'u{u}' if w == 1 else f'{w} * u{u}'}}}"
            for p, s, u, w in model.costs
        ),
        "",
        "strategies:",
        "  usual: {label: As usual, baseline: true}",
        "  help:",
        "    label: The intervention",
        "    effects:",
        *_effects(model),
    ]
    return "\n".join(lines) + "\n"


_DIRICHLET = """
dirichlet:
  starts: {members: [start0, start1, start2], counts: [50, 30, 20], assumption: Invented.}"""
_TABLES = """
tables:
  rates: {file: tables/rates.csv, key: age, interpolation: linear, assumption: Invented.}
"""


def _state(model: Reference, s: int) -> str:
    return "dead" if s == model.states - 1 else f"s{s}"


def _parameters(model: Reference) -> list[str]:
    """With laws of every kind: gamma, beta, PERT, lognormal, triangular, normal, and a Dirichlet row."""
    leaving = max((sum(s == source for source, *_ in (*model.plain, *model.changed)) for s in model.living), default=1)
    most = 0.5 / max(leaving, 1) / model.per_year

    def line(name: str, label: str, value: float, law: str, unit: str, theme: str, more: str = "") -> str:
        dist = f'dist: "{law}", ' if law else ""
        return (
            f"  {name}: {{label: {label}, value: {value:.6g}, {dist}unit: {unit}, {more}theme: {theme}, "
            "assumption: Invented.}"
        )

    found = [
        line(f"h{s}", f"Death rate in s{s}", 0.012, "gamma(mean=0.012, sd=0.003)", "rate/year", "life")
        for s, _ in model.deaths
    ]
    found += [
        line(
            f"fall{s}_{t}", f"Rate of falling from s{s} to s{t}", 0.05, "gamma(mean=0.05, sd=0.01)", "rate/year", "life"
        )
        for s, t in model.falls
    ]
    p, q = 0.6 * most, 0.5 * most
    found += [
        line(f"p{s}_{t}", f"From s{s} to s{t}", p, f"beta(mean={p:.6g}, sd={0.15 * p:.6g})", "probability", "life")
        for s, t in model.plain
    ]
    pert = f"pert({0.2 * most:.6g}, {q:.6g}, {most:.6g})"
    found += [line(f"q{s}_{t}", f"From s{s} to s{t}", q, pert, "probability", "life") for s, t, _ in model.changed]
    found += [line(r, f"Ratio {r}", 0.75, "lognormal(median=0.75, sigma=0.1)", "ratio", "effect") for r in model.ratios]
    found += [
        line(f"half_life_{k}", f"Half-life of effects of kind {k}", 8, "triangular(4, 8, 20)", "years", "effect")
        for k in (1, 2)
    ]
    laws = ("gamma(mean=10000, sd=5000)", "normal(10000, 1500)", "pert(5000, 10000, 20000)")
    found += [
        line(f"u{k}", f"Unit cost {k}", 10000, laws[k % 3], "SEK/person-year", "prices", "price_year: 2024, ")
        for k in range(model.units)
    ]
    if model.start > 1:
        shares = (0.5, 0.3, 0.2)
        found += [
            f"  start{k}: {{label: Share in s{k} at the start, value: {share}, unit: share, theme: life, "
            "assumption: Invented.}"
            for k, share in enumerate(shares)
        ]
    return found


def _row(model: Reference, s: int) -> list[str]:
    moves = [f'    dead: {{hazard: "h{s} * rates(age, death)"}}' for source, _ in model.deaths if source == s]
    moves += [f'    s{t}: {{hazard: "fall{s}_{t} * rates(age, fall)"}}' for source, t in model.falls if source == s]
    moves += [f"    s{t}: {{probability: p{s}_{t}}}" for source, t in model.plain if source == s]
    moves += [f"    s{t}: {{probability: q{s}_{t}}}" for source, t, _ in model.changed if source == s]
    return [f"  s{s}:", *moves]


def _effects(model: Reference) -> list[str]:
    found = []
    for ratio in model.ratios:
        acted = ", ".join(f"s{s}" for s, r in model.deaths if r == ratio)
        if acted:
            arrow = f'on: "{acted} -> dead"'
            found.append(f"      - {{{arrow}, hazard_ratio: {ratio}, fade: exponential(half_life_1)}}")
        found += [
            f"      - {{on: s{s} -> s{t}, odds_ratio: {ratio}, fade: exponential(half_life_2)}}"
            for s, t, r in model.changed
            if r == ratio
        ]
    return found


def main() -> None:
    """Write the studies."""
    for model in REFERENCES:
        print(write_study(model, MODELS / model.name))


if __name__ == "__main__":
    main()
