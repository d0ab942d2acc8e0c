"""Future-frame prediction learns: the next frame from the last four.

Source: Liu et al., "Future Frame Prediction for Anomaly Detection - A New Baseline", CVPR 2018. Without its GAN, and
with the change to the last frame seen in place of optical flow (see `objective`).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from unusual.methods.future_frame.judging import Judging
from unusual.methods.future_frame.network import UNet
from unusual.methods.future_frame.objective import prediction_loss
from unusual.methods.future_frame.scorer import scorer
from unusual.methods.future_frame.settings import FutureFrameConfig
from unusual.methods.pictures.network_learner import ClipNetworkLearner
from unusual.methods.pictures.pixels import psnr
from unusual.methods.torch_net import TorchNet, device_of


class FutureFrameLearner(ClipNetworkLearner):
    """Trains a predictor; clips.width must be known."""

    measured = "PSNR of predicted frames, dB"

    def __init__(self, config: FutureFrameConfig, network: UNet, device: torch.device) -> None:
        net = TorchNet(Judging(config, network), device, config.scored_in)
        super().__init__(scorer(config, {}, lambda: net), network, config.training, device)
        self.objective = config.objective

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """The last frame, from those before it."""
        predicted: Tensor = network(real[:, :-1])
        return predicted

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """Intensity, gradient and change of a batch."""
        return prediction_loss(self.rebuilt_by(network, real)[:, 0], real[:, -1], real[:, -2], self.objective)

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The last frame seen, copied; the last two carried on at constant velocity; all frames seen, averaged."""
        seen = real[:, :-1]
        last, before = seen[:, -1:], seen[:, -2:][:, :1]  # with one frame seen, the two are the same
        carried = (2 * last - before).clamp(0, 1)
        return {"copied": last, "at constant velocity": carried, "averaged": seen.mean(1, keepdim=True)}

    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """Of the predicted frame."""
        return psnr(rebuilt, real[:, -1:]).mean(1)


def learner(config: FutureFrameConfig, device: str) -> FutureFrameLearner:
    """As `make_learner`."""
    torch.manual_seed(config.training.seed)
    return FutureFrameLearner(config, UNet(config.network), device_of(device))
