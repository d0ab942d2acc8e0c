"""The convolutional autoencoder's settings in one place, and the two sets of them that have a name."""

from dataclasses import dataclass, field

from unusual.errors import ConfigError
from unusual.methods.pictures.clips import ClipConfig, ClipSettings, RegionConfig, check_clips
from unusual.methods.settings import Method, TrainingConfig

KERNEL, STRIDE = 11, 4  # of the outermost layers
SMALLEST = 2 * STRIDE + KERNEL + STRIDE  # pixels of a picture that both pools can halve


@dataclass(frozen=True)
class NetworkConfig:
    """What one autoencoder is built of. The defaults are the paper's."""

    frames: int = 10  # T
    widths: tuple[int, int, int] = (512, 256, 128)  # D1, D2, D3: channels from the outermost layer to the code
    residual: bool = False  # ours: the network sees and gives differences from the mean of the clip

    def __post_init__(self) -> None:
        if self.frames < 2 or min(self.widths) < 1:
            raise ConfigError(f"need frames (T) >= 2 and widths >= 1, got {self.frames} and {self.widths}")


@dataclass(frozen=True)
class ConvAeConfig(ClipSettings):
    """All that decides what a convolutional autoencoder is, learns and reports."""

    clips: ClipConfig = field(default_factory=lambda: ClipConfig(height=227, width=227))
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: RegionConfig = field(default_factory=RegionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, self.network.frames, self.objective.region)
        sides = (self.clips.height, self.clips.width or SMALLEST, self.clips.crop or SMALLEST)
        if min(sides) < SMALLEST:
            raise ConfigError(f"the network needs pictures and crops of {SMALLEST} pixels or more, got {self.clips}")


def paper() -> ConvAeConfig:
    """The published size: ten frames of 227x227, 512, 256 and 128 channels. 8.4 M parameters, for a GPU."""
    return ConvAeConfig(training=TrainingConfig(batch=32))


def small() -> ConvAeConfig:
    """Ours, for two CPU cores: a quarter of the width, the video's own shape, differences from the mean of the clip.

    These grow towards the ends of a clip, so that clips side by side would give a wave: each frame is judged as the
    newest of its clip.
    """
    return ConvAeConfig(
        ClipConfig(height=160, width=0, step=1, crop=96),
        NetworkConfig(widths=(128, 64, 32), residual=True),
        RegionConfig(),
        TrainingConfig(epochs=8, epoch_batches=200, batch=8, learning_rate=1e-3, warmup_batches=50, clip_gradient=1.0),
    )


# not clips.step: where in its clip a frame is judged is part of its error
METHOD = Method(
    ConvAeConfig,
    {"paper": paper, "small": small},
    ("training.precision",),
    finds="what moves faster or otherwise than all that came by, or looks unlike it",
    misses="who strolls where nobody does, goes the wrong way at the usual pace, or lies still",
)
