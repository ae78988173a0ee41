"""What depends on what inside a calculation, and what an analysis says that cannot take it so.

The one rule of a run, which refuses then, and of a study's check, which tells it before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from engine.spec.correlations import Pairs, blocks

NEEDS_INDEPENDENCE = frozenset({"sobol", "morris", "oneway", "twoway", "efast", "rbd_fast", "dgsm", "hdmr"})
"""Sensitivity methods that need parameters which are drawn independently of one another."""
OTHERS = "Use shapley_effects, delta, pawn, regional or prim"
WHO = "the split of who calculates and what each is unsure of"
"""What `who` among a study's `analyses` is called."""
IN_ONE_BUNDLE = "With a common `bundle` they are one assumption"

Groups = Mapping[str, tuple[str, ...]]


def independent_groups(names: Sequence[str], ranks: Pairs, rows: Groups) -> dict[str, tuple[str, ...]]:
    """Coordinates that together do not depend on any other, by name, each where its first coordinate stands.

    Parameters
    ----------
    names : coordinates of a calculation, sorted.
    ranks : rank correlations; those with others are without effect.
    rows : members of the Dirichlet rows that the calculation draws, by the row's name.

    Returns
    -------
    A partition of `names`: a correlated block (`a + b`), a Dirichlet row (its name), anything else by itself.
    """
    group: dict[str, tuple[str, tuple[str, ...]]] = {name: (name, (name,)) for name in names}
    for block in blocks(names, ranks):
        group |= dict.fromkeys(block, (" + ".join(block), block))
    for row, members in rows.items():
        group |= dict.fromkeys(members, (row, tuple(sorted(members))))
    return dict(group[name] for name in names)


def tied(groups: Groups, together: Iterable[Collection[str]] = ()) -> list[tuple[str, tuple[str, ...]]]:
    """Groups of several coordinates that none of `together` holds as a whole."""
    held = [set(one) for one in together]
    return [
        (name, group) for name, group in groups.items() if len(group) > 1 and not any(set(group) <= one for one in held)
    ]


def dependence_refusal(
    method: str,
    groups: Groups,
    wholes: Collection[str],
    *,
    together: Iterable[Collection[str]] = (),
    instead: str = OTHERS,
) -> str | None:
    """Why a method that needs independence cannot be used, and what can; None where it can.

    Parameters
    ----------
    groups : as of `independent_groups`.
    wholes : names of those groups whose members add up to 1.
    together : coordinates that the method takes as one.
    instead : advice, without its full stop.
    """
    reasons = []
    for name, group in tied(groups, together):
        listed = " and ".join((", ".join(group[:-1]), group[-1]))
        reasons.append(f"{listed} " + ("add up to 1" if name in wholes else "are correlated"))
    if not reasons:
        return None
    return f"{method} needs independent parameters; {'; '.join(reasons)}. {instead}."


def advice(*, groups: bool) -> str:
    """What to do instead, where the method can take groups or not."""
    return OTHERS + (", or name a group for each of these" if groups else "")


def split_refusal(groups: Groups, wholes: Collection[str], together: Mapping[str, Collection[str]]) -> str | None:
    """Why groups of Shapley effects cannot be as they are; None if they can.

    One holds some of the shares of a whole, or has the name of a whole, which then counts as one beside it.
    """
    grouped = {name for group in together.values() for name in group}
    for name, members in tied(groups, together.values()):
        if name not in wholes:
            continue
        if not grouped.isdisjoint(members):
            return f"{', '.join(members)} add up to 1 ({name}); a group takes all of them, or none."
        if name in together:
            return f"Group {name!r} has the name of shares that are not in it ({', '.join(members)})."
    return None


def levels_refusal(method: str, which: Iterable[str], able: Iterable[str]) -> str:
    """What a method says that needs parameters which vary continuously, of those that do not."""
    listed = ", ".join(map(repr, which))
    return (
        f"Method '{method}' needs parameters that vary continuously, and {listed} takes a few values only. "
        f"These methods do not: {', '.join(able)}."
    )
