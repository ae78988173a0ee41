"""What an analysis inside one calculation is of: its uncertain parameters and choices, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from engine.api.calls import decider, intervention
from engine.errors import UsageError
from engine.model.compile import CompiledModel, compile_model
from engine.model.dependence import Dependence, label_of, share_margin
from engine.model.inputs import Inputs
from engine.spec.factors import Asked, factor_problems, factor_weights
from engine.spec.schema import Model

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Subject:
    """One calculation, ready to be analysed."""

    model: CompiledModel
    """With the choices to be varied among its inputs."""
    inputs: Inputs
    """In which the calculation draws those choices."""
    calculation: str
    party: str
    strategy: str
    choices: dict[str, tuple[float, ...]]
    """By choice: probabilities of its alternatives, in the order of the model."""

    @property
    def names(self) -> tuple[str, ...]:
        """What varies, in the order of the columns."""
        return self.inputs.uncertain_in(self.calculation)

    @property
    def labels(self) -> list[str]:
        """Names for people of what varies."""
        return [label_of(self.model.study.model, name) for name in self.names]

    @property
    def dependence(self) -> Dependence:
        """How it depends on one another."""
        return self.inputs.dependence(self.calculation)

    @property
    def attrs(self) -> dict[str, str]:
        """Attributes of every dataset about it."""
        return {"calculation": self.calculation, "party": self.party, "strategy": self.strategy}

    @property
    def columns_of_choices(self) -> dict[int, tuple[float, ...]]:
        """By column: the middle of each alternative's interval, NaN for one that is never taken."""
        found = {}
        for column, name in enumerate(self.names):
            if name in self.choices:
                weights = np.array(self.choices[name])
                found[column] = tuple(np.where(weights > 0, np.cumsum(weights) - weights / 2, np.nan).tolist())
        return found

    def values(self, x: Array, *, correlated: bool = False) -> Array:
        """Inputs (run, input) at points of the cube (run, column)."""
        return self.inputs.own_values(self.calculation, x.T, correlated=correlated).T

    def quantile_of(self, column: int, u: float) -> float:
        """Value of a parameter, or number of an alternative; NaN for rows of a table, which have no quantile.

        Of a parameter that depends on others, the quantile of its own law, whatever the others are.
        """
        name = self.names[column]
        if name not in self.inputs.names:
            return float("nan")
        margin = self._margin(name)
        if margin is not None:
            return float(betaincinv(*margin, u))
        x = np.full((1, len(self.names)), 0.5)
        x[0, column] = u
        return float(self.values(x, correlated=True)[0, self.inputs.names.index(name)])

    def own_quantiles(self, points: Array) -> Array:
        """At points (run, column) of which each column is uniform, at what quantile of its own law a parameter is.

        That is the point itself but for shares of one whole, which are moved by the coordinates of all of them.
        """
        found = points.copy()
        shares = [(k, self._margin(name)) for k, name in enumerate(self.names)]
        values = self.values(points, correlated=True) if any(margin for _, margin in shares) else points
        for k, margin in shares:
            if margin is not None:
                found[:, k] = betainc(*margin, values[:, self.inputs.names.index(self.names[k])])
        return found

    def _margin(self, name: str) -> tuple[float, float] | None:
        """Of a share that is drawn as part of one whole, its beta law."""
        drawn = any(name in members for members in self.dependence.bundles.values())
        return share_margin(self.inputs.structures, name) if drawn else None

    def has_levels(self, name: str) -> bool:
        """It takes single values only, between which nothing can be said."""
        if name not in self.inputs.names:  # rows of a table, drawn together
            return True
        return self.inputs.laws[self.calculation][self.inputs.names.index(name)].family in ("discrete", "empirical")


def checked_choices(model: Model, choices: Asked) -> dict[str, tuple[float, ...]]:
    """Probabilities of the alternatives of choices that a caller asks for.

    Raises
    ------
    UsageError : no such choice or alternative, or weights that are no probabilities.
    """
    for loc, message in factor_problems(model, choices):
        raise UsageError(": ".join(("choices", *(str(part) for part in loc if isinstance(part, str)), message)))
    return factor_weights(model, choices)


def with_choices(model: CompiledModel, choices: Asked) -> CompiledModel:
    """The model with these choices among its inputs; compiled anew only if one of them is folded into the program.

    Raises
    ------
    UsageError : as `checked_choices`.
    """
    names = checked_choices(model.study.model, choices)
    folded = [name for name in names if name in model.inputs.fixed]
    return compile_model(model.study, keep=tuple(names)) if folded else model


def subject(
    model: CompiledModel, calculation: str, *, party: str | None, strategy: str | None, choices: Asked
) -> Subject:
    """What to analyse, or why it cannot be.

    Raises
    ------
    UsageError : an unknown calculation, party, strategy or choice; nothing that varies.
    """
    party = decider(model, calculation, party)
    strategy = intervention(model, strategy)
    weights = checked_choices(model.study.model, choices)
    model = with_choices(model, choices)
    found = Subject(model, model.inputs.with_choices(calculation, weights), calculation, party, strategy, weights)
    if not found.names:
        raise UsageError(f"{calculation!r} has nothing uncertain, so there is nothing to analyse")
    return found
