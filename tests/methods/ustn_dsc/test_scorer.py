"""USTN-DSC judges by any network: here by one that a few lines make up."""

import numpy as np
import pytest
from tiny import TINY

from unusual.methods.ustn_dsc.scorer import scorer
from unusual.run.config import make_config


class MadeUpNet:
    """The error is the brightness of a clip's first frame; the second frame is worst, and restored black."""

    def __init__(self):
        self.passes = []

    def run(self, wanted, *inputs):
        (clips,) = inputs
        self.passes.append((wanted, len(clips)))
        outputs = {
            "error": clips[:, 0].mean((1, 2, 3)),
            "region": np.zeros((len(clips), 5, 7), np.float32),
            "worst": np.ones(len(clips), np.int64),
            "restored": np.zeros((*clips.shape[:2], 1, *clips.shape[2:4]), np.float32),
        }
        return [outputs[name] for name in wanted]


@pytest.fixture
def net():
    return MadeUpNet()


@pytest.fixture
def made(net):
    return scorer(make_config(changes=[*TINY, "clips.width=64", "network.colours=1"]).settings, {}, lambda: net)


def pictures(frames):
    return np.stack([np.full((48, 64, 1), n, np.uint8) for n in range(frames)])


def test_a_units_error_is_the_networks(made):
    units = list(made.judge("v", enumerate(pictures(27))))
    assert [unit.error for unit in units] == [0.0, 9.0, 18.0]
    assert [unit.indices.tolist() for unit in units] == [list(range(start, start + 9)) for start in (0, 9, 18)]


def test_units_wait_for_one_another_to_make_a_pass(made, net):
    list(made.judge("v", enumerate(pictures(45))))
    assert net.passes == [(("error", "region"), 4), (("error", "region"), 1)]
    made.at_once, net.passes[:] = 1, []
    list(made.judge("v", enumerate(pictures(45))))
    assert len(net.passes) == 5


def test_the_worst_frame_is_shown_as_it_was_restored(made):
    unit = next(iter(made.judge("v", enumerate(pictures(9)))))
    told = made.explain(unit, pictures(9), 0)
    assert told.offset == 2  # the second of every second frame
    assert not told.restored.any() and told.restored.shape == (48, 64, 1)
    np.testing.assert_allclose(told.error, 2 / 255)
