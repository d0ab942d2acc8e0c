"""What a page that is open asks for again and again, and the files of events. Answers are short, or "not changed"."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path as File
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from starlette.responses import FileResponse, JSONResponse, Response

from unusual.app.dashboard.desk import AtDesk, CameraView, fresh
from unusual.app.dashboard.routes.pages import EventId
from unusual.app.dashboard.views.words import NONE, score_words
from unusual.scores.wording import duration
from unusual.store.live import Live
from unusual.store.names import CAMERA_NAME

router = APIRouter()
CameraName = Annotated[str, Path(pattern=CAMERA_NAME)]
CURVE_S, CURVE_STEP_S = 120.0, 0.5  # of the moving curve: how long it is, and how far its points are apart
MEDIA = {  # the only files that are ever sent, and as what
    "clip.mp4": "video/mp4",
    "thumb.jpg": "image/jpeg",
    "real.jpg": "image/jpeg",
    "restored.jpg": "image/jpeg",
    "error.jpg": "image/jpeg",
    "cube.jpg": "image/jpeg",
    "usual.jpg": "image/jpeg",
}


@router.get("/healthz")
def healthz() -> Response:
    """That the dashboard answers; nothing about what it shows."""
    return JSONResponse({"status": "ok"})


@router.get("/live")
def live(request: Request, desk: AtDesk) -> Response:
    """How every camera does now, and how far every learning is."""
    cameras = [
        {**_told(desk.camera(name)), "duty": asdict(desk.duty(name)), "muted": desk.muted(name)}
        for name in desk.names()
    ]
    learning = [
        {"camera": name, "utc": told.utc, "stage": told.stage, "share": told.share, "words": told.words}
        for name, told in desk.learning()
    ]
    told = {"cameras": cameras, "learning": learning, "unreviewed": desk.unreviewed()}
    return fresh(request, json.dumps(told), "application/json")


@router.get("/live/{camera}.jpg")
def picture(desk: AtDesk, camera: CameraName) -> Response:
    """The newest picture of a camera with its heat map."""
    try:
        data = desk.home.picture(camera).read_bytes()
    except OSError as error:
        raise HTTPException(404, "there is no picture of this camera") from error
    return Response(data, media_type="image/jpeg")


@router.get("/media/{event}/{name}")
def media(request: Request, desk: AtDesk, event: EventId, name: str) -> Response:
    """A file of an event, or the part of it that a player asks for."""
    stored = desk.store.get(event) if name in MEDIA else None
    if stored is None or name not in stored.media:
        raise HTTPException(404, "there is no such file")
    file = _inside(desk.home.media, stored.id, name)
    answer = FileResponse(file, media_type=MEDIA[name], stat_result=file.stat())
    answer.headers["cache-control"] = "private, no-cache"
    if request.headers.get("if-none-match") == answer.headers["etag"]:
        return Response(status_code=304, headers={"etag": answer.headers["etag"]})
    return answer


def moving_curve(live: Live) -> list[tuple[float, float]]:
    """The highest score of every CURVE_STEP_S, so that the page stays light: (UTC seconds, score), rising."""
    highest: dict[int, float] = {}
    for utc, score in live.recent:
        if score is not None and math.isfinite(score) and 0 <= live.utc - utc <= CURVE_S:
            step = math.floor(utc / CURVE_STEP_S)
            highest[step] = max(score, highest.get(step, score))
    return [(step * CURVE_STEP_S, round(score, 3)) for step, score in sorted(highest.items())]


def _inside(folder: File, event: str, name: str) -> File:
    """The file, if it really lies in the folder: a link that leads out of it is not followed."""
    try:
        file = (folder / event / name).resolve(strict=True)
    except OSError as error:
        raise HTTPException(404, "this file is gone") from error
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise HTTPException(404, "there is no such file")
    return file


def _told(camera: CameraView) -> Mapping[str, object]:
    """A camera for the script of the page: words that are shown as they are, and the points of the curve."""
    live = camera.live
    told = {"camera": camera.name, "state": asdict(camera.state), "words": camera.words, "picture": camera.picture}
    if live is None:
        return told
    silent = camera.health is None
    return told | {
        "health": None if camera.health is None else asdict(camera.health),
        "utc": live.utc,
        "score": NONE if silent else score_words(live.score),
        "limit": live.threshold if live.threshold is not None and math.isfinite(live.threshold) else None,
        "threshold": f"alarm {score_words(live.threshold)}",
        "event": None if silent else live.event,
        "points": moving_curve(live),
        "in": f"{live.frames.arrived:,}",
        "scored": f"{live.frames.scored:,}",
        "dropped": f"{live.frames.dropped:,}",
        "gap": f"{live.frames.gap:,}",
        "fps": NONE if silent else score_words(live.fps).removesuffix("0"),
        "delay": NONE if silent or live.delay_s is None else duration(live.delay_s),
    }
