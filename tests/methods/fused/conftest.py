"""Habits and a tiny STATE that have learnt together for a moment, once for all tests of this folder."""

import pytest
from tiny import TINY_STATE

from unusual.data.datasets import open_dataset
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit

OWN = ("score.memory=0", "cubes.step=0", "cubes.train_step=0", "flow.preset=ultrafast", "training.held_out=0.3")


@pytest.fixture(scope="session")
def config():
    kept = [
        change for change in TINY_STATE if not change.startswith(("score.", "cubes.step", "cubes.train", "objects."))
    ]
    return make_config("fused", changes=[*kept, "objects.smallest_side=4", *OWN])


@pytest.fixture(scope="session")
def learnt(scene, config, tmp_path_factory):
    """Of the made-up scene, by what moves in it."""
    out = tmp_path_factory.mktemp("fused")
    videos = [video.source for video in open_dataset(scene).train]
    return fit(videos, config, out / "model", CacheLimits(out / "cache"))
