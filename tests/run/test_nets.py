"""Who runs a network: ONNX Runtime where the file is there, PyTorch where it must be, nobody where neither is."""

import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest

from unusual.errors import CheckpointError, ConfigError
from unusual.methods.onnx_net import OnnxNet
from unusual.methods.torch_net import TorchNet
from unusual.run import nets
from unusual.run.checkpoint import MODEL, load_checkpoint
from unusual.run.nets import ONNX, digest_of, wants_torch


@pytest.fixture
def checkpoint(trained, tmp_path):
    """A copy of the folder."""
    for name in (MODEL, ONNX):
        shutil.copy(trained / name, tmp_path / name)
    return tmp_path


def net_of(folder, *changes, **more):
    return load_checkpoint(folder, changes, **more).scorer._net


def test_both_give_the_same_errors(checkpoint):
    clips = np.random.default_rng(0).integers(0, 256, (3, 5, 48, 72, 1), np.uint8)
    one, other = net_of(checkpoint), net_of(checkpoint, device="cpu")
    assert (type(one), type(other)) == (OnnxNet, TorchNet)
    for first, second in zip(one.run(("error", "region"), clips), other.run(("error", "region"), clips), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-5)


def test_without_the_file_pytorch_runs_it(checkpoint):
    (checkpoint / ONNX).unlink()
    assert isinstance(net_of(checkpoint), TorchNet)


def test_half_precision_is_pytorchs(checkpoint):
    assert isinstance(net_of(checkpoint, "training.precision=bf16"), TorchNet)
    assert isinstance(net_of(checkpoint, "training.precision=auto"), OnnxNet)


def test_with_neither_it_is_told_what_to_run(checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert isinstance(net_of(checkpoint), OnnxNet)
    (checkpoint / ONNX).unlink()
    with pytest.raises(ConfigError, match=rf"there is no .*{ONNX}.*run `unusual export {checkpoint}` where") as refused:
        load_checkpoint(checkpoint)
    assert "\n" not in str(refused.value)


def test_a_file_of_other_weights_or_another_file_is_refused(checkpoint):
    made = load_checkpoint(checkpoint)
    other = {**made.learnt, "stem.0.bias": made.learnt["stem.0.bias"] + 1}
    with pytest.raises(CheckpointError, match=f"{ONNX} is of other weights: run `unusual export"):
        nets.open_net(made.config, other, checkpoint / MODEL)
    with pytest.raises(ConfigError, match="its SHA-256 is"):
        load_checkpoint(checkpoint, onnx_sha256="0" * 64)
    (checkpoint / ONNX).write_bytes((checkpoint / ONNX).read_bytes()[:-100])
    with pytest.raises(ConfigError, match="cannot be read as an ONNX network"):
        load_checkpoint(checkpoint)


def test_a_gpu_that_pytorch_alone_can_use_is_pytorchs(trained, tmp_path, monkeypatch):
    settings = load_checkpoint(trained).config.settings
    gpu = tmp_path / "gpu"
    monkeypatch.setattr(nets, "GPUS", (gpu,))
    monkeypatch.setattr(nets, "_torch_has_gpu", lambda: True)
    assert not wants_torch(settings, "")
    gpu.touch()
    assert wants_torch(settings, "")
    monkeypatch.setattr(nets, "runs_on_gpu", lambda: True)
    assert not wants_torch(settings, "")


def test_a_digest_tells_weights_apart_by_name_type_shape_and_value():
    arrays = {"a": np.zeros(4, np.float32), "b": np.ones(1)}
    same = {"b": np.ones(1), "a": np.zeros(4, np.float32)}
    assert digest_of(arrays) == digest_of(same)
    others = [
        {**arrays, "c": np.zeros(0)},
        {**arrays, "a": np.zeros(4, np.int32)},
        {**arrays, "a": np.zeros((2, 2), np.float32)},
        {**arrays, "b": np.full(1, 2.0)},
    ]
    assert len({digest_of(each) for each in (arrays, *others)}) == 5


def test_scores_are_in_fp32_unless_bf16_is_asked_for(trained):
    settings = load_checkpoint(trained).config.settings
    for precision, scored_in in (("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16")):
        assert replace(settings, training=replace(settings.training, precision=precision)).scored_in == scored_in
