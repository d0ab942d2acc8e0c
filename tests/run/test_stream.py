"""Live and recorded video take the same road: the same numbers, the same events, in bounded memory."""

import math
from dataclasses import replace

import numpy as np
import pytest

from unusual.data.datasets import open_dataset
from unusual.run.checkpoint import load_checkpoint, save_checkpoint
from unusual.run.score import Thresholds, score_video
from unusual.run.stream import LiveFrame, Stream
from unusual.video.reader import open_video

SPAN = 9


class Heard:
    """A listener that notes all it hears."""

    def __init__(self):
        self.frames, self.began, self.sightings = [], [], []

    def scored(self, time_s, score):
        self.frames.append((time_s, score))

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
        return [LiveFrame(frame.time_s, frame.rgb) for frame in video]


def heard(trained, frames, at_once=1, **limits):
    checkpoint, listener = load_checkpoint(trained), Heard()
    checkpoint.scorer.at_once = at_once
    limits = {"enter": 2.0, "leave": 1.0} | limits
    stream = Stream(checkpoint, listener, **limits)
    stream.run(iter(frames))
    return stream, listener


def level(trained, clip):
    """A threshold that the clip reaches somewhere."""
    scores = score_video(clip, load_checkpoint(trained), pictures=False).result.live.scores
    return float(np.quantile(scores, 0.8))


def test_a_stream_gives_the_scores_and_events_of_the_file(trained, clip, frames):
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


def test_an_event_is_shown_as_a_recorded_one_is(trained, clip, frames):
    enter = level(trained, clip)
    _, live = heard(trained, frames, enter=enter, leave=enter / 2)
    thresholds = Thresholds(enter=enter, leave=enter / 2)
    recorded = score_video(clip, load_checkpoint(trained), thresholds=thresholds).result
    for sighting, pictures in zip(live.sightings, recorded.pictures, strict=True):
        assert sighting.pictures.time_s == pictures.time_s
        np.testing.assert_array_equal(sighting.pictures.real, pictures.real)
        difference = sighting.pictures.restored.astype(int) - pictures.restored
        assert np.abs(difference).max() <= 1


def test_scores_that_remember_are_those_of_the_file_too_and_their_events_are_shown(trained, clip, frames, tmp_path):
    checkpoint = load_checkpoint(trained)
    save_checkpoint(tmp_path, replace(checkpoint, scale=replace(checkpoint.scale, memory=20)))
    enter = level(tmp_path, clip)
    _, live = heard(tmp_path, frames, enter=enter, leave=enter / 2)
    recorded = score_video(clip, load_checkpoint(tmp_path), thresholds=Thresholds(enter=enter, leave=enter / 2)).result
    np.testing.assert_allclose(np.array(live.frames)[:, 1], recorded.live.scores, rtol=1e-4, atol=1e-4)
    assert [s.event.start_s for s in live.sightings] == [event.start_s for event in recorded.events] != []
    for sighting in live.sightings:
        assert sighting.event.region is not None
        assert sighting.event.start_s - 3 <= sighting.pictures.time_s <= sighting.event.end_s


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
    gapped = [*frames[:cut], LiveFrame(frames[cut].time_s, frames[cut].rgb, after_gap=True), *frames[cut + 1 :]]
    stream, live = heard(trained, gapped)
    assert [time_s for time_s, _ in live.frames] == [frame.time_s for frame in frames]
    np.testing.assert_allclose([s for _, s in live.frames], [s for part in alone for _, s in part], rtol=1e-5)
    short = cut if cut < SPAN else 0
    assert (stream.tally.gap, stream.tally.scored) == (short, len(frames) - short)
    assert sum(math.isnan(score) for _, score in live.frames) == short


def test_a_new_session_may_have_another_size_and_an_earlier_time(trained, frames):
    later = [LiveFrame(frame.time_s, np.ascontiguousarray(frame.rgb[::2, ::2]), session=1) for frame in frames]
    stream, live = heard(trained, [*frames[:50], *later[:50]])
    assert stream.tally.scored == 100
    assert [time_s for time_s, _ in live.frames] == [frame.time_s for frame in (*frames[:50], *later[:50])]


def test_an_event_ends_with_its_session_and_goes_on_over_a_gap_within_it(trained, frames):
    always = {"enter": -1e9, "leave": -2e9}
    apart = [LiveFrame(frame.time_s, frame.rgb, session=int(n >= 60)) for n, frame in enumerate(frames)]
    assert len(heard(trained, apart, **always)[1].sightings) == 2
    gapped = [LiveFrame(frame.time_s, frame.rgb, after_gap=n in (30, 60)) for n, frame in enumerate(frames)]
    assert len(heard(trained, gapped, **always)[1].sightings) == 1


def test_when_nothing_comes_what_is_known_is_said(trained, frames):
    checkpoint, listener = load_checkpoint(trained), Heard()
    stream = Stream(checkpoint, listener, enter=2.0, leave=1.0)
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
            yield LiveFrame(n / 15, rgb)
            if n == 399:
                gc.collect()
                assert sum(ref() is not None for ref in alive) < 100

    Stream(load_checkpoint(trained), Heard(), enter=1e9, leave=1.0).run(endless())
