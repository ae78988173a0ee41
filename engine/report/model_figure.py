"""The figure of a model as a picture: in the report, and by itself as a file."""

from __future__ import annotations

from pathlib import Path

from engine.errors import UsageError
from engine.report.files import svg_file, write_whole
from engine.report.messages import Messages
from engine.report.numbers import Numbers
from engine.report.plots.model import changed_by, plot_model
from engine.report.plots.svg import to_svg
from engine.report.plots.theme import Look
from engine.report.text import clean
from engine.results.description import Description, MoveEntry, Movement

_MOST_TOLD = 12
"""Moves told to who cannot see the figure; the table has all."""


def write_model(description: Description, path: str | Path, *, language: str = "en") -> Path:
    """Draw how people move between states as an SVG file.

    Raises
    ------
    UsageError : no such language, a description without moves, or a file that cannot be written.
    """
    look = Look(description, Messages(language), Numbers(language))
    movement = description.movement
    if movement is None or not movement.moves:
        raise UsageError(f"{description.study}: nobody moves between its states, so there is nothing to draw")
    title = clean(look.say("model.figure_title"))
    text = " ".join([how_to_read(movement, look), "; ".join(told(movement, look))])
    target = Path(path)
    write_whole(target, svg_file(to_svg(plot_model(movement, look=look), name="model", title=title, text=text)))
    return target


def how_to_read(movement: Movement, look: Look) -> str:
    """The sentence that stands with the figure."""
    names = {c.name: c.label for c in look.description.calculations}
    return look.say(
        "model.how",
        strategy=look.description.baseline.label,
        name=names.get(movement.calculation, movement.calculation),
        years=look.number.years(movement.horizon),
    )


def told(movement: Movement, look: Look) -> list[str]:
    """The most frequent moves in words, for who cannot see them."""
    labels = {s.name: s.label for s in look.description.states}
    strategies = {s.name: s.label for s in look.description.interventions}

    def sentence(move: MoveEntry) -> str:
        changes = changed_by(move)
        key = "model.alt"
        if changes:
            key = "model.alt_more" if sum(changes.values()) > 0 else "model.alt_fewer"
        return look.say(
            key,
            source=labels[move.source],
            target=labels[move.target],
            share=look.number.percent(move.per_year, 2),
            strategies=", ".join(strategies.get(s, s) for s in changes),
        )

    return [sentence(m) for m in by_frequency(movement)[:_MOST_TOLD]]


def by_frequency(movement: Movement) -> list[MoveEntry]:
    """Moves, the most frequent first."""
    return sorted(movement.moves, key=lambda m: -m.per_year)
