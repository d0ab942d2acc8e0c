"""Where things have gone: direction, unit and scale of the vectors, for every backend, size and end of a video."""

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from unusual.errors import ConfigError, DataError
from unusual.video.flow import PRESETS, FlowConfig, FlowEstimator

FLOAT = TensorProto.FLOAT


def texture(height=400, width=500):
    rng = np.random.default_rng(0)
    sum_of_scales = sum(
        cv2.resize(rng.normal(size=(height // s, width // s)), (width, height), interpolation=cv2.INTER_CUBIC)
        for s in (4, 8, 16)
    )
    grey = cv2.normalize(sum_of_scales, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
    return np.stack([grey, grey // 2 + 60, 255 - grey], -1)


TEXTURE = texture()


def slide(dx, dy, height=120, width=160):
    """Two pictures of a texture that moves by (dx, dy)."""
    first = TEXTURE[100 : 100 + height, 100 : 100 + width]
    return first, TEXTURE[100 - dy : 100 - dy + height, 100 - dx : 100 - dx + width]


def inner(flow, margin=16):
    return flow[margin:-margin, margin:-margin]


def network(path, inputs, outputs, nodes, weights=()):
    """An ONNX file; inputs and outputs as {name: shape}."""
    ports = [
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in side.items()]
        for side in (inputs, outputs)
    ]
    graph = helper.make_graph(nodes, "flow", *ports, [numpy_helper.from_array(w, name) for name, w in weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return FlowConfig(backend="onnx", network=str(path))


def two_inputs(path, height="h", width="w", outputs=1):
    """dx = red of the second - red of the first, dy = blue of the first.

    With three outputs, a wrong one goes before it and a coarse one after.
    """
    pick = np.zeros((2, 6, 1, 1), np.float32)
    pick[0, 0], pick[0, 3], pick[1, 2] = -1, 1, 1
    nodes = [
        helper.make_node("Concat", ["a", "b"], ["both"], axis=1),
        helper.make_node("Conv", ["both", "pick"], ["flow"]),
        helper.make_node("Neg", ["flow"], ["early"]),
        helper.make_node("AveragePool", ["flow"], ["coarse"], kernel_shape=[8, 8], strides=[8, 8]),
    ]
    frame = [1, 3, height, width]
    given = {"early": [1, 2, height, width], "flow": [1, 2, height, width], "coarse": [1, 2, "hh", "ww"]}
    given = given if outputs == 3 else {"flow": given["flow"]}
    return network(path, {"a": frame, "b": frame}, given, nodes, [("pick", pick)])


def constant(path, height, width, dx, dy):
    """One input with both pictures; says (dx, dy) everywhere, in pixels of its own grid."""
    zero, answer = np.zeros((2, 6, 1, 1), np.float32), np.array([dx, dy], np.float32)
    nodes = [helper.make_node("Conv", ["pair", "zero", "answer"], ["flow"])]
    weights = [("zero", zero), ("answer", answer)]
    return network(path, {"pair": [1, 6, height, width]}, {"flow": [1, 2, height, width]}, nodes, weights)


def plain(red, blue, height=17, width=23):
    return np.broadcast_to(np.array([red, 0, blue], np.uint8), (height, width, 3))


@pytest.mark.parametrize(
    "config",
    [
        *(FlowConfig(preset=preset) for preset in PRESETS),
        FlowConfig(backend="farneback"),
    ],
    ids=lambda config: f"{config.backend} {config.preset}",
)
@pytest.mark.parametrize("step", [(2, -1), (-5, 3), (0, 0)])
def test_a_texture_that_slides_gives_its_step(config, step):
    flow = FlowEstimator(config).between(*slide(*step))
    assert flow.shape == (120, 160, 2) and flow.dtype == np.float32
    assert np.linalg.norm(inner(flow) - step, axis=-1).mean() < 0.25


def test_the_presets_of_dis_differ():
    presets = (FlowConfig(preset=preset) for preset in PRESETS)
    assert len({FlowEstimator(preset).between(*slide(2, -1)).tobytes() for preset in presets}) == len(PRESETS)


def test_only_what_moves_has_flow():
    first = TEXTURE[:120, :160].copy()
    second = first.copy()
    first[40:80, 50:90], second[40:80, 53:93] = TEXTURE[200:240, 200:240], TEXTURE[200:240, 200:240]
    flow = FlowEstimator(FlowConfig()).between(first, second)
    assert np.median(flow[50:70, 60:80], axis=(0, 1)) == pytest.approx((3, 0), abs=0.3)
    assert np.abs(flow[:, 120:]).max() < 0.1


@pytest.mark.parametrize("backend", ["dis", "farneback"])
def test_shrinking_leaves_the_vectors_in_pixels_of_the_picture(backend):
    pair = slide(4, -2, 240, 300)
    flow = FlowEstimator(FlowConfig(backend, tallest=120)).between(*pair)
    assert flow.shape == (240, 300, 2)
    assert np.linalg.norm(inner(flow, 32) - (4, -2), axis=-1).mean() < 0.3


def test_shrinking_touches_only_what_is_too_high():
    pair = slide(2, -1)
    as_it_is = FlowEstimator(FlowConfig()).between(*pair)
    for enough in (120, 180, 1000):
        assert np.array_equal(FlowEstimator(FlowConfig(tallest=enough)).between(*pair), as_it_is)
    assert not np.array_equal(FlowEstimator(FlowConfig(tallest=119)).between(*pair), as_it_is)


@pytest.mark.parametrize("preset", ["light", "unsmoothed"])
def test_a_small_thing_keeps_its_speed_where_little_is_smoothed_in_an_enlarged_picture(preset):
    first = TEXTURE[:120, :160].copy()
    second = first.copy()
    first[60:70, 70:76], second[60:70, 71:77] = TEXTURE[200:210, 200:206], TEXTURE[200:210, 200:206]
    speeds = []
    for config in (FlowConfig(), FlowConfig(preset=preset, lowest=240)):
        flow = FlowEstimator(config).between(first, second)
        assert flow.shape == (120, 160, 2)
        speeds.append(np.quantile(np.linalg.norm(flow[60:70, 70:77], axis=-1), 0.9))
    assert speeds[0] < 0.75 * speeds[1]
    assert speeds[1] == pytest.approx(1.0, abs=0.3)


def test_a_picture_is_enlarged_no_more_than_twice():
    pair = slide(2, -1)
    twice, more = (FlowEstimator(FlowConfig(lowest=lowest)).between(*pair) for lowest in (240, 2000))
    assert np.array_equal(twice, more)


@pytest.mark.parametrize("config", [FlowConfig(), FlowConfig("farneback"), FlowConfig(preset="fast")], ids=str)
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (17, 23), (12, 200), (20, 400), (300, 9), (1, 300)], ids=str)
def test_small_and_odd_sizes_give_finite_flow(config, size):
    flow = FlowEstimator(config).between(*slide(1, 0, *size))
    assert flow.shape == (*size, 2) and np.isfinite(flow).all()


def test_an_odd_small_picture_still_has_its_step():
    flow = FlowEstimator(FlowConfig()).between(*slide(1, 0, 17, 23))
    assert np.median(flow, axis=(0, 1)) == pytest.approx((1, 0), abs=0.15)


def test_equal_pictures_give_equal_flow_whatever_came_before_and_with_any_number_of_threads():
    estimator = FlowEstimator(FlowConfig())
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = estimator.between(*slide(2, -1))
        estimator.between(*slide(-9, 4))
        cv2.setNumThreads(2)
        assert np.array_equal(estimator.between(*slide(2, -1)), one)
    finally:
        cv2.setNumThreads(threads)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        pytest.param(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 8, 3), np.uint8), "one size", id="two sizes"),
        pytest.param(np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.uint8), "need pictures", id="grey"),
        pytest.param(np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), "float64", id="floats"),
        pytest.param(np.zeros((0, 9, 3), np.uint8), np.zeros((0, 9, 3), np.uint8), "need pictures", id="empty"),
    ],
)
def test_what_are_no_two_pictures_is_refused(first, second, said):
    with pytest.raises(DataError, match=said):
        FlowEstimator(FlowConfig()).between(first, second)


@pytest.mark.parametrize(
    "settings",
    [
        {"backend": "raft"},
        {"preset": "slow"},
        {"backend": "onnx"},
        {"network": "raft.onnx"},
        {"tallest": 31},
        {"tallest": -1},
        {"lowest": -1},
        {"lowest": 320, "tallest": 240},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ConfigError):
        FlowConfig(**settings)


def test_a_network_gets_rgb_from_0_to_255_first_picture_first(tmp_path):
    flow = FlowEstimator(two_inputs(tmp_path / "n.onnx")).between(plain(10, 200), plain(255, 0))
    assert flow.shape == (17, 23, 2) and flow.dtype == np.float32
    assert np.all(flow == (245, 200))


def test_one_input_holds_the_first_picture_and_then_the_second(tmp_path):
    pick = np.zeros((2, 6, 1, 1), np.float32)
    pick[0, 0] = pick[1, 5] = 1
    ports = {"pair": [1, 6, "h", "w"]}, {"flow": [1, 2, "h", "w"]}
    config = network(tmp_path / "n.onnx", *ports, [helper.make_node("Conv", ["pair", "p"], ["flow"])], [("p", pick)])
    assert np.all(FlowEstimator(config).between(plain(10, 20), plain(30, 40)) == (10, 40))


def test_open_sizes_are_filled_up_and_cut_off_in_place(tmp_path):
    first, second = slide(2, -1, 131, 157)
    flow = FlowEstimator(two_inputs(tmp_path / "n.onnx")).between(first, second)
    assert np.array_equal(flow[..., 0], second[..., 0].astype(np.float32) - first[..., 0])
    assert np.array_equal(flow[..., 1], first[..., 2].astype(np.float32))


@pytest.mark.parametrize(("size", "grid"), [((17, 23), (128, 128)), ((131, 157), (136, 160)), ((128, 136), (128, 136))])
def test_open_sizes_become_multiples_of_eight_and_at_least_128(tmp_path, size, grid):
    nodes = [
        helper.make_node("Shape", ["pair"], ["shape"], start=2, end=4),
        helper.make_node("Cast", ["shape"], ["sides"], to=FLOAT),
        helper.make_node("Reshape", ["sides", "as"], ["answer"]),
        helper.make_node("Slice", ["pair", "from", "to", "axis"], ["two"]),
        helper.make_node("Mul", ["two", "nought"], ["still"]),
        helper.make_node("Add", ["still", "answer"], ["flow"]),
    ]
    integers = {"as": [1, 2, 1, 1], "from": [0], "to": [2], "axis": [1]}
    weights = [(name, np.array(value, np.int64)) for name, value in integers.items()]
    weights.append(("nought", np.zeros(1, np.float32)))
    ports = {"pair": [1, 6, "h", "w"]}, {"flow": [1, 2, "h", "w"]}
    config = network(tmp_path / "n.onnx", *ports, nodes, weights)
    picture = plain(1, 2, *size)
    assert FlowEstimator(config).between(picture, picture)[0, 0].tolist() == list(grid)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        pytest.param(60, 40, (3 * 160 / 40, 2 * 120 / 60), id="fixed"),
        pytest.param(240, 320, (1.5, 1), id="fixed and larger"),
        pytest.param(60, "w", (3, 4), id="height fixed, width open"),
    ],
)
def test_vectors_of_a_fixed_size_are_scaled_back(tmp_path, height, width, expected):
    flow = FlowEstimator(constant(tmp_path / "n.onnx", height, width, 3, 2)).between(*slide(0, 0))
    assert flow.shape == (120, 160, 2)
    assert flow.reshape(-1, 2) == pytest.approx(np.broadcast_to(expected, (120 * 160, 2)))


def test_shrinking_and_a_fixed_size_scale_once_each(tmp_path):
    config = constant(tmp_path / "n.onnx", 30, 40, 1, 1)
    low = FlowConfig("onnx", network=config.network, tallest=60)
    assert FlowEstimator(low).between(*slide(0, 0))[5, 5] == pytest.approx((4, 4))


@pytest.mark.parametrize("sides", [("h", "w"), (128, 160)], ids=["open", "fixed"])
def test_of_several_outputs_the_last_of_full_size_is_taken(tmp_path, sides):
    flow = FlowEstimator(two_inputs(tmp_path / "n.onnx", *sides, outputs=3)).between(plain(1, 7), plain(3, 0))
    assert flow[4, 4, 0] == pytest.approx(2 * (1 if sides[0] == "h" else 23 / 160))


def test_the_digest_is_kept_and_another_file_is_refused(tmp_path):
    config = constant(tmp_path / "n.onnx", 30, 40, 1, 1)
    digest = FlowEstimator(config).digest
    assert len(digest) == 64 and FlowEstimator(FlowConfig()).digest == ""
    known = FlowConfig("onnx", network=config.network, sha256=digest)
    assert FlowEstimator(known).digest == digest
    constant(tmp_path / "n.onnx", 30, 40, 2, 1)
    with pytest.raises(ConfigError, match="SHA-256"):
        FlowEstimator(known)


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        pytest.param({"x": [1, 3, 8, 8]}, {"y": [1, 3, 8, 8]}, id="one picture"),
        pytest.param({"x": [1, 6, 8, 8]}, {"y": [1, 6, 8, 8]}, id="no vectors come out"),
        pytest.param({"x": [1, 8, 8, 6]}, {"y": [1, 8, 8, 6]}, id="channels last"),
        pytest.param({"x": [1, 2, 3, 8, 8]}, {"y": [1, 2, 3, 8, 8]}, id="five axes"),
    ],
)
def test_other_networks_are_refused_in_a_line_that_says_what_came(tmp_path, inputs, outputs):
    config = network(tmp_path / "n.onnx", inputs, outputs, [helper.make_node("Identity", ["x"], ["y"])])
    with pytest.raises(ConfigError, match=r"need an ONNX flow network .* has x \(float\)") as refused:
        FlowEstimator(config)
    assert "\n" not in str(refused.value)


def test_flow_of_another_size_than_the_pictures_is_refused(tmp_path):
    pool = helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[4, 4], strides=[4, 4])
    cut = helper.make_node("Slice", ["p", "from", "to", "axis"], ["y"])
    weights = [(name, np.array([at], np.int64)) for name, at in (("from", 0), ("to", 2), ("axis", 1))]
    config = network(tmp_path / "n.onnx", {"x": [1, 6, "h", "w"]}, {"y": [1, 2, "a", "b"]}, [pool, cut], weights)
    with pytest.raises(ConfigError, match=r"need flow of size \(1, 2, 128, 160\) .*\(1, 2, 32, 40\)"):
        FlowEstimator(config).between(*slide(0, 0))


def test_a_missing_network_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        FlowEstimator(FlowConfig("onnx", network=str(tmp_path / "none.onnx")))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6], ids=str)
def test_flow_that_cannot_be_is_refused(tmp_path, value):
    add = helper.make_node("Add", ["flow", "odd"], ["y"])
    pick = helper.make_node("Conv", ["x", "weights"], ["flow"])
    weights = [("weights", np.zeros((2, 6, 1, 1), np.float32)), ("odd", np.float32(value))]
    config = network(tmp_path / "n.onnx", {"x": [1, 6, "h", "w"]}, {"y": [1, 2, "h", "w"]}, [pick, add], weights)
    with pytest.raises(ConfigError, match="not finite"):
        FlowEstimator(config).between(*slide(0, 0))
