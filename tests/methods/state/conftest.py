"""A STATE that has learnt for a moment, and a film that it judges."""

import pytest
from made_state import method_of

from unusual.data.datasets import open_dataset
from unusual.run.checkpoint import load_checkpoint


@pytest.fixture(scope="session")
def checkpoint(trained_state):
    return load_checkpoint(trained_state)


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
