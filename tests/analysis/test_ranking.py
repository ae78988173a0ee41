from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.ranking import rank_assumptions, top_contributions


def test_contributions_count_by_size_and_not_by_sign():
    shapley = np.array([[[3.0, -1.0, 0.0]], [[-1.0, -5.0, 0.0]]])
    differences = xr.Dataset(
        {"shapley": (("pair", "party", "assumption"), shapley)},
        coords={"party": ["society"], "assumption": ["horizon", "rate", "price"]},
    )
    ranking = rank_assumptions(differences)
    assert ranking.dims == ("party", "assumption")
    assert ranking.name == "mean_contribution"
    assert ranking.attrs["units"] == "SEK/participant"
    np.testing.assert_allclose(ranking.values, [[2.0, 3.0, 0.0]])


def test_what_is_named_of_a_difference_adds_up_as_printed():
    contribution = np.array([41_400.0, -12_600.0, 30_400.0, 4_600.0, 1_400.0, 300.0, 0.0])
    gap = float(contribution.sum())
    top = top_contributions(contribution, gap, place=3, most=3)
    assert top.shown == (0, 2, 1)
    assert top.others == 2  # 300 and 0 are nothing in thousands
    rounded = [1e3 * round(contribution[i] / 1e3) for i in top.shown]
    assert sum(rounded) + top.rest == 1e3 * round(gap / 1e3)


def test_nothing_is_left_where_all_is_named():
    top = top_contributions(np.array([0.2, 5.0, -3.0]), 2.2, most=5)
    assert (top.shown, top.others, top.rest) == ((1, 2), 0, 0.0)
