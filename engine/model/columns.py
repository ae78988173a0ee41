"""All inputs of a calculation as one thing to compute: what a kernel fills in one call, and what scipy has to add."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.kernel.values import POINT, Laws, fill_values
from engine.model.dependence import DirichletRow, Structures, dirichlet_shares
from engine.model.exact import exact_quantile
from engine.model.parameters import Mix, Row, certain, column_row, compiled, row_of
from engine.spec.distributions import Law

Array: TypeAlias = NDArray[np.float64]

LEAST_COUNT = 0.06
"""Dirichlet counts of which one is at least this have parts whose sum never vanishes: a gamma quantile is at least
(2^-53 Gamma(a + 1))^(1 / a)."""


class Beside(NamedTuple):
    """Inputs that no kernel fills: of one law, or shares by their Dirichlet counts."""

    inputs: tuple[int, ...]
    coordinates: tuple[int, ...]
    law: Law | None
    counts: tuple[float, ...] = ()


def room_for(inputs: int, draws: int, out: Array | None) -> Array:
    """An array to write values into; what is given is looked at, as loops do not look.

    Raises
    ------
    ValueError : `out` has too few rows or columns, or is not a C-contiguous array of doubles.
    """
    if out is None:
        return np.empty((inputs, draws))
    small = out.ndim != 2 or out.shape[0] < inputs or out.shape[1] < draws
    if small or not out.flags.c_contiguous or out.dtype != np.float64:
        raise ValueError(f"no room for {inputs} inputs of {draws} draws in {out.dtype} {out.shape}")
    return out


@dataclass(frozen=True, eq=False)
class Columns:
    """The laws of all inputs of a calculation. Never changed once made."""

    laws: Laws
    beside: tuple[Beside, ...]
    coordinates: int

    @cached_property
    def moved(self) -> tuple[tuple[int, ...], ...]:
        """Inputs that each coordinate moves, by itself or with others, rising."""
        laws = self.laws
        found: list[set[int]] = [set() for _ in range(self.coordinates)]
        for k in np.flatnonzero(laws.code != POINT):
            found[laws.source[k]].add(int(k))
        for entry in self.beside:
            for c in entry.coordinates:
                found[c] |= set(entry.inputs)
        # what is mixed of a coordinate's score, and what is divided by a sum that it is part of, it moves too
        own = [set(inputs) for inputs in found]
        for j, target in enumerate(laws.mixed):
            for c in laws.mix_of[laws.mix_at[j] : laws.mix_at[j + 1]]:
                found[c] |= own[target]
        for j in range(laws.share_at.size - 1):
            row = {int(k) for k in laws.shares[laws.share_at[j] : laws.share_at[j + 1]]}
            for inputs in found:
                if inputs & row:
                    inputs |= row
        return tuple(tuple(sorted(inputs)) for inputs in found)

    def fill(self, points: Array, out: Array) -> None:
        """Inputs at points (coordinate, n), into out (inputs, at least n), C-contiguous. Points are left alone."""
        laws = self.laws
        mixed = laws.plain[laws.mixed].any()
        points = np.ascontiguousarray(points, dtype=np.float64)
        if mixed or not points.flags.writeable:
            points = points.copy()
        fill_values(laws, points, out)
        n = points.shape[1]
        for entry in self.beside:
            given = [points[c] for c in entry.coordinates]
            if entry.law is not None:
                out[entry.inputs[0], :n] = exact_quantile(entry.law, given[0])
            else:
                out[list(entry.inputs), :n] = dirichlet_shares(entry.counts, given)


def build_columns(
    names: Sequence[str],
    laws: Sequence[Law],
    drawn: Collection[str],
    structures: Structures,
    coordinates: Sequence[str],
    *,
    correlated: bool,
) -> Columns:
    """Columns of the inputs `names`, from coordinates in the given order.

    Parameters
    ----------
    laws : of the inputs.
    drawn : inputs that are taken from a Dirichlet row or a joint table.
    correlated : the coordinates are correlated already.
    """
    place = {name: c for c, name in enumerate(coordinates)}
    at = {name: k for k, name in enumerate(names)}
    rows: list[tuple[Row, int]] = [(certain(np.nan), 0)] * len(names)
    beside: list[Beside] = []
    shares: list[tuple[int, ...]] = []
    for k, (name, law) in enumerate(zip(names, laws, strict=True)):
        if name in drawn:
            continue
        row = row_of(law)
        if row is None:
            beside.append(Beside((k,), (place[name],), law))
        else:
            rows[k] = (row, place.get(name, 0))
    for table in structures.joint:
        for j, member in enumerate(table.members):
            if member in drawn:
                rows[at[member]] = (column_row(table.rows[j], laws[at[member]].factor), place[table.name])
    for bundle in structures.dirichlet:
        if bundle.members[0] not in drawn:
            continue
        inputs = tuple(at[m] for m in bundle.members)
        parts = _parts(bundle)
        if parts is None:
            beside.append(Beside(inputs, tuple(place[m] for m in bundle.members), None, bundle.counts))
            continue
        shares.append(inputs)
        for k, member, part in zip(inputs, bundle.members, parts, strict=True):
            rows[k] = (part, place[member])
    mixes = [] if correlated else _mixes(structures, coordinates, place)
    wanted = [c for entry in beside for c in entry.coordinates]
    return Columns(
        compiled(rows, len(coordinates), mixes=mixes, shares=shares, wanted=wanted), tuple(beside), len(coordinates)
    )


def _parts(bundle: DirichletRow) -> list[Row] | None:
    """Gamma quantiles whose shares of their sum are jointly Dirichlet."""
    parts = [row_of(Law("gamma", (count, 1.0))) for count in bundle.counts]
    if max(bundle.counts) < LEAST_COUNT:
        return None
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) else None


def _mixes(structures: Structures, coordinates: Sequence[str], place: dict[str, int]) -> list[Mix]:
    """Correlated coordinates from the last of each block to the first, so that each is mixed of ones not yet mixed."""
    mixes = []
    for block in structures.correlations.blocks(tuple(coordinates)):
        factor = structures.correlations.factor(block)
        for k in range(len(block) - 1, 0, -1):
            if any(factor[k][:k]):
                sources = tuple(place[name] for name in block[: k + 1])
                mixes.append(Mix(place[block[k]], sources, tuple(factor[k][: k + 1])))
    return mixes
