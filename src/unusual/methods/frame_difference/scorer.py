"""Frame difference judges: the next frame is expected to be this one.

The floor that stands beside every method (`video.floors`), with all that a method has: place, events,
pictures, scale. Letters: B clips, T = 2 frames, H W pixels, r side of a region in pixels.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.methods.frame_difference.settings import FRAMES, FrameDifferenceConfig
from unusual.methods.pictures.frame_scorer import FrameScorer
from unusual.methods.scorer import Array, Arrays, OpenNet


class Difference:
    """(B, 2, H, W, 1) uint8 -> what `JudgedFrames` says of the second frame, "rebuilt" as the first. Meets `Net`.

    The error is the largest mean absolute difference in any r x r pixels, in grey levels from 0 to 255, as
    `video.floors` has it, at working size; boxes that reach over the picture's edge, mirrored there, are left
    out.
    """

    def __init__(self, region: int) -> None:
        self.region = region

    def run(self, wanted: Sequence[str], *inputs: Array) -> list[Array]:
        """As `Net`."""
        before, after = np.moveaxis(inputs[0][..., 0], 1, 0)  # B H W
        change = cv2.absdiff(before, after)
        found = []
        for name in wanted:
            if name == "error":
                found.append(box_means(change, self.region, 1).max((2, 3)))
            elif name == "region":
                found.append(box_means(change, self.region, self.region // 2) / np.float32(255))
            else:
                found.append(before[:, None, None].astype(np.float32) / 255)
        return found


def box_means(values: NDArray[np.uint8], side: int, step: int) -> NDArray[np.float32]:
    """(B, H, W) -> (B, 1, h, w): the mean of each side x side box, a box every `step` pixels."""
    means = []
    for picture in values:
        corner = cv2.integral(picture)  # whole numbers: no sum is rounded
        across = corner[:, side:] - corner[:, :-side]
        means.append((across[side:] - across[:-side])[::step, ::step] / (side * side))
    return np.asarray(means, np.float32)[:, None]


class FrameDifferenceScorer(FrameScorer):
    """Judges pairs of grey pictures; clips.width must be known."""

    def __init__(self, config: FrameDifferenceConfig) -> None:
        net = Difference(config.objective.region)
        super().__init__(config.clips, net, frames=FRAMES, colours=1, rebuilt_at=(1,))


def scorer(config: FrameDifferenceConfig, learnt: Arrays, open_net: OpenNet) -> FrameDifferenceScorer:
    """As `make_scorer`: nothing is learnt, and no network is opened."""
    return FrameDifferenceScorer(config)
