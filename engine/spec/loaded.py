"""A study as it was written, read and found free of mistakes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.spec.language import Language, language_of
from engine.spec.schema import Calculation, Expr, Model, Study
from engine.spec.start_from import StartError, taken_over
from engine.spec.tables import Occupancy, SourceRow, TableData
from engine.spec.yaml import Marks

_WORDS = frozenset(
    {
        "label",
        "theme",
        "themes",
        "bundles",
        "source",
        "sources",
        "assumption",
        "why",
        "title",
        "role",
        "perspective_why",
        "caveat",
    }
    | {"price_index_source", "file"}
)
"""Fields that are for people, or that name a file whose content is in the key: a change of them changes no number."""


@dataclass(frozen=True)
class LoadedStudy:
    """All that an analyst wrote, validated."""

    folder: Path
    study_file: str
    """Name of the study file in the folder; `study.model` and `study.calculations` name the others."""
    study: Study
    model: Model
    calculations: tuple[Calculation, ...]
    """In the order of `study.calculations`."""
    tables: Mapping[str, TableData]
    """By the name under which expressions know the table."""
    price_index: Mapping[int, float]
    """By year; empty without a file."""
    sources: Mapping[str, SourceRow]
    """By id; empty without a file."""
    files: Mapping[str, str]
    """Text of every file that was read, by its name from the folder (`../` for those beside it); line ends are
    `\\n`."""
    marks: Marks
    """Where everything stands in the YAML files."""
    key: str
    """12 hexadecimal digits of a hash over what determines the numbers."""
    left_out: frozenset[str] = frozenset()
    """Names that included files bring and nothing uses; they are no part of the model."""
    occupancy: tuple[Occupancy, ...] = ()
    """Where another study's run was at its times; empty unless the model says `start_from`."""

    @cached_property
    def language(self) -> Language:
        """Parses the expressions of this study."""
        return language_of(self.model, self.tables)

    @cached_property
    def start(self) -> Mapping[str, Expr]:
        """Share of the cohort in each state at the start: as the model says, or where another study's run was.

        Raises
        ------
        StartError : that run has no such time, states or shares.
        """
        if self.model.start_from is None:
            return self.model.start
        return taken_over(self.occupancy, self.model.start_from, self.model.states)

    def run_key(self, seed: int | None = None) -> str:
        """Key of a run: the study's, or, with another seed than the study's, one of both.

        The number of draws is not in it: more draws are the same run, grown.
        """
        if seed is None or seed == self.study.seed:
            return self.key
        return hashlib.sha256(f"{self.key} seed {seed}".encode("ascii")).hexdigest()[: len(self.key)]


def key_of(
    study: Study,
    model: Model,
    calculations: tuple[Calculation, ...],
    tables: Mapping[str, TableData],
    price_index: Mapping[int, float],
    occupancy: tuple[Occupancy, ...] = (),
) -> str:
    """Hash of what determines the numbers: neither words for people, nor how many draws are made.

    The order of payers, states and so on counts, since results stand in that order and sums are taken in it.
    """
    content: dict[str, Any] = {
        "design": [study.design, study.seed, study.invalid_draws],
        "analyses": [_numbers(study.differences), _numbers(study.sensitivity), list(study.analyses)],
        "model": _numbers(model),
        "calculations": [_numbers(c) for c in calculations],
        "tables": {name: [_keys(t), list(t.columns.items())] for name, t in tables.items()},
        "price_index": list(price_index.items()),
    }
    if study.intake:
        content["intake"] = sorted(study.intake.items())
    if model.start_from is not None:
        try:
            content["start"] = list(taken_over(occupancy, model.start_from, model.states).items())
        except StartError:  # told by the checks, which have its place
            content["start"] = None
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def _keys(table: TableData) -> list[Any]:
    """One key of numbers as it has always been written, so that older studies keep their key."""
    if len(table.axes) == 1 and table.key:
        return list(table.key)
    return [[axis.name, axis.numbers, axis.words] for axis in table.axes]


def _numbers(value: Any) -> Any:
    """Plain data of an object, without words for people, nor what says nothing else than if it were not written.

    Names that the analyst chose are kept, whatever they are. A grammar that grows leaves older studies their keys.
    """
    if isinstance(value, BaseModel):
        fields = {name: field for name, field in type(value).model_fields.items() if name not in _WORDS}
        return {
            name: _numbers(getattr(value, name))
            for name, field in fields.items()
            if field.is_required() or getattr(value, name) != field.get_default(call_default_factory=True)
        }
    if isinstance(value, dict):
        return [[key, _numbers(item)] for key, item in value.items()]
    if isinstance(value, tuple):
        return [_numbers(item) for item in value]
    return value
