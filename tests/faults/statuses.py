"""Status words of draws in which the only uncertain parameter takes given values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.model.compile import CompiledModel
from engine.run.blocks import filled, first
from engine.run.pieces import status_of


def statuses_of(model: CompiledModel, values: Sequence[float]) -> NDArray[np.int64]:
    """What the compiled kernel finds in draws with these values, in the order given."""
    assert model.inputs.uncertain == ("x",)
    rows = np.repeat(model.inputs.values("one", np.array([[0.5]])), len(values), axis=1)
    rows[model.inputs.names.index("x")] = values
    block = filled(model.totals_program, rows)
    model.totals_kernel(block)
    return status_of(first(block, len(values)))
