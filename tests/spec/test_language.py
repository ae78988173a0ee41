"""Tables by several keys and functions of the analyst: how they are read, and every mistake with its place."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from engine.spec.evaluate import evaluate
from engine.spec.expressions import Call, ExpressionError, Name, Word, names_in, parse_expression, walk
from engine.spec.language import HIGHEST, MOST_PARTS, Body, Language

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL = "model.yaml"
FUNCTIONS = """\
functions:
  annuity: {label: Value of 1 a year, arguments: [interest, years], value: "(1 - (1 + interest) ^ -years) / interest"}
tables:
"""
DEATHS = """\
age,sex,rate,sd
20,woman,0.001,0.1
20,man,0.002,0.2
40,man,0.006,0.6
40,woman,0.003,0.3
"""


def with_functions(study: StudyFolder, functions: str = FUNCTIONS) -> None:
    study.patch(MODEL, "tables:\n", functions)


def with_deaths(study: StudyFolder, rules: str = "outside: hold", csv: str = DEATHS, key: str = "[age, sex]") -> None:
    table = f"  deaths: {{file: tables/deaths.csv, key: {key}, {rules}, source: labour_survey}}\n"
    study.patch(MODEL, "tables:\n", f"tables:\n{table}")
    study.write("tables/deaths.csv", csv)


def language(**bodies: tuple[tuple[str, ...], str]) -> Language:
    return Language({}, {n: Body(arguments, parse_expression(value)) for n, (arguments, value) in bodies.items()})


# ---------------------------------------------------------------- functions


def test_a_function_is_what_its_formula_says_of_its_arguments(study: StudyFolder) -> None:
    with_functions(study)
    study.patch(MODEL, "benefit * 12}", "'benefit * annuity(discount_rate, 2 * 5)'}")
    loaded = study.load()
    tree = loaded.language.tree("annuity(0.03, 10)")
    assert evaluate(tree, {}) == pytest.approx(sum(1.03**-k for k in range(1, 11)), rel=1e-13)
    assert names_in(loaded.language.tree(loaded.model.definitions["benefit_year"].value)) == {
        "benefit": 0,
        "discount_rate": 18,
    }


def test_arguments_keep_their_place_and_the_rest_stands_where_the_function_is_called() -> None:
    tree = language(twice=(("x",), "x + base * x")).tree("1 + twice(uptake)")
    assert names_in(tree) == {"uptake": 10, "base": 4}


def test_functions_may_use_functions_tables_and_names() -> None:
    own = language(square=(("x",), "x * x"), cube=(("x",), "x * square(x)"))
    tree = own.tree("cube(2 + a)")
    assert evaluate(tree, {"a": 1.0}) == 27.0
    assert not any(isinstance(node, Call) for node in walk(tree))


def test_an_argument_means_nothing_outside_its_function() -> None:
    own = language(inner=(("x",), "x + 1"), outer=(("y",), "inner(y) * x"))
    assert set(names_in(own.tree("outer(a)"))) == {"a", "x"}  # this x is a name of the model, not inner's argument


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        ({f"f{k}": (("x",), f"f{k + 1}(x) + f{k + 1}(x)") for k in range(40)} | {"f40": (("x",), "x")}, "f0(1)"),
        ({f"f{k}": (("x",), f"f{k + 1}(x * x)") for k in range(40)} | {"f40": (("x",), "x")}, "f0(a + b)"),
        (
            {f"f{k}": (("x",), "+".join(["1"] * 200) + f"+f{k + 1}(x)") for k in range(40)} | {"f40": (("x",), "x")},
            "f0(1)",
        ),
        ({f"f{k}": (("x",), f"f{k + 1}(x)" + "+1" * 200) for k in range(40)} | {"f40": (("x",), "x")}, "f0(1)"),
    ],
)
def test_functions_that_unfold_without_end_are_stopped_early(
    bodies: dict[str, tuple[tuple[str, ...], str]], text: str
) -> None:
    with pytest.raises(ExpressionError, match="written out"):
        language(**bodies).tree(text)


def test_the_largest_tree_can_be_walked_recursively() -> None:
    own = language(long=(("x",), "+".join(["x"] * 240)))
    tree = own.tree("long(-(-(-(-(-(2))))))")
    assert len(list(walk(tree))) <= MOST_PARTS
    assert evaluate(tree, {}) == -480.0
    assert HIGHEST == 300


@pytest.mark.parametrize(
    ("old", "new", "points_at", "message"),
    [
        ("years], value", "years, coach], value", "coach]", "'coach' is a parameter already"),
        ("years], value", "years, age], value", "age]", "'age' is the clock of the model already"),
        ("years], value", "years, years], value", "years], value", "'years' stands twice"),
        ("years], value", "years, spare], value", "spare]", "`value` does not use 'spare'"),
        ('/ interest"}', '/ intrest"}', "intrest", "unknown name 'intrest'. Did you mean 'interest'?"),
        ('/ interest"}', '/ (interest"}', "(interest", "this bracket is never closed"),
        ('/ interest"}', '/ annuity(interest, years)"}', "annuity(", "circular definition: annuity -> annuity"),
        ("[interest, years]", "[]", "arguments: []", "needs at least 1 entry"),
        ("  annuity:", "  log:", "log:", "'log' is a function already"),
        ("  annuity:", "  coach:", "coach:", "'coach' stands under `parameters` too"),
        ('"(1 - (1', '"1 < (1 - (1', "< (1", "a number is needed here, and this is a condition"),
    ],
)
def test_a_mistake_in_a_function_is_told_where_it_stands(
    study: StudyFolder, old: str, new: str, points_at: str, message: str
) -> None:
    with_functions(study)
    study.patch(MODEL, old, new)
    problem = study.problem()
    assert message in problem.message
    assert study.text(MODEL).split("\n")[problem.line - 1][problem.column - 1 :].startswith(points_at)


@pytest.mark.parametrize(
    ("call", "at", "message"),
    [
        ("annuity(discount_rate)", 0, "annuity takes 2 arguments, not 1: annuity(interest, years)"),
        ("1 + annuity", 4, "'annuity' is a function; write annuity(interest, years)"),
        ("annuity(discount_rate, age < 3)", 27, "a number is needed as `years` of annuity"),
        ("annuty(discount_rate, 10)", 0, "unknown function or table 'annuty'. Did you mean 'annuity'?"),
        ("interest", 0, "unknown name 'interest'"),
    ],
)
def test_a_wrong_call_is_told_where_it_is_made(study: StudyFolder, call: str, at: int, message: str) -> None:
    with_functions(study)
    study.patch(MODEL, "value: benefit * 12}", f"value: '{call}'}}")
    found = [p for p in study.problems() if "benefit_year" in p.where]
    assert len(found) == 1
    assert message in found[0].message
    assert study.text(MODEL).split("\n")[found[0].line - 1][found[0].column - 1 :].startswith(call[at:])


def test_a_circle_through_functions_and_definitions_is_found(study: StudyFolder) -> None:
    with_functions(study, "functions:\n  f: {label: F, arguments: [x], value: x * benefit_year}\ntables:\n")
    study.patch(MODEL, "benefit * 12}", "benefit * f(12)}")
    problem = study.problem()
    assert problem.message.startswith("circular definition: benefit_year -> f -> benefit_year")


def test_what_follows_the_clock_inside_a_function_is_refused_where_time_stands_still(study: StudyFolder) -> None:
    with_functions(study, "functions:\n  older: {label: F, arguments: [x], value: x + age}\ntables:\n")
    study.patch(MODEL, "  horizon: horizon\n", "  horizon: older(horizon)\n")
    problem = study.problem()
    assert "'older' (older -> age) changes over time" in problem.message
    assert problem.where == "time.horizon"


def test_a_function_that_unfolds_too_far_is_told_where_it_is_called(study: StudyFolder) -> None:
    lines = [f"  f{k}: {{label: F, arguments: [x], value: f{k + 1}(x) + f{k + 1}(x)}}" for k in range(20)]
    lines.append("  f20: {label: F, arguments: [x], value: x}")
    with_functions(study, "functions:\n" + "\n".join(lines) + "\ntables:\n")
    study.patch(MODEL, "benefit * 12}", "f0(benefit)}")
    assert "definitions.benefit_year.value" in {p.where for p in study.problems() if "written out" in p.message}


def test_a_calculation_cannot_set_a_function(study: StudyFolder) -> None:
    with_functions(study)
    study.patch("calculations/controller.yaml", "assumptions:\n", "assumptions:\n  annuity: {value: 1, why: Me.}\n")
    assert "'annuity' is a function" in study.problem().message


def test_a_parameter_used_only_inside_a_function_counts_as_used(study: StudyFolder) -> None:
    with_functions(study, "functions:\n  yearly: {label: F, arguments: [x], value: x * benefit}\ntables:\n")
    study.patch(MODEL, "benefit * 12}", "yearly(12)}")
    assert "benefit" in study.load().model.parameters


# ---------------------------------------------------------------- tables by several keys


def at(study: StudyFolder, text: str, **names: float) -> float | None:
    loaded = study.load()
    return evaluate(loaded.language.tree(text), names, loaded)


def test_words_and_numbers_look_a_table_up_together(study: StudyFolder) -> None:
    with_deaths(study)
    assert at(study, "deaths(45, man, rate) + deaths(age, woman, sd)", age=20.0) == 0.006 + 0.1
    tree = study.load().language.tree("deaths(age, woman, rate)")
    assert isinstance(tree, Call)
    assert tree.arguments == (Name("age"), Word("woman"), Word("rate"))


def test_lines_between_ages_and_steps_between_years_are_chosen_key_by_key(study: StudyFolder) -> None:
    csv = "age,year,p\n" + "".join(f"{a},{y},{a * 1000 + y}\n" for a in (20, 40) for y in (2020, 2025, 2030))
    with_deaths(study, "interpolation: {age: linear}, outside: {age: extend, year: hold}", csv, "[age, year]")
    for age, year in ((20, 2020), (27, 2024), (40, 2031), (50, 2019), (10, 2027)):
        step = max(y for y in (2020, 2025, 2030) if y <= max(year, 2020))
        assert at(study, f"deaths({age}, {year})") == pytest.approx(age * 1000 + step, rel=1e-14)


def test_interpolation_along_several_keys_is_exact_for_a_product_of_lines(study: StudyFolder) -> None:
    """Multilinear interpolation leaves any sum of products of the keys unchanged: an identity, not our own formula."""

    def surface(a: float, b: float, c: float) -> float:
        return 1 + 2 * a - b + 3 * c + a * b - 2 * a * c + b * c - 0.5 * a * b * c

    grid = [(a, b, c) for a in (0.0, 1.0, 4.0) for b in (2.0, 3.0) for c in (-1.0, 0.5, 2.0)]
    csv = "a,b,c,value\n" + "".join(f"{a},{b},{c},{surface(a, b, c)!r}\n" for a, b, c in reversed(grid))
    with_deaths(study, "interpolation: linear, outside: extend", csv, "[a, b, c]")
    loaded = study.load()
    tree = loaded.language.tree("deaths(x, y, z)")
    for x, y, z in ((0.3, 2.2, 0.1), (4.0, 3.0, 2.0), (3.9, 2.0, -1.0), (7.0, 9.0, -4.0), (-2.0, 1.0, 1.0)):
        found = evaluate(tree, {"x": x, "y": y, "z": z}, loaded)
        assert found == pytest.approx(surface(x, y, z), rel=1e-12, abs=1e-12)


def test_a_single_key_may_be_a_word(study: StudyFolder) -> None:
    with_deaths(study, "assumption: A", "sex,p\nwoman,1\nman,2\n", "sex")
    assert at(study, "deaths(man)") == 2.0
    assert at(study, "deaths(woman, p)") == 1.0


def test_a_column_of_the_same_name_as_a_parameter_stays_a_column(study: StudyFolder) -> None:
    with_deaths(study, csv=DEATHS.replace("rate", "coach").replace("woman", "benefit"))
    loaded = study.load()
    assert names_in(loaded.language.tree("deaths(age, benefit, coach)")) == {"age": 7}


@pytest.mark.parametrize(
    ("rules", "csv", "key", "place", "message"),
    [
        ("outside: hold", DEATHS.replace("40,man,0.006,0.6\n", ""), "[age, sex]", "4:0",
         "no row for age 40, sex man; it would come after line 4"),
        ("outside: hold", DEATHS + "20,man,1,1\n", "[age, sex]", "6:1", "age 20, sex man stands here and in line 3"),
        ("outside: hold", DEATHS.replace("40,man", "40,1"), "[age, sex]", "2:4", "sex: 'woman' is"),
        ("outside: hold", DEATHS.replace("20,man", "20,män"), "[age, sex]", "3:4", "sex: 'män' cannot be looked up"),
        ("outside: hold", DEATHS.replace("20,man", "20,not"), "[age, sex]", "3:4", "sex: 'not' cannot be looked up"),
        ("outside: hold", DEATHS.replace("20,man,0.002", "20,man,0.002x"), "[age, sex]", "3:8", "rate: '0.002x'"),
        ("outside: hold", DEATHS, "[age, gender]", "1:1", "no column 'gender', which is a `key` of the table"),
        ("outside: hold", "age,sex\n1,man\n", "[age, sex]", "1:1", "only the key columns age, sex"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_table_by_several_keys_is_told_with_its_line(
    study: StudyFolder, rules: str, csv: str, key: str, place: str, message: str
) -> None:
    with_deaths(study, rules, csv, key)
    problem = study.problems()[0]
    assert message in problem.message
    assert f"{problem.line}:{problem.column}" == place
    assert problem.path.endswith("deaths.csv")


@pytest.mark.parametrize(
    ("rules", "where", "message"),
    [
        ("interpolation: {sex: linear}", "interpolation.sex", "looked up by a word"),
        ("interpolation: {agge: linear}", "interpolation.agge", "no key 'agge'; did you mean 'age'"),
        ("outside: {sex: hold}", "outside.sex", "looked up by a word"),
        ("outside: extend", "outside", "age has steps; write `interpolation: linear`, or `hold`"),
        ("interpolation: linear, outside: {age: extnd}", "outside.age", "did you mean 'extend'"),
        ("interpolation: lineal", "interpolation", "did you mean 'linear'"),
        ("interpolation: 3", "interpolation", "the number 3"),
    ],
)
def test_rules_that_make_no_sense_are_told_at_the_rule(
    study: StudyFolder, rules: str, where: str, message: str
) -> None:
    with_deaths(study, rules)
    problem = study.problem()
    assert problem.where == f"tables.deaths.{where}"
    assert message in problem.message


@pytest.mark.parametrize(
    ("key", "where", "message"),
    [
        ("[age, age]", "tables.deaths", "'age' stands twice"),
        ("[]", "tables.deaths.key", "needs at least 1 entry"),
        ("[a, b, c, d, e, f, g]", "tables.deaths.key", "at most 6 entries"),
    ],
)
def test_keys_that_cannot_be_are_told_at_the_key(study: StudyFolder, key: str, where: str, message: str) -> None:
    with_deaths(study, key=key)
    found = [p for p in study.problems() if p.where == where]
    assert len(found) == 1
    assert message in found[0].message


@pytest.mark.parametrize(
    ("call", "points_at", "message"),
    [
        ("deaths(age, woman)", "deaths", "has the columns rate, sd; say which: deaths(age, woman, rate)"),
        ("deaths(age)", "deaths", "takes 2 keys (age, sex) and, where there are several, a column"),
        ("deaths(age, women, rate)", "women", "table deaths has no sex 'women'. Did you mean 'woman'?"),
        ("deaths(age, 1, rate)", "1", "sex of table deaths is a word, one of woman, man"),
        ("deaths(woman, age, rate)", "woman", "unknown name 'woman'"),
        ("deaths(age, woman, rat)", "rat)", "has no column 'rat'. Did you mean 'rate'?"),
        ("deaths", "deaths", "'deaths' is a table; write deaths(age, woman, rate)"),
    ],
)
def test_a_wrong_look_up_is_told_where_it_stands(study: StudyFolder, call: str, points_at: str, message: str) -> None:
    with_deaths(study)
    study.patch(MODEL, "value: benefit * 12}", f"value: '{call}'}}")
    found = study.problems()[0]
    assert message in found.message
    assert study.text(MODEL).split("\n")[found.line - 1][found.column - 1 :].startswith(points_at)


def test_a_sparse_file_with_very_many_combinations_is_refused_at_once(study: StudyFolder) -> None:
    csv = "a,b,c,d,e,f,v\n" + "".join(f"{k},{k},{k},{k},{k},{k},1\n" for k in range(3000))
    with_deaths(study, csv=csv, key="[a, b, c, d, e, f]")
    problems = study.problems()
    assert len(problems) <= 21
    assert "no row for a 0, b 0, c 0, d 0, e 0, f 1" in problems[0].message


def test_a_table_of_one_key_keeps_the_key_of_older_studies(study: StudyFolder) -> None:
    """The list form says the same as the plain one, and neither changes what a study is known by."""
    before = study.load().key
    study.patch(MODEL, "file: tables/mortality.csv, key: age", "file: tables/mortality.csv, key: [age]")
    loaded = study.load()
    assert loaded.tables["mortality"].key == (20.0, 30.0, 40.0)
    assert loaded.model.tables["mortality"].keys == ("age",)
    assert isinstance(before, str)
    assert math.isfinite(loaded.tables["mortality"].columns["men"][0])
