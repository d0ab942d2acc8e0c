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
from unusual.data.made_up.scene import (
    Kind,
    SceneConfig,
    SceneFrame,
    _compose,
    intervals,
    place_of,
    render_scene,
    varied_scene,
    write_scenes,
)
from unusual.data.made_up.scenery import build_scenery
from unusual.data.made_up.traffic import Mover, Traffic
from unusual.domain import Interval
from unusual.errors import ConfigError

SMALL = SceneConfig(seed=1, look_seed=24, width=160, height=120, rate=10, walkers=5)


def scene(seconds: float = 2.0, events: tuple[Kind, ...] = (), config: SceneConfig = SMALL) -> list[SceneFrame]:
    return list(render_scene(config, seconds, events))


def pictures(frames: list[SceneFrame]) -> np.ndarray:
    return np.stack([shot.frame.rgb for shot in frames])


@pytest.fixture(scope="module")
def shown() -> dict[Kind, list[SceneFrame]]:
    """Each kind of event in a scene of its own, with the same people."""
    return {kind: scene(14.0, (kind,)) for kind in Kind}


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
        _, labels = _compose(camera, replace(scenery, props=()), traffic)
        return {kind: int((labels == 1 + list(Kind).index(kind)).sum()) for kind in kinds}

    both = pixels(Kind.CART, Kind.RUNNER)
    assert both[Kind.CART] == pixels(Kind.CART)[Kind.CART] > 100
    assert both[Kind.RUNNER] < pixels(Kind.RUNNER)[Kind.RUNNER]


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
    write_scenes(tmp_path, seed=3, normal_minutes=0.05, test_clips=3, clip_s=9.0, width=64, height=48)
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
        assert np.array_equal(labelled, masks.any(axis=(1, 2)))


def test_an_odd_size_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"even width and height.* got 321x240"):
        write_scenes(tmp_path, width=321, height=240)
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
