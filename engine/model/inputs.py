"""The table of inputs: which assumptions vary, and what each calculation says of them.

An assumption that is a fixed number, and the same in all calculations, is folded into the program; every other one is
an input, so that one compiled program serves all calculations and all mixtures of them. A choice that an analysis is to
vary inside a calculation is kept as an input too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from engine.model.columns import Columns, build_columns, room_for
from engine.model.dependence import Dependence, Structures, build_structures
from engine.spec.distributions import Law, parse_law, point
from engine.spec.independence import independent_groups
from engine.spec.load import LoadedStudy
from engine.spec.schema import Assumption
from engine.spec.structures import marginal_law, membership, share_of


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
    """Coordinates of a design, sorted: inputs that have a law in at least one calculation, and joint tables in place of
    the parameters drawn from them."""
    structures: Structures = field(default_factory=Structures)
    """How inputs depend on one another."""
    drawn: dict[str, frozenset[str]] = field(default_factory=dict)
    """By calculation, inputs that it takes from a Dirichlet row or a joint table; their laws are those they have by
    themselves."""
    _columns: dict[tuple[str, str], Columns] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Those of each calculation, once somebody has asked for them."""
    _dependence: dict[str, Dependence] = field(default_factory=dict, init=False, repr=False, compare=False)
    """As well; analyses ask for it parameter by parameter."""

    def values(
        self, calculation: str, points: NDArray[np.float64], *, out: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Inputs of a calculation at points of the unit cube.

        A parameter with the same law in two calculations has the same values in both, whatever else one of them holds
        certain: what is correlated with it still moves it.

        Parameters
        ----------
        points : (uncertain, n), in the order of `uncertain`, strictly inside (0, 1).
        out : where to write, C-contiguous, with a row for each input and at least n columns; those beyond are left
            alone. New if None.

        Returns
        -------
        (inputs, n). Each draw depends on its own point alone.
        """
        return self._filled(self.columns(calculation), points, out)

    def own_values(
        self,
        calculation: str,
        points: NDArray[np.float64],
        *,
        correlated: bool = False,
        out: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """The same for the coordinates of one calculation alone, as analyses inside it need.

        Correlations with what the calculation holds certain are without effect here: the values of the rest have the
        same joint law as those of `values`, and are functions of `points` only.

        Parameters
        ----------
        points : (coordinate, n), in the order of `uncertain_in(calculation)`, strictly inside (0, 1).
        correlated : the points are correlated already, each uniform by itself, and are not to be mixed again.
        out : as in `values`.

        Returns
        -------
        (inputs, n).
        """
        return self._filled(self._columns_of(calculation, "correlated" if correlated else "own"), points, out)

    def moved_by(self, calculation: str) -> tuple[tuple[int, ...], ...]:
        """Inputs, by their places in `names`, that each coordinate of `own_values` moves."""
        return self._columns_of(calculation, "own").moved

    def columns(self, calculation: str) -> Columns:
        """The laws of a calculation as what is computed from coordinates in the order of `uncertain`."""
        return self._columns_of(calculation, "all")

    def _columns_of(self, calculation: str, which: str) -> Columns:
        found = self._columns.get((calculation, which))
        if found is None:
            names = self.uncertain if which == "all" else self.uncertain_in(calculation)
            laws, drawn = self.laws[calculation], self.drawn.get(calculation, frozenset())
            correlated = which == "correlated"
            found = build_columns(self.names, laws, drawn, self.structures, names, correlated=correlated)
            self._columns[calculation, which] = found
        return found

    def _filled(
        self, columns: Columns, points: NDArray[np.float64], out: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        n = points.shape[1]
        if points.shape[0] != columns.coordinates:
            raise ValueError(f"{points.shape[0]} rows of points for {columns.coordinates} coordinates")
        out = room_for(len(self.names), n, out)
        columns.fill(points, out)
        return out[: len(self.names), :n]

    def point(self, calculation: str) -> NDArray[np.float64]:
        """Inputs at their point values, (inputs, 1)."""
        return np.array(self.base[calculation], dtype=np.float64).reshape(len(self.names), 1)

    def uncertain_in(self, calculation: str) -> tuple[str, ...]:
        """Coordinates that move something in this calculation, in the order of `uncertain`."""
        laws = dict(zip(self.names, self.laws[calculation], strict=True))
        drawn = self.drawn.get(calculation, frozenset())
        tables = {t.name: t.members for t in self.structures.joint}
        joint = {m for members in tables.values() for m in members} & drawn

        def moves(coordinate: str) -> bool:
            if coordinate in tables:
                return not joint.isdisjoint(tables[coordinate])
            return coordinate not in joint and laws[coordinate].family != "point"

        return tuple(name for name in self.uncertain if moves(name))

    def with_choices(self, calculation: str, weights: Mapping[str, Sequence[float]]) -> Inputs:
        """The same, but that a calculation draws these choices: they are coordinates beside its parameters.

        Parameters
        ----------
        weights : of the alternatives, in the order of the model, by choice; each choice is one of `names`. They add
            up to 1, and two at least are above 0.
        """
        own = list(self.laws[calculation])
        for name, shares in weights.items():
            taken = [(float(k), share) for k, share in enumerate(shares) if share > 0]
            own[self.names.index(name)] = Law(
                "discrete", values=tuple(k for k, _ in taken), weights=tuple(share for _, share in taken)
            )
        return replace(
            self,
            laws=self.laws | {calculation: tuple(own)},
            uncertain=tuple(sorted({*self.uncertain, *weights})),
        )

    def parameters_uncertain_in(self, calculation: str) -> tuple[str, ...]:
        """Inputs that have a law in this calculation, in the order of `names`.

        A coordinate moves all that are drawn from it, but for those that the calculation sets by itself.
        """
        drawn = self.drawn.get(calculation, frozenset())
        laws = dict(zip(self.names, self.laws[calculation], strict=True))
        moved = self.groups_of_uncertain
        uncertain = {
            name
            for coordinate in self.uncertain_in(calculation)
            for name in {coordinate, *moved[coordinate]} & set(laws)
            if laws[name].family != "point" and (name == coordinate or name in drawn)
        }
        return tuple(name for name in self.names if name in uncertain)

    @property
    def groups_of_uncertain(self) -> dict[str, tuple[str, ...]]:
        """Parameters that each coordinate moves: a joint table's members, all of a Dirichlet row, else its own."""
        moved = {t.name: t.members for t in self.structures.joint}
        moved |= {m: row.members for row in self.structures.dirichlet for m in row.members}
        return {name: moved.get(name, (name,)) for name in self.uncertain}

    @property
    def independent(self) -> bool:
        """In every calculation, each coordinate can be moved by itself."""
        return all(self.dependence(calculation).independent for calculation in self.laws)

    def dependence(self, calculation: str) -> Dependence:
        """How the coordinates of a calculation depend on one another."""
        if calculation not in self._dependence:
            self._dependence[calculation] = self._dependence_of(calculation)
        return self._dependence[calculation]

    def _dependence_of(self, calculation: str) -> Dependence:
        names = self.uncertain_in(calculation)
        drawn = self.drawn.get(calculation, frozenset())
        correlations = self.structures.correlations
        rows = {row.name: row.members for row in self.structures.dirichlet if row.members[0] in drawn}
        place = {name: k for k, name in enumerate(names)}
        rank = np.eye(len(names))
        for a, b, stated in correlations.pairs:
            if a in place and b in place:
                rank[place[a], place[b]] = rank[place[b], place[a]] = stated
        together = dict(rows)
        for table in self.structures.joint:
            if table.name in place:
                together[table.name] = tuple(m for m in table.members if m in drawn)
        pearson = np.array(correlations.matrix(names), dtype=np.float64).reshape(len(names), len(names))
        groups = independent_groups(names, correlations.ranks, rows)
        return Dependence(names, pearson, rank, together, groups)


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
    if own is not None and own.value is not None:
        return own.value
    found = membership(study.model, name)
    if found is not None and found.kind == "dirichlet":
        # Values are written in a few decimals; these add up to 1.
        return share_of(study.model, name)
    return study.model.parameters[name].value


def law_of(study: LoadedStudy, calculation: str | None, name: str) -> Law:
    """Law of a parameter in a calculation (None: as the model says), in its own price year.

    A calculation that gives a value alone is certain of it; one that gives a law alone keeps the model's value as the
    base of a relative law. What is drawn together with others has the law that it has by itself.
    """
    own = own_assumption(study, calculation, name)
    if own is None and (drawn := marginal_law(study, name)) is not None:
        return drawn
    text = study.model.parameters[name].dist if own is None else own.dist
    value = point_of(study, calculation, name)
    return point(value) if text is None else parse_law(text, value=value, columns=columns_of(study))


def chosen(study: LoadedStudy, calculation: str | None, name: str) -> str:
    """Alternative of a choice that a calculation takes (None: the model's)."""
    own = own_assumption(study, calculation, name)
    return study.model.choices[name].default if own is None or own.choose is None else own.choose


def build_inputs(study: LoadedStudy, keep: Collection[str] = ()) -> Inputs:
    """Sort every parameter and choice of a study into inputs and fixed numbers.

    Parameters
    ----------
    keep : choices that are inputs even if all calculations make them alike.
    """
    calculations = [c.calculation for c in study.calculations]
    names: list[str] = []
    laws: dict[str, list[Law]] = {c: [] for c in calculations}
    base: dict[str, list[float]] = {c: [] for c in calculations}
    fixed: dict[str, float] = {}
    uncertain: set[str] = set()
    drawn: dict[str, set[str]] = {c: set() for c in calculations}

    def sort(name: str, own: Sequence[Law], points: Sequence[float]) -> None:
        certain = all(law.family == "point" for law in own) and len({law.mean for law in own}) == 1
        if certain and name not in keep:
            fixed[name] = own[0].mean
            return
        names.append(name)
        for calculation, law, value in zip(calculations, own, points, strict=True):
            laws[calculation].append(law)
            base[calculation].append(value)
        found = membership(study.model, name)
        for calculation, law in zip(calculations, own, strict=True):
            if found is not None and own_assumption(study, calculation, name) is None:
                drawn[calculation].add(name)
                uncertain.add(found.name if found.kind == "joint" else name)
            elif law.family != "point":
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
        build_structures(study),
        {c: frozenset(v) for c, v in drawn.items()},
    )


def columns_of(study: LoadedStudy) -> Callable[[str, str], tuple[float, ...]]:
    """How a law of the form `empirical(table, column)` finds its numbers."""

    def columns(table: str, column: str) -> tuple[float, ...]:
        return study.tables[table].column(column)

    return columns
