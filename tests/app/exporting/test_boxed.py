"""A clip with a box."""

from dataclasses import replace

import numpy as np
import pytest
from made_home import CLIP_S, RATE

from unusual.app.exporting.boxed import BOX_S, write_boxed_clip
from unusual.errors import DataError
from unusual.store.home import Home
from unusual.video.reader import open_video


def frames(path):
    with open_video(path) as video:
        return [(frame.time_s, frame.rgb) for frame in video]


def is_boxed(rgb):
    """Whether there is another colour on the edge of the box, in a picture of one."""
    return np.ptp(rgb[12:36, 16:33].astype(int), axis=(0, 1)).max() > 60


def test_the_box_is_drawn_around_the_peak_alone(home: Home, events, tmp_path):
    write_boxed_clip(home, events[0], tmp_path / "boxed.mp4")
    found = frames(tmp_path / "boxed.mp4")
    assert len(found) == CLIP_S * RATE
    peak_s = 2.0  # the clip begins a second before the event, whose peak comes a second after its start
    for time_s, rgb in found:
        if abs(abs(time_s - peak_s) - BOX_S) > 0.15:
            assert is_boxed(rgb) == (abs(time_s - peak_s) < BOX_S), time_s


def test_without_a_box_the_clip_is_as_it_was(home, events, tmp_path):
    write_boxed_clip(home, replace(events[0], box=None), tmp_path / "plain.mp4")
    assert not any(is_boxed(rgb) for _, rgb in frames(tmp_path / "plain.mp4"))


def test_where_nothing_says_when_it_began_the_box_is_always_there(home, events, tmp_path):
    (home.event(events[0].id) / "curve.json").unlink()
    write_boxed_clip(home, events[0], tmp_path / "boxed.mp4")
    assert all(is_boxed(rgb) for _, rgb in frames(tmp_path / "boxed.mp4"))


def test_an_event_without_a_clip_is_told(home, events, tmp_path):
    with pytest.raises(DataError, match="there is no clip of event"):
        write_boxed_clip(home, events[1], tmp_path / "boxed.mp4")
    assert not (tmp_path / "boxed.mp4").exists()
