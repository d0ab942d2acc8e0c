"""What was left and what is gone is told, with how long; what moves, and the light, is not."""

import cv2
import numpy as np
import pytest

from unusual.methods.habits.ground import Ground, in_common
from unusual.methods.habits.moments import GONE, LEFT

RATE = 10
NOBODY = np.empty((0, 4), np.float32)
BAG = (80, 60, 92, 70)  # left, top, right, bottom


def street(bag=False, walker=None, light=1.0, shift=0):
    """A picture (120, 160, 3) of a street of stones; walker: where somebody in dark clothes is, across."""
    chance = np.random.default_rng(3)
    stones = cv2.resize(
        chance.integers(90, 150, (12, 16, 3)).astype(np.uint8), (160, 120), interpolation=cv2.INTER_CUBIC
    )
    picture = np.roll(stones, shift, 1)
    if bag:
        picture[BAG[1] : BAG[3], BAG[0] : BAG[2]] = (40, 50, 160)
    if walker is not None:
        picture[40:80, max(0, walker - 6) : max(0, walker + 6)] = (30, 30, 30)
    return cv2.convertScaleAbs(picture, alpha=light)


def watch(pictures, people=NOBODY, rate=RATE):
    """What is told of each picture. Every picture has noise of its own."""
    ground, chance = Ground(1, rate, 10), np.random.default_rng(5)
    noisy = (np.clip(one + chance.normal(0, 2, one.shape), 0, 255).astype(np.uint8) for one in pictures)
    return [ground.step(frame, picture, people) for frame, picture in enumerate(noisy)]


EMPTY, STANDS = [street()] * 200, [street(bag=True)] * 80


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        pytest.param(EMPTY, STANDS, LEFT, id="a bag that is put down"),
        pytest.param([street(bag=True)] * 200, EMPTY[:80], GONE, id="a bag that always stood there"),
    ],
)
def test_what_comes_and_what_goes_is_told_where_it_is_and_for_how_long(before, after, kind):
    told = watch(before + after)
    assert not any(map(len, told[: len(before) + 10]))
    (last,) = told[-1]
    assert last["kind"] == kind
    assert last["number"] < -1
    assert in_common(last["box"].tolist(), BAG) > 0.6
    assert abs(int(last["stay"]) - len(after)) < 8
    assert len({int(one["number"]) for moments in told for one in moments}) == 1


def test_how_long_a_thing_stands_is_told_in_time_whatever_the_rate():
    slow, fast = (
        watch([picture for picture in EMPTY + STANDS for _ in range(times)], rate=times * RATE)[-1] for times in (1, 3)
    )
    assert fast["stay"][0] == pytest.approx(slow["stay"][0], abs=5)


def test_nothing_is_told_of_an_empty_street_or_of_who_walks_through_it():
    walks = [street(walker=2 * n) for n in range(80)]
    assert not any(map(len, watch(EMPTY + walks + EMPTY)))


def test_who_passes_in_front_of_a_thing_does_not_end_it():
    passes = [street(bag=True, walker=56 + 2 * n) for n in range(30)]
    told = watch(2 * EMPTY + STANDS + passes + STANDS)
    (before,), (after,) = told[2 * len(EMPTY) + len(STANDS) - 1], told[-1]
    assert before["number"] == after["number"]
    assert after["stay"] > before["stay"] + 80


def test_a_thing_that_is_fetched_again_is_told_no_more():
    assert len(watch(EMPTY + STANDS + EMPTY)[-1]) == 0


@pytest.mark.parametrize(
    "pictures",
    [
        pytest.param([street(light=1 - 0.3 * n / 40) for n in range(40)] + [street(light=0.7)] * 60, id="a cloud"),
        pytest.param([street(light=0.5)] * 100, id="a lamp that goes out"),
        pytest.param([street(shift=20)] * 100, id="a camera that was moved"),
    ],
)
def test_the_light_and_the_camera_are_no_things(pictures):
    assert not any(map(len, watch(EMPTY + pictures)))


def test_who_is_known_to_stand_there_is_no_thing():
    somebody = np.array([[BAG[0] - 4, 30, BAG[2] + 4, 75]], np.float32)
    assert not any(map(len, watch(EMPTY + STANDS, somebody)))


def test_what_has_stood_there_for_twice_as_long_as_anything_is_the_ground():
    told = watch(EMPTY + [street(bag=True)] * 450)
    assert len(told[len(EMPTY) + 80]) == 1
    assert len(told[-1]) == 0
