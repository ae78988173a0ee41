"""Models compiled once on a machine: kept, believed only where whole, and the same bits from what is kept."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.kernel import caches, machine, simulate
from engine.kernel.layout import Program, allocate
from engine.kernel.simulate import compile_program
from engine.model.hoist import Graph


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(caches.VARIABLE, str(tmp_path / "cache"))
    caches.complain.cache_clear()
    yield tmp_path / "cache"
    caches.complain.cache_clear()


def powers(cycles: int = 5, factor: float = 1.0, late: float = 3.0) -> Program:
    """x = factor * a^cycles, after a series whose last value is `late`."""
    g = Graph(cycles)
    x = g.carried(g.const(factor))
    g.follow(x, g.mul(g.mul(x, g.input(0)), g.series([1.0] * (cycles - 1) + [late])))
    return g.program(totals=[x], yearly=[], checks=[], n_inputs=1)


def total(program: Program) -> float:
    block = allocate(program, 8)
    block.inputs[:] = 2.0
    compile_program(program)(block)
    return float(block.totals[0, 0])


def kept(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("models-*/*") if p.is_file())


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object, **__: object) -> bytes:
        raise AssertionError("compiled though it was kept")

    monkeypatch.setattr(machine, "_object_code", no)


def test_a_model_seen_before_is_not_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert total(powers()) == 96.0
    assert len(kept(folder)) == 1
    forbid(monkeypatch)
    assert total(powers()) == 96.0
    assert total(powers(late=5.0)) == 160.0  # a table is data


def test_whatever_the_code_depends_on_makes_another_one(folder: Path) -> None:
    assert [total(powers()), total(powers(cycles=6)), total(powers(factor=2.0))] == [96.0, 192.0, 192.0]
    assert len(kept(folder)) == 3
    assert len({total(powers(factor=f)) for f in (1.0, np.nextafter(1.0, 2.0))}) == 2
    block = allocate(powers(), 8)
    compile_program(powers(), machine.host()._replace(features=""))(block)
    assert len(kept(folder)) == 5


@pytest.mark.parametrize("spoil", [lambda c: b"", lambda c: c[: len(c) // 2], lambda c: c[:300] + b"x" + c[301:]])
def test_what_is_damaged_is_compiled_anew_and_written_again(folder: Path, spoil: object) -> None:
    assert total(powers()) == 96.0
    (path,) = kept(folder)
    whole = path.read_bytes()
    path.write_bytes(spoil(whole))  # type: ignore[operator]
    assert total(powers()) == 96.0
    assert path.read_bytes() == whole


def test_a_model_runs_where_nothing_can_be_kept(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder.write_text("in the way")
    assert [total(powers()), total(powers(cycles=6))] == [96.0, 192.0]
    assert len(caplog.records) == 1


def test_a_long_compilation_is_told_and_a_kept_one_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(machine, "_TOLD_AFTER", 0.0)
    with caplog.at_level(logging.INFO, "engine"):
        total(powers(cycles=9))
        assert "Compiling the model" in caplog.text
        caplog.clear()
        total(powers(cycles=9))
        assert not caplog.records


ALONE = """
import sys
from tests.kernel.test_machine import powers, total
print(total(powers()), "numba" in sys.modules)
"""


def test_eight_processes_may_compile_the_same_at_once_and_none_needs_numba(folder: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ALONE],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])},
        )
        for _ in range(8)
    ]
    told = [process.communicate() for process in running]
    assert told == [("96.0 False\n", "")] * 8
    assert len(kept(folder)) == 1
    assert list(folder.rglob("*.tmp")) == []


def test_llvm_may_rewrite_or_not_and_the_bits_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    g = Graph(9)
    x = g.carried(g.input(0))
    for k in range(60):
        g.follow(x, g.exp(g.neg(g.mul(g.add(x, g.series(np.arange(9.0) + k)), g.const(0.1)))))
    program = g.program(totals=[x], yearly=[x], checks=[g.compare("lt", x, g.const(0.5))], n_inputs=1)
    block = allocate(program, 16)
    block.inputs[:] = np.linspace(0.0, 3.0, 16)
    found = []
    for large in (10**6, 0):
        monkeypatch.setattr(simulate, "_LARGE", large)
        compile_program(program)(block)
        found.append([array.copy() for array in block[1:4]])
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
