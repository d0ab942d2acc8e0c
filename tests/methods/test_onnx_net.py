"""A network of a fixed number of units takes any number of them."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from unusual.errors import ConfigError
from unusual.methods.onnx_net import OnnxNet
from unusual.onnx_file import OnnxFile


def network(path, size=4):
    """Total and product of two inputs of `size` rows of two numbers."""
    names = ("one", "other", "total", "product")
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [size, 2]) for name in names]
    nodes = [helper.make_node("Add", names[:2], ["total"]), helper.make_node("Mul", names[:2], ["product"])]
    graph = helper.make_graph(nodes, "sums", ports[:2], ports[2:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return OnnxNet(OnnxFile(path))


@pytest.mark.parametrize("units", [1, 4, 5, 9])
def test_units_go_through_in_passes_and_come_back_in_order(tmp_path, units):
    one = np.arange(2 * units, dtype=np.float32).reshape(units, 2)
    product, total = network(tmp_path / "n.onnx").run(("product", "total"), one, one[::-1])
    np.testing.assert_array_equal(product, one * one[::-1])
    np.testing.assert_array_equal(total, one + one[::-1])


def test_only_what_is_wanted_comes(tmp_path):
    (total,) = network(tmp_path / "n.onnx").run(("total",), *[np.ones((2, 2), np.float32)] * 2)
    assert total.tolist() == [[2, 2]] * 2


def test_a_network_of_any_number_of_units_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not say how many units it takes"):
        network(tmp_path / "n.onnx", "many")
