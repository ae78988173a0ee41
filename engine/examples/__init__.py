"""Example studies that come with the package, and how a new study begins from one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from engine.errors import UsageError
from engine.spec.json_schema import write_schemas

_HERE = Path(__file__).parent
_SKIPPED = shutil.ignore_patterns("results", "__pycache__", ".*")


def example_folder(name: str) -> Path:
    """Where an example stands: in the installed package, or in `configs/` of a source tree."""
    places = [_HERE / name, _HERE.parents[1] / "configs" / name]
    return next(place for place in places if (place / "study.yaml").is_file())


def copy_example(name: str, folder: Path) -> None:
    """Copy an example to a new folder, with the schemas that its first lines name.

    Raises
    ------
    UsageError : there is something at `folder` already.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))):
        raise UsageError(f"{folder}: exists already and is left alone; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        copy = draft / folder.name
        shutil.copytree(example_folder(name), copy, ignore=_SKIPPED)
        write_schemas(copy / "schema")
        for path in copy.rglob("*"):
            if path.suffix in (".yaml", ".md"):
                text = path.read_text(encoding="utf-8")
                # The schemas stand one folder above an example, and inside a study of one's own.
                text = text.replace("$schema=../", "$schema=").replace(f"configs/{name}", folder.as_posix())
                path.write_text(text, encoding="utf-8", newline="\n")
        if folder.exists():
            folder.rmdir()
        copy.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
