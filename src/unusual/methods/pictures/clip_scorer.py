"""What scorers share that judge short clips: a video's pictures in, units through the network, errors out."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors
from unusual.methods.footage import Footage
from unusual.methods.pictures.clips import ClipConfig, Unit, cut_units, span, working_picture
from unusual.methods.scorer import Reach


class ClipScorer(ABC):
    """Judges clips of a video. Meets `Scorer`; a method says what errors its units have, and what explains them."""

    stretched = True
    behind = 0.0

    def __init__(self, clips: ClipConfig, *, frames: int, colours: int) -> None:
        """`frames` is T, of clips whose width is known (see `ClipConfig.completed`)."""
        self.clips, self.frames, self.span = clips, frames, span(frames, clips.stride)
        self.picture_shape = (clips.height, clips.width, colours)
        self.at_once = 4

    @property
    def reach(self) -> Reach:
        """Each clip is by itself: a piece's first one, and its last, which reaches back, do not count."""
        return Reach(every=self.span, lead=2 * self.span, after=self.span + 1)

    @abstractmethod
    def judge_units(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        """Errors of units that go through the network in one pass."""

    @abstractmethod
    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """As `Scorer`."""

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 at the network's working size and colours."""
        return working_picture(rgb, *self.picture_shape)

    def judge(
        self, name: str, pictures: Iterable[tuple[float, NDArray[np.uint8]]], kept: Path | None = None
    ) -> Iterator[FrameErrors]:
        """Errors of each unit of a video as its pictures arrive: (seconds, (H, W, C) uint8) in, in order.

        Nothing is kept: all that it finds depends on the weights.

        Raises:
            VideoError: the video is shorter than one unit.
        """
        units = cut_units(name, pictures, frames=self.frames, stride=self.clips.stride, step=self.clips.step)
        while some := list(islice(units, self.at_once)):
            yield from self.judge_units(some)

    def units(self, footage: Footage) -> int:
        """Units of prepared footage."""
        step = self.clips.step or self.span
        return 0 if footage.frames < self.span else -(-(footage.frames - self.span) // step) + 1

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each unit of prepared footage."""
        if footage.frames >= self.span:
            yield from self.judge(footage.name, ((float(n), picture) for n, picture in enumerate(footage.pictures)))

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The unit's own frames."""
        return int(unit.indices[0]), int(unit.indices[-1])

    def clip_of(self, pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """One clip, (1, T, H, W, C), of all the pictures that it spans, (span, H, W, C)."""
        return pictures[None, :: self.clips.stride]

    def explained(self, at: int, rebuilt: NDArray[np.float32], clip: NDArray[np.uint8]) -> Explanation:
        """What a person is shown of frame `at` of a clip (T, H, W, C), rebuilt as (C, H, W) in about [0, 1]."""
        picture = np.rint(rebuilt.clip(0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
        real = clip[at].transpose(2, 0, 1).astype(np.float32) / 255
        return Explanation(at * self.clips.stride, picture, np.abs(rebuilt - real).mean(0))
