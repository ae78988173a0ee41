"""Locks: one owner, known to be alive or gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.errors import LockedError
from engine.results.stores.lock import LOCK, Owner, acquire, read_owner

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are known as on Linux")


def owner_of(folder: Path) -> Owner:
    owner = read_owner(folder / LOCK)
    assert owner is not None
    return owner


def write(folder: Path, owner: Owner) -> None:
    (folder / LOCK).write_text(json.dumps(asdict(owner)))


@pytest.fixture
def mine(tmp_path: Path) -> Owner:
    """What a lock of this process says; the lock itself is released."""
    lock = acquire(tmp_path)
    owner = owner_of(tmp_path)
    lock.release()
    return owner


def test_a_lock_says_who_holds_it_and_goes_with_its_owner(tmp_path: Path) -> None:
    lock = acquire(tmp_path / "new" / "folder")
    owner = owner_of(tmp_path / "new" / "folder")
    assert (owner.pid, owner.host) == (os.getpid(), socket.gethostname())
    with pytest.raises(LockedError, match=f"process {os.getpid()} of "):
        acquire(tmp_path / "new" / "folder")
    lock.release()
    assert not (tmp_path / "new" / "folder" / LOCK).exists()
    acquire(tmp_path / "new" / "folder").release()


def test_a_lock_of_a_process_that_is_gone_is_taken_over_at_once(tmp_path: Path, mine: Owner) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write(tmp_path, replace(mine, pid=gone.pid))
    told: list[str] = []
    began = time.perf_counter()
    lock = acquire(tmp_path, tell=told.append)
    assert time.perf_counter() - began < 0.1
    assert owner_of(tmp_path).pid == os.getpid()
    assert len(told) == 1
    assert "which is gone" in told[0]
    lock.release()


@pytest.mark.parametrize("other", [{"started": "1"}, {"boot": "another boot"}])
def test_a_lock_whose_process_number_another_process_has_now_is_taken_over(
    tmp_path: Path, mine: Owner, other: dict[str, str]
) -> None:
    write(tmp_path, replace(mine, pid=os.getppid(), **other))  # type: ignore[arg-type]
    acquire(tmp_path).release()


def test_a_lock_of_another_machine_is_never_taken_and_an_old_one_is_told_with_what_to_do(
    tmp_path: Path, mine: Owner
) -> None:
    write(tmp_path, replace(mine, host="elsewhere"))
    with pytest.raises(LockedError, match=r"elsewhere .*last sign of life 0 s ago"):
        acquire(tmp_path)
    os.utime(tmp_path / LOCK, (time.time() - 700, time.time() - 700))
    with pytest.raises(LockedError, match=rf"12 minutes.*rm {tmp_path / LOCK}"):
        acquire(tmp_path)
    assert owner_of(tmp_path).host == "elsewhere"


def test_a_lock_whose_writer_died_before_it_said_who_it_is_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text("")
    acquire(tmp_path).release()


def test_to_release_a_lock_that_another_has_taken_leaves_it(tmp_path: Path, mine: Owner) -> None:
    lock = acquire(tmp_path)
    write(tmp_path, replace(mine, nonce="another"))
    lock.release()
    assert owner_of(tmp_path).nonce == "another"


def test_of_many_processes_at_once_one_gets_the_lock(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from engine.errors import LockedError\n"
        "from engine.results.stores.lock import acquire\n"
        "sys.stdin.readline()\n"
        "try:\n"
        f"    acquire(Path({str(tmp_path / 'run')!r}))\n"
        "    print('got', flush=True)\n"
        "    sys.stdin.readline()\n"
        "except LockedError:\n"
        "    print('refused', flush=True)\n"
    )
    root = Path(__file__).resolve().parents[3]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
        )
        for _ in range(8)
    ]
    answers = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout is not None
        answers.append(process.stdout.readline().strip())
    for process in started:
        process.communicate("end\n")
    assert sorted(answers) == ["got"] + 7 * ["refused"]
