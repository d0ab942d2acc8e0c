"""Where an address may lead: to its own host and port, and to the hosts that whoever wrote it has added to it.

A camera that is not ours to trust may answer with a redirect, or with a playlist of other addresses. Both would have us
knock at doors of our own network for it.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
ALSO = "#hosts="  # after it hosts, with commas between; a port after a host allows that one alone
PLAIN = re.compile(r"[!-~]+")  # of all else, parsers make what they like
AUTHORITY = re.compile(r"(?:[^@/?#\\]*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts that an address may lead to. own: the address's (host, port); also: (host, port or None for any).

    Raises:
        ValueError: of `of`, a port is none.
    """

    own: tuple[str, int | None]
    also: frozenset[tuple[str, int | None]]

    @classmethod
    def of(cls, address: str) -> "Hosts":
        """Those of an address as a person wrote it.

        >>> gate = Hosts.of("https://me:secret@gate/live.m3u8#hosts=cdn.example.com,10.0.0.9:8080")
        >>> places = ("https://gate/1.ts", "https://gate:444/1.ts", "http://10.0.0.9:8080/", "http://10.0.0.9/")
        >>> [gate.allow(place) for place in places]
        [True, False, True, False]
        """
        plain, _, also = address.partition(ALSO)
        return cls(
            _place(urlsplit(plain)), frozenset(_place(urlsplit(f"//{host}")) for host in also.split(",") if host)
        )

    def allow(self, url: str) -> bool:
        """Whether a URL that was sent by somebody else leads there, whoever reads it."""
        place = _plain_place(url)
        return place is not None and (place == self.own or bool({place, (place[0], None)} & self.also))

    def is_own(self, url: str) -> bool:
        """Whether such a URL leads to the address's own host and port."""
        return _plain_place(url) == self.own


def without_hosts(address: str) -> str:
    """The address alone."""
    return address.partition(ALSO)[0]


def shown_place(url: str) -> str:
    """The host and port of a URL that was sent by somebody else, fit to be shown.

    >>> shown_place("http://me:secret@10.0.0.1:80/admin?x"), shown_place("nonsense")
    ('10.0.0.1:80', 'nowhere')
    """
    try:
        host, port = _place(urlsplit(url))
    except ValueError:
        return "nowhere"
    plain = re.sub("[^A-Za-z0-9._:-]", "?", host)[:80]
    return f"{plain}:{port}" if plain else "nowhere"


def _plain_place(url: str) -> tuple[str, int | None] | None:
    """The host and port of a URL; None where not everybody would read the same."""
    try:
        parts = urlsplit(url)
        place = _place(parts)
    except ValueError:
        return None
    plain = parts.scheme in PORTS and PLAIN.fullmatch(url) and AUTHORITY.fullmatch(parts.netloc)
    return place if plain else None


def _place(parts: SplitResult) -> tuple[str, int | None]:
    """Raises ValueError where there is no telling."""
    return (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)
