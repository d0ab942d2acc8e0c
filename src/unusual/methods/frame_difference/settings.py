"""Frame difference's settings in one place, and the two sets of them that have a name."""

from dataclasses import dataclass, field

from unusual.methods.pictures.clips import ClipConfig, ClipSettings, RegionConfig, check_clips
from unusual.methods.settings import Method, TrainingConfig

FRAMES = 2


@dataclass(frozen=True)
class FrameDifferenceConfig(ClipSettings):
    """All that decides what frame difference reports. training: its share of held-out footage; nothing is trained."""

    clips: ClipConfig = field(default_factory=lambda: ClipConfig(step=1))
    objective: RegionConfig = field(default_factory=RegionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, FRAMES, self.objective.region)


def paper() -> FrameDifferenceConfig:
    """The size at which the field compares whole frames, 256x256; nobody published frame difference by itself."""
    return FrameDifferenceConfig()


def small() -> FrameDifferenceConfig:
    """The working size of the other methods' `small`: 160 pixels height in the video's own shape."""
    return FrameDifferenceConfig(ClipConfig(height=160, width=0, step=1))


METHOD = Method(
    FrameDifferenceConfig,
    {"paper": paper, "small": small},
    ("clips.step", "training.precision"),
    has_network=False,
    finds="what changes the picture more from frame to frame than all that came by",
    misses="who is slow, small or still, whatever he does",
)
