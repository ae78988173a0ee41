"""Where a cohort starts that goes on from another study's run."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.spec.schema import StartFrom
from engine.spec.tables import Occupancy
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

SAME_TIME = 1e-6
"""Years by which a time may be off its figure in the file: files hold decimals, and a month is a twelfth."""
WHOLE = 1e-6
"""What shares of all states may be off 1 in the file. They are scaled to 1 exactly."""


class StartError(ValueError):
    """Why a cohort cannot go on from there, and the key in `start_from` that it is about."""

    def __init__(self, loc: Loc, message: str) -> None:
        super().__init__(message)
        self.loc, self.message = loc, message


def taken_over(rows: Sequence[Occupancy], asked: StartFrom, states: Collection[str]) -> dict[str, float]:
    """Share of the cohort in each state at the start, adding up to 1.

    Parameters
    ----------
    rows : of the file.
    states : of this model; those of the other study have the same names.

    Raises
    ------
    StartError : nothing in the file is meant, a state with people in it is not in this model, or the shares do not
        add up to 1.
    """
    shares = _at(rows, asked)
    for k, state in enumerate(asked.only):
        loc: Loc = ("only", k)
        if state in asked.only[:k]:
            raise StartError(loc, f"{state!r} is named twice; keep one")
        if state not in states:
            raise StartError(loc, f"{unknown('state', state, states)} (in this model)")
        if state not in shares:
            raise StartError(loc, f"{unknown('state', state, shares)} (in the file)")
    going_on = {state: shares[state] for state in asked.only or shares}
    lost = [state for state, share in going_on.items() if share > 0 and state not in states]
    if lost:
        named = ", ".join(f"{state!r} ({going_on[state]:.4g} of the cohort)" for state in lost[:5])
        message = (
            f"the file has people in {named}, and this model has no such state; name the states alike, or name those "
            "whose members go on under `only`"
        )
        raise StartError(("file",), message)
    total = math.fsum(going_on.values())
    if asked.only and not total > 0:
        raise StartError(("only",), f"nobody is in {', '.join(asked.only)} at that time")
    if not asked.only and abs(total - 1) > WHOLE:
        message = f"the shares of that time add up to {total:.10g} in the file, and must to 1; is it whole?"
        raise StartError(("file",), message)
    return {state: share / total for state, share in going_on.items() if state in states}


def _at(rows: Sequence[Occupancy], asked: StartFrom) -> Mapping[str, float]:
    """Shares of the calculation, strategy and time that are meant."""
    _known("calculation", asked.calculation, (r.calculation for r in rows))
    mine = [r for r in rows if r.calculation == asked.calculation]
    _known("strategy", asked.strategy, (r.strategy for r in mine))
    mine = sorted((r for r in mine if r.strategy == asked.strategy), key=lambda r: r.time)
    if asked.time is None:
        return mine[-1].shares
    wanted = asked.time
    nearest = min(mine, key=lambda r: abs(r.time - wanted))
    if abs(nearest.time - wanted) > SAME_TIME:
        message = (
            f"the file has no time {wanted:g}; the nearest is {nearest.time:g}, of {mine[0].time:g} to "
            f"{mine[-1].time:g} years"
        )
        raise StartError(("time",), message)
    return nearest.shares


def _known(what: str, name: str, there: Iterable[str]) -> None:
    names = tuple(dict.fromkeys(there))
    if name not in names:
        raise StartError((what,), f"{unknown(what, name, names)} (in the file)")
