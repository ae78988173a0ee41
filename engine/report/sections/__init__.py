"""The sections of the page, in the order in which a reader's questions come.

Each module has one function `Material -> Section`; `SECTIONS` is the table of them. A section about an analysis that a
run may or may not have made is a function of the analysis too, and stands in the table as `of_analysis(name, build)`:
it is on the page where `findings.analyses` holds that name.
"""

from __future__ import annotations

from collections.abc import Callable

import xarray as xr

from engine.report.blocks import Section
from engine.report.material import Material
from engine.report.sections.answer import answer_section
from engine.report.sections.assumptions import assumptions_section
from engine.report.sections.cash_flow import cash_flow_section
from engine.report.sections.cost_effectiveness import cost_effectiveness_section
from engine.report.sections.decision import decision_section
from engine.report.sections.differences import differences_section, ranking_section
from engine.report.sections.disagreement import disagreement_section
from engine.report.sections.information import information_section
from engine.report.sections.model import model_section
from engine.report.sections.npv import npv_section
from engine.report.sections.occupancy import occupancy_section
from engine.report.sections.outcomes import outcomes_section
from engine.report.sections.paths import paths_section
from engine.report.sections.run import run_section
from engine.report.sections.sensitivity import sensitivity_section
from engine.report.sections.subgroups import subgroups_section
from engine.report.sections.years import years_section

Builder = Callable[[Material], Section | None]
"""A section of the page; None where there is nothing to say."""


def of_analysis(name: str, build: Callable[[Material, xr.Dataset], Section]) -> Builder:
    """The section of a further analysis, where the run made it."""

    def section(material: Material) -> Section | None:
        found = material.findings.analyses.get(name)
        return None if found is None else build(material, found)

    return section


SECTIONS: tuple[Builder, ...] = (
    answer_section,
    npv_section,
    cash_flow_section,
    outcomes_section,
    cost_effectiveness_section,
    subgroups_section,
    differences_section,
    years_section,
    ranking_section,
    disagreement_section,
    decision_section,
    paths_section,
    sensitivity_section,
    information_section,
    model_section,
    occupancy_section,
    assumptions_section,
    run_section,
)
