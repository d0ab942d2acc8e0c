"""A camera's zones, zones.json beside its model: written and read here alone. Every program that loads it obeys them.

Watching may be begun with zones, of cameras.toml or of Python. What a person draws meanwhile in the dashboard stays,
also when watching is begun again; it gives way when watching is begun with others.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from unusual.errors import ConfigError, DataError
from unusual.files import write_text
from unusual.scores.zones import Zones, check_zones

ZONES = "zones.json"
FORMAT = "unusual-zones-1"


@dataclass(frozen=True, slots=True)
class KeptZones:
    """What is in force. begun: what watching was begun with last, None for nothing. changed_utc: when, 0 for never.

    proposed: by `learn`; a person has not decided on them yet, and they do nothing.
    """

    zones: Zones = ()
    begun: Zones | None = None
    proposed: Zones = ()
    changed_utc: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    format: str = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ConfigError(f"the format is {self.format}, not {FORMAT}")
        check_zones(self.zones)


_KEPT, _ZONES = TypeAdapter(KeptZones), TypeAdapter(Zones)


def read_zones(folder: Path) -> KeptZones:
    """Read a model folder's zones; none where there is no file.

    Raises:
        DataError: the file is not ours: without its masks it would alarm for what nobody wants to hear of.
    """
    file = folder / ZONES
    try:
        return _KEPT.validate_json(file.read_bytes())
    except FileNotFoundError:
        return KeptZones()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from error
    except (ConfigError, ValidationError) as error:
        raise DataError(f"{file} holds no zones: {first_line(error)}: mend it, or remove it to have none") from error


def write_zones(folder: Path, zones: Zones, proposed: Zones | None = None) -> KeptZones:
    """Put zones in force, as a person does. Raises OutputError, ConfigError as `check_zones`; all stays then.

    proposed: those that nobody has decided on yet; None for all that there were.
    """
    try:
        before = read_zones(folder)
    except DataError:
        before = KeptZones()
    left = before.proposed if proposed is None else proposed
    return _write(folder, replace(before, zones=check_zones(zones), proposed=left, changed_utc=time.time()))


def propose_zones(folder: Path, zones: Zones) -> None:
    """Ask a person about zones, in the dashboard. Raises OutputError, and DataError as `read_zones`."""
    if zones:
        _write(folder, replace(read_zones(folder), proposed=zones))


def begin_zones(folder: Path, zones: Zones | None) -> KeptZones:
    """Note what watching is begun with; what a person has drawn stays while that is the same. Returns what holds now.

    Raises OutputError, and DataError as `read_zones`.
    """
    kept = read_zones(folder)
    if kept.begun == zones:
        return kept
    return _write(folder, replace(kept, zones=zones or (), begun=zones, changed_utc=time.time()))


def zones_of(told: object) -> Zones:
    """Zones of TOML or JSON. Raises ConfigError, which names what is wrong."""
    try:
        return check_zones(_ZONES.validate_python(told))
    except ValidationError as error:
        raise ConfigError(f"zones: {first_line(error)}") from None


def json_of(zones: Zones) -> str:
    """As `zones_of` takes them."""
    return _ZONES.dump_json(zones).decode()


def first_line(error: Exception) -> str:
    """What is wrong, in a line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _write(folder: Path, kept: KeptZones) -> KeptZones:
    write_text(folder / ZONES, _KEPT.dump_json(kept).decode() + "\n")
    return kept
