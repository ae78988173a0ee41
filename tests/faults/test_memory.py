"""Memory does not grow with the number of draws, and what would not fit is refused before any work (F12)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.answering import Answering
from tests.faults.processes import PATIENCE, ROOT, environment

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own figures")

PEAK = """
import sys
from engine.cli import invoke
code = invoke(sys.argv[1:])
line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", int(line.split()[1]) * 1024, file=sys.stderr)
sys.exit(code)
"""


def peak_of(out: Path, draws: int) -> int:
    """Bytes of memory at most of a run in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *map(str, runs.command(out, "-q", "--threads", "2", draws=draws))],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.rsplit("peak ", 1)[1])


@pytest.mark.long
def test_four_million_draws_take_the_memory_of_one(quick: Path) -> None:
    few, many = (peak_of(runs.place(quick / str(n)), n) for n in (1_000_000, 4_000_000))
    assert abs(many / few - 1) < 0.05, (few, many)


def test_what_does_not_fit_is_refused_at_once_with_the_number(quick: Path) -> None:
    """A thousand million draws kept one by one; that many of which statistics are kept fit into any machine."""
    out = runs.place(quick)
    study = out.parent / "study" / "study.yaml"
    study.write_text(study.read_text() + "keep: 1_000_000_000\n")
    with Answering("engine.api", "engine.results.stores.run_store") as loaded:
        answer = loaded.ask(*runs.command(out, draws=1_000_000_000))
    assert answer.code == 5, answer.err
    assert "GB" in answer.err
    assert "free" in answer.err
    assert answer.seconds < 3.0
    assert answer.own < 200_000_000
    assert not out.exists()
    assert os.listdir(out.parent) == ["study"]
