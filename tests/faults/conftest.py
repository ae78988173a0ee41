"""Shared by the tests of faults: the marker, the size, and a loaded command to ask."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import StudyFolder
from tests.faults import runs
from tests.faults.answering import Answering
from tests.faults.runs import Truth

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.fault)


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


@pytest.fixture(scope="session")
def memory_disk() -> Iterator[Path | None]:
    """A folder on a disk in memory, where waiting for the disk takes no time; None where there is none."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK) or shutil.disk_usage(shared).free < 2_000_000_000:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="insats-faults-", dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def quick(memory_disk: Path | None, tmp_path: Path) -> Iterator[Path]:
    """A folder of the test's own where runs are killed by the dozen; what the disk does is the same there."""
    if memory_disk is None:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory_disk) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """What a run of five chunks leaves that nobody disturbs."""
    return runs.undisturbed(tmp_path_factory.mktemp("undisturbed"))
