"""Two pictures -> how far each point moved from one to the other.

Source: STATE (Section III-A) feeds its motion branch with FlowNet 2.0, whose weights may not be shipped. Here the flow
comes from OpenCV, which needs none, or from any two-frame network given as an ONNX file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.onnx_file import OnnxFile, Port
from unusual.video.pictures import RGB, resize

Flow = NDArray[np.float32]  # (H, W, 2): dx to the right, dy downwards, in pixels per frame

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    "light": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
    "unsmoothed": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
STRIDE = 4  # px between the patches of "light" and "unsmoothed": as good as medium's 3, in two thirds of the time
SMOOTHING = 2.0  # weight of smoothness in "light", of which OpenCV takes 20
LEAST_SIDE = 32  # px; OpenCV's DIS gives NaN or ends the whole process on pictures that are low and wide
HIGHEST = 4320  # px
MOST_ENLARGED = 2  # times: a picture holds no more than it shows
FASTEST = 10_000  # px/frame; no picture is as wide
NETWORK_SIDE = 128  # px; RAFT's coarsest grid is 1/64 and needs two points each way
NETWORK_STEP = 8  # px; the grid on which RAFT and its kin work
WANTED = "an ONNX flow network with two float inputs (1, 3, H, W) or one (1, 6, H, W), and a float output (1, 2, H, W)"


@dataclass(frozen=True)
class FlowConfig:
    """How optical flow is computed."""

    backend: Literal["dis", "farneback", "onnx"] = "dis"
    preset: Literal["ultrafast", "fast", "medium", "light", "unsmoothed"] = "medium"  # of DIS: slower is sharper
    network: str = ""  # the ONNX file of a two-frame network, for backend "onnx"
    sha256: str = ""  # digest of that file, "": not known yet; once known, another file is refused
    lowest: int = 0  # pictures lower than this are enlarged for the flow, which is scaled back; 0: never, px
    tallest: int = 0  # pictures higher than this are shrunk for it; 0: never, px

    def __post_init__(self) -> None:
        if self.backend not in ("dis", "farneback", "onnx"):
            raise ConfigError(f"flow.backend must be dis, farneback or onnx, got {self.backend!r}")
        if self.preset not in PRESETS:
            raise ConfigError(f"flow.preset must be one of {', '.join(PRESETS)}, got {self.preset!r}")
        if (self.backend == "onnx") != bool(self.network):
            raise ConfigError(f"backend onnx, and only it, needs network; got {self.backend} and {self.network!r}")
        if self.tallest and self.tallest < max(LEAST_SIDE, self.lowest):
            least = max(LEAST_SIDE, self.lowest)
            raise ConfigError(f"flow.tallest must be 0 or at least {least} pixels, got {self.tallest}")
        if not 0 <= self.lowest <= HIGHEST:
            raise ConfigError(f"flow.lowest must be from 0 to {HIGHEST} pixels, got {self.lowest}")


class FlowEstimator:
    """Optical flow between two pictures. Equal pictures give equal flow, whatever was asked before.

    Backends:
        dis: Kroeger et al., ECCV 2016, in OpenCV. Two presets are ours: in the variational refinement people of 20 px
            lose much of their speed, "light" smooths them less, and "unsmoothed" leaves it out.
        farneback: Farnebäck, SCIA 2003, in OpenCV, with windows of 15 px. Like dis it looks at grey levels only.
        onnx: a network with either two inputs (1, 3, H, W) or one (1, 6, H, W) that holds the first picture and then
            the second. Float32, red first, values 0 to 255, as in RAFT: a network that wants another range needs the
            conversion inside the file. A size that is fixed in the file is met by resizing the pictures, and the
            vectors are scaled back; open sizes are met by repeating the last row and column up to a multiple of 8 and
            at least 128 pixels, which are cut off again. The flow is the last float output of size (1, 2, H, W), with
            H and W those of the input: RAFT gives coarse or early flow before it.

    Pictures below 32 pixels a side are filled up by repeating the last row and column, for the flow alone.

    Attributes:
        digest: SHA-256 of the network's file, "" for the backends that have none.

    Raises:
        ConfigError: the network's file is missing, broken, another than the digest says, or not of these shapes.
    """

    def __init__(self, config: FlowConfig) -> None:
        self.config = config
        self._network: _FlowNetwork | None = None
        if config.backend == "onnx":
            self._network = _FlowNetwork(Path(config.network).expanduser(), config.sha256)
        self.digest = self._network.digest if self._network else ""

    def between(self, first: RGB, second: RGB) -> Flow:
        """Where the points of `first` have gone in `second`.

        Args:
            first, second: (H, W, 3) uint8, red first, of one size.

        Returns:
            (H, W, 2) float32, dx and dy in pixels of these pictures per frame, whatever size it was computed at.
            What moves 2 px to the right has dx = +2 at its place in `first`; down is positive. (The authors of STATE
            leave the vectors in pixels of the network's grid.)

        Raises:
            DataError: the two differ in size, or are no such pictures.
            ConfigError: the network fails on pictures of this size.
        """
        for picture in (first, second):
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8 or not picture.size:
                raise DataError(f"need pictures (H, W, 3) uint8, got {picture.shape} {picture.dtype}")
        if first.shape != second.shape:
            raise DataError(f"flow needs two pictures of one size, got {first.shape[:2]} and {second.shape[:2]}")
        height, width = first.shape[:2]
        if (high := self.computed_at(height)) != height:
            wide = max(1, round(width * high / height))
            first, second = resize(first, wide, high), resize(second, wide, high)
        return _resized(self._of(first, second), width, height)

    def computed_at(self, height: int) -> int:
        """The height at which the flow of pictures of this height is computed."""
        high = max(height, min(self.config.lowest, MOST_ENLARGED * height))
        return min(high, self.config.tallest or high)

    def _of(self, first: RGB, second: RGB) -> Flow:
        if self._network:
            return self._network.flow(first, second)
        height, width = first.shape[:2]
        sides = max(height, LEAST_SIDE), max(width, LEAST_SIDE)
        one, other = (cv2.cvtColor(_filled_up(picture, *sides), cv2.COLOR_RGB2GRAY) for picture in (first, second))
        still = np.zeros((*sides, 2), np.float32)  # where the search starts
        if self.config.backend == "dis":
            flow = _dis(self.config.preset).calc(one, other, still)
        else:
            flow = cv2.calcOpticalFlowFarneback(one, other, still, 0.5, 3, 15, 3, 5, 1.2, 0)
        return np.ascontiguousarray(flow[:height, :width], np.float32)


def _dis(preset: str) -> cv2.DISOpticalFlow:
    dis = cv2.DISOpticalFlow.create(PRESETS[preset])
    if preset in ("light", "unsmoothed"):
        dis.setPatchStride(STRIDE)
        dis.setVariationalRefinementAlpha(SMOOTHING)
    if preset == "unsmoothed":
        dis.setVariationalRefinementIterations(0)
    return dis


class _FlowNetwork:
    """A two-frame network from an ONNX file; what is understood is said in FlowEstimator."""

    def __init__(self, path: Path, sha256: str) -> None:
        self._file = OnnxFile(path, sha256)
        self.digest = self._file.digest
        inputs, outputs = self._file.inputs, self._file.outputs
        channels = {1: 6, 2: 3}.get(len(inputs), 0)
        sizes = inputs[0].shape if inputs else None
        self._height, self._width = sizes[-2:] if sizes and len(sizes) == 4 else (None, None)
        wanted = (1, 2, self._height, self._width)
        self._outputs = [i for i, port in enumerate(outputs) if _fits(port, wanted)]
        if not self._outputs or not all(_fits(port, (1, channels, *wanted[2:])) for port in inputs):
            came = ", ".join(map(str, inputs)) + " -> " + ", ".join(map(str, outputs))
            raise ConfigError(f"need {WANTED}; {path} has {came}")

    def flow(self, first: RGB, second: RGB) -> Flow:
        height, width = first.shape[:2]
        if self._height is None and self._width is None:
            sides = _on_grid(height), _on_grid(width)
            flow = self._run(_filled_up(first, *sides), _filled_up(second, *sides))
            return flow[:height, :width]
        high, wide = self._height or _on_grid(height), self._width or _on_grid(width)
        return _resized(self._run(resize(first, wide, high), resize(second, wide, high)), width, height)

    def _run(self, first: RGB, second: RGB) -> Flow:
        planes = [picture.transpose(2, 0, 1)[None].astype(np.float32) for picture in (first, second)]
        names = [port.name for port in self._file.inputs]
        arrays = planes if len(names) == 2 else [np.concatenate(planes, 1)]
        outputs = self._file.run(dict(zip(names, arrays, strict=True)))
        wanted = (1, 2, *first.shape[:2])
        for i in reversed(self._outputs):
            if outputs[i].shape == wanted:
                flow = np.ascontiguousarray(outputs[i][0].transpose(1, 2, 0), np.float32)
                if not (np.abs(flow) < FASTEST).all():
                    raise ConfigError(f"{self._file.path} gives flow that is not finite, or beyond {FASTEST} px/frame")
                return flow
        came = [outputs[i].shape for i in self._outputs]
        raise ConfigError(f"need flow of size {wanted} from {self._file.path}, got {came}")


def _fits(port: Port, shape: tuple[int | None, ...]) -> bool:
    """Whether a float array of this shape may go through; what is open on either side fits anything."""
    sizes = shape if port.shape is None else port.shape
    same = len(sizes) == len(shape) and all(
        None in (size, wanted) or size == wanted for size, wanted in zip(sizes, shape, strict=True)
    )
    return same and port.kind == "tensor(float)"


def _on_grid(side: int) -> int:
    return max(NETWORK_SIDE, -(-side // NETWORK_STEP) * NETWORK_STEP)


def _filled_up(picture: RGB, height: int, width: int) -> RGB:
    """The picture in the upper left, its last row and column repeated."""
    more = height - picture.shape[0], width - picture.shape[1]
    return (
        cast(RGB, cv2.copyMakeBorder(picture, 0, more[0], 0, more[1], cv2.BORDER_REPLICATE)) if any(more) else picture
    )


def _resized(flow: Flow, width: int, height: int) -> Flow:
    """Flow on another grid, its vectors in pixels of that grid."""
    old_height, old_width = flow.shape[:2]
    if (old_height, old_width) == (height, width):
        return flow
    larger = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
    times = np.array([width / old_width, height / old_height, 0, 0])  # of each channel, as OpenCV takes them
    return np.asarray(cv2.multiply(larger, times), np.float32)
