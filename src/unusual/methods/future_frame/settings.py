"""Future-frame prediction's settings in one place, and the two sets of them that have a name."""

from dataclasses import dataclass, field

from unusual.errors import ConfigError
from unusual.methods.pictures.clips import ClipConfig, ClipSettings, RegionConfig, check_clips
from unusual.methods.settings import Method, TrainingConfig


@dataclass(frozen=True)
class NetworkConfig:
    """What one predictor is built of. The defaults are the paper's."""

    frames: int = 5  # T: all but the last are seen, the last is predicted
    colours: int = 3  # C: 1 grey, 3 RGB
    widths: tuple[int, ...] = (64, 128, 256, 512)  # D, from the finest level to the coarsest
    residual: bool = False  # ours: the network adds to the last frame seen rather than paint from nothing

    def __post_init__(self) -> None:
        if self.frames < 2 or self.colours not in (1, 3):
            raise ConfigError(f"need frames (T) >= 2 and colours 1 or 3, got {self.frames} and {self.colours}")
        if not 2 <= len(self.widths) <= 6 or min(self.widths) < 1:
            raise ConfigError(f"need two to six levels of at least one channel, got widths {self.widths}")


@dataclass(frozen=True)
class ObjectiveConfig(RegionConfig):
    """How much each loss counts; the defaults are the paper's."""

    intensity: float = 1.0
    gradient: float = 1.0
    change: float = 2.0  # the paper's weight of its optical-flow loss

    def __post_init__(self) -> None:
        super().__post_init__()
        weights = (self.intensity, self.gradient, self.change)
        if min(weights) < 0 or not 0 < sum(weights) < float("inf"):
            raise ConfigError(f"weights of losses must be 0 or more, and one of them above 0, got {weights}")


@dataclass(frozen=True)
class FutureFrameConfig(ClipSettings):
    """All that decides what a predictor is, learns and reports."""

    clips: ClipConfig = field(default_factory=lambda: ClipConfig(step=1))
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, self.network.frames, self.objective.region)


def paper() -> FutureFrameConfig:
    """The published size: four frames of 256x256 RGB to the fifth, 64 to 512 channels. 7.7 M parameters, for a GPU."""
    return FutureFrameConfig()


def small() -> FutureFrameConfig:
    """Ours, for two CPU cores: grey, a quarter of the width, the video's own shape; adds to the last frame seen.

    Gradient and change count a fiftieth: in L1 they ask for the camera's noise, and on held-out footage a short
    training with the paper's weights predicts no better than the last frame copied.
    """
    return FutureFrameConfig(
        ClipConfig(height=160, width=0, step=1, crop=96),
        NetworkConfig(colours=1, widths=(16, 32, 64, 128), residual=True),
        ObjectiveConfig(gradient=0.02, change=0.02),
        TrainingConfig(epochs=5, epoch_batches=200, batch=8, learning_rate=1e-3, warmup_batches=50, clip_gradient=1.0),
    )


METHOD = Method(
    FutureFrameConfig,
    {"paper": paper, "small": small},
    ("clips.step", "training.precision"),
    finds="what moves faster or otherwise than all that came by, or looks unlike it",
    misses="who strolls where nobody does, goes the wrong way at the usual pace, or lies still",
)
