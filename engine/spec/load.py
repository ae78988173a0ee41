"""A folder of files -> a study: read, validated, checked. All problems of all files are told at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import Problem, SpecError
from engine.spec.checks import check
from engine.spec.compose import Composer
from engine.spec.files import LARGEST_STUDY, MOST_FILES, FileError, inside, read_text
from engine.spec.loaded import LoadedStudy, key_of
from engine.spec.pieces import without_idle
from engine.spec.schema import Calculation, Model, SpecModel, Study
from engine.spec.tables import (
    CsvError,
    Occupancy,
    SourceRow,
    TableData,
    id_place,
    read_occupancy,
    read_price_index,
    read_sources,
    read_table,
)
from engine.spec.validation import validate
from engine.spec.yaml import Document, Loc, Marks, problems_of, read_yaml

__all__ = ["LoadedStudy", "SourceRow", "TableData", "load_study"]

STUDY_FILE = "study.yaml"

M = TypeVar("M", bound=SpecModel)
T = TypeVar("T")


def load_study(path: str | Path) -> LoadedStudy:
    """Read a study and everything that it names.

    Parameters
    ----------
    path : folder that holds `study.yaml`, or the study file itself.

    Raises
    ------
    SpecError : with every problem found. What refers to what is only checked once each file is sound by itself.
    """
    folder, name = _find(Path(path))
    reading = _Reading(folder)
    other = reading.kind_of(name)
    if other is not None:
        study_folder = next((p for p in (folder, *folder.parents[:2]) if (p / STUDY_FILE).exists()), None)
        where = f"the folder {study_folder}" if study_folder is not None else f"the folder that holds its {STUDY_FILE}"
        raise _refused(folder / name, f"this is {other}, which a study names; give {where}")
    study = reading.read_object(Study, name)
    # Files are read even if the study file has mistakes, as long as it can be seen which they are.
    raw = reading.data(name)
    model_name, calculation_names = raw.get("model"), raw.get("calculations")
    model, extras = None, None
    if isinstance(model_name, str):
        model = reading.read_object(Model, model_name, named_in=(name, ("model",)))
        extras = _Extras.read(reading, model_name)
    calculations: list[Calculation | None] = []
    if isinstance(calculation_names, list):
        for k, other in enumerate(calculation_names):
            loc: Loc = ("calculations", k)
            if not isinstance(other, str):
                continue
            if other in calculation_names[:k]:
                reading.problems.append(reading.marks.problem(name, loc, f"{other!r} is listed twice; keep one"))
                continue
            calculations.append(reading.read_object(Calculation, other, named_in=(name, loc)))
    whole = tuple(c for c in calculations if c is not None)
    if reading.problems or study is None or model is None or extras is None or len(whole) != len(calculations):
        raise SpecError(reading.problems)
    model, left_out = without_idle(model, extras.tables, whole, reading.documents[study.model].included)
    tables = {table: extras.tables[table] for table in model.tables}
    loaded = LoadedStudy(
        folder=folder,
        study_file=name,
        study=study,
        model=model,
        calculations=whole,
        tables=tables,
        price_index=extras.price_index,
        sources=extras.sources,
        files=reading.texts,
        marks=reading.marks,
        key=key_of(study, model, whole, tables, extras.price_index, extras.occupancy),
        left_out=left_out,
        occupancy=extras.occupancy,
    )
    problems = check(loaded)
    if problems:
        raise SpecError(problems)
    return loaded


def _find(path: Path) -> tuple[Path, str]:
    """Folder and name of the study file that the user means."""
    try:
        if path.is_dir():
            if not (path / STUDY_FILE).exists():
                raise _refused(path, f"no {STUDY_FILE} in this folder{_studies_near(path)}")
            return path, STUDY_FILE
        if not path.exists():
            raise _refused(
                path, f"no such file or folder; give the folder that holds {STUDY_FILE}{_studies_near(path.parent)}"
            )
        if path.suffix not in (".yaml", ".yml"):
            raise _refused(path, f"not a YAML file; give the folder that holds {STUDY_FILE}, or that file")
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from None
    return path.parent, path.name


def _refused(path: Path, message: str) -> SpecError:
    return SpecError([Problem(str(path), 0, 0, "", message)])


def _studies_near(folder: Path) -> str:
    """Folders with a study, one level down, for a message."""
    if not folder.is_dir():
        return ""
    found = sorted(str(p.parent) for p in folder.glob(f"*/{STUDY_FILE}"))[:8]
    return f"; studies here: {', '.join(found)}" if found else ""


@dataclass
class _Reading:
    """Files read so far and what was wrong with them."""

    folder: Path
    documents: dict[str, Document] = field(default_factory=dict)
    parsed: dict[str, Document] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.marks = Marks(self.documents, self.paths)
        self.composer = Composer(self._document, self._real, self._note, self.marks, self.documents)

    def read_object(self, kind: type[M], name: str, *, named_in: tuple[str, Loc] | None = None) -> M | None:
        """The object in a YAML file and those that it includes or extends, or None with problems noted."""
        before = len(self.problems)
        document = self.composer.compose(kind, name, named_in)
        if document is None:
            return None
        found, problems = validate(kind, name, document, self.marks)
        self.problems += problems
        return found if len(self.problems) == before else None

    def _document(self, name: str, named_in: tuple[str, Loc] | None) -> Document | None:
        """The document of one file by itself."""
        text = self._read(name, named_in)
        if text is None:
            return None
        document = self._parsed(name, text)
        if not document.faults:
            return document
        self.problems += problems_of(document, self.paths[name])
        return None

    def _parsed(self, name: str, text: str) -> Document:
        """Each file is parsed once: that is most of the time that loading takes."""
        if name not in self.parsed:
            self.parsed[name] = read_yaml(text)
        return self.parsed[name]

    def _real(self, name: str) -> str:
        """What tells whether two names are one file."""
        return os.path.realpath(self.folder / name)

    def _note(self, file: str, loc: Loc, message: str, key: bool) -> None:
        self.problems.append(self.marks.problem(file, loc, message, key=key))

    def kind_of(self, name: str) -> str | None:
        """What a YAML file is, where it is plain to see that it is not a study."""
        text = self._read(name, None)
        data = self._parsed(name, text).data if text is not None else None
        if not isinstance(data, dict) or "study" in data:
            return None
        if {"states", "transitions", "cost_items"} & data.keys():
            return "a model"
        return "a calculation" if {"calculation", "assumptions", "role"} & data.keys() else None

    def read_csv(self, read: Callable[[str], T], name: Any, *, named_in: tuple[str, Loc]) -> T | None:
        """What a CSV file holds, or None with problems noted."""
        if not isinstance(name, str):
            return None
        text = self._read(name, named_in)
        if text is None:
            return None
        try:
            return read(text)
        except CsvError as error:
            self.problems += [Problem(self.paths[name], f.line, f.column, "", f.message) for f in error.faults]
            return None

    def data(self, name: str) -> dict[str, Any]:
        """Plain data of a YAML file that could be read, even if it does not follow the grammar; else empty."""
        document = self.documents.get(name)
        return document.data if document is not None else {}

    def _read(self, name: str, named_in: tuple[str, Loc] | None) -> str | None:
        if name in self.texts:
            return self.texts[name]
        try:
            self._check_amount()
            path = inside(self.folder, name)
        except FileError as error:
            if named_in is None:
                self.problems.append(Problem(str(self.folder / name), 0, 0, "", error.message))
            else:
                self.problems.append(self.marks.problem(*named_in, error.message))
            return None
        self.paths[name] = str(path)
        try:
            self.texts[name] = read_text(path)
        except FileError as error:
            self.problems.append(Problem(str(path), error.line, error.column, "", error.message))
            return None
        return self.texts[name]

    def _check_amount(self) -> None:
        """Raises `FileError` where a study would not end: includes may branch."""
        if len(self.texts) >= MOST_FILES:
            raise FileError(f"the study has more than {MOST_FILES} files")
        if sum(map(len, self.texts.values())) > LARGEST_STUDY:
            raise FileError(f"the files of the study are larger than {LARGEST_STUDY // 1_000_000} MB together")


def _keys(key: object) -> tuple[str, ...]:
    """Key columns of a table, as far as they can be seen."""
    keys = key if isinstance(key, list) else [key]
    return tuple(k for k in keys if isinstance(k, str)) if all(isinstance(k, str) for k in keys) else ()


@dataclass
class _Extras:
    """What the CSV files of a model hold."""

    tables: dict[str, TableData] = field(default_factory=dict)
    price_index: dict[int, float] = field(default_factory=dict)
    sources: dict[str, SourceRow] = field(default_factory=dict)
    occupancy: tuple[Occupancy, ...] = ()

    @classmethod
    def read(cls, reading: _Reading, model_name: str) -> _Extras:
        """From the model's plain data, so that a mistake elsewhere in the model does not hide those in its tables."""
        extras = cls()
        raw = reading.data(model_name)
        tables = raw.get("tables")
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if isinstance(table, dict) and (key := _keys(table.get("key"))):
                place = (model_name, ("tables", name, "file"))
                found = reading.read_csv(partial(read_table, key=key), table.get("file"), named_in=place)
                if found is not None:
                    extras.tables[name] = found
        index = reading.read_csv(read_price_index, raw.get("price_index"), named_in=(model_name, ("price_index",)))
        extras.price_index = index or {}
        extras.sources = _read_all_sources(reading, model_name, raw.get("sources"))
        begun = raw.get("start_from")
        if isinstance(begun, dict):
            named_in: tuple[str, Loc] = (model_name, ("start_from", "file"))
            extras.occupancy = reading.read_csv(read_occupancy, begun.get("file"), named_in=named_in) or ()
        return extras


def _read_all_sources(reading: _Reading, model_name: str, named: object) -> dict[str, SourceRow]:
    """Sources of all files by id; an id that stands in two of them must say the same in both."""
    found: dict[str, SourceRow] = {}
    owner: dict[str, str] = {}
    for k, name in enumerate(named if isinstance(named, list) else [named]):
        loc: Loc = ("sources", k) if isinstance(named, list) else ("sources",)
        rows = reading.read_csv(read_sources, name, named_in=(model_name, loc)) or {}
        for source, row in rows.items():
            if found.setdefault(source, row) != row:
                line, column, first = (*id_place(reading.texts[name], source), owner[source])
                other = f"{reading.paths[first]}:{id_place(reading.texts[first], source)[0]}"
                message = f"source {source!r} stands in {other} too, and says otherwise; ids must differ"
                reading.problems.append(Problem(reading.paths[name], line, column, "", message))
            owner.setdefault(source, name)
    return found
