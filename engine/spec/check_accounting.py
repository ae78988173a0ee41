"""Checks of the terms in which a calculation's figure is signed."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Problem
from engine.spec.loaded import LoadedStudy


def check_accounting(loaded: LoadedStudy) -> Iterator[Problem]:
    """Price years that the index has, and a cohort where a figure is for all participants."""
    index, own = loaded.price_index, loaded.model.price_year
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        terms = calculation.signs_in
        year = terms.price_year
        if year is not None and year != own:
            missing = [y for y in (year, own) if y not in index]
            if not index:
                message = f"prices of {year} need `price_index` in the model, to bring them to {own}"
                yield loaded.marks.problem(file, ("signs_in", "price_year"), message)
            elif missing:
                message = f"the price index has no year {missing[0]}; it covers {min(index)} to {max(index)}"
                yield loaded.marks.problem(file, ("signs_in", "price_year"), message)
        if terms.per == "programme" and loaded.study.cohort is None:
            message = "a figure per programme needs `cohort` in the study: the participants of a year"
            yield loaded.marks.problem(file, ("signs_in", "per"), message)
