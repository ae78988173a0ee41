"""Ctrl-C, a second one, SIGTERM, a terminal that hangs up: in time, in few lines, and can be gone on from (F6)."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.processes import members, until
from tests.faults.runs import Truth

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.mark.parametrize(
    ("signals", "limit"),
    [
        ([signal.SIGINT], 5.0),
        ([signal.SIGINT, signal.SIGINT], 1.0),
        ([signal.SIGTERM], 5.0),
        ([signal.SIGHUP], 5.0),
    ],
    ids=["once", "twice", "terminated", "hung up"],
)
def test_a_run_that_is_stopped_says_how_to_go_on_and_goes_on_to_the_same_bits(
    quick: Path, truth: Truth, signals: list[signal.Signals], limit: float, full: bool
) -> None:
    """When chunks are being written; at five more random times in the long form."""
    luck = random.Random(len(signals) + signals[0])
    for k in range(6 if full else 1):
        out = runs.place(quick / str(k))
        process = runs.begin(out)
        with process:
            if k == 0:
                until(lambda out=out: len(runs.noted(out)) >= 2, "two chunks are stored")  # type: ignore[misc]
            else:
                end = time.monotonic() + luck.uniform(0.3, truth.seconds)
                while process.poll() is None and time.monotonic() < end:
                    time.sleep(0.001)
            began = time.monotonic()
            for number in signals:
                if process.poll() is None:
                    process.send(number)
                    time.sleep(0.01)
            process.wait()
            seconds = time.monotonic() - began
        said, err = process.out, process.err
        if process.returncode != 0:
            assert process.returncode == CODES[signals[0]], err
            assert seconds < limit
            complaint = [line for line in err.splitlines() if not line.startswith(("Simulating", "Analys", "Writing"))]
            assert 1 <= len(complaint) <= runs.LINES
            assert str(out) not in said, "what is told before the end is the answer, not that it is written"
            assert said == "" or k > 0
            assert "Traceback" not in err
        until(lambda group=process.pid: members(group) == [], "nobody is left", seconds=10)  # type: ignore[misc]
        if k == 0:
            assert process.returncode != 0
            assert not out.exists()
            assert runs.noted(out)
            assert "go on" in err
        if not out.exists():
            runs.finish(out)
        runs.same(out, truth)
