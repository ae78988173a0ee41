"""What the sections are written from: findings with the look-ups that all of them need."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from engine.analysis.paths import accumulate_cash_flow, cumulative_quantiles, payback_probability, yearly_cash_flow
from engine.analysis.ranking import rank_assumptions
from engine.report.blocks import Cell, Picture, Table
from engine.report.messages import Messages
from engine.report.numbers import Numbers
from engine.report.plots.theme import Look, clean, to_svg
from engine.results.description import AssumptionEntry, AssumptionValue, CalculationEntry, Description
from engine.results.findings import Findings


@dataclass(frozen=True)
class Party:
    """A perspective, a payer, or `reported`: each calculation's own perspective."""

    name: str
    label: str
    kind: str


class Material:
    """Findings, words, numbers and colours of one report."""

    def __init__(self, findings: Findings, language: str) -> None:
        self.findings = findings
        self.say = Messages(language)
        self.number = Numbers(language)
        self.look = Look(findings.description, self.say, self.number)
        self._pictures: set[str] = set()

    @property
    def description(self) -> Description:
        return self.findings.description

    @cached_property
    def calculations(self) -> list[CalculationEntry]:
        """Those with results, in the order of the results."""
        by_name = {c.name: c for c in self.description.calculations}
        return [by_name[str(name)] for name in self.findings.summary["calculation"].values]

    @cached_property
    def perspectives(self) -> list[Party]:
        """The headline perspective first."""
        found = [Party(p.name, p.label, "perspective") for p in self.description.perspectives]
        return sorted(found, key=lambda p: p.name != self.description.headline)

    @cached_property
    def payers(self) -> list[Party]:
        return [Party(p.name, p.label, "payer") for p in self.description.payers]

    @property
    def headline(self) -> Party:
        return self.perspectives[0]

    @cached_property
    def reported(self) -> Party:
        return Party("reported", self.say("npv.own_view"), "reported")

    def perspective_label(self, name: str) -> str:
        return next((p.label for p in self.description.perspectives if p.name == name), name)

    def party_label(self, name: str) -> str:
        everyone = [*self.perspectives, *self.payers, self.reported]
        return next((p.label for p in everyone if p.name == name), name)

    def index(self, dataset: xr.Dataset | xr.DataArray, party: Party) -> int:
        """Place of a party along `party`. A payer and a perspective may share a name; perspectives stand first."""
        names = [str(p) for p in dataset["party"].values]
        places = [i for i, name in enumerate(names) if name == party.name]
        if not places:
            raise KeyError(f"party {party.name!r} is not in the dataset")
        return places[-1] if party.kind == "payer" else places[0]

    def summary(self, strategy: int) -> xr.Dataset:
        return self.findings.summary.isel(strategy=strategy)

    def at(self, strategy: int, calculation: int, party: Party) -> Summary:
        """The summary numbers of one calculation and party."""
        part = self.summary(strategy).isel(calculation=calculation, party=self.index(self.findings.summary, party))
        low, median, high = (float(part["npv_quantile"].sel(quantile=q)) for q in (0.05, 0.5, 0.95))
        return Summary(
            mean=float(part["mean"]),
            error=float(part["mcse"]),
            sd=float(part["sd"]),
            low=low,
            median=median,
            high=high,
            p_positive=float(part["p_positive"]),
            payback=float(part["median_payback_year"]),
            p_payback=float(part["p_payback"]),
            ratio=float(part["median_benefit_cost_ratio"]),
        )

    @cached_property
    def horizon(self) -> xr.DataArray:
        """Years within which each calculation counts, never more than are simulated (calculation,)."""
        last = float(self.findings.results["time_at"].max())
        horizon: xr.DataArray = self.findings.results["horizon"].clip(max=last)
        return horizon

    @cached_property
    def yearly(self) -> xr.DataArray:
        return yearly_cash_flow(self.findings.results)

    @cached_property
    def accumulated(self) -> xr.DataArray:
        """Of the payers in the headline perspective."""
        members = next(p.payers for p in self.description.perspectives if p.name == self.headline.name)
        return accumulate_cash_flow(self.yearly, members)

    def _headline_results(self, *names: str) -> xr.Dataset:
        results = self.findings.results
        return results[[*names, "status"]].isel(party=[self.index(results, self.headline)])

    @cached_property
    def quantiles(self) -> xr.DataArray:
        """Of the headline perspective (quantile, calculation, strategy, time_point)."""
        return cumulative_quantiles(self._headline_results("cumulative_saving")).isel(party=0)

    @cached_property
    def paid_back(self) -> xr.DataArray:
        """Of the headline perspective (calculation, strategy, time_point)."""
        part = self._headline_results("payback_year").assign_coords(time_at=self.findings.results["time_at"])
        return payback_probability(part).isel(party=0)

    @cached_property
    def ranking(self) -> xr.DataArray:
        assert self.findings.differences is not None
        return rank_assumptions(self.findings.differences)

    @cached_property
    def assumption_labels(self) -> dict[str, str]:
        labels = {a.name: a.label for a in self.description.assumptions}
        if self.findings.differences is not None and "label" in self.findings.differences.coords:
            named = self.findings.differences
            for name, label in zip(named["assumption"].values, named["label"].values, strict=True):
                labels.setdefault(str(name), str(label))
        return labels

    @cached_property
    def assumptions(self) -> dict[str, AssumptionEntry]:
        return {a.name: a for a in self.description.assumptions}

    def change(self, name: str, start: str, end: str) -> tuple[str, str]:
        """How two calculations set an assumption, or those members of a bundle in which they differ."""
        members = [a for a in self.description.assumptions if name in (a.name, a.bundle)]
        texts = [tuple(self.written(a, a.values.get(c, a.default)) for c in (start, end)) for a in members]
        changed = [t for t in texts if t[0] != t[1]] or texts
        separator = self.say("list.semicolon")
        return separator.join(t[0] for t in changed), separator.join(t[1] for t in changed)

    def written(self, entry: AssumptionEntry, value: AssumptionValue) -> str:
        """How a calculation sets an assumption, as a person would write it: shares in per cent, money in groups."""
        if value.point is None:
            return value.text
        if entry.unit in ("share", "probability", "rate/year"):
            shown = self.number.percent(value.point)
        elif entry.unit.startswith("SEK"):
            shown = self.number.money(value.point)
        else:
            shown = self.number.quantity(value.point, 4)
        return self.say("assume.uncertain", value=shown, law=value.law) if value.law else shown

    def theme_label(self, theme: str) -> str:
        return self.description.themes.get(theme, theme)

    def selected_years(self, last: float) -> list[int]:
        """A handful of round years up to `last`, for tables that cannot show all."""
        years = [0, 1, 2, 5, 10, 20, 30, 40, 50, 75, 100]
        chosen = [y for y in years if y < last]
        return [*chosen, round(last)] if round(last) not in chosen else chosen

    def picture(self, name: str, figure: Any, *, title: str, how: str, table: Table | None = None) -> Picture:
        """A figure as SVG with everything that stands around it."""
        # Names come from a result that somebody else may have written, and become ids and file names.
        name = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:120]
        while name in self._pictures:
            name += "_"
        self._pictures.add(name)
        title, text = clean(title), self.say("page.figure_text", how=how)
        return Picture(name, to_svg(figure, name=name, title=title, text=text), title, how, table)

    def chip(self, calculation: CalculationEntry, *, note: bool = False) -> Cell:
        """Name of a calculation with the colour it has in figures."""
        return Cell(
            calculation.label, note=calculation.role if note else "", swatch=self.look.calculation(calculation.name)
        )


@dataclass(frozen=True)
class Summary:
    """Net saving of one calculation and party, SEK per participant."""

    mean: float
    error: float
    sd: float
    low: float
    median: float
    high: float
    p_positive: float
    payback: float
    p_payback: float
    ratio: float

    @property
    def certain(self) -> bool:
        """No uncertainty that is worth a word: all draws say the same."""
        return self.sd <= 1e-9 * max(1.0, abs(self.mean))


def coordinate(dataset: xr.Dataset | xr.DataArray, name: str) -> list[str]:
    """Values of a coordinate as text."""
    values: list[Hashable] = np.asarray(dataset[name].values).tolist()
    return [str(v) for v in values]
