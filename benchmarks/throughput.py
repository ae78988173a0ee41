"""How much faster is the kernel than NumPy over draws, and than a loop over draws? On the Norrköping study.

    python benchmarks/throughput.py --size medium

Times four ways to the same NPVs in turn, in one process, checks that they agree, and prints ratios.
"""

from __future__ import annotations

import argparse
import platform
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import analyst
import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import Block, allocate
from engine.kernel.reference import evaluate
from engine.kernel.simulate import compile_program
from engine.model.compile import CompiledModel, compile_model
from engine.run.designs import unit_points
from engine.run.outcomes import read_totals
from engine.spec.load import load_study

Array = NDArray[np.float64]
CONFIG = Path(__file__).resolve().parent.parent / "configs" / "norrkoping"
SIZES = {"small": (2_048, 256, 8, 2), "medium": (65_536, 8_192, 64, 7), "large": (524_288, 16_384, 128, 9)}
"""Draws for the kernel, for NumPy and for the loop, and rounds."""


class Row(NamedTuple):
    name: str
    draws: int
    seconds: list[float]

    @property
    def rate(self) -> float:
        """Trajectories (draw x strategy) a second, best round."""
        return 2 * self.draws / min(self.seconds)


def measure(size: str) -> tuple[list[Row], float, float]:
    """Rows of the table, seconds of compilation, and the largest relative difference between the ways."""
    n_kernel, n_numpy, n_loop, rounds = SIZES[size]
    study = load_study(CONFIG)
    model = compile_model(study)
    began = time.perf_counter()
    kernel = compile_program(model.money_program)
    compiling = time.perf_counter() - began
    points = unit_points("monte_carlo", model.inputs.uncertain, seed=1, start=0, stop=n_kernel, total=n_kernel)
    inputs = model.inputs.values("researcher", points)
    blocks = [filled(model, inputs[:, a : a + 4096]) for a in range(0, n_kernel, 4096)]
    base = analyst.survivors(study)

    def by_kernel() -> None:
        for block in blocks:
            kernel(block)

    def by_two_threads() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(kernel, blocks))

    def by_graph() -> Array:
        parts = [evaluate(model.money_program, inputs[:, a : a + 2048]).totals for a in range(0, n_numpy, 2048)]
        return np.concatenate(parts, axis=1)[:, :n_numpy]

    def by_matrices() -> Array:
        columns = (inputs[:, a : min(a + 2048, n_numpy)] for a in range(0, n_numpy, 2048))
        return np.concatenate([analyst.npv(study, base, named(model, c)) for c in columns])

    def by_loop() -> Array:
        return np.concatenate([analyst.npv(study, base, named(model, inputs[:, [d]])) for d in range(n_loop)])

    by_kernel()
    ours = np.concatenate([read_totals(model.shape.money, b.totals).npv[0, 3:].T for b in blocks])
    graph = read_totals(model.shape.money, by_graph()).npv[0, 3:].T
    scale = np.abs(ours[:n_numpy]).max()
    apart = max(float(np.abs(ours[: len(other)] - other).max() / scale) for other in (graph, by_matrices(), by_loop()))
    ways: list[tuple[str, int, Callable[[], object]]] = [
        ("kernel, one thread", n_kernel, by_kernel),
        ("kernel, two threads", n_kernel, by_two_threads),
        ("NumPy over draws, the kernel's own graph", n_numpy, by_graph),
        ("NumPy over draws, matrices of each year", n_numpy, by_matrices),
        ("NumPy, draw by draw, matrices of each year", n_loop, by_loop),
    ]
    rows = [Row(name, draws, []) for name, draws, _ in ways]
    for _ in range(rounds):
        for row, (_, _, way) in zip(rows, ways, strict=True):
            began = time.perf_counter()
            way()
            row.seconds.append(time.perf_counter() - began)
    return rows, compiling, apart


def filled(model: CompiledModel, inputs: Array) -> Block:
    """A block of draws, inputs (input, n)."""
    block = allocate(model.money_program, inputs.shape[1])
    block.inputs[:, : inputs.shape[1]] = inputs
    return block


def named(model: CompiledModel, inputs: Array) -> dict[str, Array]:
    """Rows of inputs by name."""
    return dict(zip(model.inputs.names, inputs, strict=True))


def table(rows: list[Row], compiling: float, apart: float) -> str:
    """The result as Markdown."""
    best = rows[0].rate
    lines = [
        "| way | draws | trajectories/s | spread over rounds | kernel, one thread, is faster by |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        spread = max(row.seconds) / min(row.seconds) - 1
        middle = statistics.median(row.seconds) / min(row.seconds) - 1
        spread_text = f"median +{middle:.0%}, worst +{spread:.0%}"
        lines.append(f"| {row.name} | {row.draws} | {row.rate:,.0f} | {spread_text} | {best / row.rate:.3g} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines += [
        "",
        f"Compiling the kernel took {compiling:.2f} s, apart from the above. Peak memory {peak:.0f} MB.",
        f"Largest difference between the ways: {apart:.1e} of the largest NPV.",
        f"{platform.machine()}, Python {platform.python_version()}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    rows, compiling, apart = measure(parser.parse_args().size)
    if apart > 1e-9:
        raise SystemExit(f"the ways disagree by {apart:.1e}: nothing to compare")
    print(table(rows, compiling, apart))


if __name__ == "__main__":
    main()
