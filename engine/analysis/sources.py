"""Runs whose assumptions come from several calculations, in draws that are common to all."""

from __future__ import annotations

from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]


@runtime_checkable
class FromSources(Protocol):
    """A function of values (n, D) -> outcomes (n, O) that need not have each run's values written out."""

    def __call__(self, values: Array, /) -> Array: ...

    def of_sources(self, stack: Array, source: Whole, owner: Whole) -> Array:
        """Outcomes (n m, O) of mixtures, the draws of a mixture one after the other.

        Parameters
        ----------
        stack : (K, m, D) values of each calculation.
        source : (n, G + 1) calculation that supplies an assumption. owner : (D,) assumption of a column, G for none.
        """
        ...
