"""Studies by the path that runs take: laws of the study, blocks of draws, the compiled program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import Block, Program, allocate
from engine.model.compile import CompiledModel
from engine.run.designs import unit_points

Array = NDArray[np.float64]
BLOCK = 4096
"""Draws that runs take at once."""


def drawn(model: CompiledModel, calculation: str, n: int, *, start: int = 0) -> Array:
    """Inputs (input, n) of draws from `start` on, by the design and laws of the study."""
    design = model.study.study.design
    points = unit_points(design, model.inputs.uncertain, seed=1, start=start, stop=start + n, total=start + n)
    return np.ascontiguousarray(model.inputs.values(calculation, points))


def filled(program: Program, inputs: Array) -> list[Block]:
    """Blocks as runs have them."""
    blocks = []
    for a in range(0, inputs.shape[1], BLOCK):
        part = inputs[:, a : a + BLOCK]
        block = allocate(program, part.shape[1])
        block.inputs[:] = part
        blocks.append(block)
    return blocks
