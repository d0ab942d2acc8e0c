"""A home of two cameras with forty events, the dashboard served from it, and one behind a password."""

import time
from contextlib import closing

import httpx
import pytest
from made_home import add_event, learn_camera, serving, watch
from visiting import PASSWORD, light_password

from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = Home(tmp_path_factory.mktemp("home"))
    learn_camera(folder, "door")
    learn_camera(folder, "yard")
    watch(folder, "door")
    return folder


@pytest.fixture(scope="module")
def store(home):
    store = EventStore.open(home)
    yield store
    store.close()


@pytest.fixture(scope="module")
def events(store):
    """Forty events of the past two days, newest first: (id, score); the newest has a clip."""
    now = time.time()
    return [
        (add_event(store, "door" if i % 4 else "yard", now - 60 - 4000 * i, 1 + i % 7 / 2, clip=i == 0), 1 + i % 7 / 2)
        for i in range(40)
    ]


@pytest.fixture(scope="module")
def open_house(home, events):
    with serving(home) as (port, server):
        yield port, server


@pytest.fixture(scope="module")
def web(open_house):
    with httpx.Client(base_url=f"http://localhost:{open_house[0]}", trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A home with a password: its folder, the port of its dashboard, the server."""
    folder = Home(tmp_path_factory.mktemp("locked"))
    learn_camera(folder, "door")
    watch(folder, "door")
    light_password(folder, PASSWORD)
    with closing(EventStore.open(folder)) as store:
        event = add_event(store, "door", time.time() - 60, 3.0, clip=True)
    with serving(folder, loopback=False) as (port, server):
        yield folder, port, server, event
