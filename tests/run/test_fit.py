"""From videos to a checkpoint, and what is refused on the way."""

import pytest
import torch

import unusual
from unusual.data.datasets import open_dataset
from unusual.errors import CheckpointError, ConfigError, DataError, VideoError
from unusual.methods.ustn_dsc.settings import WARM_START
from unusual.run.checkpoint import build_method
from unusual.run.config import change_config, make_config
from unusual.run.fit import CacheLimits, fit, load_warm_start


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


def test_the_shipped_warm_start_fits_small_and_nothing_else():
    small = build_method(change_config(make_config(), ["clips.width=240"]), torch.device("cpu"))
    before = small.network.state_dict()["stem.0.weight"].clone()
    load_warm_start(small, WARM_START)
    assert not torch.equal(before, small.network.state_dict()["stem.0.weight"])
    other = build_method(change_config(make_config(), ["clips.width=240", "network.depth=1"]), torch.device("cpu"))
    with pytest.raises(ConfigError, match=r"training\.warm_start=none"):
        load_warm_start(other, WARM_START)


def test_the_warm_start_has_learnt_to_restore_what_it_never_saw(scene):
    """On a made-up place that its training did not contain."""
    from unusual.run.fit import cached_footage, completed_for

    videos = [video.source for video in open_dataset(scene).train]
    config = completed_for(videos[0], make_config())
    method = build_method(config, torch.device("cpu"))
    footage, problems = cached_footage(videos, method, CacheLimits(scene / "cache"))
    assert not problems
    assert not method.check(footage)[0].learnt  # untrained, it is the blend
    load_warm_start(method, WARM_START)
    assert method.check(footage)[0].learnt


def test_resuming_nothing_is_told(videos, tiny_config, tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        fit(videos, tiny_config, tmp_path / "out", CacheLimits(tmp_path / "cache"), data="x", resume=True)


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
