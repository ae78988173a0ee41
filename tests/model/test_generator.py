"""One cycle of a chain in continuous time, against the exponential of the generator and closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats
from scipy.linalg import expm

from engine.kernel import reference
from engine.model.generator import LARGEST, MOST, Scheme, Step, advance, cycle, matrices, suggest_scheme, terms_for
from engine.model.hoist import Graph, Ref
from tests.model.on_graph import both_ways

Array = NDArray[np.float64]


def exactly(x: Array, q: Array, dt: float) -> tuple[Array, Array]:
    """x exp(Q dt) and its integral over 0..dt, from one exponential of [[Q, I], [0, 0]] (Van Loan 1978)."""
    n = len(x)
    generator = q - np.diag(q.sum(axis=1))
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:] = generator * dt, np.eye(n) * dt
    whole = expm(block)
    return x @ whole[:n, :n], x @ whole[:n, n:]


def steps(
    xs: Array, qs: Array, dt: float, scheme: Scheme, way: Callable[..., Step] = advance
) -> dict[str, tuple[Array, Array, Array]]:
    """Following (d, s), time (d, s) and valid (d,) for draws of occupancy (d, s) and hazards (d, s, s), both ways."""
    n = xs.shape[1]
    pairs = [(s, t) for s in range(n) for t in range(n) if s != t and qs[:, s, t].any()]

    def build(g: Graph, *refs: Ref) -> list[Ref]:
        step = way(g, refs[:n], dict(zip(pairs, refs[n:], strict=True)), dt, scheme)
        return [*step.following, *step.time, step.valid]

    inputs = np.vstack([xs.T, *(qs[None, :, s, t] for s, t in pairs)])
    return {k: (v[:n].T, v[n : 2 * n].T, v[-1]) for k, v in both_ways(build, inputs).items()}


def random_chains(rng: np.random.Generator, n: int, draws: int, bound: float, density: float = 0.7) -> Array:
    """Hazards over four orders of magnitude whose largest outflow is the bound."""
    qs = 10.0 ** rng.uniform(-4, 0, (draws, n, n)) * (rng.uniform(size=(draws, n, n)) < density)
    qs[:, range(n), range(n)] = 0
    return qs * bound / np.maximum(qs.sum(axis=2).max(axis=1), 1e-9)[:, None, None]


@pytest.mark.parametrize(
    ("n", "bound", "scheme"),
    [
        (2, 0.3, suggest_scheme(0.3, 1.0)),
        (4, 5.0, suggest_scheme(5.0, 1.0)),
        (4, 5.0, Scheme(5, 1.0)),
        (4, 100.0, suggest_scheme(100.0, 1.0)),
        (7, 2.0, Scheme(1, 3.0)),
    ],
)
def test_a_cycle_is_the_exponential_of_the_generator(n: int, bound: float, scheme: Scheme) -> None:
    rng = np.random.default_rng(4)
    qs, xs = random_chains(rng, n, 40, bound), rng.dirichlet(np.ones(n), 40)
    for following, time, valid in steps(xs, qs, 1.0, scheme).values():
        assert valid.all()
        for d in range(40):
            expected, expected_time = exactly(xs[d], qs[d], 1.0)
            np.testing.assert_allclose(following[d], expected, rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(time[d], expected_time, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(following.sum(axis=1), 1.0, rtol=1e-14)
        np.testing.assert_allclose(time.sum(axis=1), 1.0, rtol=1e-14)
        assert following.min() >= 0


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 12),
    st.integers(0, 2**32 - 1),
    st.floats(1e-3, 60),
    st.floats(0.02, 2.0),
    st.integers(1, 4),
    st.floats(0.1, 1.0),
)
def test_any_chain_is_followed_and_people_and_transitions_add_up(
    n: int, seed: int, bound: float, dt: float, substeps: int, density: float
) -> None:
    rng = np.random.default_rng(seed)
    q, x = random_chains(rng, n, 1, bound, density)[0], rng.dirichlet(np.ones(n))
    theta = bound * dt / substeps
    scheme = Scheme(substeps, theta) if theta <= MOST else suggest_scheme(bound, dt)
    g = Graph(1)
    refs = {(s, t): g.input(s * n + t) for s in range(n) for t in range(n) if q[s, t] > 0}
    step = advance(g, [g.const(share) for share in x], refs, dt, scheme)
    results = [*step.following, *step.time]
    inputs = q.reshape(-1, 1)
    program = g.program(totals=results, yearly=[], checks=[step.valid] * bool(refs), n_inputs=n * n)
    outcome = reference.evaluate(program, inputs)
    following, time = outcome.totals[:n, 0], outcome.totals[n:, 0]
    expected, expected_time = exactly(x, q, dt)
    np.testing.assert_allclose(following, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(time, expected_time, rtol=1e-12, atol=1e-14)
    assert abs(following.sum() - 1) < 1e-14
    assert abs(time.sum() - dt) < 1e-14 * max(dt, 1)
    made = time[:, None] * q
    np.testing.assert_allclose(x + made.sum(axis=0) - made.sum(axis=1), following, rtol=1e-12, atol=1e-13)
    assert not outcome.status.any()


def test_two_states_follow_their_closed_form() -> None:
    a, b, dt = 0.7, 0.2, 0.5
    q = np.array([[[0.0, a], [b, 0.0]]])
    share = b / (a + b) + (0.9 - b / (a + b)) * np.exp(-(a + b) * dt)
    time = b / (a + b) * dt - (0.9 - b / (a + b)) * np.expm1(-(a + b) * dt) / (a + b)
    for following, spent, _ in steps(np.array([[0.9, 0.1]]), q, dt, suggest_scheme(1.0, dt)).values():
        np.testing.assert_allclose(following[0], [share, 1 - share], rtol=1e-14)
        np.testing.assert_allclose(spent[0], [time, dt - time], rtol=1e-14)


def test_illness_and_death_within_one_cycle_follow_their_closed_form() -> None:
    ill, dead, worse = 0.3, 0.05, 0.8
    q = np.array([[[0, ill, dead], [0, 0, worse], [0, 0, 0]]])
    out = ill + dead
    well, sick = np.exp(-out), ill * (np.exp(-worse) - np.exp(-out)) / (out - worse)
    time_well = -np.expm1(-out) / out
    time_sick = ill / (out - worse) * (-np.expm1(-worse) / worse + np.expm1(-out) / out)
    for following, time, _ in steps(np.array([[1.0, 0, 0]]), q, 1.0, Scheme(1, 1.0)).values():
        np.testing.assert_allclose(following[0], [well, sick, 1 - well - sick], rtol=1e-14)
        np.testing.assert_allclose(time[0], [time_well, time_sick, 1 - time_well - time_sick], rtol=1e-13)
        assert following[0, 2] > dead * time_well * 1.5  # those who fell ill and died in the same cycle count


@pytest.mark.parametrize("rate", [0.1, 3.0, 25.0])
def test_stages_with_equal_rates_are_a_poisson_process(rate: float) -> None:
    n = 8
    q = np.zeros((1, n, n))
    q[0, range(n - 1), range(1, n)] = rate
    start = np.eye(n)[:1]
    shares = stats.poisson.pmf(np.arange(n - 1), rate)
    times = special.gammainc(np.arange(1, n), rate) / rate
    for following, time, _ in steps(start, q, 1.0, suggest_scheme(rate, 1.0)).values():
        np.testing.assert_allclose(following[0, :-1], shares, rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(time[0, :-1], times, rtol=1e-12, atol=1e-15)
        assert following[0].sum() == pytest.approx(1, abs=1e-14)


def test_matrices_give_what_the_series_gives() -> None:
    rng = np.random.default_rng(8)
    xs, qs = rng.dirichlet(np.ones(4), 16), random_chains(rng, 4, 16, 2.0)
    scheme = Scheme(2, 1.0)

    def by_matrices(g: Graph, x: list[Ref], hazards: dict[tuple[int, int], Ref], dt: float, scheme: Scheme) -> Step:
        return matrices(g, len(x), hazards, dt, scheme).advance(g, x)

    series, products = steps(xs, qs, 1.0, scheme), steps(xs, qs, 1.0, scheme, by_matrices)
    for way in series:
        for a, b in zip(series[way], products[way], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-16)


def test_nobody_is_lost_in_six_hundred_cycles_of_changing_hazards() -> None:
    n, cycles = 3, 600
    g = Graph(cycles)
    growth = g.series(np.exp(0.002 * np.arange(cycles)))
    q = {(0, 1): g.mul(g.input(0), growth), (1, 2): g.mul(g.input(1), growth), (1, 0): g.input(2)}
    x = [g.carried(g.const(1.0)), g.carried(g.const(0.0)), g.carried(g.const(0.0))]
    step = advance(g, x, q, 1 / 12, suggest_scheme(8.0, 1 / 12))
    for share, following in zip(x, step.following, strict=True):
        g.follow(share, following)
    program = g.program(totals=x, yearly=list(step.following), checks=[step.valid], n_inputs=3)
    inputs = np.array([[0.3, 1.0], [0.1, 0.02], [0.2, 1.5]])
    outcome = reference.evaluate(program, inputs)
    assert not outcome.status.any()
    np.testing.assert_allclose(outcome.totals.sum(axis=0), 1.0, atol=1e-13)
    for d in range(2):
        share = np.eye(n)[0]
        for k in range(cycles):
            grown = np.exp(0.002 * k)
            hazards = np.zeros((n, n))
            hazards[0, 1], hazards[1, 2], hazards[1, 0] = inputs[0, d] * grown, inputs[1, d] * grown, inputs[2, d]
            share, _ = exactly(share, hazards, 1 / 12)
            np.testing.assert_allclose(outcome.yearly[:, k, d], share, rtol=1e-11)


def chain(g: Graph, states: int, hazard: Callable[[int], Ref]) -> tuple[list[Ref], dict[tuple[int, int], Ref]]:
    """Occupancy that lives from cycle to cycle, and hazards between all states."""
    pairs = [(s, t) for s in range(states) for t in range(states) if s != t]
    return [g.carried(g.const(1 / states)) for _ in range(states)], {p: hazard(k) for k, p in enumerate(pairs)}


@pytest.mark.parametrize(
    ("hazard", "states", "cycles", "taken"),
    [
        (lambda g, k: g.const(0.1), 4, 10, True),
        (lambda g, k: g.series(np.linspace(0.1, 0.2, g.n_cycles)), 4, 10, True),
        (lambda g, k: g.input(k), 4, 60, True),
        (lambda g, k: g.input(k), 4, 10, False),  # too few cycles to win back the compiling
        (lambda g, k: g.input(k), 10, 600, False),  # too much to compile
        (lambda g, k: g.mul(g.input(k), g.series(np.linspace(0.1, 0.2, g.n_cycles))), 4, 60, False),
    ],
)
def test_matrices_are_taken_where_they_pay(
    hazard: Callable[[Graph, int], Ref], states: int, cycles: int, taken: bool
) -> None:
    g, scheme = Graph(cycles), Scheme(1, 1.0)
    x, q = chain(g, states, lambda k: hazard(g, k))
    step = cycle(g, x, q, 1.0, scheme)
    assert taken or step == advance(g, x, q, 1.0, scheme)
    if taken:
        assert step == matrices(g, states, q, 1.0, scheme).advance(g, x) != advance(g, x, q, 1.0, scheme)
    if states == 10:
        assert states * scheme.applications * (90 + 30) > LARGEST


def test_hazards_that_no_draw_changes_leave_two_products_in_the_loop() -> None:
    g = Graph(10)
    x, q = chain(g, 3, lambda k: g.series(np.linspace(0.1, 0.2, 10) / (k + 1)))
    step = cycle(g, x, q, 1.0, Scheme(1, 1.0))
    for share, following in zip(x, step.following, strict=True):
        g.follow(share, following)
    program = g.program(totals=[], yearly=[*step.following, *step.time], checks=[], n_inputs=0)
    assert sum(o.name not in ("series", "const", "carried") for o in program.operations) == 2 * 3 * 3


def test_a_draw_beyond_the_bound_is_told() -> None:
    qs = np.zeros((3, 2, 2))
    qs[:, 0, 1] = [0.9, 1.0, 1.1]
    qs[:, 1, 0] = 0.5
    for _, _, valid in steps(np.full((3, 2), 0.5), qs, 1.0, Scheme(2, 0.5)).values():
        assert valid.tolist() == [1, 1, 0]


@pytest.mark.parametrize("theta", [1e-6, 0.01, 0.5, 1.0, 4.0, 17.3, 32.0])
def test_terms_are_as_few_as_the_bound_on_what_is_left_out_allows(theta: float) -> None:
    k = terms_for(theta)
    assert stats.poisson.sf(k, theta) < 1e-16 <= stats.poisson.sf(k - 1, theta)


def test_the_suggested_scheme_covers_the_bound_with_fewest_products() -> None:
    for outflow, dt in ((0.1, 1.0), (3.0, 0.25), (40.0, 1.0), (500.0, 1.0)):
        scheme = suggest_scheme(outflow, dt)
        assert scheme.substeps * scheme.theta == pytest.approx(outflow * dt, rel=1e-14)
        least = int(np.ceil(outflow * dt / MOST))
        others = [Scheme(m, outflow * dt / m) for m in range(max(1, least), least + 12)]
        assert scheme.applications == min(other.applications for other in others)
    assert suggest_scheme(0.0, 1.0).terms <= 3


@pytest.mark.parametrize(("substeps", "theta"), [(0, 1.0), (1, 0.0), (1, -1.0), (1, 33.0), (1, np.nan)])
def test_a_scheme_that_cannot_be_is_refused(substeps: int, theta: float) -> None:
    with pytest.raises(ValueError, match="not"):
        Scheme(substeps, theta)


@pytest.mark.parametrize(("outflow", "dt"), [(-1.0, 1.0), (np.inf, 1.0), (1.0, 0.0), (np.nan, 1.0)])
def test_a_bound_that_cannot_be_is_refused(outflow: float, dt: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        suggest_scheme(outflow, dt)
