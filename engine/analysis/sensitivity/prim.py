"""PRIM: the region of the assumptions in which money is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import Array, GivenData, check_outcomes
from engine.errors import RunError, UsageError

Box = NDArray[np.float64]
"""Lowest and highest quantile of each parameter (2, parameter); 0 and 1 where it is free."""


@dataclass(frozen=True)
class Prim(GivenData):
    """One box of quantiles that holds as many as it can of the runs below a threshold, and few others.

    From the whole cube, the 5 % at one end of one parameter are peeled off that leave the largest share of losing
    runs, again and again. Of all boxes on the way that with the largest harmonic mean of coverage and density
    is kept; a limit that chance explains (quasi-p-value above `significance`) is then dropped, the least significant
    first. `peel_` measures are the whole way, for whoever prefers another trade between coverage and density.

    The box is found and judged on the same runs, so on new ones it will be a little less dense.

    References
    ----------
    Friedman & Fisher (1999), doi:10.1023/A:1008894516817, the patient rule induction method.
    Bryant & Lempert (2010), doi:10.1016/j.techfore.2009.08.002, scenario discovery and quasi-p-values.
    """

    name: ClassVar[str] = "prim"
    default_n: ClassVar[int] = 4096
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = False

    threshold: float = 0.0
    """Of the outcome, below which a run loses."""
    peel: float = 0.05
    """Share of the box's runs peeled off at a time."""
    least_mass: float = 0.02
    """Share of all runs at which peeling ends."""
    significance: float = 0.05

    def __post_init__(self) -> None:
        if not (0 < self.peel <= 0.5 and 0 < self.least_mass < 1 and 0 < self.significance < 1):
            raise UsageError("0 < peel <= 0.5, 0 < least_mass < 1 and 0 < significance < 1 are needed.")

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`box_low`, `box_high`, quantiles, `box_restricted`, 0 or 1, `box_p` (parameter,); `box_coverage`,
        `box_density`, `box_mass` and `box_base`, the density of all runs (); `peel_coverage`, `peel_density`,
        `peel_mass`, `peel_restricted` (peel,).

        Raises
        ------
        RunError : outcomes that are not finite, or all or none of them below the threshold.
        UsageError : not one outcome a run, or too few.
        """
        check_outcomes(x, y)
        self.design(x.shape[1], y.size, seed)
        loses = y < self.threshold
        if loses.all() or not loses.any():
            which = "all" if loses.all() else "none"
            raise RunError(
                f"The outcome is below {self.threshold:g} in {which} of {y.size} runs, so no region of the assumptions "
                "can be told from the rest."
            )
        boxes = self._peel(x, loses)
        way = np.array([figures(box, x, loses) for box in boxes])  # (peel, [coverage, density, mass])
        balance = 2 * way[:, 0] * way[:, 1] / np.maximum(way[:, 0] + way[:, 1], 1e-300)
        box = boxes[int(np.argmax(balance))].copy()
        p = quasi_p(box, x, loses)
        while restricted(box).any() and np.nanmax(p) > self.significance:
            box[:, int(np.nanargmax(p))] = 0.0, 1.0
            p = quasi_p(box, x, loses)
        coverage, density, mass = figures(box, x, loses)
        return {
            "box_low": box[0],
            "box_high": box[1],
            "box_restricted": restricted(box).astype(np.float64),
            "box_p": p,
            "box_coverage": np.array(coverage),
            "box_density": np.array(density),
            "box_mass": np.array(mass),
            "box_base": np.array(loses.mean()),
            "peel_coverage": way[:, 0],
            "peel_density": way[:, 1],
            "peel_mass": way[:, 2],
            "peel_restricted": np.array([restricted(b).sum() for b in boxes], dtype=np.float64),
        }

    def places(self, measures: dict[str, Array]) -> dict[str, tuple[NDArray[np.intp], Array]]:
        """Columns and quantiles whose values belong beside the measures; NaN where a side is free."""
        low, high = measures["box_low"], measures["box_high"]
        columns = np.arange(low.size)
        return {
            "box_low_value": (columns, np.where(low > 0, low, np.nan)),
            "box_high_value": (columns, np.where(high < 1, high, np.nan)),
        }

    def _peel(self, x: Array, loses: NDArray[np.bool_]) -> list[Box]:
        """Boxes from the whole cube to the smallest, each a peel of the one before."""
        d = x.shape[1]
        box = np.stack([np.zeros(d), np.ones(d)])
        boxes = [box]
        points, lost = x, loses
        while lost.mean() < 1:
            best, chosen = -1.0, None
            for side, cut in enumerate(np.quantile(points, [self.peel, 1 - self.peel], axis=0)):
                keeps = points > cut if side == 0 else points < cut
                count = keeps.sum(axis=0)
                density = (keeps & lost[:, None]).sum(axis=0) / np.maximum(count, 1)
                density[count < self.least_mass * loses.size] = -1.0
                i = int(np.argmax(density))
                if density[i] > best:
                    best, chosen = float(density[i]), (side, i, float(cut[i]), keeps[:, i])
            if chosen is None:
                break
            side, i, limit, keep = chosen
            box = box.copy()
            box[side, i] = limit
            boxes.append(box)
            points, lost = points[keep], lost[keep]
        return boxes


def restricted(box: Box) -> NDArray[np.bool_]:
    """Which parameters have a limit."""
    return np.asarray((box[0] > 0) | (box[1] < 1), dtype=np.bool_)


def contains(box: Box, x: Array) -> NDArray[np.bool_]:
    """Which points (run, parameter) lie strictly inside the limits."""
    return np.asarray(((x > box[0]) & (x < box[1])).all(axis=1), dtype=np.bool_)


def figures(box: Box, x: Array, loses: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Share of the losing runs in the box, share of its runs that lose, and share of all runs in it."""
    within = contains(box, x)
    both = float((within & loses).sum())
    return both / float(loses.sum()), both / max(float(within.sum()), 1.0), float(within.mean())


def quasi_p(box: Box, x: Array, loses: NDArray[np.bool_]) -> Array:
    """Probability of a box as dense if each parameter's limits were drawn by chance; NaN where it has none.

    Against the density of the box without the parameter's limits, as a binomial tail.
    """
    from scipy.special import bdtrc

    within = contains(box, x)
    hits, size = int((within & loses).sum()), int(within.sum())
    found = np.full(x.shape[1], np.nan)
    for i in np.flatnonzero(restricted(box)):
        wider = box.copy()
        wider[:, i] = 0.0, 1.0
        density = float(loses[contains(wider, x)].mean())
        found[i] = 1.0 if hits == 0 else float(bdtrc(hits - 1, size, density))
    return found
