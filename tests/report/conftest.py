"""Findings for the tests of the report, made once."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine.report.material import Material
from engine.results.findings import Findings


def _load(name: str) -> ModuleType:
    # Tests are not a package, so the neighbouring file is loaded by its path.
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{name}_findings", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Bar(NamedTuple):
    """A rectangle as it is drawn: the corner where it starts, and what is from there to the opposite one."""

    x: float
    y: float
    width: float
    height: float


@pytest.fixture(scope="session")
def bars_of() -> Callable[[Any], list[Bar]]:
    """All bars of some axes, shape by shape."""

    def bars(ax: Any) -> list[Bar]:
        corners = np.concatenate([shape.get_path().vertices for shape in ax.patches]).reshape(-1, 5, 2)
        return [Bar(*map(float, (*first, *(opposite - first)))) for first, _, opposite, *_ in corners]

    return bars


@pytest.fixture(scope="session")
def synthetic() -> ModuleType:
    return _load("synthetic")


@pytest.fixture(scope="session")
def further() -> ModuleType:
    return _load("further")


@pytest.fixture(scope="session")
def findings(synthetic: ModuleType) -> Findings:
    made: Findings = synthetic.make_findings()
    return made


@pytest.fixture(scope="session")
def few(findings: Findings) -> Findings:
    """Findings of a run without further analyses: a page of them is quickly made."""
    return dataclasses.replace(findings, differences=(), sensitivity=())


@pytest.fixture
def material(findings: Findings) -> Material:
    return Material(findings, "en")
