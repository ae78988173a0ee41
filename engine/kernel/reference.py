"""The same program in plain NumPy, one operation at a time: the truth that the compiled kernel is tested against.

Slow and readable. It is also what explains an invalid draw, since it keeps which check failed in which cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import TILE, Program

Value = NDArray[Any]
"""Numbers or conditions, (d,)."""


class Failure(NamedTuple):
    """A check that some draws do not meet."""

    check: int
    """Position in `program.checks`."""
    cycle: int
    """First cycle in which it fails; -1 for a check outside the loop."""
    draws: NDArray[np.int64]
    """Positions of the draws that fail it there."""


class Outcome(NamedTuple):
    totals: NDArray[np.float64]
    """(o, d)"""
    yearly: NDArray[np.float64]
    """(y, t, d)"""
    status: NDArray[np.int64]
    """(d,)"""
    failures: tuple[Failure, ...]
    """First failure of each check."""
    sums: NDArray[np.float64]
    """(r, t, n) over all draws of each tile"""


def apply(name: str, arguments: list[Value]) -> Value:
    """One operation on arrays.

    Raises
    ------
    KeyError : no such operation.
    """
    with np.errstate(all="ignore"):
        result: Value = np.asarray(_APPLY[name](*arguments))
    return result


_APPLY: dict[str, Callable[..., Value]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "fma": lambda a, b, c: a * b + c,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "where": np.where,
    "kept": lambda a: a,
}


def evaluate(program: Program, inputs: NDArray[np.float64]) -> Outcome:
    """Run the program on inputs (i, d) without padding."""
    n = inputs.shape[1]
    values: dict[int, Value] = {}
    carried: list[Value] = []

    def compute(position: int, cycle: int) -> Value:
        operation = program.operations[position]
        match operation.name:
            case "const":
                return np.full(n, operation.constant)
            case "input":
                row: Value = inputs[operation.row]
                return row
            case "series":
                return np.full(n, float(program.series[operation.row, cycle]))
            case "carried":
                return carried[operation.row]
            case name:
                return apply(name, [values[a] for a in operation.arguments])

    status = np.zeros(n, dtype=np.int64)
    failures: dict[int, Failure] = {}

    def run_checks(*, in_loop: bool, cycle: int) -> None:
        for k, check in enumerate(program.checks):
            if program.operations[check.condition].in_loop == in_loop:
                failed = ~values[check.condition].astype(bool)
                if failed.any():
                    status[failed] |= np.int64(1) << np.int64(check.bit)
                    failures.setdefault(k, Failure(k, cycle, np.flatnonzero(failed)))

    for position, operation in enumerate(program.operations):
        if not operation.in_loop:
            values[position] = compute(position, -1)
    run_checks(in_loop=False, cycle=-1)
    carried = [values[c.initial] for c in program.carried]
    yearly = np.empty((len(program.yearly), program.n_cycles, n))
    tiles = np.arange(0, n, TILE)
    sums = np.empty((len(program.sums), program.n_cycles, tiles.size))
    for cycle in range(program.n_cycles):
        for position, operation in enumerate(program.operations):
            if operation.in_loop:
                values[position] = compute(position, cycle)
        run_checks(in_loop=True, cycle=cycle)
        for row, position in enumerate(program.yearly):
            yearly[row, cycle] = values[position]
        for row, position in enumerate(program.sums):
            sums[row, cycle] = np.add.reduceat(values[position], tiles)
        carried = [values[c.following] for c in program.carried]
    totals = np.empty((len(program.totals), n))
    for position, operation in enumerate(program.operations):
        if operation.name == "carried":
            values[position] = carried[operation.row]
    ends: dict[int, Value] = {}
    for row, position in enumerate(program.totals):
        totals[row] = _after_loop(program, position, values, ends)
    return Outcome(totals, yearly, status, tuple(failures.values()), sums)


def _after_loop(program: Program, position: int, values: dict[int, Value], ends: dict[int, Value]) -> Value:
    """A total: carried values are final now, and what is built on them is computed anew."""
    operation = program.operations[position]
    if operation.name == "carried" or not operation.in_loop:
        return values[position]
    if operation.name == "series":
        raise ValueError("a total cannot depend on the cycle")
    if position not in ends:
        ends[position] = apply(operation.name, [_after_loop(program, a, values, ends) for a in operation.arguments])
    return ends[position]
