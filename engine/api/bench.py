"""How fast a study runs on this machine, measured in a few seconds."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from engine.api.models import compile_model, run_model
from engine.kernel.layout import Block
from engine.kernel.simulate import Kernel, compile_program
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings, filled
from engine.run.designs import replicates, unit_points
from engine.run.plan import LARGEST_BLOCK, bytes_per_draw, default_threads
from engine.spec.load import LoadedStudy

ASKED = (10**6, 10**8)
"""Draws of which it is told how long they would take."""
ENOUGH = 0.4
"""Seconds that each figure is measured for, at least."""
WRITTEN = 64_000_000
"""Bytes written to find the rate of the disk."""


@dataclass(frozen=True)
class Bench:
    """What this machine does with one study."""

    study: str
    calculations: int
    strategies: int
    states: int
    cycles: int
    inputs: int
    """Assumptions that vary between draws or calculations."""
    compile_seconds: float
    """Study to program to machine code."""
    kernel: tuple[tuple[int, float], ...]
    """By threads: trajectories (draw x strategy) a second in the kernel alone, totals only."""
    sampling: float
    """Time of design and laws as a share of the kernel's for the same draws, on one thread."""
    run: float
    """Trajectories a second of whole runs, from the design to outcomes by draw and year, on all threads."""
    threads: int
    """Of whole runs."""
    expected: tuple[tuple[int, float], ...]
    """By draws a calculation: seconds to simulate all calculations, analyses and report not counted."""
    written: float
    """Bytes a second that reach the disk."""


def measure(study: LoadedStudy, *, folder: Path | None = None, threads: int | None = None) -> Bench:
    """Measure how fast a study is simulated on this machine.

    Parameters
    ----------
    folder : whose disk is measured; the current one by default. What is written there is removed.
    threads : most that are used; all processors by default.

    Raises
    ------
    SpecError : the study cannot be compiled.
    RunError : a draw breaks a rule of the model and the study does not reject such draws.
    OSError : nothing can be written in the folder.
    """
    began = time.perf_counter()
    model = compile_model(study)
    kernel = compile_program(model.money_program)
    compiling = time.perf_counter() - began
    most = threads or default_threads()
    calculation = next(iter(model.inputs.laws))
    size = _draws_of_a_block(model)

    def draw() -> np.ndarray:
        names = model.inputs.uncertain
        points = unit_points(study.study.design, names, seed=study.study.seed, start=0, stop=size, total=size)
        return model.inputs.values(calculation, points)

    def blocks(n: int) -> list[Block]:
        return [filled(model.money_program, values) for _ in range(n)]

    values = draw()
    strategies = len(model.shape.courses)
    rates = []
    for n in _counts(most):
        with ThreadPoolExecutor(n) as pool:
            work = blocks(4 * n)
            seconds = _seconds(partial(_all, pool, kernel, work))
            rates.append((n, strategies * size * len(work) / seconds))
    (one,) = blocks(1)
    sampling = _seconds(draw) / _seconds(lambda: kernel(one))
    rate = _run_rate(model, Settings(threads=most))
    calculations = len(model.inputs.laws)
    return Bench(
        study=study.study.study,
        calculations=calculations,
        strategies=strategies,
        states=len(model.shape.states),
        cycles=study.model.time.cycles,
        inputs=len(model.inputs.names),
        compile_seconds=compiling,
        kernel=tuple(rates),
        sampling=sampling,
        run=strategies * rate,
        threads=most,
        expected=tuple((n, n * calculations / rate) for n in ASKED),
        written=_write_rate(folder or Path.cwd()),
    )


def _all(pool: ThreadPoolExecutor, kernel: Kernel, work: list[Block]) -> None:
    for _ in pool.map(kernel, work):
        pass


def _draws_of_a_block(model: CompiledModel) -> int:
    """As many as runs take at once, fewer for large models; enough for every design."""
    fit = 64_000_000 // max(bytes_per_draw(model.money_program, model.shape.money), 1)
    return max(min(LARGEST_BLOCK, fit // 256 * 256), replicates(model.study.study.design), 256)


def _counts(most: int) -> list[int]:
    """1, 2, 4, .. and all."""
    doubled = [1 << k for k in range(most.bit_length()) if 1 << k < most]
    return [*doubled, most]


def _seconds(work: Callable[[], object]) -> float:
    """Of one call: the best of as many as fit."""
    work()
    found: list[float] = []
    while sum(found) < ENOUGH or len(found) < 3:
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def _run_rate(model: CompiledModel, settings: Settings) -> float:
    """Draws a second of whole runs: from what twice as many draws take more, so that the start does not count."""
    n = max(LARGEST_BLOCK, replicates(model.study.study.design))
    calculations = len(model.inputs.laws)

    def seconds(draws: int) -> float:
        began = time.perf_counter()
        run_model(model, draws=draws, settings=settings, paths=0)
        return time.perf_counter() - began

    seconds(n)  # compiles
    while True:
        few, many = seconds(n), seconds(3 * n)
        if many - few > 2 * ENOUGH or n >= 2**20:
            return calculations * 2 * n / max(many - few, 1e-9)
        n *= 4


def _write_rate(folder: Path) -> float:
    """Bytes a second until they are safe on the disk."""
    data = os.urandom(WRITTEN // 8) * 8
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        return len(data) / (time.perf_counter() - began)
