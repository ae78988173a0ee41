"""Does time grow in proportion to draws, cycles and transitions?

    python benchmarks/growth.py --size medium --figure growth

Time of the kernel against each, over three decades, the others held; and a model of 100 states and 2 000 transitions
beside small ones. Models are made by `models.py` and compiled from their YAML like any study.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import models
from running import drawn, filled
from timing import in_turn, machine, markdown, short

from engine.model.compile import compile_model
from engine.spec.load import load_study

SIZES = {
    "small": ((8, 64, 512), (6, 60), ((4, 3), (8, 4)), 2),
    "medium": (
        (64, 512, 4096, 32768, 65536),
        (1, 10, 60, 300, 1000),
        ((3, 2), (6, 4), (12, 8), (25, 20), (50, 20), (101, 20)),
        5,
    ),
    "large": (
        (64, 512, 4096, 32768, 262144),
        (1, 10, 60, 300, 1000),
        ((3, 2), (6, 4), (12, 8), (25, 20), (50, 20), (101, 20)),
        11,
    ),
}
"""Draws, cycles, (states, moves out of each), rounds."""


class Point(NamedTuple):
    x: float
    seconds: float
    compiling: float


def timed(model: models.Reference, draws: int, rounds: int) -> Point:
    """Seconds of the kernel, the best of some rounds, and of compiling."""
    with tempfile.TemporaryDirectory(prefix="insats-growth-") as folder:
        study = load_study(models.write_study(model, Path(folder) / "study"))
    began = time.perf_counter()
    program = compile_model(study)
    kernel = program.money_kernel
    compiling = time.perf_counter() - began
    blocks = filled(program.money_program, drawn(program, "own", draws))

    def run() -> None:
        for block in blocks:
            kernel(block)

    run()
    return Point(0.0, in_turn({"kernel": run}, rounds)["kernel"].best, compiling)


def measure(size: str) -> dict[str, list[Point]]:
    """Points of each curve."""
    draws, cycles, shapes, rounds = SIZES[size]
    usual = models.sized(8, 4, 60)
    found: dict[str, list[Point]] = {"draws": [], "cycles": [], "transitions": []}
    for n in draws:
        found["draws"].append(timed(usual, n, rounds)._replace(x=n))
    for n in cycles:
        found["cycles"].append(timed(models.sized(8, 4, n), 512, rounds)._replace(x=n))
    for states, moves in shapes:
        model = models.sized(states, moves, 60)
        found["transitions"].append(timed(model, 512, rounds)._replace(x=model.transitions))
    return found


def draw(found: dict[str, list[Point]], path: Path) -> None:
    """One figure: time against each of the three, and lines of proportion."""
    import matplotlib.pyplot as plt

    labels = {
        "draws": "Draws (8 states, 60 cycles)",
        "cycles": "Cycles (512 draws, 8 states)",
        "transitions": "Transitions (512 draws, 60 cycles)",
    }
    figure, panels = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True, layout="constrained")
    for axes, (name, points) in zip(panels, found.items(), strict=True):
        middle = points[len(points) // 2]
        ends = [points[0].x, points[-1].x]
        axes.plot(ends, [middle.seconds * x / middle.x * 1e3 for x in ends], color="0.75", label="in proportion")
        axes.plot([p.x for p in points], [p.seconds * 1e3 for p in points], "o-", color="#1f5a8a", label="measured")
        axes.set(xscale="log", yscale="log", xlabel=labels[name])
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("Time of the kernel (ms)")
    panels[0].legend(frameon=False)
    for suffix in (".svg", ".png"):
        figure.savefig(path.with_suffix(suffix), dpi=150)
    plt.close(figure)


def main() -> None:
    """Print the table, and draw the figure where one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    parser.add_argument("--figure", type=Path, help="name of the figure, without its ending")
    asked = parser.parse_args()
    found = measure(asked.size)
    rows = []
    for name, points in found.items():
        cheapest = min(p.seconds / p.x for p in points)
        rows += [
            [name, f"{p.x:,.0f}", short(p.seconds * 1e3), f"{p.seconds / p.x / cheapest:.2f}", f"{p.compiling:.2f}"]
            for p in points
        ]
    print(markdown(["what grows", "to", "ms", "cost of each, of the cheapest", "seconds to compile"], rows))
    if asked.figure is not None:
        draw(found, asked.figure)
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
