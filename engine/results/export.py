"""Findings as plain files for other tools: `run.json`, `summary.json`, `npv.csv`, `differences.csv`, `sensitivity.csv`.

Names of files and columns are kept between versions. CSV is RFC 4180 with a decimal point; money in SEK/participant
with two decimals, `inf` for a pay-back that never comes, nothing where a figure has no meaning.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

import xarray as xr

from engine.results.comparisons import incremental_tables
from engine.results.findings import Findings

Row = list[str]

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
SHARES = ("choices_share", "figures_share", "choices_figures_share")
QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def npv_csv(findings: Findings) -> str:
    """One row per calculation, strategy and party."""
    s, rates = findings.summary, findings.analyses.get("internal_rate")

    def rate_of(calculation: str, strategy: str, party: str) -> str:
        if rates is None:
            return ""
        return _share(rates["internal_rate"].sel(calculation=calculation, strategy=strategy, party=party))

    def rows() -> Iterator[Row]:
        for c, k, q in _over(s, "calculation", "strategy", "party"):
            at = s.sel(calculation=c, strategy=k, party=q)
            quantiles = [at["npv_quantile"].sel(quantile=level) for level in QUANTILES.values()]
            money = [at["mean"], at["mcse"], at["sd"], *quantiles]
            years = _years(at["median_payback_year"])
            yield [c, k, q, *(_money(m) for m in money), _share(at["p_positive"]), years, rate_of(c, k, q)]

    return _csv(NPV_COLUMNS, rows())


def differences_csv(findings: Findings) -> str:
    """One row per party, pair and assumption that differs; parties are perspectives, payers and `reported`."""

    def rows() -> Iterator[Row]:
        for d in findings.differences:
            yield from rows_of(d)

    def rows_of(d: xr.Dataset) -> Iterator[Row]:
        for q, pair in _over(d, "party", "pair"):
            at = d.sel(party=q, pair=pair)
            for a in d["assumption"].values:
                one = at.sel(assumption=a)
                if not bool(one["differs"]) or (str(a) == "perspective" and q != "reported"):
                    continue
                money = ("shapley", "shapley_se", "alone", "total", "min_step", "max_step")
                yield [
                    q,
                    str(at["pair_from"].item()),
                    str(at["pair_to"].item()),
                    str(a),
                    str(one["theme"].item()),
                    *(_money(one[name]) for name in money),
                    str(int(at["exact"])),
                    str(d.attrs["strategy"]),
                ]

    return _csv(DIFFERENCES_COLUMNS, rows())


def sensitivity_csv(findings: Findings) -> str:
    """One row per analysis, parameter and index.

    An interaction's parameter is `a:b`, that of one way of making a choice `choice=alternative`, and that of a share of
    all choices or figures together is empty. `outcome` is the payer or year of an analysis of several, else empty.
    """
    alternatives = {a.name: list(a.alternatives) for a in findings.description.assumptions}

    def rows() -> Iterator[Row]:
        for ds in findings.sensitivity:
            head = [str(ds.attrs["calculation"]), str(ds.attrs["party"]), str(ds.attrs["method"])]
            strategy = str(ds.attrs["strategy"])
            chosen = {f"{end}_value": ds.get(f"{end}_alternative") for end in ("low", "high")}
            for name in ds.data_vars:
                if str(name).endswith("_conf"):
                    continue
                confidence = ds.get(f"{name}_conf")
                if name in SHARES:
                    yield [*head, "", str(name), *_with_interval(ds[name], confidence), strategy, ""]
                elif ds[name].dims == ("parameter",):
                    named = chosen.get(str(name))
                    for p in ds["parameter"].values:
                        half = None if confidence is None else confidence.sel(parameter=p)
                        figures = _with_interval(ds[name].sel(parameter=p), half)
                        if named is not None and (alternative := str(named.sel(parameter=p).item())):
                            figures = [alternative, "", ""]
                        yield [*head, str(p), str(name), *figures, strategy, ""]
                elif ds[name].dims == ("parameter", "alternative"):
                    for p, k in _over(ds, "parameter", "alternative"):
                        value = ds[name].sel(parameter=p, alternative=int(k))
                        if math.isfinite(float(value)):
                            which = f"{p}={alternatives[p][int(k)]}"
                            yield [*head, which, str(name), *_with_interval(value, None), strategy, ""]
                elif ds[name].dims == ("outcome", "parameter"):
                    for o, p in _over(ds, "outcome", "parameter"):
                        value = ds[name].sel(outcome=o, parameter=p)
                        if math.isfinite(float(value)):
                            half = None if confidence is None else confidence.sel(outcome=o, parameter=p)
                            yield [*head, p, str(name), *_with_interval(value, half), strategy, o]
                elif ds[name].dims == ("outcome",):
                    for o in ds["outcome"].values:
                        value = ds[name].sel(outcome=o)
                        yield [*head, "", str(name), *_with_interval(value, None), strategy, str(o)]
                elif ds[name].dims == ("parameter", "parameter_2"):
                    for p, p2 in _over(ds, "parameter", "parameter_2"):
                        value = ds[name].sel(parameter=p, parameter_2=p2)
                        if math.isfinite(float(value)):
                            half = None if confidence is None else confidence.sel(parameter=p, parameter_2=p2)
                            yield [*head, f"{p}:{p2}", str(name), *_with_interval(value, half), strategy, ""]

    return _csv(SENSITIVITY_COLUMNS, rows())


def summary_json(findings: Findings) -> str:
    """The answer, machine-readable."""
    s, about = findings.summary, findings.description
    calculations = []
    for c in about.calculations:
        strategies = {}
        for k in s["strategy"].values:
            at = s.sel(calculation=c.name, strategy=k)
            strategies[str(k)] = {str(q): _figures(at.sel(party=q)) for q in s["party"].values}
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


def _figures(at: xr.Dataset) -> dict[str, float]:
    names = {"mean": "mean", "mcse": "mcse", "sd": "sd", "p_positive": "p_positive", "p_payback": "p_payback"}
    figures = {name: float(at[variable]) for name, variable in names.items()}
    figures |= {name: float(at["npv_quantile"].sel(quantile=level)) for name, level in QUANTILES.items()}
    figures["payback_year"] = float(at["median_payback_year"])
    figures["benefit_cost_ratio"] = float(at["median_benefit_cost_ratio"])
    return figures


def _differences(d: xr.Dataset, perspectives: Iterable[str]) -> Iterator[dict[str, Any]]:
    wanted = {*perspectives, "reported"}
    for q, pair in _over(d, "party", "pair"):
        if q not in wanted:
            continue
        at = d.sel(party=q, pair=pair)
        contributions = {str(a): float(at["shapley"].sel(assumption=a)) for a in d["assumption"].values[at["differs"]]}
        if q != "reported":
            contributions.pop("perspective", None)
        yield {
            "strategy": str(d.attrs["strategy"]),
            "perspective": q,
            "from": str(at["pair_from"].item()),
            "to": str(at["pair_to"].item()),
            "gap": float(at["gap"]),
            "gap_se": float(at["gap_se"]),
            "exact": bool(int(at["exact"])),
            "shapley": contributions,
        }


def _over(dataset: xr.Dataset, *dims: str) -> Iterator[tuple[str, ...]]:
    first, *rest = dims
    for value in dataset[first].values:
        for tail in _over(dataset, *rest) if rest else [()]:
            yield (str(value), *tail)


def _csv(columns: list[str], rows: Iterable[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _money(value: xr.DataArray) -> str:
    x = float(value)
    return "" if math.isnan(x) else f"{x + 0.0:.2f}".replace("-0.00", "0.00")


def _share(value: xr.DataArray) -> str:
    x = float(value)
    return "" if math.isnan(x) else f"{x:.6f}"


def _years(value: xr.DataArray) -> str:
    x = float(value)
    return "" if math.isnan(x) else ("inf" if math.isinf(x) else f"{x:.3f}")


def _with_interval(value: xr.DataArray, half: xr.DataArray | None) -> Row:
    x = float(value)
    if half is None or math.isnan(float(half)):
        return [f"{x:.6g}", "", ""]
    return [f"{x:.6g}", f"{x - float(half):.6g}", f"{x + float(half):.6g}"]


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
