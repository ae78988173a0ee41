"""A run that is killed anywhere is gone on from, and ends with the bits of one that nobody disturbed (F1, F9, F14)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from engine.failpoints import PLACES
from tests.faults import runs
from tests.faults.processes import members, until
from tests.faults.runs import Truth

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")

AFTER_THE_END = {"after_rename"}
"""Where nothing is left to do."""
WHOLE = {"after_manifest", "after_rename"}
"""Where everything is written, if perhaps under the name of an unfinished run."""
IN_WORKERS = {"in_chunk"}


def killed_at(place: str, out: Path) -> None:
    process = runs.begin(out, failpoint=place)
    done = runs.ended(process)
    assert done.code == -signal.SIGKILL, f"{place} was not passed: {done.err}"
    assert members(process.pid) == []


def refused_by_readers(out: Path) -> None:
    """No reader takes what is there for results."""
    for folder in (out, runs.part(out)):
        if folder.exists():
            for verb in ("report", "verify"):
                done = runs.say(verb, folder)
                assert done.code == 7, (verb, done)
                assert "Traceback" not in done.err


def test_one_run_killed_at_every_failpoint_in_turn_ends_with_the_same_bits(quick: Path, truth: Truth) -> None:
    out = runs.place(quick)
    places = [f"{place}:{count}" for place in sorted(PLACES - AFTER_THE_END - IN_WORKERS) for count in _counts(place)]
    # those of the end come last, or the rest would have nothing to do
    places.sort(key=lambda p: ("finish" in p or "manifest" in p or "renames" in p, p))
    reached = []
    for place in places:
        before = runs.noted(out)
        done = runs.ended(runs.begin(out, failpoint=place))
        assert done.code in (0, -signal.SIGKILL), done.err
        if done.code == 0:
            break
        reached.append(place)
        if not out.exists():
            assert set(before) <= set(runs.noted(out)), "what was noted is never forgotten"
    assert len(reached) > 5, reached
    if not out.exists():
        runs.finish(out)
    runs.same(out, truth)


def _counts(place: str) -> tuple[int, ...]:
    return (1, 2) if "chunk" in place or "journal" in place else (1,)


@pytest.mark.long
@pytest.mark.parametrize("place", sorted(PLACES - IN_WORKERS))
def test_a_run_killed_at_a_failpoint_is_gone_on_from(quick: Path, truth: Truth, place: str) -> None:
    out = runs.place(quick)
    if place == "between_renames":
        runs.finish(out, "--seed", "99", draws=5000)  # older results, which the new ones replace
    killed_at(place, out)
    if place not in WHOLE | {"between_renames"}:
        refused_by_readers(out)
    noted = runs.noted(out)
    done = runs.finish(out)
    if runs.part(out).exists() or noted:
        assert runs.gone_on_from(done) == sum(noted.values())
    runs.same(out, truth)


KILLS = 20


def test_kills_at_random_times_are_each_gone_on_from_to_the_same_bits(quick: Path, truth: Truth, full: bool) -> None:
    """Twenty of them in the long form, two in the short; a run that ends before its time is no kill."""
    luck = random.Random(20261124)
    killed = tried = lost = 0
    while killed < (KILLS if full else 2):
        tried += 1
        assert tried <= 3 * KILLS
        out = runs.place(quick / str(tried))
        process = runs.begin(out)
        with process:
            deadline = time.monotonic() + luck.uniform(0.1, 0.9) * truth.seconds
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.001)
        killed += process.returncode == -signal.SIGKILL
        until(lambda group=process.pid: members(group) == [], "nobody is left", seconds=10)  # type: ignore[misc]
        if not out.exists():
            noted = runs.noted(out)
            done = runs.finish(out)
            lost += sum(noted.values()) - runs.gone_on_from(done)
        runs.same(out, truth)
        shutil.rmtree(out.parent)
    assert lost == 0, "what was noted is never done again"


# ---------------------------------------------------------------- F9: a journal that is cut


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was killed after four of its five chunks."""
    out = runs.place(tmp_path_factory.mktemp("unfinished"))
    killed_at("after_journal:4", out)
    assert len(runs.noted(out)) == 4
    return out


def test_a_journal_cut_at_any_byte_loses_one_chunk_at_most(unfinished: Path) -> None:
    from engine.results.stores.journal import read_journal

    path = runs.part(unfinished) / "journal.jsonl"
    whole = path.read_bytes()
    entries = read_journal(path)
    begins = whole.rstrip(b"\n").rindex(b"\n") + 1
    torn = path.with_name("torn.jsonl")
    try:
        for end in range(begins, len(whole) + 1):
            torn.write_bytes(whole[:end])
            assert read_journal(torn) in (entries, entries[:-1])
        for at in range(begins, len(whole), 7):
            torn.write_bytes(whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1 :])
            assert read_journal(torn)[:3] == entries[:3]
        torn.write_bytes(whole + whole[begins:-9])
        assert read_journal(torn)[:4] == entries
    finally:
        torn.unlink(missing_ok=True)


@pytest.mark.parametrize("harm", ["last line cut", "gone", "empty", "noise", "twice"])
def test_a_run_with_a_torn_journal_ends_with_the_same_bits(
    unfinished: Path, quick: Path, truth: Truth, harm: str, full: bool
) -> None:
    if harm in ("empty", "noise", "twice") and not full:
        pytest.skip("only with --fault-size full")
    out = runs.place(quick)
    runs.copied(runs.part(unfinished), runs.part(out))
    path = runs.part(out) / "journal.jsonl"
    whole = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"last line cut": whole[:-40], "empty": b"", "noise": random.Random(1).randbytes(5000), "twice": whole * 2}[
                harm
            ]
        )
    done = runs.finish(out)
    kept = {"last line cut": 3, "twice": 4}.get(harm, 0)
    assert runs.gone_on_from(done) == kept * runs.CHUNK
    runs.same(out, truth)


# ---------------------------------------------------------------- F14: the power goes


@pytest.mark.parametrize("seed", range(3))
def test_what_a_power_loss_leaves_is_seen_and_done_again(
    unfinished: Path, quick: Path, truth: Truth, seed: int, full: bool
) -> None:
    """Files whose content never reached the disk are empty or cut, though their names are there: an approximation by
    spoiling, at random, files of what the journal does not know, and the files of its last line."""
    if seed and not full:
        pytest.skip("only with --fault-size full")
    luck = random.Random(seed)
    out = runs.place(quick)
    folder = runs.copied(runs.part(unfinished), runs.part(out))
    journal = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    known = {name for line in journal[:-1] for name in _files(line)}
    spoilt = [p for p in runs.chunk_files(folder) if str(p.relative_to(folder)) not in known]
    assert spoilt
    for path in spoilt:
        content = path.read_bytes()
        path.write_bytes(luck.choice([b"", content[: len(content) // 2], bytes(len(content))]))
    done = runs.finish(out)
    assert runs.gone_on_from(done) == 3 * runs.CHUNK
    runs.same(out, truth)


def _files(line: bytes) -> list[str]:
    import json

    return list(json.loads(line)["files"])
