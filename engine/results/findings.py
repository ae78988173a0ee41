"""Everything that one run found, in one immutable object: what a report is written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from engine.results.description import Description


@dataclass(frozen=True)
class Findings:
    """Results of a study and of the analyses made on it."""

    description: Description
    results: xr.Dataset
    """Per draw and per cycle: `cost`, `npv`, `payback_year`, `mean_cash_flow`, ..."""
    summary: xr.Dataset
    """Over draws: `mean`, `mcse`, `sd`, `npv_quantile`, `p_positive`, ..."""
    differences: tuple[xr.Dataset, ...] = ()
    """`shapley`, `alone`, `total`, ... by pair, party and assumption; one an intervention (attribute `strategy`)."""
    sensitivity: tuple[xr.Dataset, ...] = ()
    """One dataset an analysis; attributes `method`, `calculation`, `party`, `strategy`."""
    analyses: dict[str, xr.Dataset] = field(default_factory=dict)
    """Further analyses by name, such as `accounting`."""
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done, in words."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Study hash, seed, draws, versions, times: what stands in `run.json`."""
