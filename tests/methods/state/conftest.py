"""A STATE that has learnt for a moment, once for all tests of this folder."""

import pytest
from made_state import config_of, method_of

from unusual.data.datasets import open_dataset
from unusual.run.checkpoint import load_checkpoint
from unusual.run.fit import CacheLimits, fit


@pytest.fixture(scope="session")
def checkpoint(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("state")
    videos = [video.source for video in open_dataset(scene).train]
    fit(videos, config_of(), out, CacheLimits(out / "cache"), data="made-up")
    return load_checkpoint(out)


@pytest.fixture(scope="session")
def clip(scene):
    return scene / "test/01.mp4"


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def prepared(scene, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    method_of().footage(open_dataset(scene).train[0].source, folder, 10**9)
    return folder
