"""The study of a run, written out again and run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import xarray as xr

import engine
from engine.errors import UsageError
from engine.results.copies import write_study_files
from tests.spec.test_compose import extend, include

if TYPE_CHECKING:
    from tests.conftest import StudyFolder


def results_of(files: dict[str, str], main: str = "study.yaml") -> xr.Dataset:
    return xr.Dataset(attrs={"study_files": json.dumps(files), "study_file": main})


def test_a_study_of_shared_files_can_be_run_again_from_its_results(study: StudyFolder, tmp_path: Path) -> None:
    include(study)
    first = engine.run_model(engine.compile_model(study.load()))
    study_file = write_study_files(first, tmp_path / "copy")
    assert study_file == tmp_path / "copy" / "study" / "study.yaml"
    assert (tmp_path / "copy" / "shared" / "tables" / "growth.csv").is_file()
    again = engine.run_model(engine.compile_model(study_file))
    assert again.attrs["key"] == first.attrs["key"]
    np.testing.assert_array_equal(again["npv"].values, first["npv"].values)


def test_findings_read_from_disk_write_their_study(study: StudyFolder, tmp_path: Path) -> None:
    extend(study, "title: Extended\n")
    study.patch(
        "study.yaml", "sensitivity:\n  - {method: sobol, calculations: [controller], n: 64}\n", "analyses: []\n"
    )
    findings = engine.run_study(study.load())
    engine.write_results(findings, tmp_path / "out", report=False)
    study_file = engine.write_study(engine.load_findings(tmp_path / "out"), tmp_path / "copy")
    assert engine.load_study(study_file).key == study.load().key


def test_a_study_without_shared_files_is_written_as_it_was(study: StudyFolder, tmp_path: Path) -> None:
    loaded = study.load()
    study_file = write_study_files(results_of(dict(loaded.files)), tmp_path / "copy")
    assert study_file == tmp_path / "copy" / "study.yaml"
    assert engine.load_study(study_file).files == loaded.files


def test_shared_files_in_a_folder_called_study_are_kept_apart(tmp_path: Path) -> None:
    files = {"study.yaml": "a", "../study/prices.yaml": "b", "../study_/x.csv": "c"}
    assert write_study_files(results_of(files), tmp_path / "copy") == tmp_path / "copy" / "study__" / "study.yaml"
    assert (tmp_path / "copy" / "study" / "prices.yaml").read_text() == "b"


@pytest.mark.parametrize(
    "name", ["../../evil.yaml", "/evil.yaml", "a/../../evil.yaml", "..", "../a/../../evil.csv", "C:/evil", "a\\b", ""]
)
def test_names_in_results_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="do not hold the files"):
        write_study_files(results_of({"study.yaml": "a", name: "x"}), tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_study_files(results_of({"study.yaml": "a"}), tmp_path)
    with pytest.raises(UsageError, match="do not hold the files"):
        write_study_files(xr.Dataset(), tmp_path / "new")
