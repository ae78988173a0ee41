"""A program as a function: blocks of draws through all cycles, draws in SIMD lanes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import NAME, NAME_OF_PARTS, Block, Program, fitting
from engine.kernel.machine import Target, compiled, host

Kernel = Callable[[Block], None]
"""Runs the block's inputs and writes the rest of it. Safe to call from several threads on different blocks."""

_LARGE = 2000
"""Operations beyond which LLVM's rewriting is left out. It makes ordinary models 3-5 % faster and costs half of their
0.1-0.2 s; one of 5100 operations it made a third slower, in 2.1 s instead of 1.2."""
_FUNCTION = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3, *[ctypes.c_void_p] * 9)
"""Called so, the interpreter's lock is free; a call takes 16 us, most of it for looking
at the arrays, and a block of 4096 draws some milliseconds."""

_OF_PARTS = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 4, *[ctypes.c_void_p] * 9)


def compile_program(program: Program, target: Target | None = None) -> Kernel:
    """The program for this processor: 0.1-0.3 s for a new one of ordinary size (0.3 ms an operation), 2-20 ms for one
    seen before.

    Parameters
    ----------
    target : another processor of the same family, whose instructions this one has; results are the same bits.
    """
    key = repr(program._replace(series=program.series.shape))  # type: ignore[arg-type]
    target = target or host()
    wide = "+avx512f" in target.features.split(",")
    rewrite = len(program.operations) <= _LARGE

    def text() -> str:
        from engine.kernel.emit import emit_module  # slow to load, and only a new program needs it

        return emit_module(program, wide=wide)

    code = compiled(key, text, target, rewrite=rewrite)
    run, run_parts = _FUNCTION(code.address(NAME)), _OF_PARTS(code.address(NAME_OF_PARTS))
    series = np.ascontiguousarray(program.series)

    def kernel(block: Block, hold: object = code) -> None:
        offsets = fitting(program, block)
        n = block.status.size
        block.sums.fill(0.0)
        arrays = (block.inputs, offsets, series, block.totals, block.yearly, block.status)
        places = map(address, (*arrays, block.counted, block.sums, block.kept))
        cycles = program.n_cycles if block.cycles is None else block.cycles
        if offsets.ndim == 1:
            run(n, n, cycles, *places)
        else:
            run_parts(len(offsets), n // len(offsets), n, cycles, *places)

    return kernel


def address(array: NDArray[Any]) -> int:
    """Where an array's memory begins."""
    return int(array.__array_interface__["data"][0])
