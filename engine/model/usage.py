"""Which assumptions a calculation's numbers can depend on, given the choices that it takes."""

from __future__ import annotations

from collections.abc import Mapping

from engine.spec.check_expressions import places
from engine.spec.loaded import LoadedStudy
from engine.spec.reach import names_reached


def used_names(study: LoadedStudy, taken: Mapping[str, str]) -> frozenset[str]:
    """Parameters, choices and definitions that some expression reaches.

    Parameters
    ----------
    taken : alternative that the calculation takes of each choice; what only other alternatives read is not used.
    """
    apart = ("choices", "definitions", "constraints")
    return names_reached(study, (p.text for p in places(study.model) if p.loc[0] not in apart), taken)
