from __future__ import annotations

import dataclasses
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest
import xarray as xr

from engine.errors import UsageError
from engine.report.material import Material
from engine.report.page import write_report
from engine.report.sections.assumptions import safe_link
from engine.results.findings import Findings

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What the tests ask about a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def written(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return write_report(findings, folder / "report.html", figures=folder / "figures")


@pytest.fixture(scope="module")
def page(written: Path) -> Page:
    return Page(written.read_text(encoding="utf-8"))


def test_sections_stand_in_the_order_of_the_questions(page: Page):
    anchors = [a["id"] for a in page.all("section")]
    expected = "answer npv cash-flow differences ranking paths sensitivity states assumptions run"
    assert anchors == expected.split()


def test_nothing_is_fetched_and_nothing_can_run(page: Page, written: Path):
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "img", "form", "base"}
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    for tag, attrs in page.tags:
        assert not any(k.startswith("on") for k in attrs), tag
        assert "src" not in attrs
        href = attrs.get("href", attrs.get("xlink:href", "#"))
        assert href.startswith(("#", "https://")), href
        if href.startswith("https://"):
            assert tag == "a"
    assert "@import" not in written.read_text(encoding="utf-8")


def test_ids_are_unique_and_links_inside_the_page_resolve(page: Page):
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [a.get("href", a.get("xlink:href", "")) for _, a in page.tags]
    assert {t[1:] for t in targets if t.startswith("#")} <= set(ids)
    labels = " ".join(a.get("aria-labelledby", "") for _, a in page.tags).split()
    assert set(labels) <= set(ids)


def test_the_page_can_be_read_without_seeing_it(page: Page):
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0]["class"] == "skip"
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(attrs.get("scope") in ("col", "row", "rowgroup") for attrs in page.all("th"))
    figures = [a for a in page.all("svg") if a.get("role") == "img"]
    assert len(figures) == len(page.all("svg")) == len(page.all("figure"))


def test_the_headline_numbers_are_on_the_page(page: Page):
    for words in ("+930 000", "−83 600", "Half-life of the effect", "+93 million SEK", "insats run configs/synthetic"):
        assert words in page.words


def test_every_pair_is_there_and_the_widest_is_open(page: Page):
    parts = [a for a in page.all("details") if a.get("class") == "part"]
    assert "Consultant → Researcher: −1 020 000 SEK per participant" in page.words
    assert page.words.count("→ Standard tool: ") == 6
    assert sum("open" in a for a in parts) == 2  # one difference, one sensitivity analysis


def test_the_page_says_that_effects_alone_do_not_add_up(page: Page):
    assert "do not add up" in page.words


def test_figures_are_files_too(written: Path, page: Page):
    files = sorted((written.parent / "figures").glob("*"))
    assert len(files) == len(page.all("figure"))
    assert all(f.read_text(encoding="utf-8").startswith("<?xml") for f in files)
    assert {"npv_bars.svg", "cash_flow.svg", "fan.svg"} <= {f.name for f in files}


def test_the_page_is_lean(written: Path):
    assert written.stat().st_size < 2_000_000


def test_the_same_findings_give_the_same_bytes(findings: Findings, written: Path, tmp_path: Path):
    again = write_report(findings, tmp_path / "again.html")
    assert again.read_bytes() == written.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["again.html"]


@pytest.mark.parametrize(
    "hostile", ['<script>alert("x")</script>', '"><img src=x onerror=alert(1)>', "{{ 7*7 }}$\\alpha$"]
)
def test_user_text_is_never_markup(synthetic: ModuleType, tmp_path: Path, hostile: str):
    path = write_report(synthetic.make_findings(hostile=hostile), tmp_path / "report.html")
    page = Page(path.read_text(encoding="utf-8"))
    assert not {tag for tag, _ in page.tags} & {"script", "img"}
    assert hostile in page.words
    assert "javascript:" not in " ".join(a.get("href", "") for a in page.all("a"))


@pytest.mark.parametrize("missing", ["differences", "sensitivity", "both"])
def test_analyses_may_be_missing(findings: Findings, tmp_path: Path, missing: str):
    less = dataclasses.replace(
        findings,
        differences=findings.differences if missing == "sensitivity" else None,
        sensitivity=findings.sensitivity[1:2] if missing == "differences" else (),
    )
    words = Page(write_report(less, tmp_path / "r.html").read_text(encoding="utf-8")).words
    assert ("not analysed in this run" in words) == (missing != "sensitivity")
    assert ("No sensitivity analysis" in words) == (missing != "differences")


def test_one_calculation_alone_makes_a_report(few: Findings, tmp_path: Path):
    one = dataclasses.replace(
        few,
        results=few.results.isel(calculation=[1]),
        summary=few.summary.isel(calculation=[1]),
    )
    words = Page(write_report(one, tmp_path / "r.html").read_text(encoding="utf-8")).words
    assert "only one calculation" in words
    assert "1 calculation of" in words


def test_two_interventions_have_their_own_figures(few: Findings, tmp_path: Path):
    def twice(dataset: xr.Dataset) -> xr.Dataset:
        second = dataset.isel(strategy=[0]).assign_coords(strategy=["coach2"])
        keep = [v for v in dataset.data_vars if "strategy" not in dataset[v].dims]
        moving = xr.concat([dataset.drop_vars(keep), second.drop_vars(keep)], dim="strategy")
        return moving.assign({v: dataset[v] for v in keep}).assign_attrs(dataset.attrs)

    results = twice(few.results)
    course = xr.concat(
        [results["mean_occupancy"], results["mean_occupancy"].isel(course=[1]).assign_coords(course=["coach2"])],
        dim="course",
    )
    results = results.drop_dims("course").assign(mean_occupancy=course)
    more = dataclasses.replace(few.description.interventions[0], name="coach2", label="Two years")
    description = dataclasses.replace(few.description, interventions=(*few.description.interventions, more))
    both = dataclasses.replace(few, description=description, results=results, summary=twice(few.summary))
    page = Page(write_report(both, tmp_path / "r.html", figures=tmp_path / "f").read_text(encoding="utf-8"))
    assert {"fan_coach.svg", "fan_coach2.svg"} <= {p.name for p in (tmp_path / "f").iterdir()}
    assert "Two years" in page.words


def test_names_from_a_foreign_result_cannot_leave_the_folder(findings: Findings, tmp_path: Path):
    assert findings.differences is not None
    names = [f"../../{x}" for x in findings.differences["pair_from"].values]
    odd = dataclasses.replace(
        findings, sensitivity=(), differences=findings.differences.assign_coords(pair_from=("pair", names))
    )
    write_report(odd, tmp_path / "a" / "r.html", figures=tmp_path / "a" / "f")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert all(re.fullmatch(r"[\w-]+\.svg", p.name) for p in (tmp_path / "a" / "f").iterdir())


def test_a_bundle_shows_what_its_members_change(findings: Findings, material: Material):
    entries = [
        dataclasses.replace(a, bundle="fade") if a.name in ("half_life", "deadweight") else a
        for a in findings.description.assumptions
    ]
    description = dataclasses.replace(findings.description, assumptions=tuple(entries))
    bundled = Material(dataclasses.replace(findings, description=description), "en")
    assert bundled.change("fade", "director", "consultant") == ("2; 30\u00a0%", "1\u00a0000; 0\u00a0%")
    assert bundled.change("horizon", "director", "consultant") == ("5", "49")


def test_rejected_draws_are_told(few: Findings, tmp_path: Path):
    status = few.results["status"].copy()
    status[2, :7] = 1
    told = dataclasses.replace(few, results=few.results.assign(status=status))
    assert "Researcher: 7" in Page(write_report(told, tmp_path / "r.html").read_text(encoding="utf-8")).words


def test_a_folder_that_cannot_be_written_is_a_usage_error(few: Findings, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(few, tmp_path / "file" / "report.html")


def test_a_language_that_does_not_exist_writes_nothing(few: Findings, tmp_path: Path):
    with pytest.raises(UsageError, match="no report in language"):
        write_report(few, tmp_path / "report.html", language="xx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://example.org/a?b=1&c", True),
        ("http://example.org", False),
        ("javascript:alert(1)", False),
        ("https:javascript", False),
        ("https://trusted.org@evil.org/", False),
        ('https://e.org/"onclick="x', False),
        ("https://e.org/ x", False),
        ("https://[", False),
        ("doi:10.1/2", False),
        ("", False),
    ],
)
def test_only_plain_https_addresses_become_links(address: str, linked: bool):
    assert bool(safe_link(address)) == linked
