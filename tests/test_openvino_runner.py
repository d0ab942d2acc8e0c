"""OpenVINO takes ONNX Runtime's place where it says the same and is faster, which is measured once; else nothing is."""

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from unusual import openvino_runner
from unusual.onnx_file import OnnxFile
from unusual.openvino_runner import agree, chosen, faster_than

FEEDS = {"x": np.ones(3, np.float32)}


class Fake:
    """Adds to its input, and counts how often; `speed` is what a test says it is."""

    def __init__(self, more=0.0):
        self.more, self.runs = more, 0

    def run(self, outputs, feeds):
        self.runs += 1
        return [feeds["x"] + np.float32(self.more), np.array([7])]


@pytest.fixture
def choose(tmp_path, monkeypatch):
    """Takes how much the other differs and how fast it is; gives what was chosen, and how often it was made."""

    def choice(more, ratio):
        made = []
        monkeypatch.setattr(openvino_runner, "speed", lambda *_: ratio)
        found = chosen(Fake(), lambda: made.append(Fake(more)) or made[-1], tmp_path / "note.json", FEEDS)
        return found is not None, len(made)

    return choice


@pytest.mark.parametrize(
    ("more", "ratio", "taken"),
    [
        pytest.param(0.0, 1.5, True, id="faster"),
        pytest.param(1e-6, 1.5, True, id="faster, and as good as the same"),
        pytest.param(0.0, 1.05, False, id="hardly faster"),
        pytest.param(1e-3, 9.0, False, id="other numbers"),
        pytest.param(float("nan"), 9.0, False, id="no numbers"),
    ],
)
def test_the_choice_is_made_once_and_remembered(choose, tmp_path, more, ratio, taken):
    assert choose(more, ratio) == (taken, 1)
    assert json.loads((tmp_path / "note.json").read_text())["better"] is taken
    assert choose(0.0, 9.0 if not taken else 0.1) == (taken, int(taken))  # what was found is not asked for again


def test_a_note_that_cannot_be_read_is_made_anew(choose, tmp_path):
    (tmp_path / "note.json").write_text("{")
    assert choose(0.0, 2.0) == (True, 1)


def test_whole_numbers_must_be_the_same():
    other = Fake()
    other.run = lambda *_: [FEEDS["x"], np.array([8])]
    assert agree(Fake(), Fake(), FEEDS)
    assert not agree(Fake(), other, FEEDS)


def test_without_openvino_or_where_it_fails_nothing_is_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("UNUSUAL_RUNTIMES", str(tmp_path))

    def missing(_):
        raise openvino_runner.PackageNotFoundError

    def fails(*_):
        raise RuntimeError("a broken installation")

    monkeypatch.setattr(openvino_runner, "version", missing)
    assert faster_than(Fake(), b"", FEEDS) is None
    monkeypatch.setattr(openvino_runner, "version", lambda _: "2026.4")
    monkeypatch.setattr(openvino_runner, "OpenVino", fails)
    assert faster_than(Fake(), b"", FEEDS) is None
    assert [json.loads(note.read_text())["better"] for note in tmp_path.iterdir()] == [False]
    assert faster_than(Fake(), b"", FEEDS) is None


def network(path, side):
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, side]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Exp", ["x"], ["y"])], "e", ports[:1], ports[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_a_file_is_run_by_whoever_was_chosen_and_only_one_of_fixed_sizes_is_asked_about(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("unusual.onnx_file.faster_than", lambda session, content, feeds: asked.append(feeds) or Fake(1))
    file = OnnxFile(network(tmp_path / "n.onnx", 3))
    assert file.run({"x": np.zeros((1, 3), np.float32)})[0].tolist() == [[1, 1, 1]]
    assert asked[0]["x"].shape == (1, 3)
    OnnxFile(network(tmp_path / "o.onnx", "open"))
    assert len(asked) == 1


def test_openvino_itself_says_the_same_in_f32_and_reports_to_nobody(tmp_path):
    if not find_spec("openvino"):
        pytest.skip("OpenVINO is not installed")
    content = network(tmp_path / "n.onnx", 64).read_bytes()
    runner = openvino_runner.OpenVino(content, Path(tmp_path / "kept"))
    feeds = {"x": np.linspace(-5, 5, 64, dtype=np.float32)[None]}
    np.testing.assert_allclose(runner.run(None, feeds)[0], np.exp(feeds["x"]), rtol=1e-5)
    np.testing.assert_array_equal(runner.run(["y"], feeds)[0], runner.run(None, feeds)[0])
    assert sys.modules["openvino_telemetry"] is None
