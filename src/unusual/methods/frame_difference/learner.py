"""Frame difference learns nothing but the live scale, which is fitted to what it judges."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unusual.errors import CheckpointError
from unusual.methods.footage import Footage
from unusual.methods.frame_difference.scorer import FrameDifferenceScorer
from unusual.methods.frame_difference.settings import FrameDifferenceConfig
from unusual.methods.learner import Check
from unusual.methods.pictures.clip_learner import ClipLearner
from unusual.methods.scorer import Array, Arrays


class FrameDifferenceLearner(ClipLearner):
    """Meets `Learner`, without a network; clips.width must be known."""

    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """The PSNR of frames copied from the one before; beside no floor, as it is the floor."""
        pairs = np.stack(self.cut(footage, self.checked(footage))).astype(np.float32) / 255
        error = np.square(pairs[:, 0] - pairs[:, 1]).mean((1, 2, 3))
        decibels = -10 * np.log10(np.maximum(error, 1e-10))
        return (Check("PSNR of frames copied from the one before, dB", float(decibels.mean()), ()),)

    def begin(self, learnt: Arrays, source: Path) -> None:
        """There is nothing to go on from. Raises CheckpointError where something is given."""
        if learnt:
            raise CheckpointError(f"{source} does not fit these settings: frame difference has no weights")

    def learnt(self) -> dict[str, Array]:
        """Nothing."""
        return {}


def learner(config: FrameDifferenceConfig, device: str) -> FrameDifferenceLearner:
    """As `make_learner`; it computes in numpy alone."""
    return FrameDifferenceLearner(FrameDifferenceScorer(config))
