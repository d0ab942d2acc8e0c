"""Nouns that cross a border between rooms. Imports numpy and `errors`, nothing else."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import compress
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a video, of a file or of a camera.

    index:  0-based position in the order of display.
    time_s: seconds, strictly rising within a session: of a file from its first frame, by its own time stamps, never
            index / rounded rate; of a camera that is watched, since 1970 (UTC).
    rgb:    (H, W, 3) uint8.
    after_gap: the source paused before it, set its clock, lost frames, or sent damaged pictures: no unit may see both
            sides. session: another one where no event may reach across either.
    """

    index: int
    time_s: float
    rgb: NDArray[np.uint8]
    after_gap: bool = False
    session: int = 0


@dataclass(frozen=True, slots=True)
class Exported:
    """A network written as model.onnx, and how far that agrees with what it was written of.

    sha256: of the file. differs: by how much at the most, absolute up to 1, relative above. seen: on which units.
    """

    sha256: str
    differs: float
    seen: str

    def __str__(self) -> str:
        return f"agrees with PyTorch to {self.differs:.1e}, units: {self.seen}"


class Wholeness(StrEnum):
    """How much of a video could be read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What came of reading a video to its end.

    decoded:  frames that were read.
    expected: frames that the container promises, None where it does not say.
    problems: one line each, in words for a person; of a complete video, only what was repaired.
    timed: whether its seconds are the source's own: where they are not, labels in seconds do not fit them.
    """

    wholeness: Wholeness
    decoded: int
    expected: int | None
    problems: tuple[str, ...] = ()
    timed: bool = True


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time in seconds, both ends included."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class ObjectErrors:
    """What a method found wrong with each object of a frame; N may be 0.

    boxes:  (N, 4) float32, left, top, right, bottom as shares of the picture's width and height in [0, 1].
    looks:  (N,) float32, what its pixels add to its score: standard deviations of ordinary objects, weighed.
    moves:  (N,) float32, what its motion adds.
    kinds:  (N,) int16, class of COCO from 0 to 79; -1 for what was found by its motion.
    tracks: (N,) int32, the same number for the same object in other frames, -1 for one without a track; None of a
            method that follows none.
    reasons: for each object what is unusual about it, in words; () of a method that only knows looks and moves.
    calm:   the score of a frame without any.
    """

    boxes: NDArray[np.float32]
    looks: NDArray[np.float32]
    moves: NDArray[np.float32]
    kinds: NDArray[np.int16]
    tracks: NDArray[np.int32] | None = None
    reasons: tuple[str, ...] = ()
    calm: float = 0.0

    @property
    def scores(self) -> NDArray[np.float32]:
        """(N,) looks and moves together, higher = more abnormal."""
        return self.looks + self.moves

    @property
    def worst(self) -> int:
        """The number of the object with the highest score. Raises ValueError when there is none."""
        return int(self.scores.argmax())

    def only(self, kept: NDArray[np.bool_]) -> "ObjectErrors":
        """Those of them that are True in (N,)."""
        tracks = None if self.tracks is None else self.tracks[kept]
        reasons = tuple(compress(self.reasons, kept))
        rows = (self.boxes[kept], self.looks[kept], self.moves[kept], self.kinds[kept])
        return ObjectErrors(*rows, tracks, reasons, self.calm)

    def raised_by(self, number: int) -> str:
        """What raised an object's score: "moves" or "looks"."""
        return "moves" if self.moves[number] > self.looks[number] else "looks"


@dataclass(frozen=True, slots=True)
class FrameErrors:
    """What a method found wrong with one unit of video: the frames it judged together.

    indices: (T,) int, the frames of the unit, rising.
    times_s: (T,) float64, their times.
    error:   the published protocol's number for the unit, higher = worse (USTN-DSC: minus the PSNR in dB, Eq. 6;
             STATE: the score of its worst object, Eq. 3).
    region:  (h, w) float32, the error pooled over small regions, higher = worse; (1, 1) where objects say the place.
    published: whether the published protocol counts this unit; units in between serve the live score alone.
    objects: of a method that judges objects, else None.
    """

    indices: NDArray[np.int64]
    times_s: NDArray[np.float64]
    error: float
    region: NDArray[np.float32]
    published: bool = True
    objects: ObjectErrors | None = None


@dataclass(frozen=True, slots=True)
class ScoreCurve:
    """How abnormal each frame of one video is.

    times_s: (N,) float64, seconds from the start of the video, strictly rising.
    scores:  (N,) float64, higher = more abnormal; NaN where the frame was not scored.
    protocol: how the scores were scaled, e.g. "paper" or "live" (see scores/calibrate.py).
    """

    video: str
    protocol: str
    times_s: NDArray[np.float64]
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.times_s.ndim != 1 or self.times_s.shape != self.scores.shape:
            raise DataError(
                f"{self.video}: times {self.times_s.shape} and scores {self.scores.shape} must both be (N,)"
            )
        if np.any(np.diff(self.times_s) <= 0):
            raise DataError(f"{self.video}: times of a score curve must rise strictly")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture, as shares of its width and height in [0, 1]: left, top, right, bottom."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a frame that is to be shown to a person, and a word that says why."""

    box: Box
    word: str


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch of a video worth a person's look: start_s <= peak_s <= end_s.

    region: where, at the peak. why: in words, "" where the method cannot tell. zone: the name of the one that it is in.
    """

    start_s: float
    end_s: float
    peak_s: float
    peak_score: float
    region: Box | None = None
    why: str = ""
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a test video. abnormal: (N,) bool, one a frame. kinds: names of what happens, if known."""

    abnormal: NDArray[np.bool_]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a source says of itself before it is read. rate: frames per second, exact; None where it is unknown."""

    name: str
    width: int
    height: int
    rate: Fraction | None
    expected_frames: int | None


@dataclass(frozen=True, slots=True)
class EventPictures:
    """What a person is shown of an event's peak unit: its worst frame, all (H, W, 3) uint8 of one size.

    time_s: of that frame. real: the frame itself. restored: what the method made of it. error: a heat map of where
    the two differ. cube: (h, w, 3) uint8, the worst object's frames and motion beside what the method made of them;
    usual: (h, w, 3) uint8, the worst object, and to its right the nearest ordinary one. None of methods without them.
    """

    event: Event
    time_s: float
    real: NDArray[np.uint8]
    restored: NDArray[np.uint8]
    error: NDArray[np.uint8]
    cube: NDArray[np.uint8] | None = None
    usual: NDArray[np.uint8] | None = None


class Pictured(Protocol):
    """`EventPictures`, in memory or, of a film with many events, read from disk when they are asked for."""

    @property
    def event(self) -> Event:
        """See `EventPictures`."""

    @property
    def time_s(self) -> float:
        """See `EventPictures`."""

    @property
    def real(self) -> NDArray[np.uint8]:
        """See `EventPictures`."""

    @property
    def restored(self) -> NDArray[np.uint8]:
        """See `EventPictures`."""

    @property
    def error(self) -> NDArray[np.uint8]:
        """See `EventPictures`."""

    @property
    def cube(self) -> NDArray[np.uint8] | None:
        """See `EventPictures`."""

    @property
    def usual(self) -> NDArray[np.uint8] | None:
        """See `EventPictures`."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a checkpoint comes from, so that a number can be traced and repeated.

    settings, versions: (name, value) each. commit: of unusual, "" when unknown.
    held_out: how well held-out footage was rebuilt, beside its floors, in words. scale_s: seconds of held-out footage
    that the live scale was fitted on, 0 where that is not known.
    """

    method: str
    preset: str
    data: str
    videos: int
    frames: int
    seed: int
    steps: int
    minutes: float
    trained_at: str
    machine: str
    commit: str
    versions: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    held_out: str = ""
    scale_s: float = 0.0


@dataclass(frozen=True, slots=True)
class VideoResult:
    """All that scoring one video gave.

    live:  the score on the scale fitted to ordinary footage; enter and leave are its thresholds for events.
    paper: the published protocol's score; its `protocol` says how it is scaled.
    floors: what needs no learning (video/floors.py): a score that is not above them shows nothing.
    """

    info: VideoInfo
    read: ReadReport
    live: ScoreCurve
    paper: ScoreCurve
    floors: tuple[ScoreCurve, ...]
    enter: float
    leave: float
    events: tuple[Event, ...]
    pictures: tuple[Pictured, ...]
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a method made of one unit at its worst frame.

    offset: of that frame from the first that was shown; restored: (H, W, C) uint8; error: (H, W) float32 >= 0,
    in the method's own unit; cube, usual: see EventPictures.
    """

    offset: int
    restored: NDArray[np.uint8]
    error: NDArray[np.float32]
    cube: NDArray[np.uint8] | None = None
    usual: NDArray[np.uint8] | None = None
