"""`unusual serve`: the dashboard, in a process of its own. It reads what the watchers write and never loads a network.

request ─► door/ (host, origin, size, session) ─► routes/ pages.py    for people, in the words of views/
                                                       feed.py     for the scripts of an open page
                                                       zones.py    where things count, drawn on a camera's picture
                                                       hours.py    when they count, and what is said by hand
                                                       actions.py  what is changed: reviews, settings, log-in
                                                       exports.py  what is taken along
                                                       links.py    what an alert's link opens without a log-in
                                                       readings.py, stream.py, metrics.py   for programs
                                                       setup.py    a camera from its address to its first alarm
                                                       footage_in.py, watching.py   what is uploaded; watched, alerted
                                                       access.py   who may come in; reference.py what programs may ask
"""

import os
import socket
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

try:
    import uvicorn
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
except ImportError as error:
    from unusual.errors import ConfigError

    raise ConfigError(f"the dashboard needs {error.name}: pip install 'unusual[serve]'") from error

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from unusual.app.dashboard.desk import Desk, desk_of
from unusual.app.dashboard.door.auth import Door
from unusual.app.dashboard.door.guard import Guard
from unusual.app.dashboard.door.hosts import is_loopback
from unusual.app.dashboard.door.keys import SET_PASSWORD, asked_password, read_lock, write_password
from unusual.app.dashboard.door.patience import PatientProtocol, say_seldom
from unusual.app.dashboard.packing import Packer
from unusual.app.dashboard.routes import (
    access,
    actions,
    exports,
    feed,
    footage_in,
    hours,
    links,
    metrics,
    pages,
    readings,
    reference,
    setup,
    stream,
    watching,
    zones,
)
from unusual.app.dashboard.routes.stream import Pulse
from unusual.app.dashboard.views.sliders import slider_of
from unusual.app.pages import templates
from unusual.app.setup.watching import go_on_watching
from unusual.app.terminal import warn
from unusual.errors import ConfigError, UnusualError
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.rules.duty import Duties
from unusual.store.rules.wall_clock import local_zone

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLITE = 5  # steps behind the watching, where two want the processor


def run_dashboard(home: Home, host: str, port: int, footage: tuple[Path, ...] = ()) -> None:
    """Serve the dashboard of a home folder until it is stopped, and go on watching what was watched from it.

    Args:
        footage: folders of recordings that cameras may be learnt from.

    Raises:
        ConfigError: `footage` is no folder.
        ConfigError: `host`, or a name in home/dashboard.json, is open to other machines and there is no password;
            host and port cannot be listened on; home/dashboard.json is not ours.
        DataError, OutputError: the events' database cannot be used.
    """
    lock = read_lock(home)
    if lock.password is None and (lock.names or not is_loopback(host)):
        opened = ", ".join(lock.names) if is_loopback(host) else host
        raise ConfigError(f"{opened} is open to other machines: set a password first, {SET_PASSWORD}")
    for folder in footage:
        if not folder.is_dir():
            raise ConfigError(f"--footage {folder} is no folder: give one that is there")
    server = make_server(home, loopback=is_loopback(host), footage=footage)
    with _listen(host, port) as listening:
        shown = f"[{host}]" if ":" in host else host
        print(f"the dashboard of {home}: http://{shown}:{listening.getsockname()[1]}", flush=True)
        with suppress(OSError, AttributeError):
            os.nice(POLITE)
        if trouble := go_on_watching(home):
            warn(f"what was watched from the dashboard is not watched: {trouble}")
        server.run([listening])


def change_password(home: Home, user: str) -> str:
    """Ask for a new password of a user, "admin" is the administrator, and keep it; a line that says so.

    Raises ConfigError for a short one, or a name that is none; OutputError where it cannot be written.
    """
    write_password(home, asked_password(), user)
    return f"the password of {user} is set; whoever was logged in with the old one is logged out"


def make_server(home: Home, *, loopback: bool, footage: tuple[Path, ...] = ()) -> uvicorn.Server:
    """The server, ready to run. Raises as run_dashboard."""
    config = uvicorn.Config(
        make_application(home, loopback=loopback, footage=footage),
        http=PatientProtocol,
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # whoever says so must not choose the address that log-ins are counted by
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    say_seldom()  # after uvicorn has set its logs up
    return uvicorn.Server(config)


def make_application(home: Home, *, loopback: bool, footage: tuple[Path, ...] = ()) -> Guard:
    """The dashboard as an ASGI application, behind its guard. Raises as run_dashboard."""
    read_lock(home)
    store = EventStore.open(home)
    zone = local_zone()
    written = templates("unusual.app.dashboard")
    desk = Desk(home, store, Door(home), zone, written, Duties(home, zone), Packer(home, zone), footage)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        threading.Thread(target=_prepare, args=[desk], daemon=True).start()
        yield
        store.close()

    for_people = [module.router for module in (feed, pages, zones, hours, actions, access, reference, links, setup)]
    programs = (zones, hours, actions, exports, readings, stream, metrics, access, setup, footage_in, watching)
    for_programs = [module.api for module in programs]
    routes = [route for router in (*for_people, *for_programs) for route in router.routes]
    inner = FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, lifespan=life, redirect_slashes=False, routes=routes
    )
    inner.state.desk, inner.state.pulse = desk, Pulse(desk)
    inner.state.static = _static()
    inner.add_api_route("/static/{name}", static, methods=["GET"])
    inner.add_exception_handler(HTTPException, _told)
    inner.add_exception_handler(RequestValidationError, _not_understood)
    inner.add_exception_handler(UnusualError, _unusable)
    return Guard(inner, desk.door, loopback=loopback)


def static(request: Request, name: str) -> Response:
    """A script, the style or the icon: one of the files that came with the package, held in memory."""
    found: tuple[bytes, str, str] | None = request.app.state.static.get(name)
    if found is None:
        raise HTTPException(404, "there is no such file")
    content, kind, tag = found
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except (OSError, OverflowError) as error:
        why = str(error).partition(" (")[0]
        raise ConfigError(f"cannot listen on {host}, port {port}: {why}; choose another --host or --port") from error


def _static() -> dict[str, tuple[bytes, str, str]]:
    """By name: the content, its type, its tag."""
    found = {}
    for file in files("unusual.app.dashboard").joinpath("static").iterdir():
        kind = TYPES.get(Path(file.name).suffix)
        if kind is not None:
            content = file.read_bytes()
            found[file.name] = content, kind, f'"{sha256(content).hexdigest()[:32]}"'
    return found


def _prepare(desk: Desk) -> None:
    """Work out the sliders of the cameras there are, so that the page of settings opens at once."""
    with suppress(UnusualError):
        for name in desk.names():
            slider_of(desk, name)


def _answer(request: Request, status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page for people, a line for scripts."""
    if "text/html" in request.headers.get("accept", ""):
        # It reads no event, as that may be what does not work.
        page = desk_of(request).page("error.html.j2", status, missing=status == 404, words=words, without_events=True)
        page.headers.update(headers or {})
        return page
    return JSONResponse({"detail": words}, status, headers)


def _told(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer(request, 500, "")
    words = "there is no such page" if error.detail == "Not Found" else error.detail
    return _answer(request, error.status_code, words, error.headers)


def _not_understood(request: Request, error: Exception) -> Response:
    words = "this address, or what was sent to it, is not understood"
    if isinstance(error, RequestValidationError):  # what was sent is not said: it may be a secret
        first = error.errors()[0]
        where = " ".join(repr(key) if isinstance(key, str) else str(key) for key in first["loc"][1:])
        words += f": {where:.80}: {first['msg']:.200}"
    return _answer(request, 422, words)


def _unusable(request: Request, error: Exception) -> Response:
    return _answer(request, 503, str(error))
