"""The figure that needs no test label: right on scores that are known, in both protocols, told after each epoch."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import tiny
from walkers import filmed, walkers

from unusual.data.datasets import open_dataset
from unusual.domain import FrameErrors
from unusual.measure.planting import planted_set
from unusual.measure.planting.validation import (
    MEAN,
    PlantedClip,
    Validated,
    planted_aucs,
    planted_clips,
    published_scores,
)
from unusual.methods.footage import Footage
from unusual.run.config import change_config, make_config
from unusual.run.progress import Watcher
from unusual.run.train import Training
from unusual.scores.calibrate import LiveScale

SCALE = LiveScale(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32), 0.0, 1.0)


def brightness(*, stretched):
    """Judges each frame by its brightness."""

    def judge(name, pictures):
        for at, (time_s, picture) in enumerate(pictures):
            value = float(picture.mean())
            yield FrameErrors(np.array([at]), np.array([time_s]), value, np.full((1, 1), value, np.float32))

    return SimpleNamespace(stretched=stretched, judge=judge)


def clip(name, values, shown=None):
    pictures = np.array(values, np.uint8).reshape(-1, 1, 1, 1)
    return PlantedClip(name, np.arange(len(values)) / 10, pictures, {} if shown is None else {name: np.array(shown)})


CLIPS = [
    clip("ordinary", [1, 9]),
    clip("faster", [2, 5, 8], [False, True, True]),
    clip("none", [2, 2, 3], [False, False, True]),
]


def test_each_change_is_held_against_all_frames_that_show_none():
    told = planted_aucs(brightness(stretched=False), SCALE, CLIPS)
    live, paper = told.values()
    assert live == paper
    assert live["faster"] == pytest.approx(8 / 10)  # 5 and 8, each above all of 1, 2, 2, 2 but not above 9
    assert live["none"] == pytest.approx(4 / 5)
    assert live[MEAN] == live["faster"]


def test_by_min_max_a_clip_in_which_all_is_ordinary_takes_no_part():
    live, paper = planted_aucs(brightness(stretched=True), SCALE, CLIPS).values()
    assert live["faster"] == pytest.approx(8 / 10)
    assert paper["faster"] == 1.0


def test_a_frame_gets_the_error_of_the_first_published_unit_that_covers_it():
    region = np.zeros((1, 1), np.float32)
    spans = [((0, 1), True), ((1, 2), False), ((1, 2), True)]
    units = [
        FrameErrors(np.array(at), np.array(at, float), float(number), region, published=counted)
        for number, (at, counted) in enumerate(spans)
    ]
    np.testing.assert_array_equal(published_scores(units, 4), [0, 0, 2, np.nan])


def test_a_training_says_after_each_epoch_how_well_planted_anomalies_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(planted_set, "read_tracked", lambda video, detector: (video.name, *walkers()))
    video = filmed(tmp_path)
    config = make_config(changes=[*tiny.TINY, "clips.width=96"])
    config = change_config(config, ["training.precision=fp32"])
    learner = tiny.learner_of(config)
    write = tmp_path / "planted"
    pictures = np.random.default_rng(0).integers(0, 255, (90, 48, 96, 1), np.uint8)
    held = [Footage.of_frames("a", pictures)]
    heard = []
    inner = SimpleNamespace(preparing=None, step=lambda *_: None, epoch=heard.append)
    watcher = Validated(inner, write, [video])
    Training(learner, config, [Footage.of_frames("b", pictures)], held, tmp_path / "out").run(watcher)
    rows = list(csv.DictReader((tmp_path / "out/log.csv").read_text().splitlines()))
    columns = [name for name in rows[0] if name.startswith("planted anomalies, ")]
    assert len(columns) == 2 and len(heard) == len(rows) == 2
    assert all(0 <= float(row[column]) <= 1 for row in rows for column in columns)
    assert len(planted_clips(open_dataset(write).test, learner.scorer())) > 3


def test_without_it_nothing_is_measured_beside():
    assert Watcher().measured(None, []) == ()
