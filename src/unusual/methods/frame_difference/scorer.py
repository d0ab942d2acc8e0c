"""Frame difference judges: the next frame is expected to be this one.

The floor that stands beside every method (`video.floors`), with all that a method has: place, events,
pictures, scale. Letters: B clips, T = 2 frames, H W pixels, r side of a region in pixels.
"""

from collections.abc import Sequence

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
        before, after = np.moveaxis(inputs[0].astype(np.float32) / 255, 4, 2).swapaxes(0, 1)[:, :, None]  # B 1 1 H W
        change = np.abs(before - after)[:, :, 0]  # B 1 H W
        found = []
        for name in wanted:
            if name == "error":
                found.append(box_means(255 * change, self.region, 1).max((2, 3)))
            elif name == "region":
                found.append(box_means(change, self.region, self.region // 2))
            else:
                found.append(before)
        return found


def box_means(values: NDArray[np.float32], side: int, step: int) -> NDArray[np.float32]:
    """(..., H, W) -> (..., h, w): the mean of each side x side box, a box every `step` pixels."""
    height, width = ((size - side) // step * step + 1 for size in values.shape[-2:])
    total = np.zeros_like(values[..., :height:step, :width:step])
    for row in range(side):  # in the order of PyTorch's average pooling, so that sums round alike
        for column in range(side):
            total += values[..., row : row + height : step, column : column + width : step]
    return np.asarray(total / np.float32(side * side))


class FrameDifferenceScorer(FrameScorer):
    """Judges pairs of grey pictures; clips.width must be known."""

    def __init__(self, config: FrameDifferenceConfig) -> None:
        net = Difference(config.objective.region)
        super().__init__(config.clips, net, frames=FRAMES, colours=1, rebuilt_at=(1,))


def scorer(config: FrameDifferenceConfig, learnt: Arrays, open_net: OpenNet) -> FrameDifferenceScorer:
    """As `make_scorer`: nothing is learnt, and no network is opened."""
    return FrameDifferenceScorer(config)
