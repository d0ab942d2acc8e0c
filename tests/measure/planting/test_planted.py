"""Anomalies planted in ordinary footage: a made-up clip whose people are grey slabs on a rough ground, all known."""

from types import SimpleNamespace

import numpy as np
import pytest

from unusual.errors import DataError
from unusual.measure.planting.cut_outs import backdrop_of
from unusual.measure.planting.planted import Change, Planted, _pose, mean_of_changes, plant, planted_auc
from unusual.measure.truth_tracks import Tracks

TOTAL, HEIGHT, WIDTH = 60, 80, 160
TALL, WIDE, SPEED = 16, 8, 2  # px; px a frame


def place(track: int, frame: int) -> tuple[int, int]:
    """Left and top of a slab: the first two go right, 30 rows apart, the third stands."""
    return ((8 + SPEED * frame, 10), (20 + SPEED * frame, 40), (130, 60))[track]


def clip(tracks: tuple[int, ...] = (0, 1)) -> tuple[np.ndarray, Tracks]:
    """Frames and the boxes of the slabs, each of its own grey."""
    rng = np.random.default_rng(0)
    ground = 120 + 12 * rng.normal(size=(HEIGHT, WIDTH, 1)).repeat(3, -1)
    frames = np.clip(ground + rng.normal(0, 1, (TOTAL, HEIGHT, WIDTH, 1)), 0, 255).round().astype(np.uint8)
    rows = [(frame, track, *place(track, frame)) for frame in range(TOTAL) for track in tracks]
    for frame, track, left, top in rows:
        frames[frame, top : top + TALL, left : left + WIDE] = (30, 220, 250)[track]
    boxes = [(left, top, left + WIDE, top + TALL) for _, _, left, top in rows]
    return frames, Tracks(
        *(np.array(part) for part in ([r[0] for r in rows], np.array(boxes, float), [r[1] for r in rows]))
    )


def usual(there: int, back: int) -> Tracks:
    """So many times three walks each along both paths, to the right and back."""
    _, tracks = clip()
    turned = Tracks(tracks.frame, tracks.xyxy[::-1], tracks.track)
    walks = [*[tracks] * 3 * there, *[turned] * 3 * back]
    numbers = [walk.track + 10 * number for number, walk in enumerate(walks)]
    return Tracks(*(np.concatenate(p) for p in ([w.frame for w in walks], [w.xyxy for w in walks], numbers)))


@pytest.fixture(scope="module")
def made() -> dict[Change, Planted]:
    frames, tracks = clip()
    return {change: one for change in Change if (one := plant(frames, tracks, change, seed=1, usual=usual(1, 0)))}


def grey_of(planted: Planted) -> int:
    """Which of the two slabs was changed: 30 or 220."""
    middle = np.nanmean(planted.xyxy[planted.shown], axis=0)
    at = np.flatnonzero(planted.shown)[0]
    x, y = (int((planted.xyxy[at][i] + planted.xyxy[at][i + 2]) / 2) for i in (0, 1))
    assert np.isfinite(middle).all()
    return 30 if planted.frames[at, y, min(max(x, 0), WIDTH - 1), 0] < 120 else 220


def slab(frame: np.ndarray, grey: int) -> np.ndarray:
    """(H, W) where a frame has a slab's grey."""
    return np.abs(frame[..., 0].astype(int) - grey) < 12


def middles(planted: Planted, frames: np.ndarray | None = None) -> dict[int, np.ndarray]:
    """Frame -> x, y of the changed slab, where it is whole in the picture."""
    grey, seen = grey_of(planted), {}
    for at, frame in enumerate(planted.frames if frames is None else frames):
        where = np.argwhere(slab(frame, grey))[:, ::-1]
        if len(where) >= 0.9 * TALL * WIDE:
            seen[at] = where.mean(0)
    return seen


def speed(planted: Planted) -> float:
    """Median px a frame to the right."""
    seen = middles(planted)
    return float(np.median([seen[at + 1][0] - seen[at][0] for at in seen if at + 1 in seen]))


def test_every_change_is_made_and_its_frames_are_told(made):
    assert set(made) == set(Change)
    for planted in made.values():
        assert planted.frames.shape == (TOTAL, HEIGHT, WIDTH, 3)
        assert planted.frames.dtype == np.uint8
        assert planted.shown.sum() >= 12
        assert np.isfinite(planted.xyxy[planted.shown]).all()


def test_put_back_as_it_was_nothing_but_noise_differs_where_it_was_whole(made):
    frames, _ = clip()
    difference = np.abs(made[Change.NONE].frames.astype(int) - frames)
    assert np.quantile(difference, 0.999) <= 12  # fresh noise at the edges
    assert difference[10:50].max() < 60


def test_the_frames_that_came_in_stay_as_they_were():
    frames, tracks = clip()
    before = frames.copy()
    plant(frames, tracks, Change.ELSEWHERE)
    assert np.array_equal(frames, before)


def test_faster_is_two_or_three_times_as_fast(made):
    assert speed(made[Change.FASTER]) in (pytest.approx(2 * SPEED, abs=0.1), pytest.approx(3 * SPEED, abs=0.1))
    assert {round(speed(plant(*clip(), Change.FASTER, seed=seed))) for seed in range(8)} == {2 * SPEED, 3 * SPEED}


def test_who_rides_or_glides_takes_no_step():
    frames, tracks = clip((0,))
    for first in (2, 3):
        frames[first::4] -= np.uint8(5) * (frames[first::4] < 60)  # it steps: two frames darker, two lighter
    fast = pytest.approx(2 * SPEED, abs=0.1), pytest.approx(3 * SPEED, abs=0.1)
    own = (pytest.approx(SPEED, abs=0.1),)
    for change, speeds, steps in (
        (Change.NONE, own, 2), (Change.FASTER, fast, 2), (Change.RIDES, fast, 1), (Change.GLIDES, own, 1)
    ):  # fmt: skip
        planted = plant(frames, tracks, change)
        greys = {planted.frames[at, round(y), round(x), 0] for at, (x, y) in middles(planted).items()}
        assert speed(planted) in speeds
        assert len(greys) == steps


@pytest.mark.parametrize("steps", [True, False], ids=["who walks", "who rides"])
def test_the_size_befits_the_place_whichever_frame_shows_it(steps):
    feet = np.stack([np.zeros(11), np.linspace(50.0, 100.0, 11)], 1)  # it comes nearer
    walk = SimpleNamespace(feet=feet, whole=range(20, 31), velocity=np.array([0.0, 5.0]))
    ground = SimpleNamespace(growth=lambda before, now: now / before)
    for at in (20, 23, 30, 33):
        pose = _pose(walk, at, np.zeros(2), 1.0, ground, steps)
        assert pose.scale * feet[pose.source - 20, 1] == pytest.approx(pose.feet[1])


def test_turned_goes_back_along_its_own_path(made):
    assert speed(made[Change.TURNED]) == pytest.approx(-SPEED, abs=0.1)
    rows = [y for _, y in middles(made[Change.TURNED]).values()]
    assert np.ptp(rows) < 1


def test_where_people_go_both_ways_nobody_is_turned():
    frames, tracks = clip()
    assert plant(frames, tracks, Change.TURNED, usual=usual(1, 1)) is None
    assert plant(frames, tracks, Change.FASTER, usual=usual(1, 1)) is not None


def test_elsewhere_is_away_from_every_path_and_the_old_place_is_empty(made):
    planted, (frames, _) = made[Change.ELSEWHERE], clip()
    feet = planted.xyxy[planted.shown, 3]
    assert min(np.abs(feet - 26).min(), np.abs(feet - 56).min()) > 0.5 * TALL
    ground, grey = backdrop_of(frames).picture.astype(int), grey_of(planted)
    own = 0 if grey == 30 else 1
    for at in range(5, TOTAL, 9):
        left, top = place(own, at)
        was = np.s_[top : top + TALL, left : left + WIDE]
        assert np.abs(planted.frames[at][was].astype(int) - ground[was]).mean() < 6


def test_larger_is_so_much_larger_and_stands_where_it_stood(made):
    planted = made[Change.LARGER]
    at = TOTAL // 2
    assert slab(planted.frames[at], grey_of(planted)).sum() == pytest.approx(1.6**2 * TALL * WIDE, rel=0.2)
    assert planted.xyxy[at, 3] - planted.xyxy[at, 1] == pytest.approx(1.6 * TALL, rel=0.05)
    assert planted.xyxy[at, 3] in (pytest.approx(26, abs=1.5), pytest.approx(56, abs=1.5))


def test_who_lingers_comes_stands_and_goes_on(made):
    planted = made[Change.LINGERS]
    seen, shown = middles(planted), np.flatnonzero(planted.shown)
    stood = np.array([seen[at] for at in shown if at in seen])
    assert np.ptp(stood[:, 0]) < 1
    assert len(stood) >= 0.5 * TOTAL
    before, after = (
        [seen[at][0] for at in seen if side(at)] for side in (lambda t: t < shown[0], lambda t: t > shown[-1])
    )
    assert min(np.diff(before).min(), np.diff(after).min()) > 1
    first, second = (planted.frames[at][slab(planted.frames[at], grey_of(planted))] for at in shown[5:7])
    assert not np.array_equal(first, second)  # a camera's noise never stands


def test_the_same_seed_gives_the_same_clip_and_seeds_take_turns():
    one, again = (plant(*clip(), Change.LARGER, seed=3) for _ in range(2))
    assert np.array_equal(one.frames, again.frames)
    assert {grey_of(plant(*clip(), Change.LARGER, seed=seed)) for seed in range(8)} == {30, 220}


def test_who_is_nearer_stays_in_front():
    frames, tracks = clip((0,))
    left = place(0, 30)[0] + 5
    frames[30, 14:34, left : left + 8] = 250
    nearer = np.array([left, 14, left + 8, 34])  # its feet are lower than 26
    planted = plant(frames, _with(tracks, 30, nearer), Change.LARGER)
    assert (planted.frames[30, 15:33, left + 3 : left + 7] > 235).all()
    assert slab(plant(*clip((0,)), Change.LARGER).frames[30, 15:20, left + 3 : left + 5], 30).all()  # where it would be


def _with(tracks: Tracks, frame: int, box: np.ndarray) -> Tracks:
    return Tracks(np.append(tracks.frame, frame), np.vstack([tracks.xyxy, box]), np.append(tracks.track, 7))


def test_where_nobody_walks_nothing_is_planted():
    frames, tracks = clip((2,))
    assert plant(frames, tracks, Change.FASTER) is None  # it only stands
    empty = Tracks(np.empty(0, int), np.empty((0, 4)), np.empty(0, int))
    assert all(plant(frames, empty, change) is None for change in Change)


def test_tracks_of_another_clip_are_refused():
    frames, tracks = clip()
    with pytest.raises(DataError, match="tracks reach to frame 59, the clip has 30 frames"):
        plant(frames[:30], tracks, Change.FASTER)
    with pytest.raises(DataError, match="two frames or more"):
        plant(frames[:1], tracks, Change.FASTER)


def test_the_area_tells_changed_frames_from_all_others(made):
    planted = made[Change.LINGERS]
    ordinary = np.zeros(TOTAL)
    assert planted_auc([planted.shown.astype(float), ordinary], [planted, None]) == 1.0
    assert planted_auc([ordinary, ordinary], [planted, None]) == 0.5


def test_every_change_weighs_the_same_but_for_the_scissors_and_what_was_not_planted():
    told = {Change.NONE: 0.9, Change.FASTER: 1.0, Change.TURNED: 0.5, Change.LARGER: np.nan}
    assert mean_of_changes(told) == 0.75
    assert np.isnan(mean_of_changes({Change.NONE: 0.9}))
