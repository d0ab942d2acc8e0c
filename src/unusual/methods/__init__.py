"""The methods there are. A new one is one folder, and a name in `Settings`, in METHODS and in `build`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from unusual.methods.method import Method
from unusual.methods.state import presets as state
from unusual.methods.state.method import StateMethod
from unusual.methods.state.presets import StateConfig
from unusual.methods.ustn_dsc import presets as ustn_dsc
from unusual.methods.ustn_dsc.method import UstnDscMethod
from unusual.methods.ustn_dsc.presets import UstnDscConfig

Settings = UstnDscConfig | StateConfig


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """What the house knows of a method without building it.

    presets: its named sets of settings. changeable: settings that leave the meaning of weights and live scale alone,
    so that they may be changed after training. warm_start: shipped weights, if any.
    """

    settings: type[Settings]
    presets: Mapping[str, Callable[[], Settings]]
    changeable: tuple[str, ...]
    warm_start: Path | None = None


METHODS = {
    "ustn-dsc": MethodEntry(UstnDscConfig, ustn_dsc.PRESETS, ustn_dsc.CHANGEABLE, ustn_dsc.WARM_START),
    "state": MethodEntry(StateConfig, state.PRESETS, state.CHANGEABLE),
}


def build(settings: Settings, device: torch.device) -> Method:
    """The method of these settings, its weights fresh. Raises ConfigError where a file that they name is missing."""
    match settings:
        case UstnDscConfig():
            return UstnDscMethod(settings, device)
        case StateConfig():
            return StateMethod(settings, device)
