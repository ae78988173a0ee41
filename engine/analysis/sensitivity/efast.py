"""eFAST: first-order and total indices from the frequencies with which each parameter is moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.analysis.sensitivity.base import (
    Array,
    check_design,
    check_outcomes,
    check_size,
    check_varies,
    check_whole,
    inside,
    unit_problem,
)
from engine.errors import UsageError
from engine.spec.check_sizes import efast_points


@dataclass(frozen=True)
class EFast:
    """First-order and total indices on n × D × `curves` runs; design and spectra by SALib.

    Each curve runs through the cube with the parameter in question at a high frequency and the others at low
    ones. The interval is a t-interval over curves with independent random phases, as the paper resamples;
    a bootstrap of the points of one curve, as SALib offers, destroys the order in which the frequencies live.
    It says how the estimate varies with the phase, not the bias by interference, which falls with n.

    Discrete parameters are refused: the indices are read from `harmonics` harmonics, and a jump needs more.

    References
    ----------
    Saltelli, Tarantola & Chan (1999), doi:10.1080/00401706.1999.10485594.
    """

    name: ClassVar[str] = "efast"
    default_n: ClassVar[int] = 257
    allows_discrete: ClassVar[bool] = False
    allows_groups: ClassVar[bool] = False
    needs_independence: ClassVar[bool] = True

    curves: int = 8
    """Curves a parameter, each with a phase of its own."""
    harmonics: int = 4
    """Of the parameter's frequency that count as its own."""
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.curves < 2 or self.harmonics < 1:
            raise UsageError(f"curves: {self.curves}, harmonics: {self.harmonics}; at least 2 and 1.")

    @property
    def minimum_n(self) -> int:
        """Points of a curve that tell the parameter's frequency from the others'."""
        return 4 * self.harmonics**2 + 1

    def least_n(self, n_parameters: int) -> int:
        """Points of a curve that tell these from each other too.

        With fewer, parameters move with others in step, and the indices of what matters come out far too small.
        """
        return efast_points(n_parameters, harmonics=self.harmonics)

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """Points (curve × parameter × n, D), in the order in which the curve passes them.

        Raises
        ------
        UsageError : n so small that parameters share a frequency.
        """
        from SALib.sample import fast_sampler

        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        least = self.least_n(n_parameters)
        if n < least:
            raise UsageError(
                f"n: {n}; {n_parameters} parameters take at least {least} points a curve, or some share a frequency."
            )
        rng = np.random.default_rng(seed)
        one = unit_problem(n_parameters)
        curves = [fast_sampler.sample(one, n, M=self.harmonics, seed=rng) for _ in range(self.curves)]
        return inside(np.concatenate(curves))

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`S1`, `S1_conf`, `ST`, `ST_conf` (parameter,). The seed is that of the design.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not this design's points.
        """
        from SALib.analyze.fast import compute_orders
        from scipy.special import stdtrit

        check_outcomes(x, y)
        d = x.shape[1]
        check_whole(x, d * self.curves)
        n = x.shape[0] // (d * self.curves)
        check_design(x, self.design(d, n, seed))
        found = np.empty((self.curves, d, 2))
        for k, curve in enumerate(y.reshape(self.curves, d, n)):
            for i, along in enumerate(curve):
                check_varies(along, "runs of a search curve")
                found[k, i] = compute_orders(along, n, self.harmonics, (n - 1) // (2 * self.harmonics))
        mean = found.mean(axis=0)
        t = float(stdtrit(self.curves - 1, 0.5 + self.level / 2))
        half = t * found.std(axis=0, ddof=1) / np.sqrt(self.curves)
        return {"S1": mean[:, 0], "S1_conf": half[:, 0], "ST": mean[:, 1], "ST_conf": half[:, 1]}
