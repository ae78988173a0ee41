"""Sensitivity inside a calculation, in a terminal: datasets -> tables and sentences. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich.table import Table

from engine.results.description import Description
from engine.results.export import SHARES
from engine.terminal.answers import party_label
from engine.terminal.lines import NUMBER, console, line, paragraph, plain, plain_text, sek, show, table_of
from engine.terminal.more_methods import show_any_method, show_box, show_two_way

_YEARS = 12
"""Years told of an analysis by year; the results have all."""


def show_sensitivity(about: Description, analyses: Sequence[xr.Dataset]) -> None:
    """One table an analysis, most influential parameter first."""
    out = console()
    names = {c.name: c.label for c in about.calculations}
    for k, ds in enumerate(map(_marked, analyses)):
        if k:
            line(out, "")
        line(out, f"{names[ds.attrs['calculation']]}: {party_label(about, ds.attrs['party'])}", style="bold")
        if "members" in ds.coords:
            line(out, "Counted as one:")
            for group in _groups(ds):
                paragraph(out, f"- {group}")
        runs = plain(int(ds.attrs["runs"]))
        match f"{ds.attrs['method']} by {ds.attrs['by']}" if "by" in ds.attrs else ds.attrs["method"]:
            case "sobol by payer" | "sobol by year":
                each = "the NPV of each payer" if ds.attrs["by"] == "payer" else "the net saving of each year"
                paragraph(
                    out,
                    f"Sobol' indices of {each}, and first of all together, where each counts by its variance: shares "
                    f"of the variance, with 95 % intervals; {runs} runs.",
                )
                show(out, _sobol(ds))
                line(out, "")
                show(out, _outcomes(ds))
            case "sobol":
                paragraph(out, f"Sobol' indices: shares of the variance of NPV, with 95 % intervals; {runs} runs.")
                show(out, _sobol(ds))
                if pair := _strongest_interaction(ds):
                    paragraph(out, pair)
                if "choices_share" in ds:
                    paragraph(out, _choices_against_figures(ds))
            case "morris":
                paragraph(
                    out, f"Morris' elementary effects on NPV over a whole range, SEK per participant; {runs} runs."
                )
                show(out, _morris(ds))
            case "oneway":
                base = sek(float(ds["base_outcome"]))
                paragraph(
                    out,
                    "One at a time: mean NPV, SEK per participant, with a parameter at its 5 % and its 95 % quantile, "
                    "or a choice made so that it is lowest and highest; "
                    f"with all as they are {base}; {runs} runs.",
                )
                show(out, _oneway(ds))
            case "twoway":
                show_two_way(out, ds)
            case "prim":
                show_box(out, about, ds)
            case _:
                show_any_method(out, ds)


def show_refinement(about: Description, refinements: Sequence[xr.Dataset]) -> None:
    """How total indices became precise as the design was doubled, and what they are in the end."""
    out = console()
    names = {c.name: c.label for c in about.calculations}
    for k, ds in enumerate(refinements):
        if k:
            line(out, "")
        line(out, f"{names[ds.attrs['calculation']]}: {party_label(about, ds.attrs['party'])}", style="bold")
        rows = [
            (
                plain(int(ds["n"].values[i])),
                plain(int(ds["runs"].values[i])),
                f"± {float(ds['worst_half_width'].values[i]):.3f}",
                "yes" if float(ds["ranking_stable"].values[i]) else "no",
            )
            for i in range(ds.sizes["checkpoint"])
        ]
        show(out, table_of((), ("Base points", "Runs", "Least precise total index", "Ranking stable"), rows))
        last = ds.isel(checkpoint=-1)
        total, half = (np.asarray(last[v].values, dtype=float) for v in ("ST_so_far", "ST_conf_so_far"))
        labels = [str(x) for x in ds["label"].values]
        order = np.argsort(-total, kind="stable")[:10]
        found = [(labels[i], f"{total[i]:.3f} ± {half[i]:.3f}") for i in order]
        show(out, table_of(("Parameter",), ("With interactions",), found))
        if not ds.attrs["reached"]:
            paragraph(out, "The budget was spent before the precision was reached.")


def refinement_data(ds: xr.Dataset) -> dict[str, Any]:
    """What `show_refinement` shows, as plain data."""
    return {
        **{k: ds.attrs[k] for k in ("calculation", "party", "strategy")},
        "reached": bool(ds.attrs["reached"]),
        "checkpoints": [
            {
                "n": int(ds["n"].values[i]),
                "runs": int(ds["runs"].values[i]),
                "worst_half_width": _number(ds["worst_half_width"].values[i]),
                "ranking_stable": bool(ds["ranking_stable"].values[i]),
            }
            for i in range(ds.sizes["checkpoint"])
        ],
        "parameters": [
            {
                "parameter": str(name),
                "ST": _number(ds["ST_so_far"].values[-1, i]),
                "ST_conf": _number(ds["ST_conf_so_far"].values[-1, i]),
            }
            for i, name in enumerate(ds["parameter"].values)
        ],
    }


def sensitivity_data(ds: xr.Dataset) -> dict[str, Any]:
    """What `show_sensitivity` shows, as plain data; nothing where a figure has no meaning."""
    single = [v for v in ds.data_vars if ds[v].dims == ("parameter",)]
    names = [str(p) for p in ds["parameter"].values]
    data: dict[str, Any] = {k: ds.attrs[k] for k in ("calculation", "party", "strategy", "method", "n", "runs")}
    data["parameters"] = [
        {
            "parameter": name,
            "label": str(ds["label"].values[i]),
            **({"kind": str(ds["kind"].values[i])} if "kind" in ds.coords else {}),
            **({"members": _listed(ds["members"].values[i])} if "members" in ds.coords else {}),
            **{str(v): _number(ds[v].values[i]) for v in single},
        }
        for i, name in enumerate(names)
    ]
    if "S2" in ds:
        data["interactions"] = [
            {"parameters": [names[i], names[j]], **{v: float(ds[v].values[i, j]) for v in ("S2", "S2_conf")}}
            for i, j in zip(*np.nonzero(np.isfinite(ds["S2"].values)), strict=True)
        ]
    if "choices_share" in ds:
        data["shares"] = {f"{v}{end}": _number(ds[f"{v}{end}"].item()) for v in SHARES for end in ("", "_conf")}
    if "outcome" in ds.dims:
        data["by"] = ds.attrs["by"]
        data["outcomes"] = [_outcome_data(ds.isel(outcome=k)) for k in range(ds.sizes["outcome"])]
    for end in ("low", "high"):
        if f"{end}_alternative" in ds.coords:
            for entry, name in zip(data["parameters"], ds[f"{end}_alternative"].values, strict=True):
                entry[f"{end}_value"] = str(name) or entry[f"{end}_value"]
    if "two_way_interaction" in ds:
        ends = zip(ds["first_parameter"].values, ds["second_parameter"].values, strict=True)
        data["pairs"] = [
            {"parameters": [str(a), str(b)], "two_way_interaction": _number(ds["two_way_interaction"].values[k])}
            for k, (a, b) in enumerate(ends)
        ]
    told = {f"{v}{end}" for v in SHARES for end in ("", "_conf")}
    return data | {str(v): _number(ds[v].item()) for v in ds.data_vars if not ds[v].dims and str(v) not in told}


# ---------------------------------------------------------------- parts


def _groups(ds: xr.Dataset) -> list[str]:
    """Who is in each group that counts as one."""
    told = zip(ds["label"].values, ds["member_labels"].values, strict=True)
    return [f"{label}: {members}" if label != members else f"{label}" for label, members in told if members]


def _listed(members: str) -> list[str]:
    return [name for name in str(members).split(", ") if name]


def _marked(ds: xr.Dataset) -> xr.Dataset:
    """The analysis with its choices called such in their names."""
    if "kind" not in ds.coords:
        return ds
    kinds = zip(ds["label"].values, ds["kind"].values, strict=True)
    return ds.assign_coords(label=("parameter", [f"{x} (choice)" if kind == "choice" else f"{x}" for x, kind in kinds]))


def _outcome_data(one: xr.Dataset) -> dict[str, Any]:
    """Indices of one of several outcomes, as plain data."""
    indices = [v for v in one.data_vars if "_by_outcome" in str(v)]
    return {
        "outcome": str(one["outcome"].item()),
        "label": str(one["outcome_label"].item()),
        "mean": _number(one["outcome_mean"].item()),
        "variance": _number(one["outcome_variance"].item()),
        "parameters": [
            {"parameter": str(name), **{str(v).replace("_by_outcome", ""): _number(one[v].values[i]) for v in indices}}
            for i, name in enumerate(one["parameter"].values)
        ],
    }


def _outcomes(ds: xr.Dataset) -> Table:
    """The spread of each outcome that varies, and the input that matters most to it; of many years, some."""
    deviation = np.sqrt(np.asarray(ds["outcome_variance"].values, dtype=float))
    shown = [k for k in range(deviation.size) if deviation[k] > 0]
    if ds.attrs["by"] == "year" and len(shown) > _YEARS:
        shown = [shown[i] for i in np.unique(np.linspace(0, len(shown) - 1, _YEARS).round().astype(int))]
    rows = []
    for k in shown:
        total, half = (np.asarray(ds[f"ST_by_outcome{end}"].values[k], dtype=float) for end in ("", "_conf"))
        top = int(np.argmax(total))
        figures = (sek(float(deviation[k])), _share(float(total[top]), float(half[top])))
        rows.append((str(ds["outcome_label"].values[k]), str(ds["label"].values[top]), *figures))
    first = "Payer" if ds.attrs["by"] == "payer" else "Year"
    return table_of((first, "Matters most"), ("Standard deviation, SEK", "With interactions"), rows)


def _choices_against_figures(ds: xr.Dataset) -> str:
    """What part of the variance comes from choices of method, and what part from uncertain figures."""
    choices, figures, both = (
        _share(float(ds[f"{v}_share"]), float(ds[f"{v}_share_conf"])) for v in ("choices", "figures", "choices_figures")
    )
    return (
        f"Of the variance, choices of method alone are {choices}, uncertain figures alone {figures}, and {both} is "
        "figures that matter more with one choice than with another."
    )


def _sobol(ds: xr.Dataset) -> Table:
    rows: list[Sequence[str]] = []
    none = 0
    for one in _sorted(ds, "ST"):
        total, total_half, first, first_half = (float(one[v]) for v in ("ST", "ST_conf", "S1", "S1_conf"))
        if total + total_half < 0.005:
            none += 1
            continue
        rows.append((str(one["label"].item()), _share(total, total_half), _share(first, first_half)))
    if none:
        others = "1 other, less than 0.005" if none == 1 else f"{none} others, less than 0.005 each"
        rows.append((others, "", ""))
    return table_of(("Parameter",), ("With interactions", "Alone"), rows)


def _share(value: float, half: float) -> str:
    return plain_text(f"{NUMBER.plain(value, 2)} ± {NUMBER.plain(half, 2)}")


def _strongest_interaction(ds: xr.Dataset) -> str:
    pairs = np.nan_to_num(ds["S2"].values, nan=-np.inf)
    i, j = np.unravel_index(int(pairs.argmax()), pairs.shape)
    share, half = float(pairs[i, j]), float(ds["S2_conf"].values[i, j])
    if not share > half:
        return ""
    first, second = (str(ds["label"].values[k]) for k in (i, j))
    return f"Strongest interaction: {first} with {second}, {_share(share, half)}."


def _morris(ds: xr.Dataset) -> Table:
    rows = []
    for one in _sorted(ds, "mu_star"):
        size, half, mean, spread = (float(one[v]) for v in ("mu_star", "mu_star_conf", "mu", "sigma"))
        rows.append(
            (
                str(one["label"].item()),
                sek(size),
                f"{sek(max(size - half, 0.0))} to {sek(size + half)}",
                sek(mean, signed=True),
                sek(spread),
            )
        )
    return table_of(("Parameter",), ("Mean size (mu*)", "95 % interval", "Mean (mu)", "Spread (sigma)"), rows)


def _oneway(ds: xr.Dataset) -> Table:
    rows = []
    swing = np.abs(ds["high_outcome"] - ds["low_outcome"])
    for one in _sorted(ds.assign(swing=swing), "swing"):
        low, high = float(one["low_outcome"]), float(one["high_outcome"])
        values = (_end(one, end) for end in ("low", "high"))
        rows.append((str(one["label"].item()), *values, sek(low), sek(high), sek(high - low, signed=True)))
    return table_of(("Parameter",), ("Low", "High", "NPV at low", "NPV at high", "Swing"), rows)


def _end(one: xr.Dataset, end: str) -> str:
    """Value at one end of an input's bar; of a choice the alternative's name."""
    named = str(one[f"{end}_alternative"].item()) if f"{end}_alternative" in one.coords else ""
    return named or plain_text(NUMBER.quantity(float(one[f"{end}_value"])))


def _sorted(ds: xr.Dataset, variable: str) -> Iterator[xr.Dataset]:
    for i in np.argsort(-ds[variable].values, kind="stable"):
        yield ds.isel(parameter=int(i))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
