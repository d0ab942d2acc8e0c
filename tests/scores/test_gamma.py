import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaincinv

from unusual.scores.gamma import gamma_quantiles

SHARES = np.array([0.001, 0.025, 0.2, 0.5, 0.8, 0.975, 0.999])


@pytest.mark.parametrize("shape", [0.05, 0.3, 1.0, 7.5, 30.0, 200.0, 4000.0, 100_000.0])
def test_quantiles_are_those_of_scipy(shape):
    np.testing.assert_allclose(gamma_quantiles(SHARES, shape), gammaincinv(shape, SHARES), rtol=1e-9)


@given(st.floats(0.05, 300), st.floats(0.02, 0.98))
def test_those_that_alarms_ask_for_are_so_to_the_last_digits(shape, share):
    (found,) = gamma_quantiles(np.array([share]), shape)
    assert found == pytest.approx(gammaincinv(shape, share), rel=1e-12)
