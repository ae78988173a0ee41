"""A study's cohort put together: clock, names, parts of the cohort, and their lives under each strategy."""

from __future__ import annotations

from collections.abc import Collection

from engine.model.hoist import Graph, Ref
from engine.model.inputs import Inputs
from engine.model.lives import Lives, Part
from engine.model.lower import Scope, TableRangeError
from engine.model.rules import Rulebook
from engine.spec.load import LoadedStudy
from engine.spec.stages import stages_of
from engine.spec.subgroups import differ_in_start_only


class Assembly:
    """The cohort of a study in a graph.

    Parameters
    ----------
    counted : transitions whose number somebody asks for.
    entry : years after the model's start at which the cohort starts.
    """

    def __init__(
        self, study: LoadedStudy, inputs: Inputs, counted: Collection[tuple[str, str]], *, entry: int = 0
    ) -> None:
        self.study, self.inputs, self.entry = study, inputs, entry
        self._model = study.model
        time = self._model.time
        self.graph = Graph(time.cycles + time.by_boundary)
        self.rulebook = Rulebook(self.graph, study, inputs.names)
        self.moving, self.books = self._scope(time.cycles - 1), self._scope(self.graph.n_cycles - 1)
        self.stages = stages_of(study)
        baseline = self._model.baseline
        self.courses = (baseline, *(name for name in self._model.strategies if name != baseline))
        self.lives = Lives(self.rulebook, study, self.courses, self.stages, counted, inputs)
        self.parts = self._parts()
        self.whole = self._whole()
        """All of the cohort: in one part where that is possible, else its parts."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """In which expressions were read."""
        return self.moving, self.books

    def _scope(self, last_cycle: int) -> Scope:
        g, place = self.graph, {name: k for k, name in enumerate(self.inputs.names)}

        def ref(name: str) -> Ref:
            return g.input(place[name]) if name in place else g.const(self.inputs.fixed[name])

        parameters = {name: ref(name) for name in self._model.parameters}
        choices = {name: ref(name) for name in self._model.choices}
        return Scope(g, self._model, self.study.tables, parameters, choices, last_cycle=last_cycle, entry=self.entry)

    def _parts(self) -> list[Part]:
        g = self.graph
        if not self._model.subgroups:
            return [Part("", g.const(1.0), self.moving, self.books, self.lives.start(self.moving))]
        shares = {
            name: self.rulebook.lower(self.books, ("subgroups", name, "share"), s.share)
            for name, s in self._model.subgroups.items()
        }
        self.rulebook.whole(shares, ("subgroups",), "shares of subgroups must not be negative and must add up to 1")
        found = []
        for name, subgroup in self._model.subgroups.items():
            try:
                lives, books = (s.in_subgroup(self._model, subgroup) for s in (self.moving, self.books))
            except TableRangeError as e:
                self.rulebook.problem(("subgroups", name), str(e))
                continue
            self.rulebook.about = f" (subgroup {name!r})"
            found.append(Part(name, shares[name], lives, books, self.lives.start(lives)))
            self.rulebook.about = ""
        return found

    def _whole(self) -> list[Part]:
        """Parts that differ in where they start alone are one, which starts in the mean of them."""
        if len(self.parts) < 2 or not differ_in_start_only(self.study):
            return self.parts
        g = self.graph
        start = {state: g.dot([(p.share, p.start[state]) for p in self.parts]) for state in self._model.states}
        return [Part("", g.const(1.0), self.moving, self.books, start)]
