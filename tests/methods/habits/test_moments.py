"""Tracks and flow become moments; nothing looks ahead."""

import numpy as np

from unusual.methods.habits.moments import Watching, feet, packed, unpacked
from unusual.methods.objects.objects import Objects
from unusual.methods.objects.tracks import TrackConfig, Tracker

SHAPE = (240, 360)


def followed(boxes, flows, step=1):
    """The moments of one object that is in these boxes, frame by frame."""
    tracker, watching = Tracker(TrackConfig(), 10), Watching(step)
    made = []
    for n, (box, flow) in enumerate(zip(boxes, flows, strict=True)):
        found = Objects(
            np.array([box], np.float32), np.ones(1, np.float32), np.zeros(1, np.int16), np.zeros(1, np.float32)
        )
        made.append(watching.step(n * step, tracker.step(found, flow, SHAPE), flow, SHAPE))
    return made, watching


def flow_of(speed, way=(1.0, 0.0)):
    return np.broadcast_to(np.array(way, np.float32) * speed, (*SHAPE, 2)).copy()


def test_speed_and_way_are_those_of_the_flow_inside_by_frame():
    flow = flow_of(0)
    flow[100:140, 100:120] = (3.0, 4.0)
    made, _ = followed([(100, 100, 120, 140)] * 2, [None, flow], step=2)
    assert made[1]["speed"][0] == 2.5  # 5 px in two frames
    assert made[1]["way"][0].tolist() == [1.5, 2.0]
    assert made[0]["speed"][0] == 0


def test_legs_that_move_apart_are_told_from_legs_that_glide():
    flow = flow_of(2.0)
    gliding, _ = followed([(100, 100, 120, 140)] * 2, [None, flow])
    striding = flow.copy()
    striding[128:140, 100:110] = (5.0, 0.0)
    walking, _ = followed([(100, 100, 120, 140)] * 2, [None, striding])
    assert gliding[1]["legs"][0] == 0
    assert walking[1]["legs"][0] > 1


def test_stay_grows_while_somebody_stands_and_starts_anew_when_he_has_gone_on():
    boxes = [(100, 100, 120, 140)] * 20 + [(100 + 8 * n, 100, 120 + 8 * n, 140) for n in range(1, 11)]
    made, watching = followed(boxes, [None, *[flow_of(0)] * 29])
    stays = [int(one["stay"][0]) for one in made]
    assert stays[:20] == list(range(20))
    assert stays[-1] <= 5
    assert len(watching.paths()[0]) > 5


def test_who_walked_up_and_stands_has_come_and_what_lies_where_it_was_first_seen_has_not():
    shown = [(20 + 8 * min(n, 9), 100, 40 + 8 * min(n, 9), 140) for n in range(40)]
    tracker, watching, came = Tracker(TrackConfig(), 10), Watching(1), []
    for n, walker in enumerate(shown):
        boxes = np.array([walker, (200, 120, 214, 134)], np.float32)
        found = Objects(boxes, np.ones(2, np.float32), np.full(2, -1, np.int16), np.zeros(2, np.float32))
        tracked = tracker.step(found, None, SHAPE)
        watching.step(n, tracked, None, SHAPE)
        came.append(watching.came(tracked).tolist())
    assert came[0] == [False, False]
    assert came[-1] == [True, False]


def test_a_box_that_ends_at_the_lower_edge_is_cut():
    made, _ = followed([(100, 200, 120, 239)], [None])
    assert made[0]["cut"][0]
    assert not followed([(100, 190, 120, 230)], [None])[0][0]["cut"][0]


def test_feet_are_shares_of_the_picture():
    made, _ = followed([(80, 100, 100, 120)], [None])
    assert feet(made[0], SHAPE).tolist() == [[0.5, 0.25]]


def test_moments_come_back_from_rows_of_bytes():
    made, _ = followed([(100, 100, 120, 140)] * 2, [None, flow_of(1.0)])
    assert unpacked(packed(made[1])).tobytes() == made[1].tobytes()
    assert len(unpacked(packed(made[1][:0]))) == 0


def test_whose_legs_are_small_or_in_the_place_of_anothers_is_known():
    tracker, watching = Tracker(TrackConfig(), 10), Watching(1, 36.0)
    boxes = [(100, 100, 120, 140), (110, 104, 130, 144), (200, 100, 220, 140), (300, 100, 310, 135)]
    one, none = np.ones(4, np.float32), np.zeros(4, np.float32)
    found = Objects(np.array(boxes, np.float32), one, none.astype(np.int16), none)
    made = watching.step(0, tracker.step(found, None, SHAPE), None, SHAPE)
    assert made["walks"].tolist() == [False, False, True, False]
