"""What the kernel is measured against gives the same figures as the kernel, each in its own way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from engine.kernel.reference import evaluate
from engine.model.compile import compile_model
from engine.spec.load import load_study

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """Benchmarks find each other in their folder, as when they are run."""
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import by_hand
        import limit
        import models
        import running

        yield {"by_hand": by_hand, "limit": limit, "models": models, "running": running}
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.mark.parametrize("name", ["r1", "r2", "r3"])
def test_models_stand_as_they_are_made(scripts: dict[str, ModuleType], name: str) -> None:
    models = scripts["models"]
    reference = next(r for r in models.REFERENCES if r.name == name)
    for file, text in models.study_files(reference).items():
        assert (models.MODELS / name / file).read_text() == text


@pytest.mark.parametrize(("name", "transitions"), [("r1", 24), ("r2", 6), ("r3", 48)])
def test_programs_by_hand_agree_with_the_graph(scripts: dict[str, ModuleType], name: str, transitions: int) -> None:
    by_hand, limit, models, running = (scripts[k] for k in ("by_hand", "limit", "models", "running"))
    reference = next(r for r in models.REFERENCES if r.name == name)
    assert reference.transitions == transitions
    model = compile_model(load_study(models.MODELS / name))
    assert model.inputs.names == reference.inputs
    x = running.drawn(model, "own", 32)
    expected = evaluate(model.money_program, x).totals[: 2 * reference.payers, :32]
    found = {
        "NumPy over draws": by_hand.over_draws(reference, x),
        "loop": by_hand.loop(reference)(x),
        "draw by draw": by_hand.draw_by_draw(reference, x[:, :2]),
    }
    if limit.compiler() is not None:
        for after in (False, True):
            found[f"C {after}"] = np.empty_like(expected)
            run = limit.fastest(name, limit.reference_series(reference), x, found[f"C {after}"], after=after, tries=3)
            run(x, found[f"C {after}"])
    for way, cost in found.items():
        np.testing.assert_allclose(cost, expected[:, : cost.shape[1]], rtol=1e-12, err_msg=way)


def test_norrkoping_in_c_agrees_with_the_graph_in_every_calculation(scripts: dict[str, ModuleType]) -> None:
    limit, running = scripts["limit"], scripts["running"]
    if limit.compiler() is None:
        pytest.skip("no C compiler on this machine")
    study = load_study(BENCHMARKS.parent / "configs" / "norrkoping")
    model, series = compile_model(study), limit.norrkoping_series(study)
    for calculation in model.inputs.laws:
        x = running.drawn(model, calculation, 64)
        expected = evaluate(model.money_program, x).totals[:20, :64]
        found = np.empty((20, 64))
        limit.fastest("norrkoping", series, x, found, after=True, tries=2)(x, found)
        scale = np.abs(expected).max(axis=1, keepdims=True)
        assert (np.abs(found - expected) <= 1e-12 * scale).all()
