"""A network from a file: what it says of itself, and that what cannot be used is refused in one line."""

import hashlib

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from unusual.errors import ConfigError
from unusual.onnx_file import OnnxFile

HALF = numpy_helper.from_array(np.array([0.5], np.float32), "half")


@pytest.fixture
def network(tmp_path):
    """y = x / 2 for x (1, 3, open, 4)."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "height", 4]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Mul", ["x", "half"], ["y"])], "half", ports[:1], ports[1:], [HALF])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "half.onnx"
    onnx.save(model, path)
    return path


def refusal(*args):
    with pytest.raises(ConfigError) as refused:
        OnnxFile(*args)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_it_runs_and_tells_what_goes_in_and_out(network):
    half = OnnxFile(network)
    assert np.all(half.run({"x": np.full((1, 3, 5, 4), 3, np.float32)})[0] == 1.5)
    assert [port.name for port in (*half.inputs, *half.outputs)] == ["x", "y"]
    assert half.inputs[0].shape == (1, 3, None, 4) and half.inputs[0].kind == "tensor(float)"
    assert str(half.inputs[0]) == "x (float) (1, 3, ?, 4)"


def test_the_digest_is_that_of_the_file_and_is_asked_for(network):
    digest = hashlib.sha256(network.read_bytes()).hexdigest()
    assert OnnxFile(network).digest == digest
    assert OnnxFile(network, digest.upper()).digest == digest
    said = refusal(network, "0" * 64)
    assert digest in said and "0" * 64 in said


def test_a_missing_file_is_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.onnx")
    assert "Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a network", None])
def test_what_is_no_network_is_refused(network, content):
    network.write_bytes(network.read_bytes()[:-20] if content is None else content)
    assert "cannot be read as an ONNX network" in refusal(network)


def test_weights_in_a_second_file_are_refused_even_where_it_is_at_hand(network, tmp_path, monkeypatch):
    onnx.save(
        onnx.load(network), network, save_as_external_data=True, location="w", size_threshold=0, convert_attribute=False
    )
    assert (tmp_path / "w").exists()
    monkeypatch.chdir(tmp_path)
    assert "cannot be read as an ONNX network" in refusal(network)


@pytest.mark.parametrize(
    "feeds",
    [
        pytest.param({"x": np.zeros((1, 3, 5, 9), np.float32)}, id="size"),
        pytest.param({"x": np.zeros((1, 3, 5, 4), np.int64)}, id="type"),
        pytest.param({"z": np.zeros((1, 3, 5, 4), np.float32)}, id="name"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_line(network, feeds, capfd):
    with pytest.raises(ConfigError, match=r"half\.onnx fails on") as refused:
        OnnxFile(network).run(feeds)
    assert "\n" not in str(refused.value)
    assert capfd.readouterr().err == ""
