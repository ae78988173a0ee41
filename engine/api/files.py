"""Findings written to a folder and read back."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from engine.api.calls import Progress
from engine.api.models import compile_model
from engine.results import export
from engine.results import export_economics as economics
from engine.results.copies import write_study_files
from engine.results.describe import describe
from engine.results.findings import Findings
from engine.results.folder import MARK, replacing
from engine.results.stores.arrays import ZARR
from engine.results.stores.manifest import read_manifest, refuse_if_damaged, write_manifest
from engine.results.stores.zarr import read_zarr, write_zarr
from engine.spec.load import LoadedStudy

REPORT, FIGURES = "report.html", "figures"


def write_results(
    findings: Findings,
    folder: str | Path,
    *,
    report: bool = True,
    language: str = "en",
    progress: Progress | None = None,
) -> Path:
    """Write a folder of results, whole or not at all; a folder of older results is replaced.

    Raises
    ------
    UsageError : the folder cannot be written, or holds something else than results.
    """
    folder = Path(folder)
    with replacing(folder) as draft:
        write_files(findings, draft, report=report, language=language, progress=progress)
        about = {name: findings.provenance.get(name) for name in ("study", "key", "draws")}
        write_manifest(draft, about)
    return folder


def write_files(
    findings: Findings,
    draft: Path,
    *,
    report: bool,
    language: str,
    stored: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write everything but the manifest into a folder that is not in its place yet.

    Parameters
    ----------
    stored : the folder's store has the outcomes of each draw already.
    """
    write_zarr(findings, draft / ZARR, stored=stored)
    for name, text in {
        "summary.json": export.summary_json(findings),
        "npv.csv": export.npv_csv(findings),
        "differences.csv": export.differences_csv(findings),
        "sensitivity.csv": export.sensitivity_csv(findings),
        "cost_effectiveness.csv": economics.cost_effectiveness_csv(findings),
        "cost_effectiveness_curves.csv": economics.cost_effectiveness_curves_csv(findings),
        "outcomes.csv": economics.outcomes_csv(findings),
        "subgroups.csv": economics.subgroups_csv(findings),
        "occupancy.csv": export.occupancy_csv(findings),
        "budget.csv": export.budget_csv(findings),
        MARK: export.run_json(findings),
    }.items():
        if text is not None:
            (draft / name).write_text(text, encoding="utf-8", newline="")
    if report:
        if progress is not None:
            progress("report", 0, 1)
        write_report(findings, draft / REPORT, language=language, figures=draft / FIGURES)
        if progress is not None:
            progress("report", 1, 1)


def write_study(findings: Findings, folder: str | Path) -> Path:
    """Write the study that findings come from into a new folder, shared files and all, so that it can be run again.

    Returns
    -------
    Its study file.

    Raises
    ------
    UsageError : the folder is there already, or cannot be written.
    """
    return write_study_files(findings.results, Path(folder))


def load_findings(folder: str | Path) -> Findings:
    """Read a folder of results.

    Raises
    ------
    DamagedError : it is not one, it is unfinished, or anything in it is not as it was written.
    """
    return _load(Path(folder))


def rewrite_report(folder: str | Path, *, language: str = "en") -> Path:
    """Write the report and figures of a folder of results again, into the folder; they may be missing or damaged.

    Raises
    ------
    DamagedError : as `load_findings`, of everything else in the folder.
    """
    folder = Path(folder)
    findings = _load(folder, but=(REPORT, FIGURES))
    about, _ = read_manifest(folder)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as name:
        draft = Path(name)
        write_report(findings, draft / REPORT, language=language, figures=draft / FIGURES)
        shutil.rmtree(folder / FIGURES, ignore_errors=True)
        if (draft / FIGURES).is_dir():
            (draft / FIGURES).rename(folder / FIGURES)
        (draft / REPORT).replace(folder / REPORT)
    write_manifest(folder, about)
    return folder / REPORT


def _load(folder: Path, *, but: Collection[str] = ()) -> Findings:
    refuse_if_damaged(folder, but=but)
    return read_zarr(folder / ZARR, json.loads((folder / MARK).read_text(encoding="utf-8")))


def write_report(
    findings: Findings, path: str | Path, *, language: str = "en", figures: str | Path | None = None
) -> Path:
    """Write the report as one self-contained HTML file, and each figure as SVG if a folder for them is named."""
    from engine.report.page import write_report as write  # drawing is slow to load, and few calls need it

    return write(findings, path, language=language, figures=figures)


def draw_model(study: LoadedStudy | str | Path, path: str | Path, *, language: str = "en") -> Path:
    """Draw the model of a study as SVG: states, how many move between them, where the interventions act.

    Nothing is simulated: figures are of the baseline of the calculation with the longest horizon, at point values.

    Parameters
    ----------
    path : the SVG file; its folder is made. The file is complete or not there.
    language : `en` or `sv`; names that the study gives stay as written.

    Returns
    -------
    `path` as a Path.

    Raises
    ------
    SpecError : with every mistake found in the study.
    UsageError : no such language, or a file that cannot be written.
    """
    from engine.report.model_figure import write_model  # drawing is slow to load, and few calls need it

    model = compile_model(study)
    return write_model(describe(model.study, model.inputs), path, language=language)
