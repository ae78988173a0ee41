"""What draws would break rules of a model, looked at before a run: how many do, and whether any could.

Some draws of every calculation are run as a run would run them. A rule that none of them breaks may still be broken far
out in the tails: then the corners of what it depends on are tried, each parameter near one end of its law.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from engine.errors import Problem
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel
from engine.model.hoist import MOST_BITS
from engine.model.rules import Rule
from engine.run.blocks import filled, first
from engine.run.designs import unit_points
from engine.run.outcomes import Array
from engine.spec.load import LoadedStudy
from engine.spec.yaml import Loc

DRAWS = 4096
MOST_CORNERS = 10
"""Parameters of a rule whose corners are all tried."""
_NEAR = 2.0**-20
"""Share of a law that lies beyond a corner, about one in a million."""


@dataclass(frozen=True)
class Broken:
    """A rule that draws of a calculation break, or could."""

    calculation: str
    rule: Rule
    share: float
    """Of the draws tried; 0 where only corners break it."""
    error: float
    """Standard error of the share."""
    draws: int


def try_draws(model: CompiledModel, *, draws: int = DRAWS, seed: int | None = None) -> tuple[Broken, ...]:
    """Rules that draws break, by calculation; those that only corners break stand last, with share 0.

    Parameters
    ----------
    draws : of each calculation, independent whatever the study's design.
    seed : the study's if None.
    """
    names, seed = model.inputs.uncertain, model.study.study.seed if seed is None else seed
    points = unit_points("monte_carlo", names, seed=seed, start=0, stop=draws, total=draws)
    found, possible = [], []
    for calculation in model.inputs.laws:
        status = _status(model, model.inputs.values(calculation, points))
        for rule, bits in _alike(model):
            share = float(np.mean(status & bits != 0))
            if share > 0:
                error = float(np.sqrt(share * (1 - share) / draws))
                found.append(Broken(calculation, rule, share, error, draws))
            elif _at_corners(model, calculation, rule, bits):
                possible.append(Broken(calculation, rule, 0.0, 0.0, draws))
    return (*found, *possible)


def broken_by_values(model: CompiledModel) -> tuple[Problem, ...]:
    """Rules that calculations break with uncertainty left aside, each told once, with its place."""
    study, found = model.study, dict[tuple[Loc, str], list[str]]()
    for calculation in model.inputs.laws:
        failures = evaluate(model.totals_program, model.inputs.point(calculation)).failures
        for failure in sorted(failures, key=lambda f: f.check):
            rule = model.rules[failure.check]
            among = found.setdefault((rule.loc, rule.text), [])
            if calculation not in among:
                among.append(calculation)
    return tuple(
        study.marks.problem(study.study.model, loc, f"{text} (in {', '.join(among)}, uncertainty left aside)")
        for (loc, text), among in found.items()
    )


def told(study: LoadedStudy, found: Broken) -> Problem:
    """A rule that draws break, as a mistake with its place."""
    if found.share > 0:
        message = (
            f"{found.share:.2%} (+- {found.error:.2%}) of {found.draws} draws of {found.calculation!r} break it: "
            f"{found.rule.text}"
        )
    else:
        message = (
            f"none of {found.draws} draws of {found.calculation!r} breaks it, but its laws allow it, far out in their "
            f"tails: {found.rule.text}"
        )
    names = ", ".join(found.rule.inputs[:8]) + (", .." if len(found.rule.inputs) > 8 else "")
    return study.marks.problem(study.study.model, found.rule.loc, f"{message} (depends on {names})")


def _alike(model: CompiledModel) -> list[tuple[Rule, np.int64]]:
    """Rules and their bits of a status; those that say the same, of each year in a tunnel say, count as one."""
    found: dict[tuple[Loc, str], tuple[Rule, np.int64]] = {}
    for bit, rule in enumerate(model.rules[:MOST_BITS]):
        before, bits = found.get((rule.loc, rule.text), (rule, np.int64(0)))
        inputs = tuple(dict.fromkeys((*before.inputs, *rule.inputs)))
        found[rule.loc, rule.text] = before._replace(inputs=inputs), bits | np.int64(1) << np.int64(bit)
    return list(found.values())


def _at_corners(model: CompiledModel, calculation: str, rule: Rule, bits: np.int64) -> bool:
    """A rule is broken where everything that it depends on is near an end of its law."""
    moved = model.inputs.groups_of_uncertain
    own = [c for c in model.inputs.uncertain_in(calculation) if {c, *moved[c]} & set(rule.inputs)]
    if not 1 <= len(own) <= MOST_CORNERS:
        return False
    corners = np.array(list(product((_NEAR, 1 - _NEAR), repeat=len(own)))).T
    points = np.full((len(model.inputs.uncertain), corners.shape[1]), 0.5)
    points[[model.inputs.uncertain.index(c) for c in own]] = corners
    status = _status(model, model.inputs.values(calculation, points))
    return bool((status & bits != 0).any())


def _status(model: CompiledModel, values: Array) -> NDArray[np.int64]:
    block = filled(model.totals_program, values)
    model.totals_kernel(block)
    return first(block, values.shape[1]).status
