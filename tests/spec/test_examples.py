"""The examples of configs/README.md: all are grammar, and those of "Further constructs" are studies that run."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

import engine
from engine.analysis.sensitivity import METHODS, traits_of
from engine.spec.check_sizes import SIZES
from engine.spec.schema import Calculation, Model, SpecModel, Study
from engine.spec.yaml import read_yaml

CONFIGS = Path(__file__).parents[2] / "configs"
TEXT = (CONFIGS / "README.md").read_text(encoding="utf-8")
KINDS: dict[str, type[SpecModel]] = {"## study.yaml": Study, "## model.yaml": Model, "## Calculations": Calculation}
DEPTH = {"transitions": 2, "strategies": 2}
"""Levels at which an example adds to what the study has, rather than takes its place; 1 for other keys."""


def blocks(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def section(heading: str, level: str) -> str:
    """From a heading to the next one of its level or above."""
    start = TEXT.index(f"\n{heading}\n")
    ends = [
        m.start() for m in re.finditer(rf"^#{{1,{len(level)}}} ", TEXT, flags=re.MULTILINE) if m.start() > start + 1
    ]
    return TEXT[start : min(ends, default=len(TEXT))]


def parsed(text: str) -> dict[str, Any]:
    document = read_yaml(text)
    assert not document.faults
    assert isinstance(document.data, dict)
    return document.data


FURTHER = blocks(section("### Further constructs", "###"))
WHOLE = [(kind, b) for heading, kind in KINDS.items() for b in blocks(section(heading, "##")) if b not in FURTHER]


@pytest.mark.parametrize(("kind", "block"), WHOLE)
def test_every_example_is_grammar(kind: type[SpecModel], block: str) -> None:
    for key, value in parsed(block).items():
        field = kind.model_fields[key]
        # as JSON, in which a list is as good as a tuple
        TypeAdapter(field.annotation).validate_json(json.dumps(value), strict=True)


def merged(old: Any, new: Any, depth: int) -> Any:
    if depth == 0 or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return old | {key: merged(old.get(key), value, depth - 1) for key, value in new.items()}


@pytest.mark.parametrize("block", FURTHER)
def test_every_further_construct_runs_in_the_small_study(block: str, tmp_path: Path) -> None:
    folder = tmp_path / "two_state"
    shutil.copytree(CONFIGS / "two_state", folder)
    file = folder / "model.yaml"
    model = parsed(file.read_text(encoding="utf-8"))
    before = engine.point_npv(engine.compile_model(folder), "hopeful", strategy="coaching")
    for key, value in parsed(block).items():
        model[key] = merged(model.get(key), value, DEPTH.get(key, 1))
    file.write_text(yaml.safe_dump(model, sort_keys=False), encoding="utf-8")
    compiled = engine.compile_model(folder)
    npv = engine.point_npv(compiled, "hopeful", strategy="coaching")
    assert np.isfinite(list(npv.values())).all()
    # outcomes and further strategies leave the money of the coach as it is
    changes = not set(parsed(block)) <= {"outcomes"} and "both" not in parsed(block).get("strategies", {})
    assert (npv != before) == changes


def test_every_construct_has_an_example() -> None:
    assert len(FURTHER) == len(re.findall(r"^#### ", section("### Further constructs", "###"), flags=re.MULTILINE)) + 1


def test_the_table_of_methods_says_what_each_takes() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| (yes|no) \| (yes|no) \| (yes|no|in groups) \|$", TEXT, re.MULTILINE
    )
    assert {name for name, *_ in rows} == set(METHODS)
    for name, size, choices, groups, dependent in rows:
        method = METHODS[name]()
        takes = traits_of(method)
        assert (choices == "yes") == takes.allows_discrete, name
        assert (groups == "yes") == takes.allows_groups, name
        assert dependent == ("yes" if not takes.needs_independence else "in groups" if takes.allows_groups else "no"), (
            name
        )
        default = size.split(";")[1].strip()
        assert default == ("as many" if name == "efast" else str(method.default_n)), name
        assert ("power of two" in size) == (SIZES[name].power_of_two), name
