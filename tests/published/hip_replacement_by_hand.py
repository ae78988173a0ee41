"""Total hip replacement, standard against a new prosthesis, by plain loops: point values and draws.

Exercises 3.5 and 4.8 of Briggs A, Claxton K, Sculpher M. Decision Modelling for Health Economic Evaluation. Oxford
University Press 2006; after Briggs A, Sculpher M, Dawson J, Fitzpatrick R, Murray D, Malchau H. The use of
probabilistic decision models in technology assessment: the case of total hip replacement. Applied Health Economics
and Health Policy 2004;3(2):79-89.

Where the numbers were read (the book itself could not be had):

- The book's spreadsheet of exercise 3.5: totals, first eight rows of both traces and first eight discounted rows, for
  a woman of 60, in the tests of heemod: github.com/pierucci/heemod, tests/testthat, context "DMHEE reproduction".
- Inputs: life table, regression and covariance in github.com/Excel-R-tutorials/Markov_Extensions (life-table.csv,
  hazardfunction.csv, cov55.csv); laws in the book's course code, github.com/LSHTM-GHECO/DM4HEE_RCode,
  Advanced_Course/A2.3.1 and A2.3.3. The same inputs stand in the vignette of hesim on time-inhomogeneous cohorts.

Inputs, laws and sources are listed in `configs/published/hip_replacement/sources.csv`.

Conventions that give the printed numbers:

- 60 yearly cycles; costs and utilities are of the states at the *end* of year t, t = 1 to 60, discounted by 1.06^-t
  and 1.015^-t. The prosthesis is paid at once, undiscounted; the primary operation is left out, as it is common to
  both.
- The life table is a step function of age at the end of the year (60 + t), used as a yearly probability as it stands.
- In year 1 everybody is operated on: 2 % die, the rest have a successful primary; background mortality begins in year
  2.
- Revision in year t since the operation has probability 1 - exp(lambda ((t-1)^gamma - t^gamma)), with lambda =
  exp(cons + age coefficient x age at operation + male coefficient x male [+ new prosthesis]) and gamma =
  exp(lngamma). t is time in the model, which is right because nobody returns to a successful primary; the first
  year's risk is never used.
- All ways out of a state are added, not competing: revision + death, operative death + background death.
- A revision lasts one year; a revised hip is revised again with 4 % a year.

Where sources disagree: the spreadsheet gives 2198.49 per QALY (97.88 / 0.04452), while the course text
(A3.3.1_Presenting_Simulation_Results_Instructions.Rmd) has "the deterministic ICER of 2,918 per QALY", with the same
code and inputs: two digits have changed places. hesim's vignette prints means over 500 draws, not the deterministic
results. No printed means of exercise 4.8 could be had, nor deterministic results for other ages or for men.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from tests.published.cost_effectiveness import Array

TABLES = Path(__file__).resolve().parents[2] / "configs" / "published" / "hip_replacement" / "tables"
YEARS = 60
DISCOUNT_COST, DISCOUNT_UTILITY = 0.06, 0.015
PROSTHESIS = {"standard": 394.0, "new": 579.0}
COEFFICIENTS = ("lngamma", "cons", "age", "male", "new")
MEANS = np.array([0.3740968, -5.490935, -0.0367022, 0.768536, -1.344474])
BETA_OPERATIVE_DEATH, BETA_RE_REVISION = (2, 98), (4, 96)
REVISION_COST = (5294.0, 1487.0)  # mean, standard error; as all below
UTILITY_PRIMARY, UTILITY_REVISION, UTILITY_REVISED = (0.85, 0.03), (0.30, 0.03), (0.75, 0.04)

# The book's spreadsheet, woman of 60.
COST = {"standard": 512.434658, "new": 610.311818}
QALYS = {"standard": 14.6531896, "new": 14.69770986}
ICER = 2198.486665
ICER_IN_COURSE_TEXT = 2918
TRACE = {  # successful primary, revision, successful revision, dead; years 1 to 8
    "standard": [
        (0.98000000, 0.0000000, 0.0000000, 0.0200000),
        (0.97265720, 0.0007768, 0.0000000, 0.02656600),
        (0.96516548, 0.00097491, 0.00075606, 0.03310354),
        (0.95757109, 0.00115802, 0.00166964, 0.03960125),
        (0.93783561, 0.00132115, 0.00268314, 0.05816010),
        (0.91838963, 0.00145307, 0.00379326, 0.07636404),
        (0.89924305, 0.00157339, 0.00496429, 0.09421927),
        (0.88040225, 0.00168398, 0.00618146, 0.11173231),
    ],
    "new": [
        (0.98000000, 0.00000000, 0.00000000, 0.02000000),
        (0.97323145, 0.00020255, 0.00000000, 0.02656600),
        (0.96645641, 0.00025438, 0.00019715, 0.03309206),
        (0.95968665, 0.00030239, 0.00043553, 0.03957543),
        (0.94083683, 0.00034529, 0.00070021, 0.05811767),
        (0.92232657, 0.00038012, 0.00099040, 0.07630291),
        (0.90415327, 0.00041201, 0.00129686, 0.09413786),
        (0.88631355, 0.00044144, 0.00161577, 0.11162924),
    ],
}
DISCOUNTED_STANDARD = [  # cost without the prosthesis, utility; years 1 to 8
    (0, 0.82068966),
    (3.66001356, 0.80272917),
    (4.33343863, 0.78537550),
    (4.85597577, 0.76838428),
    (5.22645232, 0.74220815),
    (5.42296428, 0.71692065),
    (5.53962343, 0.69248578),
    (5.59337469, 0.66887542),
]


def death_probability(age: Array, *, male: bool) -> Array:
    """Of the life table's band that the age is in, a year."""
    with (TABLES / "mortality.csv").open() as file:
        rows = list(csv.DictReader(file))
    starts = np.array([float(row["age"]) for row in rows])
    values = np.array([float(row["men" if male else "women"]) for row in rows])
    return values[np.searchsorted(starts, age, side="right") - 1]


def point() -> dict[str, Array]:
    """The base case as a single draw."""
    one = {
        "operative_death": 0.02,
        "operative_death_revision": 0.02,
        "re_revision": 0.04,
        "revision_cost": REVISION_COST[0],
        "primary": UTILITY_PRIMARY[0],
        "revision": UTILITY_REVISION[0],
        "revised": UTILITY_REVISED[0],
        **dict(zip(COEFFICIENTS, MEANS, strict=True)),
    }
    return {name: np.array([value]) for name, value in one.items()}


def covariance() -> Array:
    """Of the five estimates, in the order of `COEFFICIENTS`."""
    with (TABLES / "revision_covariance.csv").open() as file:
        return np.array([[float(row[name]) for name in COEFFICIENTS] for row in csv.DictReader(file)])


def draw(n: int, seed: int) -> dict[str, Array]:
    """`n` draws by the laws of exercise 4.8; the regression through the lower Cholesky factor of its covariance."""
    rng = np.random.default_rng(seed)

    def utility(mean: float, se: float) -> Array:
        total = mean * (1 - mean) / se**2 - 1
        return rng.beta(mean * total, (1 - mean) * total, n)

    mean, se = REVISION_COST
    regression = MEANS[:, None] + np.linalg.cholesky(covariance()) @ rng.standard_normal((5, n))
    return {
        "operative_death": rng.beta(*BETA_OPERATIVE_DEATH, n),
        "operative_death_revision": rng.beta(*BETA_OPERATIVE_DEATH, n),
        "re_revision": rng.beta(*BETA_RE_REVISION, n),
        "revision_cost": rng.gamma((mean / se) ** 2, se**2 / mean, n),
        "primary": utility(*UTILITY_PRIMARY),
        "revision": utility(*UTILITY_REVISION),
        "revised": utility(*UTILITY_REVISED),
        **dict(zip(COEFFICIENTS, regression, strict=True)),
    }


def trace(v: dict[str, Array], prosthesis: str, *, age: float, male: bool) -> Array:
    """(year, draw, state) at the ends of years 1 to 60: successful primary, revision, successful revision, dead."""
    linear = v["cons"] + v["age"] * age + v["male"] * male + v["new"] * (prosthesis == "new")
    scale, shape = np.exp(linear), np.exp(v["lngamma"])
    dying = death_probability(age + np.arange(1.0, YEARS + 1), male=male)
    none = np.zeros_like(scale)
    rows = [np.stack([1 - v["operative_death"], none, none, v["operative_death"]], axis=1)]
    for year in range(2, YEARS + 1):
        primary, revision, revised, dead = rows[-1].T
        death = dying[year - 1]
        risk = 1 - np.exp(scale * ((year - 1) ** shape - year**shape))
        again = v["re_revision"]
        dead_in_revision = v["operative_death_revision"] + death
        rows.append(
            np.stack(
                [
                    primary * (1 - risk - death),
                    primary * risk + revised * again,
                    revision * (1 - dead_in_revision) + revised * (1 - again - death),
                    dead + (primary + revised) * death + revision * dead_in_revision,
                ],
                axis=1,
            )
        )
    return np.stack(rows)


def yearly(v: dict[str, Array], prosthesis: str, *, age: float, male: bool) -> tuple[Array, Array]:
    """Discounted cost (without the prosthesis) and utility, (year, draw)."""
    rows, year = trace(v, prosthesis, age=age, male=male), np.arange(1.0, YEARS + 1)[:, None]
    cost = rows[:, :, 1] * v["revision_cost"] * (1 + DISCOUNT_COST) ** -year
    utility = rows[:, :, 0] * v["primary"] + rows[:, :, 1] * v["revision"] + rows[:, :, 2] * v["revised"]
    return cost, utility * (1 + DISCOUNT_UTILITY) ** -year


def outcomes(v: dict[str, Array], *, age: float = 60, male: bool = False) -> tuple[dict[str, Array], dict[str, Array]]:
    """Discounted costs and QALYs of both prostheses, by draw."""
    costs, qalys = {}, {}
    for prosthesis, price in PROSTHESIS.items():
        cost, utility = yearly(v, prosthesis, age=age, male=male)
        costs[prosthesis], qalys[prosthesis] = price + cost.sum(axis=0), utility.sum(axis=0)
    return costs, qalys
