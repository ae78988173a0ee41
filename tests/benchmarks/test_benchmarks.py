"""Each benchmark runs in its small size, so that none can rot; nothing is asserted of its times."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
PRINTED = {
    "analysis.py": "| ours |",
    "end_to_end.py": "| loading Python and its packages, and ending |",
    "growth.py": "| transitions |",
    "kernel.py": "| two threads, of one |",
    "memory.py": "| 100,000 |",
    "sampling.py": "| design and laws |",
    "scaling.py": "What breaks first: ",
    "start.py": "| insats --help |",
}


def test_all_runs_each_of_them_and_the_page_has_a_place_for_each() -> None:
    text, page = ((BENCHMARKS / name).read_text() for name in ("all.py", "README.md"))
    for script in PRINTED:
        name = Path(script).stem
        assert f'"{name}"' in text
        assert f"<!-- {name} -->" in page
        assert f"python benchmarks/{script}" in page


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
