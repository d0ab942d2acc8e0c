"""A home with an event that has a clip, and one that has none."""

import time
from contextlib import closing

import pytest
from made_home import add_event

from unusual.store.events import EventStore
from unusual.store.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def events(home):
    """Newest first."""
    with closing(EventStore.open(home)) as store:
        now = time.time()
        add_event(store, "door", now - 60, 3.0, clip=True, note="<b>the postman</b>")
        add_event(store, "yard", now - 90, 1.5)
        yield store.list()
