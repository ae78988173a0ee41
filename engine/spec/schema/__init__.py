"""The grammar: what an analyst may write, as immutable objects.

Every class refuses keys it does not know. The sentence under a field is its documentation: the JSON
Schema that editors complete from is generated from here. Fields of type `Expr` hold text (or a number)
of the small language in `expressions.py`; they are parsed and checked in `checks.py`, never evaluated here.
"""

from __future__ import annotations

from engine.spec.schema.base import Expr, SpecModel, Traced, meanings
from engine.spec.schema.calculations import Assumption, Calculation
from engine.spec.schema.cohort import CostItem, Effect, Item, Outcome, StartFrom, Subgroup, Time, Transition
from engine.spec.schema.figures import Alternative, Choice, Definition, Function, Parameter, Table
from engine.spec.schema.model import Model
from engine.spec.schema.study import FollowUp, Sensitivity, Study

__all__ = [
    "Alternative",
    "Assumption",
    "Calculation",
    "Choice",
    "CostItem",
    "Definition",
    "Effect",
    "Expr",
    "FollowUp",
    "Function",
    "Item",
    "Model",
    "Outcome",
    "Parameter",
    "Sensitivity",
    "SpecModel",
    "StartFrom",
    "Study",
    "Subgroup",
    "Table",
    "Time",
    "Traced",
    "Transition",
    "meanings",
]
