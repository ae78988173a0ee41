import numpy as np
import pytest

from engine.analysis.sensitivity import analyze_sensitivity
from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.prim import Prim
from engine.errors import RunError


def planted(x: np.ndarray) -> np.ndarray:
    """Money is lost exactly where parameter 0 is low and parameter 2 is high."""
    return np.where((x[:, 0] < 0.4) & (x[:, 2] > 0.7), -1.0, 2.0) + 0.1 * x[:, 1]


def test_a_planted_box_is_found() -> None:
    x = sample_points(5, 4096, 0)
    found = Prim().analyze(x, planted(x), seed=0)
    assert found["box_restricted"].tolist() == [1, 0, 1, 0, 0]
    assert found["box_high"][0] == pytest.approx(0.4, abs=0.03)
    assert found["box_low"][2] == pytest.approx(0.7, abs=0.03)
    assert (found["box_low"][0], found["box_high"][2]) == (0, 1)
    assert found["box_coverage"] > 0.93
    assert found["box_density"] > 0.93
    assert found["box_mass"] == pytest.approx(0.12, abs=0.02)
    assert found["box_base"] == pytest.approx(0.12, abs=0.02)


def test_limits_have_a_p_value_and_free_parameters_none() -> None:
    x = sample_points(3, 2048, 1)
    found = Prim().analyze(x, planted(x), seed=0)
    assert found["box_p"][[0, 2]].max() < 1e-6
    assert np.isnan(found["box_p"][1])


def test_a_box_that_losing_leaves_noisy_is_still_found() -> None:
    rng = np.random.default_rng(3)
    x = sample_points(6, 4096, 2)
    inside = (x[:, 1] > 0.2) & (x[:, 1] < 0.5)
    y = np.where(rng.random(4096) < np.where(inside, 0.8, 0.1), -1.0, 1.0)
    found = Prim().analyze(x, y, seed=0)
    assert found["box_restricted"][1] == 1
    assert found["box_low"][1] == pytest.approx(0.2, abs=0.05)
    assert found["box_high"][1] == pytest.approx(0.5, abs=0.05)
    assert found["box_density"] == pytest.approx(0.8, abs=0.05)


def test_peeling_shrinks_the_box_and_makes_it_denser() -> None:
    x = sample_points(4, 2048, 4)
    found = Prim().analyze(x, x.sum(axis=1) - 1.2, seed=0)
    assert (np.diff(found["peel_mass"]) < 0).all()
    assert (np.diff(found["peel_density"]) > -0.02).all()
    assert found["peel_mass"][0] == found["peel_coverage"][0] == 1
    assert found["peel_restricted"][0] == 0


def test_limits_stand_in_the_parameters_own_unit() -> None:
    found = analyze_sensitivity(
        planted, names=["a", "b", "c"], method="prim", quantile_of=lambda i, u: 100 * (i + u), seed=1
    )
    assert float(found["box_high_value"][0]) == pytest.approx(40, abs=3)
    assert float(found["box_low_value"][2]) == pytest.approx(270, abs=3)
    assert np.isnan(found["box_low_value"].values[:2]).all()


@pytest.mark.parametrize(("shift", "which"), [(10.0, "none"), (-10.0, "all")])
def test_a_calculation_that_always_or_never_loses_is_refused(shift: float, which: str) -> None:
    x = sample_points(3, 500, 0)
    with pytest.raises(RunError, match=f"in {which} of 500 runs"):
        Prim().analyze(x, planted(x) + shift, seed=0)
