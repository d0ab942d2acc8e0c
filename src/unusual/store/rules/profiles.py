"""Profiles: what each of some cameras is to do, under one name, and taken at once. home/profiles.json."""

from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from unusual.errors import ConfigError, DataError
from unusual.files import write_text
from unusual.scores.hours import Mode
from unusual.store.home import Home
from unusual.store.rules.duty import order
from unusual.store.rules.zones import first_line

Profile = Mapping[str, Mode]
LONGEST_NAME, MOST_PROFILES = 40, 20
_PROFILES = TypeAdapter(dict[str, dict[str, Mode]])


def read_profiles(home: Home) -> dict[str, dict[str, Mode]]:
    """All profiles, by name. Raises DataError for a file that is not ours."""
    try:
        return _PROFILES.validate_json(home.profiles.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"cannot read {home.profiles}: {error.strerror}") from error
    except ValidationError as error:
        raise DataError(f"{home.profiles} holds no profiles: {first_line(error)}: mend it, or remove it") from error


def write_profile(home: Home, name: str, profile: Profile | None) -> None:
    """Keep a profile under a name, or with None forget it. Raises OutputError, DataError, ConfigError for the name."""
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ConfigError(f"a profile's name has 1 to {LONGEST_NAME} letters, got {name!r:.60}")
    profiles = read_profiles(home)
    profiles.pop(name, None)
    if profile is not None:
        profiles[name] = dict(profile)
    if len(profiles) > MOST_PROFILES:
        raise ConfigError(f"there are {MOST_PROFILES} profiles already: forget one first")
    write_text(home.profiles, _PROFILES.dump_json(profiles).decode() + "\n")


def take_profile(home: Home, name: str) -> Profile:
    """Let all cameras of a profile do what it says, until something else is said. Returns it.

    Raises OutputError, DataError, and ConfigError where there is none of that name.
    """
    profiles = read_profiles(home)
    if name not in profiles:
        raise ConfigError(f"there is no profile {name!r:.60}; there are: {', '.join(profiles) or 'none'}")
    for camera, mode in profiles[name].items():
        order(home, camera, mode)
    return profiles[name]
