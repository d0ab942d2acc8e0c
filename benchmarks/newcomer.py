"""A newcomer's walk from `pip install` to the first alarm on a streaming camera: acts and minutes, both ways at once.

    python benchmarks/newcomer.py

A fresh environment is made and `unusual` installed into it from this checkout. A made-up camera of 256x192 pixels
streams over RTSP (tests/rtsp_server.py says what has to be installed). One newcomer goes through the dashboard in
Chromium, by keyboard alone; another one types commands, and answers the questions at his terminal. Both record
the same ten minutes. Then the camera shows people, and after half a minute a cart: told is how long after it
appeared the alarm was there. An act is a command that is typed, a page's button or choice, a field that is filled.
"""

import argparse
import importlib
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from record import write_record
from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from unusual.app.setup.watching import watching
from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.store.events import EventFilter, EventStore
from unusual.store.home import Home
from unusual.store.live import read_live

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
rtsp_server: Any = importlib.import_module("rtsp_server")

NAME, ROOT = "entrance", Path(__file__).parents[1]
WIDTH, HEIGHT, RATE = 256, 192, 25  # the server's own rate
CAMERA = f"{WIDTH}x{HEIGHT}, {RATE} frames/s over RTSP"
RECORD_S, ORDINARY_S, UNUSUAL_S = 600, 630.0, 60.0
Films = tuple[Path, Path]  # what the camera shows while it is recorded, and while it is watched
LONGEST_S = 5400.0  # of any wait
FLAGS = "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-dev-shm-usage --window-size=1280,900"


@dataclass
class Walk:
    """What a newcomer does, and when he has come how far, in seconds from the beginning."""

    acts: list[str] = field(default_factory=list)
    reached: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def act(self, what: str) -> None:
        """He does something."""
        self.acts.append(what)
        print(f"{time.monotonic() - self.began:7.1f} s  {what}", flush=True)

    def at(self, place: str) -> None:
        """He has come so far."""
        self.reached[place] = round(time.monotonic() - self.began, 1)
        print(f"{self.reached[place]:7.1f} s  -> {place}", flush=True)


def main() -> None:
    """Install, walk, write the record."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        installed = install(folder / "venv")
        films = film(folder / "ordinary", 1, ORDINARY_S), film(folder / "unusual", 2, UNUSUAL_S, (Kind.CART,))
        walks = {"browser": Walk(), "terminal": Walk()}
        ways = [
            threading.Thread(target=way, args=(folder / name, folder / "venv/bin/unusual", films, walks[name]))
            for name, way in (("browser", in_browser), ("terminal", in_terminal))
        ]
        for each in ways:
            each.start()
        for each in ways:
            each.join()
        told = {name: {"acts": walk.acts, "reached_s": walk.reached} for name, walk in walks.items()}
        print(write_record("newcomer", {"camera": CAMERA, "install_s": installed, "record_s": RECORD_S, **told}))


def install(place: Path) -> float:
    """What pip takes, in seconds."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "venv", place], check=True)  # noqa: S603
    subprocess.run([place / "bin/pip", "install", "--quiet", f"{ROOT}[serve]"], check=True)  # noqa: S603
    return round(time.monotonic() - began, 1)


def film(folder: Path, seed: int, seconds: float, events: Sequence[Kind] = ()) -> Path:
    """A stretch of the scene, as the server takes it."""
    scene = render_scene(SceneConfig(seed=seed, width=WIDTH, height=HEIGHT, rate=RATE, walkers=5), seconds, events)
    while pictures := [frame.frame.rgb for frame in islice(scene, 10 * RATE)]:
        rtsp_server.write_film(folder, pictures)
    return folder


def in_browser(home: Path, unusual: Path, films: Films, walk: Walk) -> None:
    """By the dashboard alone."""
    with ExitStack() as open_now:
        server = open_now.enter_context(rtsp_server.RtspServer({"live": films[0]}))
        port = free_port()
        walk.act("command: unusual serve")
        open_now.enter_context(running(unusual, "serve", "--home", home, "--port", port))
        browser = open_now.enter_context(chromium())
        until(lambda: urlopen(f"http://127.0.0.1:{port}/healthz").status == 200)
        browser.get(f"http://127.0.0.1:{port}/")
        walk.at("its first page")
        keys = Keyboard(browser, walk)
        keys.press("Add a camera", 'a[href="/add"]')
        keys.fill("its name", "[name=camera]", NAME)
        keys.fill("its address", "[name=source]", server.url("live"))
        keys.press("Look through it", "[data-begin] button.main")
        keys.find("[data-learn]")
        walk.at("its picture")
        keys.fill("record: 10 minutes", "[name=record]", "10 minutes")
        keys.press("Record and learn", "[data-learn] button.main")
        keys.find("[data-answers]")
        walk.at("odd moments")
        keys.press("All are ordinary", "[data-all]")
        keys.press("Go on learning", "[data-answers] button.main")
        keys.find("[data-watch=yes]")
        walk.at("learnt")
        swap(server, films[1])
        keys.press("Start watching", "[data-watch=yes]")
        open_now.callback(lambda: watching(Home(home)).end(20.0))  # it would go on without the dashboard
        first_alarm(home, walk)


def in_terminal(home: Path, unusual: Path, films: Films, walk: Walk) -> None:
    """By commands alone, in three terminals."""
    with ExitStack() as open_now:
        server = open_now.enter_context(rtsp_server.RtspServer({"live": films[0]}))
        walk.act("command: unusual learn ADDRESS --for 10m --as entrance")
        words = ["learn", server.url("live"), "--for", f"{RECORD_S}s", "--as", NAME, "--home", home]
        at_a_terminal([str(unusual), *map(str, words)], walk)
        walk.at("learnt")
        swap(server, films[1])
        walk.act("command: unusual watch ADDRESS --model entrance")
        open_now.enter_context(running(unusual, "watch", server.url("live"), "--model", NAME, "--home", home))
        walk.act("command: unusual serve")
        open_now.enter_context(running(unusual, "serve", "--home", home, "--port", free_port()))
        first_alarm(home, walk)


def at_a_terminal(words: list[str], walk: Walk) -> None:
    """Run a command as somebody would who reads its questions, and says of the first that all are ordinary."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(words[0], words)  # noqa: S606
    said = b""
    with suppress(OSError):  # at its end
        while piece := os.read(terminal, 4096):
            said += piece
            if re.search(rb"is .* ordinary.*: $", said.replace(b"\r\n", b" ")):
                walk.at("odd moments")
                walk.act("answer: a, all are ordinary")
                os.write(terminal, b"a\n")
                said = b""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code == 0, said.decode(errors="replace")[-2000:]  # noqa: S101


def swap(server: Any, film: Path) -> None:
    """Let the camera show something else from its next visitor on."""
    server.kill()
    server.films = {"live": film}
    server.start()


def first_alarm(home: Path, walk: Walk) -> None:
    """Wait until it is watched, and for the alarm."""
    until(lambda: (live := read_live(Home(home), NAME)) is not None and live.frames.scored > 0)
    walk.at("online")
    until(lambda: alarms(home))
    walk.at("first alarm")


def alarms(home: Path) -> int:
    """How many there are by now."""
    with closing(EventStore.open(Home(home))) as store:
        return len(store.list(EventFilter(alarms_only=True)))


class Keyboard:
    """Somebody who has no mouse: Tab to what is wanted, then type."""

    def __init__(self, browser: webdriver.Chrome, walk: Walk) -> None:
        self.browser, self.walk = browser, walk

    def find(self, selector: str) -> None:
        """Wait until it is on the page."""
        until(lambda: self.browser.find_elements(By.CSS_SELECTOR, selector))

    def press(self, what: str, selector: str) -> None:
        """Press a button or follow a link."""
        self._tab_to(selector)
        self.walk.act(f"button: {what}")
        self._type(Keys.ENTER)

    def fill(self, what: str, selector: str, words: str) -> None:
        """Fill a field, or choose from a list."""
        self._tab_to(selector)
        self.walk.act(f"field: {what}")
        self._type(words)

    def _tab_to(self, selector: str) -> None:
        self.find(selector)
        for _ in range(80):
            if self.browser.execute_script(f"return document.activeElement.matches('{selector}')"):
                return
            self._type(Keys.TAB)
        raise AssertionError(f"Tab does not come to {selector}")

    def _type(self, keys: str) -> None:
        ActionChains(self.browser).send_keys(keys).perform()


def until(holds: Callable[[], object]) -> None:
    """Wait for it; what fails is tried again."""
    given_up = time.monotonic() + LONGEST_S
    while time.monotonic() < given_up:
        with suppress(Exception):
            if holds():
                return
        time.sleep(0.2)
    raise AssertionError("it never came")


@contextmanager
def running(unusual: Path, *words: object) -> Iterator[None]:
    """A command in another terminal."""
    process = subprocess.Popen([unusual, *map(str, words)], stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in FLAGS.split():
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield browser
    finally:
        browser.quit()


def free_port() -> int:
    """A port of this machine that nobody has."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
