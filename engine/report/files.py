"""Files that are complete or not there."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import UsageError


def svg_file(svg: str) -> str:
    """An `<svg>` element as the text of a file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name first, so that a half-written one never stands under its own.

    Raises
    ------
    UsageError : it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error}); choose another folder") from error
