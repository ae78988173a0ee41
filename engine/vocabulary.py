"""The single table of names: every dimension and variable that may stand in a dataset.

Checks, file metadata, figure axes and the README's table all read it. A name that is not here does
not go into a result.
"""

from __future__ import annotations

from typing import NamedTuple


class Dimension(NamedTuple):
    name: str
    meaning: str


class Variable(NamedTuple):
    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str


DIMENSIONS: dict[str, Dimension] = {
    d.name: d
    for d in (
        Dimension("calculation", "one person's complete set of assumptions"),
        Dimension("strategy", "intervention, compared with the baseline"),
        Dimension("course", "every strategy, the baseline first"),
        Dimension("payer", "who bears a cost"),
        Dimension("perspective", "set of payers whose costs are counted together"),
        Dimension("party", "a payer or a perspective"),
        Dimension("draw", "one sample of all uncertain parameters"),
        Dimension("path", "one of the first draws, for which yearly figures are kept"),
        Dimension("cycle", "step of the model; coordinate `time` is years from the start"),
        Dimension("time_point", "boundary between cycles, from 0; coordinate `time_at` is years"),
        Dimension("year", "year from the start (or cycle, where cycles are longer); coordinate is its beginning"),
        Dimension("state", "state of the cohort model"),
        Dimension("pair", "two calculations, from -> to"),
        Dimension("assumption", "a parameter or choice as one calculation sets it"),
        Dimension("parameter", "an uncertain input of a model"),
        Dimension("parameter_2", "second parameter of an interaction"),
        Dimension("quantile", "quantile level over draws"),
    )
}

_MONEY = "SEK/participant"

VARIABLES: dict[str, Variable] = {
    v.name: v
    for v in (
        # per draw
        Variable(
            "cost",
            ("calculation", "course", "payer", "draw"),
            _MONEY,
            "discounted cost borne by the payer within the horizon",
        ),
        Variable(
            "npv",
            ("calculation", "strategy", "party", "draw"),
            _MONEY,
            "net saving, baseline minus intervention, discounted; positive = saves",
        ),
        Variable(
            "reported_npv",
            ("calculation", "strategy", "draw"),
            _MONEY,
            "net saving in the perspective that the calculation itself reports",
        ),
        Variable(
            "programme_cost",
            ("calculation", "strategy", "party", "draw"),
            _MONEY,
            "discounted cost of the intervention itself",
        ),
        Variable(
            "benefit_cost_ratio",
            ("calculation", "strategy", "party", "draw"),
            "ratio",
            "1 + NPV / discounted programme cost; missing where the party pays no programme cost",
        ),
        Variable(
            "payback_year",
            ("calculation", "strategy", "party", "draw"),
            "years",
            "time after which accumulated undiscounted net saving is never negative; inf = never",
        ),
        Variable(
            "payback_year_discounted",
            ("calculation", "strategy", "party", "draw"),
            "years",
            "time after which accumulated discounted net saving is never negative; inf = never",
        ),
        Variable("status", ("calculation", "draw"), "1", "0 = valid, else the rules that the draw broke, one bit each"),
        # per cycle
        Variable(
            "mean_cash_flow",
            ("calculation", "strategy", "payer", "cycle"),
            _MONEY,
            "undiscounted net saving in the cycle, mean over draws",
        ),
        Variable(
            "mean_occupancy",
            ("calculation", "course", "state", "time_point"),
            "share",
            "share of the cohort in the state, mean over draws",
        ),
        Variable(
            "cumulative_saving",
            ("calculation", "strategy", "party", "path", "time_point"),
            _MONEY,
            "undiscounted net saving accumulated to the time point",
        ),
        Variable(
            "horizon", ("calculation",), "years", "time within which the calculation counts costs (mean over draws)"
        ),
        # summaries
        Variable("mean", ("calculation", "strategy", "party"), _MONEY, "mean NPV"),
        Variable("mcse", ("calculation", "strategy", "party"), _MONEY, "Monte Carlo standard error of the mean"),
        Variable("sd", ("calculation", "strategy", "party"), _MONEY, "standard deviation over draws"),
        Variable("npv_quantile", ("quantile", "calculation", "strategy", "party"), _MONEY, "quantile of NPV"),
        Variable("p_positive", ("calculation", "strategy", "party"), "probability", "share of draws with NPV > 0"),
        Variable(
            "median_payback_year",
            ("calculation", "strategy", "party"),
            "years",
            "median pay-back time over draws; inf = never in half of the draws",
        ),
        Variable(
            "p_payback",
            ("calculation", "strategy", "party"),
            "probability",
            "share of draws that pay back within the horizon",
        ),
        Variable("median_benefit_cost_ratio", ("calculation", "strategy", "party"), "ratio", "median over draws"),
        # over the years
        Variable(
            "cumulative_quantile",
            ("quantile", "calculation", "strategy", "party", "time_point"),
            _MONEY,
            "quantile over paths of the undiscounted net saving accumulated to the time point",
        ),
        Variable(
            "payback_probability",
            ("calculation", "strategy", "party", "time_point"),
            "probability",
            "share of draws that have paid back by the time point",
        ),
        Variable(
            "yearly_cash_flow",
            ("calculation", "strategy", "payer", "year"),
            _MONEY,
            "undiscounted net saving in the year, mean over draws",
        ),
        Variable(
            "accumulated_cash_flow",
            ("calculation", "strategy", "year"),
            _MONEY,
            "undiscounted net saving accumulated to the end of the year, mean over draws",
        ),
        # differences
        Variable("shapley", ("pair", "party", "assumption"), _MONEY, "contribution to the difference; adds up exactly"),
        Variable("shapley_se", ("pair", "party", "assumption"), _MONEY, "standard error of the contribution"),
        Variable(
            "alone",
            ("pair", "party", "assumption"),
            _MONEY,
            "effect when only this assumption is changed, from the first calculation",
        ),
        Variable(
            "total",
            ("pair", "party", "assumption"),
            _MONEY,
            "effect when this assumption is changed last: alone plus all its interactions",
        ),
        Variable("min_step", ("pair", "party", "assumption"), _MONEY, "smallest step over all orders of changing"),
        Variable("max_step", ("pair", "party", "assumption"), _MONEY, "largest step over all orders of changing"),
        Variable("gap", ("pair", "party"), _MONEY, "difference between the two calculations, to minus from"),
        Variable("gap_se", ("pair", "party"), _MONEY, "Monte Carlo standard error of the difference"),
        Variable("from_npv", ("pair", "party"), _MONEY, "expected NPV of the first calculation, on the draws compared"),
        Variable("exact", ("pair",), "1", "1 = all orders enumerated, 0 = sampled orders"),
        Variable(
            "mean_contribution",
            ("party", "assumption"),
            _MONEY,
            "absolute contribution to the difference between two calculations, mean over pairs",
        ),
        # sensitivity
        Variable("S1", ("parameter",), "share of variance", "first-order Sobol' index"),
        Variable("S1_conf", ("parameter",), "share of variance", "half-width of the 95 % interval of S1"),
        Variable("ST", ("parameter",), "share of variance", "total Sobol' index"),
        Variable("ST_conf", ("parameter",), "share of variance", "half-width of the 95 % interval of ST"),
        Variable("S2", ("parameter", "parameter_2"), "share of variance", "second-order Sobol' index"),
        Variable("S2_conf", ("parameter", "parameter_2"), "share of variance", "half-width of the 95 % interval of S2"),
        Variable("mu", ("parameter",), "outcome", "mean elementary effect over the parameter's whole range"),
        Variable("mu_star", ("parameter",), "outcome", "mean absolute elementary effect"),
        Variable("mu_star_conf", ("parameter",), "outcome", "half-width of the 95 % interval of mu_star"),
        Variable("sigma", ("parameter",), "outcome", "standard deviation of the elementary effects"),
        Variable("low_outcome", ("parameter",), "outcome", "mean outcome with the parameter at its 5 % quantile"),
        Variable("high_outcome", ("parameter",), "outcome", "mean outcome with the parameter at its 95 % quantile"),
        Variable("low_value", ("parameter",), "own unit", "5 % quantile of the parameter"),
        Variable("high_value", ("parameter",), "own unit", "95 % quantile of the parameter"),
        Variable("base_outcome", (), "outcome", "mean outcome, all parameters as they are"),
    )
}


def attributes(name: str) -> dict[str, str]:
    """`units` and `long_name` of a variable, as file metadata wants them.

    Raises
    ------
    KeyError : the name is not in the vocabulary.
    """
    variable = VARIABLES[name]
    return {"units": variable.unit, "long_name": variable.meaning}
