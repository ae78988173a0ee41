"""Which names expressions reach, through definitions and choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.spec.expressions import names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Expr


def names_reached(study: LoadedStudy, texts: Iterable[Expr], taken: Mapping[str, str] | None = None) -> frozenset[str]:
    """Parameters, choices, definitions and names of the clock in expressions, and in what these stand for.

    Parameters
    ----------
    taken : alternative that is taken of each choice; all alternatives count if None.
    """
    model, waiting = study.model, list(texts)
    found: set[str] = set()
    while waiting:
        for name in names_in(study.language.tree(waiting.pop())):
            if name in found:
                continue
            found.add(name)
            if name in model.definitions:
                waiting.append(model.definitions[name].value)
            elif name in model.choices:
                alternatives = model.choices[name].alternatives
                waiting += [a.value for key, a in alternatives.items() if taken is None or key == taken[name]]
    return frozenset(found)
