"""What stands behind a name, to be read in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from engine.spec.explain import Explanation, Use
from engine.terminal.lines import console, line, show, table_of


def show_explanation(found: Explanation) -> None:
    """A name with its facts, settings and uses."""
    out = console()
    line(out, f"{found.name}  {found.label or found.kind}", style="bold")
    line(out, f"{found.kind.capitalize()}, {found.stands}")
    if found.left_out:
        line(out, "An included file has it, and nothing uses it: it is no part of this model.")
    _rows(out, "", ((fact.what, fact.text) for fact in found.facts))
    _rows(out, "In place of", ((fact.what, fact.text) for fact in found.replaces))
    _rows(
        out,
        "Set otherwise by",
        ((s.label, "\n".join((s.text, s.why, s.stands))) for s in found.settings),
        none="" if found.kind not in ("parameter", "choice") or found.left_out else "No calculation sets it otherwise.",
    )
    direct = [use for use in found.uses if not use.through]
    nothing = "" if found.left_out else "No expression uses it."
    _rows(out, "Used in", ((use.what, use.stands) for use in direct), none=nothing)
    _rows(out, "Used through others in", ((use.what, _way(use)) for use in found.uses if use.through))


def _way(use: Use) -> str:
    return f"through {' -> '.join(use.through)}, {use.stands}"


def _rows(out: Console, title: str, rows: Iterable[Sequence[str]], *, none: str = "") -> None:
    told = list(rows)
    if not told and not none:
        return
    line(out, "")
    if title and told:
        line(out, title, style="bold")
    if told:
        show(out, table_of(("", ""), (), told))
    else:
        line(out, none)
