"""The model file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from engine.spec.schema.base import Expr, FileName, Identifier, SpecModel, Text
from engine.spec.schema.cohort import (
    Constraint,
    CostItem,
    Item,
    Outcome,
    Payer,
    Perspective,
    StartFrom,
    State,
    Strategy,
    Subgroup,
    Time,
    Transition,
)
from engine.spec.schema.figures import Choice, Correlation, Definition, Dirichlet, Function, Joint, Parameter, Table


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

    @property
    def baseline(self) -> str:
        """The strategy that the others are compared with; one is there once the checks are passed."""
        return next(name for name, strategy in self.strategies.items() if strategy.baseline)

    @property
    def every_item(self) -> tuple[Item, ...]:
        """Cost items, then the items of outcomes."""
        return (*self.cost_items.values(), *(i for outcome in self.outcomes.values() for i in outcome.items.values()))
