"""The Sick-Sicker model with mortality by age, with or without progression by time spent sick: flows in plain loops.

Alarid-Escudero F, Krijkamp E, Enns EA, Yang A, Hunink MGM, Pechlivanoglou P, Jalal H. A Tutorial on Time-Dependent
Cohort State-Transition Models in R Using a Cost-Effectiveness Analysis Example. Medical Decision Making
2023;43(1):21-41. doi:10.1177/0272989X221121747.

Where the numbers were read: github.com/DARTH-git/cohort-modeling-tutorial-timedep. `COSTS` and what follows it: the
manuscript, manuscript/cSTM_Tutorial_TimeDep.tex. `EARLIER_*`: the working paper before it,
manuscript/Markov_Tutorial_Part2.tex, which has probabilities where the article has rates. Inputs also in
analysis/cSTM_time_dep_simulation.R, analysis/cSTM_time_dep_state_residence.R and the functions in R/. Deaths per
person-year in the USA in 2015, both sexes: LifeTable_USA_Mx_2015.csv as shipped in github.com/sheejamk/packDAMipd,
inst/extdata (the tutorial's own copy could not be had; the printed first transition matrix and all totals confirm the
column used). Inputs, laws and sources are listed in `configs/published/sick_sicker_time/sources.csv`.

Conventions that give the printed numbers, besides those of `sick_sicker_by_hand`:

- Row t of the trace is age 25 + t, and the step from it uses the death rate of that age, up to 99; hazard ratios
  multiply the rate, which then becomes a probability.
- A transition reward is earned in the row of *arrival*: it is discounted by 1.03^-t for arrival at row t and takes
  that row's within-cycle weight too (an impulse does not need one; the printed numbers have it). Falling ill costs 1
  000 and takes 0.01 QALYs, dying costs 2000 from any state. Nothing arrives in row 0.
- Life expectancy is the plain sum of survival over all 76 rows: neither discounted nor corrected.
- Time spent sick (tunnel states): in its k-th year of being Sick a cohort progresses with probability 1 - exp(-(H(k)
  - H(k-1))), H(k) = (0.08 k)^1.1, conditional on survival; who recovers and falls ill again starts anew at k = 1. The
  hazard ratio of B multiplies H(k) - H(k-1).

Where publication and code disagree: the table prints 12000 for treatment B, the code 13000, which gives the results.
The table has independent lognormal scale and shape for the Weibull; the code draws them together, from a lognormal
law with means 0.08 and 1.1, standard deviations 0.02 and 0.05 and correlation 0.5 (by moments, as the arguments of
its mvlognormal read; so that the sd of the scale is twelve times that of the table's law). The summed trace of
strategy B in an early version of the code took Healthy from strategy A, which does not matter to totals. No totals of
the model with time spent sick are printed: `totals(..., residence=True)` is our calculation by the printed equations,
which the tests compare with the tunnel states as one matrix of 78 states, and with its limit for shape 1.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from tests.published import sick_sicker_by_hand
from tests.published.cost_effectiveness import Array
from tests.published.sick_sicker_by_hand import CYCLES, STRATEGIES, rewards, row_weights

START_AGE = 25
TABLE = Path(__file__).resolve().parents[2] / "configs" / "published" / "sick_sicker_time" / "tables" / "mortality.csv"
VALUES = {
    **{name: value for name, value in sick_sicker_by_hand.VALUES.items() if name != "rate_dying"},
    "disutility_falling_ill": 0.01,
    "cost_falling_ill": 1000.0,
    "cost_dying": 2000.0,
    "weibull_scale": 0.08,
    "weibull_shape": 1.1,
}

# As printed.
FIRST_MATRIX = [  # Healthy, Sick, Sicker, Dead at 25 under standard of care
    (0.8598357, 0.1391509, 0.00000000, 0.001013486),
    (0.3922742, 0.5053157, 0.09937273, 0.003037378),
    (0.0000000, 0.0000000, 0.98991124, 0.010088764),
]
COSTS = {"standard_of_care": 116374, "a": 218789, "b": 202536, "ab": 296300}
QALYS = {"standard_of_care": 18.879, "a": 19.636, "b": 20.199, "ab": 21.097}
FRONTIER = ("standard_of_care", "b", "ab")  # A is dominated
INCREMENTS = {"b": (86162, 1.320, 65288), "ab": (93764, 0.898, 104461)}  # cost, QALYs, ICER
LIFE_EXPECTANCY = 40.8
LIFE_EXPECTANCY_INTERVAL = (38.4, 43.6)  # 2.5 and 97.5 percent of 1 000 draws
BEST_FROM = {"standard_of_care": 0, "b": 70000, "ab": 105000}
BEST_GRID = 5000
EVPI_THRESHOLD, EVPI = 100000, 7836  # "is highest at"
DRAWS_PRINTED = 1000

# The working paper: 0.15, 0.5 and 0.105 are probabilities.
EARLIER_FIRST_MATRIX = [
    (0.8491385, 0.1498480, 0.0000000, 0.001013486),
    (0.4984813, 0.3938002, 0.1046811, 0.003037378),
    (0.0000000, 0.0000000, 0.9899112, 0.010088764),
]
EARLIER_COSTS = {"standard_of_care": 114560, "a": 211911, "b": 194481, "ab": 282370}
EARLIER_QALYS = {"standard_of_care": 19.142, "a": 19.840, "b": 20.480, "ab": 21.302}
EARLIER_INCREMENTS = {"b": (79920, 1.338, 59726), "ab": (87890, 0.822, 106927)}
EARLIER_LIFE_EXPECTANCY = 41.2


def death_rates() -> Array:
    """Deaths per person-year at 25, 26, ..., 99, both sexes."""
    with TABLE.open() as file:
        by_age = {int(row["age"]): float(row["all"]) for row in csv.DictReader(file)}
    return np.array([by_age[START_AGE + t] for t in range(CYCLES)])


def point() -> dict[str, Array]:
    """The base case as a single draw."""
    return {name: np.array([value]) for name, value in VALUES.items()}


def earlier_point() -> dict[str, Array]:
    """The base case of the working paper, as rates that give its probabilities."""
    v = point()
    for name, probability in {"rate_falling_ill": 0.15, "rate_recovering": 0.5, "rate_progressing": 0.105}.items():
        v[name] = np.array([-np.log1p(-probability)])
    return v


def draw(n: int, seed: int) -> dict[str, Array]:
    """`n` draws of all uncertain inputs, by the laws of the authors' code."""
    v = sick_sicker_by_hand.draw(n, seed)
    del v["rate_dying"]
    rng = np.random.default_rng([seed, 1])
    v["disutility_falling_ill"] = rng.beta(11, 1088, n)
    v["cost_falling_ill"] = rng.gamma(25, 40, n)
    v["cost_dying"] = rng.gamma(100, 20, n)
    v["weibull_scale"], v["weibull_shape"] = draw_weibull(rng, n)
    return v


def draw_weibull(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Scale and shape together, as the authors' code draws them: lognormal with these moments and correlation."""
    mean, sd, correlation = np.array([0.08, 1.1]), np.array([0.02, 0.05]), np.array([[1, 0.5], [0.5, 1]])
    covariance = np.log1p(correlation * np.outer(sd / mean, sd / mean))
    normal = rng.multivariate_normal(np.log(mean) - np.diag(covariance) / 2, covariance, n)
    return np.exp(normal[:, 0]), np.exp(normal[:, 1])


def follow(v: dict[str, Array], hazard_ratio: Array | float, *, residence: bool) -> tuple[Array, Array, Array]:
    """Occupancy (row, draw, state) over Healthy, Sick, Sicker, Dead, and who falls ill or dies, by row of arrival."""
    rates = death_rates()
    ill, well = 1 - np.exp(-v["rate_falling_ill"]), 1 - np.exp(-v["rate_recovering"])
    n = len(ill)
    if residence:
        year = np.arange(CYCLES + 1.0)[:, None]
        progression = np.diff((v["weibull_scale"] * year) ** v["weibull_shape"], axis=0)
    else:
        progression = np.broadcast_to(v["rate_progressing"], (CYCLES, n))
    worse = 1 - np.exp(-progression * hazard_ratio)  # (year of being sick, draw)

    healthy, sicker, dead = np.ones(n), np.zeros(n), np.zeros(n)
    sick = np.zeros((CYCLES, n))  # by year of being sick
    rows = [np.stack([healthy, sick.sum(axis=0), sicker, dead], axis=1)]
    falling_ill, dying = [np.zeros(n)], [np.zeros(n)]
    for rate in rates:
        alive = np.exp(-rate)
        alive_sick, alive_sicker = np.exp(-rate * v["hr_death_sick"]), np.exp(-rate * v["hr_death_sicker"])
        new = healthy * alive * ill
        back = (sick * alive_sick * well).sum(axis=0)
        progressing = (sick * alive_sick * worse).sum(axis=0)
        deaths = healthy * (1 - alive) + sick.sum(axis=0) * (1 - alive_sick) + sicker * (1 - alive_sicker)
        staying = sick * alive_sick * (1 - well - worse)
        healthy = healthy * alive * (1 - ill) + back
        sicker = sicker * alive_sicker + progressing
        dead = dead + deaths
        # Nobody is sick for over 75 years within 75 cycles: the last tunnel state needs no rule of its own.
        sick = np.concatenate([new[None], staying[:-1]])
        rows.append(np.stack([healthy, sick.sum(axis=0), sicker, dead], axis=1))
        falling_ill.append(new)
        dying.append(deaths)
    return np.stack(rows), np.stack(falling_ill), np.stack(dying)


def totals(v: dict[str, Array], *, residence: bool = False) -> tuple[Array, Array]:
    """Discounted costs and QALYs, (strategy, draw)."""
    weights = row_weights(CYCLES)
    natural = follow(v, 1.0, residence=residence)
    slowed = follow(v, v["hr_b"], residence=residence)
    costs, qalys = [], []
    for strategy in STRATEGIES:
        cost, utility = rewards(v, strategy)
        occupied, falling_ill, dying = (
            np.tensordot(weights, flow, axes=1) for flow in (slowed if "b" in strategy else natural)
        )
        costs.append((occupied * cost).sum(axis=1) + falling_ill * v["cost_falling_ill"] + dying * v["cost_dying"])
        qalys.append((occupied * utility).sum(axis=1) - falling_ill * v["disutility_falling_ill"])
    return np.stack(costs), np.stack(qalys)


def life_expectancy(v: dict[str, Array], *, residence: bool = False) -> Array:
    """Sum of survival over the 76 rows under standard of care, in years."""
    rows, _, _ = follow(v, 1.0, residence=residence)
    years: Array = rows[:, :, :3].sum(axis=(0, 2))
    return years
