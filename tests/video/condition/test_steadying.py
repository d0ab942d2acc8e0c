"""Recorded footage of a camera that sways, steadied where that is wanted and nowhere else."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from unusual.video.cache import cache_key, cache_video
from unusual.video.condition.steadying import steadying
from unusual.video.reader import open_video
from unusual.video.writer import write_video

RATE, WIDTH, HEIGHT = 8, 160, 120
PLACE = cv2.resize(np.random.default_rng(0).integers(0, 255, (12, 16, 3)).astype(np.uint8), (WIDTH, HEIGHT))


def shifted(right):
    matrix = np.array([[1, 0, right], [0, 1, 0.0]])
    return cv2.warpAffine(PLACE, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("mast") / "mast.mp4"
    with write_video(path, WIDTH, HEIGHT, Fraction(RATE)) as sink:
        for n in range(120):
            sink.add(shifted(2 * np.sin(n)), n / RATE)
    return path


def unrest(pictures):
    """How much two pictures in a row differ, grey levels, without the rim and the first second."""
    inner = np.stack(pictures)[RATE:, 8:-8, 8:-8].astype(np.float32)
    return float(np.abs(np.diff(inner, axis=0)).mean())


def seen(film):
    with open_video(film) as video:
        return [frame.rgb for frame in video]


def test_what_is_opened_in_here_stands_still(film):
    raw = seen(film)
    with steadying(True):
        steady = seen(film)
    assert len(steady) == len(raw)
    assert unrest(steady) < 0.35 * unrest(raw)


def test_nothing_else_is_touched(film):
    raw = seen(film)
    with steadying(False):
        np.testing.assert_array_equal(seen(film), raw)
    with steadying(True):
        pass
    np.testing.assert_array_equal(seen(film), raw)


def test_what_is_kept_of_a_film_is_kept_for_both_by_itself(film, tmp_path):
    def kept():
        return cache_video(film, (HEIGHT, WIDTH, 3), lambda rgb: rgb, tmp_path, 10**9).pictures

    raw, key = kept(), cache_key(film)
    with steadying(True):
        assert cache_key(film) != key
        assert unrest(kept()) < 0.35 * unrest(raw)
    np.testing.assert_array_equal(kept(), raw)
