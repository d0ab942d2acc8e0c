"""What goes with an alert: the picture with its box and the clip, waited for, but not for ever."""

import cv2
import numpy as np
import pytest
from made_home import add_event

from unusual.app.alerts.enclosures import CLIP_S, PICTURE_S, Enclosures

NOW = 1_700_000_000.0


@pytest.fixture
def made(store):
    clock = [0.0]
    return Enclosures(store, lambda: clock[0]), clock


def test_the_picture_has_its_box_and_the_clip_is_as_it_was_kept(store, made):
    enclosures, _ = made
    event = add_event(store, "door", NOW, 3.0, clip=True)
    picture, clip = enclosures.of(event, picture=True, clip=True)
    assert (picture.name, picture.kind, clip.kind) == ("door.jpg", "image/jpeg", "video/mp4")
    drawn = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR).astype(int)
    height, width = drawn.shape[:2]
    assert np.ptp(drawn[height // 2, width // 4 - 2 : width // 4 + 3]) > 60, "the left edge of its box"
    assert clip.content == (store.database.home.event(event) / "clip.mp4").read_bytes()
    assert enclosures.of(event, picture=False, clip=False) == []


def test_what_is_not_there_yet_is_waited_for_and_then_left_out(store, made):
    enclosures, clock = made
    event = add_event(store, "door", NOW, 3.0)
    assert enclosures.of(event, picture=True, clip=True) is None
    clock[0] = PICTURE_S + 1
    assert enclosures.of(event, picture=True, clip=True) is None, "the clip takes longer"
    clock[0] = CLIP_S + 1
    assert enclosures.of(event, picture=True, clip=True) == []
    assert enclosures.of(event, picture=True, clip=False) is None, "who asks anew waits anew"


def test_a_file_that_is_gone_or_broken_goes_along_with_nothing(store, made):
    enclosures, clock = made
    event = add_event(store, "door", NOW, 3.0, clip=True)
    (store.database.home.event(event) / "real.jpg").write_bytes(b"no picture")
    (store.database.home.event(event) / "clip.mp4").unlink()
    assert enclosures.of(event, picture=True, clip=True) is None
    clock[0] = CLIP_S
    assert enclosures.of(event, picture=True, clip=True) == []
    assert enclosures.of("a" * 22, picture=True, clip=False) is None, "of an event that never was"
