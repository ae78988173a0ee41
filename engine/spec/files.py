"""Reading the files of a study: only from its folder and those beside it, only text, only of a reasonable size.

Studies come by e-mail from other people. Opening one must not read other files, and a damaged one must end in a
sentence.
"""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LARGEST_FILE = 5_000_000
"""Bytes. A model of hundreds of states is a tenth of this; more is a mistake or an attack."""

LARGEST_STUDY = 20_000_000
"""Characters in all files of a study together."""
MOST_FILES = 500
"""Of a study: includes may branch."""

_SHARED = (".yaml", ".yml", ".csv")
"""Endings of files that are read from folders beside the study's own."""
_FORBIDDEN = re.compile(
    # C0 without tab and line feed, DEL and C1; soft hyphen; zero-width and direction marks; line and paragraph
    # separators, which YAML and Python count as line ends and editors do not; byte-order mark; tag characters.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_REPORTED_CHARACTERS = 5


class FileError(ValueError):
    """A file that cannot be read; the message says why and what to do."""

    def __init__(self, message: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True)
class Hidden:
    """An invisible character: line and column from 1, and what to say about it."""

    line: int
    column: int
    message: str


def beside(origin: str, name: str) -> str:
    """What a name that stands in the file `origin` is from the study's folder: names are relative to their file."""
    folder = posixpath.dirname(origin)
    return posixpath.normpath(posixpath.join(folder, name)) if folder else name


def inside(folder: Path, name: str) -> Path:
    """The file `name`, relative to the study's folder: in it, or (`../shared/prices.yaml`) in one beside it.

    Raises
    ------
    FileError : the name is absolute, climbs further than the folder that holds the study's (`..`, a symbolic link), or
        nothing readable is there.
    """
    if "\\" in name or re.match(r"[A-Za-z]:", name):
        raise FileError(f"file names are written with '/' and relative to the study's folder, found {name!r}")
    plain = posixpath.normpath(name) if name else ""
    parts = PurePosixPath(plain).parts
    climbs = parts[:1] == ("..",)
    if name.startswith(("/", "~")) or not parts or hidden_characters(name) or "\n" in name:
        raise FileError(
            f"{name!r} is not inside the study's folder; copy the file there and write its name relative to the folder"
        )
    try:
        own = folder.resolve()
        root = own.parent if climbs else own
        if climbs:
            _check_shared(name, parts, root)
        path = _shown(folder, plain)
        real = path.resolve()
        if not real.is_relative_to(root):
            out_of = "the folder that holds the study's folder" if climbs else "the study's folder"
            raise FileError(f"{name!r} is a link out of {out_of}; copy the file into the folder")
        if path.is_dir():
            raise FileError(f"{name!r} is a folder; write the name of a file in it")
        if not path.exists():
            raise FileError(f"no file {name!r} in {str(folder)!r}{_similar(folder, plain)}")
        if not path.is_file():
            raise FileError(f"{name!r} is not an ordinary file")
    except OSError as error:
        raise FileError(f"{name!r} cannot be read: {error.strerror or error}") from None
    return path


def _check_shared(name: str, parts: tuple[str, ...], root: Path) -> None:
    """Beside the study's folder only what studies share is read."""
    if parts[1:2] == ("..",) or len(parts) < 2 or root == root.parent:
        raise FileError(
            f"{name!r} climbs out of the folder that holds the study's folder; shared files lie in that folder, "
            "'../shared/prices.yaml' for one"
        )
    if any(part.startswith(".") for part in parts[1:]) or PurePosixPath(name).suffix not in _SHARED:
        raise FileError(
            f"{name!r}: outside the study's folder only {', '.join(_SHARED)} files are read, and no hidden ones"
        )


def _shown(folder: Path, name: str) -> Path:
    """The path, without `..` where that is the same file."""
    path = folder / name
    short = Path(os.path.normpath(path))
    return short if ".." in name and short.resolve() == path.resolve() else path


def read_text(path: Path) -> str:
    """Text of a file, with line ends as `\\n` and without a byte-order mark.

    Raises
    ------
    FileError : it cannot be opened, is too large, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise FileError(f"cannot be read: {error.strerror or error}") from None
    if len(data) > LARGEST_FILE:
        raise FileError(
            f"is larger than {LARGEST_FILE // 1_000_000} MB; a file of a study is text of at most that size"
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        raise FileError("is saved as UTF-16 or UTF-32; save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        raise FileError(
            f"byte 0x{data[error.start]:02x} is not UTF-8 (Windows-1252 or Latin-1?); save the file as UTF-8",
            line=before.count("\n") + 1,
            column=len(before) - (before.rfind("\n") + 1) + 1,
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def hidden_characters(text: str) -> list[Hidden]:
    """The first few control, direction and zero-width characters: what a reader does not see must not count."""
    found = []
    for match in _FORBIDDEN.finditer(text):
        start = match.start()
        found.append(
            Hidden(
                text.count("\n", 0, start) + 1,
                start - (text.rfind("\n", 0, start) + 1) + 1,
                f"invisible character U+{ord(match[0]):04X}; delete it (it changes what is read without being seen)",
            )
        )
        if len(found) == _REPORTED_CHARACTERS:
            break
    return found


def _similar(folder: Path, name: str) -> str:
    """What is there instead, for a message."""
    from difflib import get_close_matches

    here = (folder / name).parent
    if not here.is_dir():
        return f": there is no folder {PurePosixPath(name).parent.as_posix()!r}"
    suffix = PurePosixPath(name).suffix
    prefix = PurePosixPath(name).parent
    there = sorted((prefix / p.name).as_posix() for p in here.iterdir() if p.is_file() and p.suffix == suffix)[:200]
    near = get_close_matches(name, there, n=1)
    return f"; did you mean {near[0]!r}?" if near else (f"; there are: {', '.join(there[:10])}" if there else "")
