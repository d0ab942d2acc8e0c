"""Gait: feet that stand on the ground, do not slide, and lift a bobbing head."""

from dataclasses import replace

import numpy as np
import pytest

from unusual.data.made_up.bodies import Looks, ball, cart, cyclist, person, radians_per_metre, random_looks
from unusual.data.made_up.figures import Body

LOOKS: Looks = replace(random_looks(np.random.default_rng(0)), height=1.75, skirt=0.0, backpack=None, handbag=None)
PHASES = np.linspace(0, 2 * np.pi, 33)


def bounds(body: Body) -> tuple[float, float]:
    """The lowest and the highest metre of its limbs."""
    low = min(min(p.start[2] - p.start_radius, p.end[2] - p.end_radius) for p in body.limbs)
    high = max(max(p.start[2] + p.start_radius, p.end[2] + p.end_radius) for p in body.limbs)
    return low * body.size, high * body.size


@pytest.mark.parametrize("phase", PHASES[::4])
def test_a_walker_stands_on_the_ground_and_is_as_tall_as_said(phase):
    low, high = bounds(person(LOOKS, phase, swing=1.0))
    assert low == pytest.approx(0.0, abs=0.03)
    assert high == pytest.approx(1.75, abs=0.12)


def test_a_taller_person_is_taller():
    tall, small = (bounds(person(replace(LOOKS, height=h), 0.0, 0.0))[1] for h in (1.9, 1.5))
    assert tall / small == pytest.approx(1.9 / 1.5)


def test_the_head_bobs_when_walking_and_not_when_standing():
    walking, standing = ([bounds(person(LOOKS, phase, swing))[1] for phase in PHASES] for swing in (1.0, 0.0))
    assert 0.02 < np.ptp(walking) < 0.12
    assert np.ptp(standing) == pytest.approx(0)


def test_two_steps_cover_the_ground_that_the_phase_turns_for():
    ankles = [person(LOOKS, phase, 1.0).limbs[1].end[0] for phase in PHASES]
    stride = 2 * np.pi / radians_per_metre(1.75, running=False)
    assert 2 * np.ptp(ankles) == pytest.approx(stride, rel=0.2)


def test_a_runner_strides_further_than_a_walker():
    assert radians_per_metre(1.75, running=True) < radians_per_metre(1.75, running=False)
    spans = [np.ptp([person(LOOKS, p, 1.0, running).limbs[1].end[0] for p in PHASES]) for running in (False, True)]
    assert spans[1] > 1.3 * spans[0]


def test_raised_arms_reach_above_the_head():
    assert bounds(person(LOOKS, 0.0, 0.0, arms_up=1.0))[1] > 1.8


def test_pedals_turn():
    assert cyclist(LOOKS, 0.0) != cyclist(LOOKS, 1.0)
    assert cyclist(LOOKS, 0.0) == cyclist(LOOKS, 0.0)


def test_nothing_reaches_below_the_ground():
    for body in (cyclist(LOOKS, 0.5), cart(LOOKS), ball((1.0, 2.0, 3.0))):
        assert bounds(body)[0] >= -0.01


def test_people_look_different():
    rng = np.random.default_rng(1)
    assert len({random_looks(rng) for _ in range(20)}) == 20
