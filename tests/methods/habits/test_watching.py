"""A film in, what is seen in its judged frames out: at once, the same again from what was kept, and nothing ahead."""

from itertools import pairwise

import numpy as np
import pytest

from unusual.methods.habits.watching import Follower
from unusual.methods.objects.objects import ObjectFinder
from unusual.run.config import make_config

HEIGHT, WIDTH, SIDE, SPEED = 64, 96, 10, 2
find = ObjectFinder.find


def follower(*changes):
    """Of what moves alone; every second frame is judged."""
    words = ["objects.foreground=false", "objects.smallest_side=4", "flow.preset=ultrafast", "moments.step=2", *changes]
    return Follower(make_config("habits", changes=words).settings.completed(HEIGHT, WIDTH, 10.0))


def film(frames=24):
    """A rough bright square that goes to the right over rough dark ground."""
    chance = np.random.default_rng(0)
    ground = chance.integers(60, 90, (HEIGHT, WIDTH, 1), np.uint8)
    square = chance.integers(110, 255, (SIDE // 2, SIDE // 2, 1), np.uint8).repeat(2, 0).repeat(2, 1)
    for frame in range(frames):
        picture = ground.copy()
        picture[30 : 30 + SIDE, 10 + SPEED * frame : 10 + SPEED * frame + SIDE] = square
        yield picture.repeat(3, -1)


@pytest.fixture(scope="module")
def seen():
    return list(follower().follow(film(), None))


def test_every_stepth_frame_is_judged_and_no_other(seen):
    assert [each.index for each in seen] == list(range(0, 24, 2))


def test_who_moves_is_one_and_the_same_with_its_box_speed_and_way(seen):
    later = [each for each in seen if each.index >= 6]
    assert {tuple(each.moments["number"].tolist()) for each in later} == {(int(later[0].moments["number"][0]),)}
    for each in later[:-1]:
        (moment,) = each.moments
        left, top, right, bottom = moment["box"].tolist()
        assert left < 15 + SPEED * each.index < right
        assert top < 35 < bottom
        assert moment["speed"] == pytest.approx(SPEED, abs=0.5)
        assert moment["way"].tolist() == pytest.approx([SPEED, 0], abs=0.5)


def test_the_path_of_a_track_is_known_up_to_then():
    grown = [max(map(len, each.watching.paths().values()), default=0) for each in follower().follow(film(), None)]
    assert grown == sorted(grown)
    assert grown[-1] > 3


def test_a_judged_frame_awaits_the_one_after_it_and_no_more():
    taken = []
    told = follower().follow((taken.append(number) or picture for number, picture in enumerate(film())), None)
    for index in (0, 2, 4):
        assert (next(told).index, taken[-1]) == (index, index + 1)


def test_a_frame_is_looked_at_between_its_neighbours(monkeypatch):
    pictures, looked, find = list(film(5)), [], ObjectFinder.find

    def note(finder, *given):
        looked.append([next(n for n, picture in enumerate(pictures) if picture is each) for each in given[:3]])
        return find(finder, *given)

    monkeypatch.setattr(ObjectFinder, "find", note)
    list(follower().follow(pictures, None))
    assert looked == [[0, 0, 1], [1, 2, 3], [3, 4, 4]]


def test_the_last_frame_is_judged_without_one_after_it():
    assert [each.index for each in follower().follow(film(5), None)] == [0, 2, 4]
    assert list(follower().follow(iter(()), None)) == []


def test_what_comes_later_changes_nothing_that_was_told_before():
    early = list(follower().follow(film(13), None))
    for one, other in zip(early[:-1], follower().follow(film(), None), strict=False):
        np.testing.assert_array_equal(one.moments, other.moments)


def test_objects_are_found_once_also_when_the_reading_was_broken_off(tmp_path, monkeypatch, seen):
    reading = follower().follow(film(), tmp_path)
    for _ in range(4):
        next(reading)
    reading.close()
    asked, find = [], ObjectFinder.find
    monkeypatch.setattr(ObjectFinder, "find", lambda *words: asked.append(1) or find(*words))
    again = list(follower().follow(film(), tmp_path))
    assert len(asked) == len(again) - 4
    for one, other in zip(again, seen, strict=True):
        np.testing.assert_array_equal(one.moments, other.moments)


def test_who_stands_out_is_not_kept_of_a_reading_that_was_broken_off(tmp_path):
    whole = [each.moments for each in follower("objects.foreground=true").follow(film(), None)]
    reading = follower("objects.foreground=true").follow(film(), tmp_path)
    for _ in range(9):
        next(reading)
    reading.close()
    for _ in range(2):  # found anew, then known
        again = [each.moments for each in follower("objects.foreground=true").follow(film(), tmp_path)]
        for one, other in zip(again, whole, strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(list(tmp_path.iterdir())) == 1


def test_between_two_looks_of_the_detector_a_box_is_carried_on(monkeypatch):
    asked, find = [], ObjectFinder.find
    monkeypatch.setattr(ObjectFinder, "find", lambda *words: asked.append(1) or find(*words))
    told = list(follower("moments.look=2").follow(film(), None))
    assert len(asked) == len(told) / 2
    for before, after in pairwise(told[3:-1]):
        (here,), (there,) = before.moments, after.moments
        assert here["number"] == there["number"]
        assert there["box"][0] - here["box"][0] == pytest.approx(2 * SPEED, abs=1.5)


def test_a_camera_that_is_behind_is_looked_at_less_often_and_knows_who_is_there(monkeypatch):
    asked = []
    monkeypatch.setattr(ObjectFinder, "find", lambda self, *three: asked.append(1) or find(self, *three))
    late = follower()
    told = []
    for each in late.follow(film(36), None):
        told.append(each)
        late.behind = 0.5 if 10 <= each.index < 30 else 0.0
    assert [each.index for each in told] == list(range(0, 36, 2))
    assert len(asked) == 18 - 8
    assert {tuple(each.moments["number"]) for each in told[1:]} == {(0,)}


def test_pictures_come_to_the_size_that_was_learnt():
    one = follower()
    assert one.picture(np.zeros((128, 192, 3), np.uint8)).shape == (HEIGHT, WIDTH, 3)
    assert one.picture(np.zeros((32, 48, 3), np.uint8)).shape == (HEIGHT, WIDTH, 3)
    same = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    assert one.picture(same) is same


@pytest.mark.parametrize(
    ("change", "another"),
    [
        ("objects.blur=5", True),
        ("objects.foreground=true", True),
        ("tracks.reach=2", True),
        ("moments.look=3", True),
        ("flow.preset=fast", True),
        ("training.held_out=0.3", False),
    ],
)
def test_the_rules_tell_whether_other_moments_would_come(change, another):
    assert (follower(change).rules != follower().rules) == another


def test_where_nothing_stirs_no_object_is_looked_for(monkeypatch):
    asked = []
    monkeypatch.setattr(ObjectFinder, "find", lambda self, *three: asked.append(1) or find(self, *three))
    still = next(film(1))
    assert all(not len(each.moments) for each in follower().follow([still] * 40, None))
    assert len(asked) == 2  # at once, and after two seconds
