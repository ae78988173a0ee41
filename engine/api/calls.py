"""What the verbs share: names that must exist, seeds and draws that make sense, progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import partial

from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.run.designs import replicates

Progress = Callable[[str, int, int], None]
"""Told a stage (`simulate`, `differences`, `sensitivity`, `report`), how much of it is done, and of how much."""


def of_stage(progress: Progress | None, stage: str) -> Callable[[int, int], None] | None:
    """What one stage tells of itself: how much is done, and of how much."""
    return None if progress is None else partial(progress, stage)


def known(name: str, names: Iterable[str], what: str) -> str:
    """The name, if it is one of them.

    Raises
    ------
    UsageError : with the nearest right name and all that there are.
    """
    names = list(names)
    if name not in names:
        near = get_close_matches(name, names, 1)
        meant = f"; did you mean {near[0]!r}?" if near else "."
        raise UsageError(f"no {what} {name!r}{meant} There are: {', '.join(names)}")
    return name


def intervention(model: CompiledModel, strategy: str | None) -> str:
    """The strategy, or the first intervention if none is named."""
    interventions = model.shape.courses[1:]
    return interventions[0] if strategy is None else known(strategy, interventions, "intervention")


def decider(model: CompiledModel, calculation: str, party: str | None) -> str:
    """The perspective or payer, or the calculation's own perspective if none is named.

    Raises
    ------
    UsageError : an unknown calculation or party.
    """
    known(calculation, model.inputs.laws, "calculation")
    own = next(c for c in model.study.calculations if c.calculation == calculation)
    return known(own.perspective if party is None else party, model.shape.parties, "perspective or payer")


def checked_seed(model: CompiledModel, seed: int | None) -> int:
    """The seed, or the study's."""
    seed = model.study.study.seed if seed is None else seed
    if seed < 0:
        raise UsageError(f"seed: {seed}; 0 or more")
    return seed


def checked_draws(model: CompiledModel, draws: int | None) -> int:
    """The number of draws, or the study's; enough for the study's design."""
    spec = model.study.study
    draws = spec.draws if draws is None else draws
    least = replicates(spec.design)
    if draws < least:
        because = f"; a {spec.design} design needs at least {least}" if draws > 0 else "; at least 1"
        raise UsageError(f"draws: {draws}{because}")
    return draws
