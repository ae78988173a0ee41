"""One file a figure; each draws what its dataset says and computes nothing.

Every function takes labelled arrays and a `Look`, and returns a matplotlib figure. `FIGURES` is the table of them:
a new figure is a file and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.report.plots.acceptability import plot_acceptability
from engine.report.plots.agreement import plot_agreement
from engine.report.plots.budget_fan import plot_budget_fan
from engine.report.plots.budget_years import plot_budget_years
from engine.report.plots.by_payer import plot_by_payer
from engine.report.plots.by_year import plot_by_year
from engine.report.plots.cash_flow import plot_cash_flow
from engine.report.plots.contribution_curve import plot_contribution_curve
from engine.report.plots.convergence import plot_convergence
from engine.report.plots.expected_loss import plot_expected_loss
from engine.report.plots.fan import plot_fan
from engine.report.plots.follow_up import plot_follow_up
from engine.report.plots.heatmap import plot_heatmap
from engine.report.plots.model import plot_model
from engine.report.plots.npv_bars import plot_npv_bars
from engine.report.plots.occupancy import plot_occupancy
from engine.report.plots.outcome_bars import plot_outcome_bars
from engine.report.plots.payback import plot_payback
from engine.report.plots.plane import plot_plane
from engine.report.plots.ranking import plot_ranking
from engine.report.plots.refinement import plot_refinement
from engine.report.plots.sobol_bars import plot_sobol_bars
from engine.report.plots.tornado import plot_tornado
from engine.report.plots.waterfall import plot_waterfall
from engine.report.plots.who import plot_who

FIGURES: dict[str, Callable[..., Any]] = {
    "npv_bars": plot_npv_bars,
    "cash_flow": plot_cash_flow,
    "budget_years": plot_budget_years,
    "budget_fan": plot_budget_fan,
    "waterfall": plot_waterfall,
    "contribution_curve": plot_contribution_curve,
    "ranking": plot_ranking,
    "agreement": plot_agreement,
    "heatmap": plot_heatmap,
    "who": plot_who,
    "fan": plot_fan,
    "payback": plot_payback,
    "tornado": plot_tornado,
    "sobol_bars": plot_sobol_bars,
    "model": plot_model,
    "by_payer": plot_by_payer,
    "by_year": plot_by_year,
    "occupancy": plot_occupancy,
    "convergence": plot_convergence,
    "refinement": plot_refinement,
    "follow_up": plot_follow_up,
    "plane": plot_plane,
    "acceptability": plot_acceptability,
    "expected_loss": plot_expected_loss,
    "outcome_bars": plot_outcome_bars,
}
