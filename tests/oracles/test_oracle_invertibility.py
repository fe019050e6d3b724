"""`invertibility` against exact determinants of all regions, and exact numbers of preimages where their signs agree."""
import brute
import maps
import numpy as np
import pytest

from plrnn_manifolds import ReLUMap, invertibility


def truth(f, rng):
    """The exact verdict.

    Without a zero and with one sign the map is open and proper, and all points in general position have the same number
    of preimages: with one it is a homeomorphism, with more it is not injective.
    """
    signs = set(brute.det_signs(f))
    if 0 in signs or len(signs) > 1: return "not injective"
    counts = {len(brute.preimages(f, 10 * rng.normal(size=f.dim))[0]) for _ in range(3)}
    assert len(counts) == 1 and 0 not in counts, "the oracle is wrong"
    return "homeomorphism" if counts == {1} else "not injective"


def check(kind, seed):
    "Raise if verdict or witness is wrong."
    f, rng = maps.make(kind, seed)
    found = invertibility(f)
    signs = sorted(set(brute.det_signs(f)))
    assert found.verdict == truth(f, rng), f"{found.verdict}: {found.reason}; true signs of determinants are {signs}"
    if found.witness is not None:
        x, y = found.witness
        gap, size = abs(f(x) - f(y)).max(), abs(f(x) - f.b).max() + abs(f.b).max()
        assert gap <= 1e-9 * size and 1e3 * gap < abs(x - y).max(), "the witness does not show it"


@pytest.mark.parametrize("kind", maps.KINDS)
@pytest.mark.parametrize("block", maps.size(1, 10))
def test_verdict(kind, block):
    maps.every(check, ((kind, seed) for seed in range(100 * block, 100 * block + 100)))


DEFECTS = {                                                 # called "homeomorphism", but region [1, 0] is singular
    "2 planes in 3-D": ReLUMap([[-2, 1, -3], [0, 1, -3], [3, -2, 0]], [[0, 1], [-1, 1], [-2, 1]],
                       [[1, 3, -3], [-7, -21, 21]], [0, 2, 0], [-2, 14]),
    "2 planes in 2-D": ReLUMap([[3, -1], [-2, 0]], [[2, 2], [-2, 0]], [[2, -3], [-6, 9]], [2, -3], [-3, 9])}


@pytest.mark.parametrize("name", DEFECTS)
def test_planes_that_coincide_with_opposite_orientation(name):
    f = DEFECTS[name]
    assert (True, False) in brute.regions(f) and 0 in brute.det_signs(f)
    assert invertibility(f).verdict == "not injective"


def test_coherent_orientation_is_not_enough():
    "(|x| - |y|, |x + y| - |x - y|) has determinant 2 in all its regions and is even."
    V = np.array([[1, 0], [0, 1], [1, 1], [1, -1.0]])       # |t| = 2 relu(t) - t
    U = np.array([[2, -2, 0, 0], [0, 0, 2, -2.0]])
    f = ReLUMap(-U / 2 @ V, U, V, np.zeros(2), np.zeros(4))
    assert set(brute.det_signs(f)) == {1} and truth(f, np.random.default_rng(0)) == "not injective"
    assert invertibility(f).verdict == "not injective"
