"""How long does a whole study take, and where does the time go? Beside the same study done as analysts do it.

    python benchmarks/end_to_end.py --size medium

`insats run` of the Norrköping study, four calculations, report included, in a process of its own in which kernel and
sampler are timed; Python's bytecode is there, as it is where Insats is installed. The analyst's way: the study in
NumPy, draw by draw, with matrices of each year (`analyst.py`), a few draws of which are timed and the rest
extrapolated; sampling and sensitivity indices by SALib.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import analyst
import numpy as np
from running import drawn
from timing import machine, markdown, short

from engine.spec.load import load_study

CONFIG = Path(__file__).resolve().parent.parent / "configs" / "norrkoping"
SIZES = {"small": (1024, 8), "medium": (10**6, 200), "large": (10**7, 500)}
"""Draws of each calculation; draws of each that the analyst's way is timed for."""
F = TypeVar("F", bound=Callable[..., Any])


STAGES = (
    "run_model",
    "models_by_entry",
    "summarize",
    "internal_rates",
    "summarize_outcomes",
    "explain_differences",
    "find_interactions",
    "decide",
    "explain_by_year",
    "explain_spread",
    "split_who_and_unsure",
    "analyze_sensitivity",
    "analyze_sensitivity_by",
    "value_of_information",
    "value_of_study",
    "budget_impact",
)
"""Verbs that `run_study` chains, wherever it finds them."""
SIMULATION = ("kernel", "sampler")


class Clock:
    """Processor seconds of threads inside some functions; calls inside calls are counted once, as the outermost, and
    within a stage as the stage's too. A frame is what is around parts: its own seconds are those outside of them."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.of_stages: dict[str, dict[str, float]] = {}
        self._inside, self._lock = threading.local(), threading.Lock()

    def around(self, part: str, function: F) -> F:
        """The function, timed as a part of the run."""

        def add(seconds: float) -> None:
            self._inside.parts = getattr(self._inside, "parts", 0.0) + seconds
            self._add(self.seconds, part, seconds)
            if stage := getattr(self._inside, "stage", None):
                self._add(self.of_stages.setdefault(stage, {}), part, seconds)

        return self._timed("part", part, function, add)

    def stage(self, name: str, function: F) -> F:
        """The function, timed as a stage; a stage inside another one is that one's."""

        def add(seconds: float) -> None:
            self._add(self.of_stages.setdefault(name, {}), "all", seconds)

        return self._timed("stage", name, function, add)

    def frame(self, function: F) -> F:
        """The function, timed where it is called in a stage."""

        def timed(*arguments: Any, **options: Any) -> Any:
            before = getattr(self._inside, "parts", 0.0)

            def add(seconds: float) -> None:
                if stage := getattr(self._inside, "stage", None):
                    own = seconds - (getattr(self._inside, "parts", 0.0) - before)
                    self._add(self.of_stages.setdefault(stage, {}), "frame", own)

            return self._timed("frame", "frame", function, add)(*arguments, **options)

        return timed  # type: ignore[return-value]

    def _timed(self, kind: str, name: str, function: F, add: Callable[[float], None]) -> F:
        def timed(*arguments: Any, **options: Any) -> Any:
            if getattr(self._inside, kind, None):
                return function(*arguments, **options)
            setattr(self._inside, kind, name)
            began = time.thread_time()
            try:
                return function(*arguments, **options)
            finally:
                setattr(self._inside, kind, None)
                with self._lock:
                    add(time.thread_time() - began)

        return timed  # type: ignore[return-value]

    @staticmethod
    def _add(to: dict[str, float], name: str, seconds: float) -> None:
        to[name] = to.get(name, 0.0) + seconds


def inside(study: Path, draws: int, folder: Path, threads: int) -> None:
    """The run itself; prints what was spent where."""
    began = time.perf_counter()
    from engine.cli import main as main_of_insats
    from engine.cli import settle

    settle()
    from engine.api import asked, budget, runs, studies
    from engine.kernel.simulate import compile_program
    from engine.model import compile as compiling
    from engine.model.inputs import Inputs
    from engine.report import page
    from engine.run import designs
    from engine.run.functions import ModelFunction
    from engine.spec import load

    clock = Clock()

    def compiled(*arguments: Any, **options: Any) -> Any:
        kernel = clock.around("compiling", compile_program)(*arguments, **options)
        return clock.around("kernel", kernel)

    compiling.compile_program = compiled  # type: ignore[attr-defined]
    Inputs.values = clock.around("sampler", Inputs.values)  # type: ignore[method-assign]
    Inputs.own_values = clock.around("sampler", Inputs.own_values)  # type: ignore[method-assign]
    points = designs.unit_points
    timed = clock.around("sampler", points)
    for module in list(sys.modules.values()):
        if getattr(module, "unit_points", None) is points:
            module.unit_points = timed  # type: ignore[attr-defined]
    for name in STAGES:
        for module in (studies, asked, budget):
            if hasattr(module, name):
                setattr(module, name, clock.stage(name, getattr(module, name)))
    load.load_study = clock.stage("reading the study", load.load_study)
    runs.ready = clock.stage("compiling the study", runs.ready)  # type: ignore[attr-defined]
    runs.write_files = clock.stage("files and store", runs.write_files)  # type: ignore[attr-defined]
    page.write_report = clock.around("report", page.write_report)
    for name in ("__call__", "of_sources", "of_mixtures"):
        setattr(ModelFunction, name, clock.frame(getattr(ModelFunction, name)))
    more = ["--threads", str(threads)] if threads else []
    sys.argv = ["insats", "run", str(study), "-n", str(draws), "-q", "-o", str(folder / "results"), *more]
    try:
        main_of_insats()
    except SystemExit as e:
        status = e.code
    told = {
        "status": status,
        "wall": time.perf_counter() - began,
        "threads": threads or len(os.sched_getaffinity(0)),
        "other threads": time.process_time() - time.thread_time(),
    }
    print(json.dumps({**told, **clock.seconds, "stages": clock.of_stages}))


def run(draws: int, *, whole: bool = True, threads: int = 0) -> dict[str, Any]:
    """Seconds of a run in a process of its own; without its analyses where it is not the whole."""
    with tempfile.TemporaryDirectory(prefix="insats-end-to-end-") as folder:
        study = CONFIG
        if not whole:
            study = Path(shutil.copytree(CONFIG, Path(folder) / "study"))
            text = (CONFIG / "study.yaml").read_text()
            (study / "study.yaml").write_text(text[: text.index("differences:")] + "analyses: []\n")
        command = [
            sys.executable,
            str(Path(__file__).resolve()),
            "--inside",
            str(study),
            str(draws),
            folder,
            str(threads),
        ]
        began, spent = time.perf_counter(), _processor_of_children()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
        wall = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(done.stderr or done.stdout)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if found["status"] not in (0, 4):
        raise SystemExit(done.stderr)
    return found | {"wall": wall, "processor": _processor_of_children() - spent}


def _processor_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@functools.cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="insats-bytecode-")


def _environment() -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": _bytecode().name} | inherited


def stages(found: dict[str, Any]) -> str:
    """Where the processor time of a run with one thread goes, the largest first."""
    rows: list[list[object]] = []
    named: dict[str, dict[str, float]] = found["stages"]
    for spent in list(named.values()):
        if report := spent.pop("report", 0.0):
            spent["all"] -= report
            named["report"] = {"all": report}
    for name in sorted(named, key=lambda name: -named[name]["all"]):
        spent = named[name]
        simulated, around = sum(spent.get(part, 0.0) for part in SIMULATION), spent.get("frame", 0.0)
        parts = (spent["all"], simulated, around, spent["all"] - simulated - around)
        rows.append([f"`{name}`" if name in STAGES else name, *(f"{part:.2f}" for part in parts)])
    threads = found["other threads"]
    left = found["processor"] - threads - sum(spent["all"] for spent in named.values())
    for name, seconds in (
        ("loading Python and its packages, and ending", left),
        ("packing draws, in threads", threads),
    ):
        rows.append([name, f"{seconds:.2f}", "0.00", "0.00", f"{seconds:.2f}"])
    total, around = sum(found.get(part, 0.0) for part in SIMULATION), sum(s.get("frame", 0.0) for s in named.values())
    parts = (found["processor"], total, around, found["processor"] - total - around)
    rows.append(["all", *(f"{part:.2f}" for part in parts)])
    heading = ["one thread, seconds of processor", "all", "kernel and sampler", "inputs in, outcomes out", "the rest"]
    return markdown(heading, rows)


def evaluations(study: Any) -> list[tuple[int, int]]:
    """What the study's Sobol' analyses ask for: parameters and base points of each."""
    from engine.model.compile import compile_model

    model = compile_model(study)
    found = []
    for asked in study.study.sensitivity:
        if asked.method == "sobol" and asked.n and not asked.choices:
            calculations = asked.calculations or tuple(model.inputs.laws)
            found += [(len(model.inputs.uncertain_in(c)), asked.n) for c in calculations]
    return found


def by_hand(draws: int, timed_draws: int) -> list[tuple[str, float]]:
    """Seconds of each part of the analyst's way."""
    from SALib.analyze import sobol as analyze
    from SALib.sample import sobol as sample
    from scipy import stats

    from engine.model.compile import compile_model

    study = load_study(CONFIG)
    model, base = compile_model(study), analyst.survivors(study)
    seconds = 0.0
    for calculation in model.inputs.laws:
        values = drawn(model, calculation, timed_draws)
        began = time.perf_counter()
        for d in range(timed_draws):
            analyst.npv(study, base, dict(zip(model.inputs.names, values[:, [d]], strict=True)))
        seconds += time.perf_counter() - began
    each = seconds / (timed_draws * len(model.inputs.laws))
    asked = evaluations(study)
    runs = sum(n * (2 * d + 2) for d, n in asked)

    # laws by SciPy, in the number of uncertain figures of each calculation; a fifth of them is timed on fewer draws
    few = max(draws // 50, 100)
    u = np.random.default_rng(1).uniform(size=few)
    began = time.perf_counter()
    for law in (stats.norm(0, 1), stats.lognorm(0.3), stats.gamma(4), stats.beta(3.2, 17.5)):
        law.ppf(u)
    number = (time.perf_counter() - began) / (4 * few)
    numbers = sum(len(model.inputs.uncertain_in(c)) for c in model.inputs.laws)

    began = time.perf_counter()
    designs = [({"num_vars": d, "names": [f"x{i}" for i in range(d)], "bounds": [[0.0, 1.0]] * d}, n) for d, n in asked]
    for problem, n in designs:
        sample.sample(problem, n, seed=1)
    sampled = time.perf_counter() - began
    rng = np.random.default_rng(2)
    # the cost does not depend on the values; a few of the designs are timed and the rest taken to be alike
    began, done, whole = time.perf_counter(), 0.0, 0.0
    for k, ((problem, n), (d, _)) in enumerate(zip(designs, asked, strict=True)):
        whole += n * d * d
        if k < 2:
            analyze.analyze(problem, rng.normal(size=n * (2 * d + 2)), num_resamples=100, seed=1)
            done += n * d * d
    analyzed = (time.perf_counter() - began) * whole / done
    return [
        (
            f"simulation of {len(model.inputs.laws)} x {draws:,} draws, from {timed_draws} of each",
            each * draws * len(model.inputs.laws),
        ),
        ("laws of the draws, by SciPy", number * numbers * draws),
        (f"simulation for Sobol' indices, {runs:,} runs", each * runs),
        ("SALib: sampling", sampled),
        ("SALib: indices of one outcome, 100 resamples", analyzed),
    ]


def main() -> None:
    """Print the tables."""
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    size = parser.parse_args().size
    draws, timed_draws = SIZES[size]
    if size != "small":
        run(1024)  # whatever is compiled once for all is compiled
    found, alone = run(draws, whole=size != "small"), run(draws, whole=size != "small", threads=1)
    print(
        f"`insats run` of Norrköping, 4 calculations x {draws:,} draws, report included: {found['wall']:.1f} s; "
        f"with one thread {alone['wall']:.1f} s\n"
    )
    print(stages(alone))
    spent = by_hand(draws, timed_draws)
    total = sum(s for _, s in spent)
    rows: list[list[object]] = [[name, short(s)] for name, s in spent]
    rows.append(["all", short(total)])
    print("\n" + markdown(["the analyst's way, one processor", "seconds"], rows))
    print(
        f"\nWith one thread, Insats is {short(total / alone['wall'])} times as fast, "
        "with all its other analyses and the report counted."
    )
    print(machine())


if __name__ == "__main__":
    main()
