"""What methods share that rebuild pictures of short clips: footage in, clips to learn from, errors unit by unit."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unusual.domain import Explanation, FrameErrors
from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.learner import Check
from unusual.methods.pictures.clips import ClipConfig, Unit, cut_units, moving_crop, span, unit_starts, working_picture
from unusual.methods.pictures.pixels import to_unit_range
from unusual.methods.settings import TrainingConfig
from unusual.methods.torch_net import autocast
from unusual.video.cache import cache_video

CHECKED_CLIPS = 48  # of the held-out footage, evenly spread
CHECKED_AT_ONCE = 4


class ClipMethod(ABC):
    """A network that rebuilds frames of a clip from frames of that clip. Meets `methods.Method`.

    A method says what is shown to the network (`rebuild`), what is learnt (`loss`), what needs no learning (`floors`,
    `psnr`, `checked`) and what is reported (`judge_units`, `explain`).
    """

    margin, stretched = 0, True
    checked: str  # what `check` measures, in words

    def __init__(
        self,
        clips: ClipConfig,
        training: TrainingConfig,
        network: nn.Module,
        device: torch.device,
        *,
        frames: int,
        colours: int,
    ) -> None:
        """`frames` is T, of clips whose width is known (see `ClipConfig.completed`)."""
        self.clips, self.training, self.device = clips, training, device
        self.network: nn.Module = network.to(device)
        self.frames, self.span = frames, span(frames, clips.stride)
        self.picture_shape = (clips.height, clips.width, colours)
        self.sample = f"unit of {self.span} frames"
        self.at_once = 4

    @abstractmethod
    def rebuild(self, network: nn.Module, real: Tensor) -> Tensor:
        """What `network` makes of whole clips (B, T, C, H, W) in [0, 1]: (B, R, C, H, W), R as the method says."""

    @abstractmethod
    def loss(self, network: nn.Module, real: Tensor) -> Tensor:
        """The scalar to minimise on one batch; `network` is ours or a wrapper of it."""

    @abstractmethod
    def floors(self, real: Tensor) -> Mapping[str, Tensor]:
        """Guesses that need no learning, by name, each as `rebuild` gives them."""

    @abstractmethod
    def psnr(self, rebuilt: Tensor, real: Tensor) -> Tensor:
        """PSNR in dB (peak 1) of what is checked, averaged over frames: (B, R, C, H, W), (B, T, C, H, W) -> (B,)."""

    @abstractmethod
    def judge_units(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        """Errors of units that go through the network in one pass."""

    @abstractmethod
    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """As `methods.Method`."""

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
        clips = self._cut(footage, starts)
        if self.clips.crop:
            clips = [moving_crop(clip, self.clips.crop, chance) for clip in clips]
        return to_unit_range(np.stack(clips), self.device)

    @torch.inference_mode()
    def check(self, footage: Sequence[Footage]) -> tuple[Check, ...]:
        """PSNR of held-out footage beside that of the floors. Raises DataError where it is shorter than a unit."""
        starts = unit_starts(footage, self.span, self.span)
        if not len(starts):
            raise DataError(f"the held-out footage is shorter than one unit of {self.span} frames: give more footage")
        starts = starts[np.linspace(0, len(starts) - 1, min(CHECKED_CLIPS, len(starts))).round().astype(int)]
        rows, floors = [], dict[str, Tensor]()
        for i in range(0, len(starts), CHECKED_AT_ONCE):
            real = to_unit_range(np.stack(self._cut(footage, starts[i : i + CHECKED_AT_ONCE])), self.device)
            floors = dict(self.floors(real))
            rows.append(torch.stack([self.psnr(guess, real) for guess in (self.rebuilt(real), *floors.values())]))
        value, *of_floors = torch.cat(rows, 1).mean(1).tolist()
        return (Check(self.checked, value, tuple(zip(floors, of_floors, strict=True))),)

    def settle(self, footage: Sequence[Footage]) -> None:  # noqa: B027 - a method that has something to settle says it
        """Nothing: the published errors need the weights alone."""

    def units(self, footage: Footage) -> int:
        """Units of prepared footage."""
        step = self.clips.step or self.span
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
        units = cut_units(name, pictures, frames=self.frames, stride=self.clips.stride, step=self.clips.step)
        while some := list(islice(units, self.at_once)):
            yield from self.judge_units(some)

    def shown(self, unit: FrameErrors, frames: int) -> tuple[int, int]:
        """The unit's own frames."""
        return int(unit.indices[0]), int(unit.indices[-1])

    def rebuilt_by(self, network: nn.Module, real: Tensor) -> Tensor:
        """`rebuild` in the precision of the settings."""
        with autocast(self.device, self.training.precision):
            return self.rebuild(network, real)

    def rebuilt(self, real: Tensor) -> Tensor:
        """`rebuild` by our network as it is used in scoring."""
        return self.rebuilt_by(self.network.eval(), real)

    def clips_of(self, units: Sequence[Unit]) -> Tensor:
        """The clips of units, (B, T, C, H, W) in [0, 1]."""
        return to_unit_range(np.stack([unit.clip for unit in units]), self.device)

    def clip_of(self, pictures: NDArray[np.uint8]) -> Tensor:
        """One clip, (1, T, C, H, W) in [0, 1], of all the pictures that it spans, (span, H, W, C) uint8."""
        return to_unit_range(pictures[None, :: self.clips.stride], self.device)

    def _cut(self, footage: Sequence[Footage], starts: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
        return [
            footage[number].pictures[first : first + self.span : self.clips.stride] for number, first in starts.tolist()
        ]


def explanation(offset: int, rebuilt: Tensor, real: Tensor) -> Explanation:
    """What a person is shown of one frame (C, H, W) in [0, 1], `offset` frames after the first that was seen."""
    picture = (rebuilt.clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return Explanation(offset, picture.cpu().numpy(), (rebuilt - real).abs().mean(0).cpu().numpy())
