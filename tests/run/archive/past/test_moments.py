"""What events looked like: the very unit of the peak, and a clip around it."""

import cv2
import pytest
from made_archive import BRIGHT, by_brightness, merged, planned

from unusual.run.archive.past.moments import Showing, moments_of
from unusual.run.archive.past.storing import event_id
from unusual.run.archive.past.tables import ArchiveEvent, write_score_table
from unusual.run.archive.shard import score_shard
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.work import CameraModel
from unusual.store.home import Home
from unusual.store.live import read_curve
from unusual.video.reader import open_video

TRAINED = by_brightness(6, 2)


@pytest.fixture
def told(segments, tmp_path, monkeypatch):
    """Events of an archive whose scores are written."""
    monkeypatch.setattr(CameraModel, "load", lambda self: TRAINED)
    shards, shelf = planned(segments, tmp_path, TRAINED.scorer.reach, 0.1), Shelf(str(tmp_path / "shards"))
    for shard in shards:
        shelf.write(shard.name, score_shard(shard, TRAINED))
    frames, found = merged(shards, shelf)
    with write_score_table(tmp_path, "yard") as table:
        for frame in frames:
            table.add(frame)
    return [
        ArchiveEvent(event_id(e.peak_shard, e.event.start_s), "yard", e.event, 0.5, e.peak_shard, e.first, e.last)
        for e in found
    ]


def moments(out, events):
    return list(moments_of(out, events, {"yard": TRAINED.scorer.reach}, {"yard": BRIGHT.enter}))


def test_a_moment_has_the_frames_around_it_also_those_of_other_shards(told, tmp_path):
    one, other = moments(tmp_path, told)
    assert one.event.event.peak_s == pytest.approx(11.8, abs=1)
    assert (one.frames.first, one.frames.last) == (62, 175)  # five seconds on both sides
    assert sum(piece.last - piece.first for piece in one.frames.pieces) == one.frames.last - one.frames.first
    assert len({piece.path for piece in one.frames.pieces}) == len(one.frames.pieces)
    assert other.judged % TRAINED.scorer.reach.every == 0 and other.judged <= other.event.first


def test_a_moment_is_shown_with_clip_curve_and_pictures(told, tmp_path):
    home = Home(tmp_path / "home")
    (moment, _) = moments(tmp_path, told)
    names = Showing((("yard", CameraModel("")),), tmp_path, home)(moment)
    assert set(names) == {"clip.mp4", "curve.json", "thumb.jpg", "real.jpg", "restored.jpg", "error.jpg"}
    folder = home.event(moment.event.id)
    assert cv2.imread(str(folder / "real.jpg"))[0, 0, 0] > 180  # a frame of the peak: they are bright
    with open_video(folder / "clip.mp4") as clip:
        frames = sum(1 for _ in clip)
    assert frames == moment.frames.last - moment.frames.first
    curve = read_curve(folder)
    assert len(curve.scores) == frames and curve.threshold == 150.0
    assert max(score for _, score in curve.scores) == pytest.approx(moment.event.event.peak_score)


def test_a_moment_hidden_by_a_gap_has_its_frame_alone(told, tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.run.archive.past.moments.picture_event", None)
    monkeypatch.setattr(TRAINED.scorer, "span", 10_000)
    home = Home(tmp_path / "home")
    (moment, _) = moments(tmp_path, told)
    names = Showing((("yard", CameraModel("")),), tmp_path, home)(moment)
    assert set(names) == {"clip.mp4", "curve.json", "thumb.jpg", "real.jpg"}


def test_the_highest_alone_are_shown(told, tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.run.archive.past.moments.MOST", 1)
    (one,) = moments(tmp_path, told)
    assert one.event.event.peak_score == max(event.event.peak_score for event in told)
