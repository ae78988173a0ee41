"""The Sick-Sicker model without time dependence, by plain matrices: point values and probabilistic analysis.

Alarid-Escudero F, Krijkamp E, Enns EA, Yang A, Hunink MGM, Pechlivanoglou P, Jalal H. An Introductory Tutorial on
Cohort State-Transition Models in R Using a Cost-Effectiveness Analysis Example. Medical Decision Making
2023;43(1):3-20. doi:10.1177/0272989X221103163.

Where the numbers were read: the authors' manuscript, github.com/DARTH-git/cohort-modeling-tutorial-intro,
manuscript/cSTM_Tutorial_Intro.tex (version of 2022-02-08), tables of parameters, trace, outcomes and
cost-effectiveness, and its section on probabilistic analysis; inputs also in analysis/cSTM_time_indep.R and
R/Functions_cSTM_time_indep.R of the same place. Inputs, laws and sources are listed in
`configs/published/sick_sicker/sources.csv`.

Conventions that give the printed numbers:

- A cohort of 25 years is followed 75 yearly cycles; the trace has 76 rows, and rewards are of states at rows 0 to 75.
- Death comes first: its probability is 1 - exp(-rate x hazard ratio). What else happens is conditional on survival:
  falling ill, recovering and growing sicker each have 1 - exp(-rate), and the two ways out of Sick are *added*, they
  do not compete. The hazard ratio of treatment B is on the rate from Sick to Sicker.
- Discounting is by 1.03^-t at row t, thus from the start of a cycle.
- Within-cycle correction: "Simpson's 1/3 rule" with weights 1/3, 2/3, 4/3, 2/3, ..., 4/3, 1/3. Simpson's rule has 4/3
  at the first inner row and an even number of cycles; here the inner weights are the other way about, and 75 is odd,
  so that the weights add up to 74 2/3 and not 75. The printed numbers need these weights exactly.
- Treatments cost as long as people are Sick or Sicker; A lifts utility in Sick only.

Where publication and code disagree: the table of parameters gives treatment B 12000 a year, the code (and the text)
13000; only 13000 gives the printed results. The manuscript's table has gamma(576, 20.8) and gamma(676, 19.2) for the
costs of A and B and lognormal(log 0.6, 0.1) for the hazard ratio of B; the code draws gamma(73.5, 163.3), gamma(86.2,
150.8) and lognormal(log 0.6, 0.02), as does the second tutorial, in table and code. Means hardly differ, standard
deviations do. The hazard ratio is also printed as "log(0.6)", where 0.6 is meant.
"""

from __future__ import annotations

import numpy as np

from tests.published.cost_effectiveness import Array

STRATEGIES = ("standard_of_care", "a", "b", "ab")
CYCLES = 75
DISCOUNT_RATE = 0.03
VALUES: dict[str, float] = {
    "rate_dying": 0.002,
    "rate_falling_ill": 0.15,
    "rate_recovering": 0.5,
    "rate_progressing": 0.105,
    "hr_death_sick": 3.0,
    "hr_death_sicker": 10.0,
    "hr_b": 0.6,
    "cost_healthy": 2000.0,
    "cost_sick": 4000.0,
    "cost_sicker": 15000.0,
    "cost_a": 12000.0,
    "cost_b": 13000.0,
    "utility_healthy": 1.0,
    "utility_sick": 0.75,
    "utility_sicker": 0.5,
    "utility_a": 0.95,
}

# As printed.
TRACE = [
    (1.000, 0.000, 0.000, 0.000),
    (0.859, 0.139, 0.000, 0.002),
    (0.792, 0.189, 0.014, 0.005),
    (0.755, 0.206, 0.032, 0.008),
    (0.729, 0.208, 0.052, 0.011),
    (0.707, 0.206, 0.072, 0.015),
]
COSTS = {"standard_of_care": 151580, "a": 284805, "b": 259100, "ab": 378875}
QALYS = {"standard_of_care": 20.711, "a": 21.499, "b": 22.184, "ab": 23.137}
FRONTIER = ("standard_of_care", "b", "ab")  # A is dominated
INCREMENTS = {"b": (107521, 1.473, 72988), "ab": (119775, 0.952, 125764)}  # cost, QALYs, ICER
# Thresholds, on a grid of 5 000, from which a strategy has the highest mean net benefit over 1 000 draws.
BEST_FROM = {"standard_of_care": 0, "b": 80000, "ab": 120000}
BEST_GRID = 5000
DRAWS_PRINTED = 1000


def simpson_as_published(cycles: int) -> Array:
    """Weights of the cycles + 1 rows: 1/3 at both ends, between them 2/3 and 4/3 by turns, beginning with 2/3."""
    weights = np.where(np.arange(cycles + 1) % 2 == 1, 2 / 3, 4 / 3)
    weights[[0, -1]] = 1 / 3
    return weights


def row_weights(cycles: int, discount_rate: float = DISCOUNT_RATE) -> Array:
    """Discounting and within-cycle correction together, for each row of the trace."""
    return simpson_as_published(cycles) * (1 + discount_rate) ** -np.arange(cycles + 1.0)


def draw(n: int, seed: int, *, laws: str = "code") -> dict[str, Array]:
    """`n` draws of all uncertain inputs, by the laws of the authors' `code` or of the `table` in their manuscript."""
    rng = np.random.default_rng(seed)
    law_a, law_b, sd_hr = {"code": ((73.5, 163.3), (86.2, 150.8), 0.02), "table": ((576, 20.8), (676, 19.2), 0.1)}[laws]
    return {
        "rate_dying": rng.gamma(20, 1 / 10000, n),
        "rate_falling_ill": rng.gamma(30, 1 / 200, n),
        "rate_recovering": rng.gamma(60, 1 / 120, n),
        "rate_progressing": rng.gamma(84, 1 / 800, n),
        "hr_death_sick": rng.lognormal(np.log(3), 0.01, n),
        "hr_death_sicker": rng.lognormal(np.log(10), 0.02, n),
        "hr_b": rng.lognormal(np.log(0.6), sd_hr, n),
        "cost_healthy": rng.gamma(100, 20, n),
        "cost_sick": rng.gamma(177.8, 22.5, n),
        "cost_sicker": rng.gamma(225, 66.7, n),
        "cost_a": rng.gamma(*law_a, n),
        "cost_b": rng.gamma(*law_b, n),
        "utility_healthy": rng.beta(200, 3, n),
        "utility_sick": rng.beta(130, 45, n),
        "utility_sicker": rng.beta(230, 230, n),
        "utility_a": rng.beta(300, 15, n),
    }


def point() -> dict[str, Array]:
    """The base case as a single draw."""
    return {name: np.array([value]) for name, value in VALUES.items()}


def transition_matrix(v: dict[str, Array], hazard_ratio: Array | float) -> Array:
    """(draw, from, to) over Healthy, Sick, Sicker, Dead."""
    death = 1 - np.exp(
        -v["rate_dying"] * np.stack([np.ones_like(v["hr_death_sick"]), v["hr_death_sick"], v["hr_death_sicker"]])
    )
    ill, well, worse = (
        1 - np.exp(-rate)
        for rate in (v["rate_falling_ill"], v["rate_recovering"], v["rate_progressing"] * hazard_ratio)
    )
    p = np.zeros((len(ill), 4, 4))
    p[:, 0, :3] = np.stack([1 - ill, ill, 0 * ill], axis=1)
    p[:, 1, :3] = np.stack([well, 1 - well - worse, worse], axis=1)
    p[:, 2, 2] = 1
    p[:, :3, :3] *= 1 - death.T[:, :, None]
    p[:, :3, 3] = death.T
    p[:, 3, 3] = 1
    return p


def trace(p: Array, cycles: int = CYCLES) -> Array:
    """(row, draw, state) of a cohort that starts healthy."""
    rows = [np.zeros((len(p), 4))]
    rows[0][:, 0] = 1
    for _ in range(cycles):
        rows.append(np.einsum("ds,dst->dt", rows[-1], p))
    return np.stack(rows)


def rewards(v: dict[str, Array], strategy: str) -> tuple[Array, Array]:
    """Yearly cost and utility, (draw, state), of Healthy, Sick, Sicker and Dead under a strategy."""
    treatment = v["cost_a"] * (strategy in ("a", "ab")) + v["cost_b"] * (strategy in ("b", "ab"))
    none = 0 * treatment
    cost = np.stack([v["cost_healthy"], v["cost_sick"] + treatment, v["cost_sicker"] + treatment, none], axis=1)
    sick = v["utility_a" if strategy in ("a", "ab") else "utility_sick"]
    return cost, np.stack([v["utility_healthy"], sick, v["utility_sicker"], none], axis=1)


def totals(v: dict[str, Array]) -> tuple[Array, Array]:
    """Discounted costs and QALYs, (strategy, draw)."""
    weights = row_weights(CYCLES)
    natural, slowed = trace(transition_matrix(v, 1.0)), trace(transition_matrix(v, v["hr_b"]))
    costs, qalys = [], []
    for strategy in STRATEGIES:
        cost, utility = rewards(v, strategy)
        occupied = np.einsum("t,tds->ds", weights, slowed if "b" in strategy else natural)
        costs.append((occupied * cost).sum(axis=1))
        qalys.append((occupied * utility).sum(axis=1))
    return np.stack(costs), np.stack(qalys)
