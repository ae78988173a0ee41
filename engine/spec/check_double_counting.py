"""Check that no money is counted twice: as a transfer and once more as a cost or gain of the same payer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from engine.errors import Problem
from engine.spec.arrows import transitions_named
from engine.spec.expressions import Number
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import CostItem


def check_double_counting(loaded: LoadedStudy) -> Iterator[Problem]:
    """Two items of one amount, in one place, that touch one payer in the same direction."""
    items = list(loaded.model.cost_items.items())
    for (first, a), (second, b) in combinations(items, 2):
        amount = loaded.language.tree(b.amount)
        if isinstance(amount, Number) or loaded.language.tree(a.amount) != amount or not _meet(loaded, a, b):
            continue
        for payer in sorted(_signs(a) & _signs(b)):
            what = "pays" if payer[1] > 0 else "receives"
            message = (
                f"{payer[0]!r} {what} the same amount in the same place by {first!r} too: money counted twice. A "
                "transfer is cost and income already; keep one of the items, or give them amounts of their own"
            )
            yield loaded.marks.problem(loaded.study.model, ("cost_items", second), message, key=True)
            break


def _signs(item: CostItem) -> set[tuple[str, int]]:
    """Payers whom an item touches, and in which direction."""
    if item.kind == "production":
        return {(item.payer, -1)}
    return {(item.payer, 1)} | ({(item.to, -1)} if item.to is not None else set())


def _meet(loaded: LoadedStudy, a: CostItem, b: CostItem) -> bool:
    """Both arise somewhere at once."""
    if a.strategies and b.strategies and not set(a.strategies) & set(b.strategies):
        return False
    if a.state is not None and b.state is not None:
        return bool(set(a.states) & set(b.states))
    if a.transition is not None and b.transition is not None:
        rows = loaded.model.transitions
        return bool(set(transitions_named(a.transition, rows)) & set(transitions_named(b.transition, rows)))
    return a.strategy is not None and a.strategy == b.strategy and bool(set(a.years) & set(b.years))
