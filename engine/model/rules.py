"""What a draw must keep to, and what is wrong with a model whatever the draw: gathered while it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from engine.errors import Problem
from engine.model.hoist import Graph, Ref
from engine.model.lower import Scope, TableRangeError
from engine.spec.load import LoadedStudy

Loc = tuple[str | int, ...]
"""Place in the model file."""


class Rule(NamedTuple):
    """A condition of the model, in the words of the one who must mend a draw that breaks it."""

    loc: Loc
    """Place in the model file."""
    text: str
    inputs: tuple[str, ...]
    """Assumptions that it depends on."""


class Rulebook:
    """Reads expressions into a graph, and gathers rules and problems.

    Parameters
    ----------
    inputs : names of the rows of inputs.
    """

    def __init__(self, graph: Graph, study: LoadedStudy, inputs: tuple[str, ...]) -> None:
        self.graph, self.study = graph, study
        self._inputs = inputs
        self.checks: list[Ref] = []
        self.rules: list[Rule] = []
        """By check."""
        self.problems: list[Problem] = []
        self.about = ""
        """Part of the cohort that is being read, for messages."""

    def lower(self, scope: Scope, loc: Loc, text: str | float) -> Ref:
        try:
            return scope.lower(text)
        except TableRangeError as e:
            self.problem(loc, str(e))
            return self.graph.const(0.0)

    def keyword(self, scope: Scope, loc: Loc, text: str | float, words: Mapping[str, float]) -> Ref:
        given = isinstance(text, str) and text in words
        return self.graph.const(words[str(text)]) if given else self.share(scope, loc, text)

    def item(self, scope: Scope, loc: Loc, text: str | float) -> Ref:
        """A field of an item: its growth leaves something, and its marginal share is one."""
        if loc[-1] == "marginal_share":
            return self.share(scope, loc, text)
        value = self.lower(scope, loc, text)
        if loc[-1] == "growth":
            self.check(self.graph.compare("gt", value, self.graph.const(-1.0)), loc, "growth must be above -1")
        return value

    def share(self, scope: Scope, loc: Loc, text: str | float) -> Ref:
        g = self.graph
        value = self.lower(scope, loc, text)
        inside = g.both(g.compare("ge", value, g.const(0.0)), g.compare("le", value, g.const(1.0)))
        self.check(inside, loc, f"{loc[-1]} must lie within 0 to 1")
        return value

    def whole(self, shares: Mapping[str, Ref], loc: Loc, text: str) -> None:
        """Shares are parts of one whole."""
        g = self.graph
        off = g.absolute(g.sub(g.total(list(shares.values())), g.const(1.0)))
        least = g.const(0.0)
        for share in shares.values():
            least = g.minimum(least, share)
        valid = g.both(g.compare("le", off, g.const(1e-9)), g.compare("ge", least, g.const(0.0)))
        self.check(valid, loc, text)

    def check(self, condition: Ref, loc: Loc, text: str) -> None:
        """A rule for every draw; one that fails whatever the draw is a problem of the model."""
        if any(c == condition for c in self.checks):
            return
        known = self.graph.known(condition)
        if known is not None and not known.all():
            cycle = int(np.argmin(known))
            time = self.study.model.time
            age = f" (age {time.start_age + cycle * time.cycle_length:g})" if time.start_age else ""
            when = "" if self.graph.constant(condition) is not None else f"; not so in cycle {cycle}{age}"
            self.problem(loc, f"{text}{when}")
        self.checks.append(condition)
        names = tuple(self._inputs[k] for k in sorted(self.graph.inputs_of(condition)))
        self.rules.append(Rule(loc, f"{text}{self.about}", names))

    def problem(self, loc: Loc, text: str) -> None:
        self.problems.append(self.study.marks.problem(self.study.study.model, loc, f"{text}{self.about}"))
