"""A made-up data set and a network trained on it for a moment: enough to see every road, not to see anything well."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import numpy as np
import pytest
import torch
from made_archive import segment, write_film
from once import PLACE, once
from tiny import TINY, TINY_STATE
from typed import settings, typed

from unusual.data.made_up.scene import Kind, write_scenes
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit
from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture(scope="session", autouse=True)
def few_threads():
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


@pytest.fixture(autouse=True)
def no_slower():
    """No test slows down the process that runs it: all that come after would wait for that."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    yield
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


@pytest.fixture(scope="session", autouse=True)
def one_place(tmp_path_factory):
    """A folder of this run for `once`."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    folder.mkdir(exist_ok=True)
    os.environ[PLACE] = str(folder)


@pytest.fixture(scope="session")
def scene(one_place):
    def make(folder):
        kinds = (Kind.CYCLIST, Kind.CART)
        write_scenes(folder, normal_minutes=0.4, test_clips=2, clip_s=9.0, size=(96, 64), kinds=kinds)

    return once("scene", make)


@pytest.fixture(scope="session")
def tiny_config():
    return make_config(changes=TINY)


@pytest.fixture(scope="session")
def trained(scene):
    """The folder of a checkpoint, as the command makes it; what the command said is in trained.txt beside it."""

    def make(out):
        said = typed("train", scene, "--out", out, "--cache", out.with_name("cache"), *settings(TINY))
        out.with_suffix(".txt").write_text(said)

    return once("trained", make)


@pytest.fixture(scope="session")
def trained_state(scene):
    """The folder of a checkpoint of STATE, as the command makes it."""

    def make(out):
        words = ["train", scene, "--method", "state", "--out", out, "--cache", out.with_name("cache")]
        typed(*words, *settings(TINY_STATE))

    return once("state", make)


@pytest.fixture
def store(tmp_path):
    store = EventStore.open(Home(tmp_path))
    yield store
    store.close()


@pytest.fixture
def unexported(monkeypatch):
    """Networks are not written as ONNX files, which takes seconds each, where that is not what is looked at."""
    monkeypatch.setattr("unusual.run.export.export_or_say", lambda *of_a_training: (None, ""))


@pytest.fixture(scope="session")
def brightnesses():
    """Calm, but for two bright stretches: one lies across a cut."""
    calm = np.random.default_rng(0).integers(20, 60, 400)
    calm[115:128], calm[263:270] = 200, 240
    return calm


@pytest.fixture(scope="session")
def film(tmp_path_factory, brightnesses):
    """Of ten frames a second, a key frame every two seconds."""
    return write_film(tmp_path_factory.mktemp("film") / "yard.mp4", brightnesses)


@pytest.fixture(scope="session")
def segments(tmp_path_factory, film):
    """The same film cut as a recorder does, into ten segments of 4 s."""
    folder = tmp_path_factory.mktemp("archive")
    for first in range(0, 20, 2):
        segment(film, folder, first, first + 2)
    return folder


@pytest.fixture(scope="session")
def model(film, tmp_path_factory):
    """The folder of a method without a network, which loads in a moment."""
    out = tmp_path_factory.mktemp("model")
    fit([film], make_config("frame-difference", changes=["clips.height=48"]), out, CacheLimits(out / "cache"))
    return out
