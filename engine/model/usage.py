"""Which assumptions a calculation's numbers can depend on, given the choices that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.spec.check_expressions import places
from engine.spec.expressions import names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Model


def used_names(study: LoadedStudy, taken: Mapping[str, str]) -> frozenset[str]:
    """Parameters, choices and definitions that some expression reaches.

    Parameters
    ----------
    taken : alternative that the calculation takes of each choice; what only other alternatives read is not used.
    """
    model = study.model
    found: set[str] = set()
    waiting = list(_expressions(model))
    while waiting:
        text = waiting.pop()
        for name in names_in(study.language.tree(text)):
            if name in found:
                continue
            found.add(name)
            if name in model.definitions:
                waiting.append(model.definitions[name].value)
            elif name in model.choices:
                waiting.append(model.choices[name].alternatives[taken[name]].value)
    return frozenset(found)


def _expressions(model: Model) -> Iterator[str | float]:
    yield from (p.text for p in places(model) if p.loc[0] not in ("choices", "definitions", "constraints"))
