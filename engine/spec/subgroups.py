"""In what the parts of a cohort differ."""

from __future__ import annotations

from engine.spec.check_expressions import places
from engine.spec.expressions import names_in
from engine.spec.loaded import LoadedStudy


def differ_in_start_only(study: LoadedStudy) -> bool:
    """Whether subgroups begin in different states and are the same in all else, so that they can be followed as one."""
    model = study.model
    if any(subgroup.start_age is not None for subgroup in model.subgroups.values()):
        return False
    own = {name for subgroup in model.subgroups.values() for name in subgroup.set}
    texts = {name: [d.value] for name, d in model.definitions.items()}
    texts |= {name: [a.value for a in c.alternatives.values()] for name, c in model.choices.items()}
    apart = ("start", "subgroups", "definitions", "choices", "functions")
    waiting = [p.text for p in places(model) if p.loc[0] not in apart and p.text not in p.words]
    reached: set[str] = set()
    while waiting:
        for name in names_in(study.language.tree(waiting.pop())):
            if name not in reached:
                reached.add(name)
                waiting += texts.get(name, [])
    return not own & reached
