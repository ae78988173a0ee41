"""Insats: why do calculations of the same intervention differ?

The public names, and nothing else. They are loaded when first used, so that `import engine` costs milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.api import (
        Settings,
        achieved_correlations,
        analyze_sensitivity,
        analyze_sensitivity_by,
        budget_impact,
        compile_model,
        contributions_by_calculation,
        cost_effectiveness,
        decide,
        draw_model,
        explain_by_year,
        explain_differences,
        explain_spread,
        export_findings,
        find_interactions,
        finish_run,
        forecast_run,
        internal_rates,
        load_findings,
        load_study,
        models_by_entry,
        on_cluster,
        point_npv,
        refine_sensitivity,
        replay_draw,
        rerun_results,
        rewrite_report,
        run_blocks,
        run_model,
        run_study,
        run_to_folder,
        show_results,
        split_who_and_unsure,
        summarize,
        summarize_outcomes,
        summarize_subgroups,
        try_draws,
        value_of_information,
        value_of_study,
        verify_results,
        write_report,
        write_results,
        write_study,
    )
    from engine.errors import (
        DamagedError,
        EngineWarning,
        InsatsError,
        LockedError,
        LostWorkError,
        ResourceError,
        RunError,
        SpecError,
        UsageError,
    )

__all__ = [
    "DamagedError",
    "EngineWarning",
    "InsatsError",
    "LockedError",
    "LostWorkError",
    "ResourceError",
    "RunError",
    "Settings",
    "SpecError",
    "UsageError",
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

_ERRORS = {name for name in __all__ if name.endswith("Error")} | {"EngineWarning"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    home = "engine.errors" if name in _ERRORS else ("engine.spec.load" if name == "load_study" else "engine.api")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
