"""Geometry of the model's figure."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.report.graph import (
    Box,
    arrows,
    chords,
    circle_places,
    closest,
    on_curve,
    part_of,
    ring_cost,
    ring_order,
    ring_places,
    strongest,
    wrapped,
)


def test_ring_order_is_as_good_as_the_best_of_all_orders():
    rng = np.random.default_rng(3)
    for _ in range(5):
        edges = [(i, j) for i in range(7) for j in range(7) if i != j and rng.random() < 0.35]
        weights = rng.random(len(edges))
        ends = np.array(edges)
        found = ring_cost(ring_order(7, edges, weights), ends, weights / weights.max())
        every = [ring_cost([0, *rest], ends, weights / weights.max()) for rest in itertools.permutations(range(1, 7))]
        assert found <= np.quantile(every, 0.01)
        assert found < np.median(every)


def test_a_chain_in_any_order_is_untangled():
    shuffled = [3, 0, 5, 1, 4, 2]
    edges = list(itertools.pairwise(shuffled))
    order = ring_order(6, edges, np.ones(5), first=3)
    assert order[0] == 3
    assert order in (shuffled, [shuffled[0], *shuffled[:0:-1]])


def test_cost_counts_crossings():
    ends = np.array([(0, 2), (1, 3)])
    crossed, parallel = ring_cost([0, 1, 2, 3], ends, np.ones(2)), ring_cost([0, 2, 1, 3], ends, np.ones(2))
    assert crossed == 4.5
    assert parallel == 2.0


@pytest.mark.parametrize("n", range(2, 13))
def test_wide_boxes_do_not_touch_on_the_ring(n: int):
    height = 0.9
    places = ring_places(n, (0.0, 0.0), (2.0, n / 4 * (height + 0.3) + 0.3))
    assert closest([Box(float(x), float(y), 1.5, height) for x, y in places]) > 0.05
    assert tuple(places[0]) == (-2.0, 0.0)


def test_arrows_leave_and_meet_boxes_at_their_sides_and_go_around_the_others():
    places = ring_places(9, (3.0, 3.0), (2.5, 2.5))
    boxes = [Box(float(x), float(y), 1.0, 0.4) for x, y in places]
    edges = [(i, j) for i in range(9) for j in range(9) if i != j and (i + 2 * j) % 3]
    blocked = 0
    for (i, j), curve in zip(edges, arrows(boxes, edges, (3.0, 3.0)), strict=True):
        for end, k in ((curve[0], i), (curve[-1], j)):
            assert not boxes[k].holds(end[None])[0]
            assert boxes[k].holds(end[None], 0.05)[0]
        points = on_curve(curve, np.linspace(0, 1, 50))
        blocked += any(b.holds(points).any() for k, b in enumerate(boxes) if k not in (i, j))
    assert blocked <= len(edges) // 20


def test_arrows_that_meet_one_side_stand_apart():
    boxes = [Box(0, 0, 2, 0.5), *(Box(x, 5, 0.5, 0.5) for x in (-1.0, 0.0, 1.0))]
    edges = [(1, 0), (2, 0), (3, 0), (0, 2)]
    ends = sorted([*(c[-1][0] for c in arrows(boxes, edges, (0, 2))[:3]), arrows(boxes, edges, (0, 2))[3][0][0]])
    assert min(np.diff(ends)) >= 0.15 - 1e-9


def test_there_and_back_are_two_curves():
    boxes = [Box(0, 0, 1, 0.5), Box(4, 0, 1, 0.5)]
    there, back = (on_curve(c, 0.5) for c in arrows(boxes, [(0, 1), (1, 0)], (2, 0)))
    assert there[1] < -0.1  # to the right of who goes to the right
    assert back[1] > 0.1
    dots = [Box(float(x), float(y), 0.1, 0.1) for x, y in circle_places(5, (0, 0), 2)]
    there, back = (on_curve(c, 0.5) for c in chords(dots, [(0, 1), (1, 0)], (0, 0)))
    assert np.hypot(*(there - back)) > 0.1


def test_part_of_a_curve_lies_on_it():
    curve = np.array([[0.0, 0.0], [1.0, 3.0], [4.0, 1.0]])
    part = part_of(curve, 0.2, 0.7)
    t = np.linspace(0, 1, 11)
    np.testing.assert_allclose(on_curve(part, t), on_curve(curve, 0.2 + 0.5 * t), atol=1e-12)


def test_only_the_strongest_arrows_are_kept_and_all_others_are_below_the_limit_told():
    edges = [(i, j) for i in range(6) for j in range(6) if i != j]
    flows = np.geomspace(1.0, 1e-6, len(edges))
    kept, limit = strongest(flows, edges, most=10, reach_all=False)
    assert len(kept) <= 10
    assert limit in (0.02, 0.05, 0.01)
    assert (flows[[k for k in range(len(edges)) if k not in kept]] < limit).all()
    with_all, same = strongest(flows, edges, most=10, reach_all=True)
    assert same == limit
    assert {e for k in with_all for e in edges[k]} == set(range(6))
    assert strongest(flows, edges, most=30, reach_all=True) == (list(range(30)), 0.0)


def test_long_names_are_parted_at_a_binding_s():
    assert wrapped("Arbetsmarknadspolitiskt program", 17, 3) == "Arbetsmarknads-\npolitiskt program"
    assert wrapped("Sjukersättning (förtidspensionering)", 17, 3) == "Sjukersättning\n(förtids-\npensionering)"
    assert wrapped("In work", 17, 3) == "In work"
    assert max(map(len, wrapped("x" * 200, 17, 3).split("\n"))) <= 17
    assert wrapped("a b c d e f", 3, 2).endswith("…")
