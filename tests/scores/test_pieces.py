import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.ndimage import find_objects
from scipy.ndimage import label as label_of_scipy

from unusual.scores.pieces import boxes_of, label


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=24)), st.booleans())
def test_pieces_and_their_numbers_are_those_of_scipy(mask, corners):
    numbers, count = label(mask, corners=corners)
    wanted, many = label_of_scipy(mask, np.ones((3, 3)) if corners else None)
    assert (numbers.tolist(), count) == (wanted.tolist(), many)
    assert boxes_of(numbers, count) == [(x.start, y.start, x.stop, y.stop) for y, x in find_objects(wanted)]


@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
def test_so_are_those_of_a_large_picture_on_several_processors(share, corners):
    mask = np.random.default_rng(3).random((1080, 1919)) < share
    numbers, count = label(mask, corners=corners)
    wanted, many = label_of_scipy(mask, np.ones((3, 3)) if corners else None)
    assert np.array_equal(numbers, wanted) and count == many
