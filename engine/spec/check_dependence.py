"""Checks of parameters that depend on one another: rank correlations, Dirichlet rows, joint draws from a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from engine.errors import Problem
from engine.spec.check_quantities import check_source
from engine.spec.correlations import (
    blocks,
    cholesky,
    common_factor,
    impossible_part,
    matrix_of,
    nearest_ranks,
    smallest_eigenvalue,
)
from engine.spec.distributions import NARROWEST
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Traced
from engine.spec.structures import rank_correlations
from engine.spec.units import UNITS
from engine.spec.validation import unknown
from engine.spec.yaml import Loc

WRITTEN = 0.0005
"""Largest distance of a written value from its part of the counts: three decimals."""
_LARGEST_BLOCK = 12
"""Correlated parameters for which the nearest possible matrix is sought: 12 take a tenth of a second, and the work
grows with the third power."""
_MOST_PAIRS = 6
"""Pairs of a proposal that are told."""


def check_structures(loaded: LoadedStudy) -> Iterator[Problem]:
    """Members exist, belong to one structure, have no law of their own; names and origins of structures."""
    model = loaded.model
    owner: dict[str, str] = {}
    structures: list[tuple[str, str, Traced, list[tuple[str, Loc, bool]]]] = []
    for name, row in model.dirichlet.items():
        at: Loc = ("dirichlet", name, "members")
        structures.append(("dirichlet", name, row, [(m, (*at, k), False) for k, m in enumerate(row.members)]))
    for name, joint in model.joint.items():
        at = ("joint", name, "columns")
        structures.append(("joint", name, joint, [(m, (*at, m), True) for m in joint.columns]))
    taken: dict[str, str] = {}
    for kind, name, structure, members in structures:
        yield from _check_name(loaded, kind, name, taken)
        taken.setdefault(name, kind)
        yield from _check_origin(loaded, (kind, name), structure)
        bundle = ""
        for member, loc, key in members:
            if member not in model.parameters:
                yield _say(loaded, loc, _no_parameter(loaded, member), key=key)
                continue
            if member in owner:
                twice = "twice" if owner[member] == f"{kind}.{name}" else f"in `{owner[member]}` too"
                yield _say(loaded, loc, f"{member!r} stands {twice}; a parameter is drawn in one way only", key=key)
                continue
            owner[member] = f"{kind}.{name}"
            own = model.parameters[member]
            if own.dist is not None:
                message = f"{member!r} is drawn by `{kind}.{name}`, which is its law; leave `dist` out"
                yield _say(loaded, ("parameters", member, "dist"), message)
            if own.bundle is not None:
                if bundle and own.bundle != bundle:
                    message = (
                        f"{member!r} moves with all of `{kind}.{name}`, which has the bundle {bundle!r} already; "
                        "write the same, or leave it out"
                    )
                    yield _say(loaded, ("parameters", member, "bundle"), message)
                bundle = bundle or own.bundle
    for k, correlation in enumerate(model.correlations):
        yield from _check_origin(loaded, ("correlations", k), correlation)
        for i, name in enumerate(correlation.between):
            if name in owner:
                message = (
                    f"{name!r} is drawn by `{owner[name]}`, which says how it depends on others; only parameters with "
                    "a law of their own can be correlated"
                )
                yield _say(loaded, ("correlations", k, "between", i), message)


def check_correlations(loaded: LoadedStudy) -> Iterator[Problem]:
    """Two different parameters with laws, each pair once, and all pairs possible together."""
    model = loaded.model
    members = {m for row in model.dirichlet.values() for m in row.members}
    members |= {m for joint in model.joint.values() for m in joint.columns}
    first: dict[tuple[str, str], int] = {}
    sound = True
    for k, correlation in enumerate(model.correlations):
        loc: Loc = ("correlations", k, "between")
        pair = (min(correlation.between), max(correlation.between))
        bad = False
        for i, name in enumerate(correlation.between):
            if name not in model.parameters:
                yield _say(loaded, (*loc, i), _no_parameter(loaded, name))
                bad = True
            elif model.parameters[name].dist is None:
                # Told above, where it is a member of something.
                if name not in members:
                    message = (
                        f"{name!r} has no `dist` in the model, so nothing of it is uncertain; give it a law, or leave "
                        "the correlation out"
                    )
                    yield _say(loaded, (*loc, i), message)
                bad = True
        if pair[0] == pair[1]:
            yield _say(loaded, loc, f"{pair[0]!r} with itself; a correlation is between two parameters")
            bad = True
        elif pair in first and not bad:
            message = (
                f"{pair[0]!r} and {pair[1]!r} stand in correlations[{first[pair]}] already; keep one, in either order"
            )
            yield _say(loaded, loc, message)
            bad = True
        first.setdefault(pair, k)
        sound = sound and not bad
    if sound:
        yield from _check_possible(loaded, first)


def check_dirichlet(loaded: LoadedStudy) -> Iterator[Problem]:
    """Counts above 0, one for each member, of which the values are the shares; calculations set all members or none."""
    model = loaded.model
    for name, row in model.dirichlet.items():
        loc: Loc = ("dirichlet", name, "counts")
        sound = len(row.counts) == len(row.members)
        if not sound:
            yield _say(loaded, loc, f"{len(row.counts)} counts, but {len(row.members)} members; one for each")
        for k, count in enumerate(row.counts):
            if not count > 0:
                message = f"{count:g} is not above 0; a count of 0 is written with what a prior adds, such as 0.5"
                yield _say(loaded, (*loc, k), message)
                sound = False
            elif count > NARROWEST["gamma"]:
                message = f"{count:g} counts leave nothing uncertain that matters; at most {NARROWEST['gamma']:,.0f}"
                yield _say(loaded, (*loc, k), message.replace(",", "_"))
                sound = False
        for k, member in enumerate(row.members):
            parameter = model.parameters.get(member)
            if parameter is None or member in row.members[:k]:
                continue
            if parameter.unit in UNITS and parameter.unit not in ("share", "probability"):
                message = (
                    f"{member!r} is a member of `dirichlet.{name}`, which gives shares; its unit is `share` or "
                    f"`probability`, not `{parameter.unit}`"
                )
                yield _say(loaded, ("parameters", member, "unit"), message)
            elif sound:
                share = row.counts[k] / math.fsum(row.counts)
                if abs(parameter.value - share) > WRITTEN:
                    message = (
                        f"{parameter.value:g}, but the counts of `dirichlet.{name}` make it {share:.4g}; write "
                        f"{share:.4g}, or other counts"
                    )
                    yield _say(loaded, ("parameters", member, "value"), message)
        yield from _check_own_shares(loaded, name, row.members)


def check_joint(loaded: LoadedStudy) -> Iterator[Problem]:
    """Tables and columns are there; values vary, suit the unit and lie around the parameter's value."""
    model = loaded.model
    for name, joint in model.joint.items():
        if joint.table not in model.tables:
            yield _say(loaded, ("joint", name, "table"), unknown("table", joint.table, model.tables))
            continue
        columns = loaded.tables[joint.table].columns
        for member, column in joint.columns.items():
            loc: Loc = ("joint", name, "columns", member)
            if column not in columns:
                known = unknown("column", column, columns)
                if column in model.tables[joint.table].keys:
                    known = f"{column!r} is the key, which numbers the rows. Columns: {', '.join(columns)}"
                yield _say(loaded, loc, f"table {joint.table!r}: {known}")
                continue
            values = columns[column]
            if not all(map(math.isfinite, values)):
                yield _say(loaded, loc, f"column {column!r} has values that are not finite numbers")
                continue
            if len(set(values)) < 2:
                yield _say(loaded, loc, f"column {column!r} needs at least two different values")
                continue
            parameter = model.parameters.get(member)
            unit = UNITS.get(parameter.unit) if parameter is not None else None
            if parameter is None or unit is None:
                continue
            low, high = min(values), max(values)
            if low < unit.low or high > unit.high:
                message = (
                    f"column {column!r} has values from {low:g} to {high:g}, but unit `{unit.name}` means {unit.domain}"
                )
                yield _say(loaded, loc, message)
            elif not low <= parameter.value <= high:
                message = (
                    f"the value of {member!r} is {parameter.value:g}, but column {column!r} has values from {low:g} to "
                    f"{high:g}; is it the right column?"
                )
                yield _say(loaded, loc, message)


def _check_possible(loaded: LoadedStudy, first: dict[tuple[str, str], int]) -> Iterator[Problem]:
    """Whether there are parameters with such correlations; if not, which do not go together, and what would."""
    ranks = rank_correlations(loaded.model)
    for block in blocks({name for pair in ranks for name in pair}, ranks):
        matrix = matrix_of(block, ranks)
        if cholesky(matrix) is not None:
            continue
        part = impossible_part(block, ranks)
        least = smallest_eigenvalue(matrix_of(part, ranks))
        place = min(k for pair, k in first.items() if set(pair) <= set(part) and ranks[pair] != 0)
        if len(part) == 2:
            message = (
                f"a rank of {ranks[part[0], part[1]]:g} leaves nothing between {part[0]!r} and {part[1]!r} to vary; if "
                "one follows from the other, write it as a definition"
            )
            yield _say(loaded, ("correlations", place, "rank"), message)
            continue
        message = (
            f"no parameters can be correlated like this: {', '.join(part)} (smallest eigenvalue {least:.3g}, must be "
            f"above 0). Nearest possible: {_proposal(block, ranks)}"
        )
        yield _say(loaded, ("correlations", place), message)


def _proposal(block: Sequence[str], ranks: dict[tuple[str, str], float]) -> str:
    """Changes that make a block possible, in words."""
    matrix = matrix_of(block, ranks)
    factor = common_factor(block, ranks)
    if len(block) > _LARGEST_BLOCK:
        return f"all of the block times {factor:g}"
    nearest = nearest_ranks(matrix)
    changes = []
    for i, a in enumerate(block):
        for j in range(i + 1, len(block)):
            stated = ranks.get((a, block[j]), 0.0)
            if abs(nearest[i][j] - stated) >= 0.0005:
                changes.append((abs(nearest[i][j] - stated), f"{a} and {block[j]} {nearest[i][j]:g}, not {stated:g}"))
    if len(changes) > _MOST_PAIRS:
        return f"all of the block times {factor:g}"
    return "; ".join(text for _, text in changes) + f" (or all of them times {factor:g})"


def _check_own_shares(loaded: LoadedStudy, name: str, members: Sequence[str]) -> Iterator[Problem]:
    """A calculation that sets one share sets all of them, to values that add up to 1."""
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        own = [m for m in members if m in calculation.assumptions]
        for member in own:
            if calculation.assumptions[member].dist is not None:
                message = (
                    f"{member!r} is drawn by `dirichlet.{name}`, together with {_others(members, member)}; a "
                    "calculation can set `value` for all of them"
                )
                yield loaded.marks.problem(file, ("assumptions", member, "dist"), message)
        if not own or any(calculation.assumptions[m].value is None for m in own):
            continue
        if len(own) < len(members):
            missing = ", ".join(m for m in members if m not in own)
            message = f"the members of `dirichlet.{name}` add up to 1, so set all of them or none; missing: {missing}"
            yield loaded.marks.problem(file, ("assumptions", own[0]), message, key=True)
            continue
        total = math.fsum(calculation.assumptions[m].value or 0.0 for m in members)
        if abs(total - 1) > 1e-9:
            message = f"the members of `dirichlet.{name}` add up to 1, and these to {total:.10g}"
            yield loaded.marks.problem(file, ("assumptions", own[0], "value"), message)


def _check_name(loaded: LoadedStudy, kind: str, name: str, taken: dict[str, str]) -> Iterator[Problem]:
    """Structures are known in results by their names, beside those of parameters and choices."""
    model = loaded.model
    for group, names in (("parameters", model.parameters), ("choices", model.choices)):
        if name in names:
            message = f"{name!r} stands under `{group}` too; results know both by this name, so choose another"
            yield _say(loaded, (kind, name), message, key=True)
    if name in taken:
        message = f"{name!r} stands under `{taken[name]}` too; results know both by this name, so choose another"
        yield _say(loaded, (kind, name), message, key=True)
    if name == "perspective":
        message = "'perspective' is what a calculation reports already; choose another name"
        yield _say(loaded, (kind, name), message, key=True)


def _check_origin(loaded: LoadedStudy, loc: Loc, traced: Traced) -> Iterator[Problem]:
    if traced.source is not None:
        yield from check_source(loaded, loaded.study.model, (*loc, "source"), traced.source)
    elif traced.assumption is None:
        message = "no origin; write `source` with the id of a source, or `assumption` with the reason"
        yield _say(loaded, loc, message)


def _no_parameter(loaded: LoadedStudy, name: str) -> str:
    model = loaded.model
    groups = (
        ("choice", model.choices),
        ("definition", model.definitions),
        ("function", model.functions),
        ("table", model.tables),
    )
    for group, names in groups:
        if name in names:
            return f"{name!r} is a {group}; only parameters are uncertain"
    return unknown("parameter", name, model.parameters)


def _others(members: Sequence[str], member: str) -> str:
    return " and ".join(m for m in members if m != member)


def _say(loaded: LoadedStudy, loc: Loc, message: str, *, key: bool = False) -> Problem:
    return loaded.marks.problem(loaded.study.model, loc, message, key=key)
