"""One loop for camera and file: scores, places and events as frames come, in bounded memory."""

import math
from dataclasses import replace

import numpy as np
import pytest
from brightness import Brightness, checkpoint, frame

from unusual.data.datasets import open_dataset
from unusual.domain import Frame, FrameErrors
from unusual.errors import VideoError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import Thresholds, score_video
from unusual.run.stream import Listener, Stream
from unusual.scores.events import RunningEvents
from unusual.scores.zones import EVERYWHERE, Zone, ZoneKind, ZoneMap
from unusual.video.reader import open_video

SPAN = 9


class Heard(Listener):
    """Notes all it hears. units: of each frame, by their first frame."""

    def __init__(self):
        self.frames, self.units, self.began, self.sightings = [], [], [], []

    def scored(self, frame, score, judgements):
        self.frames.append((frame.time_s, score))
        self.units.append([judgement.first for judgement in judgements])

    def going_on(self, event):
        self.began.append(event)

    def over(self, sighting):
        self.sightings.append(sighting)


@pytest.fixture(scope="module")
def clip(scene):
    return open_dataset(scene).test[0].source


@pytest.fixture(scope="module")
def frames(clip):
    with open_video(clip) as video:
        return list(video)


def finder(enter=2.0, leave=1.0, join_s=1.0):
    return RunningEvents(enter=enter, leave=leave, join_s=join_s)


def heard(trained, frames, at_once=1, **limits):
    checkpoint, listener = load_checkpoint(trained), Heard()
    checkpoint.scorer.at_once = at_once
    stream = Stream(checkpoint, [listener], finder(**limits))
    stream.run(iter(frames))
    return stream, listener


def shown_bright(values, method=None, memory=1, rate=10, **options):
    """What is heard of frames of these brightnesses."""
    listener, limits = Heard(), {key: options.pop(key) for key in ("enter", "leave", "join_s") if key in options}
    stream = Stream(checkpoint(method, memory), [listener], finder(**limits), **options)
    stream.run(Frame(n, n / rate, frame(value)) for n, value in enumerate(values))
    return listener


def level(trained, clip):
    """A threshold that the clip reaches somewhere."""
    scores = score_video(clip, load_checkpoint(trained), pictures=False).result.live.scores
    return float(np.quantile(scores, 0.8))


def test_units_that_do_not_wait_for_one_another_give_the_scores_and_events_of_those_that_do(trained, clip, frames):
    enter = level(trained, clip)
    limits = {"enter": enter, "leave": enter / 2 if enter > 0 else 2 * enter}
    stream, live = heard(trained, frames, **limits)
    if enter <= 0:
        pytest.fail("the clip must reach a score above 0")
    recorded = score_video(clip, load_checkpoint(trained), thresholds=Thresholds(**limits)).result
    times, scores = np.array(live.frames).T
    np.testing.assert_array_equal(times, recorded.live.times_s)
    np.testing.assert_allclose(scores, recorded.live.scores, rtol=1e-4, atol=1e-4)
    found = [sighting.event for sighting in live.sightings]
    assert len(found) == len(recorded.events) > 0
    for one, other in zip(found, recorded.events, strict=True):
        assert (one.start_s, one.end_s, one.peak_s) == (other.start_s, other.end_s, other.peak_s)
        assert one.region == other.region
    assert stream.tally.taken == stream.tally.scored == len(frames)


def test_a_frame_is_told_with_its_score_and_all_the_units_that_hold_it():
    live = shown_bright([1, 2, 3, 4, 5], Brightness(span=3))
    assert live.units == [[0], [0, 1], [0, 1, 2], [1, 2], [2]]
    assert [score for _, score in live.frames] == [3, 3.5, 4, 4.5, 5]


def test_an_event_is_shown_by_the_worst_unit_that_holds_its_peak_not_by_the_worst_of_all():
    live = shown_bright([0, 0, 0, 0, 30, 0, 0, 20, 21, 22, 0, 0], Brightness(span=3), enter=10, leave=5)
    (sighting,) = live.sightings
    assert (sighting.event.start_s, sighting.event.peak_s) == (0.2, 0.7)  # the mean of 20, 21 and 22
    assert (sighting.pictures.time_s, sighting.pictures.real[0, 0, 0]) == (0.9, 22)


def test_an_event_may_be_shown_by_a_unit_that_its_score_remembers():
    live = shown_bright([0, 9, 0, 6, 0, 0, 0, 0], memory=3, enter=4, leave=4)
    (sighting,) = live.sightings
    assert (sighting.event.peak_s, sighting.event.peak_score) == (0.3, 5)
    assert sighting.pictures.time_s == 0.1


def test_an_event_that_lasts_too_long_is_told_again():
    lengths = [s.event.end_s - s.event.start_s for s in shown_bright([5] * 50, longest_s=2.0).sightings]
    assert lengths == pytest.approx([2.1, 2.1, 0.5])


def test_two_events_with_one_unit_each_get_its_pictures():
    live = shown_bright([0, 0, 5, 5, 0, 0, 0, 5, 5, 0], join_s=0.0)
    assert [sighting.pictures.time_s for sighting in live.sightings] == [0.2, 0.7]
    assert [sighting.pictures.event for sighting in live.sightings] == [sighting.event for sighting in live.sightings]


def test_where_nobody_asks_for_pictures_there_are_none():
    (sighting,) = shown_bright([0, 5, 0], pictured=False).sightings
    assert sighting.pictures is None
    assert sighting.event.region is not None


def test_a_source_that_fails_is_not_taken_for_one_that_is_short():
    def failing():
        yield Frame(0, 0.0, frame(1))
        raise VideoError("the disk is gone")

    with pytest.raises(VideoError, match="the disk is gone"):
        Stream(checkpoint(Brightness(span=3)), [], finder()).run(failing())


def test_an_event_is_told_while_it_goes_on_and_ends_as_it_was_last_told(trained, clip, frames):
    enter = level(trained, clip)
    _, live = heard(trained, frames, enter=enter, leave=enter / 2)
    assert live.began[0].start_s == live.sightings[0].event.start_s
    ends = [event.end_s for event in live.began if event.start_s == live.began[0].start_s]
    assert ends == sorted(ends)
    assert live.sightings[0].event.end_s >= ends[-1]


@pytest.mark.parametrize("cut", [1, SPAN - 1, SPAN, SPAN + 1, 40])
def test_no_score_mixes_what_lies_before_and_after_a_gap(trained, frames, cut):
    alone = [heard(trained, part)[1].frames for part in (frames[:cut], frames[cut:])]
    gapped = [*frames[:cut], replace(frames[cut], after_gap=True), *frames[cut + 1 :]]
    stream, live = heard(trained, gapped)
    assert [time_s for time_s, _ in live.frames] == [frame.time_s for frame in frames]
    np.testing.assert_allclose([s for _, s in live.frames], [s for part in alone for _, s in part], rtol=1e-5)
    short = cut if cut < SPAN else 0
    assert (stream.tally.gap, stream.tally.scored) == (short, len(frames) - short)
    assert sum(math.isnan(score) for _, score in live.frames) == short


def test_a_new_session_may_have_another_size_and_an_earlier_time(trained, frames):
    later = [replace(frame, rgb=np.ascontiguousarray(frame.rgb[::2, ::2]), session=1) for frame in frames]
    stream, live = heard(trained, [*frames[:50], *later[:50]])
    assert stream.tally.scored == 100
    assert [time_s for time_s, _ in live.frames] == [frame.time_s for frame in (*frames[:50], *later[:50])]


def test_an_event_ends_with_its_session_and_goes_on_over_a_gap_within_it(trained, frames):
    always = {"enter": -1e9, "leave": -2e9}
    apart = [replace(frame, session=int(n >= 60)) for n, frame in enumerate(frames)]
    assert len(heard(trained, apart, **always)[1].sightings) == 2
    gapped = [replace(frame, after_gap=n in (30, 60)) for n, frame in enumerate(frames)]
    assert len(heard(trained, gapped, **always)[1].sightings) == 1


def test_when_nothing_comes_what_is_known_is_said(trained, frames):
    checkpoint, listener = load_checkpoint(trained), Heard()
    stream = Stream(checkpoint, [listener], finder())
    seen = []

    def quiet():
        yield from frames[:20]
        yield None
        seen.append(len(listener.frames))
        yield from frames[20:40]

    stream.run(quiet())
    assert seen == [20]
    assert stream.tally.scored == 40


def test_it_holds_few_frames(trained, frames):
    import gc
    import weakref

    alive = []

    def endless():
        for n in range(400):
            rgb = frames[n % len(frames)].rgb.copy()
            alive.append(weakref.ref(rgb))
            yield Frame(n, n / 15, rgb)
            if n == 399:
                gc.collect()
                assert sum(ref() is not None for ref in alive) < 100

    Stream(load_checkpoint(trained), [Heard()], finder(1e9)).run(endless())


# --- zones


class Halves(Brightness):
    """As unusual on its left as the left of the picture is bright, and the same on its right."""

    def judge(self, name, pictures, kept=None):
        for count, (time_s, picture) in enumerate(pictures):
            sides = picture[0, [0, 0, -1, -1], 0].astype(np.float32)
            yield FrameErrors(np.array([count]), np.array([time_s]), float(sides.max()), np.tile(sides, (3, 1)))


def shown_halves(rows, zone_map, enter=10.0):
    """What is heard of frames with these (left, right) brightnesses."""
    listener, made = Heard(), replace(checkpoint(Halves()), zone_map=zone_map)
    frames = []
    for n, (left, right) in enumerate(rows):
        rgb = frame(left)
        rgb[:, 6:] = right
        frames.append(Frame(n, n / 10, rgb))
    Stream(made, [listener], finder(enter=enter, leave=enter / 2, join_s=0.0)).run(iter(frames))
    return listener


def half(left, kind=ZoneKind.IGNORE, **more):
    return Zone(kind, ((left, 0.0), (left + 0.5, 0.0), (left + 0.5, 1.0), (left, 1.0)), **more)


def test_what_is_in_an_ignored_zone_has_no_score_and_no_event():
    rows = [(0, 0), (20, 0), (20, 4), (0, 30), (0, 0)]
    heard = shown_halves(rows, ZoneMap((half(0.0),)))
    assert [score for _, score in heard.frames] == [0, 0, 4, 30, 0]
    (sighting,) = heard.sightings
    assert (sighting.event.start_s, sighting.event.peak_score) == (0.3, 30)
    assert sighting.event.region.left >= 0.4
    assert len(shown_halves(rows, EVERYWHERE).sightings) == 1
    assert shown_halves(rows, EVERYWHERE).sightings[0].event.start_s == 0.1


def test_a_zone_of_its_own_alarms_has_events_where_the_rest_has_none_and_tells_its_own_score():
    rows = [(0, 0), (0, 7), (0, 0), (7, 0), (6, 8), (0, 0), (12, 0), (0, 0)]
    gate = half(0.0, ZoneKind.NAMED, name="gate")
    heard = shown_halves(rows, ZoneMap((gate,), (2.5,), ordinary=5.0))
    assert [score for _, score in heard.frames] == [0, 7, 0, 7, 8, 0, 12, 0], "as they are, for timeline and thresholds"
    told = [(s.event.start_s, s.event.end_s, s.event.peak_score, s.event.zone) for s in heard.sightings]
    assert told == [(0.3, 0.4, 7, "gate"), (0.6, 0.6, 12, "gate")]
    assert heard.sightings[0].pictures is not None
    assert heard.began[0].zone == "gate"
    slower = shown_halves(rows, ZoneMap((gate,), (0.5,), ordinary=5.0), enter=7.0)
    told = [(s.event.start_s, s.event.peak_score, s.event.zone) for s in slower.sightings]
    assert told == [(0.1, 7, ""), (0.3, 8, ""), (0.6, 12, "gate")]


def test_zones_can_change_while_a_stream_runs():
    listener = Heard()
    stream = Stream(checkpoint(), [listener], finder(enter=10.0, leave=5.0))

    def frames():
        for n in range(6):
            if n == 3:
                stream.zone_map = ZoneMap((half(0.0), half(0.5)))
            yield Frame(n, n / 10, frame(20))

    stream.run(frames())
    assert [score for _, score in listener.frames] == [20, 20, 20, 0, 0, 0]
