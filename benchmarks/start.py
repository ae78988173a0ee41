"""How long does one wait for the first answer?

    python benchmarks/start.py --size medium

Each command in a process of its own: with what earlier runs have left in the user's cache, and with an empty one.
Python's own bytecode is there in both, as it is where Insats is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from timing import Times, machine, markdown

from engine.kernel.caches import VARIABLE

TWO_STATE = Path(__file__).resolve().parent.parent / "configs" / "two_state"
SIZES = {"small": 1, "medium": 5, "large": 11}
"""Rounds."""
RUN, FIRST = "insats run configs/two_state", "insats run configs/two_state, first result"
ASKED = {"insats --help": 0.15, FIRST: 1.5}
"""Seconds that are required."""


class Waited(NamedTuple):
    """Seconds from the start of a process."""

    first: float
    """To the first line of its answer."""
    end: float


def wait_for(command: list[str], environment: dict[str, str]) -> Waited:
    """Run one command."""
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - began
        process.stdout.read()
        if process.wait() != 0:
            complaints.seek(0)
            raise SystemExit(complaints.read())
    return Waited(first, time.perf_counter() - began)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    rounds = SIZES[parser.parse_args().size]
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="insats-start-") as folder:
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        inherited["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")

        def insats(*arguments: str, cache: str = "warm") -> Waited:
            environment = inherited | {VARIABLE: str(Path(folder) / cache)}
            return wait_for([sys.executable, "-m", "engine", *arguments], environment)

        run = ("run", str(TWO_STATE), "--quiet", "--fresh", "--output", str(Path(folder) / "out"))
        insats(*run)
        for k in range(rounds):
            warm, cold = insats(*run), insats(*run, cache=f"cold{k}")
            for name, seconds in {
                "python -c pass": wait_for([sys.executable, "-c", "pass"], inherited).end,
                "insats --help": insats("--help").end,
                "insats check configs/two_state": insats("check", str(TWO_STATE)).end,
                FIRST: warm.first,
                f"{RUN}, all": warm.end,
                f"{FIRST}, empty cache": cold.first,
                f"{RUN}, all, empty cache": cold.end,
            }.items():
                found.setdefault(name, []).append(seconds)
    rows = [
        [name, f"{Times(s).median:.2f}", f"{Times(s).best:.2f}", f"{ASKED[name]}" if name in ASKED else ""]
        for name, s in found.items()
    ]
    print(markdown(["command", "seconds, median", "best", "at most"], rows))
    print(f"\n{rounds} rounds in turn. {machine()}")


if __name__ == "__main__":
    main()
