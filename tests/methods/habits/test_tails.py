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


def test_what_is_always_met_is_not_rare_at_all_and_what_never_was_is_very_rare():
    found = Tail.of(np.zeros(10)).rarity(np.array([0.0, 1.0])).tolist()
    assert found == pytest.approx([0.0, 1 + 1000 * np.log10(np.e)])


def test_of_what_was_never_met_the_thinnest_tail_says_how_rare_it_is():
    assert Tail.of(np.zeros(10), thinnest=25.0).rarity(np.array([50.0])).tolist() == pytest.approx([1.87], abs=0.01)
