"""The verbs: each a short chain of the floors below, pure functions of their arguments.

Nothing here prints, and nothing is remembered between calls. A verb is loaded when it is first used: who waits for the
first result of a run does not wait for analyses to be loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.analysis.summary import summarize
    from engine.api.budget import budget_impact, models_by_entry
    from engine.api.calls import Progress
    from engine.api.clusters import on_cluster
    from engine.api.decisions import decide, explain_by_year, find_interactions, value_of_information, value_of_study
    from engine.api.dependence import achieved_correlations
    from engine.api.differences import explain_differences
    from engine.api.disagreement import contributions_by_calculation, explain_spread, split_who_and_unsure
    from engine.api.economics import cost_effectiveness, internal_rates, summarize_outcomes, summarize_subgroups
    from engine.api.files import draw_model, load_findings, rewrite_report, write_report, write_results, write_study
    from engine.api.models import compile_model, point_npv, run_model
    from engine.api.runs import finish_run, forecast_run, run_blocks, run_to_folder
    from engine.api.sensitivity import analyze_sensitivity, analyze_sensitivity_by, refine_sensitivity
    from engine.api.stored import export_findings, replay_draw, rerun_results, show_results, verify_results
    from engine.api.studies import missed_limits, run_study
    from engine.api.trials import try_draws
    from engine.run.blocks import Settings
    from engine.spec.load import load_study

__all__ = [
    "Progress",
    "Settings",
    "achieved_correlations",
    "analyze_sensitivity",
    "analyze_sensitivity_by",
    "budget_impact",
    "compile_model",
    "contributions_by_calculation",
    "cost_effectiveness",
    "decide",
    "draw_model",
    "explain_by_year",
    "explain_differences",
    "explain_spread",
    "export_findings",
    "find_interactions",
    "finish_run",
    "forecast_run",
    "internal_rates",
    "load_findings",
    "load_study",
    "missed_limits",
    "models_by_entry",
    "on_cluster",
    "point_npv",
    "refine_sensitivity",
    "replay_draw",
    "rerun_results",
    "rewrite_report",
    "run_blocks",
    "run_model",
    "run_study",
    "run_to_folder",
    "show_results",
    "split_who_and_unsure",
    "summarize",
    "summarize_outcomes",
    "summarize_subgroups",
    "try_draws",
    "value_of_information",
    "value_of_study",
    "verify_results",
    "write_report",
    "write_results",
    "write_study",
]

_HOMES = {
    "engine.analysis.summary": ("summarize",),
    "engine.api.budget": (
        "budget_impact",
        "models_by_entry",
    ),
    "engine.api.calls": ("Progress",),
    "engine.api.clusters": ("on_cluster",),
    "engine.api.decisions": (
        "decide",
        "explain_by_year",
        "find_interactions",
        "value_of_information",
        "value_of_study",
    ),
    "engine.api.dependence": ("achieved_correlations",),
    "engine.api.differences": ("explain_differences",),
    "engine.api.disagreement": (
        "contributions_by_calculation",
        "explain_spread",
        "split_who_and_unsure",
    ),
    "engine.api.economics": (
        "cost_effectiveness",
        "internal_rates",
        "summarize_outcomes",
        "summarize_subgroups",
    ),
    "engine.api.files": (
        "draw_model",
        "load_findings",
        "rewrite_report",
        "write_report",
        "write_results",
        "write_study",
    ),
    "engine.api.models": (
        "compile_model",
        "point_npv",
        "run_model",
    ),
    "engine.api.runs": (
        "finish_run",
        "forecast_run",
        "run_blocks",
        "run_to_folder",
    ),
    "engine.api.sensitivity": (
        "analyze_sensitivity",
        "analyze_sensitivity_by",
        "refine_sensitivity",
    ),
    "engine.api.stored": (
        "export_findings",
        "replay_draw",
        "rerun_results",
        "show_results",
        "verify_results",
    ),
    "engine.api.studies": (
        "missed_limits",
        "run_study",
    ),
    "engine.api.trials": ("try_draws",),
    "engine.run.blocks": ("Settings",),
    "engine.spec.load": ("load_study",),
}
"""Modules, and what of them is public."""
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'engine.api' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
