"""Figures and how they are given: parameters, choices, definitions, functions, tables; what is uncertain together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from engine.spec.schema.base import Expr, FileName, Identifier, SpecModel, Text, Traced


class Parameter(Traced):
    """A named quantity with unit, value, uncertainty and origin."""

    together = (("value", "dist", "price_year", "source", "assumption"),)

    label: Text
    """What the quantity is, for people."""
    value: float
    """Point value: used where a calculation does without uncertainty, and as the base of a relative law."""
    dist: str | None = None
    """Law of its uncertainty, `lognormal(mean=1.35, q95=1.8)`; a point value without it."""
    unit: str
    """`share`, `probability`, `ratio`, `rate/year`, `years`, `count`, `number` (of either sign), or money:
    `SEK/person-year`, `SEK/transition`, `SEK/participant`, `SEK/day`, `SEK/month`, `SEK/case`."""
    price_year: int | None = None
    """Year whose prices the money is in; required with money, refused otherwise."""
    theme: Identifier = "other"
    """Group of assumptions that belong together in people's minds, such as `effect` or `prices`."""
    bundle: Identifier | None = None
    """Assumptions with the same bundle always move together between calculations."""


class Alternative(SpecModel):
    """One way of making a methodological choice."""

    label: Text
    """What is chosen, for people."""
    value: Expr
    """What the choice's name stands for in expressions when this alternative is taken."""


class Choice(SpecModel):
    """A methodological assumption with discrete alternatives."""

    label: Text
    """What is chosen between, for people."""
    alternatives: Annotated[dict[Identifier, Alternative], Field(min_length=2, max_length=16)]
    """Name of each alternative and what it means."""
    default: Identifier
    """Alternative taken by a calculation that says nothing."""
    theme: Identifier = "method"
    """Group of assumptions that belong together in people's minds."""
    bundle: Identifier | None = None
    """Assumptions with the same bundle always move together between calculations."""


class Definition(SpecModel):
    """A quantity derived from others, given a name."""

    label: Text
    """What the quantity is, for people."""
    value: Expr
    """How it follows from the others."""


class Function(SpecModel):
    """A formula with arguments, used in expressions as `name(a, b)`."""

    label: Text
    """What it computes, for people."""
    arguments: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=12)]
    """Names that stand in `value` for what the function is called with."""
    value: Expr
    """The formula, of the arguments and of all else that expressions know."""


Interpolation = Literal["step", "linear"]
Outside = Literal["error", "hold", "extend"]
KeyColumn = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Table(SpecModel):
    """A table of numbers in a CSV file, looked up as `name(key)`, `name(key, column)` or `name(key, key, column)`."""

    together = (("file", "source", "assumption"),)

    file: FileName
    """CSV file with a header, relative to the file that names it."""
    key: KeyColumn | Annotated[tuple[KeyColumn, ...], Field(min_length=1, max_length=6)]
    """Column that is looked up, such as `age`; its values rise from row to row. Or several, `[age, sex]`: then every
    combination has one row. A key whose cells are words is looked up by a word."""
    interpolation: Interpolation | dict[KeyColumn, Interpolation] = "step"
    """Between two values of a key: that of the lower one (`step`), or on the line between them (`linear`). For several
    keys also key by key, `{age: linear, year: step}`; keys that are not named are `step`."""
    outside: Outside | dict[KeyColumn, Outside] = "error"
    """Beyond the last value of a key, or before the first: refuse, `hold` the nearest, or `extend` the last line (with
    `linear` only); key by key where there are several. A step table's last row covers its own key only."""
    source: str | None = None
    """Id of a row in the file named by `sources`."""
    assumption: Text | None = None
    """Where the figures come from, if no source exists."""

    @model_validator(mode="after")
    def _keys_differ(self) -> Table:
        for k, key in enumerate(self.keys):
            if key in self.keys[:k]:
                raise ValueError(f"{key!r} stands twice under `key`; a key is a column of its own")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that are looked up, in the order of a call."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def linear(self) -> tuple[bool, ...]:
        """For each key, whether it is interpolated on a line."""
        given = self.interpolation
        return tuple((given if isinstance(given, str) else given.get(k, "step")) == "linear" for k in self.keys)

    @property
    def beyond(self) -> tuple[Outside, ...]:
        """For each key, what holds beyond its values."""
        given = self.outside
        return tuple(given if isinstance(given, str) else given.get(k, "error") for k in self.keys)


class Correlation(Traced):
    """Two uncertain parameters that tend to be high together (or one high where the other is low)."""

    between: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=2)]
    """The two parameters; each has a law of its own, which stays as it is."""
    rank: Annotated[float, Field(gt=-1, lt=1)]
    """Rank correlation (Spearman), above -1 and below 1. Pairs that are not named have 0."""


class Dirichlet(Traced):
    """Shares of one whole, uncertain together: jointly Dirichlet, and adding up to 1 in every draw."""

    together = (("members", "counts", "source", "assumption"),)

    members: Annotated[tuple[Identifier, ...], Field(min_length=2, max_length=64)]
    """Parameters that add up to 1. They have no `dist`; their values are the counts' shares."""
    counts: tuple[float, ...]
    """Observed number in each, in the order of `members`, with what a prior adds; above 0."""


class Joint(Traced):
    """Parameters whose values are drawn together, as a row of a table: a calibrated posterior, say."""

    together = (("table", "columns", "source", "assumption"),)

    table: Identifier
    """Table whose rows are equally likely draws."""
    columns: Annotated[dict[Identifier, str], Field(min_length=2)]
    """Parameter, and the column that its values are in. They have no `dist`."""
