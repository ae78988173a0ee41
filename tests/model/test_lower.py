"""Tables and functions of the analyst as arithmetic of the graph."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

import engine
from engine.errors import RunError, SpecError
from engine.kernel.reference import evaluate
from engine.kernel.simulate import compile_program
from engine.model.compile import compile_model
from engine.model.hoist import Graph
from engine.model.lower import MOST_ROWS, Scope, TableRangeError
from engine.run.blocks import filled
from engine.spec.load import LoadedStudy
from engine.spec.tables import look_up
from tests.properties.slow_cohort import Slow

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL = "model.yaml"


def with_table(study: StudyFolder, rules: str, csv: str) -> LoadedStudy:
    study.patch(MODEL, "tables:\n", f"tables:\n  deaths: {{file: tables/deaths.csv, {rules}, source: labour_survey}}\n")
    study.write("tables/deaths.csv", csv)
    return study.load()


def lowered(study: LoadedStudy, text: str, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[bool]]:
    """An expression of the uncertain `x`, by cycle and draw, in kernel and slow twin alike; draws that break a rule."""
    graph = Graph(study.model.time.cycles)
    scope = Scope(graph, study.model, study.tables, {"x": graph.input(0)}, {})
    value = scope.lower(text)
    checks = [rule.condition for rule in scope.table_rules]
    program = graph.program(totals=[], yearly=[value], checks=checks, n_inputs=1)
    slow = evaluate(program, x[np.newaxis])
    block = filled(program, x[np.newaxis])
    compile_program(program)(block)
    fast = np.asarray(block.yearly)[0][..., : x.size]
    np.testing.assert_allclose(fast, slow.yearly[0], rtol=1e-13)
    return slow.yearly[0], [bool(s) for s in slow.status]


GRID = "age,year,p,q\n" + "".join(
    f"{a},{y},{math.sin(a + y):.6f},{math.cos(a * y):.6f}\n" for a in (20, 22.5, 30, 41) for y in (2020, 2026, 2030)
)


@pytest.mark.parametrize(("kind", "outside"), [("step", "hold"), ("linear", "hold"), ("linear", "extend")])
def test_an_uncertain_key_gives_what_the_table_has_in_every_draw_and_cycle(
    study: StudyFolder, kind: str, outside: str
) -> None:
    rules = f"key: [age, year], interpolation: {{age: {kind}, year: linear}}, outside: {{age: {outside}, year: hold}}"
    loaded = with_table(study, rules, GRID)
    x = np.concatenate([np.linspace(10, 50, 29), [20, 22.5, 30, 41]])
    values, broken = lowered(loaded, "deaths(x, year, q)", x)
    table = loaded.model.tables["deaths"]
    expected = [
        [
            look_up(loaded.tables["deaths"], "q", [age, 2023.0 + k], linear=table.linear, outside=table.beyond)
            for age in x.tolist()
        ]
        for k in range(loaded.model.time.cycles)
    ]
    np.testing.assert_allclose(values, np.array(expected, dtype=float), rtol=1e-12, atol=1e-13)
    assert not any(broken)


def test_linear_interpolation_by_an_uncertain_key_is_that_of_numpy(study: StudyFolder) -> None:
    ages, rates = [20.0, 30.0, 40.0], [0.001, 0.002, 0.004]
    study.patch(MODEL, "mortality: {file: tables/mortality.csv, key: age,",
                "mortality: {file: tables/mortality.csv, key: age, interpolation: linear,")  # fmt: skip
    x = np.linspace(0, 60, 61)
    values, _ = lowered(study.load(), "mortality(x + time, men)", x)
    for k, row in enumerate(values):
        np.testing.assert_allclose(row, np.interp(x + k, ages, rates), rtol=1e-12)


def test_a_draw_outside_a_table_that_ends_breaks_a_rule(study: StudyFolder) -> None:
    loaded = with_table(study, "key: age, interpolation: linear", "age,p\n20,1\n30,2\n")
    _, broken = lowered(loaded, "deaths(x, p)", np.array([19.999, 20.0, 25.0, 30.0, 30.001]))
    assert broken == [True, False, False, False, True]


def test_a_run_stops_at_a_draw_that_a_table_does_not_cover(study: StudyFolder) -> None:
    with_table(study, "key: ratio", "ratio,p\n1,0.1\n1.6,0.2\n")
    study.patch(MODEL, "training_course: {probability: 0.1}", 'training_course: {probability: "deaths(hr_work)"}')
    with pytest.raises(RunError, match=r"table 'deaths' covers ratio 1 to 1\.6"):
        engine.run_model(compile_model(study.load()))


def test_two_uncertain_keys_and_too_many_rows_are_refused(study: StudyFolder) -> None:
    loaded = with_table(study, "key: [age, year], outside: hold", GRID)
    with pytest.raises(TableRangeError, match="by age and year, which are uncertain"):
        lowered(loaded, "deaths(x, x, p)", np.array([1.0]))
    rows = "age,p\n" + "".join(f"{k},{k}\n" for k in range(MOST_ROWS + 1))
    study.write("tables/long.csv", rows)
    study.patch(MODEL, "  deaths:", "  long: {file: tables/long.csv, key: age, assumption: A}\n  deaths:")
    with pytest.raises(TableRangeError, match=rf"{MOST_ROWS + 1} values of age; at most {MOST_ROWS}"):
        lowered(study.load(), "long(x)", np.array([1.0]))


def test_a_table_by_several_keys_that_ends_too_early_is_told_with_its_key(study: StudyFolder) -> None:
    with_table(study, "key: [age, year], outside: {age: hold}", GRID.replace("2030", "2028"))
    study.patch(MODEL, "hazard: 0.1}", 'hazard: "abs(deaths(age, year, p))"}')
    with pytest.raises(SpecError, match="table 'deaths' covers year 2020 to 2028, but 2029 is asked for"):
        compile_model(study.load())


def test_a_function_and_the_formula_it_stands_for_give_the_same_numbers(study: StudyFolder) -> None:
    written = engine.point_npv(compile_model(study.load()), "controller")
    study.patch(MODEL, "tables:\n", "functions:\n  yearly: {label: F, arguments: [x, n], value: x * n}\ntables:\n")
    study.patch(MODEL, "value: benefit * 12}", 'value: "yearly(benefit, 12)"}')
    loaded = study.load()
    assert engine.point_npv(compile_model(loaded), "controller") == written


def test_a_model_with_tables_and_functions_gives_what_the_slow_implementation_gives(study: StudyFolder) -> None:
    """Which reads the file anew, narrows it down key by key, and binds arguments instead of writing functions out."""
    rates = "part,kind,age,q,p\n" + "".join(
        f"{part},{kind},{age},{(age * 7 + part * 3) % 1:.3f},{(age * 3 + part * 7) % 1:.3f}\n"
        for age in (20, 21.3, 24.8)
        for part in (1.1, 1.5, 1.9)
        for kind in ("low", "high")
    )
    study.write("tables/rates.csv", rates)
    study.patch(MODEL, "tables:\n", """\
functions:
  blend: {label: F, arguments: [one, other], value: weight(age) * one + (1 - weight(age)) * other}
  weight: {label: F, arguments: [years], value: "rates(years, high, hr_work, q) / 2"}
tables:
  rates: {file: tables/rates.csv, key: [age, kind, part], interpolation: linear, outside: hold, assumption: A}
""")  # fmt: skip
    study.patch(
        MODEL, "    outside: {hazard: 0.1}", '    outside: {hazard: "rates(age, low, hr_work, p) * blend(0.9, 0.2)"}'
    )
    loaded = study.load()
    model = compile_model(loaded)
    assert "hr_work" in model.inputs.names  # the key of a table is uncertain
    for calculation in ("controller", "consultant"):
        slow, fast = Slow(loaded, calculation).npv("coaching"), engine.point_npv(model, calculation)
        for party, value in slow.items():
            assert fast[party] == pytest.approx(value, rel=1e-9, abs=1e-6), (calculation, party)
