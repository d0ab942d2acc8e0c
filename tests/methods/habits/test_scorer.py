"""A film in, each object judged and each reason said."""

from dataclasses import replace

import numpy as np
import pytest

from unusual.data.datasets import open_dataset
from unusual.errors import VideoError
from unusual.methods.objects.kinds import MOTION
from unusual.run.score import score_video
from unusual.video.reader import open_video


@pytest.fixture(scope="module")
def units(learnt, scene):
    scorer = learnt.checkpoint.scorer
    with open_video(open_dataset(scene).test[0].source) as video:
        frames = [(frame.time_s, scorer.picture(frame.rgb)) for frame in video]
    return list(scorer.judge("film", iter(frames))), frames


def test_every_frame_is_in_one_unit(units):
    found, frames = units
    assert np.concatenate([unit.indices for unit in found]).tolist() == list(range(len(frames)))
    assert np.concatenate([unit.times_s for unit in found]).tolist() == [time_s for time_s, _ in frames]


def test_each_object_has_its_place_its_track_and_its_reason(units):
    found, _ = units
    objects = [unit.objects for unit in found if len(unit.objects.boxes)]
    assert objects
    for each in objects:
        assert len(each.boxes) == len(each.tracks) == len(each.reasons) == len(each.scores)
        assert ((each.boxes >= 0) & (each.boxes <= 1)).all()
        assert all(each.reasons)
    assert all(unit.error == unit.objects.scores.max(initial=0) for unit in found)


def test_what_is_seen_depends_on_nothing_that_comes_later(learnt, units):
    found, frames = units
    half = list(learnt.checkpoint.scorer.judge("half", iter(frames[: len(frames) // 2])))
    for early, late in zip(half[:-2], found, strict=False):
        assert early.error == late.error


def test_where_nobody_is_nothing_is_unusual(learnt):
    still = np.full((64, 96, 3), 90, np.uint8)
    found = list(learnt.checkpoint.scorer.judge("still", ((n / 12, still) for n in range(20))))
    assert {unit.error for unit in found} == {0.0}


def test_pictures_of_another_size_are_brought_to_the_one_that_was_learnt(learnt):
    assert learnt.checkpoint.scorer.picture(np.zeros((128, 192, 3), np.uint8)).shape == (64, 96, 3)


def test_a_single_frame_is_no_video(learnt):
    with pytest.raises(VideoError, match="1 frames are fewer than the 2"):
        list(learnt.checkpoint.scorer.judge("one", [(0.0, np.zeros((64, 96, 3), np.uint8))]))


def test_an_explanation_shows_the_box_and_the_way_of_the_worst_object(learnt, units):
    found, frames = units
    worst = max(found, key=lambda unit: unit.error)
    first, last = learnt.checkpoint.scorer.shown(worst, len(frames))
    told = learnt.checkpoint.scorer.explain(worst, np.stack([p for _, p in frames[first : last + 1]]), first)
    left, top, right, bottom = (worst.objects.boxes[worst.objects.worst] * [96, 64, 96, 64]).round().astype(int)
    assert told.error[top:bottom, left:right].min() == pytest.approx(worst.error)
    assert (told.restored != frames[first][1]).any()
    assert told.usual.shape == (64, 132, 3)  # the object, a gap, and an ordinary one
    assert (told.usual[:, :64] != told.usual[:, 68:]).any()


def test_the_way_is_shown_of_somebody_who_has_gone_and_no_further_than_he_was(learnt, units):
    """An event is shown when it is over."""
    frames = units[1]
    found = list(learnt.checkpoint.scorer.judge("film", iter(frames)))
    of_one = {}
    for unit in found:
        for number in unit.objects.tracks.tolist():
            of_one.setdefault(number, []).append(unit)
    last = found[-1].objects.tracks.tolist()
    number, seen = max(((n, s) for n, s in of_one.items() if n not in last), key=lambda each: len(each[1]))
    shown = {}
    for name, unit in (("early", seen[len(seen) // 4]), ("late", seen[-1])):
        row = unit.objects.tracks.tolist().index(number)
        scores = np.zeros(len(unit.objects.boxes), np.float32)
        scores[row] = 1.0
        alone = replace(unit, objects=replace(unit.objects, looks=scores, moves=np.zeros_like(scores)))
        at = int(unit.indices[0])
        told = learnt.checkpoint.scorer.explain(alone, frames[at][1][None], at)
        left, top, right, bottom = (unit.objects.boxes[row] * [96, 64, 96, 64]).round().astype(int)
        changed = (told.restored != frames[at][1]).any(-1)
        changed[max(top - 1, 0) : bottom + 2, max(left - 1, 0) : right + 2] = False
        shown[name] = changed.sum()
    assert shown["late"] > shown["early"]


def test_a_scored_film_says_why(learnt, scene):
    result = score_video(open_dataset(scene).test[0].source, learnt.checkpoint).result
    assert np.isfinite(result.live.scores).all()
    assert all(event.why and "unlike anything" not in event.why for event in result.events)


def test_what_somebody_leaves_behind_is_told_as_that_and_can_be_explained(learnt):
    empty = np.full((64, 96, 3), 90, np.uint8)
    left = empty.copy()
    left[30:38, 40:50] = 200
    scorer = learnt.checkpoint.scorer
    film = [empty] * 250 + [left] * 100
    units = list(scorer.judge("film", ((n / 15, picture) for n, picture in enumerate(film))))
    assert units[-1].error > max(unit.error for unit in units[: len(units) * 250 // 350]) + 2
    objects = units[-1].objects
    assert objects.reasons[objects.worst].startswith("was left behind 6 s ago")
    assert objects.kinds[objects.worst] == MOTION
    told = scorer.explain(units[-1], np.stack([left]), int(units[-1].indices[0]))
    assert (told.error[31:37, 41:49] > 0).all()


def test_who_was_there_before_is_followed_for_half_a_minute_before_a_piece(learnt):
    scorer = learnt.checkpoint.scorer
    moments = scorer.config.moments
    assert scorer.reach.lead == 30 * moments.second and scorer.reach.every == moments.step
    assert not scorer.reach.forgets
