"""Everything that can be wrong with a study whose files are each sound by themselves.

A check is a function of the study that yields problems; the tuple at the end names them all. Names and references are
checked here, quantities, expressions and dynamics in the modules beside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from engine.errors import Problem
from engine.spec.arrows import ANY
from engine.spec.check_accounting import check_accounting
from engine.spec.check_consensus import check_consensus
from engine.spec.check_dependence import check_correlations, check_dirichlet, check_joint, check_structures
from engine.spec.check_double_counting import check_double_counting
from engine.spec.check_dynamics import check_cost_items, check_effects, check_outcomes, check_rows, check_start
from engine.spec.check_expressions import (
    CORRECTION_WORDS,
    TIMING_WORDS,
    check_circles,
    check_expressions,
    check_functions,
)
from engine.spec.check_follow_up import check_follow_up
from engine.spec.check_intake import check_intake
from engine.spec.check_points import check_points
from engine.spec.check_quantities import check_origins, check_price_years, check_units, check_values
from engine.spec.check_sensitivity import check_sensitivity
from engine.spec.check_sizes import check_sizes
from engine.spec.check_structure import (
    check_combinations,
    check_reach,
    check_rows_of_one_kind,
    check_subgroups,
    check_summing,
    check_times_to_events,
    check_what_subgroups_set,
)
from engine.spec.check_tables import check_tables
from engine.spec.check_units import check_expression_units
from engine.spec.check_use import check_bundles, check_labels, check_payers, check_strategies_act, check_use
from engine.spec.expressions import BUILTIN_NAMES, FUNCTIONS
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Assumption
from engine.spec.validation import MOST_PROBLEMS, did_you_mean, unknown
from engine.spec.yaml import Loc

REPORTED = "reported"
"""Party of results that stands for each calculation's own perspective."""
PERSPECTIVE = "perspective"
"""Assumption in differences that stands for the perspective a calculation reports."""
DEFAULT_THEMES = ("other", "method")

_RESERVED = {
    **dict.fromkeys(BUILTIN_NAMES, "the clock of the model"),
    **dict.fromkeys(FUNCTIONS, "a function"),
    **dict.fromkeys(("and", "or", "not"), "an operator"),
    **dict.fromkeys((*TIMING_WORDS, *CORRECTION_WORDS), "a word for discounting or the within-cycle correction"),
    PERSPECTIVE: "what a calculation reports",
}


def check(loaded: LoadedStudy) -> list[Problem]:
    """All problems of a study, in the order of the checks; what asks for values, once nothing else is wrong."""
    for checks in (CHECKS, CHECKS_OF_WHAT_IS_SOUND, CHECKS_OF_VALUES):
        problems = [problem for one in checks for problem in _first_of(one(loaded))]
        if problems:
            return problems
    return []


def _first_of(problems: Iterable[Problem]) -> Iterator[Problem]:
    """As many problems of one kind as somebody will read, and a word where there are more."""
    for k, problem in enumerate(problems):
        if k == MOST_PROBLEMS:
            yield replace(problem, message=f"{problem.message} (and perhaps more of the kind; mend these first)")
            return
        yield problem


def check_names(loaded: LoadedStudy) -> Iterator[Problem]:
    """What expressions call by name has one meaning only."""
    model = loaded.model
    groups: dict[str, Iterable[str]] = {
        "parameters": model.parameters,
        "choices": model.choices,
        "definitions": model.definitions,
        "functions": model.functions,
        "tables": model.tables,
    }
    owner: dict[str, str] = {}
    for group, names in groups.items():
        for name in names:
            if name in _RESERVED:
                yield _say(
                    loaded, (group, name), f"{name!r} is {_RESERVED[name]} already; choose another name", key=True
                )
            elif name in owner:
                message = (
                    f"{name!r} stands under `{owner[name]}` too; expressions know both by this name, so choose another"
                )
                yield _say(loaded, (group, name), message, key=True)
            owner.setdefault(name, group)
    if ANY in model.states:
        yield _say(loaded, ("states", ANY), f"{ANY!r} means every state in effects; choose another name", key=True)


def check_parties(loaded: LoadedStudy) -> Iterator[Problem]:
    """Payers and perspectives have different names; perspectives name payers, and do not contain themselves."""
    model = loaded.model
    for group, names in (("payers", model.payers), ("perspectives", model.perspectives)):
        if REPORTED in names:
            message = f"{REPORTED!r} stands for each calculation's own perspective in results; choose another name"
            yield _say(loaded, (group, REPORTED), message, key=True)
    for name in model.perspectives:
        if name in model.payers:
            message = f"{name!r} is a payer too; results know both by this name, so choose another"
            yield _say(loaded, ("perspectives", name), message, key=True)
    for name, perspective in model.perspectives.items():
        loc: Loc = ("perspectives", name)
        for k, payer in enumerate(perspective.payers):
            if payer not in model.payers:
                hint = f"{payer!r} is a perspective; write it under `includes`" if payer in model.perspectives else ""
                yield _say(loaded, (*loc, "payers", k), hint or unknown("payer", payer, model.payers))
        for k, other in enumerate(perspective.includes):
            if other not in model.perspectives:
                hint = f"{other!r} is a payer; write it under `payers`" if other in model.payers else ""
                yield _say(loaded, (*loc, "includes", k), hint or unknown("perspective", other, model.perspectives))
    yield from _check_nesting(loaded)


def check_themes(loaded: LoadedStudy) -> Iterator[Problem]:
    """Themes are declared, so that a misspelt one does not become a theme of its own."""
    model = loaded.model
    allowed = list(dict.fromkeys((*model.themes, *DEFAULT_THEMES)))
    for group, entries in (("parameters", model.parameters), ("choices", model.choices)):
        for name, entry in entries.items():
            if entry.theme not in allowed:
                message = f"{unknown('theme', entry.theme, allowed)}. New ones are declared under `themes`"
                yield _say(loaded, (group, name, "theme"), message)


def check_choices(loaded: LoadedStudy) -> Iterator[Problem]:
    for name, choice in loaded.model.choices.items():
        if choice.default not in choice.alternatives:
            yield _say(
                loaded, ("choices", name, "default"), unknown("alternative", choice.default, choice.alternatives)
            )


def check_strategies(loaded: LoadedStudy) -> Iterator[Problem]:
    """Exactly one baseline, and it changes nothing."""
    strategies = loaded.model.strategies
    baselines = [name for name, strategy in strategies.items() if strategy.baseline]
    if not baselines:
        yield _say(
            loaded, ("strategies",), "no baseline; write `baseline: true` in the strategy that others are compared with"
        )
    for name in baselines[1:]:
        message = f"a second baseline beside {baselines[0]!r}; only one strategy is what the others are compared with"
        yield _say(loaded, ("strategies", name, "baseline"), message)
    for name in baselines:
        if strategies[name].effects:
            message = "the baseline is what happens without change and has no effects; put them into the transitions"
            yield _say(loaded, ("strategies", name, "effects"), message)


def check_calculations(loaded: LoadedStudy) -> Iterator[Problem]:
    """Calculations have names of their own and set what there is to set."""
    model, marks = loaded.model, loaded.marks
    seen: dict[str, str] = {}
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        name = calculation.calculation
        if name in seen:
            message = f"{name!r} is the name of the calculation in {seen[name]!r} too; choose another"
            yield marks.problem(file, ("calculation",), message)
        seen.setdefault(name, file)
        if calculation.perspective not in model.perspectives:
            message = unknown("perspective", calculation.perspective, model.perspectives)
            yield marks.problem(file, ("perspective",), message)
        for key, assumption in calculation.assumptions.items():
            yield from _check_assumption(loaded, file, key, assumption)


def check_study(loaded: LoadedStudy) -> Iterator[Problem]:
    """The headline perspective is there."""
    headline, perspectives = loaded.study.headline, loaded.model.perspectives
    if headline not in perspectives:
        yield loaded.marks.problem(loaded.study_file, ("headline",), unknown("perspective", headline, perspectives))


def check_cost_effectiveness(loaded: LoadedStudy) -> Iterator[Problem]:
    """Comparisons name an outcome, a perspective and calculations that are there, each comparison once."""
    study, model, file = loaded.study, loaded.model, loaded.study_file
    calculations = [c.calculation for c in loaded.calculations]
    seen: set[tuple[str, str]] = set()
    for k, asked in enumerate(study.cost_effectiveness):
        loc: Loc = ("cost_effectiveness", k)

        def say(at: Loc, message: str, loc: Loc = loc) -> Problem:
            return loaded.marks.problem(file, (*loc, *at), message)

        if not model.outcomes:
            yield say(("outcome",), f"{study.model} has no `outcomes`; say there what is counted beside money")
        elif asked.outcome not in model.outcomes:
            yield say(("outcome",), unknown("outcome", asked.outcome, model.outcomes))
        if asked.perspective not in model.perspectives:
            yield say(("perspective",), unknown("perspective", asked.perspective, model.perspectives))
        for i, name in enumerate(asked.calculations):
            if name not in calculations:
                yield say(("calculations", i), unknown("calculation", name, calculations))
            elif name in asked.calculations[:i]:
                yield say(("calculations", i), f"{name!r} is named twice")
        pair = (asked.outcome, asked.perspective)
        if pair in seen:
            message = f"{asked.outcome!r} in the perspective {asked.perspective!r} is compared already; leave one out"
            yield say((), message)
        seen.add(pair)


def _check_nesting(loaded: LoadedStudy) -> Iterator[Problem]:
    """Perspectives come to payers in the end."""
    perspectives = loaded.model.perspectives
    for name in perspectives:
        seen: set[str] = set()
        waiting = [name]
        payers = 0
        while waiting:
            current = waiting.pop()
            if current in seen or current not in perspectives:
                continue
            seen.add(current)
            payers += len(perspectives[current].payers)
            waiting += perspectives[current].includes
            if name in perspectives[current].includes:
                path = "itself" if current == name else f"{current!r}, which includes it"
                yield _say(
                    loaded, ("perspectives", name, "includes"), f"{name!r} includes {path}; perspectives nest one way"
                )
                break
        else:
            if payers == 0:
                yield _say(loaded, ("perspectives", name), "no payers; name some under `payers` or `includes`")


def _check_assumption(loaded: LoadedStudy, file: str, key: str, assumption: Assumption) -> Iterator[Problem]:
    model, marks = loaded.model, loaded.marks
    loc: Loc = ("assumptions", key)
    if key in model.choices:
        alternatives = model.choices[key].alternatives
        if assumption.choose is None:
            allowed = ", ".join(alternatives)
            message = f"{key!r} is a choice, not a parameter; write `choose` with one of: {allowed}"
            yield marks.problem(file, (*loc, "dist" if assumption.value is None else "value"), message, key=True)
        elif assumption.choose not in alternatives:
            yield marks.problem(file, (*loc, "choose"), unknown("alternative", assumption.choose, alternatives))
    elif key in model.parameters:
        if assumption.choose is not None:
            message = f"{key!r} is a parameter, not a choice; write `value` or `dist`"
            yield marks.problem(file, (*loc, "choose"), message, key=True)
    elif key in model.definitions:
        message = (
            f"{key!r} is a definition and follows from others; set the parameters in it: {model.definitions[key].value}"
        )
        yield marks.problem(file, loc, message, key=True)
    elif key in model.functions:
        message = (
            f"{key!r} is a function; a calculation sets parameters and choices, such as one that the function uses"
        )
        yield marks.problem(file, loc, message, key=True)
    elif key in model.tables:
        message = f"{key!r} is a table; a calculation sets parameters and choices, such as a factor on the table"
        yield marks.problem(file, loc, message, key=True)
    elif key in loaded.left_out:
        message = "an included file has it, but nothing in the model uses it, so setting it changes nothing; remove it"
        yield marks.problem(file, loc, message, key=True)
    else:
        known = [*model.parameters, *model.choices]
        near = did_you_mean(key, known)
        allowed = "" if near else ". " + unknown("parameter", key, known).partition(". ")[2]
        yield marks.problem(file, loc, f"no parameter or choice {key!r} in the model{near}{allowed}", key=True)


def _say(loaded: LoadedStudy, loc: Loc, message: str, *, key: bool = False) -> Problem:
    return loaded.marks.problem(loaded.study.model, loc, message, key=key)


CHECKS: tuple[Callable[[LoadedStudy], Iterator[Problem]], ...] = (
    check_names,
    check_parties,
    check_labels,
    check_themes,
    check_bundles,
    check_choices,
    check_strategies,
    check_strategies_act,
    check_units,
    check_price_years,
    check_origins,
    check_values,
    check_structures,
    check_correlations,
    check_dirichlet,
    check_joint,
    check_tables,
    check_functions,
    check_circles,
    check_expressions,
    check_start,
    check_rows,
    check_effects,
    check_cost_items,
    check_outcomes,
    check_combinations,
    check_subgroups,
    check_rows_of_one_kind,
    check_times_to_events,
    check_summing,
    check_calculations,
    check_accounting,
    check_study,
    check_intake,
    check_sensitivity,
    check_consensus,
    check_follow_up,
    check_cost_effectiveness,
    check_sizes,
)
CHECKS_OF_WHAT_IS_SOUND: tuple[Callable[[LoadedStudy], Iterator[Problem]], ...] = (
    check_payers,
    check_use,
    check_expression_units,
    check_what_subgroups_set,
    check_reach,
    check_double_counting,
)
CHECKS_OF_VALUES: tuple[Callable[[LoadedStudy], Iterator[Problem]], ...] = (check_points,)
