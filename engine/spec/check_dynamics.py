"""Checks of the cohort's dynamics and money: start, transitions, effects and cost items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import Problem
from engine.spec.arrows import ANY, Arrow, ArrowError, StateAt, parse_arrow, transitions_named
from engine.spec.evaluate import ROUNDING, clock_at, evaluate
from engine.spec.expressions import Call, Expression, ExpressionError, Name, Number, parse_expression, walk
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import CostItem, Effect, Expr, Item, Transition
from engine.spec.start_from import StartError
from engine.spec.units import UNITS
from engine.spec.validation import did_you_mean, unknown
from engine.spec.yaml import Loc


def check_start(loaded: LoadedStudy) -> Iterator[Problem]:
    """The cohort starts in known states, and all of it."""
    model = loaded.model
    if not model.start and model.start_from is None:
        yield _say(
            loaded, (), "nobody is anywhere at the start; write `start` with the share of each state, adding up to 1"
        )
        return
    if model.start_from is not None and not model.start:
        try:
            _ = loaded.start
        except StartError as error:
            yield _say(loaded, ("start_from", *error.loc), error.message)
        return
    shares: list[float | None] = []
    for state, text in model.start.items():
        if state not in model.states:
            yield _say(loaded, ("start", state), unknown("state", state, model.states), key=True)
        share = _constant(text)
        shares.append(share)
        if share is not None and not 0 <= share <= 1:
            yield _say(loaded, ("start", state), f"{share:g} is no share: it must be 0 to 1")
    known = [s for s in shares if s is not None]
    if known and len(known) == len(shares) and abs(sum(known) - 1) > ROUNDING and all(0 <= s <= 1 for s in known):
        yield _say(loaded, ("start",), f"shares add up to {sum(known):.10g}; they must add up to 1")


def check_rows(loaded: LoadedStudy) -> Iterator[Problem]:
    """Each row goes to known states, has one rest at most, and no probability that cannot be."""
    model = loaded.model
    for state, row in model.transitions.items():
        loc: Loc = ("transitions", state)
        if state not in model.states:
            yield _say(loaded, loc, unknown("state", state, model.states), key=True)
        if not row:
            yield _say(loaded, loc, "an empty row; leave it out if nobody leaves the state")
        for target, transition in row.items():
            if target not in model.states:
                yield _say(loaded, (*loc, target), unknown("state", target, model.states), key=True)
            elif target == state and not transition.rest:
                message = (
                    "a state cannot be left for itself: whoever is left stays; leave this out, or write `rest: true`"
                )
                yield _say(loaded, (*loc, target), message, key=True)
        rests = [target for target, transition in row.items() if transition.rest]
        if len(rests) > 1:
            message = f"two targets take the rest, {rests[0]!r} and {rests[1]!r}; keep one `rest: true` in a row"
            yield _say(loaded, (*loc, rests[1]), message, key=True)
        yield from _check_probabilities(loaded, state, row)


def check_effects(loaded: LoadedStudy) -> Iterator[Problem]:
    """Effects act on transitions that are there, in a way that these allow."""
    for name, strategy in loaded.model.strategies.items():
        for k, effect in enumerate(strategy.effects):
            yield from _check_effect(loaded, ("strategies", name, "effects", k), effect)


def check_cost_items(loaded: LoadedStudy) -> Iterator[Problem]:
    """Costs arise in known places, within the time simulated, and in the unit that belongs there."""
    model = loaded.model
    for name, item in model.cost_items.items():
        loc: Loc = ("cost_items", name)
        yield from _check_place(loaded, loc, item)
        for key, payer in (("payer", item.payer), ("to", item.to)):
            if payer is not None and payer not in model.payers:
                yield _say(loaded, (*loc, key), _no_payer(loaded, payer))
        if item.to is not None and item.to == item.payer:
            yield _say(loaded, (*loc, "to"), f"{item.to!r} would pay itself; a transfer goes from one payer to another")
        yield from _check_amount_unit(loaded, (*loc, "amount"), item)


def check_outcomes(loaded: LoadedStudy) -> Iterator[Problem]:
    """Outcomes arise in known places, within the time simulated."""
    model = loaded.model
    for name, outcome in model.outcomes.items():
        if name in (*model.payers, *model.perspectives):
            message = f"{name!r} is a payer or perspective too; results know both by this name, so choose another"
            yield _say(loaded, ("outcomes", name), message, key=True)
        for key, item in outcome.items.items():
            yield from _check_place(loaded, ("outcomes", name, "items", key), item)


def _check_place(loaded: LoadedStudy, loc: Loc, item: Item) -> Iterator[Problem]:
    """Where an amount arises: in known states, at a transition that is there, in a strategy's years."""
    model = loaded.model
    for k, strategy in enumerate(item.strategies):
        if strategy not in model.strategies:
            yield _say(loaded, (*loc, "strategies", k), unknown("strategy", strategy, model.strategies))
        elif strategy in item.strategies[:k]:
            yield _say(loaded, (*loc, "strategies", k), f"{strategy!r} is listed twice")
    if item.strategy is not None and item.strategy not in model.strategies:
        yield _say(loaded, (*loc, "strategy"), unknown("strategy", item.strategy, model.strategies))
    years = model.time.cycles * model.time.cycle_length
    if item.strategy is not None and (beyond := [y for y in item.years if y >= years]):
        yield _say(loaded, (*loc, "year"), f"year {beyond[0]} lies beyond the {years:g} years that are simulated")
    for k, year in enumerate(item.years):
        if year in item.years[:k]:
            message = f"year {year} is listed twice; double the amount instead"
            yield _say(loaded, (*loc, "year", k), message)
    if not item.years:
        yield _say(loaded, (*loc, "year"), "an empty list; name at least one year")
    for k, state in enumerate(item.states):
        at: Loc = (*loc, "state") if isinstance(item.state, str) else (*loc, "state", k)
        if state not in model.states:
            yield _say(loaded, at, unknown("state", state, model.states))
        elif state in item.states[:k]:
            yield _say(loaded, at, f"{state!r} is listed twice")
    if item.state is not None and not item.states:
        yield _say(loaded, (*loc, "state"), "an empty list; name at least one state")
    if item.transition is not None:
        yield from _check_item_transition(loaded, (*loc, "transition"), item.transition)


# ---------------------------------------------------------------- rows


def _check_probabilities(loaded: LoadedStudy, state: str, row: Mapping[str, Transition]) -> Iterator[Problem]:
    """Probabilities that are plain numbers or tables over time, in every cycle. Others are checked in every draw."""
    trees: dict[str, Expression] = {}
    for target, transition in row.items():
        if transition.probability is not None:
            try:
                trees[target] = loaded.language.tree(transition.probability)
            except ExpressionError:
                continue
        elif transition.hazard is not None:
            rate = _constant(transition.hazard)
            if rate is not None and rate < 0:
                yield _say(
                    loaded, ("transitions", state, target, "hazard"), f"{rate:g} is no rate: it must be 0 or more"
                )
    time = loaded.model.time
    moves = any(isinstance(node, Call | Name) for tree in trees.values() for node in walk(tree))
    wrong: set[str] = set()
    over = False
    for cycle in range(time.cycles if moves else 1):
        clock = clock_at(loaded.model, cycle)
        now = f" at age {clock['age']:g} (cycle {cycle})"
        when = now if moves else ""
        total, terms = 0.0, []
        for target, tree in trees.items():
            p = evaluate(tree, clock, loaded)
            if p is None:
                continue
            if not -ROUNDING <= p <= 1 + ROUNDING and target not in wrong:
                wrong.add(target)
                loc: Loc = ("transitions", state, target, "probability")
                own = "" if isinstance(tree, Number) else now
                yield _say(loaded, loc, f"{p:g} is no probability{own}: it must be 0 to 1{_as_share(p)}")
            total += p
            terms.append(f"{target} {p:g}")
        if total > 1 + ROUNDING and len(terms) > 1 and not over and not wrong:
            over = True
            message = (
                f"a row of probabilities over 1: {' + '.join(terms)} = {total:.6g}{when}; lower them, or give them "
                "as hazards, which compete and cannot exceed 1"
            )
            yield _say(loaded, ("transitions", state), message, key=True)
        if over or len(wrong) == len(trees):
            return


def _as_share(p: float) -> str:
    return f"; write {p / 100:g} for {p:g} %" if 2 <= p <= 100 else ""


def _constant(text: Expr) -> float | None:
    """The number that an expression without names stands for."""
    try:
        return evaluate(parse_expression(text), {})
    except ExpressionError:
        return None


# ---------------------------------------------------------------- effects


def _check_effect(loaded: LoadedStudy, loc: Loc, effect: Effect) -> Iterator[Problem]:
    place: Loc = (*loc, "on")
    arrow = _read_arrow(loaded, place, effect.on)
    if isinstance(arrow, Problem):
        yield arrow
        return
    model = loaded.model
    problems = [*_check_states(loaded, place, arrow)]
    yield from problems
    if problems:
        return
    targets = [t.name for t in arrow.targets]
    if [s.name for s in arrow.sources] == [ANY]:
        sources = [
            StateAt(state, arrow.sources[0].at)
            for state, row in model.transitions.items()
            if all(t in row and not row[t].rest for t in targets)
        ]
        if not sources:
            joined = " and ".join(repr(t) for t in targets)
            message = f"no state has a transition to {joined} that could be changed (a rest cannot)"
            yield _say(loaded, place, message, at=arrow.targets[0].at)
    else:
        sources = list(arrow.sources)
    for source in sources:
        yield from _check_row_of_effect(loaded, loc, effect, source, arrow.targets)


def _check_states(loaded: LoadedStudy, place: Loc, arrow: Arrow) -> Iterator[Problem]:
    states = loaded.model.states
    for side in arrow:
        seen: set[str] = set()
        for state in side:
            if state.name == ANY and side is arrow.sources and len(side) == 1:
                continue
            if state.name == ANY:
                yield _say(loaded, place, "`any` stands alone on the left: `any -> employed`", at=state.at)
            elif state.name not in states:
                yield _say(loaded, place, unknown("state", state.name, states), at=state.at)
            elif state.name in seen:
                yield _say(loaded, place, f"{state.name!r} is named twice", at=state.at)
            seen.add(state.name)


def _check_row_of_effect(
    loaded: LoadedStudy, loc: Loc, effect: Effect, source: StateAt, targets: tuple[StateAt, ...]
) -> Iterator[Problem]:
    """An effect on the row of one state."""
    place: Loc = (*loc, "on")
    row = loaded.model.transitions.get(source.name, {})
    if not row:
        yield _say(loaded, place, f"nobody leaves {source.name!r}: it has no row under `transitions`", at=source.at)
        return
    sound = True
    changeable = [name for name, transition in row.items() if not transition.rest]
    for target in targets:
        transition = row.get(target.name)
        if transition is None:
            sound = False
            yield _say(loaded, place, _no_transition(source.name, target.name, changeable), at=target.at)
        elif transition.rest:
            sound = False
            message = (
                f"'{source.name} -> {target.name}' takes the rest of its row and changes only as the others do; "
                "name the other targets instead"
            )
            yield _say(loaded, place, message, at=target.at)
    if not sound:
        return
    hazards = [t.name for t in targets if row[t.name].timed]
    if hazards and len(hazards) < len(targets):
        other = next(t.name for t in targets if t.name not in hazards)
        message = (
            f"from {source.name!r}, {hazards[0]!r} is a hazard and {other!r} a probability; write an effect for each"
        )
        yield _say(loaded, place, message, at=targets[0].at)
    elif hazards and effect.hazard_ratio is None:
        key = next(k for k in ("odds_ratio", "risk_ratio", "difference") if effect.model_dump()[k] is not None)
        message = (
            f"`{key}` changes probabilities, but '{source.name} -> {hazards[0]}' is a hazard; write `hazard_ratio`"
        )
        yield _say(loaded, (*loc, key), message, key=True)


def _no_transition(source: str, target: str, own: list[str]) -> str:
    hint = did_you_mean(target, own) or "."
    return f"no transition '{source} -> {target}'{hint} From {source!r}: {', '.join(own) or 'none'}"


# ---------------------------------------------------------------- cost items


def _check_item_transition(loaded: LoadedStudy, loc: Loc, text: str) -> Iterator[Problem]:
    arrow = _read_arrow(loaded, loc, text)
    if isinstance(arrow, Problem):
        yield arrow
        return
    wrong = list(_check_states(loaded, loc, arrow))
    if wrong:
        yield from wrong
        return
    transitions = loaded.model.transitions
    anywhere = arrow.sources[0].name == ANY
    for target in arrow.targets:
        if anywhere:
            if not transitions_named(f"{ANY} -> {target.name}", transitions):
                yield _say(loaded, loc, f"no state has a transition to {target.name!r}", at=target.at)
            continue
        for source in arrow.sources:
            row = transitions.get(source.name, {})
            if target.name not in row:
                yield _say(loaded, loc, _no_transition(source.name, target.name, list(row)), at=target.at)
            elif source.name == target.name:
                yield _say(
                    loaded, loc, "staying is no transition; use `state` for amounts per person-year", at=target.at
                )


def _check_amount_unit(loaded: LoadedStudy, loc: Loc, item: CostItem) -> Iterator[Problem]:
    """A parameter that stands alone as an amount must be money per what the item counts."""
    try:
        tree = parse_expression(item.amount)
    except ExpressionError:
        return
    if not isinstance(tree, Name) or tree.name not in loaded.model.parameters:
        return
    unit = UNITS.get(loaded.model.parameters[tree.name].unit)
    wanted = "person-year" if item.state is not None else "transition" if item.transition is not None else "participant"
    if unit is None or unit.per == wanted:
        return
    found = f"{tree.name!r} is in {unit.name}, but this cost needs SEK/{wanted}"
    factor = {"day": 365, "month": 12}.get(unit.per or "")
    if factor is not None and wanted == "person-year":
        yield _say(loaded, loc, f"{found}; write {tree.name} * {factor}")
    elif factor is not None or unit.per == "case":
        per = {"day": "days", "month": "months", "case": "cases"}[unit.per or ""]
        yield _say(loaded, loc, f"{found}; multiply it by the number of {per} in an expression")
    else:
        yield _say(loaded, loc, f"{found}; name another parameter, or mend its unit")


def _no_payer(loaded: LoadedStudy, name: str) -> str:
    if name in loaded.model.perspectives:
        return f"{name!r} is a perspective, and a cost is borne by a payer: {', '.join(loaded.model.payers)}"
    return unknown("payer", name, loaded.model.payers)


# ---------------------------------------------------------------- shared


def _read_arrow(loaded: LoadedStudy, loc: Loc, text: str) -> Arrow | Problem:
    try:
        return parse_arrow(text)
    except ArrowError as error:
        return _say(loaded, loc, error.message, at=error.at)


def _say(loaded: LoadedStudy, loc: Loc, message: str, *, at: int | None = None, key: bool = False) -> Problem:
    return loaded.marks.problem(loaded.study.model, loc, message, at=at, key=key)
