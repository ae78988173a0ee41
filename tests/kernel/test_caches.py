"""What is kept of compiled code: found again, believed only where whole, and never in the way."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.kernel import caches
from engine.kernel.options import compiled


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(caches.VARIABLE, str(tmp_path / "cache"))
    caches.complain.cache_clear()
    yield tmp_path / "cache"
    caches.complain.cache_clear()


def test_what_is_written_is_read_again_and_only_by_its_owner(folder: Path) -> None:
    inside = caches.folder("things")
    assert inside is not None
    assert inside.parent == folder
    caches.write(inside / "one", b"content")
    assert caches.read(inside / "one") == b"content"
    assert caches.read(inside / "two") is None
    assert [p.name for p in inside.iterdir()] == ["one"]
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == inside.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("at", [0, 10, 45, -1])
def test_a_file_with_one_changed_byte_is_as_good_as_none(at: int) -> None:
    inside = caches.folder("things")
    assert inside is not None
    caches.write(inside / "one", b"content" * 9)
    whole = bytearray((inside / "one").read_bytes())
    whole[at] ^= 1
    (inside / "one").write_bytes(whole)
    assert caches.read(inside / "one") is None


@pytest.mark.parametrize("length", [0, 5, 39, 40, 60])
def test_a_file_cut_short_is_as_good_as_none(length: int) -> None:
    assert caches.unsealed(caches.sealed(b"content" * 9)[:length]) is None


def test_a_folder_that_cannot_be_made_is_told_once_and_does_not_stop_anybody(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert caches.folder("things") is None
        assert caches.folder("things") is None
    assert len(caplog.records) == 1
    assert caches.VARIABLE in caplog.text


def test_a_folder_that_vanishes_is_told_and_does_not_stop_anybody(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        caches.write(folder / "gone" / "one", b"content")
    assert len(caplog.records) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_folder_that_others_may_write_is_not_used(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    assert caches.folder("things") is None
    assert "others may write there" in caplog.text


def test_nothing_is_kept_where_nothing_shall_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(caches.VARIABLE, "")
    assert caches.folder("things") is None


def test_nothing_is_kept_where_nobody_is_at_home(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in (caches.VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    assert caches.folder("things") is None
    assert "no home folder" in caplog.text


def test_the_longest_unused_go_first_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caches, "MOST_FILES", 4)
    inside = caches.folder("things")
    assert inside is not None
    for age, name in enumerate("abcd"):
        caches.write(inside / name, b"x")
        os.utime(inside / name, (1000 + age, 1000 + age))
    caches.read(inside / "a")
    caches.write(inside / "e", b"x")
    assert sorted(p.name for p in inside.iterdir()) == ["a", "e"]


def total(values):  # type: ignore[no-untyped-def]
    result = 0.0
    for x in values:
        result += x * x
    return result


def test_a_compiled_loop_is_kept_and_read_again(folder: Path) -> None:
    values = np.arange(5.0)
    assert compiled(total)(values) == 30.0
    (kept,) = [p for p in folder.rglob("*total*") if p.is_file()]
    again = compiled(total)
    again._compiler.compile = None  # would fail if it were asked
    assert again(values) == 30.0
    assert compiled(total)(values.astype(np.float32)) == 30.0
    assert len(list(folder.rglob("*total*"))) == 2  # one for each type
    assert kept.is_file()


@pytest.mark.parametrize("spoil", [b"", b"nonsense" * 100])
def test_a_compiled_loop_is_compiled_anew_where_what_is_kept_is_damaged(folder: Path, spoil: bytes) -> None:
    compiled(total)(np.arange(5.0))
    (kept,) = [p for p in folder.rglob("*total*") if p.is_file()]
    whole = kept.read_bytes()
    kept.write_bytes(spoil)
    assert compiled(total)(np.arange(5.0)) == 30.0
    assert caches.unsealed(kept.read_bytes()) is not None
    kept.write_bytes(caches.sealed(b"not a pickle at all"))
    assert compiled(total)(np.arange(5.0)) == 30.0
    assert len(kept.read_bytes()) > len(whole) // 2


PROGRAM = """
import numpy as np
from engine.kernel.options import compiled
def total(values):
    result = 0.0
    for x in values:
        result += x * x
    return result
print(compiled(total)(np.arange(5.0)))
"""


def test_several_processes_may_compile_the_same_at_once(folder: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [process.communicate() for process in running]
    assert told == [("30.0\n", "")] * 4
    assert list(folder.rglob("*.tmp")) == []
