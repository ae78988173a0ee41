"""The grammar: what an analyst may write, as immutable objects.

Every class refuses keys it does not know. The sentence under a field is its documentation: the JSON
Schema that editors complete from is generated from here. Fields of type `Expr` hold text (or a number)
of the small language in `expressions.py`; they are parsed and checked in `checks.py`, never evaluated here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from engine.spec.duration import read_years
from engine.vocabulary import SensitivityMethod

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
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )
    together: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Keys that say one thing between them: a file that extends another and writes one of them replaces them all."""
    signed: ClassVar[tuple[str, ...]] = ()
    """Keys that do not carry over to a file that extends this one."""


# ---------------------------------------------------------------- what can be uncertain


class Traced(SpecModel):
    """A figure with its origin: a source, or an open statement that it is an assumption."""

    source: str | None = None
    """Id of a row in the file named by `sources`."""
    assumption: Text | None = None
    """Why this figure, where no source exists."""


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


# ---------------------------------------------------------------- the cohort model


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


# ---------------------------------------------------------------- parameters that depend on one another


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


class Model(SpecModel):
    """The cohort model and its parameters (`model.yaml`)."""

    together = (("price_index", "price_index_source"), ("start", "start_from"))

    extends: FileName | None = None
    """Model file that this one starts from: mappings are merged, anything else is replaced, `name: null` removes."""
    include: Annotated[tuple[FileName, ...], Field(max_length=64)] = ()
    """Files with sections that are shared between models, such as parameters, tables or payers."""

    title: Text
    """What the model is of."""
    price_year: int
    """Year in whose prices results are given."""
    price_index: FileName | None = None
    """CSV file with columns `year` and `index`, used to bring money of other years to the price year."""
    price_index_source: str | None = None
    """Id of a row in the file named by `sources`."""
    sources: FileName | Annotated[tuple[FileName, ...], Field(min_length=1, max_length=64)] | None = None
    """CSV file, or several, with columns `id`, `quantity`, `unit`, `value`, `low`, `high`, `price_year`,
    `organisation`, `title`, `year`, `address`, `confidence`."""
    time: Time
    """Clock of the model."""
    payers: Annotated[dict[Identifier, Payer], Field(min_length=1)]
    """Who bears costs."""
    perspectives: Annotated[dict[Identifier, Perspective], Field(min_length=1)]
    """Sets of payers, from the narrowest to the widest."""
    themes: dict[Identifier, Text] = Field(default_factory=dict)
    """Names of the themes for people."""
    bundles: dict[Identifier, Text] = Field(default_factory=dict)
    """Names for people of assumptions that move together; without one, the names of those that do are put in a row."""
    parameters: dict[Identifier, Parameter] = Field(default_factory=dict)
    """Named quantities."""
    correlations: tuple[Correlation, ...] = ()
    """Rank correlations between uncertain parameters."""
    dirichlet: dict[Identifier, Dirichlet] = Field(default_factory=dict)
    """Shares that are uncertain together and add up to 1; they move together between calculations."""
    joint: dict[Identifier, Joint] = Field(default_factory=dict)
    """Parameters drawn together from the rows of a table; they move together between calculations."""
    choices: dict[Identifier, Choice] = Field(default_factory=dict)
    """Methodological choices."""
    definitions: dict[Identifier, Definition] = Field(default_factory=dict)
    """Quantities derived from others."""
    functions: dict[Identifier, Function] = Field(default_factory=dict)
    """Formulas with arguments."""
    tables: dict[Identifier, Table] = Field(default_factory=dict)
    """Tables in CSV files."""
    states: Annotated[dict[Identifier, State], Field(min_length=2, max_length=512)]
    """States of the cohort model."""
    start: dict[Identifier, Expr] = Field(default_factory=dict)
    """Share of the cohort in each state at the start; states left out start empty."""
    start_from: StartFrom | None = None
    """Instead of `start`: where another study's run ended."""
    subgroups: Annotated[dict[Identifier, Subgroup], Field(max_length=64)] = Field(default_factory=dict)
    """Parts of the cohort with figures of their own; results are told for each and for all."""
    dynamics: Literal["competing_hazards", "matrix_exponential"] = "competing_hazards"
    """Whether somebody makes one transition in a cycle at most (`competing_hazards`), or any number of them, as the
    exponential of the matrix of all hazards says (`matrix_exponential`; every transition is then a hazard)."""
    transitions: dict[Identifier, dict[Identifier, Transition]]
    """From each state to others. A state without a row is left by nobody."""
    cost_items: Annotated[dict[Identifier, CostItem], Field(min_length=1)]
    """What costs what to whom."""
    outcomes: dict[Identifier, Outcome] = Field(default_factory=dict)
    """What else is counted beside money."""
    strategies: Annotated[dict[Identifier, Strategy], Field(min_length=2, max_length=64)]
    """Courses of action."""
    constraints: tuple[Constraint, ...] = ()
    """Conditions that the assumptions of one calculation must meet together."""

    @property
    def source_files(self) -> tuple[str, ...]:
        """Files of sources, in the order of reading."""
        return (self.sources,) if isinstance(self.sources, str) else self.sources or ()


# ---------------------------------------------------------------- people's calculations


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


# ---------------------------------------------------------------- what to run


CalendarYear = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^(19|20|21)[0-9]{2}$"})]
Participants = Annotated[float, Field(gt=0, le=1e9)]


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
    def entries(self) -> dict[int, float]:
        """Participants by the calendar year in which they start, the first year first."""
        return {int(year): self.intake[year] for year in sorted(self.intake)}
