"""Whether two folders of results hold the same bytes, but for the times that a run took."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

TIMES = ("started", "seconds")


def contents(folder: Path) -> dict[str, str]:
    """sha256 of each file by its name; of run.json without the times, of the manifest without what follows of them."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name, data = path.relative_to(folder).as_posix(), path.read_bytes()
            if name in ("run.json", "MANIFEST.json"):
                data = json.dumps(_timeless(json.loads(data)), sort_keys=True).encode()
            found[name] = hashlib.sha256(data).hexdigest()
    return found


def _timeless(content: dict[str, Any]) -> dict[str, Any]:
    if "files" in content:
        files = {name: value for name, value in content["files"].items() if name != "run.json"}
        return {**content, "files": files, "sha256": ""}
    return {name: value for name, value in content.items() if name not in TIMES}
