"""Which figures a file of results holds, in words: for whoever is told that it is damaged."""

from __future__ import annotations

from engine.results.stores.arrays import RUN, ZARR, draw_axis, per_draw
from engine.results.stores.plan import Plan, told
from engine.vocabulary import VARIABLES


def place_of(path: str, plan: Plan | None) -> str:
    """` (npv of 'wary', draws 0 to 65 535)`, as far as it is known; nothing of a file that is no array."""
    parts = path.split("/")
    if parts[0] != ZARR or len(parts) < 3 or plan is None:
        return ""
    try:
        if "c" in parts[2:]:
            at = parts.index("c", 2)
            return _of_chunk("/".join(parts[1:at]), [int(n) for n in parts[at + 1 :]], plan)
        if parts[1] == RUN and parts[-1].startswith("c."):
            return f" (record of chunk {_chunk(int(parts[-1].split('.')[1]), plan)})"
    except (ValueError, IndexError):
        return ""
    if parts[-1] == "zarr.json":
        return f" (what {'/'.join(parts[1:-1])} is)"
    return ""


def _of_chunk(name: str, index: list[int], plan: Plan) -> str:
    group, _, variable = name.partition("/")
    if variable in VARIABLES and group == "results" and per_draw(variable):
        axis = draw_axis(variable)
    elif name == f"{RUN}/horizon":
        axis = 1
    else:
        return f" ({name})"
    calculation = plan.calculations[index[0]]
    return f" ({variable} of {calculation!r}, chunk {_chunk(index[axis], plan)})"


def _chunk(chunk: int, plan: Plan) -> str:
    span = plan.job.span(chunk)
    return f"{chunk}: draws {told(span.start)} to {told(span.stop - 1)}"
