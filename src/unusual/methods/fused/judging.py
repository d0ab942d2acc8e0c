"""The network that runs when both judge: STATE's. Weights are named as `learner.py` names them."""

from collections.abc import Mapping

from torch import Tensor

from unusual.methods.fused.scorer import part
from unusual.methods.fused.settings import FusedConfig
from unusual.methods.state import judging as of_state


def judging(config: FusedConfig, weights: Mapping[str, Tensor]) -> of_state.Judging:
    """STATE's module. Raises RuntimeError where the weights do not fit."""
    return of_state.judging(config.state, part(weights, "state"))
