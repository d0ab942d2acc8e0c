"""Entered at a key frame, a film gives that frame first, or says that it cannot be entered there."""

from fractions import Fraction

import pytest
from made_archive import write_film

from unusual.errors import VideoError
from unusual.video.reader import open_video


def test_a_film_begins_with_the_key_frame_that_is_asked_for(tmp_path):
    film = write_film(tmp_path / "yard.mp4", [20] * 25 + [200] * 25)
    with open_video(film, start=Fraction(4)) as video:
        first = next(iter(video))
    assert first.time_s == 0 and first.rgb[0, 0, 0] > 180


def test_a_film_without_a_key_frame_there_is_not_entered(tmp_path):
    film = write_film(tmp_path / "yard.mp4", [20] * 30)
    with pytest.raises(VideoError, match="cannot be entered at 1"):
        open_video(film, start=Fraction(31, 20))
