"""People's calculations: what they set otherwise than the model, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from engine.spec.schema.base import FileName, Identifier, SpecModel, Text, Traced


class Assumption(Traced):
    """How one calculation sets a parameter or a choice; exactly one of `value`, `dist`, `choose`."""

    together = (("value", "dist", "choose", "source", "assumption", "why"),)

    value: float | None = None
    """Point value of a parameter, without uncertainty unless `dist` is given too."""
    dist: str | None = None
    """Law of a parameter."""
    choose: Identifier | None = None
    """Alternative taken of a choice."""
    why: Text
    """Reason, in a sentence."""

    @model_validator(mode="after")
    def _consistent(self) -> Assumption:
        if (self.choose is None) == (self.value is None and self.dist is None):
            raise ValueError("give `value` and/or `dist` for a parameter, or `choose` for a choice")
        return self


class Accounting(SpecModel):
    """In what terms the author of a calculation signs the figure; results are brought to common terms first."""

    price_year: int | None = None
    """Year in whose prices the figure is signed; the model's if not given. Needs `price_index`."""
    per: Literal["participant", "programme"] = "participant"
    """A figure for one participant, or for all of a year (`cohort` of the study)."""
    discount_to: Annotated[int, Field(ge=1900, le=2200)] | None = None
    """Calendar year to which the author discounts; the start of the model if not given."""


class Calculation(SpecModel):
    """One person's complete set of assumptions, signed: where it differs from the model, and why."""

    together = (("perspective", "perspective_why"),)
    signed = ("calculation", "label", "role", "why")

    extends: FileName | None = None
    """Calculation that this one starts from; who signs, and why, is written anew."""

    calculation: Identifier
    """Name of the calculation."""
    label: Text
    """Name for people, such as `Finance director`."""
    role: Text
    """Who signs it, and from what position."""
    why: Text
    """The calculation's reasoning in a sentence."""
    perspective: Identifier
    """Perspective that this calculation reports."""
    perspective_why: Text | None = None
    """Why this perspective."""
    signs_in: Accounting = Accounting()
    """Terms in which the author signs the figure."""
    assumptions: dict[Identifier, Assumption] = Field(default_factory=dict)
    """Parameters and choices that it sets otherwise than the model."""
