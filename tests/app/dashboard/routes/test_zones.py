"""The page of zones: what it shows of the past week, what is kept, and what is refused."""

import json
import time

import pytest
from made_home import add_event, learn_camera, watch
from visiting import OURS, Page

from unusual.domain import Box
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.rules.zones import ZONES, propose_zones, read_zones

LEFT = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]
IGNORE = {"kind": "ignore", "corners": LEFT}
GATE = {"kind": "named", "corners": LEFT, "name": "gate", "alarms_per_day": 5, "cool_down_s": 600}


@pytest.fixture(scope="module")
def camera(home, store):
    """A camera with an event on its left, one on its right, and one without a place."""
    learn_camera(home, "porch")
    now = time.time()
    boxes = {"left": Box(0.1, 0.2, 0.3, 0.6), "right": Box(0.7, 0.2, 0.9, 0.6), "nowhere": None}
    return {
        name: add_event(store, "porch", now - 60 - n, 3.0 - n, box=box) for n, (name, box) in enumerate(boxes.items())
    }


def post(web, zones, address="/api/v1/cameras/porch/zones"):
    return web.post(address, json={"zones": zones}, headers=OURS)


def test_the_effect_is_said_and_nothing_is_kept(web, home, store, camera):
    told = post(web, [IGNORE], "/api/v1/cameras/porch/zones/effect").json()
    assert (told["events"], told["left"], told["alarms"], told["alarms_left"]) == (3, 2, 2, 1)
    assert {one["id"]: (one["counts"], one["at"]) for one in told["each"]} == {
        camera["left"]: (False, [0.2, 0.56]),
        camera["right"]: (True, [0.8, 0.56]),
        camera["nowhere"]: (True, None),
    }
    assert not (home.camera("porch") / ZONES).exists()
    assert not store.get(camera["left"]).ignored


def test_what_is_saved_is_in_force_and_shown_by_every_page(web, home, store, camera):
    before = post(web, []).json()["unreviewed"]
    told = post(web, [IGNORE]).json()
    assert (told["left"], told["unreviewed"]) == (2, before - 1)
    assert read_zones(home.camera("porch")).zones == (Zone(ZoneKind.IGNORE, tuple(map(tuple, LEFT))),)
    assert store.get(camera["left"]).ignored
    assert "does not count" in web.get("/events?camera=porch").text
    assert camera["left"] not in web.get("/events?camera=porch&alarms=only").text
    assert "in a zone that does not count" in web.get(f"/events/{camera['left']}").text
    page = Page(web.get("/zones/porch").text)
    (canvas,) = [had for _, had in page.tags if "data-zones" in had]
    assert json.loads(canvas["data-zones"])[0]["corners"] == LEFT
    assert json.loads(canvas["data-effect"])["left"] == 2
    post(web, [GATE])
    assert read_zones(home.camera("porch")).zones[0].cool_down_s == 600
    assert "<dt>Zone</dt><dd>gate</dd>" in web.get(f"/events/{camera['left']}").text
    post(web, [])
    assert not store.get(camera["left"]).ignored


def test_what_learn_proposes_is_shown_and_stays_until_somebody_has_decided(web, home, camera):
    folder = home.camera("porch")
    propose_zones(folder, (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))),) * 2)
    (canvas,) = [had for _, had in Page(web.get("/zones/porch").text).tags if "data-zones" in had]
    told = json.loads(canvas["data-proposed"])
    assert len(told) == 2
    post(web, [IGNORE])
    assert len(read_zones(folder).proposed) == 2
    yes_and_no = {"zones": [IGNORE, told[0]], "proposed": []}
    assert web.post("/api/v1/cameras/porch/zones", json=yes_and_no, headers=OURS).status_code == 200
    assert (len(read_zones(folder).zones), read_zones(folder).proposed) == (2, ())
    post(web, [])


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        pytest.param([{**IGNORE, "corners": LEFT[:2]}], "3 to 64 corners", id="a line"),
        pytest.param([{**IGNORE, "kind": "forget"}], "'ignore', 'only' or 'named'", id="a kind"),
        pytest.param([{**GATE, "name": ""}], "needs a name", id="without a name"),
        pytest.param([GATE, GATE], "two zones are called gate", id="two of one name"),
        pytest.param([{**IGNORE, "corners": [[0, 0], ["x", 0], [1, 1]]}], "valid number", id="a word"),
    ],
)
def test_what_cannot_be_a_zone_is_said_and_nothing_changes(web, home, camera, zones, said):
    for address in ("/api/v1/cameras/porch/zones", "/api/v1/cameras/porch/zones/effect"):
        answer = post(web, zones, address)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]
    assert read_zones(home.camera("porch")).zones == ()


def test_only_a_camera_that_was_learnt_has_zones(web, home, camera):
    watch(home, "unlearnt")
    for name in ("unlearnt", "nobody"):
        assert web.get(f"/zones/{name}").status_code == 404
        assert post(web, [IGNORE], f"/api/v1/cameras/{name}/zones").status_code == 404
        assert not home.camera(name).exists()
    home.live("unlearnt").unlink()


def test_a_picture_that_is_not_there_is_told(web, camera):
    assert web.get("/zones/porch/picture.jpg").status_code == 404


def test_a_file_that_holds_no_zones_is_said_on_the_page_and_can_be_drawn_anew(web, home, camera):
    (home.camera("porch") / ZONES).write_text("{")
    assert "holds no zones" in web.get("/zones/porch").text
    post(web, [IGNORE])
    assert "holds no zones" not in web.get("/zones/porch").text
    post(web, [])
