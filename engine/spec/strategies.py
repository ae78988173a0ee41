"""Strategies that consist of others."""

from __future__ import annotations

from engine.spec.schema import Effect, Model


def parts_of(model: Model, strategy: str) -> tuple[str, ...]:
    """The strategy itself last, before it those that it combines, in the order named, each once; however deep.

    Names that are not known, and circles, are left out; the checks tell of them.
    """
    found: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in model.strategies and name not in above:
            for part in model.strategies[name].combines:
                visit(part, (*above, name))
            found.setdefault(name)

    visit(strategy, ())
    return tuple(found)


def effects_of(model: Model, strategy: str) -> tuple[tuple[tuple[str | int, ...], Effect], ...]:
    """Effects of a strategy, those of its parts first, each with its place in the model file."""
    return tuple(
        (("strategies", part, "effects", k), effect)
        for part in parts_of(model, strategy)
        for k, effect in enumerate(model.strategies[part].effects)
    )
