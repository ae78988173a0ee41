"""What every object of the grammar has in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A name: lower-case a–z, digits and underscore, beginning with a letter."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
Expr = Annotated[str, StringConstraints(min_length=1, max_length=2000)] | int | float
"""A number, or text in the expression language."""
FileName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""A file, relative to the file that names it; inside the study's folder, or (`../`) in one beside it."""


class SpecModel(BaseModel):
    """Base of all: frozen, unknown keys refused, numbers never guessed from text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
        # A validator is built when something is first validated: three kinds of file are, and 35 classes stand here.
        defer_build=True,
    )
    together: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Keys that say one thing between them: a file that extends another and writes one of them replaces them all."""
    signed: ClassVar[tuple[str, ...]] = ()
    """Keys that do not carry over to a file that extends this one."""


class Traced(SpecModel):
    """A figure with its origin: a source, or an open statement that it is an assumption."""

    source: str | None = None
    """Id of a row in the file named by `sources`."""
    assumption: Text | None = None
    """Why this figure, where no source exists."""
