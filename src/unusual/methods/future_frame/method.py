"""Future-frame prediction as the house runs it: a frame that does not follow from the last four is unusual.

Source: Liu et al., "Future Frame Prediction for Anomaly Detection - A New Baseline", CVPR 2018. Without its GAN, and
with the change to the last frame seen in place of optical flow (see `objective`). The authors drop a video's first four
frames, which nothing predicts; here they take the error of the fifth, so that every frame has a score.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from unusual.methods.future_frame.network import UNet
from unusual.methods.future_frame.objective import prediction_loss
from unusual.methods.future_frame.settings import FutureFrameConfig
from unusual.methods.pictures.frame_method import FrameMethod
from unusual.methods.pictures.pixels import own_peak_psnr


class FutureFrameMethod(FrameMethod):
    """A predictor with its settings; clips.width must be known. Meets `methods.Method`."""

    checked = "PSNR of predicted frames, dB"

    def __init__(self, config: FutureFrameConfig, device: torch.device) -> None:
        shape, network = config.network, UNet(config.network)
        super().__init__(config.clips, config.training, network, device, frames=shape.frames, colours=shape.colours)
        self.rebuilt_at, self.region = (shape.frames - 1,), config.objective.region
        self.objective = config.objective

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """The last frame, from those before it."""
        predicted: Tensor = network(real[:, :-1])
        return predicted

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """Intensity, gradient and change of a batch."""
        return prediction_loss(self.rebuilt_by(network, real)[:, 0], real[:, -1], real[:, -2], self.objective)

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The last frame seen, copied; all frames seen, averaged."""
        return {"copied": real[:, -2:-1], "averaged": real[:, :-1].mean(1, keepdim=True)}

    def frame_errors(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """Minus the PSNR in dB, its peak the predicted frame's largest value (Eq. 7 of the paper)."""
        return -own_peak_psnr(rebuilt, real)
