"""Does memory grow with draws, or throughput fall?

    python benchmarks/memory.py --size medium

Runs of a study through `run_model`, each in a process of its own, which tells its largest resident memory. 10^8 draws
only with `--size large`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from models import MODELS
from timing import machine, markdown

SIZES = {"small": (10**4, 10**5), "medium": (10**6, 10**7), "large": (10**6, 10**7, 10**8)}


def inside(draws: int) -> None:
    """One run; prints seconds and peak memory."""
    from engine.api import compile_model, run_model

    model = compile_model(MODELS / "r2")
    run_model(model, draws=4096, paths=0)  # compiles
    began = time.perf_counter()
    run_model(model, draws=draws, paths=0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - began, "peak": peak}))


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--inside"]:
        inside(int(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    rows: list[list[object]] = []
    first = 0.0
    for draws in SIZES[parser.parse_args().size]:
        command = [sys.executable, str(Path(__file__).resolve()), "--inside", str(draws)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1]
            rows.append([f"{draws:,}", reason, "", ""])
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        first = first or found["peak"]
        rate = 2 * draws / found["seconds"]
        rows.append([f"{draws:,}", f"{found['peak']:.0f}", f"{found['peak'] / first:.2f}", f"{rate / 1e6:.2f}"])
    print(markdown(["draws", "peak memory, MB", "of the first", "million trajectories a second"], rows))
    print(f"\nModel R2, two strategies. {machine()}")


if __name__ == "__main__":
    main()
