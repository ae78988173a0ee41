"""The single table of names: every dimension and variable that may stand in a dataset.

Checks, file metadata, figure axes and the README's table all read it. A name that is not here does
not go into a result.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

SensitivityMethod = Literal[
    "sobol",
    "morris",
    "oneway",
    "twoway",
    "shapley_effects",
    "efast",
    "rbd_fast",
    "delta",
    "pawn",
    "dgsm",
    "hdmr",
    "regional",
    "prim",
]
"""Those of `engine.analysis.sensitivity`, which is slow to load; a test compares the two."""


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
        Dimension("outcome_measure", "what a model counts beside money, such as QALYs"),
        Dimension("subgroup", "part of the cohort with figures of its own"),
        Dimension("willingness_to_pay", "what one unit of an outcome is held to be worth, SEK"),
        Dimension("pair", "two calculations, from -> to"),
        Dimension("assumption", "a parameter or choice as one calculation sets it"),
        Dimension("parameter", "an uncertain input of a model"),
        Dimension("parameter_2", "second parameter of an interaction"),
        Dimension("accounting_step", "step from an author's terms to common ones"),
        Dimension("quantile", "quantile level over draws"),
        Dimension("parameter_pair", "two uncertain inputs of a model, varied together"),
        Dimension("alternative", "one way of making a choice, by its number in the model, from 0"),
        Dimension("level", "quantile at which the first of two parameters is fixed"),
        Dimension("level_2", "quantile at which the second of two parameters is fixed"),
        Dimension("region", "part of the runs, by the size of their outcome, lowest first"),
        Dimension("peel", "step by which a box around the losing runs shrinks"),
        # value of information
        Dimension("group", "parameters that are learnt together"),
        Dimension("sample_size", "size of a study, in persons or events"),
        # all calculations together
        Dimension("agreed", "number of assumptions that all calculations agree on"),
        # differences, in full
        Dimension("assumption_2", "second assumption of an interaction"),
        Dimension("assumption_theme", "theme of assumptions; coordinate `theme` says which assumption is of which"),
        Dimension(
            "flip_set", "smallest set of assumptions which, taken from the other calculation, turns the decision"
        ),
        Dimension("calendar_year", "calendar year, whichever cohort the money is about"),
        # how estimates settle, and many outcomes at once
        Dimension("checkpoint", "size at which an estimate was looked at; coordinates say how large"),
        Dimension("outcome", "one of several outcomes analysed together, such as a payer's year"),
    )
}

_MONEY = "SEK/participant"
_BUDGETS = {"": "undiscounted", "_discounted": "discounted (to the model's start)"}
"""Suffix of the variable, and what it is of."""

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
            "discounted cost of the intervention itself, beyond what the baseline costs per participant",
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
            "time after which undiscounted net saving so far is never negative; inf = never, nan = nothing is paid",
        ),
        Variable(
            "payback_year_discounted",
            ("calculation", "strategy", "party", "draw"),
            "years",
            "time after which accumulated discounted net saving is never negative; inf = never",
        ),
        Variable(
            "outcome_amount",
            ("calculation", "course", "outcome_measure", "draw"),
            "unit of the outcome/participant",
            "discounted amount within the horizon",
        ),
        Variable(
            "subgroup_npv",
            ("calculation", "subgroup", "strategy", "party", "draw"),
            _MONEY,
            "net saving per participant of the subgroup, discounted",
        ),
        Variable(
            "subgroup_outcome_amount",
            ("calculation", "subgroup", "course", "outcome_measure", "draw"),
            "unit of the outcome/participant",
            "discounted amount within the horizon per participant of the subgroup",
        ),
        Variable("status", ("calculation", "draw"), "1", "0 = valid, else the rules that the draw broke, one bit each"),
        # of all draws, where not all are kept; beside it the summaries below
        Variable("rejected_draws", ("calculation",), "1", "draws left out because they break a rule of the model"),
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
            "median_payback_year_discounted",
            ("calculation", "strategy", "party"),
            "years",
            "median over draws of the time after which accumulated discounted net saving is never negative",
        ),
        Variable(
            "p_payback",
            ("calculation", "strategy", "party"),
            "probability",
            "share of draws that pay back within what the calculation counts; nan where nothing is paid",
        ),
        Variable("median_benefit_cost_ratio", ("calculation", "strategy", "party"), "ratio", "median over draws"),
        # rate of return
        Variable(
            "internal_rate",
            ("calculation", "strategy", "party"),
            "rate/year",
            "discount rate at which the mean cash flow is worth nothing; missing where there is none, or several",
        ),
        Variable(
            "internal_rate_kind",
            ("calculation", "strategy", "party"),
            "1",
            "0 = one rate, 1 = money goes one way only, 2 = several rates may solve it, 3 = gains come first",
        ),
        Variable(
            "internal_rate_share",
            ("calculation", "strategy", "party"),
            "share",
            "share of the paths kept that have one internal rate",
        ),
        Variable(
            "internal_rate_quantile",
            ("quantile", "calculation", "strategy", "party"),
            "rate/year",
            "quantile of the internal rate over the paths that have one",
        ),
        # outcomes beside money
        Variable(
            "amount_mean",
            ("calculation", "course", "outcome_measure"),
            "unit of the outcome/participant",
            "mean amount",
        ),
        Variable(
            "amount_error",
            ("calculation", "course", "outcome_measure"),
            "unit of the outcome/participant",
            "Monte Carlo standard error of amount_mean",
        ),
        Variable(
            "amount_difference",
            ("calculation", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "mean amount under the strategy minus that under the baseline",
        ),
        Variable(
            "amount_difference_error",
            ("calculation", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "Monte Carlo standard error of amount_difference",
        ),
        Variable(
            "amount_difference_quantile",
            ("quantile", "calculation", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "quantile over draws of the difference from the baseline",
        ),
        Variable(
            "p_better",
            ("calculation", "strategy", "outcome_measure"),
            "probability",
            "share of draws in which the strategy does better than the baseline",
        ),
        Variable(
            "number_needed",
            ("calculation", "strategy", "outcome_measure"),
            "participants",
            "participants for one unit of the outcome more or less: 1 / mean gain; negative where it harms",
        ),
        Variable(
            "number_needed_ends",
            ("quantile", "calculation", "strategy", "outcome_measure"),
            "participants",
            "1 / quantile of the gain; where the ends differ in sign, what lies between them passes through infinity",
        ),
        # subgroups
        Variable("subgroup_mean", ("calculation", "subgroup", "strategy", "party"), _MONEY, "mean NPV"),
        Variable(
            "subgroup_mcse",
            ("calculation", "subgroup", "strategy", "party"),
            _MONEY,
            "Monte Carlo standard error of subgroup_mean",
        ),
        Variable(
            "subgroup_npv_quantile",
            ("quantile", "calculation", "subgroup", "strategy", "party"),
            _MONEY,
            "quantile of NPV",
        ),
        Variable(
            "subgroup_p_positive",
            ("calculation", "subgroup", "strategy", "party"),
            "probability",
            "share of draws with NPV > 0",
        ),
        Variable(
            "subgroup_amount_difference",
            ("calculation", "subgroup", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "mean amount under the strategy minus that under the baseline, per participant of the subgroup",
        ),
        Variable(
            "subgroup_amount_difference_error",
            ("calculation", "subgroup", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "Monte Carlo standard error of subgroup_amount_difference",
        ),
        Variable(
            "subgroup_amount_difference_quantile",
            ("quantile", "calculation", "subgroup", "strategy", "outcome_measure"),
            "unit of the outcome/participant",
            "quantile over draws of the difference from the baseline",
        ),
        # cost-effectiveness, of one outcome in one perspective
        Variable("course_cost", ("calculation", "course"), _MONEY, "mean discounted cost in the perspective"),
        Variable("course_cost_error", ("calculation", "course"), _MONEY, "Monte Carlo standard error of course_cost"),
        Variable(
            "course_effect", ("calculation", "course"), "unit of the outcome/participant", "mean amount of the outcome"
        ),
        Variable(
            "course_effect_error",
            ("calculation", "course"),
            "unit of the outcome/participant",
            "Monte Carlo standard error of course_effect",
        ),
        Variable(
            "dominance",
            ("calculation", "course"),
            "1",
            "0 = on the frontier, 1 = dominated, 2 = extendedly dominated, 3 = the same as an earlier strategy",
        ),
        Variable(
            "previous_course",
            ("calculation", "course"),
            "1",
            "place of the strategy before it on the frontier; -1 = none",
        ),
        Variable(
            "incremental_cost",
            ("calculation", "course"),
            _MONEY,
            "mean cost minus that of the strategy before it on the frontier",
        ),
        Variable(
            "incremental_cost_error",
            ("calculation", "course"),
            _MONEY,
            "Monte Carlo standard error of incremental_cost",
        ),
        Variable(
            "incremental_effect",
            ("calculation", "course"),
            "unit of the outcome/participant",
            "mean gain over the strategy before it on the frontier; positive = better",
        ),
        Variable(
            "incremental_effect_error",
            ("calculation", "course"),
            "unit of the outcome/participant",
            "Monte Carlo standard error of incremental_effect",
        ),
        Variable(
            "icer",
            ("calculation", "course"),
            "SEK/unit of the outcome",
            "incremental cost-effectiveness ratio against the strategy before it on the frontier, of means over draws",
        ),
        Variable(
            "icer_error",
            ("calculation", "course"),
            "SEK/unit of the outcome",
            "Monte Carlo standard error of icer",
        ),
        Variable(
            "plane_cost",
            ("calculation", "course", "path"),
            _MONEY,
            "cost minus that of the baseline in one of the first draws",
        ),
        Variable(
            "plane_effect",
            ("calculation", "course", "path"),
            "unit of the outcome/participant",
            "gain over the baseline in one of the first draws; positive = better",
        ),
        Variable("cost_difference", ("calculation", "course"), _MONEY, "mean cost minus that of the baseline"),
        Variable(
            "cost_difference_sd", ("calculation", "course"), _MONEY, "standard deviation over draws of cost_difference"
        ),
        Variable(
            "effect_difference",
            ("calculation", "course"),
            "unit of the outcome/participant",
            "mean gain over the baseline; positive = better",
        ),
        Variable(
            "effect_difference_sd",
            ("calculation", "course"),
            "unit of the outcome/participant",
            "standard deviation over draws of effect_difference",
        ),
        Variable(
            "difference_correlation",
            ("calculation", "course"),
            "1",
            "correlation over draws of the differences in cost and effect from the baseline",
        ),
        Variable(
            "net_benefit",
            ("calculation", "course", "willingness_to_pay"),
            _MONEY,
            "mean net monetary benefit: worth of the outcome minus cost",
        ),
        Variable(
            "net_benefit_error",
            ("calculation", "course", "willingness_to_pay"),
            _MONEY,
            "Monte Carlo standard error of net_benefit",
        ),
        Variable(
            "net_health_benefit",
            ("calculation", "course", "willingness_to_pay"),
            "unit of the outcome/participant",
            "net benefit in units of the outcome; missing where one is worth nothing",
        ),
        Variable(
            "p_cost_effective",
            ("calculation", "course", "willingness_to_pay"),
            "probability",
            "share of draws in which the strategy has the highest net benefit (CEAC)",
        ),
        Variable(
            "p_cost_effective_error",
            ("calculation", "course", "willingness_to_pay"),
            "probability",
            "Monte Carlo standard error of p_cost_effective",
        ),
        Variable(
            "expected_loss",
            ("calculation", "course", "willingness_to_pay"),
            _MONEY,
            "mean net benefit that choosing the strategy loses against the best in each draw",
        ),
        Variable(
            "expected_loss_error",
            ("calculation", "course", "willingness_to_pay"),
            _MONEY,
            "Monte Carlo standard error of expected_loss",
        ),
        Variable(
            "best_course",
            ("calculation", "willingness_to_pay"),
            "1",
            "place of the strategy with the highest mean net benefit; its p_cost_effective is the frontier (CEAF)",
        ),
        Variable(
            "evpi_by_willingness",
            ("calculation", "willingness_to_pay"),
            _MONEY,
            "expected value of perfect information: expected loss of the strategy that is best on average",
        ),
        Variable(
            "evpi_by_willingness_error",
            ("calculation", "willingness_to_pay"),
            _MONEY,
            "Monte Carlo standard error of evpi_by_willingness",
        ),
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
        # accounting
        Variable(
            "accounting",
            ("calculation", "accounting_step"),
            "SEK",
            "figure on the way from its author's terms to those in which calculations are compared",
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
        Variable(
            "low_outcome",
            ("parameter",),
            "outcome",
            "mean outcome with the parameter at its 5 % quantile; of a choice, the lowest of its alternatives",
        ),
        Variable(
            "high_outcome",
            ("parameter",),
            "outcome",
            "mean outcome with the parameter at its 95 % quantile; of a choice, the highest of its alternatives",
        ),
        Variable(
            "low_value",
            ("parameter",),
            "own unit",
            "5 % quantile of the parameter; of a choice, the number of its lowest alternative",
        ),
        Variable(
            "high_value",
            ("parameter",),
            "own unit",
            "95 % quantile of the parameter; of a choice, the number of its highest alternative",
        ),
        Variable("base_outcome", (), "outcome", "mean outcome, all parameters as they are"),
        # choices of method beside uncertain parameters
        Variable(
            "alternative_outcome",
            ("parameter", "alternative"),
            "outcome",
            "mean outcome with a choice made so; of choices only",
        ),
        Variable("choices_share", (), "share of variance", "share explained by all choices of method, alone"),
        Variable("choices_share_conf", (), "share of variance", "half-width of the 95 % interval of choices_share"),
        Variable("figures_share", (), "share of variance", "share explained by all uncertain figures, alone"),
        Variable("figures_share_conf", (), "share of variance", "half-width of the 95 % interval of figures_share"),
        Variable(
            "choices_figures_share",
            (),
            "share of variance",
            "share from figures that matter more with one choice than with another",
        ),
        Variable(
            "choices_figures_share_conf",
            (),
            "share of variance",
            "half-width of the 95 % interval of choices_figures_share",
        ),
        # more methods of sensitivity analysis
        Variable(
            "two_way_outcome",
            ("parameter_pair", "level", "level_2"),
            "outcome",
            "mean outcome with two parameters fixed at their quantiles",
        ),
        Variable(
            "two_way_interaction",
            ("parameter_pair",),
            "share of variance",
            "part of the surface that is no sum of two curves",
        ),
        Variable("first_value", ("parameter_pair", "level"), "own unit", "value of the first parameter at the level"),
        Variable(
            "second_value", ("parameter_pair", "level_2"), "own unit", "value of the second parameter at the level"
        ),
        Variable(
            "shapley_effect",
            ("parameter",),
            "share of variance",
            "share of the variance, averaged over orders; adds up to 1",
        ),
        Variable(
            "shapley_effect_conf",
            ("parameter",),
            "share of variance",
            "half-width of the 95 % interval of shapley_effect",
        ),
        Variable(
            "delta",
            ("parameter",),
            "1",
            "half the expected area between densities of the outcome with the parameter unknown and known",
        ),
        Variable("delta_conf", ("parameter",), "1", "half-width of the 95 % interval of delta"),
        Variable("delta_dummy", (), "1", "delta of a parameter that does nothing: noise"),
        Variable(
            "pawn_median",
            ("parameter",),
            "1",
            "median over slices of the distance between distribution functions, slice and all",
        ),
        Variable("pawn_median_conf", ("parameter",), "1", "half-width of the 95 % interval of pawn_median"),
        Variable("pawn_max", ("parameter",), "1", "largest distance over slices"),
        Variable("pawn_max_conf", ("parameter",), "1", "half-width of the 95 % interval of pawn_max"),
        Variable("pawn_dummy", (), "1", "median distance for a parameter that does nothing: noise"),
        Variable(
            "dgsm",
            ("parameter",),
            "share of variance",
            "mean squared derivative by the normal score; at least the total Sobol' index",
        ),
        Variable("dgsm_conf", ("parameter",), "share of variance", "half-width of the 95 % interval of dgsm"),
        Variable("hdmr_S1", ("parameter",), "share of variance", "first-order index of a polynomial surrogate"),
        Variable("hdmr_S1_conf", ("parameter",), "share of variance", "half-width of the 95 % interval of hdmr_S1"),
        Variable("hdmr_ST", ("parameter",), "share of variance", "total index of a polynomial surrogate with pairs"),
        Variable("hdmr_ST_conf", ("parameter",), "share of variance", "half-width of the 95 % interval of hdmr_ST"),
        Variable(
            "hdmr_S2", ("parameter", "parameter_2"), "share of variance", "second-order index of a polynomial surrogate"
        ),
        Variable("hdmr_explained", (), "share of variance", "what the surrogate predicts in runs left out of its fit"),
        Variable(
            "regional_ks",
            ("parameter",),
            "1",
            "distance between the parameter's distributions below and above the threshold",
        ),
        Variable(
            "regional_p", ("parameter",), "probability", "of a distance as large for a parameter that does nothing"
        ),
        Variable(
            "regional_shift",
            ("parameter",),
            "quantile",
            "median quantile of the parameter below the threshold minus above it",
        ),
        Variable(
            "regional_cvm",
            ("parameter", "region"),
            "1",
            "Cramér-von Mises distance of the region's runs from the others",
        ),
        Variable("regional_threshold", (), "outcome", "outcome that separates the runs"),
        Variable("regional_share", (), "share", "runs below the threshold"),
        Variable("box_low", ("parameter",), "quantile", "lower limit of the parameter in the box; 0 = none"),
        Variable("box_high", ("parameter",), "quantile", "upper limit of the parameter in the box; 1 = none"),
        Variable("box_low_value", ("parameter",), "own unit", "lower limit of the parameter; missing = none"),
        Variable("box_high_value", ("parameter",), "own unit", "upper limit of the parameter; missing = none"),
        Variable("box_restricted", ("parameter",), "1", "1 = the box limits the parameter"),
        Variable("box_p", ("parameter",), "probability", "that chance makes the parameter's limits as good"),
        Variable("box_coverage", (), "share", "losing runs that are in the box"),
        Variable("box_density", (), "share", "runs in the box that lose"),
        Variable("box_mass", (), "share", "runs that are in the box"),
        Variable("box_base", (), "share", "runs that lose"),
        Variable("peel_coverage", ("peel",), "share", "losing runs in the box after each peel"),
        Variable("peel_density", ("peel",), "share", "runs in the box after each peel that lose"),
        Variable("peel_mass", ("peel",), "share", "runs in the box after each peel"),
        Variable("peel_restricted", ("peel",), "1", "parameters that the box limits after each peel"),
        # value of information
        Variable("evpi", ("party",), _MONEY, "expected value of perfect information: expected regret of deciding now"),
        Variable("evpi_se", ("party",), _MONEY, "standard error of evpi"),
        Variable(
            "p_wrong",
            ("party",),
            "probability",
            "share of draws in which another option is better than the one that is best on average",
        ),
        Variable("evppi", ("parameter", "party"), _MONEY, "expected value of learning the parameter exactly"),
        Variable("evppi_se", ("parameter", "party"), _MONEY, "standard error of evppi"),
        Variable(
            "evppi_low",
            ("parameter", "party"),
            _MONEY,
            "gain of deciding by a curve fitted to other draws: never above the truth but by its own noise",
        ),
        Variable("evppi_low_se", ("parameter", "party"), _MONEY, "standard error of evppi_low"),
        Variable(
            "group_evppi", ("group", "party"), _MONEY, "expected value of learning the group's parameters exactly"
        ),
        Variable("group_evppi_se", ("group", "party"), _MONEY, "standard error of group_evppi"),
        Variable(
            "group_evppi_low",
            ("group", "party"),
            _MONEY,
            "gain of deciding by a curve fitted to other draws: never above the truth but by its own noise",
        ),
        Variable("group_evppi_low_se", ("group", "party"), _MONEY, "standard error of group_evppi_low"),
        Variable("evpi_programme", ("party",), "SEK", "evpi for all participants whom the decision concerns"),
        Variable("evppi_programme", ("parameter", "party"), "SEK", "evppi for all participants"),
        Variable("group_evppi_programme", ("group", "party"), "SEK", "group_evppi for all participants"),
        Variable("evsi", ("parameter", "party", "sample_size"), _MONEY, "expected value of a study of the parameter"),
        Variable("evsi_se", ("parameter", "party", "sample_size"), _MONEY, "standard error of evsi"),
        Variable("evsi_programme", ("parameter", "party", "sample_size"), "SEK", "evsi for all participants"),
        Variable("evsi_programme_se", ("parameter", "party", "sample_size"), "SEK", "standard error of evsi_programme"),
        Variable(
            "enbs",
            ("parameter", "party", "sample_size"),
            "SEK",
            "expected net benefit of sampling: evsi for all participants minus the cost of the study",
        ),
        # all calculations together
        Variable(
            "mean_of_pairwise",
            ("calculation", "party", "assumption"),
            _MONEY,
            "contribution to the distance from the mean of all calculations, mean over pairs",
        ),
        Variable(
            "mean_of_pairwise_se",
            ("calculation", "party", "assumption"),
            _MONEY,
            "standard error of the contribution, at most",
        ),
        Variable("above_mean", ("calculation", "party"), _MONEY, "NPV minus the mean NPV of all calculations"),
        Variable("disagreement_sd", ("party",), _MONEY, "standard deviation of NPV over mixtures of the calculations"),
        Variable("mixture_mean", ("party",), _MONEY, "mean NPV over mixtures of the calculations"),
        Variable("positive_share", ("party",), "share", "share of the mixtures of the calculations with NPV > 0"),
        Variable(
            "positive_if",
            ("calculation", "party", "assumption"),
            "share",
            "share of mixtures with NPV > 0 among those that take the assumption from the calculation",
        ),
        Variable(
            "mean_if",
            ("calculation", "party", "assumption"),
            _MONEY,
            "mean NPV over mixtures that take the assumption from the calculation",
        ),
        Variable(
            "against_mixture",
            ("calculation", "party", "assumption"),
            _MONEY,
            "contribution to the distance from the mean over all mixtures",
        ),
        Variable(
            "agreement_gone",
            ("party", "agreed"),
            "share of variance",
            "share of the disagreement gone if so many assumptions were agreed on",
        ),
        Variable(
            "agreed_on", ("party", "agreed", "assumption"), "1", "whether the assumption is among those to agree on"
        ),
        Variable(
            "first_share",
            ("party", "assumption"),
            "share of variance",
            "share of the disagreement that the assumption explains alone",
        ),
        Variable(
            "total_share",
            ("party", "assumption"),
            "share of variance",
            "share of the disagreement that is left if all others are agreed on",
        ),
        Variable(
            "shapley_share",
            ("party", "assumption"),
            "share of variance",
            "share of the disagreement, interactions divided equally; adds up to 1",
        ),
        Variable(
            "first_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of first_share",
        ),
        Variable(
            "total_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of total_share",
        ),
        Variable(
            "shapley_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of shapley_share",
        ),
        Variable("disagreement_sd_conf", ("party",), _MONEY, "half-width of the 95 % interval of disagreement_sd"),
        Variable("mixture_mean_conf", ("party",), _MONEY, "half-width of the 95 % interval of mixture_mean"),
        Variable("positive_share_conf", ("party",), "share", "half-width of the 95 % interval of positive_share"),
        # who calculates, and what each is unsure of
        Variable(
            "total_sd", ("party",), _MONEY, "standard deviation of NPV over who calculates and what each is unsure of"
        ),
        Variable(
            "between_share",
            ("party",),
            "share of variance",
            "share of the variance between calculators: of expected NPV over who supplies each assumption",
        ),
        Variable(
            "within_share",
            ("party",),
            "share of variance",
            "share of the variance from what calculators are unsure of, alike whoever calculates",
        ),
        Variable(
            "both_share",
            ("party",),
            "share of variance",
            "share of the variance from uncertainty that depends on who calculates",
        ),
        Variable(
            "who_share",
            ("party", "assumption"),
            "share of variance",
            "share explained by who supplies the assumption, alone",
        ),
        Variable(
            "unsure_share",
            ("party", "assumption"),
            "share of variance",
            "share explained by the uncertainty of the assumption, alone",
        ),
        Variable(
            "who_unsure_share",
            ("party", "assumption"),
            "share of variance",
            "share explained by who supplies the assumption and its uncertainty jointly, beyond each alone",
        ),
        Variable(
            "who_total_share",
            ("party", "assumption"),
            "share of variance",
            "share in which who supplies the assumption has any part",
        ),
        Variable(
            "unsure_total_share",
            ("party", "assumption"),
            "share of variance",
            "share in which the uncertainty of the assumption has any part",
        ),
        Variable(
            "between_share_conf", ("party",), "share of variance", "half-width of the 95 % interval of between_share"
        ),
        Variable(
            "within_share_conf", ("party",), "share of variance", "half-width of the 95 % interval of within_share"
        ),
        Variable("both_share_conf", ("party",), "share of variance", "half-width of the 95 % interval of both_share"),
        Variable(
            "who_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of who_share",
        ),
        Variable(
            "unsure_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of unsure_share",
        ),
        Variable(
            "who_unsure_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of who_unsure_share",
        ),
        Variable(
            "who_total_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of who_total_share",
        ),
        Variable(
            "unsure_total_share_conf",
            ("party", "assumption"),
            "share of variance",
            "half-width of the 95 % interval of unsure_total_share",
        ),
        # differences, in full
        Variable("owen", ("pair", "party", "assumption"), _MONEY, "contribution when themes change as wholes (Owen)"),
        Variable("owen_se", ("pair", "party", "assumption"), _MONEY, "standard error of owen"),
        Variable(
            "theme_contribution",
            ("pair", "party", "assumption_theme"),
            _MONEY,
            "contribution of a theme that changes as a whole; adds up exactly",
        ),
        Variable(
            "theme_contribution_se",
            ("pair", "party", "assumption_theme"),
            _MONEY,
            "standard error of theme_contribution",
        ),
        Variable("orders", ("pair",), "1", "orders walked, free ones and those that keep themes; 0 = all enumerated"),
        Variable("target_reached", ("pair",), "1", "1 = no error from sampling orders above the target, 0 = above it"),
        Variable(
            "interaction",
            ("pair", "party", "assumption", "assumption_2"),
            _MONEY,
            "effect of changing two assumptions beyond the sum of changing each alone",
        ),
        Variable("interaction_mass", ("pair", "party"), _MONEY, "difference minus the sum of all effects alone"),
        Variable("interaction_share", ("pair", "party"), "share", "interaction_mass as a share of the difference"),
        Variable(
            "yearly_contribution",
            ("assumption", "payer", "cycle"),
            _MONEY,
            "contribution to the difference in discounted net saving of the cycle",
        ),
        Variable(
            "cumulative_contribution",
            ("assumption", "payer", "cycle"),
            _MONEY,
            "contribution to the difference in discounted net saving up to the end of the cycle",
        ),
        Variable("yearly_gap", ("payer", "cycle"), _MONEY, "difference in discounted net saving of the cycle"),
        Variable("npv_from", (), _MONEY, "expected NPV of the calculation that is changed"),
        Variable("npv_to", (), _MONEY, "expected NPV of the calculation that assumptions are taken from"),
        Variable(
            "pivot_share",
            ("assumption",),
            "share",
            "probability that the assumption turns the decision in a random order, net of turns back",
        ),
        Variable(
            "gap_left_from", ("assumption",), _MONEY, "difference left when the first calculation adopts the other's"
        ),
        Variable(
            "gap_left_to", ("assumption",), _MONEY, "difference left when the second calculation adopts the other's"
        ),
        Variable("gap_left_consensus", ("assumption",), _MONEY, "difference left when both adopt the consensus value"),
        Variable("value_from", ("assumption",), "own unit", "expected value in the first calculation"),
        Variable("value_to", ("assumption",), "own unit", "expected value in the second calculation"),
        Variable("consensus", ("assumption",), "own unit", "expected value that both would adopt"),
        Variable("threshold", ("assumption",), "own unit", "value at which the first calculation's NPV turns"),
        Variable(
            "threshold_share",
            ("assumption",),
            "share",
            "threshold on the way from the first value (0) to the second (1)",
        ),
        Variable(
            "joint_threshold",
            (),
            "share",
            "place between the first (0) and the second calculation (1) where NPV turns when all numbers move together",
        ),
        Variable("in_flip_set", ("flip_set", "assumption"), "1", "whether the assumption belongs to the set"),
        Variable("flip_npv", ("flip_set",), _MONEY, "expected NPV with the set taken from the other calculation"),
        # budgets of a programme that admits year after year
        Variable("participants", ("calendar_year",), "persons", "participants who start in the year"),
        *(
            Variable(
                f"budget_saving{suffix}",
                ("calculation", "party", "calendar_year"),
                "SEK",
                f"{what} net saving of the whole programme in the year, mean over draws",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_cost{suffix}",
                ("calculation", "course", "party", "calendar_year"),
                "SEK",
                f"{what} cost of all who have started, in the year, mean over draws",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_cumulative{suffix}",
                ("calculation", "party", "calendar_year"),
                "SEK",
                f"{what} net saving of the whole programme up to the end of the year, mean over draws",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_cumulative_quantile{suffix}",
                ("quantile", "calculation", "party", "calendar_year"),
                "SEK",
                f"quantile over paths of the {what} net saving up to the end of the year",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_total_mcse{suffix}",
                ("calculation", "party"),
                "SEK",
                f"Monte Carlo standard error of the mean {what} net saving over all years",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_payback_year{suffix}",
                ("quantile", "calculation", "party"),
                "calendar year",
                f"quantile over draws of the first year from whose end on {what} net saving so far is never negative; "
                "inf = never, nan = nothing is paid nor saved",
            )
            for suffix, what in _BUDGETS.items()
        ),
        *(
            Variable(
                f"budget_p_payback{suffix}",
                ("calculation", "party"),
                "probability",
                f"share of draws in which the whole programme pays back, {what}; nan where nothing is paid",
            )
            for suffix, what in _BUDGETS.items()
        ),
        Variable(
            "budget_mean_payback_year",
            ("calculation", "party"),
            "calendar year",
            "first year from whose end on the mean undiscounted net saving so far is never negative; inf = never, "
            "nan = nothing is paid nor saved",
        ),
        Variable(
            "budget_peak_need",
            ("calculation", "party"),
            "SEK",
            "how far the mean undiscounted net saving so far falls below zero at the end of its lowest year",
        ),
        Variable(
            "budget_peak_year",
            ("calculation", "party"),
            "calendar year",
            "year at whose end the mean undiscounted net saving so far is lowest; nan where it is never below zero",
        ),
        Variable(
            "budget_peak_need_quantile",
            ("quantile", "calculation", "party"),
            "SEK",
            "quantile over draws of how far the undiscounted net saving so far falls below zero",
        ),
        # many outcomes at once
        Variable("S1_by_outcome", ("outcome", "parameter"), "share of variance", "first-order Sobol' index"),
        Variable(
            "S1_by_outcome_conf",
            ("outcome", "parameter"),
            "share of variance",
            "half-width of the 95 % interval of S1_by_outcome",
        ),
        Variable("ST_by_outcome", ("outcome", "parameter"), "share of variance", "total Sobol' index"),
        Variable(
            "ST_by_outcome_conf",
            ("outcome", "parameter"),
            "share of variance",
            "half-width of the 95 % interval of ST_by_outcome",
        ),
        Variable("outcome_mean", ("outcome",), "outcome", "mean"),
        Variable("outcome_variance", ("outcome",), "outcome squared", "variance; an index of next to none is noise"),
        # how estimates settle
        Variable("rank_stated", ("parameter", "parameter_2"), "1", "rank correlation that the model states"),
        Variable("rank_achieved", ("parameter", "parameter_2"), "1", "rank correlation that the draws have"),
        Variable("rank_achieved_se", ("parameter", "parameter_2"), "1", "Monte Carlo standard error of rank_achieved"),
        Variable(
            "worst_half_width",
            ("checkpoint",),
            "share of variance",
            "largest half-width of an interval among total indices above 0.05",
        ),
        Variable("ranking_stable", ("checkpoint",), "1", "1 = the first places of the ranking are told apart, or ties"),
        Variable("ST_so_far", ("checkpoint", "parameter"), "share of variance", "total Sobol' index"),
        Variable(
            "ST_conf_so_far",
            ("checkpoint", "parameter"),
            "share of variance",
            "half-width of the 95 % interval of ST_so_far",
        ),
        Variable(
            "mean_so_far", ("checkpoint", "calculation", "strategy", "party"), _MONEY, "mean NPV of the first draws"
        ),
        Variable(
            "mcse_so_far",
            ("checkpoint", "calculation", "strategy", "party"),
            _MONEY,
            "Monte Carlo standard error of mean_so_far",
        ),
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
