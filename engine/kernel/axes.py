"""Along axes of a table: numbers become as many combinations of them, some axes at a time and in registers.

Written in LLVM's language: numba's vectors end where eight arrays might overlap, and it takes runs of sixteen numbers,
which are many, one by one.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 8
KINDS: tuple[tuple[int, ...], ...] = ((2, 2, 2), (2, 2), (2,), (3,), (4,))
"""Alternatives of neighbouring axes that there is code for, the innermost last."""


def _along(sizes: tuple[int, ...]) -> Any:
    """Code for axes of these sizes: `(flat, base, stride, matrices, axis)` changes `LANES` numbers side by side of each
    combination of alternatives.

    flat : (n,) numbers. base : the first of them. stride : between alternatives of the innermost axis.
    matrices : (g, k, k) of all axes, see `components.add_components`. axis : the first of them.
    """

    @intrinsic
    def along(typing_context: Any, flat: Any, base: Any, stride: Any, matrices: Any, axis: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            vector = ir.VectorType(ir.DoubleType(), LANES)
            numbers = context.make_array(signature.args[0])(context, builder, arguments[0])
            given = context.make_array(signature.args[3])(context, builder, arguments[3])
            width = builder.extract_value(given.shape, 1)
            name, known = f"llvm.fma.v{LANES}f64", builder.module.globals
            fused = known.get(name) or ir.Function(builder.module, ir.FunctionType(vector, [vector] * 3), name)
            _, base, stride, _, axis = arguments

            def splat(scalar: Any) -> Any:
                one = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
                zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
                return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)

            def entry(which: int, row: int, column: int) -> Any:
                at = builder.mul(builder.add(axis, axis.type(which)), width)
                at = builder.add(builder.mul(builder.add(at, at.type(row)), width), at.type(column))
                return splat(builder.load(builder.gep(given.data, [at])))

            places = []
            for i in range(math.prod(sizes)):
                at = builder.add(base, builder.mul(stride, stride.type(i)))
                places.append(builder.bitcast(builder.gep(numbers.data, [at]), vector.as_pointer()))
            values = [builder.load(place, align=8) for place in places]
            apart = len(values)
            for which, size in enumerate(sizes):
                apart //= size
                matrix = [[entry(which, i, k) for k in range(size)] for i in range(size)]
                combined = []
                for i in range(len(values)):
                    row = i // apart % size
                    along = [values[i + (k - row) * apart] for k in range(size)]
                    total = builder.fmul(matrix[row][0], along[0])
                    for k in range(1, size):
                        total = builder.call(fused, [matrix[row][k], along[k], total])
                    combined.append(total)
                values = combined
            for place, value in zip(places, values, strict=True):
                builder.store(value, place, align=8)
            return context.get_dummy_value()

        return types.void(flat, types.int64, types.int64, matrices, types.int64), generate

    return along


along_222, along_22, along_2, along_3, along_4 = (_along(sizes) for sizes in KINDS)


def grouped(sizes: tuple[int, ...], start: int, stop: int, *, together: bool) -> list[tuple[int, int, int]]:
    """Axes from `start` on and before `stop` in groups, outermost first: first axis, axes, and kind.

    Parameters
    ----------
    sizes : alternatives of all axes.
    together : whether there are whole vectors; each axis stands alone, of no kind (-1), where there are not.
    """
    found, at = [], start
    while at < stop:
        kind = next(
            (k for k, kind in enumerate(KINDS) if together and sizes[at : min(at + len(kind), stop)] == kind), -1
        )
        count = 1 if kind < 0 else len(KINDS[kind])
        found.append((at, count, kind))
        at += count
    return found
