"""A camera that sways is told and its pictures are steadied; trees, a lorry, a lamp and a nudge are no sway."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from unusual.video.condition.sway import OVER_S, Steadier, Sways

WIDTH, HEIGHT, RATE = 160, 120, 8
CHANCE = np.random.default_rng(0)


def texture(cell):
    """(H, W, 3) float, spots of about `cell` pixels."""
    spots = CHANCE.integers(0, 255, (HEIGHT // cell, WIDTH // cell, 3)).astype(np.uint8)
    return cv2.resize(spots, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(float)


PLACE, LEAVES = texture(10), texture(3)


def shifted(picture, right, down=0.0):
    matrix = np.array([[1, 0, right], [0, 1, down]])
    return cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


def swaying(time_s, amount=2.0):
    return amount * np.sin(2 * np.pi * time_s / 1.3)


def played(draw, seconds=20.0, steadier=None, start_s=0.0):
    """A steadier that has seen this, and (time, swaying, picture, steadied) of each."""
    steadier = steadier or Steadier()
    chance = np.random.default_rng(1)
    seen = []
    for n in range(round(seconds * RATE)):
        time_s = start_s + n / RATE
        rgb = np.clip(draw(time_s) + chance.normal(0, 2, PLACE.shape), 0, 255).astype(np.uint8)
        steady = steadier.steady(time_s, rgb)
        seen.append((time_s, steadier.swaying, rgb, steady))
    return steadier, seen


def differs(one, other):
    return float(cv2.absdiff(one, other).mean())


@pytest.mark.parametrize("amount", [1.0, 2.0, 4.0])
def test_a_camera_that_sways_is_told_and_its_pictures_stand_still(amount):
    _, seen = played(lambda time_s: shifted(PLACE, swaying(time_s, amount), 0.4 * swaying(time_s + 1, amount)))
    assert [told for time_s, told, *_ in seen if time_s > 8] == [True] * 95
    late = [(rgb[8:-8, 8:-8], steady[8:-8, 8:-8]) for time_s, _, rgb, steady in seen if time_s > 8]
    before = np.mean([differs(one, other) for (one, _), (other, _) in pairwise(late)])
    after = np.mean([differs(one, other) for (_, one), (_, other) in pairwise(late)])
    assert after < 2.6 < before - 0.5, "noise alone is left"


def test_a_camera_that_stands_still_gives_its_own_pictures():
    steadier, seen = played(lambda _: PLACE)
    assert not steadier.swaying
    assert all(steady is rgb for _, _, rgb, steady in seen)


def leaves(time_s):
    return np.where(np.arange(WIDTH)[None, :, None] < WIDTH * 0.35, shifted(LEAVES, swaying(time_s)), PLACE)


def lorry(time_s):
    picture, left = PLACE.copy(), int(time_s * 30 % 260 - 100)
    picture[30:110, max(0, left) : max(0, left + 90)] = 60
    return picture


NO_SWAY = {
    "leaves in a third of the picture": leaves,
    "a lorry that passes": lorry,
    "a lamp that flickers": lambda time_s: PLACE * (1 + 0.3 * np.sin(5 * time_s)),
    "a nudge of one pixel": lambda time_s: shifted(PLACE, 1.0) if time_s > 5 else PLACE,
    "the dark": lambda time_s: 0.01 * PLACE,
    "nothing to be seen": lambda _: np.full_like(PLACE, 128),
}


@pytest.mark.parametrize("kind", NO_SWAY)
def test_what_is_no_sway_is_not_told_as_one(kind):
    assert not any(told for _, told, *_ in played(NO_SWAY[kind])[1])


def test_a_camera_that_was_nudged_shows_its_own_pictures_again_after_a_while():
    _, seen = played(lambda time_s: shifted(PLACE, 1.0) if time_s > 5 else PLACE, seconds=90.0)
    assert all(steady is rgb for time_s, _, rgb, steady in seen if time_s > 80)


def test_a_sway_is_over_when_it_has_not_been_seen_for_a_while():
    steadier, _ = played(lambda time_s: shifted(PLACE, swaying(time_s)))
    steadier, seen = played(lambda _: PLACE, 2 * OVER_S, steadier, start_s=20.0)
    assert seen[0][1]
    assert not steadier.swaying


def test_a_clock_that_was_set_back_and_another_size_begin_anew():
    steadier, _ = played(lambda time_s: shifted(PLACE, swaying(time_s)), start_s=100.0)
    assert steadier.swaying
    steadier, _ = played(lambda _: PLACE, 1.0, steadier, start_s=0.0)
    assert not steadier.swaying
    small = np.zeros((48, 64, 3), np.uint8)
    assert steadier.steady(1.0, small) is small


def test_a_recording_notes_for_how_long_it_sways():
    for draw, least_s, most_s in ((lambda t: shifted(PLACE, swaying(t)) if t > 10 else PLACE, 20, 31), (leaves, 0, 0)):
        sways = Sways()
        for n in range(40 * RATE):
            sways.add(n / RATE, np.clip(draw(n / RATE), 0, 255).astype(np.uint8))
        assert least_s <= sways.seconds <= most_s


def test_a_recording_is_looked_at_a_few_times_a_second_whatever_its_rate(monkeypatch):
    looked = []
    monkeypatch.setattr(Steadier, "shift", lambda self, time_s, rgb: looked.append(time_s))
    sways = Sways()
    for n in range(250):
        sways.add(n / 25, PLACE.astype(np.uint8))
    sways.add(0.0, PLACE.astype(np.uint8))  # a clock that was set back
    assert 40 <= len(looked) <= 51 and looked[-1] == 0.0
