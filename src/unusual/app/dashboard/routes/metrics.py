"""What Prometheus asks for: /metrics, in its text format (0.0.4)."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from unusual.app.dashboard.desk import AtDesk, CameraView, Desk
from unusual.app.dashboard.views.told import state_key
from unusual.app.dashboard.views.words import HEALTH, STATES
from unusual.store.live import Live
from unusual.store.outbox import Outbox

api = APIRouter(tags=["Metrics"])
QUANTILES = (0.5, 0.9, 0.99, 1.0)
GAUGES = {
    "score": "newest score, on the live scale",
    "threshold": "score of an alarm",
    "fps": "frames that are scored a second",
    "delay_s": "seconds until a frame is scored",
}
Sample = tuple[Mapping[str, str], float]


@api.get("/metrics", response_class=PlainTextResponse)
def metrics(desk: AtDesk) -> Response:
    """Counts and states of every camera, and alerts that wait."""
    return PlainTextResponse("".join(_lines(desk)), media_type="text/plain; version=0.0.4; charset=utf-8")


def _lines(desk: Desk) -> Iterator[str]:
    views = [desk.camera(name) for name in desk.names()]
    lives = [(view.name, view.live) for view in views if view.live is not None]
    for field in ("arrived", "scored", "dropped", "gap"):
        counts: list[Sample] = [({"camera": name}, getattr(live.frames, field)) for name, live in lives]
        yield from _family(f"frames_{field}_total", "counter", "frames since watching began", counts)
    for name, words in GAUGES.items():
        found = [(camera, getattr(live, name)) for camera, live in lives]
        now: list[Sample] = [({"camera": camera}, value) for camera, value in found if value is not None]
        yield from _family(name, "gauge", words, now)
    yield from _family("camera_state", "gauge", "1 for the state that a camera is in", _states(views))
    yield from _family("picture_health", "gauge", "1 for what a camera's picture is", _health(views))
    yield from _family("recent_score", "gauge", "quantiles of the scores of the last two minutes", _quantiles(lives))
    waiting: list[Sample] = [({"channel": name}, n) for name, n, _ in Outbox(desk.store.database).waiting()]
    yield from _family("alerts_waiting", "gauge", "alerts that wait to be delivered", waiting)
    unreviewed: list[Sample] = [({}, desk.unreviewed())]
    yield from _family("alarms_unreviewed", "gauge", "alarms of the past week to look at, up to 100", unreviewed)


def _states(views: Iterable[CameraView]) -> Iterator[Sample]:
    for view in views:
        for state in ("unwatched", *STATES):
            yield {"camera": view.name, "state": state}, state == state_key(view)


def _health(views: Iterable[CameraView]) -> Iterator[Sample]:
    for view in views:
        for name, health in HEALTH.items():
            yield {"camera": view.name, "health": name}, view.health is health


def _quantiles(lives: Iterable[tuple[str, Live]]) -> Iterator[Sample]:
    for name, live in lives:
        scores = [score for _, score in live.recent if score is not None and math.isfinite(score)]
        for share in QUANTILES if scores else ():
            yield {"camera": name, "quantile": f"{share:g}"}, float(np.quantile(scores, share))


def _family(name: str, kind: str, words: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP unusual_{name} {words}\n# TYPE unusual_{name} {kind}\n"
    for labels, value in samples:
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"unusual_{name}{{{told}}} {value:.10g}\n" if told else f"unusual_{name} {value:.10g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
