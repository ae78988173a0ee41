"""The table of inputs: which assumptions vary, and what each calculation says of them.

An assumption that is a fixed number, and the same in all calculations, is folded into the program; every other one is
an input, so that one compiled program serves all calculations and all mixtures of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.model.parameters import quantile
from engine.spec.distributions import Law, parse_law, point
from engine.spec.load import LoadedStudy
from engine.spec.schema import Assumption


@dataclass(frozen=True)
class Inputs:
    """Laws of the varying assumptions by calculation, in one fixed order."""

    names: tuple[str, ...]
    """Inputs in the order of the program's rows: parameters, then choices."""
    laws: dict[str, tuple[Law, ...]]
    """By calculation, in the order of `names`; a choice is a point law on the number of the alternative."""
    base: dict[str, tuple[float, ...]]
    """By calculation, in the order of `names`: the point value, used where uncertainty is left aside."""
    fixed: dict[str, float]
    """Parameters and choices that are the same number in all calculations."""
    uncertain: tuple[str, ...]
    """Inputs that have a law in at least one calculation, sorted: the dimensions of a design."""

    def values(self, calculation: str, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Inputs of a calculation at points of the unit cube.

        Parameters
        ----------
        points : (uncertain, n), in the order of `uncertain`, strictly inside (0, 1).

        Returns
        -------
        (inputs, n), C-contiguous.
        """
        row = {name: k for k, name in enumerate(self.uncertain)}
        result = np.empty((len(self.names), points.shape[1]))
        for k, (name, law) in enumerate(zip(self.names, self.laws[calculation], strict=True)):
            result[k] = quantile(law, points[row[name]]) if law.family != "point" else law.mean
        return result

    def point(self, calculation: str) -> NDArray[np.float64]:
        """Inputs at their point values, (inputs, 1)."""
        return np.array(self.base[calculation], dtype=np.float64).reshape(len(self.names), 1)

    def uncertain_in(self, calculation: str) -> tuple[str, ...]:
        """Inputs for which this calculation has a law."""
        laws = dict(zip(self.names, self.laws[calculation], strict=True))
        return tuple(name for name in self.uncertain if laws[name].family != "point")


def price_factor(study: LoadedStudy, price_year: int | None) -> float:
    """What money of a year is multiplied by to stand in the study's price year."""
    if price_year is None or price_year == study.model.price_year:
        return 1.0
    return study.price_index[study.model.price_year] / study.price_index[price_year]


def own_assumption(study: LoadedStudy, calculation: str | None, name: str) -> Assumption | None:
    """What a calculation itself says of a parameter or choice, if anything."""
    if calculation is None:
        return None
    return next(c for c in study.calculations if c.calculation == calculation).assumptions.get(name)


def point_of(study: LoadedStudy, calculation: str | None, name: str) -> float:
    """Point value of a parameter in a calculation (None: as the model says), in its own price year."""
    own = own_assumption(study, calculation, name)
    return study.model.parameters[name].value if own is None or own.value is None else own.value


def law_of(study: LoadedStudy, calculation: str | None, name: str) -> Law:
    """Law of a parameter in a calculation (None: as the model says), in its own price year.

    A calculation that gives a value alone is certain of it; one that gives a law alone keeps the model's value as the
    base of a relative law.
    """
    own = own_assumption(study, calculation, name)
    text = study.model.parameters[name].dist if own is None else own.dist
    value = point_of(study, calculation, name)
    return point(value) if text is None else parse_law(text, value=value, columns=columns_of(study))


def chosen(study: LoadedStudy, calculation: str | None, name: str) -> str:
    """Alternative of a choice that a calculation takes (None: the model's)."""
    own = own_assumption(study, calculation, name)
    return study.model.choices[name].default if own is None or own.choose is None else own.choose


def build_inputs(study: LoadedStudy) -> Inputs:
    """Sort every parameter and choice of a study into inputs and fixed numbers."""
    calculations = [c.calculation for c in study.calculations]
    names: list[str] = []
    laws: dict[str, list[Law]] = {c: [] for c in calculations}
    base: dict[str, list[float]] = {c: [] for c in calculations}
    fixed: dict[str, float] = {}
    uncertain: set[str] = set()

    def sort(name: str, own: Sequence[Law], points: Sequence[float]) -> None:
        if all(law.family == "point" for law in own) and len({law.mean for law in own}) == 1:
            fixed[name] = own[0].mean
            return
        names.append(name)
        for calculation, law, value in zip(calculations, own, points, strict=True):
            laws[calculation].append(law)
            base[calculation].append(value)
        if any(law.family != "point" for law in own):
            uncertain.add(name)

    for name, parameter in study.model.parameters.items():
        factor = price_factor(study, parameter.price_year)
        sort(
            name,
            [law_of(study, c, name).scaled(factor) for c in calculations],
            [point_of(study, c, name) * factor for c in calculations],
        )
    for name, choice in study.model.choices.items():
        order = list(choice.alternatives)
        taken = [float(order.index(chosen(study, c, name))) for c in calculations]
        sort(name, [point(k) for k in taken], taken)
    return Inputs(
        tuple(names),
        {c: tuple(v) for c, v in laws.items()},
        {c: tuple(v) for c, v in base.items()},
        fixed,
        tuple(sorted(uncertain)),
    )


def columns_of(study: LoadedStudy) -> Callable[[str, str], tuple[float, ...]]:
    """How a law of the form `empirical(table, column)` finds its numbers."""

    def columns(table: str, column: str) -> tuple[float, ...]:
        return study.tables[table].columns[column]

    return columns
