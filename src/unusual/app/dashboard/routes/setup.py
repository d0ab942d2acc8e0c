"""A camera is set up: its address, its footage, what is odd in it, the learning. The work is in app/setup/."""

import time
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, HTMLResponse, Response

from unusual.app.dashboard.desk import AtDesk, Desk
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.views.sliders import slider_of
from unusual.app.dashboard.views.told import Answer
from unusual.app.report.card import expected
from unusual.app.setup.looking import allowed, picture_of, within
from unusual.app.setup.state import CameraStanding, SetupStep, begin_learning, end_learning, end_recording, learning_of
from unusual.app.setup.watch_list import alerts_of, read_list
from unusual.app.setup.watching import watching, where_of
from unusual.errors import ConfigError, DataError, UnusualError, VideoError
from unusual.files import whole_file
from unusual.scores.wording import duration
from unusual.store.names import CAMERA_NAME
from unusual.store.rules.zones import read_zones
from unusual.store.setup import (
    PICTURE,
    Said,
    Setup,
    answer,
    forget_setup,
    questions_of,
    read_setup,
    setups_of,
    write_setup,
)
from unusual.video.source import Source

router, api = APIRouter(), APIRouter(prefix="/api/v1/setups", tags=["Setting up"])
LONGEST_S, MOST_SETUPS = 7 * 86_400.0, 50
SEEN = {"jpg": "image/jpeg", "mp4": "video/mp4"}


class NewCamera(BaseModel):
    """A camera to be set up. source: its address, the number of one of this machine, or a path below --footage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: Annotated[str, Field(pattern=CAMERA_NAME)]
    source: Annotated[str, Field(max_length=2000)]


class LearnOrder(BaseModel):
    """Learn from what was uploaded and from `paths`, below --footage, and record the camera for so many seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    record_s: Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False, strict=True)] = 0.0
    paths: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=50)] = ()


class EndOrder(BaseModel):
    """enough: learn from what was recorded so far; stop: end the learning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["enough", "stop"]


class Answers(BaseModel):
    """What odd moments are, by the keys of their questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: dict[str, Said]


class Uploaded(Answer):
    """A file that is there, whole."""

    name: str
    bytes: int


class OddMoment(Answer):
    """An odd moment: is it ordinary? picture, clip: their addresses; clip "" where there is none."""

    key: str
    where: str
    picture: str
    clip: str


class SetupTold(Answer):
    """Where a camera stands. source: its address without what is secret. words: of what it does, or why it ended.

    done: share of this stage, in [0, 1]; left: how long it still takes, in words; null and "" where nobody knows.
    """

    camera: str
    step: SetupStep
    source: str
    stage: str
    words: str
    done: float | None
    left: str
    log: tuple[str, ...]
    recorded: str
    uploads: list[Uploaded]
    questions: list[OddMoment]


@router.get("/add", response_class=HTMLResponse)
def add(desk: AtDesk) -> Response:
    """Where a camera begins; and those that are on their way."""
    return desk.page("add.html.j2", under_way=[setup_told(desk, name) for name in desk.under_way()])


@router.get("/add/{camera}", response_class=HTMLResponse)
def one(desk: AtDesk, camera: CameraName) -> Response:
    """A camera on its way, at the step where it stands."""
    standing = _standing(desk, camera)
    learnt, card = standing.step is SetupStep.LEARNT, desk.card(camera)
    return desk.page(
        "setup.html.j2",
        camera=camera,
        told=setup_told(desk, camera),
        seen=(desk.home.setup(camera) / PICTURE).exists(),
        record_s=standing.setup.record_s if standing.setup else 0.0,
        paths=standing.setup.paths if standing.setup else (),
        stopped=standing.was_stopped,
        roots=[str(root) for root in desk.footage],
        expected=expected(card) if card else [],
        one=slider_of(desk, camera) if learnt else None,
        watch=_watched(desk, camera) if learnt else None,
    )


@router.get("/add/{camera}/{name}")
def seen(desk: AtDesk, camera: CameraName, name: Annotated[str, Path(pattern=r"^(picture|odd-\d{1,3})\.(jpg|mp4)$")]):  # type: ignore[no-untyped-def]
    """The picture of a camera, or the picture or clip of an odd moment."""
    file = desk.home.setup(camera) / name
    if not file.is_file() or file.is_symlink():
        raise HTTPException(404, "there is no such file")
    return FileResponse(file, media_type=SEEN[file.suffix[1:]])


@api.get("")
def setups(desk: AtDesk) -> list[SetupTold]:
    """The cameras that are being set up."""
    return [setup_told(desk, name) for name in desk.under_way()]


@api.post("")
def begin(desk: AtDesk, told: NewCamera) -> SetupTold:
    """Look through a camera and, where there is a picture, begin to set it up. 422 with one line why there is none."""
    if read_setup(desk.home, told.camera) is None and len(setups_of(desk.home)) >= MOST_SETUPS:
        raise HTTPException(409, f"{MOST_SETUPS} cameras are being set up: forget one first")
    if learning_of(desk.home, told.camera).pid is not None:
        raise HTTPException(409, f"{told.camera} is being learnt already: take another name")
    try:
        source = allowed(told.source, desk.footage)
        picture = picture_of(source)
    except (ConfigError, VideoError) as error:
        raise HTTPException(422, str(error)) from error
    before = read_setup(desk.home, told.camera) or Setup(camera=told.camera, source="")
    write_setup(desk.home, replace(before, source=source.text))
    with whole_file(desk.home.setup(told.camera) / PICTURE) as part:
        part.write_bytes(picture)
    return setup_told(desk, told.camera)


@api.get("/{camera}")
def standing(desk: AtDesk, camera: CameraName) -> SetupTold:
    """Where a camera stands."""
    return setup_told(desk, camera)


@api.post("/{camera}/learn")
def learn(desk: AtDesk, camera: CameraName, told: LearnOrder) -> SetupTold:
    """Record, and learn, in a process of its own; one that was cut off goes on."""
    now = _standing(desk, camera)
    if now.setup is None or now.step is SetupStep.LEARNT:
        raise HTTPException(409, f"{camera} was learnt already")
    try:
        paths = tuple(str(within(path, desk.footage)) for path in told.paths)
        if not (told.record_s or paths or now.uploads or now.recorded_s) and Source.of(now.setup.source).is_camera:
            raise ConfigError("there is nothing to learn from: record the camera, or upload footage")
        changed = replace(now.setup, record_s=told.record_s, paths=paths)
        write_setup(desk.home, changed)
        begin_learning(desk.home, changed)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return setup_told(desk, camera)


@api.post("/{camera}/end")
def end(desk: AtDesk, camera: CameraName, told: EndOrder) -> SetupTold:
    """End the recording and learn from what there is, or end the learning. What was recorded and uploaded stays."""
    now = _standing(desk, camera)
    try:
        if told.do == "stop":
            end_learning(desk.home, camera)
        elif now.setup is not None:
            write_setup(desk.home, replace(now.setup, record_s=end_recording(desk.home, camera)))
    except ConfigError as error:
        raise HTTPException(409, str(error)) from error
    return setup_told(desk, camera)


@api.post("/{camera}/answers")
def answers(desk: AtDesk, camera: CameraName, told: Answers) -> SetupTold:
    """Say what odd moments are: ordinary, unusual (not learnt), or aside: nobody can tell. All answered, it goes on."""
    _standing(desk, camera)
    try:
        answer(desk.home, camera, told.answers)
    except DataError as error:
        raise HTTPException(409, str(error)) from error
    return setup_told(desk, camera)


@api.post("/{camera}/forget")
def forget(desk: AtDesk, camera: CameraName) -> list[SetupTold]:
    """Forget what was said of a camera; a learning ends. Footage that was recorded or uploaded, and a model, stay."""
    _standing(desk, camera)
    end_learning(desk.home, camera)
    learning_of(desk.home, camera).forget()
    forget_setup(desk.home, camera)
    return setups(desk)


def setup_told(desk: Desk, camera: str) -> SetupTold:
    """Where a camera stands, in words. Raises HTTPException 404 where there is none."""
    now = _standing(desk, camera)
    told = now.learning
    source = Source.of(now.setup.source) if now.setup else where_of(desk.home, camera)
    left_s = None if told is None or told.left_s is None else max(0.0, told.left_s - (time.time() - told.utc))
    return SetupTold(
        camera=camera,
        step=now.step,
        source=source.shown if source else "",
        stage=told.stage if told else "",
        words=now.why or (told.words if told else ""),
        done=told.done if told else None,
        left="" if left_s is None else duration(left_s),
        log=told.log if told else (),
        recorded=duration(now.recorded_s) if now.recorded_s else "",
        uploads=[Uploaded(name=name, bytes=size) for name, size in now.uploads],
        questions=[
            OddMoment(
                key=question.key,
                where=question.where,
                picture=f"/add/{camera}/odd-{question.number}.jpg",
                clip=f"/add/{camera}/odd-{question.number}.mp4" if question.clip else "",
            )
            for question in (questions_of(desk.home, camera) if now.step is SetupStep.ASKED else ())
        ],
    )


def _watched(desk: Desk, camera: str) -> dict[str, object]:
    """What the page says of zones, alerts and watching."""
    try:
        listed, broken = read_list(desk.home), ""
        zones = read_zones(desk.home.camera(camera))
    except UnusualError as error:
        return {"broken": str(error), "alerts": None, "listed": False, "alive": False, "proposed": 0, "zones": 0}
    job = watching(desk.home)
    return {
        "broken": broken or (job.last_words if job.was_begun and job.pid is None else ""),
        "alerts": alerts_of(listed.alerts),
        "listed": camera in listed.cameras,
        "alive": job.pid is not None,
        "proposed": len(zones.proposed),
        "zones": len(zones.zones),
    }


def _standing(desk: Desk, camera: str) -> CameraStanding:
    found = CameraStanding.of(desk.home, camera)
    if found is None:
        raise HTTPException(404, "no such camera is being set up")
    return found
