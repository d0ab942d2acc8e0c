"""What is due once a second: settings are followed, a new card is found, the state is logged when it changes."""

import os
from dataclasses import replace

import numpy as np
import pytest
from made_home import SCALE, learn_camera, made_card

from unusual.camera.alarm_level import AlarmLevel
from unusual.camera.condition.outages import Outages
from unusual.camera.housekeeping import Housekeeping
from unusual.camera.keeper import Keeper, Storing
from unusual.camera.live_view import LiveView, Watching
from unusual.domain import Box
from unusual.run.checkpoint import MODEL
from unusual.scores.hours import Mode
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import write_card
from unusual.store.home import Home
from unusual.store.live import Frames, read_live
from unusual.store.media import ClipLimits
from unusual.store.rules.duty import order
from unusual.store.rules.zones import ZONES, write_zones
from unusual.store.settings import Setting
from unusual.video.capture import CameraState
from unusual.video.condition.health import Health

WATCHING = Watching(Frames(10, 10, 0, 0), CameraState.ONLINE, "", Health.OK, None)
NOW = 1000.0


@pytest.fixture
def made(tmp_path):
    """A housekeeping, and what it said; an outage is told at once."""
    home, said, outages = Home(tmp_path), [], []
    learn_camera(home, "door")
    view = LiveView(home, made_card("door"), None)
    storing = Storing(view.notice, said.append)
    keeper = Keeper(home, AlarmLevel(made_card("door"), 8.0), storing, ClipLimits(), lambda _: None)
    told = Outages("door", lambda outage: bool(outages.append((outage.state, outage.over_utc is None))) or True, 0.0)
    made = Housekeeping(keeper, storing, view, told, said.append)
    made.outages.heard = outages
    yield made, said
    keeper.close()


def states(made):
    return [(entry.state, entry.words) for entry in made.keeper.store.health.list("door")][::-1]


def test_it_is_due_at_first_and_then_once_a_second(made):
    made, _ = made
    assert made.due
    made.tend(NOW, WATCHING)
    assert not made.due


def test_a_model_that_is_overwritten_in_place_is_said_once_and_one_that_comes_with_its_card_is_not(made):
    made, said = made
    folder = made.keeper.home.camera("door")
    (folder / MODEL).write_bytes(b"another")
    for _ in range(3):
        made.tend(NOW, WATCHING)
    assert [line for line in said if MODEL in line] == [
        "model.safetensors has changed, and its card has not: what was loaded goes on. "
        "Put the file back before the next start, or learn the camera again"
    ]
    (folder / MODEL).unlink()
    write_card(folder, made_card("door", findings=("of another day",)))
    os.utime(folder / "camera.json", (1, 1))
    made.tend(NOW, WATCHING)
    assert len([line for line in said if MODEL in line]) == 1
    assert made.new is None


def test_what_a_person_sets_is_followed(made):
    made, _ = made
    made.keeper.store.settings.set("door", Setting.ALARMS_PER_DAY, 2.0)
    made.tend(NOW, WATCHING)
    assert made.keeper.level.score == SCALE.threshold(2.0).score


def test_zones_that_a_person_draws_are_taken_up_and_what_are_none_leaves_them(made):
    made, said = made
    folder = made.keeper.home.camera("door")
    trees = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0))),)
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.zones == ()
    write_zones(folder, trees)
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.zones == trees
    assert "1 zone from here on" in said
    (folder / ZONES).write_text("{")
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.zones == trees
    assert any("holds no zones" in line for line in said)
    (folder / ZONES).unlink()
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.zones == ()
    assert said[-1] == "no zones from here on"


def test_a_camera_is_switched_off_by_hand_or_by_its_hours_and_keeps_no_picture_then(made):
    made, said = made
    home = made.keeper.home
    made.view.show(NOW, np.zeros((48, 64, 3), np.uint8), 9)
    made.tend(NOW, WATCHING)
    assert home.picture("door").exists()
    order(home, "door", Mode.OFF)
    made.tend(NOW, replace(WATCHING, state=CameraState.OFFLINE))
    assert made.duty.mode is Mode.OFF
    assert not home.picture("door").exists()
    assert (read_live(home, "door").state, read_live(home, "door").words) == ("off", "off by hand")
    assert made.outages.heard == [], "nobody expects it to see"
    assert "off by hand" in said
    order(home, "door", None)
    made.tend(NOW, WATCHING)
    assert read_live(home, "door").state == "online"
    home.duty("door").write_text("{")
    made.tend(NOW, WATCHING)
    assert made.duty.mode is Mode.ARMED
    assert any("holds no hours" in line for line in said)


def test_a_zone_that_is_off_by_its_hours_counts_no_more(made):
    made, _ = made
    zone = Zone(ZoneKind.NAMED, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), "gate", hours=("daily off",))
    write_zones(made.keeper.home.camera("door"), (zone,))
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.of_event(Box(0.4, 0.4, 0.6, 0.6))[0] is False
    write_zones(made.keeper.home.camera("door"), (replace(zone, hours=()),))
    made.tend(NOW, WATCHING)
    assert made.keeper.level.zone_map.of_event(Box(0.4, 0.4, 0.6, 0.6))[:2] == (True, "gate")


def test_a_state_is_logged_and_said_when_it_changes_and_at_the_end(made):
    made, said = made
    offline = replace(WATCHING, state=CameraState.OFFLINE, reason="no answer")
    for watching in (WATCHING, WATCHING, offline, offline, replace(WATCHING, health=Health.DARK)):
        made.tend(NOW, watching)
    made.close()
    ended = ("ended", "the watching was ended")
    dark = ("dark", "the picture is dark")
    assert {*states(made)} == {("online", ""), ("offline", "no answer"), dark, ("online", dark[1]), ended}
    assert said == ["online", "offline (no answer)", dark[1], "online (the picture is dark)"]


def test_a_blind_camera_is_told_and_its_live_file_knows_what_was_told(made):
    made, _ = made
    offline = replace(WATCHING, state=CameraState.OFFLINE, reason="no answer")
    for watching in (WATCHING, offline, offline):
        made.tend(NOW, watching)
    assert read_live(made.keeper.home, "door").outage.state == "offline"
    for watching in (replace(WATCHING, health=Health.COVERED), WATCHING, WATCHING):
        made.tend(NOW, watching)
    assert made.outages.heard == [("offline", True), ("covered", True), ("covered", False)]


def test_a_picture_that_is_covered_time_and_again_is_a_few_lines_of_the_log(made):
    made, _ = made
    for second in range(0, 1800, 5):
        made.look(NOW + second, Health.COVERED if second % 20 < 10 else Health.OK)
    assert len(states(made)) < 10
    assert all(entry.utc >= NOW for entry in made.keeper.store.health.list("door"))


def test_what_never_began_has_no_end(made):
    made, _ = made
    made.close()
    assert states(made) == []


def change_card(made, **changes):
    home = made.keeper.home
    write_card(home.camera("door"), made_card("door", **changes))
    os.utime(home.card("door"), ns=(1, 1))  # whatever the clock says, it is another time


def test_sharper_thresholds_are_found_with_the_model_that_there_is(made):
    made, _ = made
    made.tend(NOW, WATCHING)
    assert made.new is None
    change_card(made, alarm_scale=replace(SCALE, hours=50.0))
    made.tend(NOW, WATCHING)
    checkpoint, card = made.new
    assert checkpoint is None
    assert card.alarm_scale.hours == 50.0


def test_a_card_that_says_the_same_is_nothing_new(made):
    made, _ = made
    change_card(made, findings=("dark",))
    made.tend(NOW, WATCHING)
    assert made.new is None


def test_a_model_that_cannot_be_read_is_said_and_the_watching_goes_on(made):
    made, said = made
    change_card(made, model_sha256="cd")  # with no weights beside it
    made.tend(NOW, WATCHING)
    assert made.new is None
    assert any(("door" in line and "cannot" in line) or "no " in line for line in said)
