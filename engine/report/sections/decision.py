"""What turns the decision of one calculation into that of another."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Course, Material, coordinate
from engine.report.numbers import last_place

SETS = 10
"""Sets of assumptions shown in each direction."""


def decision_section(material: Material) -> Section | None:
    blocks = list[Block]()
    for course in material.courses:
        found = material.analysis("decision", course.intervention.name)
        if found is None:
            continue
        if course.heading:
            blocks.append(Heading(course.heading))
        blocks += _Decision(material, found, course).blocks()
    if not blocks:
        return None
    lead = Text(material.say("turn.lead"), role="lead")
    return Section("decision", material.say("turn.title"), (lead, *blocks))


class _Decision:
    """One pair of calculations, with the names that all sentences need."""

    def __init__(self, material: Material, found: xr.Dataset, course: Course) -> None:
        self.material, self.found, self.course = material, found, course
        self.say, self.number = material.say, material.number
        self.keys = coordinate(found, "assumption")
        self.labels = material.labels_of(found)
        self.names = [short(self.labels[k]) for k in self.keys]
        self.a, self.b = (short(material.calculation_label(str(found.attrs[k])), 100) for k in ("pair_from", "pair_to"))
        self.npv = float(found["npv_from"]), float(found["npv_to"])
        self.gap = self.npv[1] - self.npv[0]
        self.place = last_place(*self.npv, digits=2)

    def money(self, value: float) -> str:
        return self.number.money(value, place=self.place, signed=True)

    def values(self, name: str) -> NDArray[np.float64]:
        return np.asarray(self.found[name].values, dtype=float)

    def blocks(self) -> list[Block]:
        say = self.say
        differ = (self.npv[0] > 0) != (self.npv[1] > 0)
        ends = {"a": self.a, "b": self.b, "a_npv": self.money(self.npv[0]), "b_npv": self.money(self.npv[1])}
        told = [*self._sets(), *self._pivot(differ), *self._thresholds(), *self._agree(), *self._stated()]
        inside: list[Block] = [
            Text(say("turn.ends_differ" if differ else "turn.ends_agree", **ends)),
            *self._draws(),
            Bullets(tuple(told)),
        ]
        table = self._set_table()
        if table is not None:
            inside.append(Details(say("turn.sets_title"), (Text(say("turn.sets_how"), role="note"), table)))
        inside.append(Details(say("turn.each_title"), (Text(say("turn.each_how"), role="note"), self._each())))
        return inside

    def _draws(self) -> list[Block]:
        """That mixtures were computed in fewer draws than the results, where they were, and what follows from it."""
        draws = int(self.found.attrs.get("draws", 0))
        if not 0 < draws < self.material.findings.results.sizes["draw"]:
            return []
        key = "turn.weighted" if self.found.attrs.get("anchored", 0) else "turn.draws"
        return [Text(self.say.count(key, draws), role="note")]

    def _members(self, direction: str) -> list[NDArray[np.intp]]:
        """Sets that turn the calculation `from` or `to`, the smallest first."""
        here = [d == direction for d in coordinate(self.found, "direction")]
        return [np.flatnonzero(row > 0.5) for row, mine in zip(self.values("in_flip_set"), here, strict=True) if mine]

    def _sets(self) -> list[str]:
        """What it takes to turn each of the two."""
        if not self.found.attrs.get("enumerated", 0):
            return [self.say("turn.not_enumerated")]
        told = []
        for direction, mover, other in (("from", self.a, self.b), ("to", self.b, self.a)):
            sets = self._members(direction)
            if not sets:
                told.append(self.say("turn.never", mover=mover, other=other))
                continue
            size = len(sets[0])
            smallest = [s for s in sets if len(s) == size]
            quoted = [self.say.listed([self.say("spread.quoted", name=self.names[i]) for i in s]) for s in smallest]
            slots = {"mover": mover, "other": other, "names": quoted[0]}
            if size == 1:
                singles = self.say.listed([self.say("spread.quoted", name=self.names[s[0]]) for s in smallest])
                told.append(self.say.count("turn.single", len(smallest), **{**slots, "names": singles}))
            else:
                told.append(self.say.count("turn.set", len(smallest), size=self.number.plain(size), **slots))
        return told

    def _pivot(self, differ: bool) -> list[str]:
        pivot = self.values("pivot_share")
        if not differ or not np.isfinite(pivot).all():
            return []
        top = int(np.argmax(pivot))
        return [self.say("turn.pivot", name=self.names[top], share=self.number.share(float(pivot[top])))]

    def _thresholds(self) -> list[str]:
        say, status = self.say, coordinate(self.found, "threshold_status")
        at, own, other = (self.values(n) for n in ("threshold", "value_from", "value_to"))
        told = [
            say("turn.threshold", label=self.names[i], name=self.a, other=self.b, value=self._value(i, at[i]),
                own=self._value(i, own[i]), others=self._value(i, other[i]))
            for i, s in enumerate(status) if s == "found" and math.isfinite(at[i])
        ]  # fmt: skip
        if not told:
            told.append(say("turn.no_threshold", name=self.a, other=self.b))
        joint = float(self.found["joint_threshold"])
        if math.isfinite(joint):
            told.append(say("turn.joint", name=self.a, other=self.b, share=self.number.share(joint)))
        return told

    def _agree(self) -> list[str]:
        """The assumption that narrows the difference most if the two agree on it alone."""
        left = np.stack([self.values("gap_left_from"), self.values("gap_left_to")])
        if not self.gap or not np.isfinite(left).any():
            return []
        j, i = (int(x) for x in np.unravel_index(int(np.nanargmin(np.abs(left))), left.shape))
        slots = {
            "gap": self.number.money(abs(self.gap), place=self.place),
            "label": self.names[i],
            "mover": (self.a, self.b)[j],
            "other": (self.b, self.a)[j],
            "left": self.number.money(abs(left[j, i]), place=self.place),
            "share": self.number.share(abs(left[j, i] / self.gap)),
        }
        return [self.say("turn.agree", **slots)]

    def _is_stated(self) -> NDArray[np.bool_]:
        """Where the value to agree on was stated, and is not the middle of the two."""
        found = self.found.coords.get("consensus_stated")
        return np.zeros(len(self.keys), bool) if found is None else np.asarray(found.values, dtype=bool)

    def _stated(self) -> list[str]:
        """What would be left of the difference with each value that the study states as common ground."""
        left = self.values("gap_left_consensus")
        told = []
        for i in np.flatnonzero(self._is_stated()).tolist():
            name, value = self.say("spread.quoted", name=self.names[i]), self._stated_value(i)
            what = self.say("turn.what_stated", name=name, value=value) if value else name
            slots = {"what": what, "a": self.a, "b": self.b}
            if not math.isfinite(left[i]):
                told.append(self.say("turn.stated_refused", **slots))
                continue
            slots |= {
                "gap": self.number.money(abs(self.gap), place=self.place),
                "left": self.number.money(abs(left[i]), place=self.place),
            }
            turned = left[i] * self.gap < 0
            if not turned and slots["left"] == slots["gap"]:  # it changes nothing; the table has it
                continue
            told.append(self.say("turn.stated_turned" if turned else "turn.stated", **slots))
        return told

    def _stated_value(self, i: int) -> str:
        """The value stated; empty for assumptions that move together, which have several."""
        value = float(self.values("consensus")[i])
        if not math.isfinite(value):
            return ""
        entry = self.material.assumptions.get(self.keys[i])
        if entry is not None and entry.alternatives:
            return self.material.figure_of(self.keys[i], value)
        return self._value(i, value)

    def _value(self, i: int, value: float) -> str:
        entry = self.material.assumptions.get(self.keys[i])
        if entry is None or not math.isfinite(value):
            return self.number.quantity(value)
        return self.material.with_unit(self.material.amount(value, entry.unit, digits=3), entry.unit)

    def _set_table(self) -> Table | None:
        say, npv = self.say, self.values("flip_npv")
        rows, place = [], last_place(*npv, digits=2)
        starts = {"from": 0, "to": len(self._members("from"))}
        for direction, mover in (("from", self.a), ("to", self.b)):
            sets = self._members(direction)
            for k, members in enumerate(sets[:SETS]):
                taken = "\n".join(self.names[i] for i in members)
                after = self.number.money(float(npv[starts[direction] + k]), place=place, signed=True)
                rows.append(Row((Cell(mover), Cell(taken), Cell(after, number=True))))
            more = int(self.found.attrs.get(f"flip_sets_{direction}", 0)) - min(len(sets), SETS)
            if more > 0:
                rows.append(Row((Cell(mover), Cell(say.count("turn.more", more, shown=self.number.plain(more))),
                                 Cell(""))))  # fmt: skip
        head = (Cell(say("turn.head.mover")), Cell(say("turn.head.taken")), Cell(say("turn.head.after"), number=True))
        return Table(say("turn.sets_caption", a=self.a, b=self.b), head, tuple(rows)) if rows else None

    def _each(self) -> Table:
        say, status = self.say, coordinate(self.found, "threshold_status")
        pivot, at = self.values("pivot_share"), self.values("threshold")
        left = [self.values(n) for n in ("gap_left_from", "gap_left_to", "gap_left_consensus")]
        stated = self._is_stated()
        weight = np.where(np.isfinite(pivot), np.abs(pivot), 0.0)
        order = np.lexsort((np.abs(left[0]), -weight))
        rows = []
        for i in order:
            known = status[i] == "found" and math.isfinite(at[i])
            words = {"no crossing": "turn.no_crossing", "discrete": "turn.discrete", "refused": "turn.refused"}
            turns = self._value(i, at[i]) if known else say(words.get(status[i], "turn.no_crossing"))
            cells = [
                Cell(self.labels[self.keys[i]]),
                Cell(self.number.share(float(pivot[i])), number=True),
                Cell(turns),
            ]
            cells += [Cell(self.money(float(x[i])), number=True) for x in left[:2]]
            value = self._stated_value(i) if stated[i] else ""
            note = say("turn.at_stated", value=value) if value else say("turn.stated_note") if stated[i] else ""
            cells.append(Cell(self.money(float(left[2][i])), number=True, note=note))
            rows.append(Row(tuple(cells)))
        head = [Cell(say("gap.head.assumption")), Cell(say("turn.head.pivot"), number=True),
                Cell(say("turn.head.threshold", a=self.a))]  # fmt: skip
        slots = {"a": self.a, "b": self.b}
        head += [Cell(say(f"turn.head.{k}", **slots), number=True) for k in ("left_from", "left_to", "left_middle")]
        return Table(say("turn.each_caption", **slots), tuple(head), tuple(rows))
