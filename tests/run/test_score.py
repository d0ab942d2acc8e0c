"""A video in, curves, events and pictures out; and the same by every road."""

from fractions import Fraction

import av
import numpy as np
import pytest

from unusual.domain import Box, Truth, Wholeness
from unusual.errors import ConfigError, DataError, VideoError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.pictured import event_pictures
from unusual.run.places import place_map, region_box
from unusual.run.score import Thresholds, score_video
from unusual.scores.calibrate import RunningScores, live_score
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
    for curve in (result.live, result.paper, result.floor):
        assert np.isfinite(curve.scores).all()
    assert (result.paper.scores.min(), result.paper.scores.max()) == (0, 1)
    assert len(set(result.paper.scores[:9])) == 1  # one value for the unit (Section 3.5)


def test_scores_are_the_same_on_the_second_time(scored, checkpoint, clip):
    again = score_video(clip, checkpoint, thresholds=LOW).result
    np.testing.assert_array_equal(again.live.scores, scored.result.live.scores)
    np.testing.assert_array_equal(again.paper.scores, scored.result.paper.scores)


def test_frames_that_arrive_one_by_one_get_the_scores_of_the_file(scored, checkpoint, clip):
    method, running, live = checkpoint.scorer, RunningScores(), {}
    with open_video(clip) as video:
        for unit in method.judge("live", ((f.time_s, method.picture(f.rgb)) for f in video)):
            live.update(running.add(unit.indices, live_score(checkpoint.scale, unit)[0]))
    live.update(running.finish())
    np.testing.assert_array_equal([live[i] for i in range(135)], scored.result.live.scores)


def test_a_denser_step_leaves_the_papers_protocol_alone(scored, trained, clip):
    dense = score_video(clip, load_checkpoint(trained, ["clips.step=3"]), pictures=False)
    np.testing.assert_allclose(dense.result.paper.scores, scored.result.paper.scores, atol=1e-6)
    assert len(dense.units) > 2 * len(scored.units)
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


def test_the_heat_of_a_frame_is_the_mean_of_its_units(scored, trained, clip):
    dense = score_video(clip, load_checkpoint(trained, ["clips.step=3"]), pictures=False)
    for frame in (0, 4, 60, 134):
        covering = [place_map(dense.scale, u, dense.result.info) for u in dense.units if frame in u.indices]
        np.testing.assert_allclose(dense.heat(frame), np.mean(covering, axis=0), rtol=1e-6)
    assert scored.heat(999) is None


def test_a_box_goes_around_all_that_hangs_together():
    places = np.zeros((4, 6), np.float32)
    places[1, 1], places[1, 2], places[3, 5] = 4, 3, 3.9
    assert region_box(places, 1.0) == Box(1 / 7, 1 / 5, 4 / 7, 3 / 5)


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


def test_two_events_with_one_peak_unit_both_get_pictures(checkpoint, clip, scored):
    from unusual.domain import Event

    unit = next(iter(checkpoint.scorer.judge("v", _pictures(clip, checkpoint))))
    events = (Event(0.0, 0.1, 0.0, 3.0), Event(0.3, 0.4, 0.3, 3.0))
    pictures = list(event_pictures(clip, checkpoint.scorer, events, [unit, unit], 135))
    assert [p.event for p in pictures] == list(events)


def _pictures(clip, checkpoint):
    with open_video(clip) as video:
        yield from ((f.time_s, checkpoint.scorer.picture(f.rgb)) for f in video)


def test_labels_of_another_length_are_refused(checkpoint, clip):
    with pytest.raises(DataError, match="labels"):
        score_video(clip, checkpoint, truth=lambda times_s: _labels(len(times_s), 134), pictures=False)


def test_a_damaged_video_is_scored_without_labels_that_do_not_fit(checkpoint, clip, tmp_path):
    cut = tmp_path / "cut.avi"
    with av.open(str(clip)) as source, av.open(str(cut), "w") as out:
        stream = out.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        for frame in source.decode(video=0):
            for packet in stream.encode(frame.reformat(format="yuvj420p")):
                out.mux(packet)
    whole = cut.read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    result = score_video(cut, checkpoint, truth=lambda times_s: _labels(len(times_s), 135), pictures=False).result
    assert result.read.wholeness is Wholeness.PARTIAL
    assert result.truth is None
    assert any("labels are not used" in problem for problem in result.read.problems)
    assert np.isfinite(result.live.scores).all()


def _labels(frames, wanted):
    if frames != wanted:
        raise DataError(f"{frames} frames, but {wanted} labels")
    return Truth(np.zeros(frames, bool))
