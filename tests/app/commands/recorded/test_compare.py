"""Scores that others made: every form gives the same table, and what does not fit is told."""

import hashlib
import json
import subprocess
import sys
from fractions import Fraction

import cv2
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from unusual.app.commands.recorded.compare import compare
from unusual.data.datasets import open_dataset, read_truth
from unusual.errors import DataError, VideoError
from unusual.measure.compare import Smoothing, scaled
from unusual.measure.others import read_foreign
from unusual.video.floors import FLOORS

FRAMES = 135  # of each of the scene's two clips
PLAIN = Smoothing(0)
FLOOR_ROWS = [name for floor in FLOORS for name in (floor, scaled(floor))]


def run_comparison(data, scores, out, smoothing, *, lower_is_worse=False, rate=None):
    compare(data, [scores], lower_is_worse=lower_is_worse, sigma=smoothing.sigma, out=out, rate=rate)


@pytest.fixture(autouse=True)
def drawn(monkeypatch):
    """The folders in which pictures were wanted: drawing them takes a second each time."""
    folders = []
    monkeypatch.setattr("unusual.app.report.tables.draw_pictures", lambda folder, _: folders.append(folder))
    return folders


@pytest.fixture(scope="module")
def scores():
    made = np.random.default_rng(0).normal(size=2 * FRAMES).round(3)
    made[[0, 200]] = np.nan
    return made


@pytest.fixture
def forms(scores, tmp_path):
    """The same scores as a row of numbers, by name of their clips, and in a folder."""
    clips = dict(zip(("01", "02.mp4"), np.split(scores, 2), strict=True))
    np.save(tmp_path / "whole.npy", scores)
    told = {name: [None if np.isnan(x) else x for x in each] for name, each in clips.items()}
    (tmp_path / "clips.json").write_text(json.dumps(dict(reversed(told.items()))))
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder/02.npy", clips["02.mp4"])
    np.savetxt(tmp_path / "folder/01.txt", clips["01"])
    return tmp_path


@pytest.mark.parametrize("form", ["whole.npy", "clips.json", "folder"])
def test_every_form_gives_the_figures_of_its_scores(form, forms, scene, scores, drawn, tmp_path, capsys):
    run_comparison(scene, forms / form, tmp_path / "out", PLAIN)
    said = capsys.readouterr().out
    document = json.loads((tmp_path / "out/results.json").read_text())
    assert list(document["protocols"]) == [form, scaled(form), *FLOOR_ROWS]
    own = document["protocols"][form]
    truth = [read_truth(video, np.arange(FRAMES) / 15).abnormal for video in open_dataset(scene).test]
    labels, told = np.concatenate(truth), ~np.isnan(scores)
    assert own["micro_auc"] == pytest.approx(roc_auc_score(labels[told], scores[told]))
    assert (own["frames_scored"], own["frames_left_out"]) == (268, 2)
    assert "268 frames scored, 2 left out" in said
    assert [(clip["name"], clip["frames"]) for clip in document["clips"]] == [("01.mp4", FRAMES), ("02.mp4", FRAMES)]
    assert set(document["kinds"]) == {"cyclist", "cart"}
    assert [point["threshold"] for point in document["alarms"]["points"]] == [
        min(np.nanmax(each[shown]) for each, shown in zip(np.split(scores, 2), truth, strict=True))
    ]
    assert document["localisation"] is None
    origin = {"file": form, "sha256": digest_of(forms / form), "lower_is_worse": False}
    assert document["provenance"] == {"data": "own", "scores": {form: origin}}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["results.json"]
    assert drawn == [tmp_path / "out"]


def digest_of(path):
    """Of a folder: of the digests of its files."""
    if path.is_dir():
        return hashlib.sha256("".join(map(digest_of, sorted(path.iterdir()))).encode()).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_floor_is_that_of_our_own_evaluation(forms, scene, tmp_path, trained):
    from unusual.measure.evaluate import evaluate, score_clip
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.score import Thresholds

    run_comparison(scene, forms / "whole.npy", tmp_path / "out", PLAIN)
    document = json.loads((tmp_path / "out/results.json").read_text())
    checkpoint = load_checkpoint(trained)
    ours = evaluate([score_clip(video, checkpoint, Thresholds()).result for video in open_dataset(scene).test])
    micro = {row.protocol: row.metrics.micro_auc for row in ours.rows}
    assert all(document["protocols"][name]["micro_auc"] == micro[name] for name in FLOOR_ROWS)


def test_lower_is_worse_turns_every_score(forms, scene, scores, tmp_path):
    np.save(tmp_path / "psnr.npy", -scores)
    run_comparison(scene, tmp_path / "psnr.npy", tmp_path / "turned", PLAIN, lower_is_worse=True)
    run_comparison(scene, forms / "whole.npy", tmp_path / "plain", PLAIN)
    turned, plain = (json.loads((tmp_path / name / "results.json").read_text()) for name in ("turned", "plain"))
    assert list(turned["protocols"].values()) == list(plain["protocols"].values())
    assert turned["provenance"]["scores"]["psnr.npy"]["lower_is_worse"] is True
    values = read_foreign(forms / "clips.json", lower_is_worse=True).values
    np.testing.assert_array_equal(values["01"], -scores[:FRAMES])


def test_smoothed_rows_are_of_their_scores_alone(forms, scene, tmp_path):
    run_comparison(scene, forms / "whole.npy", tmp_path / "out", Smoothing(2))
    protocols = json.loads((tmp_path / "out/results.json").read_text())["protocols"]
    smooth = [name for name in protocols if "smoothed" in name]
    assert smooth == ["whole.npy, smoothed (Gaussian, sigma 2 frames)"]
    assert protocols[smooth[0]]["frames_left_out"] == 2


def test_a_set_of_frames_has_its_own_seconds_unless_told_and_the_same_areas(tmp_path):
    """Sixty frames, abnormal from the 20th to the 29th; the alarm comes five frames late and once more, false."""
    clip = tmp_path / "ped2/testing/frames/01"
    clip.mkdir(parents=True)
    for n in range(60):
        cv2.imwrite(str(clip / f"{n:03}.png"), np.full((16, 24), 3 * n, np.uint8))
    shown = (np.arange(60) >= 20) & (np.arange(60) < 30)
    np.save(tmp_path / "ped2/frame_labels_ped2.npy", shown)
    np.save(tmp_path / "scores.npy", np.where(np.isin(np.arange(60), [25, 50]), 1.0, 0.0))
    documents = []
    for rate in (None, Fraction(5)):
        run_comparison(tmp_path / "ped2", tmp_path / "scores.npy", tmp_path / "out", PLAIN, rate=rate)
        documents.append(json.loads((tmp_path / "out/results.json").read_text()))
    known, told = (document["alarms"]["points"][0] for document in documents)
    assert (known["median_delay_s"], told["median_delay_s"]) == (0.5, 1)  # five frames at 10 and at 5 a second
    assert known["ordinary_hours"] * 3600 == pytest.approx((10 + 20) / 10)  # less a second on either side
    assert told["ordinary_hours"] * 3600 == pytest.approx((15 + 25) / 5)
    assert known["false_alarms_per_hour"] == pytest.approx(3600 / 3)
    assert documents[0]["protocols"] == documents[1]["protocols"]


def good(**changes):
    return json.dumps({"01": [0.0] * FRAMES, "02": [0.0] * FRAMES} | changes)


ROWS = "\n".join(f"01,{n},0" for n in range(FRAMES))
BAD = {
    "one short.txt": ("0 " * 269, "269 scores, but the 2 test clips have 270 frames"),
    "short clip.json": (good(**{"02": [0.0] * 134}), "134 scores for the 135 frames of 02"),
    "missing.json": (json.dumps({"01": [0.0] * FRAMES}), "no scores for clip 02"),
    "strange.json": (good(**{"03": [0.0]}), "scores of '03', which is no test clip"),
    "twice.json": (good(**{"02.mp4": [0.0]}), "two entries for clip 02"),
    "short.csv": ("score\n1\n2\n", "2 scores, but the 2 test clips have 270 frames"),
    "missing.csv": ("video,frame,score\n" + ROWS, "no scores for clip 02"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_is_refused_and_nothing_is_written(name, scene, tmp_path):
    content, message = BAD[name]
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(DataError, match=message) as caught:
        run_comparison(scene, path, tmp_path / "out", PLAIN)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_missing_file_a_bad_clip_and_a_set_without_labels_are_refused(forms, scene, tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*no\.npy: No such file"):
        run_comparison(scene, forms / "no.npy", tmp_path / "out", PLAIN)
    own = tmp_path / "own/test"
    own.mkdir(parents=True)
    (own / "01.mp4").write_bytes(b"no video")
    with pytest.raises(DataError, match="no test clip with labels"):
        run_comparison(own.parent, forms / "whole.npy", tmp_path / "out", PLAIN)
    (own.parent / "labels.csv").write_text("video,start_s,end_s\n")
    with pytest.raises(VideoError, match=r"01\.mp4"):
        run_comparison(own.parent, forms / "whole.npy", tmp_path / "out", PLAIN)
    assert not (tmp_path / "out").exists()


def test_it_needs_no_torch():
    code = "import sys; import unusual.measure.others; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_old_words_give_the_same_and_name_the_new_ones(run, forms, scene, tmp_path):
    code, said, err = run("compare", scene, forms / "whole.npy", "--out", tmp_path / "new")
    assert code == 0
    assert "compare" not in err
    code, old, err = run("evaluate", scene, "--scores", forms / "whole.npy", "--out", tmp_path / "old")
    assert code == 0
    assert "unusual compare" in " ".join(err.split())
    assert old.replace("/old/", "/new/") == said
    assert (tmp_path / "old/results.json").read_text() == (tmp_path / "new/results.json").read_text()


def test_several_files_and_a_checkpoint_stand_in_one_table_under_their_names(run, forms, scene, tmp_path, trained):
    words = ("--name", "ours", "--sigma", "0", "--out", tmp_path / "out")
    code, _, err = run("compare", scene, forms / "whole.npy", forms / "clips.json", "-c", trained, *words)
    assert code == 0, err
    document = json.loads((tmp_path / "out/results.json").read_text())
    own = [f"{trained.name}, live scale", f"{trained.name}, paper's protocol (min-max over each test video)"]
    assert document["judged"] == [*own, "ours", "clips.json", *FLOORS]
    assert list(document["provenance"]["scores"]) == [*own, "ours", "clips.json"]
    assert document["provenance"]["scores"]["ours"]["file"] == "whole.npy"
    protocols = document["protocols"]
    assert protocols["ours"] == protocols["clips.json"]
    assert protocols[own[0]]["micro_auc"] != protocols["ours"]["micro_auc"]
    code, _, err = run("evaluate", scene, "--scores", forms / "whole.npy", "--scores", forms / "clips.json", *words)
    assert code == 0, err
    assert json.loads((tmp_path / "out/results.json").read_text())["judged"] == ["ours", "clips.json", *FLOORS]


def test_scores_that_lack_the_first_frames_of_each_clip_say_so_in_the_table(run, forms, scores, scene, tmp_path):
    short = np.concatenate([each[4:] for each in np.split(scores, 2)])
    np.save(tmp_path / "short.npy", short)
    code, _, err = run("compare", scene, tmp_path / "short.npy", "--out", tmp_path / "no")
    assert code == 2
    assert "262 scores, but the 2 test clips have 270 frames: where each clip lacks its first 4, add --pad 4" in err
    code, _, err = run("compare", scene, tmp_path / "short.npy", forms / "whole.npy", "--pad", "4", "--out", tmp_path)
    assert code == 0, err
    document = json.loads((tmp_path / "results.json").read_text())
    padded = "short.npy (the first 4 frames of each clip left out)"
    assert document["judged"] == [padded, "whole.npy", *FLOORS]
    assert document["provenance"]["scores"][padded]["pad_front"] == 4
    left_out = {name: row["frames_left_out"] for name, row in document["protocols"].items()}
    assert (left_out[padded], left_out["whole.npy"]) == (9, 2)  # eight, and one that was not scored itself


def test_scores_that_lack_both_ends_are_set_in_the_middle(scene, scores, tmp_path):
    clips = {name: each[2:-3] for name, each in zip(("01", "02"), np.split(scores, 2), strict=True)}
    np.savez(tmp_path / "middle.npz", **clips)
    compare(scene, [tmp_path / "middle.npz"], pad="2, 3", out=tmp_path)
    (name, *_) = json.loads((tmp_path / "results.json").read_text())["judged"]
    assert name == "middle.npz (the first 2 and the last 3 frames of each clip left out)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["{data}"], "give files of scores, or --checkpoint", id="nothing to compare"),
        pytest.param(["{data}", "{npy}", "--name", "a", "--name", "b"], "2 times for 1 files", id="a name too many"),
        pytest.param(["{data}", "{npy}", "{npy}"], "two rows would be called whole.npy", id="one name for two"),
        pytest.param(["{data}", "{npy}", "--name", "frame difference"], "two rows", id="the name of a floor"),
        pytest.param(["{data}", "{npy}", "--pad", "few"], "--pad is how many frames", id="no number"),
        pytest.param(["{data}", "{npy}", "--pad", "2000"], "from 0 to 1000 frames", id="too many"),
    ],
)
def test_words_that_make_no_table_are_refused(run, forms, scene, tmp_path, words, said):
    given = [word.format(data=scene, npy=forms / "whole.npy") for word in words]
    code, _, err = run("compare", *given, "--out", tmp_path / "out")
    assert code == 2
    assert said in " ".join(err.split())
    assert not (tmp_path / "out").exists()


def test_a_name_with_any_videos_suffix_is_the_clips(scene, scores, tmp_path):
    clips = dict(zip(("01.avi", "02"), np.nan_to_num(scores).reshape(2, -1).tolist(), strict=True))
    (tmp_path / "a.json").write_text(json.dumps(clips))
    run_comparison(scene, tmp_path / "a.json", tmp_path / "out", PLAIN)
