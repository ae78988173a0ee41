"""How an estimate settles as more is run: Sobol' indices until they are precise enough, and means over draws.

Arrays first (`refine_indices`, `mean_by_draws`), names after (`label_refinement`, `mean_convergence`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.sensitivity.saltelli import Evaluate, Mixtures, Progress, Saltelli, SaltelliRun, Transform
from engine.analysis.sensitivity.sobol_sums import Indices
from engine.analysis.summary import mean_over_draws, monte_carlo_error
from engine.errors import RunError, UsageError
from engine.run.designs import REPLICATES
from engine.vocabulary import attributes

Array = NDArray[np.float64]


class Refinement(NamedTuple):
    """What each doubling gave; c checkpoints, g groups of parameters. Of several outcomes, the aggregated indices."""

    n: NDArray[np.int64]
    """(c,) base points."""
    runs: NDArray[np.int64]
    """(c,)"""
    worst_half_width: Array
    """(c,) of the total indices above `least`; of all of them where none is."""
    ranking_stable: NDArray[np.bool_]
    """(c,)"""
    total: Array
    """(c, g)"""
    total_half: Array
    """(c, g)"""
    reached: bool
    """Both conditions hold at the last checkpoint; otherwise the budget was spent."""
    indices: Indices
    """At the last checkpoint."""


def refine_indices(
    evaluate: Evaluate | Mixtures,
    n_dimensions: int,
    *,
    budget: int,
    seed: int,
    width: float = 0.02,
    least: float = 0.05,
    top: int = 5,
    start: int = 256,
    groups: Sequence[Sequence[int]] = (),
    second_order: bool = True,
    transform: Transform | None = None,
    level: float = 0.95,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> Refinement:
    """Double the design until the total indices are precise and their ranking holds, or the budget is spent.

    Points already run are kept: a design is the beginning of one of twice its size.

    Parameters
    ----------
    evaluate, n_dimensions, groups, second_order, transform, level, chunk : as `sobol_indices`.
    budget : runs, at most.
    width : whole width that the interval of every total index above `least` must be below.
    least : total index of a parameter that matters.
    top : places of the ranking that must be stable: each differs from the next over the scrambles, in that the
        interval of their difference leaves out 0, or the two are equal to within `width`, interval included.
    start : base points at first, a power of two.

    Raises
    ------
    UsageError : a budget below the first design, or what `sobol_indices` refuses. RunError : as there.

    The intervals are those at each checkpoint. Stopping at the first that is narrow enough favours those that came out
    narrow by luck, by little with 15 degrees of freedom.
    """
    if not (width > 0 and 0 <= least < 1 and top >= 1):
        raise UsageError(f"width: {width}, least: {least}, top: {top}; above 0, from 0 to 1, and at least 1.")
    if start < 2 * REPLICATES or start & (start - 1):
        raise UsageError(f"start: {start}; a power of two from {2 * REPLICATES}.")
    own = tuple(tuple(group) for group in groups)
    blocks = Saltelli(n_dimensions, start, seed, own, second_order).blocks
    if budget < start * blocks:
        raise UsageError(f"budget: {budget} runs; the first design of {start} base points takes {start * blocks}.")
    largest = 1 << ((budget // blocks).bit_length() - 1)
    run = SaltelliRun(
        evaluate,
        Saltelli(n_dimensions, largest, seed, own, second_order),
        transform=transform,
        chunk=chunk,
        progress=progress,
    )
    rows: list[tuple[int, float, bool, Array, Array]] = []
    n = start
    while True:
        run.advance(n)
        found = run.sums.indices(level)
        total, half = found.aggregated.total, found.aggregated.total_half
        counted = total > least
        worst = float(half[counted].max() if counted.any() else half.max())
        stable = _ranking_stable(found, top, width, level)
        rows.append((n, worst, stable, total, half))
        reached = 2 * worst < width and stable
        if reached or 2 * n > largest:
            break
        n *= 2
    sizes = np.array([row[0] for row in rows], dtype=np.int64)
    return Refinement(
        n=sizes,
        runs=sizes * blocks,
        worst_half_width=np.array([row[1] for row in rows]),
        ranking_stable=np.array([row[2] for row in rows], dtype=np.bool_),
        total=np.stack([row[3] for row in rows]),
        total_half=np.stack([row[4] for row in rows]),
        reached=reached,
        indices=found,
    )


def _ranking_stable(found: Indices, top: int, width: float, level: float) -> bool:
    """Whether each of the first places is told from the next, or a tie."""
    from scipy.special import stdtrit

    each = found.total_of_replicates
    assert each is not None
    order = np.argsort(-found.aggregated.total, kind="stable")[: top + 1]
    step = each[:, order[:-1]] - each[:, order[1:]]  # in the same scramble, so what they share cancels
    r = each.shape[0]
    half = float(stdtrit(r - 1, 0.5 + level / 2)) * step.std(axis=0, ddof=1) / np.sqrt(r)
    mean = step.mean(axis=0)
    return bool(((mean > half) | (mean + half < width)).all())


def label_refinement(
    refinement: Refinement,
    names: Sequence[str],
    *,
    labels: Sequence[str] | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Sobol' indices of the last checkpoint and the convergence table, with names.

    Parameters
    ----------
    names, labels : of the parameters, or of their groups.

    Returns
    -------
    Dataset with `S1`, `ST` and their `_conf` (parameter), as the method `sobol` gives them, and over `checkpoint`
    `worst_half_width`, `ranking_stable` (checkpoint), `ST_so_far`, `ST_conf_so_far` (checkpoint, parameter);
    coordinates `n`, `runs` (checkpoint), `label` (parameter); attributes `method`, `n`, `runs`, `reached`.
    """
    if len(names) != refinement.total.shape[1] or (labels is not None and len(labels) != len(names)):
        raise UsageError(f"{refinement.total.shape[1]} parameters or groups need a name and a label each.")
    by_checkpoint = {
        "worst_half_width": refinement.worst_half_width,
        "ranking_stable": refinement.ranking_stable.astype(np.float64),
    }
    by_parameter = {"ST_so_far": refinement.total, "ST_conf_so_far": refinement.total_half}
    last = refinement.indices.aggregated
    indices = {"S1": last.first, "S1_conf": last.first_half, "ST": last.total, "ST_conf": last.total_half}
    known = {"method": "sobol", "n": int(refinement.n[-1]), "runs": int(refinement.runs[-1])}
    return xr.Dataset(
        {
            **{v: (("parameter",), x, attributes(v)) for v, x in indices.items()},
            **{v: (("checkpoint",), x, attributes(v)) for v, x in by_checkpoint.items()},
            **{v: (("checkpoint", "parameter"), x, attributes(v)) for v, x in by_parameter.items()},
        },
        coords={
            "parameter": list(names),
            "label": ("parameter", list(names if labels is None else labels)),
            "n": ("checkpoint", refinement.n),
            "runs": ("checkpoint", refinement.runs),
        },
        attrs={**known, "reached": int(refinement.reached), **(attrs or {})},
    )


def checkpoints(draws: int, replicates: int) -> NDArray[np.int64]:
    """Numbers of draws at which to look: doublings of two a replicate, and all."""
    n = 2 * replicates
    found = []
    while n < draws:
        found.append(n)
        n *= 2
    return np.array([*found, draws], dtype=np.int64)


def mean_by_draws(
    x: Array, replicates: int, *, at: NDArray[np.int64] | None = None, draw: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], Array, Array]:
    """Mean of the first draws and its standard error, for more and more draws.

    Parameters
    ----------
    x : outcomes (..., draw), finite.
    replicates : of the design; draw i belongs to replicate i modulo this.
    at : numbers of draws to look at, rising; `checkpoints` if None.
    draw : number of each draw (draw,), where some were left out. The first n draws are those numbered below n.

    Returns
    -------
    (draws (c,), mean (c, ...), standard error (c, ...)); the error NaN for one draw, both NaN for none.

    Raises
    ------
    RunError : an outcome is not a finite number. UsageError : there is no draw.
    """
    number = np.arange(x.shape[-1]) if draw is None else np.asarray(draw)
    if number.size == 0:
        raise UsageError("There is no draw to take a mean of.")
    if not np.isfinite(x).all():
        raise RunError(f"{int((~np.isfinite(x)).sum())} of {x.size} outcomes are not finite numbers.")
    looks = checkpoints(int(number[-1]) + 1, replicates) if at is None else np.asarray(at, dtype=np.int64)
    mean = np.full((looks.size, *x.shape[:-1]), np.nan)
    error = np.full_like(mean, np.nan)
    for k, n in enumerate(looks):
        count = int(np.searchsorted(number, n))
        if count:
            first = x[..., :count]
            mean[k] = mean_over_draws(first)
            error[k] = monte_carlo_error(first, replicates, draw=number[:count])
    return looks, mean, error


def mean_convergence(results: xr.Dataset) -> xr.Dataset:
    """Mean NPV and its error against the number of draws.

    Parameters
    ----------
    results : a run's dataset with `npv` (calculation, strategy, party, draw) and `status` (calculation, draw);
        attribute `replicates`. Draws with a status other than 0 are left out. Of draws that are not kept, its own
        `mean_so_far`, `mcse_so_far`.

    Returns
    -------
    Dataset with `mean_so_far`, `mcse_so_far` (checkpoint, calculation, strategy, party); coordinate `draws_so_far`.
    """
    replicates = int(results.attrs.get("replicates", 1))
    npv = np.asarray(results["npv"].transpose("calculation", "strategy", "party", "draw").values, dtype=np.float64)
    valid = np.asarray(results["status"].transpose("calculation", "draw").values) == 0
    numbers = np.asarray(results["draw"].values, dtype=np.int64)
    looks = checkpoints(int(numbers[-1]) + 1, replicates)
    mean = np.full((looks.size, *npv.shape[:-1]), np.nan)
    error = np.full_like(mean, np.nan)
    for c in range(npv.shape[0]):
        if valid[c].any():
            kept = npv[c][..., valid[c]]
            _, mean[:, c], error[:, c] = mean_by_draws(kept, replicates, at=looks, draw=numbers[valid[c]])
    dims = ("checkpoint", "calculation", "strategy", "party")
    if "mean_so_far" in results:  # of the draws that are not kept
        looks = np.concatenate([looks, np.asarray(results["draws_so_far"].values, dtype=np.int64)])
        mean = np.concatenate([mean, results["mean_so_far"].transpose(*dims).values])
        error = np.concatenate([error, results["mcse_so_far"].transpose(*dims).values])
    kept_coords = {k: results[k].variable for k in ("party_kind", *dims[1:]) if k in results.coords}
    return xr.Dataset(
        {
            "mean_so_far": (dims, mean, attributes("mean_so_far")),
            "mcse_so_far": (dims, error, attributes("mcse_so_far")),
        },
        coords={**kept_coords, "draws_so_far": ("checkpoint", looks)},
        attrs={"replicates": replicates},
    )
