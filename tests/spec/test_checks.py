"""What the checks let pass, and finer points of what they refuse (the rest is in the table of bad input)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.analysis.sensitivity import METHODS, traits_of
from engine.run.designs import replicates
from engine.spec.check_sensitivity import GROUPED
from engine.spec.check_sizes import REPLICATES, SIZES
from engine.spec.checks import CHECKS, CHECKS_OF_WHAT_IS_SOUND, check
from engine.spec.expressions import FUNCTIONS
from engine.spec.load import load_study
from engine.spec.units import UNITS, unknown_unit

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL = "model.yaml"
CONFIGS = Path(__file__).parents[2] / "configs"


def test_sound_study_has_no_problems(study: StudyFolder) -> None:
    assert check(study.load()) == []


@pytest.mark.parametrize("folder", sorted(p.parent for p in CONFIGS.glob("**/study.yaml")), ids=lambda p: p.name)
def test_shipped_studies_have_no_problems(folder: Path) -> None:
    assert check(load_study(folder)) == []


def test_every_check_says_what_it_is_for() -> None:
    checks = (*CHECKS, *CHECKS_OF_WHAT_IS_SOUND)
    assert len({c.__name__ for c in checks}) == len(checks)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # transitions and effects
        ("on: outside -> employed", "on: any -> employed"),
        ("on: outside -> employed", "on: any -> dead"),
        ("on: outside -> employed", 'on: "outside, training_course -> employed"'),
        ("on: outside -> employed", 'on: "outside -> employed, training_course"'),
        ("state: outside", "transition: any -> outside"),
        ("state: outside", "transition: 'outside, employed -> dead'"),
        ("hazard_ratio: hr_work", "odds_ratio: hr_work"),
        ("hazard_ratio: hr_work", "difference: hr_work / 100, complement: others, start: 1, duration: half_life"),
        ("    outside: {rest: true}", "    training_course: {rest: true}"),
        ("{probability: 0.5}", "{probability: 0.9995}"),
        ("{probability: 0.5}", "{probability: 1 - find_work}"),
        ("uptake: 0.8", "uptake: 0.8\n    deadweight: find_work / 2"),
        # the clock
        ("amount: benefit_year", "amount: 'benefit_year * 1.02 ^ time * where(year > 2025, 1, 0.9)'"),
        ("amount: training * 200", "amount: training * 200 * cycle_length"),
        ("horizon: horizon\n", "horizon: horizon / cycle_length * cycle_length\n"),
        ("discount_timing: mid", "discount_timing: 0.5"),
        ("within_cycle: half_cycle", "within_cycle: none"),
        ("fade: fade_form", "fade: 'fade_form * where(age < 25, linear(half_life), 0)'"),
        # quantities
        ("beta(mean=0.3, sd=0.05)", "uniform(0.8, 1.2, relative=true)"),
        ("value: 0.3\n    dist: beta(mean=0.3, sd=0.05)", "value: 0.003\n    dist: empirical(mortality, men)"),
        ("beta(mean=0.3, sd=0.05)", "truncated_normal(0.3, 0.1, 0, 1)"),
        ("unit: SEK/month, price_year: 2021", "unit: SEK/month, price_year: 2023"),
        ("value: 900, unit: SEK/day", "value: -900, unit: SEK/day, dist: 'normal(-900, 100)'"),
        # costs
        ("kind: resource, state: outside", "kind: transfer, to: state_tax, state: [outside, training_course]"),
        ("amount: benefit_year, payer: municipality, kind: resource, state: outside", "amount: 5, payer: municipality, "
         "kind: production, transition: training_course -> outside, displacement: find_work"),
        ("strategy: coaching}", "strategy: usual, year: 9}"),
        ("theme: prices, source", "theme: other, source"),
    ],
)  # fmt: skip
def test_what_is_right_passes(study: StudyFolder, old: str, new: str) -> None:
    study.patch(MODEL, old, new)
    assert study.load().key


def test_a_parameter_in_a_constraint_alone_has_a_part(study: StudyFolder) -> None:
    study.patch(MODEL, "parameters:\n", "parameters:\n  longest: {label: S, value: 20, unit: years, assumption: A.}\n")
    study.patch(MODEL, "require: half_life <= 20", "require: half_life <= longest")
    study.load()


def test_setting_an_unused_parameter_is_told_in_the_model_and_in_the_calculation(study: StudyFolder) -> None:
    study.patch(MODEL, "parameters:\n", "parameters:\n  spare: {label: S, value: 1, unit: count, assumption: A.}\n")
    study.patch("calculations/controller.yaml", "assumptions:\n", "assumptions:\n  spare: {value: 2, why: More.}\n")
    assert [(Path(p.path).name, p.where) for p in study.problems()] == [
        ("controller.yaml", "assumptions.spare"),
        ("model.yaml", "parameters.spare"),
    ]


def test_calculation_may_set_a_law_on_the_model_s_value(study: StudyFolder) -> None:
    study.patch(
        "calculations/controller.yaml", "horizon: {value: 5", 'horizon: {dist: "uniform(0.5, 1, relative=true)"'
    )
    assert study.load().calculations[0].assumptions["horizon"].value is None


def test_law_of_a_calculation_is_checked_against_the_model_s_unit(study: StudyFolder) -> None:
    study.patch("calculations/controller.yaml", "horizon: {value: 5", 'horizon: {value: 5, dist: "normal(5, 1)"')
    problem = study.problem()
    assert problem.where == "assumptions.horizon.dist"
    assert "write lognormal(mean=5, sd=1) or gamma(mean=5, sd=1)" in problem.message


def test_laws_offered_instead_have_the_same_moments_and_are_accepted(study: StudyFolder) -> None:
    study.patch(MODEL, "beta(mean=0.3, sd=0.05)", "normal(0.3, 0.05)")
    message = study.problem().message
    for offered in ("beta(mean=0.3, sd=0.05)", "uniform(0.213, 0.387)"):
        assert offered in message
        study.patch(
            MODEL, "normal(0.3, 0.05)" if "dist: normal" in study.text(MODEL) else "beta(mean=0.3, sd=0.05)", offered
        )
        study.load()


@pytest.mark.parametrize(
    "name", [*FUNCTIONS, "age", "year", "cycle", "time", "cycle_length", "and", "mid", "perspective"]
)
def test_names_with_a_meaning_of_their_own_are_refused(study: StudyFolder, name: str) -> None:
    study.patch(MODEL, "parameters:\n", f"parameters:\n  {name}: {{label: S, value: 1, unit: count, assumption: A.}}\n")
    problem = study.problem()
    assert problem.where == f"parameters.{name}"
    assert "already; choose another name" in problem.message


@pytest.mark.parametrize(
    ("place", "old"),
    [
        ("time.horizon", "horizon: horizon\n"),
        ("time.discount_rate", "discount_rate: discount_rate\n"),
        ("time.discount_timing", "discount_timing: mid\n"),
        ("time.within_cycle", "within_cycle: half_cycle\n"),
        ("strategies.coaching.uptake", "uptake: 0.8\n"),
        ("start.outside", "  outside: 1\n"),
    ],
)
@pytest.mark.parametrize("name", ["age", "year", "cycle", "time"])
def test_clock_is_refused_where_one_number_is_needed(study: StudyFolder, place: str, old: str, name: str) -> None:
    study.patch(MODEL, old, f"{old.partition(':')[0]}: 0.001 * {name}\n")
    problem = study.problem()
    assert problem.where == place
    assert f"{name!r} changes over time" in problem.message


def test_clock_is_refused_in_constraints_and_in_when_effects_begin(study: StudyFolder) -> None:
    study.patch(MODEL, "require: half_life <= 20", "require: half_life <= age")
    study.patch(MODEL, "fade: fade_form", "start: age - 20, duration: cycle")
    assert [p.where for p in study.problems()] == [
        "strategies.coaching.effects[0].start",
        "strategies.coaching.effects[0].duration",
        "constraints[0].require",
    ]


def test_words_for_timing_stand_alone(study: StudyFolder) -> None:
    study.patch(MODEL, "discount_timing: mid", "discount_timing: mid / 2")
    assert "unknown name 'mid'" in study.problem().message


def test_mixed_kinds_are_refused_within_a_row_and_allowed_across_rows(study: StudyFolder) -> None:
    # dead is a hazard from outside and employed, and a probability from the course
    study.patch(MODEL, "on: outside -> employed", "on: any -> dead")
    study.load()
    study.patch(MODEL, "on: any -> dead, hazard_ratio", "on: any -> dead, risk_ratio")
    problems = study.problems()
    assert {p.where for p in problems} == {"strategies.coaching.effects[0].risk_ratio"}
    assert ["'outside -> dead'" in p.message or "'employed -> dead'" in p.message for p in problems] == [True, True]


def test_probabilities_from_tables_are_added_at_every_age(study: StudyFolder) -> None:
    study.write("tables/mortality.csv", "age,men,women\n20,0.1,0.4\n27,0.1,0.6\n")
    problem = study.problem()
    assert problem.where == "transitions.training_course"
    assert "employed 0.5 + dead 0.6 = 1.1 at age 27 (cycle 7)" in problem.message


def test_interpolated_tables_are_added_between_their_rows(study: StudyFolder) -> None:
    study.write("tables/mortality.csv", "age,men,women\n20,0.1,0.4\n30,0.1,0.6\n")
    study.load()
    study.patch(MODEL, "outside: hold", "outside: hold, interpolation: linear")
    assert "dead 0.52 = 1.02 at age 26 (cycle 6)" in study.problem().message


def test_probabilities_that_depend_on_parameters_are_looked_at_where_uncertainty_is_left_aside(
    study: StudyFolder,
) -> None:
    study.patch(MODEL, "{probability: 0.5}", "{probability: find_work + 0.69}")
    study.load()  # 0.99, and over 1 in some draws: that is for the run to say
    study.patch(MODEL, "find_work + 0.69", "find_work + 0.9")
    problem = study.problem()
    assert problem.where == "transitions.training_course.employed.probability"
    assert "1.2 is no probability at age 20 (cycle 0): it must be 0 to 1" in problem.message


def test_what_only_some_calculations_break_is_told_with_their_names(study: StudyFolder) -> None:
    study.patch(MODEL, "{probability: 0.5}", "{probability: 0.5 + hr_work / 3}")
    problem = study.problem()
    assert problem.where == "transitions.training_course.employed.probability"
    assert problem.message.startswith("1.1 is no probability")
    assert problem.message.endswith("(in consultant)")


def test_point_values_are_brought_to_the_price_year(study: StudyFolder) -> None:
    study.patch(MODEL, "require: half_life <= 20", "require: benefit < 12001")
    assert "breaks `benefit < 12001` with benefit = 14057.1" in study.problem().message


def test_what_asks_for_values_waits_until_nothing_else_is_wrong(study: StudyFolder) -> None:
    study.patch("calculations/controller.yaml", "value: 5", "value: 500")
    study.patch(MODEL, "payer: state_tax", "payer: state_taxes")
    assert study.problem().where == "cost_items.course.payer"
    study.patch(MODEL, "payer: state_taxes", "payer: state_tax")
    assert study.problem().where == "assumptions.horizon.value"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("40.000", "write 40000 or 40_000 if it parts thousands, 40 if not"),
        ("12.500", "write 12500 or 12_500 if it parts thousands, 12.5 if not"),
    ],
)
def test_a_point_before_three_digits_is_refused_for_money_only(study: StudyFolder, text: str, meant: str) -> None:
    study.patch(MODEL, "value: 900, unit: SEK/day", f"value: {text}, unit: SEK/day")
    assert meant in study.problem().message
    study.patch(MODEL, f"value: {text}, unit: SEK/day", "value: 900, unit: SEK/day")
    study.patch(MODEL, "label: Half-life of the effect, value: 3,", "label: Half-life of the effect, value: 3.000,")
    study.load()


def test_sizes_of_sensitivity_methods_are_those_of_the_methods() -> None:
    for name, make in METHODS.items():
        assert SIZES[name].least == max(2, getattr(make(), "minimum_n", 2))
    assert {name for name, size in SIZES.items() if size.power_of_two} == {"sobol", "oneway", "twoway", "dgsm"}


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube", "monte_carlo"])
def test_draws_of_a_design_are_at_least_its_replicates(study: StudyFolder, design: str) -> None:
    study.patch("study.yaml", "draws: 64", f"draws: {replicates(design)}\ndesign: {design}")
    study.load()
    assert replicates(design) in (1, REPLICATES)


def test_start_shares_are_added_only_where_all_are_numbers(study: StudyFolder) -> None:
    study.patch(MODEL, "  outside: 1\n", "  outside: 1 - find_work\n  employed: find_work\n")
    study.load()
    study.patch(MODEL, "  employed: find_work\n", "  employed: 1.5\n")
    assert "1.5 is no share" in study.problem().message


def test_perspectives_may_share_what_they_include(study: StudyFolder) -> None:
    more = "  both: {label: Both, includes: [municipal, society]}\n  all: {label: All, includes: [both, society]}\n"
    study.patch(MODEL, "perspectives:\n", f"perspectives:\n{more}")
    study.load()


def test_perspective_needs_payers(study: StudyFolder) -> None:
    study.patch(MODEL, "perspectives:\n", "perspectives:\n  nobody: {label: Nobody}\n")
    assert "no payers" in study.problem().message


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("SEK", "lacks a per"),
        ("kr", "lacks a per"),
        ("SEK/year", "write SEK/person-year"),
        ("kr/person-year", "write SEK/person-year"),
        ("kr/månad", "write SEK/month"),
        ("tkr/dag", "write SEK/day, with the value in whole kronor"),
        ("SEK/participants", "write SEK/participant"),
        ("%", "did you mean 'share'"),
        ("procent", "did you mean 'share'"),
        ("1/year", "did you mean 'rate/year'"),
        ("year", "did you mean 'years'"),
        ("probabilty", "did you mean 'probability'"),
        ("kg", "Units: share, probability"),
    ],
)
def test_unit_that_is_nearly_right_is_put_right(text: str, right: str) -> None:
    assert right in unknown_unit(text)
    assert text not in UNITS


@pytest.mark.parametrize(
    ("asked", "place", "expected"),
    [
        ("{method: sobol, choices: [fade]}", "[0]", "no choice 'fade'; did you mean 'fade_form'?"),
        ("{method: sobol, choices: perspective}", "", "is no factor"),
        ("{method: sobol, choices: [hr_work]}", "[0]", "'hr_work' is a parameter"),
        ("{method: morris, choices: all}", "", "vary continuously, and choices do not. These can: sobol, oneway"),
        ("{method: sobol, choices: {fade_form: {never: 0.5, fast: 0.5}}}", ".fade_form.fast", "no alternative 'fast'"),
        ("{method: sobol, choices: {fade_form: {never: 0.5, slowly: 0.4}}}", ".fade_form", "add up to 0.9"),
        ("{method: sobol, choices: {fade_form: {never: 1}}}", ".fade_form", "only one alternative"),
        ("{method: sobol, choices: {fade_form: {never: 2, slowly: -1}}}", ".fade_form.never", "2 is no probability"),
        ("{method: sobol, choices: 3}", "", "expected a name or a list of names, found the number 3"),
        ("{method: sobol, choices: {fade_form: half}}", ".fade_form", "the text 'half'"),
        ("{method: morris, by: year}", "", "`by` belongs to the method `sobol`, not to `morris`"),
        ("{method: morris, precision: 0.02}", "", "`precision` belongs to the method `sobol`, not to `morris`"),
        ("{method: sobol, n: 64, precision: 0.02}", "", "leave out one of the two"),
        ("{method: sobol, by: year, precision: 0.02}", "", "does not go with `precision`"),
        (
            "{method: oneway, groups: themes}",
            "groups",
            "cannot take groups of parameters. These can: sobol, morris, sha",
        ),
        ("{method: sobol, by: year, groups: themes}", "groups", "`groups` does not go with `by`"),
        ("{method: sobol, precision: 0.1, groups: {a: [hr_work]}}", "groups", "does not go with `precision`"),
        ("{method: sobol, groups: {a: [hr_wrk]}}", ".groups.a[0]", "no parameter 'hr_wrk'; did you mean 'hr_work'?"),
        ("{method: sobol, groups: {a: [hr_work, horizon]}}", ".a[1]", "'horizon' is certain in every calculation"),
        ("{method: sobol, groups: {a: [hr_work], b: [hr_work]}}", ".b[0]", "'hr_work' stands in 'a' too"),
        ("{method: sobol, groups: {a: [hr_work, hr_work]}}", ".a[1]", "'hr_work' stands twice"),
        ("{method: sobol, groups: {find_work: [hr_work]}}", ".find_work", "an assumption that is not in the group"),
        ("{method: sobol, groups: {a: [fade_form]}}", ".a[0]", "only if it stands under `choices` too"),
        ("{method: sobol, groups: {a: []}}", ".a", "at least 1"),
        ("{method: sobol, groups: theme}", "groups", "theme"),
        ("{method: sobol, by: week}", "", "Allowed: payer, year"),
        ("{method: sobol, by: payer, perspectives: [municipal]}", "[0]", "'municipal' has one payer"),
    ],
)
def test_what_a_sensitivity_analysis_cannot_do_is_told_at_its_place(
    study: StudyFolder, asked: str, place: str, expected: str
) -> None:
    study.patch("study.yaml", "{method: sobol, calculations: [controller], n: 64}", asked)
    problems = study.problems()
    assert len(problems) == 1, problems
    assert expected in problems[0].message
    assert problems[0].where.endswith(place)
    assert problems[0].line == 10


def test_choices_with_their_weights_are_read(study: StudyFolder) -> None:
    text = "{method: sobol, choices: {fade_form: {never: 0.25, slowly: 0.75}}, by: year}"
    study.patch("study.yaml", "{method: sobol, calculations: [controller], n: 64}", text)
    (asked,) = study.load().study.sensitivity
    assert asked.choices == {"fade_form": {"never": 0.25, "slowly": 0.75}}
    assert asked.by == "year"


def test_groups_are_read_and_methods_that_take_them_are_those_that_say_so(study: StudyFolder) -> None:
    old, before = "{method: sobol, calculations: [controller], n: 64}", study.load().key
    study.patch("study.yaml", old, "{method: sobol, choices: fade_form, groups: {a: [hr_work, fade_form]}}")
    (asked,) = study.load().study.sensitivity
    assert asked.groups == {"a": ("hr_work", "fade_form")}
    assert study.load().key != before
    assert set(GROUPED) == {name for name, make in METHODS.items() if traits_of(make()).allows_groups}


def test_what_says_nothing_new_leaves_the_key_of_a_study_as_it_was(study: StudyFolder) -> None:
    before = study.load().key
    study.patch(MODEL, "  cycles: 10\n", "  cycles: 10\n  cycle_length: 1\n")
    assert study.load().key == before
    study.patch(MODEL, "  cycle_length: 1\n", "  cycle_length: 2\n")
    assert study.load().key != before


def test_item_at_a_transition_that_no_state_has_is_refused(study: StudyFolder) -> None:
    study.patch(MODEL, "    training_course: {probability: 0.1}\n", "")
    study.patch(MODEL, "kind: resource, state: outside", "kind: resource, transition: any -> training_course")
    assert "no state has a transition to 'training_course'" in study.problem().message


def test_a_number_may_be_negative_and_a_ratio_may_not(study: StudyFolder) -> None:
    lasting = "value: 3, unit: years, theme: effect"
    study.patch(MODEL, lasting, "value: -3, unit: number, theme: effect")
    study.patch(MODEL, "exponential(half_life)", "exponential(-half_life)")
    study.patch(MODEL, "require: half_life", "require: -half_life")
    assert check(study.load()) == []
    study.patch(MODEL, "unit: number", "unit: ratio")
    assert "0 or more" in study.problem().message
