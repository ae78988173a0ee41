from __future__ import annotations

import csv
import dataclasses
import itertools
import re
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from engine.errors import UsageError
from engine.report.blocks import Section
from engine.report.headline import probability_text
from engine.report.material import Material
from engine.report.page import write_report
from engine.report.sections import of_analysis
from engine.report.sections.assumptions import safe_link
from engine.report.sections.npv import interval_text, p_payback_text, payback_text
from engine.results.description import AssumptionEntry, LawEntry
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
    expected = "answer npv cash-flow differences ranking paths sensitivity model states assumptions run"
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
    parts = [a for a in page.all("details") if "part" in a.get("class", "").split()]
    assert "Consultant → Researcher: −1 020 000 SEK per participant" in page.words
    assert page.words.count("→ Standard tool: ") == 6
    assert sum("printed" in a["class"].split() for a in parts) == 1
    assert sum("open" in a for a in parts) == 2  # one difference, one sensitivity analysis


def test_the_page_says_that_effects_alone_do_not_add_up(page: Page):
    assert "do not add up" in page.words


def test_figures_are_files_too(written: Path, page: Page):
    files = sorted((written.parent / "figures").glob("*.svg"))
    assert len(files) == len(page.all("figure"))
    assert all(f.read_text(encoding="utf-8").startswith("<?xml") for f in files)
    assert {"npv_bars.svg", "cash_flow.svg", "fan.svg"} <= {f.name for f in files}
    numbers = {f.name for f in (written.parent / "figures").glob("*.csv")}
    assert numbers == {f"{f.stem}.csv" for f in files}
    assert {"npv_bars.csv", "npv_payers.csv", "waterfall_consultant_researcher_reported.csv"} <= numbers


def test_the_file_of_a_figure_of_bars_has_a_row_for_each_bar(written: Path, page: Page, findings: Findings):
    of, summary = findings.description, findings.summary
    for name, parties in (("npv_bars", 1 + len(of.perspectives)), ("npv_payers", len(of.payers))):
        text = (written.parent / "figures" / f"{name}.csv").read_text(encoding="utf-8")
        caption, head, *rows = text.splitlines()
        assert len(rows) == parties * summary.sizes["calculation"]
        assert len(next(csv.reader([head]))) == 5
        assert caption.removeprefix("# ") not in page.words  # the page tells these figures in its own tables
        if name == "npv_bars":
            own = summary.isel(strategy=0).sel(party="reported")
            for row, k in zip(csv.reader(rows), range(summary.sizes["calculation"]), strict=False):
                quantiles = own["npv_quantile"].isel(calculation=k)
                expected = [float(own["mean"][k]), *(float(quantiles.sel(quantile=q)) for q in (0.05, 0.95))]
                # Three digits of the largest: half of the last one is 5 000.
                np.testing.assert_allclose([float(x) for x in row[2:]], expected, rtol=0, atol=5_001)


def test_the_table_of_a_waterfall_goes_to_its_file_and_is_on_the_page_once(written: Path, page: Page):
    text = (written.parent / "figures" / "waterfall_consultant_researcher_reported.csv").read_text(encoding="utf-8")
    caption, _, *rows = text.splitlines()
    assert float(list(csv.reader(rows))[-1][3]) == -1_020_000
    views = len(list((written.parent / "figures").glob("waterfall_consultant_researcher_*.svg")))
    assert page.words.count(caption.removeprefix("# ")) == views


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
        differences=findings.differences if missing == "sensitivity" else (),
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


def _two_interventions(findings: Findings) -> Findings:
    """The findings with a second intervention beside the first that does the same."""

    def twice(dataset: xr.Dataset) -> xr.Dataset:
        second = dataset.isel(strategy=[0]).assign_coords(strategy=["coach2"])
        keep = [v for v in dataset.data_vars if "strategy" not in dataset[v].dims]
        moving = xr.concat([dataset.drop_vars(keep), second.drop_vars(keep)], dim="strategy")
        return moving.assign({v: dataset[v] for v in keep}).assign_attrs(dataset.attrs)

    results = twice(findings.results)
    course = xr.concat(
        [results["mean_occupancy"], results["mean_occupancy"].isel(course=[1]).assign_coords(course=["coach2"])],
        dim="course",
    )
    results = results.drop_dims("course").assign(mean_occupancy=course)
    more = dataclasses.replace(findings.description.interventions[0], name="coach2", label="Two years")
    interventions = (*findings.description.interventions, more)
    return dataclasses.replace(
        findings,
        description=dataclasses.replace(findings.description, interventions=interventions),
        results=results,
        summary=twice(findings.summary),
        differences=(*findings.differences, *(d.assign_attrs(strategy="coach2") for d in findings.differences)),
        sensitivity=(*findings.sensitivity, *(a.assign_attrs(strategy="coach2") for a in findings.sensitivity)),
    )


def test_every_section_handles_every_intervention(findings: Findings, tmp_path: Path):
    less = dataclasses.replace(findings, sensitivity=findings.sensitivity[:2])
    text = write_report(_two_interventions(less), tmp_path / "r.html", figures=tmp_path / "f").read_text("utf-8")
    page = Page(text)
    names = {p.stem for p in (tmp_path / "f").iterdir()}
    kinds = ("npv_bars", "npv_payers", "cash_flow", "ranking", "fan", "payback", "occupancy", "sobol_director_1",
             "waterfall_director_consultant_reported")  # fmt: skip
    assert {f"{kind}_{strategy}" for kind in kinds for strategy in ("coach", "coach2")} <= names
    for section in ("answer", "npv", "cash-flow", "differences", "ranking", "paths", "sensitivity", "states"):
        part = text[text.index(f'<section id="{section}"') :]
        headings = " ".join(re.findall("<h3>(.*?)</h3>", part[: part.index("</section>")]))
        assert "Two years" in headings, section
        assert "A coach for one year" in headings, section
    assert page.words.count("What makes up the") == 2


def test_differences_of_one_intervention_are_not_told_as_anothers(findings: Findings):
    two = _two_interventions(findings)
    only_first = Material(dataclasses.replace(two, differences=two.differences[:1]), "en")
    assert only_first.differences(0) is not None
    assert only_first.differences(1) is None


def test_names_from_a_foreign_result_cannot_leave_the_folder(findings: Findings, tmp_path: Path):
    names = [f"../../{x}" for x in findings.differences[0]["pair_from"].values]
    renamed = findings.differences[0].assign_coords(pair_from=("pair", names))
    odd = dataclasses.replace(findings, sensitivity=(), differences=(renamed,))
    write_report(odd, tmp_path / "a" / "r.html", figures=tmp_path / "a" / "f")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
    assert all(re.fullmatch(r"[\w-]+\.(svg|csv)", p.name) for p in (tmp_path / "a" / "f").iterdir())


def test_a_bundle_shows_what_its_members_change(findings: Findings, material: Material):
    entries = [
        dataclasses.replace(a, bundle="fade") if a.name in ("half_life", "deadweight") else a
        for a in findings.description.assumptions
    ]
    description = dataclasses.replace(findings.description, assumptions=tuple(entries))
    bundled = Material(dataclasses.replace(findings, description=description), "en")
    start, end = bundled.change("fade", "director", "consultant")
    assert start == "Half-life of the effect: 2 years\nShare that would have managed anyway: 30\u00a0%"
    assert end == "Half-life of the effect: 1\u00a0000 years\nShare that would have managed anyway: 0\u00a0%"
    assert bundled.change("horizon", "director", "consultant") == ("5 years", "49 years")


def test_what_a_calculation_does_not_use_is_left_out_of_a_bundle_and_set_back_in_the_table(
    findings: Findings, tmp_path: Path
):
    def unused(entry: AssumptionEntry) -> AssumptionEntry:
        values = {**entry.values, "consultant": dataclasses.replace(entry.values["consultant"], used=False)}
        return dataclasses.replace(entry, values=values, bundle="fade")

    entries = tuple(
        unused(a) if a.name == "half_life" else dataclasses.replace(a, bundle="fade") if a.name == "deadweight" else a
        for a in findings.description.assumptions
    )
    description = dataclasses.replace(findings.description, assumptions=entries)
    told = dataclasses.replace(findings, description=description, differences=(), sensitivity=())
    assert Material(told, "en").change("fade", "director", "consultant") == (
        "Half-life of the effect: 2 years\nShare that would have managed anyway: 30\u00a0%",
        "Share that would have managed anyway: 0\u00a0%",
    )
    page = Page(write_report(told, tmp_path / "r.html").read_text(encoding="utf-8"))
    muted = [a for a in page.all("td") if "muted" in a.get("class", "").split()]
    assert len(muted) == 1
    assert "not used here" in page.words


def test_a_mean_of_a_law_that_is_not_the_value_is_told(page: Page):
    assert "value 85 000; mean of the law 88 300 (gamma, sd 8 000)" in page.words


def test_source_grade_and_assumption_stand_together(page: Page):
    assert "price-list confidence C; Assumption: Rounded by hand." in page.words
    assert "rates.csv trial-2019 confidence A" in page.words
    assert "shares.csv Assumption: Guessed." in page.words


def test_what_the_study_cannot_tell_stands_under_the_answer(page: Page, few: Findings, tmp_path: Path):
    assert "What this cannot tell you Nothing here says that the coach works." in page.words
    plain = dataclasses.replace(few, description=dataclasses.replace(few.description, caveat=None))
    words = Page(write_report(plain, tmp_path / "r.html").read_text(encoding="utf-8")).words
    assert "cannot tell you" not in words


def test_every_figure_says_its_numbers_and_not_how_to_read_it(written: Path):
    texts = re.findall(r"<desc[^>]*>([^<]*)</desc>", written.read_text(encoding="utf-8"))
    assert texts
    assert all(re.search(r"\d", t) and "How to read" not in t for t in texts)


def test_a_payer_who_neither_pays_nor_gains_has_dashes(findings: Findings, tmp_path: Path):
    summary = findings.summary.copy(deep=True)
    place = [str(p) for p in summary["party"].values].index("victims")
    for name in ("mean", "mcse", "sd", "p_positive", "p_payback", "npv_quantile"):
        summary[name].loc[{"party": "victims"}] = 0.0
    summary["median_payback_year"][..., place] = np.nan
    quiet = Material(dataclasses.replace(findings, summary=summary), "en")
    found = quiet.at(0, 0, quiet.payers[-1])
    assert found.nothing
    assert {probability_text(quiet, found), payback_text(quiet, found.payback), p_payback_text(quiet, found)} == {"–"}
    assert interval_text(quiet, found) == "–"


def test_pay_back_is_the_same_on_card_in_table_and_in_curve(material: Material, page: Page):
    for k in range(4):
        found = material.at(0, k, material.reported)
        curve = material.paid_back.isel(strategy=0, calculation=k)
        end = float(curve.isel(time_point=-1))
        assert end == pytest.approx(found.p_payback)
        if np.isfinite(found.payback):
            assert float(curve.sel(time_point=curve["time_at"] == round(found.payback)).max()) >= 0.5
    assert "Paid back after 6 years; discounted, after 7.5" in page.words
    assert "The cost of the programme" in page.words


def test_a_further_analysis_has_a_section_where_the_run_made_it(few: Findings):
    build = of_analysis("accounting", lambda material, found: Section("accounting", str(found.attrs["title"]), ()))
    assert build(Material(few, "en")) is None
    made = dataclasses.replace(few, analyses={"accounting": xr.Dataset(attrs={"title": "Accounts"})})
    section = build(Material(made, "en"))
    assert section is not None
    assert section.title == "Accounts"


def test_interactions_that_may_be_noise_are_not_shown(findings: Findings, tmp_path: Path):
    sobol = findings.sensitivity[1]
    noisy = sobol.assign(S2=sobol["S2"] * 0 + 0.001)
    less = dataclasses.replace(findings, differences=(), sensitivity=(noisy,))
    words = Page(write_report(less, tmp_path / "r.html").read_text(encoding="utf-8")).words
    assert "No interaction of two inputs can be told from noise" in words
    assert "Largest interactions" not in words


def test_asked_for_and_not_done_is_told(few: Findings, tmp_path: Path):
    told = dataclasses.replace(few, notes=("No Sobol indices of “director”: nothing varies.",))
    assert "nothing varies" in Page(write_report(told, tmp_path / "r.html").read_text(encoding="utf-8")).words


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
    with pytest.raises(UsageError, match="no messages in language"):
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


def test_two_that_give_one_value_but_are_not_equally_sure_of_it_are_told_apart(findings: Findings):
    entry = next(a for a in findings.description.assumptions if a.kind == "parameter")
    names = [c.name for c in findings.description.calculations][:2]
    values = dict(entry.values)
    for name, sd in zip(names, ("1", "2"), strict=True):
        told = LawEntry("normal", {"mean": "5", "sd": sd})
        values[name] = dataclasses.replace(entry.default, point=5.0, law="normal", mean=5.0, told=told)
    others = [a for a in findings.description.assumptions if a.name != entry.name]
    changed = (dataclasses.replace(entry, values=values), *others)
    description = dataclasses.replace(findings.description, assumptions=changed)
    first, second = Material(dataclasses.replace(findings, description=description), "en").change(entry.name, *names)
    assert first != second
    assert "sd" in first


def test_the_model_stands_before_where_people_are_with_its_moves_as_a_table(written: Path, page: Page):
    leads = [page.words.index(words) for words in ("The model behind every calculation", "The savings follow from")]
    assert leads == sorted(leads)
    rows = list(csv.reader((written.parent / "figures" / "model.csv").read_text(encoding="utf-8").splitlines()[1:]))
    assert rows[0] == ["From", "To", "Participants who make it in a year", "Given as", "As written", "Changed by"]
    change = "A coach for one year: hazard ratio hr ^ shrink = 2 (Work)"
    assert rows[1] == ["In education", "Employed", "20%", "hazard per year", "h_0", change]
    by_move = {(r[0], r[1]): r for r in rows[1:]}
    assert by_move["Outside work and study", "Long-term unemployed"][5] == (
        "A coach for one year: gives way in proportion (Work)"
    )
    assert by_move["On social assistance", "Outside work and study"][3:5] == ["whoever is left", ""]
    assert len(rows) == 18


def test_results_of_a_version_without_moves_have_a_page_without_the_model(few: Findings, tmp_path: Path):
    old = dataclasses.replace(few, description=dataclasses.replace(few.description, movement=None))
    text = write_report(old, tmp_path / "r.html", figures=tmp_path / "f").read_text(encoding="utf-8")
    assert "How people move" not in text
    assert not (tmp_path / "f" / "model.svg").exists()
