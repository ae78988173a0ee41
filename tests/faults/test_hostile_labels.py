"""Labels made to run code at whoever reads a result: in the page, in its figures, in files for spreadsheets (S5, S6).

One run of the smallest study, in which every label, title and reason is hostile; its files are read as a browser and a
spreadsheet read them.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from tests.faults.answering import ROOT
from tests.faults.processes import insats

SCRIPTS = (
    "<script>document.title='PWNED'</script>",
    "</script><script>document.title='PWNED'</script>",
    "\"><svg onload=document.title='PWNED'>",
    "'><img src=x onerror=document.title='PWNED'>",
    "</title></style></textarea><iframe src=https://example.org>",
    "<style>@import url(https://example.org/x.css)</style>",
    "{{7*7}}{% raw %}${7*7}#{7*7}",
    "$\\frac{1}{2}$ $\\alpha",
    "]]><!-- &lt;b&gt; &amp;amp; --!>",
    "javascript:document.title='PWNED'",
    "a very long word " + "x" * 1900,
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://example.org";"x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\uff1d1+1",
    "\uff0b1",
    "  =1+1",
    "%0A=1+1",
    ";=1+1",
    "|=1+1",
)
WORDS = (*SCRIPTS, *FORMULAS)
MARKS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Hostile(NamedTuple):
    folder: Path
    """Results."""
    words: list[str]
    """What stands in the study."""


@pytest.fixture(scope="module", params=["en", "sv"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """Results of a run whose every text for people is one of the words, and a number to tell it from the others."""
    folder = tmp_path_factory.mktemp("hostile")
    study = folder / "two_state"
    shutil.copytree(ROOT / "configs" / "two_state", study, ignore=shutil.ignore_patterns("results"))
    used: list[str] = []

    def word(match: re.Match[str]) -> str:
        text = f"{WORDS[len(used) % len(WORDS)]} {len(used)}"
        used.append(text)
        return f"{match[1]}{json.dumps(text, ensure_ascii=False)}"

    for file in ("model.yaml", "study.yaml", "calculations/hopeful.yaml", "calculations/wary.yaml"):
        path = study / file
        plain = path.read_text(encoding="utf-8")
        key = r"\b(?:label|title|question|role|why|perspective_why|assumption): "
        # a value ends with its line, and between braces with a comma or the brace
        text = re.sub(rf"(?m)(^ *(?:- )?{key})(.+)$", word, plain)
        text = re.sub(rf"([{{,] ?{key})(\"[^\"]*\"|[^,}}\n]+)", word, text)
        path.write_text(text.replace("effect: Effect of the intervention", f"effect: {json.dumps(WORDS[0])}"), "utf-8")
    done = insats("run", str(study), "-q", "-o", str(folder / "out"), "--language", request.param)
    assert done.code == 0, done.err
    assert len(used) > 2 * len(WORDS)
    return Hostile(folder / "out", used)


class _Words(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def plain(text: str) -> str:
    """Text as it is compared: places where a line may break are not seen."""
    return " ".join(re.sub("[\u00ad\u200b]", "", text).replace("\u00a0", " ").split())


def test_the_page_holds_the_words_and_nothing_of_them_is_markup(hostile: Hostile) -> None:
    page = _Words((hostile.folder / "report.html").read_text(encoding="utf-8"))
    assert not {"script", "iframe", "img", "object", "embed", "link", "base", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [v for _, v in page.attributes if v.strip().lower().startswith(("javascript:", "data:text"))]
    shown = plain(" ".join(page.text))
    # labels of calculations, payers and strategies stand on the page whatever else does
    assert sum(plain(word) in shown for word in hostile.words) > 15


def test_figures_are_pictures_and_nothing_else(hostile: Hostile) -> None:
    figures = list(hostile.folder.rglob("*.svg"))
    assert figures
    for path in figures:
        for node in ElementTree.parse(path).iter():
            tag = str(node.tag).rpartition("}")[2]
            assert tag not in {"script", "foreignObject", "iframe", "image", "a", "set", "animate"}, path
            for name, value in node.attrib.items():
                name = name.rpartition("}")[2]
                assert not name.startswith("on"), path
                if name == "href":
                    assert value.startswith("#"), path


class Seen(NamedTuple):
    """What a browser did with a file."""

    title: str
    console: list[str]
    addresses: list[str]
    """Asked for elsewhere, without what Chromium itself asks its maker for."""


def browse(file: Path, scratch: Path) -> Seen:
    assert CHROMIUM is not None
    log = scratch / "net.json"
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
            *(f"--user-data-dir={scratch / 'user'}", f"--log-net-log={log}", "--enable-logging=stderr"),
            *("--virtual-time-budget=3000", "--dump-dom", file.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
    )
    assert done.returncode == 0, done.stderr
    title = re.search(r"<title[^>]*>(.*?)</title>", done.stdout, re.DOTALL)
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    asked = set(re.findall(r'"url":"((?:https?|wss?|ftp):[^"]+)"', log.read_text(errors="replace")))
    return Seen(title[1].strip() if title else "", console, sorted(a for a in asked if not _of_the_browser(a)))


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_browser_runs_nothing_asks_for_nothing_and_complains_of_nothing(hostile: Hostile, tmp_path: Path) -> None:
    for k, file in enumerate([hostile.folder / "report.html", *sorted(hostile.folder.rglob("*.svg"))[:2]]):
        (tmp_path / str(k)).mkdir()
        seen = browse(file, tmp_path / str(k))
        assert seen.title != "PWNED"
        assert seen.console == []
        assert seen.addresses == []


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_page_that_does_all_of_it_is_seen_to_do_it(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>document.title='PWNED';console.log('x')</script><img src=http://127.0.0.1:9/x.png>")
    seen = browse(page, tmp_path)
    assert seen.title == "PWNED"
    assert len(seen.console) == 1
    assert seen.addresses == ["http://127.0.0.1:9/x.png"]


def _of_the_browser(address: str) -> bool:
    """What Chromium asks for by itself, whatever page it shows."""
    return bool(re.match(r"https?://([a-z0-9-]+\.)*(google|googleapis|gstatic|gvt1)\.com[:/]", address))


def test_no_cell_of_a_table_begins_a_formula(hostile: Hostile) -> None:
    files = list(hostile.folder.rglob("*.csv"))
    assert len(files) > 8
    negative = 0
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(line for line in file if not line.startswith("#")))
        for row in rows:
            for cell in row:
                try:
                    negative += float(cell.removesuffix("%")) < 0
                except ValueError:
                    assert not cell.lstrip(" ").startswith(MARKS), f"{path.name}: {cell!r}"
    assert negative > 10  # amounts stay numbers


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_a_spreadsheet_reads_the_words_as_words(hostile: Hostile, tmp_path: Path) -> None:
    for path in sorted(hostile.folder.glob("*.csv")):
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), str(path)],
            check=True,
            capture_output=True,
            timeout=120,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        sheet = (tmp_path / f"{path.stem}.fods").read_text(encoding="utf-8")
        assert "table:formula" not in sheet, path.name


def test_everything_that_is_written_is_in_the_folder_of_results(hostile: Hostile) -> None:
    above = hostile.folder.parent
    assert sorted(p.name for p in above.iterdir()) == ["out", "two_state"]
    for path in hostile.folder.rglob("*"):
        assert re.fullmatch(r"[A-Za-z0-9_.,-]+", path.name), path
        assert not path.is_symlink()
        assert not re.match(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)", path.name)
