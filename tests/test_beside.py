"""Two things made side by side come out, and fail, as if they had been made one after the other."""

from __future__ import annotations

import pytest

from engine.api import Settings
from engine.api.asked import _beside


def failing(name: str) -> object:
    raise ValueError(name)


@pytest.mark.parametrize("threads", [1, 2])
def test_both_come_out_in_their_order(threads: int) -> None:
    assert _beside(lambda: "aside", lambda: "here", Settings(threads=threads)) == ("aside", "here")


@pytest.mark.parametrize("threads", [1, 2])
def test_the_failure_that_is_told_does_not_depend_on_threads(threads: int) -> None:
    settings = Settings(threads=threads)
    for aside, here, told in (
        (lambda: failing("aside"), lambda: "here", "aside"),
        (lambda: "aside", lambda: failing("here"), "here"),
        (lambda: failing("aside"), lambda: failing("here"), "aside"),
    ):
        with pytest.raises(ValueError, match=f"^{told}$"):
            _beside(aside, here, settings)
