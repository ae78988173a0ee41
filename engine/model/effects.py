"""Rows of the transition matrix, and what an intervention does to them.

Every change is written as p + (something that is exactly 0 without an effect), so that an intervention that changes
nothing gives the baseline's bits. Mathematics: engine/README.md, "Transitions" and "Effects".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from engine.kernel.layout import EXPONENTS
from engine.model.hoist import Graph, Ref
from engine.model.lower import Clock, Scope
from engine.spec.arrows import ANY, parse_arrow
from engine.spec.schema import Effect, Transition

TOLERANCE = 1e-12
"""A probability this far outside 0 to 1 is rounding, not a mistake."""


class Node(NamedTuple):
    """A state, or one stage of a state that is told apart by time since it was entered."""

    state: str
    stage: int


@dataclass(frozen=True)
class Row:
    """Transitions out of one node, before they become probabilities."""

    node: Node
    hazards: dict[str, Ref]
    """Rate by target, mean over the cycle, in the unit that the row was read in."""
    probabilities: dict[str, Ref]
    """Probability per cycle by target, of those whom no hazard has taken."""
    rest: str
    """Where whoever is left goes."""
    signs: Mapping[str, Ref] = field(default_factory=dict)
    """By target: a value that is negative where the hazard or probability is, and simpler."""
    left: Ref | None = None
    """The same for what the probabilities leave."""


@dataclass(frozen=True)
class Moves:
    """What happens in a cycle to those in one node: first hazards, then, to those who are left, probabilities."""

    staying: Ref
    """Probability that no hazard takes one."""
    shares: dict[str, Ref]
    """Share of each target among those whom hazards take."""
    probabilities: dict[str, Ref]
    """By target, all but the rest."""
    left: Ref
    """1 less all probabilities: share of those whom no hazard has taken that goes to the rest."""
    rest: str
    valid: Ref
    """Condition that no hazard or probability, nor what is left, is negative."""


def read_row(scope: Scope, node: Node, transitions: dict[str, Transition], *, unit: float) -> Row:
    """The row as written, without effects.

    Parameters
    ----------
    scope : in which the stage of the node is known.
    unit : of hazards, in years times rate: 1 for rates per year, `half_lives` for half-lives per cycle.
    """
    g = scope.graph
    hazards = {t: g.scaled(_hazard(scope, node, x), unit) for t, x in transitions.items() if x.timed}
    probabilities = {t: scope.lower(x.probability) for t, x in transitions.items() if x.probability is not None}
    odds = {t: g.exp(scope.lower(x.logit)) for t, x in transitions.items() if x.logit is not None}
    whole = g.add(g.const(1.0), g.total(list(odds.values())))
    probabilities |= {t: g.div(x, whole) for t, x in odds.items()}
    rest = next((t for t, x in transitions.items() if x.rest), node.state)
    return Row(node, hazards, probabilities, rest)


def half_lives(cycle_length: float) -> float:
    """By what a rate per year is multiplied to give how often in a cycle those who are left become half as many.

    exp(-H dt) = 2^-(H dt log2 e): the factor goes into a hazard as it is written, where it costs nothing, rather than
    into every exponential.
    """
    return cycle_length * math.log2(math.e)


def _hazard(scope: Scope, node: Node, transition: Transition) -> Ref:
    """Rate per year, mean over the cycle."""
    if transition.hazard is not None:
        return scope.lower(transition.hazard)
    assert transition.time_to_event is not None
    g, step = scope.graph, scope.graph.const(scope.step)
    grown = scope.time_law(transition.time_to_event).increment(g, g.const(node.stage * scope.step), step)
    return g.div(grown, step)


class Rule(NamedTuple):
    """A condition that an effect must meet in every draw."""

    condition: Ref
    text: str


def reached_by(effect: Effect, rows: Mapping[Node, Row]) -> tuple[list[Node], list[str]]:
    """Nodes that an effect acts on, and the targets out of each whose joint probability it changes."""
    arrow = parse_arrow(effect.on)
    targets = [t.name for t in arrow.targets]
    sources = [s.name for s in arrow.sources]
    if sources == [ANY]:
        changeable = {node: {*row.hazards, *row.probabilities} for node, row in rows.items()}
        return [node for node, known in changeable.items() if known.issuperset(targets)], targets
    return [node for node in rows if node.state in sources], targets


class Applied(NamedTuple):
    """What an effect makes of rows."""

    rows: dict[Node, Row]
    rules: list[Rule]
    """That its ratio and fade-out must keep."""
    acts: Ref
    """Condition that it changes something in the cycle: its ratio, as far as it is in force, is not 1."""


def apply_effect(scope: Scope, rows: Mapping[Node, Row], effect: Effect) -> Applied:
    """Rows under an effect."""
    g = scope.graph
    nodes, targets = reached_by(effect, rows)
    strength, checks = _strength(scope, effect)
    changed = dict(rows)
    acts = g.truth(False)
    for node in nodes:
        row = changed[node]
        if all(t in row.hazards for t in targets):
            assert effect.hazard_ratio is not None
            ratio, valid = _ratio(scope, effect.hazard_ratio, strength)
            checks.append(valid)
            acts = g.either(acts, g.compare("ne", ratio, g.const(1.0)))
            hazards = {t: g.mul(h, ratio) if t in targets else h for t, h in row.hazards.items()}
            signs = {**row.signs, **{t: row.signs.get(t, row.hazards[t]) for t in targets}}  # a ratio is at least 0
            changed[node] = replace(row, hazards=hazards, signs=signs)
        else:
            size, valid = _size(scope, effect, strength)
            checks.append(valid)
            acts = g.either(acts, g.compare("ne", size, g.const(0.0)))
            changed[node] = _with_signs(g, effect, row, targets, _on_probabilities(scope, effect, row, targets, size))
    return Applied(changed, checks, acts)


def _with_signs(g: Graph, effect: Effect, row: Row, targets: list[str], probabilities: dict[str, Ref]) -> Row:
    """The row with probabilities that an effect has made of its own, and what says whether they are negative.

    A ratio of odds or hazards changes p to something from 0 to 1, and a risk ratio to something of its sign; what
    others keep, or all leave, is negative only where it was before.
    """
    signs = dict(row.signs)
    bounded = effect.odds_ratio is not None or effect.hazard_ratio is not None
    for target, p in row.probabilities.items():
        if probabilities[target] == p:
            continue
        if bounded or (effect.risk_ratio is not None and target in targets):
            signs.setdefault(target, p)
        else:
            signs.pop(target, None)
    alone = effect.complement == "others" or set(targets) == set(row.probabilities)
    left = row.left
    if not (bounded and alone):
        left = None
    elif left is None:
        left = g.sub(g.const(1.0), g.total(list(row.probabilities.values())))
    return replace(row, probabilities=probabilities, signs=signs, left=left)


def to_moves(graph: Graph, row: Row) -> Moves:
    """Competing hazards h_j with sum H, in half-lives per cycle: p_j = h_j / H (1 - 2^-H); probabilities are of those
    who remain."""
    g = graph
    zero, one = g.const(0.0), g.const(1.0)
    total = g.total(list(row.hazards.values()))
    staying = g.halved(total)
    single = len(row.hazards) == 1
    shares = {
        target: one if single else g.where(g.compare("gt", total, zero), g.div(hazard, total), zero)
        for target, hazard in row.hazards.items()
    }
    left = g.sub(one, g.total(list(row.probabilities.values())))
    known = {**row.probabilities, **row.hazards, **row.signs}
    valid = g.truth(True)
    for value in (left if row.left is None else row.left, *known.values()):
        valid = g.both(valid, g.at_least(value, -TOLERANCE))
    return Moves(staying, shares, row.probabilities, left, row.rest, valid)


def _strength(scope: Scope, effect: Effect) -> tuple[Ref, list[Rule]]:
    """Share of the effect in force in each cycle: ramp times fade-out, 0 before `start` and after `duration`."""
    g = scope.graph
    zero, one = g.const(0.0), g.const(1.0)
    start = scope.lower(effect.start)
    at_once = g.constant(start) == 0.0
    elapsed = g.sub(scope.clock.value, start)
    strength = scope.lower(effect.fade, scope.clock if at_once else Clock(elapsed, plain=False))
    ramp = scope.lower(effect.ramp_up)
    if g.constant(ramp) != 0.0:
        # where nothing is to be built up the effect is whole at once
        slope = g.div(elapsed, g.where(g.compare("gt", ramp, zero), ramp, one))
        built = g.where(g.compare("gt", ramp, zero), g.minimum(one, slope), one)
        strength = g.mul(strength, built)
    if not at_once:
        strength = g.where(g.compare("ge", elapsed, g.const(-TOLERANCE)), strength, zero)
    if effect.duration is not None:
        strength = g.where(g.compare("lt", elapsed, scope.lower(effect.duration)), strength, zero)
    inside = g.falling(strength)
    if inside is None:
        inside = g.both(g.compare("ge", strength, zero), g.compare("le", strength, g.const(1.0 + TOLERANCE)))
    rule = Rule(inside, "the share of an effect that is left must lie within 0 to 1")
    building = Rule(g.compare("ge", ramp, zero), "the years over which an effect builds up must not be negative")
    return strength, [building] if strength == one else [rule, building]


def _ratio(scope: Scope, text: str | float, strength: Ref) -> tuple[Ref, Rule]:
    """ratio^strength, 1 where nothing of the effect is left whatever the ratio; and the rule that it is at least 0."""
    g = scope.graph
    ratio = scope.lower(text)
    valid = g.compare("ge", ratio, g.const(0.0))
    # a ratio of 0 counts as 1e-300, whose logarithm can be faded; strength is a share, so that the limit holds
    power = g.minimum(g.log2(g.maximum(ratio, g.const(1e-300))), g.const(EXPONENTS[1]))
    return g.exp2(g.mul(strength, power)), Rule(valid, "a ratio must not be negative")


def _size(scope: Scope, effect: Effect, strength: Ref) -> tuple[Ref, Rule]:
    """How far a ratio is from 1, or a difference from 0, as far as it is in force."""
    g = scope.graph
    if effect.difference is not None:
        return g.mul(strength, scope.lower(effect.difference)), Rule(g.truth(True), "")
    given = next(x for x in (effect.hazard_ratio, effect.odds_ratio, effect.risk_ratio) if x is not None)
    ratio, rule = _ratio(scope, given, strength)
    return g.sub(ratio, g.const(1.0)), rule


def _on_probabilities(scope: Scope, effect: Effect, row: Row, targets: list[str], size: Ref) -> dict[str, Ref]:
    """Change the joint probability p of the targets by d, keeping their proportions.

    Hazard ratio h: 1 - (1 - p)^h, so d = (1 - p) (1 - q) with q = (1 - p)^(h - 1). Odds ratio e:
    d = p (1 - p) (e - 1) / (1 + p (e - 1)). Risk ratio e: d = p (e - 1).
    """
    g = scope.graph
    zero, one = g.const(0.0), g.const(1.0)
    joint = g.total([row.probabilities[t] for t in targets])
    left = g.sub(one, joint)
    if effect.difference is not None:
        change = size
    elif effect.hazard_ratio is not None:
        # size is at least -1, and the logarithm from -997 to 0
        power = g.mul(size, g.log2(g.maximum(left, g.const(1e-300))))
        change = g.mul(left, g.sub(one, g.exp2(g.maximum(power, g.const(EXPONENTS[0])))))
    elif effect.odds_ratio is not None:
        change = g.div(g.mul(g.mul(joint, left), size), g.add(one, g.mul(joint, size)))
    else:
        change = g.mul(joint, size)
    result = {}
    others = g.sub(one, g.div(change, g.maximum(left, g.const(1e-300))))
    for target, p in row.probabilities.items():
        if target in targets:
            share = one if len(targets) == 1 else g.where(g.compare("gt", joint, zero), g.div(p, joint), zero)
            result[target] = g.fma(share, change, p)
        else:
            result[target] = g.mul(p, others) if effect.complement == "others" else p
    return result
