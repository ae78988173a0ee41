"""What the intervention does for people: outcomes beside money, what it changes, and how many participants it takes."""

from __future__ import annotations

import math

import xarray as xr

from engine.report.blocks import Block, Bullets, Cell, Heading, Row, Section, Table, Text
from engine.report.headline import short
from engine.report.material import Material
from engine.report.plots.outcome_bars import plot_outcome_bars
from engine.results.description import OutcomeEntry


def outcomes_section(material: Material) -> Section | None:
    found = material.findings.analyses.get("outcomes")
    if found is None:
        return None
    say, blocks = material.say, list[Block]()
    blocks += [Text(say("out.lead"), role="lead"), Text(say("out.discounted"), role="note")]
    for outcome in material.description.outcomes:
        blocks += _Outcome(material, found.sel(outcome_measure=outcome.name), outcome).blocks()
    return Section("outcomes", say("out.title"), tuple(blocks))


def named_with_unit(material: Material, outcome: OutcomeEntry) -> str:
    """An outcome and what it is counted in, where its name does not say so itself."""
    if outcome.unit.lower() in outcome.label.lower():
        return outcome.label
    return material.say("out.heading", name=outcome.label, unit=outcome.unit)


def difference_text(material: Material, mean: float, error: float) -> str:
    """A difference with its sign, down to the first digit of its error and three digits at most."""
    digits = 3
    if error > 0 and mean != 0:
        digits = max(1, min(3, math.floor(math.log10(abs(mean))) - math.floor(math.log10(error)) + 1))
    text = material.number.quantity(mean, digits)
    return f"+{text}" if mean > 0 else text


def interval_of(material: Material, quantiles: xr.DataArray) -> str:
    """The 90 % interval of a difference; nothing where there is no uncertainty."""
    low, high = (float(x) for x in quantiles.sel(quantile=[0.05, 0.95]).values)
    if not high - low > 1e-9 * max(abs(low), abs(high)):
        return ""
    ends = (material.number.quantity(low, 3), material.number.quantity(high, 3))
    return material.say("text.interval", low=ends[0], high=ends[1])


class _Outcome:
    """One outcome, with the names that all sentences need."""

    def __init__(self, material: Material, found: xr.Dataset, outcome: OutcomeEntry) -> None:
        self.material, self.found, self.outcome = material, found, outcome
        self.say, self.number = material.say, material.number
        about = material.description
        self.baseline = about.baseline
        self.interventions = [s for s in about.interventions if s.name in {str(x) for x in found["strategy"].values}]
        self.cohort = about.cohort

    def blocks(self) -> list[Block]:
        say, outcome = self.say, self.outcome
        name = short(outcome.label)
        blocks: list[Block] = [
            Heading(named_with_unit(self.material, outcome)),
            Text(say(f"out.better.{outcome.better}")),
            Bullets(tuple(self._words())),
            self._table(),
        ]
        if outcome.events:
            blocks.append(Text(say("out.needed_note"), role="note"))
        blocks.append(
            self.material.picture(
                f"outcome_{outcome.name}",
                plot_outcome_bars(self.found, look=self.material.look, axis=say("out.axis", unit=outcome.unit)),
                title=say("out.figure_title", name=name, baseline=short(self.baseline.label)),
                how=say("out.how"),
                values=self._alt(),
                table=self._differences(),
            )
        )
        return blocks

    def _words(self) -> list[str]:
        told = []
        for c in self.material.calculations:
            for s in self.interventions:
                at = self.found.sel(calculation=c.name, strategy=s.name)
                mean, error = float(at["amount_difference"]), float(at["amount_difference_error"])
                slots = {"calculation": short(c.label), "strategy": short(s.label), "unit": self.outcome.unit}
                if mean == 0:
                    told.append(
                        self.say("out.sentence_none", calculation=slots["calculation"], strategy=slots["strategy"])
                    )
                    continue
                slots["amount"] = difference_text(self.material, abs(mean), error).lstrip("+")
                way = "more" if mean > 0 else "less"
                if self.cohort:
                    total = difference_text(self.material, abs(mean) * self.cohort, error * self.cohort).lstrip("+")
                    cohort = self.number.plain(self.cohort)
                    told.append(self.say(f"out.cohort_{way}", **slots, total=total, cohort=cohort))
                else:
                    told.append(self.say(f"out.sentence_{way}", **slots))
                if self.outcome.events:
                    needed = float(at["number_needed"])
                    n, better = self._number(abs(needed)), self.outcome.better
                    key = f"out.needed_for.{better}" if needed > 0 else f"out.harm_for.{better}"
                    told.append(self.say(key, **{**slots, "n": n}))
        return told

    def _number(self, needed: float) -> str:
        """A number of participants, whole and rounded up where it takes more than a few."""
        if not math.isfinite(needed) or needed < 10:
            return self.number.quantity(needed, 2)
        return self.number.plain(math.ceil(needed)) if needed < 1000 else self.number.quantity(needed, 3)

    def _table(self) -> Table:
        say, rows = self.say, list[Row]()
        for c in self.material.calculations:
            if len(self.material.calculations) > 1:
                rows.append(Row((self.material.chip(c),), group=True))
            at = self.found.sel(calculation=c.name)
            for s in (self.baseline, *self.interventions):
                whole = at.sel(course=s.name)
                amount = self.number.quantity(float(whole["amount_mean"]), 4)
                cells = [Cell(s.label), Cell(amount, number=True)]
                rows.append(Row((*cells, *self._difference(at, s.name))))
        head = [Cell(say("out.head.strategy")), Cell(say("out.head.amount"), number=True),
                Cell(say("out.head.difference"), number=True), Cell(say("out.head.p_better"), number=True)]  # fmt: skip
        if self.cohort:
            head.append(Cell(say("out.head.total", cohort=self.number.plain(self.cohort)), number=True))
        if self.outcome.events:
            head += [Cell(say(f"out.head.{h}"), number=True) for h in ("needed", "needed_interval")]
        return Table(say("out.caption", name=self.outcome.label, unit=self.outcome.unit), tuple(head), tuple(rows))

    def _differences(self) -> Table:
        """Strategies down, calculations across: what the figure shows."""
        say, rows = self.say, list[Row]()
        for s in self.interventions:
            cells = [Cell(s.label)]
            for c in self.material.calculations:
                at = self.found.sel(calculation=c.name, strategy=s.name)
                mean, error = float(at["amount_difference"]), float(at["amount_difference_error"])
                interval = interval_of(self.material, at["amount_difference_quantile"])
                cells.append(Cell(difference_text(self.material, mean, error), number=True, note=interval))
            rows.append(Row(tuple(cells)))
        chips = (self.material.chip(c) for c in self.material.calculations)
        head = (Cell(say("out.head.strategy")), *(Cell(c.text, number=True, swatch=c.swatch) for c in chips))
        return Table(say("out.axis", unit=self.outcome.unit), head, tuple(rows))

    def _difference(self, at: xr.Dataset, strategy: str) -> list[Cell]:
        """Cells of what a strategy changes; empty for the baseline."""
        columns = 2 + bool(self.cohort) + 2 * self.outcome.events
        if strategy == self.baseline.name:
            return [Cell("", number=True)] * columns
        one = at.sel(strategy=strategy)
        mean, error = float(one["amount_difference"]), float(one["amount_difference_error"])
        interval = interval_of(self.material, one["amount_difference_quantile"])
        certain = interval == ""
        cells = [Cell(difference_text(self.material, mean, error), number=True, note=interval)]
        better = self.say("text.no_uncertainty") if certain else self.number.probability(float(one["p_better"]))
        cells.append(Cell(better, number=True))
        if self.cohort:
            cells.append(Cell(difference_text(self.material, mean * self.cohort, error * self.cohort), number=True))
        if self.outcome.events:
            low, high = (float(one["number_needed_ends"].sel(quantile=q)) for q in (0.05, 0.95))
            cells.append(Cell(self._needed(float(one["number_needed"])), number=True))
            cells.append(Cell("" if certain else self._needed_span(low, high), number=True))
        return cells

    def _needed(self, needed: float) -> str:
        if not math.isfinite(needed):
            return "∞"
        return self.say("out.needed" if needed > 0 else "out.harmed", n=self._number(abs(needed)))

    def _needed_span(self, low_gain: float, high_gain: float) -> str:
        """From the number of the lowest gain to that of the highest; through infinity where they differ in sign."""
        if low_gain < 0 < high_gain < math.inf:
            return self.say("out.needed_through", harm=self._needed(low_gain), benefit=self._needed(high_gain))
        ends = sorted((low_gain, high_gain), key=abs)  # fewest participants first, for gains and harms alike
        return self.say("out.needed_span", low=self._needed(ends[0]), high=self._needed(ends[1]))

    def _alt(self) -> list[str]:
        return [
            self.say(
                "alt.outcome",
                strategy=short(s.label),
                calculation=short(c.label),
                amount=difference_text(
                    self.material, float(self.found["amount_difference"].sel(calculation=c.name, strategy=s.name)), 0.0
                ),
            )
            for s in self.interventions
            for c in self.material.calculations
        ][:6]
