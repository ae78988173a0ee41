"""In what the parts of a cohort differ."""

from __future__ import annotations

from engine.spec.check_expressions import places
from engine.spec.loaded import LoadedStudy
from engine.spec.reach import names_reached


def differ_in_start_only(study: LoadedStudy) -> bool:
    """Whether subgroups begin in different states and are the same in all else, so that they can be followed as one."""
    model = study.model
    if any(subgroup.start_age is not None for subgroup in model.subgroups.values()):
        return False
    own = {name for subgroup in model.subgroups.values() for name in subgroup.set}
    apart = ("start", "subgroups", "definitions", "choices", "functions")
    texts = (p.text for p in places(model) if p.loc[0] not in apart and p.text not in p.words)
    return not own & names_reached(study, texts)
