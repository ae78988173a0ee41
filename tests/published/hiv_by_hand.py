"""Monotherapy against combination therapy in HIV infection, by plain matrices: point values and draws.

Chancellor JV, Hill AM, Sabin CA, Simpson KN, Youle M. Modelling the cost effectiveness of lamivudine/zidovudine
combination therapy in HIV infection. PharmacoEconomics 1997;12(1):54-66; as exercises 2.5 and 4.7 of Briggs A,
Claxton K, Sculpher M. Decision Modelling for Health Economic Evaluation. Oxford University Press 2006.

Where the numbers were read (the book itself could not be had):

- The book's spreadsheet of exercise 2.5, to seven decimals, in the tests of heemod: github.com/pierucci/heemod,
  tests/testthat, context "DMHEE reproduction".
- Tables 2.2 to 2.4 as quoted, with inputs and laws, in github.com/ajsims1704/rdecision,
  tests/testthat/test-model-AZT.R and vignettes/SM01-HIV.Rmd; laws also in the book's course code,
  github.com/LSHTM-GHECO/DM4HEE_RCode (exercise 4.7).
- Runs of the book's spreadsheet of exercise 4.7, recorded in rdecision, tests/testthat/Ex47sol-rdecision.csv;
  `SPREADSHEET_*` summarise its first 200 runs.

Inputs, laws and sources are listed in `configs/published/hiv/sources.csv`.

Conventions that give the printed numbers:

- 20 yearly cycles; life years and costs of year t are of the states at the *end* of the year, t = 1 to 20, without
  half-cycle correction. Costs are discounted by 1.06^-t, thus from the end of the year; life years are not
  discounted.
- Probabilities are fractions of counts of transitions (three decimals, as in the book's table, do not give the
  results).
- The relative risk multiplies every probability of getting worse in years 1 and 2, and lamivudine is paid for the
  same two.
- "Half-cycle correction" (rest of exercise 2.5, and 4.7): life years are the mean of a year's two ends; costs stay as
  they are.

Where sources disagree: lamivudine costs 2087 where inputs are quoted, but 2086.50 in the spreadsheet and the book's
course code, which gives 50601.65; with 2087 it is 50602.56. Life years of monotherapy are quoted as 7.996 from the
book's table, but 7.991 from its spreadsheet (probabilities rounded to three decimals give 7.979, so that 7.996 stays
unexplained). The book's law of the relative risk is lognormal with log-sd (ln 0.710 - ln 0.365) / (2 x 1.96) around
ln 0.509; rdecision takes sd 0.088 around mean 0.509 on the natural scale. Costs have a standard error equal to the
mean, thus gamma laws with shape 1.
"""

from __future__ import annotations

import numpy as np

from tests.published.cost_effectiveness import Array

COUNTS = {"a": (1251, 350, 116, 17), "b": (0, 731, 512, 15), "c": (0, 0, 1312, 437)}
DIRECT = np.array([1701.0, 1774.0, 6948.0])
COMMUNITY = np.array([1055.0, 1278.0, 2059.0])
ZIDOVUDINE = 2278.0
LAMIVUDINE = 2086.5
RELATIVE_RISK = 0.509
RELATIVE_RISK_INTERVAL = (0.365, 0.710)
YEARS, YEARS_OF_EFFECT = 20, 2
DISCOUNT_RATE = 0.06

# The book's spreadsheet.
COST = {"mono": 44663.4535637, "comb": 50601.6513312}
LIFE_YEARS = {"mono": 7.9912066, "comb": 8.9373889}
ICER = 6275.95560
# The book and the article of 1997.
ICER_PRINTED = 6276
MATRIX_MONO = [(0.721, 0.202, 0.067, 0.010), (0.0, 0.581, 0.407, 0.012), (0.0, 0.0, 0.750, 0.250)]
MATRIX_COMB = [(0.858, 0.103, 0.034, 0.005), (0.0, 0.787, 0.207, 0.006), (0.0, 0.0, 0.873, 0.127)]
LIFE_YEARS_CORRECTED = {"mono": 8.475, "comb": 9.42}
# The first 200 recorded runs of the book's probabilistic spreadsheet: mean and standard deviation.
SPREADSHEET_RUNS = 200
SPREADSHEET = {
    "life_years_mono": (8.4938, 0.1923),
    "cost_mono": (46894, 19877),
    "life_years_comb": (9.4305, 0.2573),
    "cost_comb": (52694, 19378),
    "life_years_gained": (0.9367, 0.1668),
    "cost_added": (5800, 1745),
}


def point() -> dict[str, Array]:
    """The base case as a single draw: transition matrix of monotherapy, yearly state costs, relative risk."""
    p = np.zeros((1, 4, 4))
    for i, counts in enumerate(COUNTS.values()):
        p[0, i] = np.array(counts) / sum(counts)
    p[0, 3, 3] = 1
    return {"matrix": p, "care": (DIRECT + COMMUNITY)[None], "relative_risk": np.array([RELATIVE_RISK])}


def draw(n: int, seed: int) -> dict[str, Array]:
    """`n` draws by the laws of exercise 4.7: Dirichlet rows, gamma costs, lognormal relative risk."""
    rng = np.random.default_rng(seed)
    p = np.zeros((n, 4, 4))
    for i, counts in enumerate(COUNTS.values()):
        p[:, i, i:] = rng.dirichlet(counts[i:], n)
    p[:, 3, 3] = 1
    care = rng.gamma(1, DIRECT, (n, 3)) + rng.gamma(1, COMMUNITY, (n, 3))
    low, high = np.log(RELATIVE_RISK_INTERVAL)
    return {
        "matrix": p,
        "care": care,
        "relative_risk": rng.lognormal(np.log(RELATIVE_RISK), (high - low) / (2 * 1.96), n),
    }


def combination_matrix(p: Array, relative_risk: Array) -> Array:
    """Each probability of getting worse times the relative risk; who is left stays."""
    leaving: Array = p * (1 - np.eye(4)) * relative_risk[:, None, None]
    staying: Array = np.eye(4) * (1 - leaving.sum(axis=2))[:, :, None]
    return leaving + staying


def outcomes(v: dict[str, Array], *, corrected: bool = False, lamivudine: float = LAMIVUDINE) -> dict[str, Array]:
    """Discounted costs and life years of both therapies, by draw; `corrected`: life years by half cycles."""
    found: dict[str, Array] = {}
    for therapy in ("mono", "comb"):
        cohort = np.zeros((len(v["relative_risk"]), 4))
        cohort[:, 0] = 1
        cost, life_years = np.zeros(len(cohort)), np.zeros(len(cohort))
        for year in range(1, YEARS + 1):
            combined = therapy == "comb" and year <= YEARS_OF_EFFECT
            p = combination_matrix(v["matrix"], v["relative_risk"]) if combined else v["matrix"]
            before, cohort = cohort, np.einsum("ds,dst->dt", cohort, p)
            drugs = ZIDOVUDINE + lamivudine * combined
            cost = cost + (cohort[:, :3] * (v["care"] + drugs)).sum(axis=1) * (1 + DISCOUNT_RATE) ** -year
            alive = cohort[:, :3].sum(axis=1)
            life_years = life_years + ((before[:, :3].sum(axis=1) + alive) / 2 if corrected else alive)
        found[f"cost_{therapy}"], found[f"life_years_{therapy}"] = cost, life_years
    found["cost_added"] = found["cost_comb"] - found["cost_mono"]
    found["life_years_gained"] = found["life_years_comb"] - found["life_years_mono"]
    return found
