"""The study that results come from, written out again as files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from engine.errors import UsageError
from engine.spec.written import places, write_files


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
        places(files)[main]
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise UsageError("these results do not hold the files of their study") from e
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder}: is there already; name a new folder")
    try:
        return write_files(files, main, folder)
    except OSError as e:
        raise UsageError(f"{folder}: cannot be written ({e.strerror})") from e
