"""What a programme that admits participants year after year does to budgets, by calendar year."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Picture, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Course, Material, Party, coordinate, plain_arrays
from engine.report.numbers import MISSING, last_place
from engine.report.plots.budget_fan import plot_budget_fan
from engine.report.plots.budget_years import plot_budget_years


def budget_section(material: Material) -> Section | None:
    blocks = list[Block]()
    for course in material.courses:
        found = material.analysis("budget", course.intervention.name)
        if found is None:
            continue
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks += _Budget(material, found, course).blocks()
    if not blocks:
        return None
    lead = Text(material.say("budget.lead"), role="lead")
    return Section("budget", material.say("budget.title"), (lead, *blocks))


class _Budget:
    """The programme of one intervention, with what all sentences need."""

    def __init__(self, material: Material, found: xr.Dataset, course: Course) -> None:
        self.material, self.course = material, course
        self.say, self.number = material.say, material.number
        moving = (
            np.abs(np.asarray(found["budget_saving"].transpose(..., "calendar_year").values)).max(axis=(0, 1)) > 0.5
        )
        last = int(np.flatnonzero(moving).max(initial=0)) + 1
        self.found = found.isel(calendar_year=slice(0, last))
        self.years = [int(y) for y in self.found["calendar_year"].values]
        parties = {p.name: p.label for p in (*material.perspectives, *material.payers)}
        self.parties = [Party(name, parties.get(name, name), "") for name in coordinate(found, "party")]
        own = [
            self.found.isel(calculation=k).isel(party=coordinate(found, "party").index(c.perspective))
            for k, c in enumerate(material.calculations)
        ]
        self.own = xr.concat([one.drop_vars("party") for one in own], dim="calculation")
        """Each calculation in its own perspective."""

    def amount(self, value: float, *, error: float = 0.0, signed: bool = False, among: Iterable[float] = ()) -> str:
        """Money of the whole programme with its unit, the one of the amounts `among` which it stands.

        An amount that would be nothing in that unit keeps its own.
        """
        scale = self.material.look.scale([value, *(x for x in among if abs(x) <= 1000 * abs(value))])
        shown = self.number.scaled(value, scale, place=last_place(value, error=error), signed=signed)
        return self.say("bridge.amount", amount=shown, unit=self.say(scale.key))

    def blocks(self) -> list[Block]:
        parties = Details(self.say("budget.parties_summary"), (self._parties(),), printed=True)
        return [
            self._intake(),
            Bullets(tuple(self._sentences())),
            self._by_year(),
            self._so_far(),
            parties,
            self._note(),
        ]

    def _intake(self) -> Text:
        people = np.asarray(self.found["participants"].values, dtype=float)
        each = [
            self.say("budget.intake_year", year=str(year), n=self.number.quantity(float(n), 6))
            for year, n in zip(self.years, people, strict=True)
            if n > 0
        ]
        total = self.number.quantity(float(people.sum()), 6)
        return Text(self.say("budget.intake", total=total, years=self.say.listed(each, limit=12)))

    def _sentences(self) -> list[str]:
        """Pay-back and peak need of each calculation in its own perspective."""
        told = []
        for k, c in enumerate(self.material.calculations):
            one = self.own.isel(calculation=k)
            need, back = float(one["budget_peak_need"]), float(one["budget_mean_payback_year"])
            total = float(one["budget_cumulative"][-1])
            high = float(one["budget_peak_need_quantile"].sel(quantile=0.95))
            among = [x for x in (total, need, high) if math.isfinite(x)]
            slots = {
                "name": c.label,
                "view": short(self.material.perspective_label(c.perspective)),
                "total": self.amount(total, error=float(one["budget_total_mcse"]), signed=True, among=among),
                "last": str(self.years[self._last(one)]),
            }
            if math.isnan(back):
                told.append(self.say("budget.nothing", **slots))
                continue
            slots |= {"share": self.number.probability(float(one["budget_p_payback"]))}
            if not need > 0:
                told.append(self.say("budget.at_once", **slots))
                continue
            slots |= {
                "need": self.amount(need, among=among),
                "year": f"{float(one['budget_peak_year']):.0f}",
                "high": self.amount(high, among=among),
            }
            if math.isinf(back):
                told.append(self.say("budget.never", **slots))
            else:
                told.append(self.say("budget.back", back=f"{back:.0f}", **slots))
        return told

    def _last(self, one: xr.Dataset) -> int:
        """Place of the last year in which a calculation counts any money of a party."""
        return int(np.flatnonzero(np.abs(one["budget_saving"].values) > 0.5).max(initial=0))

    def _shown_years(self) -> list[int]:
        """Places of the first years and of a handful later ones."""
        last = len(self.years) - 1
        return sorted({k for k in (0, 1, 2, 3, 4, 9, 19, 29, 39) if k < last} | {last})

    def _by_year(self) -> Picture:
        say, places = self.say, self._shown_years()
        payers = [p.name for p in self.material.payers]
        # a payer may have a perspective's name; payers stand last
        saving = self.found["budget_saving"].isel(party=slice(-len(payers), None)).rename(party="payer")
        rows, values = list[Row](), list[str]()
        for k, c in enumerate(self.material.calculations):
            rows.append(Row((self.material.chip(c),), group=True))
            part = saving.isel(calculation=k).transpose("payer", "calendar_year").values
            place = last_place(float(np.abs(part).max()))

            def cells(flow: np.ndarray, place: int = place) -> list[Cell]:
                shown = [float(flow[i]) for i in places] + [float(flow.sum())]
                return [Cell(self.number.money(v, place=place, signed=True), number=True) for v in shown]

            for i, payer in enumerate(self.material.payers):
                swatch = self.material.look.payer(payer.name).colour
                rows.append(Row((Cell(payer.label, swatch=swatch), *cells(part[i]))))
            rows.append(Row((Cell(say("flow.sum_row")), *cells(part.sum(axis=0))), strong=True))
            both = [float(part[:, 0].sum()), float(part.sum())]
            first, whole = (self.amount(v, signed=True, among=both) for v in both)
            values.append(say("budget.alt_year", name=c.label, year=str(self.years[0]), first=first, total=whole))
        head = [Cell(say("npv.head.party")), *(Cell(str(self.years[i]), number=True) for i in places)]
        head.append(Cell(say("flow.head.sum"), number=True))
        return self.material.picture(
            f"budget_years{self.course.suffix}",
            plot_budget_years(saving, look=self.material.look),
            title=say("budget.years_title"),
            how=say("budget.years_how"),
            values=values[:4],
            table=Table(say("budget.years_caption"), tuple(head), tuple(rows)),
        )

    def _so_far(self) -> Picture:
        say, places = self.say, self._shown_years()
        rows, values = list[Row](), list[str]()
        for k, c in enumerate(self.material.calculations):
            one = self.own.isel(calculation=k)
            rows.append(Row((self.material.chip(c, view=True),), group=True))
            lines = {
                "budget.row_mean": one["budget_cumulative"].values,
                "budget.row_low": one["budget_cumulative_quantile"].sel(quantile=0.05).values,
                "budget.row_high": one["budget_cumulative_quantile"].sel(quantile=0.95).values,
                "budget.row_discounted": one["budget_cumulative_discounted"].values,
            }
            place = last_place(*(float(np.abs(line).max()) for line in lines.values()))
            for key, line in lines.items():
                found = [self.number.money(float(line[i]), place=place, signed=True) for i in places]
                rows.append(Row((Cell(say(key)), *(Cell(text, number=True) for text in found))))
            mean = lines["budget.row_mean"]
            slots = {
                "low": self.amount(float(mean.min()), signed=True, among=mean.tolist()),
                "end": self.amount(float(mean[-1]), signed=True, among=mean.tolist()),
            }
            values.append(say("budget.alt_so_far", name=c.label, **slots))
        head = (Cell(say("budget.head.calculation")), *(Cell(str(self.years[i]), number=True) for i in places))
        return self.material.picture(
            f"budget_fan{self.course.suffix}",
            plot_budget_fan(
                self.own,
                look=self.material.look,
                views=[self.material.perspective_label(c.perspective) for c in self.material.calculations],
            ),
            title=say("budget.fan_title"),
            how=say("budget.fan_how"),
            values=values[:4],
            table=Table(say("budget.fan_caption"), head, tuple(rows)),
        )

    def _parties(self) -> Table:
        """Peak need and pay-back of every party in every calculation."""
        say, rows = self.say, list[Row]()
        asked = ["mean_payback_year", "peak_need", "peak_year", "p_payback"]
        asked += ["cumulative", "cumulative_discounted", "total_mcse", "total_mcse_discounted"]
        last = self.found.isel(calendar_year=-1)
        found = plain_arrays(last, [f"budget_{name}" for name in asked], ("calculation", "party"))
        for k, c in enumerate(self.material.calculations):
            rows.append(Row((self.material.chip(c),), group=True))
            for q, party in enumerate(self.parties):
                one = {name: float(found[f"budget_{name}"][k, q]) for name in asked}
                if math.isnan(one["mean_payback_year"]):
                    continue
                need, year = one["peak_need"], one["peak_year"]
                total = one["cumulative"], one["cumulative_discounted"]
                errors = one["total_mcse"], one["total_mcse_discounted"]
                cells = [
                    self._year(one["mean_payback_year"], need),
                    self.number.probability(one["p_payback"]),
                    self.number.money(need, place=last_place(need)),
                    MISSING if math.isnan(year) else f"{year:.0f}",
                    *(
                        self.number.money(v, place=last_place(v, error=e), signed=True)
                        for v, e in zip(total, errors, strict=True)
                    ),
                ]
                rows.append(Row((Cell(party.label), *(Cell(text, number=True) for text in cells))))
        names = ("party", "back", "share", "need", "year", "total", "discounted")
        start = str(int(self.found.attrs["start_year"]))
        head = tuple(Cell(say(f"budget.head.{n}", start=start), number=i > 0) for i, n in enumerate(names))
        return Table(say("budget.parties_caption"), head, tuple(rows))

    def _year(self, back: float, need: float) -> str:
        if math.isinf(back):
            return self.say("budget.not_back")
        return f"{back:.0f}" if need > 0 else self.say("text.from_start")

    def _note(self) -> Text:
        attrs = self.found.attrs
        shown = {"paths": self.number.plain(float(attrs["paths"])), "draws": self.number.plain(float(attrs["draws"]))}
        key = "budget.note_apart" if int(attrs["apart"]) else "budget.note_copies"
        return Text(self.say(key, **shown), role="note")
