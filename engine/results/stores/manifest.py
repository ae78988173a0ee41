"""MANIFEST.json, written last: a folder of results is whole if everything in it is as its manifest says."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from engine.errors import DamagedError, UsageError
from engine.failpoints import failpoint
from engine.results.stores.files import Content, content_of, sync, sync_folder, write_whole
from engine.results.stores.lock import LOCK

MANIFEST = "MANIFEST.json"
FORMAT = 1
_WHOLE = ("results.zarr", "figures")
"""Folders that are ours alone: a file in them that the manifest does not know is damage."""


class Damage(NamedTuple):
    """A file that is not as it was written."""

    path: str
    what: str


def write_manifest(folder: Path, about: dict[str, Any], known: Mapping[str, Content] | None = None) -> None:
    """Hash everything in a folder, wait for the disk, and write the manifest.

    Parameters
    ----------
    known : contents of files as they were written, by path; they are not read again. One that has been damaged since
        is then told of as damaged, and not vouched for as it is.
    """
    root, known = str(folder), known or {}
    paths = sorted(_files(folder))
    files = {path: known.get(path) or content_of(os.path.join(root, path)) for path in paths}
    sync(os.path.join(root, path) for path in paths)
    for sub in sorted({os.path.dirname(path) for path in paths}, reverse=True):
        sync_folder(folder / sub)
    failpoint("before_manifest")
    content = {"format": FORMAT, **about, "files": {path: list(c) for path, c in files.items()}}
    text = json.dumps({**content, "sha256": _digest(content)}, indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / MANIFEST, text, place="before_manifest_rename")
    failpoint("after_manifest")


def has_manifest(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> tuple[dict[str, Any], dict[str, Content]]:
    """What a manifest says of the run, and size and sha256 of each file.

    Raises
    ------
    UsageError : the folder is not there, or holds something else than results.
    DamagedError : there is none, it is of another format, or somebody changed it.
    """
    refuse_if_none(folder)
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest, files = content.pop("sha256"), content["files"]
        if content["format"] != FORMAT:
            raise DamagedError(
                f"{folder}: results of format {content['format']!r}, and this version of Insats reads format {FORMAT}; "
                "run the study again"
            )
        if digest != _digest(content):
            raise DamagedError(f"{folder}: damaged: {MANIFEST} was changed after it was written; run the study again")
        contents = {str(path): Content(int(size), str(sha256)) for path, (size, sha256) in files.items()}
    except FileNotFoundError:
        raise DamagedError(f"{folder}: unfinished: it has no {MANIFEST}; {_how_to_go_on(folder)}") from None
    except OSError as e:
        raise DamagedError(f"{folder}: {MANIFEST} cannot be read ({e.strerror})") from e
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise DamagedError(f"{folder}: damaged: {MANIFEST} cannot be read; run the study again") from e
    del content["files"], content["format"]
    return content, contents


def refuse_if_none(folder: Path) -> None:
    """Refuse a folder that is neither results nor an unfinished run.

    Raises
    ------
    UsageError : it is not there, or holds something else.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder of results; `insats run` writes one")
    if not any((folder / name).exists() for name in (MANIFEST, "plan.json", "run.json", "results.zarr", LOCK)):
        raise UsageError(f"{folder}: no folder of results; `insats run` writes one")


def find_damage(folder: Path) -> list[Damage]:
    """Every file that is missing, changed, or where none belongs, by path.

    Raises
    ------
    DamagedError : as `read_manifest`.
    """
    _, contents = read_manifest(folder)
    found = [
        damage for path, content in contents.items() if (damage := compare_file(folder, path, content)) is not None
    ]
    found += [
        Damage(path, "is not of this run")
        for path in _files(folder)
        if path not in contents and path.split("/")[0] in _WHOLE
    ]
    return sorted(found)


def refuse_if_damaged(folder: Path, *, but: Collection[str] = ()) -> dict[str, Any]:
    """What the manifest says of the run, if everything in the folder is as it says.

    Parameters
    ----------
    but : files and folders that need not be.

    Raises
    ------
    DamagedError : with what is damaged, where, and what to do.
    """
    about, _ = read_manifest(folder)
    damage = [d for d in find_damage(folder) if d.path.split("/")[0] not in but]
    if damage:
        more = f" and {len(damage) - 1} more" if len(damage) > 1 else ""
        raise DamagedError(
            f"{folder}: damaged: {damage[0].path} {damage[0].what}{more}. `insats verify` tells all; the same "
            "`insats run` makes what is missing anew"
        )
    return about


def compare_file(folder: Path, path: str, content: Content) -> Damage | None:
    """What is wrong with a file of a folder; None where it has the content that was written."""
    target = folder / path
    if _leads_out(path):
        return Damage(path, "leads out of the folder")
    try:
        found = content_of(target)
    except FileNotFoundError:
        return Damage(path, "is a link, or no file" if os.path.lexists(target) else "is missing")
    except OSError as e:
        return Damage(path, f"cannot be read ({e.strerror})")
    if found.size != content.size:
        return Damage(path, f"has {found.size} bytes instead of {content.size}")
    return Damage(path, "has other content") if found != content else None


def _leads_out(path: str) -> bool:
    return path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/")


def _files(folder: Path) -> Iterator[str]:
    """Paths of all files, with links as files, but of what keeps the books on them."""
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]
        inside = Path(root).relative_to(folder).as_posix()
        for name in (*names, *links):
            path = name if inside == "." else f"{inside}/{name}"
            if path not in (MANIFEST, LOCK) and not name.startswith("."):
                yield path


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _how_to_go_on(folder: Path) -> str:
    if folder.name.endswith(".part"):
        return "the `insats run` that began it goes on from what is done"
    if folder.with_name(f"{folder.name}.part").is_dir():
        return f"{folder.name}.part holds a run that goes on with the `insats run` that began it"
    return "it is from an older version of Insats, or no folder of results; run the study again"
