import numpy as np
import pytest

from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.pawn import Pawn, slice_distances
from engine.errors import UsageError


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_ishigami_is_ranked_and_a_dummy_is_at_the_level_of_noise() -> None:
    x = sample_points(4, 4096, 0)
    found = Pawn(resamples=20).analyze(x, ishigami(x), seed=0)
    median = found["pawn_median"]
    assert median[1] > median[0] > median[2] > median[3]
    assert median[3] == pytest.approx(found["pawn_dummy"], abs=0.02)
    assert median[0] > 5 * found["pawn_dummy"]
    assert (found["pawn_max"] >= median).all()


def test_the_distances_of_a_single_parameter_are_known() -> None:
    x = sample_points(1, 20_000, 1)
    # the outcome in slice s is uniform on [s, s + 1] / 10: its function is farthest from u at one end of the slice
    s = np.arange(10)
    np.testing.assert_allclose(slice_distances(x, x[:, 0], 10)[0], np.maximum(s, 9 - s) / 10, atol=1e-3)


@pytest.mark.parametrize("tied", [False, True])
def test_distances_equal_salibs_and_scipys(tied: bool) -> None:
    from scipy.stats import ks_2samp

    x = sample_points(2, 400, 3)
    y = x[:, 0] + x[:, 1] ** 2
    y = np.round(y, 1) if tied else y
    mine = slice_distances(x, y, 5)
    for i in range(2):
        edges = np.quantile(x[:, i], np.linspace(0, 1, 6))
        for s in range(5):
            inside = (x[:, i] >= edges[s]) & ((x[:, i] < edges[s + 1]) | (s == 4))
            assert mine[i, s] == pytest.approx(ks_2samp(y[inside], y, method="asymp").statistic, abs=1e-12)


def test_a_group_is_as_far_as_its_farthest_member() -> None:
    x = sample_points(4, 1024, 0)
    y = ishigami(x)
    each = Pawn(resamples=2).analyze(x, y, seed=0)
    both = Pawn(resamples=2, groups=((1, 3), (0, 2))).analyze(x, y, seed=0)
    assert both["pawn_max"].tolist() == [each["pawn_max"][1], each["pawn_max"][[0, 2]].max()]


def test_too_few_runs_for_the_slices_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 400"):
        Pawn(slices=20).design(2, 300, 0)
