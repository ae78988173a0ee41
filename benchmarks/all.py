"""All tables, one after the other; with `--readme` they are written into README.md, too.

python benchmarks/all.py --size medium
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = ("kernel", "sampling", "analysis", "end_to_end", "start", "memory", "growth", "scaling")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="medium")
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(SCRIPTS)}; all by default")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(SCRIPTS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}")
    failed = []
    for name in asked.names or SCRIPTS:
        print(f"\n## {name}\n", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), "--size", asked.size]
        if name == "growth" and asked.readme:
            command += ["--figure", str(HERE / "growth")]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
        print(done.stdout, flush=True)
        if done.returncode != 0:
            failed.append(name)
        elif asked.readme:
            readme = HERE / "README.md"
            readme.write_text(with_table(readme.read_text(), name, done.stdout.strip()))
    if failed:
        raise SystemExit(f"not finished: {', '.join(failed)}")


def with_table(page: str, name: str, table: str) -> str:
    """The page with what stands between the marks of a benchmark replaced."""
    before, mark, rest = page.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    if not mark or not end:
        raise SystemExit(f"README.md has no place for {name}")
    return f"{before}{mark}\n{table}\n\n{end}{after}"


if __name__ == "__main__":
    main()
