"""How people move between states, and where the interventions act: the model behind all calculations."""

from __future__ import annotations

from engine.report.blocks import Cell, Row, Section, Table, Text
from engine.report.material import Material
from engine.report.model_figure import by_frequency, how_to_read, told
from engine.report.plots.model import plot_model
from engine.results.description import ChangeEntry, Movement


def model_section(material: Material) -> Section | None:
    """None where the results are of a version that did not keep the moves, or nobody moves."""
    say, movement = material.say, material.description.movement
    if movement is None or not movement.moves:
        return None
    picture = material.picture(
        "model",
        plot_model(movement, look=material.look),
        title=say("model.figure_title"),
        how=how_to_read(movement, material.look),
        values=told(movement, material.look),
        table=_table(material, movement),
    )
    return Section("model", say("model.title"), (Text(say("model.lead"), role="lead"), picture))


def _table(material: Material, movement: Movement) -> Table:
    say, number = material.say, material.number
    labels = {s.name: s.label for s in material.description.states}
    keys = ("from", "to", "per_year", "given", "written", "changes")
    head = tuple(Cell(say(f"model.head.{key}"), number=key == "per_year") for key in keys)
    rows = []
    for move in by_frequency(movement):
        source, target = (Cell(labels[s], swatch=material.look.state(s).colour) for s in (move.source, move.target))
        share = Cell(number.percent(move.per_year, 3), number=True)
        changes = Cell(say("list.semicolon").join(_change(material, c) for c in move.changes))
        rows.append(
            Row((source, target, share, Cell(say(f"model.given.{move.given}")), Cell(move.expression), changes))
        )
    return Table(say("model.caption"), head, tuple(rows))


def _change(material: Material, change: ChangeEntry) -> str:
    say = material.say
    strategy = next((s.label for s in material.description.interventions if s.name == change.strategy), change.strategy)
    value = "" if change.value is None else material.number.quantity(change.value, 3)
    how = say(f"model.kind.{change.kind}", expression=change.expression, value=value)
    if change.effect:
        return say("model.change_of", strategy=strategy, how=how, effect=change.effect)
    return say("model.change", strategy=strategy, how=how)
