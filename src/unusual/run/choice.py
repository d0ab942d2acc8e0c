"""What is learnt where nobody has chosen: what this machine has room for, what the footage says."""

from collections.abc import Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from unusual.methods import CAMERA, TOGETHER, refuse_without_torch
from unusual.processors import processors
from unusual.run.config import RunConfig, change_config, make_config
from unusual.run.progress import Watcher

ROOM = 4  # processors, from which on a network judges beside habits
TIMES = 4  # about: the processor time of both over that of habits alone, docs/results.md


def choose(method: str | None, preset: str | None, changes: Sequence[str]) -> tuple[RunConfig, str]:
    """What is learnt, and why: the method of cameras, unless the caller has chosen.

    Raises:
        ConfigError: there is no such method, preset or setting, or no torch for it.
    """
    chosen, reason = (method, "as you chose") if method else for_this_machine()
    config = make_config(chosen, preset or "small", changes=changes)
    refuse_without_torch(config.method)
    words = f"{config.method}, preset {config.preset}, {reason}"
    return config, "; ".join(filter(None, [words, config.settings.lacking()]))


def for_this_machine() -> tuple[str, str]:
    """The method of cameras that this machine has room for, and why, with what each costs."""
    has, costs = processors(), f"which takes {TIMES} times the processor for who is in the picture, and torch to learn"
    if has >= ROOM and find_spec("torch") is not None:
        return TOGETHER, f"a network beside {CAMERA}, {costs}: there are {has} processors"
    return CAMERA, f"alone; --method {TOGETHER} has a network judge beside it, {costs}, wanted are {ROOM} processors"


def told_by(videos: Sequence[Path], config: RunConfig, rate: Fraction, watcher: Watcher) -> RunConfig:
    """The settings with what the footage decides, which is said. Raises VideoError, ConfigError."""
    told = config.settings.told_by(videos, rate)
    for setting in told:
        watcher.note(f"{setting}, chosen by the footage: there tracks lose their boxes least")
    return change_config(config, told)
