"""Comparisons of strategies by cost and effect, as a run keeps them among its analyses."""

from __future__ import annotations

from itertools import product
from typing import Any

import xarray as xr

from engine.results.findings import Findings

PREFIX = "cost_effectiveness/"
"""Beginning of the names of these analyses; outcome and perspective follow."""
DOMINANCE = ("", "dominated", "extendedly dominated", "same as an earlier one")
"""Words for the codes of `dominance`."""


def comparisons(findings: Findings) -> list[xr.Dataset]:
    """Those of a run, in the order of the study."""
    return [ds for name, ds in findings.analyses.items() if name.startswith(PREFIX)]


def incremental_tables(findings: Findings) -> list[dict[str, Any]]:
    """Incremental tables as plain data: a row a comparison, calculation and strategy; nan where there is none."""
    found = []
    for ds in comparisons(findings):
        about = {name: str(ds.attrs[name]) for name in ("outcome", "perspective")}
        for c, s in product(map(str, ds["calculation"].values), map(str, ds["course"].values)):
            at = ds.sel(calculation=c, course=s)
            figures = {"cost": "course_cost", "effect": "course_effect", "icer": "icer"}
            found.append(
                {
                    **about,
                    "calculation": c,
                    "strategy": s,
                    **{key: float(at[name]) for key, name in figures.items()},
                    "status": DOMINANCE[int(at["dominance"])],
                }
            )
    return found
