"""The convolutional autoencoder as the house runs it: what ten frames do not look like is unusual.

Source: Hasan et al., "Learning Temporal Regularity in Video Sequences", CVPR 2016. Its regularity of a frame is one
minus the error less its minimum, over its maximum, in each video; the house scales by minimum and maximum instead, in
which the frames of a video stand in the same order.
Where training differs: AdamW for Adagrad, frames in [-1, 1] without the mean frame taken off, and one spacing of frames
(clips.stride) in place of clips cut at strides of one, two and three.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from unusual.methods.conv_ae.network import ConvAutoencoder
from unusual.methods.conv_ae.settings import ConvAeConfig
from unusual.methods.pictures.frame_method import FrameMethod


class ConvAeMethod(FrameMethod):
    """A convolutional autoencoder with its settings; clips.width must be known. Meets `methods.Method`."""

    checked = "PSNR of frames, dB"

    def __init__(self, config: ConvAeConfig, device: torch.device) -> None:
        frames, network = config.network.frames, ConvAutoencoder(config.network)
        super().__init__(config.clips, config.training, network, device, frames=frames, colours=1)
        self.rebuilt_at, self.region = range(frames), config.objective.region

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """All T frames from themselves, through the code."""
        rebuilt: Tensor = network(real)
        return rebuilt

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The squared error (Eq. 2 of the paper), averaged over pixels and clips."""
        return (self.rebuilt_by(network, real) - real).square().mean()

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The mean of the clip, in place of each of its frames."""
        return {"mean of the clip": real.mean(1, keepdim=True).expand_as(real)}

    def frame_errors(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """e(t): the L2 norm of a frame's error over its pixels in [0, 1]."""
        return (rebuilt - real).square().sum((2, 3, 4)).sqrt()
