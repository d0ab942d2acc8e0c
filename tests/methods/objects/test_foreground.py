"""Who stands out from the ground is found whole; shade, light and who once stood there are not."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from unusual.data.made_up.scene import SceneConfig, render_actors
from unusual.errors import ConfigError
from unusual.methods.objects.foreground import AREA, FIRST, SURER, Foreground, ForegroundNet, SlowGround, small_picture
from unusual.methods.objects.keeping import KeptObjects
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import ObjectConfig, ObjectFinder, overlap_px
from unusual.methods.objects.tracks import TrackConfig, Tracker

SCENE = SceneConfig(seed=4, look_seed=8123, rate=10, walkers=7.0)
EMPTY = replace(SCENE, walkers=0.0)
NOBODY = np.empty((0, 6), np.float32)


@pytest.fixture(scope="module")
def net():
    return ForegroundNet()


def pictures(config, frames):
    return [frame.rgb for frame, _ in islice(render_actors(config, 60), frames)]


def iou(boxes, others):
    common = overlap_px(boxes, others)
    area, its = ((one[:, 2:] - one[:, :2]).prod(1) for one in (boxes, others))
    return common / (area[:, None] + its - common)


def test_people_are_found_whole_and_hardly_anything_else(net):
    there = found = alien = boxes = 0
    foreground = Foreground(net, 2.0)
    for frame, actors in islice(render_actors(SCENE, 60), 60):
        rows = foreground.find(frame.index, frame.rgb)
        if frame.index < 30:
            continue
        sure = rows[rows[:, 4] > 0.35, :4]
        people = np.array([one.xyxy for one in actors if one.visible > 0.6 and not one.cut], np.float32).reshape(-1, 4)
        everybody = np.array([one.xyxy for one in actors], np.float32).reshape(-1, 4)
        there, found = there + len(people), found + int((iou(people, sure).max(1, initial=0) > 0.5).sum())
        boxes, alien = boxes + len(sure), alien + int((iou(sure, everybody).max(1, initial=0) < 0.2).sum())
    assert there > 60
    assert found > 0.85 * there
    assert alien < 0.1 * boxes


def test_who_stands_still_is_found_as_long_as_he_stands(net):
    empty = pictures(EMPTY, 60)
    somebody = next(
        (frame.rgb, one.xyxy)
        for frame, actors in render_actors(SCENE, 60)
        for one in actors
        if not one.cut and one.visible == 1 and one.xyxy[3] - one.xyxy[1] > 35
    )
    left, top, right, bottom = somebody[1]
    foreground, seen = Foreground(net, 2.0), 0
    for index, picture in enumerate(empty):
        shown = picture.copy()
        if index >= 20:
            shown[top:bottom, left:right] = somebody[0][top:bottom, left:right]
        rows = foreground.find(index, shown)
        if index >= 20:
            box = np.array([somebody[1]], np.float32)
            seen += bool((iou(box, rows[rows[:, 4] > 0.35, :4]) > 0.5).any())
    assert seen > 35


@pytest.mark.parametrize("light", [1.0, 0.8, 1.2])
def test_nobody_is_found_in_an_empty_place_whatever_the_light(net, light):
    foreground = Foreground(net, 2.0)
    for index, picture in enumerate(pictures(EMPTY, 30)):
        lit = picture if index < 20 else np.clip(picture * light, 0, 255).astype(np.uint8)
        rows = foreground.find(index, lit)
        assert not (rows[:, 4] > 0.35).any(), index


def test_nobody_is_found_before_the_ground_is_known_and_at_once_where_the_place_is(net):
    foreground = Foreground(net, 2.0)
    for frame, _ in islice(render_actors(SCENE, 60), 50):
        rows = foreground.find(frame.index, frame.rgb)
        assert len(rows) == 0 or frame.index > 2 * (FIRST[0] - 1)
    again = replace(SCENE, seed=5)
    frame, actors = next(render_actors(again, 60))
    people = np.array([one.xyxy for one in actors if one.visible > 0.6 and not one.cut], np.float32)
    assert not len(Foreground(net, 2.0).find(0, frame.rgb))
    found = Foreground(net, 2.0, foreground.ground).find(0, frame.rgb)
    assert (iou(people, found[:, :4]).max(1) > 0.5).mean() > 0.7


def test_what_a_place_was_like_gives_way_to_what_it_is_like_now():
    ground = SlowGround(np.full((32, 64, 3), 30, np.uint8))
    assert ground.colours.max() == 30
    for look in range(1, FIRST[-1]):
        ground.look(np.full((32, 64, 3), 90, np.uint8), NOBODY)
        assert ground.colours.max() == (30 if look < SURER else 90)


def test_another_size_of_picture_begins_with_nothing_but_no_error(net):
    foreground = Foreground(net, 1.0)
    for index in range(5):
        foreground.find(index, np.full((48, 64, 3), 90, np.uint8))
    assert not len(foreground.find(5, np.full((64, 48, 3), 90, np.uint8)))
    assert not foreground.ground.size


def test_a_small_picture_has_sides_of_32():
    for shape in ((240, 360), (158, 238), (1080, 1920), (20, 700), (900, 30)):
        small = small_picture(np.zeros((*shape, 3), np.uint8))
        assert not any(side % 32 for side in small.shape[:2])
        assert 0.7 < small.shape[0] * small.shape[1] / AREA < 1.4


def test_the_ground_follows_the_light_but_not_whom_a_body_hides():
    ground = SlowGround()
    for _ in range(FIRST[-1]):
        ground.look(np.full((32, 64, 3), 100, np.uint8), NOBODY)
    shown = np.full((32, 64, 3), 100, np.uint8)
    shown[:, 8:20] = 180
    shown[:, 40:50] = 120
    body = np.array([[8, 0, 19, 31, 1, MOTION]], np.float32)
    for _ in range(60):
        ground.look(shown, body)
    assert ground.colours[5, 12, 0] < 103
    assert ground.colours[5, 45, 0] > 117
    assert abs(ground.colours[5, 30, 0] - 100) < 1


def test_another_network_than_the_one_that_was_learnt_with_is_refused():
    with pytest.raises(ConfigError, match="is not the file this was trained with"):
        ObjectFinder(ObjectConfig(foreground=True, foreground_sha256="0" * 64))
    assert ObjectConfig(foreground=True).completed(240).foreground_sha256 == ForegroundNet().digest


def test_what_stands_out_counts_and_what_only_moves_does_not():
    config = ObjectConfig(foreground=True, smallest_side=4)
    frames = pictures(SCENE, 30)
    objects = KeptObjects(ObjectFinder(config), None, 10.0)
    for index in range(1, 29):
        found = objects.find(index, frames[index - 1], frames[index], frames[index + 1])
        assert (found.kind == MOTION).all()
        assert (found.confidence < 1).all()
        assert len(found) == 0 or index > 7
    assert len(found) > 2
    assert objects.ground.shape == small_picture(frames[0]).shape


def test_somebody_unsure_goes_on_with_a_track_and_begins_none():
    tracker = Tracker(TrackConfig(sure=0.35), 10.0)
    finder = ObjectFinder(ObjectConfig(foreground=True, smallest_side=4))
    frame = np.zeros((100, 100, 3), np.uint8)

    def step(*confidences):
        rows = [[10 + 40 * k, 10, 20 + 40 * k, 40, one, MOTION] for k, one in enumerate(confidences)]
        found = finder.find(frame, frame, frame, np.array(rows, np.float32))
        return tracker.step(found, None, (100, 100)).number.tolist()

    assert step(0.3) == []
    assert step(0.5, 0.3) == [0]
    assert step(0.3, 0.3) == [0]
    assert step(0.3, 0.5) == [0, 1]
