"""What is learnt from, and what is said of it: a data set's training part, else videos of one's own."""

import shutil

import pytest
from rich.progress import Progress

from unusual.app import terminal
from unusual.app.training import TrainingBar, run_training, training_clips
from unusual.data.datasets import open_dataset
from unusual.errors import DataError
from unusual.measure.planting.validation import Validated
from unusual.run.config import make_config
from unusual.run.fit import DataName
from unusual.run.progress import EpochRow


def test_of_a_data_set_only_the_training_part_is_learnt_from(scene):
    dataset = open_dataset(scene)
    name, clips = training_clips([str(scene)])
    videos = [clip.source for clip in clips]
    assert name == DataName(dataset.name, dataset.train[0].rate)
    assert videos == [video.source for video in dataset.train]
    assert not any("test" in video.parts for video in (each.relative_to(scene) for each in videos))


def test_single_videos_are_taken_as_they_are_and_have_no_rate_of_their_own(scene):
    clips = sorted((scene / "test").glob("*.mp4"))
    name, taken = training_clips([str(clip) for clip in clips])
    assert (name, [clip.source for clip in taken]) == (DataName("own videos"), clips)


def test_a_folder_that_is_no_data_set_stands_for_its_videos(scene, tmp_path):
    shutil.copy(scene / "test/01.mp4", tmp_path / "monday.mp4")
    name, taken = training_clips([str(tmp_path)])
    assert (name, [clip.source for clip in taken]) == (DataName("own videos"), [tmp_path / "monday.mp4"])


def test_a_data_set_without_training_clips_is_refused(scene, tmp_path):
    shutil.copytree(scene, tmp_path / "own", ignore=shutil.ignore_patterns("cache", "normal"))
    with pytest.raises(DataError, match="has no training clips"):
        training_clips([str(tmp_path / "own")])


def test_a_folder_of_folders_that_is_no_data_set_says_what_one_looks_like(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(DataError, match="layout"):
        training_clips([str(tmp_path)])


def test_too_little_footage_for_the_live_scale_is_a_warning(scene, tmp_path, capsys):
    config = make_config("frame-difference", changes=["clips.height=32"])
    assert run_training([str(scene)], config, tmp_path / "m", tmp_path / "c", 1.0) == f"checkpoint: {tmp_path / 'm'}"
    said = " ".join(capsys.readouterr().err.split())
    assert "the live scale rests on " in said
    assert "warning: not calibrated: the scale of the scores rests on" in said and said.endswith("give more footage")


def test_with_a_folder_for_planted_anomalies_each_epoch_says_how_well_they_are_told(scene, tmp_path, monkeypatch):
    heard = []

    def fit(*_, watcher, **__):
        heard.append(watcher)
        raise DataError("enough")

    monkeypatch.setattr("unusual.app.training.fit", fit)
    for planted in (None, tmp_path / "planted"):
        with pytest.raises(DataError, match="enough"):
            run_training([str(scene)], make_config(), tmp_path / "m", tmp_path / "c", 1.0, planted=planted)
    assert [type(watcher) for watcher in heard] == [TrainingBar, Validated]


def test_without_a_terminal_the_bar_says_in_lines_how_far_it_is(capsys):
    bar = TrainingBar(Progress(disable=True))
    bar._ticker = terminal.Ticker(0.0)
    bar.preparing("monday.mp4", 2, 7)
    bar.step(0.25, 0.5)
    assert capsys.readouterr().err.splitlines() == ["preparing monday.mp4, 2 of 7", "training: 25%, loss 0.5000"]


def test_an_epoch_is_a_line():
    row = EpochRow(2, 12, 3.4, 1e-4, 0.25, (("psnr", 20.0),))
    with terminal.console.capture() as said:
        TrainingBar(Progress(disable=True)).epoch(row)
    assert said.get() == f"{row}\n"
