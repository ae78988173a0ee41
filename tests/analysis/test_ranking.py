from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.ranking import rank_assumptions


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
