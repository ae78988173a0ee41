"""Findings made up by a small closed-form model, so that the report can be tested without running a study.

Nothing here is a fact. The figures are consistent among themselves: payers add up to perspectives, contributions to
differences, cash flows to NPV.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from itertools import combinations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from engine.results.description import (
    AssumptionEntry,
    AssumptionValue,
    CalculationEntry,
    ChangeEntry,
    Description,
    LawEntry,
    MoveEntry,
    Movement,
    Named,
    PerspectiveEntry,
    TableEntry,
)
from engine.results.findings import Findings
from engine.spec.tables import SourceRow
from engine.vocabulary import attributes

CYCLES = 49
DRAWS = 400
PATHS = 128
COST = 85_000.0

# name, label, long-run yearly saving for a full effect, share of it that is production (displacement bites there)
PAYERS = (
    ("municipality", "Municipality", 5_200.0, 0.25),
    ("region", "Region", 2_400.0, 0.2),
    ("social_insurance", "Social Insurance Agency", 3_100.0, 0.1),
    ("employment_service", "Public Employment Service", 400.0, 0.6),
    ("police_courts", "Police, prosecutors and courts", 700.0, 0.0),
    ("prison", "Prison and Probation Service", 1_600.0, 0.0),
    ("state_tax", "State taxes", 3_500.0, 1.0),
    ("individual", "Participant", 5_300.0, 0.9),
    ("victims", "Victims of crime", 900.0, 0.0),
)
PUBLIC = tuple(p[0] for p in PAYERS[:7])
PERSPECTIVES = (
    PerspectiveEntry("municipality_budget", "Municipality's own budget", ("municipality",)),
    PerspectiveEntry("public_sector", "Public sector", PUBLIC),
    PerspectiveEntry("society", "Society", tuple(p[0] for p in PAYERS)),
)
STATES = (
    ("in_education", "In education"),
    ("employed", "Employed"),
    ("short_unemployment", "Short-term unemployed"),
    ("long_unemployment", "Long-term unemployed"),
    ("outside", "Outside work and study"),
    ("assistance", "On social assistance"),
    ("misuse", "Substance abuse"),
    ("custody", "In custody"),
    ("pension", "Sick leave or disability pension"),
    ("dead", "Dead"),
)
THEMES = {
    "effect": "Effect of the programme",
    "counterfactual": "What would have happened anyway",
    "prices": "Prices and costs",
    "time": "Time",
    "scope": "Whose costs are counted",
}
CALCULATIONS = (
    ("director", "Finance director", "Finance director of the municipality, cautious", "municipality_budget"),
    ("consultant", "Consultant", "Consultant with a full-society view", "society"),
    ("researcher", "Researcher", "Researcher at a university", "society"),
    ("standard_tool", "Standard tool", "National standard tool for municipalities", "public_sector"),
)
WHYS = {
    "director": "I can only spend what leaves my own budget in this plan period.",
    "consultant": "A life outside costs everybody for decades; that is what is at stake.",
    "researcher": "Effects shrink and fade, and a job taken is partly a job lost by another.",
    "standard_tool": "Local staff need one simple, equal way to split it on items.",
}
# name, label, unit, theme, values by calculation
ASSUMPTIONS = (
    ("horizon", "Years within which costs are counted", "years", "time", (5.0, 49.0, 49.0, 10.0)),
    ("discount_rate", "Real discount rate", "rate/year", "time", (0.0125, 0.02, 0.035, 0.03)),
    ("shrink", "Share of the trial's effect that is believed", "ratio", "effect", (0.5, 1.0, 0.4, 1.0)),
    ("half_life", "Half-life of the effect", "years", "effect", (2.0, 1000.0, 4.0, 5.0)),
    ("deadweight", "Share that would have managed anyway", "share", "counterfactual", (0.3, 0.0, 0.0, 0.3)),
    ("displacement", "Share of jobs taken from somebody else", "share", "counterfactual", (0.0, 0.0, 0.3, 0.0)),
    ("tax_kept", "Share of municipal tax kept after equalisation", "share", "prices", (0.05, 1.0, 1.0, 1.0)),
    ("prison_margin", "Share of an average prison day that is avoidable", "share", "prices", (1.0, 1.0, 0.2, 1.0)),
    ("tax_factor", "Cost of raising a krona of tax", "ratio", "prices", (1.0, 1.0, 1.3, 1.0)),
)
NAMES = tuple(a[0] for a in ASSUMPTIONS)


def _movement(own: Callable[[str], str]) -> Movement:
    """Everybody may go to the next state or back; the coach acts on two moves, and a third gives way."""
    names = [n for n, _ in STATES]
    moves = []
    for i, (here, there) in enumerate(itertools.pairwise(names)):
        changes = (ChangeEntry("coach", own("Work"), "hazard_ratio", "hr ^ shrink", 2.0),) if i == 0 else ()
        moves.append(MoveEntry(here, there, "hazard", f"h_{i}", 0.2 / (i + 1) ** 2, changes))
        if there != "dead":
            back = (
                (ChangeEntry("coach", "", "difference", "-0.02", -0.02),)
                if i == 2
                else (ChangeEntry("coach", own("Work"), "complement", "", None),)
                if i == 3
                else ()
            )
            moves.append(
                MoveEntry(
                    there, here, "rest" if i == 4 else "probability", "" if i == 4 else f"p_{i}", 0.05 / (i + 1), back
                )
            )
    return Movement("consultant", 49.0, {"in_education": 0.6, "outside": 0.4}, tuple(moves))


def _flow(a: dict[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Yearly saving by payer (payer, cycle) for an effect of one, and the programme's cost by payer (payer,)."""
    t = np.arange(CYCLES, dtype=float)
    counted = t < a["horizon"]
    fade = 0.5 ** (t / a["half_life"])
    ramp = 1 - np.exp(-t / 4)
    gain = np.zeros((len(PAYERS), CYCLES))
    for i, (name, _, yearly, production) in enumerate(PAYERS):
        level = yearly * (1 - production * a["displacement"])
        if name == "municipality":
            level *= 1 - production * (1 - a["tax_kept"])
        if name == "prison":
            level *= a["prison_margin"]
        shape = ramp * (1.6 * np.exp(-t / 15) if name == "police_courts" else 1.0)
        if name == "individual":
            shape = ramp - 1.2 * np.exp(-t / 2)  # loses benefits before the pay comes
        gain[i] = level * shape * fade * a["shrink"] * (1 - a["deadweight"]) * 1.7 * counted
    cost = np.zeros(len(PAYERS))
    cost[0] = COST * a["tax_factor"]
    return gain, cost


def _discounted(a: dict[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gain, cost = _flow(a)
    return gain @ (1 + a["discount_rate"]) ** -np.arange(CYCLES), cost


def _members(party: int, perspective: str) -> NDArray[np.bool_]:
    """Payers counted by a party, in the order perspectives, payers, reported."""
    names = np.array([p[0] for p in PAYERS])
    if party < len(PERSPECTIVES):
        return np.isin(names, PERSPECTIVES[party].payers)
    if party < len(PERSPECTIVES) + len(PAYERS):
        return np.arange(len(names)) == party - len(PERSPECTIVES)
    return np.isin(names, next(p.payers for p in PERSPECTIVES if p.name == perspective))


PARTIES = (*(p.name for p in PERSPECTIVES), *(p[0] for p in PAYERS), "reported")
KINDS = ("perspective",) * len(PERSPECTIVES) + ("payer",) * len(PAYERS) + ("reported",)


def _assumptions_of(calculation: int) -> dict[str, float]:
    return {a[0]: a[4][calculation] for a in ASSUMPTIONS}


def _text(value: float, unit: str) -> str:
    if unit in ("share", "rate/year"):
        return f"{100 * value:g} %"
    if value >= 1000:
        return "no fade-out"
    return f"{value:g}"


def make_description(*, hostile: str = "") -> Description:
    """Labels, assumptions and sources; `hostile` text is put into every place that a user writes."""

    def own(text: str) -> str:
        return f"{hostile}{text}"

    names = [c[0] for c in CALCULATIONS]
    entries = []
    for name, label, unit, theme, values in ASSUMPTIONS:
        default = AssumptionValue(own(_text(values[3], unit)), values[3], False, None, "fadehalf", None)
        by_calculation = {
            c: AssumptionValue(
                text=own(_text(v, unit)),
                point=v,
                own=v != values[3],
                why=own(f"Because {label.lower()} is judged so.") if v != values[3] else None,
                source="trial-2019" if v != values[3] and i % 2 else None,
                assumption=None if i % 2 else own("Own judgement."),
            )
            for i, (c, v) in enumerate(zip(names, values, strict=True))
        }
        entries.append(
            AssumptionEntry(name, own(label), "parameter", unit, None, theme, default, by_calculation, True, True)
        )
    same = AssumptionValue(
        own("gamma"),
        COST,
        False,
        None,
        "price-list",
        own("Rounded by hand."),
        law="gamma, mean 88 300, sd 8 000",
        mean=88_300.0,
        told=LawEntry("gamma", {"mean": "88\u00a0300", "sd": "8\u00a0000"}),
    )
    entries.append(
        AssumptionEntry(
            "cost_programme",
            own("Cost of a year with a coach"),
            "parameter",
            "SEK/participant",
            2023,
            "prices",
            same,
            dict.fromkeys(names, same),
            False,
            True,
        )
    )
    perspective = {
        c[0]: AssumptionValue(
            own(next(p.label for p in PERSPECTIVES if p.name == c[3])), None, True, own("My task."), None, None
        )
        for c in CALCULATIONS
    }
    entries.append(
        AssumptionEntry(
            "perspective",
            own("Whose costs are counted"),
            "perspective",
            "",
            None,
            "scope",
            dataclasses.replace(perspective["consultant"], own=False),
            perspective,
            True,
            False,
        )
    )
    return Description(
        movement=_movement(own),
        study="synthetic",
        title=own("A coach for young people outside school and work"),
        question=own("Is a year with a coach for 16-year-olds at risk worth its cost, and for whom?"),
        headline="society",
        cohort=100,
        price_year=2023,
        start_age=16.0,
        start_year=2024,
        cycle_length=1.0,
        cycles=CYCLES,
        baseline=Named("usual", own("Support as usual")),
        interventions=(Named("coach", own("A coach for one year")),),
        payers=tuple(Named(p[0], own(p[1])) for p in PAYERS),
        perspectives=tuple(dataclasses.replace(p, label=own(p.label)) for p in PERSPECTIVES),
        states=tuple(Named(n, own(label)) for n, label in STATES),
        themes={k: own(v) for k, v in THEMES.items()},
        calculations=tuple(
            CalculationEntry(n, own(label), own(role), own(WHYS[n]), p, own("My task decides whose costs I count."))
            for n, label, role, p in CALCULATIONS
        ),
        assumptions=tuple(entries),
        sources=(
            SourceRow(
                "trial-2019",
                own("Ratio of hazards of finding work"),
                "ratio",
                "2.0",
                "1.2",
                "3.3",
                "",
                own("An institute"),
                own("A made-up trial"),
                "2019",
                "https://example.org/trial?a=1&b=2",
                "A",
            ),
            SourceRow(
                "fadehalf",
                own("Half-life of effects"),
                "years",
                "4",
                "1.5",
                "12",
                "",
                own("A university"),
                own("A made-up review"),
                "2020",
                "http://example.org/plain",
                "B",
            ),
            SourceRow(
                "price-list",
                own("Cost of a coach"),
                "SEK/participant",
                "85000",
                "",
                "",
                "2023",
                own("A municipality"),
                own("A made-up price list"),
                "2023",
                "javascript:alert(1)",
                "C",
            ),
        ),
        tables=(
            TableEntry("rates", "rates.csv", "trial-2019", None),
            TableEntry("shares", "shares.csv", None, own("Guessed.")),
        ),
        caveat=own("Nothing here says that the coach works."),
    )


def _results(effects: NDArray[np.float64], description: Description) -> xr.Dataset:
    calculations = [c[0] for c in CALCULATIONS]
    k, p, y = len(calculations), len(PAYERS), len(PARTIES)
    flow = np.zeros((k, 1, p, CYCLES))
    npv = np.zeros((k, 1, y, DRAWS))
    ratio = np.full((k, 1, y, DRAWS), np.nan)
    payback = np.zeros((k, 1, y, DRAWS))
    saving = np.zeros((k, 1, y, PATHS, CYCLES + 1))
    programme = np.zeros((k, 1, y, DRAWS))
    cost = np.zeros((k, 2, p, DRAWS))
    for i, calculation in enumerate(CALCULATIONS):
        a = _assumptions_of(i)
        gain, price = _flow(a)
        value, _ = _discounted(a)
        flow[i, 0] = gain * effects.mean()
        flow[i, 0, :, 0] -= price
        cost[i, 0] = 20 * np.abs(value)[:, None] + 1e4
        cost[i, 1] = cost[i, 0] - value[:, None] * effects + price[:, None]
        for j in range(y):
            who = _members(j, calculation[3])
            npv[i, 0, j] = value[who].sum() * effects - price[who].sum()
            programme[i, 0, j] = price[who].sum()
            if price[who].sum() > 0:
                ratio[i, 0, j] = 1 + npv[i, 0, j] / price[who].sum()
            path = np.cumsum(gain[who].sum(axis=0)) * effects[:, None] - price[who].sum()  # (draw, cycle)
            saving[i, 0, j, :, 1:] = path[:PATHS]
            negative = path < 0
            last = np.where(negative.any(axis=1), CYCLES - np.argmax(negative[:, ::-1], axis=1), 0)
            payback[i, 0, j] = np.where(last >= min(a["horizon"], CYCLES), np.inf, last)
            if not np.any(path):
                payback[i, 0, j] = np.nan  # nothing is ever paid nor saved
    t = np.arange(CYCLES + 1)
    occupancy = np.zeros((k, 2, len(STATES), CYCLES + 1))
    speed = np.array([0.25, 0.0, 0.1, 0.06, 0.08, 0.05, 0.02, 0.01, 0.02, 0.004])
    for s in range(len(STATES)):
        rise = speed[s] * (1 - np.exp(-t / (3 + s))) * np.exp(-t / 60) if s else np.exp(-t / 3)
        occupancy[:, 0, s] = rise
        occupancy[:, 1, s] = rise * (1 - (0.3 * np.exp(-t / 20) if 1 < s < 9 else 0.0))
    occupancy[:, :, 1] = 0
    occupancy[:, :, 1] = 1 - occupancy.sum(axis=2)
    status = np.zeros((k, DRAWS), dtype=np.int64)
    later = np.where(payback > 0, payback * 1.25, payback)  # discounting puts it off
    data = {
        "cost": (("calculation", "course", "payer", "draw"), cost),
        "npv": (("calculation", "strategy", "party", "draw"), npv),
        "programme_cost": (("calculation", "strategy", "party", "draw"), programme),
        "benefit_cost_ratio": (("calculation", "strategy", "party", "draw"), ratio),
        "payback_year": (("calculation", "strategy", "party", "draw"), payback),
        "payback_year_discounted": (("calculation", "strategy", "party", "draw"), later),
        "status": (("calculation", "draw"), status),
        "mean_cash_flow": (("calculation", "strategy", "payer", "cycle"), flow),
        "mean_occupancy": (("calculation", "course", "state", "time_point"), occupancy),
        "cumulative_saving": (("calculation", "strategy", "party", "path", "time_point"), saving),
        "horizon": (("calculation",), np.array([_assumptions_of(i)["horizon"] for i in range(k)])),
    }
    return xr.Dataset(
        {name: (dims, values, attributes(name)) for name, (dims, values) in data.items()},
        coords={
            "calculation": calculations,
            "strategy": [s.name for s in description.interventions],
            "course": [description.baseline.name, *(s.name for s in description.interventions)],
            "payer": [x[0] for x in PAYERS],
            "party": list(PARTIES),
            "party_kind": ("party", list(KINDS)),
            "state": [s[0] for s in STATES],
            "time": ("cycle", np.arange(CYCLES, dtype=float)),
            "time_at": ("time_point", t.astype(float)),
        },
        attrs={
            "study": description.study,
            "key": "0123456789ab",
            "seed": 1,
            "draws": DRAWS,
            "design": "sobol",
            "replicates": 16,
            "description": description.to_json(),
        },
    )


def _summary(results: xr.Dataset) -> xr.Dataset:
    npv = results["npv"]
    payback = results["payback_year"]
    summary = {
        "mean": npv.mean("draw"),
        "mcse": npv.std("draw", ddof=1) / np.sqrt(DRAWS),
        "sd": npv.std("draw", ddof=1),
        "npv_quantile": npv.quantile([0.05, 0.5, 0.95], dim="draw"),
        "p_positive": (npv > 0).mean("draw"),
        "median_payback_year": xr.DataArray(
            np.quantile(payback.values, 0.5, axis=-1, method="inverted_cdf"), dims=payback.dims[:-1]
        ),
        "p_payback": np.isfinite(payback).mean("draw"),
        "median_benefit_cost_ratio": results["benefit_cost_ratio"].median("draw"),
    }
    dataset = xr.Dataset(summary)
    for name in dataset.data_vars:
        dataset[name].attrs = attributes(str(name))
    return dataset.assign_coords(party_kind=("party", list(KINDS)))


def _differences(mean_effect: float) -> xr.Dataset:
    """Exact contributions of the closed-form model, by enumerating all hybrids of each pair."""
    pairs = list(combinations(range(len(CALCULATIONS)), 2))
    names = (*NAMES, "perspective")
    shape = (len(pairs), len(PARTIES), len(names))
    out = {v: np.zeros(shape) for v in ("shapley", "shapley_se", "alone", "total", "min_step", "max_step")}
    gap = np.zeros(shape[:2])
    base = np.zeros(shape[:2])
    differs = np.zeros((len(pairs), len(names)), dtype=bool)
    factorial = np.cumprod([1.0, *range(1, 13)])
    for i, (a, b) in enumerate(pairs):
        first, second = _assumptions_of(a), _assumptions_of(b)
        groups = [n for n in names if n != "perspective" and first[n] != second[n]]
        if CALCULATIONS[a][3] != CALCULATIONS[b][3]:
            groups.append("perspective")
        g = len(groups)
        value = np.zeros((2**g, len(PARTIES)))
        for subset in range(2**g):
            taken = {n for j, n in enumerate(groups) if subset >> j & 1}
            mixed = {n: (second if n in taken else first)[n] for n in NAMES}
            gain, cost = _discounted(mixed)
            payer = gain * mean_effect - cost
            perspective = CALCULATIONS[b if "perspective" in taken else a][3]
            value[subset] = [payer[_members(j, perspective)].sum() for j in range(len(PARTIES))]
        for j, name in enumerate(groups):
            column = names.index(name)
            differs[i, column] = True
            without = [s for s in range(2**g) if not s >> j & 1]
            steps = np.array([value[s | 1 << j] - value[s] for s in without])  # (subset, party)
            size = np.array([bin(s).count("1") for s in without])
            weight = factorial[size] * factorial[g - 1 - size] / factorial[g]
            out["shapley"][i, :, column] = weight @ steps
            out["alone"][i, :, column] = steps[0]
            out["total"][i, :, column] = steps[-1]
            out["min_step"][i, :, column] = steps.min(axis=0)
            out["max_step"][i, :, column] = steps.max(axis=0)
        gap[i] = value[-1] - value[0]
        base[i] = value[0]
    themes = {a[0]: a[3] for a in ASSUMPTIONS} | {"perspective": "scope"}
    labels = {a[0]: a[1] for a in ASSUMPTIONS} | {"perspective": "Whose costs are counted"}
    ids = [c[0] for c in CALCULATIONS]
    dims = ("pair", "party", "assumption")
    return xr.Dataset(
        {
            **{v: (dims, x, attributes(v)) for v, x in out.items()},
            "gap": (dims[:2], gap, attributes("gap")),
            "gap_se": (dims[:2], np.abs(gap) * 0.004 + 60, attributes("gap_se")),
            "from_npv": (dims[:2], base, attributes("from_npv")),
            "exact": ("pair", np.ones(len(pairs)), attributes("exact")),
        },
        coords={
            "pair": [f"{ids[a]} -> {ids[b]}" for a, b in pairs],
            "draws_used": ("pair", [64] * len(pairs)),
            "pair_from": ("pair", [ids[a] for a, _ in pairs]),
            "pair_to": ("pair", [ids[b] for _, b in pairs]),
            "party": list(PARTIES),
            "assumption": list(names),
            "theme": ("assumption", [themes[n] for n in names]),
            "label": ("assumption", [labels[n] for n in names]),
            "differs": (("pair", "assumption"), differs),
        },
        attrs={"draws": DRAWS, "strategy": "coach"},
    )


def _sensitivity() -> tuple[xr.Dataset, ...]:
    rng = np.random.default_rng(7)
    names = [f"parameter_{i}" for i in range(14)]
    labels = [
        "Hazard ratio of leaving unemployment for work",
        "Hazard ratio of entering substance abuse",
        "Cost of a year with a coach",
        "Share who take part",
        "Cost of a year of social assistance",
        "Cost of a year in custody",
        "Probability of leaving outside without help, by age and region of the county, in per cent",
        *(f"Unit cost number {i}" for i in range(1, 8)),
    ]
    weight = np.sort(rng.dirichlet(np.full(14, 0.5)))[::-1]
    found = []
    for i, calculation in enumerate(CALCULATIONS):
        gain, cost = _discounted(_assumptions_of(i))
        base = float(gain.sum() - cost.sum())
        spread = 1.6 * float(gain.sum())
        common = {"calculation": calculation[0], "party": "society", "strategy": "coach", "outcome": "npv", "n": 1024}
        coords = {"parameter": names, "label": ("parameter", labels)}
        sign = np.where(np.arange(14) % 3 == 0, 1.0, -0.6)
        half = spread * np.sqrt(weight) * 0.4
        found.append(
            xr.Dataset(
                {
                    "low_outcome": ("parameter", base - sign * half * 0.8),
                    "high_outcome": ("parameter", base + sign * half),
                    "low_value": ("parameter", np.linspace(0.2, 90_000, 14) * 0.7),
                    "high_value": ("parameter", np.linspace(0.2, 90_000, 14) * 1.5),
                    "base_outcome": ((), base),
                },
                coords=coords,
                attrs={**common, "method": "oneway", "runs": 29},
            )
        )
        pair = np.full((14, 14), np.nan)
        upper = np.triu_indices(14, 1)
        pair[upper] = rng.normal(0, 0.01, upper[0].size)
        pair[0, 1] = 0.06
        found.append(
            xr.Dataset(
                {
                    "S1": ("parameter", weight * 0.9 - 0.004),
                    "S1_conf": ("parameter", 0.01 + 0.05 * weight),
                    "ST": ("parameter", weight * 1.05 + 0.002),
                    "ST_conf": ("parameter", 0.01 + 0.04 * weight),
                    "S2": (("parameter", "parameter_2"), pair),
                    "S2_conf": (("parameter", "parameter_2"), np.where(np.isnan(pair), np.nan, 0.02)),
                },
                coords={**coords, "parameter_2": names},
                attrs={**common, "method": "sobol", "runs": 1024 * 30},
            )
        )
        found.append(
            xr.Dataset(
                {
                    "mu": ("parameter", sign * half * 2),
                    "mu_star": ("parameter", half * 2),
                    "mu_star_conf": ("parameter", half * 0.2),
                    "sigma": ("parameter", half * 0.7),
                },
                coords=coords,
                attrs={**common, "method": "morris", "n": 32, "runs": 32 * 15},
            )
        )
    return tuple(found)


def make_findings(*, hostile: str = "") -> Findings:
    """Everything a report needs, always the same."""
    description = make_description(hostile=hostile)
    rng = np.random.default_rng(2024)
    effects = np.clip(rng.normal(1.0, 0.45, DRAWS), -0.5, None)
    effects += 1.0 - effects.mean()
    results = _results(effects, description)
    differences = _differences(1.0)
    if hostile:
        differences = differences.assign_coords(
            label=("assumption", [f"{hostile}{x}" for x in differences["label"].values])
        )
    return Findings(
        description=description,
        results=results,
        summary=_summary(results),
        differences=(differences,),
        sensitivity=_sensitivity(),
        provenance={
            "study": "synthetic",
            "key": "0123456789ab",
            "seed": 1,
            "draws": DRAWS,
            "design": "sobol",
            "command": f"insats run configs/synthetic -n 400 --seed 1{hostile}",
            "versions": {"insats": "0.1.0", "python": "3.11.2", "numpy": "2.4.6"},
            "times": {"compile": 0.41, "simulate": 2.3, "differences": 1.25},
        },
    )
