"""Cycles as values: equal by their points up to rounding, hashed by their itinerary; lists that sort them by kind."""
import maps
import numpy as np
import pytest

from plrnn_manifolds import Cycle, find_cycles


@pytest.fixture
def cycles():
    "Two fixed points and five cycles of order 2 and 4, stable ones and saddles."
    f = maps.tipping(65, 3)
    found = find_cycles(f, max_order=4)
    assert found.counts() == {1: 2, 2: 1, 4: 4} and {c.kind for c in found} == {"stable", "saddle"}
    return f, found


def turned(c, by=1):
    "The same cycle, begun at another point."
    return Cycle(np.roll(c.points, by, axis=0), np.roll(c.regions, by, axis=0), c.multipliers)


def test_equality(cycles):
    f, found = cycles
    again = find_cycles(f, max_order=4, seed=1)
    for i, c in enumerate(found):
        assert c == c and not c != c and c == again[i]
        assert all((c == other) is (i == j) for j, other in enumerate(found))
        assert all(turned(c, k) == c for k in range(c.order))
        assert c == Cycle(c.points * (1 + 1e-14), c.regions, c.multipliers)
        moved = c.points.copy()
        moved[0, 0] += 0.01
        assert c != Cycle(moved, c.regions, c.multipliers)
        assert c != "a cycle" and c is not None and c != 1


def test_lists_sets_and_dicts(cycles):
    _, found = cycles
    for i, c in enumerate(found):
        assert c in found and turned(c) in found and found.index(turned(c)) == i and found.count(c) == 1
        assert hash(c) == hash(turned(c))
    assert len({*found, *map(turned, found)}) == len(found)
    name = {c: i for i, c in enumerate(found)}
    assert [name[turned(c)] for c in found] == list(range(len(found)))
    assert found[0] not in list(found[1:])


def test_kinds(cycles):
    _, found = cycles
    assert [c.is_stable for c in found] == [c.kind == "stable" for c in found]
    assert list(found.stable) == [c for c in found if c.kind == "stable"]
    assert list(found.saddles) == [c for c in found if c.kind == "saddle"]
    assert len(found.stable) and len(found.saddles)


def test_slices_stay_lists_of_cycles(cycles):
    _, found = cycles
    kind = type(found)
    assert kind is not list
    for part in (found[:2], found[::-1], found.stable, found.saddles): assert type(part) is kind
    assert isinstance(found[0], Cycle) and found[:2].statement and found[:2].counts() == {1: 2}


@pytest.mark.parametrize("make", [maps.affine, maps.scalar])
def test_maps_without_planes_or_dimensions(make):
    "The same for H = 0 and M = 1."
    found = find_cycles(make(np.random.default_rng(0), 2, 2), method="exhaustive")
    assert found and all(c in found and len({c, turned(c)}) == 1 for c in found)
