"""Expressions and names of files made to run code or to read and write elsewhere (S3, S4).

That each is told well is tested in tests/spec; here every place that takes an expression or a file name meets every
known trick, under an audit hook that sees what the process opens, imports, connects to and starts.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path

import pytest

from engine.errors import SpecError
from engine.spec.load import load_study
from tests.conftest import StudyFolder, small_study
from tests.faults.answering import ROOT, Answer, Answering
from tests.faults.test_hostile_files import refused

pytestmark = pytest.mark.skipif(os.name != "posix", reason="asks a process that forks")

MODEL = "model.yaml"

TRICKS = (
    # what was found to run code in programs that evaluate what users write
    "__import__('os').system('touch /tmp/insats_was_here')",  # numexpr, CVE-2023-39631
    "().__class__.__bases__[0].__subclasses__()",
    "@pd.compat.os.system('id')",  # pandas query, CVE-2024-9880
    "f'{().__class__}'",  # asteval, CVE-2025-24359
    "'{0.__class__.__globals__}'.format(print)",  # RestrictedPython, CVE-2023-41039
    "'%c' % 1",
    "(1).__reduce__()",
    "os.system('id')",  # simpleeval, CVE-2026-32640
    "min.__self__",
    "_target_",  # hydra, GHSA-37p2-j732-x8pj
    "${oc.env:HOME}",
    "constructor.constructor('return process')()",  # expr-eval, CVE-2025-12735
    "{{7*7}}",  # templates
    "{% import os %}",
    "`id`",
    "$(id)",
    # Python itself
    "lambda: 1",
    "[x for x in ()]",
    "x := 1",
    "import os",
    "getattr(1, 'real')",
    "open('/etc/passwd')",
    "exec('1')",
    "eval('1')",
    "compile('1', '', 'eval')",
    "globals()",
    "breakpoint()",
    "__builtins__",
    "1 if 1 else 2",
    "1j",
    "None",
    "hr_work.real",
    "hr_work[0]",
    "hr_work()",
    "min",
    "1; 2",
    "1 # 2",
    # sizes
    "9" * 400,
    "(" * 10_000 + "1" + ")" * 10_000,
    "(" * 900 + "1" + ")" * 900,
    "-" * 1900 + "1",
    "not " * 400 + "1",
    "1" + "+1" * 900,
    "max(" + ",".join("1" * 900) + ")",
    "where(" * 300,
    "1 < 2 < 3",
    # letters that look like others, and letters that are not seen
    "hr_w\u043erk",
    "\uff45val(1)",
    "hr\u2024work",
    "hr_work\u200b",
    "hr_work\u202e",
    "\u221e",
    "\U0001d7d9",
    "\\x31",
)

PLACES: dict[str, tuple[str, str, str]] = {
    "an amount": (MODEL, "amount: benefit_year", "amount: "),
    "a hazard": (MODEL, "{hazard: 0.1}", "hazard"),
    "a probability": (MODEL, "{probability: find_work}", "probability"),
    "an uptake": (MODEL, "uptake: 0.8", "uptake: "),
    "a ratio": (MODEL, "hazard_ratio: hr_work", "hazard_ratio: "),
    "a fade-out": (MODEL, "fade: fade_form", "fade: "),
    "a definition": (MODEL, "value: benefit * 12", "value: "),
    "an alternative": (MODEL, "value: exponential(half_life)", "value: "),
    "a constraint": (MODEL, "require: half_life <= 20", "require: "),
    "a share at the start": (MODEL, "  outside: 1\n", "  outside: "),
    "a law": (MODEL, "dist: beta(mean=0.3, sd=0.05)", "dist: "),
    "an argument of a law": (MODEL, "dist: beta(mean=0.3, sd=0.05)", "law"),
    "a calculation's law": ("calculations/consultant.yaml", '"uniform(0.8, 1.2, relative=true)"', ""),
    "a horizon": (MODEL, "  horizon: horizon\n", "  horizon: "),
    "a discount rate": (MODEL, "  discount_rate: discount_rate\n", "  discount_rate: "),
    "a value": (MODEL, "value: 1.4, dist", "value"),
}


def put(spoilt: StudyFolder, place: str, trick: str) -> None:
    file, old, key = PLACES[place]
    text = json.dumps(trick)
    if key == "law":
        text = "dist: " + json.dumps(f"beta(mean={trick}, sd=0.05)")
    elif key == "value":
        text = f"value: {text}, dist"
    elif key.isalpha():
        text = f"{{{key}: {text}}}"
    else:
        text = key + text + ("\n" if old.endswith("\n") else "")
    spoilt.patch(file, old, text)


@pytest.fixture(scope="module")
def harmless(checking: Answering, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Modules that a check imports where a study is right, and where an expression is not."""
    study = small_study(tmp_path_factory.mktemp("harmless") / "small")
    folder = study.folder
    right = checking.ask("check", folder)
    assert right.code == 0
    study.patch("model.yaml", "benefit * 12", "benefits * 12")
    wrong = checking.ask("check", folder)
    assert wrong.code == 3
    return right.imported | wrong.imported


def reads_elsewhere(answer: Answer, *folders: Path) -> list[str]:
    """Files that were read outside these folders, the package and Python's own."""
    own = [*folders, ROOT / "engine", Path(sys.prefix), Path(sys.base_prefix), Path("/proc/self")]
    roots = [p for folder in own for p in {str(folder), str(folder.resolve())}]
    return [path for path in answer.opened(to_write=False) if os.path.isabs(path) and not path.startswith(tuple(roots))]


@pytest.mark.parametrize("place", PLACES)
def test_no_trick_in_an_expression_does_more_than_be_refused(
    checking: Answering, spoilt: StudyFolder, harmless: set[str], place: str, full: bool
) -> None:
    """Each trick in five of the sixteen places; in all of them in the long form."""
    file = PLACES[place][0]
    text = spoilt.text(file)
    for trick in TRICKS if full else TRICKS[list(PLACES).index(place) % 3 :: 3]:
        spoilt.write(file, text)
        put(spoilt, place, trick)
        answer = checking.ask("check", spoilt.folder)
        refused(answer, "problem")
        assert answer.imported <= harmless, trick
        assert reads_elsewhere(answer, spoilt.folder) == []


PIECES = (
    *"()[]{}.,:;+-*/^<>=!&|%'\"\\ \t0123456789_@#$?~`",
    *("**", "//", "==", "<=", "and", "or", "not", "min", "max", "exp", "log", "where", "clip", "table", "lambda", "if"),
    *("hr_work", "benefit", "mortality", "age", "men", "fade_form", "__class__", "import", "1e308", "0.5", "1_000"),
    *("uniform", "normal", "beta", "mean=", "sd=", "relative=true", "\u00e5", "\u202e", "\ud7ff", "\U0001f600"),
)


def test_thrown_together_pieces_end_in_problems_and_never_in_a_crash(spoilt: StudyFolder, full: bool) -> None:
    """In this process, for speed: whatever is not a `SpecError` is a crash. Three seconds, or a minute."""
    luck = random.Random(20261124)
    places = list(PLACES)
    texts = {file: spoilt.text(file) for file, _, _ in PLACES.values()}
    until = time.monotonic() + (60 if full else 3)
    tried = 0
    while time.monotonic() < until:
        for file, text in texts.items():
            spoilt.write(file, text)
        for place in luck.sample(places, 5):
            if PLACES[place][1] in spoilt.text(PLACES[place][0]):
                put(spoilt, place, "".join(luck.choices(PIECES, k=luck.randint(1, 30))))
        try:
            load_study(spoilt.folder)
        except SpecError:
            tried += 1
    assert tried > 50


# ---------------------------------------------------------------- file names

NAMES_OF_FILES: dict[str, tuple[str, str, str]] = {
    "the model": ("study.yaml", "model: model.yaml", "model: {}"),
    "a calculation": ("study.yaml", "calculations/consultant.yaml]", "{}]"),
    "a table": (MODEL, "file: tables/mortality.csv", "file: {}"),
    "the price index": (MODEL, "price_index: tables/price_index.csv", "price_index: {}"),
    "the sources": (MODEL, "sources: sources.csv", "sources: {}"),
    "an included file": (MODEL, "title: Work or not", "include: [{}]"),
    "a base": (MODEL, "title: Work or not", "extends: {}"),
    "an occupancy": (
        MODEL,
        "start:\n  outside: 1\n",
        "start_from: {{file: {}, calculation: a, strategy: b, time: 1}}\n",
    ),
}
ELSEWHERE = (
    "/etc/passwd",
    "../../../../../../etc/passwd",
    "../../secret.yaml",
    "../../secret.csv",
    "../.hidden.yaml",
    "tables/../../../secret.csv",
    "~/.ssh/id_rsa",
    "file:///etc/passwd",
    "https://example.org/model.yaml",
    "\\\\server\\share\\model.yaml",
    "C:\\Windows\\win.ini",
    "$HOME/model.yaml",
    "${HOME}/model.yaml",
    "/dev/zero",
    "/dev/stdin",
    "/proc/self/environ",
    "pipe.yaml",
    "link.yaml",
    "link_of_a_folder/secret.yaml",
    "tables",
    ".",
    "..",
    "",
    "model.yaml\n",
    "model.yaml\u202e",
    "x" * 255,
    "x/" * 120 + "y",
    "con",
    "nul.csv",
    "model.yaml:stream",
    "model.yaml.",
    "| id",
    "-",
)


@pytest.mark.parametrize("what", NAMES_OF_FILES)
def test_no_name_of_a_file_leads_out_of_the_study(
    checking: Answering, spoilt: StudyFolder, tmp_path: Path, what: str
) -> None:
    """A link, a pipe, a device, an address, an absolute name, a name that climbs: refused, and never opened."""
    for name in ("secret.yaml", "secret.csv"):
        (tmp_path.parent / name).write_text("title: secret\n")
    (tmp_path / ".hidden.yaml").write_text("title: hidden\n")
    (spoilt.folder / "link.yaml").symlink_to(tmp_path.parent / "secret.yaml")
    (spoilt.folder / "link_of_a_folder").symlink_to(tmp_path.parent)
    os.mkfifo(spoilt.folder / "pipe.yaml")
    file, old, new = NAMES_OF_FILES[what]
    text = spoilt.text(file)
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    for name in ELSEWHERE:
        spoilt.write(file, text)
        spoilt.patch(file, old, new.format(json.dumps(name)))
        answer = checking.ask("check", spoilt.folder)
        refused(answer, "problem")
        assert "secret" not in answer.err.replace("secret.yaml", "").replace("secret.csv", "")
        assert reads_elsewhere(answer, spoilt.folder) == [], name
        assert [p for p in answer.opened(to_write=False) if "pipe" in p or "link" in p or "hidden" in p] == []
    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../x", "/x", "a/b", "a\\b", "con.", "x" * 200, "a b", "..", "", "c:x", "a\u0430"])
@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("study.yaml", "study: small", "study: {}"),
        ("calculations/consultant.yaml", "calculation: consultant", "calculation: {}"),
        (MODEL, "  coaching:\n", "  {}:\n"),
        (MODEL, "payers:\n  municipality:", "payers:\n  {}:"),
    ],
)
def test_no_name_in_a_study_can_become_part_of_a_path(
    checking: Answering, spoilt: StudyFolder, file: str, old: str, new: str, name: str
) -> None:
    """Names of studies, calculations, strategies and payers stand in names of files that a run writes."""
    spoilt.patch(file, old, new.format(json.dumps(name)))
    refused(checking.ask("check", spoilt.folder), "not a name")
