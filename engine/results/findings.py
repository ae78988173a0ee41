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
    differences: xr.Dataset | None = None
    """`shapley`, `alone`, `total`, ... by pair, party and assumption."""
    sensitivity: tuple[xr.Dataset, ...] = ()
    """One dataset an analysis; attributes `method`, `calculation`, `party`, `strategy`."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """Study hash, seed, draws, versions, times: what stands in `run.json`."""
