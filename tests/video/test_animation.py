"""An animated WebP: each picture at its time, in the right colours, in parts where it is large; damage is told."""

import cv2
import numpy as np
import pytest

from unusual.domain import Wholeness
from unusual.errors import VideoError
from unusual.video import animation
from unusual.video.decoding import Limits
from unusual.video.reader import open_video

STEPS_MS = [40, 40, 200, 80, 40]
COLOURS = [(250, 10, 10), (10, 250, 10), (10, 10, 250), (250, 250, 10), (120, 120, 120)]


@pytest.fixture
def film(tmp_path):
    made = cv2.Animation()
    made.frames = [np.full((48, 64, 3), colour[::-1], np.uint8) for colour in COLOURS]
    made.durations = np.array(STEPS_MS)
    assert cv2.imwriteanimation(str(tmp_path / "a.webp"), made)
    return tmp_path / "a.webp"


@pytest.mark.parametrize("held", [500_000_000, 2 * 4 * 48 * 64, 1])
def test_all_pictures_are_frames_at_their_times(film, monkeypatch, held):
    monkeypatch.setattr(animation, "HELD", held)
    with open_video(film) as video:
        frames = list(video)
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.08, 0.28, 0.36])
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert np.abs(frame.rgb.mean((0, 1)) - colour).max() < 12
    assert float(video.info.rate) == pytest.approx(12.5)
    assert (video.report.wholeness, video.report.expected, video.report.problems) == (Wholeness.COMPLETE, 5, ())


def test_one_that_is_cut_or_too_large_is_a_word(film):
    film.write_bytes(film.read_bytes()[:-40])
    with pytest.raises(VideoError, match="not one frame can be decoded"):
        open_video(film)
    with pytest.raises(VideoError, match="64x48 is over the limit"):
        open_video(film, Limits(pixels=1000))
