"""What the house knows of a method without building it, and the settings that every trained method has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from unusual.errors import ConfigError

Precision = Literal["auto", "bf16", "fp32"]
PRESET_RATE = 25.0  # frames a second of the cameras that presets are sized for
LARGEST_BATCH = 4096  # samples; none of this house's needs more than 128


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained. The defaults are USTN-DSC's (Section 4.1)."""

    epochs: int = 100  # the paper: 100 on Ped2, 150 on Avenue, 200 on ShanghaiTech
    minutes: float = 0.0  # a budget of training time that decides instead of epochs; 0: none
    epoch_batches: int = 0  # batches that make an epoch; 0: as many as show every clip once
    batch: int = 4
    learning_rate: float = 2e-4
    schedule: Literal["cosine", "constant"] = "cosine"  # cosine: the rate falls to 0
    warmup_batches: int = 0  # batches in which the learning rate rises from 0
    beta1: float = 0.9
    beta2: float = 0.99
    epsilon: float = 1e-8  # of Adam
    weight_decay: float = 0.01  # decoupled; the paper gives no value, this is AdamW's usual one
    clip_gradient: float = 0.0  # longest gradient of one batch, L2; 0: no limit
    averaging: float = 0.0  # of the weights over batches, what the mean keeps of itself at each; 0: the last weights
    held_out: float = 0.1  # share of the training footage that is never trained on
    warm_start: Literal["none", "made-up"] = "none"  # start from the shipped network that saw made-up scenes
    precision: Precision = "auto"  # auto: bf16 where the processor has it; scoring is in fp32 unless this is bf16
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or not 1 <= self.batch <= LARGEST_BATCH or not 0 <= self.seed < 2**32:
            raise ConfigError(f"need epochs >= 1, batch from 1 to {LARGEST_BATCH} and seed from 0 to {2**32 - 1}")
        for name in ("minutes", "epoch_batches", "warmup_batches", "weight_decay", "clip_gradient"):
            if not 0 <= getattr(self, name) < inf:
                raise ConfigError(f"training.{name} must be 0 or more, got {getattr(self, name)}")
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1):
            raise ConfigError(f"need beta1 and beta2 in [0, 1), got {self.beta1} and {self.beta2}")
        if not 0 <= self.averaging < 1:
            raise ConfigError(f"training.averaging must be 0 or more and below 1, got {self.averaging}")
        if not 0 < self.held_out <= 0.5:
            raise ConfigError(f"held_out must be above 0 and at most 0.5, got {self.held_out}")
        if not (0 < self.learning_rate < inf and 0 < self.epsilon < inf):
            raise ConfigError(f"need learning_rate and epsilon above 0, got {self.learning_rate} and {self.epsilon}")


class MethodSettings:
    """All settings of one method: a frozen dataclass of sections, each of them one too. They answer for their method.

    A setting is asked for as `section.key`; a change of it is written `section.key=value`.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    training: TrainingConfig

    def completed(self, frame_height: int, frame_width: int, rate: float = 0.0) -> Self:
        """These settings with what decide frames of this size, so many a second, or files that they name.

        Args:
            frame_height, frame_width: px. rate: frames per second, 0 where it is not known.

        Raises:
            ConfigError: a file that they name is missing.
        """
        return self

    def paced(self, rate: float) -> list[str]:
        """What to change of a preset for a camera of `rate` frames a second, so that what is judged lasts as long."""
        return []

    def lacking(self) -> str:
        """What this machine lacks that would help, and how to get it, in a line; "" where it lacks nothing."""
        return ""

    def told_by(self, videos: Sequence[Path], rate: Fraction) -> list[str]:
        """What to change of a preset because of what ordinary footage shows.

        rate: frames a second of folders of pictures. Raises ConfigError, VideoError.
        """
        return []

    def denser(self) -> list[str]:
        """What to change after training so that short clips are scored in smaller steps."""
        return []

    @property
    def scored_in(self) -> Precision:
        """The precision in which a network scores: by itself fp32, so that scores are the same whoever runs it."""
        return "bf16" if self.training.precision == "bf16" else "fp32"


@dataclass(frozen=True, slots=True)
class Method:
    """A method's entry in the house.

    presets: its named sets of settings. changeable: settings that leave the meaning of weights and live scale alone,
    so that they may be changed after training. warm_start: shipped weights, if any. has_network: whether there is
    something that PyTorch trains. exponential: whether high scores are exponentially rare, as a score is that adds up
    how seldom things are met. of_one_scene: whether what is learnt holds before one camera alone.
    finds, misses: what a camera that learnt by it can be expected to find, and what not, in words.
    """

    settings: type[MethodSettings]
    presets: Mapping[str, Callable[[], MethodSettings]]
    changeable: tuple[str, ...]
    warm_start: Path | None = None
    has_network: bool = True
    exponential: bool = False
    of_one_scene: bool = False
    finds: str = ""
    misses: str = ""
