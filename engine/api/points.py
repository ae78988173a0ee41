"""The model around one calculation as a function of points of the unit cube."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.api.subject import Array, Subject
from engine.errors import RunError
from engine.run.functions import ModelFunction
from engine.run.invalid import InvalidDraws


@dataclass(frozen=True)
class PointFunction:
    """A function of a calculation's inputs as one of points of the cube; what Sobol' designs know as `Mixtures`.

    An error about an invalid run says whose design it was.
    """

    function: ModelFunction
    about: Subject
    method: str
    single: bool = False
    """It has one column, and its outcomes are numbers (run,) rather than (run, 1)."""
    correlated: bool = False

    def __call__(self, points: Array, /) -> Array:
        """Outcomes (run, column) at points (run, coordinate)."""
        with self._told():
            y = self.function(self.about.values(points, correlated=self.correlated))
        return y[:, 0] if self.single else y

    @property
    def moved(self) -> tuple[tuple[int, ...], ...]:
        """Inputs that each coordinate moves."""
        return self.about.inputs.moved_by(self.about.calculation)

    @property
    def n_values(self) -> int:
        """Inputs."""
        return len(self.about.inputs.names)

    def values(self, points: Array, out: Array) -> None:
        """Inputs (input, m) at points (coordinate, m)."""
        self.about.inputs.own_values(self.about.calculation, points, out=out)

    def of_mixtures(self, values: Array, rows: NDArray[np.int64], first: int) -> Array:
        """Outcomes (block, column, m)."""
        with self._told():
            return self.function.of_mixtures(values, rows, first)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except InvalidDraws as e:
            where = f"{self.about.calculation!r}"
            raise RunError(f"{self.method} needs every draw of its design to be valid, and in {where}: {e}") from e
