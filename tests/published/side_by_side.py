"""What is printed, what comes out by hand and what the engine gives, as the tables of README.md.

python -m tests.published.side_by_side            prints the tables
python -m tests.published.side_by_side --write    puts them into README.md
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.published import by_engine
from tests.published import hip_replacement_by_hand as hip
from tests.published import hiv_by_hand as hiv
from tests.published import sick_sicker_by_hand as sick
from tests.published import sick_sicker_time_by_hand as sick_time
from tests.published.as_printed import Table
from tests.published.cost_effectiveness import Array, Step, frontier, perfect_information

README = Path(__file__).with_name("README.md")
DRAWS = 8192
NAMES = {"standard_of_care": "standard of care", "a": "A", "b": "B", "ab": "AB"}


class Row(NamedTuple):
    quantity: str
    published: str
    by_hand: str
    engine: str


def shown(value: float, decimals: int) -> str:
    """With spaces between thousands."""
    return f"{value:,.{decimals}f}".replace(",", " ")


def compared(quantity: str, published: str, by_hand: float, by_engine: float, decimals: int) -> Row:
    return Row(quantity, published, shown(by_hand, decimals), shown(by_engine, decimals))


def mean(draws: Array, decimals: int) -> str:
    """With the standard error that independent draws have."""
    return f"{shown(draws.mean(), decimals)} ± {shown(draws.std(ddof=1) / np.sqrt(len(draws)), decimals)}"


def mean_by_engine(draws: Array, decimals: int) -> str:
    """With the standard error from 16 replicates."""
    error = float(np.std([draws[k::16].mean() for k in range(16)], ddof=1)) / 4
    places = max(decimals, -int(np.floor(np.log10(error)))) if error < 1 else 0
    return f"{shown(draws.mean(), decimals)} ± {shown(error, places)}"


def means(quantity: str, by_hand: Array, by_engine: Array, decimals: int, published: str = "not printed") -> Row:
    return Row(quantity, published, mean(by_hand, decimals), mean_by_engine(by_engine, decimals))


# ---------------------------------------------------------------- Sick-Sicker


def base_case(
    strategies: Sequence[str], printed: Table, hand: tuple[Array, Array], engine: tuple[Array, Array]
) -> list[Row]:
    """Costs, QALYs and increments of four strategies."""
    costs, qalys, increments = printed
    rows = []
    for k, s in enumerate(strategies):
        rows.append(compared(f"Cost, {NAMES[s]}", shown(costs[s], 0), hand[0][k, 0], engine[0][k, 0], 2))
    for k, s in enumerate(strategies):
        rows.append(compared(f"QALYs, {NAMES[s]}", shown(qalys[s], 3), hand[1][k, 0], engine[1][k, 0], 4))
    by_hand, by_engine = (steps(strategies, found) for found in (hand, engine))
    assert list(by_hand) == list(by_engine) == list(increments)
    for s, (cost, qaly, icer) in increments.items():
        one, other = by_hand[s], by_engine[s]
        rows += [
            compared(f"{NAMES[s]}: cost added", shown(cost, 0), one.cost, other.cost, 2),
            compared(f"{NAMES[s]}: QALYs added", shown(qaly, 3), one.effect, other.effect, 5),
            compared(f"{NAMES[s]}: ICER", shown(icer, 0), one.icer, other.icer, 2),
        ]
    return rows


def steps(strategies: Sequence[str], found: tuple[Array, Array]) -> dict[str, Step]:
    """Increments along the frontier, of means over draws."""
    costs, qalys = (dict(zip(strategies, x.mean(axis=1).tolist(), strict=True)) for x in found)
    return {step.strategy: step for step in frontier(costs, qalys)[1:]}


def over_draws(
    strategies: Sequence[str], hand: tuple[Array, Array], engine: tuple[Array, Array], best_from: Mapping[str, int]
) -> list[Row]:
    """Means over draws, and ICERs of means beside the thresholds from which a strategy is printed as best."""
    rows = [means(f"Mean cost, {NAMES[s]}", hand[0][k], engine[0][k], 0) for k, s in enumerate(strategies)]
    rows += [means(f"Mean QALYs, {NAMES[s]}", hand[1][k], engine[1][k], 3) for k, s in enumerate(strategies)]
    by_hand, by_engine = (steps(strategies, found) for found in (hand, engine))
    for s, step in by_hand.items():
        label = f"{NAMES[s]}: best from, in steps of 5 000; ICER of means"
        rows.append(compared(label, shown(best_from[s], 0), step.icer, by_engine[s].icer, 0))
    return rows


def sick_sicker() -> Iterator[Row]:
    point, draws = by_engine.point("sick_sicker", "code"), by_engine.run("sick_sicker")
    printed = (sick.COSTS, sick.QALYS, sick.INCREMENTS)
    yield from base_case(sick.STRATEGIES, printed, sick.totals(sick.point()), (point.cost, point.outcome["qaly"]))
    code = draws["code"]
    by_hand = sick.totals(sick.draw(DRAWS, 2023))
    yield from over_draws(sick.STRATEGIES, by_hand, (code.cost, code.outcome["qaly"]), sick.BEST_FROM)


def sick_sicker_time() -> Iterator[Row]:
    point, draws = by_engine.point("sick_sicker_time", "article"), by_engine.run("sick_sicker_time")["article"]
    printed = (sick_time.COSTS, sick_time.QALYS, sick_time.INCREMENTS)
    by_hand = sick_time.totals(sick_time.point())
    yield from base_case(sick.STRATEGIES, printed, by_hand, (point.cost, point.outcome["qaly"]))
    values = sick_time.draw(DRAWS, 2023)
    by_hand, engine = sick_time.totals(values), (draws.cost, draws.outcome["qaly"])
    yield from over_draws(sick.STRATEGIES, by_hand, engine, sick_time.BEST_FROM)
    years = sick_time.life_expectancy(values), draws.outcome["life_years"][0]
    low, high = sick_time.LIFE_EXPECTANCY_INTERVAL
    limits = [f"{np.percentile(x, 2.5):.2f}, {np.percentile(x, 97.5):.2f}" for x in years]
    yield means("Life expectancy, mean over draws", *years, 2, f"{sick_time.LIFE_EXPECTANCY}")
    yield Row("Life expectancy, 95 % of draws", f"{low}, {high}", *limits)
    label = "EVPI per person at 100 000, 1 000 draws in print"
    evpi = [perfect_information(*x, sick_time.EVPI_THRESHOLD)[0] for x in (by_hand, engine)]
    yield compared(label, shown(sick_time.EVPI, 0), *evpi, 0)


def sick_sicker_time_sick() -> Iterator[Row]:
    point = by_engine.point("sick_sicker_time", "time_sick")
    hand = sick_time.totals(sick_time.point(), residence=True)
    for k, s in enumerate(sick.STRATEGIES):
        yield compared(f"Cost, {NAMES[s]}", "not printed", hand[0][k, 0], point.cost[k, 0], 2)
    for k, s in enumerate(sick.STRATEGIES):
        yield compared(f"QALYs, {NAMES[s]}", "not printed", hand[1][k, 0], point.outcome["qaly"][k, 0], 5)
    by_hand, engine = (steps(sick.STRATEGIES, found) for found in (hand, (point.cost, point.outcome["qaly"])))
    for s in by_hand:
        yield compared(f"{NAMES[s]}: ICER", "not printed", by_hand[s].icer, engine[s].icer, 2)
    (years,) = sick_time.life_expectancy(sick_time.point(), residence=True)
    yield compared("Life expectancy", "not printed", years, point.outcome["life_years"][0, 0], 4)


def sick_sicker_working_paper() -> Iterator[Row]:
    point = by_engine.point("sick_sicker_time", "working_paper")
    printed = (sick_time.EARLIER_COSTS, sick_time.EARLIER_QALYS, sick_time.EARLIER_INCREMENTS)
    hand = sick_time.totals(sick_time.earlier_point())
    yield from base_case(sick.STRATEGIES, printed, hand, (point.cost, point.outcome["qaly"]))
    (years,) = sick_time.life_expectancy(sick_time.earlier_point())
    engine = point.outcome["life_years"][0, 0]
    yield compared("Life expectancy", f"{sick_time.EARLIER_LIFE_EXPECTANCY}", years, engine, 2)


# ---------------------------------------------------------------- the book's exercises


def hiv_rows() -> Iterator[Row]:
    hand, point = hiv.outcomes(hiv.point()), by_engine.point("hiv", "exercise_2_5")
    years = point.outcome["life_years"]
    therapies = {"mono": "monotherapy", "comb": "combination"}
    for k, (t, label) in enumerate(therapies.items()):
        yield compared(f"Cost, {label}", shown(hiv.COST[t], 7), hand[f"cost_{t}"][0], point.cost[k, 0], 7)
    for k, (t, label) in enumerate(therapies.items()):
        printed = shown(hiv.LIFE_YEARS[t], 7)
        yield compared(f"Life years, {label}", printed, hand[f"life_years_{t}"][0], years[k, 0], 7)
    icer = hand["cost_added"][0] / hand["life_years_gained"][0]
    by_engine_icer = (point.cost[1, 0] - point.cost[0, 0]) / (years[1, 0] - years[0, 0])
    yield compared("Cost per life year", f"{shown(hiv.ICER, 5)}; {shown(hiv.ICER_PRINTED, 0)}", icer, by_engine_icer, 5)
    hand, point = hiv.outcomes(hiv.point(), corrected=True), by_engine.point("hiv", "exercise_4_7")
    for k, (t, label) in enumerate(therapies.items()):
        printed, engine = str(hiv.LIFE_YEARS_CORRECTED[t]), point.outcome["life_years"][k, 0]
        yield compared(f"Life years by half cycles, {label}", printed, hand[f"life_years_{t}"][0], engine, 4)
    hand, draws = hiv.outcomes(hiv.draw(DRAWS, 1997), corrected=True), by_engine.run("hiv")["exercise_4_7"]
    years = draws.outcome["life_years"]
    found = {
        "life_years_mono": years[0],
        "life_years_comb": years[1],
        "life_years_gained": years[1] - years[0],
        "cost_mono": draws.cost[0],
        "cost_comb": draws.cost[1],
        "cost_added": draws.cost[1] - draws.cost[0],
    }
    for name, values in found.items():
        average, sd = hiv.SPREADSHEET[name]
        places = 3 if name.startswith("life") else 0
        label = name.replace("_", " ").replace("mono", "monotherapy").replace("comb", "combination")
        texts = [f"{shown(x.mean(), places)}, {shown(x.std(ddof=1), places)}" for x in (hand[name], values)]
        printed = f"{shown(average, places)}, {shown(sd, places)}"
        yield Row(f"Draws: {label}, mean and sd", printed, *texts)


def hip_replacement() -> Iterator[Row]:
    hand, point = hip.outcomes(hip.point()), by_engine.point("hip_replacement", "woman_60")
    qalys = point.outcome["qaly"]
    for k, p in enumerate(hip.PROSTHESIS):
        yield compared(f"Cost, {p}", shown(hip.COST[p], 6), hand[0][p][0], point.cost[k, 0], 6)
    for k, p in enumerate(hip.PROSTHESIS):
        places = 7 if p == "standard" else 8
        yield compared(f"QALYs, {p}", shown(hip.QALYS[p], places), hand[1][p][0], qalys[k, 0], places)

    def icer(costs: Array, effects: Array) -> float:
        return float((costs[1].mean() - costs[0].mean()) / (effects[1].mean() - effects[0].mean()))

    def both(found: dict[str, Array]) -> Array:
        return np.stack([found[p] for p in hip.PROSTHESIS])

    yield compared("ICER", shown(hip.ICER, 6), icer(both(hand[0]), both(hand[1])), icer(point.cost, qalys), 6)
    man, by_engine_man = hip.outcomes(hip.point(), male=True), by_engine.point("hip_replacement", "man_60")
    found = icer(both(man[0]), both(man[1])), icer(by_engine_man.cost, by_engine_man.outcome["qaly"])
    yield compared("ICER, man of 60", "not had", *found, 2)
    hand, draws = hip.outcomes(hip.draw(DRAWS, 2006)), by_engine.run("hip_replacement")["woman_60"]
    costs, qalys = (both(hand[0]), draws.cost), (both(hand[1]), draws.outcome["qaly"])
    for k, p in enumerate(hip.PROSTHESIS):
        yield means(f"Mean cost, {p}", costs[0][k], costs[1][k], 1, "not had")
    for k, p in enumerate(hip.PROSTHESIS):
        yield means(f"Mean QALYs, {p}", qalys[0][k], qalys[1][k], 3, "not had")
    yield means("Mean cost added", *(x[1] - x[0] for x in costs), 1, "not had")
    yield means("Mean QALYs added", *(x[1] - x[0] for x in qalys), 5, "not had")
    yield compared("ICER of means", "not had", icer(costs[0], qalys[0]), icer(costs[1], qalys[1]), 0)


TABLES: dict[str, Callable[[], Iterator[Row]]] = {
    "sick_sicker": sick_sicker,
    "sick_sicker_time": sick_sicker_time,
    "sick_sicker_time_sick": sick_sicker_time_sick,
    "sick_sicker_working_paper": sick_sicker_working_paper,
    "hiv": hiv_rows,
    "hip_replacement": hip_replacement,
}


def table(name: str) -> str:
    """In Markdown."""
    head = ["| Quantity | Published | By hand | Engine |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in TABLES[name]())])


def with_tables(text: str) -> str:
    """The README with every table between its marks made anew."""
    for name in TABLES:
        start, end = f"<!-- table {name} -->", f"<!-- end {name} -->"
        pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", flags=re.DOTALL)
        made = f"{start}\n\n{table(name)}\n\n{end}"
        text, n = pattern.subn(lambda _, made=made: made, text)
        assert n == 1, f"{n} places for the table {name}"
    return text


if __name__ == "__main__":
    if "--write" in sys.argv:
        README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print("\n\n".join(f"{name}\n\n{table(name)}" for name in TABLES))
