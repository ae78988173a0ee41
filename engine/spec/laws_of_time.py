"""Laws of the time from entering a state to a transition: `weibull(shape, scale)`, in years."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.spec.expressions import Call, Expression, ExpressionError, Name, check_expression, nearest
from engine.spec.language import Language

LAWS_OF_TIME: dict[str, tuple[str, ...]] = {
    "exponential": ("rate",),
    "weibull": ("shape", "scale"),
    "gompertz": ("shape", "rate"),
    "log_logistic": ("shape", "scale"),
    "lognormal": ("meanlog", "sdlog"),
    "survival": ("table",),
}
"""Law and its arguments. `survival` reads the share that has not left by years from a table."""


def check_law(
    tree: Expression, language: Language, *, names: Collection[str], functions: Mapping[str, tuple[str, ...]]
) -> list[ExpressionError]:
    """Every mistake in a law, in the order written. Arguments as in `expressions.check_expression`."""
    known = ", ".join(f"{name}({', '.join(arguments)})" for name, arguments in LAWS_OF_TIME.items())
    if not isinstance(tree, Call):
        return [ExpressionError(f"a law of a time is needed: {known}", 0)]
    if tree.function not in LAWS_OF_TIME:
        near = nearest(tree.function, LAWS_OF_TIME)
        return [ExpressionError(f"unknown law '{tree.function}'.{near} Laws: {known}", tree.at)]
    wanted = LAWS_OF_TIME[tree.function]
    if tree.function == "survival":
        return check_table(tree, language)
    if len(tree.arguments) != len(wanted):
        shown = f"{tree.function}({', '.join(wanted)})"
        return [ExpressionError(f"{shown} takes {len(wanted)} arguments, not {len(tree.arguments)}", tree.at)]
    found = []
    for argument in tree.arguments:
        found += check_expression(argument, names=names, tables=language.tables, functions=functions, expect="number")
    return found


def table_of(tree: Call) -> tuple[str, str | None]:
    """Table and column of a `survival` law that has passed the checks; no column where the table has one only."""
    words = [a.name for a in tree.arguments if isinstance(a, Name)]
    return words[0], words[1] if len(words) > 1 else None


def check_table(tree: Call, language: Language) -> list[ExpressionError]:
    """What is wrong with how a `survival` law names its table."""
    tables = language.tables
    words = [a.name for a in tree.arguments if isinstance(a, Name)]
    if not 1 <= len(words) == len(tree.arguments) <= 2:
        return [ExpressionError("survival takes a table and, where it has several, a column: survival(table)", tree.at)]
    if words[0] not in tables:
        return [ExpressionError(f"no table '{words[0]}'.{nearest(words[0], tables)}", tree.arguments[0].at)]
    shape = tables[words[0]]
    if len(shape.keys) != 1 or shape.keys[0].words is not None:
        message = f"table {words[0]} has other keys than years; survival needs one key, years since the start"
        return [ExpressionError(message, tree.arguments[0].at)]
    columns = shape.columns
    if len(words) == 1 and len(columns) > 1:
        return [ExpressionError(f"table {words[0]} has the columns {', '.join(columns)}; say which", tree.at)]
    if len(words) == 2 and words[1] not in columns:
        near = nearest(words[1], columns)
        return [ExpressionError(f"table {words[0]} has no column '{words[1]}'.{near}", tree.arguments[1].at)]
    return []
