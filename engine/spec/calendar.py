"""Whether it matters in which calendar year a cohort starts."""

from __future__ import annotations

from engine.spec.check_expressions import places
from engine.spec.expressions import names_in
from engine.spec.loaded import LoadedStudy


def follows_calendar(loaded: LoadedStudy) -> bool:
    """Whether anything in the model depends on the calendar year: an expression on `year`, or an amount that grows.

    If not, cohorts that start in different years are copies of each other.
    """
    model = loaded.model
    items = model.every_item
    if any(item.growth != 0 for item in items):
        return True
    texts = (p.text for p in places(model) if p.text not in p.words)
    return any("year" in names_in(loaded.language.written(text)) for text in texts)
