"""Correlated coordinates by way of uniform numbers, in plain NumPy and scipy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import special

from engine.model.dependence import Correlations

SMALLEST = 2.0**-53


def correlate(
    correlations: Correlations, coordinates: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Independent coordinates -> coordinates with the correlations stated, each uniform as before."""
    result = dict(coordinates)
    for block in correlations.blocks(tuple(coordinates)):
        factor = np.linalg.cholesky(np.array(correlations.matrix(block)))
        scores = np.stack([special.ndtri(coordinates[name]) for name in block])
        for name, mixed in zip(block, factor @ scores, strict=True):
            result[name] = np.clip(special.ndtr(mixed), SMALLEST, 1.0 - SMALLEST)
    return result
