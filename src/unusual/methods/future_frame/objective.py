"""What future-frame prediction is trained for.

Source: Liu et al., CVPR 2018, Sections 3.2 and 3.3, Eq. 1 to 3, with their weights.
Letters: B clips, C colours, H W pixels.
"""

from torch import Tensor

from unusual.methods.future_frame.settings import ObjectiveConfig


def prediction_loss(predicted: Tensor, real: Tensor, last: Tensor, weights: ObjectiveConfig) -> Tensor:
    """The weighted sum of three losses of frames (B, C, H, W) in [0, 1]; a scalar. last: the last frame that was seen.

    Means over pixels and clips, as in the authors' code. The paper adds an adversarial loss, of weight 0.05; this
    leaves it out: it needs a second network, and sharpens pictures more than it tells events apart.
    """
    return (
        weights.intensity * (predicted - real).square().mean()
        + weights.gradient * gradient_loss(predicted, real)
        + weights.change * change_loss(predicted, real, last)
    )


def gradient_loss(predicted: Tensor, real: Tensor) -> Tensor:
    """Eq. 2: absolute differences of neighbouring pixels must agree, in L1, along both axes."""
    down, across = ((predicted.diff(dim=axis).abs() - real.diff(dim=axis).abs()).abs().mean() for axis in (-2, -1))
    return down + across


def change_loss(predicted: Tensor, real: Tensor, last: Tensor) -> Tensor:
    """Flow-or-difference, in place of Eq. 3: predicted and real frame must differ as much from the last one, in L1.

    The paper compares FlowNet's flow from the last frame to either; its weights cannot be had. Here it is the gradient
    loss along time. Absolute differences are compared: of signed ones nothing but the intensities would remain.
    """
    return ((predicted - last).abs() - (real - last).abs()).abs().mean()
