"""A video in, curves, events and pictures out; and the same by every road."""

import os
import subprocess
import sys
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from brightness import Brightness
from brightness import checkpoint as by_brightness

from unusual.domain import Wholeness
from unusual.errors import ConfigError, DataError, VideoError
from unusual.measure.localise import Reported
from unusual.run import score as score_module
from unusual.run.annotate import Annotator
from unusual.run.checkpoint import load_checkpoint
from unusual.run.outputs import Album, write_outputs
from unusual.run.score import Thresholds, score_video
from unusual.run.stream import Listener
from unusual.scores.calibrate import per_video_minmax
from unusual.video.reader import open_video
from unusual.video.writer import write_video

LOW = Thresholds(enter=0.5, leave=0.2, shortest_s=0.0)


@pytest.fixture(scope="module")
def checkpoint(trained):
    return load_checkpoint(trained)


@pytest.fixture(scope="module")
def clip(scene):
    return scene / "test/01.mp4"


@pytest.fixture(scope="module")
def scored(checkpoint, clip):
    return score_video(clip, checkpoint, thresholds=LOW)


def test_every_frame_has_a_score_in_each_protocol(scored):
    result = scored.result
    assert len(result.live.scores) == result.read.decoded == 135
    assert result.read.wholeness is Wholeness.COMPLETE
    for curve in (result.live, result.paper, *result.floors):
        assert np.isfinite(curve.scores).all()
    assert (result.paper.scores.min(), result.paper.scores.max()) == (0, 1)
    assert len(set(result.paper.scores[:9])) == 1  # one value for the unit (Section 3.5)


def test_scores_are_the_same_on_the_second_time(scored, checkpoint, clip):
    again = score_video(clip, checkpoint, thresholds=LOW).result
    np.testing.assert_array_equal(again.live.scores, scored.result.live.scores)
    np.testing.assert_array_equal(again.paper.scores, scored.result.paper.scores)


def test_a_film_of_a_camera_that_sways_says_so(tmp_path):
    chance = np.random.default_rng(0)
    place = np.repeat(np.repeat(chance.integers(0, 255, (12, 16, 3)).astype(np.uint8), 10, 0), 10, 1)
    with write_video(tmp_path / "mast.mp4", 160, 120, Fraction(8)) as sink:
        for n in range(120):
            sink.add(np.ascontiguousarray(np.roll(place, round(2 * np.sin(n)), 1)), n / 8)
    read = score_video(tmp_path / "mast.mp4", by_brightness(), pictures=False).result.read
    assert read.wholeness is Wholeness.COMPLETE
    assert [line.partition(" in all")[0] for line in read.problems] == ["the camera sways, for 10 s"]


def test_a_denser_step_leaves_the_papers_protocol_alone(scored, trained, clip):
    dense = score_video(clip, load_checkpoint(trained, ["clips.step=3"]), pictures=False)
    np.testing.assert_allclose(dense.result.paper.scores, scored.result.paper.scores, atol=1e-6)
    assert dense.result.live.scores.tolist() != scored.result.live.scores.tolist()


def test_each_event_has_its_pictures_and_its_place(scored):
    result = scored.result
    assert result.events
    assert len(result.pictures) == len(result.events)
    for event, pictures in zip(result.events, result.pictures, strict=True):
        assert event.start_s <= event.peak_s <= event.end_s
        assert pictures.event == event
        assert event.start_s - 0.6 <= pictures.time_s <= event.end_s + 0.6
        assert {p.shape for p in (pictures.real, pictures.restored, pictures.error)} == {(64, 96, 3)}
        assert 0 <= event.region.left < event.region.right <= 1
        assert 0 <= event.region.top < event.region.bottom <= 1
        close = np.abs(pictures.real.mean(-1) - pictures.restored.mean(-1)).mean()
        assert close < 25  # the restored frame is the real one, roughly


def test_a_video_shorter_than_a_unit_is_refused(checkpoint, tmp_path):
    with write_video(tmp_path / "short.mp4", 96, 64, Fraction(15)) as sink:
        for n in range(8):
            sink.add(np.zeros((64, 96, 3), np.uint8), n / 15)
    with pytest.raises(VideoError, match="8 frames are fewer than the 9"):
        score_video(tmp_path / "short.mp4", checkpoint)


@pytest.mark.parametrize("source", ["0", "rtsp://user:secret@127.0.0.1/1"])
def test_a_live_camera_is_refused_without_its_password(checkpoint, source):
    with pytest.raises(ConfigError, match="live camera") as caught:
        score_video(source, checkpoint)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("enter", "leave"), [(1.0, 2.0), (0.0, -1.0)])
def test_thresholds_that_cannot_be_are_refused_at_birth(enter, leave):
    with pytest.raises(ConfigError, match="leave"):
        Thresholds(enter, leave)


def test_a_listener_hears_of_every_frame_at_its_place(checkpoint, clip, scored):
    heard = []

    class Places(Listener):
        def scored(self, frame, score, judgements):
            heard.append((frame.index, frame.time_s, score, judgements[0].errors.error))

    score_video(clip, checkpoint, thresholds=LOW, pictures=False, listeners=[Places()])
    index, times_s, live, published = np.array(heard).T
    assert index.tolist() == list(range(135))
    np.testing.assert_array_equal(times_s, scored.result.live.times_s)
    np.testing.assert_array_equal(live, scored.result.live.scores)
    np.testing.assert_array_equal(per_video_minmax(published), scored.result.paper.scores)


def test_a_video_is_decoded_once(checkpoint, clip, monkeypatch):
    opened = []
    monkeypatch.setattr(score_module, "open_video", lambda *args, **of: opened.append(args) or open_video(*args, **of))
    assert score_video(clip, checkpoint, thresholds=LOW).result.pictures
    assert len(opened) == 1


def film(path, frames, bright, rate=25, width=96, height=64):
    """Noise, and one bright stretch."""
    chance = np.random.default_rng(0)
    with write_video(path, width, height, Fraction(rate)) as sink:
        for n in range(frames):
            sink.add(chance.integers(0, 3, (height, width, 3), np.uint8) + np.uint8(200 * (n in bright)), n / rate)
    return path


def test_an_event_is_never_cut_for_being_long(tmp_path):
    path = film(tmp_path / "long.mp4", 700, range(10, 690), rate=1)
    (event,) = score_video(path, by_brightness(), pictures=False, thresholds=Thresholds(50, 50)).result.events
    assert (event.start_s, event.end_s) == (10, 689)


def test_a_film_ten_times_as_long_takes_no_more_memory(tmp_path):
    def most(path):
        tracemalloc.start()
        made = by_brightness(Brightness(span=3, places=(40, 60)))
        with Annotator(tmp_path, enter=50, leave=50) as annotator:
            result = score_video(path, made, thresholds=Thresholds(50, 50), listeners=[annotator, Reported()]).result
            write_outputs(result, made.provenance, tmp_path / path.stem, annotator.write)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(result.events) == len(result.pictures) == 1
        return peak

    short, long = (film(tmp_path / f"{frames}.mp4", frames, range(20, 30)) for frames in (35, 350))
    most(short)  # what is made once
    assert most(long) < 1.1 * most(short)


KILLED = """
import sys
from pathlib import Path
from brightness import checkpoint as by_brightness
from test_score import film
from unusual.run.annotate import Annotator
from unusual.run.outputs import Album
from unusual.run.score import Thresholds, score_video

class Album(Album):
    def file(self, number, pictures):
        super().file(number, pictures)
        print("kept", flush=True)
        input()

out = Path(sys.argv[1])
with Album(out) as album, Annotator(out, enter=50, leave=50) as annotator:
    score_video(sys.argv[2], by_brightness(), thresholds=Thresholds(50, 50), pictures=album, listeners=[annotator])
"""


def test_what_a_killed_scoring_has_kept_goes_with_the_next(tmp_path):
    out, bright = tmp_path / "out", film(tmp_path / "a.mp4", 100, range(20, 30))
    path = f"{Path(__file__).parent}:{Path(__file__).parents[1]}:{os.environ.get('PYTHONPATH', '')}"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, out, bright],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    ) as process:
        assert process.stdout.readline() == b"kept\n"
        process.kill()
        process.wait()
    assert len(list(out.iterdir())) == 2, "its pictures, and the film of its frames"
    with Album(out), Annotator(out, enter=50, leave=50):
        pass
    assert not list(out.iterdir())


def test_many_events_take_no_more_memory_than_few_when_their_pictures_are_kept_on_disk(tmp_path):
    def most(path):
        made = by_brightness(Brightness(span=3, places=(40, 60)))
        tracemalloc.start()
        with Album(tmp_path) as album:
            scored = score_video(path, made, thresholds=Thresholds(50, 50, join_s=0.0), pictures=album)
            result = write_outputs(scored.result, made.provenance, tmp_path / path.stem)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return result, peak

    films = {events: [20 * n + k for n in range(1, events + 1) for k in range(10)] for events in (2, 20)}
    few, many = (film(tmp_path / f"{n}.mp4", 450, bright) for n, bright in films.items())
    most(few)  # what is made once
    (one, low), (result, high) = most(few), most(many)
    assert (len(one.pictures), len(result.pictures)) == (2, 20)
    assert high - low < 4 * 3 * one.pictures[0].real.nbytes  # of 18 events more
    assert not list(tmp_path.glob(".pictures*"))
    for event, pictures in zip(result.events, result.pictures, strict=True):
        assert pictures.event == event
        assert {p.shape for p in (pictures.real, pictures.restored, pictures.error)} == {pictures.real.shape}
        assert pictures.real.mean() > 150  # the bright one
    (tmp_path / "20/event-03-real.jpg").unlink()
    with pytest.raises(DataError, match="event-03-real"):
        _ = result.pictures[2].real


def test_no_event_and_no_unit_sees_both_sides_of_a_pause(tmp_path):
    with write_video(tmp_path / "gap.mp4", 96, 64, Fraction(25)) as sink:
        for n in range(40):
            sink.add(np.full((64, 96, 3), 200 if 10 <= n < 30 else 0, np.uint8), n / 25 + 600 * (n >= 20))
    made = by_brightness(Brightness(span=3), memory=5)
    reported = Reported()
    thresholds = Thresholds(50, 50, join_s=1000.0)
    result = score_video(tmp_path / "gap.mp4", made, thresholds=thresholds, listeners=[reported]).result
    before, after = result.events
    assert before.end_s < 1 and after.start_s > 600
    for floor in result.floors:
        assert floor.scores[20] == floor.scores[21] < 50, f"{floor.protocol} does not look across it"
    assert "the recording pauses 1 time, for up to 600.0 s: each side is judged by itself" in result.read.problems
    assert reported.frames == 40 and max(reported.regions(96, 64).frame) > 20, "places go by position"
