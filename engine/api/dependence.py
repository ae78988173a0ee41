"""How strongly the parameters of a calculation that depend on one another really do, over the draws of a run."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.api.calls import checked_draws, checked_seed, known
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.run.achieved import achieved_rank_correlations
from engine.vocabulary import attributes

MOST_DRAWS = 65_536
"""Draws looked at, the first ones of a run: the error of a correlation is then below 0.004."""


def achieved_correlations(
    model: CompiledModel, *, calculation: str, draws: int | None = None, seed: int | None = None
) -> xr.Dataset:
    """Rank correlations that the draws of a run have, beside those that the model states.

    Parameters
    ----------
    draws : of the run; as the study says if None. At most `MOST_DRAWS` of them are looked at.

    Returns
    -------
    `rank_stated`, `rank_achieved`, `rank_achieved_se` (parameter, parameter_2) over the parameters that are correlated
    or drawn together; the stated one is NaN where a Dirichlet row or a joint table decides. Coordinate `label`.

    Raises
    ------
    UsageError : an unknown calculation, fewer than 2 draws, or one in which nothing depends on anything.
    """
    known(calculation, model.inputs.laws, "calculation")
    of = checked_draws(model, draws)
    if of < 2:
        raise UsageError(f"draws: {of}; a correlation takes 2 or more")
    found = achieved_rank_correlations(
        model,
        calculation,
        draws=min(of, MOST_DRAWS),
        seed=checked_seed(model, seed),
        design=model.study.study.design,
        of=of,
    )
    if not found.names:
        raise UsageError(f"{calculation!r} has no parameters that depend on one another")
    names, of_model = list(found.names), model.study.model.parameters
    tables = {"rank_stated": found.stated, "rank_achieved": found.achieved, "rank_achieved_se": found.error}
    return xr.Dataset(
        {name: (("parameter", "parameter_2"), np.array(x), attributes(name)) for name, x in tables.items()},
        coords={
            "parameter": names,
            "parameter_2": names,
            "label": ("parameter", [of_model[name].label for name in names]),
        },
        attrs={"calculation": calculation, "draws": min(of, MOST_DRAWS)},
    )
