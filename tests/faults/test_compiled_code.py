"""What is kept of compiled code may be cut, garbled, forbidden or homeless: a run succeeds with the same bits (F13).

The folder by itself is tested in tests/kernel/test_caches.py; here, whole runs in processes of their own.
"""

from __future__ import annotations

import os
import random
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.arrays import digests
from tests.faults.processes import INSATS, ROOT, Done, environment

TWO_STATE = ROOT / "configs" / "two_state"
LONG = partial(pytest.param, marks=pytest.mark.long)


def run(out: Path, cache: Path | None, **env: str | None) -> Done:
    where = {} if cache is None else {"INSATS_CACHE_DIR": str(cache)}
    arguments = ("run", TWO_STATE, "-n", "256", "-q", "--no-report", "-o", out)
    done = runs.ended(runs.working().start(*arguments, env={**where, **env}))
    assert done.code == 0, done.err
    assert "Traceback" not in done.err
    return done


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder in which a run has left its compiled code, and the bits of its results."""
    scratch = tmp_path_factory.mktemp("warm")
    done = run(scratch / "out", scratch / "cache")
    assert done.err == ""
    kept = [p for p in (scratch / "cache").rglob("*") if p.is_file()]
    assert kept
    return scratch / "cache", digests(scratch / "out")


def copied(cache: Path, to: Path) -> list[Path]:
    import shutil

    shutil.copytree(cache, to)
    for folder in (to, *(p for p in to.rglob("*") if p.is_dir())):
        folder.chmod(0o700)
    return sorted(p for p in to.rglob("*") if p.is_file())


@pytest.mark.parametrize("harm", [LONG("empty"), "cut", LONG("bit"), LONG("noise"), "folders"])
def test_spoilt_files_are_as_good_as_none(warm: tuple[Path, dict[str, str]], tmp_path: Path, harm: str) -> None:
    cache, bits = warm
    luck = random.Random(f"spoil {harm}")
    for path in copied(cache, tmp_path / "cache"):
        content = bytearray(path.read_bytes())
        if harm == "bit":
            content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
        elif harm == "noise":
            content = bytearray(luck.randbytes(len(content)))
        elif harm == "folders":
            path.unlink()
            path.mkdir(mode=0o700)
            continue
        path.write_bytes(content[: {"empty": 0, "cut": len(content) // 2}.get(harm)])
    done = run(tmp_path / "out", tmp_path / "cache")
    assert digests(tmp_path / "out") == bits
    assert len(done.err.splitlines()) <= 2  # loops and models


@pytest.mark.parametrize(
    ("cache", "env"),
    [
        LONG("", {}),
        ("/proc/insats", {}),
        LONG("/dev/null/insats", {}),
        LONG(None, {"HOME": "/nonexistent", "XDG_CACHE_HOME": None, "INSATS_CACHE_DIR": None}),
        (None, {"HOME": None, "XDG_CACHE_HOME": None, "INSATS_CACHE_DIR": None}),
    ],
    ids=["nothing kept", "a folder that cannot be", "under a file", "no such home", "no home"],
)
def test_where_nothing_can_be_kept_a_run_says_so_at_most_once(
    warm: tuple[Path, dict[str, str]], tmp_path: Path, cache: str | None, env: dict[str, str | None]
) -> None:
    where = env if cache is None else {**env, "INSATS_CACHE_DIR": cache}
    done = run(tmp_path / "out", None, **where)
    assert digests(tmp_path / "out") == warm[1]
    assert len(done.err.splitlines()) <= 1, done.err


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_what_others_may_write_is_not_believed(warm: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """Compiled code is code: a folder that others can write to would let them run theirs."""
    paths = copied(warm[0], tmp_path / "cache")
    (tmp_path / "cache").chmod(0o777)
    before = {p: p.stat().st_mtime_ns for p in paths}
    run(tmp_path / "out", tmp_path / "cache")
    assert digests(tmp_path / "out") == warm[1]
    assert {p: p.stat().st_mtime_ns for p in paths} == before


@pytest.mark.long
def test_eight_processes_that_compile_at_once_all_end_well(warm: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    commands = [
        [*INSATS, "run", str(TWO_STATE), "-n", "256", "-q", "--no-report", "-o", str(tmp_path / f"out{k}")]
        for k in range(8)
    ]
    env = environment({"INSATS_CACHE_DIR": str(tmp_path / "cache")})
    running = [
        subprocess.Popen(
            c, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        for c in commands
    ]
    for process in running:
        _, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        assert err == ""
    for k in range(8):
        assert digests(tmp_path / f"out{k}") == warm[1]
    assert not [p for p in (tmp_path / "cache").rglob("*") if p.is_file() and "tmp" in p.name]
