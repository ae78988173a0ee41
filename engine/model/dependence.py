"""Dependent parameters: points of the unit cube -> values that belong together.

Three ways, each a function of a draw's own coordinates alone, so that every design works and any draw can be had by
itself:

correlations   the coordinates' normal scores, mixed by the Cholesky factor of their correlation matrix; what comes out
               is normal again, and goes through each parameter's own quantile function. Laws stay exactly as they are.
dirichlet      independent gamma quantiles, divided by their sum.
joint          one coordinate chooses a row of a table, which gives all members their values.

References
----------
Iman, Conover (1982), A distribution-free approach to inducing rank correlation, doi:10.1080/03610918208812265.
Nelsen (2006), An Introduction to Copulas, ch. 2 and 5, doi:10.1007/0-387-28678-0.
Devroye (1986), Non-Uniform Random Variate Generation, ch. XI.4 (Dirichlet laws from gamma ones).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from engine.spec.correlations import Matrix, Pairs, blocks, cholesky, matrix_of
from engine.spec.independence import OTHERS, dependence_refusal, tied
from engine.spec.load import LoadedStudy
from engine.spec.schema import Model
from engine.spec.structures import rank_correlations

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Correlations:
    """Rank correlations between parameters, the same in all calculations."""

    pairs: tuple[tuple[str, str, float], ...] = ()
    """Names in alphabetical order and rank correlation; pairs in alphabetical order, none with 0."""

    def matrix(self, names: Sequence[str]) -> Matrix:
        """Correlation of the normal scores of `names`."""
        return matrix_of(names, self.ranks)

    def factor(self, names: Sequence[str]) -> Matrix:
        """Lower triangular Cholesky factor of `matrix`: independent normal scores -> correlated ones."""
        return _factor(self.matrix(names))

    def blocks(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Those of `names` that are correlated, directly or through others, each block in alphabetical order."""
        return blocks(names, self.ranks)

    @property
    def ranks(self) -> Pairs:
        """Rank correlation of each pair, the alphabetically first name first."""
        return {(a, b): rank for a, b, rank in self.pairs}


@dataclass(frozen=True)
class DirichletRow:
    """Shares of one whole."""

    name: str
    members: tuple[str, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class JointTable:
    """Parameters drawn together."""

    name: str
    """Name of its coordinate in designs."""
    members: tuple[str, ...]
    rows: Array
    """(member, row), in the parameters' own units; rows are equally likely."""


@dataclass(frozen=True)
class Structures:
    """All that a model says of parameters which depend on one another."""

    correlations: Correlations = Correlations()
    dirichlet: tuple[DirichletRow, ...] = ()
    joint: tuple[JointTable, ...] = ()


@dataclass(frozen=True, eq=False)
class Dependence:
    """How the coordinates of one calculation depend on one another."""

    names: tuple[str, ...]
    """Coordinates, as `Inputs.uncertain_in`."""
    pearson: Array
    """Correlation of the normal scores (coordinate, coordinate); positive definite. Only `correlations` show here."""
    rank: Array
    """Stated rank correlation (coordinate, coordinate), 0 where none is stated."""
    bundles: dict[str, tuple[str, ...]]
    """Parameters that are drawn together, by the name of the Dirichlet row or joint table."""
    groups: dict[str, tuple[str, ...]]
    """Coordinates that together do not depend on any other: a correlated block (`a + b`), a Dirichlet row (its name),
    anything else by itself. A partition of `names`, each group where its first coordinate stands."""

    @property
    def dependent(self) -> tuple[str, ...]:
        """Coordinates that say nothing by themselves: those in a group of several."""
        return tuple(name for name in self.names if not any(group == (name,) for group in self.groups.values()))

    @property
    def independent(self) -> bool:
        """Every coordinate can be moved by itself."""
        return not self.dependent

    def tied(self, together: Iterable[Collection[str]] = ()) -> list[tuple[str, tuple[str, ...]]]:
        """Groups of several coordinates that none of `together` holds as a whole."""
        return tied(self.groups, together)

    def refusal(
        self,
        method: str,
        *,
        together: Iterable[Collection[str]] = (),
        instead: str = OTHERS,
    ) -> str | None:
        """Why a method that needs independence cannot be used, and what can; None where it can.

        Parameters
        ----------
        together : coordinates that the method takes as one.
        instead : advice, without its full stop.
        """
        return dependence_refusal(method, self.groups, self.bundles, together=together, instead=instead)


def build_structures(study: LoadedStudy) -> Structures:
    """What a study says of dependence, in an order that does not depend on where it is written."""
    model = study.model
    ranks = rank_correlations(model)
    return Structures(
        Correlations(tuple((a, b, ranks[a, b]) for a, b in sorted(ranks) if ranks[a, b] != 0)),
        tuple(DirichletRow(name, row.members, row.counts) for name, row in sorted(model.dirichlet.items())),
        tuple(
            JointTable(
                name,
                tuple(joint.columns),
                np.array([study.tables[joint.table].columns[column] for column in joint.columns.values()]),
            )
            for name, joint in sorted(model.joint.items())
        ),
    )


def label_of(model: Model, coordinate: str) -> str:
    """Name for people of a coordinate: a parameter's or choice's, or those of all that a joint table draws."""
    if coordinate in model.choices:
        return model.choices[coordinate].label
    if coordinate in model.parameters:
        return model.parameters[coordinate].label
    if coordinate in model.bundles:
        return model.bundles[coordinate]
    return "; ".join(model.parameters[member].label for member in model.joint[coordinate].columns)


def share_margin(structures: Structures, name: str) -> tuple[float, float] | None:
    """Shapes (a, b) of the beta law that a member of a Dirichlet row has by itself; None for any other name."""
    for row in structures.dirichlet:
        if name in row.members:
            own = row.counts[row.members.index(name)]
            return own, sum(row.counts) - own
    return None


def dirichlet_shares(counts: Sequence[float], points: Sequence[Array]) -> Array:
    """Shares (member, n) of a jointly Dirichlet law at points of the unit cube, one coordinate for each member."""
    parts: Array = np.stack(
        [
            np.asarray(scipy.special.gammaincinv(count, u), dtype=np.float64)
            for count, u in zip(counts, points, strict=True)
        ]
    )
    total = _sum(parts)
    lost = np.flatnonzero(total < 1e-280)
    if lost.size:
        # Counts far below 1 give parts too small for a number; near 0 the gamma law is a power, u = x^a / Gamma(a + 1).
        tiny = np.stack(
            [(np.log(u[lost]) + scipy.special.gammaln(a + 1.0)) / a for a, u in zip(counts, points, strict=True)]
        )
        parts[:, lost] = np.exp(tiny - tiny.max(axis=0))
        total = _sum(parts)
    return np.asarray(parts / total, dtype=np.float64)


def rank_correlation(values: Array) -> Array:
    """Spearman's rank correlation (input, input) of values (input, n); NaN where one of a pair does not vary."""
    from scipy.stats import rankdata  # slow to load, and few calls need it

    ranks = rankdata(values, axis=1)
    ranks = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks * ranks).sum(axis=1))
    length[length == 0] = np.nan
    return np.asarray((ranks @ ranks.T) / np.outer(length, length), dtype=np.float64)


def _sum(parts: Array) -> Array:
    """Sum over members, in their order whatever the number of draws."""
    total: Array = parts[0].copy()
    for part in parts[1:]:
        total += part
    return total


@lru_cache(maxsize=256)
def _factor(matrix: Matrix) -> Matrix:
    factor = cholesky(matrix)
    # A part of a positive definite matrix is positive definite, and the whole has been checked.
    assert factor is not None
    return factor
