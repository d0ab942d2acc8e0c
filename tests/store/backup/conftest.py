"""A home with a camera, events with media, rules, passwords."""

import time
from contextlib import closing

import numpy as np
import pytest
from made_home import add_event, made_card
from visiting import light_password

from unusual.files import write_text
from unusual.scores.hours import Mode
from unusual.store.cameras import write_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.rules.duty import order
from unusual.store.rules.profiles import write_profile
from unusual.store.scorelog import ScoreLog

WEIGHTS_SHA256 = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"  # of bytes 1, 2, 3, 4


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    folder = made.camera("door")
    write_card(folder, made_card("door", model_sha256=WEIGHTS_SHA256))
    (folder / "model.safetensors").write_bytes(np.arange(1, 5, dtype=np.uint8).tobytes())
    with closing(EventStore.open(made)) as store:
        for i in range(3):
            add_event(store, "door", time.time() - 1000 * (i + 1), 3.0, clip=i == 0, note="the postman")
    order(made, "door", Mode.QUIET)
    write_profile(made, "night", {"door": Mode.OFF})
    light_password(made, "a quiet afternoon")
    log = ScoreLog(made, "door")
    log.add(time.time() - 10, 1.0)
    log.add(time.time() - 5, 1.0)
    log.close()
    write_text(made.footage("door") / "monday.mp4", "footage")
    for place in (made.folder, made.database, made.dashboard, made.media):
        place.chmod(place.stat().st_mode & ~0o007)
    return made
