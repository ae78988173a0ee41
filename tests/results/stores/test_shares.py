"""A run done in parts, by several processes, is the run done by one."""

from __future__ import annotations

from pathlib import Path

import pytest

import engine
from engine.errors import LockedError, ResourceError, UsageError
from engine.results.stores.lock import acquire
from tests.results.stores.same_files import contents

STUDY = Path(__file__).resolve().parents[3] / "configs" / "two_state"
DRAWS = 150_000
CHUNKS = 3


def test_parts_done_in_any_order_are_finished_to_the_bytes_of_the_whole(tmp_path: Path) -> None:
    part = tmp_path / "parts.part"
    assert engine.run_blocks(STUDY, tmp_path / "parts", range(1, 2), draws=DRAWS) == 65_536
    assert engine.run_blocks(STUDY, tmp_path / "parts", range(2, 99), draws=DRAWS) == DRAWS - 2 * 65_536
    assert sorted(p.name for p in part.glob("journal*")) == ["journal-1-1.jsonl", "journal-2-2.jsonl"]
    lock = acquire(part, "run-0-0.lock")
    with pytest.raises(LockedError, match="blocks 0 to 0"):
        engine.finish_run(part)
    with pytest.raises(LockedError, match="blocks 0 to 0"):
        engine.run_blocks(STUDY, tmp_path / "parts", range(2), draws=DRAWS)
    lock.release()
    assert not engine.verify_results(part).damage
    assert engine.show_results(part).stored_draws == DRAWS - 65_536
    told: list[str] = []
    engine.finish_run(part, report=False, tell=told.append)  # block 0, which nobody did, is done first
    assert told == ["Going on from 84 464 of 150 000 draws."]
    engine.run_to_folder(STUDY, tmp_path / "whole", draws=DRAWS, report=False)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts", "whole"]


def test_a_part_of_another_run_is_refused(tmp_path: Path) -> None:
    engine.run_blocks(STUDY, tmp_path / "out", range(2, 3), draws=DRAWS)
    with pytest.raises(UsageError, match="other draws"):
        engine.run_blocks(STUDY, tmp_path / "out", range(1), draws=DRAWS + 1)
    with pytest.raises(UsageError, match="another study"):
        engine.run_blocks(STUDY, tmp_path / "out", range(1), draws=DRAWS, seed=9)
    with pytest.raises(UsageError, match="there are 3, from 0 on"):
        engine.run_blocks(STUDY, tmp_path / "out", range(3, 4), draws=DRAWS)
    with pytest.raises(UsageError, match="no such folder"):
        engine.finish_run(tmp_path / "nowhere")


def test_a_forecast_says_what_is_there_and_what_it_takes(tmp_path: Path) -> None:
    before = engine.forecast_run(STUDY, tmp_path / "out", draws=DRAWS)
    assert (before.draws, before.there, before.blocks, before.blocks_there) == (DRAWS, 0, CHUNKS, 0)
    assert list(tmp_path.iterdir()) == []
    engine.run_blocks(STUDY, tmp_path / "out", range(1), draws=DRAWS)
    after = engine.forecast_run(STUDY, tmp_path / "out", draws=DRAWS)
    assert (after.there, after.blocks_there) == (65_536, 1)
    stored = sum(p.stat().st_size for p in (tmp_path / "out.part").rglob("*") if p.is_file())
    assert stored < after.disk
    assert after.memory > 0
    assert 0 < after.seconds < 600


def test_a_disk_that_may_not_hold_the_results_is_refused_before_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.api.runs._free_disk", lambda folder: 10_000_000)
    with pytest.raises(ResourceError, match=r"may take \d+\.\d MB of disk, and 10\.0 MB are free"):
        engine.run_to_folder(STUDY, tmp_path / "out", draws=DRAWS)
    assert list(tmp_path.iterdir()) == []
    engine.run_to_folder(STUDY, tmp_path / "out", draws=64, report=False)
