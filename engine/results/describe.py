"""Study -> description: labels, assumptions side by side, and sources."""

from __future__ import annotations

from collections.abc import Sequence

from engine.model.compile import members
from engine.model.inputs import Inputs, chosen, law_of, own_assumption, point_of
from engine.results.description import (
    AssumptionEntry,
    AssumptionValue,
    CalculationEntry,
    Description,
    Named,
    PerspectiveEntry,
    SourceEntry,
)
from engine.spec.load import LoadedStudy
from engine.spec.schema import Calculation

PERSPECTIVE = "perspective"
"""Name of the assumption that says in whose view a calculation reports."""


def describe(study: LoadedStudy, inputs: Inputs) -> Description:
    """All that a reader of the results needs to know of the study."""
    model = study.model
    baseline = next(name for name, s in model.strategies.items() if s.baseline)
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
    )


def _parameters(study: LoadedStudy, inputs: Inputs) -> Sequence[AssumptionEntry]:
    entries = []
    for name, p in study.model.parameters.items():

        def value(calculation: str | None, name: str = name) -> AssumptionValue:
            own = own_assumption(study, calculation, name)
            law = law_of(study, calculation, name)
            origin = own if own is not None else study.model.parameters[name]
            value = point_of(study, calculation, name)
            words = "" if law.family == "point" else law.describe()
            return AssumptionValue(
                text=f"{value:.12g}, uncertain: {words}" if words else f"{value:.12g}",
                point=value,
                own=own is not None,
                why=None if own is None else own.why,
                source=origin.source,
                assumption=origin.assumption,
                law=words,
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
                uncertain=name in inputs.uncertain,
                bundle=p.bundle,
            )
        )
    return entries


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


def _used_sources(study: LoadedStudy) -> tuple[SourceEntry, ...]:
    model = study.model
    used = {p.source for p in model.parameters.values()} | {t.source for t in model.tables.values()}
    used |= {a.source for c in study.calculations for a in c.assumptions.values()} | {model.price_index_source}
    return tuple(
        SourceEntry(
            row.id,
            row.quantity,
            row.unit,
            row.value,
            row.low,
            row.high,
            row.price_year,
            row.organisation,
            row.title,
            row.year,
            row.address,
            row.confidence,
        )
        for row in study.sources.values()
        if row.id in used
    )
