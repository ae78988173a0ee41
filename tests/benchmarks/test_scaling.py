"""The model of a run on many workers, against runs that can be worked out by hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


def loaded(name: str) -> Any:
    """A benchmark as a module: its folder is no package."""
    place = Path(__file__).resolve().parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, place)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


scaling = loaded("scaling")
Costs, simulate, predict, breaks_first = scaling.Costs, scaling.simulate, scaling.predict, scaling.breaks_first
FREE = Costs(start=0.0, compute=1.0, schedule=0.0, client=0.0, finish=0.0, bytes=0.0, chunk=65_536)


def with_costs(**changed: float) -> Any:
    return Costs(**{**FREE.__dict__, **changed})


@pytest.mark.parametrize(("chunks", "workers", "seconds"), [(10, 1, 10), (10, 2, 5), (10, 3, 4), (10, 100, 1)])
def test_workers_that_nothing_holds_up_share_the_work(chunks: int, workers: int, seconds: float) -> None:
    assert simulate(chunks, workers, FREE).seconds == pytest.approx(seconds)


def test_a_client_that_is_slower_than_all_workers_decides() -> None:
    p = simulate(100, 50, with_costs(client=0.5))
    assert p.seconds == pytest.approx(1.0 + 100 * 0.5)
    assert p.client_busy == pytest.approx(50 / 51)


def test_a_scheduler_that_hands_out_slowly_decides() -> None:
    assert simulate(100, 1000, with_costs(schedule=0.1)).seconds == pytest.approx(100 * 0.1 + 1.0)


def test_start_and_finish_are_paid_once() -> None:
    assert simulate(4, 2, with_costs(start=3.0, finish=2.0)).seconds == pytest.approx(3 + 2 + 2)


def test_a_worker_alone_waits_for_nobody_when_chunks_are_handed_out_ahead() -> None:
    assert simulate(50, 1, with_costs(schedule=0.1, client=0.1)).seconds == pytest.approx(0.1 + 50 + 0.1)


def test_what_is_extrapolated_is_what_would_be_simulated() -> None:
    costs = with_costs(schedule=0.01, client=0.03)
    whole, part = simulate(20_000, 20, costs), predict(20_000, 20, costs, most_events=5_000)
    assert part.seconds == pytest.approx(whole.seconds, rel=1e-3)
    assert part.client_busy == pytest.approx(whole.client_busy, rel=0.02)


def test_what_breaks_first_is_where_busy_reaches_all() -> None:
    costs = with_costs(schedule=0.002, client=0.01)
    assert breaks_first(costs) == {"scheduler": pytest.approx(500), "client": pytest.approx(100)}
    assert simulate(5_000, 100, costs).client_busy > 0.95
    assert simulate(5_000, 50, costs).client_busy < 0.55
