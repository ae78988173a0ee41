"""The sections of the page, in the order in which a reader's questions come.

Each module has one function `Material -> Section`; `SECTIONS` is the table of them.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.report.blocks import Section
from engine.report.material import Material
from engine.report.sections.answer import answer_section
from engine.report.sections.assumptions import assumptions_section
from engine.report.sections.cash_flow import cash_flow_section
from engine.report.sections.differences import differences_section, ranking_section
from engine.report.sections.npv import npv_section
from engine.report.sections.occupancy import occupancy_section
from engine.report.sections.paths import paths_section
from engine.report.sections.run import run_section
from engine.report.sections.sensitivity import sensitivity_section

SECTIONS: tuple[Callable[[Material], Section], ...] = (
    answer_section,
    npv_section,
    cash_flow_section,
    differences_section,
    ranking_section,
    paths_section,
    sensitivity_section,
    occupancy_section,
    assumptions_section,
    run_section,
)
