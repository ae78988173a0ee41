import numpy as np
import pytest

from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.regional import Regional


def test_the_parameter_that_decides_is_told_from_the_one_that_does_not() -> None:
    x = sample_points(2, 4000, 0)
    found = Regional().analyze(x, x[:, 0] - 0.25, seed=0)
    # uniform below 0.25 against uniform above it
    assert found["regional_ks"][0] == 1
    assert found["regional_shift"][0] == pytest.approx(0.125 - 0.625, abs=1e-3)
    assert found["regional_p"][0] < 1e-12
    assert found["regional_p"][1] > 0.001
    assert found["regional_share"] == pytest.approx(0.25)
    assert found["regional_cvm"].shape == (2, 10)
    assert (found["regional_cvm"][0] > 20 * found["regional_cvm"][1]).all()


def test_a_known_distance() -> None:
    x = sample_points(2, 20_000, 1)
    found = Regional().analyze(x, x[:, 0] + x[:, 1] - 1, seed=0)
    # below the diagonal density 2(1 - u), above it 2u: functions 2u - u² and u², farthest apart in the middle
    np.testing.assert_allclose(found["regional_ks"], 0.5, atol=0.02)


def test_an_outcome_on_one_side_is_split_at_its_median() -> None:
    x = sample_points(1, 1000, 2)
    found = Regional().analyze(x, 5 + x[:, 0], seed=0)
    assert found["regional_threshold"] == pytest.approx(5.5, abs=1e-3)
    assert found["regional_share"] == 0.5


def test_half_of_the_runs_at_the_lowest_value_are_one_side() -> None:
    x = sample_points(1, 1000, 2)
    found = Regional().analyze(x, np.maximum(x[:, 0], 0.7) + 1, seed=0)
    assert found["regional_share"] == pytest.approx(0.7, abs=0.002)
    assert found["regional_ks"][0] == pytest.approx(1)
