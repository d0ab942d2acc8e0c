"""What programs may ask: OpenAPI, and a page of it that is made here, loads nothing from elsewhere, runs no script."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, JSONResponse, Response

from unusual.app.dashboard.desk import AtDesk
from unusual.app.dashboard.door.guard import BY_TOKEN
from unusual.app.dashboard.door.rights import Right, needed
from unusual.app.dashboard.views.shapes import Schema, shape

router = APIRouter()
ABOUT = "Everything that the dashboard shows and does. A program sends a token: Authorization: Bearer TOKEN."


@dataclass(frozen=True, slots=True)
class Operation:
    """What a program may ask. parameters: name, where it stands, its shape. takes, gives: shapes, "" for none."""

    method: str
    path: str
    words: str
    scope: str
    parameters: tuple[tuple[str, str, str], ...]
    takes: str
    gives: str


def described(app: FastAPI) -> Schema:
    """The OpenAPI of what programs may ask; what the administrator alone may do is not among it."""
    routes = [
        route
        for route in app.routes
        if isinstance(route, APIRoute)
        and route.path.startswith(BY_TOKEN)
        and needed(min(route.methods or {"GET"}), route.path) is not Right.ADMINISTER
    ]
    schema = get_openapi(title="unusual", version=version("unusual"), description=ABOUT, routes=routes)
    schema.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return schema | {"security": [{"token": []}]}


@router.get("/api/openapi.json")
def openapi(request: Request) -> Response:
    """The description that programs read."""
    return JSONResponse(described(request.app))


@router.get("/api/docs", response_class=HTMLResponse)
def reference(request: Request, desk: AtDesk) -> Response:
    """The same for people."""
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(described(request.app)):
        groups.setdefault(tag, []).append(operation)
    return desk.page("reference.html.j2", groups=groups, about=ABOUT)


def _operations(schema: Schema) -> Iterator[tuple[str, Operation]]:
    named = _within(schema, "components", "schemas")
    for path, methods in _within(schema, "paths").items():
        for method, told in cast(Mapping[str, Schema], methods).items():
            asked = cast(Sequence[Mapping[str, object]], told.get("parameters", ()))
            yield (
                str(cast(Sequence[object], told.get("tags", ["More"]))[0]),
                Operation(
                    method.upper(),
                    path,
                    str(told.get("description", told.get("summary", ""))),
                    "read" if needed(method.upper(), path) is Right.READ else "act",
                    tuple((str(p["name"]), str(p["in"]), shape(_within(p, "schema"), named)) for p in asked),
                    _shape_of(_within(told, "requestBody"), named),
                    _shape_of(_within(told, "responses", "200"), named),
                ),
            )


def _shape_of(told: Schema, named: Mapping[str, Schema]) -> str:
    content = _within(told, "content")
    json = _within(content, "application/json", "schema")
    return shape(json, named) if json else ", ".join(kind for kind in content if kind != "application/json")


def _within(schema: Schema, *path: str) -> dict[str, Schema]:
    for name in path:
        schema = cast(Schema, schema.get(name, {}))
    return cast(dict[str, Schema], schema)
