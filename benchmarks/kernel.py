"""How near is the kernel to the fastest program that can be written by hand? And how far from NumPy and a plain loop?

    python benchmarks/kernel.py --size medium

Four models: R1, R2, R3 and the Norrköping study, from their YAML through the program that runs use. Before anything is
timed, all ways must agree to 1e-12 of each payer's cost. Ways are timed in turn, in several starts of the process, as
the place of a program in memory changes its speed by up to a sixth.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import analyst
import by_hand
import limit
import numpy as np
from models import MODELS, REFERENCES, Reference
from numpy.typing import NDArray
from running import BLOCK, drawn, filled
from timing import in_turn, machine, markdown, short

from engine.kernel.caches import VARIABLE
from engine.kernel.layout import Block
from engine.kernel.machine import Target
from engine.kernel.simulate import compile_program
from engine.model.compile import CompiledModel, compile_model
from engine.spec.load import load_study

Array = NDArray[np.float64]
CONFIG = Path(__file__).resolve().parent.parent / "configs" / "norrkoping"
AGREE = 1e-12


class Size(NamedTuple):
    scale: int
    """Draws of the smallest model are 4096 times this."""
    rounds: int
    starts: int
    variants: int
    """Of the program in C that are tried."""


SIZES = {"small": Size(1, 2, 1, 2), "medium": Size(8, 7, 3, 5), "large": Size(16, 15, 3, 5)}
NARROW = Target("haswell", "+avx2,+fma,+bmi,+bmi2,+popcnt,+lzcnt,+f16c,+movbe,+sse4.2")
"""A processor with AVX2 and no AVX-512."""


class Case(NamedTuple):
    """A model, and a draw's worth of everything that is compared."""

    name: str
    folder: Path
    calculation: str
    reference: Reference | None
    cycles: int
    share: int
    """Of the size's draws, one in so many."""


CASES = (
    Case("R1", MODELS / "r1", "own", REFERENCES[0], 60, 1),
    Case("R2", MODELS / "r2", "own", REFERENCES[1], 75, 1),
    Case("R3", MODELS / "r3", "own", REFERENCES[2], 600, 8),
    Case("Norrköping", CONFIG, "researcher", None, 49, 2),
)


def digest(blocks: list[Block]) -> str:
    """Of all bits of all totals."""
    found = hashlib.sha256()
    for block in blocks:
        found.update(np.ascontiguousarray(block.totals).tobytes())
    return found.hexdigest()


def one_start(case: Case, size: Size) -> dict[str, Any]:
    """All ways of a model in this process: seconds a draw in the best round, and ratios of seconds a draw."""
    study = load_study(case.folder)
    began = time.perf_counter()
    model = compile_model(study)
    kernel = model.money_kernel
    compiling = time.perf_counter() - began
    n = BLOCK * size.scale // (case.share if size.scale >= case.share else 1)
    inputs = drawn(model, case.calculation, n)
    program, parties = model.money_program, len(model.shape.courses) * len(model.shape.payers)
    blocks = filled(program, inputs)

    def by_kernel(kernel: Callable[[Block], None] = kernel, blocks: list[Block] = blocks) -> None:
        for block in blocks:
            kernel(block)

    by_kernel()
    ours = np.concatenate([block.totals[:parties] for block in blocks], axis=1)
    ways: dict[str, tuple[int, Callable[[], object]]] = {"kernel": (n, by_kernel)}
    halves: dict[str, list[Callable[[], object]]] = {
        "kernel": [partial(kernel, *filled(program, _half(inputs, ours, k)[0])) for k in (0, 1)]
    }
    if limit.compiler() is not None:
        if case.reference is None:
            name, series = "norrkoping", limit.norrkoping_series(study)
        else:
            assert model.inputs.names == case.reference.inputs
            name, series = case.reference.name, limit.reference_series(case.reference)
        for label, after in (("C", False), ("C, costs after the loop", True)):
            totals = np.empty((parties, n))
            run = limit.fastest(name, series, inputs, totals, after=after, tries=size.variants)
            run(inputs, totals)
            _agree(case, label, totals, ours)
            ways[label] = (n, partial(run, inputs, totals))
            halves[label] = [partial(run, *_half(inputs, totals, k)) for k in (0, 1)]
    ways |= _with_years(model, inputs)
    python = _in_python(model, case, inputs, ours)
    ways |= python
    times = in_turn({label: way for label, (_, way) in ways.items()}, size.rounds, slow=python)
    return {
        "compile": compiling,
        "digest": digest(blocks),
        "best": {label: t.best / ways[label][0] for label, t in times.items()},
        "ratio": {
            over: {
                under: times[over].over(times[under]) * ways[under][0] / ways[over][0] for under in ("kernel", "totals")
            }
            for over in times
        }
        | {"one thread": {label: _two_threads(pieces, size.rounds) for label, pieces in halves.items()}},
    }


def _half(inputs: Array, totals: Array, k: int) -> tuple[Array, Array]:
    """Inputs of one of two threads, a block at most, and a place for its totals."""
    n = min(BLOCK, inputs.shape[1] // 2)
    return np.ascontiguousarray(inputs[:, k * n : (k + 1) * n]), np.empty((totals.shape[0], n))


def _two_threads(halves: Sequence[Callable[[], object]], rounds: int) -> float:
    """How many times as fast two threads do two pieces of equal work as one does; each often enough for a fifth of a
    second, as a thread needs a while to get a processor of its own."""
    began = time.perf_counter()
    halves[0]()
    again = max(1, math.ceil(0.2 / (time.perf_counter() - began)))

    def work(piece: Callable[[], object]) -> None:
        for _ in range(again):
            piece()

    with ThreadPoolExecutor(2) as pool:
        times = in_turn(
            {"one": lambda: list(map(work, halves)), "two": lambda: list(pool.map(work, halves))},
            rounds,
            clock=time.perf_counter,
        )
    return times["one"].over(times["two"])


def _agree(case: Case, label: str, theirs: Array, ours: Array) -> None:
    scale = np.abs(ours).max(axis=1, keepdims=True)
    apart = float((np.abs(theirs - ours[:, : theirs.shape[1]]) / np.where(scale > 0, scale, 1.0)).max())
    if not apart <= AGREE:
        raise SystemExit(f"{case.name}: {label} and the kernel disagree by {apart:.1e} of the largest cost")


def _in_python(
    model: CompiledModel, case: Case, inputs: Array, ours: Array
) -> dict[str, tuple[int, Callable[[], object]]]:
    """What is written by hand in Python, each with as many draws as it does in about a tenth of a second."""
    n_numpy, n_loop, n_draws = min(BLOCK, inputs.shape[1]), 512, max(2, 240 // case.cycles)
    found: dict[str, tuple[int, Callable[[Array], Array]]] = {}
    if case.reference is None:
        base = analyst.survivors(model.study)

        def npv(x: Array) -> Array:
            return analyst.npv(model.study, base, dict(zip(model.inputs.names, x, strict=True))).T

        def each(x: Array) -> Array:
            return np.concatenate([npv(x[:, [d]]) for d in range(x.shape[1])], axis=1)

        def chunks(x: Array) -> Array:
            return np.concatenate([npv(x[:, a : a + 2048]) for a in range(0, x.shape[1], 2048)], axis=1)

        found["NumPy over draws"] = (n_numpy, chunks)
        found["NumPy draw by draw"] = (n_draws, each)
        half = len(ours) // 2
        ours = ours[:half] - ours[half:]
    else:
        reference = case.reference
        found["NumPy over draws"] = (n_numpy, lambda x: by_hand.over_draws(reference, x))
        found["numba loop"] = (n_loop, by_hand.loop(reference))
        found["NumPy draw by draw"] = (n_draws, lambda x: by_hand.draw_by_draw(reference, x))
    ways: dict[str, tuple[int, Callable[[], object]]] = {}
    for label, (n, way) in found.items():
        few = np.ascontiguousarray(inputs[:, :n])
        _agree(case, label, way(few), ours)
        ways[label] = (n, partial(way, few))
    return ways


def _with_years(model: CompiledModel, inputs: Array) -> dict[str, tuple[int, Callable[[], object]]]:
    """What runs do for a block, years and pay-back with it, and the same for totals alone."""
    n = min(BLOCK, inputs.shape[1])
    (totals,), (yearly,) = filled(model.totals_program, inputs[:, :n]), filled(model.run_program, inputs[:, :n])
    plain, full = model.totals_kernel, model.run_kernel
    plain(totals)
    full(yearly)
    return {"totals": (n, lambda: plain(totals)), "totals and years": (n, lambda: full(yearly))}


def in_new_process(case: Case, size: str) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, str(Path(__file__).resolve()), "--size", size, "--start", case.name]
    with tempfile.TemporaryDirectory(prefix="insats-kernel-") as cache:  # empty, so that compiling is timed
        environment = os.environ | {VARIABLE: cache}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise SystemExit(done.stderr or done.stdout)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--start", choices=[case.name for case in CASES], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    size = SIZES[asked.size]
    if asked.start:
        case = next(case for case in CASES if case.name == asked.start)
        print(json.dumps(one_start(case, size)))
        return
    cases = CASES if asked.size != "small" else (CASES[1], CASES[3])
    starts = {
        case.name: [in_new_process(case, asked.size) for _ in range(size.starts)]
        if size.starts > 1
        else [one_start(case, size)]
        for case in cases
    }
    print(speeds(cases, starts), end="\n\n")
    print(ratios(cases, starts), end="\n\n")
    print(widths(cases, size.rounds), end="\n\n")
    if limit.compiler() is None:
        print("No C compiler was found on this machine, so that the limit is missing.")
    print(f"{size.starts} starts of the process, {size.rounds} rounds in turn in each. {machine()}")


def speeds(cases: tuple[Case, ...], starts: dict[str, list[dict[str, Any]]]) -> str:
    """Trajectories a second of every way, in the best start."""
    labels = list(dict.fromkeys(label for found in starts.values() for label in found[0]["best"]))
    rows = [
        [
            label,
            *(
                short(_rate(starts[case.name], label)) if label in starts[case.name][0]["best"] else ""
                for case in cases
            ),
        ]
        for label in labels
    ]
    return markdown(["million trajectories a second", *(case.name for case in cases)], rows)


def _rate(found: list[dict[str, Any]], label: str) -> float:
    return 2e-6 / min(float(start["best"][label]) for start in found)


def ratios(cases: tuple[Case, ...], starts: dict[str, list[dict[str, Any]]]) -> str:
    """What is required, as best and worst of the starts; in a start, the median of what rounds say."""

    def spread(case: Case, over: str, under: str) -> str:
        if under not in starts[case.name][0]["ratio"].get(over, {}):
            return ""
        found = sorted(s["ratio"][over][under] for s in starts[case.name])
        return short(found[-1]) if len(found) == 1 else f"{short(found[-1])} ({short(found[0])})"

    asked = [
        ("speed of the C program", "C", "kernel"),
        ("speed of C with costs after the loop", "C, costs after the loop", "kernel"),
        ("NumPy over draws", "NumPy over draws", "kernel"),
        ("numba loop", "numba loop", "kernel"),
        ("NumPy draw by draw", "NumPy draw by draw", "kernel"),
        ("two threads, of one", "one thread", "kernel"),
        ("two threads of the C program, of one", "one thread", "C"),
        ("time with years and pay-back, of totals alone", "totals and years", "totals"),
    ]
    rows: list[list[object]] = [[label, *(spread(case, over, under) for case in cases)] for label, over, under in asked]
    rows.append(["seconds to compile", *(f"{min(s['compile'] for s in starts[case.name]):.2f}" for case in cases)])
    return markdown(["the kernel against: times as fast, best (worst) start", *(case.name for case in cases)], rows)


def widths(cases: tuple[Case, ...], rounds: int) -> str:
    """Whether bits depend on the instruction set."""
    rows = []
    for case in cases:
        model = compile_model(load_study(case.folder))
        inputs = drawn(model, case.calculation, 1024)
        (wide,), (narrow,) = filled(model.money_program, inputs), filled(model.money_program, inputs)
        here, there = compile_program(model.money_program), compile_program(model.money_program, NARROW)
        times = in_turn({"here": partial(here, wide), "there": partial(there, narrow)}, rounds)
        if digest([wide]) != digest([narrow]):
            raise SystemExit(f"{case.name}: bits depend on the instruction set")
        rows.append([case.name, "equal", f"{times['here'].over(times['there']):.2f}"])
    return markdown(["this processor and one with AVX2 alone", "bits of all totals", "speed with AVX2"], rows)


if __name__ == "__main__":
    main()
