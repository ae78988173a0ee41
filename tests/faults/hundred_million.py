"""A hundred million draws in bounded memory, killed twice and gone on from, and the same bits as undisturbed.

    python tests/faults/hundred_million.py [DRAWS] [FOLDER]

Runs the small study of the tests twice, once killed with SIGKILL after a third and after two thirds of its chunks, and
tells time and peak memory of each part. Ends with code 1 where any array differs, or where memory was more than 10 %
above that of a million draws. Takes twice the time of the run, and about 1 GB of disk.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.faults import runs  # noqa: E402
from tests.faults.arrays import digests  # noqa: E402
from tests.faults.processes import environment  # noqa: E402
from tests.faults.test_memory import PEAK  # noqa: E402


def part(out: Path, draws: int, kill_after: int | None = None) -> int:
    """Run, or go on, to the end or to so many chunks; peak memory in bytes."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", PEAK, *map(str, runs.command(out, "-q", draws=draws))],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, _peak(process.pid))
        if kill_after is not None and _lines(out) >= kill_after:
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.5)
    err = process.communicate()[1]
    if process.returncode not in (0, -signal.SIGKILL) or (kill_after is None and process.returncode):
        raise SystemExit(err)
    how = "killed" if process.returncode else "finished"
    print(f"{how} after {time.monotonic() - began:.0f} s, {peak / 1e6:.0f} MB at most", flush=True)
    return peak


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def _lines(out: Path) -> int:
    path = runs.part(out) / "journal.jsonl"
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main() -> int:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as folder:
        small, plain, killed = (runs.place(Path(folder) / name) for name in ("small", "plain", "killed"))
        usual = part(small, 1_000_000)
        peaks = [part(plain, draws)]
        chunks = -(-draws // runs.CHUNK)
        peaks += [part(killed, draws, chunks // 3), part(killed, draws, 2 * chunks // 3), part(killed, draws)]
        same = digests(plain) == digests(killed)
        flat = max(peaks) <= 1.1 * usual
        print(f"{draws:,} draws: {'the same bits' if same else 'OTHER BITS'}; memory {'flat' if flat else 'GREW'}")
    return 0 if same and flat else 1


if __name__ == "__main__":
    sys.exit(main())
