"""Files at addresses, opened by us and not by FFmpeg: it asks no playlist whether it may lead where it does.

Loaded only where a playlist is read or a redirect is looked at: it takes seven megabytes.
"""

import ssl
from http.client import HTTPException, HTTPMessage, HTTPResponse
from io import BufferedIOBase
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPCookieProcessor,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from unusual.video.address.hosts import ALSO, Hosts, shown_place, without_hosts

LISTS = (b"#EXTM3U", b"<")  # how playlists begin
SECRET = ("crypto+", "crypto:")  # before addresses of what FFmpeg would decrypt
LONGEST_LIST = 4 << 20  # bytes; what a camera lists in hours is a tenth of it


class Fetch:
    """Opens what FFmpeg asks for while it reads a playlist: what PyAV calls `io_open`.

    refused: where something would have led that is not allowed, in words; "" where all was well.

    Args:
        address: of the playlist, as a person wrote it. wait_s: for each answer, and each piece of it.
    """

    def __init__(self, address: str, wait_s: float) -> None:
        self._hosts, self._wait_s, self.refused = Hosts.of(address), wait_s, ""
        self._opener = _opener(without_hosts(address), self)

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> "Piece":
        """Open a URL to read it. Raises OSError: it leads elsewhere, or nothing sound came."""
        place = self.allowed(url)
        head = {"User-Agent": "unusual"}
        if begin := int(options.get("offset", 0)):
            head["Range"] = f"bytes={begin}-{int(options['end_offset']) - 1 if 'end_offset' in options else ''}"
        try:
            answer = self._opener.open(Request(place, headers=head), timeout=self._wait_s)  # noqa: S310 - see allowed
        except HTTPError as error:
            error.close()
            raise OSError(5, self.refused or f"it answers {error.code}") from None
        except (URLError, HTTPException, ValueError, OSError) as error:
            raise OSError(5, self.refused or f"no answer: {type(error).__name__}") from None
        return Piece(answer)

    def allowed(self, url: str) -> str:
        """The URL without a user and password, where it leads to an allowed host. Raises OSError."""
        if url.startswith(SECRET):
            raise OSError(95, "its pieces are encrypted: give another stream of the camera")
        if not self._hosts.allow(url):
            self.refused = f"it leads to another host, {shown_place(url)}"
            raise OSError(13, self.refused)
        parts = urlsplit(url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))

    def final(self, address: str) -> str:
        """Where an address leads in the end, by redirects, with what it says of allowed hosts. Raises OSError."""
        plain, also, hosts = address.partition(ALSO)
        with self(plain, 0, {}) as piece:
            parts, user = urlsplit(piece.url), urlsplit(plain).netloc.rpartition("@")[0]
        if user and self._hosts.is_own(piece.url):
            parts = parts._replace(netloc=f"{user}@{parts.netloc}")
        return urlunsplit(parts) + also + hosts


class Piece(BufferedIOBase):
    """A file as it comes; a playlist only so far as one may go. url: where it was in the end."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer, self.url = answer, str(answer.url)
        self._left: int | None = None

    def read(self, size: int | None = -1) -> bytes:
        """As of any file. Raises OSError where it breaks off, or is a playlist without end."""
        try:
            data = self._answer.read(size if size is not None and size >= 0 else LONGEST_LIST)
        except HTTPException as error:
            raise OSError(5, f"it broke off: {type(error).__name__}") from None
        if size and not data and self._answer.length:  # of what it said it would send
            raise OSError(5, "it broke off")
        if self._left is None:
            self._left = LONGEST_LIST if data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(LISTS) else 1 << 62
        self._left -= len(data)
        if self._left < 0:
            raise OSError(27, "its playlist has no end")
        return data

    def readable(self) -> bool:
        """That it is."""
        return True

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()
        super().close()


class _OwnRedirects(HTTPRedirectHandler):
    """Follows a redirect only to an allowed host."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """See HTTPRedirectHandler."""
        self._fetch.allowed(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(address: str, fetch: Fetch) -> OpenerDirector:
    """For one address: its user and password, no proxy, and certificates that are not looked at, as in FFmpeg."""
    parts = urlsplit(address)
    passwords = HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        own = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/", "", ""))
        passwords.add_password(None, own, unquote(parts.username), unquote(parts.password or ""))
    unlooked = ssl.create_default_context()
    unlooked.check_hostname, unlooked.verify_mode = False, ssl.CERT_NONE
    return build_opener(
        ProxyHandler({}),
        HTTPCookieProcessor(),
        HTTPSHandler(context=unlooked),
        _OwnRedirects(fetch),
        HTTPBasicAuthHandler(passwords),
        HTTPDigestAuthHandler(passwords),
    )
