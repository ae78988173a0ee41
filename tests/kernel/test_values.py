"""Loops of the sampler: arithmetic against 50 digits, and the same bits on processors of any width."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from engine.kernel import doubles, values
from engine.model.columns import Columns
from engine.model.parameters import compiled, row_of
from engine.spec.distributions import parse_law
from tests.model.exact_laws import upper_tail

ROOT = Path(__file__).parents[2]
Array = NDArray[np.float64]


def each(function: object, x: Array) -> Array:
    @njit
    def run(x: Array, out: Array) -> None:
        for i in range(x.size):
            out[i] = function(x[i])  # type: ignore[operator]

    out = np.empty_like(x)
    run(x, out)
    return out


def test_exp_is_right_to_its_last_bits() -> None:
    x = np.concatenate([np.random.default_rng(0).uniform(-708, 709, 400), np.linspace(-1, 1, 101), [0.0]])
    told = np.array([float(Decimal(float(v)).exp()) for v in x])
    np.testing.assert_allclose(each(doubles.exp, x), told, rtol=4e-16)
    ends = each(doubles.exp, np.array([0.0, -1e9, 1e9]))
    np.testing.assert_allclose(ends, np.exp([0.0, -708.0, 709.0]), rtol=4e-16)


def test_log_is_right_to_its_last_bits() -> None:
    p = np.concatenate([10.0 ** -np.random.default_rng(0).uniform(0, 16, 400), np.linspace(0.01, 1, 200), [2.0**-53]])
    told = np.array([float(-Decimal(float(v)).ln()) for v in p])
    np.testing.assert_allclose(each(doubles.minus_log, p), told, rtol=5e-16, atol=1e-16)


def scores(u: Array) -> Array:
    row = row_of(parse_law("normal(0, 1)", value=1.0, columns=None))
    assert row is not None
    out = np.empty((1, u.size))
    values.fill_values(compiled([(row, 0)], 1), u.reshape(1, -1).copy(), out)
    return out[0]


def test_normal_scores_lead_back_to_their_probability_in_fifty_digits() -> None:
    luck = np.random.default_rng(1)
    tails = 10.0 ** -luck.uniform(0.3, 15.9, 150)
    edges = np.array([2.0**-53, 0.075, np.nextafter(0.075, 0), 0.5, np.nextafter(0.5, 1), 1.3e-11, 1.4e-11, 0.925])
    for u in np.concatenate([edges, tails, luck.random(150), 1 - tails]):
        (z,) = scores(np.array([u]))
        p = Decimal(float(u))
        found = upper_tail(Decimal(-float(z)))
        small = min(p, 1 - p)
        # dp = phi(z) dz, and phi(z) is at most (|z| + 1) times the smaller tail.
        slack = Decimal("4e-16") * (abs(Decimal(float(z))) + 1) * max(abs(Decimal(float(z))), Decimal(1)) * small
        assert abs(found - p) <= slack + Decimal("2e-17") * (small > Decimal("0.05"))


def test_normal_scores_mirror_exactly_and_rise() -> None:
    u = np.unique(np.ceil(np.random.default_rng(2).random(5000) * 2.0**53) * 2.0**-53)
    np.testing.assert_array_equal(scores(1 - u), -scores(u))
    assert (np.diff(scores(u)) >= 0).all()


@pytest.mark.parametrize("marked", [1, 2, 7, 8, 9, 15, 16, 17])
def test_draws_in_the_tails_are_gathered_from_where_there_are_draws(marked: int) -> None:
    """Eight are gathered at a time, the last ones too, whatever stood in the list before."""
    u = np.full(24, 0.5)
    u[-marked:] = 0.01
    listed = np.full(u.size + 8, 65_535, dtype=np.uint16)
    values._scores(u, np.empty(u.size), listed, np.empty(u.size))
    assert (listed[: -(-marked // 8) * 8] < u.size).all()
    np.testing.assert_array_equal(np.sort(listed[:marked]), np.arange(24 - marked, 24))


@pytest.mark.parametrize("text", ["normal(0, 1)", "beta(successes=2, failures=3)", "discrete([1, 2], [0.5, 0.5])"])
def test_points_that_no_design_has_do_no_harm(text: str) -> None:
    """Nothing is read beyond a table, whatever the point; what comes out is not promised."""
    row = row_of(parse_law(text, value=1.0, columns=None))
    assert row is not None
    out = np.empty((1, 6))
    points = np.array([[0.0, 1.0, np.nan, np.inf, -np.inf, 1e-310]])
    values.fill_values(compiled([(row, 0)], 1), points, out)


def test_values_do_not_depend_on_how_many_are_asked_for_at_once() -> None:
    """Eight draws go side by side, and what is left of a row has columns that belong to others."""
    columns, names = inputs_of_all_families()
    points = np.random.default_rng(5).random((len(names), 600))
    whole = np.empty((len(names), 600))
    columns.fill(points, whole)
    for start, n in [*((7 * k, k) for k in range(1, 18)), (3, 511), (3, 512), (3, 513), (1, 521)]:
        out = np.full((len(names), n + 3), -1.5)
        columns.fill(points[:, start : start + n], out)
        assert out[:, :n].tobytes() == whole[:, start : start + n].tobytes()
        assert (out[:, n:] == -1.5).all()


# ---------------------------------------------------------------- every processor

LAWS = (
    "uniform(-1, 3)",
    "normal(2, 0.5)",
    "lognormal(median=1.5, sigma=0.4)",
    "triangular(0, 1, 5)",
    "beta(successes=3.2, failures=17.5)",
    "beta(successes=0.5, failures=0.5)",
    "gamma(shape=0.3, scale=2)",
    "truncated_normal(0.5, 0.3, 0, 1)",
    "discrete([1, 2, 5], [0.25, 0.25, 0.5])",
)

SCRIPT = """
import hashlib
import numpy as np
from tests.kernel.test_values import everything
print(hashlib.sha256(everything()).hexdigest())
"""


def inputs_of_all_families() -> tuple[Columns, list[str]]:
    """Inputs of all families, of which some are correlated and some shares, and their names."""
    from engine.model.columns import build_columns
    from engine.model.dependence import Correlations, DirichletRow, Structures
    from engine.spec.distributions import Law

    names = [f"x{k:02d}" for k in range(len(LAWS) + 3)]
    laws = [parse_law(text, value=1.0, columns=None) for text in LAWS]
    laws += [Law("beta", (a, 9.0 - a, 0.0, 1.0)) for a in (2.0, 3.0, 4.0)]
    pairs = Correlations((("x00", "x01", 0.5), ("x03", "x04", -0.7)))
    structures = Structures(pairs, (DirichletRow("whole", tuple(names[-3:]), (2.0, 3.0, 4.0)),))
    return build_columns(names, laws, names[-3:], structures, names, correlated=False), names


def everything() -> bytes:
    """Values of all families, and points of all designs, as bytes."""
    from engine.run.designs import DESIGNS, unit_points

    columns, names = inputs_of_all_families()
    found = b""
    for design in DESIGNS:
        points = unit_points(design, names, seed=1, start=11, stop=2000, total=5000)
        out = np.empty((len(names), points.shape[1]))
        columns.fill(points, out)
        found += points.tobytes() + out.tobytes()
    return found


@pytest.mark.parametrize(
    ("cpu", "features"),
    [
        ("generic", ""),
        pytest.param("x86-64-v2", "", marks=pytest.mark.long),
        ("haswell", ""),
        pytest.param("skylake-avx512", "", marks=pytest.mark.long),
    ],
)
def test_processors_of_any_width_give_the_same_bits(cpu: str, features: str, tmp_path: Path) -> None:
    import hashlib
    import platform

    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("these are processors of another family")
    flags = Path("/proc/cpuinfo")
    needed = {"haswell": "avx2", "skylake-avx512": "avx512vl"}.get(cpu)
    if needed is not None and (not flags.is_file() or needed not in flags.read_text()):
        pytest.skip(f"this processor has no {needed}")
    environment = os.environ | {"NUMBA_CPU_NAME": cpu, "NUMBA_CPU_FEATURES": features, "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == hashlib.sha256(everything()).hexdigest()
