"""From videos to a checkpoint, and what is refused on the way."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny import footage, learner_of

import unusual
from unusual.data.datasets import open_dataset
from unusual.errors import CheckpointError, ConfigError, DataError, OutputError, VideoError
from unusual.methods.ustn_dsc.settings import WARM_START
from unusual.run.checkpoint import load_checkpoint, read_tensors, write_tensors
from unusual.run.config import change_config, make_config
from unusual.run.fit import CacheLimits, cached_footage, completed_for, fit, refuse_nothing, refuse_too_little
from unusual.run.score import score_video
from unusual.run.train import load_warm_start
from unusual.video.condition.levels import Levels


@pytest.fixture
def videos(scene):
    return [video.source for video in open_dataset(scene).train]


def test_a_folder_that_holds_a_training_is_not_overwritten(videos, tiny_config, trained):
    before = (trained / "model.safetensors").read_bytes()
    with pytest.raises(ConfigError, match="already holds a training"):
        fit(videos, tiny_config, trained, CacheLimits(trained / "cache"), data="x")
    assert (trained / "model.safetensors").read_bytes() == before


def test_the_width_follows_the_first_video(trained):
    from unusual.run.checkpoint import load_checkpoint

    assert load_checkpoint(trained).config.settings.clips.width == 72  # 96x64 at a height of 48


def test_nothing_to_learn_from_is_told(tiny_config, tmp_path):
    with pytest.raises(DataError, match="no video to learn from"):
        fit([], tiny_config, tmp_path, CacheLimits(tmp_path / "cache"), data="x")
    with pytest.raises(VideoError):
        fit([tmp_path / "missing.mp4"], tiny_config, tmp_path, CacheLimits(tmp_path / "cache"), data="x")


def test_a_cache_that_would_grow_too_large_is_refused_and_leaves_nothing(videos, tiny_config, tmp_path):
    with pytest.raises(ConfigError, match="--cache-gb"):
        fit(videos, tiny_config, tmp_path / "out", CacheLimits(tmp_path / "cache", 1e-6), data="x")
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["a file stands there", "no folder can be made there"])
def test_a_cache_that_cannot_be_written_is_said_with_the_way_out(videos, tiny_config, tmp_path, kind):
    (tmp_path / "a").write_text("")
    place = tmp_path / "a" if kind == "a file stands there" else Path("/proc/nobody")
    with pytest.raises(OutputError, match=r"prepared footage is kept in .*: give another folder with --cache"):
        fit(videos, tiny_config, tmp_path / "out", CacheLimits(place), data="x")
    assert not (tmp_path / "out").exists()


def test_the_shipped_warm_start_fits_small_and_nothing_else():
    small = learner_of(change_config(make_config(), ["clips.width=240"]))
    before = small.learnt()["stem.0.weight"]
    load_warm_start(small, WARM_START)
    assert not np.array_equal(before, small.learnt()["stem.0.weight"])
    other = learner_of(change_config(make_config(), ["clips.width=240", "network.depth=1"]))
    with pytest.raises(ConfigError, match=r"training\.warm_start=none"):
        load_warm_start(other, WARM_START)


def test_the_warm_start_has_learnt_to_restore_what_it_never_saw(scene):
    """On a made-up place that its training did not contain."""
    videos = [video.source for video in open_dataset(scene).train]
    config = completed_for(videos[0], make_config())
    method = learner_of(config)
    footage, problems = cached_footage(videos, method, CacheLimits(scene / "cache"))
    assert not problems
    assert not method.check(footage)[0].learnt  # untrained, it is the blend
    load_warm_start(method, WARM_START)
    assert method.check(footage)[0].learnt


def test_resuming_nothing_is_told(videos, tiny_config, tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        fit(videos, tiny_config, tmp_path / "out", CacheLimits(tmp_path / "cache"), data="x", resume=True)


def test_too_little_footage_is_told_with_the_number(tiny_config):
    learner = learner_of(change_config(tiny_config, ["clips.width=64"]))
    with pytest.raises(DataError, match="nothing to learn from, there is not one unit of 9 frames in the training"):
        refuse_nothing(learner, footage(1, 8), footage(1))
    with pytest.raises(DataError, match="nothing to check by, there is not one unit of 9 frames in the held-out"):
        refuse_nothing(learner, footage(1), footage(1, 8))
    with pytest.raises(DataError, match="at least 8 units of held-out footage, there are 5"):
        refuse_too_little(learner, footage(1, 40))
    refuse_nothing(learner, footage(1), footage(1, 80))
    refuse_too_little(learner, footage(1, 80))


def test_a_network_that_cannot_be_written_as_onnx_is_kept_and_told(scene, tmp_path, monkeypatch):
    def fails(_):
        raise ValueError("no such operator")

    monkeypatch.setattr("unusual.run.export.as_onnx", fails)
    changes = ["network.widths=[8, 8, 8]", "clips.height=48", "training.epochs=1", "training.epoch_batches=1"]
    videos = [video.source for video in open_dataset(scene).train]
    learnt = fit(videos, make_config("conv-ae", changes=changes), tmp_path / "m", CacheLimits(tmp_path / "cache"))
    assert learnt.exported is None
    assert "no such operator; torch is needed to score" in learnt.problems[-1]
    assert not (tmp_path / "m" / "model.onnx").exists()
    assert (tmp_path / "m" / "model.safetensors").exists()


def test_a_method_without_a_network_learns_without_torch(scene, tmp_path):
    code = """if True:
        import sys
        from pathlib import Path
        import unusual
        config = unusual.make_config("frame-difference", changes=["clips.height=64", "training.held_out=0.4"])
        videos, out, cache = sorted(Path(sys.argv[1]).glob("normal/*")), Path(sys.argv[2]), Path(sys.argv[3])
        made = unusual.fit(videos, config, out, unusual.CacheLimits(cache))
        again = unusual.load_checkpoint(made.file)
        assert unusual.score_video(next(Path(sys.argv[1]).glob("test/*.mp4")), again).result.live.scores.size
        assert not dict(again.provenance.versions).get("torch") and not again.learnt
        sys.exit("torch" in sys.modules)
    """
    words = [scene, tmp_path / "model", tmp_path / "cache"]
    assert subprocess.run([sys.executable, "-c", code, *map(str, words)], check=False).returncode == 0


def test_learn_is_an_old_word_for_fit(tiny_config, tmp_path):
    with pytest.warns(DeprecationWarning, match=r"unusual\.fit"), pytest.raises(DataError, match="no video"):
        unusual.learn([], tiny_config, tmp_path, CacheLimits(tmp_path / "cache"), data="x")
    stretches = {tmp_path / "missing.mp4": [(0, 10)]}
    for words in ({"usable": stretches, "held": stretches}, {"usable": {}, "held": {}, "also": [tmp_path]}):
        with pytest.warns(DeprecationWarning), pytest.raises(VideoError, match=r"missing\.mp4"):
            unusual.learn(list(stretches), tiny_config, tmp_path, CacheLimits(tmp_path / "cache"), data="x", **words)


def test_paths_may_be_text(tiny_config, tmp_path):
    assert CacheLimits(str(tmp_path)) == CacheLimits(tmp_path)
    with pytest.raises(VideoError, match=r"missing\.mp4"):
        fit([str(tmp_path / "missing.mp4")], tiny_config, str(tmp_path / "out"))


def thermal(folder, ground, frames=40):
    """A film of 16 bits: a body one degree warmer than the ground goes through."""
    folder.mkdir()
    chance = np.random.default_rng(ground)
    for n in range(frames):
        picture = np.full((48, 64), ground, np.uint16) + chance.integers(0, 5, (48, 64)).astype(np.uint16)
        picture[10:40, n : n + 12] += 100
        cv2.imwrite(str(folder / f"{n:03d}.png"), picture)
    return folder


def test_the_levels_of_deep_pictures_are_learnt_and_kept_and_said(tmp_path):
    films = [thermal(tmp_path / "night", 28_930), thermal(tmp_path / "noon", 29_400)]
    config = make_config("frame-difference", changes=["clips.height=48"])
    fit(films, config, tmp_path / "model", CacheLimits(tmp_path / "cache"))
    checkpoint = load_checkpoint(tmp_path / "model")
    assert checkpoint.levels == Levels(28_672, 1024, 16), "both hold in them"
    read = score_video(thermal(tmp_path / "warm", 29_300), checkpoint, pictures=False).result.read
    assert read.problems[0] == "of its 16 bits the levels from 28672 to 29695 are shown, as they were learnt"
    read = score_video(thermal(tmp_path / "hot", 29_650), checkpoint, pictures=False).result.read
    assert read.problems[0].endswith("as they were learnt; of 40 pictures a part lies outside")


def test_what_is_not_deep_has_no_levels(trained):
    assert load_checkpoint(trained).levels is None


@pytest.mark.parametrize(
    "levels", [{"low": 0, "width": 0, "bits": 16}, {"low": -1, "width": 9, "bits": 16}, [1, 2], "x"]
)
def test_levels_that_cannot_be_are_refused(trained, tmp_path, levels):
    tensors, header = read_tensors(trained / "model.safetensors")
    write_tensors(tmp_path / "model.safetensors", tensors, header | {"levels": levels})
    with pytest.raises(CheckpointError, match="was not written by this version"):
        load_checkpoint(tmp_path)
