"""Names that become part of a path or an address: an event's opaque id, a camera's name."""

import re
import secrets

from unusual.errors import DataError

EVENT_ID = r"^[A-Za-z0-9_-]{22}$"
CAMERA_NAME = r"^[a-z0-9][a-z0-9_-]{0,40}$"


def new_id() -> str:
    """22 url-safe characters, 128 random bits: tells nothing and cannot be guessed.

    >>> len(new_id()), new_id() == new_id()
    (22, False)
    """
    return secrets.token_urlsafe(16)


def is_id(name: str) -> bool:
    """Whether it has the form of an event's id."""
    return re.fullmatch(EVENT_ID, name) is not None


def check_id(event: str) -> str:
    """Return an event's id, or raise DataError where it could not be one, so that it may stand in a path."""
    if not is_id(event):
        raise DataError(f"an event's id is 22 letters, digits, '-' or '_', got {event!r:.60}")
    return event


def check_camera(name: str) -> str:
    """Return a camera's name, or raise DataError where it could not be one, so that it may stand in a path.

    >>> check_camera("entrance-2")
    'entrance-2'
    """
    if not re.fullmatch(CAMERA_NAME, name):
        raise DataError(
            f"a camera's name is 1 to 41 of a-z, 0-9, '-' and '_', the first a letter or digit, got {name!r:.60}"
        )
    return name
