"""A study as it was written, read and found free of mistakes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from engine.spec.schema import Calculation, Expr, Model, Study
from engine.spec.tables import SourceRow, TableData
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

_LATER = frozenset(
    {"correlations", "dirichlet", "joint", "signs_in", "start_from", "subgroups", "dynamics", "outcomes", "tunnel"}
    | {"time_to_event", "logit", "strategies", "growth", "marginal_share", "ramp_up", "dropout", "combines"}
    | {"boundary_weight", "cost_effectiveness"}
)
"""Fields that the grammar has not always had: left out where nothing is said, so that older studies
keep their key."""


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
    """Text of every file that was read, by its name in the folder; line ends are `\\n`."""
    marks: Marks
    """Where everything stands in the YAML files."""
    key: str
    """12 hexadecimal digits of a hash over what determines the numbers."""

    @property
    def start(self) -> Mapping[str, Expr]:
        """Share of the cohort in each state at the start."""
        return self.model.start

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
) -> str:
    """Hash of what determines the numbers: neither words for people, nor how many draws are made.

    The order of payers, states and so on counts, since results stand in that order and sums are taken in it.
    """
    content = {
        "design": [study.design, study.seed, study.invalid_draws],
        "analyses": [_numbers(study.differences), _numbers(study.sensitivity), list(study.analyses)],
        "model": _numbers(model),
        "calculations": [_numbers(c) for c in calculations],
        "tables": {name: [t.key, list(t.columns.items())] for name, t in tables.items()},
        "price_index": list(price_index.items()),
    }
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def _numbers(value: Any) -> Any:
    """Plain data of an object, without words for people. Names that the analyst chose are kept, whatever they are."""
    if isinstance(value, BaseModel):
        fields = {name: field for name, field in type(value).model_fields.items() if name not in _WORDS}
        return {
            name: _numbers(getattr(value, name))
            for name, field in fields.items()
            if name not in _LATER or getattr(value, name) != field.get_default(call_default_factory=True)
        }
    if isinstance(value, dict):
        return [[key, _numbers(item)] for key, item in value.items()]
    if isinstance(value, tuple):
        return [_numbers(item) for item in value]
    return value
