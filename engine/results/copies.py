"""The study that results come from, written out again as files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import xarray as xr

from engine.errors import UsageError

_BESIDE = ".."


def write_study_files(results: xr.Dataset, folder: Path) -> Path:
    """Write the files of the study that was run into a new folder, and say where its study file is.

    Files that lay beside the study's folder lie beside it again: the study is then in a folder of its own inside.

    Raises
    ------
    UsageError : the folder is there and not empty, cannot be written, or the results hold no study.
    """
    try:
        files: Mapping[str, str] = json.loads(results.attrs["study_files"])
        main = str(results.attrs["study_file"])
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise UsageError("these results do not hold the files of their study") from e
    return lay_out_files(files, main, folder)


def lay_out_files(files: Mapping[str, str], main: str, folder: Path) -> Path:
    """Write the files of a study, by name, into a new folder, and say where `main` is.

    Raises
    ------
    UsageError : as `write_study_files`.
    """
    try:
        paths = dict(_laid_out(files))
        study_file = paths[main]
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise UsageError("these results do not hold the files of their study") from e
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there already; name a new folder")
    try:
        for name, path in paths.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[name], encoding="utf-8", newline="\n")
    except OSError as e:
        raise UsageError(f"{folder}: cannot be written ({e.strerror})") from e
    return folder / study_file


def _laid_out(files: Mapping[str, str]) -> Iterator[tuple[str, PurePosixPath]]:
    """Where each file goes, all of them inside one folder.

    Raises
    ------
    ValueError : a name that leads elsewhere. Results may come from anybody.
    """
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
