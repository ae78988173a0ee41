"""The Norrköping cohort once more, by plain matrices: slow, without the engine, for point values only.

Written from the description of the model in words and from its tables of transition probabilities, not from
`model.yaml`, so that an error in either shows. Nothing of the engine is imported.

    python tests/analytic/cohort_by_hand.py        # prints what the four calculations come to
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

TABLES = Path(__file__).resolve().parents[2] / "configs" / "norrkoping" / "tables"

LIVING = (
    "education",
    "employed",
    "short_term_unemployed",
    "long_term_unemployed",
    "outside",
    "misuse",
    "custody",
    "sick_leave",
    "disability_pension",
)
EDUCATION, EMPLOYED, SHORT_TERM, LONG_TERM, OUTSIDE, MISUSE, CUSTODY, SICK_LEAVE, DISABILITY = range(9)
PAYERS = (
    "municipality",
    "region",
    "social_insurance",
    "employment_service",
    "police_courts",
    "prison",
    "state",
    "individual",
    "victims",
    "taxpayers",
)
PUBLIC = PAYERS[:7]
YEARS = 49
FIRST_AGE = 16

DEATH_RATIO = {
    EDUCATION: 0.8,
    EMPLOYED: 0.7,
    SHORT_TERM: 1.3,
    LONG_TERM: 2.0,
    OUTSIDE: 2.0,
    MISUSE: 11.0,
    CUSTODY: 4.0,
    SICK_LEAVE: 2.0,
    DISABILITY: 2.5,
}
START = {EDUCATION: 0.50, SHORT_TERM: 0.03, OUTSIDE: 0.45, MISUSE: 0.02}


@dataclass(frozen=True)
class Assumptions:
    """What a calculation may set, by the names of the study. Money in SEK of 2023."""

    horizon: int
    discount_rate: float
    fade: Literal["none", "half_life", "linear"]
    effect_factor: float = 1.0
    half_life: float = 4.0
    fade_years: float = 10.0
    deadweight: float = 0.0
    displacement: float = 0.0
    tax_kept: float = 1.0
    cashable_assistance: float = 1.0
    cashable_services: float = 1.0
    prison_share: float = 1.0
    tax_factor: float = 1.0
    victims: bool = True
    uptake: float = 0.8
    hr_out: float = 2.0
    hr_misuse: float = 0.8
    hr_custody: float = 0.8
    programme_cost: float = 85_000.0


CALCULATIONS = {
    "finance_director": Assumptions(
        horizon=5,
        discount_rate=0.0125,
        effect_factor=0.5,
        fade="half_life",
        half_life=2.0,
        deadweight=0.3,
        tax_kept=0.05,
        cashable_assistance=0.9,
        cashable_services=0.3,
        victims=False,
    ),
    "consultant": Assumptions(horizon=49, discount_rate=0.02, fade="none"),
    "researcher": Assumptions(
        horizon=49,
        discount_rate=0.035,
        effect_factor=0.4,
        fade="half_life",
        half_life=4.0,
        displacement=0.3,
        prison_share=0.2,
        tax_factor=1.3,
    ),
    "standard_tool": Assumptions(
        horizon=10, discount_rate=0.03, fade="linear", fade_years=10.0, deadweight=0.3, victims=False
    ),
}


# ---------------------------------------------------------------- lives


def transition_rows(state: int) -> list[tuple[int, dict[int, float]]]:
    """From-age and probabilities of moving, of one state's table."""
    with (TABLES / f"from_{LIVING[state]}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        (int(row["age"]), {LIVING.index(name): float(text) for name, text in row.items() if name != "age"})
        for row in rows
    ]


def survivors_matrix(age: int) -> NDArray[np.float64]:
    """Probabilities (from, to) given survival, living states only; whoever moves nowhere stays."""
    matrix = np.zeros((len(LIVING), len(LIVING)))
    for state in range(len(LIVING)):
        moves: dict[int, float] = {}
        for from_age, row in transition_rows(state):
            if from_age <= age:
                moves = row
        for target, probability in moves.items():
            matrix[state, target] = probability
        matrix[state, state] = 1.0 - sum(moves.values())
    return matrix


def deaths(age: int) -> NDArray[np.float64]:
    """Probability of dying within the year, by living state."""
    rate = 0.0003496 + 0.0004385 * math.exp(0.11859 * (age - 40))
    return np.array([1.0 - math.exp(-rate * DEATH_RATIO[state]) for state in range(len(LIVING))])


def fade_out(given: Assumptions, t: float) -> float:
    """Share of the log effect left after t years."""
    if given.fade == "half_life":
        return math.pow(0.5, t / given.half_life)
    if given.fade == "linear":
        return max(0.0, 1.0 - t / given.fade_years)
    return 1.0


def with_effect(matrix: NDArray[np.float64], given: Assumptions, t: float) -> NDArray[np.float64]:
    """The matrix as the programme leaves it t years after its start."""
    changed = matrix.copy()
    strength = given.effect_factor * fade_out(given, t)

    h = math.exp(strength * math.log(given.hr_out))
    for state in (OUTSIDE, LONG_TERM):
        better = [EMPLOYED, SHORT_TERM, EDUCATION]
        p = sum(changed[state, target] for target in better)
        p_new = 1.0 - (1.0 - p) ** h
        for target in range(len(LIVING)):
            changed[state, target] *= p_new / p if target in better else (1.0 - p_new) / (1.0 - p)

    for entered, ratio in ((MISUSE, given.hr_misuse), (CUSTODY, given.hr_custody)):
        h = math.exp(strength * math.log(ratio))
        for state in range(len(LIVING)):
            if state != entered:
                p = changed[state, entered]
                p_new = 1.0 - (1.0 - p) ** h
                changed[state, entered] = p_new
                changed[state, state] += p - p_new
    return changed


def occupancy(given: Assumptions, *, helped: bool) -> NDArray[np.float64]:
    """Share in each living state at the start of each year, (year, state)."""
    x = np.zeros(len(LIVING))
    for state, share in START.items():
        x[state] = share
    years = [x]
    for t in range(YEARS - 1):
        matrix = survivors_matrix(FIRST_AGE + t)
        if helped:
            matrix = with_effect(matrix, given, t)
        x = (x * (1.0 - deaths(FIRST_AGE + t))) @ matrix
        years.append(x)
    return np.array(years)


# ---------------------------------------------------------------- money


def person_year_costs(given: Assumptions, age: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Net cost of a person-year (state, payer): apart from work, and of work alone. A gain is negative."""
    a, s = given.cashable_assistance, given.cashable_services
    victims = 1.0 if given.victims else 0.0
    rows: dict[int, dict[str, float]] = {
        EDUCATION: {"municipality": 140_000 * s if age < 20 else 0.0, "state": 40_000, "individual": -40_000},
        SHORT_TERM: {
            "municipality": 15_000 * a,
            "employment_service": 110_000,
            "individual": -80_000 - 15_000 * a,
        },
        LONG_TERM: {
            "municipality": 50_000 * a,
            "employment_service": 103_000,
            "individual": -58_000 - 50_000 * a,
        },
        OUTSIDE: {
            "municipality": 60_000 * a + 5_000 * s,
            "region": 8_000,
            "employment_service": 10_000,
            "individual": -60_000 * a,
        },
        MISUSE: {
            "municipality": 72_000 * a + 72_000 * s,
            "region": 72_000,
            "social_insurance": 10_000,
            "employment_service": 5_000,
            "police_courts": 60_000,
            "individual": -10_000 - 72_000 * a,
            "victims": 60_000 * victims,
        },
        CUSTODY: {"region": 15_000, "police_courts": 120_000, "victims": 40_000 * victims, **held_where(given, age)},
        SICK_LEAVE: {"region": 40_000, "social_insurance": 150_000, "individual": -150_000},
        DISABILITY: {
            "municipality": 20_000 * s,
            "region": 25_000,
            "social_insurance": 186_000,
            "individual": -186_000,
        },
    }
    work_row = {
        "municipality": -53_000 * given.tax_kept,
        "region": -28_200,
        "state": -59_500 - 53_000 * (1 - given.tax_kept),
        "individual": -212_600,
    }
    other = np.zeros((len(LIVING), len(PAYERS)))
    work = np.zeros((len(LIVING), len(PAYERS)))
    for state, row in rows.items():
        for payer, amount in row.items():
            other[state, PAYERS.index(payer)] = amount
    for payer, amount in work_row.items():
        work[EMPLOYED, PAYERS.index(payer)] = amount
    return other, work


def held_where(given: Assumptions, age: int) -> dict[str, float]:
    """Who pays for a year of being held: prison, or before 18 a state youth home for three in ten and bought care."""
    if age >= 18:
        return {"prison": 3_202 * 365 * 403.70 / 334.26 * given.prison_share}
    youth_home = 0.3 * 13_000 * 365
    bought = 0.7 * 4_000 * 403.70 / 314.20 * 365
    return {
        "municipality": (0.6667 * youth_home + bought) * given.cashable_assistance,
        "state": 0.3333 * youth_home,
    }


def npv_by_hand(given: Assumptions) -> dict[str, float]:
    """Net present value per participant for each payer and perspective, SEK of 2023."""
    change = occupancy(given, helped=False) - occupancy(given, helped=True)
    saved = np.zeros(len(PAYERS))
    for t in range(min(YEARS, given.horizon)):
        other, work = person_year_costs(given, FIRST_AGE + t)
        saved += (1.0 + given.discount_rate) ** -t * (change[t] @ (other + (1.0 - given.displacement) * work))
    saved *= given.uptake * (1.0 - given.deadweight)
    saved[PAYERS.index("municipality")] -= given.programme_cost
    saved[PAYERS.index("taxpayers")] -= (given.tax_factor - 1.0) * given.programme_cost
    by_party = {payer: float(saved[i]) for i, payer in enumerate(PAYERS)}
    by_party["municipal_budget"] = by_party["municipality"]
    by_party["public_sector"] = sum(by_party[payer] for payer in PUBLIC)
    by_party["society"] = sum(by_party[payer] for payer in PAYERS)
    return by_party


def extra_work_years(given: Assumptions) -> float:
    """Extra years in work per participant within the horizon, undiscounted, before displacement."""
    change = occupancy(given, helped=True) - occupancy(given, helped=False)
    return float(change[: given.horizon, EMPLOYED].sum()) * given.uptake * (1.0 - given.deadweight)


if __name__ == "__main__":
    for name, given in CALCULATIONS.items():
        for label, uptake in (("uptake 0.8", 0.8), ("all take part", 1.0)):
            result = npv_by_hand(replace(given, uptake=uptake))
            shown = "  ".join(
                f"{party} {result[party] / 1000:8.1f}" for party in ("municipality", "public_sector", "society")
            )
            print(f"{name:17s} {label:14s} {shown}  work years {extra_work_years(replace(given, uptake=uptake)):.2f}")
