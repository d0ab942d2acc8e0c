"""A camera's model folder, home/cameras/NAME: what is in it beside the weights, read without loading a network."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from unusual.domain import Exported
from unusual.errors import CheckpointError, ConfigError, OutputError
from unusual.files import write_text
from unusual.scores.alarms import MOST_A_DAY, AlarmScale
from unusual.scores.calibrate import LARGEST
from unusual.store.home import CARD, Home
from unusual.store.rules.zones import ZONES
from unusual.video.condition.light import Light

REFERENCE, PREVIOUS, THUMBS = "reference.png", "previous", "thumbs"


RANGES = {  # of a card's numbers
    "width": (1, 65_535),
    "height": (1, 65_535),
    "rate": (1e-3, 10_000.0),
    "hours": (0.0, 1e6),
    "trained_hours": (0.0, 1e6),
    "calibrated_hours": (0.0, 1e6),
    "leave": (-LARGEST, LARGEST),
    "still_s": (0.0, 1e9),
    "sharpened_utc": (0.0, 1e12),
}


@dataclass(frozen=True)
class CameraCard:
    """What a camera's model is, in numbers that a person and the dashboard can read.

    width, height, rate: of the footage, pixels and frames per second. hours: of footage that was looked at;
    trained_hours, calibrated_hours: of these, what was learnt from and what the alarm scale was fitted on.
    alarm_scale: how often ordinary footage reaches each live score. leave: live score at which an event ends.
    still_s: the longest that ordinary footage repeated the same picture, seconds.
    alarms_per_day: that it was learnt for; None: the fewest that its scale supports.
    findings: what was noticed in the footage, a line each. footage: the files it was learnt from, and of each the
    stretches that were: first frame, and the one after the last. held: the same of what was kept for the calibration.
    exported: of its network, where that is run from model.onnx. steadied: whether the footage was, as it sways.
    sharpened_utc: when its alarm scale was made of its timeline, 0 for never.
    odd: which stretches of the footage were oddest, in words, of which thumbs/odd-1.jpg and so on are the pictures.
    light: that it was learnt in, of a camera that was learnt in several; lights: all of these, its own first, on the
    card in the camera's folder. The others have a folder of their own in that one, with a card of their own.
    """

    name: str
    learnt_at: str
    method: str
    preset: str
    width: int
    height: int
    rate: float
    hours: float
    trained_hours: float
    calibrated_hours: float
    alarm_scale: AlarmScale
    leave: float
    still_s: float
    model_sha256: str
    findings: tuple[str, ...] = ()
    footage: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    held: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    alarms_per_day: float | None = None
    previous: str = ""
    exported: Exported | None = None
    steadied: bool = False
    sharpened_utc: float = 0.0
    odd: tuple[str, ...] = ()
    light: Light | None = None
    lights: tuple[Light, ...] = ()
    format: str = "unusual-camera-1"

    def __post_init__(self) -> None:
        if self.format != "unusual-camera-1":
            raise ConfigError(f"the format is {self.format}, not unusual-camera-1")
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:  # NaN is neither
                raise ConfigError(f"{name} is {getattr(self, name)}, not from {least:g} to {most:g}")
        if self.alarms_per_day is not None and not 0 < self.alarms_per_day <= MOST_A_DAY:
            raise ConfigError(f"the alarms a day are {self.alarms_per_day}, not above 0 and up to {MOST_A_DAY:g}")
        datetime.fromisoformat(self.learnt_at)

    @property
    def beside(self) -> Light | None:
        """The light, of a model that has a folder of its own in the camera's."""
        return None if self.lights else self.light

    def folder(self, home: Home) -> Path:
        """Where its model lies. Raises DataError for a name that is none."""
        return home.camera(self.name) / (self.beside or "")

    def wanted(self, *said: float | None) -> float:
        """Alarms a day that it is watched for: the first that was said, else those that it was learnt for, else the
        fewest that its scale supports."""
        return next((alarms for alarms in (*said, self.alarms_per_day) if alarms), self.alarm_scale.fewest_a_day)


def camera_names(home: Home) -> list[str]:
    """The cameras that were learnt, in the order of the alphabet."""
    return sorted(card.parent.name for card in home.cards())


def write_card(folder: Path, card: CameraCard) -> None:
    """Write camera.json, whole or not at all. Raises OutputError."""
    write_text(folder / CARD, TypeAdapter(CameraCard).dump_json(card, indent=2).decode() + "\n")


def read_cards(home: Home, name: str) -> list[CameraCard]:
    """The cards of all lights that a camera was learnt in, that of its folder first. Raises as `read_card`."""
    main = read_card(home, name)
    return [main, *(read_card(home, name, light) for light in main.lights[1:])]


def read_card(home: Home, name: str, light: Light | None = None) -> CameraCard:
    """Read a camera's card, or that of a light which has a folder of its own.

    Raises:
        CheckpointError: there is none, or it is not ours. DataError: for the name.
    """
    file = home.camera(name) / (light or "") / CARD
    try:
        card = TypeAdapter(CameraCard).validate_json(file.read_bytes())
    except FileNotFoundError as error:
        known = ", ".join(camera_names(home)) or "none yet"
        raise CheckpointError(
            f"no camera {name!r} in {home} (there are: {known}): unusual learn FOOTAGE --as {name}"
        ) from error
    except OSError as error:
        raise CheckpointError(f"cannot read {file}: {error.strerror}") from error
    except (ConfigError, ValueError) as error:
        first = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{file} was not written by this version of unusual: {first}: learn again") from error
    if card.name != name:
        raise CheckpointError(f"{file} is of camera {card.name!r}: write {name!r} there, or give the folder that name")
    return card


def take_model(folder: Path, part: Path, card: CameraCard) -> None:
    """Put a new model, in `part`, in the place of the old one, and the old one below it, at card.previous.

    Its zones and its other lights stay. `mend_camera` ends what a crash left half done. Raises OutputError.
    """
    aside = _aside(folder)
    try:
        with suppress(FileNotFoundError):
            shutil.copy2(folder / ZONES, part / ZONES)
        folder.replace(aside)
        part.replace(folder)
        _keep_previous(aside, folder, card)
    except OSError as error:
        raise OutputError(f"cannot put the new model into {folder}: {error.strerror}") from error


def mend_camera(home: Home, name: str) -> None:
    """Bring a camera back whose model was being replaced when the power failed. Raises DataError for the name."""
    main = home.camera(name)
    for folder, light in [(main, None), *((main / light, light) for light in Light)]:
        aside = _aside(folder)
        if aside.exists() and not folder.exists():
            aside.replace(folder)
        elif aside.exists():
            _keep_previous(aside, folder, read_card(home, name, light))


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _keep_previous(aside: Path, folder: Path, card: CameraCard) -> None:
    for stays in (PREVIOUS, *Light):
        if (aside / stays).exists():
            (aside / stays).replace(folder / stays)
    place = folder / (card.previous or f"{PREVIOUS}/unknown")
    place.parent.mkdir(exist_ok=True)
    shutil.rmtree(place, ignore_errors=True)  # the same model, from before
    aside.replace(place)


def read_reference(folder: Path) -> NDArray[np.uint8] | None:
    """The picture that a model was learnt with, (H, W, 3), in its folder; None where it cannot be read."""
    file = folder / REFERENCE
    picture = cv2.imread(str(file)) if file.is_file() else None  # else OpenCV would say so by itself
    return None if picture is None else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


@contextmanager
def watched_alone(home: Home, name: str) -> Iterator[None]:
    """Hold a camera: two watchers would end each other's events.

    Raises:
        ConfigError: another process has it. OutputError: the disk takes no lock.
    """
    lock = home.watching(name)
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise OutputError(f"cannot write {lock}: {error.strerror}") from error
    with file, _held(file.fileno(), f"{name} is being watched already, by another process"):
        os.utime(file.fileno(), (0, 0))  # a later time tells that nothing else can be said, see `live.is_mute`
        yield


@contextmanager
def learnt_alone(folder: Path, name: str) -> Iterator[None]:
    """Hold the folder that a model is made in, or the one whose model is changed; it moves with the folder.

    A folder that is made for it, and is empty at the end, goes again.

    Raises:
        ConfigError: another process has it. OutputError: the folder cannot be made.
    """
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from error
    try:
        with _held(place, f"{name} is being learnt already, by another process"):
            yield
    finally:
        os.close(place)
        for each in new:
            with suppress(OSError):
                each.rmdir()


@contextmanager
def _held(place: int, taken: str) -> Iterator[None]:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(taken) from error
    except OSError as error:  # no lock left in the kernel, or a file system without locks
        raise OutputError(f"cannot lock the folder of a camera: {error.strerror}; choose another home") from error
    yield
