"""The Norrköping study as an analyst would write it in NumPy: matrices for each year, many draws at once or one by one.

Written against the study's tables and text, not against the engine. Letters: n draw, s and r states, p payer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.spec.load import LoadedStudy

Array = NDArray[np.float64]

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
E, W, S, L, O, M, C, K, D = range(9)  # noqa: E741 - the letters of the matrix
FADE = {"none": 0, "half_life": 1, "linear": 2}


def survivors(study: LoadedStudy) -> Array:
    """Yearly probabilities given survival, (year, s, r)."""
    years = study.model.time.cycles
    result = np.zeros((years, 9, 9))
    for s, state in enumerate(LIVING):
        table = study.tables[f"from_{state}"]
        for t in range(years):
            row = int(np.searchsorted(table.key, 16 + t, side="right")) - 1
            for target, column in table.columns.items():
                result[t, s, LIVING.index(target)] = column[max(row, 0)]
    return result


def npv(study: LoadedStudy, base: Array, values: Mapping[str, Array]) -> Array:
    """NPV by payer, (n, p), for draws of the inputs; everything else as the model says."""
    n = len(next(iter(values.values())))
    now = study.price_index[2023]
    # inputs are in prices of 2023 already
    prices = {name: now / study.price_index[p.price_year or 2023] for name, p in study.model.parameters.items()}
    x = {name: np.full(n, p.value * prices[name]) for name, p in study.model.parameters.items()} | dict(values)
    start = np.zeros((n, 9))
    start[:, S], start[:, M], start[:, O] = x["start_short_term"], x["start_misuse"], x["start_outside"]
    start[:, E] = 1 - start[:, S] - start[:, M] - start[:, O]
    usual, helped = start, start.copy()
    saved = np.zeros((n, 10))
    ratios = np.stack(
        [
            x[f"ratio_{name}"]
            for name in (
                "education",
                "employed",
                "short_term",
                "inactive",
                "inactive",
                "misuse",
                "custody",
                "inactive",
                "disability",
            )
        ],
        axis=1,
    )
    for t in range(study.model.time.cycles):
        weight = np.where(t < x["horizon"], (1 + x["discount_rate"]) ** -t, 0.0)
        other, work = costs(x, 16 + t)
        change = usual - helped
        saved += weight[:, None] * (
            np.einsum("ns,nsp->np", change, other) + (change[:, W] * (1 - x["displacement_share"]))[:, None] * work
        )
        death = x["gm_constant"] + x["gm_level"] * np.exp(x["gm_slope"] * (16 + t - 40))
        alive = np.exp(-death[:, None] * ratios)
        plain = matrices(base[t], x)
        usual = np.einsum("ns,nsr->nr", usual * alive, plain)
        helped = np.einsum("ns,nsr->nr", helped * alive, with_effect(plain, x, t))
    saved *= (x["uptake"] * (1 - x["deadweight"]))[:, None]
    first = np.where(x["horizon"] > 0, 1.0, 0.0)
    saved[:, 0] -= first * x["programme_cost"]
    saved[:, 9] -= first * (x["tax_factor"] - 1) * x["programme_cost"]
    return saved


def matrices(year: Array, x: Mapping[str, Array]) -> Array:
    """Baseline matrices, (n, s, r)."""
    p = np.broadcast_to(year, (len(x["job_finding"]), 9, 9)).copy()
    for s in (L, O):
        p[:, s, W] = 1 - (1 - p[:, s, W]) ** x["job_finding"]
    for s in range(9):
        p[:, s, s] = 0.0
        p[:, s, s] = 1 - p[:, s].sum(axis=1)
    return p


def with_effect(plain: Array, x: Mapping[str, Array], t: int) -> Array:
    """Matrices under the programme, (n, s, r)."""
    p = plain.copy()
    fade = np.where(
        x["fade_out"] == FADE["none"],
        1.0,
        np.where(
            x["fade_out"] == FADE["half_life"],
            0.5 ** (t / x["half_life"]),
            np.maximum(0.0, 1 - t / x["fade_years"]),
        ),
    )
    h = np.exp(fade * x["effect_factor"] * np.log(x["hr_out"]))
    for s in (L, O):
        good = [W, S, E]
        joint = p[:, s, good].sum(axis=1)
        new = 1 - (1 - joint) ** h
        others = [r for r in range(9) if r not in good]
        p[:, s, good] *= (new / joint)[:, None]
        p[:, s, others] *= ((1 - new) / (1 - joint))[:, None]
    for target, name in ((M, "hr_misuse"), (C, "hr_custody")):
        h = np.exp(fade * x["effect_factor"] * np.log(x[name]))
        for s in range(9):
            if s != target:
                new = 1 - (1 - p[:, s, target]) ** h
                p[:, s, s] += p[:, s, target] - new
                p[:, s, target] = new
    return p


def costs(x: Mapping[str, Array], age: int) -> tuple[Array, Array]:
    """Yearly cost of all states but work, (n, s, p), and of work, (n, p)."""
    n = len(x["tax_kept"])
    assistance, services = x["cashable_assistance"], x["cashable_services"]
    c = np.zeros((n, 9, 10))
    c[:, E, 0] = x["school_year"] * services if age < 20 else 0.0
    c[:, E, 6], c[:, E, 7] = x["student_aid"], -x["student_aid"]
    for s, name in ((S, "short_term"), (L, "long_term"), (O, "outside"), (M, "misuse")):
        paid = x[f"assistance_{name}"] * assistance
        c[:, s, 0] += paid
        c[:, s, 7] -= paid
    c[:, S, 3] = x["benefit_short_term"] + x["af_admin"]
    c[:, S, 7] -= x["benefit_short_term"]
    c[:, L, 3] = x["activity_support"] + x["af_admin"] + x["af_programme"]
    c[:, L, 7] -= x["activity_support"]
    c[:, O, 0] += x["services_outside"] * services
    c[:, O, 1], c[:, O, 3] = x["health_outside"], x["af_outside"]
    care = x["misuse_care"] * x["misuse_care_share"]
    c[:, M, 0] += care * services
    c[:, M, 1], c[:, M, 2], c[:, M, 3] = care, x["sickness_misuse"], x["af_misuse"]
    c[:, M, 4] = x["justice_case"] * x["cases_misuse"]
    c[:, M, 7] -= x["sickness_misuse"]
    counted = np.where(x["victims_counted"] == 0, 1.0, 0.0)
    c[:, M, 8] = x["victim_misuse"] * counted
    c[:, C, 1], c[:, C, 4] = x["health_custody"], x["justice_case"] * x["cases_custody"]
    if age < 18:
        youth_home = x["youth_home_share"] * x["youth_home_day"]
        bought = (1 - x["youth_home_share"]) * x["care_home_day"]
        c[:, C, 0] = (youth_home * x["youth_home_fee"] + bought) * 365 * assistance
        c[:, C, 6] = youth_home * (1 - x["youth_home_fee"]) * 365
    else:
        c[:, C, 5] = x["prison_day"] * 365 * np.where(x["prison_cost"] == 0, 1.0, x["prison_marginal"])
    c[:, C, 8] = x["victim_custody"] * counted
    c[:, K, 1], c[:, K, 2], c[:, K, 7] = x["health_sick"], x["sick_benefit"], -x["sick_benefit"]
    pension = x["disability_benefit"] + x["housing_supplement"]
    c[:, D, 0] = x["services_disability"] * services
    c[:, D, 1], c[:, D, 2], c[:, D, 7] = x["health_disability"], pension, -pension
    pay = x["wage_month"] * 12 * x["work_hours"]
    index = pay / x["reference_pay"]
    w = np.zeros((n, 10))
    municipal, region = x["municipal_tax"] * index, x["region_tax"] * index
    contributions, credit = x["employer_contributions"] * index, x["tax_credit"] * index
    w[:, 0] = -municipal * x["tax_kept"]
    w[:, 1] = -region
    w[:, 6] = -municipal * (1 - x["tax_kept"]) - contributions + credit
    w[:, 7] = -(pay + contributions) + municipal + region + contributions - credit
    return c, w
