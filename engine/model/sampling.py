"""What values of a graph come to in some draws, looked at while a model is compiled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.kernel.reference import evaluate
from engine.model.hoist import Graph, Ref
from engine.model.inputs import Inputs

DRAWS = 512
"""Draws of each calculation."""


def sample(graph: Graph, refs: Sequence[Ref], inputs: Inputs, *, draws: int = DRAWS) -> NDArray[np.float64]:
    """Values by cycle in draws of every calculation and at its point values, (ref, cycle, draw).

    The draws are the same whenever a study is compiled; they are not those of a run.
    """
    program = graph.program(totals=(), yearly=refs, checks=(), n_inputs=len(inputs.names))
    points = np.random.default_rng(0).random((len(inputs.uncertain), draws))
    points = np.clip(points, 2.0**-53, 1 - 2.0**-53)
    values = [x for c in inputs.laws for x in (inputs.point(c), inputs.values(c, points))]
    return evaluate(program, np.concatenate(values, axis=1)).yearly
