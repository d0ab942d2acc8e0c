"""What every request passes before a page sees it, and every answer after it. What is not listed here is not open."""

import asyncio
import re
import time
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unusual.app.dashboard.door.auth import Door
from unusual.app.dashboard.door.keys import SET_PASSWORD
from unusual.app.dashboard.door.rights import ANSWERS, OWNER, Visitor, needed
from unusual.app.links import LINKS, Standing, standing
from unusual.errors import ConfigError
from unusual.store.link_key import read_link_key
from unusual.store.names import CAMERA_NAME

COOKIE = "unusual_session"
OPEN = ("/login", "/healthz")  # to anybody; and what is under STATIC
STATIC = "/static/"
BY_TOKEN = ("/api/v1/", "/metrics")  # programs come with a token, to these and to what describes them
SAFE = ("GET", "HEAD")
HEADER = "x-unusual"  # that our own scripts send: no other site can without asking first
MOST_BYTES, SLOWEST_S = 64 * 1024, 10.0  # of what a request may send,
COMES_LONG = rf"/api/v1/setups/{CAMERA_NAME.strip('^$')}/footage"  # but footage, which has limits of its own
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")  # what only a proxy says
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; script-src 'self'; style-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Wraps the whole application. loopback: bound to this machine alone, where only its own names are answered."""

    def __init__(self, app: ASGIApp, door: Door, *, loopback: bool) -> None:
        self.app, self.door, self.loopback = app, door, loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on what may pass."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":  # there are no web sockets here
            return await send({"type": "websocket.close", "code": 1008})
        request = Request(scope, receive)
        with_headers = _adding_headers(send)
        answer = self._refusal(request)
        if isinstance(answer, Visitor):
            scope["visitor"], answer = answer, None
        if answer is None and request.method not in SAFE and not re.fullmatch(COMES_LONG, request.url.path):
            body = await _small_body(request, receive)
            answer = body if isinstance(body, Response) else None
            receive = _replay(body if isinstance(body, bytes) else b"", receive)
        return await (answer or self.app)(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | Visitor | None:
        """Why this request may not pass, as an answer; else who sends it; None where anybody may."""
        try:
            lock = self.door.lock()
        except ConfigError as error:  # whoever broke the file must not get in by it
            return _refuse(403, str(error))
        host = _host(request.headers)
        if self.loopback and host not in LOOPBACK + lock.names:
            return _refuse(421, "this dashboard answers to localhost alone; other names go into dashboard.json")
        if request.method not in (*SAFE, "POST"):
            return _refuse(405, "only GET, HEAD and POST are known here")
        path = request.url.path
        if path.startswith(LINKS):
            return self._by_link(request)
        alone = self.loopback and not lock.names and not any(header in request.headers for header in PROXIED)
        locked_out = lock.password is None and not alone
        if _token(request) and not locked_out:
            found = self._by_token(request)
            if isinstance(found, Response):
                return found
            visitor: Visitor | None = found
        elif not _ours(request.headers) if request.method not in SAFE else _lures(request):
            return _refuse(403, "this request does not come from the dashboard's own pages")
        elif path in OPEN or path.startswith(STATIC):
            return None
        elif locked_out:  # only this machine may look, also when the password was lost while we run
            return _refuse(403, f"other machines may look: set a password first, {SET_PASSWORD}")
        else:
            visitor = visitor_now(request, self.door)
        if visitor is not None and visitor.right < (right := needed(request.method, path)):
            return _refuse(403, f"{visitor.name} is not allowed {ANSWERS[right]}")
        return visitor or _log_in(request)

    def _by_link(self, request: Request) -> Response | None:
        """Whether a link of an alert holds: it opens its own path, and is asked for nothing else."""
        until, signature = (request.query_params.get(name, "") for name in ("until", "signature"))
        worth = standing(read_link_key(self.door.home), request.url.path, until, signature, time.time())
        if worth is Standing.HOLDS:
            return None
        return PlainTextResponse(f"{worth.value}\n", 410 if worth is Standing.ENDED else 403)

    def _by_token(self, request: Request) -> Response | Visitor:
        """Who a program is. A browser sends this header for no foreign page, so nothing else need be asked."""
        if not request.url.path.startswith(("/api/", *BY_TOKEN)):
            return _refuse(401, "a token opens /api/ and /metrics alone: Authorization: Bearer TOKEN")
        if (visitor := visitor_now(request, self.door)) is not None:
            return visitor
        wait_s = self.door.wrong_token_wait_s(request.client.host if request.client else "unknown")
        if not wait_s:
            return _refuse(401, "this is no token, or no longer")
        return _refuse(429, f"too many tokens that are none: wait {wait_s:.0f} seconds", str(int(wait_s) + 1))


def visitor_now(request: Request, door: Door) -> Visitor | None:
    """Who sends a request, by its token or its session; None where they open nothing, or no longer."""
    if token := _token(request):
        return door.admits(token)
    return OWNER if door.lock().password is None else door.knows(request.cookies.get(COOKIE, ""))


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")  # other kinds are a proxy's
    return token.strip() if kind.lower() == "bearer" else ""


def _log_in(request: Request) -> Response:
    if request.method in SAFE and "text/html" in request.headers.get("accept", ""):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse("/login?next=" + quote(request.url.path + query, safe=""), 303)
    return _refuse(401, "log in first")


def _refuse(status: int, why: str, retry_after: str = "") -> Response:
    return JSONResponse({"detail": why}, status, {"retry-after": retry_after} if retry_after else {})


def _host(headers: Headers) -> str | None:
    hosts = headers.getlist("host")
    try:
        return urlsplit(f"//{hosts[0]}").hostname if len(hosts) == 1 else None
    except ValueError:
        return None


def _ours(headers: Headers) -> bool:
    """Whether a request that changes something was sent by a page of this dashboard.

    A browser says where a request comes from (Sec-Fetch-Site, on secure origins; Origin, with every POST), and lets no
    foreign page add our header without asking us first, which we answer with no.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if HEADER not in headers or site not in (None, "same-origin"):
        return False
    if origin is None:
        return site is not None
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _lures(request: Request) -> bool:
    """Whether a page of another site asks for what is made on demand: it cannot read it, but we would work for it."""
    site = request.headers.get("sec-fetch-site", "none")
    return site not in ("same-origin", "none") and request.url.path.startswith(BY_TOKEN)


async def _small_body(request: Request, receive: Receive) -> bytes | Response:
    """What a request sends, if it is short and comes soon."""
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit() or len(told) > 18 or int(told) > MOST_BYTES:
        return _refuse(413, f"at most {MOST_BYTES} bytes may be sent")
    body = bytearray()
    try:
        async with asyncio.timeout(SLOWEST_S):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return _refuse(400, "the request ended early")
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > MOST_BYTES:
                    return _refuse(413, f"at most {MOST_BYTES} bytes may be sent")
    except TimeoutError:
        return _refuse(408, f"a request must be whole within {SLOWEST_S:g} seconds")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _adding_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
