"""What may be looked through, and what is said where there is no picture."""

import cv2
import numpy as np
import pytest
from made_camera import unusual_clip
from web_server import STREAM, web_server

from unusual.app.setup.looking import allowed, picture_of, within
from unusual.errors import ConfigError, VideoError
from unusual.video.source import Source


def test_an_address_and_a_cameras_number_are_taken_as_they_are(tmp_path):
    assert allowed(" rtsp://me:secret@gate/1 ", ()).text == "rtsp://me:secret@gate/1"
    assert allowed("0", ()).is_camera


def test_a_path_is_taken_where_recordings_may_lie_and_nowhere_else(tmp_path):
    inside, outside = tmp_path / "recordings", tmp_path / "private.mp4"
    inside.mkdir()
    outside.touch()
    (inside / "monday.mp4").touch()
    (inside / "link.mp4").symlink_to(outside)
    assert allowed(str(inside / "monday.mp4"), [inside]).path == inside / "monday.mp4"
    assert within(str(inside), [inside]) == inside
    told = set()
    for path in (outside, inside / "link.mp4", inside / ".." / "private.mp4", inside / "not there.mp4", "\0"):
        with pytest.raises(ConfigError, match="no such recording in") as refused:
            allowed(str(path), [inside])
        told.add(str(refused.value))
    assert len(told) == 1  # whether it is there is nobody's business
    with pytest.raises(ConfigError, match="serve --footage"):
        allowed(str(inside / "monday.mp4"), ())
    with pytest.raises(ConfigError, match="give the camera's address"):
        allowed("  ", ())


def test_its_picture_is_seen():
    picture = cv2.imdecode(np.frombuffer(picture_of(Source.of(unusual_clip())), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (64, 96, 3)


def test_a_cameras_picture_is_seen(tmp_path):
    with web_server(tmp_path, [np.full((48, 64, 3), 200, np.uint8)]) as port:
        assert picture_of(Source.of(f"http://127.0.0.1:{port}{STREAM}")).startswith(b"\xff\xd8")


def test_why_there_is_none_is_one_line_without_a_password(tmp_path):
    with web_server(tmp_path, []) as port, pytest.raises(VideoError, match="404") as told:
        picture_of(Source.of(f"http://me:sesame@127.0.0.1:{port}/nothing"))
    assert "sesame" not in str(told.value) and "\n" not in str(told.value)
    (tmp_path / "words.mp4").write_text("no video")
    with pytest.raises(VideoError, match=r"words\.mp4"):
        picture_of(Source.of(tmp_path / "words.mp4"))
    with pytest.raises(VideoError, match="begins with 'file'"):
        picture_of(Source.of(f"file://{unusual_clip()}"))
