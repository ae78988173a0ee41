from __future__ import annotations

import itertools
import math
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.stats import qmc

from engine.errors import UsageError
from engine.kernel.points import SIDE
from engine.run.designs import (
    DESIGNS,
    MAX_LATIN_TOTAL,
    REPLICATES,
    _bases,
    direction_numbers,
    philox,
    random_words,
    replicates,
    unit_points,
)
from tests.run.slow_designs import slow_points

NAMES = ("hr_work", "cost_custody", "uptake", "a", "fade_years")


def points(design: str, names: tuple[str, ...] = NAMES, *, n: int, seed: int = 1) -> NDArray[np.float64]:
    return unit_points(design, names, seed=seed, start=0, stop=n, total=n)


# ---------------------------------------------------------------- luck


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(
    counter: tuple[int, ...], key: tuple[int, int], words: tuple[int, ...]
) -> None:
    found = philox([np.array([c], dtype=np.uint64) for c in counter], key)
    assert tuple(int(w[0]) for w in found) == words


def test_luck_never_changes_between_versions() -> None:
    # Changing these numbers changes every result that has ever been stored.
    draws = np.array([0, 1, 2**32, 2**40 + 7], dtype=np.uint64)
    assert [hex(int(w)) for w in random_words(1, "parameter:hr_work", draws)] == PINNED_WORDS
    for design, pinned in PINNED_POINTS.items():
        found = unit_points(design, ("hr_work", "a"), seed=7, start=30, stop=32, total=64)
        assert [float(x).hex() for x in found.ravel()] == pinned
    found = unit_points("latin_hypercube", ("hr_work", "a"), seed=7, start=30, stop=32, total=10_000)
    assert [float(x).hex() for x in found.ravel()] == PINNED_OF_MANY


PINNED_WORDS = ["0x3a2fe406922080d8", "0xab2e88488a07a14d", "0x62c3150f8359b699", "0x2218158cd02ca74e"]
PINNED_POINTS = {
    "monte_carlo": ["0x1.727ec094c273bp-1", "0x1.8969841b08fafp-1", "0x1.cecb51dc53f22p-2", "0x1.265136f65ca0ep-2"],
    "latin_hypercube": ["0x1.6aef821800000p-6", "0x1.55cbb57840000p-1", "0x1.c897fcdf80000p-2", "0x1.430166cc00000p-5"],
    "sobol": ["0x1.51fd1e227bc66p-2", "0x1.12df2ee95eb03p-1", "0x1.85244395db274p-3", "0x1.1770e3e7ee2a9p-1"],
}
PINNED_OF_MANY = ["0x1.a1dd5594cac09p-1", "0x1.592e10a9ff2e5p-4", "0x1.781f6fc7e0dedp-3", "0x1.eba6321d5e354p-1"]


def test_seeds_and_names_give_unrelated_luck() -> None:
    draws = np.arange(1000, dtype=np.uint64)
    streams = [random_words(seed, name, draws) for seed in (0, 1, 2**63 - 1) for name in ("parameter:a", "parameter:b")]
    for one, other in itertools.combinations(streams, 2):
        flipped = np.bitwise_count(one ^ other).mean()
        assert flipped == pytest.approx(32, abs=5 * 4 / math.sqrt(1000))


# ---------------------------------------------------------------- what every design promises


@pytest.mark.parametrize("design", DESIGNS)
def test_points_are_contiguous_rows_strictly_inside_the_unit_interval(design: str) -> None:
    u = points(design, n=5000)
    assert u.shape == (len(NAMES), 5000)
    assert u.dtype == np.float64
    assert u.flags.c_contiguous
    assert u.min() > 0
    assert u.max() < 1


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(DESIGNS),
    st.one_of(st.integers(1, 3000), st.integers(4000, 12_000)),
    st.lists(st.integers(0, 12_000), max_size=6),
    st.integers(0, 2**63 - 1),
)
def test_any_cut_gives_the_same_bits(design: str, total: int, cuts: list[int], seed: int) -> None:
    edges = sorted({0, total, *(c for c in cuts if c < total)})
    parts = [
        unit_points(design, NAMES[:2], seed=seed, start=a, stop=b, total=total) for a, b in itertools.pairwise(edges)
    ]
    whole = unit_points(design, NAMES[:2], seed=seed, start=0, stop=total, total=total)
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DESIGNS), st.integers(0, 2**36 - 3000), st.integers(0, 2500), st.integers(0, 500), st.data())
def test_compiled_loops_give_the_bits_of_plain_numpy(
    design: str, start: int, wide: int, beyond: int, data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from([start, start % 5000, start % 50]))
    if design == "latin_hypercube":
        start %= MAX_LATIN_TOTAL - 3000
    span = {"seed": 3, "start": start, "stop": start + wide, "total": start + wide + beyond}
    told = slow_points(design, NAMES[:3], **span)
    assert unit_points(design, NAMES[:3], **span).tobytes() == told.tobytes()


@pytest.mark.parametrize("design", DESIGNS)
def test_a_draw_far_out_can_be_had_alone(design: str) -> None:
    total = 10**9
    run = unit_points(design, NAMES, seed=3, start=total - 100, stop=total, total=total)
    alone = unit_points(design, NAMES, seed=3, start=total - 51, stop=total - 50, total=total)
    np.testing.assert_array_equal(run[:, 49:50], alone)
    assert run.min() > 0
    assert run.max() < 1


@pytest.mark.parametrize("design", ["monte_carlo", "sobol"])
def test_a_draw_does_not_depend_on_how_many_there_are(design: str) -> None:
    np.testing.assert_array_equal(points(design, n=100), points(design, n=5000)[:, :100])


@pytest.mark.parametrize("design", ["monte_carlo", "latin_hypercube"])
def test_another_name_leaves_the_others_luck_alone(design: str) -> None:
    few, many = points(design, NAMES, n=500), points(design, ("zeta", *NAMES, "b"), n=500)
    np.testing.assert_array_equal(many[1:-1], few)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_order_of_names_orders_rows_and_nothing_else(design: str) -> None:
    forward, backward = points(design, NAMES, n=500), points(design, NAMES[::-1], n=500)
    np.testing.assert_array_equal(forward, backward[::-1])


def test_sobol_dimensions_go_to_names_in_alphabetical_order() -> None:
    few, many = points("sobol", ("a", "b"), n=500), points("sobol", ("c", "b", "a"), n=500)
    np.testing.assert_array_equal(few, many[[2, 1]])


@pytest.mark.parametrize("design", DESIGNS)
def test_another_seed_gives_other_points(design: str) -> None:
    one, other = points(design, n=2000, seed=1), points(design, n=2000, seed=2)
    assert np.all(one != other)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] == pytest.approx(0, abs=5 / math.sqrt(one.size))


@pytest.mark.parametrize("design", DESIGNS)
def test_each_coordinate_is_uniform_and_uncorrelated_with_the_others(design: str) -> None:
    n = 20_000
    u = points(design, n=n, seed=5)
    for row in u:
        assert stats.kstest(row, "uniform").pvalue > 1e-3
    correlation = np.corrcoef(u) - np.eye(len(NAMES))
    assert np.abs(correlation).max() < 5 / math.sqrt(n)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_single_draw_is_uniform_over_seeds(design: str) -> None:
    u = np.array([unit_points(design, NAMES[:1], seed=s, start=17, stop=18, total=64)[0, 0] for s in range(400)])
    assert stats.kstest(u, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("design", DESIGNS)
def test_no_names_and_no_draws_are_empty(design: str) -> None:
    assert unit_points(design, (), seed=1, start=0, stop=5, total=5).shape == (0, 5)
    assert unit_points(design, ("a",), seed=1, start=5, stop=5, total=5).shape == (1, 0)


@pytest.mark.parametrize("design", DESIGNS)
def test_memory_is_that_of_the_part_asked_for(design: str) -> None:
    unit_points(design, NAMES, seed=1, start=0, stop=1, total=10**8)
    tracemalloc.start()
    unit_points(design, NAMES, seed=1, start=5 * 10**7, stop=5 * 10**7 + 50_000, total=10**8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(NAMES) * 50_000 * 8 + 8_000_000


# ---------------------------------------------------------------- Latin hypercube


def strata(u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Strata (.., point) of the points of one hypercube."""
    found: NDArray[np.int64] = np.floor(u * u.shape[-1]).astype(np.int64)
    return found


# around powers of two, squares and the number up to which orders are listed (256 points of each of 16 hypercubes)
@pytest.mark.parametrize(
    "total",
    [1, 15, 16, 17, 100, 1024, 4095, 4096, 4097, 4112, 5003, 16 * 289, 16 * 512 + 1, 65_535, 16 * 65_537, 999_983],
)
def test_each_hypercube_has_exactly_one_point_in_each_stratum(total: int) -> None:
    names = NAMES if total < 10_000 else NAMES[:2]
    u = points("latin_hypercube", names, n=total)
    for replicate in range(min(REPLICATES, total)):
        part = u[:, replicate::REPLICATES]
        np.testing.assert_array_equal(np.sort(strata(part), axis=1), np.tile(np.arange(part.shape[1]), (len(names), 1)))


def test_the_last_draws_of_the_largest_hypercube_lie_apart_and_inside() -> None:
    u = unit_points(
        "latin_hypercube",
        ("a",),
        seed=1,
        start=MAX_LATIN_TOTAL - 16 * 5000,
        stop=MAX_LATIN_TOTAL,
        total=MAX_LATIN_TOTAL,
    )[0]
    assert u.min() > 0
    assert u.max() < 1
    for replicate in range(REPLICATES):
        found = np.floor(u[replicate::REPLICATES] * (MAX_LATIN_TOTAL // REPLICATES))
        assert np.unique(found).size == 5000
    assert stats.kstest(u, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("size", [200, 257, 1000, 4099])
def test_orders_of_hypercubes_and_parameters_are_unlike_each_other_and_unordered(size: int) -> None:
    """Correlations of ranks have variance 1 / (size - 1) where orders are independent, whatever the law."""
    names = tuple("abcdefgh")
    ranks = strata(points("latin_hypercube", names, n=16 * size).reshape(8, size, 16).transpose(0, 2, 1)).reshape(
        128, -1
    )
    scores = np.corrcoef(np.vstack([ranks, np.arange(size)])) - np.eye(129)
    scores = scores[np.triu_indices(129, 1)] * math.sqrt(size - 1)
    assert np.abs(scores).max() < 5
    assert np.mean(scores**2) == pytest.approx(1, abs=5 * math.sqrt(2 / scores.size))


def cells(x: NDArray[np.int64], y: NDArray[np.int64], size: int, k: int = 8) -> float:
    """Chi-square of how many (x, y) lie in each cell of a grid of k by k."""
    found = np.bincount((x * k // size) * k + y * k // size, minlength=k * k)
    expected = x.size / k**2
    return float(((found - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("size", [256, 264, 1024, 4104])  # multiples of 8, not only powers of two
def test_pairs_of_parameters_and_following_points_fill_the_plane_as_shuffles_do(size: int) -> None:
    """Beside the same statistics of NumPy's shuffles, by the test of Kolmogorov and Smirnov."""
    names, rng = tuple("abcdefgh"), np.random.default_rng(1)
    u = points("latin_hypercube", names, n=16 * size, seed=11).reshape(8, size, 16).transpose(0, 2, 1)
    ours = strata(u).reshape(128, size)
    shuffled = rng.permuted(np.tile(np.arange(size), (128, 1)), axis=1)
    for lag in (1, 4, math.isqrt(size - 1) + 1):
        following = [[cells(x[:-lag], x[lag:], size) for x in orders] for orders in (ours, shuffled)]
        assert stats.ks_2samp(*following).pvalue > 1e-3, lag
    pairs = [
        [cells(orders[i], orders[j], size) for i, j in itertools.combinations(range(0, 128, 4), 2)]
        for orders in (ours, shuffled)
    ]
    assert stats.ks_2samp(*pairs).pvalue > 1e-3


@pytest.mark.parametrize("size", [3, 4, 5])
def test_all_orders_of_a_few_strata_are_equally_probable(size: int) -> None:
    orders: Counter[tuple[int, ...]] = Counter()
    for seed in range(750):
        u = points("latin_hypercube", ("x",), n=16 * size, seed=seed)[0].reshape(size, 16)
        orders.update(tuple(order) for order in strata(u.T).tolist())
    counts = [orders[order] for order in itertools.permutations(range(size))]
    assert sum(counts) == 750 * REPLICATES
    assert stats.chisquare(counts).pvalue > 1e-3


def test_two_points_of_many_strata_lie_anywhere_beside_each_other() -> None:
    """Of 257 strata, the first number for which orders are not listed, over 1250 seeds: differences of places of points
    that share a digit are uniform over all but 0."""
    size = 257
    differences = []
    for seed in range(1250):
        u = unit_points("latin_hypercube", ("x",), seed=seed, start=0, stop=16 * 35, total=16 * size)[0]
        place = np.floor(u * size).astype(int).reshape(35, 16)
        differences.append([(place[j] - place[i]) % size for i, j in ((0, 1), (0, 16), (1, 17), (17, 34), (0, 17))])
    for found in np.moveaxis(np.array(differences), 1, 0):
        assert found.min() > 0
        assert stats.chisquare(np.bincount((found.ravel() - 1) // 8, minlength=32)).pvalue > 1e-4


@pytest.mark.parametrize("size", [257, 1000, 4099, 62_501, 10**6, 2**30 - 1, 2**30])
def test_digits_hold_every_number_and_little_more(size: int) -> None:
    a, b = (int(base) for base in _bases(size))
    assert a * b >= size
    assert a * b - size <= max(4, math.isqrt(size) // 8)  # so few points are moved a second time
    assert max(a, b) <= 2**15
    assert min(a, b) > SIDE  # so that points side by side differ in one digit, or two


def test_places_inside_strata_are_uniform_and_unlike_those_of_neighbours() -> None:
    n = 16 * 4000
    u = points("latin_hypercube", NAMES[:3], n=n, seed=2)
    inside = u * (n // 16) % 1
    assert all(stats.kstest(row, "uniform").pvalue > 1e-3 for row in inside)
    for lag in (1, 4, 16, 64):  # one hash serves four points of a hypercube: draws i, i + 16, i + 32, i + 48
        score = np.corrcoef(inside[0, :-lag], inside[0, lag:])[0, 1] * math.sqrt(n - lag)
        assert abs(score) < 4.5, lag
    assert np.abs(np.corrcoef(inside) - np.eye(3)).max() * math.sqrt(n) < 4.5


# ---------------------------------------------------------------- Sobol'


def test_direction_numbers_are_those_behind_the_public_points_of_scipy() -> None:
    numbers = direction_numbers(40)
    far = direction_numbers(21_201)
    np.testing.assert_array_equal(far[:40], numbers)
    np.testing.assert_array_equal(far[::100], qmc.Sobol(21_201, scramble=False, bits=32)._sv[::100])
    plain = qmc.Sobol(40, scramble=False, bits=32).random_base2(8)
    gray = [n ^ (n >> 1) for n in range(256)]
    rebuilt = np.array(
        [np.bitwise_xor.reduce(numbers[:, [j for j in range(8) if g >> j & 1]], axis=1) for g in gray], dtype=np.uint64
    )
    np.testing.assert_array_equal(rebuilt * 2.0**-32, plain)


def test_each_sequence_is_a_net_in_every_coordinate_and_in_the_first_plane() -> None:
    u = points("sobol", tuple("abcdefgh"), n=16 * 64)
    for replicate in range(REPLICATES):
        part = u[:, replicate::REPLICATES]
        for row in part:
            np.testing.assert_array_equal(np.sort(np.floor(row * 64)), np.arange(64))
        for wide in range(7):
            cells = np.floor(part[0] * 2**wide) * 2 ** (6 - wide) + np.floor(part[1] * 2 ** (6 - wide))
            np.testing.assert_array_equal(np.sort(cells), np.arange(64))


def smooth_product(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral 1 over the unit cube."""
    weights = 1 / (1 + np.arange(len(u)))[:, None]
    product: NDArray[np.float64] = np.prod(1 + weights * (np.exp(u) / (math.e - 1) - 1), axis=0)
    return product


def test_sobol_integrates_a_smooth_function_far_better_than_monte_carlo() -> None:
    names = tuple("abcdefgh")
    n = 16 * 1024
    errors = {
        design: math.sqrt(
            np.mean([(smooth_product(points(design, names, n=n, seed=s)).mean() - 1) ** 2 for s in range(20)])
        )
        for design in DESIGNS
    }
    assert errors["sobol"] < errors["monte_carlo"] / 30
    assert errors["latin_hypercube"] < errors["monte_carlo"] / 2


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube"])
def test_replicates_give_an_honest_error(design: str) -> None:
    names, n = tuple("abcdefgh"), 16 * 128
    scores = []
    for seed in range(150):
        means = smooth_product(points(design, names, n=n, seed=seed)).reshape(-1, REPLICATES).mean(axis=0)
        scores.append((means.mean() - 1) / (means.std(ddof=1) / math.sqrt(REPLICATES)))
    # Independent, unbiased replicates make this Student's t with 15 degrees of freedom.
    assert stats.kstest(scores, stats.t(REPLICATES - 1).cdf).pvalue > 1e-3


def test_only_designs_whose_points_hang_together_are_replicated() -> None:
    assert {design: replicates(design) for design in DESIGNS} == {"monte_carlo": 1, "latin_hypercube": 16, "sobol": 16}


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("design", "names", "span", "message"),
    [
        ("halton", ("a",), (0, 1, 1), "there is no 'halton'. Known: monte_carlo, latin_hypercube, sobol"),
        ("sobol", ("a",), (0, 2, 1), "draws 0 to 2 of 1"),
        ("sobol", ("a",), (-1, 1, 1), "draws -1 to 1 of 1"),
        ("monte_carlo", ("a",), (3, 2, 5), "draws 3 to 2 of 5"),
        ("monte_carlo", ("a",), (0, 1, 2**36 + 1), "at most 68719476736"),
        ("latin_hypercube", ("a",), (0, 1, 2**34 + 1), "17179869185 draws, and a latin_hypercube design has at most"),
        ("latin_hypercube", ("a", "b", "a"), (0, 1, 1), "stands twice"),
        ("sobol", tuple(str(i) for i in range(21_202)), (0, 1, 1), "21202 uncertain parameters"),
    ],
)
def test_what_a_design_cannot_do_is_refused(
    design: str, names: tuple[str, ...], span: tuple[int, int, int], message: str
) -> None:
    start, stop, total = span
    with pytest.raises(UsageError) as caught:
        unit_points(design, names, seed=1, start=start, stop=stop, total=total)
    assert message in str(caught.value)
