"""Footage in, habits out; what was found in a video is kept, and learning goes on from what was learnt."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from methods.habits.conftest import SETTINGS

from unusual.data.datasets import open_dataset
from unusual.errors import CheckpointError, ConfigError
from unusual.methods import make_learner
from unusual.methods.habits.settings import HabitsConfig, MomentConfig
from unusual.methods.unseen import TURNS
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, Split, fit


def test_the_checkpoint_gives_the_very_same_habits(learnt):
    again = load_checkpoint(learnt.file)
    assert {name: array.tobytes() for name, array in again.learnt.items()} == {
        name: array.tobytes() for name, array in learnt.checkpoint.learnt.items()
    }
    assert again.scale.typical == learnt.checkpoint.scale.typical


def times_counted(learnt):
    """How often moments were counted, beside those of the first learning."""
    return learnt.checkpoint.learnt["counts.place"].sum()


def test_new_footage_is_added_to_what_was_learnt_and_old_is_not_counted_twice(learnt, scene, tmp_path):
    videos, cache = [video.source for video in open_dataset(scene).train], CacheLimits(tmp_path / "cache")
    config, model = make_config("habits", changes=SETTINGS), learnt.file.parent
    again = fit(videos, config, tmp_path / "again", cache, start=model)
    assert times_counted(again) == pytest.approx(2 * times_counted(learnt), rel=1e-6)
    whole = {Path(video): [(0, 10_000)] for video in videos}
    one = fit(videos[:1], config, tmp_path / "one", cache)
    more = fit(Split(whole, whole, also=videos[:1]), config, tmp_path / "more", cache, start=model)
    assert times_counted(more) == pytest.approx(times_counted(learnt) + times_counted(one), rel=1e-6)


def test_all_footage_is_learnt_and_each_part_is_judged_by_who_has_not_learnt_it(learnt):
    assert sum(each.footage.frames for each in learnt.unseen) == sum(part.frames for part in learnt.trained)
    whole = learnt.checkpoint.learnt["counts.place"].sum()
    known = {id(each.scorer): each.scorer.habits.counts["place"].sum() for each in learnt.unseen}
    assert len(known) == TURNS
    assert sum(whole - own for own in known.values()) == pytest.approx(whole, rel=1e-6)


def test_learning_needs_no_torch(scene, tmp_path):
    video = open_dataset(scene).train[0].source
    code = (
        "import sys; from pathlib import Path; from unusual.run.fit import fit, CacheLimits; "
        "from unusual.run.config import make_config; "
        "fit([sys.argv[1]], make_config('habits', changes=['objects.smallest_side=4', 'flow.preset=ultrafast']), "
        "sys.argv[2], CacheLimits(Path(sys.argv[2]) / 'cache')); sys.exit('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(video), str(tmp_path / "out")], check=False)
    assert ran.returncode == 0


def test_a_video_is_looked_at_once(learnt, scene, tmp_path):
    learner = make_learner("habits", learnt.checkpoint.config.settings, "")
    video = open_dataset(scene).train[0].source
    first, _ = learner.footage(video, tmp_path, 0)
    kept = {file.name: file.stat().st_mtime_ns for file in tmp_path.rglob("moments-*")}
    again, _ = learner.footage(video, tmp_path, 0)
    assert again.pictures.tobytes() == first.pictures.tobytes()
    assert kept == {file.name: file.stat().st_mtime_ns for file in tmp_path.rglob("moments-*")}
    (file,) = tmp_path.glob("moments-*")
    file.write_bytes(b"not an archive")
    assert learner.footage(video, tmp_path, 0)[0].pictures.tobytes() == first.pictures.tobytes()


def test_learning_goes_on_from_what_was_learnt(learnt):
    learner = make_learner("habits", learnt.checkpoint.config.settings, "")
    learner.begin(learnt.checkpoint.learnt, learnt.file)
    learner.settle([each.footage for each in learnt.unseen])
    before, after = learnt.checkpoint.learnt["counts.place"], learner.learnt()["counts.place"]
    assert after.sum() > before.sum()
    assert (after >= before).all()
    with pytest.raises(CheckpointError, match="does not fit"):
        learner.begin({"shape": np.array([1.0])}, learnt.file)


@pytest.mark.parametrize(
    ("rate", "step", "memory"),
    [
        pytest.param(25.0, 3, 25, id="a camera of 25 frames a second"),
        pytest.param(10.0, 1, 10, id="Ped2"),
        pytest.param(1.0, 1, 1, id="a frame a second"),
        pytest.param(0.0, 1, 10, id="a rate that is not known"),
    ],
)
def test_about_ten_frames_a_second_are_judged_and_a_second_is_remembered(rate, step, memory):
    moments = HabitsConfig().completed(240, 360, rate).moments
    assert (moments.step, moments.second, moments.height, moments.width) == (step, memory, 240, 360)
    paced = make_config("habits", changes=HabitsConfig().paced(rate or 10.0)).settings.moments
    assert (paced.step, paced.second) == (step, memory)


def test_settings_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="look >= 1"):
        MomentConfig(look=0)
    with pytest.raises(ConfigError, match="step"):
        MomentConfig(step=-1)
