"""Each benchmark runs in its small size, so that none can rot; nothing is asserted of its times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
PRINTED = {
    "analysis.py": "| ours |",
    "end_to_end.py": "| everything else, and waiting |",
    "growth.py": "| transitions |",
    "kernel.py": "| two threads, of one |",
    "memory.py": "| 100,000 |",
    "sampling.py": "| design and laws |",
    "start.py": "| insats --help |",
}


def test_all_runs_each_of_them() -> None:
    text = (BENCHMARKS / "all.py").read_text()
    assert all(f'"{Path(name).stem}"' in text for name in PRINTED)


@pytest.mark.parametrize("script", PRINTED)
def test_small_size_runs_and_its_ways_agree(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), "--size", "small"],
        capture_output=True,
        text=True,
        cwd=BENCHMARKS.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert PRINTED[script] in done.stdout
