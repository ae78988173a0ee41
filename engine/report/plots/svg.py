"""The way from a figure to clean SVG, in which text stays text."""

from __future__ import annotations

import functools
import io
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.textpath import text_to_path

from engine.report.plots.theme import drawn
from engine.report.text import clean

FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Helvetica, Arial, sans-serif"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_SVG = "{http://www.w3.org/2000/svg}"
_DPI = 72
_NO_METADATA = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_BEYOND_CENTS = re.compile(r"(?<=\d\.\d\d)\d+")


@drawn
def to_svg(figure: Any, *, name: str, title: str, text: str) -> str:
    """The figure as one `<svg>` element for a page or a file.

    Ids are prefixed with `name`, so several figures can stand on one page; nothing in it depends on the clock or on
    chance, so the same figure gives the same bytes.

    Parameters
    ----------
    name : letters, digits, `_` and `-`; unique on the page.
    title, text : what a screen reader says.
    """
    matplotlib.rcParams["svg.hashsalt"] = name
    root = ElementTree.fromstring(drawn_by_matplotlib(figure))
    _tidy(root, name)
    box = root.attrib["viewBox"]
    for child in list(root):
        if child.tag == f"{_SVG}metadata":
            root.remove(child)
    for child in root.findall(f"{_SVG}defs"):
        for style in child.findall(f"{_SVG}style"):
            child.remove(style)
        if not len(child):
            root.remove(child)
    root.attrib.clear()
    root.attrib.update(
        {
            "viewBox": box,
            "role": "img",
            "aria-labelledby": f"{name}-title {name}-text",
            "style": "stroke-linejoin: round; stroke-linecap: butt",
            "font-family": FONTS,
        }
    )
    for tag, words in (("desc", text), ("title", title)):
        element = ElementTree.Element(f"{_SVG}{tag}", {"id": f"{name}-{tag if tag == 'title' else 'text'}"})
        element.text = clean(words)
        root.insert(0, element)
    return _serialise(root)


def drawn_by_matplotlib(figure: Any) -> str:
    """As `FigureCanvasSVG.print_svg`, without what is for figures with parts as bitmaps."""
    image_dpi, figure.dpi = figure.dpi, _DPI
    width, height = figure.get_size_inches() * _DPI
    written = io.StringIO()
    renderer = _Renderer(width, height, written, image_dpi=image_dpi, metadata=_NO_METADATA)
    figure.draw(renderer)
    renderer.finalize()
    return written.getvalue()


class _Renderer(RendererSVG):  # type: ignore[misc]
    """Measures a text once for all figures, where matplotlib forgets at every figure, and writes no groups of which
    nothing but the name is left out again."""

    def open_group(self, s: str, gid: str | None = None) -> None:
        pass

    def close_group(self, s: str) -> None:
        pass

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        return _size_of(s, prop, ismath)


@functools.lru_cache(4096)
def _size_of(text: str, font: Any, ismath: Any) -> tuple[float, float, float]:
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, ismath)
    return width, height, descent


def _tidy(root: ElementTree.Element, name: str) -> None:
    """Drop ids nobody refers to, prefix the rest, shorten coordinates, let the page choose the font."""
    used: set[str] = set()
    for element in root.iter():
        for value in element.attrib.values():
            if "url(#" in value:
                used.update(re.findall(r"url\(#([^)]+)\)", value))
        if _XLINK in element.attrib:
            used.add(element.attrib[_XLINK][1:])
    for element in root.iter():
        attributes = element.attrib
        if attributes.get("id") in used:
            attributes["id"] = f"{name}-{attributes['id']}"
        else:
            attributes.pop("id", None)
        if _XLINK in attributes:
            attributes[_XLINK] = f"#{name}-{attributes[_XLINK][1:]}"
        for key, value in attributes.items():
            if "url(#" in value:
                value = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", value)
            if key in ("d", "x", "y", "width", "height", "transform", "points"):
                value = " ".join(_BEYOND_CENTS.sub("", value).split())
            elif key == "style":
                value = _font(value)
            attributes[key] = value
        if element.tag != f"{_SVG}text":
            element.text = None if not (element.text or "").strip() else element.text
        element.tail = None


def _font(style: str) -> str:
    """Size and weight of a text without its family, which the root names once and matplotlib 3.11 at each text."""
    style = "; ".join(part for part in style.split("; ") if not part.startswith("font-family:"))
    return re.sub(
        r"font: ((?:bold |italic |\d+ )*)([\d.]+px)[^;]*",
        lambda m: f"font-size: {m[2]}" + ("; font-weight: bold" if "bold" in m[1] or "700" in m[1] else ""),
        style,
    )


def _serialise(root: ElementTree.Element) -> str:
    text = ElementTree.tostring(root, encoding="unicode")
    # ElementTree invents prefixes; a registry of ours would change them for the whole program.
    prefixes = dict(re.findall(r'xmlns:(\w+)="([^"]+)"', text[: text.index(">")]))
    for prefix, uri in prefixes.items():
        if uri.endswith("2000/svg"):
            text = text.replace(f"xmlns:{prefix}=", "xmlns=", 1)
            text = re.sub(rf"(</?){prefix}:", r"\1", text)
        elif uri.endswith("1999/xlink"):
            text = text.replace(f"xmlns:{prefix}=", "xmlns:xlink=", 1)
            text = re.sub(rf"(<[^>]*\s){prefix}:href=", r"\1xlink:href=", text)
    return text
