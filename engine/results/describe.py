"""Study -> description: labels, assumptions side by side, and sources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.model.compile import members
from engine.model.inputs import Inputs, chosen, law_of, own_assumption, point_of
from engine.model.usage import used_names
from engine.results.describe_moves import describe_movement
from engine.results.description import (
    AssumptionEntry,
    AssumptionValue,
    CalculationEntry,
    Description,
    LawEntry,
    Named,
    OutcomeEntry,
    PerspectiveEntry,
    SubgroupEntry,
    TableEntry,
)
from engine.spec.check_expressions import in_order, uses_of
from engine.spec.distributions import Law
from engine.spec.evaluate import PointValues, evaluate
from engine.spec.load import LoadedStudy
from engine.spec.schema import Calculation, Outcome
from engine.spec.structures import bundle_of, membership
from engine.spec.tables import SourceRow

PERSPECTIVE = "perspective"
"""Name of the assumption that says in whose view a calculation reports."""


def describe(study: LoadedStudy, inputs: Inputs) -> Description:
    """All that a reader of the results needs to know of the study."""
    model = study.model
    baseline = model.baseline
    counted = members(model)
    payers = list(model.payers)
    return Description(
        study=study.study.study,
        title=study.study.title,
        question=study.study.question,
        headline=study.study.headline,
        cohort=study.study.cohort,
        price_year=model.price_year,
        start_age=model.time.start_age,
        start_year=model.time.start_year,
        cycle_length=model.time.cycle_length,
        cycles=model.time.cycles,
        baseline=Named(baseline, model.strategies[baseline].label),
        interventions=tuple(Named(n, s.label) for n, s in model.strategies.items() if n != baseline),
        payers=tuple(Named(n, p.label) for n, p in model.payers.items()),
        perspectives=tuple(
            PerspectiveEntry(n, p.label, tuple(payers[j] for j in counted[k].nonzero()[0]))
            for k, (n, p) in enumerate(model.perspectives.items())
        ),
        states=tuple(Named(n, s.label) for n, s in model.states.items()),
        themes=dict(model.themes),
        calculations=tuple(
            CalculationEntry(c.calculation, c.label, c.role, c.why, c.perspective, c.perspective_why)
            for c in study.calculations
        ),
        assumptions=(*_parameters(study, inputs), *_choices(study, inputs), _perspective(study)),
        sources=_used_sources(study),
        tables=tuple(TableEntry(n, t.file, t.source, t.assumption) for n, t in model.tables.items()),
        caveat=getattr(study.study, "caveat", None),
        movement=describe_movement(study, inputs),
        outcomes=tuple(OutcomeEntry(n, o.label, o.unit, o.better, _are_events(o)) for n, o in model.outcomes.items()),
        subgroups=_subgroups(study),
    )


_TIMES = re.compile(r"year|month|week|day|hour|\b[qd]aly|\blys?\b|\bår|månad|veck|dag|timm", re.IGNORECASE)
"""Units of time spent, of which there is no single case."""


def _are_events(outcome: Outcome) -> bool:
    """Whether it is a count of events or persons: of moves between states, or of something that is no time; and not
    discounted, so that one event is one whenever it happens."""
    moves = all(item.transition is not None for item in outcome.items.values())
    return outcome.discount_rate == 0 and (moves or _TIMES.search(outcome.unit) is None)


def _subgroups(study: LoadedStudy) -> tuple[SubgroupEntry, ...]:
    """Parts of the cohort with their shares at each calculation's point values."""
    if not study.model.subgroups:
        return ()
    order, _ = in_order(uses_of(study))
    names = {c.calculation: PointValues(study, c, tuple(order)).names() for c in study.calculations}
    return tuple(
        SubgroupEntry(
            n, s.label, {c: evaluate(study.language.tree(s.share), known, study) for c, known in names.items()}
        )
        for n, s in study.model.subgroups.items()
    )


def _parameters(study: LoadedStudy, inputs: Inputs) -> Sequence[AssumptionEntry]:
    entries = []
    used = {c: used_names(study, _taken(study, c)) for c in (None, *(x.calculation for x in study.calculations))}
    for name, p in study.model.parameters.items():

        def value(calculation: str | None, name: str = name) -> AssumptionValue:
            own = own_assumption(study, calculation, name)
            law = law_of(study, calculation, name)
            origin = own if own is not None else study.model.parameters[name]
            value = point_of(study, calculation, name)
            words = "" if law.family == "point" else _law_words(study, calculation, name, law)
            # Not in the text, which says whether calculations differ: a correlation is the model's, not theirs.
            partners = _partners(study, inputs, calculation, name) if words else ()
            return AssumptionValue(
                text=f"{value:.12g}, uncertain: {words}" if words else f"{value:.12g}",
                point=value,
                own=own is not None,
                why=None if own is None else own.why,
                source=origin.source,
                assumption=origin.assumption,
                law="; ".join((words, *_correlation_words(partners))),
                mean=law.mean if words else None,
                used=name in used[calculation],
                told=_law_entry(study, calculation, name, law, partners) if words else None,
            )

        values = {c.calculation: value(c.calculation) for c in study.calculations}
        entries.append(
            AssumptionEntry(
                name,
                p.label,
                "parameter",
                p.unit,
                p.price_year,
                p.theme,
                value(None),
                values,
                differs=_differs(list(values.values())),
                uncertain=any(v.law for v in values.values()),
                bundle=bundle_of(study.model, name),
            )
        )
    return entries


_MOST_NAMED = 4
"""Other parameters that the words for a law name; a row of ten shares would bury its own figures."""


def _law_words(study: LoadedStudy, calculation: str | None, name: str, law: Law) -> str:
    """Law of a parameter, and which others it is drawn with."""
    model = study.model
    found = membership(model, name)
    if found is None or own_assumption(study, calculation, name) is not None:
        return law.describe()
    others = _listed([model.parameters[m].label for m in found.members if m != name])
    moments = law.describe().partition(", ")[2]
    if found.kind == "dirichlet":
        return f"Dirichlet with {others}; {moments}"
    return f"drawn jointly from {model.joint[found.name].table} with {others}; {moments}"


def _law_entry(
    study: LoadedStudy, calculation: str | None, name: str, law: Law, partners: Sequence[tuple[str, str]]
) -> LawEntry:
    """The same in parts."""
    figures, correlated = law.figures(), tuple(partners)
    found = membership(study.model, name)
    if found is None or own_assumption(study, calculation, name) is not None:
        return LawEntry(law.shape, figures, values=len(law.values), correlated=correlated)
    others = tuple(study.model.parameters[m].label for m in found.members if m != name)
    moments = {k: v for k, v in figures.items() if k in ("mean", "sd")}
    if found.kind == "dirichlet":
        return LawEntry("dirichlet", moments, others=others, correlated=correlated)
    table = study.model.joint[found.name].table
    return LawEntry("joint", figures, values=len(law.values), table=table, others=others, correlated=correlated)


def _partners(study: LoadedStudy, inputs: Inputs, calculation: str | None, name: str) -> tuple[tuple[str, str], ...]:
    """With what a parameter is correlated, after how much; not with what the calculation holds certain, which says
    nothing of it."""
    uncertain = set(inputs.uncertain if calculation is None else inputs.uncertain_in(calculation))
    return tuple(
        (f"{rank:g}", study.model.parameters[b if a == name else a].label)
        for a, b, rank in inputs.structures.correlations.pairs
        if name in (a, b) and {a, b} <= uncertain
    )


def _correlation_words(partners: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    told = [f"rank correlation {rank} with {other}" for rank, other in partners[:_MOST_NAMED]]
    if len(partners) > _MOST_NAMED:
        told.append(f"correlated with {len(partners) - _MOST_NAMED} others")
    return tuple(told)


def _listed(labels: Sequence[str]) -> str:
    """Labels in a row: `Finding work, Illness and 2 others`."""
    if len(labels) > _MOST_NAMED:
        labels = [*labels[: _MOST_NAMED - 1], f"{len(labels) - _MOST_NAMED + 1} others"]
    return " and ".join([", ".join(labels[:-1]), labels[-1]]) if len(labels) > 1 else labels[0]


def _taken(study: LoadedStudy, calculation: str | None) -> dict[str, str]:
    return {name: chosen(study, calculation, name) for name in study.model.choices}


def _choices(study: LoadedStudy, inputs: Inputs) -> Sequence[AssumptionEntry]:
    entries = []
    for name, c in study.model.choices.items():

        def value(calculation: str | None, name: str = name) -> AssumptionValue:
            own = own_assumption(study, calculation, name)
            alternatives = study.model.choices[name].alternatives
            return AssumptionValue(
                text=alternatives[chosen(study, calculation, name)].label,
                point=None,
                own=own is not None,
                why=None if own is None else own.why,
                source=None if own is None else own.source,
                assumption=None if own is None else own.assumption,
            )

        values = {c.calculation: value(c.calculation) for c in study.calculations}
        entries.append(
            AssumptionEntry(
                name,
                c.label,
                "choice",
                "",
                None,
                c.theme,
                value(None),
                values,
                differs=_differs(list(values.values())),
                uncertain=False,
                bundle=c.bundle,
                alternatives={key: alternative.label for key, alternative in c.alternatives.items()},
            )
        )
    return entries


def _perspective(study: LoadedStudy) -> AssumptionEntry:
    labels = {name: p.label for name, p in study.model.perspectives.items()}

    def value(c: Calculation) -> AssumptionValue:
        return AssumptionValue(labels[c.perspective], None, True, c.perspective_why, None, None)

    headline = study.study.headline
    values = {c.calculation: value(c) for c in study.calculations}
    return AssumptionEntry(
        PERSPECTIVE,
        "Perspective reported",
        "perspective",
        "",
        None,
        "scope",
        AssumptionValue(labels[headline], None, False, None, None, None),
        values,
        differs=_differs(list(values.values())),
        uncertain=False,
    )


def _differs(values: Sequence[AssumptionValue]) -> bool:
    return len({(v.text, v.point) for v in values}) > 1


def _used_sources(study: LoadedStudy) -> tuple[SourceRow, ...]:
    model = study.model
    used = {p.source for p in model.parameters.values()} | {t.source for t in model.tables.values()}
    used |= {a.source for c in study.calculations for a in c.assumptions.values()} | {model.price_index_source}
    used |= {d.source for d in (*model.correlations, *model.dirichlet.values(), *model.joint.values())}
    return tuple(row for row in study.sources.values() if row.id in used)
