"""The network of both is STATE's, whoever runs it."""

import numpy as np
import pytest

from unusual.methods.fused.scorer import part
from unusual.methods.torch_net import open_judging
from unusual.run.checkpoint import load_checkpoint


def test_its_weights_are_states(learnt):
    config, learnt_arrays = learnt.checkpoint.config, learnt.checkpoint.learnt
    module = open_judging(config.method, config.settings, learnt_arrays, learnt.file)
    of_state = open_judging("state", config.settings.state, part(learnt_arrays, "state"), learnt.file)
    for one, other in zip(module.eval()(*module.example()), of_state.eval()(*of_state.example()), strict=True):
        assert one.shape == other.shape
        assert float((one - other).abs().max()) == 0.0


def test_it_is_written_as_onnx_and_runs_without_torch(learnt):
    assert learnt.exported is not None and learnt.exported.differs < 1e-5
    net = load_checkpoint(learnt.file.parent).scorer.state.net
    assert type(net).__name__ == "OnnxNet"
    rgb = np.zeros((1, 7, 16, 16, 3), np.uint8)
    (raw,) = net.run(("raw",), rgb, np.zeros((1, 7, 16, 16, 2), np.float32))
    assert raw == pytest.approx(
        learnt.checkpoint.scorer.state.net.run(("raw",), rgb, np.zeros((1, 7, 16, 16, 2), np.float32))[0], rel=1e-3
    )
