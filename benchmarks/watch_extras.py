"""What zones, hours, alerts, scrapes and open streams cost `watch`: processor seconds beside a watching without them.

    python benchmarks/watch_extras.py --pairs 40 --seconds 60

A made-up camera of 256x192 pixels and 10 frames a second is learnt with the default method, and a film of it watched in
real time by two processes at once, one plain and one with what is measured, so that whatever else the machine does
meets both. Which of them starts first is taken in turns. Counted is the processor time of each, its decoder's among it,
over the same frames of the film, after both have started; the dashboard that is asked and the broker are processes of
their own and not counted. Told is the mean ratio of all pairs, and its 95 % interval by Student's t; `nothing` tells
two plain ones apart. alarms: of the plain ones and of those with extras, in all pairs: about one a minute, where a real
camera has a few a day.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import mean, stdev
from urllib.request import Request, urlopen

import psutil
from record import write_record
from scipy.stats import t

from unusual.app.dashboard.door.keys import make_token
from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.store.cameras import read_card, write_card
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home
from unusual.store.live import read_live
from unusual.video.writer import write_video

NAME, RATE, WIDTH, HEIGHT = "made-up", 10, 256, 192
STARTING_S = 240.0
LOOK_S = 0.02  # by which a reading may be late
BEGUN = 50  # frames that were scored by then
ZONES = """
[[cameras.made-up.zones]]
kind = "ignore"
corners = [[0.0, 0.0], [0.2, 0.0], [0.2, 0.1], [0.0, 0.1]]
[[cameras.made-up.zones]]
kind = "named"
name = "gate"
corners = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.9], [0.3, 0.9]]
alarms_per_day = 500
cool_down_s = 0
hours = ["daily 03:00-03:30 off"]
"""
HOURS = 'hours = ["mon-fri 03:00-03:30 quiet", "sat-sun 04:00-04:30 off", "daily 00:00-24:00 armed"]\n'
ALERTS = """
[alerts]
link = "http://127.0.0.1:8765"
snooze_minutes = 60
cool_down_s = 0
[alerts.webhook]
url = "http://127.0.0.1:{port}/"
picture = true
clip = true
[alerts.mqtt]
host = "127.0.0.1"
port = {broker}
commands = true
picture = true
"""
BUSY = (0.1,) * 6 + (1.0,) * 18  # thresholds by the hour


@dataclass(frozen=True, slots=True)
class Extras:
    """What a watching has beside the plain one."""

    zones: bool = False
    hours: bool = False
    alerts: bool = False
    asked: bool = False  # by a dashboard: a scrape a second, all that the API tells of cameras, and an open stream


@dataclass(frozen=True, slots=True)
class Pair:
    """Processor milliseconds a frame of both, and their alarms until then."""

    plain: float
    extras: float
    plain_alarms: int
    extras_alarms: int


MEASURED = {
    "nothing": Extras(),
    "zones": Extras(zones=True),
    "all": Extras(zones=True, hours=True, alerts=True, asked=True),
}


def main() -> None:
    """Learn, watch in pairs, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--at-once", type=int, default=1, help="pairs at a time")
    parser.add_argument("--of", nargs="*", choices=MEASURED, default=["all", "nothing"])
    parser.add_argument("--name", default="watch_extras")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film(folder / "ordinary.mp4", 1, 250.0)
        film(folder / "watched.mp4", 2, args.seconds + 40, (Kind.RUNNER,))
        learn(folder)
        for name in args.of:
            watched = partial(pair, folder, MEASURED[name], round(RATE * args.seconds))
            with ThreadPoolExecutor(args.at_once) as pool:
                pairs = list(pool.map(watched, range(args.pairs)))
            rows[name] = figures(pairs)
            print(name, rows[name], flush=True)
    camera = f"{WIDTH}x{HEIGHT}, {RATE} frames/s, habits, watched in real time"
    print(write_record(args.name, {"camera": camera, "seconds": args.seconds, **rows}))


def film(file: Path, seed: int, seconds: float, events: Sequence[Kind] = ()) -> None:
    """Write a stretch of the scene."""
    scene = render_scene(SceneConfig(seed=seed, width=WIDTH, height=HEIGHT, rate=RATE, walkers=5), seconds, events)
    with write_video(file, WIDTH, HEIGHT, Fraction(RATE)) as sink:
        for frame in scene:
            sink.add(frame.frame.rgb, frame.frame.time_s)


def learn(folder: Path) -> None:
    """Into folder/learnt, with thresholds that follow the hour."""
    words = ["learn", folder / "ordinary.mp4", "--as", NAME, "--home", folder / "learnt", "--odd", "ordinary"]
    subprocess.run([sys.executable, "-m", "unusual", *map(str, words), "--cache", folder / "cache"], check=True)  # noqa: S603


def pair(folder: Path, extras: Extras, frames: int, turn: int) -> Pair:
    """A plain watching and one with extras, at the same time."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch, ExitStack() as open_now:
        homes = [Home(Path(scratch) / name) for name in ("plain", "extras")]
        found: dict[Home, psutil.Process] = {}
        both = list(zip(homes, (Extras(), extras), strict=True))
        for home, has in both[:: -1 if turn % 2 else 1]:
            shutil.copytree(folder / "learnt", home.folder)
            found[home] = open_now.enter_context(watching(folder, home, has))
        began: dict[Home, tuple[float, int]] = {}
        ended: dict[Home, tuple[float, int]] = {}
        told = dict.fromkeys(homes, 0)
        until = time.monotonic() + STARTING_S + 2 * frames / RATE
        while len(ended) < len(homes):
            assert time.monotonic() < until, "a watching did not start, or was too slow"  # noqa: S101
            time.sleep(LOOK_S)
            for home in homes:
                if (now := told_ns(home)) == told[home]:
                    continue
                told[home], used = now, spent(found[home])
                live = read_live(home, NAME)
                scored = live.frames.scored if live else 0
                if scored >= BEGUN:
                    began.setdefault(home, (used, scored))
                if scored >= BEGUN + frames:
                    ended.setdefault(home, (used, scored))
        alarms = [alarms_of(home) for home in homes]
    plain, more = (1e3 * (ended[h][0] - began[h][0]) / (ended[h][1] - began[h][1]) for h in homes)
    return Pair(plain, more, *alarms)


def alarms_of(home: Home) -> int:
    """How many there were."""
    with closing(EventStore.open(home)) as store:
        return len(store.list(EventFilter(alarms_only=True)))


def told_ns(home: Home) -> int:
    """When a watching last said what it had scored: it does once a second, and its time is read at that moment."""
    with suppress(OSError):
        return home.live(NAME).stat().st_mtime_ns
    return 0


def spent(process: psutil.Process) -> float:
    """Processor seconds of a watching and all that it has started."""
    used = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            used += sum(each.cpu_times()[:2])
    return used


@contextmanager
def watching(folder: Path, home: Home, extras: Extras) -> Iterator[psutil.Process]:
    """A process that watches."""
    card = read_card(home, NAME)
    if extras.hours:
        write_card(card.folder(home), replace(card, alarm_scale=replace(card.alarm_scale, busy=BUSY)))
    with sink() as port, broker(home.folder) as mqtt:
        text = f'[cameras.{NAME}]\nsource = "{folder / "watched.mp4"}"\nalarms_per_day = 1000\n'
        text += HOURS * extras.hours + ZONES * extras.zones + ALERTS.format(port=port, broker=mqtt) * extras.alerts
        (home.folder / "cameras.toml").write_text(text)
        words = [sys.executable, "-m", "unusual", "watch", "--config", str(home.folder / "cameras.toml")]
        with (home.folder / "said.txt").open("w") as said:
            process = subprocess.Popen([*words, "--home", str(home.folder)], stdout=said, stderr=said)  # noqa: S603
        try:
            with asking(home) if extras.asked else nullcontext():
                yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def sink() -> Iterator[int]:
    """A web server that takes what it is sent; its port."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()


@contextmanager
def broker(folder: Path) -> Iterator[int]:
    """An MQTT broker; its port."""
    program, port = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin"), free_port()
    assert program, "install mosquitto"  # noqa: S101
    (folder / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([program, "-c", str(folder / "broker.conf")], stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def asking(home: Home) -> Iterator[None]:
    """A dashboard of the home that is asked all the time: a scrape and the cameras each second, a stream of events."""
    token, _ = make_token(home, "a program", "read")
    done, port = threading.Event(), free_port()
    words = [sys.executable, "-m", "unusual", "serve", "--home", str(home.folder), "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603

    def get(path: str) -> Request:
        return Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {token}"})

    def scrape() -> None:
        for path in ("/metrics", "/api/v1/cameras", "/api/v1/events?most=50"):
            urlopen(get(path), timeout=10).read()  # noqa: S310

    def listen() -> None:
        with urlopen(get("/api/v1/stream"), timeout=5) as stream:  # noqa: S310
            while not done.is_set():
                stream.readline()

    threads = [threading.Thread(target=again, args=(act, done), daemon=True) for act in (scrape, listen)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        process.terminate()
        process.wait(30)


def again(act: Callable[[], None], done: threading.Event) -> None:
    """Do it each second; the dashboard may not be there yet."""
    while not done.wait(1.0):
        with suppress(OSError):
            act()


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def figures(pairs: Sequence[Pair]) -> dict[str, object]:
    """The row of some pairs. more: by how much extras need more processor time, in percent, with its interval."""
    ratios = [100 * (each.extras / each.plain - 1) for each in pairs]
    half = float(t.ppf(0.975, len(ratios) - 1)) * stdev(ratios) / len(ratios) ** 0.5
    return {
        "more": round(mean(ratios), 2),
        "interval": [round(mean(ratios) - half, 2), round(mean(ratios) + half, 2)],
        "alarms": [sum(each.plain_alarms for each in pairs), sum(each.extras_alarms for each in pairs)],
        "pairs": [[round(each.plain, 2), round(each.extras, 2)] for each in pairs],
    }


if __name__ == "__main__":
    main()
