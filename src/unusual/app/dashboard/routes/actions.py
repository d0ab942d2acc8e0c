"""What a person may change: reviews and settings; and the way in and out. Every one of these is a POST."""

import time
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from unusual.app.dashboard.desk import Asker, AtDesk, Desk
from unusual.app.dashboard.door.guard import COOKIE
from unusual.app.dashboard.door.keys import ADMINISTRATOR
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.routes.pages import EventId
from unusual.app.dashboard.views.sliders import LONGEST_COOL_DOWN_S
from unusual.app.dashboard.views.told import Answer
from unusual.errors import DataError
from unusual.scores.alarms import MOST_A_DAY
from unusual.store.events import Verdict
from unusual.store.settings import Setting

router, api = APIRouter(), APIRouter(prefix="/api/v1")
MUTE_S = 3600.0
MARK, MARK_S = "unusual_known", 365 * 86400  # a browser that has logged in before: nobody else's guesses lock it out


class Asked(BaseModel):
    """What a request says; what is not known here is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Review(Asked):
    """What a person says of an event. What is left out stays as it is; a verdict is a review."""

    reviewed: bool | None = None
    verdict: Verdict | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None


class CameraSettings(Asked):
    """How often a camera may raise an alarm, None as its footage supports; and how far apart its alerts are.

    Alarms that are left out stay as they are.
    """

    alarms_per_day: float | None = Field(default=None, gt=0, le=MOST_A_DAY, strict=True)
    cool_down_s: float = Field(ge=0, le=LONGEST_COOL_DOWN_S, strict=True)


class Mute(Asked):
    """Whether a camera's alerts are held back for an hour from now."""

    muted: bool


class Words(Asked):
    """The name and password of somebody who wants to come in; without a name it is the administrator's."""

    name: Annotated[str, Field(max_length=100)] = ADMINISTRATOR
    password: Annotated[str, Field(max_length=1024)]


class Reviewed(Answer):
    """What is kept of an event now; unreviewed: alarms of the past week that nobody has looked at, up to 100."""

    reviewed: bool
    verdict: str
    note: str
    reviewed_by: str
    unreviewed: int


class Saved(Answer):
    """That it is kept."""

    saved: bool = True


class Muted(Answer):
    """Until when alerts are held back, as people say it; "": they are not."""

    muted: str


@api.post("/events/{event}/review", tags=["Events"])
def review(desk: AtDesk, asker: Asker, event: EventId, told: Review) -> Reviewed:
    """Say what an event is; who did is kept."""
    stored = desk.store.get(event)
    if stored is None:
        raise HTTPException(404, "this event is gone, or never was")
    verdict = told.verdict if "verdict" in told.model_fields_set else stored.verdict
    reviewed = (stored.reviewed if told.reviewed is None else told.reviewed) or told.verdict is not None
    note = stored.note if told.note is None else told.note
    try:
        desk.store.review(event, reviewed=reviewed, verdict=verdict, note=note, by=asker.name)
    except DataError as error:  # it went away in between
        raise HTTPException(404, "this event is gone") from error
    words = verdict.value if verdict else ""
    return Reviewed(reviewed=reviewed, verdict=words, note=note, reviewed_by=asker.name, unreviewed=desk.unreviewed())


@api.post("/cameras/{camera}/settings", tags=["Cameras"])
def change_settings(desk: AtDesk, camera: CameraName, told: CameraSettings) -> Saved:
    """Keep how often a camera may raise an alarm; its watcher reads it again within seconds."""
    _refuse_unknown(desk, camera)
    if "alarms_per_day" in told.model_fields_set:
        desk.store.settings.set(camera, Setting.ALARMS_PER_DAY, told.alarms_per_day)
    desk.store.settings.set(camera, Setting.COOL_DOWN_S, told.cool_down_s)
    return Saved()


@api.post("/cameras/{camera}/mute", tags=["Cameras"])
def mute(desk: AtDesk, camera: CameraName, told: Mute) -> Muted:
    """Hold a camera's alerts back for an hour, or no longer. Its events are recorded all the same."""
    _refuse_unknown(desk, camera)
    until = time.time() + MUTE_S if told.muted else None
    desk.store.settings.set(camera, Setting.MUTED_UNTIL, until)
    return Muted(muted=desk.muted(camera))


@router.get("/login", response_class=HTMLResponse)
def login_page(desk: AtDesk) -> Response:
    """Where the password is asked for; on to the cameras where none is needed."""
    lock = desk.door.lock()
    return desk.page("login.html.j2", named=bool(lock.users)) if lock.password else RedirectResponse("/", 303)


@router.post("/login")
def login(request: Request, desk: AtDesk, told: Words) -> Response:
    """Let somebody in who knows the password."""
    if desk.door.lock().password is None:
        return JSONResponse({"entered": True})
    address = request.client.host if request.client else "unknown"
    mark = request.cookies.get(MARK, "")
    wait_s = desk.door.wait_s(address, mark)
    if wait_s > 0:
        seconds = str(int(wait_s) + 1)
        return JSONResponse({"detail": f"too many tries: wait {seconds} seconds"}, 429, {"retry-after": seconds})
    name = desk.door.enter(told.password, address, mark, user=told.name.strip().lower() or ADMINISTRATOR)
    if name is None:
        return JSONResponse({"detail": "this is not the password"}, 403)
    answer = JSONResponse({"entered": True})
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").lower() == "https"
    answer.set_cookie(COOKIE, name, httponly=True, samesite="strict", secure=secure, path="/")
    answer.set_cookie(
        MARK, desk.door.mark(), MARK_S, httponly=True, samesite="strict", secure=secure, path=request.url.path
    )
    return answer


@router.post("/logout")
def logout(request: Request, desk: AtDesk) -> Response:
    """End the session."""
    desk.door.leave(request.cookies.get(COOKIE, ""))
    answer = JSONResponse({"left": True}, headers={"clear-site-data": '"cache"'})
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")
    return answer


def _refuse_unknown(desk: Desk, camera: str) -> None:
    if camera not in desk.names():
        raise HTTPException(404, "there is no such camera")
