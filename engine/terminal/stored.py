"""What is said of results on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.results.stores.plan import told
from engine.results.stores.run_store import megabytes
from engine.run.replay import Replay
from engine.terminal.lines import console, line, say, sek, show, table_of
from engine.terminal.progress import duration

if TYPE_CHECKING:
    from engine.api.runs import Forecast
    from engine.api.stored import Rerun, Stored, Verified

SHOWN_CYCLES = 6
"""Cycles in a table of the terminal; `--json` has all."""


def show_forecast(found: Forecast) -> None:
    out = console()
    there = f"; {found.blocks_there} of them are there already" if found.blocks_there else ""
    left = "nothing left to simulate" if found.there == found.draws else f"about {duration(found.seconds)} to simulate"
    rows = [
        ("Draws", told(found.draws)),
        ("Blocks", f"{told(found.blocks)}, of all calculations each{there}"),
        ("Memory", f"{megabytes(found.memory)} at most"),
        ("Disk", f"{megabytes(found.disk)} at most; {megabytes(found.free_disk)} are free"),
        ("Time", f"{left} on {found.threads} threads; then the analyses"),
    ]
    show(out, table_of(["", ""], [], rows))


def forecast_data(found: Forecast) -> dict[str, Any]:
    return asdict(found)


def show_verified(found: Verified) -> None:
    what = "results" if found.finished else "an unfinished run"
    if not found.damage:
        say(f"{found.folder}: {what}; {told(found.files)} files, every one as it was written.")
        return
    for damage in found.damage:
        say(f"{damage.path}: {damage.what}")
    say(f"{found.folder}: {what}; {told(len(found.damage))} of {told(found.files)} files damaged.")
    say("The same `insats run` makes what is missing anew, and keeps what is good.")


def verified_data(found: Verified) -> dict[str, Any]:
    return {
        "folder": str(found.folder),
        "finished": found.finished,
        "files": found.files,
        "damage": [{"file": d.path, "what": d.what} for d in found.damage],
    }


def show_rerun(found: Sequence[Rerun]) -> None:
    for chunk in found:
        draws = f"Block {chunk.chunk}, draws {told(chunk.start)} to {told(chunk.stop - 1)}"
        result = f"other bits in {', '.join(chunk.different)}" if chunk.different else "the same bits"
        say(f"{draws}: {result}.")


def rerun_data(found: Sequence[Rerun]) -> dict[str, Any]:
    return {"blocks": [{"block": c.chunk, "start": c.start, "stop": c.stop, "different": c.different} for c in found]}


def show_stored(about: Stored) -> None:
    out = console()
    rows = [
        ("Study", about.study),
        ("Key", about.key),
        ("Seed", str(about.seed)),
        ("Draws", told(about.draws)),
        ("State", "finished" if about.finished else f"unfinished: {told(about.stored_draws)} draws are done"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in about.versions.items())),
    ]
    rows += [(name.capitalize(), str(about.run[name])) for name in ("started", "command") if name in about.run]
    show(out, table_of(["", ""], [], rows))
    if about.headline:
        say("")
        say("Net saving (NPV), each calculation in its own perspective, SEK per participant")
        show(out, table_of([""], [""], [(label, sek(mean, signed=True)) for label, mean in about.headline.items()]))
    if not about.finished:
        say("")
        say("The `insats run` that began it goes on from there.")


def stored_data(about: Stored) -> dict[str, Any]:
    return {
        "folder": str(about.folder),
        "finished": about.finished,
        "study": about.study,
        "key": about.key,
        "seed": about.seed,
        "draws": about.draws,
        "stored_draws": about.stored_draws,
        "versions": dict(about.versions),
        "run": dict(about.run),
        "headline": dict(about.headline),
    }


def show_replay(found: Replay, shape: Mapping[str, Sequence[str]]) -> None:
    """`shape` : names of courses, payers, states and parties."""
    out = console()
    line(out, f"Draw {told(found.draw)} of {found.calculation}", style="bold")
    if found.broken:
        for rule in found.broken:
            when = "" if rule.cycle < 0 else f" from cycle {rule.cycle} on"
            say(f"Breaks{when}: {rule.text}{f' ({rule.place})' if rule.place else ''}")
    else:
        say("Keeps to every rule of the model.")
    say("")
    show(out, table_of(["Parameter"], ["Value"], [(name, _number(x)) for name, x in found.inputs.items()]))
    cycles = _shown(found)
    heads = [str(cycle) for cycle in cycles]

    def by_cycle(title: str, rows: Mapping[str, Sequence[float | None]]) -> None:
        if rows:
            say("")
            cells = [(name, *(_number(values[t]) for t in cycles)) for name, values in rows.items()]
            show(out, table_of([f"{title}, in cycle"], heads, cells))

    by_cycle("Definition", found.definitions)
    by_cycle("Transition as written", found.transitions)
    moves = [f"{source} -> {target}" for source, target in found.moves]
    for k, course in enumerate(shape["courses"]):
        by_cycle(f"Share moving, {course}", dict(zip(moves, found.moved[k], strict=True)))
    for k, course in enumerate(shape["courses"]):
        by_cycle(f"Share in state, {course}", dict(zip(shape["states"], found.occupancy[k], strict=True)))
    for k, course in enumerate(shape["courses"]):
        by_cycle(f"Cost, {course} [SEK]", dict(zip(shape["payers"], found.cost[k], strict=True)))
    say("")
    rows = [(strategy, *(_number(float(x)) for x in found.npv[k])) for k, strategy in enumerate(shape["courses"][1:])]
    show(out, table_of([f"NPV [SEK], horizon {found.horizon:g} years"], shape["parties"], rows))


def replay_data(found: Replay, shape: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    courses = shape["courses"]

    def named(values: Any, names: Sequence[str]) -> dict[str, Any]:
        return {name: _plain(x) for name, x in zip(names, values, strict=True)}

    return {
        "calculation": found.calculation,
        "draw": found.draw,
        "broken": [{"rule": r.text, "place": r.place, "cycle": r.cycle} for r in found.broken],
        "parameters": {name: _plain(x) for name, x in found.inputs.items()},
        "definitions": {name: list(values) for name, values in found.definitions.items()},
        "transitions": {name: list(values) for name, values in found.transitions.items()},
        "moved": {c: named(found.moved[k], [" -> ".join(move) for move in found.moves]) for k, c in enumerate(courses)},
        "occupancy": {c: named(found.occupancy[k], shape["states"]) for k, c in enumerate(courses)},
        "cost": {c: named(found.cost[k], shape["payers"]) for k, c in enumerate(courses)},
        "npv": {c: named(found.npv[k], shape["parties"]) for k, c in enumerate(courses[1:])},
        "horizon": _plain(found.horizon),
    }


def _plain(x: Any) -> Any:
    """Numbers that JSON has; None where there is none."""
    if isinstance(x, np.ndarray):
        return [_plain(value) for value in x.tolist()]
    return x if math.isfinite(x) else None


def _shown(found: Replay) -> list[int]:
    """The first cycles, those around where a rule is broken, and the last."""
    n = found.cost.shape[-1]
    first = min((rule.cycle for rule in found.broken if rule.cycle >= 0), default=1)
    wanted = {0, 1, max(first - 1, 0), first, first + 1, n - 1}
    return sorted(t for t in wanted if t < n)[:SHOWN_CYCLES]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"
