"""The first result of a run in a terminal, shown before what makes calculations differ is loaded and analysed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from rich.table import Table

from engine.report.numbers import MoneyScale, last_place, money_scale
from engine.results.description import Description
from engine.results.findings import Findings
from engine.terminal.lines import (
    NUMBER,
    console,
    line,
    money,
    paragraph,
    payback,
    per_participant,
    plain_text,
    show,
    table_of,
)


def show_first(findings: Findings) -> None:
    """What each calculation says and whom it costs: all of the answer to a run that is known before it is explained."""
    about, out = findings.description, console()
    line(out, about.title, style="bold")
    paragraph(out, about.question)
    for strategy in about.interventions:
        summary = findings.summary.sel(strategy=strategy.name)
        scale = money_scale(float(np.abs(summary["mean"]).max()))
        line(out, "")
        line(out, f"Net saving (NPV) of “{strategy.label}”, {per_participant(scale, about.price_year)}", style="bold")
        show(out, _own_view(about, summary, scale))
        line(out, "")
        line(out, "Mean in each perspective and for each payer; positive is saved, negative is paid", style="bold")
        show(out, _by_party(about, summary, scale))


def _own_view(about: Description, summary: xr.Dataset, scale: MoneyScale) -> Table:
    labels = {p.name: p.label for p in about.perspectives}
    common = last_place(*summary["mean"].sel(party="reported").values)
    rows = []
    for c in about.calculations:
        at = summary.sel(calculation=c.name, party="reported")
        mean, error = float(at["mean"]), float(at["mcse"])
        low, high = (float(at["npv_quantile"].sel(quantile=q)) for q in (0.05, 0.95))
        place = max(common, last_place(mean, error=error))
        certain = float(at["sd"]) <= 1e-9 * max(1.0, abs(mean))
        rows.append(
            (
                c.label,
                labels[c.perspective],
                money(mean, scale, place),
                "no uncertainty" if certain else f"{money(low, scale, place)} to {money(high, scale, place)}",
                "-" if certain else plain_text(NUMBER.probability(float(at["p_positive"]))),
                payback(float(at["median_payback_year"])),
            )
        )
    right = ("NPV", "90 % interval", "P(NPV > 0)", "Pays back after")
    return table_of(("Calculation", "In the view of"), right, rows)


def _by_party(about: Description, summary: xr.Dataset, scale: MoneyScale) -> Table:
    rows: list[Sequence[str]] = []
    common = last_place(*summary["mean"].values.flat)
    labels = [p.label for p in about.perspectives] + [p.label for p in about.payers]
    # A payer and a perspective may share a name, so parties are taken by their place: perspectives stand first.
    for k, label in enumerate(labels):
        if k == len(about.perspectives):
            rows.append(())
        cells = []
        for c in about.calculations:
            one = summary.isel(party=k).sel(calculation=c.name)
            mean = float(one["mean"])
            cells.append(money(mean, scale, max(common, last_place(mean, error=float(one["mcse"])))))
        rows.append((label, *cells))
    headline = [p.name for p in about.perspectives].index(about.headline)
    return table_of(("Perspective or payer",), [c.label for c in about.calculations], rows, bold={headline})
