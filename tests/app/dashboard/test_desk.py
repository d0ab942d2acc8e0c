"""What the pages know of the home: cameras as they are now, and what is being learnt."""

import json
import time

import pytest
from made_home import learn_camera, serving, watch
from visiting import Page, stranger

from unusual.errors import OutputError
from unusual.files import write_text
from unusual.store.cameras import watched_alone
from unusual.store.home import Home
from unusual.store.live import Live, write_live


def test_an_empty_home_says_what_to_do(tmp_path):
    with serving(Home(tmp_path / "new")) as (port, _), stranger(port) as client:
        pages = [Page(client.get(path).text) for path in ("/", "/events", "/timeline", "/settings")]
    for page in pages:
        assert ("a", "/add") in [(tag, had.get("href")) for tag, had in page.tags]
        assert "Add a camera" in page.words
    assert "unusual learn" in pages[0].words


@pytest.mark.parametrize("broken", ["", "[]", '{"utc": "x"}', '{"utc": 1, "state": 3}', "\x00"])
def test_a_live_file_that_cannot_be_read_is_a_camera_that_is_not_watched(home, web, broken):
    write_text(home.folder / "live" / "door.json", broken)
    assert web.get("/live").json()["cameras"][0]["state"]["label"] == "Not watched"
    assert web.get("/").status_code == 200


def test_a_watcher_that_cannot_write_is_no_camera_that_is_not_watched(tmp_path):
    home = Home(tmp_path / "full")
    learn_camera(home, "door")
    with watched_alone(home, "door"), serving(home) as (port, _), stranger(port) as client:
        assert client.get("/live").json()["cameras"][0]["state"]["label"] == "Not watched"
        home.live("door").mkdir()  # nothing can be written there
        with pytest.raises(OutputError):
            write_live(home, Live(camera="door", utc=time.time(), state="storage_full"))
        door = client.get("/live").json()["cameras"][0]
        assert (door["state"]["label"], door["words"].partition(":")[0]) == (
            "Disk full",
            "its watcher cannot write to its home folder",
        )


def test_a_watcher_that_falls_silent_is_noticed_and_odd_numbers_are_borne(home, web):
    watch(home, "door", utc=time.time() - 300)
    door = web.get("/live").json()["cameras"][0]
    assert (door["state"]["label"], door["words"]) == ("Not watched", "no word from its watcher for 5 min")
    now = time.time()
    recent = [[now, float("nan")], [now - 1, None], [now - 2, 1.5], [1e300, 2.0]]
    watch(home, "door", score=float("inf"), threshold=float("nan"), recent=recent, state="<b>")
    door = web.get("/live").json()["cameras"][0]
    assert [score for _, score in door["points"]] == [1.5]
    assert door["limit"] is None and door["state"]["label"] == "<b>"


@pytest.mark.parametrize("state", ["offline", "stalled", "connecting", "ended"])
def test_a_camera_without_a_connection_says_nothing_of_its_picture(home, web, state):
    watch(home, "door", state=state, health="ok")
    door = web.get("/live").json()["cameras"][0]
    assert door["health"]["label"] == "No picture"
    assert "Picture is clear" not in Page(web.get("/").text).words


def test_learning_is_shown_while_it_goes_on(home, web):
    told = {
        "camera": "attic",
        "utc": time.time(),
        "stage": "Training",
        "share": 0.4,
        "words": "epoch 3",
        "log": ["read"],
    }
    write_text(home.folder / "learning" / "attic.json", json.dumps(told))
    page = Page(web.get("/").text)
    assert "Learning attic" in page.words and "epoch 3" in page.words
    assert ("progress", "0.4") in [(tag, had.get("value")) for tag, had in page.tags]
    assert web.get("/live").json()["learning"][0]["share"] == 0.4
    write_text(home.folder / "learning" / "attic.json", json.dumps(told | {"utc": time.time() - 7200}))  # it was killed
    assert "Learning attic" not in Page(web.get("/").text).words
    (home.folder / "learning" / "attic.json").unlink()
