import tracemalloc

import numpy as np
import pytest

from engine.analysis.sensitivity.saltelli import Saltelli, SaltelliRun, indices_of_stored, sobol_indices
from engine.errors import UsageError
from engine.run.designs import unit_points


def product(u: np.ndarray) -> np.ndarray:
    return u.prod(axis=1)


def test_runs_are_a_then_each_mixture_then_b() -> None:
    design = Saltelli(3, 16, 0)
    a, b = design.base(0, 16)
    x = design.mix(a, b)
    assert x.shape == (16, 8, 3)
    np.testing.assert_array_equal(x[:, 0], a)
    np.testing.assert_array_equal(x[:, 7], b)
    for i in range(3):
        others = [j for j in range(3) if j != i]
        np.testing.assert_array_equal(x[:, 1 + i, i], b[:, i])
        np.testing.assert_array_equal(x[:, 1 + i, others], a[:, others])
        np.testing.assert_array_equal(x[:, 4 + i, i], a[:, i])
        np.testing.assert_array_equal(x[:, 4 + i, others], b[:, others])


def test_both_halves_belong_to_one_point_of_twice_the_dimensions() -> None:
    a, b = Saltelli(2, 64, 5).base(0, 64)
    whole = unit_points("sobol", ["a0", "a1", "b0", "b1"], seed=5, start=0, stop=64, total=64)
    np.testing.assert_array_equal(np.hstack([a, b]), whole.T)
    assert ((a > 0) & (a < 1) & (b > 0) & (b < 1)).all()


def test_a_design_begins_like_one_of_half_its_size() -> None:
    small, large = Saltelli(3, 64, 1).base(0, 64), Saltelli(3, 128, 1).base(0, 64)
    np.testing.assert_array_equal(small, large)


def test_fingerprints_differ_where_a_run_differs() -> None:
    designs = [
        Saltelli(3, 64, 1),
        Saltelli(3, 128, 1),
        Saltelli(3, 64, 2),
        Saltelli(4, 64, 1),
        Saltelli(3, 64, 1, ((0, 1), (2,))),
        Saltelli(3, 64, 1, second_order=False),
    ]
    assert len({design.fingerprint for design in designs}) == len(designs)
    assert Saltelli(3, 64, 1).fingerprint == Saltelli(3, 64, 1, ((0,), (1,), (2,))).fingerprint


def test_columns_in_no_group_keep_their_own_half() -> None:
    design = Saltelli(3, 16, 0, ((1,),), second_order=False)
    a, b = design.base(0, 16)
    x = design.mix(a, b)
    np.testing.assert_array_equal(x[:, 1][:, [0, 2]], a[:, [0, 2]])
    np.testing.assert_array_equal(x[:, 1, 1], b[:, 1])


@pytest.mark.parametrize("chunk", [1, 5000, 10**6])
def test_indices_are_the_same_bits_for_any_chunk(chunk: int) -> None:
    one = sobol_indices(product, 3, n=4096, seed=2)
    other = sobol_indices(product, 3, n=4096, seed=2, chunk=chunk)
    for x, y in zip(one.aggregated, other.aggregated, strict=True):
        np.testing.assert_array_equal(x, y)


def test_going_on_gives_the_same_bits_as_going_there_at_once() -> None:
    run = SaltelliRun(product, Saltelli(3, 2048, 2))
    for n in (256, 512, 2048):
        run.advance(n)
    at_once = sobol_indices(product, 3, n=2048, seed=2)
    for x, y in zip(run.sums.indices().aggregated, at_once.aggregated, strict=True):
        np.testing.assert_array_equal(x, y)


def test_memory_does_not_grow_with_the_design() -> None:
    def peak(n: int) -> int:
        tracemalloc.start()
        sobol_indices(product, 8, n=n, seed=0, chunk=4608)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(256)
    small, large = peak(1024), peak(16384)
    # 16 384 base points are 21 MB of design
    assert large < 1.2 * small
    assert large < 4e6


def test_values_may_have_more_columns_than_the_cube_and_move_in_groups() -> None:
    # two shares that add to one come from one dimension; a constant is in no group
    def transform(u: np.ndarray) -> np.ndarray:
        return np.column_stack([u[:, 0], 1 - u[:, 0], np.full(len(u), 3.0), u[:, 1]])

    def outcome(x: np.ndarray) -> np.ndarray:
        np.testing.assert_allclose(x[:, 0] + x[:, 1], 1)
        return x[:, 0] * x[:, 2] - x[:, 1] + x[:, 3]

    found = sobol_indices(outcome, 2, n=1024, seed=0, groups=[[0, 1], [3]], transform=transform).aggregated
    truth = np.array([16.0, 1.0]) / 17  # 4 u0 + u1
    assert (np.abs(found.total - truth) <= 3 * found.total_half).all()


def test_progress_is_told_in_runs() -> None:
    told: list[tuple[int, int]] = []
    sobol_indices(product, 2, n=1024, seed=0, chunk=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(256 * 6 * (k + 1), 1024 * 6) for k in range(4)]


def test_outcomes_are_kept_when_asked_for_only() -> None:
    run = SaltelliRun(product, Saltelli(2, 512, 0), keep=True)
    run.advance(512)
    assert run.outcomes.shape == (512, 6, 1)
    design = run.design
    np.testing.assert_array_equal(run.outcomes[..., 0], design.mix(*design.base(0, 512)).prod(axis=2))
    with pytest.raises(UsageError, match="not kept"):
        _ = SaltelliRun(product, Saltelli(2, 512, 0)).outcomes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 16, 0), "No uncertain parameter"),
        ((2, 1, 0), "at least 2"),
        ((2, 100, 0), "powers of two, such as 64"),
        ((2, 16, 0, ((0,), (0, 1))), "one group"),
        ((2, 16, 0, ((0,), ())), "needs a column"),
    ],
)
def test_designs_that_are_none_are_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Saltelli(*arguments)  # type: ignore[arg-type]


def test_a_group_of_columns_that_are_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="column 5; there are 2"):
        sobol_indices(product, 2, n=16, seed=0, groups=[[0], [5]])


def test_outcomes_of_another_length_are_refused() -> None:
    with pytest.raises(UsageError, match="one row a run"):
        sobol_indices(lambda u: u[:-1, 0], 2, n=16, seed=0)


def test_stored_outcomes_give_the_same_bits_and_only_to_the_design_that_made_them() -> None:
    design = Saltelli(3, 512, 4)
    y = product(design.mix(*design.base(0, 512)).reshape(design.runs, 3))
    now = sobol_indices(product, 3, n=512, seed=4)
    later = indices_of_stored(design, y, fingerprint=design.fingerprint)
    np.testing.assert_array_equal(now.aggregated.second, later.aggregated.second)
    with pytest.raises(UsageError, match="seed 5, 3 groups, with second order"):
        indices_of_stored(Saltelli(3, 512, 5), y, fingerprint=design.fingerprint)
    with pytest.raises(UsageError, match="4096 runs"):
        indices_of_stored(design, y[:-1], fingerprint=design.fingerprint)


# ---------------------------------------------------------------- mixtures by row numbers


class Table:
    """Five values of three dimensions: the first moves two, and one value is constant."""

    moved = ((0, 1), (2,), (4,))
    n_values = 5

    def values(self, points: np.ndarray, out: np.ndarray) -> None:
        out[:] = points[0], 1 - points[0], points[1], np.full(points.shape[1], 2.0), points[2]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        out = np.empty((5, len(points)))
        self.values(points.T, out)
        return self.of(out)

    def of(self, x: np.ndarray) -> np.ndarray:
        return (x[0] + 3 * x[1] ** 2) * x[2] + x[3] * x[4]

    def of_mixtures(self, values: np.ndarray, rows: np.ndarray, first: int) -> np.ndarray:
        assert values.shape[0] == 10
        return np.stack([self.of(values[own])[None] for own in rows])


@pytest.mark.parametrize("second_order", [True, False])
@pytest.mark.parametrize("groups", [(), ((0, 2), (1,)), ((1,),)])
def test_mixtures_told_by_row_numbers_give_the_bits_of_the_runs(groups, second_order: bool) -> None:  # type: ignore[no-untyped-def]
    options = {"n": 512, "seed": 3, "groups": groups, "second_order": second_order}
    by_rows = sobol_indices(lambda u: Table()(u), 3, **options)
    mixed = sobol_indices(Table(), 3, **options)
    for x, y in zip(by_rows.aggregated, mixed.aggregated, strict=True):
        np.testing.assert_array_equal(x, y)


def test_functions_of_other_dimensions_and_numbers_of_outcomes_are_refused() -> None:
    with pytest.raises(UsageError, match="has 2 dimensions, the function 3"):
        sobol_indices(Table(), 2, n=16, seed=0)
    with pytest.raises(UsageError, match="column 7; there are 3"):
        sobol_indices(Table(), 3, n=16, seed=0, groups=[[0], [7]])
    with pytest.raises(UsageError, match=r"outcomes of shape \(8, 1, 16\)"):
        sobol_indices(Table(), 3, n=16, seed=0, n_outcomes=2)
