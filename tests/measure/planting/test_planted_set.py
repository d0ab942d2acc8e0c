"""A folder of clips with planted anomalies: labelled, made once."""

import numpy as np
import pytest
from walkers import FRAMES, filmed, walkers

from unusual.data.datasets import open_dataset
from unusual.errors import DataError
from unusual.measure.compare import kinds_of
from unusual.measure.planting import planted_set
from unusual.measure.planting.planted_set import write_planted_set
from unusual.measure.truth_tracks import Tracks

TIMES_S = np.arange(FRAMES) / 25


@pytest.fixture
def tracked(monkeypatch):
    monkeypatch.setattr(planted_set, "read_tracked", lambda video, detector: (video.name, *walkers()))


def test_clips_as_they_are_and_changed_are_a_data_set_that_is_made_once(tracked, tmp_path):
    video, out = filmed(tmp_path), tmp_path / "out"
    write_planted_set(out, [video], seeds=1)
    clips = {clip.name: clip for clip in open_dataset(out).test}
    assert not kinds_of(clips["a"], TIMES_S)
    assert {name.split("-")[1] for name in clips if name != "a"} >= {"faster", "larger", "none"}
    flags = kinds_of(clips["a-larger-0"], TIMES_S)
    assert list(flags) == ["larger"] and flags["larger"].sum() > 20
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.*")}
    write_planted_set(out, [], seeds=1)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.*")} == before


def test_without_a_clip_there_is_nothing_to_plant_in(tmp_path):
    with pytest.raises(DataError, match="no ordinary clip"):
        write_planted_set(tmp_path, [])


def test_where_nobody_walks_nothing_can_be_planted(tmp_path, monkeypatch):
    frames, tracks = walkers()
    nobody = Tracks(tracks.frame[:0], tracks.xyxy[:0], tracks.track[:0])
    monkeypatch.setattr(planted_set, "read_tracked", lambda video, detector: (video.name, frames, nobody))
    with pytest.raises(DataError, match="nobody in a"):
        write_planted_set(tmp_path / "out", [filmed(tmp_path)])
    assert not (tmp_path / "out/labels.csv").exists()
