import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linear_sum_assignment

from unusual.errors import DataError
from unusual.methods.objects.assignment import assignment

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9)


def pairs(found):
    return [each.tolist() for each in found]


@given(arrays(float, SHAPES, elements=st.one_of(st.floats(0, 1.5), st.just(1e6))))
def test_any_costs_give_the_pairs_of_scipy(costs):
    """More rows than columns or fewer, none at all, many that cannot be."""
    assert pairs(assignment(costs)) == pairs(linear_sum_assignment(costs))


@given(arrays(float, SHAPES, elements=st.integers(0, 2)))
def test_where_several_pairings_cost_the_same_it_is_that_of_scipy(costs):
    assert pairs(assignment(costs)) == pairs(linear_sum_assignment(costs))


@pytest.mark.parametrize("shape", [(60, 60), (60, 45), (45, 60)])
def test_a_crowd_is_paired_as_well(shape):
    costs = np.random.default_rng(1).random(shape)
    assert pairs(assignment(costs)) == pairs(linear_sum_assignment(costs))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_costs_that_are_no_numbers_are_refused(wrong):
    with pytest.raises(DataError, match="finite"):
        assignment(np.array([[0.1, wrong], [wrong, wrong]]))
