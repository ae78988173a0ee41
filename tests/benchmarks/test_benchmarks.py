"""Each benchmark runs in its small size, so that none can rot; nothing is asserted of its times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.parametrize("script", sorted(p.name for p in BENCHMARKS.glob("*.py") if "def main" in p.read_text()))
def test_small_size_runs_and_its_ways_agree(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), "--size", "small"],
        capture_output=True,
        text=True,
        cwd=BENCHMARKS.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {"throughput.py": "| kernel, one thread |", "analysis.py": "| ours |"}[script] in done.stdout
