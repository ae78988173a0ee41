"""The cohort: time, payers, states, transitions, costs, outcomes, strategies and parts of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from engine.spec.duration import read_years
from engine.spec.schema.base import Expr, FileName, Identifier, SpecModel, Text

Years = Annotated[
    float,
    BeforeValidator(read_years),
    Field(gt=0, le=10),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": 10}, {"type": "string"}]}),
]
"""A length of time: a number of years, or `1 month`, `2 weeks`, `1/52`."""


class Time(SpecModel):
    """Clock of the model."""

    cycle_length: Years = 1.0
    """Length of a cycle: a number of years, or text: `1 month` (a twelfth of a year), `2 weeks` (14/365.25), `1/52`."""
    cycles: Annotated[int, Field(ge=1, le=1000)]
    """Number of cycles that are simulated."""
    start_age: Annotated[float, Field(ge=0, le=120)] = 0.0
    """Age of the cohort at the start, in years."""
    start_year: Annotated[int, Field(ge=1900, le=2200)] = 2000
    """Calendar year of the start."""
    horizon: Expr
    """Years within which costs are counted; often a parameter in which calculations differ."""
    discount_rate: Expr
    """Real discount rate per year."""
    discount_timing: Expr = "start"
    """When in the cycle costs are discounted to: `start`, `mid`, `end`, an expression for the share of the cycle
    that has gone, or `continuous`: the mean of the discount factor over the cycle."""
    within_cycle: Expr = "none"
    """Within-cycle correction of person-time: `none` (occupancy at the start of the cycle), `half_cycle`
    (mean of start and end), or an expression for the weight of the end. Or sums over the boundaries of cycles, each
    discounted to its own time: `trapezoid`, `simpson` (1/3 rule). With matrix exponentials also `exact`: time spent
    in each state."""
    boundary_weight: Expr | None = None
    """Instead of `within_cycle`: weight of each boundary of cycles, discounted to its own time; a function of `cycle`,
    0 at the start and the number of cycles at the end."""

    @property
    def by_boundary(self) -> bool:
        """Amounts are summed over the boundaries of cycles."""
        return self.boundary_weight is not None or self.within_cycle in ("trapezoid", "simpson")


class Payer(SpecModel):
    """Somebody who bears costs."""

    label: Text
    """Name for people."""


class Perspective(SpecModel):
    """A set of payers whose costs are counted together. Perspectives may nest."""

    label: Text
    """Name for people."""
    payers: tuple[Identifier, ...] = ()
    """Payers in it."""
    includes: tuple[Identifier, ...] = ()
    """Perspectives whose payers are in it too."""


class State(SpecModel):
    """A state that a member of the cohort can be in."""

    label: Text
    """Name for people."""
    tunnel: Annotated[int, Field(ge=1, le=600)] | None = None
    """Cycles that are told apart by time since the state was entered, where `time_in_state` or `time_to_event` is used;
    the last holds all who have been there longer. As many as are simulated if not given."""


class Transition(SpecModel):
    """How people move from one state to another in a cycle; exactly one of the keys.

    A row with hazards only is competing hazards. In a row with both, hazards act first and the probabilities are
    those of whoever is left, as in tables given survival. Times to events are hazards that depend on time in the state.
    """

    together = (("probability", "hazard", "rest"),)

    probability: Expr | None = None
    """Probability per cycle."""
    hazard: Expr | None = None
    """Rate per year."""
    time_to_event: str | None = None
    """Law of the time from entering the state to this transition, if nothing else came first, in years:
    `exponential(rate)`, `weibull(shape, scale)`, `gompertz(shape, rate)`, `log_logistic(shape, scale)`,
    `lognormal(meanlog, sdlog)`, or `survival(table)`, shares that have not yet left by years."""
    logit: Expr | None = None
    """Log odds against whoever is left (multinomial logit): probabilities exp(x) / (1 + sum of exp(x))."""
    rest: Literal[True] | None = None
    """This target takes whoever is left; without it they stay in the state."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Transition:
        given = (self.probability, self.hazard, self.time_to_event, self.logit, self.rest)
        if sum(x is not None for x in given) != 1:
            raise ValueError("give exactly one of `probability`, `hazard`, `time_to_event`, `logit` or `rest: true`")
        return self

    @property
    def timed(self) -> bool:
        """It acts through a hazard."""
        return self.hazard is not None or self.time_to_event is not None


class Item(SpecModel):
    """An amount per person-year in states, per transition or per participant."""

    together = (("state", "transition", "strategy"),)

    label: Text
    """Name for people."""
    amount: Expr
    """How much; for money of kind `production` the value produced."""
    state: Identifier | tuple[Identifier, ...] | None = None
    """State or states in which it arises, per person-year."""
    transition: str | None = None
    """Transition at which it arises, `from -> to`, per transition; or several, `from, from -> to` or `any -> to`."""
    strategy: Identifier | None = None
    """Strategy whose participants it falls on, per participant."""
    year: Annotated[int, Field(ge=0, le=1000)] | tuple[Annotated[int, Field(ge=0, le=1000)], ...] = 0
    """Programme year or years, from 0, in which it falls on a participant."""
    strategies: tuple[Identifier, ...] = ()
    """Strategies under which it arises in a state or at a transition; all if none is named."""
    growth: Expr = 0
    """Real growth of the amount per year, from the start."""
    marginal_share: Expr = 1
    """Share of an average amount that really changes with one person more or less."""

    @model_validator(mode="after")
    def _one_place(self) -> Item:
        if sum(x is not None for x in (self.state, self.transition, self.strategy)) != 1:
            raise ValueError("give exactly one of `state`, `transition` or `strategy`")
        if self.strategy is None and self.year != 0:
            raise ValueError("`year` belongs to what falls on participants (`strategy`)")
        if self.strategy is not None and self.strategies:
            raise ValueError("`strategies` belongs to states and transitions; `strategy` names whose participants")
        return self

    @property
    def states(self) -> tuple[str, ...]:
        """States in which it arises."""
        return (self.state,) if isinstance(self.state, str) else self.state or ()

    @property
    def years(self) -> tuple[int, ...]:
        """Programme years in which it falls on a participant."""
        return (self.year,) if isinstance(self.year, int) else self.year


class CostItem(Item):
    """Money per person-year in states, per transition or per participant, borne by one payer."""

    payer: Identifier
    """Who bears the cost; with `production`, who receives what is produced."""
    kind: Literal["resource", "transfer", "production"]
    """`resource` uses something up; `transfer` only moves money from `payer` to `to`, so that it cancels where both are
    counted; `production` is a gain."""
    to: Identifier | None = None
    """Who receives a transfer."""
    displacement: Expr = 0
    """Share of the *change* against the baseline that is offset by others' loss (a job taken from somebody)."""

    @model_validator(mode="after")
    def _consistent(self) -> CostItem:
        if (self.kind == "transfer") != (self.to is not None):
            raise ValueError("a transfer, and nothing else, needs `to`: who receives the money")
        if self.strategy is not None and self.displacement != 0:
            raise ValueError("`displacement` belongs to costs of states and transitions")
        return self


class Outcome(SpecModel):
    """Something other than money that a life holds: QALYs, years in work, crimes."""

    label: Text
    """Name for people."""
    unit: Text
    """What it is counted in, such as `QALY` or `crimes`."""
    better: Literal["more", "less"] = "more"
    """Whether more of it is better."""
    discount_rate: Expr | None = None
    """Real discount rate per year; that of the money if not given."""
    items: Annotated[dict[Identifier, Item], Field(min_length=1)]
    """Where how much of it arises."""


class Effect(SpecModel):
    """What an intervention changes: a ratio or difference on transitions, fading over time."""

    label: Text | None = None
    """Name for people."""
    on: str
    """`from, from -> to, to`; `any` on the left is every state that has the transition. Several targets are
    changed in their joint probability and keep their proportions."""
    hazard_ratio: Expr | None = None
    """Ratio of hazards; on a probability p it gives 1 - (1 - p)^ratio."""
    odds_ratio: Expr | None = None
    """Ratio of odds, for transitions given as probabilities."""
    risk_ratio: Expr | None = None
    """Ratio of probabilities, for transitions given as probabilities."""
    difference: Expr | None = None
    """Added to the (joint) probability per cycle, for transitions given as probabilities."""
    fade: Expr = 1
    """Share of the effect that is left, 0 to 1, as a function of time since `start`: `exponential(half_life)`,
    `linear(years)`, `step(years)`, or any expression. A ratio fades on the log scale."""
    start: Expr = 0
    """Years from the start of the model at which the effect begins."""
    duration: Expr | None = None
    """Years that the effect lasts; without it, as long as the fade-out says."""
    ramp_up: Expr = 0
    """Years over which the effect builds up in a straight line, from nothing at `start`; the fade-out counts from
    `start` too."""
    complement: Literal["rest", "others"] = "rest"
    """Where the changed probability is taken from: whoever is left (`rest`), or all other targets of the row in
    proportion (`others`)."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Effect:
        given = (self.hazard_ratio, self.odds_ratio, self.risk_ratio, self.difference)
        if sum(x is not None for x in given) != 1:
            raise ValueError("give exactly one of `hazard_ratio`, `odds_ratio`, `risk_ratio` or `difference`")
        return self


class Strategy(SpecModel):
    """One course of action. Exactly one is the baseline, the counterfactual."""

    label: Text
    """Name for people."""
    baseline: bool = False
    """True for the strategy that the others are compared with."""
    effects: tuple[Effect, ...] = ()
    """What the strategy changes, applied in the order written."""
    uptake: Expr = 1
    """Share of participants who really take part."""
    deadweight: Expr = 0
    """Share of the effect that would have happened anyway."""
    dropout: Expr = 0
    """Rate per year at which participants leave the programme: from then on they move as in the baseline, and cost
    the programme nothing more."""
    combines: tuple[Identifier, ...] = ()
    """Strategies that are carried out together in this one: their effects, in the order named, then its own; their
    costs, and its own."""


class Subgroup(SpecModel):
    """A part of the cohort with figures of its own."""

    label: Text
    """Name for people."""
    share: Expr
    """Its share of the cohort; those of all subgroups add up to 1."""
    start_age: Annotated[float, Field(ge=0, le=120)] | None = None
    """Age at the start, if other than the model's."""
    set: dict[Identifier, Expr] = Field(default_factory=dict)
    """Parameters and definitions that stand for something else in this subgroup: name, and what it stands for,
    `find_work: find_work_women`."""


class StartFrom(SpecModel):
    """Where another study's run ended, or where it was at another time: the mean over its draws."""

    file: FileName
    """`occupancy.csv` of that run, with columns `calculation`, `strategy`, `time`, `state`, `share`."""
    calculation: Identifier
    """Whose calculation of it."""
    strategy: Identifier
    """Under which strategy."""
    time: Annotated[float, Field(ge=0)] | None = None
    """Years from its start; its end if not given."""
    only: tuple[Identifier, ...] = ()
    """States whose members go on, all together as the whole cohort; all states if none is named."""


class Constraint(SpecModel):
    """A condition that the assumptions of one calculation must meet together."""

    require: str
    """Comparison of assumptions, `fade_years <= horizon`."""
    why: Text
    """Why anything else makes no sense."""
