"""All tables, one after the other.

python benchmarks/all.py --size medium
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = ("kernel", "sampling", "analysis", "end_to_end", "start", "memory", "growth")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="medium")
    asked = parser.parse_args()
    failed = []
    for name in SCRIPTS:
        print(f"\n## {name}\n", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), "--size", asked.size]
        if name == "growth":
            command += ["--figure", str(HERE / "growth")]
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    if failed:
        raise SystemExit(f"not finished: {', '.join(failed)}")


if __name__ == "__main__":
    main()
