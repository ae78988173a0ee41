"""Which assumptions matter most over all pairs of calculations."""

from __future__ import annotations

import xarray as xr

from engine.vocabulary import attributes


def rank_assumptions(differences: xr.Dataset) -> xr.DataArray:
    """How much each assumption contributes to the difference between two calculations, on average over pairs.

    Parameters
    ----------
    differences : `shapley` (pair, party, assumption) [SEK per participant], 0 where an assumption does not differ.

    Returns
    -------
    `mean_contribution` (party, assumption): mean over pairs of the absolute contribution. Not sorted, for the order
    depends on the party.
    """
    mean = abs(differences["shapley"]).mean("pair").transpose("party", "assumption")
    return mean.rename("mean_contribution").assign_attrs(attributes("mean_contribution"))
