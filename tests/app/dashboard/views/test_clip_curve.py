"""The curve under a clip."""

from made_home import CLIP_S

from unusual.app.dashboard.views.clip_curve import clip_curve
from unusual.files import write_text


def test_a_clip_has_a_curve_as_long_as_it_is_with_the_event_in_it(home, store, events):
    curve = clip_curve(home, store.get(events[0][0]))
    assert CLIP_S - 0.2 < curve.end_s < CLIP_S
    assert 20 < curve.left < 30 and 45 < curve.width < 55  # from one second to three
    assert curve.path.startswith("M") and curve.area.endswith("Z")


def test_what_is_no_curve_is_none(home, store, events, tmp_path):
    event = store.get(events[1][0])
    assert clip_curve(home, event) is None
    write_text(home.event(event.id) / "curve.json", '{"start_utc": 1, "end_utc": 0, "threshold": null, "scores": []}')
    assert clip_curve(home, event) is None
