"""What is gathered of footage frame by frame."""

import numpy as np
import pytest

from unusual.camera.looking import FROZEN_S, Looking, Unfit
from unusual.domain import Frame

RATE = 5


def street(chance):
    """A street of blocks, with a camera's noise."""
    blocks = np.kron(np.random.default_rng(0).integers(60, 200, (12, 16, 1)), np.ones((10, 10, 3)))
    return np.clip(blocks + chance.normal(0, 4, blocks.shape), 0, 255).astype(np.uint8)


@pytest.fixture
def looked():
    """Looks at ten seconds of a street, then at a picture that stands still for a time."""

    def look(still_s):
        chance, looking = np.random.default_rng(1), Looking()
        pictures = [street(chance) for _ in range(10 * RATE)]
        pictures += [pictures[-1]] * round(still_s * RATE) + [street(chance) for _ in range(10 * RATE)]
        for index, rgb in enumerate(pictures):
            looking.add(Frame(index, index / RATE, rgb))
        looking.finish()
        return looking

    return look


def test_a_picture_that_stands_still_in_spite_of_noise_is_frozen(looked):
    ((begin_s, end_s, why),), longest_s = looked(FROZEN_S + 2).frozen()
    assert why is Unfit.FROZEN
    assert (begin_s, end_s) == pytest.approx((10, 10 + FROZEN_S + 2), abs=0.5)
    assert longest_s == 0


def test_a_short_rest_is_told_and_left_in(looked):
    unfit, longest_s = looked(4.0).frozen()
    assert unfit == []
    assert longest_s == pytest.approx(4.0, abs=0.3)


def test_of_one_place_the_usual_picture_is_the_median_without_the_noise(looked):
    looking = looked(0.0)
    assert looking.elsewhere() == []
    blocks = street(np.random.default_rng(2)).astype(float)
    assert np.abs(next(iter(looking.references().values())) - blocks).mean() < 5
