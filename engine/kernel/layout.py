"""What crosses the border into the kernel: a staged graph of arithmetic, and the arrays it works on.

A `Program` is a loop over cycles in which some values are carried from cycle to cycle. It knows no states, payers or
names: those are the model's. Letters used in this folder: d draw (SIMD lane), t cycle, i input, o total, y yearly,
r sum, n tile of draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NAME = "run"
"""The function of a program's module; its arguments are the number of draws, then `engine.kernel.emit.Arrays`."""
NAME_OF_PARTS = "run_parts"
"""The function beside it; its arguments are the number of parts, then those of the other."""
LANES = 8
"""Draws computed together in one vector. 8 x float64 fills AVX-512 and splits evenly on AVX2 and NEON; 16 was 15-20 %
slower. Arrays over draws are padded to a multiple of it."""
TILE = 256
"""Draws that are summed together, in whole vectors."""

ARITHMETIC = {"add": 2, "sub": 2, "mul": 2, "div": 2, "neg": 1, "abs": 1, "min": 2, "max": 2, "fma": 3}
FUNCTIONS = {"exp": 1, "expm1": 1, "log": 1, "log2": 1, "log1p": 1, "sqrt": 1, "floor": 1}
BINARY = {"exp2": 1}
"""2^x for x within `EXPONENTS`; whatever number beyond, and nan of nan. Below -1022 the result may be 0."""
EXPONENTS = (-1023.0, 1023.0)
CONDITIONS = {"lt": 2, "le": 2, "gt": 2, "ge": 2, "eq": 2, "ne": 2, "and": 2, "or": 2, "not": 1}
SELECTION = {"where": 3}
LEAVES = {"const": 0, "input": 0, "series": 0, "carried": 0}
KEPT = {"kept": 1}
"""A value of the first loop as a later one reads it, in the same cycle."""


class Operation(NamedTuple):
    """One node of the graph. Arguments are positions of earlier operations."""

    name: str
    """Key of one of the tables above."""
    arguments: tuple[int, ...]
    constant: float
    """Value of `const`; 0 otherwise."""
    row: int
    """Row of `input`, `series` or `carried`; -1 otherwise."""
    in_loop: bool
    """Differs between cycles; otherwise computed once per draw, before the loop."""


class Carried(NamedTuple):
    """A value that lives from cycle to cycle."""

    initial: int
    """Operation outside the loop that starts it."""
    following: int
    """Operation that gives its value in the next cycle."""
    loop: int = 0
    """Loop over cycles in which it is computed. Later ones are run after the first (0), one after the other, and read
    of it what is `kept`. What is carried to no other value's good is best carried there: each loop has few values, so
    that they stay in registers."""


class Check(NamedTuple):
    """A condition that every draw must meet in every cycle."""

    condition: int
    """Operation that must be true."""
    bit: int
    """Bit of the draw's status that is set where it is not."""


class Program(NamedTuple):
    """A model ready to be run: operations in order, so that each one's arguments stand before it."""

    operations: tuple[Operation, ...]
    series: NDArray[np.float64]
    """(series, t): what depends on the cycle alone, computed beforehand."""
    n_inputs: int
    n_cycles: int
    carried: tuple[Carried, ...]
    totals: tuple[int, ...]
    """Operations written once per draw, after the last cycle; they may read carried values."""
    yearly: tuple[int, ...]
    """Operations written in every cycle."""
    checks: tuple[Check, ...]
    sums: tuple[int, ...] = ()
    """Operations summed in every cycle over the draws of each tile."""
    kept: tuple[int, ...] = ()
    """Operations `kept`, those by which later loops read the first."""
    stops: bool = False
    """Whether blocks may say that fewer cycles are run."""
    by_vector: bool = False
    """Whether yearly figures of a vector of draws stand together, (vector, t, y, LANES), in the order in which they are
    written."""


class Block(NamedTuple):
    """Arrays for one block of draws; the kernel reads `inputs` and writes the rest."""

    inputs: NDArray[np.float64]
    """(row, d). May be a view of some columns of a larger array, and have columns beyond the block's draws."""
    totals: NDArray[np.float64]
    """(o, d)"""
    yearly: NDArray[np.float64]
    """(y, t, d), or as the program's `by_vector` says"""
    status: NDArray[np.int64]
    """(d,): 0 where the draw meets every check."""
    counted: NDArray[np.int64]
    """(d,): other than 0 where the draw counts in sums; read by the kernel."""
    sums: NDArray[np.float64]
    """(n, t, r), r padded to whole vectors: sums over the counted draws of a tile, always added in the same order."""
    kept: NDArray[np.float64]
    """(number of `kept`, t, LANES): room for one vector of draws on its way to later loops."""
    rows: NDArray[np.int64] | None = None
    """(i,): row of `inputs` that each input reads; None for row i. So designs of Saltelli and mixtures of two sets of
    values, stored once one under the other, are run without being copied.

    Or (part, i): the block is of equal parts, whole vectors each, that read the same columns of `inputs` from rows of
    their own. A call for each of many small parts would take longer than what it computes."""
    cycles: int | None = None
    """How many cycles are run, where the program `stops`; None for all of them. In others no yearly figure is written
    and no check made, and totals are those after the last."""


def inputs_of(program: Program, wanted: Iterable[int]) -> list[int]:
    """Inputs on which operations depend."""
    found = (program.operations[position] for position in _behind(program, wanted))
    return sorted({operation.row for operation in found if operation.name == "input"})


def _behind(program: Program, wanted: Iterable[int]) -> set[int]:
    """Operations on which others depend, in this cycle and those before; these included."""

    def read_by(position: int) -> Iterable[int]:
        operation = program.operations[position]
        if operation.name != "carried":
            return operation.arguments
        carried = program.carried[operation.row]
        return (*operation.arguments, carried.initial, carried.following)

    return _reached(wanted, read_by)


def _reached(wanted: Iterable[int], read_by: Callable[[int], Iterable[int]]) -> set[int]:
    """Operations wanted, and all that they read, directly or through others."""
    wanted = list(wanted)
    seen: set[int] = set()
    while wanted:
        position = wanted.pop()
        if position not in seen:
            seen.add(position)
            wanted.extend(read_by(position))
    return seen


def narrowed(program: Program, *, totals: Collection[int], yearly: Collection[int]) -> Program:
    """The same program with fewer results, and only what they and the checks carry from cycle to cycle; it `stops`, and
    writes `by_vector`.

    Parameters
    ----------
    totals, yearly : which rows are left, in this order.
    """
    ends = tuple(program.totals[row] for row in totals)
    cycles = tuple(program.yearly[row] for row in yearly)
    seen = _behind(program, [*ends, *cycles, *(check.condition for check in program.checks)])
    rows = {program.operations[p].row for p in seen if program.operations[p].name == "carried"}
    place = {old: new for new, old in enumerate(sorted(seen))}
    row_of = {old: new for new, old in enumerate(sorted(rows))}

    def moved(operation: Operation) -> Operation:
        row = row_of[operation.row] if operation.name == "carried" else operation.row
        return operation._replace(arguments=tuple(place[a] for a in operation.arguments), row=row)

    return program._replace(
        operations=tuple(moved(program.operations[old]) for old in sorted(seen)),
        carried=tuple(
            Carried(place[c.initial], place[c.following], c.loop)
            for c in (program.carried[row] for row in sorted(rows))
        ),
        totals=tuple(place[position] for position in ends),
        yearly=tuple(place[position] for position in cycles),
        checks=tuple(Check(place[check.condition], check.bit) for check in program.checks),
        sums=(),
        kept=tuple(place[position] for position in program.kept if position in seen),
        stops=True,
        by_vector=True,
    )


def needed_in_loop(program: Program) -> list[int]:
    """Operations that the first loop must compute: those that something read in it depends on."""
    following = [c.following for c in program.carried if c.loop == 0]
    kept = [program.operations[p].arguments[0] for p in program.kept]
    return needed(program, [*program.yearly, *program.sums, *kept, *following, *(c.condition for c in program.checks)])


def needed(program: Program, wanted: Iterable[int], stop: Collection[int] = ()) -> list[int]:
    """Operations in a loop on which others depend, these included; what stands behind those to stop at left out."""
    seen = _reached(wanted, lambda position: () if position in stop else program.operations[position].arguments)
    return sorted(p for p in seen if program.operations[p].in_loop)


def padded(n: int) -> int:
    """Smallest multiple of `LANES` that holds n draws."""
    return -(-n // LANES) * LANES


def allocate(program: Program, draws: int) -> Block:
    """A block for `draws` draws, padded to whole vectors; inputs are zero until filled."""
    n = padded(draws)
    return Block(
        np.zeros((max(program.n_inputs, 1), n)),
        np.empty((max(len(program.totals), 1), n)),
        aligned(*_shape_of_yearly(program, n)),
        np.empty(n, dtype=np.int64),
        (np.arange(n) < draws).astype(np.int64),
        aligned(-(-n // TILE), program.n_cycles, padded(len(program.sums))),
        aligned(len(program.kept), program.n_cycles, LANES),
    )


def _shape_of_yearly(program: Program, n: int) -> tuple[int, ...]:
    rows = len(program.yearly)
    if program.by_vector:
        return n // LANES, program.n_cycles, rows, LANES
    return max(rows, 1), program.n_cycles, n


def aligned(*shape: int) -> NDArray[np.float64]:
    """An empty array that starts at a line of the cache, so that no vector lies across two."""
    size = math.prod(shape)
    room = np.empty(size + LANES)
    first = -room.ctypes.data // room.itemsize % LANES
    return room[first : first + size].reshape(shape)


def sums_of(program: Program, block: Block) -> NDArray[np.float64]:
    """Sums over the counted draws of each tile, (r, t, n)."""
    return block.sums[..., : len(program.sums)].T


def fitting(program: Program, block: Block) -> NDArray[np.int64]:
    """Where each input's row starts, in numbers after the first of `inputs`.

    Raises
    ------
    ValueError : the block's arrays are not as the program needs them; the kernel would read or write beside them.
    """
    n = block.status.size
    parts = 1 if block.rows is None or block.rows.ndim < 2 else len(block.rows)
    if block.cycles is not None and not (program.stops and 1 <= block.cycles <= program.n_cycles):
        raise ValueError(f"cycles: {block.cycles} of a program that has {program.n_cycles} and may not stop before")
    shapes = {
        "totals": (block.totals, (len(program.totals), n), np.float64),
        "yearly": (block.yearly, _shape_of_yearly(program, n), np.float64),
        "status": (block.status, (n,), np.int64),
        "counted": (block.counted, (n,), np.int64),
        "sums": (block.sums, (-(-n // TILE), program.n_cycles, padded(len(program.sums))), np.float64),
        "kept": (block.kept, (len(program.kept), program.n_cycles, LANES), np.float64),
    }
    for name, (array, shape, kind) in shapes.items():
        enough = array.ndim == len(shape) and array.shape[1:] == shape[1:] and array.shape[0] >= shape[0]
        if not (enough and array.dtype == kind and array.flags.c_contiguous and array.flags.writeable):
            raise ValueError(f"{name}: not a writable {np.dtype(kind)} array of shape {shape} without gaps")
    inputs = block.inputs
    width = n // max(parts, 1)
    if n % LANES or inputs.ndim != 2 or inputs.dtype != np.float64 or inputs.shape[1] < width:
        raise ValueError(f"inputs: not a float64 array of at least {width} columns, a multiple of {LANES}")
    stride, rest = divmod(inputs.strides[0], inputs.itemsize)
    if (inputs.strides[1] != inputs.itemsize and width > 1) or rest or inputs.ctypes.data % inputs.itemsize:
        raise ValueError("inputs: draws must stand side by side in memory")
    rows = np.arange(program.n_inputs) if block.rows is None else block.rows
    if rows.shape[-1:] != (program.n_inputs,) or rows.ndim > 2 or rows.dtype != np.int64:
        raise ValueError(f"rows: not an int64 array of shape ({program.n_inputs},), or as many for each part")
    if rows.ndim == 2 and (not parts or n % parts or width % LANES):
        raise ValueError(f"rows: {parts} parts of {n} draws; whole vectors of {LANES} each")
    if rows.ndim == 2 and (program.sums or program.by_vector):
        raise ValueError("rows: parts are of a program without sums that writes years draw by draw")
    if rows.size and not (rows.min() >= 0 and rows.max() < inputs.shape[0]):
        raise ValueError(f"rows: from 0 to {inputs.shape[0] - 1}")
    return np.ascontiguousarray(rows * np.int64(stride))
