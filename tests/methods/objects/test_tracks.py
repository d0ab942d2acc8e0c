"""Who is who from frame to frame: walkers whose numbers are known, and detectors that lose them."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from unusual.errors import ConfigError
from unusual.methods.objects.kinds import MOTION
from unusual.methods.objects.objects import Objects
from unusual.methods.objects.tracks import TrackConfig, Tracked, Tracker, TrackMeans, costs

SHAPE = (240, 360)


def objects(boxes, confidence=0.9, kind=0, rides=0.0):
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Objects(
        xyxy,
        np.broadcast_to(np.asarray(confidence, np.float32), len(xyxy)).copy(),
        np.broadcast_to(np.asarray(kind, np.int16), len(xyxy)).copy(),
        np.broadcast_to(np.asarray(rides, np.float32), len(xyxy)).copy(),
    )


def person(x, y=100.0, height=30.0):
    return [x - height / 4, y - height, x + height / 4, y]


def tracker(**settings):
    return Tracker(TrackConfig(**settings), rate=10)


def followed(frames, **settings):
    """The tracks of each frame of a film in which `frames` says what is found."""
    joining = tracker(**settings)
    return [joining.step(found, None, SHAPE) for found in frames]


@dataclass
class Score:
    """MOTA-like counts of Bernardin and Stiefelhagen (2008), bridged boxes counted like any other."""

    missed: int = 0
    false: int = 0
    switches: int = 0
    truths: int = 0

    @property
    def mota(self):
        return 1 - (self.missed + self.false + self.switches) / self.truths


def score(truth, tracked):
    """truth: a list of {number: box} a frame. A box is met by a track whose IoU with it is above 0.3."""
    total, last = Score(), {}
    for real, seen in zip(truth, tracked, strict=True):
        names = list(real)
        overlap = iou(np.array([real[name] for name in names]).reshape(-1, 4), seen.xyxy)
        rows, columns = linear_sum_assignment(-overlap)
        met = [(names[r], int(seen.number[c])) for r, c in zip(rows, columns, strict=True) if overlap[r, c] > 0.3]
        total.truths += len(names)
        total.missed += len(names) - len(met)
        total.false += len(seen) - len(met)
        total.switches += sum(last.get(name, number) != number for name, number in met)
        last |= dict(met)
    return total


def iou(one, other):
    near, far = np.maximum(one[:, None, :2], other[None, :, :2]), np.minimum(one[:, None, 2:], other[None, :, 2:])
    common = (far - near).clip(0).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (one, other)]
    return common / (areas[0][:, None] + areas[1] - common)


def walk(frames=60, people=6, seed=0):
    """People who cross the picture both ways on rows of their own: {number: box} a frame."""
    chance = np.random.default_rng(seed)
    speed = chance.uniform(1.5, 3, people) * np.where(np.arange(people) % 2, -1, 1)
    start = np.where(speed > 0, chance.uniform(10, 120, people), chance.uniform(240, 350, people))
    rows = np.linspace(50, 220, people)
    return [
        {n: person(start[n] + speed[n] * t, rows[n]) for n in range(people) if 0 < start[n] + speed[n] * t < 360}
        for t in range(frames)
    ]


def test_walkers_keep_their_numbers():
    truth = walk()
    result = score(truth, followed([objects(list(frame.values())) for frame in truth]))
    assert (result.missed, result.false, result.switches) == (0, 0, 0)


def test_a_detector_that_loses_every_fourth_box_and_trembles_costs_little():
    truth, chance = walk(seed=1), np.random.default_rng(2)
    seen = []
    for frame in truth:
        boxes = [np.array(box) + chance.normal(0, 1, 4) for box in frame.values() if chance.random() > 0.25]
        seen.append(objects(boxes))
    result = score(truth, followed(seen))
    assert result.switches <= 1
    assert result.mota > 0.9
    assert score(truth, [alone(found) for found in seen]).mota < 0.8  # box by box: as many as were found


def alone(found):
    n = len(found)
    return Tracked(np.zeros(n, np.int64), found.xyxy, *(np.zeros(n) for _ in range(6)))


def test_two_who_cross_on_one_row_keep_their_numbers():
    truth = [{0: person(100 + 4 * t), 1: person(220 - 4 * t, 102)} for t in range(30)]
    tracked = followed([objects(list(frame.values())) for frame in truth])
    assert score(truth, tracked).switches == 0
    assert {int(n) for frame in tracked for n in frame.number} == {0, 1}


def test_a_gap_is_bridged_at_his_own_speed_and_said_to_be():
    frames = [objects([person(50 + 3 * t)]) if t not in (10, 11, 12) else objects([]) for t in range(20)]
    tracked = followed(frames)
    assert [bool(frame.bridged[0]) for frame in tracked] == [t in (10, 11, 12) for t in range(20)]
    assert {int(frame.number[0]) for frame in tracked} == {0}
    middle = (tracked[12].xyxy[0, 0] + tracked[12].xyxy[0, 2]) / 2
    assert abs(middle - (50 + 3 * 12)) < 1


@pytest.mark.parametrize(
    ("seen", "alive"),
    [
        pytest.param(1, 1, id="who was seen once is missed once"),
        pytest.param(3, 3, id="who was seen three times is missed three times"),
        pytest.param(20, 6, id="nobody is missed for longer than bridge_s"),
    ],
)
def test_how_long_a_track_lives_without_a_box(seen, alive):
    tracked = followed([objects([person(100)])] * seen + [objects([])] * 10, bridge_s=0.6)
    assert sum(len(frame) for frame in tracked) == seen + alive


def test_numbers_never_come_twice():
    frames = ([objects([person(100)])] * 3 + [objects([])] * 10) * 3
    assert [sorted(set(np.concatenate([f.number for f in followed(frames)]).tolist()))] == [[0, 1, 2]]


def test_a_weak_detection_goes_on_with_a_track_but_begins_none():
    strong, weak = objects([person(100)], 0.6), objects([person(100), person(200)], 0.2)
    tracked = followed([strong, weak, weak], sure=0.35)
    assert [len(frame) for frame in tracked] == [1, 1, 1]
    assert not tracked[2].bridged.any()


def test_a_sure_detection_chooses_before_a_weak_one():
    tracked = followed([objects([person(100)]), objects([person(101), person(103)], [0.2, 0.9])], sure=0.35)
    assert tracked[1].xyxy[0].tolist() == person(103)


def test_what_moves_begins_a_track_and_stays_what_it_was_recognised_as():
    tracked = followed(
        [objects([person(100)], 1, MOTION), objects([person(102)], 0.3, 0), objects([person(104)], 1, -1)]
    )
    assert [frame.kind.tolist() for frame in tracked] == [[MOTION], [0], [0]]


def test_a_track_has_what_its_newest_box_rides():
    follower = tracker()
    for rides in (0.0, 0.4):
        tracked = follower.step(objects([person(100)], rides=rides), None, SHAPE)
    assert tracked.rides.tolist() == pytest.approx([0.4])
    assert follower.step(objects([]), None, SHAPE).rides.tolist() == pytest.approx([0.4])


def test_a_box_far_away_or_of_another_size_is_somebody_else():
    far = followed([objects([person(100)]), objects([person(160)])])
    large = followed([objects([person(100)]), objects([person(100, 110, 60)])])
    assert len(far[1]) == 2
    assert len(large[1]) == 2


def test_the_flow_carries_a_box_where_nobody_looked():
    flow = np.zeros((*SHAPE, 2), np.float32)
    flow[60:110, 90:140] = (4, 0)
    joining = tracker()
    joining.step(objects([person(100)]), None, SHAPE)
    for _ in range(3):
        carried = joining.step(None, flow, SHAPE)
    assert carried.xyxy[0].tolist() == person(112)
    assert carried.missed.tolist() == [0]  # nobody looked, so nobody was missed


def test_who_has_left_the_picture_is_not_carried_on():
    tracked = followed([objects([person(340 + 5 * t)]) if t < 4 else objects([]) for t in range(12)])
    assert [len(frame) for frame in tracked[4:8]] == [1, 0, 0, 0]


def test_an_empty_film_has_no_tracks():
    assert [len(frame) for frame in followed([objects([])] * 3)] == [0, 0, 0]


def test_a_newcomer_counts_for_a_half_in_the_first_frame_and_for_its_mean_from_the_second_on():
    along = TrackMeans(5)
    assert along.mean(np.array([7]), np.array([[10.0]])).tolist() == [[5.0]]
    assert along.mean(np.array([7, 8]), np.array([[6.0], [5.0]])).tolist() == [[8.0], [2.5]]
    assert along.mean(np.array([], np.int64), np.empty((0, 1))).shape == (0, 1)
    assert along.mean(np.array([7]), np.array([[10.0]])).tolist() == [[5.0]]  # he was away: a new beginning


def test_the_cost_is_none_for_the_same_box_and_grows_with_the_distance():
    one = followed([objects([person(100)])])[0]
    cost = costs(one, objects([person(100), person(104), person(109)]), TrackConfig())[0]
    assert cost[0] == pytest.approx(0, abs=1e-6)
    assert (np.diff(cost) > 0).all()


@pytest.mark.parametrize("wrong", [{"sure": 1.0}, {"bridge_s": -1.0}, {"reach": 0.0}, {"growth": 1.0}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        TrackConfig(**wrong)
