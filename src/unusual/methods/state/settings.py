"""STATE's settings in one place, and the sets of them that have a name."""

from dataclasses import dataclass, field, replace

from unusual.methods.objects.objects import AVENUE, PED2, SHANGHAITECH, ObjectConfig, ObjectFinder
from unusual.methods.settings import TrainingConfig
from unusual.methods.state.cubes import CubeConfig
from unusual.methods.state.network import NetworkConfig
from unusual.methods.state.objective import ScoreConfig
from unusual.methods.state.perturb import PerturbConfig
from unusual.video.flow import FlowConfig, FlowEstimator

PAPER_TRAINING = TrainingConfig(
    epochs=20, batch=128, learning_rate=1e-3, schedule="constant", beta2=0.999, epsilon=1e-7, weight_decay=0.0
)


@dataclass(frozen=True)
class StateConfig:
    """All that decides what a STATE is, learns and reports. The defaults are the paper's for CUHK Avenue."""

    objects: ObjectConfig = AVENUE
    flow: FlowConfig = field(default_factory=FlowConfig)
    cubes: CubeConfig = field(default_factory=CubeConfig)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    perturbation: PerturbConfig = field(default_factory=lambda: PerturbConfig(eta=0.002))
    score: ScoreConfig = field(default_factory=lambda: ScoreConfig(w_raw=0.3, w_motion=1.0))
    training: TrainingConfig = PAPER_TRAINING

    def completed(self, frame_height: int, frame_width: int) -> "StateConfig":
        """These settings with the digests of the detector and the flow network; frames of any size will do.

        Raises:
            ConfigError: one of them is not at hand, or is no such network.
        """
        objects = replace(self.objects, sha256=ObjectFinder(self.objects).digest)
        return replace(self, objects=objects, flow=replace(self.flow, sha256=FlowEstimator(self.flow).digest))


def paper() -> StateConfig:
    """The paper's for CUHK Avenue: 2.6 M parameters, 20 epochs; for a GPU.

    Departures: no weights of its detector (Cascade R-CNN) and its flow (FlowNet 2.0) are to be had, so
    `objects.detector` is to be given and flow is DIS; a tenth of the training footage is held out, for the checks and
    the live scale.
    """
    return StateConfig()


def paper_shanghaitech() -> StateConfig:
    """The paper's for ShanghaiTech."""
    return replace(
        StateConfig(), objects=SHANGHAITECH, perturbation=PerturbConfig(eta=0.005), score=ScoreConfig(1.0, 1.0)
    )


def paper_ped2() -> StateConfig:
    """For UCSD Ped2, which the paper leaves out: the objects of its source VEC, the rest as for ShanghaiTech."""
    return replace(paper_shanghaitech(), objects=PED2)


def small() -> StateConfig:
    """Ours, for two CPU cores: half the widths, N = 2, no perturbation, cubes of every third training frame."""
    return StateConfig(
        objects=PED2,
        cubes=CubeConfig(train_step=3),
        network=NetworkConfig(widths=(16, 32, 64), layers=2),
        perturbation=PerturbConfig(eta=0.0),
        score=ScoreConfig(1.0, 1.0),
        training=replace(PAPER_TRAINING, batch=64, schedule="cosine", warmup_batches=50),
    )


PRESETS = {"paper": paper, "paper-shanghaitech": paper_shanghaitech, "paper-ped2": paper_ped2, "small": small}
CHANGEABLE = ("cubes.step", "objects.detector", "flow.network", "training.precision")  # another file is refused
