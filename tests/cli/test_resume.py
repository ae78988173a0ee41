"""Runs that are killed, stopped and gone on from, as processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.results.stores.same_files import contents

ROOT = Path(__file__).parents[2]
INSATS = [sys.executable, "-m", "engine"]
DRAWS = 200_000
CHUNKS = 4

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def command(folder: Path, *more: str) -> list[str]:
    return [*INSATS, "run", str(folder.parent / "study"), "-n", str(DRAWS), "--no-report", "-o", str(folder), *more]


def run(folder: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *more), cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where results go; the study, with nothing but its draws and differences, lies beside it."""
    study = tmp_path / "study"
    shutil.copytree(ROOT / "configs" / "two_state", study)
    text = (study / "study.yaml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith(("sensitivity:", "analyses:", "  - {method"))]
    (study / "study.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "out"


@pytest.fixture
def undisturbed(target: Path) -> dict[str, str]:
    done = run(target)
    assert done.returncode == 0, done.stderr
    found = contents(target)
    shutil.rmtree(target)
    return found


def test_a_run_that_is_killed_goes_on_to_the_same_bytes(target: Path, undisturbed: dict[str, str]) -> None:
    found = None
    for place in ("after_chunk_rename:2", "after_journal:1", "before_manifest_rename", "after_manifest"):
        done = run(target, INSATS_FAILPOINT=place)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert not target.exists()
        reader = subprocess.run([*INSATS, "report", str(target) + ".part"], cwd=ROOT, capture_output=True, text=True)
        assert reader.returncode == 7 or place == "after_manifest"
        now = done.stderr.partition("Going on from ")[2].partition(" of")[0].replace(" ", "")
        # One chunk was noted before the first kill, one more before the second, and then all were.
        assert now == {None: "", "after_chunk_rename:2": "65536", "after_journal:1": "131072"}.get(found, str(DRAWS))
        found = place
    done = run(target)
    assert done.returncode == 0, done.stderr
    assert f"Going on from {DRAWS:,} of {DRAWS:,}".replace(",", " ") in done.stderr
    assert contents(target) == undisturbed
    assert sorted(p.name for p in target.parent.iterdir()) == ["out", "study"]


def test_a_run_killed_while_it_takes_the_place_of_older_results_puts_itself_there(
    target: Path, undisturbed: dict[str, str]
) -> None:
    assert run(target, "--seed", "9").returncode == 0
    done = run(target, INSATS_FAILPOINT="between_renames")
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    assert run(target).returncode == 0
    assert contents(target) == undisturbed
    assert sorted(p.name for p in target.parent.iterdir()) == ["out", "study"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_keeps_what_is_done_and_says_how_to_go_on(target: Path, number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [*INSATS, "run", str(target.parent / "study"), "-n", "50000000", "--no-report", "-o", str(target)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: [signal.signal(n, signal.SIG_DFL) for n in (signal.SIGINT, signal.SIGHUP)],
    )
    journal = Path(f"{target}.part") / "journal.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.perf_counter()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert time.perf_counter() - began < 5.5
    assert (process.returncode, out) == (code, "")
    *progress, last = err.splitlines()
    assert all(line.startswith("Simulating: ") for line in progress)
    how, _, again = last.partition("; go on with: ")
    assert how.startswith(("Interrupted after ", "Terminated after "))
    assert how.endswith(" of 50 000 000 draws")
    assert again == f"insats run {target.parent / 'study'} -n 50000000 -o {target}"
    kept = int(how.partition(" after ")[2].partition(" of ")[0].replace(" ", ""))
    assert kept == len(journal.read_text().splitlines()) * 65_536
    assert not (journal.parent / "run.lock").exists() or number != signal.SIGINT
    if number == signal.SIGINT:
        more = run(target, "--resume", INSATS_FAILPOINT="before_chunk")  # other draws, yet the same key
        assert "Going on from " in more.stderr


def test_two_interrupts_end_at_once(target: Path) -> None:
    process = subprocess.Popen(
        [*INSATS, "run", str(target.parent / "study"), "-n", "50000000", "--no-report", "-o", str(target)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    began = time.perf_counter()
    process.communicate(timeout=30)
    assert time.perf_counter() - began < 1.5
    assert process.returncode == 130


def test_a_second_run_of_the_same_is_refused_in_less_than_a_second_beyond_its_start(target: Path) -> None:
    first = subprocess.Popen(
        [*INSATS, "run", str(target.parent / "study"), "-n", "50000000", "-o", str(target)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stderr is not None
        first.stderr.readline()
        second = run(target)
        assert second.returncode == 6
        assert second.stderr.splitlines()[-1].startswith(f"{target}.part: process {first.pid} of ")
    finally:
        first.kill()
        first.communicate()
