"""A made-up data set and a network trained on it for a moment: enough to see every road, not to see anything well."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import pytest
import torch
from tiny import TINY

from unusual.data.datasets import open_dataset
from unusual.data.made_up.scene import Kind, write_scenes
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit
from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture(scope="session", autouse=True)
def few_threads():
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    kinds = (Kind.CYCLIST, Kind.CART)
    write_scenes(folder, normal_minutes=0.4, test_clips=2, clip_s=9.0, size=(96, 64), kinds=kinds)
    return folder


@pytest.fixture(scope="session")
def tiny_config():
    return make_config(changes=TINY)


@pytest.fixture(scope="session")
def trained(scene, tiny_config, tmp_path_factory):
    """The folder of a checkpoint."""
    out = tmp_path_factory.mktemp("trained")
    videos = [video.source for video in open_dataset(scene).train]
    fit(videos, tiny_config, out, CacheLimits(out / "cache"), data="made-up")
    return out


@pytest.fixture
def store(tmp_path):
    store = EventStore.open(Home(tmp_path))
    yield store
    store.close()


@pytest.fixture
def unexported(monkeypatch):
    """Networks are not written as ONNX files, which takes seconds each, where that is not what is looked at."""
    monkeypatch.setattr("unusual.run.export.export_or_say", lambda *of_a_training: (None, ""))
