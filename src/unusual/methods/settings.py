"""Settings that every trained method has, whatever its network."""

from dataclasses import dataclass
from math import inf
from typing import Literal

from unusual.errors import ConfigError

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
    held_out: float = 0.1  # share of the training footage that is never trained on
    warm_start: Literal["none", "made-up"] = "none"  # start from the shipped network that saw made-up scenes
    precision: Literal["auto", "bf16", "fp32"] = "auto"  # auto: bf16 where the processor has it; of scoring too
    seed: int = 0

    def __post_init__(self) -> None:
        if self.epochs < 1 or not 1 <= self.batch <= LARGEST_BATCH or not 0 <= self.seed < 2**32:
            raise ConfigError(f"need epochs >= 1, batch from 1 to {LARGEST_BATCH} and seed from 0 to {2**32 - 1}")
        for name in ("minutes", "epoch_batches", "warmup_batches", "weight_decay", "clip_gradient"):
            if not 0 <= getattr(self, name) < inf:
                raise ConfigError(f"training.{name} must be 0 or more, got {getattr(self, name)}")
        if not (0 <= self.beta1 < 1 and 0 <= self.beta2 < 1):
            raise ConfigError(f"need beta1 and beta2 in [0, 1), got {self.beta1} and {self.beta2}")
        if not 0 < self.held_out <= 0.5:
            raise ConfigError(f"held_out must be above 0 and at most 0.5, got {self.held_out}")
        if not (0 < self.learning_rate < inf and 0 < self.epsilon < inf):
            raise ConfigError(f"need learning_rate and epsilon above 0, got {self.learning_rate} and {self.epsilon}")
