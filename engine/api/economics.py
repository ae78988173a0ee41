"""What an intervention does for its money: cost-effectiveness, outcomes, subgroups, rates of return."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from engine.analysis import internal_rate, outcomes, subgroups
from engine.analysis.cost_effectiveness import analyze_cost_effectiveness
from engine.errors import UsageError
from engine.results.description import Description


def cost_effectiveness(
    results: xr.Dataset,
    *,
    outcome: str,
    perspective: str,
    thresholds: Sequence[float],
    calculations: Sequence[str] = (),
) -> xr.Dataset:
    """Which strategy is worth its money, at each price of an outcome.

    Parameters
    ----------
    results : of `run_model`.
    outcome, perspective : what is to be had, and whose costs are counted.
    thresholds : what one unit of the outcome may be worth [SEK], rising, from 0 upwards.
    calculations : all if none is named.

    Returns
    -------
    Dataset with means, the incremental table (`icer`, `dominance`), net benefit, acceptability curves and their
    frontier, expected losses and the value of perfect information, with Monte Carlo standard errors.

    Raises
    ------
    UsageError : the results hold no such outcome, perspective or calculation, or the thresholds do not rise.
    RunError : a calculation has no valid draw.
    """
    about = Description.from_json(results.attrs["description"])
    known = {p.name: p.payers for p in about.perspectives}
    if perspective not in known:
        raise UsageError(f"these results hold no perspective {perspective!r}; there is {', '.join(known)}")
    better = {o.name: o.better for o in about.outcomes}
    if outcome not in better:
        raise UsageError(f"these results hold no outcome {outcome!r}; there is {', '.join(better) or 'none'}")
    found = analyze_cost_effectiveness(
        results,
        outcome=outcome,
        payers=known[perspective],
        better=better[outcome],
        willingness=thresholds,
        calculations=calculations,
    )
    return found.assign_attrs(perspective=perspective)


def summarize_outcomes(results: xr.Dataset) -> xr.Dataset:
    """How much there is of each outcome, what each strategy changes, and numbers needed to treat.

    Raises
    ------
    UsageError : the results hold no outcomes.
    RunError : a calculation has no valid draw.
    """
    if "outcome_amount" not in results:
        raise UsageError("these results hold no outcomes beside money")
    return outcomes.summarize_outcomes(results, _better(results))


def summarize_subgroups(results: xr.Dataset) -> xr.Dataset:
    """Net saving and outcomes of each subgroup, per participant of it.

    Raises
    ------
    UsageError : the results hold no subgroups.
    RunError : a calculation has no valid draw.
    """
    if "subgroup_npv" not in results:
        raise UsageError("these results hold no subgroups")
    return subgroups.summarize_subgroups(results, _better(results))


def internal_rates(results: xr.Dataset) -> xr.Dataset:
    """Internal rate of return of each calculation, strategy and party."""
    about = Description.from_json(results.attrs["description"])
    members = {p.name: p.payers for p in about.perspectives}
    return internal_rate.internal_rates(results, members, {c.name: c.perspective for c in about.calculations})


def _better(results: xr.Dataset) -> dict[str, str]:
    return {o.name: o.better for o in Description.from_json(results.attrs["description"]).outcomes}
