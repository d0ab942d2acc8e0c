"""USTN-DSC as the house runs it: footage in, batches to learn from, errors of what it restores."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors
from unusual.errors import DataError
from unusual.methods.method import Check, Footage, autocast
from unusual.methods.ustn_dsc.clips import Unit, cut_units, moving_crop, span, unit_starts, working_picture
from unusual.methods.ustn_dsc.network import UstnDsc, blend, keyframes
from unusual.methods.ustn_dsc.objective import (
    copy_nearest,
    missing_frames,
    missing_psnr,
    region_errors,
    restoration_loss,
    to_unit_range,
    worst_frame_psnr,
)
from unusual.methods.ustn_dsc.presets import UstnDscConfig
from unusual.video.cache import cache_video

CHECKED_CLIPS = 48  # of the held-out footage, evenly spread
JUDGED_AT_ONCE = 4  # units in one pass of the network


class UstnDscMethod:
    """A USTN-DSC with its settings; clips.width must be known (see `working_width`). Meets `methods.Method`."""

    def __init__(self, config: UstnDscConfig, device: torch.device) -> None:
        self.config, self.device = config, device
        self.training = config.training
        self.network: nn.Module = UstnDsc(config.network).to(device)
        self.picture_shape = (config.clips.height, config.clips.width, config.network.colours)
        self.span = span(config.network.frames, config.clips.stride)
        self.sample = f"unit of {self.span} frames"
        self.margin, self.stretched = 0, True  # Eq. 7
        self._keys = list(keyframes(config.network.frames))

    def picture(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A frame (H, W, 3) uint8 at the network's working size and colours."""
        return working_picture(rgb, *self.picture_shape)

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The video at working size. Raises as `cache_video`."""
        cached = cache_video(video, self.picture_shape, self.picture, cache, most_bytes)
        return Footage.of_frames(cached.name, cached.pictures), cached.problems

    def starts(self, footage: Sequence[Footage]) -> NDArray[np.int64]:
        """(n, 2) all clips that can be learnt from: number of the stretch, first frame."""
        return unit_starts(footage, self.span)

    def batch(self, footage: Sequence[Footage], starts: NDArray[np.int64], chance: np.random.Generator) -> Tensor:
        """The clips at `starts` (B, 2), cropped when training crops: (B, T, C, H, W) in [0, 1]."""
        clips = [self._clip(footage, row) for row in starts]
        if self.config.clips.crop:
            clips = [moving_crop(clip, self.config.clips.crop, chance) for clip in clips]
        return to_unit_range(np.stack(clips), self.device)

    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """L_all of a batch; `network` is ours or a wrapper of it."""
        with autocast(self.device, self.training.precision):
            restored = network(real[:, self._keys])
        return restoration_loss(restored, real, adjacent_frames=self.config.objective.adjacent_frames)

    @torch.inference_mode()
    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """PSNR of the missing frames of held-out footage beside two floors: nearest keyframe, blended keyframes."""
        starts = unit_starts(footage, self.span, self.span)
        if not len(starts):
            raise DataError(f"the held-out footage is shorter than one unit of {self.span} frames: give more footage")
        starts = starts[np.linspace(0, len(starts) - 1, min(CHECKED_CLIPS, len(starts))).round().astype(int)]
        rows = []
        for i in range(0, len(starts), JUDGED_AT_ONCE):
            real = to_unit_range(
                np.stack([self._clip(footage, row) for row in starts[i : i + JUDGED_AT_ONCE]]), self.device
            )
            keys, frames = real[:, self._keys], real.shape[1]
            guesses = (self._restore(keys), copy_nearest(keys, frames), blend(keys, frames))
            rows.append(torch.stack([missing_psnr(guess, real) for guess in guesses]))
        restored, copied, blended = torch.cat(rows, 1).mean(1).tolist()
        return (Check("PSNR of missing frames, dB", restored, (("copied", copied), ("blended", blended))),)

    def settle(self, footage: Sequence[Footage]) -> None:
        """Nothing: Eq. 6 and 7 need the weights alone."""

    def units(self, footage: Footage) -> int:
        """Units of prepared footage."""
        step = self.config.clips.step or self.span
        return 0 if footage.frames < self.span else -(-(footage.frames - self.span) // step) + 1

    def judge_footage(self, footage: Footage) -> Iterator[FrameErrors]:
        """Errors of each unit of prepared footage."""
        if footage.frames >= self.span:
            yield from self.judge(footage.name, ((float(n), picture) for n, picture in enumerate(footage.pictures)))

    def judge(
        self, name: str, pictures: Iterable[tuple[float, NDArray[np.uint8]]], kept: Path | None = None
    ) -> Iterator[FrameErrors]:
        """Errors of each unit of a video as its pictures arrive: (seconds, (H, W, C) uint8) in, in order.

        Nothing is kept: all that it finds depends on the weights.

        Raises:
            VideoError: the video is shorter than one unit.
        """
        clips = self.config.clips
        units = cut_units(name, pictures, frames=self.config.network.frames, stride=clips.stride, step=clips.step)
        while some := list(islice(units, JUDGED_AT_ONCE)):
            yield from self._errors(some)

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The unit's own frames."""
        return int(unit.indices[0]), int(unit.indices[-1])

    @torch.inference_mode()
    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The missing frame of one unit (span, H, W, C) uint8 that holds its largest region error, as restored."""
        real = to_unit_range(pictures[None, :: self.config.clips.stride], self.device)
        restored = self._restore(real[:, self._keys])
        missing = missing_frames(real.shape[1])
        error = (restored[0, missing] - real[0, missing]).abs().mean(1)  # t H W
        region = self.config.objective.region
        worst = missing[int(F.avg_pool2d(error, region, region // 2).amax((1, 2)).argmax())]
        picture = (restored[0, worst].clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
        error = (restored[0, worst] - real[0, worst]).abs().mean(0)
        return Explanation(worst * self.config.clips.stride, picture.cpu().numpy(), error.cpu().numpy())

    @torch.inference_mode()
    def _errors(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        real = to_unit_range(np.stack([unit.clip for unit in units]), self.device)
        restored = self._restore(real[:, self._keys])
        psnr = worst_frame_psnr(restored, real).tolist()
        regions = region_errors(restored, real, self.config.objective.region).cpu().numpy()
        for unit, decibels, region in zip(units, psnr, regions, strict=True):
            yield FrameErrors(unit.indices, unit.times_s, -decibels, region, published=unit.side_by_side)

    def _restore(self, keys: Tensor) -> Tensor:
        self.network.eval()
        with autocast(self.device, self.training.precision):
            restored: Tensor = self.network(keys)
        return restored

    def _clip(self, footage: Sequence[Footage], start: NDArray[np.int64]) -> NDArray[np.uint8]:
        number, first = (int(value) for value in start)
        return footage[number].pictures[first : first + self.span : self.config.clips.stride]
