"""What methods of sensitivity analysis and their measures are called: keys of messages, for page and terminal alike."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.messages import Messages
from engine.report.numbers import Numbers, last_place

METHODS = {
    "efast": ("sens.name.efast", "sens.method.efast"),
    "rbd_fast": ("sens.name.rbd_fast", "sens.method.rbd_fast"),
    "shapley_effects": ("sens.name.shapley_effects", "sens.method.shapley_effects"),
    "delta": ("sens.name.delta", "sens.method.delta"),
    "pawn": ("sens.name.pawn", "sens.method.pawn"),
    "dgsm": ("sens.name.dgsm", "sens.method.dgsm"),
    "hdmr": ("sens.name.hdmr", "sens.method.hdmr"),
    "regional": ("sens.name.regional", "sens.method.regional"),
}
"""Name of a method and what it does, in words; others are called what they are called in the dataset."""

MEASURES = {
    "S1": "sens.head.first",
    "ST": "sens.head.total",
    "hdmr_S1": "sens.head.first",
    "hdmr_ST": "sens.head.total",
    "shapley_effect": "sens.measure.shapley_effect",
    "delta": "sens.measure.delta",
    "pawn_median": "sens.measure.pawn_median",
    "pawn_max": "sens.measure.pawn_max",
    "dgsm": "sens.measure.dgsm",
    "regional_ks": "sens.measure.regional_ks",
    "regional_p": "sens.measure.regional_p",
    "regional_shift": "sens.measure.regional_shift",
}
"""Heading of a measure; others are headed by their own long name."""


def measures_of(analysis: xr.Dataset) -> list[str]:
    """Measures of single inputs, without the widths of their intervals."""
    return [str(n) for n, v in analysis.data_vars.items() if v.dims == ("parameter",) and not str(n).endswith("_conf")]


def sizes_of(analysis: xr.Dataset) -> NDArray[np.float64]:
    """How much each input matters by the measure that orders a method's table."""
    names = measures_of(analysis)
    best = next((m for m in ("ST", "hdmr_ST") if m in names), names[0])
    return np.asarray(np.nan_to_num(np.abs(analysis[best].values)), dtype=np.float64)


def split_elsewhere(say: Messages, number: Numbers, analysis: xr.Dataset) -> str | None:
    """Where regional analysis splits the runs, if not at a net saving of 0, on one side of which nearly all are."""
    if "regional_threshold" not in analysis or float(analysis["regional_threshold"]) == 0:
        return None
    threshold = float(analysis["regional_threshold"])
    told = number.money(threshold, place=last_place(threshold), signed=True)
    return say(
        "sens.regional_elsewhere",
        threshold=told,
        share=number.share(float(analysis["regional_share"])),
    )
