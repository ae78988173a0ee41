"""Methods of sensitivity analysis beyond one at a time, Sobol' and Morris, in a terminal: a sentence and a table."""

from __future__ import annotations

import numpy as np
import xarray as xr
from rich.console import Console

from engine.report.messages import Messages
from engine.report.methods import MEASURES, METHODS, measures_of, sizes_of, split_elsewhere
from engine.results.description import Description
from engine.terminal.lines import NUMBER, paragraph, plain, plain_text, sek, show, table_of

_SAY = Messages("en")
_SMALL = 0.005
"""Of the measure that orders a table, below which inputs are only counted."""


def show_any_method(out: Console, ds: xr.Dataset) -> None:
    """What a method tells, and every measure of each input, largest first."""
    name, sentence = (_SAY(key) for key in METHODS[ds.attrs["method"]])
    paragraph(out, f"{name}. {plain_text(sentence)} {_runs(ds)}")
    order = list(MEASURES)
    names = sorted(measures_of(ds), key=order.index)
    sizes = sizes_of(ds)
    rows, small = [], 0
    for i in np.argsort(-sizes, kind="stable"):
        if sizes[i] < _SMALL:
            small += 1
            continue
        rows.append((str(ds["label"].values[i]), *(_measure(ds, m, int(i)) for m in names)))
    if small:
        others = "1 other, less than 0.005" if small == 1 else f"{small} others, less than 0.005 each"
        rows.append((others, *("" for _ in names)))
    show(out, table_of(("Parameter",), [_SAY(MEASURES[m]) for m in names], rows))
    for noise in (str(v) for v in ds.data_vars if str(v).endswith("_dummy") and not ds[v].dims):
        paragraph(out, plain_text(_SAY("sens.noise", value=NUMBER.plain(float(ds[noise]), 2))))
    if (elsewhere := split_elsewhere(_SAY, NUMBER, ds)) is not None:
        paragraph(out, plain_text(elsewhere))


def show_two_way(out: Console, ds: xr.Dataset) -> None:
    """Which two inputs change each other's effect most, and what net saving is at the ends of each pair."""
    labels = dict(zip(ds["parameter"].values, ds["label"].values, strict=True))
    share = np.nan_to_num(np.asarray(ds["two_way_interaction"].values, dtype=float))
    pairs = [tuple(str(labels[str(ds[f"{end}_parameter"].values[k])]) for end in ("first", "second"))
             for k in range(share.size)]  # fmt: skip
    top = int(share.argmax())
    said = _SAY("sens.two_way_share", a=pairs[top][0], b=pairs[top][1], share=NUMBER.share(float(share[top])))
    paragraph(out, f"Two at a time, mean NPV in SEK per participant. {plain_text(said)} {_runs(ds)}")
    rows = []
    for k in np.argsort(-share, kind="stable"):
        y = np.asarray(ds["two_way_outcome"].isel(parameter_pair=int(k)).transpose("level", "level_2").values)
        ends = (y[0, 0], y[0, -1], y[-1, 0], y[-1, -1])
        told = plain_text(_SAY("sens.two", a=pairs[k][0], b=pairs[k][1])).replace("\u00d7", "x")
        rows.append((told, plain_text(NUMBER.share(float(share[k]))), *(sek(float(v)) for v in ends)))
    show(out, table_of(("First x second",), ("Together", "Both low", "Second high", "First high", "Both high"), rows))


def show_box(out: Console, about: Description, ds: xr.Dataset) -> None:
    """The limits of the inputs inside which most draws lose money, if there are any."""
    shares = {k: NUMBER.share(float(ds[f"box_{k}"])) for k in ("coverage", "density", "mass", "base")}
    chance = np.asarray(ds["box_p"].values, dtype=float)
    inside = np.flatnonzero(np.asarray(ds["box_restricted"].values) > 0.5)
    said = _SAY("sens.box", **shares) if inside.size else _SAY("sens.box_none", base=shares["base"])
    paragraph(out, f"Where it loses money (PRIM). {plain_text(said)} {_runs(ds)}")
    if not inside.size:
        return
    alternatives = {entry.name: list(entry.alternatives.values()) for entry in about.assumptions}

    def limit(end: str, i: int) -> str:
        value, choice = float(ds[f"box_{end}_value"].values[i]), alternatives.get(str(ds["parameter"].values[i]), [])
        if not np.isfinite(value):
            return _SAY("sens.box_open")
        return choice[int(value)] if choice else plain_text(NUMBER.quantity(value))

    rows = [
        (
            str(ds["label"].values[i]),
            limit("low", i),
            limit("high", i),
            plain_text(NUMBER.probability(float(chance[i]))),
        )
        for i in inside[np.argsort(chance[inside], kind="stable")]
    ]
    heads = [_SAY(f"sens.head.{k}") for k in ("box_low", "box_high", "box_p")]
    show(out, table_of(("Parameter",), heads, rows))


def _measure(ds: xr.Dataset, measure: str, i: int) -> str:
    value = float(ds[measure].values[i])
    if np.isnan(value):
        return "-"
    if ds[measure].attrs.get("units") == "probability":
        return plain_text(NUMBER.probability(value))
    text = NUMBER.plain(value, 2)
    half = float(ds[f"{measure}_conf"].values[i]) if f"{measure}_conf" in ds else float("nan")
    return plain_text(f"{text} ± {NUMBER.plain(half, 2)}" if np.isfinite(half) else text)


def _runs(ds: xr.Dataset) -> str:
    return f"{plain(int(ds.attrs['runs']))} runs."
