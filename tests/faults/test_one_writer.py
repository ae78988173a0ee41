"""Two runs at the same folder: one wins, the other says so at once and harms nothing (F10); clocks that jump (F15).

What a lock takes over and what it leaves to a person (F11) is in tests/results/stores/test_lock.py.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.processes import until
from tests.faults.runs import Truth

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes of POSIX")


def test_of_two_runs_at_one_folder_one_wins_and_the_other_leaves_at_once(quick: Path, truth: Truth, full: bool) -> None:
    """Thirty pairs, begun up to half a second apart, in the long form; two in the short."""
    luck = random.Random(30)
    refused = 0
    for k in range(30 if full else 2):
        out = runs.place(quick / str(k))
        with runs.begin(out) as first:
            time.sleep(luck.uniform(0, 0.5))
            with runs.begin(out) as second:
                codes = [first.wait(), second.wait()]
                told = [first.err, second.err]
        assert 0 in codes, told
        if codes != [0, 0]:  # where one ends before the other begins, both are right
            assert sorted(codes) == [0, 6], told
            assert "Traceback" not in told[codes.index(6)]
            refused += 1
        runs.same(out, truth)
    assert refused >= (20 if full else 1)


def test_a_second_run_is_refused_while_the_first_one_works(quick: Path, truth: Truth) -> None:
    out = runs.place(quick)
    with runs.begin(out) as first:
        until(lambda: len(runs.noted(out)) >= 1, "a chunk is stored")
        second = runs.ended(runs.begin(out))
        assert second.code == 6, second.err
        assert second.seconds < 2
        assert str(first.pid) in second.err
        assert first.wait() == 0, first.err
    runs.same(out, truth)


@pytest.mark.parametrize("year", [1971, pytest.param(2105, marks=pytest.mark.long)])
def test_times_of_files_that_are_wrong_change_nothing(quick: Path, truth: Truth, year: int) -> None:
    """A clock that jumped, a disk whose clock is another's: everything there seems of another century."""
    out = runs.place(quick)
    runs.ended(runs.begin(out, failpoint="after_journal:3"))
    seconds = (year - 1970) * 365.25 * 86400
    for path in (runs.part(out), *runs.part(out).rglob("*")):
        os.utime(path, (seconds, seconds))
    done = runs.finish(out)
    assert runs.gone_on_from(done) == 3 * runs.CHUNK
    runs.same(out, truth)
