"""What scorers share that judge single frames: each frame of a video exactly once, in one clip."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors
from unusual.methods.footage import Footage
from unusual.methods.pictures.clip_scorer import ClipScorer
from unusual.methods.pictures.clips import ClipConfig, Unit
from unusual.methods.scorer import Net


class FrameScorer(ClipScorer):
    """Judges by a network that gives some frames of a clip back, R of its T; every frame of a video becomes a unit.

    With clips.step s, the newest s frames of each clip are judged in it; all of the first clip, and of the last one,
    which reaches back, those that are not judged yet. A frame that is not given back takes the error of the next one
    that is, so that no frame is left out. The published protocol counts every frame.
    """

    def __init__(
        self, clips: ClipConfig, net: Net, *, frames: int, colours: int, rebuilt_at: Sequence[int] | None = None
    ) -> None:
        """Of T = `frames` frames.

        net: (B, T, H, W, C) uint8 -> "error", "region" and "rebuilt" of `JudgedFrames`.
        rebuilt_at: positions in the clip of the R frames, rising; the last is the clip's last. All of them if None.
        """
        super().__init__(clips, frames=frames, colours=colours)
        self._net, self.rebuilt_at = net, range(frames) if rebuilt_at is None else rebuilt_at

    def units(self, footage: Footage) -> int:
        """Frames of prepared footage."""
        return 0 if footage.frames < self.span else footage.frames

    def judge_units(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        """Errors of the frames that these clips are the first to hold."""
        errors, regions = self._net.run(("error", "region"), np.stack([unit.clip for unit in units]))
        for unit, error, region in zip(units, errors.tolist(), regions, strict=True):
            for frame in range(self.span - self._fresh(int(unit.indices[0])), self.span):
                at, one = self._next_rebuilt(frame), slice(frame, frame + 1)
                yield FrameErrors(unit.indices[one], unit.times_s[one], error[at], region[at])

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The clip that a frame was judged in."""
        late = max(0, int(unit.indices[0]) - self.span + 1)  # how far a clip that ends with it starts from the first
        step = self.clips.step or self.span
        first = min(-(-late // step) * step, frames - self.span)
        return first, first + self.span - 1

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The frame as the network gives it back, or the next one that it does."""
        clip, number = self.clip_of(pictures), self._next_rebuilt(int(unit.indices[0]) - first)
        (rebuilt,) = self._net.run(("rebuilt",), clip)
        return self.explained(self.rebuilt_at[number], rebuilt[0, number], clip[0])

    def _fresh(self, start: int) -> int:
        """How many frames of the clip that starts at `start` no earlier one holds; the last starts at no whole step."""
        step = self.clips.step or self.span
        return start % step or step if start else self.span

    def _next_rebuilt(self, frame: int) -> int:
        """Which of the R frames is that at `frame` in the clip's span, or the next one after it."""
        return bisect_left(self.rebuilt_at, frame, key=lambda at: at * self.clips.stride)
