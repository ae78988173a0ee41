"""What drives the uncertainty inside a calculation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import xarray as xr

from engine.analysis import sensitivity as _sensitivity
from engine.analysis.convergence import label_refinement, refine_indices
from engine.analysis.sensitivity.choices import kind_of
from engine.analysis.sensitivity.many_outcomes import analyze_outcomes
from engine.api.calls import Progress, checked_seed, known, of_stage
from engine.api.points import PointFunction
from engine.api.subject import Array, Subject, subject
from engine.errors import UsageError
from engine.model.compile import CompiledModel
from engine.run.blocks import Settings
from engine.run.functions import OUTCOMES, ModelFunction, outcome_function, party_yearly_function
from engine.spec.factors import Asked
from engine.spec.groups import THEMES, AskedGroups, members_of
from engine.spec.independence import advice, split_refusal
from engine.vocabulary import VARIABLES

By = Literal["payer", "year"]


def _columns(groups: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Columns of each group."""
    return {
        group: tuple(names.index(known(member, names, "uncertain parameter")) for member in members)
        for group, members in groups.items()
    }


def _one_column(column: int) -> Callable[[Array], Array]:
    return lambda columns: columns[column : column + 1]


def analyze_sensitivity(
    model: CompiledModel,
    *,
    calculation: str,
    method: str = "sobol",
    party: str | None = None,
    outcome: str = "npv",
    strategy: str | None = None,
    n: int | None = None,
    groups: AskedGroups | None = None,
    choices: Asked = (),
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """Which uncertain parameters, and which choices, drive the spread of an outcome of one calculation.

    Parameters
    ----------
    method : a name in `engine.analysis.sensitivity.METHODS`.
    party : perspective or payer; the calculation's own perspective if None.
    outcome : `npv`, `programme_cost`, `benefit_cost_ratio` or `payback_year`; the last is refused where it can be
        infinite. Any other function of points of the unit cube can be given to
        `engine.analysis.sensitivity.analyze_sensitivity`.
    n : size of the method's design.
    groups : names of parameters that are taken as one, by the group's name, or `"themes"`, all that varies of each
        theme; the others stand alone. For methods that can: `sobol`, `morris`, `shapley_effects`, `pawn`. With
        `shapley_effects` shares of one whole (a Dirichlet row) are taken as one in any case.
    choices : choices drawn at random beside the parameters, instead of being made as the calculation makes them: names,
        `"all"`, or the probabilities of each one's alternatives, `{"discounting": {"start": 0.5, "end": 0.5}}`. Without
        them every alternative is as likely. For methods that can take discrete factors. A choice that all calculations
        make alike costs a compilation in each call, unless the model was made by `compile_model(..., choices=...)`.

    Returns
    -------
    As `engine.analysis.sensitivity.analyze_sensitivity`. With choices and `sobol` also `choices_share`,
    `figures_share` and `choices_figures_share`; with `oneway` the coordinates `low_alternative` and `high_alternative`
    (parameter) name the alternatives behind `low_value` and `high_value`, and are empty for parameters. With `groups`
    the coordinates `members` and `member_labels` (parameter), of what stands alone empty, and attribute `groups`,
    `themes` or `named`.

    Raises
    ------
    UsageError : an unknown name; a calculation in which nothing varies; an n that the method cannot use; a method that
        needs independent parameters, where some depend on others that are not in the same group, or continuous ones,
        where there are choices; a group with some of the shares of one whole.
    RunError : draws of the design that break a rule of the model, or an outcome that does not vary.
    """
    known(outcome, OUTCOMES, "outcome")
    known(method, _sensitivity.METHODS, "method")
    about = subject(model, calculation, party=party, strategy=strategy, choices=choices)
    names, dependence = about.names, about.dependence
    if isinstance(groups, str):
        known(groups, (THEMES,), "grouping")
        members = members_of(model.study.model, THEMES, names)
    else:
        members = {group: tuple(of) for group, of in (groups or {}).items()}
    traits = _sensitivity.traits_of(_sensitivity.METHODS[method]())
    if traits.needs_independence:
        instead = advice(groups=traits.allows_groups)
        refusal = dependence.refusal(method, together=members.values(), instead=instead)
        if refusal is not None:
            raise UsageError(refusal)
    # what needs no independence is given points as they come out of the copula, or conditions on it itself
    correlated = not traits.needs_independence and not dependence.independent
    wholes = _wholes(about, members) if method == "shapley_effects" else {}
    column = about.model.shape.parties.index(about.party)
    evaluate = outcome_function(about.model, about.strategy, outcome, settings)
    function = PointFunction(evaluate.taking(_one_column(column)), about, method, single=True, correlated=correlated)
    how: dict[str, Any] = {"correlation": dependence.pearson if correlated else None}
    if correlated and dependence.bundles and traits.given_data:
        chosen = _sensitivity.METHODS[method]()
        size = chosen.default_n if n is None else n
        chosen.design(len(names), size, checked_seed(model, seed))  # none, but refuses what is too small
        points = _sensitivity.sample_points(len(names), size, checked_seed(model, seed))
        points = _sensitivity.correlate(points, dependence.pearson)
        how = {"given": (about.own_quantiles(points), function(points))}
    found = _sensitivity.analyze_sensitivity(
        function,
        names=names,
        labels=about.labels,
        method=method,
        n=n,
        seed=checked_seed(model, seed),
        quantile_of=about.quantile_of,
        groups=_columns(members | wholes, names),
        discrete=[k for k, name in enumerate(names) if about.has_levels(name)],
        choices=about.columns_of_choices,
        attrs={**about.attrs, "outcome": outcome, "units": VARIABLES[outcome].unit},
        **how,
    )
    if members or wholes:
        found = _with_members(about, found, members | wholes, by_theme=groups == THEMES, wholes=tuple(wholes))
    if "alternative" in found.dims:
        return found.assign_coords({f"{end}_alternative": _alternatives(about, found, end) for end in ("low", "high")})
    return found


def _wholes(about: Subject, members: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Shares of one whole that no group holds: they count as one, as none of them is anything without the others.

    Raises
    ------
    UsageError : a group holds some of them only, or has their name without them.
    """
    dependence = about.dependence
    refusal = split_refusal(dependence.groups, dependence.bundles, members)
    if refusal is not None:
        raise UsageError(refusal)
    return {name: of for name, of in dependence.tied(members.values()) if name in dependence.bundles}


def _with_members(
    about: Subject,
    found: xr.Dataset,
    members: Mapping[str, Sequence[str]],
    *,
    by_theme: bool,
    wholes: Sequence[str] = (),
) -> xr.Dataset:
    """Who is in each group, themes by their names for people, and wholes by those of their parts."""
    labels, themes = dict(zip(about.names, about.labels, strict=True)), about.model.study.model.themes
    listed = {p: "; ".join(labels[m] for m in of) for p, of in members.items()}
    names = [str(p) for p in found["parameter"].values]

    def label(p: str, own: str) -> str:
        if p in wholes:
            return about.model.study.model.bundles.get(p, listed[p])
        return themes.get(p, own) if by_theme and p in members else own

    return found.assign_coords(
        label=("parameter", [label(p, str(own)) for p, own in zip(names, found["label"].values, strict=True)]),
        members=("parameter", [", ".join(members.get(p, ())) for p in names]),
        member_labels=("parameter", [listed.get(p, "") for p in names]),
    ).assign_attrs(groups=THEMES if by_theme else "named")


def _alternatives(about: Subject, found: xr.Dataset, end: str) -> tuple[str, list[str]]:
    """Names of the alternatives at one end of each choice's bar."""
    of = about.model.study.model.choices
    values = zip(found["parameter"].values, found[f"{end}_value"].values, strict=True)
    return "parameter", [list(of[str(p)].alternatives)[int(v)] if str(p) in about.choices else "" for p, v in values]


def analyze_sensitivity_by(
    model: CompiledModel,
    *,
    calculation: str,
    by: By,
    party: str | None = None,
    strategy: str | None = None,
    n: int | None = None,
    choices: Asked = (),
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """Sobol' indices of every payer's or every year's net saving, beside its variance, and of all of them together.

    Parameters
    ----------
    by : `payer`: the NPV of each payer that the party counts; `year`: the party's discounted net saving in each year,
        which add up to its NPV. Cycles shorter than a year are added up, longer ones stay as they are.
    party : perspective or, by year, also a payer. If None, by payer the study's headline perspective, and by year the
        calculation's own.
    n : base points, a power of two, 512 if None; n × (D + 2) runs.
    choices : as `analyze_sensitivity`.

    Returns
    -------
    As `engine.analysis.sensitivity.many_outcomes.analyze_outcomes`, without second order; dimension `outcome` with
    coordinate `outcome_label`: a payer's label, or the year counted from the start. Attribute `by`.

    Raises
    ------
    UsageError, RunError : as `analyze_sensitivity`; also a party of one payer, by payer.
    """
    known(by, ("payer", "year"), "outcome to go by")
    if by == "payer" and party is None:
        party = model.study.study.headline
    about = subject(model, calculation, party=party, strategy=strategy, choices=choices)
    refusal = about.dependence.refusal("sobol")
    if refusal is not None:
        raise UsageError(refusal)
    outcomes, evaluate = (_by_payer if by == "payer" else _by_year)(about, settings)
    found = analyze_outcomes(
        PointFunction(evaluate, about, "sobol"),
        names=about.names,
        labels=about.labels,
        outcomes=list(outcomes),
        n=512 if n is None else n,
        seed=checked_seed(model, seed),
        second_order=False,
        attrs={**about.attrs, "by": by, "outcome": "npv", "units": VARIABLES["npv"].unit},
    )
    return _with_kinds(about, found).assign_coords(outcome_label=("outcome", list(outcomes.values())))


def _by_payer(about: Subject, settings: Settings | None) -> tuple[dict[str, str], ModelFunction]:
    """Payers that the party counts, with their labels, and their NPV (run, payer) as a function of inputs."""
    shape = about.model.shape
    if about.party not in shape.perspectives:
        raise UsageError(f"{about.party!r} is a payer; by payer, name a perspective: {', '.join(shape.perspectives)}")
    counted = np.flatnonzero(shape.members[shape.perspectives.index(about.party)])
    if counted.size < 2:
        raise UsageError(f"{about.party!r} has one payer, so there is nothing to tell apart; name a wider perspective")
    evaluate = outcome_function(about.model, about.strategy, "npv", settings)
    columns = counted + len(shape.perspectives)
    labels = {shape.payers[p]: about.model.study.model.payers[shape.payers[p]].label for p in counted}
    return labels, evaluate.taking(lambda parties: parties[columns])


def _by_year(about: Subject, settings: Settings | None) -> tuple[dict[str, str], ModelFunction]:
    """Years from the start, and discounted net saving in each (run, year) as a function of inputs."""
    time = about.model.study.model.time
    evaluate = party_yearly_function(about.model, about.strategy, about.party, settings)
    # A cycle of 1/12 year starts at 0.999... of a year as often as at 1.
    starts = np.floor(np.arange(time.cycles) * time.cycle_length + 1e-9).astype(int)
    years, first = np.unique(starts, return_index=True)
    return {f"{y}": f"{y}" for y in years}, evaluate.taking(lambda cycles: np.add.reduceat(cycles, first, axis=0))


def refine_sensitivity(
    model: CompiledModel,
    *,
    calculation: str,
    party: str | None = None,
    outcome: str = "npv",
    strategy: str | None = None,
    choices: Asked = (),
    precision: float = 0.02,
    budget: int = 4_000_000,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Sobol' indices with a design that is doubled until they are precise, and how they settled meanwhile.

    Parameters
    ----------
    choices : as `analyze_sensitivity`.
    precision : width of the interval of every total index that matters (above 0.05), at most.
    budget : evaluations of the model, at most.

    Returns
    -------
    `S1`, `ST` with `_conf` as of the method `sobol`, without second order; `worst_half_width`, `ranking_stable` by
    checkpoint, `ST_so_far`, `ST_conf_so_far` by parameter; attributes `reached`, and `precision` as asked for.

    Raises
    ------
    UsageError, RunError : as `analyze_sensitivity`.
    """
    known(outcome, OUTCOMES, "outcome")
    about = subject(model, calculation, party=party, strategy=strategy, choices=choices)
    refusal = about.dependence.refusal("sobol")
    if refusal is not None:
        raise UsageError(refusal)
    column = about.model.shape.parties.index(about.party)
    evaluate = outcome_function(about.model, about.strategy, outcome, settings)
    refinement = refine_indices(
        PointFunction(evaluate.taking(_one_column(column)), about, "sobol", single=True),
        len(about.names),
        budget=budget,
        seed=checked_seed(model, seed),
        width=precision,
        second_order=False,
        progress=of_stage(progress, "sensitivity"),
    )
    attrs = {**about.attrs, "outcome": outcome, "units": VARIABLES[outcome].unit, "precision": precision}
    return _with_kinds(about, label_refinement(refinement, about.names, labels=about.labels, attrs=attrs))


def _with_kinds(about: Subject, found: xr.Dataset) -> xr.Dataset:
    """Which of what varies is a choice and which a parameter, where there are choices."""
    if not about.choices:
        return found
    of = about.columns_of_choices
    return found.assign_coords(kind=("parameter", [kind_of((i,), of) for i in range(len(about.names))]))
