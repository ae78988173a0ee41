"""What only a process of its own can show: start-up time, signals, pipes, terminals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSATS = [sys.executable, "-m", "engine"]
STUDY = "configs/norrkoping"

posix = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")


def seconds(*arguments: str, first_word: bool = False) -> float:
    """Processor time, the least of five: others may use the machine, and clocks on the wall count them too.

    Parameters
    ----------
    first_word : until it says anything on stdout; then it is killed.
    """
    resource = pytest.importorskip("resource")

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return float(usage.ru_utime + usage.ru_stime)

    found = []
    for _ in range(5):
        before = used()
        with subprocess.Popen(
            [*INSATS, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as command:
            assert command.stdout is not None
            assert command.stdout.read(1)
            if first_word:
                command.kill()
            command.stdout.read()
        assert first_word or command.returncode == 0
        found.append(used() - before)
    return min(found)


def test_help_takes_less_than_three_twentieths_of_a_second() -> None:
    assert seconds("--help") < 0.15
    assert seconds("run", "--help") < 0.15


def test_check_takes_less_than_a_second() -> None:
    assert seconds("check", STUDY) < 1.0


def test_the_first_result_of_a_small_study_is_there_in_less_than_two_seconds(tmp_path: Path) -> None:
    run = ("run", "configs/two_state", "-q", "--fresh", "-o", str(tmp_path / "out"))
    assert seconds(*run, first_word=True) < 2.0


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("after", ["at once", "while simulating"])
def test_a_signal_ends_the_run_in_one_line_with_nothing_written(
    tmp_path: Path, number: signal.Signals, code: int, after: str
) -> None:
    command = [*INSATS, "run", str(ROOT / STUDY), "-n", "16384", "-o", str(tmp_path / "a" / "out")]
    # A shell starts what it puts in the background with SIGINT ignored, and a child inherits that: undo it.
    run = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert run.stderr is not None
    first = ""
    if after == "while simulating":
        first = run.stderr.readline()  # the first news of progress
        assert first.startswith("Simulating")
    else:
        time.sleep(0.5)
    run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert run.returncode == code
    assert out == ""
    (told,) = [line for line in err.splitlines() if not line.startswith("Simulating")]
    ended = "Interrupted" if code == 130 else "Terminated"
    if told == f"{ended}; nothing half-written is left.":
        assert list(tmp_path.iterdir()) == []
    else:  # the draws were all there already
        assert told.startswith(f"{ended} after 16 384 of 16 384 draws; go on with: insats run ")
        assert [p.name for p in (tmp_path / "a").iterdir()] == ["out.part"]


@posix
def test_a_reader_that_leaves_early_is_no_fault() -> None:
    command = [*INSATS, "compare", "configs/two_state", "-q"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == ""


@posix
def test_a_terminal_gets_a_bar_and_no_colour_is_honoured(tmp_path: Path) -> None:
    import pty

    def on_terminal(**more: str) -> str:
        ours, theirs = pty.openpty()
        command = [*INSATS, "run", "configs/two_state", "-n", "64", "--no-report", "-o", str(tmp_path / "out")]
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "CI")}
        environment |= {"TERM": "xterm-256color", **more}
        run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, env=environment)
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # Linux's way of saying that the other end is closed
            pass
        os.close(ours)
        answer, _ = run.communicate()
        assert b"Net saving" in answer
        assert run.returncode == 0
        return seen.decode()

    coloured, plain = on_terminal(), on_terminal(NO_COLOR="1")
    assert "Preparing" in coloured
    assert "\x1b[3" in coloured
    assert "Preparing" in plain
    assert "\x1b[3" not in plain


def test_output_survives_an_encoding_that_lacks_a_character() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*INSATS, "check", STUDY], cwd=ROOT, capture_output=True, text=True, encoding="ascii", env=environment
    )
    assert done.returncode == 0
    assert "Norrk?ping" in done.stdout
