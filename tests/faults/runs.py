"""A run that takes a second or two in several chunks, to be killed, gone on from, and compared."""

from __future__ import annotations

import atexit
import json
import re
import shutil
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.conftest import small_study
from tests.faults.answering import PATIENCE, Answering, Started
from tests.faults.arrays import digests
from tests.faults.processes import Done

CHUNK = 65_536
CHUNKS = 5
DRAWS = 4 * CHUNK + 1000
"""Five chunks, the last one shorter; single draws of the first two are kept."""
LINES = 15
"""Of complaint, at most, when somebody stops a run."""


class Truth(NamedTuple):
    """What an undisturbed run left."""

    digests: dict[str, str]
    names: list[str]
    seconds: float


def place(scratch: Path) -> Path:
    """A study of one calculation and no analyses in `scratch`, and where a run of it leaves its results."""
    if not (scratch / "study").exists():
        study = small_study(scratch / "study")
        study.patch("study.yaml", "calculations/controller.yaml, ", "")
        text = study.text("study.yaml")
        study.write("study.yaml", text[: text.index("sensitivity:")] + "analyses: []\n")
    return scratch / "out"


def command(out: Path, *more: str | Path, draws: int = DRAWS) -> list[str | Path]:
    return ["run", out.parent / "study", "-n", str(draws), "--no-report", "-o", out, *more]


def begin(
    out: Path,
    *more: str | Path,
    draws: int = DRAWS,
    failpoint: str | None = None,
    limits: Mapping[str, int] | None = None,
) -> Started:
    """A run that a test may kill, or that kills itself at a failpoint."""
    return working().start(*command(out, *more, draws=draws), env={"INSATS_FAILPOINT": failpoint}, limits=limits)


@cache
def working() -> Answering:
    """A process that has all that a run needs; it ends with this one."""
    loaded = Answering(
        *("engine.api", "engine.results.stores.zarr", "engine.results.export", "scipy.stats", "numba", "xarray")
    ).__enter__()
    atexit.register(loaded.__exit__)
    return loaded


def ended(process: Started, timeout: float = PATIENCE) -> Done:
    """Wait for the end of a process."""
    began = time.monotonic()
    with process:
        process.wait(timeout)
    assert process.returncode is not None
    return Done(process.returncode, process.out, process.err, time.monotonic() - began)


def say(*arguments: str | Path) -> Done:
    """Any command, to its end."""
    return ended(working().start(*arguments, env={"INSATS_FAILPOINT": None}))


def finish(out: Path, *more: str | Path, draws: int = DRAWS) -> Done:
    """The same command again, to its end."""
    done = ended(begin(out, *more, draws=draws))
    assert done.code == 0, done.err
    return done


def undisturbed(scratch: Path, *, draws: int = DRAWS) -> Truth:
    out = place(scratch)
    done = finish(out, draws=draws)
    return Truth(digests(out), names(out), done.seconds)


def same(out: Path, truth: Truth) -> None:
    """The same arrays, bit by bit, and files of the same names, none of them left over."""
    assert digests(out) == truth.digests
    assert names(out) == truth.names
    assert not part(out).exists()


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def part(out: Path) -> Path:
    return out.with_name(f"{out.name}.part")


def noted(out: Path) -> dict[int, int]:
    """Chunks in the journal of an unfinished run, and their draws; a last line that is cut off is none."""
    path = part(out) / "journal.jsonl"
    found = {}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        found[int(entry["chunk"])] = int(entry["draws"])
    return found


def gone_on_from(done: Done) -> int:
    """Draws that a run says that it found."""
    found = re.search(r"Going on from ([\d  ]+) of", done.err)
    return int(re.sub(r"\D", "", found[1])) if found else 0


def chunk_files(folder: Path) -> list[Path]:
    """Files of the store that hold numbers."""
    return sorted(p for p in (folder / "results.zarr").rglob("*") if p.is_file() and p.name != "zarr.json")


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to, symlinks=True)
    return to
