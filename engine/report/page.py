"""From sections to one self-contained HTML file: no script, no network, nothing to install."""

from __future__ import annotations

from pathlib import Path

import jinja2

from engine.report.blocks import Section, pictures_in
from engine.report.data import table_csv
from engine.report.files import svg_file, write_whole
from engine.report.material import Material
from engine.report.sections import SECTIONS
from engine.report.text import clean
from engine.results.findings import Findings

_TEMPLATES = Path(__file__).parent / "templates"


def write_report(
    findings: Findings, path: str | Path, *, language: str = "en", figures: str | Path | None = None
) -> Path:
    """Write what was found as one HTML page, and its figures as files if asked.

    Parameters
    ----------
    findings : results, analyses and the words around them; analyses may be missing.
    path : the HTML file; its folder is made. The file is complete or not there.
    language : of every sentence; user text stays as written.
    figures : folder for the figures, one `.svg` file each, and a `.csv` of its numbers.

    Returns
    -------
    `path` as a Path.

    Raises
    ------
    UsageError : no such language, or a file that cannot be written.
    """
    material = Material(findings, language)
    sections = tuple(section for build in SECTIONS if (section := build(material)) is not None)
    target = Path(path)
    write_whole(target, render(material, sections))
    if figures is not None:
        for section in sections:
            for picture in pictures_in(section.blocks):
                write_whole(Path(figures) / f"{picture.name}.svg", svg_file(picture.svg))
                if picture.table is not None:
                    write_whole(Path(figures) / f"{picture.name}.csv", table_csv(picture.table))
    return target


def render(material: Material, sections: tuple[Section, ...]) -> str:
    """The page as text. Everything but our own figures is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = material.say
    description = material.description
    return environment.get_template("report.html").render(
        language=material.say.language,
        title=clean(description.title),
        question=description.question,
        subtitle=material.say.count(
            "page.subtitle",
            len(material.calculations),
            strategy=material.say.listed([s.label for s in description.interventions]),
            baseline=description.baseline.label,
            year=description.price_year,
        ),
        sections=sections,
        footer=material.say("page.footer", study=description.study, key=findings_key(material.findings)),
    )


def findings_key(findings: Findings) -> str:
    """Short name of the run."""
    return str(findings.provenance.get("key", findings.results.attrs.get("key", "")))
