"""Sources and tables of the published models can be read by the engine, and hold what the calculations by hand use."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.spec.tables import read_sources, read_table
from tests.published import hip_replacement_by_hand as hip
from tests.published import hiv_by_hand as hiv
from tests.published import sick_sicker_by_hand as sick
from tests.published import sick_sicker_time_by_hand as sick_time

PUBLISHED = Path(__file__).resolve().parents[2] / "configs" / "published"
VALUES = {
    "sick_sicker": {**sick.VALUES, "discount_rate": sick.DISCOUNT_RATE},
    "sick_sicker_time": {**sick_time.VALUES, "discount_rate": sick.DISCOUNT_RATE},
    "hiv": {
        **dict(zip(("direct_a", "direct_b", "direct_c"), hiv.DIRECT, strict=True)),
        **dict(zip(("community_a", "community_b", "community_c"), hiv.COMMUNITY, strict=True)),
        "zidovudine": hiv.ZIDOVUDINE,
        "lamivudine": hiv.LAMIVUDINE,
        "relative_risk": hiv.RELATIVE_RISK,
        "discount_cost": hiv.DISCOUNT_RATE,
        "discount_life_years": 0.0,
        "chancellor_1997": hiv.ICER_PRINTED,
    },
    "hip_replacement": {
        **{name.replace("_", "-"): float(value[0]) for name, value in hip.point().items()},
        "utility_primary": hip.UTILITY_PRIMARY[0],
        "utility_revision": hip.UTILITY_REVISION[0],
        "utility_revised": hip.UTILITY_REVISED[0],
        "prosthesis_standard": hip.PROSTHESIS["standard"],
        "prosthesis_new": hip.PROSTHESIS["new"],
        "discount_cost": hip.DISCOUNT_COST,
        "discount_utility": hip.DISCOUNT_UTILITY,
    },
}


@pytest.mark.parametrize("model", list(VALUES))
def test_every_value_among_the_sources_is_the_one_used_by_hand(model: str) -> None:
    sources = read_sources((PUBLISHED / model / "sources.csv").read_text(encoding="utf-8"))
    used = {name.replace("_", "-"): value for name, value in VALUES[model].items()}
    stated = {name: float(row.value) for name, row in sources.items() if row.value}
    for name in ("primary", "revision", "revised"):  # called utility-... among the sources
        used.pop(name, None)
    assert stated == pytest.approx(used)


@pytest.mark.parametrize("table", sorted(PUBLISHED.glob("*/tables/*.csv")), ids=lambda path: path.parts[-3])
def test_tables_can_be_read_and_their_key_rises(table: Path) -> None:
    key = "row" if table.stem == "revision_covariance" else "age"
    data = read_table(table.read_text(encoding="utf-8"), key)
    assert list(data.key) == sorted(set(data.key))
    assert all(len(column) == len(data.key) for column in data.columns.values())
