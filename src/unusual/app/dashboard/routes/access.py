"""Who may come in: users with a password each, and tokens of programs. For the administrator alone."""

from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from unusual.app.dashboard.desk import AtDesk
from unusual.app.dashboard.door.keys import (
    ADMINISTRATOR,
    LONGEST,
    Scope,
    make_token,
    remove_user,
    revoke_token,
    write_password,
)
from unusual.app.dashboard.views.told import Answer
from unusual.errors import ConfigError

router, api = APIRouter(), APIRouter(prefix="/api/v1", tags=["Who may come in"])


class NewToken(BaseModel):
    """A token to be made. scope: read, or act, which changes what cameras do as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w .,:-]+$")]
    scope: Scope = "read"


class TokenTold(Answer):
    """A token, without what opens the door."""

    id: str
    name: str
    scope: Scope
    made_utc: float


class MadeToken(TokenTold):
    """A token that was made now. token: shown this once."""

    token: str


class NewUser(BaseModel):
    """Somebody who may look and review, or a new password of somebody who may already."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=LONGEST)]


class UsersTold(Answer):
    """The names of those who may look, beside the administrator."""

    users: list[str]


@router.get("/access", response_class=HTMLResponse)
def access(desk: AtDesk) -> Response:
    """The page of users and tokens."""
    lock = desk.door.lock()
    made = [(token, f"{desk.moment(token.made_utc):%Y-%m-%d}") for token in lock.tokens]
    users = [user.name for user in lock.users]
    return desk.page("access.html.j2", users=users, tokens=made, locked=lock.password is not None)


@api.get("/tokens")
def tokens(desk: AtDesk) -> list[TokenTold]:
    """The tokens there are."""
    return [TokenTold(**token.model_dump(exclude={"digest"})) for token in desk.door.lock().tokens]


@api.post("/tokens")
def new_token(desk: AtDesk, told: NewToken) -> MadeToken:
    """Make a token. What opens the door is shown in this answer and never again."""
    try:
        words, token = make_token(desk.home, told.name, told.scope)
    except ConfigError as error:
        raise HTTPException(409, str(error)) from error
    return MadeToken(**token.model_dump(exclude={"digest"}), token=words)


@api.post("/tokens/{token}/revoke")
def revoke(desk: AtDesk, token: str) -> list[TokenTold]:
    """Let a token open nothing any more, at once; returns those that are left."""
    try:
        revoke_token(desk.home, token)
    except ConfigError as error:
        raise HTTPException(404, str(error)) from error
    return tokens(desk)


@api.get("/users")
def users(desk: AtDesk) -> UsersTold:
    """Who may look, beside the administrator."""
    return UsersTold(users=[user.name for user in desk.door.lock().users])


@api.post("/users")
def new_user(desk: AtDesk, told: NewUser) -> UsersTold:
    """Let somebody look and review, or give him another password, which logs him out. 409 without one of your own."""
    if desk.door.lock().password is None:
        raise HTTPException(409, "set a password of your own first: unusual serve --set-password")
    if told.name == ADMINISTRATOR:
        raise HTTPException(422, "your own password is set with: unusual serve --set-password")
    try:
        write_password(desk.home, told.password, told.name)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from error
    return users(desk)


@api.post("/users/{user}/remove")
def drop_user(desk: AtDesk, user: str) -> UsersTold:
    """Let somebody in no more; he is logged out at once, and what he marked stays."""
    try:
        remove_user(desk.home, user)
    except ConfigError as error:
        raise HTTPException(404, str(error)) from error
    return users(desk)
