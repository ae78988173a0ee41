from __future__ import annotations

import numpy as np

from engine.analysis.accounting import STEPS, Terms, accounting_bridge


def test_the_bridge_leads_from_the_signed_figure_to_the_compared_one() -> None:
    terms = {"a": Terms(), "b": Terms(prices=0.8, participants=100, discounting=1.1)}
    bridge = accounting_bridge([-50.0, 200.0], terms)["accounting"]
    assert bridge.dims == ("calculation", "accounting_step")
    assert tuple(bridge["accounting_step"].values) == STEPS
    np.testing.assert_array_equal(bridge.sel(calculation="a"), [-50.0] * 4)
    np.testing.assert_allclose(bridge.sel(calculation="b"), [200 * 0.8 * 100 * 1.1, 200 * 100 * 1.1, 220, 200])
