"""What do draws cost before anything is simulated, and how exact are they?

    python benchmarks/sampling.py --size medium

The design and the laws of R1's 40 parameters, beside the simulation of the same draws; then each kind of law by itself,
beside SciPy, with the largest error for u from 1e-15 to 1 - 1e-15.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from models import MODELS
from numpy.typing import NDArray
from running import BLOCK, drawn, filled
from timing import Times, in_turn, machine, markdown, short

from engine.model.compile import CompiledModel, compile_model
from engine.model.parameters import quantile
from engine.run.designs import unit_points
from engine.run.draws import draw_values
from engine.spec.distributions import Law, parse_law
from engine.spec.load import load_study

Array = NDArray[np.float64]
SIZES = {"small": (1, 2, 256), "medium": (4, 9, 4096), "large": (16, 15, 16384)}
"""Blocks of draws, rounds, and numbers of a law beside SciPy."""
DESIGNS = ("sobol", "monte_carlo", "latin_hypercube")


class Kind(NamedTuple):
    """A law, as a study writes it and as SciPy knows it."""

    text: str
    scipy: Callable[[], object]


def kinds() -> tuple[Kind, ...]:
    """Every continuous law, with shapes that are easy and that are not."""
    from scipy import stats

    def pert(low: float, mode: float, high: float) -> object:
        a = 1 + 4 * (mode - low) / (high - low)
        return stats.beta(a, 6 - a, low, high - low)

    def cut(mean: float, sd: float, low: float, high: float) -> object:
        return stats.truncnorm((low - mean) / sd, (high - mean) / sd, mean, sd)

    return (
        Kind("uniform(20, 40)", lambda: stats.uniform(20, 20)),
        Kind("normal(0, 1.5)", lambda: stats.norm(0, 1.5)),
        Kind("truncated_normal(0.3, 0.2, 0, 1)", lambda: cut(0.3, 0.2, 0, 1)),
        Kind("lognormal(median=2, sigma=0.3)", lambda: stats.lognorm(0.3, scale=2)),
        Kind("lognormal(median=2, sigma=1.5)", lambda: stats.lognorm(1.5, scale=2)),
        Kind("beta(successes=3.2, failures=17.5)", lambda: stats.beta(3.2, 17.5)),
        Kind("beta(successes=0.5, failures=0.5)", lambda: stats.beta(0.5, 0.5)),
        Kind("beta(successes=800, failures=200)", lambda: stats.beta(800, 200)),
        Kind("gamma(shape=4, scale=2500)", lambda: stats.gamma(4, scale=2500)),
        Kind("gamma(shape=0.3, scale=1)", lambda: stats.gamma(0.3)),
        Kind("pert(20, 30, 50)", lambda: pert(20, 30, 50)),
        Kind("triangular(20, 30, 50)", lambda: stats.triang(1 / 3, 20, 30)),
    )


def law_of(text: str) -> Law:
    """The law that a study's text means."""
    return parse_law(text, value=1.0, columns=None)


def errors(law: Law, theirs: object) -> tuple[float, float]:
    """Largest difference from SciPy [standard deviations], and largest relative one in the lower tail."""
    tail = np.logspace(-15, -1, 600)
    u = np.concatenate([tail, np.linspace(0.1, 0.9, 801), 1 - tail[::-1]])
    ours, exact = quantile(law, u), np.asarray(theirs.ppf(u))  # type: ignore[attr-defined]
    apart = np.abs(ours - exact)
    low = slice(0, tail.size)
    away = np.abs(exact[low]) > 0
    return float(apart.max() / theirs.std()), float((apart[low][away] / np.abs(exact[low][away])).max())  # type: ignore[attr-defined]


def whole(model: CompiledModel, blocks: int, rounds: int) -> tuple[dict[str, Times], int]:
    """Designs, designs and laws, and simulation of the same draws: seconds, and numbers drawn.

    A run of several calculations makes the points once and then the values of each; a run of one, and analyses, make
    both in one step.
    """
    names = model.inputs.uncertain
    spans = [(a, a + BLOCK) for a in range(0, blocks * BLOCK, BLOCK)]
    full = [block for a, b in spans for block in filled(model.money_program, drawn(model, "own", b - a, start=a))]
    kernel = model.money_kernel

    def points(design: str) -> None:
        for a, b in spans:
            unit_points(design, names, seed=1, start=a, stop=b, total=blocks * BLOCK)

    def values() -> None:
        for a, b in spans:
            drawn(model, "own", b - a, start=a)

    def at_once(design: str) -> None:
        for a, b in spans:
            draw_values(model.inputs, "own", design, seed=1, start=a, stop=b, total=blocks * BLOCK)

    def simulate() -> None:
        for block in full:
            kernel(block)

    ways: dict[str, Callable[[], object]] = {"design and laws": values, "simulation": simulate}
    ways |= {f"design alone, {design}": partial(points, design) for design in DESIGNS}
    ways |= {f"design and laws in one step, {design}": partial(at_once, design) for design in DESIGNS}
    for way in ways.values():
        way()
    return in_turn(ways, rounds), len(names) * blocks * BLOCK


def by_law(n: int, rounds: int) -> list[list[object]]:
    """Rows of the table of laws."""
    rng = np.random.default_rng(1)
    u = rng.uniform(size=n)
    many = rng.uniform(size=BLOCK)
    rows: list[list[object]] = []
    for kind in kinds():
        law, theirs = law_of(kind.text), kind.scipy()
        quantile(law, many)
        times = in_turn({"ours": partial(quantile, law, many), "scipy": partial(theirs.ppf, u)}, rounds)  # type: ignore[attr-defined]
        ours, scipy = times["ours"].best / many.size, times["scipy"].best / n
        sd, relative = errors(law, theirs)
        rows.append(
            [kind.text, short(ours * 1e9), short(scipy * 1e9), short(scipy / ours), f"{sd:.0e}", f"{relative:.0e}"]
        )
    return rows


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    blocks, rounds, n = SIZES[parser.parse_args().size]
    model = compile_model(load_study(MODELS / "r1"))
    times, numbers = whole(model, blocks, rounds)
    simulation = times["simulation"]
    rows = [
        [name, short(t.median * 1e9 / numbers), "1" if t is simulation else short(t.over(simulation))]
        for name, t in times.items()
    ]
    print(
        markdown([f"R1, {blocks * BLOCK} draws, one thread", "ns for each of 40 parameters", "of the simulation"], rows)
    )
    print()
    header = [
        "law",
        "ns a number",
        "SciPy, ns",
        "faster by",
        "largest error, standard deviations",
        "relative, lower tail",
    ]
    print(markdown(header, by_law(n, rounds)))
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
