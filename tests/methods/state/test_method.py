"""STATE as the house runs it, on a made-up scene: cubes once, errors object by object, reasons that can be shown."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from tiny import TINY_STATE
from tiny_detectors import write_red_finder

from unusual.data.datasets import open_dataset
from unusual.domain import FrameErrors, ObjectErrors
from unusual.errors import CheckpointError, ConfigError, DataError, VideoError
from unusual.methods.footage import Footage
from unusual.run.checkpoint import build_method, load_checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, fit
from unusual.run.score import score_video
from unusual.scores.calibrate import live_object_scores
from unusual.video.reader import open_video
from unusual.video.writer import write_video

CPU = torch.device("cpu")


def config_of(*changes):
    return make_config("state", changes=[*TINY_STATE, *changes])


def method_of(*changes):
    return build_method(config_of(*changes), CPU)


@pytest.fixture(scope="module")
def checkpoint(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("state")
    videos = [video.source for video in open_dataset(scene).train]
    fit(videos, config_of(), out, CacheLimits(out / "cache"), data="made-up")
    return load_checkpoint(out)


@pytest.fixture(scope="module")
def clip(scene):
    return scene / "test/01.mp4"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def scored(checkpoint, clip, cache):
    return score_video(clip, checkpoint, cache=cache)


def pictures_of(path):
    with open_video(path) as video:
        return [(frame.time_s, frame.rgb) for frame in video]


def a_square_that_walks(frames, across=2, size=12, height=48, width=96):
    for n in range(frames):
        rgb = np.full((height, width, 3), 120, np.uint8)
        left = 10 + across * n
        rgb[20 : 20 + size, left : left + size] = (200, 40, 40)
        yield n / 10, rgb


def test_every_frame_is_scored_and_a_frame_has_the_score_of_its_worst_object(scored, checkpoint):
    result = scored.result
    assert np.isfinite(result.live.scores).all()
    assert [unit.indices.tolist() for unit in scored.units] == [[n] for n in range(135)]
    assert any(len(unit.objects.boxes) for unit in scored.units)
    for unit, paper, live in zip(scored.units, result.paper.scores, result.live.scores, strict=True):
        objects = unit.objects
        if len(objects.boxes):
            assert paper == pytest.approx(float(objects.scores.max()), rel=1e-4)
            assert live == pytest.approx(float(live_object_scores(scored.scale, objects).max()), rel=1e-3, abs=1e-4)
            assert ((objects.boxes >= 0) & (objects.boxes <= 1)).all()
        else:
            assert paper == checkpoint.scorer.network.calm


def test_the_papers_scores_are_not_stretched(scored):
    assert scored.result.paper.protocol == "paper's protocol (unscaled)"
    assert scored.result.paper.scores.max() != 1


def test_a_second_reading_knows_the_objects_and_gives_the_same_scores(scored, checkpoint, clip, cache, monkeypatch):
    asked = []
    find = checkpoint.scorer.finder.find
    monkeypatch.setattr(checkpoint.scorer.finder, "find", lambda *frames: asked.append(1) or find(*frames))
    again = score_video(clip, checkpoint, cache=cache)
    assert not asked
    np.testing.assert_array_equal(again.result.live.scores, scored.result.live.scores)
    np.testing.assert_array_equal(
        score_video(clip, checkpoint, pictures=False).result.live.scores, scored.result.live.scores
    )
    assert asked


def test_what_was_found_for_one_step_serves_another(checkpoint, clip, tmp_path, monkeypatch):
    asked = []
    find = checkpoint.scorer.finder.find
    monkeypatch.setattr(checkpoint.scorer.finder, "find", lambda *frames: asked.append(1) or find(*frames))
    list(checkpoint.scorer.judge("gate", pictures_of(clip), tmp_path))
    assert len(asked) == 135
    monkeypatch.undo()
    sparse = stepped(checkpoint, 4)
    monkeypatch.setattr(sparse.finder, "find", lambda *frames: asked.append(1))
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


def test_a_step_scores_every_nth_frame_and_those_between_share_it(scored, checkpoint, clip):
    dense, sparse = scored.units, list(stepped(checkpoint, 4).judge("gate", pictures_of(clip)))
    assert [unit.indices.tolist() for unit in sparse][-2:] == [[128, 129, 130, 131], [132, 133, 134]]
    assert all(len(unit.times_s) == len(unit.indices) for unit in sparse)
    np.testing.assert_allclose(
        [unit.error for unit in sparse], [dense[unit.indices[0]].error for unit in sparse], rtol=1e-3, atol=1e-3
    )


def stepped(checkpoint, step):
    settings = checkpoint.config.settings
    method = build_method(
        replace(checkpoint.config, settings=replace(settings, cubes=replace(settings.cubes, step=step))), CPU
    )
    method.network.load_state_dict(checkpoint.scorer.network.state_dict())
    return method


def test_the_worst_object_is_shown_as_it_was_rebuilt(checkpoint, clip, scored):
    pictures = np.stack([rgb for _, rgb in pictures_of(clip)])
    busiest = max((u for u in scored.units if len(u.objects.boxes)), key=lambda unit: unit.error)
    for unit in (busiest, *(u for u in (scored.units[0], scored.units[-1]) if len(u.objects.boxes))):
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


def test_cubes_are_cut_once_and_mapped_from_then_on(scene, tmp_path):
    method, video = method_of(), open_dataset(scene).train[0].source
    first, problems = method.footage(video, tmp_path, 10**9)
    assert not problems
    assert first.pictures.shape[1:] == (7, 16, 16, 3) and first.motion.shape[1:] == (7, 16, 16, 2)
    assert len(first.frame) == len(first.pictures) == len(first.motion) > 20
    assert set(np.unique(first.frame) % 2) == {0}  # train_step
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    again, _ = method_of().footage(video, tmp_path, 10**9)
    np.testing.assert_array_equal(again.pictures, first.pictures)
    assert stamps == {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ("flow.backend=farneback", True),
        ("cubes.patch=8", True),
        ("cubes.train_step=3", True),
        ("objects.blur=5", True),
        ("network.context=2", True),
        ("cubes.step=9", False),
        ("training.batch=4", False),
        ("perturbation.eta=0.1", False),
    ],
)
def test_cubes_are_cut_anew_only_where_others_would_come(scene, prepared, change, anew):
    before = set(prepared.rglob("whole.json"))
    method_of(change).footage(open_dataset(scene).train[0].source, prepared, 10**9)
    assert (set(prepared.rglob("whole.json")) != before) == anew


@pytest.mark.parametrize("name", ["rgb.u8", "flow.f16", "frame.i64", "whole.json"])
@pytest.mark.parametrize("left", [0, 0.5, 0.98], ids="{} of it is left".format)
def test_cubes_that_were_cut_short_on_the_disk_are_cut_anew(scene, tmp_path, name, left):
    method_of().footage(open_dataset(scene).train[0].source, tmp_path, 10**9)
    (whole,) = tmp_path.rglob(f"**/{name}")
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * left) // 8 * 8])
    method_of().footage(open_dataset(scene).train[0].source, tmp_path, 10**9)
    assert whole.read_bytes() == content


@pytest.fixture(scope="module")
def prepared(scene, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    method_of().footage(open_dataset(scene).train[0].source, folder, 10**9)
    return folder


def test_a_changed_video_is_read_anew(scene, tmp_path):
    video = tmp_path / "a.mp4"
    video.write_bytes((scene / "test/01.mp4").read_bytes())
    first, _ = method_of().footage(video, tmp_path / "cache", 10**9)
    video.write_bytes(open_dataset(scene).train[0].source.read_bytes())
    second, _ = method_of().footage(video, tmp_path / "cache", 10**9)
    assert first.frames != second.frames


def test_scoring_a_training_video_gives_the_errors_of_its_prepared_cubes(checkpoint, scene, prepared):
    video = open_dataset(scene).train[0].source
    footage, _ = checkpoint.scorer.footage(video, prepared, 10**9)
    known = {int(unit.indices[0]): unit.error for unit in checkpoint.scorer.judge_footage(footage)}
    found = {int(unit.indices[0]): unit.error for unit in checkpoint.scorer.judge("v", pictures_of(video))}
    assert len(known) == checkpoint.scorer.units(footage) > 20
    np.testing.assert_allclose([found[frame] for frame in known], list(known.values()), rtol=0.05, atol=0.1)


def test_cubes_that_take_too_much_room_leave_nothing_behind(scene, tmp_path):
    with pytest.raises(ConfigError, match=r"cubes\.train_step"):
        method_of().footage(open_dataset(scene).train[0].source, tmp_path, 10_000)
    assert [file.name[:8] for file in tmp_path.rglob("*") if file.is_file()] == [
        "objects-"
    ]  # they were found all right


def write_still(path):
    with write_video(path, 96, 64, Fraction(10)) as sink:
        for n in range(12):
            sink.add(np.full((64, 96, 3), 90, np.uint8), n / 10)
    return path


@pytest.mark.parametrize("seed", range(3))
def test_a_still_video_among_others_costs_nothing(scene, tmp_path, seed):
    others = [video.source for video in open_dataset(scene).train]
    videos = [
        others[0],
        write_still(tmp_path / "a.mp4"),
        write_still(tmp_path / "b.mp4"),
        write_still(tmp_path / "c.mp4"),
    ]
    config = config_of(
        "training.epochs=1", "training.epoch_batches=1", f"training.seed={seed}", "training.held_out=0.5"
    )
    try:
        assert fit(videos, config, tmp_path / "m", CacheLimits(tmp_path / "cache"), data="made-up").checks
    except DataError as error:  # all that moves is on one side
        assert "in 7 frames" in str(error)


def test_a_video_without_objects_teaches_nothing_but_can_be_scored(checkpoint, tmp_path):
    write_still(tmp_path / "still.mp4")
    footage, _ = method_of().footage(tmp_path / "still.mp4", tmp_path, 10**9)
    assert (footage.frames, len(footage.frame)) == (12, 0)
    assert not len(method_of().starts([footage]))
    with pytest.raises(DataError, match="no object"):
        method_of().check([footage])
    result = score_video(tmp_path / "still.mp4", checkpoint).result
    assert set(result.paper.scores) == {float(checkpoint.scorer.network.calm)}
    assert np.abs(result.live.scores).max() < 1 and not result.events


@pytest.mark.parametrize("frames", [0, 1, 6], ids="{} frames".format)
def test_a_video_shorter_than_a_cube_is_refused(checkpoint, frames):
    with pytest.raises(VideoError, match=f"gate: {frames} frames are fewer than the 7"):
        list(checkpoint.scorer.judge("gate", a_square_that_walks(frames)))


def test_a_training_video_shorter_than_a_cube_is_noted_and_costs_nothing(scene, tmp_path):
    with write_video(tmp_path / "short.mp4", 96, 64, Fraction(10)) as sink:
        for n, rgb in a_square_that_walks(6, height=64):
            sink.add(rgb, n)
    videos = [tmp_path / "short.mp4", *(video.source for video in open_dataset(scene).train)]
    learnt = fit(videos, config_of("training.epochs=1"), tmp_path / "m", CacheLimits(tmp_path / "c"), data="made-up")
    assert learnt.problems == ("short.mp4: nothing is learnt from its 6 frames, a unit needs 7",)


def test_a_batch_holds_colours_and_flow_of_the_rows_asked_for():
    chance = np.random.default_rng(0)
    rgb = chance.integers(0, 255, (5, 7, 16, 16, 3), np.uint8)
    flow = chance.normal(size=(5, 7, 16, 16, 2)).astype(np.float16)
    footage = [Footage("a", 9, np.arange(5), rgb, flow), Footage("b", 9, np.arange(5), rgb[::-1], flow[::-1])]
    batch = method_of().batch(footage, np.array([[1, 0], [0, 2]]), chance)
    assert batch.shape == (2, 7, 5, 16, 16)
    np.testing.assert_allclose(batch[0, :, :3].movedim(1, -1), rgb[4] / 255, rtol=1e-6)
    np.testing.assert_allclose(batch[1, :, 3:].movedim(1, -1), flow[2])


def test_a_stretch_is_cut_by_frames_not_by_rows():
    footage = Footage("a", 10, np.array([0, 0, 4, 4, 4, 9]), np.arange(6, dtype=np.uint8)[:, None], None)
    first, rest = footage.cut(0, 4), footage.cut(4, 10)
    assert (first.frames, first.frame.tolist(), first.pictures.ravel().tolist()) == (4, [0, 0], [0, 1])
    assert (rest.frames, rest.frame.tolist(), rest.pictures.ravel().tolist()) == (6, [0, 0, 0, 5], [2, 3, 4, 5])


def test_learning_lowers_both_errors_and_measures_what_is_ordinary(checkpoint, scene, tmp_path):
    footage, _ = checkpoint.scorer.footage(open_dataset(scene).train[0].source, tmp_path, 10**9)
    untrained, trained = method_of().check([footage]), checkpoint.scorer.check([footage])
    assert [check.name for check in trained] == ["pixels, dB", "motion, dB"]
    for before, after in zip(untrained, trained, strict=True):
        assert after.value > before.value
        assert after.floors == before.floors
    standard = checkpoint.scorer.network.ordinary.tolist()
    assert min(standard) > 0
    scores = [unit.error for unit in checkpoint.scorer.judge_footage(footage)]
    assert np.median(scores) == pytest.approx(float(checkpoint.scorer.network.calm), abs=1.0)


def test_what_is_ordinary_is_measured_without_perturbation_and_calm_with(checkpoint, prepared, scene):
    config = config_of("perturbation.eta=0.01", "training.precision=fp32")
    method = build_method(config, CPU)
    method.network.load_state_dict(checkpoint.scorer.network.state_dict())
    footage, _ = method.footage(open_dataset(scene).train[0].source, prepared, 10**9)
    method.settle([footage])
    real = method.batch([footage], method.starts([footage]), np.random.default_rng(0))
    with torch.inference_mode():
        pixels, motion = method.network.eval()(real[:, :, :3])
    raw = (pixels - real[:, :, :3]).square().sum((1, 2, 3, 4)).double()
    moved = (motion - real[:, :, 3:]).square().sum((1, 2, 3, 4)).double()
    expected = [raw.mean(), raw.std(correction=0), moved.mean(), moved.std(correction=0)]
    np.testing.assert_allclose(method.network.ordinary, expected, rtol=1e-3)
    scores = [unit.error for unit in method.judge_footage(footage)]
    assert np.median(scores) == pytest.approx(float(method.network.calm), abs=1e-3)


def test_perturbed_scores_are_lower(checkpoint, clip):
    settings = checkpoint.config.settings
    config = replace(
        checkpoint.config, settings=replace(settings, perturbation=replace(settings.perturbation, eta=0.01))
    )
    method = build_method(config, CPU)
    method.network.load_state_dict(checkpoint.scorer.network.state_dict())
    pictures = pictures_of(clip)[:40]
    plain = [unit.error for unit in checkpoint.scorer.judge("gate", pictures)]
    moved = [unit.error for unit in method.judge("gate", pictures)]
    changed = np.array(plain) != np.array(moved)
    assert changed.any() and (np.array(moved) <= np.array(plain) + 1e-6).all()


def test_a_detector_is_named_by_its_digest(tmp_path):
    detector = write_red_finder(tmp_path / "red.onnx")
    settings = config_of(f"objects.detector={detector}").settings.completed(48, 64)
    assert len(settings.objects.sha256) == 64
    method = build_method(replace(config_of(), settings=settings), CPU)
    units = list(method.judge("gate", a_square_that_walks(12)))
    assert all((unit.objects.kinds >= 0).any() for unit in units)  # found by the detector
    (tmp_path / "other.onnx").write_bytes(detector.read_bytes() + b"\n\n")
    moved = replace(settings, objects=replace(settings.objects, detector=str(tmp_path / "other.onnx")))
    with pytest.raises(ConfigError):
        build_method(replace(config_of(), settings=moved), CPU)


@pytest.mark.parametrize("size", [(17, 23), (8, 8), (48, 161)], ids=str)
def test_odd_and_tiny_pictures_are_scored(checkpoint, size):
    chance = np.random.default_rng(1)
    pictures = ((n / 10, chance.integers(0, 255, (*size, 3), np.uint8)) for n in range(9))
    assert len(list(checkpoint.scorer.judge("gate", pictures))) == 9


def test_another_detector_is_refused_after_training_whichever_way(checkpoint, tmp_path):
    from unusual.run.checkpoint import save_checkpoint

    save_checkpoint(tmp_path, checkpoint)
    detector = write_red_finder(tmp_path / "red.onnx")
    with pytest.raises(ConfigError, match="trained without such a file"):
        load_checkpoint(tmp_path, [f"objects.detector={detector}"])
    with_detector = replace(
        checkpoint,
        config=replace(checkpoint.config, settings=config_of(f"objects.detector={detector}").settings.completed(1, 1)),
    )
    save_checkpoint(tmp_path, with_detector)
    assert load_checkpoint(tmp_path).scorer.finder.digest
    with pytest.raises(ConfigError, match="give that file again"):
        load_checkpoint(tmp_path, ["objects.detector="])


def test_only_what_leaves_the_meaning_alone_can_be_changed_after_training(checkpoint, tmp_path):
    from unusual.run.checkpoint import save_checkpoint

    save_checkpoint(tmp_path, checkpoint)
    assert load_checkpoint(tmp_path, ["cubes.step=5"]).config.settings.cubes.step == 5
    for change in ("perturbation.eta=0.1", "score.w_raw=3", "objects.score=0.1", "clips.step=3"):
        with pytest.raises(ConfigError, match="after training only"):
            load_checkpoint(tmp_path, [change])
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / "none")
