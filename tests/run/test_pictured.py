"""What an event looked like."""

import numpy as np
from brightness import Brightness, frame

from unusual.domain import Event, Frame, FrameErrors
from unusual.run.pictured import LARGEST, picture_event

UNIT = FrameErrors(np.array([0, 1]), np.array([0.0, 0.1]), 9.0, np.ones((1, 1), np.float32))


def test_its_worst_frame_is_shown_with_what_was_made_of_it_all_of_one_size():
    event = Event(0.0, 0.1, 0.1, 9.0)
    shown = picture_event(Brightness(span=2), event, UNIT, [Frame(0, 0.0, frame(10)), Frame(1, 0.1, frame(90))])
    assert (shown.event, shown.time_s, shown.cube) == (event, 0.1, None)
    assert {p.shape for p in (shown.real, shown.restored, shown.error)} == {(8, 12, 3)}
    assert (shown.real == 90).all()
    assert (shown.restored == 90).all()


def test_a_large_picture_is_made_as_small_as_a_page_needs():
    large = [Frame(n, n / 10, frame(50, 1440, 2560)) for n in range(2)]
    shown = picture_event(Brightness(span=2), Event(0.0, 0.1, 0.1, 9.0), UNIT, large)
    assert shown.real.shape == shown.error.shape == (LARGEST[1], LARGEST[0], 3)
