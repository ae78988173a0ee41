"""Shared by the tests of faults: the marker, the size, and a loaded command to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import StudyFolder
from tests.faults.answering import Answering

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    full = config.getoption("--fault-size") == "full"
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.fault)
            if item.get_closest_marker("long") and not full:
                item.add_marker(pytest.mark.skip(reason="only with --fault-size full"))


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long form was asked for (`--fault-size full`)."""
    return bool(request.config.getoption("--fault-size") == "full")


@pytest.fixture(scope="session")
def checking() -> Iterator[Answering]:
    """A process that has what `insats check` needs, and nothing more."""
    with Answering("engine.spec.load") as loaded:
        yield loaded


@pytest.fixture
def spoilt(study: StudyFolder) -> StudyFolder:
    """The small valid study, to be spoilt."""
    return study
