"""Correlation matrices in plain Python: from ranks to normal scores, whether they can be, and what is nearest.

Matrices are small (parameters that analysts correlate by hand) and are checked where a study is read, without numerics.
The Cholesky factor is computed here for runs too: its sums have one order, and so one result on every machine.

References
----------
Pearson (1907), On further methods of determining correlation (2 sin(pi rho / 6) for normal scores).
Higham (2002), Computing the nearest correlation matrix, doi:10.1093/imanum/22.3.329.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Matrix: TypeAlias = tuple[tuple[float, ...], ...]
Pairs: TypeAlias = Mapping[tuple[str, str], float]
"""Value of each pair of names, the alphabetically first one first."""

LEAST_PIVOT = 1e-9
"""Least variance that a normal score may have once those before it are known; less is one parameter written twice."""
_LEAST_EIGENVALUE = 1e-4
"""Of the matrix that is proposed instead of an impossible one."""


def pearson_of_rank(rank: float) -> float:
    """Correlation of two normal scores whose rank correlation (Spearman) is `rank`."""
    return 2.0 * math.sin(math.pi * rank / 6.0)


def rank_of_pearson(pearson: float) -> float:
    """Inverse of `pearson_of_rank`."""
    return 6.0 / math.pi * math.asin(pearson / 2.0)


def matrix_of(names: Sequence[str], ranks: Pairs) -> Matrix:
    """Correlation of the normal scores of `names`, 0 for pairs that are not named."""

    def entry(a: str, b: str) -> float:
        return 1.0 if a == b else pearson_of_rank(ranks.get((min(a, b), max(a, b)), 0.0))

    return tuple(tuple(entry(a, b) for b in names) for a in names)


def cholesky(matrix: Matrix) -> Matrix | None:
    """Lower triangular factor with its zeros, or None where the matrix is not positive definite."""
    n = len(matrix)
    factor = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i][j] - math.fsum(factor[i][k] * factor[j][k] for k in range(j))
            if i == j:
                if not rest > LEAST_PIVOT:
                    return None
                factor[i][i] = math.sqrt(rest)
            else:
                factor[i][j] = rest / factor[j][j]
    return tuple(map(tuple, factor))


def blocks(names: Iterable[str], ranks: Pairs) -> list[tuple[str, ...]]:
    """Names that are correlated directly or through others, two or more at a time, in alphabetical order."""
    left, found = sorted(names), []
    near: dict[str, set[str]] = {name: set() for name in left}
    for (a, b), rank in ranks.items():
        if rank != 0 and a in near and b in near:
            near[a].add(b)
            near[b].add(a)
    seen: set[str] = set()
    for name in left:
        if name in seen or not near[name]:
            continue
        block, waiting = {name}, [name]
        while waiting:
            more = near[waiting.pop()] - block
            block |= more
            waiting += more
        seen |= block
        found.append(tuple(sorted(block)))
    return found


def impossible_part(block: Sequence[str], ranks: Pairs) -> tuple[str, ...]:
    """Names of a block that is not positive definite, without those that have no part in it."""
    part = list(block)
    for name in block:
        without = [other for other in part if other != name]
        if cholesky(matrix_of(without, ranks)) is None:
            part = without
    return tuple(part)


def eigen(matrix: Sequence[Sequence[float]]) -> tuple[list[float], list[list[float]]]:
    """Eigenvalues of a symmetric matrix, and eigenvectors as columns, by Jacobi's rotations."""
    n = len(matrix)
    a = [list(row) for row in matrix]
    v = [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(60):
        off = math.fsum(a[i][j] ** 2 for i in range(n) for j in range(i))
        if off < 1e-22:
            break
        for p in range(n):
            for q in range(p + 1, n):
                if a[p][q] == 0.0:
                    continue
                theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q])
                t = math.copysign(1.0, theta) / (abs(theta) + math.hypot(theta, 1.0))
                c = 1.0 / math.hypot(t, 1.0)
                s = t * c
                for k in range(n):
                    a[k][p], a[k][q] = c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]
                for k in range(n):
                    a[p][k], a[q][k] = c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]
                for row in v:
                    row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    return [a[i][i] for i in range(n)], v


def smallest_eigenvalue(matrix: Matrix) -> float:
    return min(eigen(matrix)[0])


def common_factor(block: Sequence[str], ranks: Pairs) -> float:
    """Largest factor, in two decimals, that makes a block possible when all its rank correlations are multiplied."""
    for percent in range(99, 0, -1):
        scaled = {pair: rank * percent / 100 for pair, rank in ranks.items()}
        if cholesky(matrix_of(block, scaled)) is not None:
            return percent / 100
    return 0.0


def nearest_ranks(matrix: Matrix) -> list[list[float]]:
    """Rank correlations, in three decimals, of the nearest matrix that is possible.

    Alternating projections (Higham 2002), ended early: what is stated has three decimals. What rounding then breaks is
    mended by drawing all correlations together a little, so that the proposal is always accepted.
    """
    n = range(len(matrix))
    y = [list(row) for row in matrix]
    correction = [[0.0] * len(matrix) for _ in n]
    for _ in range(200):
        r = [[y[i][j] - correction[i][j] for j in n] for i in n]
        values, v = eigen(r)
        raised = [max(x, _LEAST_EIGENVALUE) for x in values]
        x = [[math.fsum(v[i][k] * raised[k] * v[j][k] for k in n) for j in n] for i in n]
        correction = [[x[i][j] - r[i][j] for j in n] for i in n]
        moved = max(abs(x[i][j] - y[i][j]) for i in n for j in n)
        y = [[1.0 if i == j else x[i][j] for j in n] for i in n]
        if moved < 1e-5:
            break
    for shrink in range(1000):
        factor = 1.0 - shrink / 1000
        proposal = [
            [1.0 if i == j else _three(rank_of_pearson(factor * max(-1.0, min(1.0, y[i][j])))) for j in n] for i in n
        ]
        scores = tuple(tuple(1.0 if i == j else pearson_of_rank(proposal[i][j]) for j in n) for i in n)
        if cholesky(scores) is not None:
            return proposal
    raise AssertionError("no correlation at all is always possible")


def _three(x: float) -> float:
    """Three decimals, towards zero."""
    return math.trunc(x * 1000) / 1000
