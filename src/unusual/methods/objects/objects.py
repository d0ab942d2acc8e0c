"""STATE, first step: where the objects of a frame are. What a detector knows, and what it misses but moves.

Source: Wang et al., ICDM 2022, Section IV-B, which takes the extraction of Yu et al., ACM MM 2020 (VEC). The rules and
numbers are those of both authors' code. Their detector, Cascade R-CNN R101-FPN on COCO, is replaced by any of
`detector.KINDS`; all 80 classes are kept, as there.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, DataError
from unusual.files import whole_file
from unusual.methods.objects.detector import RGB, Detector, Rows
from unusual.methods.objects.foreground import LOOKS_S, Foreground, ForegroundNet
from unusual.methods.objects.kinds import MOTION, RIDDEN
from unusual.methods.objects.weights import find_detector

Number = TypeVar("Number", np.float32, np.float64)
Boxes = NDArray[np.float32]  # (N, 4): left, top, right, bottom in px

MOST = 100  # objects of a frame, as of the authors' detector: a camera that shakes moves everywhere
SMALLEST_SHARE = 1 / 24  # of the picture's height: Ped2's 10 px of 240
SMALLEST_SIDES = (4, 24)  # px
UNTOLD = 0.2  # the score where the footage does not tell which; planted anomalies are found better than with 0.35
SUSPECTED = 0.1  # confidence from which on a detection tells what somebody rides
CLOSE = 1 / 8  # of a box's sides, by which what somebody rides may reach beyond it


@dataclass(frozen=True)
class ObjectConfig:
    """How objects are found. The defaults are the authors' numbers for Ped2.

    detector: an ONNX file's path, or a name of `weights.KNOWN` that is looked for in the models folder; "" for motion
        alone.
    sha256: digest of the detector that a training saw; "" while it is not known.
    """

    detector: str = ""
    sha256: str = ""
    tile: int = 0  # side in px of overlapping tiles that are looked at beside the whole frame; 0: whole frame alone
    score: float = 0.5  # a detection counts above this confidence; 0: chosen by the footage, see threshold.py
    smallest_side: int = (
        10  # px; its square is the smallest area, of (width + 1)(height + 1); 0: by the picture's height
    )
    cover: float = 0.6  # a detection goes when a larger one covers more than this share of it
    motion: bool = True  # find also what moves and was not detected
    foreground: bool = False  # instead, what stands out from the ground: see foreground.py
    foreground_sha256: str = ""  # digest of the network for it that a training saw; "" while it is not known
    blur: int = 3  # px, side of the Gaussian kernel, odd; 1: none
    motion_threshold: int = 18  # grey levels that a pixel's change must exceed
    margin: int = 2  # px that moving boxes are enlarged by, and detected ones where motion in them is left out
    aspect: float = 10.0  # what moves must be less elongated than this, either way

    def __post_init__(self) -> None:
        if self.sha256 and not self.detector:
            raise ConfigError("objects.sha256 names a detector, but objects.detector is empty: give that file again")
        if not (self.detector or self.motion):
            raise ConfigError("objects: without a detector and without motion nothing is found; set one of the two")
        for name in ("sha256", "foreground_sha256"):
            digest = getattr(self, name)
            if digest and not re.fullmatch("[0-9a-f]{64}", digest):
                raise ConfigError(f"objects.{name} must be 64 digits from 0 to f, got {digest!r}")
        if self.tile and not self.tile >= 32:
            raise ConfigError(f"objects.tile must be 0 or at least 32 px, got {self.tile}")
        if not (0 <= self.score < 1 and 0 < self.cover <= 1):
            raise ConfigError(f"objects: need score in [0, 1) and cover in (0, 1], got {self.score} and {self.cover}")
        if not (1 <= self.blur <= 31 and self.blur % 2):
            raise ConfigError(f"objects.blur must be odd, from 1 to 31 px, got {self.blur}")
        if not (0 <= self.motion_threshold < 255):
            raise ConfigError(f"objects.motion_threshold must be from 0 to 254, got {self.motion_threshold}")
        if not (self.smallest_side >= 0 and self.margin >= 0 and self.aspect > 1):
            raise ConfigError(
                "objects: need smallest_side >= 0, margin >= 0 and aspect > 1, "
                f"got {self.smallest_side}, {self.margin} and {self.aspect}"
            )

    def completed(self, frame_height: int) -> "ObjectConfig":
        """These settings with the smallest side for pictures of this height, a score, and the detector's digest.

        Raises:
            ConfigError: the detector is not at hand, or no such network.
        """
        side = self.smallest_side or smallest_side(frame_height)
        finder = ObjectFinder(self)
        return replace(
            self,
            smallest_side=side,
            score=self.score or UNTOLD,
            sha256=finder.digest,
            foreground_sha256=finder.foreground_digest,
        )


def smallest_side(frame_height: int) -> int:
    """Of objects, in px, where no setting says it.

    >>> smallest_side(240)
    10
    """
    return int(np.clip(frame_height * SMALLEST_SHARE, *SMALLEST_SIDES))


PED2 = ObjectConfig()
AVENUE = ObjectConfig(score=0.25, smallest_side=40, blur=5)
SHANGHAITECH = ObjectConfig(smallest_side=8, cover=0.65, blur=5, motion_threshold=15)


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """The objects of one frame, detected ones first. All arrays may be empty.

    xyxy: (N, 4) float32 px: left, top, right, bottom, inside the frame, left < right and top < bottom.
    confidence: (N,) float32 in [0, 1], the detector's or the foreground network's own; 1 for what moves, of which there
    is no doubt that it does.
    kind: (N,) int16: COCO's class from 0 (person) to 79, or MOTION.
    rides: (N,) float32 in [0, 1], the confidence of the surest vehicle in or at its box, see `rides`.
    """

    xyxy: Boxes
    confidence: NDArray[np.float32]
    kind: NDArray[np.int16]
    rides: NDArray[np.float32]

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        shapes = [part.shape for part in (self.xyxy, self.confidence, self.kind, self.rides)]
        if shapes != [(n, 4), (n,), (n,), (n,)]:
            raise DataError(f"objects must be (N, 4), (N,), (N,), (N,), got {', '.join(map(str, shapes))}")

    def __len__(self) -> int:
        return len(self.xyxy)


class ObjectFinder:
    """Finds the objects of one frame at a time; keeps nothing from frame to frame.

    Attributes:
        digest, foreground_digest: SHA-256 of the detector's and of the foreground network's file, "" without one.
        rules: all that decides which objects are found: the settings, and the detector whatever its path.

    Raises:
        ConfigError: the detector is missing, broken, not understood, or another one than `config.sha256` says.
    """

    def __init__(self, config: ObjectConfig) -> None:
        self._config = config
        self._detector = (
            Detector(find_detector(config.detector), min(config.score, SUSPECTED), config.sha256)
            if config.detector
            else None
        )
        self.digest = self._detector.digest if self._detector else ""
        self._foreground = ForegroundNet(config.foreground_sha256) if config.foreground else None
        self.foreground_digest = self._foreground.digest if self._foreground else ""
        networks = {"detector": "", "sha256": self.digest, "foreground_sha256": self.foreground_digest}
        self.rules: Mapping[str, object] = asdict(config) | networks

    def foreground(self, rate: float, ground: RGB | None = None) -> Foreground | None:
        """What finds who stands out in a video of so many frames a second; None where that is not asked for.

        ground: of its place, as of `Foreground`.
        """
        return Foreground(self._foreground, rate / LOOKS_S, ground) if self._foreground else None

    def find(self, before: RGB, frame: RGB, after: RGB, standing_out: Rows | None = None) -> Objects:
        """Objects of `frame`, no more than MOST: the surest detections, then the largest of what moves or stands out.

        Args:
            before, frame, after: (H, W, 3) uint8, consecutive. At a video's ends give the frame itself for the missing
                one, as the authors' code does.
            standing_out: (M, 6) who stands out from the ground in `frame`; None where nobody looked: what moves counts
                then.

        Raises:
            DataError: the three differ in shape or are no such pictures.
            ConfigError: the detector fails on a picture of its own size.
        """
        if frame.ndim != 3 or frame.shape[2] != 3 or not frame.size or frame.dtype != np.uint8:
            raise DataError(f"a frame must be (H, W, 3) uint8 and not empty, got {frame.shape} {frame.dtype}")
        if not before.shape == frame.shape == after.shape:
            raise DataError(f"three frames must have one shape, got {before.shape}, {frame.shape}, {after.shape}")
        found = self._detector.find(frame, self._config.tile) if self._detector else np.empty((0, 6), np.float32)
        sure = found[found[:, 4] > self._config.score]
        detected = keep_detected(sure, frame.shape[1], frame.shape[0], self._config)[:MOST]
        others = np.empty((0, 6), np.float32)
        if standing_out is not None:
            whole = keep_detected(standing_out, frame.shape[1], frame.shape[0], self._config)
            others = whole[beside(whole[:, :4], detected[:, :4])]
        elif self._config.motion:
            moving = motion_boxes(before, frame, after, detected[:, :4], self._config)
            known = np.tile(np.array([1, MOTION], np.float32), (len(moving), 1))
            others = np.concatenate([moving, known], 1)
        largest = np.argsort(-_areas(others[:, :4]), kind="stable")[: MOST - len(detected)]
        rows = np.concatenate([detected, others[largest]])
        return _from_rows(np.concatenate([rows, rides(rows[:, :4], found)[:, None]], 1))


def keep_detected(rows: Rows, width: int, height: int, config: ObjectConfig) -> Rows:
    """Detections cut to the frame that are large enough and not covered by a larger one, in the order given.

    Args:
        rows: (N, 6), see `detector.Rows`.
        width, height: of the frame in px.
    """
    inside = rows.copy()
    inside[:, [0, 2]] = inside[:, [0, 2]].clip(0, width)
    inside[:, [1, 3]] = inside[:, [1, 3]].clip(0, height)
    sides = inside[:, 2:4] - inside[:, :2]
    kept = inside[(sides > 0).all(1) & (_areas(inside) >= config.smallest_side**2)]
    return kept[~covered(kept[:, :4], config.cover)]


def rides(boxes: Boxes, rows: Rows) -> NDArray[np.float32]:
    """(N,) the confidence of the surest vehicle of which more than half lies in or close to each box (N, 4); 0 of none.

    Who rides is mostly found as a person, and what he rides with little confidence or in his box, where it is covered.

    Args:
        rows: (M, 6) of the detector, see `detector.Rows`.

    >>> bicycle = np.array([[2, 20, 12, 32, 0.3, 1]], np.float32)
    >>> rides(np.array([[0, 0, 12, 30], [50, 0, 62, 30]], np.float32), bicycle).round(1)
    array([0.3, 0. ], dtype=float32)
    """
    ridden = rows[np.isin(rows[:, 5], RIDDEN)]
    beyond = (boxes[:, 2:] - boxes[:, :2]) * CLOSE
    around = np.concatenate([boxes[:, :2] - beyond, boxes[:, 2:] + beyond], 1)
    inside = overlap_px(around, ridden[:, :4]) > (ridden[:, 2:4] - ridden[:, :2]).prod(1) / 2
    return np.asarray(np.where(inside, ridden[:, 4], 0).max(1, initial=0.0), np.float32)


def beside(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """(N,) which boxes (N, 4) lie by no more than half in any one of others (M, 4).

    >>> beside(np.array([[0, 0, 4, 4], [3, 0, 7, 4]], np.float32), np.array([[0, 0, 4, 9]], np.float32)).tolist()
    [False, True]
    """
    half = (boxes[:, 2:] - boxes[:, :2]).prod(1) / 2
    return np.asarray((overlap_px(boxes, others) <= half[:, None]).all(1))


def overlap_px(boxes: NDArray[Number], others: NDArray[Number]) -> NDArray[Number]:
    """(N, M) the area in px that lies in each of (N, 4) boxes and in each of (M, 4) others.

    >>> overlap_px(np.array([[0.0, 0, 4, 4]]), np.array([[2.0, 2, 9, 9], [4, 0, 8, 4]])).tolist()
    [[4.0, 0.0]]
    """
    near = np.maximum(boxes[:, None, :2], others[None, :, :2])  # N M 2
    return np.asarray((np.minimum(boxes[:, None, 2:], others[None, :, 2:]) - near).clip(0).prod(-1))


def covered(boxes: Boxes, share: float) -> NDArray[np.bool_]:
    """Which of (N, 4) boxes lie by more than a share of their area in one larger box, be that covered itself or not.

    Of equally large ones the later counts as larger. Areas and overlaps are of (width + 1)(height + 1).

    >>> covered(np.array([[0, 0, 9, 9], [0, 0, 19, 19], [30, 0, 39, 9]], np.float32), 0.6).tolist()
    [True, False, False]
    """
    areas = _areas(boxes)
    order = np.argsort(areas, kind="stable")
    rank = np.argsort(order, kind="stable")
    near = np.maximum(boxes[:, None, :2], boxes[None, :, :2])  # N N 2
    far = np.minimum(boxes[:, None, 2:4], boxes[None, :, 2:4])
    overlaps = (far - near + 1).clip(min=0).prod(2)
    return np.asarray(((overlaps > share * areas[:, None]) & (rank[:, None] < rank)).any(1))


def motion_boxes(before: RGB, frame: RGB, after: RGB, detected: Boxes, config: ObjectConfig) -> Boxes:
    """Boxes of what moves outside detected boxes, (N, 4) inside the frame, enlarged by the margin.

    A pixel moves when, in any colour, its changes from the frame before and to the frame after, of blurred frames, add
    up to more than the threshold. The sum ends at 255; in the authors' code it starts anew at 256, so that the fastest
    things vanish.

    Args:
        before, frame, after: (H, W, 3) uint8.
        detected: (M, 4) boxes that are left out, enlarged by the margin.
    """
    first, middle, last = (cv2.GaussianBlur(rgb, (config.blur, config.blur), 0) for rgb in (before, frame, after))
    change = cv2.add(cv2.absdiff(first, middle), cv2.absdiff(middle, last))
    moves = cv2.bitwise_not(cv2.inRange(change, (0, 0, 0), (config.motion_threshold,) * 3))
    for left, top, right, bottom in detected.astype(np.int64).tolist():
        rows = slice(max(0, top - config.margin), bottom + config.margin + 1)
        moves[rows, max(0, left - config.margin) : right + config.margin + 1] = 0
    outlines, _ = cv2.findContours(moves, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    x, y, width, height = np.array([cv2.boundingRect(one) for one in outlines], np.float32).reshape(-1, 4).T
    large = (width + 1) * (height + 1) > config.smallest_side**2
    compact = (width < config.aspect * height) & (height < config.aspect * width)
    boxes = np.stack([x, y, x + width, y + height], 1)[large & compact]
    enlarged = boxes + np.array([-1, -1, 1, 1], np.float32) * config.margin
    return np.asarray(enlarged.clip(0, np.array(frame.shape[1::-1] * 2, np.float32)), np.float32)


def save_objects(file: Path, objects: Mapping[int, Objects]) -> None:
    """Keep the objects of frames, by their numbers, in one .npz file, whole or not at all. Raises OutputError."""
    frames = np.array(list(objects), np.int64)
    counts = np.array([len(one) for one in objects.values()], np.int64)
    rows = np.concatenate([np.empty((0, 7), np.float32), *(_to_rows(one) for one in objects.values())])
    with whole_file(file) as part, part.open("wb") as out:
        np.savez_compressed(out, frames=frames, counts=counts, rows=rows)


def load_objects(file: Path) -> dict[int, Objects] | None:
    """What `save_objects` kept, or None where there is no such file or it is broken: it is to be made anew."""
    try:
        with zipfile.ZipFile(file) as archive:
            frames, counts, rows = (
                np.lib.format.read_array(archive.open(f"{name}.npy"), allow_pickle=False)
                for name in ("frames", "counts", "rows")
            )
    except Exception:  # broken archives raise a dozen kinds of errors
        return None
    if counts.dtype != np.int64 or counts.ndim != 1 or (counts < 0).any() or frames.shape != counts.shape:
        return None
    if rows.dtype != np.float32 or rows.shape != (counts.sum(), 7):
        return None
    return dict(zip(frames.tolist(), map(_from_rows, np.split(rows, np.cumsum(counts))[:-1]), strict=True))


def _from_rows(rows: Rows) -> Objects:
    kind = rows[:, 5].clip(MOTION, np.iinfo(np.int16).max).astype(np.int16)
    return Objects(rows[:, :4], rows[:, 4], kind, rows[:, 6])


def _to_rows(objects: Objects) -> Rows:
    numbers = np.stack([objects.confidence, objects.kind, objects.rides], 1)
    return np.concatenate([objects.xyxy, numbers], 1, dtype=np.float32)


def _areas(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1))
