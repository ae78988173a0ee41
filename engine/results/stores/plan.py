"""plan.json: what a run is to do and with what, written before its first draw; results keep it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from engine.errors import DamagedError
from engine.results.stores.files import write_whole
from engine.run.job import Job
from engine.spec.load import LoadedStudy
from engine.spec.schema.study import CHUNK
from engine.versions import NUMBERS, code_hash, platform_name, versions

PLAN = "plan.json"
_DRAWS_DEPEND_ON = ("numpy", "numba", "llvmlite", "scipy")


@dataclass(frozen=True)
class Plan:
    """A run, told so that another process can do it, or a part of it, and get the same bits."""

    study: str
    key: str
    seed: int
    draws: int
    chunk: int
    """Draws of a chunk."""
    keep: int
    paths: int
    design: str
    reject: bool
    calculations: tuple[str, ...]
    versions: Mapping[str, str]
    code: str
    """Of the floors that decide what a draw gives."""
    platform: str
    study_file: str
    study_files: Mapping[str, str]
    """Text of every file of the study, by name."""

    @classmethod
    def of(cls, study: LoadedStudy, job: Job) -> Plan:
        return cls(
            study=study.study.study,
            key=study.run_key(job.seed),
            seed=job.seed,
            draws=job.draws,
            chunk=CHUNK,
            keep=job.keep,
            paths=job.paths,
            design=job.design,
            reject=job.reject,
            calculations=job.calculations,
            versions=versions(_DRAWS_DEPEND_ON),
            code=code_hash(NUMBERS),
            platform=platform_name(),
            study_file=study.study_file,
            study_files=dict(study.files),
        )

    @property
    def job(self) -> Job:
        return Job(
            calculations=self.calculations,
            draws=self.draws,
            seed=self.seed,
            design=self.design,
            reject=self.reject,
            keep=self.keep,
            paths=self.paths,
        )

    def why_not_from(self, other: Plan) -> str | None:
        """Why draws of another run are not draws of this one, in words; None where they are the same bits.

        The number of draws may differ, but for a Latin hypercube, all of which depends on it.
        """
        if other.key != self.key or other.seed != self.seed:
            return "it is of another study, or of one whose numbers have changed since"
        if other.design == "latin_hypercube" and other.draws != self.draws:
            return f"it has {told(other.draws)} draws, and a Latin hypercube cannot grow"
        if other.chunk != self.chunk:
            return f"its chunks have {told(other.chunk)} draws"
        if other.platform != self.platform:
            return f"it was made on {other.platform}, and this is {self.platform}"
        for name in sorted({*other.versions, *self.versions} - {"python"}):
            before, now = (v.versions.get(name, "not installed") for v in (other, self))
            if before != now:
                return f"it was made with {name} {before}, and this is {name} {now}"
        if other.code != self.code:
            return "it was made by another state of Insats' own code"
        return None

    def write(self, folder: Path) -> None:
        write_whole(folder / PLAN, json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def read_plan(folder: Path) -> Plan:
    """The plan of a run.

    Raises
    ------
    DamagedError : there is none, or it cannot be read.
    """
    try:
        data = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        data = {f.name: data[f.name] for f in fields(Plan)}
        plan = Plan(**{**data, "calculations": tuple(map(str, data["calculations"]))})
        numbers = (plan.draws, plan.chunk, plan.seed, plan.keep, plan.paths)
        if not all(isinstance(n, int) and 0 <= n < 2**63 for n in numbers) or plan.draws < 1 or plan.chunk < 1:
            raise ValueError(f"numbers that no run has: {numbers}")
        if not all(isinstance(t, str) for item in plan.study_files.items() for t in item):
            raise ValueError("files that are no text")
    except FileNotFoundError:
        raise DamagedError(
            f"{folder}: has no {PLAN}, so it is no run, or of an older version; run the study again"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        raise DamagedError(f"{folder}: damaged: {PLAN} cannot be read ({e}); run the study again") from e
    return plan


def told(draws: int) -> str:
    """A number of draws, as text."""
    return f"{draws:,}".replace(",", " ")
