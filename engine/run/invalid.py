"""Draws that break a rule of the model: which, how many, and why, in the words of the one who must mend it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel
from engine.model.hoist import MOST_BITS
from engine.model.rules import Rule
from engine.run.outcomes import Array

NOT_A_NUMBER = np.int64(1) << np.int64(62)
"""Bit of a draw's status: some outcome is not a finite number."""
ELSEWHERE = np.int64(1) << np.int64(61)
"""Bit of a draw's status: it is left out because it is invalid in another calculation."""


class InvalidDraws(RunError):
    """Draws break a rule of the model."""

    def __init__(self, message: str, rule: Rule | None) -> None:
        super().__init__(message)
        self.rule = rule


def explain(model: CompiledModel, inputs: Array, status: int, what: str) -> InvalidDraws:
    """Run one draw in the reference evaluator and name the rule that it breaks.

    Parameters
    ----------
    inputs : (input, 1)
    status : what the kernel found, one bit a rule.
    """
    study = model.study
    named = dict(zip(model.inputs.names, inputs[:, 0], strict=True))
    failures = evaluate(model.totals_program, inputs).failures
    if failures:
        failure = min(failures, key=lambda f: f.cycle)
        rule, cycle = model.rules[failure.check], failure.cycle
    elif status & ~int(NOT_A_NUMBER | ELSEWHERE):
        # at the very border of a rule the two may round to different sides
        lowest = (status & -status).bit_length() - 1
        rule, cycle = model.rules[lowest], -1
    else:
        values = ", ".join(f"{name} = {_shown(model, name, value)}" for name, value in named.items())
        return InvalidDraws(f"{what}: an outcome is not a finite number ({values})", None)
    time = study.model.time
    when = "" if cycle < 0 else f" in cycle {cycle} (age {time.start_age + cycle * time.cycle_length:g})"
    values = ", ".join(f"{name} = {_shown(model, name, named[name])}" for name in rule.inputs or model.inputs.names)
    place = study.marks.problem(study.study.model, rule.loc, rule.text)
    clash = f"; {' and '.join(map(repr, rule.inputs))} do not go together" if len(rule.inputs) == 2 else ""
    return InvalidDraws(f"{what}{when}: {place.path}:{place.line}:{place.column}: {rule.text}{clash} ({values})", rule)


def describe_statuses(model: CompiledModel, status: NDArray[np.int64]) -> str:
    """How many draws break each rule that any breaks."""
    broken: dict[str, NDArray[np.bool_]] = {}
    for bit in range(63):
        by = status & (np.int64(1) << np.int64(bit)) != 0
        if by.any():
            # rules that say the same, of each year in a tunnel say, are told as one
            text = rule_text(model, bit)
            broken[text] = broken.get(text, np.zeros(by.shape, dtype=np.bool_)) | by
    return "; ".join(f"{np.count_nonzero(by)} break {text}" for text, by in broken.items())


def rule_text(model: CompiledModel, bit: int) -> str:
    """What a bit of a status means."""
    if np.int64(1) << np.int64(bit) == NOT_A_NUMBER:
        return "'every outcome is a finite number'"
    if np.int64(1) << np.int64(bit) == ELSEWHERE:
        return "a rule in another calculation"
    if bit == len(model.rules) - 1 or bit < MOST_BITS - 1:
        return repr(model.rules[bit].text)
    return "one of the model's further rules"


def _shown(model: CompiledModel, name: str, value: float) -> str:
    choice = model.study.model.choices.get(name)
    return list(choice.alternatives)[int(value)] if choice is not None else f"{value:.6g}"
