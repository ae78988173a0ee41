"""Borders: what the package offers, and what each part loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).parents[2]
NUMERICS = {"numpy", "scipy", "numba", "xarray", "pandas", "dask", "zarr", "matplotlib", "SALib"}


def loaded_by(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after some code."""
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_public_names_are_these() -> None:
    assert engine.__all__ == [
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
    assert dir(engine) == sorted(engine.__all__)


@pytest.mark.parametrize("name", engine.__all__)
def test_every_public_name_can_be_had_and_says_what_it_is(name: str) -> None:
    assert getattr(engine, name).__doc__


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'run_everything'"):
        _ = engine.run_everything


def test_import_engine_loads_nothing_heavy() -> None:
    assert not loaded_by("import engine") & (NUMERICS | {"pydantic", "yaml", "jinja2", "click", "rich"})


def test_the_verbs_load_neither_matplotlib_nor_dask_nor_salib() -> None:
    assert not loaded_by("import engine; engine.run_study") & {"matplotlib", "dask", "SALib", "click", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["sensitivity", "--help"]])
def test_help_loads_no_numerics(arguments: list[str]) -> None:
    loaded = loaded_by(f"from engine.cli import invoke\nassert invoke({arguments}) == 0")
    assert not loaded & (NUMERICS | {"pydantic", "rich"})


def test_check_and_init_and_schema_load_no_numerics(tmp_path: Path) -> None:
    commands = [["check", "configs/norrkoping"], ["init", str(tmp_path / "mine")], ["schema", "study"]]
    for arguments in commands:
        assert not loaded_by(f"from engine.cli import invoke\nassert invoke({arguments}) == 0") & NUMERICS


def test_spec_loads_no_numerics() -> None:
    modules = [p.stem for p in (ROOT / "engine" / "spec").glob("*.py")]
    code = "import importlib\n" + "\n".join(
        f"importlib.import_module('engine.spec{'' if m == '__init__' else f'.{m}'}')" for m in modules
    )
    assert not loaded_by(code) & NUMERICS


def test_the_kernel_loads_only_numpy_and_numba_of_the_libraries() -> None:
    loaded = loaded_by("import engine.kernel.simulate, engine.kernel.reference, engine.kernel.emit")
    assert not loaded & {"xarray", "dask", "zarr", "matplotlib", "SALib", "pydantic"}


def test_the_verbs_are_those_that_their_package_lists_and_can_all_be_had() -> None:
    from engine import api

    assert dir(api) == sorted(api.__all__)
    assert all(callable(getattr(api, name)) for name in api.__all__ if name != "Progress")
    with pytest.raises(AttributeError, match="'run_everything'"):
        _ = api.run_everything


def test_no_analysis_and_no_drawing_is_loaded_before_the_first_result(tmp_path: Path) -> None:
    code = f"""
import sys
from engine import api
from engine.terminal.first import show_first

def first(findings):
    show_first(findings)
    late = ("engine.analysis.", "engine.api.asked", "scipy.stats", "SALib", "matplotlib")
    print("loaded:", *sorted(name for name in sys.modules if name.startswith(late)))

api.run_to_folder("configs/two_state", {str(tmp_path / "out")!r}, draws=64, report=False, summarized=first)
print("in the end:", "engine.analysis.differences" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["loaded: engine.analysis.summary", "in the end: True"]
