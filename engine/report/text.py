"""Text of users, made fit to stand in a page or a figure."""

from __future__ import annotations

import re
import unicodedata


def clean(text: str) -> str:
    """Text on one line, without control or direction characters, which XML refuses or which hide the rest."""
    kept = (" " if unicodedata.category(c) in ("Zs", "Zl", "Zp") or c in "\t\n\r" else c for c in text)
    return re.sub(" +", " ", "".join(c for c in kept if unicodedata.category(c)[0] != "C")).strip()
