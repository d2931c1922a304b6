"""More elements than 32 bits count: values at both ends, no index that wraps around."""
import os

import numpy as np
import pytest

import torsor

SIZE = 2**31 + 4099
LAST = SIZE - 1


def available() -> float:
    """GB of memory that may be used."""
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


pytestmark = [pytest.mark.slow, pytest.mark.skipif(available() < 10, reason="needs 10 GB of memory")]


@pytest.fixture(scope="module")
def large():
    """Zeros but for the ends and the places around 2 ** 31."""
    x = torsor.zeros(SIZE, np.int8)
    x[[0, 2**31 - 1, 2**31, LAST]] = 1, 2, 3, 4
    yield x
    del x
    torsor.memory.trim()


def test_reductions(large):
    assert large.sum() == 10 and large.max() == 4 and large.min() == 0
    assert large.argmax() == LAST and (-large).argmin() == LAST
    assert large.any() and not large.all()
    assert torsor.count_nonzero(large) == 4
    assert np.isclose(large.mean(), 10 / SIZE, rtol=1e-12)


def test_reductions_along_an_axis(large):
    rows = large[:2**31].reshape(2, -1)
    assert rows.sum(axis=1).tolist() == [1, 2]
    columns = large[:2**31].reshape(-1, 2)
    assert columns.sum(axis=0).tolist() == [1, 2] and columns.max(axis=0).tolist() == [1, 2]
    assert columns.argmax(axis=0).tolist() == [0, 2**30 - 1]


def test_elementwise(large):
    total = large + large
    assert total[[0, 2**31 - 1, 2**31, LAST]].tolist() == [2, 4, 6, 8] and total.sum() == 20
    total *= large
    assert total[LAST] == 32 and total.sum() == 2 + 8 + 18 + 32
    assert (large == 4)[LAST] and torsor.count_nonzero(large > 0) == 4


def test_strides(large):
    backwards = large[::-1]
    assert backwards.argmax() == 0 and backwards[LAST] == 1
    assert (backwards + backwards)[0] == 8
    assert large[1::2].sum() == 2 and large[::2].sum() == 8


def test_places(large):
    assert torsor.nonzero(large)[0].tolist() == torsor.flatnonzero(large).tolist() == [0, 2**31 - 1, 2**31, LAST]
    assert large[large > 2].tolist() == [3, 4]
    assert torsor.take(large, [LAST, -1, 2**31]).tolist() == [4, 4, 3]
    for index in (SIZE, -SIZE - 1):
        with pytest.raises(IndexError):
            torsor.take(large, [index])
    assert torsor.where(large > 3, large, np.int8(0)).sum() == 4


def test_moving(large):
    joined = torsor.concatenate([large[2**31 - 1:], large[:2**31 - 1]])
    assert joined.shape == (SIZE,) and joined[:2].tolist() == [2, 3] and joined.sum() == 10
    assert joined[SIZE - 2**31] == 4 or joined.argmax() == SIZE - 2**31
    assert large.copy()[LAST] == 4


def test_one_element_many_times():
    wide = torsor.broadcast_to(torsor.array(3, np.int8), (SIZE,))
    assert wide.max() == 3 and wide.sum() == 3 * SIZE and wide[LAST] == 3
