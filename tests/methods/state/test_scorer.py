"""STATE judges a made-up scene: errors object by object, reasons that can be shown."""

import re
from dataclasses import replace

import numpy as np
import pytest
from in_pieces import assert_judged_alike_in_pieces
from made_state import a_square_that_walks, changed, config_of, method_of, pictures_of, write_still
from tiny import learner_of
from tiny_detectors import write_red_finder

from unusual.data.datasets import open_dataset
from unusual.domain import FrameErrors, ObjectErrors
from unusual.errors import CheckpointError, ConfigError, DataError, VideoError
from unusual.methods.state.scorer import StateScorer
from unusual.run.checkpoint import MODEL, load_checkpoint, read_tensors, save_checkpoint, write_tensors
from unusual.run.score import score_video
from unusual.run.stream import Listener
from unusual.scores.calibrate import live_object_scores


class Units(Listener):
    """Keeps the units of a video; here every frame has its own."""

    def __init__(self):
        self.all = []

    def scored(self, frame, score, judgements):
        self.all += [judgement.errors for judgement in judgements]


@pytest.fixture(scope="module")
def heard():
    return Units()


@pytest.fixture(scope="module")
def scored(checkpoint, clip, cache, heard):
    return score_video(clip, checkpoint, cache=cache, listeners=[heard])


@pytest.fixture(scope="module")
def units(scored, heard):
    return heard.all


def test_every_frame_is_scored_and_a_frame_has_the_score_of_its_worst_object(scored, units, checkpoint):
    result = scored.result
    assert np.isfinite(result.live.scores).all()
    assert [unit.indices.tolist() for unit in units] == [[n] for n in range(135)]
    assert any(len(unit.objects.boxes) for unit in units)
    for unit, paper, live in zip(units, result.paper.scores, result.live.scores, strict=True):
        objects = unit.objects
        if len(objects.boxes):
            assert paper == pytest.approx(float(objects.scores.max()), rel=1e-4)
            assert live == pytest.approx(float(live_object_scores(checkpoint.scale, objects).max()), rel=1e-3, abs=1e-4)
            assert ((objects.boxes >= 0) & (objects.boxes <= 1)).all()
        else:
            assert paper == checkpoint.learnt["calm"]


def test_an_objects_score_is_the_mean_along_its_track_of_which_the_first_frame_counts_half(units, checkpoint, clip):
    """By the same boxes, each frame by itself."""
    alone = StateScorer(**vars_of(checkpoint.scorer, memory=0))
    cutter, by_itself = checkpoint.scorer.cutter, {}
    for cubes, looks, moves in alone.scores(cutter.cut((rgb for _, rgb in pictures_of(clip)), None, 1), 1):
        for number, *terms in zip(cubes.tracks.tolist(), looks, moves, strict=True):
            by_itself.setdefault(number, []).append(terms)
    seen = dict.fromkeys(by_itself, 0)
    for unit in units:
        for number, looks, moves in zip(
            unit.objects.tracks.tolist(), unit.objects.looks, unit.objects.moves, strict=True
        ):
            seen[number] += 1
            past = by_itself[number][max(0, seen[number] - 10) : seen[number]]
            np.testing.assert_allclose([looks, moves], np.sum(past, 0) / max(len(past), 2), rtol=1e-3, atol=1e-3)
    assert max(seen.values()) > 10


def vars_of(scorer, memory):
    config = replace(scorer.config, score=replace(scorer.config.score, memory=memory))
    return {"config": config, "cutter": scorer.cutter, "net": scorer.net, "standard": scorer.standard, "calm": 0.0}


def test_each_object_has_a_reason_that_compares(units):
    seen = [unit.objects for unit in units if len(unit.objects.boxes)]
    for objects in seen:
        assert len(objects.reasons) == len(objects.boxes)
        for number, reason in enumerate(objects.reasons):
            assert re.fullmatch(
                rf"{objects.raised_by(number)} unlike anything seen here: "
                r"-?[\d.]+ times as far from what is expected as is usual at this place",
                reason,
            )


def test_where_nobody_is_followed_an_object_has_neither_number_nor_comparison(checkpoint, clip):
    scorer = changed(checkpoint, score=replace(checkpoint.config.settings.score, memory=0))
    for unit in scorer.judge("gate", pictures_of(clip)[:30]):
        assert unit.objects.tracks is None and unit.objects.reasons == ()


def test_a_model_of_before_there_were_tracks_judges_each_frame_by_itself(checkpoint, tmp_path):
    old = config_of("score.memory=0", "score.usual=everywhere", "objects.score=0.2")
    learnt = {**checkpoint.learnt, "ordinary": np.array([5.0, 2.0, 9.0, 3.0])}
    save_checkpoint(tmp_path, replace(checkpoint, config=old, learnt=learnt))
    file = tmp_path / MODEL
    tensors, header = read_tensors(file)
    del header["config"]["settings"]["tracks"]
    for key in ("memory", "usual"):
        del header["config"]["settings"]["score"][key]
    write_tensors(file, tensors, header)
    again = load_checkpoint(tmp_path)
    assert again.config == old
    assert again.scorer.standard.numbers.tolist() == [5.0, 2.0, 9.0, 3.0]


def test_the_papers_scores_are_not_stretched(scored):
    assert scored.result.paper.protocol == "paper's protocol (unscaled)"
    assert scored.result.paper.scores.max() != 1


def test_a_second_reading_knows_the_objects_and_gives_the_same_scores(scored, checkpoint, clip, cache, monkeypatch):
    asked = []
    find = checkpoint.scorer.cutter.finder.find
    monkeypatch.setattr(checkpoint.scorer.cutter.finder, "find", lambda *frames: asked.append(1) or find(*frames))
    again = score_video(clip, checkpoint, cache=cache)
    assert not asked
    np.testing.assert_array_equal(again.result.live.scores, scored.result.live.scores)
    np.testing.assert_array_equal(
        score_video(clip, checkpoint, pictures=False).result.live.scores, scored.result.live.scores
    )
    assert asked


def test_what_was_found_for_one_step_serves_another(checkpoint, clip, tmp_path, monkeypatch):
    asked = []
    find = checkpoint.scorer.cutter.finder.find
    monkeypatch.setattr(checkpoint.scorer.cutter.finder, "find", lambda *frames: asked.append(1) or find(*frames))
    list(checkpoint.scorer.judge("gate", pictures_of(clip), tmp_path))
    assert len(asked) == 135
    monkeypatch.undo()
    sparse = stepped(checkpoint, 4)
    monkeypatch.setattr(sparse.cutter.finder, "find", lambda *frames: asked.append(1))
    list(sparse.judge("gate", pictures_of(clip), tmp_path))
    assert len(asked) == 135


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(scored, checkpoint, clip, tmp_path):
    (tmp_path / "file").write_text("")
    result = score_video(clip, checkpoint, cache=tmp_path / "file", pictures=False).result
    np.testing.assert_array_equal(result.live.scores, scored.result.live.scores)


def test_a_broken_cache_is_made_anew(checkpoint, clip, tmp_path):
    first = score_video(clip, checkpoint, cache=tmp_path, pictures=False).result.live.scores
    (file,) = tmp_path.rglob("objects-*.npz")
    file.write_bytes(file.read_bytes()[:100])
    again = score_video(clip, checkpoint, cache=tmp_path, pictures=False).result.live.scores
    np.testing.assert_array_equal(first, again)
    assert file.stat().st_size > 100


def test_a_step_scores_every_nth_frame_and_those_between_share_it(checkpoint, clip):
    score = replace(checkpoint.config.settings.score, memory=0)
    dense = list(changed(checkpoint, score=score).judge("gate", pictures_of(clip)))
    cubes = replace(checkpoint.config.settings.cubes, step=4)
    sparse = list(changed(checkpoint, score=score, cubes=cubes).judge("gate", pictures_of(clip)))
    assert [unit.indices.tolist() for unit in sparse][-2:] == [[128, 129, 130, 131], [132, 133, 134]]
    assert all(len(unit.times_s) == len(unit.indices) for unit in sparse)
    np.testing.assert_allclose(
        [unit.error for unit in sparse], [dense[unit.indices[0]].error for unit in sparse], rtol=1e-3, atol=1e-3
    )


def stepped(checkpoint, step):
    return changed(checkpoint, cubes=replace(checkpoint.config.settings.cubes, step=step))


def test_the_worst_object_is_shown_as_it_was_rebuilt(checkpoint, clip, units):
    pictures = np.stack([rgb for _, rgb in pictures_of(clip)])
    busiest = max((u for u in units if len(u.objects.boxes)), key=lambda unit: unit.error)
    for unit in (busiest, *(u for u in (units[0], units[-1]) if len(u.objects.boxes))):
        first, last = checkpoint.scorer.shown(unit, len(pictures))
        assert 0 <= first <= unit.indices[0] <= last < len(pictures) and last - first == checkpoint.scorer.span - (
            last == 134
        )
        told = checkpoint.scorer.explain(unit, pictures[first : last + 1], first)
        assert first + told.offset == unit.indices[0]
        changed = (told.restored != pictures[unit.indices[0]]).any(-1)
        left, top, right, bottom = unit.objects.boxes[unit.objects.worst] * (96, 64, 96, 64)
        rows, columns = np.nonzero(changed | (told.error > 0))
        assert left - 1 <= columns.min() and columns.max() <= right + 1
        assert top - 1 <= rows.min() and rows.max() <= bottom + 1
        assert told.cube.ndim == 3


def test_a_frame_without_objects_is_shown_as_it_is(checkpoint):
    nothing = ObjectErrors(np.zeros((0, 4), np.float32), *np.zeros((2, 0), np.float32), np.zeros(0, np.int16))
    unit = FrameErrors(np.array([3]), np.array([0.3]), 0.0, np.zeros((1, 1), np.float32), objects=nothing)
    pictures = np.zeros((8, 32, 32, 3), np.uint8)
    told = checkpoint.scorer.explain(unit, pictures, 0)
    assert (told.offset, told.cube) == (3, None) and not told.error.any() and not told.restored.any()


def test_scoring_a_training_video_gives_the_errors_of_its_prepared_cubes(checkpoint, scene, prepared):
    video = open_dataset(scene).train[0].source
    footage, _ = checkpoint.scorer.cutter.footage(video, prepared, 10**9)
    known = {int(unit.indices[0]): unit.error for unit in checkpoint.scorer.judge_footage(footage)}
    found = {int(unit.indices[0]): unit.error for unit in stepped(checkpoint, 2).judge("v", pictures_of(video))}
    assert len(known) == checkpoint.scorer.units(footage) > 20
    np.testing.assert_allclose([found[frame] for frame in known], list(known.values()), rtol=0.05, atol=0.1)


def test_a_video_without_objects_teaches_nothing_but_can_be_scored(checkpoint, tmp_path):
    write_still(tmp_path / "still.mp4")
    footage, _ = method_of().footage(tmp_path / "still.mp4", tmp_path, 10**9)
    assert (footage.frames, len(footage.frame)) == (12, 0)
    assert not len(method_of().starts([footage]))
    with pytest.raises(DataError, match="no object"):
        method_of().check([footage])
    result = score_video(tmp_path / "still.mp4", checkpoint).result
    assert set(result.paper.scores) == {float(checkpoint.learnt["calm"])}
    assert np.abs(result.live.scores).max() < 1 and not result.events


@pytest.mark.parametrize("frames", [0, 1, 6], ids="{} frames".format)
def test_a_video_shorter_than_a_cube_is_refused(checkpoint, frames):
    with pytest.raises(VideoError, match=f"gate: {frames} frames are fewer than the 7"):
        list(checkpoint.scorer.judge("gate", a_square_that_walks(frames)))


def test_perturbed_scores_are_lower(checkpoint, clip):
    perturbed = changed(checkpoint, perturbation=replace(checkpoint.config.settings.perturbation, eta=0.01))
    pictures = pictures_of(clip)[:40]
    plain = [unit.error for unit in checkpoint.scorer.judge("gate", pictures)]
    moved = [unit.error for unit in perturbed.judge("gate", pictures)]
    apart = np.array(plain) != np.array(moved)
    assert apart.any() and (np.array(moved) <= np.array(plain) + 1e-6).all()


def test_a_detector_is_named_by_its_digest(tmp_path):
    detector = write_red_finder(tmp_path / "red.onnx")
    settings = config_of(f"objects.detector={detector}").settings.completed(48, 64)
    assert len(settings.objects.sha256) == 64
    method = learner_of(replace(config_of(), settings=settings))
    units = list(method.scorer().judge("gate", a_square_that_walks(12)))
    assert all((unit.objects.kinds >= 0).any() for unit in units)  # found by the detector
    (tmp_path / "other.onnx").write_bytes(detector.read_bytes() + b"\n\n")
    moved = replace(settings, objects=replace(settings.objects, detector=str(tmp_path / "other.onnx")))
    with pytest.raises(ConfigError):
        learner_of(replace(config_of(), settings=moved))


@pytest.mark.parametrize("size", [(17, 23), (8, 8), (48, 161)], ids=str)
def test_odd_and_tiny_pictures_are_scored(checkpoint, size):
    chance = np.random.default_rng(1)
    pictures = ((n / 10, chance.integers(0, 255, (*size, 3), np.uint8)) for n in range(9))
    assert len(list(checkpoint.scorer.judge("gate", pictures))) == 9


def test_another_detector_is_refused_after_training_whichever_way(checkpoint, tmp_path):
    save_checkpoint(tmp_path, checkpoint)
    detector = write_red_finder(tmp_path / "red.onnx")
    with pytest.raises(ConfigError, match="trained without such a file"):
        load_checkpoint(tmp_path, [f"objects.detector={detector}"])
    with_detector = replace(
        checkpoint,
        config=replace(checkpoint.config, settings=config_of(f"objects.detector={detector}").settings.completed(1, 1)),
    )
    save_checkpoint(tmp_path, with_detector)
    assert load_checkpoint(tmp_path).scorer.cutter.finder.digest
    with pytest.raises(ConfigError, match="give that file again"):
        load_checkpoint(tmp_path, ["objects.detector="])


def test_only_what_leaves_the_meaning_alone_can_be_changed_after_training(checkpoint, tmp_path):
    save_checkpoint(tmp_path, checkpoint)
    assert load_checkpoint(tmp_path, ["cubes.step=5"]).config.settings.cubes.step == 5
    for change in ("perturbation.eta=0.1", "score.w_raw=3", "objects.score=0.1", "clips.step=3"):
        with pytest.raises(ConfigError, match="after training only"):
            load_checkpoint(tmp_path, [change])
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "none")


def test_the_frames_that_wait_for_one_pass_are_as_many_at_every_step(checkpoint):
    assert [stepped(checkpoint, step).at_once for step in (1, 4, 250)] == [32, 8, 1]


@pytest.mark.parametrize("step", [1, 3])
def test_pieces_are_judged_as_the_whole_where_nobody_is_followed(checkpoint, clip, step):
    settings = checkpoint.config.settings
    scorer = changed(checkpoint, score=replace(settings.score, memory=0), cubes=replace(settings.cubes, step=step))
    assert scorer.reach.forgets and scorer.reach.every == step
    assert_judged_alike_in_pieces(scorer, pictures_of(clip)[:100], 30)


def test_who_follows_objects_sees_them_for_ten_times_its_memory_before(checkpoint):
    scorer = checkpoint.scorer
    memory = checkpoint.config.settings.score.memory
    assert not scorer.reach.forgets and scorer.reach.lead >= 10 * memory > 0
