"""A made-up home folder for the dashboard, and the dashboard served from it, for tests."""

import json
import threading
import time
from contextlib import contextmanager
from fractions import Fraction

import numpy as np

from unusual.app.dashboard.server import make_server
from unusual.domain import Box
from unusual.files import whole_file, write_text
from unusual.scores.alarms import AlarmScale
from unusual.store.cameras import CameraCard, write_card
from unusual.store.events import StoredEvent
from unusual.store.names import new_id
from unusual.video.pictures import jpeg
from unusual.video.writer import write_video

TAIL = tuple(np.linspace(1.01, 1.6, 30).tolist())
SCALE = AlarmScale(0.8, 0.1, 0.05, 10.0, 1000, 30.0, 1.0, 1.0, 1.0, TAIL)
CLIP_S, RATE = 4.0, 10
PICTURES = ("thumb.jpg", "real.jpg", "restored.jpg", "error.jpg", "usual.jpg", "cube.jpg")


def made_card(name, **more):
    given = {"alarm_scale": SCALE, "leave": 1.0, "still_s": 0.2, "model_sha256": "ab"} | more
    return CameraCard(name, "2026-11-14T09:12:00Z", "ustn-dsc", "small", 64, 48, 10.0, 30, 18, 12, **given)


def learn_camera(home, name):
    write_card(home.camera(name), made_card(name))


def add_event(store, camera, start_utc, score, *, clip=False, **more):
    """Store an event; with `clip` also its video of CLIP_S, its curve with the peak in the middle, and its pictures."""
    box = Box(0.25, 0.25, 0.5, 0.75)
    given = {"alarm": score >= 2, "why": "moves unlike anything here", "box": box, "model": "ab"} | more
    per_day = SCALE.alarms_per_day(score)
    event = StoredEvent(new_id(), camera, start_utc, start_utc + 2, start_utc + 1, score, per_day, **given)
    store.begin(event)
    if clip:
        folder = store.database.home.event(event.id)
        folder.mkdir(parents=True)
        count = round(CLIP_S * RATE)
        times = (np.arange(count) / RATE).tolist()
        with write_video(folder / "clip.mp4", 64, 48, Fraction(RATE)) as sink:
            for i, time_s in enumerate(times):
                sink.add(np.full((48, 64, 3), 40 + 4 * i, np.uint8), time_s)
        for name in PICTURES:
            (folder / name).write_bytes(jpeg(np.full((48, 64, 3), 90, np.uint8)))
        begin = start_utc - 1
        curve = [
            [begin + t, 0.3 + score * np.exp(-((t - CLIP_S / 2) ** 2))] for t in times[:-4]
        ]  # the last frames were never scored
        told = {"start_utc": begin, "end_utc": begin + times[-1], "threshold": 2.0, "scores": curve}
        write_text(folder / "curve.json", json.dumps(told))
        store.attach(event.id, ["clip.mp4", "curve.json", *PICTURES])
    return event.id


def watch(home, camera, **more):
    """Write what a watcher writes every second."""
    now = time.time()
    recent = [[now - 120 + i / 5, 0.4 + 0.1 * np.sin(i / 9)] for i in range(600)]
    frames = {"in": 1200, "scored": 1190, "dropped": 7, "gap": 3}
    told = {"camera": camera, "utc": now, "state": "online", "words": "Watching.", "health": "ok", "frames": frames}
    told |= {"fps": 10.0, "score": 0.42, "threshold": 2.0, "delay_s": 0.3, "recent": recent, "event": None, "pid": 1}
    with whole_file(home.folder / "live" / f"{camera}.jpg") as part:
        part.write_bytes(jpeg(np.full((48, 64, 3), int(now * 10) % 256, np.uint8)))
    write_text(home.folder / "live" / f"{camera}.json", json.dumps(told | more))


@contextmanager
def serving(home, *, loopback=True, footage=()):
    """The dashboard on a free port of this machine: (port, the server)."""
    server = make_server(home, loopback=loopback, footage=footage)
    server.config.port = 0
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the dashboard did not start"
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        server.should_exit = True
        thread.join(10)
