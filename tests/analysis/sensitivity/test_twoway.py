import numpy as np
import pytest

from engine.analysis.sensitivity import analyze_sensitivity
from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.twoway import TwoWay, rank_pairs
from engine.errors import UsageError


def test_a_surface_is_the_mean_over_the_other_parameters() -> None:
    method = TwoWay(pairs=((0, 2),), levels=(0.1, 0.5, 0.9))
    x = method.design(3, 256, 0)
    found = method.analyze(x, x[:, 0] * x[:, 2] + x[:, 1], seed=0)
    truth = np.outer([0.1, 0.5, 0.9], [0.1, 0.5, 0.9]) + 0.5
    np.testing.assert_allclose(found["two_way_outcome"][0], truth, atol=1e-3)


def test_a_sum_has_no_interaction_and_a_centred_product_nothing_else() -> None:
    method = TwoWay(pairs=((0, 1), (2, 3)))
    x = method.design(4, 16, 0)
    found = method.analyze(x, x[:, 0] - 2 * x[:, 1] + (x[:, 2] - 0.5) * (x[:, 3] - 0.5), seed=0)
    np.testing.assert_allclose(found["two_way_interaction"], [0, 1], atol=1e-12)


def test_pairs_that_explain_most_come_first() -> None:
    x = sample_points(5, 2048, 1)
    y = 3 * x[:, 1] + 2 * x[:, 4] + 4 * (x[:, 0] - 0.5) * (x[:, 3] - 0.5)
    ranked = rank_pairs(x, y)
    assert ranked[0] == (1, 4)
    assert ranked.index((0, 3)) < ranked.index((0, 2))
    assert len(ranked) == 10


def test_the_entry_finds_pairs_and_names_values() -> None:
    found = analyze_sensitivity(
        lambda u: u[:, 0] + 5 * u[:, 1] * u[:, 2],
        names=["a", "b", "c"],
        method=TwoWay(top=2, levels=(0.25, 0.75)),
        n=8,
        quantile_of=lambda i, u: 10 * i + u,
    )
    assert found["parameter_pair"].values[0] == "b × c"
    assert found["first_value"].values[0].tolist() == [10.25, 10.75]
    assert found["second_value"].values[0].tolist() == [20.25, 20.75]
    assert found["two_way_outcome"].shape == (2, 2, 2)
    assert found.attrs["runs"] == 2048 + 2 * 4 * 8


def test_points_in_another_order_are_refused() -> None:
    method = TwoWay(pairs=((0, 1),))
    x = method.design(2, 2, 0)
    with pytest.raises(UsageError, match="in the order of the design"):
        method.analyze(x[::-1], x[::-1, 0], seed=0)


def test_one_parameter_makes_no_pair() -> None:
    with pytest.raises(UsageError, match="two uncertain parameters"):
        analyze_sensitivity(lambda u: u[:, 0], names=["a"], method="twoway")


@pytest.mark.parametrize("levels", [(0.5,), (0.5, 0.4), (0.0, 0.5)])
def test_levels_that_are_no_ascending_quantiles_are_refused(levels: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="levels"):
        TwoWay(levels=levels)
