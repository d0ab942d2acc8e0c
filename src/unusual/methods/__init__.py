"""The methods there are. A new one is one folder and one line in METHODS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from unusual.methods.method import Method
from unusual.methods.ustn_dsc.method import UstnDscMethod
from unusual.methods.ustn_dsc.presets import PRESETS, WARM_START, UstnDscConfig

Settings = UstnDscConfig  # the settings of any method: a union, once there are more


@dataclass(frozen=True, slots=True)
class MethodEntry:
    """How a method is built: the class of its settings, its named sets of them, settings -> method, shipped weights."""

    settings: type[Settings]
    presets: Mapping[str, Callable[[], Settings]]
    build: Callable[[Settings, torch.device], Method]
    warm_start: Path


METHODS = {"ustn-dsc": MethodEntry(UstnDscConfig, PRESETS, UstnDscMethod, WARM_START)}
