"""A camera's model folder, home/cameras/NAME: what is in it beside the weights, read without loading a network."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from unusual.errors import CheckpointError, ConfigError
from unusual.files import write_text
from unusual.scores.alarms import AlarmScale
from unusual.store.names import check_camera

CARD, REFERENCE, PREVIOUS = "camera.json", "reference.png", "previous"


@dataclass(frozen=True)
class CameraCard:
    """What a camera's model is, in numbers that a person and the dashboard can read.

    width, height, rate: of the footage, pixels and frames per second. hours: of footage that was looked at;
    trained_hours, calibrated_hours: of these, what was learnt from and what the alarm scale was fitted on.
    alarm_scale: how often ordinary footage reaches each live score. leave: live score at which an event ends.
    still_s: the longest that ordinary footage repeated the same picture, seconds.
    findings: what was noticed in the footage, a line each. footage: the files it was learnt from.
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
    footage: tuple[str, ...] = ()
    previous: str = ""
    format: str = "unusual-camera-1"

    def __post_init__(self) -> None:
        if self.format != "unusual-camera-1":
            raise ConfigError(f"the format is {self.format}, not unusual-camera-1")


def camera_folder(home: Path, name: str) -> Path:
    """The folder of a camera. Raises DataError for what cannot be the name of one."""
    return home / "cameras" / check_camera(name)


def camera_names(home: Path) -> list[str]:
    """The cameras that were learnt, in the order of the alphabet."""
    return sorted(card.parent.name for card in home.glob(f"cameras/*/{CARD}"))


def write_card(folder: Path, card: CameraCard) -> None:
    """Write camera.json, whole or not at all. Raises OutputError."""
    write_text(folder / CARD, TypeAdapter(CameraCard).dump_json(card, indent=2).decode() + "\n")


def read_card(home: Path, name: str) -> CameraCard:
    """Read a camera's card. Raises CheckpointError where there is none, or it is not ours; DataError for the name."""
    file = camera_folder(home, name) / CARD
    try:
        return TypeAdapter(CameraCard).validate_json(file.read_bytes())
    except FileNotFoundError as error:
        known = ", ".join(camera_names(home)) or "none yet"
        raise CheckpointError(
            f"no camera {name!r} in {home} (there are: {known}): unusual learn FOOTAGE --as {name}"
        ) from error
    except OSError as error:
        raise CheckpointError(f"cannot read {file}: {error.strerror}") from error
    except (ValidationError, ConfigError) as error:
        first = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{file} was not written by this version of unusual: {first}: learn again") from error
