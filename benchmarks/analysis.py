"""Does explaining the outcomes cost less than computing them? Sobol' indices beside SALib, and an exact decomposition.

    python benchmarks/analysis.py --size medium

First the indices of 40 parameters with second order and 100 resamples: both programs read the same outcomes, and must
agree. Then the same kind of analysis around the Norrköping model, and its 20 assumptions changed in all orders.
"""

from __future__ import annotations

import argparse
import platform
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from timing import markdown

from engine.analysis.hybrids import hybrid_table, shapley_from_table
from engine.analysis.sensitivity.saltelli import Saltelli, SaltelliRun
from engine.analysis.sensitivity.sobol import bootstrap_indices
from engine.analysis.sensitivity.sobol_sums import Estimates
from engine.api.points import PointFunction
from engine.api.subject import subject
from engine.kernel.layout import Block
from engine.kernel.simulate import Kernel
from engine.model.compile import CompiledModel, compile_model
from engine.run.blocks import Settings
from engine.run.functions import outcome_function
from engine.spec.load import load_study

Array = NDArray[np.float64]
CONFIG = Path(__file__).resolve().parent.parent / "configs" / "norrkoping"
SIZES = {"small": (2**8, 2**7, 12, 1), "medium": (2**12, 2**12, 16, 5), "large": (2**15, 2**15, 20, 5)}
"""Base points beside SALib, base points around the model, assumptions that differ, and rounds around the model."""
D = 40
RESAMPLES = 100
SEED = 2026
CALCULATION = "researcher"
PAIR = ("finance_director", "researcher")
NUDGED = ("programme_cost", "school_year", "wage_month", "af_admin", "assistance_outside", "misuse_care",
          "justice_case", "victim_misuse")  # fmt: skip
"""Prices on which the pair agrees; taken a tenth higher in the second calculation until enough assumptions differ."""


class Row(NamedTuple):
    who: str
    design: float
    """Seconds."""
    analysis: float
    memory: float
    """Growth of the process's peak [MB]."""


class Clock:
    """Seconds spent in a function."""

    def __init__(self, function: Callable[[Array], Array]) -> None:
        self.function, self.seconds, self.runs = function, 0.0, 0

    def __call__(self, x: Array) -> Array:
        began = time.perf_counter()
        y = self.function(x)
        self.seconds += time.perf_counter() - began
        self.runs += x.shape[0]
        return y


def peak() -> float:
    """Largest resident memory so far [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def g_function(u: Array) -> Array:
    """Sobol's, with weights 0, 1/4, 1/2, ...; in place, as a fast model would be."""
    weights = np.arange(D) / 4
    factor = np.abs(4 * u - 2)
    factor += weights
    factor /= 1 + weights
    return np.asarray(factor.prod(axis=1))


def beside_salib(n: int) -> tuple[list[Row], float, float]:
    """Rows, seconds of the function, and the largest difference between any two estimates or half-widths."""
    from SALib.analyze import sobol as salib_analyze
    from SALib.sample import sobol as salib_sample

    simulation = Clock(g_function)
    warm = SaltelliRun(g_function, Saltelli(D, 16, SEED), keep=True)  # libraries are loaded at first use
    warm.advance(16)
    warm.sums.indices()
    bootstrap_indices(warm.outcomes[..., 0], D, seed=SEED)

    start, began = peak(), time.perf_counter()
    streamed = SaltelliRun(simulation, Saltelli(D, n, SEED))
    streamed.advance(n)
    middle = time.perf_counter()
    sums = streamed.sums.indices()
    rows = [
        Row("ours, streamed sums", middle - began - simulation.seconds, time.perf_counter() - middle, peak() - start)
    ]

    simulation.seconds, start, began = 0.0, peak(), time.perf_counter()
    kept = SaltelliRun(simulation, Saltelli(D, n, SEED), keep=True)
    kept.advance(n)
    y = kept.outcomes[..., 0]
    middle = time.perf_counter()
    ours = bootstrap_indices(y, D, resamples=RESAMPLES, seed=SEED)
    rows.append(Row("ours", middle - began - simulation.seconds, time.perf_counter() - middle, peak() - start))

    problem = {"num_vars": D, "names": [f"x{i}" for i in range(D)], "bounds": [[0.0, 1.0]] * D}
    start, began = peak(), time.perf_counter()
    salib_sample.sample(problem, n, seed=SEED)
    middle = time.perf_counter()
    theirs = salib_analyze.analyze(problem, y.ravel(), num_resamples=RESAMPLES, seed=SEED)
    rows.append(Row("SALib", middle - began, time.perf_counter() - middle, peak() - start))

    names = ("S1", "S1_conf", "ST", "ST_conf", "S2", "S2_conf")
    apart = [float(np.nanmax(np.abs(theirs[k] - x))) for k, x in zip(names, ours, strict=True) if x is not None]
    apart += [_apart(ours, sums.aggregated, k) for k in ("first", "total", "second")]
    return rows, simulation.seconds, max(apart)


def _apart(one: Estimates, other: Estimates, name: str) -> float:
    return float(np.nanmax(np.abs(getattr(one, name) - getattr(other, name))))


class Parts(NamedTuple):
    """Seconds of processor time of a Sobol' analysis around the model, on one thread, each the best of some rounds."""

    n_parameters: int
    runs: int
    laws: float
    """Points of A and B, and values of their parameters."""
    simulation: float
    kernel: float
    """Part of the simulation: machine code of the model."""
    sums: float
    """And indices."""
    whole: float
    copied: float
    """Whole analysis whose runs are copied and evaluated row by row."""


class Timed(PointFunction):
    """A model's function that keeps seconds by part."""

    def values(self, points: Array, out: Array) -> None:
        with SPENT.on("values"):
            super().values(points, out)

    def of_mixtures(self, values: Array, rows: NDArray[np.int64], first: int) -> Array:
        with SPENT.on("simulation"):
            return super().of_mixtures(values, rows, first)


class Spent:
    """Seconds of this thread by part."""

    def __init__(self) -> None:
        self.by: dict[str, float] = {}

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        began = time.thread_time()
        yield
        self.by[part] = self.by.get(part, 0.0) + time.thread_time() - began

    def around(self, part: str, kernel: Kernel) -> Kernel:
        def timed(block: Block) -> None:
            with self.on(part):
                kernel(block)

        return timed


SPENT = Spent()


def around_the_model(model: CompiledModel, n: int, rounds: int) -> Parts:
    """A Sobol' analysis of every party's NPV in one calculation, with second order."""
    about = subject(model, CALCULATION, party=None, strategy=None, choices=())
    function = outcome_function(about.model, about.strategy, settings=Settings(threads=1))
    design = Saltelli(len(about.names), n, SEED)
    kernels = about.model.separated_kernels
    assert kernels is not None
    # where the cached property keeps them
    vars(about.model)["separated_kernels"] = tuple(SPENT.around("kernel", kernel) for kernel in kernels)
    mixing, plain = Timed(function, about, "sobol"), PointFunction(function, about, "sobol")

    def by_row(points: Array) -> Array:
        return plain(points)

    found: list[Parts] = []
    for _ in range(rounds):
        SPENT.by.clear()
        with SPENT.on("whole"):
            run = SaltelliRun(mixing, design)
            run.advance(n)
            indices = run.sums.indices()
        by = dict(SPENT.by)
        with SPENT.on("points"):
            design.coordinates(0, n)
        laws = by["values"] + SPENT.by["points"]
        with SPENT.on("copied"):
            other = SaltelliRun(by_row, design)
            other.advance(n)
            again = other.sums.indices()
        if not np.array_equal(indices.aggregated.total, again.aggregated.total):
            raise SystemExit("runs told by row numbers and runs copied give other indices")
        sums = by["whole"] - by["simulation"] - laws
        found.append(
            Parts(
                len(about.names), design.runs, laws, by["simulation"], by["kernel"], sums, by["whole"],
                SPENT.by["copied"],
            )
        )  # fmt: skip
    vars(about.model)["separated_kernels"] = kernels
    return Parts(*(min(column) for column in zip(*found, strict=True)))


def in_all_orders(model: CompiledModel, differing: int) -> tuple[Clock, float, float, float]:
    """The model as simulation, seconds of hybrids and of contributions, and by how much these miss the difference."""
    a, b = (model.inputs.point(c)[:, 0].copy() for c in PAIR)
    for name in NUDGED:
        if np.count_nonzero(a != b) < differing:
            b[model.inputs.names.index(name)] *= 1.1
    columns = [[int(k)] for k in np.flatnonzero(a != b)][:differing]
    simulation = Clock(outcome_function(model, model.shape.courses[1]))
    began = time.perf_counter()
    table = hybrid_table(simulation, a[None], b[None], columns)
    middle = time.perf_counter()
    shares = shapley_from_table(table)
    ended = time.perf_counter()
    gap = table[-1] - table[0]
    missed = float(np.abs(shares.sum(axis=0) - gap).max() / np.abs(gap).max())
    return simulation, middle - began - simulation.seconds, ended - middle, missed


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    n, n_model, differing, rounds = SIZES[parser.parse_args().size]

    rows, cheap, apart = beside_salib(n)
    if apart > 1e-12:
        raise SystemExit(f"the estimates disagree by {apart:.1e}: nothing to compare")
    print(f"Sobol' indices, {D} parameters, second order, {n} base points, {n * (2 * D + 2):,} runs\n")
    print("| program | design, s | analysis, s | both, slower than ours by | memory, MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    ours = next(row for row in rows if row.who == "ours")
    for row in rows:
        ratio = (row.design + row.analysis) / (ours.design + ours.analysis)
        print(f"| {row.who} | {row.design:.3f} | {row.analysis:.3f} | {ratio:.3g} | {row.memory:.0f} |")
    print(
        f"\nLargest difference between the estimates or half-widths: {apart:.1e}. "
        f"The function itself took {cheap:.2f} s."
    )

    model = compile_model(load_study(CONFIG))
    around_the_model(model, 16, 1)  # compiles
    found = around_the_model(model, n_model, rounds)
    print(
        f"\nThe Norrköping model, {found.n_parameters} parameters, second order, {n_model} base points, "
        f"{found.runs:,} runs, {len(model.shape.parties)} parties, one thread, least of {rounds} rounds\n"
    )
    rows_of = (
        ("kernel", found.kernel),
        ("simulation, with the kernel", found.simulation),
        ("points and laws of A and B", found.laws),
        ("sums and indices", found.sums),
        ("whole analysis", found.whole),
        ("the same, with runs copied row by row", found.copied),
    )
    print(markdown(
        ("part", "seconds", "of the simulation", "of the kernel"),
        [(name, f"{s:.3f}", f"{s / found.simulation:.2f}", f"{s / found.kernel:.2f}") for name, s in rows_of],
    ))  # fmt: skip
    share = (ours.design + ours.analysis) / (n * (2 * D + 2)) / (found.simulation / found.runs)
    print(f"\nSums and indices / simulation: {found.sums / found.simulation:.3f} (at most 0.15). ", end="")
    print(f"Whole analysis / kernel: {found.whole / found.kernel:.2f} (at most 1.3).")
    print(f"The {D} parameters above, design and resamples, take {share:.2f} of the simulation of as many runs.")

    simulation, forming, dividing, missed = in_all_orders(model, differing)
    if missed > 1e-9:
        raise SystemExit(f"contributions miss the difference by {missed:.1e} of it")
    total = simulation.seconds + forming + dividing
    print(f"\nTwo calculations, {differing} assumptions that differ, {simulation.runs:,} hybrids, every party\n")
    print("| part | seconds |")
    print("| --- | ---: |")
    print(f"| simulation | {simulation.seconds:.3f} |")
    print(f"| forming hybrids | {forming:.3f} |")
    print(f"| exact contributions | {dividing:.3f} |")
    print(f"| all | {total:.3f} |")
    print(f"\nContributions add up to within {missed:.1e} of the difference. Peak memory {peak():.0f} MB.")
    print(f"{platform.machine()}, Python {platform.python_version()}.")


if __name__ == "__main__":
    main()
