"""Future-frame prediction's settings in one place, and the two sets of them that have a name."""

from dataclasses import dataclass, field, replace

from unusual.methods.future_frame.network import NetworkConfig
from unusual.methods.future_frame.objective import ObjectiveConfig
from unusual.methods.pictures.clips import ClipConfig, check_clips
from unusual.methods.settings import TrainingConfig


@dataclass(frozen=True)
class FutureFrameConfig:
    """All that decides what a predictor is, learns and reports."""

    clips: ClipConfig = field(default_factory=lambda: ClipConfig(step=1))
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, self.network.frames, self.objective.region)

    def completed(self, frame_height: int, frame_width: int) -> "FutureFrameConfig":
        """These settings with a width of 0 replaced by what frames of this size ask for."""
        return replace(self, clips=self.clips.completed(frame_height, frame_width))


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


PRESETS = {"paper": paper, "small": small}
CHANGEABLE = ("clips.step", "training.precision")
