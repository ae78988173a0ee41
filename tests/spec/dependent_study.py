"""The small study of `tests/conftest.py` with parameters that depend on one another in all three ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

PARAMETERS = """\
  share_a: {label: Share A, value: 0.12, unit: share, assumption: Counted.}
  share_b: {label: Share B, value: 0.3, unit: share, assumption: Counted.}
  share_c: {label: Share C, value: 0.58, unit: share, assumption: Counted.}
  fit_p: {label: Fitted chance, value: 0.2, unit: probability, assumption: Fitted.}
  fit_cost: {label: Fitted cost, value: 100, unit: SEK/case, price_year: 2021, assumption: Fitted.}
  steady: {label: A certain one, value: 1, unit: ratio, assumption: Chosen.}
correlations:
  - {between: [find_work, hr_work], rank: 0.6, source: labour_survey}
dirichlet:
  shares: {members: [share_a, share_b, share_c], counts: [12, 30, 58], source: labour_survey}
joint:
  fit: {table: posterior, columns: {fit_p: p, fit_cost: cost}, assumption: Calibrated.}
choices:
"""

POSTERIOR = "draw,p,cost,flat\n0,0.1,90,1\n1,0.3,120,1\n2,0.2,100,1\n3,0.25,95,1\n"


def add_dependence(study: StudyFolder) -> None:
    study.patch("model.yaml", "choices:\n", PARAMETERS)
    study.patch("model.yaml", "value: benefit * 12}", "value: benefit * 12 * steady}")
    study.patch(
        "model.yaml",
        "tables:\n",
        "tables:\n  posterior: {file: tables/posterior.csv, key: draw, source: labour_survey}\n",
    )
    study.write("tables/posterior.csv", POSTERIOR)
