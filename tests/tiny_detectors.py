"""Detectors of a few nodes that are real ONNX files: one sees something, the others say what they are told to."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

SIDE = 32  # of the pictures that go in
ANCHORS = 16 + 4 + 1  # at strides 8, 16 and 32


def save_graph(path, nodes, inputs, outputs, **constants):
    made = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    ports = [
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in side] for side in (inputs, outputs)
    ]
    graph = helper.make_graph([helper.make_node(*node[:3], **node[3]) for node in nodes], "tiny", *ports, made)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path


IMAGES = ("images", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])
DETR_INPUTS = (IMAGES, ("orig_target_sizes", TensorProto.INT64, ["N", 2]))
DETR_OUTPUTS = (
    ("labels", TensorProto.INT64, ["N", "B"]),
    ("boxes", TensorProto.FLOAT, ["N", "B", 4]),
    ("scores", TensorProto.FLOAT, ["N", "B"]),
)
TO_PIXELS = [
    ("Cast", ["orig_target_sizes"], ["size"], {"to": TensorProto.FLOAT}),
    ("Concat", ["size", "size"], ["sizes"], {"axis": 1}),
    ("Mul", ["shares", "sizes"], ["flat"], {}),
    ("Unsqueeze", ["flat", "zero"], ["boxes"], {}),
]


def write_told(path, *rows):
    """Says what it is told, whatever it sees. rows: left, top, right, bottom as shares of the picture, score, label."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return save_graph(
        path,
        [*TO_PIXELS, *(("Identity", [f"the_{name}"], [name], {}) for name in ("labels", "scores"))],
        DETR_INPUTS,
        DETR_OUTPUTS,
        shares=table[:, :4],
        zero=np.array([0]),
        the_labels=table[None, :, 5].astype(np.int64),
        the_scores=table[None, :, 4],
    )


def write_red_finder(path):
    """Finds the rectangle around all that is red (first channel above a half), with confidence 0.9, as class 7."""
    along = []
    for way, axis in (("x", 0), ("y", 1)):
        along += [
            ("ReduceMax", ["red"], [f"line_{way}"], {"axes": [axis], "keepdims": 0}),
            ("Cast", [f"line_{way}"], [f"any_{way}"], {"to": TensorProto.BOOL}),
            ("Where", [f"any_{way}", "starts", "two"], [f"from_{way}"], {}),
            ("Where", [f"any_{way}", "ends", "none"], [f"to_{way}"], {}),
            ("ReduceMin", [f"from_{way}"], [f"low_{way}"], {"keepdims": 1}),
            ("ReduceMax", [f"to_{way}"], [f"high_{way}"], {"keepdims": 1}),
        ]
    nodes = [
        ("Gather", ["images", "first"], ["channel"], {"axis": 1}),
        ("Squeeze", ["channel", "both"], ["plane"], {}),
        ("Greater", ["plane", "half"], ["is_red"], {}),
        ("Cast", ["is_red"], ["red"], {"to": TensorProto.FLOAT}),
        *along,
        ("Concat", ["low_x", "low_y", "high_x", "high_y"], ["four"], {"axis": 0}),
        ("Unsqueeze", ["four", "zero"], ["shares"], {}),
        *TO_PIXELS,
        ("ReduceMax", ["red"], ["seen"], {"keepdims": 0}),
        ("Mul", ["seen", "sure"], ["scores"], {}),
        ("Identity", ["seven"], ["labels"], {}),
    ]
    return save_graph(
        path,
        nodes,
        DETR_INPUTS,
        DETR_OUTPUTS,
        first=np.array([0]),
        both=np.array([0, 1]),
        zero=np.array([0]),
        half=np.float32(0.5),
        starts=np.arange(SIDE, dtype=np.float32) / SIDE,
        ends=np.arange(1, SIDE + 1, dtype=np.float32) / SIDE,
        two=np.float32(2),
        none=np.float32(0),
        sure=np.array([[0.9]], np.float32),
        seven=np.array([[7]]),
    )


def write_yolox(path, boxes, pixels, classes=(1.0,)):
    """A raw YOLOX head whose objectness is the brightness of pixels, and so tells what picture went in.

    boxes: (A', 4), offset and log size of the first anchors. pixels: (A', 3), channel, row and column that each of
    them looks at. classes: shares of each class, the same for all.
    """
    head = np.zeros((1, ANCHORS, 4), np.float32)
    head[0, : len(boxes)] = boxes
    weights = np.zeros((ANCHORS, 3 * SIDE * SIDE), np.float32)
    for anchor, (channel, row, column) in enumerate(pixels):
        weights[anchor, (channel * SIDE + row) * SIDE + column] = 1 / 255
    nodes = [
        ("Reshape", ["images", "flat"], ["all"], {}),
        ("MatMul", ["weights", "all"], ["objectness"], {}),
        ("Unsqueeze", ["objectness", "zero"], ["column"], {}),
        ("Concat", ["head", "column", "classes"], ["output"], {"axis": 2}),
    ]
    return save_graph(
        path,
        nodes,
        [("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [("output", TensorProto.FLOAT, [1, ANCHORS, 5 + len(classes)])],
        flat=np.array([-1, 1]),
        zero=np.array([0]),
        weights=weights,
        head=head,
        classes=np.tile(np.array(classes, np.float32), (1, ANCHORS, 1)),
    )
