"""Outcomes of each draw get the party that is reported, without being copied where there is room for it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.results.kept import with_reported
from engine.run.job import PARTY_AXIS, Layout, room_behind, with_room

OWN = (2, 0)
LAYOUT: Layout = {
    "npv": (np.float64, (2, 1, 3, 40)),
    "subgroup_npv": (np.float64, (2, 2, 1, 3, 40)),
    "cost": (np.float64, (2, 2, 3, 40)),
    "status": (np.int64, (2, 40)),
}


def filled() -> dict[str, np.ndarray]:
    rng, arrays = np.random.default_rng(4), with_room(LAYOUT)
    for name, (kind, shape) in LAYOUT.items():
        assert arrays[name].shape == shape
        assert arrays[name].dtype == kind
        arrays[name][...] = rng.integers(100, size=shape)
    return arrays


@pytest.mark.parametrize("some", [slice(None), slice(8, 24)])
@pytest.mark.parametrize("name", ["npv", "subgroup_npv"])
def test_the_reported_party_is_written_into_the_room_behind_the_others(name: str, some: slice) -> None:
    made = filled()[name][..., some]
    axis = PARTY_AXIS[name]
    copied = with_reported(made.copy(), OWN, axis)
    found = with_reported(made, OWN, axis)
    np.testing.assert_array_equal(found, copied)
    assert np.shares_memory(found, made)
    for k, q in enumerate(OWN):
        np.testing.assert_array_equal(np.take(found[k], -1, axis - 1), np.take(made[k], q, axis - 1))


def test_there_is_room_only_behind_arrays_made_with_it() -> None:
    made = filled()
    whole = np.zeros((2, 1, 4, 40))
    assert room_behind(made["npv"], 2) is not None
    some = (made["npv"].copy(), made["cost"], made["npv"][:, :, :2], made["npv"][:, :, 1:], made["npv"][..., ::2])
    for other in (*some, whole[:, :, :-1], whole[:, :, 1:], with_room({"npv": (np.float64, (2, 1, 3, 0))})["npv"]):
        assert room_behind(other, 2) is None


def test_what_was_not_made_with_room_is_copied_and_not_written_to() -> None:
    whole = np.arange(32.0).reshape(2, 1, 4, 4)
    before = whole.copy()
    found = with_reported(whole[:, :, :-1], OWN)
    np.testing.assert_array_equal(whole, before)
    np.testing.assert_array_equal(found[:, :, :-1], whole[:, :, :-1])
