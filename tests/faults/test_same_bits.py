"""The same study and seed give the same bits, whatever stands around them (D3 to D8).

That points of designs do not depend on cuts and names is tested in tests/run/test_designs.py, that runs do not depend
on threads and blocks in tests/properties and tests/run; here, whole runs in processes of their own.
"""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from engine.run.designs import unit_points
from tests.conftest import StudyFolder, small_study
from tests.faults.arrays import Arrays, digest, run_elsewhere, run_here
from tests.faults.processes import ROOT

LONG = pytest.mark.long


def same(a: Arrays, b: Arrays) -> None:
    assert {name: digest(x) for name, x in a.items()} == {name: digest(x) for name, x in b.items()}


def close(a: Arrays, b: Arrays) -> float:
    """The largest difference, relative to the largest number of its array; it is at most 1e-12."""
    assert a.keys() == b.keys()
    worst = 0.0
    for name, x in a.items():
        np.testing.assert_array_equal(np.isfinite(x), np.isfinite(b[name]))
        finite = np.isfinite(x)
        if finite.any() and (size := np.abs(x[finite]).max()) > 0:
            worst = max(worst, float(np.abs(x[finite] - b[name][finite]).max() / size))
    assert worst <= 1e-12
    return worst


# ---------------------------------------------------------------- D3, D4: more draws, other parameters


@pytest.mark.parametrize("design", ["monte_carlo", "sobol"])
def test_a_run_of_twice_the_draws_begins_with_the_run(study: StudyFolder, design: str) -> None:
    study.patch("study.yaml", "seed: 7", f"seed: 7\ndesign: {design}")
    few, many = (run_here(study.folder, draws=n) for n in (8192, 16384))
    for name in ("npv", "cost", "programme_cost", "payback_year", "status"):
        assert digest(few[name]) == digest(np.ascontiguousarray(many[name][..., :8192])), name


@pytest.mark.parametrize("design", ["monte_carlo", "latin_hypercube"])
def test_another_parameter_changes_no_bit_of_what_does_not_use_it(study: StudyFolder, design: str) -> None:
    """A cost that only the state bears: what the municipality pays keeps its bits, draw by draw. (A `sobol` design is
    even in all parameters together, so there another one does change the draws, as its documentation says.)"""
    study.patch("study.yaml", "seed: 7", f"seed: 7\ndesign: {design}")
    before = run_here(study.folder, draws=2048)
    law = 'value: 5, dist: "uniform(1, 9)", unit: SEK/participant, price_year: 2023'
    new = f"  extra: {{label: Extra, {law}, assumption: x}}\n"
    item = "  extra: {label: Extra, amount: extra, payer: state_tax, kind: resource, strategy: coaching}\n"
    study.patch("model.yaml", "parameters:\n", "parameters:\n" + new)
    study.patch("model.yaml", "cost_items:\n", "cost_items:\n" + item)
    after = run_here(study.folder, draws=2048)
    # axes: calculation, course, payer, draw; the municipality is the first payer
    assert digest(np.ascontiguousarray(after["cost"][:, :, 0])) == digest(np.ascontiguousarray(before["cost"][:, :, 0]))
    assert (after["cost"][:, 1, 1] != before["cost"][:, 1, 1]).all()
    assert len(np.unique(after["cost"][:, 1, 1] - before["cost"][:, 1, 1])) > 1000


def test_the_order_of_keys_and_the_words_for_people_change_no_bit(study: StudyFolder) -> None:
    before = run_here(study.folder, draws=2048)
    text = study.text("model.yaml")
    hr_work = text[text.index("  hr_work:") : text.index("  half_life:")]
    coach = text[text.index("  coach: {label: A coach, value") : text.index("  benefit: {label: Assistance, value")]
    text = text.replace(hr_work, "").replace(coach, "")
    text = text.replace("parameters:\n", "parameters:\n" + coach + hr_work).replace("label: Employed", "label: At work")
    study.write("model.yaml", text.replace("title: Work or not", "title: Sysselsättning"))
    same(run_here(study.folder, draws=2048), before)


# ---------------------------------------------------------------- D5: known answers

GOLDEN = {
    # calculation: mean and standard deviation over 1 000 draws, and draws 0, 499 and 999, of NPV for society
    "controller": (
        -8886.126092161468,
        17599.86825059151,
        -27368.341135599934,
        -46339.30233284106,
        -28269.501689250217,
    ),
    "consultant": (62170.172635295334, 21461.586887897094, 39757.2233413344, 28734.27969627003, 41738.164078704496),
}


def test_a_run_of_a_thousand_draws_gives_the_numbers_that_it_always_gave(study: StudyFolder) -> None:
    """To 1e-12 on any machine. A change here is a change of everybody's results, and belongs under **Numbers**."""
    npv = run_here(study.folder, draws=1000)["npv"]
    for k, expected in enumerate(GOLDEN.values()):
        x = npv[k, 0, 1]
        found = [np.mean(x), np.std(x), x[0], x[499], x[999]]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


# ---------------------------------------------------------------- D6: how code is made


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory, full: bool) -> Path:
    """The small study, or the large one."""
    return ROOT / "configs" / "norrkoping" if full else small_study(tmp_path_factory.mktemp("subject") / "small").folder


@pytest.fixture(scope="module")
def usual(subject: Path, tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    return run_elsewhere(subject, tmp_path_factory.mktemp("usual"), draws=2048)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names of x86 processors")
@pytest.mark.parametrize(
    "how",
    [
        {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
        pytest.param({"NUMBA_CPU_NAME": "x86-64-v2", "NUMBA_CPU_FEATURES": ""}, marks=LONG),
        pytest.param({"NUMBA_OPT": "0"}, marks=LONG),
        pytest.param({"NUMBA_BOUNDSCHECK": "1"}, marks=LONG),
        {"INSATS_CACHE_DIR": ""},
    ],
    ids=["generic", "x86-64-v2", "no optimisation", "bounds checked", "nothing kept"],
)
def test_other_processors_and_ways_of_compiling_move_numbers_by_rounding_at_most(
    subject: Path, usual: Arrays, tmp_path: Path, how: dict[str, str]
) -> None:
    close(run_elsewhere(subject, tmp_path, draws=2048, env=how), usual)


# ---------------------------------------------------------------- D7: what stands around


@pytest.mark.parametrize(
    "around",
    [
        pytest.param({"PYTHONHASHSEED": "0"}, marks=LONG),
        {"PYTHONHASHSEED": "1", "LC_ALL": "sv_SE.UTF-8", "TZ": "Pacific/Kiritimati", "OMP_NUM_THREADS": "1"},
        pytest.param(
            {"LC_ALL": "sv_SE.UTF-8", "LANG": "sv_SE.UTF-8", "LANGUAGE": "sv", "TZ": "Pacific/Kiritimati"}, marks=LONG
        ),
        {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "America/St_Johns"},
        pytest.param(
            {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
            marks=LONG,
        ),
        pytest.param({"HOME": None, "USER": None, "LOGNAME": None, "XDG_CACHE_HOME": None, "TMPDIR": None}, marks=LONG),
    ],
    ids=["hash seed 0", "all at once", "Swedish", "no language", "one thread", "nobody"],
)
def test_hash_seed_language_time_zone_home_and_folder_change_no_bit(
    subject: Path, usual: Arrays, tmp_path: Path, around: dict[str, str | None]
) -> None:
    same(run_elsewhere(subject, tmp_path, draws=2048, env=around, cwd=Path("/")), usual)


def test_a_decimal_point_is_one_in_every_language(study: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    import locale

    known = [name for name in ("sv_SE.UTF-8", "de_DE.UTF-8", "sv_SE.utf8", "fr_FR.UTF-8") if _has(name)]
    if not known:
        pytest.skip("no language with decimal commas is installed")
    old = locale.setlocale(locale.LC_ALL)
    plain = run_here(study.folder, draws=64)
    try:
        locale.setlocale(locale.LC_ALL, known[0])
        same(run_here(study.folder, draws=64), plain)
    finally:
        locale.setlocale(locale.LC_ALL, old)


def _has(name: str) -> bool:
    import locale

    old = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    locale.setlocale(locale.LC_ALL, old)
    return True


# ---------------------------------------------------------------- D8: is it luck?

N = 10_000_000


@pytest.fixture(scope="module")
def uniforms() -> np.ndarray:
    return unit_points("monte_carlo", ["hr_work", "cost_custody"], seed=1, start=0, stop=N, total=N)


def test_ten_million_numbers_are_uniform(uniforms: np.ndarray) -> None:
    for row in uniforms:
        counts = np.bincount((row * 1000).astype(np.int64), minlength=1000)
        assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4


def test_neighbours_and_streams_are_unrelated(uniforms: np.ndarray) -> None:
    a, b = uniforms - 0.5
    for lag in (1, 2, 3, 16, 256, 4096, 65_536):
        assert abs(np.mean(a[lag:] * a[:-lag]) * 12) < 0.002
    for lag in (0, 1, 16, 65_536):
        assert abs(np.mean(a[lag:] * b[: len(b) - lag]) * 12) < 0.002


def test_pairs_of_neighbours_fill_the_square(uniforms: np.ndarray) -> None:
    """32 x 32 cells of (draw, next draw) and of (stream, other stream)."""
    a, b = (uniforms * 32).astype(np.int64)
    for cells in (a[:-1:2] * 32 + a[1::2], a * 32 + b):
        assert 1e-4 < stats.chisquare(np.bincount(cells, minlength=1024)).pvalue < 1 - 1e-4
