"""What follow-up studies are worth before deciding: in words, drawn by size, and as a table."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from engine.report.blocks import Block, Bullets, Cell, Heading, Row, Table, Text
from engine.report.headline import short
from engine.report.material import Material
from engine.report.numbers import last_place
from engine.report.plots.follow_up import Panel, plot_follow_up

MOST_PANELS = 8


def follow_up_blocks(material: Material) -> list[Block]:
    """One part for each follow-up study that the study asked the worth of."""
    keys = (re.fullmatch(r"follow_up/(\d+)/.+", name) for name in material.findings.analyses)
    numbers = sorted({int(found[1]) for found in keys if found})
    return [block for number in numbers for block in _FollowUp(material, number).blocks()]


class _FollowUp:
    """One study, as each calculation that is unsure of what it estimates sees it."""

    def __init__(self, material: Material, number: int) -> None:
        self.material, self.number = material, number
        self.say = material.say
        self.known = [
            (c.name, found)
            for c in material.calculations
            if (found := material.analysis(f"follow_up/{number}", c.name)) is not None
        ]

    def blocks(self) -> list[Block]:
        if not self.known:
            return []
        say, attrs = self.say, self.known[0][1].attrs
        label, origin = str(attrs["follow_up"]), str(attrs["origin"])
        told, panels = [], []
        rows = list[Row]()
        for name, found in self.known:
            for k in range(found.sizes["parameter"]):
                one = found.isel(parameter=k, party=0)
                told.append(self._sentence(name, one))
                if _matters(one):
                    panels.append(self._panel(name, one, several=found.sizes["parameter"] > 1))
                    rows += self._rows(name, one)
        participants = self.material.number.plain(float(attrs["cohort"]))
        blocks: list[Block] = [
            Heading(label),
            Text(say("follow.lead", label=label)),
            Bullets(tuple(told)),
        ]
        if panels:
            blocks.append(
                self.material.picture(
                    f"follow_up_{self.number}",
                    plot_follow_up(panels[:MOST_PANELS], look=self.material.look),
                    title=say("follow.figure_title", label=label),
                    how=say("follow.how"),
                    values=told,
                    table=self._table(label, tuple(rows)),
                )
            )
        blocks.append(Text(say("follow.concerns", participants=participants), role="note"))
        if origin:
            key = "follow.assumed" if attrs.get("assumed", 1) else "follow.source"
            blocks.append(Text(say(key, origin=origin), role="note"))
        return blocks

    def _sentence(self, name: str, one: xr.Dataset) -> str:
        label, subject = self.material.calculation_label(name), short(str(one["label"].item()), 100)
        if not _matters(one):
            return self.say("follow.nothing", name=label, input=subject)
        worth, error, net = (
            np.asarray(one[v].values, dtype=float) for v in ("evsi_programme", "evsi_programme_se", "enbs")
        )
        cost = worth - net
        # where none pays, the size that returns most of what it costs
        best = int(net.argmax() if (net > 0).any() else (worth / np.maximum(cost, 1.0)).argmax())
        place = last_place(worth[best], error=error[best])
        slots = {
            "name": label,
            "input": subject,
            "size": self.material.number.plain(float(one["sample_size"].values[best])),
            "worth": self._money(worth[best], place),
            "cost": self._money(cost[best], last_place(cost[best])),
        }
        if net[best] > 0:
            return self.say("follow.pays", net=self._money(net[best], place), **slots)
        ceiling, unsure = float(one["evppi_programme"]), float(one["evppi_se"]) * float(one.attrs["cohort"])
        return self.say("follow.costs", ceiling=self._money(ceiling, last_place(ceiling, error=unsure)), **slots)

    def _panel(self, name: str, one: xr.Dataset, *, several: bool) -> Panel:
        title = self.material.calculation_label(name)
        if several:
            title = self.say("plot.in_view", name=title, view=short(str(one["label"].item())))
        return Panel(title, name, one)

    def _rows(self, name: str, one: xr.Dataset) -> list[Row]:
        number = self.material.number
        worth, error, net = (
            np.asarray(one[v].values, dtype=float) for v in ("evsi_programme", "evsi_programme_se", "enbs")
        )
        ceiling = float(one["evppi_programme"])
        place = last_place(ceiling, digits=3)
        rows = []
        for k, size in enumerate(np.asarray(one["sample_size"].values)):
            amounts = [number.money(float(x), place=place) for x in (worth[k], error[k], worth[k] - net[k])]
            amounts += [number.money(float(net[k]), place=place, signed=True), number.money(ceiling, place=place)]
            cells = [Cell(self.material.calculation_label(name)), Cell(str(one["label"].item()))]
            cells += [Cell(a, number=True) for a in (number.plain(float(size)), *amounts)]
            rows.append(Row(tuple(cells)))
        return rows

    def _table(self, label: str, rows: tuple[Row, ...]) -> Table:
        names = ("calculation", "input", "size", "worth", "error", "cost", "net", "ceiling")
        head = tuple(Cell(self.say(f"follow.head.{n}"), number=i > 1) for i, n in enumerate(names))
        return Table(self.say("follow.caption", label=label), head, rows)

    def _money(self, value: float, place: int) -> str:
        amount = self.material.number.money(value, place=place)
        return self.say("bridge.amount", amount=amount, unit=self.say("unit.sek"))


def _matters(one: xr.Dataset) -> bool:
    """Whether knowing exactly is worth half a krona for a participant or more."""
    return float(one["evppi"]) >= 0.5
