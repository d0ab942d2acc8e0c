"""Footage that is uploaded to learn a camera from: written to the disk as it comes."""

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import contextmanager_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from unusual.app.dashboard.desk import AtDesk
from unusual.app.dashboard.routes.feed import CameraName
from unusual.app.dashboard.routes.setup import SetupTold, setup_told
from unusual.app.setup.uploads import file_name, upload
from unusual.errors import DataError, OutputError

api = APIRouter(prefix="/api/v1/setups/{camera}", tags=["Setting up"])
SLOWEST_S, PIECE = 30.0, 1 << 20  # without a byte; that are written at once


class Removal(BaseModel):
    """A file that was uploaded and is not wanted any more."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=120)]


@api.post("/footage")
async def take(
    request: Request, desk: AtDesk, camera: CameraName, name: Annotated[str, Query(max_length=300)]
) -> SetupTold:
    """Take a file, the request's body, under a name. It is there once it is whole and shows a picture."""
    await run_in_threadpool(setup_told, desk, camera)
    size = request.headers.get("content-length", "")
    try:
        coming = upload(desk.home.uploads(camera), file_name(name), int(size) if size.isdigit() else 0)
        async with contextmanager_in_threadpool(coming) as one:
            await _receive(request, one.add)
    except (DataError, ClientDisconnect) as error:
        raise HTTPException(422, str(error) or "it ended early: upload it again") from error
    except OutputError as error:
        raise HTTPException(507, str(error)) from error
    return await run_in_threadpool(setup_told, desk, camera)


@api.post("/footage/remove")
def remove(desk: AtDesk, camera: CameraName, told: Removal) -> SetupTold:
    """Remove a file that was uploaded."""
    now = setup_told(desk, camera)
    if told.name not in [one.name for one in now.uploads]:
        raise HTTPException(404, "there is no such file")
    if now.step in ("learning", "asked"):
        raise HTTPException(409, "it is being learnt from")
    (desk.home.uploads(camera) / told.name).unlink(missing_ok=True)
    return setup_told(desk, camera)


async def _receive(request: Request, add: Callable[[bytes], None]) -> None:
    """Hand on what comes, in pieces that are worth a thread's turn. Raises DataError where nothing comes."""
    came, coming = bytearray(), aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(SLOWEST_S):
                piece = await anext(coming, None)
        except TimeoutError as error:
            raise DataError(f"nothing came for {SLOWEST_S:g} s: upload it again") from error
        came += piece or b""
        if piece is None or len(came) >= PIECE:
            await run_in_threadpool(add, bytes(came))
            came.clear()
        if piece is None:
            return
