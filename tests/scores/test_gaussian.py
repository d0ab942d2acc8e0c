import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from unusual.scores.gaussian import gaussian

NAMES = {"edge": "nearest", "constant": "constant"}


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.floats(0.1, 6),
    st.sampled_from(["edge", "constant"]),
    st.one_of(st.none(), st.integers(0, 12)),
    st.integers(0, 2**32 - 1),
)
def test_it_is_that_of_scipy(shape, sigma, outside, radius, seed):
    """Also where it reaches further than there are values."""
    values = np.random.default_rng(seed).normal(size=shape)
    for axis in range(len(shape)):
        wanted = gaussian_filter1d(values, sigma, axis=axis, mode=NAMES[outside], radius=radius)
        found = gaussian(values, sigma, axis, outside, radius)
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)
        assert found.flags.c_contiguous


@pytest.mark.parametrize("outside", NAMES)
def test_what_is_even_stays_even_inside(outside):
    found = gaussian(np.full((40, 3), 7.0), 1.0, 0, outside)
    np.testing.assert_allclose(found[4:-4], 7.0, rtol=1e-15)
    assert np.allclose(found[0], 7.0) == (outside == "edge")
