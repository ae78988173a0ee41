"""Assumptions side by side, why, and where the figures come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.material import Material
from engine.results.description import AssumptionEntry, AssumptionValue, CalculationEntry


def safe_link(address: str) -> str:
    """The address if it is a plain https link, else nothing: other schemes can run code or show another target."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    plain = all(c.isprintable() and not c.isspace() and c not in "\"'<>\\`" for c in address)
    return address if plain and parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else ""


def assumptions_section(material: Material) -> Section:
    say = material.say
    entries = material.description.assumptions
    differ, same = [a for a in entries if a.differs], [a for a in entries if not a.differs]
    blocks: list[Block] = [Text(say("assume.lead"), role="lead")]
    if differ:
        blocks.append(_side_by_side(material, differ))
    blocks += [_why(material, c) for c in material.calculations]
    if same:
        summary = say.count("assume.same", len(same), n=material.number.plain(len(same)))
        blocks.append(Details(summary, (_common(material, same),)))
    if material.description.sources:
        blocks += [Heading(say("assume.sources")), _sources(material)]
    return Section("assumptions", say("assume.title"), tuple(blocks))


def _grouped(material: Material, entries: list[AssumptionEntry], row: dict[str, Row]) -> tuple[Row, ...]:
    """Rows under the name of their theme, themes in the study's order."""
    order = list(dict.fromkeys([*material.description.themes, *(a.theme for a in entries)]))
    rows: list[Row] = []
    for theme in order:
        mine = [row[a.name] for a in entries if a.theme == theme]
        if mine:
            rows += [Row((Cell(material.theme_label(theme)),), group=True), *mine]
    return tuple(rows)


def _unit(material: Material, entry: AssumptionEntry) -> str:
    """Unit, and for money the year of its prices."""
    if entry.kind != "parameter":
        return ""
    if entry.price_year is None:
        return entry.unit
    return material.say("assume.unit_year", unit=entry.unit, year=entry.price_year)


def _side_by_side(material: Material, entries: list[AssumptionEntry]) -> Table:
    say = material.say
    rows = {}
    for entry in entries:
        cells = [Cell(entry.label, note=_unit(material, entry))]
        # Whose costs are counted is each author's own answer; there is no common one to differ from.
        cells.append(Cell("" if entry.kind == "perspective" else material.written(entry, entry.default)))
        for calculation in material.calculations:
            value = entry.values.get(calculation.name, entry.default)
            other = value.own and (entry.kind == "perspective" or value.text != entry.default.text)
            cells.append(Cell(material.written(entry, value), mark=say("assume.own") if other else ""))
        rows[entry.name] = Row(tuple(cells))
    heads = ("assumption", "model")
    head = (*(Cell(say(f"assume.head.{h}")) for h in heads), *(material.chip(c) for c in material.calculations))
    return Table(say("assume.differ_caption"), head, _grouped(material, entries, rows))


def _common(material: Material, entries: list[AssumptionEntry]) -> Table:
    say = material.say
    rows = {}
    for entry in entries:
        # The same in all calculations, but perhaps set by every one of them rather than by the model.
        value = next((entry.values[c.name] for c in material.calculations if c.name in entry.values), entry.default)
        rows[entry.name] = Row(
            (
                Cell(entry.label),
                Cell(material.written(entry, value)),
                Cell(_unit(material, entry)),
                _origin(material, value),
            )
        )
    heads = ("assumption", "value", "unit", "source")
    head = tuple(Cell(say(f"assume.head.{h}")) for h in heads)
    return Table(say("assume.same_caption"), head, _grouped(material, entries, rows))


def _anchors(material: Material) -> dict[str, str]:
    """Anchor of each source: counted, for an id is the user's text."""
    return {s.id: f"source-{i}" for i, s in enumerate(material.description.sources, start=1)}


def _origin(material: Material, value: AssumptionValue) -> Cell:
    if value.source:
        anchor = _anchors(material).get(value.source)
        return Cell(value.source, href=f"#{anchor}" if anchor else "")
    if value.assumption:
        return Cell(material.say("assume.is_assumption", text=value.assumption))
    return Cell(material.say("assume.no_source"))


def _why(material: Material, calculation: CalculationEntry) -> Details:
    say = material.say
    items = [say("assume.why_calculation", why=calculation.why)]
    if calculation.perspective_why:
        perspective = material.perspective_label(calculation.perspective)
        items.append(say("assume.why_perspective", perspective=perspective, why=calculation.perspective_why))
    for entry in material.description.assumptions:
        value = entry.values.get(calculation.name)
        if value is None or not value.own or entry.kind == "perspective":
            continue
        slots = {"label": entry.label, "value": material.written(entry, value)}
        reason = value.why or value.assumption
        if reason and value.source:
            items.append(say("assume.why_source_too", why=reason, source=value.source, **slots))
        elif reason:
            items.append(say("assume.why_value", why=reason, **slots))
        elif value.source:
            items.append(say("assume.why_source", source=value.source, **slots))
    return Details(say("assume.why", name=calculation.label), (Bullets(tuple(items)),))


def _sources(material: Material) -> Table:
    say, anchors = material.say, _anchors(material)
    rows = []
    for s in material.description.sources:
        value = " ".join(x for x in (s.value, s.unit) if x)
        span = say("text.interval", low=s.low, high=s.high) if s.low and s.high else ""
        origin = say("assume.origin", organisation=s.organisation, title=s.title, year=s.year)
        rows.append(
            Row(
                (
                    Cell(s.id, anchor=anchors[s.id]),
                    Cell(s.quantity),
                    Cell(value),
                    Cell(span),
                    Cell(s.price_year),
                    Cell(origin, href=safe_link(s.address), note=s.address),
                    Cell(s.confidence),
                )
            )
        )
    heads = ("id", "quantity", "value", "range", "price_year", "origin", "confidence")
    head = tuple(Cell(say(f"assume.head.{h}")) for h in heads)
    return Table(say("assume.sources_caption"), head, tuple(rows))
