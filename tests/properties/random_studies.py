"""Studies drawn at random: valid models of 2 to 8 states with everything that the grammar allows."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from engine.spec.load import LoadedStudy, load_study

STRATEGY = "programme"


def shares(n: int) -> st.SearchStrategy[list[float]]:
    """n numbers of at least 0 that add up to less than 1."""
    return st.lists(st.integers(0, 50), min_size=n, max_size=n).map(lambda x: [v / (sum(x) + 20) for v in x])


@st.composite
def models(draw: st.DrawFn, *, effects: bool = True) -> dict[str, Any]:
    """The model file of a study, as plain data."""
    n = draw(st.integers(2, 8))
    states = [f"s{i}" for i in range(n)]
    cycles = draw(st.integers(1, 30))
    length = draw(st.sampled_from([1.0, 0.5, 0.25]))
    transitions: dict[str, Any] = {}
    for i, state in enumerate(states):
        others = [s for s in states if s != state]
        targets = draw(st.lists(st.sampled_from(others), unique=True, max_size=4))
        if not targets:
            continue
        kinds = draw(st.lists(st.booleans(), min_size=len(targets), max_size=len(targets)))
        likely = draw(shares(len(targets)))
        row: dict[str, Any] = {}
        for target, hazard, p in zip(targets, kinds, likely, strict=True):
            p = round(p, 6)
            if hazard:
                row[target] = {"hazard": f"{p} * (1 + 0.1 * sqrt(time)) * base" if i % 2 else p}
            else:
                row[target] = {"probability": f"{p} * where(age < 22, 1, 0.5)" if i % 2 else p}
        if draw(st.booleans()) and (free := [s for s in states if s not in row]):
            row[draw(st.sampled_from(free))] = {"rest": True}
        transitions[state] = row
    payers = ["a", "b", "c"]
    items: dict[str, Any] = {
        "programme_cost": {"label": "x", "kind": "resource", "payer": "a", "strategy": STRATEGY, "amount": 1000},
        "second_cost": {"label": "x", "kind": "resource", "payer": "b", "strategy": "second", "amount": 500},
    }
    for k in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["resource", "transfer", "production"]))
        payer, to = draw(st.permutations(payers))[:2]
        item: dict[str, Any] = {"label": "x", "kind": kind, "payer": payer}
        if kind == "transfer":
            item["to"] = to
        moves = [f"{s} -> {t}" for s, row in transitions.items() for t, x in row.items() if "rest" not in x]
        if moves and draw(st.booleans()):
            item["transition"] = draw(st.sampled_from(moves))
        else:
            item["state"] = draw(st.sampled_from(states))
        price = "price" if "state" in item else "price_of_moving"
        item["amount"] = draw(st.sampled_from([500, price, "price * 1.02 ^ time", "100 * age"]))
        if draw(st.booleans()):
            item["displacement"] = draw(st.sampled_from([0.3, 1, "ratio / 2"]))
        items[f"item{k}"] = item
    written: list[dict[str, Any]] = []
    if effects:
        candidates = []
        for state, row in transitions.items():
            by_hazard = [t for t, x in row.items() if "hazard" in x]
            by_probability = [t for t, x in row.items() if "probability" in x]
            candidates += [(state, g, kind) for g, kind in ((by_hazard, "h"), (by_probability, "p")) if g]
        for state, group, kind in draw(st.lists(st.sampled_from(candidates), max_size=3)) if candidates else []:
            chosen = draw(st.lists(st.sampled_from(group), unique=True, min_size=1, max_size=len(group)))
            effect: dict[str, Any] = {"on": f"{state} -> {', '.join(chosen)}"}
            forms = ["hazard_ratio"] if kind == "h" else ["hazard_ratio", "odds_ratio", "risk_ratio"]
            texts = [str(transitions[state][t].get("probability")) for t in chosen]
            if kind == "p" and all(float(text.split()[0]) > 0.001 for text in texts):
                forms.append("difference")
            form = draw(st.sampled_from(forms))
            sizes = {"risk_ratio": [0.4, 0.9, "ratio"], "difference": [-1e-4, 1e-4]}
            effect[form] = draw(st.sampled_from(sizes.get(form, [0.5, 1.7, "ratio", 0])))
            effect["fade"] = draw(st.sampled_from([1, "exponential(2)", "linear(6)", "step(3)", "fade"]))
            if draw(st.booleans()):
                effect["start"] = draw(st.sampled_from([1, 2.5]))
            if draw(st.booleans()):
                effect["duration"] = draw(st.sampled_from([2, 5]))
            if kind == "p" and draw(st.booleans()):
                effect["complement"] = "others"
            written.append(effect)
    start = draw(shares(n - 1))
    return {
        "title": "random",
        "price_year": 2023,
        "time": {
            "cycle_length": length,
            "cycles": cycles,
            "start_age": 20,
            "start_year": 2023,
            "horizon": draw(
                st.sampled_from([cycles * length, f"min(horizon, {cycles * length})", min(2.3, cycles * length)])
            ),
            "discount_rate": draw(st.sampled_from([0, 0.03, "rate"])),
            "discount_timing": draw(st.sampled_from(["start", "mid", "end", 0.25])),
            "within_cycle": draw(st.sampled_from(["none", "half_cycle", 0.2])),
        },
        "payers": {p: {"label": p} for p in payers},
        "perspectives": {
            "narrow": {"label": "n", "payers": ["a"]},
            "all": {"label": "s", "includes": ["narrow"], "payers": ["b", "c"]},
        },
        "parameters": {
            "horizon": {"label": "h", "value": 4, "unit": "years", "assumption": "x"},
            "rate": {"label": "r", "value": 0.035, "unit": "rate/year", "assumption": "x"},
            "base": {
                "label": "b",
                "value": 1.1,
                "dist": "uniform(0.5, 1.5)",
                "unit": "ratio",
                "assumption": "x",
            },
            "ratio": {
                "label": "q",
                "value": 0.7,
                "dist": "uniform(0.5, 0.95)",
                "unit": "ratio",
                "assumption": "x",
            },
            "price_of_moving": {
                "label": "m",
                "value": 700,
                "unit": "SEK/transition",
                "price_year": 2023,
                "assumption": "x",
            },
            "price": {
                "label": "p",
                "value": 800,
                "dist": "gamma(mean=800, sd=300)",
                "unit": "SEK/person-year",
                "price_year": 2023,
                "assumption": "x",
            },
        },
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
        "states": {s: {"label": s} for s in states},
        "start": {**{s: round(v, 6) for s, v in zip(states[1:], start, strict=True)}}
        | {states[0]: f"1 - ({' + '.join(str(round(v, 6)) for v in start)})"},
        "transitions": transitions,
        "cost_items": items,
        "strategies": {
            "usual": {"label": "u", "baseline": True},
            STRATEGY: {
                "label": "p",
                "effects": written,
                "uptake": draw(st.sampled_from([1, 0.8, "ratio"])),
                "deadweight": draw(st.sampled_from([0, 0.3])),
            },
            # a second intervention, with the same effects in the other order
            "second": {"label": "s", "effects": copy.deepcopy(written[::-1])},
        },
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
