"""Groups of what varies in a sensitivity analysis, each of which counts as one: named with their members, or `themes`.

A member is what is drawn by itself: a parameter, a choice that is varied, or a joint table for all that its rows set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from engine.spec.factors import Asked, chosen_factors
from engine.spec.schema import Calculation, Model
from engine.spec.structures import has_law, membership
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

THEMES: Literal["themes"] = "themes"
AskedGroups: TypeAlias = Literal["themes"] | Mapping[str, Sequence[str]]
"""What an analyst asks for."""


def theme_of(model: Model, coordinate: str) -> str | None:
    """Theme of what is drawn by itself; None for a joint table whose members have several."""
    if coordinate in model.choices:
        return model.choices[coordinate].theme
    if coordinate in model.parameters:
        return model.parameters[coordinate].theme
    themes = {model.parameters[member].theme for member in model.joint[coordinate].columns}
    return themes.pop() if len(themes) == 1 else None


def members_of(model: Model, asked: AskedGroups, varying: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Members of each group among what varies in a calculation, in the order of themes or as written.

    A group of which nothing varies is left out, and what is in no group stands alone.
    """
    if not isinstance(asked, str):
        groups = {name: tuple(m for m in members if m in varying) for name, members in asked.items()}
        return {name: members for name, members in groups.items() if members}
    themes = {name: theme for name in varying if (theme := theme_of(model, name)) is not None}
    order = dict.fromkeys([*model.themes, *themes.values()])
    groups = {theme: tuple(name for name, own in themes.items() if own == theme) for theme in order}
    return {theme: members for theme, members in groups.items() if members}


def group_problems(
    model: Model, asked: AskedGroups, choices: Asked, calculations: Sequence[Calculation]
) -> Iterator[tuple[Loc, str]]:
    """What is wrong with groups asked for, each with its place in what was written."""
    if isinstance(asked, str):
        return
    varied = chosen_factors(model, choices)
    seen: dict[str, str] = {}
    for group, members in asked.items():
        if group not in members and any(group in names for names in (model.parameters, model.choices, model.joint)):
            yield (group,), f"{group!r} is the name of an assumption that is not in the group; name it otherwise"
        for i, name in enumerate(members):
            if name in seen:
                where = "twice" if seen[name] == group else f"in {seen[name]!r} too"
                yield (group, i), f"{name!r} stands {where}; a parameter belongs to one group, once"
            elif message := _member_problem(model, name, varied, calculations):
                yield (group, i), message
            seen.setdefault(name, group)


def _member_problem(model: Model, name: str, varied: Collection[str], calculations: Sequence[Calculation]) -> str:
    """Why it cannot be a member; empty if it can."""
    if name in model.choices:
        return "" if name in varied else f"{name!r} is a choice, which is varied only if it stands under `choices` too"
    if name in model.joint:
        columns = model.joint[name].columns
        drawn = any(column not in c.assumptions for c in calculations for column in columns)
        return "" if drawn else f"every calculation sets all that the rows of {name!r} would; leave it out"
    if name not in model.parameters:
        return unknown("parameter", name, model.parameters)
    if not any(has_law(model, c, name) for c in calculations):
        return f"{name!r} is certain in every calculation that is analysed; give it a `dist`, or leave it out"
    found = membership(model, name)
    if found is not None and found.kind == "joint" and not any(_own_law(c, name) for c in calculations):
        return f"{name!r} is drawn with others, as a row of a table; name {found.name!r}, which stands for all of them"
    return ""


def _own_law(calculation: Calculation, name: str) -> bool:
    own = calculation.assumptions.get(name)
    return own is not None and own.dist is not None
