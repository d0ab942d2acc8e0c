"""Cameras and events for programs."""

from dataclasses import replace

from unusual.app.dashboard.desk import CameraView
from unusual.app.dashboard.views.told import event_told, state_key
from unusual.app.dashboard.views.words import SILENT, state_of


def test_an_alarm_that_does_not_count_is_none(store, events):
    event = next(event for event in store.list() if event.alarm)
    assert event_told(event).alarm
    assert not event_told(replace(event, ignored=True)).alarm
    assert event_told(replace(event, box=None)).box is None


def test_a_state_is_a_word_for_programs():
    def key(state):
        return state_key(CameraView("door", state, "", None, None, ""))

    assert (key(SILENT), key(state_of("offline")), key(state_of("of tomorrow"))) == (
        "unwatched",
        "offline",
        "of tomorrow",
    )
