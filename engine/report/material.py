"""What the sections are written from: findings with the look-ups that all of them need."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.internal_rate import internal_rates
from engine.analysis.paths import (
    accumulate_cash_flow,
    cumulative_quantiles,
    median_payback,
    payback_probability,
    yearly_cash_flow,
)
from engine.analysis.spread import contributions_by_calculation
from engine.errors import UsageError
from engine.report.blocks import Cell, Picture, Table
from engine.report.laws import PERCENT_UNITS, law_words, unit_name
from engine.report.messages import Messages
from engine.report.numbers import Numbers, last_place
from engine.report.plots.svg import to_svg
from engine.report.plots.theme import Look
from engine.report.summary import Summary
from engine.report.text import clean
from engine.results.description import (
    AssumptionEntry,
    AssumptionValue,
    CalculationEntry,
    Description,
    Named,
)
from engine.results.findings import Findings


@dataclass(frozen=True)
class Party:
    """A perspective, a payer, or `reported`: each calculation's own perspective."""

    name: str
    label: str
    kind: str


class Course(NamedTuple):
    """One intervention as the sections need it."""

    at: int
    """Place along `strategy`."""
    intervention: Named
    heading: str
    """Its name where the page is about more than one, else empty."""
    suffix: str
    """What its figures' names end with."""


_OTHER = "other"
"""Theme of what has none."""

_METHOD = ("method", "scope")
"""Themes of choices and of the perspective, which a study need not name."""


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

    @cached_property
    def courses(self) -> list[Course]:
        """The interventions in the order of the results."""
        known = {s.name: s for s in self.description.interventions}
        names = [str(s) for s in self.findings.summary["strategy"].values]
        several = len(names) > 1
        return [
            Course(i, known[name], known[name].label if several else "", f"_{name}" if several else "")
            for i, name in enumerate(names)
        ]

    def differences(self, strategy: int) -> xr.Dataset | None:
        """Why the calculations of one intervention differ; None where that was not analysed."""
        name = self.courses[strategy].intervention.name
        for found in self.findings.differences:
            if found.attrs.get("strategy", name) == name and found.sizes.get("pair"):
                return found
        return None

    def analysis(self, name: str, of: str) -> xr.Dataset | None:
        """A further analysis of an intervention or a calculation; None where the run did not make it."""
        found = self.findings.analyses.get(f"{name}/{of}")
        return found if found is not None and found.data_vars else None

    def contributions(self, strategy: int) -> xr.Dataset | None:
        """What lifts or lowers each calculation against the mean of all; None where a pair is missing."""
        differences = self.differences(strategy)
        if differences is None:
            return None
        try:
            return contributions_by_calculation(differences)
        except UsageError:
            return None

    def main_party(self, dataset: xr.Dataset) -> Party:
        """What is reported where the dataset has it, else the headline perspective."""
        return self.reported if "reported" in coordinate(dataset, "party") else self.headline

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
        names = [str(p) for p in dataset.get_index("party")]
        places = [i for i, name in enumerate(names) if name == party.name]
        if not places:
            raise KeyError(f"party {party.name!r} is not in the dataset")
        return places[-1] if party.kind == "payer" else places[0]

    def summary(self, strategy: int) -> xr.Dataset:
        return self.findings.summary.isel(strategy=strategy)

    def at(self, strategy: int, calculation: int, party: Party) -> Summary:
        """The summary numbers of one calculation and party."""
        place = (strategy, calculation, self.index(self.findings.summary, party))
        discounted = (strategy, calculation, self.index(self._payback_discounted, party))
        told = {name: float(x[place]) for name, x in self._summaries.items()}
        return Summary(**told, payback_discounted=float(self._payback_discounted.values[discounted]))

    @cached_property
    def _summaries(self) -> dict[str, NDArray[np.float64]]:
        """By field of `Summary`, (strategy, calculation, party)."""
        s, dims = self.findings.summary, ("strategy", "calculation", "party")
        fields = {
            "mean": "mean",
            "error": "mcse",
            "sd": "sd",
            "p_positive": "p_positive",
            "payback": "median_payback_year",
            "p_payback": "p_payback",
            "ratio": "median_benefit_cost_ratio",
        }
        found = plain_arrays(s, list(fields.values()), dims)
        quantiles = s["npv_quantile"].transpose("quantile", *dims).sel(quantile=[0.05, 0.5, 0.95]).values
        low_to_high = dict(zip(("low", "median", "high"), quantiles, strict=True))
        return {field: found[name] for field, name in fields.items()} | low_to_high

    @cached_property
    def _payback_discounted(self) -> xr.DataArray:
        found = median_payback(self.findings.results, "payback_year_discounted")
        return found.transpose("strategy", "calculation", "party")

    @cached_property
    def internal_rate(self) -> xr.Dataset:
        """Rates of return, those of the run or, in results of an older one, found now."""
        kept = self.findings.analyses.get("internal_rate")
        if kept is not None:
            return kept
        own = {c.name: c.perspective for c in self.description.calculations}
        return internal_rates(self.findings.results, {p.name: p.payers for p in self.description.perspectives}, own)

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
        """Of the payers in the perspective that each calculation reports."""
        members = {p.name: p.payers for p in self.description.perspectives}
        parts = [
            accumulate_cash_flow(self.yearly.isel(calculation=[k]), members[c.perspective])
            for k, c in enumerate(self.calculations)
        ]
        return xr.concat(parts, dim="calculation")

    def _reported_results(self, *names: str) -> xr.Dataset:
        results = self.findings.results
        return results[[*names, "status"]].isel(party=[self.index(results, self.reported)])

    @cached_property
    def quantiles(self) -> xr.DataArray:
        """Each calculation in its own perspective (quantile, calculation, strategy, time_point)."""
        return cumulative_quantiles(self._reported_results("cumulative_saving")).isel(party=0)

    @cached_property
    def paid_back(self) -> xr.DataArray:
        """Each calculation in its own perspective (calculation, strategy, time_point)."""
        part = self._reported_results("payback_year").assign_coords(time_at=self.findings.results["time_at"])
        return payback_probability(part).isel(party=0)

    @cached_property
    def assumption_labels(self) -> dict[str, str]:
        labels = {a.name: a.label for a in self.description.assumptions}
        for named in self.findings.differences:
            if "label" not in named.coords:
                continue
            for name, label in zip(named["assumption"].values, named["label"].values, strict=True):
                labels.setdefault(str(name), str(label))
        return labels

    @cached_property
    def assumptions(self) -> dict[str, AssumptionEntry]:
        return {a.name: a for a in self.description.assumptions}

    def change(self, name: str, start: str, end: str) -> tuple[str, str]:
        """How two calculations set an assumption; of a bundle the members in which they differ, each by its name.

        What a calculation sets but does not use is left out: it moves nothing.
        """
        members = [a for a in self.description.assumptions if name in (a.name, a.bundle)]
        told = list[tuple[str, str]]()
        for a in members:
            values = [a.values.get(c, a.default) for c in (start, end)]
            if not any(v.used for v in values):
                continue
            first, second = (self.brief(a, v) if v.used else self.say("assume.not_used") for v in values)
            if first == second and all(v.used for v in values):  # the same value, but perhaps not equally sure of it
                first, second = (self.written(a, v) for v in values)
            if first == second:
                continue
            if len(members) == 1:
                return first, second
            # What only one of the two uses is told of that one alone.
            before, after = (
                self.say("gap.member", label=a.label, value=text) if v.used else ""
                for v, text in zip(values, (first, second), strict=True)
            )
            told.append((before, after))
        return "\n".join(t[0] for t in told if t[0]), "\n".join(t[1] for t in told if t[1])

    def brief(self, entry: AssumptionEntry, value: AssumptionValue) -> str:
        """How a calculation sets it in as few words as possible, with its unit; the law is told beside the sources."""
        if value.point is None:
            return value.text
        shown = self.with_unit(self.amount(value.point, entry.unit), entry.unit)
        if not value.law:
            return shown
        mean = self._mean(entry, value)
        return self.say("assume.brief_mean", value=shown, mean=mean) if mean else self.say("assume.brief", value=shown)

    def with_unit(self, text: str, unit: str) -> str:
        """A figure and its unit; per cent and bare ratios stand alone."""
        return text if unit in (*PERCENT_UNITS, "ratio", "") else f"{text} {unit_name(unit, self.say)}"

    def _mean(self, entry: AssumptionEntry, value: AssumptionValue) -> str:
        """Mean of the law where it differs, as shown, from the value; else empty."""
        if value.mean is None or value.point is None:
            return ""
        mean = self.amount(value.mean, entry.unit, digits=3)
        return "" if mean == self.amount(value.point, entry.unit, digits=3) else mean

    def written(self, entry: AssumptionEntry, value: AssumptionValue) -> str:
        """How a calculation sets an assumption, as a person would write it: shares in per cent, money in groups."""
        if value.point is None:
            return value.text
        shown = self.amount(value.point, entry.unit)
        if not value.law:
            return shown
        mean = self._mean(entry, value)
        if value.told is None:
            law = value.law
        else:  # the mean once is enough
            law = law_words(value.told, entry.unit, say=self.say, number=self.number, mean=not mean)
        if mean:
            return self.say("assume.uncertain_mean", value=shown, law=law, mean=mean)
        return self.say("assume.uncertain", value=shown, law=law)

    def amount(self, value: float, unit: str, *, digits: int = 4) -> str:
        """A figure in its unit as a person would write it: shares in per cent, money in groups, without the unit."""
        if unit in PERCENT_UNITS:
            return self.number.percent(value, digits)
        if unit.startswith("SEK"):
            return self.number.money(value, place=last_place(value, digits=digits))
        return self.number.quantity(value, digits)

    def figure_of(self, name: str, value: float) -> str:
        """Value of an input by the input's name: in per cent where it is a share, the alternative of a choice."""
        entry = self.assumptions.get(name)
        if entry is not None and entry.alternatives:
            return list(entry.alternatives.values())[int(value)] if np.isfinite(value) else ""
        return self.amount(value, entry.unit if entry else "", digits=3)

    def labels_of(self, dataset: xr.Dataset) -> dict[str, str]:
        """Names of the assumptions of a dataset for people."""
        own = dict(zip(coordinate(dataset, "assumption"), coordinate(dataset, "label"), strict=True))
        return own | self.assumption_labels

    def calculation_label(self, name: str) -> str:
        return next((c.label for c in self.description.calculations if c.name == name), name)

    def share_cell(self, value: float, half: float = 0.0) -> Cell:
        """A share with the half-width of its interval, where it has one."""
        if not half >= 5e-4:  # none, not known, or too small to be seen
            return Cell(self.number.share(value), number=True)
        decimals = 1 if half < 0.01 else 0
        shown = {"value": self.number.share(value, decimals), "half": self.number.share(half, decimals)}
        return Cell(self.say("sens.plus_minus", **shown), number=True)

    def theme_label(self, theme: str) -> str:
        """Name of a theme; empty for what has none."""
        if theme in self.description.themes:
            return self.description.themes[theme]
        if theme == _OTHER:
            return ""
        return self.say("theme.method") if theme in _METHOD else theme

    @cached_property
    def themes(self) -> dict[str, str]:
        """Names of all themes that have one, those of the study first."""
        used = (a.theme for a in self.description.assumptions)
        differ = (str(t) for d in self.findings.differences for t in d["theme"].values)
        names = dict.fromkeys([*self.description.themes, *used, *differ])
        return {name: self.theme_label(name) for name in names if self.theme_label(name)}

    def selected_years(self, last: float) -> list[int]:
        """A handful of round years up to `last`, for tables that cannot show all."""
        years = [0, 1, 2, 5, 10, 20, 30, 40, 50, 75, 100]
        chosen = [y for y in years if y < last]
        return [*chosen, round(last)] if round(last) not in chosen else chosen

    def picture(
        self,
        name: str,
        figure: Any,
        *,
        title: str,
        how: str,
        values: list[str],
        table: Table,
        beside: bool = False,
    ) -> Picture:
        """A figure as SVG with everything that stands around it; `values` are what it shows, for who cannot see it.

        `table` has its numbers, for the page and for its file; with `beside` the section shows them in a table of its
        own, and they go to the file alone.
        """
        # Names come from a result that somebody else may have written, and become ids and file names.
        name = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:120]
        while name in self._pictures:
            name += "_"
        self._pictures.add(name)
        title, text = clean(title), self.say("list.semicolon").join(values)
        return Picture(name, to_svg(figure, name=name, title=title, text=text), title, how, table, beside)

    def chip(self, calculation: CalculationEntry, *, view: bool = False) -> Cell:
        """Name of a calculation with the colour it has in figures, and with `view` its own perspective."""
        return Cell(
            calculation.label,
            note=self.perspective_label(calculation.perspective) if view else "",
            swatch=self.look.calculation(calculation.name),
        )


def plain_arrays(dataset: xr.Dataset, names: Sequence[str], dims: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Variables as arrays along some dimensions: a look-up in a dataset takes 0.1 ms, and a table has hundreds."""
    return {name: np.asarray(dataset[name].transpose(*dims).values) for name in names}


def coordinate(dataset: xr.Dataset | xr.DataArray, name: str) -> list[str]:
    """Values of a coordinate as text."""
    values: list[Hashable] = np.asarray(dataset[name].values).tolist()
    return [str(v) for v in values]
