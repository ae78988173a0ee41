"""Every command keeps to itself (S9, and S8 where no cluster is asked for), says the same bytes of the same results
(U3), and works from a fresh copy, also one whose first installation was killed (S10)."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.answering import Answering
from tests.faults.processes import ROOT, environment, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="asks a process that forks")

TWO_STATE = ROOT / "configs" / "two_state"


@pytest.fixture(scope="module")
def working() -> Iterator[Answering]:
    """A process that has all that a run and a report need."""
    with Answering("engine.api", "engine.results.stores.zarr", "engine.report.page") as loaded:
        yield loaded


@pytest.fixture(scope="module")
def results(working: Answering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results") / "out"
    answer = working.ask("run", TWO_STATE, "-n", "256", "-q", "-o", folder)
    assert answer.code == 0, answer.err
    assert answer.reached_out == []
    return folder


COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "init": ["init", "{scratch}/mine"],
    "schema": ["schema", "model"],
    "check": ["check", str(TWO_STATE)],
    "check of draws": ["check", str(TWO_STATE), "--try", "64"],
    "explain": ["check", str(TWO_STATE), "--explain", "risk_ratio"],
    "compare": ["compare", str(TWO_STATE), "-q"],
    "sensitivity": ["sensitivity", str(TWO_STATE), "--method", "oneway", "-n", "64", "-q"],
    "graph": ["graph", str(TWO_STATE), "-o", "{scratch}/model.svg"],
    "report": ["report", "{results}"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_opens_a_socket_or_starts_a_program(
    working: Answering, results: Path, tmp_path: Path, name: str
) -> None:
    arguments = [a.format(scratch=tmp_path, results=results) for a in COMMANDS[name]]
    answer = working.ask(*arguments, folder=tmp_path)
    assert answer.code == 0, answer.err
    assert answer.reached_out == []


def test_what_a_run_writes_is_in_its_folder_and_in_its_users_cache(working: Answering, tmp_path: Path) -> None:
    answer = working.ask("run", TWO_STATE, "-n", "256", "-q", "-o", tmp_path / "out", folder=tmp_path)
    assert answer.code == 0, answer.err
    cache = os.environ.get("INSATS_CACHE_DIR") or str(Path.home() / ".cache")
    mine = (str(tmp_path), cache, "/dev/null", "out", ".")
    assert [p for p in answer.opened(to_write=True) if not p.startswith(mine) and not p.isdecimal()] == []


def files(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.mark.parametrize("language", ["en", "sv"])
def test_two_reports_of_the_same_results_are_the_same_bytes(
    working: Answering, results: Path, tmp_path: Path, language: str
) -> None:
    found = []
    for k in range(2):
        copy = tmp_path / str(k)
        shutil.copytree(results, copy)
        assert working.ask("report", copy, "--language", language).code == 0
        found.append(files(copy))
        time.sleep(1.1 if k == 0 else 0)  # so that a clock in a file would show
    assert found[0] == found[1]
    assert len(found[0]) > 20


# ---------------------------------------------------------------- S10


@pytest.mark.long
def test_an_installation_that_was_killed_is_finished_by_the_same_command(tmp_path: Path) -> None:
    """The command of README.md in a fresh copy, killed while pip installs, and then again."""
    copy = tmp_path / "copy"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    readme = (copy / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"(?m)^python3 -m venv .*insats run.*$", readme)

    def begin() -> subprocess.Popen[bytes]:
        env = environment({"PYTHONPATH": None, "VIRTUAL_ENV": None})
        return subprocess.Popen(
            ["bash", "-c", command],
            cwd=copy,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    first = begin()
    until(lambda: any(copy.glob(".venv/lib/python*/site-packages/numpy/*")), "numpy half installed", seconds=300)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert not list(copy.glob("results/*"))
    again = begin()
    out, _ = again.communicate(timeout=900)
    assert again.returncode == 0, out.decode()[-3000:]
    assert len(list(copy.glob("results/*/report.html"))) == 1
