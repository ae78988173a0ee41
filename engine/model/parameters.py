"""Unit interval -> values of parameters, by the inverses of their laws' distribution functions.

One uniform number gives one value, always: so every design works with every law, the same luck gives comparable
values in every calculation, and any draw can be computed alone.

What a kernel needs to know of laws is written down once (`row_of`, `compiled`); then all inputs of a block of draws are
had in one call. A law that no curve is close enough to (`curves.py`) is left out there and comes from scipy.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from engine.kernel import values as kernel
from engine.kernel.values import Laws
from engine.model.curves import curve
from engine.model.exact import exact_quantile
from engine.spec.distributions import Law

Array: TypeAlias = NDArray[np.float64]


class Row(NamedTuple):
    """How one input comes from its coordinate; codes and numbers as in `Laws`."""

    code: int
    numbers: tuple[float, float, float, float, float, float]
    table: Array | None = None
    """One for all inputs whose laws differ in place and scale only."""

    @property
    def scored(self) -> bool:
        """It reads the coordinate's normal score, not the coordinate."""
        return self.code in _SCORED


class Mix(NamedTuple):
    """A coordinate's score as a sum of scores, itself last."""

    target: int
    sources: tuple[int, ...]
    weights: tuple[float, ...]


_SCORED = frozenset((kernel.NORMAL, kernel.LOGNORMAL, kernel.CURVE, kernel.EXP_CURVE, kernel.LOGISTIC_CURVE))


@lru_cache(maxsize=4096)
def row_of(law: Law) -> Row | None:
    """How a law's values come from a coordinate, or None where only scipy knows."""
    p, f = law.parameters, law.factor
    match law.family:
        case "point":
            return certain(law.mean)
        case "uniform":
            return Row(kernel.UNIFORM, (p[0], p[1] - p[0], 0.0, 0.0, 0.0, f))
        case "normal":
            return Row(kernel.NORMAL, (p[0], p[1], 0.0, 0.0, 0.0, f))
        case "lognormal":
            return Row(kernel.LOGNORMAL, (p[0], p[1], 0.0, 0.0, 0.0, f))
        case "triangular":
            return Row(kernel.TRIANGULAR, (p[0], p[1], p[2], 0.0, 0.0, f))
        case "discrete":
            return Row(kernel.STEPS, (0.0, 0.0, 0.0, 0.0, 0.0, f), _steps(law))
        case "empirical":
            return Row(kernel.ROWS, (0.0, 0.0, 0.0, 0.0, 0.0, f), np.array(law.values))
        case "gamma":
            return _on_curve("gamma", (p[0],), place=0.0, scale=p[1], low=0.0, high=np.inf, factor=f)
        case "beta":
            return _on_curve("beta", (p[0], p[1]), place=p[2], scale=p[3] - p[2], low=p[2], high=p[3], factor=f)
        case "truncated_normal":
            mean, sd, low, high = p
            bounds = ((low - mean) / sd, (high - mean) / sd)
            return _on_curve("truncated_normal", bounds, place=mean, scale=sd, low=low, high=high, factor=f)
    raise AssertionError(f"no quantile function for the family {law.family!r}")


def _on_curve(
    family: str, shapes: tuple[float, ...], *, place: float, scale: float, low: float, high: float, factor: float
) -> Row | None:
    found = curve(family, shapes)
    if found is None:
        return None
    return Row(found.code, (place, scale, low, high, float(found.steps), factor), found.coefficients.reshape(-1))


def _steps(law: Law) -> Array:
    return np.concatenate([np.cumsum(law.weights)[:-1], law.values])


def certain(value: float) -> Row:
    """An input that does not vary."""
    return Row(kernel.POINT, (value, 0.0, 0.0, 0.0, 0.0, 1.0))


def column_row(values: Array, factor: float) -> Row:
    """An input taken from the row of a table that its coordinate chooses, the first row by the lowest coordinates."""
    return Row(kernel.ROWS, (1.0, 0.0, 0.0, 0.0, 0.0, factor), np.ascontiguousarray(values))


def compiled(
    rows: Sequence[tuple[Row, int]],
    coordinates: int,
    *,
    mixes: Sequence[Mix] = (),
    shares: Sequence[Sequence[int]] = (),
    wanted: Sequence[int] = (),
) -> Laws:
    """Rows, each with the number of its coordinate, as the arrays that a kernel reads.

    Parameters
    ----------
    mixes : of correlated coordinates, each after those that are mixed of it. What nothing reads is left out.
    shares : inputs that are divided by their sum.
    wanted : coordinates that others than these rows read.
    """
    scored = np.zeros(max(coordinates, 1), dtype=np.bool_)
    plain = np.zeros(max(coordinates, 1), dtype=np.bool_)
    for row, source in rows:
        if row.code != kernel.POINT:
            (scored if row.scored else plain)[source] = True
    plain[list(wanted)] = True
    read = [mix for mix in mixes if scored[mix.target] or plain[mix.target]]
    for mix in read:
        scored[list(mix.sources)] = True
    tables: dict[int, tuple[int, Array]] = {}
    length = 0
    for row, _ in rows:
        if row.table is not None and id(row.table) not in tables:
            tables[id(row.table)] = (length, row.table)
            length += row.table.size
    at = [0 if row.table is None else tables[id(row.table)][0] for row, _ in rows]
    size = [0 if row.table is None else row.table.size for row, _ in rows]
    return Laws(
        code=_whole([row.code for row, _ in rows]),
        source=_whole([source for _, source in rows]),
        at=_whole(at),
        size=_whole(size),
        numbers=np.array([row.numbers for row, _ in rows], dtype=np.float64).reshape(len(rows), 6),
        table=np.concatenate([np.empty(0), *(table for _, table in tables.values())]),
        scored=scored,
        plain=plain,
        mixed=_whole([mix.target for mix in read]),
        mix_at=_ends([len(mix.sources) for mix in read]),
        mix_of=_whole([source for mix in read for source in mix.sources]),
        mix_by=np.array([weight for mix in read for weight in mix.weights], dtype=np.float64),
        share_at=_ends([len(inputs) for inputs in shares]),
        shares=_whole([k for inputs in shares for k in inputs]),
        normal=_normal() if any(plain[mix.target] for mix in read) else np.empty((0, 2)),
    )


def _whole(numbers: Sequence[int]) -> NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)


def _ends(lengths: Sequence[int]) -> NDArray[np.int64]:
    return np.concatenate([_whole([0]), np.cumsum(_whole(lengths))])


@lru_cache(maxsize=1)
def _normal() -> Array:
    z = kernel.normal_knots()
    return np.ascontiguousarray(np.stack([scipy.special.ndtr(z), np.exp(-z * z / 2) / np.sqrt(2 * np.pi)], axis=1))


@lru_cache(maxsize=1024)
def _alone(law: Law) -> Laws | None:
    row = row_of(law)
    return None if row is None else compiled([(row, 0)], 1)


def quantile(law: Law, u: Array) -> Array:
    """Values below which the law lies with probability `u`.

    Parameters
    ----------
    u : probabilities (n,), strictly between 0 and 1.

    Returns
    -------
    Values (n,), rising with `u`, in the unit of the parameter; a new array. Each depends on its own `u` alone. Within
    1e-8 standard deviations of scipy's.
    """
    laws = _alone(law)
    if laws is None:
        return exact_quantile(law, u)
    out = np.empty((1, u.size))
    kernel.fill_values(laws, np.array(u, dtype=np.float64).reshape(1, -1), out)
    return np.asarray(out[0])
