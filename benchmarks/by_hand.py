"""The reference models as analysts would write them in Python: NumPy over draws, a compiled loop, NumPy draw by draw.

Each takes inputs (input, n) in the order of `Reference.inputs` and gives discounted cost (strategy and payer, n).
Letters: n draw, s state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from models import RATIOS, Reference
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
CHUNK = 2048
"""Draws that NumPy takes at once: temporaries stay in the cache; all at once was 5 % slower on R1, 30 % on R2."""


def over_draws(model: Reference, inputs: Array) -> Array:
    """NumPy, one array operation for each term, in chunks of draws."""
    chunks = [_chunk(model, inputs[:, a : a + CHUNK]) for a in range(0, inputs.shape[1], CHUNK)]
    return np.concatenate(chunks, axis=1)


def _chunk(model: Reference, inputs: Array) -> Array:
    n = inputs.shape[1]
    x = dict(zip(model.inputs, inputs, strict=True))
    death, fall, discount = model.series()
    log_ratio = {r: np.log(x[r]) for r in model.ratios}
    fading = {"h": 0.5 ** (1 / model.per_year / x["half_life_1"]), "o": 0.5 ** (1 / model.per_year / x["half_life_2"])}
    left = {"h": np.ones(n), "o": np.ones(n)}
    at = [_start(model, x, n), _start(model, x, n)]
    cost = np.zeros((2, model.payers, n))
    falls = dict(model.falls)
    acting = dict(model.deaths)
    moves_of = [*((s, r) for s, r, _ in model.changed), *model.plain]
    targets = {s: [r for source, r in moves_of if source == s] for s in model.living}
    for t in range(model.cycles):
        for p, s, u, w in model.costs:
            for a in (0, 1):
                cost[a, p] += x[f"u{u}"] * at[a][s] * (w * discount[t])
        ratio = {r: np.exp(left[r[0]] * log_ratio[r]) for r in model.ratios}
        usual = {(s, r): x[f"q{s}_{r}"] for s, r, _ in model.changed} | {(s, r): x[f"p{s}_{r}"] for s, r in model.plain}
        treated = dict(usual)
        for s, r, name in model.changed:
            odds = usual[s, r] * ratio[name]
            treated[s, r] = odds / (1 - usual[s, r] + odds)
        hazard = {s: x[f"h{s}"] * death[t] for s, _ in model.deaths}
        other = {s: x[f"fall{s}_{r}"] * fall[t] for s, r in falls.items()}
        staying = {s: np.exp(-(h + other[s]) if s in other else -h) for s, h in hazard.items()}
        for a, moves in enumerate((usual, treated)):
            before, after = at[a], np.zeros((model.states, n))
            after[-1] = before[-1]
            for s in model.living:
                people = before[s]
                if s in hazard:
                    h, stay = hazard[s], staying[s]
                    if a == 1 and acting[s]:
                        h = h * ratio[acting[s]]
                        stay = np.exp(-(h + other[s]) if s in other else -h)
                    people = people * stay
                    gone = before[s] - people
                    if s in falls:
                        falling = gone * (other[s] / (h + other[s]))
                        after[falls[s]] += falling
                        gone = gone - falling
                    after[-1] += gone
                rest = people.copy()
                for target in targets[s]:
                    moved = people * moves[s, target]
                    after[target] += moved
                    rest -= moved
                after[s] += rest
            at[a] = after
        left["h"] = left["h"] * fading["h"]
        left["o"] = left["o"] * fading["o"]
    return cost.reshape(2 * model.payers, n)


def _start(model: Reference, x: dict[str, Array], n: int) -> Array:
    at = np.zeros((model.states, n))
    if model.start == 1:
        at[0] = 1.0
    for s in range(model.start if model.start > 1 else 0):
        at[s] = x[f"start{s}"]
    return at


# ---------------------------------------------------------------- a loop over draws


class Numbers(NamedTuple):
    """A model as arrays of indices, for loops over its moves; -1 where there is nothing."""

    death_input: NDArray[np.int64]
    death_ratio: NDArray[np.int64]
    fall_input: NDArray[np.int64]
    fall_to: NDArray[np.int64]
    """By living state."""
    moves: NDArray[np.int64]
    """(move, 4): from, to, input, ratio; by state."""
    first: NDArray[np.int64]
    """First move of each state, and one more."""
    costs: NDArray[np.int64]
    """(item, 3): payer, state, input."""
    weights: Array
    ratios: int
    """Row of the first ratio."""
    fade: NDArray[np.int64]
    """Row of the half-life of each ratio."""


def numbers(model: Reference) -> Numbers:
    """The model's moves by rows of its inputs."""
    row = {name: k for k, name in enumerate(model.inputs)}
    ratio = {name: k for k, name in enumerate(model.ratios)} | {"": -1}
    death = {s: (row[f"h{s}"], ratio[r]) for s, r in model.deaths}
    fall = {s: (row[f"fall{s}_{t}"], t) for s, t in model.falls}
    moves = sorted(
        [(s, t, row[f"p{s}_{t}"], -1) for s, t in model.plain]
        + [(s, t, row[f"q{s}_{t}"], ratio[r]) for s, t, r in model.changed],
        key=lambda move: move[0],
    )
    sources = np.array([s for s, *_ in moves])

    def by_state(known: dict[int, tuple[int, int]], k: int) -> NDArray[np.int64]:
        return np.array([known.get(s, (-1, -1))[k] for s in model.living])

    return Numbers(
        by_state(death, 0),
        by_state(death, 1),
        by_state(fall, 0),
        by_state(fall, 1),
        np.array(moves),
        np.searchsorted(sources, np.arange(model.states)),
        np.array([(p, s, row[f"u{u}"]) for p, s, u, _ in model.costs]),
        np.array([w for *_, w in model.costs]),
        row[model.ratios[0]],
        np.array([row["half_life_1" if r in RATIOS[:2] else "half_life_2"] for r in model.ratios]),
    )


def loop(model: Reference) -> Callable[[Array], Array]:
    """One draw after the other, compiled by numba: plain loops over cycles, moves and costs."""
    run, known, series = _compiled_loop(), numbers(model), model.series()
    start = model.inputs.index("start0") if model.start > 1 else -1

    def call(inputs: Array) -> Array:
        out = np.empty((2 * model.payers, inputs.shape[1]))
        run(inputs, series, known, model.states, model.payers, 1 / model.per_year, start, model.start, out)
        return out

    return call


@cache
def _compiled_loop() -> Any:
    @njit(nogil=True, error_model="numpy", fastmath=True)
    def run(inputs, series, m, states, payers, step, start, starting, out):  # type: ignore[no-untyped-def]
        x, y, ratio = np.empty(states), np.empty(states), np.empty(m.fade.size)
        cost = np.empty(payers)
        for n in range(inputs.shape[1]):
            for a in range(2):
                x[:] = 0.0
                cost[:] = 0.0
                if start < 0:
                    x[0] = 1.0
                else:
                    for s in range(starting):
                        x[s] = inputs[start + s, n]
                for t in range(series.shape[1]):
                    for k in range(m.weights.size):
                        cost[m.costs[k, 0]] += inputs[m.costs[k, 2], n] * m.weights[k] * x[m.costs[k, 1]] * series[2, t]
                    if a == 1:
                        for r in range(m.fade.size):
                            left = 0.5 ** (t * step / inputs[m.fade[r], n])
                            ratio[r] = inputs[m.ratios + r, n] ** left
                    for s in range(states):
                        y[s] = 0.0
                    y[states - 1] = x[states - 1]
                    for s in range(states - 1):
                        people = x[s]
                        if m.death_input[s] >= 0:
                            h = inputs[m.death_input[s], n] * series[0, t]
                            if a == 1 and m.death_ratio[s] >= 0:
                                h *= ratio[m.death_ratio[s]]
                            other = inputs[m.fall_input[s], n] * series[1, t] if m.fall_input[s] >= 0 else 0.0
                            people = x[s] * math.exp(-(h + other))
                            gone = x[s] - people
                            if m.fall_input[s] >= 0:
                                falling = gone * other / (h + other)
                                y[m.fall_to[s]] += falling
                                gone -= falling
                            y[states - 1] += gone
                        rest = people
                        for k in range(m.first[s], m.first[s + 1]):
                            p = inputs[m.moves[k, 2], n]
                            if a == 1 and m.moves[k, 3] >= 0:
                                odds = p * ratio[m.moves[k, 3]]
                                p = odds / (1.0 - p + odds)
                            y[m.moves[k, 1]] += people * p
                            rest -= people * p
                        y[s] += rest
                    for s in range(states):
                        x[s] = y[s]
                for p in range(payers):
                    out[a * payers + p, n] = cost[p]

    return run


# ---------------------------------------------------------------- matrices, draw by draw


def draw_by_draw(model: Reference, inputs: Array) -> Array:
    """NumPy, for each draw, strategy and cycle a transition matrix and a product."""
    m, (death, fall, discount) = numbers(model), model.series()
    living, dead, step = model.states - 1, model.states - 1, 1 / model.per_year
    out = np.empty((2, model.payers, inputs.shape[1]))
    hazardous = np.flatnonzero(m.death_input >= 0)
    falling = np.flatnonzero(m.fall_input >= 0)
    acted = m.death_ratio[hazardous]
    changed = m.moves[:, 3] >= 0
    for n in range(inputs.shape[1]):
        x = inputs[:, n]
        amounts = np.zeros((model.payers, model.states))
        np.add.at(amounts, (m.costs[:, 0], m.costs[:, 1]), x[m.costs[:, 2]] * m.weights)
        for a in (0, 1):
            at, cost = np.zeros(model.states), np.zeros(model.payers)
            at[: model.start] = x[-model.start :] if model.start > 1 else 1.0
            for t in range(model.cycles):
                cost += discount[t] * (amounts @ at)
                ratio = x[m.ratios : m.ratios + m.fade.size] ** (0.5 ** (t * step / x[m.fade]))
                h, other = np.zeros(living), np.zeros(living)
                h[hazardous] = x[m.death_input[hazardous]] * death[t]
                other[falling] = x[m.fall_input[falling]] * fall[t]
                p = x[m.moves[:, 2]].copy()
                if a == 1:
                    h[hazardous] *= np.where(acted >= 0, ratio[acted], 1.0)
                    odds = p[changed] * ratio[m.moves[changed, 3]]
                    p[changed] = odds / (1 - p[changed] + odds)
                stay = np.exp(-(h + other))
                matrix = np.zeros((model.states, model.states))
                matrix[m.moves[:, 0], m.moves[:, 1]] = p
                matrix[np.arange(living), np.arange(living)] = 1 - matrix[:living].sum(axis=1)
                matrix[:living] *= stay[:, None]
                share = np.divide(other, h + other, out=np.zeros(living), where=other > 0)
                matrix[falling, m.fall_to[falling]] += (1 - stay[falling]) * share[falling]
                matrix[:living, dead] += (1 - stay) * (1 - share)
                matrix[dead, dead] = 1.0
                at = at @ matrix
            out[a, :, n] = cost
    return out.reshape(2 * model.payers, -1)
