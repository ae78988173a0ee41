"""Analyses that a run would leave out with a note, because of what depends on what, told before it.

No mistakes: the study runs, and its other analyses are made. So they are told apart from the checks' problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from engine.errors import Problem
from engine.spec.check_quantities import columns_of
from engine.spec.check_sensitivity import GROUPED, SMOOTH
from engine.spec.check_sizes import TWO_WAY_NEEDS, least_of_many
from engine.spec.distributions import parse_law
from engine.spec.factors import chosen_factors
from engine.spec.groups import members_of
from engine.spec.independence import (
    IN_ONE_BUNDLE,
    NEEDS_INDEPENDENCE,
    WHO,
    advice,
    dependence_refusal,
    independent_groups,
    levels_refusal,
    split_refusal,
)
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Calculation, Sensitivity
from engine.spec.structures import bundle_of, membership, rank_correlations
from engine.spec.yaml import Loc
from engine.vocabulary import SensitivityMethod


class Uncertain(NamedTuple):
    """What a calculation is unsure of."""

    names: tuple[str, ...]
    """What is drawn by itself, sorted: parameters, and joint tables for all that their rows set."""
    levels: tuple[str, ...]
    """Those of them that take a few values only."""
    groups: Mapping[str, tuple[str, ...]]
    """Those that together depend on no other."""
    wholes: frozenset[str]
    """Names of groups whose members add up to 1."""


def uncertain_of(loaded: LoadedStudy, calculation: Calculation) -> Uncertain:
    """What a calculation of a sound study is unsure of, as a run sees it."""
    model, columns = loaded.model, columns_of(loaded)
    families: dict[str, str] = {}
    rows: dict[str, tuple[str, ...]] = {}
    for name, parameter in model.parameters.items():
        own = calculation.assumptions.get(name)
        found = membership(model, name)
        if own is None and found is not None:
            if found.kind == "joint":
                families[found.name] = "empirical"
            else:
                families[name] = "beta"
                rows[found.name] = found.members
            continue
        text = parameter.dist if own is None else own.dist
        if text is not None:
            value = parameter.value if own is None or own.value is None else own.value
            families[name] = parse_law(text, value=value, columns=columns).family
    names = tuple(sorted(name for name, family in families.items() if family != "point"))
    levels = tuple(name for name in names if families[name] in ("discrete", "empirical"))
    groups = independent_groups(names, rank_correlations(model), rows)
    return Uncertain(names, levels, groups, frozenset(rows))


def refused_analyses(loaded: LoadedStudy) -> list[Problem]:
    """Analyses that the study asks for and that a run would leave out, each where it stands.

    Parameters
    ----------
    loaded : without problems.
    """
    unsure = {c.calculation: uncertain_of(loaded, c) for c in loaded.calculations}
    found: list[Problem] = []
    for k, asked in enumerate(loaded.study.sensitivity):
        of = asked.calculations or tuple(unsure)
        told: dict[tuple[Loc, str], list[str]] = {}
        for name in of:
            for loc, message in _refusals(loaded, asked, unsure[name]):
                told.setdefault((loc, message), []).append(name)
        found += _problems(loaded, ("sensitivity", k), told, of)
    if "who" in loaded.study.analyses and len(unsure) > 1:
        together = _assumptions(loaded)
        told = {}
        for name, about in unsure.items():
            refusal = dependence_refusal(WHO, about.groups, about.wholes, together=together, instead=IN_ONE_BUNDLE)
            if refusal is not None:
                told.setdefault(((), refusal), []).append(name)
        # one calculation is enough for the whole to be refused
        place = loaded.study.analyses.index("who")
        where: Loc = ("analyses", place) if "analyses" in loaded.study.model_fields_set else ("analyses",)
        found += _problems(loaded, where, told, tuple(unsure))
    return found


def _problems(
    loaded: LoadedStudy, loc: Loc, told: Mapping[tuple[Loc, str], Sequence[str]], of: Sequence[str]
) -> Iterator[Problem]:
    for (at, message), names in told.items():
        among = "" if len(names) == len(of) else f" (in {', '.join(names)})"
        yield loaded.marks.problem(loaded.study_file, (*loc, *at), message.rstrip(".") + among)


def _refusals(loaded: LoadedStudy, asked: Sensitivity, about: Uncertain) -> Iterator[tuple[Loc, str]]:
    """Why a method cannot be used on a calculation, in the order in which a run looks."""
    method = asked.method
    if not about.names:  # nothing is analysed, or the choices alone
        return
    varying = {*about.names, *chosen_factors(loaded.model, asked.choices)}
    members = members_of(loaded.model, asked.groups, varying) if asked.groups else {}
    if method in NEEDS_INDEPENDENCE:
        groups = method in GROUPED and asked.by is None and asked.precision is None
        refusal = dependence_refusal(
            method, about.groups, about.wholes, together=members.values(), instead=advice(groups=groups)
        )
        if refusal is not None:
            yield ("method",), refusal
    elif method == "shapley_effects":
        refusal = split_refusal(about.groups, about.wholes, members)
        if refusal is not None:
            yield ("groups",), refusal
    if method in SMOOTH and about.levels:
        yield (
            ("method",),
            levels_refusal(method, about.levels, (m for m in get_args(SensitivityMethod) if m not in SMOOTH)),
        )
    if method == "twoway" and len(varying) < 2:
        yield ("method",), TWO_WAY_NEEDS
    least = least_of_many(method, len(about.names))
    if asked.n is not None and asked.n < least:
        message = f"{asked.n} is too few for {len(about.names)} uncertain parameters; `{method}` needs at least {least}"
        yield ("n",), message


def _assumptions(loaded: LoadedStudy) -> list[set[str]]:
    """Parameters that count as one assumption, each such set."""
    found: dict[str, set[str]] = {}
    for name in loaded.model.parameters:
        bundle = bundle_of(loaded.model, name)
        if bundle is not None:
            found.setdefault(bundle, set()).add(name)
    return list(found.values())
