import pytest

from unusual.data.datasets import open_dataset
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit

SETTINGS = ["objects.smallest_side=4", "flow.preset=ultrafast", "training.held_out=0.3"]


@pytest.fixture(scope="session")
def learnt(scene, tmp_path_factory):
    """Habits of the made-up scene, by what moves in it."""
    out = tmp_path_factory.mktemp("habits")
    videos = [video.source for video in open_dataset(scene).train]
    return fit(videos, make_config("habits", changes=SETTINGS), out / "model", CacheLimits(out / "cache"))
