"""For whom it pays: net saving and outcomes by part of the cohort, and in total."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.headline import probability_text, short
from engine.report.material import Course, Material, Party, plain_arrays
from engine.report.numbers import last_place
from engine.report.plots.npv_bars import PartyRow, plot_npv_bars
from engine.report.sections.npv import interval_text
from engine.report.sections.outcomes import difference_text, interval_of, named_with_unit
from engine.report.summary import Summary
from engine.results.description import CalculationEntry

_PLACES = ("subgroup", "calculation", "party")


def subgroups_section(material: Material) -> Section | None:
    found = material.findings.analyses.get("subgroups")
    if found is None:
        return None
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("sub.lead"), role="lead"))
    for course in material.courses:
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks += _Parts(material, found.sel(strategy=course.intervention.name), course).blocks()
    return Section("subgroups", say("sub.title"), tuple(blocks))


class _Parts:
    """The parts of the cohort under one intervention."""

    def __init__(self, material: Material, found: xr.Dataset, course: Course) -> None:
        self.material, self.found, self.course = material, found, course
        self.say, self.number = material.say, material.number
        self.groups = material.description.subgroups

    def blocks(self) -> list[Block]:
        say, material = self.say, self.material
        rows = [PartyRow(k, g.label) for k, g in enumerate(self.groups)]
        rows.append(PartyRow(len(self.groups), say("sub.all")))
        blocks: list[Block] = [
            Bullets(tuple(self._words(k, c) for k, c in enumerate(material.calculations))),
            material.picture(
                f"subgroups{self.course.suffix}",
                plot_npv_bars(self._with_all(), rows, look=material.look),
                title=say("sub.bars_title"),
                how=say("sub.bars_how"),
                values=[self._words(k, c) for k, c in enumerate(material.calculations)][:4],
                table=self._table(),
            ),
            Text(say("sub.share_point"), role="note"),
        ]
        if "subgroup_amount_difference" in self.found:
            blocks.append(self._outcomes())
        full = tuple(self._full(k, c) for k, c in enumerate(material.calculations))
        return [*blocks, Details(say("sub.full"), full)]

    def _with_all(self) -> xr.Dataset:
        """Parts, then the whole cohort, side by side as parties of one summary, each calculation in its own view."""
        names = {"subgroup_mean": "mean", "subgroup_mcse": "mcse", "subgroup_npv_quantile": "npv_quantile"}
        parts = self.found.isel(party=self.material.index(self.found, self.material.reported))[list(names)]
        parts = parts.rename(names).drop_vars(["party", "party_kind", "strategy"]).rename(subgroup="party")
        whole = self.material.summary(self.course.at)
        whole = whole.isel(party=[self.material.index(whole, self.material.reported)])[list(names.values())]
        whole = whole.drop_vars(["party_kind", "strategy"], errors="ignore")
        return xr.concat([parts, whole], dim="party")

    def at(self, group: int, calculation: int, party: Party) -> Summary:
        """The summary numbers of one part; of the whole cohort beyond the last."""
        if group == len(self.groups):
            return self.material.at(self.course.at, calculation, party)
        place = (group, calculation, self.material.index(self.found, party))
        mean, error, p_positive = (
            float(self._summaries[f"subgroup_{n}"][place]) for n in ("mean", "mcse", "p_positive")
        )
        low, median, high = (float(x) for x in self._quantiles[(slice(None), *place)])
        nan = float("nan")
        return Summary(
            mean=mean,
            error=error,
            sd=high - low,  # only whether there is any matters here
            low=low,
            median=median,
            high=high,
            p_positive=p_positive,
            payback=nan,
            p_payback=nan,
            ratio=nan,
        )

    @cached_property
    def _summaries(self) -> dict[str, NDArray[np.float64]]:
        return plain_arrays(self.found, ["subgroup_mean", "subgroup_mcse", "subgroup_p_positive"], _PLACES)

    @cached_property
    def _quantiles(self) -> NDArray[np.float64]:
        quantiles = self.found["subgroup_npv_quantile"].transpose("quantile", *_PLACES)
        return np.asarray(quantiles.sel(quantile=[0.05, 0.5, 0.95]).values)

    def _mean(self, found: Summary) -> str:
        if found.nothing:
            return self.number.plain(float("nan"))
        return self.number.money(found.mean, place=last_place(found.mean, error=found.error), signed=True)

    def _words(self, calculation: int, entry: CalculationEntry) -> str:
        found = [self.at(g, calculation, self.material.reported) for g in range(len(self.groups))]
        means = [f.mean for f in found]
        low, high = int(np.argmin(means)), int(np.argmax(means))
        paying = "sub.most" if means[low] > 0 else "sub.apart"
        key = paying if means[high] > 0 else "sub.least"
        return self.say(
            key,
            calculation=short(entry.label),
            high=short(self.groups[high].label),
            low=short(self.groups[low].label),
            high_amount=self._mean(found[high]),
            low_amount=self._mean(found[low]),
        )

    def _table(self) -> Table:
        say, rows = self.say, list[Row]()
        for k, c in enumerate(self.material.calculations):
            rows.append(Row((self.material.chip(c, view=True),), group=True))
            for g in range(len(self.groups) + 1):
                found = self.at(g, k, self.material.reported)
                share = self.groups[g].shares.get(c.name) if g < len(self.groups) else 1.0
                cells = [
                    Cell(self._label(g)),
                    Cell(self.number.share(float("nan") if share is None else share), number=True),
                    Cell(self._mean(found), number=True),
                    Cell(interval_text(self.material, found), number=True),
                    Cell(probability_text(self.material, found), number=True),
                ]
                rows.append(Row(tuple(cells), strong=g == len(self.groups)))
        head = [Cell(say("sub.head.group")), Cell(say("sub.head.share"), number=True),
                Cell(say("sub.head.mean"), number=True)]  # fmt: skip
        head += [Cell(say(f"npv.head.{h}"), number=True) for h in ("interval", "probability")]
        return Table(say("sub.caption"), tuple(head), tuple(rows))

    def _label(self, group: int) -> str:
        return self.groups[group].label if group < len(self.groups) else self.say("sub.all")

    def _full(self, calculation: int, entry: CalculationEntry) -> Table:
        """Perspectives and payers down, parts of the cohort across."""
        say, rows = self.say, list[Row]()
        for heading, parties in (("perspectives", self.material.perspectives), ("payers", self.material.payers)):
            rows.append(Row((Cell(say(f"npv.group.{heading}")),), group=True))
            for party in parties:
                cells = [Cell(party.label)]
                for g in range(len(self.groups) + 1):
                    found = self.at(g, calculation, party)
                    note = "" if found.nothing or found.certain else interval_text(self.material, found)
                    cells.append(Cell(self._mean(found), number=True, note=note))
                rows.append(Row(tuple(cells)))
        head = (Cell(say("npv.head.party")), *(Cell(self._label(g), number=True) for g in range(len(self.groups) + 1)))
        return Table(say("sub.full_caption", calculation=entry.label), head, tuple(rows))

    def _outcomes(self) -> Table:
        """Outcomes down, parts of the cohort across."""
        say, rows = self.say, list[Row]()
        whole = self.material.findings.analyses["outcomes"].sel(strategy=self.course.intervention.name)
        for c in self.material.calculations:
            rows.append(Row((self.material.chip(c),), group=True))
            for o in self.material.description.outcomes:
                at = self.found.sel(calculation=c.name, outcome_measure=o.name)
                total = whole.sel(calculation=c.name, outcome_measure=o.name)
                cells = [Cell(named_with_unit(self.material, o))]
                for one, prefix in ((*((at.isel(subgroup=g), "subgroup_") for g in range(len(self.groups))),
                                     (total, ""))):  # fmt: skip
                    mean, error = (float(one[f"{prefix}amount_difference{e}"]) for e in ("", "_error"))
                    interval = interval_of(self.material, one[f"{prefix}amount_difference_quantile"])
                    cells.append(Cell(difference_text(self.material, mean, error), number=True, note=interval))
                rows.append(Row(tuple(cells)))
        labels = [self._label(g) for g in range(len(self.groups) + 1)]
        head = (Cell(say("sub.head.group")), *(Cell(x, number=True) for x in labels))
        return Table(say("sub.outcomes_caption"), head, tuple(rows))
