import numpy as np
import pytest

from engine.analysis.sensitivity.many_outcomes import analyze_outcomes
from engine.errors import UsageError
from engine.vocabulary import DIMENSIONS, VARIABLES


def years(u: np.ndarray) -> np.ndarray:
    # the second parameter fades in as the first fades out; nothing happens in the last year
    share = np.array([1.0, 0.5, 0.0])
    y = np.outer(u[:, 0], share) + np.outer(u[:, 1], 1 - share)
    return np.column_stack([y, np.zeros(len(u))])


def analyze(function: object = years, **options: object):  # type: ignore[no-untyped-def]
    arguments = {"names": ["a", "b"], "outcomes": ["y0", "y1", "y2", "y3"], "n": 512, "seed": 0, **options}
    return analyze_outcomes(function, **arguments)  # type: ignore[arg-type]


def test_every_outcome_has_its_indices_beside_its_variance_and_all_have_theirs_together() -> None:
    ds = analyze()
    by = ds["S1_by_outcome"].transpose("outcome", "parameter").values
    tolerance = 3 * ds["S1_by_outcome_conf"].values[:3] + 1e-12
    assert (np.abs(by[:3] - [[1, 0], [0.5, 0.5], [0, 1]]) <= tolerance).all()
    assert np.isnan(by[3]).all()
    np.testing.assert_allclose(ds["outcome_variance"], np.array([1, 0.5, 1, 0]) / 12, rtol=0.05)
    # (1 + 0.25 + 0) / 12 of 2.5 / 12 each
    assert (np.abs(ds["ST"] - 0.5) <= 3 * ds["ST_conf"]).all()


def test_names_and_dims_are_the_vocabularys() -> None:
    ds = analyze(labels=["A", "B"], attrs={"calculation": "finance"})
    for name, variable in ds.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
    assert set(ds.dims) <= set(DIMENSIONS)
    assert ds.attrs["runs"] == 512 * 6
    assert "S2" not in analyze(second_order=False)


def test_groups_have_names_of_their_own() -> None:
    ds = analyze(names=["both"], groups=[[0, 1]], n_dimensions=2)
    assert ds["ST"].values == pytest.approx([1.0], abs=0.05)


def test_wrong_usage_is_told() -> None:
    with pytest.raises(UsageError, match="one name"):
        analyze(names=["a", "a"])
    with pytest.raises(UsageError, match="3 outcomes"):
        analyze(outcomes=["y0", "y1", "y2"])


def test_aggregated_indices_of_a_linear_vector_model_are_shares_of_summed_squares() -> None:
    weights = np.array([[3.0, 1.0, 0.0], [0.5, 2.0, 1.0], [0.0, 0.1, 4.0], [1.0, 1.0, 1.0]])
    ds = analyze(
        lambda u: u @ weights.T,
        names=["a", "b", "c"],
        outcomes=["y0", "y1", "y2", "y3"],
        n=1024,
        second_order=False,
    )
    expected = (weights**2).sum(axis=0) / (weights**2).sum()
    for index in ("S1", "ST"):
        # twice the half-width of a 95 % interval, about four standard errors
        assert (np.abs(ds[index] - expected) <= 2 * ds[f"{index}_conf"]).all()
    each = weights**2 / (weights**2).sum(axis=1, keepdims=True)
    assert (np.abs(ds["ST_by_outcome"] - each) <= 2 * ds["ST_by_outcome_conf"] + 1e-12).all()
    np.testing.assert_allclose(ds["outcome_variance"], (weights**2).sum(axis=1) / 12, rtol=0.02)
