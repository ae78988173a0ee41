"""What was run: everything needed to get the same numbers again."""

from __future__ import annotations

from typing import Any

from engine.report.blocks import Block, Section, Terms, Text
from engine.report.material import Material
from engine.report.sections.convergence import convergence_blocks
from engine.results.dataset import rejected_draws

_SHOWN = ("study", "key", "seed", "draws", "kept_draws", "design", "replicates", "versions", "times", "command")
_TIMES = ("started", "seconds")
"""When it was run stands in run.json alone: the same run gives the same page, to the byte."""


def run_section(material: Material) -> Section:
    say, number = material.say, material.number
    description, results = material.description, material.findings.results
    provenance = material.findings.provenance
    facts = {**results.attrs, **provenance}
    items: list[tuple[str, str]] = [
        (say("run.study"), f"{facts.get('study', description.study)}"),
        (say("run.key"), f"{facts.get('key', '')}"),
        (say("run.seed"), f"{facts.get('seed', '')}"),
        (say("run.draws"), number.plain(int(facts.get("draws", 0)))),
        *_kept(material),
        (say("run.design"), f"{facts.get('design', '')}"),
        (say("run.replicates"), f"{facts.get('replicates', '')}"),
        (
            say("run.cycles"),
            say.count(
                "run.cycles_value",
                1 if description.cycle_length == 1 else 2,
                cycles=description.cycles,
                length=number.quantity(description.cycle_length),
                age=number.quantity(description.start_age),
                year=description.start_year,
            ),
        ),
    ]
    if description.cohort:
        items.append((say("run.cohort"), number.plain(description.cohort)))
    rejected = rejected_draws(results)
    texts = [
        say("run.rejected_value", name=c.label, n=number.plain(int(n)))
        for c, n in zip(material.calculations, rejected, strict=True)
        if n
    ]
    items.append((say("run.rejected"), say("list.comma").join(texts) or say("run.rejected_none")))
    for key, message, slot in (("versions", "run.version_value", "version"), ("times", "run.time_value", "seconds")):
        found = facts.get(key)
        if isinstance(found, dict) and found:
            parts = [say(message, name=name, **{slot: _plain(material, value)}) for name, value in found.items()]
            items.append((say(f"run.{key}"), say("list.comma").join(parts)))
    # The run's own count of rejected draws says the same as the flags above.
    known = {"platform": say("run.platform"), "code": say("run.code")}
    items += [
        (known.get(key, key), _plain(material, value))
        for key, value in provenance.items()
        if key not in (*_SHOWN, *_TIMES, "rejected_draws") and not isinstance(value, dict | list | tuple)
    ]
    items += [(say("run.notes"), note) for note in material.findings.notes]
    blocks: list[Block] = [Text(say("run.lead"), role="lead"), Terms(tuple(items))]
    repeat = {name: facts.get(name, "") for name in ("study", "draws", "seed")}
    command = str(facts.get("command") or say("run.command_text", **repeat))
    blocks.append(Terms(((say("run.command"), command),), code=True))
    blocks += convergence_blocks(material)
    return Section("run", say("run.title"), tuple(blocks))


def _kept(material: Material) -> list[tuple[str, str]]:
    """How many draws are kept one by one, where that is not all of them, and what is read off those."""
    results = material.findings.results
    kept = results.sizes["draw"]
    if kept >= int(results.attrs.get("draws", kept)):
        return []
    return [(material.say("run.kept"), material.say("run.kept_value", n=material.number.plain(kept)))]


def _plain(material: Material, value: Any) -> str:
    """A figure of the run as text: seconds with two decimals, everything else as it is."""
    return material.number.plain(value, 2) if isinstance(value, float) else str(value)
