"""The verbs: each a short chain of the floors below, pure functions of their arguments.

Nothing here prints, and nothing is remembered between calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from engine.analysis import differences as _differences
from engine.analysis import sensitivity as _sensitivity
from engine.analysis.differences import AssumptionGroup
from engine.analysis.summary import summarize
from engine.errors import RunError, UsageError
from engine.model.compile import CompiledModel
from engine.model.compile import compile_model as _compile
from engine.results import export
from engine.results.dataset import label_runs
from engine.results.describe import PERSPECTIVE
from engine.results.description import Description
from engine.results.findings import Findings
from engine.results.folder import replacing
from engine.results.provenance import provenance
from engine.results.stores.zarr import read_zarr, write_zarr
from engine.run.designs import replicates, unit_points
from engine.run.execute import OUTCOMES, InvalidDraws, Settings, outcome_function, run_calculation
from engine.run.plan import refuse_if_too_large
from engine.spec.load import LoadedStudy, load_study
from engine.vocabulary import VARIABLES

__all__ = [
    "Progress",
    "Settings",
    "analyze_sensitivity",
    "compile_model",
    "explain_differences",
    "load_findings",
    "load_study",
    "missed_limits",
    "point_npv",
    "run_model",
    "run_study",
    "summarize",
    "write_report",
    "write_results",
]

Progress = Callable[[str, int, int], None]
"""Told a stage (`simulate`, `differences`, `sensitivity`, `report`), how much of it is done, and of how much."""

PATHS = 2048
"""First draws whose yearly accumulated savings are kept, for fan charts."""


def compile_model(study: LoadedStudy | str | Path) -> CompiledModel:
    """Make a study, or the one in a folder, ready to run.

    Raises
    ------
    SpecError : with every mistake found.
    """
    return _compile(study if isinstance(study, LoadedStudy) else load_study(study))


def point_npv(model: CompiledModel, calculation: str, *, strategy: str | None = None) -> dict[str, float]:
    """NPV by perspective and payer of one calculation, all assumptions at their point values [SEK/participant].

    Raises
    ------
    UsageError : no such calculation or strategy.
    """
    _known(calculation, model.inputs.laws, "calculation")
    strategy = _strategy(model, strategy)
    values = outcome_function(model, strategy, settings=Settings(threads=1))(model.inputs.point(calculation).T)[0]
    return dict(zip(model.shape.parties, map(float, values), strict=True))


def run_model(
    model: CompiledModel,
    *,
    draws: int | None = None,
    seed: int | None = None,
    paths: int = PATHS,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate all calculations of a study.

    Parameters
    ----------
    draws, seed : as the study says, if None.
    paths : first draws for which accumulated savings are kept year by year; the means by year are of all draws.
    settings : threads and block size; no result depends on them.

    Returns
    -------
    The results dataset; variables and dims as in `engine.vocabulary`.

    Raises
    ------
    UsageError : fewer draws than the design needs.
    RunError : draws break a rule of the model and the study does not ask to reject them.
    ResourceError : the results would not fit into memory.
    """
    spec = model.study.study
    draws = spec.draws if draws is None else draws
    seed = spec.seed if seed is None else seed
    if draws < 1:
        raise UsageError(f"draws: {draws}; at least 1")
    if draws < replicates(spec.design):
        raise UsageError(f"draws: {draws}; a {spec.design} design needs at least {replicates(spec.design)}")
    shape = model.shape
    per_draw = len(shape.courses) * len(shape.payers) + 5 * (len(shape.courses) - 1) * (len(shape.parties) + 1) + 2
    per_path = (len(shape.courses) - 1) * (len(shape.parties) + 1) * (model.study.model.time.cycles + 1)
    needed = 2 * 8 * (per_draw * draws + per_path * min(paths, draws)) * len(model.study.calculations)
    refuse_if_too_large(needed, f"a run of {draws:,} draws".replace(",", " "))
    names = [c.calculation for c in model.study.calculations]

    def tell(k: int) -> Callable[[int, int], None] | None:
        if progress is None:
            return None
        return lambda done, total: progress("simulate", k * total + done, len(names) * total)

    runs = [
        run_calculation(
            model,
            name,
            draws=draws,
            seed=seed,
            design=spec.design,
            paths=paths,
            reject=spec.invalid_draws == "reject",
            settings=settings,
            progress=tell(k),
        )
        for k, name in enumerate(names)
    ]
    return label_runs(model, runs, draws=draws, seed=seed, design=spec.design)


def explain_differences(
    model: CompiledModel,
    *,
    between: tuple[str, str] | None = None,
    strategy: str | None = None,
    draws: int | None = None,
    anchor_draws: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Which assumptions make calculations differ, and how much each: all pairs, or one.

    Parameters
    ----------
    between : two calculations, from and to.
    strategy : intervention; the first if None.
    draws : draws in which every mixture is computed; as the study says, if None.
    anchor_draws : draws in which the calculations themselves are computed, so that their difference is that of
        a run of as many draws; the study's number of draws, if None.

    Returns
    -------
    The differences dataset, see `engine.analysis.differences.explain_differences`.

    Raises
    ------
    UsageError : an unknown name, or fewer than two calculations.
    RunError : a mixture of two calculations breaks a rule of the model; names the assumptions.
    """
    spec = model.study.study
    seed = spec.seed if seed is None else seed
    draws = spec.differences.draws if draws is None else draws
    for name in between or ():
        _known(name, model.inputs.laws, "calculation")
    strategy = _strategy(model, strategy)
    enough = draws >= replicates(spec.design)
    design = spec.design if enough else "monte_carlo"
    n_replicates = replicates(design)
    points = unit_points(design, model.inputs.uncertain, seed=seed, start=0, stop=draws, total=draws)
    values = {c.calculation: model.inputs.values(c.calculation, points).T for c in model.study.calculations}
    chosen = list(between or values)
    evaluate = outcome_function(model, strategy, settings=settings)
    # the ends are cheap: known from all draws of the study, they pin the difference that is divided
    all_draws = max(spec.draws if anchor_draws is None else anchor_draws, draws)
    all_points = unit_points(design, model.inputs.uncertain, seed=seed, start=0, stop=all_draws, total=all_draws)
    try:
        return _differences.explain_differences(
            evaluate,
            {name: values[name] for name in chosen},
            assumptions=_groups(model),
            parties=model.shape.parties,
            reported={c.calculation: c.perspective for c in model.study.calculations},
            replicates=n_replicates,
            anchors={name: evaluate(model.inputs.values(name, all_points).T) for name in chosen},
            perspective=AssumptionGroup(PERSPECTIVE, "Perspective reported", "scope", ()),
            exact_up_to=spec.differences.exact_up_to,
            permutations=spec.differences.permutations,
            seed=seed,
            attrs={"strategy": strategy, "seed": seed, "anchor_draws": all_draws},
            progress=None if progress is None else lambda done, total: progress("differences", done, total),
        )
    except InvalidDraws as e:
        raise RunError(
            f"A mixture of two calculations makes no sense, so their difference cannot be divided: {e}. "
            "Give assumptions that must move together the same `bundle`."
        ) from e


def analyze_sensitivity(
    model: CompiledModel,
    *,
    calculation: str,
    method: str = "sobol",
    party: str | None = None,
    outcome: str = "npv",
    strategy: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
) -> xr.Dataset:
    """Which uncertain parameters drive the spread of an outcome of one calculation.

    Parameters
    ----------
    method : `sobol`, `morris` or `oneway`.
    party : perspective or payer; the calculation's own perspective if None.
    outcome : `npv`, `programme_cost`, `benefit_cost_ratio` or `payback_year`; the last is refused where it can be
        infinite. Any other function of points of the unit cube can be given to
        `engine.analysis.sensitivity.analyze_sensitivity`.
    n : size of the method's design.

    Raises
    ------
    UsageError : an unknown name; a calculation without uncertain parameters; an n that the method cannot use.
    RunError : draws that break a rule of the model, or an outcome that does not vary.
    """
    spec = model.study.study
    _known(calculation, model.inputs.laws, "calculation")
    own = next(c for c in model.study.calculations if c.calculation == calculation)
    party = own.perspective if party is None else party
    _known(party, model.shape.parties, "perspective or payer")
    _known(outcome, OUTCOMES, "outcome")
    strategy = _strategy(model, strategy)
    names = model.inputs.uncertain_in(calculation)
    rows = [model.inputs.uncertain.index(name) for name in names]
    column = model.shape.parties.index(party)
    evaluate = outcome_function(model, strategy, outcome, settings)

    def cube(x: np.ndarray) -> np.ndarray:
        points = np.full((len(model.inputs.uncertain), x.shape[0]), 0.5)
        points[rows] = x.T
        return model.inputs.values(calculation, points)

    def along(x: np.ndarray) -> np.ndarray:
        return evaluate(cube(x).T)[:, column]

    def quantile_of(parameter: int, u: float) -> float:
        x = np.full((1, len(names)), 0.5)
        x[0, parameter] = u
        return float(cube(x)[model.inputs.names.index(names[parameter]), 0])

    return _sensitivity.analyze_sensitivity(
        along,
        names=names,
        labels=[model.study.model.parameters[name].label for name in names],
        method=method,
        n=n,
        seed=spec.seed if seed is None else seed,
        quantile_of=quantile_of,
        attrs={
            "calculation": calculation,
            "party": party,
            "strategy": strategy,
            "outcome": outcome,
            "units": VARIABLES[outcome].unit,
        },
    )


def run_study(
    study: LoadedStudy | str | Path,
    *,
    draws: int | None = None,
    seed: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Findings:
    """The main job: simulate, summarise, explain differences, analyse sensitivity as the study says.

    Raises
    ------
    SpecError, UsageError, RunError, ResourceError : as the verbs that it chains.
    """
    began = time.time()
    model = compile_model(study)
    spec = model.study.study
    results = run_model(model, draws=draws, seed=seed, settings=settings, progress=progress)
    several = len(model.study.calculations) > 1
    gaps = None
    if several:
        gaps = explain_differences(model, anchor_draws=draws, seed=seed, settings=settings, progress=progress)
    wanted = [
        (s.method, calculation, party, s.n)
        for s in spec.sensitivity
        for calculation in s.calculations or tuple(model.inputs.laws)
        for party in s.perspectives or (None,)
        if model.inputs.uncertain_in(calculation)
    ]
    found = []
    for k, (method, calculation, party, n) in enumerate(wanted):
        found.append(
            analyze_sensitivity(
                model, calculation=calculation, method=method, party=party, n=n, seed=seed, settings=settings
            )
        )
        if progress is not None:
            progress("sensitivity", k + 1, len(wanted))
    facts = provenance(
        study=spec.study,
        key=model.study.key,
        seed=int(results.attrs["seed"]),
        draws=int(results.attrs["draws"]),
        design=spec.design,
        rejected=int((results["status"] != 0).sum()),
    )
    facts["started"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    facts["seconds"] = round(time.time() - began, 2)
    description = Description.from_json(results.attrs["description"])
    return Findings(description, results, summarize(results), gaps, tuple(found), facts)


def missed_limits(study: LoadedStudy, findings: Findings) -> list[str]:
    """Limits that the study states and the run did not keep, in words; empty if all were kept."""
    limits, missed = study.study.limits, []
    rejected = findings.provenance["rejected_draws"] / findings.results["status"].size
    if rejected > limits.rejected:
        missed.append(f"{rejected:.2%} of the draws were rejected; the study allows {limits.rejected:.2%}")
    if limits.mcse is not None:
        errors = findings.summary["mcse"].sel(party=findings.description.headline)
        worst = float(errors.max())
        if not worst <= limits.mcse:
            missed.append(
                f"the Monte Carlo standard error reaches {worst:.0f} SEK; the study allows {limits.mcse:.0f}; "
                "it takes more draws"
            )
    return missed


def write_results(
    findings: Findings,
    folder: str | Path,
    *,
    report: bool = True,
    language: str = "en",
    progress: Progress | None = None,
) -> Path:
    """Write a folder of results, whole or not at all; a folder of older results is replaced.

    Raises
    ------
    UsageError : the folder cannot be written, or holds something else than results.
    """
    folder = Path(folder)
    with replacing(folder) as draft:
        write_zarr(findings, draft / "results.zarr")
        for name, text in {
            "summary.json": export.summary_json(findings),
            "npv.csv": export.npv_csv(findings),
            "differences.csv": export.differences_csv(findings),
            "sensitivity.csv": export.sensitivity_csv(findings),
            "run.json": export.run_json(findings),
        }.items():
            (draft / name).write_text(text, encoding="utf-8", newline="")
        if report:
            if progress is not None:
                progress("report", 0, 1)
            write_report(findings, draft / "report.html", language=language, figures=draft / "figures")
            if progress is not None:
                progress("report", 1, 1)
    return folder


def load_findings(folder: str | Path) -> Findings:
    """Read a folder of results.

    Raises
    ------
    UsageError : it is not one.
    """
    return read_zarr(Path(folder) / "results.zarr")


def write_report(
    findings: Findings, path: str | Path, *, language: str = "en", figures: str | Path | None = None
) -> Path:
    """Write the report as one self-contained HTML file, and each figure as SVG if a folder for them is named."""
    from engine.report.page import write_report as write  # drawing is slow to load, and few calls need it

    return write(findings, path, language=language, figures=figures)


def _groups(model: CompiledModel) -> Sequence[AssumptionGroup]:
    """Inputs as assumptions; those with one bundle move together, and bear the first one's name."""
    spec = model.study.model
    groups: dict[str, AssumptionGroup] = {}
    for column, name in enumerate(model.inputs.names):
        about = spec.parameters[name] if name in spec.parameters else spec.choices[name]
        key = name if about.bundle is None else f"bundle {about.bundle}"
        if key in groups:
            first = groups[key]
            label = first.label if about.bundle in spec.bundles else f"{first.label}; {about.label}"
            groups[key] = first._replace(columns=(*first.columns, column), label=label)
        else:
            label = spec.bundles.get(about.bundle or "", about.label)
            groups[key] = AssumptionGroup(about.bundle or name, label, about.theme, (column,))
    return list(groups.values())


def _strategy(model: CompiledModel, strategy: str | None) -> str:
    interventions = model.shape.courses[1:]
    if strategy is None:
        return interventions[0]
    _known(strategy, interventions, "intervention")
    return strategy


def _known(name: str, known: object, what: str) -> None:
    names = list(known)  # type: ignore[call-overload]
    if name not in names:
        raise UsageError(f"no {what} {name!r}; there are: {', '.join(names)}")
