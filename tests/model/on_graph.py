"""Values of a graph as both of its evaluators give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kernel import reference
from engine.kernel.layout import allocate
from engine.kernel.simulate import compile_program
from engine.model.hoist import Graph, Ref

Build = Callable[..., Sequence[Ref]]
"""(graph, refs of the inputs) -> results."""


def both_ways(build: Build, inputs: NDArray[np.float64], cycles: int = 1) -> dict[str, NDArray[np.float64]]:
    """Results (result, draw) for inputs (input, draw), from the slow evaluator and from the compiled kernel."""
    g = Graph(cycles)
    results = [
        g.where(r, g.const(1.0), g.const(0.0)) if r.condition else r
        for r in build(g, *(g.input(k) for k in range(len(inputs))))
    ]
    program = g.program(totals=results, yearly=[], checks=[], n_inputs=len(inputs))
    draws = inputs.shape[1]
    block = allocate(program, draws)
    block.inputs[:, :draws] = inputs
    block.inputs[:, draws:] = inputs[:, -1:]
    compile_program(program)(block)
    return {"slow": reference.evaluate(program, inputs).totals, "compiled": block.totals[:, :draws]}


def worst(got: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Largest relative error; where 0 is expected it must be exactly 0."""
    zero = expected == 0
    assert np.array_equal(got[zero], expected[zero])
    return float(np.max(np.abs(got[~zero] / expected[~zero] - 1.0), initial=0.0))
