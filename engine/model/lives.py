"""How parts of the cohort live under each strategy: rows, effects, and who is reached by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from engine.model.clockwork import WITHIN_CYCLE
from engine.model.cohort import AnyMoves, Cohort, Counting, Dynamics, Flows, OneMove, mix_flows
from engine.model.effects import Moves, Node, Row, apply_effect, half_lives, read_row, to_moves
from engine.model.generator import suggest_scheme
from engine.model.hoist import Ref, Stage
from engine.model.inputs import Inputs
from engine.model.lower import Scope, TableRangeError
from engine.model.rules import Rulebook
from engine.model.sampling import DRAWS, sample
from engine.spec.load import LoadedStudy
from engine.spec.strategies import effects_of

MARGIN = 4.0
"""How far above the largest outflow of a few draws the exponential of a matrix still holds; costs little."""

FASTEST = 1000.0
"""Most that the bound on an outflow times a cycle may be; its series takes about three times as many terms."""


@dataclass(frozen=True)
class Part:
    """A part of the cohort, or all of it."""

    name: str
    """Empty for all of it."""
    share: Ref
    lives: Scope
    """In which transitions are read; its clock stands still after the last cycle."""
    books: Scope
    """In which amounts are read."""
    start: dict[str, Ref]
    """Share of it in each state at the start."""


@dataclass(frozen=True)
class Course:
    """One strategy in one part of the cohort."""

    flows: Flows
    staying_on: Ref
    """Probability of staying on the programme over a cycle."""


class Lives:
    """Compiles the chains of a study.

    Parameters
    ----------
    courses : strategies, the baseline first.
    stages : of each state.
    counted : transitions whose number somebody asks for.
    inputs : whose draws show how large hazards become.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        study: LoadedStudy,
        courses: tuple[str, ...],
        stages: Mapping[str, int],
        counted: Collection[tuple[str, str]],
        inputs: Inputs,
    ) -> None:
        self._inputs = inputs
        self._rules, self._g = rulebook, rulebook.graph
        self._study, self._model = study, study.model
        self._courses, self._stages, self._counted = courses, stages, counted
        self.people: set[Ref] = set()
        """Values that count people in a cycle, of those on whom a strategy works or of all in the baseline."""

    def under_strategies(self, part: Part) -> dict[str, Course]:
        """Every strategy in a part of the cohort."""
        self._rules.about = f" (subgroup {part.name!r})" if part.name else ""
        written = self.rows(part.lives)
        g, time = self._g, self._model.time
        correction = self._rules.keyword(part.lives, ("time", "within_cycle"), time.within_cycle, WITHIN_CYCLE)
        counting = Counting(correction, time.within_cycle == "exact", time.by_boundary)
        cohort = Cohort(g, self._stages, part.start, counting)
        usual = self._dynamics(self._courses[0], written)
        baseline = Course(self._seen(cohort.run(usual)), g.const(1.0))
        found = {self._courses[0]: baseline}
        for course in self._courses[1:]:
            found[course] = self._course(part.lives, cohort, course, written, usual, baseline)
        self._rules.about = ""
        return found

    def rows(self, scope: Scope) -> dict[Node, Row]:
        """Rows as written, without effects; hazards per year for a matrix of them, else in half-lives per cycle."""
        rows = {}
        unit = half_lives(scope.step) if self._model.dynamics == "competing_hazards" else 1.0
        for state, transitions in self._model.transitions.items():
            for target, transition in transitions.items():
                if transition.time_to_event is not None:
                    valid = scope.time_law(transition.time_to_event).valid(self._g)
                    text = f"{transition.time_to_event}: shapes, scales and sdlog must be above 0, rates not below"
                    self._rules.check(valid, ("transitions", state, target, "time_to_event"), text)
            for stage in range(self._stages[state]):
                node = Node(state, stage)
                try:
                    rows[node] = read_row(scope.in_stage(stage * scope.step), node, transitions, unit=unit)
                except TableRangeError as e:
                    self._rules.problem(("transitions", state), str(e))
                    rows[node] = Row(node, {}, {}, state)
                    break
        return rows

    def start(self, scope: Scope) -> dict[str, Ref]:
        """Share of a part of the cohort in each state at the start."""
        shares = {s: self._rules.lower(scope, ("start", s), e) for s, e in self._study.start.items()}
        text = "shares at the start must not be negative and must add up to 1"
        self._rules.whole(shares, ("start",), text)
        return {s: shares.get(s, self._g.const(0.0)) for s in self._model.states}

    def _course(
        self,
        scope: Scope,
        cohort: Cohort,
        course: str,
        written: dict[Node, Row],
        usual: Dynamics,
        baseline: Course,
    ) -> Course:
        """A strategy: those on whom it works (uptake, less deadweight) and stay on; the rest as in the baseline."""
        g, strategy = self._g, self._model.strategies[course]
        dropout = self._rules.lower(scope, ("strategies", course, "dropout"), strategy.dropout)
        loc = ("strategies", course, "dropout")
        self._rules.check(g.compare("ge", dropout, g.const(0.0)), loc, "a rate of dropping out must not be negative")
        staying_on = g.exp(g.neg(g.mul(dropout, g.const(scope.step))))
        rows, acts = written, g.truth(False)
        for place, effect in effects_of(self._model, course):
            try:
                applied = apply_effect(scope, rows, effect)
            except TableRangeError as e:
                self._rules.problem(place, str(e))
                continue
            rows, acts = applied.rows, g.either(acts, applied.acts)
            for rule in applied.rules:
                self._rules.check(rule.condition, place, rule.text)
        if rows == written:
            return Course(baseline.flows, staying_on)
        dynamics = self._dynamics(course, rows)
        nobody = g.constant(dropout) == 0.0
        treated = self._seen(cohort.run(dynamics) if nobody else cohort.run_with_dropout(dynamics, usual, staying_on))
        uptake = self._rules.share(scope, ("strategies", course, "uptake"), strategy.uptake)
        deadweight = self._rules.share(scope, ("strategies", course, "deadweight"), strategy.deadweight)
        exposure = g.mul(uptake, g.sub(g.const(1.0), deadweight))
        before = now = exposure
        if not (nobody and self._alike(written, rows)):
            # nobody is reached as long as nothing is changed, for bits may differ
            before, now = (g.where(changed, exposure, g.const(0.0)) for changed in g.ever(acts))
        return Course(mix_flows(g, before, now, baseline.flows, treated), staying_on)

    def _seen(self, flows: Flows) -> Flows:
        self.people.update(*(of.values() for of in (flows.occupancy, flows.person_time, flows.passages)))
        return flows

    def _alike(self, written: Mapping[Node, Row], rows: Mapping[Node, Row]) -> bool:
        """Whether rows that an effect leaves as they were give the bits of those written.

        Not so for the exponential of a matrix, nor where one exponential is computed beforehand, for all draws, and the
        other in the kernel. All else is sums and products, which are the same in both.
        """

        def beforehand(row: Row) -> bool:
            return self._g.total(list(row.hazards.values())).stage <= Stage.CYCLE

        return self._model.dynamics == "competing_hazards" and all(
            beforehand(row) == beforehand(rows[node]) for node, row in written.items()
        )

    def _dynamics(self, course: str, rows: dict[Node, Row]) -> Dynamics:
        if self._model.dynamics == "competing_hazards":
            return OneMove(self._g, self._stages, self._moves(course, rows), self._counted)
        g, years = self._g, self._model.time.cycle_length
        hazards = {(node, Node(target, 0)): q for node, row in rows.items() for target, q in row.hazards.items()}
        outflows = []
        for node, row in rows.items():
            outflows.append(g.total(list(row.hazards.values())))
            valid = g.truth(True)
            for q in row.hazards.values():
                valid = g.both(valid, g.compare("ge", q, g.const(0.0)))
            what = f"in strategy {course!r}, hazards out of {node.state!r} must not be negative"
            self._rules.check(valid, ("transitions", node.state), what)
        bound = MARGIN * float(np.nanmax(sample(g, outflows, self._inputs), initial=0.0))
        if not bound * years <= FASTEST:
            what = (
                f"hazards add up to {bound / MARGIN:.3g} a year out of some state, which is too often for a matrix "
                f"exponential over cycles of {years:.3g} years; lower them, or shorten the cycle"
            )
            self._rules.problem(("dynamics",), what)
            return AnyMoves(g, {}, years, suggest_scheme(0.0, years), self._counted)
        scheme = suggest_scheme(bound, years)
        for node, outflow in zip(rows, outflows, strict=True):
            within = g.compare("le", outflow, g.const(scheme.theta * scheme.substeps / years))
            what = (
                f"in strategy {course!r}, hazards out of {node.state!r} add up to more than {bound:.3g} a year, "
                f"{MARGIN:g} times the most that {DRAWS} draws gave when the model was compiled"
            )
            self._rules.check(within, ("transitions", node.state), what)
        return AnyMoves(g, hazards, years, scheme, self._counted)

    def _moves(self, course: str, rows: dict[Node, Row]) -> dict[Node, Moves]:
        moves = {node: to_moves(self._g, row) for node, row in rows.items()}
        for node, move in moves.items():
            what = (
                f"in strategy {course!r}, transitions out of {node.state!r} must not be negative nor add up to more "
                "than 1"
            )
            self._rules.check(move.valid, ("transitions", node.state), what)
        return moves
