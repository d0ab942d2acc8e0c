"""Links that open one thing of one event without a log-in, until they end.

/link/EVENT/picture.jpg         its picture, with its box
/link/EVENT/clip.mp4            its clip
/link/EVENT/snooze/MINUTES      a page with a button that holds its camera's alerts back for so long

`?until=UTC&signature=...` says until when. The signature is HMAC-SHA256 of the path and that time, by the home's own
secret: with another path, another time or another home's secret it opens nothing.
"""

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

from unusual.store.home import Home
from unusual.store.link_key import link_key

LINKS = "/link/"
MOST_MINUTES = 1440


class Standing(Enum):
    """What a link is worth."""

    HOLDS = "it holds"
    ENDED = "this link has ended"
    NONE = "this is no link of ours"


def signed(key: bytes, path: str, until_utc: float) -> str:
    """A path that opens what it names until then, UTC seconds.

    >>> signed(bytes(32), "/link/a/clip.mp4", 1e9)[:58]
    '/link/a/clip.mp4?until=1000000000&signature=6b15e5f2486ef4'
    """
    until = f"{until_utc:.0f}"
    return f"{path}?{urlencode({'until': until, 'signature': _signature(key, path, until)})}"


def standing(key: bytes | None, path: str, until: str, signature: str, now_utc: float) -> Standing:
    """What a link is worth now. key: None where the home never signed one. Takes the same time for any signature."""
    known = key is not None and re.fullmatch(r"[0-9]{1,12}", until) is not None
    expected = _signature(key or b"", path, until).encode()
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")) or not known:
        return Standing.NONE
    return Standing.HOLDS if now_utc < int(until) else Standing.ENDED


def _signature(key: bytes, path: str, until: str) -> str:
    return hmac.new(key, f"{path}\n{until}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Links:
    """Puts links into alerts, signed with the secret of a home.

    address: of the dashboard. hours: that they hold. snooze_minutes: 0 for no such link.
    """

    home: Home
    address: str
    hours: float = 24.0
    snooze_minutes: int = 0

    def into(self, payload: str, *, picture: bool, clip: bool) -> str:
        """An alert with links to the picture and the clip of its event, where asked for, and one to snooze its camera.

        What is of no event, as an outage or a digest, stays as it is. Raises OutputError: there is no secret.
        """
        told = json.loads(payload)
        if not (event := told.get("event")):
            return payload
        wanted = {"picture": "picture.jpg"} if picture else {}
        wanted |= {"clip": "clip.mp4"} if clip else {}
        wanted |= {"snooze": f"snooze/{self.snooze_minutes}"} if self.snooze_minutes else {}
        if not wanted:
            return payload
        key, until_utc, address = link_key(self.home), time.time() + 3600 * self.hours, self.address.rstrip("/")
        links = {what: address + signed(key, f"{LINKS}{event}/{name}", until_utc) for what, name in wanted.items()}
        return json.dumps({**told, **links})
