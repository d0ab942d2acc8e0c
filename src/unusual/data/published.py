"""What is known of the published sets, and which of them a folder holds: label files and frame counts decide.

A name alone, of the folder or of its clips, is a guess, and is called one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

Part = Literal["train", "test"]
Clip = tuple[str, Path]  # name and source

PED2_LENGTHS = (180, 180, 150, 180, 150, 180, 180, 180, 120, 150, 180, 180)
AVENUE_LENGTHS = (
    *(1439, 1211, 923, 947, 1007, 1283, 605, 36, 1175, 841),
    *(472, 1271, 549, 507, 1001, 740, 426, 294, 248, 273, 76),
)
RATES = {  # frames per second of the published frames; Avenue's and unknown ones have RATE, which is 25
    "ped1": Fraction(10),
    "ped2": Fraction(10),
    "shanghaitech": Fraction(24),  # of its training videos, one apart; its test clips are handed round as frames
}


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of the training or the test clips; None where a number is not known.

    lengths: frames of each clip, by the number in its name; empty where they are not known.
    """

    clips: int
    frames: int | None
    abnormal: int | None = None
    lengths: tuple[int, ...] = ()


KNOWN: dict[tuple[str, Part], Totals] = {
    ("ped1", "train"): Totals(34, 6800, lengths=(200,) * 34),
    ("ped1", "test"): Totals(36, 7200, lengths=(200,) * 36),
    ("ped2", "train"): Totals(16, 2550),
    ("ped2", "test"): Totals(12, 2010, 1648, PED2_LENGTHS),
    ("avenue", "train"): Totals(16, 15328),
    ("avenue", "test"): Totals(21, 15324, lengths=AVENUE_LENGTHS),
    ("shanghaitech", "train"): Totals(330, None),
    ("shanghaitech", "test"): Totals(107, 40791),
}
NAMES = {"ped1": "ped1", "ped2": "ped2", "avenue": "avenue", "shanghai": "shanghaitech"}  # a part of a name: the set
OWN = "own"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which set a folder holds, "own" for none that is known; note: how that was guessed, "" where it is sure."""

    name: str
    note: str = ""


def recognise(
    folders: Sequence[str], labels: Sequence[str], test: Sequence[Clip], clips: int, frames_of: Callable[[Path], int]
) -> Recognised:
    """Find out which published set a folder holds.

    Args:
        folders: what it is called. labels: what its files of labels are called.
        test: the test clips; clips: how many train.
        frames_of: how many frames a clip has as far as that is cheap to know, 0 where it is not.
    """
    if named := _named(labels):
        return Recognised(named)
    counts = [frames_of(source) for _, source in test]
    for (name, part), known in KNOWN.items():
        if part == "test" and known.frames == sum(counts) and known.lengths in ((), tuple(counts)):
            return Recognised(name)
    if guess := _named(folders):
        lengths = KNOWN[guess, "test"].lengths
        if lengths and any(counts) and not any(_fits(*each, lengths) for each in zip(test, counts, strict=True)):
            return Recognised(OWN, f"no clip is as long as that of {guess}, which its folder is called after")
        return Recognised(guess, "a guess, by the name of its folder")
    names = [name for name, _ in test]
    if names and all(re.fullmatch(r"\d\d_\d{3,4}", name) for name in names):
        return Recognised("shanghaitech", "a guess, by the names of its clips")
    if not any(counts):
        same = [name for name, part in KNOWN if part == "test" and _clips(name) == (clips, len(test))]
        return Recognised(same[0], "a guess, by how many clips it has") if same else Recognised(OWN)
    return Recognised(OWN)


def scene_of(dataset: str, clip: str) -> str:
    """The scene of a clip, which is what its camera looks at; "" where all clips of a set are of one.

    >>> scene_of("shanghaitech", "01_0014"), scene_of("ped2", "01")
    ('01', '')
    """
    return clip.partition("_")[0] if dataset == "shanghaitech" else ""


def clip_number(name: str) -> int | None:
    """The number of a clip that is called by one.

    >>> clip_number("Test007"), clip_number("07"), clip_number("01_0014")
    (7, 7, None)
    """
    found = re.fullmatch(r"(?:Test|Train)?(\d+)", name)
    return int(found[1]) if found else None


def _named(names: Sequence[str]) -> str:
    text = " ".join(names).lower()
    return next((name for part, name in NAMES.items() if part in text), "")


def _fits(clip: Clip, count: int, lengths: Sequence[int]) -> bool:
    """Whether a clip is as long as the published one of its number."""
    number = clip_number(clip[0]) or 0
    return 1 <= number <= len(lengths) and lengths[number - 1] == count


def _clips(name: str) -> tuple[int, int]:
    return KNOWN[name, "train"].clips, KNOWN[name, "test"].clips
