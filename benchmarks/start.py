"""How long does one wait for the first answer?

    python benchmarks/start.py --size medium

Each command in a process of its own: with what earlier runs have left in the user's cache, and with an empty one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from timing import Times, machine, markdown

from engine.kernel.caches import VARIABLE

TWO_STATE = Path(__file__).resolve().parent.parent / "configs" / "two_state"
SIZES = {"small": 1, "medium": 5, "large": 11}
"""Rounds."""
ASKED = {"insats --help": 0.15, "insats run configs/two_state, warm": 1.5}
"""Seconds that are required."""


def seconds(arguments: list[str], cache: Path) -> float:
    """Of one command, from the start of the process to its end."""
    environment = os.environ | {VARIABLE: str(cache)}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "engine", *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="medium")
    rounds = SIZES[parser.parse_args().size]
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="insats-start-") as folder:
        warm = Path(folder) / "warm"
        commands = {
            "python -c pass": None,
            "insats --help": ["--help"],
            "insats check configs/two_state": ["check", str(TWO_STATE)],
            "insats run configs/two_state, warm": ["run", str(TWO_STATE), "-q", "-o", str(Path(folder) / "out")],
        }
        run = commands["insats run configs/two_state, warm"]
        assert run is not None
        seconds(run, warm)
        for k in range(rounds):
            for name, arguments in commands.items():
                if arguments is None:
                    began = time.perf_counter()
                    subprocess.run([sys.executable, "-c", "pass"], check=True)
                    found.setdefault(name, []).append(time.perf_counter() - began)
                else:
                    found.setdefault(name, []).append(seconds(arguments, warm))
            found.setdefault("insats run configs/two_state, empty cache", []).append(
                seconds(run, Path(folder) / f"cold{k}")
            )
    rows = [
        [name, f"{Times(s).median:.2f}", f"{Times(s).best:.2f}", f"{ASKED[name]}" if name in ASKED else ""]
        for name, s in found.items()
    ]
    print(markdown(["command", "seconds, median", "best", "at most"], rows))
    print(f"\n{rounds} rounds in turn. {machine()}")


if __name__ == "__main__":
    main()
