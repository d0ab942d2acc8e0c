"""What is written as ONNX says what PyTorch says, the gradient step included; what does not is not kept."""

import re
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from tiny import TINY_STATE, footage, learner_of

from unusual.domain import Exported
from unusual.errors import CheckpointError, ConfigError
from unusual.methods.state.perturb import perturb
from unusual.methods.torch_net import open_torch_net
from unusual.onnx_file import OnnxFile
from unusual.run import export as exporting
from unusual.run.checkpoint import load_checkpoint
from unusual.run.config import make_config
from unusual.run.export import convolution_backward, difference, export, export_again, export_or_say, noise
from unusual.run.nets import ONNX, open_onnx

SIZE = ["clips.height=48", "clips.width=64"]
METHODS = {
    "conv-ae": ["network.widths=[8, 8, 8]", *SIZE],
    "future-frame": ["network.widths=[4, 8, 8]", *SIZE],
    "state": [*TINY_STATE, "perturbation.eta=0.005"],
    "state, at rest": [*TINY_STATE, "perturbation.eta=0.0"],
}


def config_of(name):
    return make_config(name.partition(",")[0], changes=METHODS[name])


def shaken(learner):
    """Weights that do not begin at nothing, as a residual head does."""
    chance = np.random.default_rng(1)
    return {
        name: (array + chance.normal(0, 0.05, array.shape)).astype(array.dtype) if array.dtype == np.float32 else array
        for name, array in learner.learnt().items()
    }


@pytest.fixture(scope="module", params=["ustn-dsc", *METHODS])
def exported(request, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    if request.param == "ustn-dsc":  # it takes the longest, and was written when it was trained
        saved, file = load_checkpoint(trained), OnnxFile(Path(shutil.copy(trained / ONNX, folder)))
        differs, of = re.fullmatch(r"to (\S+) with PyTorch .*, units: (.*)", file.notes["agrees"]).groups()
        return saved.config, saved.learnt, folder, Exported(file.digest, float(differs), of)
    config = config_of(request.param)
    learnt = shaken(learner_of(config))
    return config, learnt, folder, export(config, learnt, folder)


def test_the_file_says_what_pytorch_says(exported):
    config, learnt, folder, told = exported
    net = open_torch_net(config.method, config.settings, learnt, "cpu", folder)
    units = [array[:5] for array in noise(net._judging.example())]
    outputs = [port.name for port in OnnxFile(folder / ONNX).outputs]
    for name, one, other in zip(
        outputs, net.run(outputs, *units), open_onnx(folder / ONNX, learnt).run(outputs, *units), strict=True
    ):
        assert one.dtype == other.dtype, name
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5, err_msg=name)
        assert np.ptp(one) > 0, f"{name} is the same everywhere: nothing was compared"
    assert told.differs <= 1e-5


def test_the_file_is_one_and_says_of_which_weights_it_is_and_how_it_agrees(exported):
    _, learnt, folder, told = exported
    assert [path.name for path in folder.iterdir()] == [ONNX]
    file = OnnxFile(folder / ONNX, told.sha256)
    assert file.notes["agrees"].startswith(f"to {told.differs:.1e} with PyTorch {torch.__version__}")
    assert re.fullmatch(
        rf"agrees with PyTorch to {told.differs:.1e}, units: \d+ of (noise|held-out footage)", str(told)
    )
    with pytest.raises(CheckpointError, match=r"model\.onnx is of other weights: run `unusual export"):
        open_onnx(folder / ONNX, {**learnt, "more": np.zeros(1)})


def test_the_file_tells_nothing_of_the_machine(exported):
    content = (exported[2] / ONNX).read_bytes()
    assert b".py" not in content and b"site-packages" not in content


def test_sizes_are_fixed_and_attention_is_written_out(exported):
    model = onnx.load(exported[2] / ONNX)
    assert all(side.dim_value > 0 for port in model.graph.input for side in port.type.tensor_type.shape.dim)
    assert {"Attention", "Loop", "If", "Scan"}.isdisjoint(node.op_type for node in model.graph.node)
    assert {node.domain for node in model.graph.node} == {""}


def test_the_perturbation_is_in_the_graph(exported, monkeypatch):
    """Where there is one, PyTorch without it says something else than the file."""
    config, learnt, folder, _ = exported
    steps = []
    monkeypatch.setattr(
        "unusual.methods.state.judging.perturb",
        lambda *words: steps.append(perturb(*words)) or (words[1], *steps[-1][1:]),  # the cubes as they are
    )
    net = open_torch_net(config.method, config.settings, learnt, "cpu", folder)
    units = [array[:5] for array in noise(net._judging.example())]
    outputs = [port.name for port in OnnxFile(folder / ONNX).outputs]
    said, without = open_onnx(folder / ONNX, learnt).run(outputs, *units), net.run(outputs, *units)
    agrees = all(np.allclose(one, other, rtol=1e-5, atol=1e-5) for one, other in zip(said, without, strict=True))
    takes_one = config.method == "state" and config.settings.perturbation.eta > 0
    assert agrees != takes_one
    assert bool(steps) == takes_one


def test_a_graph_that_does_not_agree_is_not_kept_and_leaves_nothing(tmp_path, monkeypatch):
    config = config_of("conv-ae")
    monkeypatch.setattr(exporting, "TOLERANCE", 0.0)
    monkeypatch.setattr(exporting, "difference", lambda *_: float("nan"))
    with pytest.raises(CheckpointError, match="is not kept: it differs from PyTorch by nan on 16 of noise"):
        export(config, learner_of(config).learnt(), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (ModuleNotFoundError("No module named 'onnxscript'", name="onnxscript"), r"needs onnxscript: pip install"),
        (ValueError("no such\noperator"), "cannot be written: no such operator"),
    ],
)
def test_a_network_that_cannot_be_written_costs_no_training(tmp_path, monkeypatch, trouble, said):
    config = config_of("conv-ae")
    (tmp_path / ONNX).write_bytes(b"of the training before")

    def fails(*_):
        raise trouble

    monkeypatch.setattr(exporting, "as_onnx", fails)
    made, why = export_or_say(config, learner_of(config).learnt(), tmp_path, footage(1, height=48, width=64))
    assert made is None
    assert said.replace("\\", "") in why and why.endswith("torch is needed to score")
    assert not list(tmp_path.iterdir())


def test_held_out_footage_is_what_it_is_compared_on_as_far_as_there_is(tmp_path):
    config = config_of("conv-ae")
    for frames, seen in ((10, "1 of held-out footage"), (5, "16 of noise")):
        made, why = export_or_say(config, learner_of(config).learnt(), tmp_path, footage(1, frames))
        assert not why
        assert made.seen == seen


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        pytest.param([0.5, 0.25], [0.5, 0.75], 0.5, id="small numbers by themselves"),
        pytest.param([200.0, 1.0], [100.0, 1.0], 0.5, id="large ones by their size"),
        pytest.param([1, 2], [3, 4], 0.0, id="whole ones not at all"),
        pytest.param([np.nan, 1.0], [1.0, 1.0], np.nan, id="what is no number is no agreement"),
    ],
)
def test_how_far_two_nets_are_apart(one, other, apart):
    class Says:
        def __init__(self, *said):
            self.said = said

        def run(self, wanted, *units):
            return [np.asarray(each) for each in self.said]

    found = difference(Says(one, [0.0]), Says(other, [0.0]), (), ("a", "b"))
    assert found == apart or np.isnan([found, apart]).all()


def test_what_has_no_network_is_told(tmp_path, scene):
    from unusual.run.fit import CacheLimits, fit

    plain = make_config("frame-difference", changes=["clips.height=64", "training.held_out=0.4"])
    fit([*scene.glob("normal/*.mp4")], plain, tmp_path / "m", CacheLimits(tmp_path / "cache"))
    with pytest.raises(ConfigError, match="frame-difference has no network: it scores without torch as it is"):
        export_again(tmp_path / "m")


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups", "transposed"),
    [
        pytest.param(1, 1, 1, 1, False, id="plain"),
        pytest.param(1, 0, 1, 2, False, id="in groups"),
        pytest.param(1, 2, 2, 4, False, id="with holes"),
        pytest.param(2, 1, 1, 1, False, id="by two"),
        pytest.param(2, 1, 1, 2, False, id="by two, in groups"),
        pytest.param(2, 1, 1, 1, True, id="transposed"),
    ],
)
def test_the_gradient_of_a_convolution_is_a_convolution(stride, padding, dilation, groups, transposed):
    torch.manual_seed(0)
    inputs = torch.randn(2, 4, 9, 10, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(4, 4 // groups, 3, 3, dtype=torch.float64)
    ways = ([stride] * 2, [padding] * 2, [dilation] * 2, transposed, [0, 0], groups)
    out = torch.ops.aten.convolution(inputs, weight, None, *ways)
    gradient = torch.randn_like(out)
    (wanted,) = torch.autograd.grad(out, inputs, gradient)
    got, *_ = convolution_backward(gradient, inputs, weight, None, *ways, (True, False, False))
    torch.testing.assert_close(got, wanted)
