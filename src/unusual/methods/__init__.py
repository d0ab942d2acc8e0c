"""The methods there are. A new one is one folder, and one line of METHODS."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from unusual.errors import ConfigError
from unusual.methods.settings import Method, MethodSettings

if TYPE_CHECKING:  # the command line names the methods, and loads no numpy for it
    from unusual.methods.learner import Learner
    from unusual.methods.scorer import Arrays, OpenNet, Scorer

METHODS = {  # what a person calls it, and its folder
    "ustn-dsc": "ustn_dsc",
    "state": "state",
    "habits": "habits",
    "fused": "fused",
    "frame-difference": "frame_difference",
    "conv-ae": "conv_ae",
    "future-frame": "future_frame",
}
DEFAULT = "ustn-dsc"
CAMERA = "habits"  # of cameras and of the demo, where nobody chose another
TOGETHER = "fused"  # of cameras where the processor has room for a network beside it
FLOOR = "frame-difference"  # learns nothing, and is what another method has to beat


def method_of(name: str) -> Method:
    """A method's entry. Raises ConfigError where there is no such method."""
    if name not in METHODS:
        raise ConfigError(f"unknown method {name!r}: choose from {', '.join(METHODS)}")
    method: Method = import_module(f"unusual.methods.{METHODS[name]}.settings").METHOD
    return method


def make_scorer(name: str, settings: MethodSettings, learnt: "Arrays", open_net: "OpenNet") -> "Scorer":
    """A method that judges, by what it has learnt.

    Args:
        learnt: of `Learner.learnt`.
        open_net: opens its network; not asked by a method that has none.

    Raises:
        ConfigError: a file that the settings name is missing.
        KeyError, DataError: `learnt` lacks something, or holds what cannot be.
    """
    make: Callable[[MethodSettings, Arrays, OpenNet], Scorer]
    make = import_module(f"unusual.methods.{METHODS[name]}.scorer").scorer
    return make(settings, learnt, open_net)


def make_learner(name: str, settings: MethodSettings, device: str) -> "Learner":
    """A method that has learnt nothing yet, its weights drawn from training.seed.

    Args:
        device: where a network computes, in PyTorch's words; "" for a GPU if there is one.

    Raises:
        ConfigError: a file that the settings name is missing, or torch is.
    """
    refuse_without_torch(name)
    make: Callable[[MethodSettings, str], Learner]
    make = import_module(f"unusual.methods.{METHODS[name]}.learner").learner
    return make(settings, device)


def refuse_without_torch(name: str) -> None:
    """Raise ConfigError, with what to do, where a method has a network and there is no PyTorch."""
    if method_of(name).has_network:
        try:
            import_module("torch")
        except ImportError as error:
            raise ConfigError(f"{name} has a network, which needs torch: pip install 'unusual[train]'") from error
