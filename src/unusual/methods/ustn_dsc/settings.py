"""USTN-DSC's settings in one place, and the two sets of them that have a name."""

from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from unusual.methods.pictures.clips import ClipConfig, check_clips
from unusual.methods.settings import TrainingConfig
from unusual.methods.ustn_dsc.network import NetworkConfig
from unusual.methods.ustn_dsc.objective import ObjectiveConfig


@dataclass(frozen=True)
class UstnDscConfig:
    """All that decides what a USTN-DSC is, learns and reports."""

    clips: ClipConfig = field(default_factory=ClipConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_clips(self.clips, self.network.frames, self.objective.region)

    def completed(self, frame_height: int, frame_width: int) -> "UstnDscConfig":
        """These settings with a width of 0 replaced by what frames of this size ask for."""
        return replace(self, clips=self.clips.completed(frame_height, frame_width))


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


WARM_START = Path(str(files("unusual.methods.ustn_dsc").joinpath("warm_start.safetensors")))  # of preset small
PRESETS = {"paper": paper, "small": small}
CHANGEABLE = ("clips.step", "training.precision")
