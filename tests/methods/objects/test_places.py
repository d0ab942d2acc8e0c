"""What is usual at a place, and what neighbours and rows lend it."""

import numpy as np
import pytest

from unusual.methods.objects.places import Bins, add, cells, chances, grid_of, quantiles

BINS = Bins(0.0, 10.0, 100)


def counted(places, values, grid=(12, 18)):
    counts = np.zeros((*grid, BINS.count))
    add(counts, np.array(places, float), BINS.of(np.array(values)), np.ones(len(values)))
    return counts


def test_quantiles_at_a_place_are_those_of_what_was_seen_there():
    values = np.random.default_rng(0).uniform(2, 4, 5000)
    counts = counted(np.tile([0.5, 0.5], (5000, 1)), values)
    row, column = cells(np.array([[0.5, 0.5]]), (12, 18))
    for share in (0.05, 0.5, 0.95):
        assert quantiles(chances(counts), BINS, share)[row, column][0] == pytest.approx(2 + 2 * share, abs=0.1)


def test_a_place_where_nothing_was_seen_takes_what_its_row_and_then_what_all_say():
    counts = counted([[0.1, 0.1]] * 500 + [[0.9, 0.1]] * 500, [2.05] * 500 + [8.05] * 500)
    middle = quantiles(chances(counts), BINS, 0.5)
    assert middle[1, 17] == pytest.approx(2.05, abs=0.1)  # the row of the slow
    assert middle[10, 17] == pytest.approx(8.05, abs=0.1)  # the row of the fast
    assert 2 < middle[6, 9] < 9


def test_chances_add_up_to_one_everywhere_also_where_nothing_was_ever_seen():
    assert np.allclose(chances(np.zeros((3, 4, 5))).sum(-1), 1)
    assert np.allclose(chances(counted([[0.2, 0.7]], [5.0])).sum(-1), 1)


def test_values_outside_count_as_the_outermost_and_places_outside_as_the_nearest():
    assert BINS.of(np.array([-5.0, 0.0, 9.99, 50.0])).tolist() == [0, 0, 99, 99]
    assert [side.tolist() for side in cells(np.array([[-0.2, 1.3], [1.0, 0.0]]), (3, 4))] == [[0, 2], [3, 0]]


def test_the_grid_keeps_the_picture_s_shape():
    assert grid_of(360, 240) == (36, 24)
    assert grid_of(10, 4000) == (1, 36)
