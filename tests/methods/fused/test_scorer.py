"""A film in, each object judged by both: who raised its score is named."""

import numpy as np
import pytest
from tiny import learner_of

from unusual.data.datasets import open_dataset
from unusual.errors import DataError
from unusual.methods.footage import Footage
from unusual.methods.fused.scorer import FusedScorer, Known, beside, raised_by_state, tails_of
from unusual.methods.habits.examples import Examples
from unusual.methods.habits.moments import LEFT, MOMENT
from unusual.methods.habits.scorer import HabitsScorer
from unusual.methods.habits.tails import Tail
from unusual.run.checkpoint import load_checkpoint
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


def test_each_object_has_its_place_its_track_and_a_reason_that_names_who_gives_it(units):
    found, _ = units
    objects = [unit.objects for unit in found if len(unit.objects.boxes)]
    assert objects
    for each in objects:
        assert len(each.boxes) == len(each.tracks) == len(each.reasons) == len(each.scores)
        assert all(reason.endswith(("(habits)", "(STATE)")) for reason in each.reasons)
    assert all(unit.error == unit.objects.scores.max(initial=0) for unit in found)


def test_what_is_seen_depends_on_nothing_that_comes_later(learnt, units):
    found, frames = units
    half = list(learnt.checkpoint.scorer.judge("half", iter(frames[: len(frames) // 2])))
    for early, late in zip(half[:-12], found, strict=False):  # the last cubes' windows end with the film
        assert early.error == late.error


def test_prepared_footage_is_judged_as_the_film_is(learnt, scene, config, tmp_path, monkeypatch):
    video = open_dataset(scene).train[0].source
    scorer = learnt.checkpoint.scorer
    monkeypatch.setattr(scorer.follower, "ground", None)  # which was not known when footage was prepared
    with open_video(video) as opened:
        live = [unit.error for unit in scorer.judge("film", ((f.time_s, scorer.picture(f.rgb)) for f in opened))]
    footage, _ = learner_of(learnt.checkpoint.config).footage(video, tmp_path, 10**9)
    kept = [unit.error for unit in scorer.judge_footage(footage)]
    assert len(live) == len(kept) == scorer.units(footage)
    np.testing.assert_allclose(live, kept, atol=0.02)  # flow is kept in half precision


def test_state_adds_to_what_habits_say_of_the_same_tracks(learnt, units):
    """With tails that make all its errors rare, everybody who was looked at is STATE's."""
    _, frames = units
    scorer = learnt.checkpoint.scorer
    numbers = np.arange(200.0)
    rare = {branch: Tail(numbers - 1e6, 1.0) for branch in scorer.tails}
    habits, net, standard = scorer.habits, scorer.state.net, scorer.state.standard
    settings, ground = learnt.checkpoint.config.settings, scorer.follower.ground
    loud = FusedScorer(settings, habits, net, standard, rare, Examples.from_arrays({}), ground)
    raised = [unit for unit in loud.judge("film", iter(frames)) if raised_by_state(unit)]
    assert raised
    worst = raised[0].objects
    assert "unlike" in worst.reasons[worst.worst] or "as is usual" in worst.reasons[worst.worst]
    first, last = loud.shown(raised[0], len(frames))
    assert last - first >= learnt.checkpoint.config.settings.network.frames - 1
    told = loud.explain(raised[0], np.stack([rgb for _, rgb in frames[first : last + 1]]), first)
    assert told.error.max() > 0


def test_who_is_told_by_habits_is_explained_by_his_way(learnt, units):
    found, frames = units
    unit = max((each for each in found if not raised_by_state(each)), key=lambda each: each.error)
    first, last = learnt.checkpoint.scorer.shown(unit, len(frames))
    told = learnt.checkpoint.scorer.explain(unit, np.stack([rgb for _, rgb in frames[first : last + 1]]), first)
    assert told.offset == unit.indices[0] - first
    assert told.error.max() == pytest.approx(unit.error)


def test_one_detector_looks_for_both(learnt):
    scorer = learnt.checkpoint.scorer
    assert scorer.state.cutter.finder is scorer.follower.finder


def test_a_new_object_is_typical_until_it_was_looked_at_and_the_ground_is_nobodys():
    moments = np.zeros(3, MOMENT)
    moments["number"], moments["kind"] = [4, 7, -9], [0, 0, LEFT]
    known = Known()
    known.take(np.array([4]), np.array([[1.5, 2.5]]))
    assert known.of(moments).tolist() == [[1.5, 2.5], [0, 0], [-np.inf, -np.inf]]


def test_a_saved_model_judges_as_it_did(learnt, scene):
    video = open_dataset(scene).test[0].source
    again = load_checkpoint(learnt.file.parent)
    assert again.config == learnt.checkpoint.config
    np.testing.assert_array_equal(again.scorer.follower.ground, learnt.checkpoint.scorer.follower.ground)
    assert again.scorer.follower.ground.any()
    scores = [score_video(video, each).result.live.scores for each in (learnt.checkpoint, again)]
    np.testing.assert_array_equal(*scores)


@pytest.mark.parametrize("broken", [np.zeros(3), np.full(201, np.nan), np.zeros(201)], ids=["short", "nan", "no tail"])
def test_tails_that_cannot_be_are_refused(broken):
    with pytest.raises(DataError, match="tails of STATE's errors"):
        tails_of({"tails.looks": broken, "tails.moves": broken})


def test_footage_of_habits_alone_is_refused():
    with pytest.raises(DataError, match="for habits alone"):
        beside(Footage("a", 3, np.arange(3), np.zeros((3, 1), np.uint8)))


def test_a_piece_of_a_video_begins_where_both_may_and_sees_what_both_need(learnt):
    scorer = learnt.checkpoint.scorer
    for own in (scorer.state.reach, HabitsScorer.reach.fget(scorer)):
        assert scorer.reach.every % own.every == 0
        assert scorer.reach.lead >= own.lead and scorer.reach.after >= own.after
    assert not scorer.reach.forgets
