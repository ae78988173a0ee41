"""The files of a study, written out again: as they lay, in another folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_BESIDE = ".."


def places(files: Mapping[str, str]) -> dict[str, PurePosixPath]:
    """Where each file goes, all of them inside one folder.

    Files that lay beside the study's folder lie beside it again: the study is then in a folder of its own inside.

    Raises
    ------
    ValueError : a name that leads elsewhere. Results may come from anybody.
    """
    return dict(_laid_out(files))


def write_files(files: Mapping[str, str], study_file: str, folder: Path) -> Path:
    """Write the files of a study into a folder, and say where its study file is.

    Raises
    ------
    ValueError, KeyError : as `places`, or the study file is none of them.
    OSError : the folder cannot be written.
    """
    paths = places(files)
    found = folder / paths[study_file]
    for name, path in paths.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files[name], encoding="utf-8", newline="\n")
    return found


def _laid_out(files: Mapping[str, str]) -> Iterator[tuple[str, PurePosixPath]]:
    beside = {part for name in files for part in PurePosixPath(name).parts[1:2] if name.startswith(f"{_BESIDE}/")}
    own = "study"
    while own in beside:
        own += "_"
    for name in files:
        path = PurePosixPath(name)
        parts = path.parts
        if beside:
            parts = parts[1:] if parts[:1] == (_BESIDE,) else (own, *parts)
        if not parts or path.is_absolute() or _BESIDE in parts or "\\" in name or ":" in name:
            raise ValueError(f"not a name of a file in a study: {name!r}")
        yield name, PurePosixPath(*parts)
