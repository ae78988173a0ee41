"""Studies drawn at random: valid models of 2 to 20 states with everything that the grammar allows."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from engine.spec.duration import read_years
from engine.spec.load import LoadedStudy, load_study

STRATEGY = "programme"
FILES = {
    "staying.csv": "years,left,kept\n0,1,1\n0.4,0.95,0.99\n2,0.7,0.9\n5.5,0.4,0.9\n",
    "risk.csv": "age,kind,p,q\n" + "".join(f"{a},{k},{a % 7 / 70},{a % 5 / 40}\n" for a in (18, 25, 60) for k in "xy"),
}
"""Tables of every study whose model names them."""
LENGTHS = (1.0, 0.5, 0.25, "1 month", "2 weeks", "1/3")


def shares(n: int) -> st.SearchStrategy[list[float]]:
    """n numbers of at least 0 that add up to less than 1."""
    return st.lists(st.integers(0, 50), min_size=n, max_size=n).map(lambda x: [v / (sum(x) + 20) for v in x])


def often(draw: st.DrawFn, one_in: int = 2) -> bool:
    """True in one of so many models."""
    return draw(st.integers(1, one_in)) == one_in


@st.composite
def rows(draw: st.DrawFn, states: list[str], *, continuous: bool, tunnels: bool) -> dict[str, Any]:
    """Transitions: hazards, probabilities, log odds, laws of times, and time in the state."""
    transitions: dict[str, Any] = {}
    for i, state in enumerate(states):
        others = [s for s in states if s != state]
        targets = draw(st.lists(st.sampled_from(others), unique=True, max_size=4))
        if not targets:
            continue
        by_logit = not continuous and often(draw, 4)
        likely = [p * 0.6 for p in draw(shares(len(targets)))]
        row: dict[str, Any] = {}
        for target, p in zip(targets, likely, strict=True):
            p = round(p, 6)
            if continuous or draw(st.booleans()):
                forms = [p, f"{p} * (1 + 0.1 * sqrt(time)) * base", f"more({p})", f"risk(age, y, p) * {p} + 0.01"]
                if tunnels:
                    forms += [f"{p} * (1 + 0.3 * time_in_state) * base", f"{p} * exp(-0.2 * time_in_state)"]
                written: dict[str, Any] = {"hazard": draw(st.sampled_from(forms[1 if i % 2 else 0 :]))}
                if tunnels and often(draw, 3):
                    laws = ["exponential(0.2)", "weibull(1.4, 6 * base)", "gompertz(0.06, 0.04 * base)"]
                    laws += ["log_logistic(1.7, 8)", "lognormal(1.5, 0.8 * base)", "survival(staying, left)"]
                    laws += ["weibull(0.8, 4 + age / 10)", "gompertz(-0.1, 0.1)"]
                    written = {"time_to_event": draw(st.sampled_from(laws))}
                row[target] = written
            elif by_logit:
                forms = [-2.5, "-3 + 0.02 * age", "-3 * base", *(["-2 - 0.1 * time_in_state"] if tunnels else [])]
                row[target] = {"logit": draw(st.sampled_from(forms))}
            else:
                forms = [p, f"{p} * where(age < 22, 1, 0.5)", *([f"{p} / (1 + time_in_state)"] if tunnels else [])]
                row[target] = {"probability": draw(st.sampled_from(forms))}
        if not continuous and draw(st.booleans()) and (free := [s for s in states if s not in row]):
            row[draw(st.sampled_from(free))] = {"rest": True}
        transitions[state] = row
    return transitions


@st.composite
def effects(draw: st.DrawFn, transitions: dict[str, Any], most: int = 3) -> list[dict[str, Any]]:
    """What a strategy changes."""
    candidates = []
    for state, row in transitions.items():
        by_hazard = [t for t, x in row.items() if "hazard" in x or "time_to_event" in x]
        by_probability = [t for t, x in row.items() if "probability" in x or "logit" in x]
        candidates += [(state, g, kind) for g, kind in ((by_hazard, "h"), (by_probability, "p")) if g]
    written: list[dict[str, Any]] = []
    for state, group, kind in draw(st.lists(st.sampled_from(candidates), max_size=most)) if candidates else []:
        chosen = draw(st.lists(st.sampled_from(group), unique=True, min_size=1, max_size=len(group)))
        effect: dict[str, Any] = {"on": f"{state} -> {', '.join(chosen)}"}
        forms = ["hazard_ratio"] if kind == "h" else ["hazard_ratio", "odds_ratio", "risk_ratio"]
        texts = [str(transitions[state][t].get("probability", 0)) for t in chosen]
        if kind == "p" and all(float(text.split()[0]) > 0.02 and "time_in" not in text for text in texts):
            forms.append("difference")
        form = draw(st.sampled_from(forms))
        sizes = {"risk_ratio": [0.4, 0.9, "ratio"], "difference": [-1e-4, 1e-4]}
        effect[form] = draw(st.sampled_from(sizes.get(form, [0.5, 1.3, "ratio", 0, "1 + 0.01 * (time - 1)"])))
        effect["fade"] = draw(st.sampled_from([1, "exponential(2)", "linear(6)", "step(3)", "fade"]))
        if draw(st.booleans()):
            effect["start"] = draw(st.sampled_from([1, 2.5]))
        if draw(st.booleans()):
            effect["duration"] = draw(st.sampled_from([2, 5]))
        if often(draw, 3):
            effect["ramp_up"] = draw(st.sampled_from([1, 0.7, "2 * ratio"]))
        if kind == "p" and draw(st.booleans()):
            effect["complement"] = "others"
        written.append(effect)
    return written


@st.composite
def items(draw: st.DrawFn, states: list[str], transitions: dict[str, Any], k: int, tunnels: bool) -> dict[str, Any]:
    """Where an amount arises and how much, of money (`k` keeps amounts apart) or anything else."""
    item: dict[str, Any] = {"label": "x"}
    moves = [f"{s} -> {t}" for s, row in transitions.items() for t, x in row.items() if s != t]
    if moves and draw(st.booleans()):
        item["transition"] = draw(st.sampled_from(moves))
        price, more = "price_of_moving", ["100 * age"]
    else:
        item["state"] = draw(st.lists(st.sampled_from(states), unique=True, min_size=1, max_size=3))
        price, more = "price", ["burden", "100 * age", *(["price * (1 + 0.1 * time_in_state)"] if tunnels else [])]
    text = draw(st.sampled_from([500, price, f"{price} * 1.02 ^ time", *more]))
    item["amount"] = f"({text}) * {1 + k / 10}"
    if often(draw, 4):
        item["growth"] = draw(st.sampled_from([0.02, -0.01, "rate / 2"]))
    if often(draw, 4):
        item["marginal_share"] = draw(st.sampled_from([0.4, "ratio", "where(age < 23, 1, 0.5)"]))
    if often(draw, 4):
        item["strategies"] = draw(st.sampled_from([["usual"], [STRATEGY], ["second", "usual"], ["both"]]))
    return item


@st.composite
def clocks(draw: st.DrawFn, cycles: int, *, continuous: bool) -> dict[str, Any]:
    """How long a model runs, and how amounts are summed over time."""
    length = draw(st.sampled_from(LENGTHS))
    end = f"{cycles} * cycle_length"
    within = ["none", "half_cycle", 0.2, "trapezoid", "simpson", "weights", *(["exact"] * 3 if continuous else [])]
    time: dict[str, Any] = {
        "cycle_length": length,
        "cycles": cycles,
        "start_age": 20,
        "start_year": 2023,
        "horizon": draw(st.sampled_from([end, f"min(horizon, {end})", f"min(2.3, {end})", f"0.37 * {end}"])),
        "discount_rate": draw(st.sampled_from([0, 0.03, "rate"])),
        "discount_timing": draw(st.sampled_from(["start", "mid", "end", 0.25, "continuous"])),
        "within_cycle": draw(st.sampled_from(within)),
    }
    if time["within_cycle"] == "simpson":
        time["cycles"] += cycles % 2
        time["horizon"] = f"{draw(st.sampled_from([2, time['cycles']]))} * cycle_length"
    if time["within_cycle"] == "weights":
        del time["within_cycle"]
        time["boundary_weight"] = draw(st.sampled_from([f"where(cycle == {cycles}, 0.5, 1)", "1 / (1 + cycle)"]))
    if "boundary_weight" in time or time["within_cycle"] in ("trapezoid", "simpson"):
        del time["discount_timing"]
    return time


@st.composite
def models(
    draw: st.DrawFn, *, most_states: int = 8, most_cycles: int = 24, tunnels: bool | None = None
) -> dict[str, Any]:
    """The model file of a study, as plain data."""
    n = draw(st.integers(2, most_states))
    states = [f"s{i}" for i in range(n)]
    continuous = often(draw, 4)
    with_tunnels = not continuous and (often(draw, 3) if tunnels is None else tunnels)
    time = draw(clocks(draw(st.integers(1, most_cycles)), continuous=continuous))
    years = read_years(time["cycle_length"]) * time["cycles"]
    transitions = draw(rows(states, continuous=continuous, tunnels=with_tunnels))
    payers = ["a", "b", "c"]
    paid = {key: {"label": "x", "kind": "resource"} for key in ("programme_cost", "second_cost", "both_cost")}
    costs: dict[str, Any] = {
        "programme_cost": paid["programme_cost"] | {"payer": "a", "strategy": STRATEGY, "amount": 1000},
        "second_cost": paid["second_cost"] | {"payer": "b", "strategy": "second", "amount": 500, "growth": 0.03},
        "both_cost": paid["both_cost"] | {"payer": "c", "strategy": "both", "amount": "100 + 2 * age"},
    }
    # what subgroups set counts in every model
    costs["always"] = {"label": "x", "kind": "resource", "payer": "b", "state": states[0], "amount": "burden * ratio"}
    if years > 2:
        costs["programme_cost"]["year"] = draw(st.sampled_from([0, 2, [0, 1], [0, 2]]))
    for k in range(draw(st.integers(1, 5))):
        item = draw(items(states, transitions, k, with_tunnels))
        item["kind"] = draw(st.sampled_from(["resource", "transfer", "production"]))
        item["payer"], to = draw(st.permutations(payers))[:2]
        if item["kind"] == "transfer":
            item["to"] = to
        if draw(st.booleans()):
            item["displacement"] = draw(st.sampled_from([0.3, 1, "ratio / 2"]))
        costs[f"item{k}"] = item
    outcomes: dict[str, Any] = {}
    for name in ["gain", "loss"][: draw(st.integers(0, 2))]:
        parts = {f"part{k}": draw(items(states, transitions, k, with_tunnels)) for k in range(draw(st.integers(1, 2)))}
        if often(draw, 3):
            parts["own"] = {"label": "x", "strategy": "second", "amount": 0.3}
        outcomes[name] = {"label": name, "unit": "units", "items": parts}
        if draw(st.booleans()):
            outcomes[name]["discount_rate"] = draw(st.sampled_from([0, 0.015, "rate"]))
    first = draw(effects(transitions))
    other = draw(st.sampled_from([copy.deepcopy(first[::-1]), draw(effects(transitions, 2))]))
    start = [max(share, 0.001) for share in draw(shares(n - 1))]  # nobody would reach some states otherwise
    model = {
        "title": "random",
        "price_year": 2023,
        "time": time,
        "payers": {p: {"label": p} for p in payers},
        "perspectives": {
            "narrow": {"label": "n", "payers": ["a"]},
            "all": {"label": "s", "includes": ["narrow"], "payers": ["b", "c"]},
        },
        "parameters": copy.deepcopy(PARAMETERS),
        "choices": {
            "fade": {
                "label": "f",
                "default": "none",
                "alternatives": {
                    "none": {"label": "n", "value": 1},
                    "half": {"label": "h", "value": "exponential(3)"},
                },
            }
        },
        "definitions": {"burden": {"label": "b", "value": "price * base * 0.9"}},
        "functions": {"more": {"label": "m", "arguments": ["x"], "value": "x * base + x / age"}},
        "tables": {
            "staying": {"file": "staying.csv", "key": "years", "outside": "hold", "assumption": "x"},
            "risk": {
                "file": "risk.csv",
                "key": ["age", "kind"],
                "interpolation": {"age": draw(st.sampled_from(["linear", "step"]))},
                "outside": {"age": "hold"},
                "assumption": "x",
            },
        },
        "states": {s: {"label": s} for s in states},
        "start": {**{s: round(v, 6) for s, v in zip(states[1:], start, strict=True)}}
        | {states[0]: f"1 - ({' + '.join(str(round(v, 6)) for v in start)})"},
        "dynamics": "matrix_exponential" if continuous else "competing_hazards",
        "transitions": transitions,
        "cost_items": costs,
        "outcomes": outcomes,
        "strategies": {
            "usual": {"label": "u", "baseline": True},
            STRATEGY: {
                "label": "p",
                "effects": first,
                "uptake": draw(st.sampled_from([1, 0.8, "ratio"])),
                "deadweight": draw(st.sampled_from([0, 0.3])),
                "dropout": draw(st.sampled_from([0, 0, 0.4, "rate * 5"])),
            },
            "second": {"label": "s", "effects": other},
            "both": {"label": "b", "combines": [STRATEGY, "second"], "dropout": draw(st.sampled_from([0, 0.2]))},
        },
    }
    for state in states if with_tunnels else ():
        if often(draw, 3):
            model["states"][state]["tunnel"] = draw(st.integers(1, 8))
    if often(draw, 3):
        model["subgroups"] = {
            "young": {"label": "y", "share": "ratio / 2"},
            "old": {"label": "o", "share": "1 - ratio / 2 - 0.1", "start_age": draw(st.sampled_from([21.5, 40]))},
            "others": {"label": "r", "share": 0.1, "set": {"base": "base * 0.9 + age / 1000"}},
        }
        model["subgroups"]["old"]["set"] = draw(
            st.sampled_from([{}, {"base": "1.2 * base", "ratio": "ratio * 0.9"}, {"burden": "price / 2"}])
        )
    return model


PARAMETERS: dict[str, Any] = {
    name: {"label": name, "assumption": "x", **about}
    for name, about in {
        "horizon": {"value": 4, "unit": "years"},
        "rate": {"value": 0.035, "unit": "rate/year"},
        "base": {"value": 1.1, "dist": "uniform(0.5, 1.5)", "unit": "ratio"},
        "ratio": {"value": 0.7, "dist": "uniform(0.5, 0.95)", "unit": "ratio"},
        "price_of_moving": {"value": 700, "unit": "SEK/transition", "price_year": 2023},
        "price": {"value": 800, "dist": "gamma(mean=800, sd=300)", "unit": "SEK/person-year", "price_year": 2023},
    }.items()
}


def texts_in(content: Any) -> list[str]:
    """Every text that stands as a value, not as a key."""
    if isinstance(content, dict | list):
        parts = content.values() if isinstance(content, dict) else content
        return [text for part in parts for text in texts_in(part)]
    return [content] if isinstance(content, str) else []


def without_unused(model: dict[str, Any]) -> dict[str, Any]:
    """The model without parameters and choices that nothing names, which a study may not have."""
    model = dict(model)
    for group in ("choices", "parameters"):
        others = [v for k, v in model.items() if k not in ("parameters", group)]
        named = {name for text in texts_in(others) for name in re.findall(r"\w+", text)}
        model[group] = {name: about for name, about in model.get(group, {}).items() if name in named}
    return model


def write_study(model: dict[str, Any], **more: Any) -> LoadedStudy:
    """Write a study of two calculations around a model, with `more` keys in the study file, and load it."""
    model = without_unused(model)
    set_by_two = {
        "fade": {"choose": "half", "why": "x"},
        "horizon": {"value": 2, "why": "x"},
        "base": {"value": 0.6, "why": "x"},
    }
    known = {*model["parameters"], *model["choices"]}
    calculations: dict[str, Any] = {
        "one": {"assumptions": {}},
        "two": {"assumptions": {name: a for name, a in set_by_two.items() if name in known}},
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, content in calculations.items():
            words = {"calculation": key, "label": key, "role": "r", "why": "w", "perspective": "all"}
            (folder / f"{key}.yaml").write_text(yaml.safe_dump({**words, **content}))
        for table in model.get("tables", {}).values():
            (folder / table["file"]).write_text(FILES[table["file"]])
        (folder / "model.yaml").write_text(yaml.safe_dump(model, sort_keys=False))
        study = {
            "study": "random",
            "title": "t",
            "question": "q",
            "model": "model.yaml",
            "calculations": [f"{key}.yaml" for key in calculations],
            "headline": "all",
            "draws": 64,
            "seed": 3,
            **more,
        }
        (folder / "study.yaml").write_text(yaml.safe_dump(study))
        return load_study(folder)
