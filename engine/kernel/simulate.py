"""A program compiled by numba: blocks of draws through all cycles, draws in SIMD lanes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from engine.kernel.emit import Arrays, emit_vector
from engine.kernel.layout import LANES, Block, Program
from engine.kernel.options import SWITCHES

Kernel = Callable[[Block], None]
"""Runs the block's inputs and writes the rest of it. Safe to call from several threads on different blocks."""


def compile_program(program: Program) -> Kernel:
    """Compile the program for this processor, in 0.1-0.5 s."""

    @intrinsic
    def run_vector(
        typing_context: Any, inputs: Any, series: Any, totals: Any, yearly: Any, status: Any, first: Any
    ) -> Any:
        signature = types.void(inputs, series, totals, yearly, status, first)

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            bases = [
                context.make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args[:5], arguments[:5], strict=True)
            ]
            row = builder.extract_value(bases[4].shape, 0)
            inputs, series, totals, yearly, status = (base.data for base in bases)
            emit_vector(builder, program, Arrays(inputs, series, totals, yearly, status, row), arguments[5])
            return context.get_dummy_value()

        return signature, generate

    matrix = types.Array(types.float64, 2, "C")
    cube = types.Array(types.float64, 3, "C")

    @njit(types.void(matrix, matrix, matrix, cube, types.Array(types.int64, 1, "C")), **SWITCHES)
    def run(inputs, series, totals, yearly, status):  # type: ignore[no-untyped-def]
        for block in range(status.shape[0] // LANES):
            run_vector(inputs, series, totals, yearly, status, block * LANES)

    def kernel(block: Block) -> None:
        run(block.inputs, program.series, block.totals, block.yearly, block.status)

    return kernel
