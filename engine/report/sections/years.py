"""In which years, and at which payers, the widest difference between two calculations arises."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.analysis.by_year import split_in_time
from engine.analysis.ranking import top_contributions
from engine.report.blocks import Block, Bullets, Cell, Heading, Picture, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Course, Material, coordinate
from engine.report.numbers import last_place
from engine.report.plots.contribution_curve import plot_contribution_curve
from engine.report.plots.heatmap import plot_heatmap

Array = NDArray[np.float64]

PAYERS = 3
"""Payers told of in words."""
ROWS = 12
"""Assumptions in the heat map; the rest are one row."""


def years_section(material: Material) -> Section | None:
    blocks = list[Block]()
    for course in material.courses:
        found = material.analysis("years", course.intervention.name)
        if found is None:
            continue
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks += _Years(material, found, course).blocks()
    if not blocks:
        return None
    lead = Text(material.say("when.lead"), role="lead")
    return Section("years", material.say("when.title"), (lead, *blocks))


class _Years:
    """The widest difference of one intervention, with the names that all sentences need."""

    def __init__(self, material: Material, found: xr.Dataset, course: Course) -> None:
        self.material, self.found, self.course = material, found, course
        self.say, self.number = material.say, material.number
        self.keys = coordinate(found, "assumption")
        self.labels = material.labels_of(found)
        self.pair = str(found.attrs["pair_from"]), str(found.attrs["pair_to"])
        self.a, self.b = (short(material.calculation_label(c), 100) for c in self.pair)
        parties = {p.name: p.label for p in material.payers}
        self.payers = [parties.get(p, p) for p in coordinate(found, "payer")]

    @cached_property
    def whole(self) -> Array:
        """(assumption, payer) over all years."""
        parts = self.found["cumulative_contribution"].transpose("assumption", "payer", "cycle")
        return np.asarray(parts.values, dtype=float)[:, :, -1]

    @cached_property
    def cumulative(self) -> xr.DataArray:
        """(assumption, cycle), all payers together."""
        return self.found["cumulative_contribution"].sum("payer")

    @cached_property
    def gap(self) -> float:
        return float(self.whole.sum())

    @cached_property
    def place(self) -> int:
        """Last place in which amounts of this section are shown: in sentences, tables and figures alike."""
        return last_place(self.gap, *self.whole.sum(axis=0), *self.whole.sum(axis=1))

    def money(self, value: float) -> str:
        return self.number.money(value, place=self.place, signed=True)

    def cell(self, value: float) -> Cell:
        return Cell(self.money(value), number=True)

    def name(self, i: int) -> str:
        return short(self.labels[self.keys[i]])

    def shows(self, value: float) -> bool:
        return bool(round(value / 10**self.place))

    def blocks(self) -> list[Block]:
        if not self.keys or not np.abs(self.whole).max(initial=0.0) > 0.5:
            return [Text(self.say("when.none"))]
        return [self._money(), *self._words(), self._curve(), self._payers(), *self._notes()]

    def _money(self) -> Text:
        """Which money is explained, against what the two report."""
        views, reported = [], []
        for name in self.pair:
            k = next(i for i, c in enumerate(self.material.calculations) if c.name == name)
            views.append(self.material.calculations[k].perspective)
            reported.append(self.material.at(self.course.at, k, self.material.reported).mean)
        apart = abs(reported[1] - reported[0])
        slots = {
            "a": self.a,
            "b": self.b,
            "a_view": short(self.material.perspective_label(views[0])),
            "b_view": short(self.material.perspective_label(views[1])),
            "reported": self.number.money(apart, place=last_place(apart)),
            "gap": self.money(self.gap),
        }
        if views[0] == views[1]:
            return Text(self.say("when.views_agree", **slots))
        return Text(self.say("when.views_differ", **slots))

    def _words(self) -> list[Block]:
        """When most of it arises, and at whom."""
        halves = split_in_time(self.found, self.material.description.cycle_length)
        told = []
        if halves is not None:
            slots = {"gap": self.number.money(self.gap, place=self.place)}
            sums = {"early": float(halves.early.sum()), "late": float(halves.late.sum())}
            for when, part in (("early", halves.early), ("late", halves.late)):
                each = part.sum(axis=1)
                top = _leading(each)
                slots |= {when: self.money(float(each.sum())), f"{when}_name": self.name(top)}
                slots[f"{when}_part"] = self.money(float(each[top]))
            kinds = {(True, False): "when.all_early", (False, True): "when.all_late"}
            kind = kinds.get((self.shows(sums["early"]), self.shows(sums["late"])), "when.halves")
            told.append(self.say.count(kind, halves.year, **slots))
        gaps = self.whole.sum(axis=0)
        top_payers = top_contributions(gaps, self.gap, place=self.place, most=PAYERS)
        for p in top_payers.shown:
            top = _leading(self.whole[:, p])
            slots = {
                "payer": short(self.payers[p]),
                "gap": self.money(float(gaps[p])),
                "name": self.name(top),
                "part": self.money(float(self.whole[top, p])),
            }
            if halves is None:
                told.append(self.say("when.payer_whole", **slots))
            else:
                late = self.money(float(halves.late[:, p].sum()))
                told.append(self.say.count("when.payer", halves.year, late=late, **slots))
        if top_payers.others:
            told.append(self.say.count("when.payers_rest", top_payers.others, rest=self.money(top_payers.rest)))
        return [Bullets(tuple(told))]

    def _order(self) -> list[int]:
        """Assumptions that show at any payer or in any year, largest first."""
        size = np.abs(self.whole.sum(axis=1))
        peak = np.maximum(np.abs(self.whole).max(axis=1), np.abs(self.cumulative.values).max(axis=1))
        return [int(i) for i in np.lexsort((-peak, -size)) if self.shows(float(peak[i]))]

    def _curve(self) -> Picture:
        say, step = self.say, self.material.description.cycle_length
        ends = [float(self.material.horizon.sel(calculation=c)) for c in self.pair]
        shorter = int(np.argmin(ends))
        values, order = self.cumulative.values, self._order()
        until = (np.arange(values.shape[1]) + 1) * step
        years = [y for y in self.material.selected_years(max(ends))[1:] if y >= step - 1e-9]
        places = [min(int(np.searchsorted(until, y - 1e-9)), until.size - 1) for y in years]
        rows = [Row((Cell(self.labels[self.keys[i]]), *(self.cell(values[i, at]) for at in places))) for i in order]
        total = values.sum(axis=0)
        rows.append(Row((Cell(say("plot.whole_difference")), *(self.cell(total[at]) for at in places)), strong=True))
        head = [Cell(say("gap.head.assumption"))]
        head += [Cell(say("path.head.by", year=self.number.plain(y)), number=True) for y in years]
        return self.material.picture(
            f"contribution_curve{self.course.suffix}",
            plot_contribution_curve(
                self.cumulative,
                look=self.material.look,
                labels=self.labels,
                cycle_length=step,
                last=max(ends),
                place=self.place,
                horizon=(ends[shorter], (self.a, self.b)[shorter]) if min(ends) < max(ends) else None,
            ),
            title=say("when.years_title", a=self.a, b=self.b),
            how=say("when.years_how"),
            values=[say("alt.gap", gap=self.money(self.gap))]
            + [say("alt.value", name=self.name(i), value=self.money(values[i, -1])) for i in order[:5]],
            table=Table(say("when.years_caption", a=self.a, b=self.b), tuple(head), tuple(rows)),
        )

    def _payers(self) -> Picture:
        say, order = self.say, self._order()
        gaps = np.append(self.whole.sum(axis=0), self.gap)
        each = np.concatenate([self.whole, self.whole.sum(axis=1)[:, None]], axis=1)

        def krona(value: float) -> Cell:
            return Cell(self.number.money(value, signed=True), number=True)

        rows = [Row((Cell(self.labels[self.keys[i]]), *(krona(v) for v in each[i]))) for i in order]
        left = sorted(set(range(len(self.keys))) - set(order))
        if any(round(v) for v in each[left].ravel()):  # too small to be seen, but the sums count them
            words = say.count("plot.other_assumptions", len(left))
            rows.append(Row((Cell(words), *(krona(v) for v in each[left].sum(axis=0)))))
        rows.append(Row((Cell(say("gap.sum_row")), *(krona(v) for v in gaps)), strong=True))
        head = (Cell(say("gap.head.assumption")), *(Cell(p, number=True) for p in self.payers),
                Cell(say("flow.sum_row"), number=True))  # fmt: skip
        shown, rest = (order, []) if len(order) <= ROWS else (order[: ROWS - 1], order[ROWS - 1 :])
        drawn, names = [each[i] for i in shown], [self.labels[self.keys[i]] for i in shown]
        if rest:
            drawn.append(each[rest].sum(axis=0))
            names.append(say.count("plot.other_assumptions", len(rest)))
        # A payer whose money no assumption moves is in the table only.
        columns = [p for p in range(len(self.payers)) if self.shows(float(np.abs(self.whole[:, p]).max()))]
        values = np.stack([*drawn, gaps])[:, [*columns, -1]]
        values[np.round(values / 10**self.place) == 0] = 0.0  # a cell that says 0 has no colour
        scale = self.material.look.scale(values)
        texts = [[self.number.scaled(float(v), scale, place=self.place, signed=True) for v in row] for row in values]
        peaks = sorted(((i, p) for i in shown for p in columns), key=lambda at: -abs(self.whole[at]))[:4]
        return self.material.picture(
            f"contribution_payers{self.course.suffix}",
            plot_heatmap(
                values,
                rows=[*names, say("gap.sum_row")],
                columns=[*(self.payers[p] for p in columns), say("flow.sum_row")],
                texts=texts,
                look=self.material.look,
                footer=self.material.look.money_axis(scale),
                sums=True,
            ),
            title=say("when.payers_title", a=self.a, b=self.b),
            how=say("when.payers_how"),
            values=[
                say("alt.cell", row=self.name(i), column=self.payers[p], value=self.money(self.whole[i, p]))
                for i, p in peaks
            ],
            table=Table(say("when.payers_caption", a=self.a, b=self.b), head, tuple(rows)),
        )

    def _notes(self) -> list[Block]:
        say, draws = self.say, int(self.found.attrs["draws"])
        notes = list[Block]()
        if not self.found.attrs["exact"]:
            notes.append(Text(say("when.sampled"), role="note"))
        if draws < self.material.findings.results.sizes["draw"]:
            told = say("when.draws", draws=self.number.plain(draws))
            if not self.found.attrs["anchored"]:
                told = say.count("turn.draws", draws)
            notes.append(Text(told, role="note"))
        return notes


def _leading(parts: Array) -> int:
    """Place of the largest part that pulls the way of the sum."""
    whole = float(parts.sum())
    return int(np.argmax(parts if whole > 0 else -parts if whole < 0 else np.abs(parts)))
