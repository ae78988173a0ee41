"""What a study would run, before it is run. Loads neither numpy nor xarray."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import Problem
from engine.spec.load import LoadedStudy
from engine.spec.schema import Sensitivity
from engine.terminal.lines import console, line, paragraph, plain, show, table_of


def outline(study: LoadedStudy, folder: Path) -> dict[str, Any]:
    """What would be run, and where results would go, as plain data."""
    spec, model = study.study, study.model
    calculations = []
    for c in study.calculations:
        shared = {m for row in model.dirichlet.values() for m in row.members}
        shared |= {m for joint in model.joint.values() for m in joint.columns}
        uncertain = {name for name, p in model.parameters.items() if p.dist is not None} | shared
        # A calculation that gives a value alone is certain of it.
        own = {name: a.dist is not None for name, a in c.assumptions.items() if name in model.parameters}
        uncertain = {name for name in uncertain if own.get(name, True)} | {name for name, law in own.items() if law}
        calculations.append(
            {
                "calculation": c.calculation,
                "label": c.label,
                "perspective": c.perspective,
                "perspective_label": model.perspectives[c.perspective].label,
                "own_assumptions": len(c.assumptions),
                "uncertain_parameters": len(uncertain),
            }
        )
    differences = [f"differences, {spec.differences.draws} draws"] if len(calculations) > 1 else []
    comparisons = [f"cost-effectiveness of {c.outcome}, {c.perspective}" for c in spec.cost_effectiveness]
    return {
        "study": spec.study,
        "title": spec.title,
        "key": study.key,
        "draws": spec.draws,
        "kept_draws": spec.kept_draws,
        "seed": spec.seed,
        "design": spec.design,
        "counts": {
            "states": len(model.states),
            "payers": len(model.payers),
            "strategies": len(model.strategies),
            "calculations": len(calculations),
            "parameters": len(model.parameters),
            "choices": len(model.choices),
            "cycles": model.time.cycles,
        },
        "cycle_length": model.time.cycle_length,
        "calculations": calculations,
        "analyses": differences + [_told(s) for s in spec.sensitivity] + comparisons,
        "folder": str(folder),
    }


def _told(asked: Sensitivity) -> str:
    """A sensitivity analysis in few words."""
    by = "" if asked.by is None else f" by {asked.by}"
    choices, groups = " with choices" if asked.choices else "", " in groups" if asked.groups else ""
    size = "" if asked.n is None else f", n {asked.n}"
    precision = "" if asked.precision is None else f", precision {asked.precision:g}"
    return f"{asked.method}{by}{choices}{groups}{size}{precision}"


def show_outline(found: dict[str, Any], notes: Sequence[str] = (), left_out: Sequence[Problem] = ()) -> None:
    """The outline, to be read before a run, what is to be noted of its draws, and analyses that it would leave out."""
    out = console()
    count = found["counts"]
    line(out, found["title"], style="bold")
    paragraph(
        out,
        f"{count['states']} states, {count['payers']} payers, {count['strategies']} strategies, {count['parameters']} "
        f"parameters, {count['choices']} choices; {count['cycles']} cycles of {found['cycle_length']:g} years.",
    )
    line(out, "")
    rows = [
        (c["label"], c["perspective_label"], str(c["own_assumptions"]), str(c["uncertain_parameters"]))
        for c in found["calculations"]
    ]
    right = ("Own assumptions", "Uncertain parameters")
    show(out, table_of(("Calculation", "In the view of"), right, rows))
    line(out, "")
    line(out, f"Draws     {plain(found['draws'])} per calculation, design {found['design']}, seed {found['seed']}")
    if found["draws"] > found["kept_draws"]:
        line(out, f"Kept      the first {plain(found['kept_draws'])} draws one by one; of all of them, statistics")
    line(out, f"Analyses  {'; '.join(found['analyses']) or 'none'}")
    line(out, f"Results   {found['folder']}")
    for note in notes:
        paragraph(out, f"Note: {note}")
    for one in left_out:
        paragraph(out, f"Left out: {one.path}:{one.line}:{one.column}  {one.where}: {one.message}")
    these = "One analysis" if len(left_out) == 1 else f"{len(left_out)} analyses"
    line(out, "No problems found." + (f" {these} would be left out, as told above." if left_out else ""))
