"""Training videos as a method prepared them, and what of them is held out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Footage:
    """A stretch of one training video as a method prepared it, in rows that are usually mapped from disk.

    frames:   its length.
    frame:    (N,) int, which of these frames each row is of, rising.
    pictures: (N, ...) uint8, a whole frame at working size (USTN-DSC) or one object's cube (STATE).
    flow:     (N, ...) float16 px/frame, the motion in each cube; None of a method that needs none.
    boxes:    (N, 4) float32, where each object is, as in `ObjectErrors`; None of a method of whole pictures.
    tracks:   (N,) int64, the same number for the same object of this video, -1 for one that is not followed.
    seams:    frames before which the recording paused or was damaged: nothing is learnt across them.
    beside:   the same stretch as another method prepared it, which judges beside this one; None of most.
    video:    the path of the video, "" where nobody asks when it was. first: frame of it that the stretch begins with.
    """

    name: str
    frames: int
    frame: NDArray[np.int64]
    pictures: NDArray[np.uint8]
    flow: NDArray[np.float16] | None = None
    boxes: NDArray[np.float32] | None = None
    tracks: NDArray[np.int64] | None = None
    seams: tuple[int, ...] = ()
    beside: "Footage | None" = None
    video: str = ""
    first: int = 0

    @classmethod
    def of_frames(cls, name: str, pictures: NDArray[np.uint8], seams: tuple[int, ...] = ()) -> "Footage":
        """Footage with a row a frame."""
        return cls(name, len(pictures), np.arange(len(pictures)), pictures, seams=seams)

    @property
    def motion(self) -> NDArray[np.float16]:
        """Flow, of a method that prepares it. Raises ValueError where there is none."""
        if self.flow is None:
            raise ValueError(f"{self.name} was prepared without flow")
        return self.flow

    @property
    def placed(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Boxes and tracks, of a method that prepares objects. Raises ValueError where there are none."""
        if self.boxes is None or self.tracks is None:
            raise ValueError(f"{self.name} was prepared without objects")
        return self.boxes, self.tracks

    def cut(self, first: int, last: int) -> "Footage":
        """The part from frame `first` up to but not with `last`, its frames counted from 0 again."""
        rows = slice(*np.searchsorted(self.frame, (first, last)))
        seams = tuple(seam - first for seam in self.seams if first < seam < last)
        return replace(
            self,
            frames=last - first,
            frame=self.frame[rows] - first,
            pictures=self.pictures[rows],
            flow=None if self.flow is None else self.flow[rows],
            boxes=None if self.boxes is None else self.boxes[rows],
            tracks=None if self.tracks is None else self.tracks[rows],
            seams=seams,
            beside=None if self.beside is None else self.beside.cut(first, last),
            first=self.first + first,
        )

    def pieces(self, margin: int) -> "list[Footage]":
        """The parts between its seams. margin: frames that are left out at each, half of them on either side."""
        if not self.seams:
            return [self]
        half = -(-margin // 2)
        begins, ends = (0, *(seam + half for seam in self.seams)), (*(seam - half for seam in self.seams), self.frames)
        return [self.cut(begin, end) for begin, end in zip(begins, ends, strict=True) if begin < end]


class Consecutive(Protocol):
    """So many consecutive frames, which can be cut."""

    @property
    def frames(self) -> int:
        """Its length."""

    def cut(self, first: int, last: int) -> Self:
        """The part from frame `first` up to but not with `last`, its frames counted from 0 again."""


SomeFrames = TypeVar("SomeFrames", bound=Consecutive)


def in_parts(stretches: Sequence[SomeFrames], count: int) -> Iterator[list[SomeFrames]]:
    """All of them in parts of equal length, one after the other in time."""
    edges = np.linspace(0, sum(each.frames for each in stretches), count + 1).round().astype(int).tolist()
    for begin, end in pairwise(edges):
        part, start = [], 0
        for each in stretches:
            first, after = max(begin - start, 0), min(end - start, each.frames)
            if after > first:
                part.append(each.cut(first, after))
            start += each.frames
        yield part


def at_seams(footage: Sequence[Footage], margin: int) -> list[Footage]:
    """All of it, cut where it has a seam; see `Footage.pieces`."""
    return [piece for stretch in footage for piece in stretch.pieces(margin)]


@lru_cache(maxsize=2)
def order(clips: int, seed: int, turn: int) -> NDArray[np.int64]:
    """In which order the clips are shown in one pass through them."""
    return np.random.default_rng((seed, turn)).permutation(clips)


def split_footage(
    footage: Sequence[Footage], share: float, seed: int, margin: int = 0
) -> tuple[list[Footage], list[Footage]]:
    """Put whole videos aside until they hold about `share` of all frames; where none is short enough, ends of videos.

    margin: frames that are left out where a video is cut.

    Returns:
        what is trained on, and what is held out.
    """
    left = share * sum(f.frames for f in footage)
    held: set[int] = set()
    for number in order(len(footage), seed, 0).tolist() if len(footage) >= 4 else ():
        if left > 0 and footage[number].frames <= 2 * left:
            held.add(number)
            left -= footage[number].frames
    if held:
        return [f for n, f in enumerate(footage) if n not in held], [footage[n] for n in sorted(held)]
    cuts = [round(f.frames * (1 - share)) for f in footage]
    return (
        [f.cut(0, cut) for f, cut in zip(footage, cuts, strict=True)],
        [f.cut(min(cut + margin, f.frames), f.frames) for f, cut in zip(footage, cuts, strict=True)],
    )
