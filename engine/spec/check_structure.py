"""Checks of how a model is put together: strategies of strategies, subgroups, laws of times, and how time is summed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from engine.errors import Problem
from engine.spec.check_expressions import places
from engine.spec.expressions import Call, ExpressionError, names_in
from engine.spec.laws_of_time import check_table, table_of
from engine.spec.loaded import LoadedStudy
from engine.spec.stages import stages_of
from engine.spec.strategies import parts_of
from engine.spec.validation import did_you_mean, unknown
from engine.spec.yaml import Loc

_ROUNDING = 1e-9


def check_combinations(loaded: LoadedStudy) -> Iterator[Problem]:
    """Strategies combine others that are there, and not themselves."""
    strategies = loaded.model.strategies
    alone = sum(s.baseline for s in strategies.values()) == 1
    for name, strategy in strategies.items():
        loc: Loc = ("strategies", name, "combines")
        if strategy.baseline and strategy.combines:
            yield _say(loaded, loc, "the baseline is what happens without change, and combines nothing", key=True)
        for field, nothing in (("uptake", 1), ("deadweight", 0), ("dropout", 0)):
            if strategy.baseline and alone and getattr(strategy, field) != nothing:
                message = (
                    f"the baseline is what happens without change, and has no `{field}`; write it where effects are"
                )
                yield _say(loaded, ("strategies", name, field), message, key=True)
        for k, part in enumerate(strategy.combines):
            if part not in strategies:
                yield _say(loaded, (*loc, k), unknown("strategy", part, strategies))
            elif strategies[part].baseline:
                yield _say(loaded, (*loc, k), f"{part!r} is the baseline, which adds nothing; leave it out")
            elif part in strategy.combines[:k]:
                yield _say(loaded, (*loc, k), f"{part!r} is named twice")
            elif name in parts_of(loaded.model, part):
                way = "itself" if part == name else f"{part!r}, which combines it"
                yield _say(loaded, (*loc, k), f"{name!r} combines {way}; leave one of them out")


def check_subgroups(loaded: LoadedStudy) -> Iterator[Problem]:
    """Subgroups say otherwise what there is to say."""
    model = loaded.model
    if len(model.subgroups) == 1:
        yield _say(loaded, ("subgroups",), "a single subgroup is the whole cohort; name two or more, or none", key=True)
    known = (*model.parameters, *model.definitions)
    for name, subgroup in model.subgroups.items():
        for key in subgroup.set:
            if key in model.choices:
                message = f"{key!r} is a choice, which is the same for all; set parameters or definitions"
            elif key in known:
                continue
            else:
                known_names = f"Parameters and definitions: {', '.join(known)}"
                message = f"no parameter or definition {key!r}{did_you_mean(key, known) or '.'} {known_names}"
            yield _say(loaded, ("subgroups", name, "set", key), message, key=True)


def check_what_subgroups_set(loaded: LoadedStudy) -> Iterator[Problem]:
    """What a subgroup sets counts in its lives or its books, and not in what is one for all."""
    model = loaded.model
    waiting = [p.text for p in places(model) if p.loc[0] in ("start", "transitions", "cost_items", "strategies")]
    waiting += [p.text for p in places(model) if p.loc[0] == "outcomes" and p.loc[2] == "items"]
    reached: set[str] = set()
    while waiting:
        for name in names_in(loaded.language.tree(waiting.pop())):
            if name in reached:
                continue
            reached.add(name)
            if name in model.definitions:
                waiting.append(model.definitions[name].value)
            elif name in model.choices:
                waiting += [a.value for a in model.choices[name].alternatives.values()]
    for name, subgroup in model.subgroups.items():
        for key in subgroup.set:
            if key not in reached:
                message = (
                    f"{key!r} counts for the whole cohort alike, or nowhere, so setting it here changes nothing; "
                    "remove it"
                )
                yield _say(loaded, ("subgroups", name, "set", key), message, key=True)


def check_rows_of_one_kind(loaded: LoadedStudy) -> Iterator[Problem]:
    """Log odds share a row with hazards alone; with matrix exponentials every transition is a hazard."""
    model = loaded.model
    exact = model.dynamics == "matrix_exponential"
    for state, row in model.transitions.items():
        loc: Loc = ("transitions", state)
        logits = [t for t, x in row.items() if x.logit is not None]
        others = [t for t, x in row.items() if x.probability is not None]
        if logits and others:
            message = (
                f"{logits[0]!r} is given by log odds and {others[0]!r} as a probability; both are shares of the same "
                "people, so write one kind in a row"
            )
            yield _say(loaded, (*loc, others[0]), message, key=True)
        for target, transition in row.items():
            if exact and transition.hazard is None:
                message = "with `dynamics: matrix_exponential` every transition is a `hazard`, per year"
                yield _say(loaded, (*loc, target), message, key=True)
    if exact:
        stages = stages_of(loaded)
        for state, n in stages.items():
            if n > 1 and all(t.time_to_event is None for t in model.transitions.get(state, {}).values()):
                message = (
                    f"time in {state!r} counts cycles, and with `dynamics: matrix_exponential` people move within "
                    "them; use competing hazards"
                )
                yield _say(loaded, ("states", state), message, key=True)


def check_times_to_events(loaded: LoadedStudy) -> Iterator[Problem]:
    """Tables of survival start whole, fall, and reach as far as they are asked for."""
    model = loaded.model
    years = model.time.cycles * model.time.cycle_length
    for state, row in model.transitions.items():
        for target, transition in row.items():
            if transition.time_to_event is None:
                continue
            loc: Loc = ("transitions", state, target, "time_to_event")
            try:
                tree = loaded.language.tree(transition.time_to_event)
            except ExpressionError:
                continue
            if not isinstance(tree, Call) or tree.function != "survival" or check_table(tree, loaded.language):
                continue  # told elsewhere
            name, column = table_of(tree)
            if name not in loaded.tables:
                continue
            data = loaded.tables[name]
            shares = data.columns[column or next(iter(data.columns))]
            if not data.key:
                continue
            if data.key[0] != 0 or shares[0] != 1:
                message = (
                    f"table {name!r} starts with {shares[0]:g} at {data.key[0]:g}; survival starts with 1 at 0 years"
                )
                yield _say(loaded, loc, message)
            elif any(not 0 < b <= a for a, b in pairwise(shares)):
                yield _say(loaded, loc, f"table {name!r} is no survival: shares must stay above 0 and never rise")
            elif model.tables[name].outside == "error" and data.key[-1] < years - _ROUNDING:
                message = (
                    f"table {name!r} ends at {data.key[-1]:g} years and {years:g} are simulated; add rows, or write "
                    "`outside: hold` to let the last hazard go on"
                )
                yield _say(loaded, loc, message)


def check_reach(loaded: LoadedStudy) -> Iterator[Problem]:
    """Somebody can come to every state."""
    model = loaded.model
    waiting = [state for state, share in loaded.start.items() if share != 0]
    reached: set[str] = set()
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += model.transitions.get(state, {})
    for state in model.states:
        if state not in reached:
            message = "nobody reaches this state, from where the cohort starts; remove it, or add a transition to it"
            yield _say(loaded, ("states", state), message, key=True)


def check_summing(loaded: LoadedStudy) -> Iterator[Problem]:
    """The within-cycle correction, the discount timing and the dynamics go together."""
    model, time = loaded.model, loaded.model.time
    loc: Loc = ("time", "within_cycle")
    if time.boundary_weight is not None and time.within_cycle != "none":
        yield _say(loaded, loc, "`boundary_weight` says it already; keep one of the two")
    elif time.by_boundary:
        if time.discount_timing != "start":
            what = "boundary_weight" if time.boundary_weight is not None else time.within_cycle
            message = f"with `{what}` each boundary is discounted to its own time; leave `discount_timing` out"
            yield _say(loaded, ("time", "discount_timing"), message)
        if time.within_cycle == "simpson" and time.cycles % 2:
            yield _say(loaded, loc, f"Simpson's rule needs an even number of cycles, not {time.cycles}")
    if time.within_cycle == "exact" and model.dynamics != "matrix_exponential":
        message = "`exact` is known with `dynamics: matrix_exponential` only; write half_cycle, trapezoid or simpson"
        yield _say(loaded, loc, message)
    if model.start and model.start_from is not None:
        yield _say(loaded, ("start_from",), "`start` says it already; keep one of the two", key=True)


def _say(loaded: LoadedStudy, loc: Loc, message: str, *, key: bool = False) -> Problem:
    return loaded.marks.problem(loaded.study.model, loc, message, key=key)
