"""Cost-effectiveness in a terminal: strategies, what they cost and do, and which are worth it."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from rich.console import Console

from engine.analysis.economics import ON_FRONTIER
from engine.report.numbers import last_place
from engine.results.comparisons import DOMINANCE
from engine.results.description import Description
from engine.terminal.lines import NUMBER, line, plain_text, sek, show, table_of


def show_cost_effectiveness(out: Console, about: Description, ds: xr.Dataset) -> None:
    """One incremental table a calculation, the cheapest strategy first."""
    outcome = next(o for o in about.outcomes if o.name == str(ds.attrs["outcome"]))
    perspective = next(p.label for p in about.perspectives if p.name == str(ds.attrs["perspective"]))
    calculations = {c.name: c.label for c in about.calculations}
    strategies = {s.name: s.label for s in (about.baseline, *about.interventions)}
    gained = "gained" if outcome.better == "more" else "avoided"
    for k, name in enumerate(map(str, ds["calculation"].values)):
        if k:
            line(out, "")
        at = ds.sel(calculation=name)
        head = f"Cost-effectiveness, {outcome.label} in the view of {perspective}"
        line(out, f"{head}: {calculations[name]}" if len(about.calculations) > 1 else head, style="bold")
        place = last_place(*np.asarray(at["course_cost"].values), error=_typical(at["course_cost_error"]), digits=6)
        rows = []
        for s in np.argsort(np.asarray(at["course_cost"].values), kind="stable"):
            one = at.isel(course=int(s))
            on_frontier = int(one["dominance"]) == ON_FRONTIER
            rows.append(
                (
                    strategies[str(one["course"].item())],
                    sek(float(one["course_cost"]), place),
                    _amount(float(one["course_effect"])),
                    _or_blank(float(one["incremental_cost"]), place),
                    _amount(float(one["incremental_effect"])),
                    _or_blank(
                        float(one["icer"]), last_place(float(one["icer"]), error=float(one["icer_error"]), digits=6)
                    ),
                    "" if on_frontier else DOMINANCE[int(one["dominance"])],
                )
            )
        right = ("Cost, SEK", outcome.unit, "Added cost", f"{outcome.unit} {gained}", "SEK for one (ICER)", "")
        show(out, table_of(("Strategy",), right, rows))


def _typical(errors: xr.DataArray) -> float:
    values = np.asarray(errors.values, dtype=float)
    finite = values[np.isfinite(values)]
    return float(finite.min()) if finite.size else 0.0


def _amount(value: float) -> str:
    return "" if math.isnan(value) else plain_text(NUMBER.quantity(value, 5))


def _or_blank(value: float, place: int) -> str:
    return "" if math.isnan(value) else sek(value, place)
