"""Results that were altered, cut or mixed are told by file, refused by readers, and made whole by the run (F8, F17)."""

from __future__ import annotations

import json
import os
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import runs
from tests.faults.runs import Truth

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = runs.place(tmp_path_factory.mktemp("whole"))
    runs.finish(out)
    return out


@pytest.fixture(scope="module")
def truth(whole: Path) -> Truth:
    from tests.faults.arrays import digests

    return Truth(digests(whole), runs.names(whole), 0.0)


def of_chunk(folder: Path, k: int) -> list[Path]:
    """Files that hold chunk k, by the journal."""
    lines = (folder / "journal.jsonl").read_text().splitlines()
    entry = next(e for e in map(json.loads, lines) if e["chunk"] == k)
    return [folder / name for name in sorted(entry["files"])]


def flip(path: Path, luck: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)
    path.write_bytes(content)


def test_one_flipped_bit_in_any_file_is_found_and_named(whole: Path, quick: Path, full: bool) -> None:
    """Fifty files of the folder, one at a time; all of them in the long form."""
    from engine.results.stores.manifest import find_damage

    luck = random.Random(50)
    folder = runs.copied(whole, runs.place(quick))
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "MANIFEST.json"]
    for path in files if full else luck.sample(files, min(50, len(files))):
        before = path.read_bytes()
        if not before:
            continue
        flip(path, luck)
        (damage,) = find_damage(folder)
        assert damage.path == path.relative_to(folder).as_posix()
        path.write_bytes(before)
    assert find_damage(folder) == []


HARMS: dict[str, Callable[[Path], None]] = {
    "a chunk deleted": lambda f: of_chunk(f, 3)[0].unlink(),
    "a chunk cut": lambda f: os.truncate(of_chunk(f, 3)[0], 20),
    "a chunk emptied": lambda f: os.truncate(of_chunk(f, 3)[0], 0),
    "a bit of a chunk": lambda f: flip(of_chunk(f, 3)[0], random.Random(3)),
    "two chunks exchanged": lambda f: _exchange(of_chunk(f, 3)[0], of_chunk(f, 4)[0]),
    "a chunk of the kept draws": lambda f: flip(of_chunk(f, 1)[0], random.Random(1)),
    "the journal gone": lambda f: (f / "journal.jsonl").unlink(),
    "the plan gone": lambda f: (f / "plan.json").unlink(),
    "a table edited": lambda f: _edit(f / "npv.csv", "0", "1"),
    "metadata edited": lambda f: _edit(f / "results.zarr" / "zarr.json", "3", "2"),
    "a file too many": lambda f: (f / "results.zarr" / "extra").write_text("x"),
}
"""What is done to a folder. Its manifest knows of none of it."""


def _exchange(a: Path, b: Path) -> None:
    one, other = a.read_bytes(), b.read_bytes()
    assert one != other
    a.write_bytes(other)
    b.write_bytes(one)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("harm", HARMS)
def test_damage_is_told_refused_and_mended_by_the_same_run(
    whole: Path, quick: Path, truth: Truth, harm: str, full: bool
) -> None:
    if not full and harm not in ("a chunk deleted", "two chunks exchanged", "a chunk of the kept draws"):
        pytest.skip("only with --fault-size full")
    folder = runs.copied(whole, runs.place(quick))
    HARMS[harm](folder)
    verified = runs.say("verify", folder)
    assert verified.code == 7
    assert "Traceback" not in verified.out + verified.err
    assert any(name in verified.out + verified.err for name in _touched(harm, folder))
    report = runs.say("report", folder)
    assert report.code == 7, report
    mended = runs.finish(folder)
    if "chunk" in harm and harm != "two chunks exchanged":
        assert "1 of 5 chunks" in mended.err, mended.err
    runs.same(folder, truth)
    assert runs.say("verify", folder).code == 0


def _touched(harm: str, folder: Path) -> list[str]:
    if "chunk" in harm:
        return [str(of_chunk(folder, k)[0].relative_to(folder)) for k in (1, 3, 4)]
    return ["journal.jsonl", "plan.json", "npv.csv", "results.zarr/zarr.json", "results.zarr/extra"]


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "a number edited", "a file left out", "deep", "another's"])
def test_a_manifest_that_is_not_the_one_that_was_written_is_refused(whole: Path, quick: Path, harm: str) -> None:
    folder = runs.copied(whole, runs.place(quick))
    path = folder / "MANIFEST.json"
    text = path.read_text()
    if harm == "gone":
        path.unlink()
    elif harm == "a file left out":
        content = json.loads(text)
        content["files"].pop("npv.csv")
        path.write_text(json.dumps(content))
    elif harm == "another's":
        path.write_text(text.replace('"draws": 263144', '"draws": 263145'))
    else:
        path.write_text(
            {"empty": "", "cut": text[:-50], "a number edited": text.replace("1", "2", 1), "deep": "[" * 10**5}[harm]
        )
    for verb in ("verify", "report"):
        done = runs.say(verb, folder)
        assert done.code == 7, done
        assert "Traceback" not in done.err


def test_results_of_the_version_before_manifests_say_what_to_do(quick: Path) -> None:
    with zipfile.ZipFile(DATA / "results_without_manifest.zip") as archive:
        archive.extractall(quick)
    for verb in ("verify", "report"):
        done = runs.say(verb, quick / "results")
        assert done.code == 7, done
        assert "older version" in done.err
        assert "run the study again" in done.err
        assert "Traceback" not in done.err


def test_the_same_command_replaces_results_of_an_older_version(quick: Path) -> None:
    with zipfile.ZipFile(DATA / "results_without_manifest.zip") as archive:
        archive.extractall(quick)
    runs.place(quick)
    runs.finish(quick / "results", draws=64)
    assert runs.say("verify", quick / "results").code == 0
    shutil.rmtree(quick / "results")
