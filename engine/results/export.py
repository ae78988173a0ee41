"""Findings as plain files for other tools: `run.json`, `summary.json`, `npv.csv`, `differences.csv`, `sensitivity.csv`,
`occupancy.csv`, `budget.csv`.

Names of files and columns are kept between versions. CSV is RFC 4180 with a decimal point; money in SEK/participant
with two decimals, `inf` for a pay-back that never comes, nothing where a figure has no meaning.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.results.cells import QUANTILES, Row, csv_text, figures, money, over, quantiles, share, with_interval, years
from engine.results.comparisons import incremental_tables
from engine.results.findings import Findings

NPV_COLUMNS = [
    "calculation",
    "strategy",
    "payer_or_perspective",
    "mean",
    "mcse",
    "sd",
    "q05",
    "q50",
    "q95",
    "p_positive",
    "payback_year",
    "internal_rate",
]
DIFFERENCES_COLUMNS = [
    "perspective",
    "from",
    "to",
    "assumption",
    "theme",
    "shapley",
    "se",
    "alone",
    "total",
    "min_step",
    "max_step",
    "exact",
    "strategy",
]
SENSITIVITY_COLUMNS = [
    "calculation",
    "perspective",
    "method",
    "parameter",
    "index",
    "value",
    "conf_low",
    "conf_high",
    "strategy",
    "outcome",
]
OCCUPANCY_COLUMNS = ["calculation", "strategy", "time", "state", "share"]
BUDGET_COLUMNS = [
    "calculation",
    "strategy",
    "payer_or_perspective",
    "year",
    "participants",
    "cost_baseline",
    "cost_strategy",
    "net_saving",
    "cumulative",
    "q05",
    "q50",
    "q95",
    "net_saving_discounted",
    "cumulative_discounted",
]
INDICES = (
    ("parameter",),
    ("parameter", "alternative"),
    ("outcome", "parameter"),
    ("outcome",),
    ("parameter", "parameter_2"),
)
"""Dims of what `sensitivity.csv` tells."""
SHARES = ("choices_share", "figures_share", "choices_figures_share")


def npv_csv(findings: Findings) -> str:
    """One row per calculation, strategy and party."""
    s, rates = findings.summary, findings.analyses.get("internal_rate")
    dims = ("calculation", "strategy", "party")
    amounts = [*figures(s, ("mean", "mcse", "sd"), *dims), *quantiles(s, "npv_quantile", *dims)]
    positive, payback = figures(s, ("p_positive", "median_payback_year"), *dims)
    rate = None if rates is None else rates.sel({dim: s[dim].values for dim in dims})
    of_rate = None if rate is None else figures(rate, ("internal_rate",), *dims)[0]

    def rows() -> Iterator[Row]:
        for at, names in over(s, *dims):
            last = "" if of_rate is None else share(of_rate[at])
            yield [*names, *(money(x[at]) for x in amounts), share(positive[at]), years(payback[at]), last]

    return csv_text(NPV_COLUMNS, rows())


def differences_csv(findings: Findings) -> str:
    """One row per party, pair and assumption that differs; parties are perspectives, payers and `reported`."""

    def rows() -> Iterator[Row]:
        for d in findings.differences:
            yield from rows_of(d)

    def rows_of(d: xr.Dataset) -> Iterator[Row]:
        dims = ("party", "pair", "assumption")
        amounts = figures(d, ("shapley", "shapley_se", "alone", "total", "min_step", "max_step"), *dims)
        (differs,) = figures(d, ("differs",), "pair", "assumption")
        ends = [d[name].values for name in ("pair_from", "pair_to")]
        exact, theme = d["exact"].values, d["theme"].values
        for at, (q, _, a) in over(d, *dims):
            _, pair, k = at
            if differs[pair, k] and (a != "perspective" or q == "reported"):
                between = [str(end[pair]) for end in ends]
                told = [str(int(exact[pair])), str(d.attrs["strategy"])]
                yield [q, *between, a, str(theme[k]), *(money(x[at]) for x in amounts), *told]

    return csv_text(DIFFERENCES_COLUMNS, rows())


def sensitivity_csv(findings: Findings) -> str:
    """One row per analysis, parameter and index.

    An interaction's parameter is `a:b`, that of one way of making a choice `choice=alternative`, and that of a share of
    all choices or figures together is empty. `outcome` is the payer or year of an analysis of several, else empty.
    """
    alternatives = {a.name: list(a.alternatives) for a in findings.description.assumptions}

    def rows() -> Iterator[Row]:
        for ds in findings.sensitivity:
            head = [str(ds.attrs["calculation"]), str(ds.attrs["party"]), str(ds.attrs["method"])]
            for name in map(str, ds.data_vars):
                if not name.endswith("_conf"):
                    for parameter, cells, outcome in _of_index(ds, name, alternatives):
                        yield [*head, parameter, name, *cells, str(ds.attrs["strategy"]), outcome]

    return csv_text(SENSITIVITY_COLUMNS, rows())


def _of_index(ds: xr.Dataset, name: str, alternatives: Mapping[str, list[str]]) -> Iterator[tuple[str, Row, str]]:
    """Parameter, value with the ends of its interval, and outcome, of one index."""
    dims = tuple(map(str, ds[name].dims))
    values = np.asarray(ds[name].values)
    halves = np.asarray(ds[f"{name}_conf"].transpose(*dims).values) if f"{name}_conf" in ds else None
    chosen = ds.get(f"{name.removesuffix('_value')}_alternative") if name in ("low_value", "high_value") else None
    if dims != () if name in SHARES else dims not in INDICES:
        return
    for at, names in over(ds, *dims):
        value, half = values[at], None if halves is None else halves[at]
        if len(dims) == 2 and not math.isfinite(value):
            continue
        cells = with_interval(value, half)
        match dims:
            case ():
                yield "", cells, ""
            case ("parameter",):
                alternative = "" if chosen is None else str(chosen.values[at])
                yield names[0], [alternative, "", ""] if alternative else cells, ""
            case ("parameter", "alternative"):
                which = alternatives[names[0]][int(names[1])]
                yield f"{names[0]}={which}", with_interval(value, None), ""
            case ("outcome", "parameter"):
                yield names[1], cells, names[0]
            case ("outcome",):
                yield "", with_interval(value, None), names[0]
            case _:
                yield ":".join(names), cells, ""


def occupancy_csv(findings: Findings) -> str:
    """Mean share of the cohort in each state at the boundaries of cycles, under every strategy.

    Twelve digits; another study can start from it (`start_from`).
    """
    mean = findings.results["mean_occupancy"].transpose("calculation", "course", "time_point", "state")
    shares = np.asarray(mean.values)
    names = [[str(x) for x in mean[dim].values] for dim in ("calculation", "course", "state")]
    times = [f"{float(t):.12g}" for t in mean["time_at"].values]

    def rows() -> Iterator[Row]:
        for c, calculation in enumerate(names[0]):
            for k, strategy in enumerate(names[1]):
                for t, time in enumerate(times):
                    for s, state in enumerate(names[2]):
                        yield [calculation, strategy, time, state, f"{max(shares[c, k, t, s], 0.0):.12g}"]

    return csv_text(OCCUPANCY_COLUMNS, rows())


def budget_csv(findings: Findings) -> str:
    """One row per calculation, strategy, party and calendar year, SEK for all participants; empty without an intake.

    `participants` start in the year; quantiles are of `cumulative`, what has been saved up to the end of the year.
    """

    def rows() -> Iterator[Row]:
        for name, ds in findings.analyses.items():
            if name.startswith("budget/"):
                yield from rows_of(ds)

    def rows_of(ds: xr.Dataset) -> Iterator[Row]:
        dims = ("calculation", "party", "calendar_year")
        names = ("budget_saving", "budget_cumulative", "budget_saving_discounted", "budget_cumulative_discounted")
        saving, cumulative, *discounted = figures(ds, names, *dims)
        cost = [x for (both,) in [figures(ds, ("budget_cost",), "course", *dims)] for x in both[:2]]
        amounts = [*cost, saving, cumulative, *quantiles(ds, "budget_cumulative_quantile", *dims), *discounted]
        people = ds["participants"].values
        for at, (calculation, party, year) in over(ds, *dims):
            head = [calculation, str(ds.attrs["strategy"]), party, year, f"{float(people[at[2]]):g}"]
            yield [*head, *(money(x[at]) for x in amounts)]

    return csv_text(BUDGET_COLUMNS, rows())


def summary_json(findings: Findings) -> str:
    """The answer, machine-readable."""
    s, about = findings.summary, findings.description
    calculations = []
    told = _figures(s)
    for c in about.calculations:
        i = [str(x) for x in s["calculation"].values].index(c.name)
        strategies = {
            str(k): {
                str(q): {name: float(x[i, j, p]) for name, x in told.items()} for p, q in enumerate(s["party"].values)
            }
            for j, k in enumerate(s["strategy"].values)
        }
        calculations.append({"name": c.name, "label": c.label, "perspective": c.perspective, "npv": strategies})
    return _json(
        {
            "study": about.study,
            "title": about.title,
            "question": about.question,
            "unit": "SEK/participant",
            "price_year": about.price_year,
            "headline": about.headline,
            **{name: findings.provenance.get(name) for name in ("key", "seed", "draws", "design")},
            "calculations": calculations,
            "differences": [
                x for d in findings.differences for x in _differences(d, [p.name for p in about.perspectives])
            ],
            **({"cost_effectiveness": tables} if (tables := incremental_tables(findings)) else {}),
            "notes": list(findings.notes),
        }
    )


def run_json(findings: Findings) -> str:
    """What was run, and when."""
    return _json(findings.provenance)


def _figures(summary: xr.Dataset) -> dict[str, NDArray[Any]]:
    """What is told of each (calculation, strategy, party)."""
    dims = ("calculation", "strategy", "party")
    names = ("mean", "mcse", "sd", "p_positive", "p_payback")
    told = dict(zip(names, figures(summary, names, *dims), strict=True))
    told |= dict(zip(QUANTILES, quantiles(summary, "npv_quantile", *dims), strict=True))
    payback, ratio = figures(summary, ("median_payback_year", "median_benefit_cost_ratio"), *dims)
    return told | {"payback_year": payback, "benefit_cost_ratio": ratio}


def _differences(d: xr.Dataset, perspectives: Iterable[str]) -> Iterator[dict[str, Any]]:
    wanted = {*perspectives, "reported"}
    (shapley,) = figures(d, ("shapley",), "party", "pair", "assumption")
    gap, gap_se = figures(d, ("gap", "gap_se"), "party", "pair")
    (differs,) = figures(d, ("differs",), "pair", "assumption")
    for at, (q, _) in over(d, "party", "pair"):
        if q not in wanted:
            continue
        pair = at[1]
        contributions = {
            str(a): float(x)
            for a, x, moved in zip(d["assumption"].values, shapley[at], differs[pair], strict=True)
            if moved
        }
        if q != "reported":
            contributions.pop("perspective", None)
        yield {
            "strategy": str(d.attrs["strategy"]),
            "perspective": q,
            "from": str(d["pair_from"].values[pair]),
            "to": str(d["pair_to"].values[pair]),
            "gap": float(gap[at]),
            "gap_se": float(gap_se[at]),
            "exact": bool(int(d["exact"].values[pair])),
            "shapley": contributions,
        }


def _json(content: Any) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value

    return json.dumps(plain(content), ensure_ascii=False, indent=1) + "\n"
