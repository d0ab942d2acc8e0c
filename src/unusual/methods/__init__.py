"""The methods there are. A new one is one folder, and a name in `Settings`, in METHODS and in `build`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from unusual.methods.conv_ae import settings as conv_ae
from unusual.methods.conv_ae.method import ConvAeMethod
from unusual.methods.conv_ae.settings import ConvAeConfig
from unusual.methods.frame_difference import settings as frame_difference
from unusual.methods.frame_difference.method import FrameDifferenceMethod
from unusual.methods.frame_difference.settings import FrameDifferenceConfig
from unusual.methods.future_frame import settings as future_frame
from unusual.methods.future_frame.method import FutureFrameMethod
from unusual.methods.future_frame.settings import FutureFrameConfig
from unusual.methods.learner import Method
from unusual.methods.state import settings as state
from unusual.methods.state.method import StateMethod
from unusual.methods.state.settings import StateConfig
from unusual.methods.ustn_dsc import settings as ustn_dsc
from unusual.methods.ustn_dsc.method import UstnDscMethod
from unusual.methods.ustn_dsc.settings import UstnDscConfig

Settings = UstnDscConfig | StateConfig | FrameDifferenceConfig | ConvAeConfig | FutureFrameConfig


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
    "frame-difference": MethodEntry(FrameDifferenceConfig, frame_difference.PRESETS, frame_difference.CHANGEABLE),
    "conv-ae": MethodEntry(ConvAeConfig, conv_ae.PRESETS, conv_ae.CHANGEABLE),
    "future-frame": MethodEntry(FutureFrameConfig, future_frame.PRESETS, future_frame.CHANGEABLE),
}


def build(settings: Settings, device: torch.device) -> Method:
    """The method of these settings, its weights fresh. Raises ConfigError where a file that they name is missing."""
    match settings:
        case UstnDscConfig():
            return UstnDscMethod(settings, device)
        case StateConfig():
            return StateMethod(settings, device)
        case FrameDifferenceConfig():
            return FrameDifferenceMethod(settings, device)
        case ConvAeConfig():
            return ConvAeMethod(settings, device)
        case FutureFrameConfig():
            return FutureFrameMethod(settings, device)
