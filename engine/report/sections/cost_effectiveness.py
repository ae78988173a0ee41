"""What is had for the money: incremental table, plane, acceptability, expected loss."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from engine.analysis.economics import DOMINATED, EXTENDEDLY_DOMINATED, ON_FRONTIER, SAME
from engine.report.blocks import Block, Bullets, Cell, Heading, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Material
from engine.report.numbers import last_place
from engine.report.plots.acceptability import plot_acceptability
from engine.report.plots.expected_loss import plot_expected_loss
from engine.report.plots.plane import plot_plane
from engine.results.comparisons import comparisons

PRICES = 9
"""Thresholds that a table shows."""
_STATUS = {DOMINATED: "ce.status.dominated", EXTENDEDLY_DOMINATED: "ce.status.extended", SAME: "ce.status.same"}


def cost_effectiveness_section(material: Material) -> Section | None:
    found = comparisons(material.findings)
    if not found:
        return None
    say, blocks = material.say, list[Block]()
    blocks.append(Text(say("ce.lead"), role="lead"))
    for ds in found:
        blocks += _Comparison(material, ds).blocks()
    return Section("cost-effectiveness", say("ce.title"), tuple(blocks))


class _Comparison:
    """One outcome in one perspective, with the names that all sentences need."""

    def __init__(self, material: Material, found: xr.Dataset) -> None:
        self.material, self.found = material, found
        self.say, self.number = material.say, material.number
        about = material.description
        self.outcome = next(o for o in about.outcomes if o.name == str(found.attrs["outcome"]))
        self.perspective = material.perspective_label(str(found.attrs["perspective"]))
        self.strategies = {s.name: s.label for s in (about.baseline, *about.interventions)}
        self.courses = [str(s) for s in found["course"].values]
        self.baseline = short(about.baseline.label)
        self.calculations = [c for c in about.calculations if c.name in {str(x) for x in found["calculation"].values}]
        self.prices = np.asarray(found["willingness_to_pay"].values, dtype=float)
        self.per = self.say(f"ce.per.{self.outcome.better}", unit=self.outcome.unit)
        self.gained = self.say(f"ce.gained.{self.outcome.better}", unit=self.outcome.unit)
        self.suffix = f"_{self.outcome.name}_{found.attrs['perspective']}"

    def strategy(self, place: int) -> str:
        return short(self.strategies[self.courses[place]])

    def money(self, value: float, error: float = 0.0, digits: int = 3) -> str:
        return self.number.money(value, place=last_place(value, error=error, digits=digits))

    def amount(self, value: float, error: float = 0.0) -> str:
        """An effect, down to the first digit of its error and five digits at most."""
        digits = 5
        if error > 0 and value != 0 and math.isfinite(value):
            digits = max(1, min(5, math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 1))
        return self.number.quantity(value, digits)

    def blocks(self) -> list[Block]:
        say, look = self.say, self.material.look
        heading = say("ce.heading", outcome=self.outcome.label, perspective=self.perspective)
        price_axis = say(f"ce.price.{self.outcome.better}", unit=self.outcome.unit)
        return [
            Heading(heading),
            Bullets(tuple(line for c in self.calculations for line in self._words(c.name, short(c.label)))),
            self._table(),
            Text(say("ce.note"), role="note"),
            self.material.picture(
                f"plane{self.suffix}",
                plot_plane(self.found, look=look, effect_axis=say("plot.ce_effect", gained=self.gained)),
                title=say("ce.plane_title", baseline=self.baseline),
                how=say("ce.plane_how", baseline=self.baseline),
                values=self._plane_alt(),
                table=self._plane_table(),
            ),
            self.material.picture(
                f"acceptability{self.suffix}",
                plot_acceptability(self.found, look=look, price_axis=price_axis),
                title=say("ce.curve_title"),
                how=say("ce.curve_how"),
                values=self._curve_alt(),
                table=self._curve_table(),
            ),
            self.material.picture(
                f"expected_loss{self.suffix}",
                plot_expected_loss(self.found, look=look, price_axis=price_axis),
                title=say("ce.loss_title"),
                how=say("ce.loss_how"),
                values=self._loss_alt(),
                table=self._loss_table(),
            ),
        ]

    # ------------------------------------------------------------ words

    def _frontier(self, at: xr.Dataset) -> list[int]:
        on = [k for k in range(len(self.courses)) if int(at["dominance"].isel(course=k)) == ON_FRONTIER]
        return sorted(on, key=lambda k: float(at["course_cost"].isel(course=k)))

    def _words(self, name: str, label: str) -> list[str]:
        say, at = self.say, self.found.sel(calculation=name)
        frontier = self._frontier(at)
        if len(frontier) == 1:
            told = [say("ce.best_one", calculation=label, strategy=self.strategy(frontier[0]))]
        else:
            icers = [at.isel(course=k) for k in frontier[1:]]
            limits = [self.money(float(one["icer"]), float(one["icer_error"])) for one in icers]
            steps = [say("ce.step_first", strategy=self.strategy(frontier[0]), high=limits[0])]
            steps += [
                say("ce.step", strategy=self.strategy(k), low=low, high=high)
                for k, low, high in zip(frontier[1:-1], limits[:-1], limits[1:], strict=True)
            ]
            steps.append(say("ce.step_last", strategy=self.strategy(frontier[-1]), low=limits[-1]))
            told = [say("ce.best", calculation=label, per=self.per, steps=say("list.semicolon").join(steps))]
        never = [k for k in range(len(self.courses)) if int(at["dominance"].isel(course=k)) in
                 (DOMINATED, EXTENDEDLY_DOMINATED)]  # fmt: skip
        if never:
            names = say.listed([say("spread.quoted", name=self.strategy(k)) for k in never])
            told.append(say("ce.dominated", calculation=label, names=names))
        return [*told, self._doubt(at, label)]

    def _doubt(self, at: xr.Dataset, label: str) -> str:
        """Where the choice is hardest, and what to know would be worth there."""
        worth = np.asarray(at["evpi_by_willingness"].values, dtype=float)
        k = int(worth.argmax())
        one = at.isel(willingness_to_pay=k)
        if not worth[k] > 0:
            return self.say("ce.certain", calculation=label)
        best = int(one["best_course"])
        slots = {
            "price": self.money(float(self.prices[k])),
            "per": self.per,
            "strategy": self.strategy(best),
            "p": self.number.probability(float(one["p_cost_effective"].isel(course=best))),
            "evpi": self.money(float(worth[k]), float(one["evpi_by_willingness_error"])),
        }
        return self.say("ce.doubt", calculation=label, **slots)

    # ------------------------------------------------------------ tables

    def _group(self, name: str) -> list[Row]:
        """Heading of a calculation's rows, where there are several."""
        if len(self.calculations) < 2:
            return []
        label = next(c.label for c in self.calculations if c.name == name)
        return [Row((Cell(label),), group=True)]  # no swatch: colours are those of strategies here

    def _swatch(self, place: int) -> Cell:
        name = self.courses[place]
        return Cell(self.strategies[name], swatch=self.material.look.course(name))

    def _with_error(self, text: str, error: float) -> Cell:
        if not error > 0:
            return Cell(text, number=True)
        note = self.say("text.plus_minus", error=self.number.quantity(error, 2))
        return Cell(text, number=True, note=note)

    def _table(self) -> Table:
        say, rows = self.say, list[Row]()
        for c in self.calculations:
            rows += self._group(c.name)
            at = self.found.sel(calculation=c.name)
            for k in np.argsort(np.asarray(at["course_cost"].values), kind="stable"):
                one = at.isel(course=int(k))
                cells = [self._swatch(int(k))]
                for name in ("course_cost", "course_effect", "incremental_cost", "incremental_effect", "icer"):
                    value, error = float(one[name]), float(one[f"{name}_error"])
                    if math.isnan(value):
                        cells.append(Cell("", number=True))
                        continue
                    text = self.amount(value, error) if "effect" in name else self.money(value, error, 6)
                    cells.append(self._with_error(text, error))
                status = _STATUS.get(int(one["dominance"]))
                rows.append(Row((*cells, Cell(say(status) if status else ""))))
        heads = (
            say("ce.head.strategy"),
            say("ce.head.cost"),
            say("ce.head.effect", unit=self.outcome.unit),
            say("ce.head.added_cost"),
            self.gained,
            self.per,
            say("ce.head.status"),
        )
        head = tuple(Cell(h, number=0 < i < 6) for i, h in enumerate(heads))
        return Table(say("ce.table_caption"), head, tuple(rows))

    def _plane_table(self) -> Table:
        say, rows = self.say, list[Row]()
        for c in self.calculations:
            rows += self._group(c.name)
            for k in range(1, len(self.courses)):
                one = self.found.sel(calculation=c.name).isel(course=k)
                cost = tuple(float(one[n]) for n in ("cost_difference", "cost_difference_sd"))
                effect = tuple(float(one[n]) for n in ("effect_difference", "effect_difference_sd"))
                cells = (self._with_error(self.money(cost[0]), cost[1]),
                         self._with_error(self.number.quantity(effect[0], 3), effect[1]))  # fmt: skip
                rows.append(Row((self._swatch(k), *cells)))
        head = (
            Cell(say("ce.head.strategy")),
            Cell(say("ce.head.added_cost"), number=True),
            Cell(self.gained, number=True),
        )
        return Table(say("ce.plane_caption", baseline=self.baseline), head, tuple(rows))

    def _selected(self) -> list[int]:
        """Places of the thresholds that tables show, evenly over all."""
        n = len(self.prices)
        return sorted({round(k) for k in np.linspace(0, n - 1, min(n, PRICES))})

    def _curve_table(self) -> Table:
        say, number, rows = self.say, self.number, list[Row]()
        for c in self.calculations:
            rows += self._group(c.name)
            for w in self._selected():
                one = self.found.sel(calculation=c.name).isel(willingness_to_pay=w)
                p = np.asarray(one["p_cost_effective"].values, dtype=float)
                worst = float(np.nanmax(one["p_cost_effective_error"].values, initial=0.0))
                cells = [Cell(number.money(float(self.prices[w])), number=True)]
                cells += [Cell(number.share(float(x)), number=True) for x in p]
                cells += [Cell(self.strategy(int(one["best_course"]))), Cell(number.share(worst, 1), number=True)]
                rows.append(Row(tuple(cells)))
        head = [Cell(say("ce.head.price"), number=True), *self._course_heads()]
        head += [Cell(say("ce.head.best")), Cell(say("ce.head.error"), number=True)]
        return Table(say("ce.curve_caption"), tuple(head), tuple(rows))

    def _loss_table(self) -> Table:
        say, number, rows = self.say, self.number, list[Row]()
        for c in self.calculations:
            rows += self._group(c.name)
            for w in self._selected():
                one = self.found.sel(calculation=c.name).isel(willingness_to_pay=w)
                cells = [Cell(number.money(float(self.prices[w])), number=True)]
                for k in range(len(self.courses)):
                    value, error = (float(one[n].isel(course=k)) for n in ("expected_loss", "expected_loss_error"))
                    cells.append(Cell(self.money(value, error), number=True))
                worth = float(one["evpi_by_willingness"])
                cells.append(Cell(self.money(worth, float(one["evpi_by_willingness_error"])), number=True))
                rows.append(Row(tuple(cells)))
        head = (Cell(say("ce.head.price"), number=True), *self._course_heads(),
                Cell(say("ce.head.information"), number=True))  # fmt: skip
        return Table(say("ce.loss_caption"), head, tuple(rows))

    def _course_heads(self) -> list[Cell]:
        return [Cell(c.text, number=True, swatch=c.swatch) for c in map(self._swatch, range(len(self.courses)))]

    # ------------------------------------------------------------ for who cannot see it

    def _plane_alt(self) -> list[str]:
        at = self.found.isel(calculation=0)
        return [
            self.say(
                "alt.plane",
                strategy=self.strategy(k),
                cost=self.money(float(at["cost_difference"].isel(course=k))),
                effect=self.number.quantity(float(at["effect_difference"].isel(course=k)), 3),
            )
            for k in range(1, len(self.courses))
        ][:6]

    def _curve_alt(self) -> list[str]:
        told = []
        for c in self.calculations[:4]:
            one = self.found.sel(calculation=c.name).isel(willingness_to_pay=-1)
            best = int(one["best_course"])
            p = self.number.probability(float(one["p_cost_effective"].isel(course=best)))
            slots = {"price": self.money(float(self.prices[-1])), "strategy": self.strategy(best), "p": p}
            told.append(self.say("alt.curve", calculation=short(c.label), **slots))
        return told

    def _loss_alt(self) -> list[str]:
        told = []
        for c in self.calculations[:4]:
            worth = np.asarray(self.found["evpi_by_willingness"].sel(calculation=c.name).values, dtype=float)
            k = int(worth.argmax())
            slots = {"evpi": self.money(float(worth[k])), "price": self.money(float(self.prices[k]))}
            told.append(self.say("alt.loss", calculation=short(c.label), **slots))
        return told
