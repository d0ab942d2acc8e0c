"""How seldom ordinary footage reaches a value."""

import numpy as np
import pytest

from unusual.methods.habits.tails import Tail


def test_rarity_is_the_measured_share_and_goes_on_exponentially():
    values = np.random.default_rng(0).exponential(2.0, 20_000)
    tail = Tail.of(values)
    for share in (0.5, 0.9, 0.99, 0.999):
        assert tail.rarity(np.array([-2 * np.log(1 - share)]))[0] == pytest.approx(-np.log10(1 - share), rel=0.06)


def test_an_aspect_that_often_surprises_counts_for_little():
    often = Tail.of(np.concatenate([np.zeros(800), np.full(200, 10.0)]))
    seldom = Tail.of(np.concatenate([np.zeros(990), np.full(10, 10.0)]))
    assert often.rarity(np.array([10.0]))[0] < seldom.rarity(np.array([10.0]))[0]


def test_it_rises_and_never_falls_below_none():
    rarity = Tail.of(np.random.default_rng(0).normal(size=500)).rarity(np.linspace(-5, 20, 100))
    assert (np.diff(rarity) >= 0).all()
    assert rarity.min() >= 0


def test_footage_that_never_varies_still_gives_a_tail():
    assert Tail.of(np.zeros(10)).rarity(np.array([0.0, 1.0])).tolist() == pytest.approx(
        [1.0, 1 + 1000 * np.log10(np.e)]
    )
