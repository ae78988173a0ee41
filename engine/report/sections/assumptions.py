"""Assumptions side by side, why, and where the figures come from."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

from engine.report.blocks import Block, Bullets, Cell, Details, Heading, Row, Section, Table, Text
from engine.report.laws import unit_name
from engine.report.material import Material
from engine.report.sections.dependence import dependence_blocks
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
    blocks += dependence_blocks(material)
    tables = material.description.tables
    if tables:
        blocks.append(Details(say.count("assume.tables", len(tables)), (_tables(material),)))
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
        return unit_name(entry.unit, material.say)
    return material.say("assume.unit_year", unit=unit_name(entry.unit, material.say), year=entry.price_year)


def _value(material: Material, entry: AssumptionEntry, value: AssumptionValue, *, mark: str = "") -> Cell:
    """How a calculation sets it; set back where nothing that the calculation uses reads it."""
    text = material.written(entry, value)
    return Cell(text, mark=mark) if value.used else Cell(text, note=material.say("assume.not_used"), muted=True)


def _side_by_side(material: Material, entries: list[AssumptionEntry]) -> Table:
    say = material.say
    rows = {}
    for entry in entries:
        cells = [Cell(entry.label, note=_unit(material, entry))]
        # Whose costs are counted is each author's own answer; there is no common one to differ from.
        common = entry.kind != "perspective"
        cells.append(_value(material, entry, entry.default) if common else Cell(""))
        for calculation in material.calculations:
            value = entry.values.get(calculation.name, entry.default)
            other = value.own and (entry.kind == "perspective" or value.text != entry.default.text)
            cells.append(_value(material, entry, value, mark=say("assume.own") if other else ""))
        cells.append(_origin(material, entry.default) if entry.kind == "parameter" else Cell(""))
        rows[entry.name] = Row(tuple(cells))
    head = (
        Cell(say("assume.head.assumption")),
        Cell(say("assume.head.model")),
        *(material.chip(c) for c in material.calculations),
        Cell(say("assume.head.common_source")),
    )
    return Table(say("assume.differ_caption"), head, _grouped(material, entries, rows))


def _common(material: Material, entries: list[AssumptionEntry]) -> Table:
    say = material.say
    rows = {}
    for entry in entries:
        values = [entry.values[c.name] for c in material.calculations if c.name in entry.values] or [entry.default]
        # The same in all calculations, but perhaps set by every one of them rather than by the model.
        value = dataclasses.replace(values[0], used=any(v.used for v in values))
        rows[entry.name] = Row(
            (
                Cell(entry.label),
                _value(material, entry, value),
                Cell(_unit(material, entry)),
                _origin(material, value),
            )
        )
    heads = ("assumption", "value", "unit", "source")
    head = tuple(Cell(say(f"assume.head.{h}")) for h in heads)
    return Table(say("assume.same_caption"), head, _grouped(material, entries, rows))


def _tables(material: Material) -> Table:
    """Tables of figures with their source, and which of them are assumptions."""
    say = material.say
    rows = tuple(
        Row((Cell(t.name), Cell(t.file), _origin_of(material, t.source, t.assumption)))
        for t in material.description.tables
    )
    head = tuple(Cell(say(f"assume.head.{h}")) for h in ("table", "file", "source"))
    return Table(say("assume.tables_caption"), head, rows)


def _anchors(material: Material) -> dict[str, str]:
    """Anchor of each source: counted, for an id is the user's text."""
    return {s.id: f"source-{i}" for i, s in enumerate(material.description.sources, start=1)}


def _origin(material: Material, value: AssumptionValue) -> Cell:
    return _origin_of(material, value.source, value.assumption)


def _origin_of(material: Material, source: str | None, assumption: str | None) -> Cell:
    """Source with its grade of confidence, then what is assumed beyond it."""
    say = material.say
    assumed = say("assume.is_assumption", text=assumption) if assumption else ""
    if not source:
        return Cell(assumed or say("assume.no_source"))
    grade = _grades(material).get(source, "")
    graded = say("assume.confidence", grade=grade) if grade else ""
    anchor = _anchors(material).get(source)
    note = material.say("list.semicolon").join(x for x in (graded, assumed) if x)
    return Cell(source, href=f"#{anchor}" if anchor else "", note=note)


def _grades(material: Material) -> dict[str, str]:
    return {s.id: s.confidence for s in material.description.sources}


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
        reasons = [value.why] if value.why else []
        if value.source:
            grade = _grades(material).get(value.source, "")
            key = "assume.why_source_graded" if grade else "assume.why_source"
            reasons.append(say(key, source=value.source, **({"grade": grade} if grade else {})))
        if value.assumption:
            reasons.append(say("assume.is_assumption", text=value.assumption))
        if not value.used:
            reasons.append(say("assume.not_used"))
        if reasons:
            slots = {"label": entry.label, "value": material.written(entry, value)}
            items.append(say("assume.why_value", reasons=" ".join(reasons), **slots))
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
