"""USTN-DSC as the house runs it: whole events from three of their frames, one error for each event."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors
from unusual.methods.pictures.clip_method import ClipMethod, explanation
from unusual.methods.pictures.clips import Unit
from unusual.methods.pictures.pixels import pooled_errors
from unusual.methods.ustn_dsc.network import UstnDsc, blend, keyframes
from unusual.methods.ustn_dsc.objective import (
    copy_nearest,
    missing_frames,
    missing_psnr,
    region_errors,
    restoration_loss,
    worst_frame_psnr,
)
from unusual.methods.ustn_dsc.settings import UstnDscConfig


class UstnDscMethod(ClipMethod):
    """A USTN-DSC with its settings; clips.width must be known. Meets `methods.Method`."""

    checked = "PSNR of missing frames, dB"

    def __init__(self, config: UstnDscConfig, device: torch.device) -> None:
        shape, network = config.network, UstnDsc(config.network)
        super().__init__(config.clips, config.training, network, device, frames=shape.frames, colours=shape.colours)
        self.config = config
        self._keys = list(keyframes(shape.frames))

    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """All T frames from three of them."""
        restored: Tensor = network(real[:, self._keys])
        return restored

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """L_all of a batch."""
        restored = self.rebuilt_by(network, real)
        return restoration_loss(restored, real, adjacent_frames=self.config.objective.adjacent_frames)

    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """The nearest keyframe, and neighbouring keyframes blended."""
        keys = real[:, self._keys]
        return {"copied": copy_nearest(keys, self.frames), "blended": blend(keys, self.frames)}

    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """Of the missing frames."""
        return missing_psnr(rebuilt, real)

    @torch.inference_mode()
    def judge_units(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        """Minus the PSNR of the frame that was restored worst (Eq. 6), and where the missing frames are wrong."""
        real = self.clips_of(units)
        restored = self.rebuilt(real)
        psnr = worst_frame_psnr(restored, real).tolist()
        regions = region_errors(restored, real, self.config.objective.region).cpu().numpy()
        for unit, decibels, region in zip(units, psnr, regions, strict=True):
            yield FrameErrors(unit.indices, unit.times_s, -decibels, region, published=unit.side_by_side)

    @torch.inference_mode()
    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The missing frame of one unit (span, H, W, C) uint8 that holds its largest region error, as restored."""
        real = self.clip_of(pictures)[0]
        restored, missing = self.rebuilt(real[None])[0], missing_frames(self.frames)
        pooled = pooled_errors(restored[missing], real[missing], self.config.objective.region)
        worst = missing[int(pooled.amax((1, 2)).argmax())]
        return explanation(worst * self.clips.stride, restored[worst], real[worst])
