"""Shared by all floors: a small study in a temporary folder, and a way to spoil it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import Problem, SpecError
from engine.spec.load import LoadedStudy, load_study

# Tests that run side by side are told of a narrow terminal; what is printed is to be as wide as it is for a file.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

STUDY = """\
study: small
title: A small study
question: Does the coach pay back?
model: model.yaml
calculations: [calculations/controller.yaml, calculations/consultant.yaml]
headline: society
draws: 64
seed: 7
sensitivity:
  - {method: sobol, calculations: [controller], n: 64}
"""

MODEL = """\
title: Work or not
price_year: 2023
price_index: tables/price_index.csv
sources: sources.csv
time:
  cycles: 10
  start_age: 20
  start_year: 2023
  horizon: horizon
  discount_rate: discount_rate
  discount_timing: mid
  within_cycle: half_cycle
payers:
  municipality: {label: Municipality}
  state_tax: {label: State}
perspectives:
  municipal: {label: Municipal budget, payers: [municipality]}
  society: {label: Society, includes: [municipal], payers: [state_tax]}
themes:
  effect: What the coach changes
  prices: Unit costs
parameters:
  horizon: {label: Horizon, value: 8, unit: years, assumption: Chosen.}
  discount_rate: {label: Discount rate, value: 0.03, unit: rate/year, assumption: Chosen.}
  find_work:
    label: Chance of finding work
    value: 0.3
    dist: beta(mean=0.3, sd=0.05)
    unit: probability
    source: labour_survey
  hr_work:
    {label: Effect of the coach, value: 1.4, dist: "lognormal(mean=1.4, sd=0.2)", unit: ratio, theme: effect,
     assumption: Guess.}
  half_life: {label: Half-life of the effect, value: 3, unit: years, theme: effect, assumption: Guess.}
  coach: {label: A coach, value: 50_000, unit: SEK/participant, price_year: 2023, theme: prices, assumption: Budget.}
  benefit: {label: Assistance, value: 12000, unit: SEK/month, price_year: 2021, theme: prices, source: labour_survey}
  training: {label: Training, value: 900, unit: SEK/day, price_year: 2023, theme: prices, assumption: Offer.}
choices:
  fade_form:
    label: How the effect fades
    alternatives:
      never: {label: It lasts, value: 1}
      slowly: {label: By half-life, value: exponential(half_life)}
    default: never
definitions:
  benefit_year: {label: Assistance a year, value: benefit * 12}
tables:
  mortality: {file: tables/mortality.csv, key: age, outside: hold, source: labour_survey}
states:
  outside: {label: Outside}
  training_course: {label: In training}
  employed: {label: Employed}
  dead: {label: Dead}
start:
  outside: 1
transitions:
  outside:
    employed: {probability: find_work}
    training_course: {probability: 0.1}
    dead: {hazard: "mortality(age, men)"}
  training_course:
    employed: {probability: 0.5}
    dead: {probability: "mortality(age, women)"}
    outside: {rest: true}
  employed:
    outside: {hazard: 0.1}
    dead: {hazard: "mortality(age, men)"}
cost_items:
  assistance: {label: Assistance, amount: benefit_year, payer: municipality, kind: resource, state: outside}
  course: {label: Course, amount: training * 200, payer: state_tax, kind: resource, state: [training_course]}
  coach: {label: Coach, amount: coach, payer: municipality, kind: resource, strategy: coaching}
strategies:
  usual: {label: No coach, baseline: true}
  coaching:
    label: A coach
    uptake: 0.8
    effects:
      - {on: outside -> employed, hazard_ratio: hr_work, fade: fade_form}
constraints:
  - {require: half_life <= 20, why: Longer than anybody has followed up.}
"""

CONTROLLER = """\
calculation: controller
label: Controller
role: Controller at the municipality
why: The budget must hold.
perspective: municipal
assumptions:
  horizon: {value: 5, why: As long as the budget looks.}
  fade_form: {choose: slowly, why: Effects fade.}
"""

CONSULTANT = """\
calculation: consultant
label: Consultant
role: Consultant
why: All of society gains.
perspective: society
assumptions:
  hr_work: {value: 1.8, dist: "uniform(0.8, 1.2, relative=true)", why: Seen elsewhere., source: labour_survey}
"""

SOURCES = """\
id,quantity,unit,value,low,high,price_year,organisation,title,year,address,confidence
labour_survey,Finding work,share,0.3,,,,Statistics Sweden,"Labour, survey",2023,https://www.scb.se,A
"""

MORTALITY = """\
age,men,women
20,0.001,0.0005
30,0.002,0.001
40,0.004,0.002
"""

PRICE_INDEX = """\
year,index
2021,350
2022,380
2023,410
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-size", choices=["short", "full"], default="short", help="How far the tests of faults go: tests/faults."
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("long") and config.getoption("--fault-size") != "full":
            item.add_marker(pytest.mark.skip(reason="only with --fault-size full"))


@dataclass(frozen=True)
class StudyFolder:
    """A study on disk that tests may spoil."""

    folder: Path

    def write(self, file: str, text: str | bytes) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def text(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    def patch(self, file: str, old: str, new: str) -> None:
        """Replace a text that stands exactly once."""
        text = self.text(file)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        self.write(file, text.replace(old, new))

    def load(self) -> LoadedStudy:
        return load_study(self.folder)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the study, which must be something."""
        with pytest.raises(SpecError) as caught:
            self.load()
        return caught.value.problems

    def problem(self) -> Problem:
        """The only thing that is wrong."""
        problems = self.problems()
        assert len(problems) == 1, "\n".join(map(str, problems))
        return problems[0]


def small_study(folder: Path) -> StudyFolder:
    """A valid study: four states, two payers, two calculations, a table, a price index, sources."""
    result = StudyFolder(folder)
    result.write("study.yaml", STUDY)
    result.write("model.yaml", MODEL)
    result.write("calculations/controller.yaml", CONTROLLER)
    result.write("calculations/consultant.yaml", CONSULTANT)
    result.write("sources.csv", SOURCES)
    result.write("tables/mortality.csv", MORTALITY)
    result.write("tables/price_index.csv", PRICE_INDEX)
    return result


@pytest.fixture
def study(tmp_path: Path) -> StudyFolder:
    """The small study, in a folder of the test's own."""
    return small_study(tmp_path / "small")
