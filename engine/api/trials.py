"""Studies tried before they are run."""

from __future__ import annotations

from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.run.trial import Broken
from engine.run.trial import try_draws as _try


def try_draws(model: CompiledModel, *, draws: int | None = None, seed: int | None = None) -> tuple[Broken, ...]:
    """Which rules of the model draws of each calculation break, how often, and which they could.

    Parameters
    ----------
    draws : of each calculation, 1 or more; 4096 if None.

    Raises
    ------
    UsageError : fewer draws.
    """
    if draws is not None and draws < 1:
        raise UsageError(f"draws: {draws}; 1 or more")
    return _try(model, seed=seed) if draws is None else _try(model, draws=draws, seed=seed)
