"""Findings for the tests of the report, made once."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

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
