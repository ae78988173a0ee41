"""A chunk function as data: what a process elsewhere needs to compute chunks of the same run.

Text and plain arrays travel, no code: the study is read and compiled again where it arrives, once a process.
"""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from engine import errors
from engine.errors import InsatsError, RunError, UsageError
from engine.failpoints import failpoint
from engine.model.compile import CompiledModel, compile_model
from engine.run.chunks import ChunkFunction
from engine.run.executors.versions import facts, refuse_differences
from engine.run.job import Arrays, ChunkResult, Job
from engine.spec.load import load_study
from engine.spec.written import write_files

_MODELS = 4
"""Studies that a process keeps compiled."""


@dataclass(frozen=True)
class Shipment:
    """All that decides what a chunk gives."""

    files: Mapping[str, str]
    """Text of the study's files by name."""
    study_file: str
    key: str
    """Of the study, to see that it arrived whole."""
    choices: tuple[str, ...]
    """Choices that the model keeps as inputs."""
    job: Job
    grid: Arrays | None
    facts: Mapping[str, str]
    """What numbers depend on where the run was started; also of a worker that joins when the run is under way."""

    @property
    def of_model(self) -> tuple[object, ...]:
        """What a compiled model is known by."""
        return self.study_file, self.choices, tuple(sorted(self.files.items()))


class Failed(NamedTuple):
    """An error foreseen, as data: errors with more than a message do not survive being sent."""

    kind: str
    message: str

    def error(self) -> InsatsError:
        """The error to raise where the result arrives."""
        known = getattr(errors, self.kind, None)
        plain = isinstance(known, type) and issubclass(known, InsatsError) and known.__init__ is Exception.__init__
        return known(self.message) if plain and known is not None else RunError(self.message)


def pack(function: ChunkFunction) -> Shipment:
    """What a worker needs to compute what `function` computes."""
    study = function.model.study
    choices = tuple(name for name in function.model.inputs.names if name in study.model.choices)
    return Shipment(dict(study.files), study.study_file, study.key, choices, function.job, function.grid, facts())


def compute(shipment: Shipment, chunk: int) -> ChunkResult | Failed:
    """Compute a chunk in this process; foreseen errors are told, not raised."""
    failpoint("in_chunk")
    try:
        return ChunkFunction(_model(shipment), shipment.job, shipment.grid)(chunk)
    except InsatsError as e:
        return Failed(type(e).__name__, str(e))


_lock = Lock()
_compiled: dict[tuple[object, ...], CompiledModel] = {}


def _model(shipment: Shipment) -> CompiledModel:
    """Compiled once a process, whoever comes first."""
    refuse_differences(shipment.facts, {socket.gethostname(): facts()})
    with _lock:
        found = _compiled.get(shipment.of_model)
        if found is None:
            with tempfile.TemporaryDirectory(prefix="insats-") as folder:
                study = load_study(write_files(shipment.files, shipment.study_file, Path(folder)))
            if study.key != shipment.key:
                raise UsageError("the study that a worker read is not the one that was sent")
            found = compile_model(study, keep=shipment.choices)
            while len(_compiled) >= _MODELS:
                _compiled.pop(next(iter(_compiled)))
            _compiled[shipment.of_model] = found
        return found
