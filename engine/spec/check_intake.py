"""Checks of a programme that admits participants year after year."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import Problem
from engine.spec.loaded import LoadedStudy


def check_intake(loaded: LoadedStudy) -> Iterator[Problem]:
    """Years are calendar years, and none is before the model starts: budgets are discounted to its start."""
    begins = loaded.model.time.start_year
    for year in loaded.study.intake:
        if not re.fullmatch(r"(19|20|21)\d\d", year):
            message = f"{year!r} is no calendar year; write the year in which participants start, {begins}: 100"
        elif int(year) < begins:
            message = f"the model starts in {begins} (`start_year`), and nobody can start before it"
        else:
            continue
        yield loaded.marks.problem(loaded.study_file, ("intake", year), message, key=True)
