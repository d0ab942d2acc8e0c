"""Frame difference as a method: the next frame is expected to be this one. Nothing is learnt but the live scale.

The floor that stands beside every method (`video.floor`), with all that a method has: place, events, pictures, scale.
Letters: B clips, T = 2 frames, H W pixels, r side of a region in pixels.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unusual.methods.frame_difference.settings import FRAMES, FrameDifferenceConfig
from unusual.methods.pictures.frame_method import FrameMethod


class FrameDifferenceMethod(FrameMethod):
    """Frame difference on grey pictures; clips.width must be known. Meets `methods.Method`."""

    checked = "PSNR of frames copied from the one before, dB"
    rebuilt_at = (1,)

    def __init__(self, config: FrameDifferenceConfig, device: torch.device) -> None:
        super().__init__(config.clips, config.training, nn.Identity(), device, frames=FRAMES, colours=1)
        self.region = config.objective.region

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """The first frame, in place of the second."""
        return real[:, :1]

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The mean absolute difference; there is nothing in it to learn."""
        return (self.rebuild(network, real) - real[:, 1:]).abs().mean()

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """None: it is the floor."""
        return {}

    def frame_errors(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """The largest mean absolute difference in any r x r pixels, in grey levels from 0 to 255.

        As `video.floor`, at working size; boxes that reach over the picture's edge, mirrored there, are left out.
        """
        change = 255 * (rebuilt - real).abs().mean(2)  # B 1 H W
        return F.avg_pool2d(change, self.region, 1).amax((2, 3))
