"""USTN-DSC's settings in one place, and the sets of them that have a name."""

from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

from unusual.errors import ConfigError
from unusual.methods.pictures.clips import ClipConfig, ClipSettings, check_clips, check_region
from unusual.methods.settings import Method, TrainingConfig


@dataclass(frozen=True)
class NetworkConfig:
    """What one USTN-DSC is built of. The defaults are the paper's, RSTT's where the paper is silent."""

    frames: int = 9  # T, odd, at least 5
    colours: int = 3  # C: 1 grey, 3 RGB
    channels: int = 96  # D, the same at all levels, as one time-upsampling serves all skips
    depth: int = 6  # N blocks in each stage, regular and shifted windows in turn
    heads: tuple[int, int, int, int] = (2, 4, 8, 16)  # from the finest level to the coarsest
    window: int = 4  # M
    mlp_ratio: float = 2.0
    drop_path: float = 0.1  # rises linearly from 0 along the encoder, and falls back to 0 along the decoder
    cross_attention_skip: bool = True  # CAC of Table 2
    upsampling_skip: bool = True  # TUC of Table 2
    head: Literal["paper", "lean"] = "paper"  # lean, ours: two convolutions and one 4x pixel shuffle
    residual: bool = False  # ours: the network adds to blended keyframes rather than paint from nothing
    motion_input: bool = False  # ours: the stem sees each keyframe beside its difference from the mean of the three

    def __post_init__(self) -> None:
        if self.frames < 5 or self.frames % 2 == 0:
            raise ConfigError(f"frames (T) must be odd and at least 5, got {self.frames}")
        if self.colours not in (1, 3):
            raise ConfigError(f"colours must be 1 (grey) or 3 (RGB), got {self.colours}")
        if self.depth < 1 or self.window < 2:
            raise ConfigError(f"need depth >= 1 and window >= 2, got depth {self.depth}, window {self.window}")
        if not 0 <= self.drop_path < 1 or not self.mlp_ratio > 0 or self.channels < 2:
            raise ConfigError(
                f"need 0 <= drop_path < 1, mlp_ratio > 0 and channels >= 2, "
                f"got {self.drop_path}, {self.mlp_ratio}, {self.channels}"
            )
        if any(heads < 1 or self.channels % heads for heads in self.heads):
            raise ConfigError(f"channels ({self.channels}) must be a multiple of each of the heads {self.heads}")


@dataclass(frozen=True)
class ObjectiveConfig:
    """What is trained for, and where errors are pooled."""

    adjacent_frames: bool = True  # L_fd of Eq. 4; off for Table 3
    keyframes: bool = True  # whether Eq. 3 sums over the keyframes too, which are given; off: the missing frames alone
    region: int = 16  # r, side in pixels of the regions of the live score, even

    def __post_init__(self) -> None:
        check_region(self.region)


@dataclass(frozen=True)
class UstnDscConfig(ClipSettings):
    """All that decides what a USTN-DSC is, learns and reports."""

    clips: ClipConfig = field(default_factory=ClipConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, self.network.frames, self.objective.region)

    def denser(self) -> list[str]:
        """Three times as dense, where a unit spans nine frames as in the presets."""
        return ["clips.step=3"]


def paper() -> UstnDscConfig:
    """The paper's own: 256x256, C = 96, N = 6, T = 9, 100 epochs (Ped2). About 7.1 M parameters, for a GPU.

    One departure: a tenth of the training footage is held out, for the checks and the live scale.
    """
    return UstnDscConfig()


def small() -> UstnDscConfig:
    """Ours, for two CPU cores: a third of the width, N = 2, T = 5 with every second frame (the paper's nine in time).

    Departures from the paper, each a setting: grey pictures that keep the video's shape, the lean head, a residual
    on blended keyframes, motion shown to the stem, few attention heads, crops around motion, and a start
    from the shipped network that saw made-up scenes.
    """
    return UstnDscConfig(
        ClipConfig(height=160, width=0, stride=2, crop=96),
        NetworkConfig(
            frames=5,
            colours=1,
            channels=32,
            depth=2,
            heads=(1, 1, 2, 2),
            drop_path=0.0,
            head="lean",
            residual=True,
            motion_input=True,
        ),
        ObjectiveConfig(),
        TrainingConfig(
            epochs=20,
            epoch_batches=200,
            batch=8,
            learning_rate=1e-3,
            warmup_batches=50,
            clip_gradient=1.0,
            warm_start="made-up",
        ),
    )


def medium() -> UstnDscConfig:
    """Ours, for an hour and more on two CPU cores: `small` on pictures half as high again, and every frame of them.

    Both were chosen on planted anomalies (benchmarks/levers.py). The learning rate stays, and the weights are averaged
    instead: every save is a training that ends there, and one that is stopped and gone on with over days is the same
    as one that was not.
    """
    begun = small()
    training = replace(begun.training, epochs=200, batch=4, schedule="constant", averaging=0.999)
    return replace(begun, clips=replace(begun.clips, height=240, stride=1, crop=144), training=training)


WARM_START = Path(str(files("unusual.methods.ustn_dsc").joinpath("warm_start.safetensors")))  # of preset small
METHOD = Method(
    UstnDscConfig,
    {"paper": paper, "small": small, "medium": medium},
    ("clips.step", "training.precision"),
    WARM_START,
    finds="what moves faster or otherwise than all that came by, or looks unlike it",
    misses="who strolls where nobody does, goes the wrong way at the usual pace, or lies still",
)
