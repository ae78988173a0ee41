"""Datasets, stores and files of results."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import engine
from engine.api import Settings
from engine.errors import DamagedError, UsageError
from engine.results import export
from engine.results.dataset import build_dataset
from engine.results.description import Description
from engine.results.findings import Findings
from engine.results.folder import check_target, replacing
from engine.results.stores.zarr import read_zarr, write_zarr
from engine.vocabulary import DIMENSIONS, VARIABLES

OURS = '{"study": "x", "key": "x", "versions": {}}'
CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture(scope="module")
def findings() -> Findings:
    return engine.run_study(CONFIGS / "two_state", draws=128)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_variable_carries_dims_unit_and_meaning_of_the_vocabulary(findings: Findings) -> None:
    for dataset in (findings.results, findings.summary, *findings.differences, *findings.sensitivity):
        for name, variable in dataset.data_vars.items():
            assert variable.dims == VARIABLES[str(name)].dims
            assert variable.attrs["units"] == VARIABLES[str(name)].unit
            assert variable.attrs["long_name"]
        assert set(map(str, dataset.dims)) <= set(DIMENSIONS)


def test_a_name_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(KeyError):
        build_dataset({"profit": np.zeros(1)}, {})
    with pytest.raises(ValueError, match="dimensions"):
        build_dataset({"status": np.zeros(1)}, {})


def test_results_carry_what_is_needed_to_repeat_them(findings: Findings) -> None:
    for name in ("study", "key", "seed", "draws", "design", "replicates", "description"):
        assert name in findings.results.attrs
    assert {"insats", "numpy", "numba", "python"} <= set(findings.provenance["versions"])


def test_reported_is_each_calculations_own_perspective(findings: Findings) -> None:
    npv = findings.results["npv"].isel(strategy=0)
    for calculation in findings.description.calculations:
        at = npv.sel(calculation=calculation.name)
        own = at.sel(party=calculation.perspective)
        np.testing.assert_array_equal(at.sel(party="reported").values, own.values)


def test_a_description_survives_json(findings: Findings) -> None:
    assert Description.from_json(findings.description.to_json()) == findings.description


def test_findings_survive_the_store(findings: Findings, tmp_path: Path) -> None:
    again = read_zarr(write_zarr(findings, tmp_path / "x.zarr"), findings.provenance)
    xr.testing.assert_identical(again.results, findings.results)
    xr.testing.assert_identical(again.summary, findings.summary)
    for kind in ("differences", "sensitivity"):
        assert len(getattr(again, kind)) == len(getattr(findings, kind)) == 1
        for a, b in zip(getattr(again, kind), getattr(findings, kind), strict=True):
            xr.testing.assert_identical(a, b)
    assert set(again.analyses) == set(findings.analyses)
    assert {"spread/coaching", "decision/coaching", "years/coaching", "information/wary"} <= set(again.analyses)
    for name, dataset in findings.analyses.items():
        xr.testing.assert_identical(again.analyses[name], dataset)
    assert again.notes == findings.notes
    assert again.provenance == findings.provenance
    assert again.description == findings.description


def test_something_else_than_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="damaged"):
        read_zarr(tmp_path, {})


def test_npv_csv_has_a_row_for_every_party_and_agrees_with_the_summary(findings: Findings) -> None:
    found = rows(export.npv_csv(findings))
    assert list(found[0]) == export.NPV_COLUMNS
    assert len(found) == 2 * 1 * 5
    row = next(r for r in found if r["calculation"] == "hopeful" and r["payer_or_perspective"] == "society")
    assert row["mean"] == "65200.00"
    assert row["p_positive"] == "1.000000"
    wary = next(r for r in found if r["calculation"] == "wary" and r["payer_or_perspective"] == "society")
    assert wary["payback_year"] == "inf" or float(wary["payback_year"]) > 0


def test_contributions_in_the_file_add_up_to_the_difference_of_the_means(findings: Findings) -> None:
    found = rows(export.differences_csv(findings))
    assert list(found[0]) == export.DIFFERENCES_COLUMNS
    total = sum(float(r["shapley"]) for r in found if r["perspective"] == "society")
    assert total == pytest.approx(10_000 - 65_200, abs=0.05)
    assert not any(r["assumption"] == "perspective" for r in found if r["perspective"] != "reported")


def test_sensitivity_csv_names_parameter_and_index(findings: Findings) -> None:
    found = rows(export.sensitivity_csv(findings))
    assert list(found[0]) == export.SENSITIVITY_COLUMNS
    assert {r["parameter"] for r in found} == {"risk_ratio"}
    assert {r["method"] for r in found} == {"oneway"}


def test_summary_json_is_valid_and_holds_no_number_that_json_lacks(findings: Findings) -> None:
    content = json.loads(export.summary_json(findings), parse_constant=lambda c: pytest.fail(c))
    names = [c["name"] for c in content["calculations"]]
    assert names == ["hopeful", "wary"]
    for gap in content["differences"]:
        assert sum(gap["shapley"].values()) == pytest.approx(gap["gap"], abs=1e-6)
    assert json.loads(export.run_json(findings))["draws"] == 128


@pytest.mark.parametrize(("threads", "block"), [(2, 256), (1, 512)])
def test_files_have_the_same_bytes_for_any_threads_and_blocks(threads: int, block: int) -> None:
    study = CONFIGS / "norrkoping"
    model = engine.compile_model(study)

    def npv(settings: Settings) -> str:
        results = engine.run_model(model, draws=1500, settings=settings)
        about = Description.from_json(results.attrs["description"])
        return export.npv_csv(Findings(about, results, engine.summarize(results)))

    assert npv(Settings(threads=1, block=1024)) == npv(Settings(threads=threads, block=block))


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "out" / "results"
    with replacing(target) as draft:
        (draft / "run.json").write_text(OURS)
        (draft / "npv.csv").write_text("first")
    assert (target / "npv.csv").read_text() == "first"

    def fail() -> None:
        with replacing(target) as draft:
            (draft / "run.json").write_text(OURS)
            raise RuntimeError("lost")

    with pytest.raises(RuntimeError, match="lost"):
        fail()
    assert (target / "npv.csv").read_text() == "first"
    with replacing(target) as draft:
        (draft / "run.json").write_text(OURS)
    assert sorted(p.name for p in target.iterdir()) == ["run.json"]
    assert [p.name for p in target.parent.iterdir()] == ["results"]


def test_what_somebody_put_into_a_folder_of_results_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "results"
    with replacing(target) as draft:
        (draft / "run.json").write_text(OURS)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes.txt"), replacing(target):
        pass
    assert (target / "notes.txt").read_text() == "mine"
    (target / "notes.txt").unlink()
    (target / "run.json").write_text('{"scripts": {}}')
    with pytest.raises(UsageError, match="left alone"):
        check_target(target)


def test_the_old_folder_comes_back_if_the_new_cannot_be_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "results"
    with replacing(target) as draft:
        (draft / "run.json").write_text(OURS)
    rename = Path.rename

    def refuse(self: Path, to: Path) -> Path:
        if to == target and self.parent == tmp_path:
            raise OSError(5, "Input/output error")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refuse)

    def put() -> None:
        with replacing(target) as draft:
            (draft / "run.json").write_text(OURS)
            (draft / "npv.csv").write_text("new")

    with pytest.raises(UsageError, match="Input/output error"):
        put()
    assert [p.name for p in target.iterdir()] == ["run.json"]
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="left alone"):
        check_target(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        check_target(tmp_path / "thesis.docx")
    with pytest.raises(UsageError, match="is a file"):
        check_target(tmp_path / "thesis.docx" / "deeper")


def test_write_results_leaves_the_files_that_others_read(findings: Findings, tmp_path: Path) -> None:
    folder = engine.write_results(findings, tmp_path / "r", report=False)
    names = {p.name for p in folder.iterdir()}
    tables = {"npv.csv", "differences.csv", "sensitivity.csv", "occupancy.csv", "budget.csv"}
    assert names == {"run.json", "summary.json", "results.zarr", "MANIFEST.json"} | tables
    assert engine.load_findings(folder).description == findings.description


@pytest.mark.parametrize("harm", ["cut", "metadata", "group"])
def test_a_damaged_store_is_told_and_not_read(findings: Findings, tmp_path: Path, harm: str) -> None:
    import shutil

    path = write_zarr(findings, tmp_path / "x.zarr")
    if harm == "cut":
        chunk = next(p for p in sorted((path / "results" / "npv").rglob("*")) if p.is_file() and p.name != "zarr.json")
        chunk.write_bytes(chunk.read_bytes()[:10])
    elif harm == "metadata":
        (path / "results" / "zarr.json").write_text("{")
    else:
        shutil.rmtree(path / "summary")
    with pytest.raises(DamagedError, match="damaged"):
        read_zarr(path, {})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"name": "zstd"', '"name": "numcodecs.pickle"', "numcodecs.pickle"),
        ('"shape": [', '"shape": [1000000000000, ', "more than 64 GB"),
        ('"zarr_format": 3', '"zarr_format": 2', "zarr format 2"),
    ],
)
def test_a_store_that_unpacks_to_something_strange_is_refused_before_it_is_unpacked(
    findings: Findings, tmp_path: Path, old: str, new: str, expected: str
) -> None:
    path = write_zarr(findings, tmp_path / "x.zarr")
    about = path / "results" / "npv" / "zarr.json"
    text = about.read_text()
    assert old in text
    about.write_text(text.replace(old, new))
    with pytest.raises(DamagedError, match=expected):
        read_zarr(path, {})


def test_a_link_in_a_store_is_refused(findings: Findings, tmp_path: Path) -> None:
    path = write_zarr(findings, tmp_path / "x.zarr")
    chunk = next(p for p in (path / "results" / "npv" / "c").rglob("*") if p.is_file())
    (tmp_path / "elsewhere").write_bytes(chunk.read_bytes())
    chunk.unlink()
    chunk.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DamagedError, match="is a link"):
        read_zarr(path, {})


def test_how_people_move_is_kept_with_the_results_and_older_results_are_read_without(findings: Findings) -> None:
    about = Description.from_json(findings.results.attrs["description"])
    assert about == findings.description
    assert about.movement is not None
    find, lose = about.movement.moves
    assert (find.source, find.target, find.given, find.expression) == (
        "out_of_work", "at_work", "probability", "find_work",
    )  # fmt: skip
    assert [(c.strategy, c.kind, c.expression, c.value) for c in find.changes] == [
        ("coaching", "risk_ratio", "risk_ratio", 2.0)
    ]
    assert lose.changes == ()
    older = json.loads(about.to_json())
    del older["movement"]
    assert Description.from_json(json.dumps(older)).movement is None
