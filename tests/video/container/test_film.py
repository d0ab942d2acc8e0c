"""What packets say of a film, against what decoding it says."""

from fractions import Fraction

import av
import numpy as np
import pytest
from made_archive import copy_groups

from unusual.errors import VideoError
from unusual.video.container.film import content_of, read_film, shared_frames
from unusual.video.reader import open_video


def coded(path, frames=60, gop=20, bframes=2, first=0):
    """A film whose frame n is as bright as n says, with B-frames and a key frame every `gop`."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"g": str(gop), "bf": str(bframes), "keyint_min": str(gop), "sc_threshold": "0"}
        for n in range(first, first + frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 3 * n, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_packets_tell_frames_and_where_a_film_may_be_entered(tmp_path, suffix):
    film = read_film(coded(tmp_path / f"yard.{suffix}"))
    assert (film.frames, film.width, film.height, film.rate) == (60, 64, 48, Fraction(10))
    assert float(film.seconds) == pytest.approx(6.0, abs=0.01)
    assert [key.position for key in film.keys] == [20, 40]
    assert film.key_before(19) is None and film.key_before(39).position == 20


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_film_entered_at_a_key_frame_gives_the_frames_of_the_whole(tmp_path, suffix):
    path = coded(tmp_path / f"yard.{suffix}")
    with open_video(path) as video:
        whole = [frame.rgb for frame in video]
    for key in read_film(path).keys:
        with open_video(path, start=key.stamp) as video:
            part = [frame.rgb for frame in video]
        np.testing.assert_array_equal(np.stack(part), np.stack(whole[key.position :]))


def test_frames_that_two_films_share_are_counted(tmp_path):
    whole = coded(tmp_path / "whole.mp4", frames=80)
    one, other, third = (copy_groups(whole, tmp_path / f"{n}.mp4", n, n + 2) for n in range(3))
    assert read_film(one).frames == 40
    assert shared_frames(one, other) == 20
    assert shared_frames(one, third) == 0
    assert shared_frames(one, one) == 40


def test_a_file_is_known_again_by_its_bytes_whatever_its_name(tmp_path):
    one, other = tmp_path / "one.bin", tmp_path / "other.bin"
    one.write_bytes(bytes(300_000))
    other.write_bytes(bytes(300_000))
    assert content_of(one)[2] == content_of(other)[2]
    other.write_bytes(bytes(150_000) + b"x" + bytes(149_999))
    assert content_of(one)[2] != content_of(other)[2]


def test_what_is_no_film_is_said_in_a_line(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no film")
    for name, word in (("empty.mp4", "0 bytes"), ("text.mp4", "invalid data"), ("none.mp4", "No such file")):
        with pytest.raises(VideoError, match=word):
            read_film(tmp_path / name)


def test_a_picture_is_entered_at_no_key_frame(tmp_path):
    (tmp_path / "one.png").write_bytes(b"")
    with pytest.raises(VideoError):
        open_video(tmp_path, start=Fraction(1))
