"""A made-up scene: the same again for the same seed, labels that agree with the pixels, and a place that stays."""

import csv
from dataclasses import replace
from itertools import islice

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unusual.data.made_up.bodies import random_looks
from unusual.data.made_up.labels import actors_of
from unusual.data.made_up.movers import ACT_S, PAUSE_S, Mover
from unusual.data.made_up.scene import (
    Actor,
    Kind,
    SceneConfig,
    SceneFrame,
    compose,
    intervals,
    place_of,
    render_actors,
    render_scene,
    varied_scene,
    write_scenes,
)
from unusual.data.made_up.scenery import build_scenery
from unusual.data.made_up.traffic import Traffic
from unusual.domain import Interval
from unusual.errors import ConfigError

LASTING = {Kind.LEFT: 40.0, Kind.TAKEN: 40.0, Kind.LOITERS: 40.0}  # seconds of a scene in which it begins and ends
SMALL = SceneConfig(seed=1, look_seed=24, width=160, height=120, rate=10, walkers=5)


def scene(seconds: float = 2.0, events: tuple[Kind, ...] = (), config: SceneConfig = SMALL) -> list[SceneFrame]:
    return list(render_scene(config, seconds, events))


def place_for(kind: Kind) -> SceneConfig:
    """The small scene, with a suitcase where one is to be taken."""
    return replace(SMALL, suitcase=kind is Kind.TAKEN)


def pictures(frames: list[SceneFrame]) -> np.ndarray:
    return np.stack([shot.frame.rgb for shot in frames])


@pytest.fixture(scope="module")
def shown() -> dict[Kind, list[SceneFrame]]:
    """Each kind of event in a scene of its own, with the same people."""
    return {kind: scene(LASTING.get(kind, 14.0), (kind,), place_for(kind)) for kind in Kind}


def test_the_same_seed_gives_the_same_frames():
    assert np.array_equal(pictures(scene()), pictures(scene()))


def test_another_seed_gives_other_people_and_another_look_another_place():
    plain, people, place = (
        scene(0.3, config=config) for config in (SMALL, replace(SMALL, seed=2), replace(SMALL, look_seed=5))
    )
    assert not np.array_equal(pictures(plain), pictures(people))
    assert changed(plain, people) < 0.35 < changed(plain, place)


def changed(one: list[SceneFrame], other: list[SceneFrame]) -> float:
    """The share of pixels that differ by more than light and noise do."""
    difference = pictures(one)[0].astype(int) - pictures(other)[0]
    return float(np.mean(np.abs(difference).max(axis=-1) > 25))


def test_the_place_is_the_same_whoever_walks():
    empty = [replace(SMALL, walkers=0, seed=seed, noise=0) for seed in (1, 2)]
    one, other = (pictures(scene(0.3, config=config))[0].astype(int) for config in empty)
    light = (other + 1) / (one + 1)
    assert np.abs(light / np.median(light) - 1).mean() < 0.05  # only light differs


def test_frames_carry_index_time_and_size():
    frames = scene(1.5)
    assert [shot.frame.index for shot in frames] == list(range(15))
    assert [shot.frame.time_s for shot in frames] == pytest.approx([i / 10 for i in range(15)])
    assert {shot.frame.rgb.shape for shot in frames} == {(120, 160, 3)}
    assert {shot.mask.shape for shot in frames} == {(120, 160)}


def test_an_ordinary_scene_has_empty_masks_and_no_kinds():
    assert not any(shot.mask.any() or shot.kinds for shot in scene(6.0))


def test_people_move_in_an_ordinary_scene():
    first, *_, last = pictures(scene(2.0, config=replace(SMALL, noise=0))).astype(int)
    assert np.mean(np.abs(last - first).max(axis=-1) > 25) > 0.01


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_appears_moves_and_is_framed_by_ordinary_time(shown, kind):
    frames = shown[kind]
    active = [i for i, shot in enumerate(frames) if kind in shot.kinds]
    assert len(active) >= 15
    assert frames[0].kinds == frames[27].kinds == frames[-1].kinds == ()
    x, y = np.array([np.argwhere(frames[i].mask).mean(axis=0)[::-1] for i in active]).T
    assert max(np.ptp(x), np.ptp(y)) > 3


@pytest.mark.parametrize("kind", Kind)
def test_labels_agree_with_masks(shown, kind):
    for shot in shown[kind]:
        assert bool(shot.kinds) == bool(shot.mask.any())
        assert set(shot.kinds) <= {kind}


@pytest.mark.parametrize("kind", [Kind.CYCLIST, Kind.CART, Kind.RUNNER])
def test_the_mask_lies_on_what_differs_from_the_same_scene_without_the_event(kind):
    still = replace(SMALL, walkers=0, noise=0, sunlight=0, person=0.3)
    with_event, without = scene(9.0, (kind,), still), scene(9.0, (), still)
    shot, plain = max(zip(with_event, without, strict=True), key=lambda pair: pair[0].mask.sum())
    differs = np.abs(shot.frame.rgb.astype(int) - plain.frame.rgb).max(axis=-1) > 6
    assert differs[shot.mask].mean() > 0.8
    assert shot.mask[differs].mean() > 0.6


def test_who_is_nearer_hides_who_is_further():
    """A cart's pixels are the same whether somebody runs behind it or not; the runner's are fewer."""

    def pixels(*kinds: Kind) -> dict[Kind, int]:
        config = replace(SMALL, walkers=0, heading=0.0)
        camera, walkway = place_of(config)
        scenery = build_scenery(camera, walkway, (-5.0, 5.0), np.random.default_rng(0), sunlight=0.0)
        traffic = Traffic(camera, walkway, np.random.default_rng(0), walkers=0, two_way=True)
        looks, across = random_looks(np.random.default_rng(0)), {Kind.CART: -1.0, Kind.RUNNER: 1.0}
        traffic.movers = [Mover(looks, 0.0, across[kind], way=1, pace=3.0, kind=kind) for kind in kinds]
        _, drawn = compose(camera, replace(scenery, props=()), traffic)
        return {
            actor.kind: round(actor.visible * area(actor)) for actor in actors_of(drawn, (config.height, config.width))
        }

    def area(actor: Actor) -> int:
        left, top, right, bottom = actor.xyxy
        return (right - left) * (bottom - top)

    both = pixels(Kind.CART, Kind.RUNNER)
    assert both[Kind.CART] == pixels(Kind.CART)[Kind.CART] > 100
    assert both[Kind.RUNNER] < pixels(Kind.RUNNER)[Kind.RUNNER]


def numbers(shot: SceneFrame) -> set[int]:
    return set(np.unique(shot.objects).tolist()) - {0}


def test_an_object_keeps_its_number_and_pieces_of_it_have_the_same(shown):
    for kind in (Kind.CYCLIST, Kind.CART, Kind.RUNNER, Kind.FALL, Kind.LOITERS):
        assert len(set().union(*(numbers(shot) for shot in shown[kind]))) == 1
    _, *balls = sorted(set().union(*(numbers(shot) for shot in shown[Kind.THROWN])))
    assert 2 <= len(balls) <= 4
    first = {number: min(i for i, shot in enumerate(shown[Kind.THROWN]) if number in numbers(shot)) for number in balls}
    assert min(np.diff(sorted(first.values()))) >= 5  # one ball after another


def test_a_bag_that_is_left_stands_alone_until_its_owner_comes_back(shown):
    frames = [shot for shot in shown[Kind.LEFT] if shot.kinds]
    owner, bag = sorted(set().union(*(numbers(shot) for shot in frames)))
    alone = [np.argwhere(shot.objects == bag).mean(0) for shot in frames if numbers(shot) == {bag}]
    assert len(alone) >= 30  # tenths of a second
    assert np.ptp(np.quantile(alone, (0.2, 0.8), axis=0), axis=0).max() <= 1  # but for who walks before it
    assert numbers(frames[0]) == numbers(frames[-1]) == {owner}


def test_where_something_was_taken_its_place_is_unusual_until_it_is_back(shown):
    frames = [shot for shot in shown[Kind.TAKEN] if shot.kinds]
    _, place, _ = sorted(set().union(*(numbers(shot) for shot in frames)))
    first, last = ([i for i, shot in enumerate(frames) if place in numbers(shot)][end] for end in (0, -1))
    assert np.mean([place in numbers(shot) for shot in frames[first:last]]) > 0.6  # others walk before it
    before, gone, after = shown[Kind.TAKEN][0], frames[(first + last) // 2], shown[Kind.TAKEN][-1]
    where = frames[first].objects == place

    def change(one: SceneFrame, other: SceneFrame) -> float:
        return float(np.abs(one.frame.rgb.astype(int) - other.frame.rgb)[where].mean())

    assert change(before, gone) > 15
    assert change(before, after) < 10


def test_who_loiters_stays_longer_than_anybody_pauses(shown):
    frames = [shot for shot in shown[Kind.LOITERS] if shot.kinds]
    assert len(frames) / SMALL.rate == pytest.approx(ACT_S[Kind.LOITERS] - PAUSE_S[1], abs=0.3)
    x = [np.argwhere(shot.mask).mean(0)[1] for shot in frames]
    assert np.ptp(x) < 0.15 * SMALL.width


def test_nothing_can_be_taken_where_nothing_stands():
    with pytest.raises(ConfigError, match="set suitcase=True"):
        list(render_scene(SMALL, 1.0, (Kind.TAKEN,)))


def test_a_suitcase_changes_nothing_but_its_own_place():
    plain, with_it = scene(1.0), scene(1.0, config=replace(SMALL, suitcase=True))
    assert 0.0005 < changed(plain, with_it) < 0.02
    assert not any(shot.kinds for shot in with_it)


def actors(config: SceneConfig = SMALL, seconds: float = 12.0, events: tuple[Kind, ...] = ()):
    return list(render_actors(config, seconds, events))


def test_actors_come_with_the_frames_of_the_same_scene():
    assert np.array_equal(pictures(scene(1.0)), np.stack([frame.rgb for frame, _ in actors(seconds=1.0)]))


def test_every_actor_has_a_number_a_box_and_says_how_much_of_it_is_seen():
    seen = actors()
    assert all(len({one.number for one in everybody}) == len(everybody) for _, everybody in seen)
    together = [one for _, everybody in seen for one in everybody]
    assert all(0 <= one.visible <= 1 and one.kind is None for one in together)
    assert {one.cut for one in together} == {True, False}
    assert any(one.visible < 0.5 for one in together)  # who is behind somebody
    assert all(one.cut == (min(one.xyxy[:2]) == 0 or one.xyxy[2] >= 160 or one.xyxy[3] >= 120) for one in together)


def test_an_actor_walks_on_from_frame_to_frame_under_its_number():
    paths: dict[int, list[tuple[int, float]]] = {}
    for frame, everybody in actors():
        for one in everybody:
            paths.setdefault(one.number, []).append((frame.index, (one.xyxy[0] + one.xyxy[2]) / 2))
    assert len(paths) >= 5
    for path in paths.values():
        at, x = np.array(path).T
        assert (np.diff(at) == 1).all()  # nobody comes back
        assert np.abs(np.diff(x)).max(initial=0) < 6


def test_unusual_actors_are_the_objects_of_the_truth():
    truth, seen = scene(14.0, (Kind.CYCLIST,)), actors(seconds=14.0, events=(Kind.CYCLIST,))
    for shot, (_, everybody) in zip(truth, seen, strict=True):
        for number in numbers(shot):
            (one,) = [one for one in everybody if one.number == number]
            y, x = np.nonzero(shot.objects == number)
            assert one.kind is Kind.CYCLIST
            assert one.xyxy[0] <= x.min() and x.max() < one.xyxy[2] and one.xyxy[1] <= y.min() and y.max() < one.xyxy[3]


def test_until_an_event_begins_the_frames_are_those_without_it(shown):
    assert np.array_equal(pictures(scene(2.8)), pictures(shown[Kind.CART][:28]))


def test_a_cyclist_is_faster_than_a_walker_and_a_wrong_way_walker_goes_against_the_lane(shown):
    def travel(kind: Kind) -> float:
        middles = [np.argwhere(shot.mask).mean(axis=0)[1] for shot in shown[kind] if shot.kinds]
        return float(np.median(np.diff(middles)))  # px a frame, positive to the right

    assert abs(travel(Kind.CYCLIST)) > 1.8 * abs(travel(Kind.WRONG_WAY))


def test_motion_is_smooth_below_a_pixel():
    """A walker's middle moves by less than a pixel a frame, and never stands still and hops."""
    slow = replace(SMALL, rate=30, walkers=0, noise=0, person=0.3)
    middles = [np.argwhere(s.mask).mean(axis=0)[1] for s in scene(12.0, (Kind.OFF_PATH,), slow) if s.mask.sum() > 80]
    inside = np.array(middles)[20:80]
    steps = np.diff(inside - np.polyval(np.polyfit(np.arange(60), inside, 3), np.arange(60)))
    assert 0 < abs(inside[-1] - inside[0]) / 59 < 2
    assert np.abs(steps).max() < 1.0


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_varied_scenes_are_valid_and_ordinary(seed):
    config = varied_scene(seed, 120, 80)
    assert config == varied_scene(seed, 120, 80)
    frames = list(islice(render_scene(config, 1.0), 3))
    assert all(shot.kinds == () and not shot.mask.any() for shot in frames)
    assert np.ptp(frames[0].frame.rgb) > 20


def test_varied_scenes_vary_in_all_that_matters():
    configs = [varied_scene(seed, 240, 160) for seed in range(200)]
    people = [config.person * config.height for config in configs]
    assert min(people) < 12
    assert max(people) > 70
    assert {config.two_way for config in configs} == {True, False}
    assert any(config.colour == 0 for config in configs)
    assert any(abs(config.heading) < 10 for config in configs)
    assert any(80 < config.heading < 100 for config in configs)


@pytest.mark.parametrize(
    "setting",
    [{"width": 8}, {"rate": 0}, {"person": 0.9}, {"walkers": -1}, {"path": 0.5}, {"tilt": 10.0}, {"view": 120.0}],
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ConfigError, match="got"):
        SceneConfig(**setting)


def test_a_data_set_has_the_layout_of_ones_own_videos_and_labels_that_fit_its_masks(tmp_path):
    write_scenes(tmp_path, seed=3, normal_minutes=0.05, test_clips=3, clip_s=9.0, size=(64, 48))
    assert [path.name for path in sorted((tmp_path / "normal").iterdir())] == ["01.mp4"]
    assert [path.name for path in sorted((tmp_path / "test").iterdir())] == ["01.mp4", "02.mp4", "03.mp4"]
    with (tmp_path / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [len({row["kind"] for row in rows if row["video"] == f"0{clip}.mp4"}) for clip in (1, 2, 3)] == [1, 2, 0]
    for clip in ("01", "02", "03"):
        with av.open(str(tmp_path / f"test/{clip}.mp4")) as video:
            times = np.array([frame.time for frame in video.decode(video=0)])
        spans = [(float(r["start_s"]), float(r["end_s"])) for r in rows if r["video"] == f"{clip}.mp4"]
        labelled = np.any([(times >= a - 5e-4) & (times <= b + 5e-4) for a, b in spans] or [times < 0], axis=0)
        masks = np.load(tmp_path / f"masks/{clip}.npz")["masks"]
        assert masks.shape == (len(times), 48, 64)
        assert masks.dtype == np.bool_
        assert np.array_equal(np.load(tmp_path / f"masks/{clip}.npz")["objects"] > 0, masks)
        assert np.array_equal(labelled, masks.any(axis=(1, 2)))


def test_an_odd_size_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"even width and height.* got 321x240"):
        write_scenes(tmp_path, size=(321, 240))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("active", "spans"),
    [
        pytest.param([], [], id="no frames"),
        pytest.param([False, False], [], id="nothing happens"),
        pytest.param([True, True, False], [(0.0, 0.1)], id="from the first frame"),
        pytest.param([False, True], [(0.1, 0.1)], id="one frame, the last"),
        pytest.param([True, False, True], [(0.0, 0.0), (0.2, 0.2)], id="hidden for a frame"),
    ],
)
def test_intervals_hold_the_first_and_the_last_frame(active, spans):
    assert intervals(active, 10) == [Interval(*span) for span in spans]
