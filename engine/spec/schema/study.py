"""What to run."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema, field_validator, model_validator

from engine.spec.schema.base import FileName, Identifier, SpecModel, Text, Traced
from engine.vocabulary import SensitivityMethod

CalendarYear = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^(19|20|21)[0-9]{2}$"})]
Participants = Annotated[float, Field(gt=0, le=1e9)]


CHUNK = 65_536
"""Draws of a chunk, in all calculations: unit of work, of what is stored and of what a run goes on from. Long enough
that handing it out costs nothing beside it (0.1 to 10 s), short enough that little is lost with it."""
KEEP = 2 * CHUNK


class Differences(SpecModel):
    """How the differences between calculations are taken apart."""

    draws: Annotated[int, Field(ge=1, le=1_000_000)] = 64
    """Draws in which every hybrid is computed, common to all of them."""
    exact_up_to: Annotated[int, Field(ge=1, le=24)] = 20
    """Largest number of differing assumptions for which all hybrids are enumerated."""
    permutations: Annotated[int, Field(ge=2, le=1_000_000)] = 256
    """Random orders (each with its reverse) in a batch where there are more."""
    consensus: dict[Identifier, float | Identifier] = Field(default_factory=dict)
    """Values on which those who calculate could agree: of a parameter as calculations write it, of a choice the
    alternative. With the analysis `decision` it is told what would be left of the difference with each of them."""


class Sensitivity(SpecModel):
    """One sensitivity analysis inside a calculation."""

    method: SensitivityMethod
    """`sobol`, `shapley_effects`, `efast`, `rbd_fast`, `hdmr`: shares of variance; `dgsm`: their upper bounds;
    `morris`: elementary effects; `oneway`: tornado; `twoway`: heat maps of pairs; `delta`, `pawn`: how far the
    whole distribution moves; `regional`: what tells losing draws from others; `prim`: the region that loses money."""
    calculations: tuple[Identifier, ...] = ()
    """Calculations analysed; all if none is named."""
    perspectives: tuple[Identifier, ...] = ()
    """Perspectives whose NPV is the outcome; each calculation's own if none is named."""
    choices: Identifier | tuple[Identifier, ...] | dict[Identifier, dict[Identifier, float]] = ()
    """Choices varied inside the calculation beside its uncertain parameters: `all`, names, or the weights of each one's
    alternatives, `{discounting: {start: 0.5, end: 0.5}}`. Without weights every alternative is as likely."""
    groups: Literal["themes"] | dict[Identifier, Annotated[tuple[Identifier, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    """Parameters that count as one, `{effect: [hr_out, hr_misuse]}`, or `themes`: all of each theme. With `sobol`,
    `morris`, `shapley_effects` and `pawn`. What is in no group stands alone."""
    by: Literal["payer", "year"] | None = None
    """With `sobol`: the indices of each `payer`'s NPV, or of the net saving of each `year`, and of all of them
    together. Payers are those of the perspectives named, or of the study's headline perspective."""
    n: Annotated[int, Field(ge=2, le=1_048_576)] | None = None
    """Size: base points (`sobol`, `oneway`, `twoway`, `dgsm`: a power of two), trajectories (`morris`), random orders
    (`shapley_effects`), points a curve (`efast`), draws (the others)."""
    precision: Annotated[float, Field(gt=0, le=1)] | None = None
    """With `sobol`, instead of `n`: the design is doubled until the interval of every total index that matters is
    narrower than this, and their ranking holds."""


class FollowUp(Traced):
    """A study of uncertain parameters that could be made before deciding; its costs have a source, or are assumed.

    It counts persons who are followed. Each parameter is valued by itself, as if the study told of it alone.
    """

    label: Text
    """Name for people, such as `Follow those who took part for a year`."""
    parameters: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """What it estimates: shares and probabilities, from how many show the outcome; ratios, from two equal groups."""
    sizes: Annotated[tuple[Annotated[int, Field(ge=1, le=10_000_000)], ...], Field(min_length=1, max_length=40)]
    """Persons followed, one value for each size of study."""
    event_share: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of the persons who show what a ratio is about while they are followed; required with a ratio, which is
    known as well as its events are many."""
    fixed_cost: Annotated[float, Field(ge=0)] = 0.0
    """Cost however small the study is, SEK in the model's prices."""
    cost_per_person: Annotated[float, Field(ge=0)] = 0.0
    """Cost of each person followed, SEK in the model's prices."""
    participants: Annotated[float, Field(gt=0)] | None = None
    """Participants whom the decision concerns, over all years in which it stands; those of a year (`cohort`) if not
    given."""


class ThresholdRange(SpecModel):
    """Evenly spaced thresholds, both ends among them."""

    start: Annotated[float, Field(ge=0, alias="from")]
    """Lowest."""
    end: Annotated[float, Field(gt=0, alias="to")]
    """Highest."""
    steps: Annotated[int, Field(ge=2, le=1001)]
    """How many."""

    @model_validator(mode="after")
    def _rising(self) -> ThresholdRange:
        if not self.start < self.end:
            raise ValueError(f"`from` ({self.start:g}) must be below `to` ({self.end:g})")
        return self


def _kind_of_thresholds(value: object) -> str | None:
    """Which of the two ways of writing thresholds is meant, so that mistakes are told of that one alone."""
    if isinstance(value, tuple | list):
        return "list"
    return "range" if isinstance(value, dict | ThresholdRange) else None


Threshold = Annotated[float, Field(ge=0)]
Thresholds = Annotated[
    Annotated[tuple[Threshold, ...], Field(min_length=1, max_length=1001), Tag("list")]
    | Annotated[ThresholdRange, Tag("range")],
    Discriminator(
        _kind_of_thresholds,
        custom_error_type="thresholds",
        custom_error_message="write a list of numbers, or `from`, `to` and `steps`",
    ),
]


class CostEffectiveness(SpecModel):
    """One comparison of strategies by what they cost and what they do."""

    outcome: Identifier
    """Outcome of the model that is to be had for the money."""
    perspective: Identifier
    """Perspective whose costs are counted."""
    thresholds: Thresholds
    """What one unit of the outcome may be worth, in SEK: a list, rising, or `{from: 0, to: 200_000, steps: 41}`."""
    calculations: tuple[Identifier, ...] = ()
    """Calculations compared; all if none is named."""

    @field_validator("thresholds", mode="after")
    @classmethod
    def _rising(cls, thresholds: tuple[float, ...] | ThresholdRange) -> tuple[float, ...] | ThresholdRange:
        if isinstance(thresholds, tuple):
            for before, after in pairwise(thresholds):
                if after <= before:
                    raise ValueError(f"thresholds must rise, and {after:g} comes after {before:g}")
        return thresholds

    @property
    def willingness(self) -> tuple[float, ...]:
        """Thresholds one by one."""
        given = self.thresholds
        if isinstance(given, tuple):
            return given
        width = given.end - given.start
        return tuple(given.start + width * k / (given.steps - 1) for k in range(given.steps))


class Limits(SpecModel):
    """Demands on the run; a run that misses one is finished, but ends with exit code 4."""

    mcse: Annotated[float, Field(gt=0)] | None = None
    """Largest Monte Carlo standard error of any calculation's NPV in the headline perspective, SEK/participant."""
    rejected: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Largest share of draws that may be rejected as invalid."""


class Study(SpecModel):
    """What to run (`study.yaml`)."""

    extends: FileName | None = None
    """Study file that this one starts from."""

    study: Identifier
    """Name of the study; results are written to a folder named after it."""
    title: Text
    """Title of the report."""
    question: Text
    """The question that the study answers, in a sentence."""
    caveat: Text | None = None
    """What the study cannot tell; printed under the answer."""
    model: FileName
    """Model file."""
    calculations: Annotated[tuple[FileName, ...], Field(min_length=1, max_length=64)]
    """Calculation files."""
    headline: Identifier
    """Perspective in which calculations are compared first."""
    cohort: Annotated[int, Field(ge=1)] | None = None
    """Participants a year, to state totals for the programme."""
    intake: Annotated[dict[CalendarYear, Participants], Field(max_length=100)] = Field(default_factory=dict)
    """Participants who start in each calendar year, `{2024: 100, 2025: 120}`: what the programme does to budgets."""
    draws: Annotated[int, Field(ge=1, le=1_000_000_000)] = 8192
    """Draws per calculation."""
    keep: Annotated[int, Field(ge=1, le=1_000_000_000)] = KEEP
    """First draws that are kept one by one, in whole chunks of 65 536. Of those beyond, statistics are: means, their
    errors, quantiles and probabilities of net saving are of all draws; what needs single draws is of these."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Seed of all luck."""
    design: Literal["monte_carlo", "latin_hypercube", "sobol"] = "sobol"
    """How the draws fill the space of uncertain parameters."""
    invalid_draws: Literal["stop", "reject"] = "stop"
    """What happens when a draw breaks a rule of the model."""
    limits: Limits = Limits()
    """Demands on the run."""
    differences: Differences = Differences()
    """How the differences between calculations are taken apart."""
    sensitivity: tuple[Sensitivity, ...] = ()
    """Sensitivity analyses inside calculations."""
    cost_effectiveness: tuple[CostEffectiveness, ...] = ()
    """Comparisons of strategies by what they cost and what they do."""
    analyses: tuple[Literal["interactions", "decision", "years", "spread", "who", "information"], ...] = (
        "interactions",
        "decision",
        "years",
        "spread",
        "who",
        "information",
    )
    """Further analyses: `interactions` between assumptions; `decision`, what turns the furthest calculation's into the
    other's; `years`, in which years and at which payers the difference between those two arises; `spread`, what the
    disagreement of all consists of; `who`, how much of it is who calculates and how much what each is unsure of;
    `information`, what it is worth to learn the uncertain parameters."""
    follow_up: tuple[FollowUp, ...] = ()
    """Studies whose worth is computed with `information`, in each calculation that is unsure of what they estimate."""

    @property
    def kept_draws(self) -> int:
        """Draws that are kept one by one."""
        return min(self.draws, -(-self.keep // CHUNK) * CHUNK)

    @property
    def entries(self) -> dict[int, float]:
        """Participants by the calendar year in which they start, the first year first."""
        return {int(year): self.intake[year] for year in sorted(self.intake)}
