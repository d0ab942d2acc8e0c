"""What learners share of methods of short clips: training videos at working size, and the clips in them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.pictures.clip_scorer import ClipScorer
from unusual.methods.pictures.clips import unit_starts

CHECKED_CLIPS = 48  # of the held-out footage, evenly spread


class ClipLearner:
    """The part of a `Learner` that needs no network."""

    margin = 0

    def __init__(self, scorer: ClipScorer) -> None:
        """`scorer`: that judges by what is learnt."""
        self._scorer = scorer
        self.clips, self.frames, self.span = scorer.clips, scorer.frames, scorer.span
        self.sample = f"unit of {self.span} frames"

    def scorer(self) -> ClipScorer:
        """The method that judges by what is learnt now."""
        return self._scorer

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The video at working size. Raises as `cache_video`."""
        from unusual.video.cache import cache_video  # who brings prepared footage learns without PyAV

        scorer = self._scorer
        cached = cache_video(video, scorer.picture_shape, scorer.picture, cache, most_bytes)
        return Footage.of_frames(cached.name, cached.pictures, cached.seams), cached.problems

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all clips that can be learnt from: number of the stretch, first frame."""
        return unit_starts(footage, self.span)

    def settle(self, footage: Sequence[Footage]) -> None:
        """Nothing: the published errors need no more."""

    def cut(self, footage: Sequence[Footage], starts: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
        """The clips at `starts` (n, 2), each (T, H, W, C)."""
        return [
            footage[number].pictures[first : first + self.span : self.clips.stride] for number, first in starts.tolist()
        ]

    def checked(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """The clips that held-out footage is checked by, as `starts`. Raises DataError where it is shorter than one."""
        starts = unit_starts(footage, self.span, self.span)
        if not len(starts):
            raise DataError(f"the held-out footage is shorter than one unit of {self.span} frames: give more footage")
        kept = np.linspace(0, len(starts) - 1, min(CHECKED_CLIPS, len(starts))).round().astype(int)
        return np.asarray(starts[kept])
