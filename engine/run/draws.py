"""Draw numbers -> values of inputs, with nothing kept in between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.kernel.values import sample
from engine.model.columns import room_for
from engine.model.inputs import Inputs
from engine.run.designs import luck_of, unit_points


def draw_values(
    inputs: Inputs,
    calculation: str,
    design: str,
    *,
    seed: int,
    start: int,
    stop: int,
    total: int,
    out: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Inputs of draws `start` to `stop` of a design of `total` draws.

    The same bits as `inputs.values` at `unit_points`; coordinates are made only where this calculation needs them, some
    hundreds of draws at a time.

    Parameters
    ----------
    out : where to write, C-contiguous, with as many rows as there are inputs and at least as many columns as draws;
        columns beyond are left alone. New if None.

    Returns
    -------
    (inputs, stop - start): a view of `out`.

    Raises
    ------
    UsageError : as `unit_points`.
    ValueError : `out` has no room.
    """
    n = stop - start
    columns = inputs.columns(calculation)
    if columns.beside:
        points = unit_points(design, inputs.uncertain, seed=seed, start=start, stop=stop, total=total)
        return inputs.values(calculation, points, out=out)
    luck = luck_of(design, inputs.uncertain, seed=seed, start=start, stop=stop, total=total)
    out = room_for(len(inputs.names), n, out)
    sample(luck, columns.laws, start, n, out)
    return out[: len(inputs.names), :n]
