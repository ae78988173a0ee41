"""What a result is about, in words: labels, assumptions and sources, carried beside the numbers.

A report is written from numbers and this alone; it never opens a study.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.spec.tables import SourceRow


@dataclass(frozen=True)
class Named:
    """A payer, state or strategy."""

    name: str
    label: str


@dataclass(frozen=True)
class PerspectiveEntry:
    name: str
    label: str
    payers: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeEntry:
    """What a model counts beside money."""

    name: str
    label: str
    unit: str
    better: Literal["more", "less"]
    events: bool = False
    """It is a count of events, each counted alike whenever it happens: one can say how many participants it takes to
    prevent or gain one."""


@dataclass(frozen=True)
class SubgroupEntry:
    """A part of the cohort."""

    name: str
    label: str
    shares: dict[str, float | None]
    """By calculation: share of the cohort at its point values; None where that cannot be said without a draw."""


@dataclass(frozen=True)
class CalculationEntry:
    name: str
    label: str
    role: str
    why: str
    perspective: str
    perspective_why: str | None


@dataclass(frozen=True)
class LawEntry:
    """Law of an uncertainty in parts, for whoever tells it in another language or in per cent."""

    shape: str
    """A family, `bounded_beta`, `dirichlet`, or `joint` for what is drawn from a table of draws."""
    figures: dict[str, str]
    """Of `low`, `high`, `mode`, `mean` and `sd` those that it is told by, with the digits that its spread supports."""
    values: int = 0
    """How many a discrete or empirical law has."""
    table: str = ""
    """Of joint draws."""
    others: tuple[str, ...] = ()
    """Labels of those that it is drawn together with."""
    correlated: tuple[tuple[str, str], ...] = ()
    """Rank correlations, each with the label of the other."""


@dataclass(frozen=True)
class AssumptionValue:
    """How one calculation sets an assumption."""

    text: str
    """In short: `2`, `2, uncertain: lognormal, mean 2.09, sd 0.64`, or the alternative taken of a choice."""
    point: float | None
    """Point value of a parameter, in its own unit and price year; None for a choice."""
    own: bool
    """The calculation sets it itself, rather than taking the model's."""
    why: str | None
    source: str | None
    assumption: str | None
    law: str = ""
    """Law of the uncertainty, in English; empty where the calculation is certain."""
    mean: float | None = None
    """Mean of the law, which is what counts in a run; None where the calculation is certain."""
    used: bool = True
    """Some expression reads it, given the choices that the calculation takes."""
    told: LawEntry | None = None
    """The law in parts; None where the calculation is certain, and in results of a version that had only words."""


@dataclass(frozen=True)
class AssumptionEntry:
    """A parameter or choice, side by side over calculations."""

    name: str
    label: str
    kind: Literal["parameter", "choice", "perspective"]
    unit: str
    price_year: int | None
    theme: str
    default: AssumptionValue
    values: dict[str, AssumptionValue]
    """By calculation."""
    differs: bool
    """At least two calculations set it differently."""
    uncertain: bool
    """At least one calculation has a law for it."""
    bundle: str | None = None
    """Assumptions of one bundle move together between calculations, under this name."""
    alternatives: dict[str, str] = field(default_factory=dict)
    """Labels of a choice's alternatives by name, in the order of the model; empty for what is no choice."""


@dataclass(frozen=True)
class TableEntry:
    """A table of figures in a file."""

    name: str
    file: str
    source: str | None
    assumption: str | None


@dataclass(frozen=True)
class ChangeEntry:
    """What one effect of a strategy does to a move between two states."""

    strategy: str
    effect: str
    """Name of the effect for people; empty where it has none."""
    kind: Literal["hazard_ratio", "odds_ratio", "risk_ratio", "difference", "complement"]
    """`complement`: it gives up, in proportion, what the effect adds to other moves, or takes what it removes."""
    expression: str
    """As written; empty for a complement."""
    value: float | None
    """Ratio or difference at the start of the effect, fade-out left aside; None for a complement."""


Given = Literal["probability", "hazard", "time_to_event", "logit", "rest"]
"""How a transition is written."""


@dataclass(frozen=True)
class MoveEntry:
    """A transition between two different states."""

    source: str
    target: str
    given: Given
    """Probability per cycle, hazard per year, or whoever is left."""
    expression: str
    """As written; empty for whoever is left."""
    per_year: float
    """Share of the participants that makes the move in a year of the baseline: mean up to the horizon."""
    changes: tuple[ChangeEntry, ...] = ()


@dataclass(frozen=True)
class Movement:
    """How people move between states in the baseline, and what strategies change in it; uncertainty left aside."""

    calculation: str
    """Whose values the figures follow from: the calculation with the longest horizon."""
    horizon: float
    """Of that calculation, in years."""
    start: dict[str, float]
    """Share of the participants in each state at the start."""
    moves: tuple[MoveEntry, ...]
    """In the order written."""


@dataclass(frozen=True)
class Description:
    """Everything about a study that a reader of its results needs and numbers do not say."""

    study: str
    title: str
    question: str
    headline: str
    cohort: int | None
    price_year: int
    start_age: float
    start_year: int
    cycle_length: float
    cycles: int
    baseline: Named
    interventions: tuple[Named, ...]
    payers: tuple[Named, ...]
    perspectives: tuple[PerspectiveEntry, ...]
    states: tuple[Named, ...]
    themes: dict[str, str]
    calculations: tuple[CalculationEntry, ...]
    assumptions: tuple[AssumptionEntry, ...]
    sources: tuple[SourceRow, ...]
    tables: tuple[TableEntry, ...] = ()
    caveat: str | None = None
    """What the study cannot tell, in its author's words."""
    movement: Movement | None = None
    """How people move; None in results of versions that did not keep it."""
    outcomes: tuple[OutcomeEntry, ...] = ()
    subgroups: tuple[SubgroupEntry, ...] = ()

    def to_json(self) -> str:
        """One line of JSON, keys in field order."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Description:
        """Inverse of `to_json`."""
        raw: dict[str, Any] = json.loads(text)

        def value(v: dict[str, Any]) -> AssumptionValue:
            told = v.get("told")
            return AssumptionValue(**{**v, "told": None if told is None else _law(told)})

        return cls(
            **{
                **raw,
                "baseline": Named(**raw["baseline"]),
                "interventions": tuple(Named(**x) for x in raw["interventions"]),
                "payers": tuple(Named(**x) for x in raw["payers"]),
                "states": tuple(Named(**x) for x in raw["states"]),
                "perspectives": tuple(
                    PerspectiveEntry(x["name"], x["label"], tuple(x["payers"])) for x in raw["perspectives"]
                ),
                "calculations": tuple(CalculationEntry(**x) for x in raw["calculations"]),
                "assumptions": tuple(
                    AssumptionEntry(
                        **{
                            **x,
                            "default": value(x["default"]),
                            "values": {k: value(v) for k, v in x["values"].items()},
                        }
                    )
                    for x in raw["assumptions"]
                ),
                "sources": tuple(SourceRow(**x) for x in raw["sources"]),
                "tables": tuple(TableEntry(**x) for x in raw.get("tables", ())),
                "movement": _movement(raw.get("movement")),
                "outcomes": tuple(OutcomeEntry(**x) for x in raw.get("outcomes", ())),
                "subgroups": tuple(SubgroupEntry(**x) for x in raw.get("subgroups", ())),
            }
        )


def _law(raw: dict[str, Any]) -> LawEntry:
    pairs = tuple((rank, label) for rank, label in raw["correlated"])
    return LawEntry(**{**raw, "others": tuple(raw["others"]), "correlated": pairs})


def _movement(raw: dict[str, Any] | None) -> Movement | None:
    if raw is None:
        return None
    moves = (MoveEntry(**{**m, "changes": tuple(ChangeEntry(**c) for c in m["changes"])}) for m in raw["moves"])
    return Movement(**{**raw, "moves": tuple(moves)})
