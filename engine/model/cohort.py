"""How the cohort moves: x[k+1] = x[k] P[k], with P never stored, for one strategy and one part of the cohort.

States that are told apart by time since they were entered consist of stages, a cycle each: who stays goes to the next,
who comes from elsewhere to the first. Mathematics: engine/README.md, "The cohort model".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from engine.model.effects import Moves, Node
from engine.model.generator import Scheme, cycle
from engine.model.hoist import Graph, Ref

K = TypeVar("K")


@dataclass(frozen=True)
class Flows:
    """Values of one strategy in a cycle."""

    occupancy: dict[Node, Ref]
    """At the start of the cycle, after uptake and deadweight."""
    person_time: dict[Node, Ref]
    """Share of the cycle spent in each state."""
    passages: dict[tuple[str, str], Ref]
    """Share of the cohort that makes a transition in the cycle, where somebody asks for it."""

    def occupancy_of(self, graph: Graph, state: str) -> Ref:
        """Over all stages of a state."""
        return graph.total([share for node, share in self.occupancy.items() if node.state == state])

    def time_in(self, graph: Graph, state: str) -> Ref:
        """Person-time over all stages of a state."""
        return graph.total([share for node, share in self.person_time.items() if node.state == state])


@dataclass(frozen=True)
class Step:
    """Where the cohort is after a cycle, and what it did on the way."""

    following: dict[Node, Ref]
    passages: dict[tuple[str, str], Ref]
    """Share of the cohort that makes a transition, where somebody asks for it."""
    time: dict[Node, Ref] | None = None
    """Share of the cycle spent in each node, where it is known exactly."""


class Dynamics(Protocol):
    """How people move in a cycle."""

    def step(self, x: Mapping[Node, Ref]) -> Step:
        """One cycle of whoever is where `x` says."""
        ...


@dataclass(frozen=True)
class OneMove:
    """At most one transition in a cycle: hazards that compete, then probabilities of those who are left.

    Nodes without moves are not left, but time in them goes on.
    """

    graph: Graph
    stages: Mapping[str, int]
    """Of each state."""
    moves: Mapping[Node, Moves]
    counted: Collection[tuple[str, str]]
    """Transitions whose number somebody asks for."""

    def step(self, x: Mapping[Node, Ref]) -> Step:
        """What leaves a state is added where it arrives."""
        g = self.graph
        following = {node: g.const(0.0) for node in x}
        passages: dict[tuple[str, str], Ref] = {}
        for node in x:
            if node not in self.moves:
                onward = self._onward(node)
                following[onward] = g.add(x[node], following[onward])

        def move(source: Node, target: str, people: Ref, share: Ref) -> None:
            to = self._onward(source) if target == source.state else Node(target, 0)
            following[to] = g.fma(people, share, following[to])
            key = (source.state, target)
            if key in self.counted:
                moved = g.mul(people, share)
                before = passages.get(key)
                passages[key] = moved if before is None else g.add(before, moved)

        for source, row in self.moves.items():
            remaining = g.mul(x[source], row.staying)
            taken = g.sub(x[source], remaining)
            for target, share in row.shares.items():
                move(source, target, taken, share)
            for target, p in row.probabilities.items():
                move(source, target, remaining, p)
            move(source, row.rest, remaining, row.left)
        return Step(following, passages)

    def _onward(self, node: Node) -> Node:
        """Where those go who stay in the state."""
        return Node(node.state, min(node.stage + 1, self.stages[node.state] - 1))


@dataclass(frozen=True)
class AnyMoves:
    """Any number of transitions in a cycle: the exponential of the matrix of hazards."""

    graph: Graph
    hazards: Mapping[tuple[Node, Node], Ref]
    """Per year."""
    cycle_length: float
    scheme: Scheme
    counted: Collection[tuple[str, str]]

    def step(self, x: Mapping[Node, Ref]) -> Step:
        """Transitions made are hazards times years spent where they start."""
        g = self.graph
        place = {node: k for k, node in enumerate(x)}
        hazards = {(place[a], place[b]): q for (a, b), q in self.hazards.items()}
        done = cycle(g, list(x.values()), hazards, self.cycle_length, self.scheme)
        passages = {
            (a.state, b.state): g.mul(done.time[place[a]], q)
            for (a, b), q in self.hazards.items()
            if (a.state, b.state) in self.counted
        }
        share = g.const(1.0 / self.cycle_length)
        time = {node: g.mul(years, share) for node, years in zip(x, done.time, strict=True)}
        return Step(dict(zip(x, done.following, strict=True)), passages, time)


class Counting(NamedTuple):
    """How person-time and transitions of a cycle are counted."""

    correction: Ref
    """Weight of the end of a cycle in its person-time."""
    exact: bool = False
    """Person-time is the time spent, where the dynamics know it."""
    by_boundary: bool = False
    """States count at the start of the cycle, and transitions at the boundary that they lead to."""


class Cohort:
    """Chains of one part of the cohort.

    Parameters
    ----------
    stages : of each state.
    start : share of the cohort in each state at the start.
    """

    def __init__(self, graph: Graph, stages: Mapping[str, int], start: Mapping[str, Ref], counting: Counting) -> None:
        self.graph = graph
        self._nodes = tuple(Node(state, k) for state, n in stages.items() for k in range(n))
        self._start = start
        self._counting = counting

    def run(self, dynamics: Dynamics) -> Flows:
        """Everybody moves alike."""
        x = self._carry(self._start)
        step = dynamics.step(x)
        self._follow(x, step.following)
        return self._flows(x, step)

    def run_with_dropout(self, dynamics: Dynamics, usual: Dynamics, staying_on: Ref) -> Flows:
        """As `dynamics` say while on the programme, then as usual; at the end of each cycle a share stays on.

        Parameters
        ----------
        staying_on : probability of staying on the programme over a cycle.
        """
        g = self.graph
        on = self._carry(self._start)
        off = self._carry({})
        within, without = dynamics.step(on), usual.step(off)
        kept = {node: g.mul(share, staying_on) for node, share in within.following.items()}
        self._follow(on, kept)
        gone = {
            node: g.add(share, g.sub(within.following[node], kept[node])) for node, share in without.following.items()
        }
        self._follow(off, gone)
        time = None
        if within.time is not None and without.time is not None:
            time = add_up(g, (within.time, without.time))
        everybody = add_up(g, (on, off))
        passages = add_up(g, (within.passages, without.passages))
        return self._flows(everybody, Step(add_up(g, (kept, gone)), passages, time))

    def _carry(self, start: Mapping[str, Ref]) -> dict[Node, Ref]:
        g = self.graph
        zero = g.const(0.0)
        return {node: g.carried(start.get(node.state, zero) if node.stage == 0 else zero) for node in self._nodes}

    def _follow(self, x: Mapping[Node, Ref], following: Mapping[Node, Ref]) -> None:
        for node, share in x.items():
            self.graph.follow(share, following[node])

    def _flows(self, x: dict[Node, Ref], step: Step) -> Flows:
        g, c = self.graph, self._counting
        if c.by_boundary:
            made = {}
            for key, moved in step.passages.items():
                made[key] = g.carried(g.const(0.0))
                g.follow(made[key], moved)
            return Flows(x, x, made)
        if c.exact and step.time is not None:
            return Flows(x, step.time, step.passages)
        if g.constant(c.correction) == 0.0:
            return Flows(x, x, step.passages)
        person_time = {n: g.fma(c.correction, g.sub(step.following[n], x[n]), x[n]) for n in x}
        return Flows(x, person_time, step.passages)


def mix_flows(graph: Graph, at_start: Ref, during: Ref, untouched: Flows, treated: Flows) -> Flows:
    """A share moves as treated, the rest as untouched.

    Parameters
    ----------
    at_start : the share of those who are counted at the start of a cycle; a total must be able to depend on it.
    during : the share of those who are counted in the cycle.
    """
    if graph.constant(at_start) == graph.constant(during) == 1.0:
        return treated
    occupancy = _mix(graph, at_start, untouched.occupancy, treated.occupancy)
    at_once = treated.person_time is treated.occupancy
    return Flows(
        occupancy,
        occupancy if at_once else _mix(graph, during, untouched.person_time, treated.person_time),
        _mix(graph, during, untouched.passages, treated.passages),
    )


def _mix(g: Graph, exposure: Ref, untouched: Mapping[K, Ref], treated: Mapping[K, Ref]) -> dict[K, Ref]:
    """Untouched + exposure * (treated - untouched): exactly the untouched where nothing is changed."""
    zero = g.const(0.0)
    return {
        key: untouched[key]
        if untouched.get(key, zero) == value
        else g.fma(exposure, g.sub(value, untouched.get(key, zero)), untouched.get(key, zero))
        for key, value in treated.items()
    }


def add_up(graph: Graph, parts: Iterable[Mapping[K, Ref]]) -> dict[K, Ref]:
    """Sum by key, in the order given."""
    result: dict[K, Ref] = {}
    for part in parts:
        for key, value in part.items():
            result[key] = graph.add(result[key], value) if key in result else value
    return result
