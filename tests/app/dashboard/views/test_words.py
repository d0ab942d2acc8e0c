"""Times, rates and states as people say them."""

import math
from datetime import UTC, date

from unusual.app.dashboard.views.words import HEALTH, STATES, day_words, midnight, moment, state_of
from unusual.camera.live_view import HEALTH_WORDS
from unusual.video.capture import CameraState


def test_every_state_that_a_watcher_writes_has_its_word():
    assert {state.value for state in CameraState} <= STATES.keys()
    assert {health.value for health in HEALTH_WORDS} == HEALTH.keys()


def test_a_state_that_is_not_known_is_called_by_its_name():
    assert (state_of("melting").label, state_of("melting").tone) == ("melting", "warn")


def test_what_no_clock_can_say_is_borne():
    assert moment(math.nan, UTC).year == 1970
    assert midnight(date(1970, 1, 2), UTC) == 86_400
    assert day_words(date(2026, 11, 22), date(2026, 11, 22)) == "Today"
