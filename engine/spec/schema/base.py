"""What every object of the grammar has in common."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from itertools import pairwise
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


@cache
def meanings(kind: type[SpecModel]) -> dict[str, str]:
    """The sentence under each field, by the key under which the field is written.

    They are read when somebody asks for them: pydantic's `use_attribute_docstrings` reads those of all classes at every
    start, a sixth of the time that a study takes to load.
    """
    found: dict[str, str] = {}
    for part in reversed(kind.__mro__):
        if issubclass(part, SpecModel):
            (written,) = ast.parse(inspect.getsource(part)).body
            for field, below in pairwise(written.body if isinstance(written, ast.ClassDef) else ()):
                match field, below:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(value=str(sentence))):
                        found[name] = inspect.cleandoc(sentence)
    return {field.alias or name: found[name] for name, field in kind.model_fields.items() if name in found}
