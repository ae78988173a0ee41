"""A disk that is full, a file that may not grow, a folder that may not be written to: exit 5 or 2, what is done is
kept, and the run goes on when there is room (F7)."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.processes import Done
from tests.faults.runs import Truth

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)) != 0:
        pytest.skip("a disk can be made by root only")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*arguments: str) -> int:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True).returncode
    except FileNotFoundError:
        return 127


def kept_and_told(done: Done, out: Path) -> None:
    assert done.code == 5, done
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert "disk" in done.err
    assert "go on with the same command" in done.err
    assert not out.exists()
    assert not [p for p in runs.part(out).rglob("*") if "partial" in p.name or p.suffix == ".tmp"]


def test_a_disk_too_small_is_refused_a_full_one_stops_the_run_and_room_lets_it_go_on(
    small_disk: Path, truth: Truth
) -> None:
    out = runs.place(small_disk)
    planned = runs.ended(runs.begin(out))
    assert planned.code == 5, planned
    assert planned.seconds < 60
    assert re.search(r"MB", planned.err)
    assert not out.exists()
    assert not runs.chunk_files(runs.part(out))
    done = runs.ended(runs.begin(out, "--force-disk"))
    kept_and_told(done, out)
    assert " MB are free" in done.err
    assert runs.ended(runs.begin(out, "--force-disk")).code == 5, "still full"
    assert _mount("-o", "remount,size=512m", str(small_disk)) == 0
    runs.finish(out)
    runs.same(out, truth)


def test_a_disk_that_becomes_read_only_stops_the_run(small_disk: Path, truth: Truth) -> None:
    out = runs.place(small_disk)
    assert _mount("-o", "remount,ro", str(small_disk)) == 0
    done = runs.ended(runs.begin(out))
    assert done.code == 2
    assert "cannot be written" in done.err
    assert _mount("-o", "remount,rw,size=512m", str(small_disk)) == 0
    runs.finish(out)
    runs.same(out, truth)


def test_a_file_that_may_not_grow_stops_the_run_and_a_higher_limit_lets_it_go_on(tmp_path: Path, truth: Truth) -> None:
    """`ulimit -f`, which needs no root; quotas end writes in the same way."""
    out = runs.place(tmp_path)
    done = runs.ended(runs.begin(out, limits={"RLIMIT_FSIZE": 500_000}))
    kept_and_told(done, out)
    runs.finish(out)
    runs.same(out, truth)


def test_names_that_no_disk_takes_are_refused_before_any_work(tmp_path: Path) -> None:
    runs.place(tmp_path)
    for name in ("x" * 300, "/dev/null/x", "/proc/x", "/dev/full"):
        done = runs.say("run", tmp_path / "study", "-n", "1000", "--no-report", "-o", tmp_path / name)
        assert done.code == 2, done
        assert "Traceback" not in done.err
        assert done.seconds < 30
    assert [p.name for p in tmp_path.iterdir()] == ["study"]
