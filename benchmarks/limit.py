"""The limit: C written by hand for one model, compiled for this machine; the fastest of its variants.

Sources are in `limit/`. Each takes inputs (input, n), what the cycle alone decides, and gives discounted costs
(strategy and payer, n), n a multiple of eight.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import analyst
import numpy as np
from models import Reference
from numpy.typing import NDArray
from timing import in_turn

from engine.spec.load import LoadedStudy

Array = NDArray[np.float64]
Run = Callable[[Array, Array], None]
"""Inputs, totals."""
SOURCES = Path(__file__).resolve().parent / "limit"
# Not -ffast-math: it takes the rounding of exp apart, and is no faster without that. Tried beside these, within 1 % of
# them or slower: -O2, -fschedule-insns, -flive-range-shrinkage, other register allocators, tuning for other processors.
FLAGS = (
    "-O3",
    "-march=native",
    "-mprefer-vector-width=512",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-ffp-contract=fast",
)
EXPONENTIALS = ("-DEXP=2 -DSCALEF", "-DEXP=0", "-DEXP=2", "-DEXP=1", "-DEXP=1 -DSCALEF")
"""Ways to 2^x; those that the processor cannot do do not compile."""


@cache
def compiler() -> str | None:
    """A C compiler on this machine, if there is one."""
    return next((found for name in ("gcc", "clang", "cc") if (found := shutil.which(name))), None)


def build(name: str, folder: Path, flags: tuple[str, ...]) -> Callable[..., None] | None:
    """`run` of a source compiled with these flags; None where they ask for what the processor does not have."""
    program = compiler()
    assert program is not None
    library = folder / (f"{name}{'_'.join(flags)}.so".replace(" ", "_"))
    words = [word for flag in (*FLAGS, *flags) for word in flag.split()]
    command = [program, *words, "-shared", "-fPIC", "-o", str(library), str(SOURCES / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        if "-DEXP=0" in flags:
            raise RuntimeError(f"{name}.c does not compile: {done.stderr}")
        return None
    run: Callable[..., None] = ctypes.CDLL(str(library)).run
    return run


def fastest(name: str, series: Array, inputs: Array, totals: Array, *, after: bool = False, tries: int = 5) -> Run:
    """The fastest variant of a source on these inputs, of which it runs the first thousand draws to see.

    Parameters
    ----------
    after : costs are taken out of the loop over cycles, which only totals allow.
    """
    folder = Path(tempfile.mkdtemp(prefix="insats-limit-"))
    try:
        found = [build(name, folder, (e, "-DAFTER") if after else (e,)) for e in EXPONENTIALS[: max(tries, 1)]]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sample = np.ascontiguousarray(inputs[:, :1024])
    room = np.empty((totals.shape[0], sample.shape[1]))

    def bound(run: Callable[..., None]) -> Run:
        def call(x: Array, out: Array) -> None:
            assert x.flags.c_contiguous
            assert out.flags.c_contiguous
            assert x.shape[1] % 8 == 0
            pointers = [ctypes.c_void_p(a.ctypes.data) for a in (x, series, out)]
            run(ctypes.c_long(x.shape[1]), *pointers)

        return call

    variants = {k: bound(run) for k, run in enumerate(found) if run is not None}
    times = in_turn({str(k): partial(run, sample, room) for k, run in variants.items()}, 9)
    return variants[min(variants, key=lambda k: times[str(k)].best)]


def reference_series(model: Reference) -> Array:
    """Of a reference model."""
    return np.ascontiguousarray(model.series())


def norrkoping_series(study: LoadedStudy) -> Array:
    """Of the Norrköping study, (year, column), in the order of limit/norrkoping.c."""
    base = analyst.survivors(study)
    years = np.arange(base.shape[0])
    p = {name: parameter.value for name, parameter in study.model.parameters.items()}
    letters = "ewslomckd"
    place = dict(
        zip(
            letters,
            (analyst.E, analyst.W, analyst.S, analyst.L, analyst.O, analyst.M, analyst.C, analyst.K, analyst.D),
            strict=True,
        )
    )
    targets = {
        "e": "wsomck",
        "w": "esomckd",
        "s": "ewlomckd",
        "l": "esomckd",
        "o": "eslmckd",
        "m": "ewsockd",
        "c": "ewsom",
        "k": "ewslomd",
        "d": "wsom",
    }
    columns: list[Array] = []
    for s, reached in targets.items():
        columns += [base[:, place[s], place[r]] for r in reached]
        columns.append(1 - np.sum(columns[-len(reached) :], axis=0))
    for pair in ("em", "ec", "wm", "wc", "sm", "sc", "mc", "cm", "km", "dm", "lw", "ow"):
        columns.append(np.log2(1 - base[:, place[pair[0]], place[pair[1]]]))
    death = p["gm_constant"] + p["gm_level"] * np.exp(p["gm_slope"] * (16 + years - 40))
    columns += [
        np.exp(-death * p[f"ratio_{name}"]) for name in ("education", "employed", "short_term", "custody", "disability")
    ]
    columns += [
        death,
        np.maximum(0.0, 1 - years / p["fade_years"]),
        np.where(years < 2, 1.0, 0.0),
        np.where(years < 4, 1.0, 0.0),
    ]
    return np.ascontiguousarray(np.stack(columns, axis=1), dtype=np.float64)
