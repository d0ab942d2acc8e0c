"""Frame scores in the forms in which people keep them: all give the same numbers, and what is none is named."""

import hashlib
import json

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from unusual.errors import DataError
from unusual.measure import score_files
from unusual.measure.score_files import read_values

CLIPS = {"01": np.array([0.5, np.nan, -1.25]), "02.mp4": np.array([3.0, 2.0, 1e-3, 7.0])}
WHOLE = np.concatenate([*CLIPS.values()])


@pytest.fixture
def forms(tmp_path):
    """The same scores in every form."""
    lines = [f"{name},{n},{'' if np.isnan(x) else x}" for name, each in CLIPS.items() for n, x in enumerate(each)]
    np.save(tmp_path / "whole.npy", WHOLE)
    np.save(tmp_path / "row.npy", WHOLE[None])
    np.save(tmp_path / "column.npy", WHOLE[:, None])
    np.savez(tmp_path / "clips.npz", **CLIPS)
    np.savez(tmp_path / "in order.npz", *CLIPS.values())
    np.savez(tmp_path / "one.npz", scores=WHOLE)
    (tmp_path / "whole.csv").write_text("score\n" + "\n".join(map(str, WHOLE)))
    (tmp_path / "CLIPS.CSV").write_text("\ufeffvideo, frame, score, note\n" + ",x\n".join(reversed(lines)))
    told = {name: [None if np.isnan(x) else x for x in each] for name, each in CLIPS.items()}
    (tmp_path / "clips.json").write_text(json.dumps(told))
    (tmp_path / "whole.txt").write_text("0.5, nan\n-1.25 3 2\n1e-3,7")
    cells = np.empty((1, 2), object)
    cells[0, :] = [each[None] for each in CLIPS.values()]
    savemat(tmp_path / "cells.mat", {"scores": cells})
    savemat(tmp_path / "whole.mat", {"s": WHOLE})
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder/02.mp4.npy", CLIPS["02.mp4"])
    np.savetxt(tmp_path / "folder/01.txt", CLIPS["01"])
    (tmp_path / "folder/notes.md").write_text("not a file of scores")
    return tmp_path


@pytest.mark.parametrize(
    "form",
    [
        *("whole.npy", "row.npy", "column.npy", "whole.csv", "whole.txt"),
        *("in order.npz", "one.npz", "whole.mat", "cells.mat"),
    ],
)
def test_one_row_of_numbers_is_clip_behind_clip(forms, form):
    values, digest = read_values(forms / form)
    np.testing.assert_array_equal(values, WHOLE)
    assert digest == hashlib.sha256((forms / form).read_bytes()).hexdigest()


@pytest.mark.parametrize("form", ["clips.npz", "CLIPS.CSV", "clips.json", "folder"])
def test_clips_that_have_names_keep_them(forms, form):
    values, _ = read_values(forms / form)
    assert set(values) == set(CLIPS)
    for name, each in CLIPS.items():
        np.testing.assert_array_equal(values[name], each)


def test_the_digest_of_a_folder_is_that_of_the_digests_of_its_files_in_natural_order(tmp_path):
    for name in ("10", "9"):
        (tmp_path / f"{name}.txt").write_text(name)
    values, digest = read_values(tmp_path)
    assert [*values] == ["9", "10"]
    both = "".join(hashlib.sha256(name.encode()).hexdigest() for name in ("9", "10"))
    assert digest == hashlib.sha256(both.encode()).hexdigest()


def test_arrays_in_a_row_are_put_in_the_order_of_their_numbers(tmp_path):
    np.savez(tmp_path / "a.npz", *(np.array([float(n)]) for n in range(12)))
    assert read_values(tmp_path / "a.npz")[0].tolist() == [float(n) for n in range(12)]


BAD = {
    "table.npy": (np.zeros((2, 135)), r"numbers \(M,\), clip behind clip, got \(2, 135\)"),
    "words.npy": (np.array(["a"]), "numbers"),
    "pickle.npy": (np.array([{}], object), r"without pickle: a = np.load.*np\.save\(path, np\.concatenate"),
    "many.npz": ({"01": np.zeros(135), "02": np.zeros((135, 2))}, r"02: scores must be numbers .* got \(135, 2\)"),
    "empty.npz": ({}, "holds no array"),
    "archive.npy": (b"PK", "as an array"),
    "same.json": ('{"01": [0], "02": [0], "01": [1]}', "has '01' twice"),
    "words.txt": ("0.1 high", "numbers between white space or commas"),
    "noise.npz": (b"noise", "as an archive"),
    "noise.mat": (b"noise", "as a MATLAB file"),
    "noise.npy": (b"noise", "without pickle"),
    "word.json": ('{"02": ["a"]}', "'02': scores must be a list of numbers"),
    "flag.json": ('{"02": [true]}', "'02': scores must be a list of numbers"),
    "huge.json": (f'{{"01": [{"9" * 400}]}}', "'01': scores must be a list of numbers"),
    "list.json": ("[1, 2]", "must be an object"),
    "nothing.json": ("{}", "must be an object"),
    "deep.json": ("[" * 100_000, "as JSON"),
    "broken.json": ("{", "as JSON"),
    "word.csv": ("score\n1\nbad\n", "line 3: expected a frame from 0 and a score, got 'bad'"),
    "from one.csv": ("video,frame,score\n01,1,0\n01,2,0\n", "01: frame 0 is missing"),
    "again.csv": ("video,frame,score\n01,0,0\n01,0,1\n", "line 3: frame 0 of 01 is there twice"),
    "half a frame.csv": ("video,frame,score\n01,0.5,0\n", "line 2: expected a frame"),
    "cut.csv": ("video,frame,score\n01,0\n", "line 2: expected a frame"),
    "columns.csv": ("video,score\n01,0\n", "first line must be video,frame,score"),
    "empty.csv": ("", "first line must be"),
    "bytes.csv": (b"\xff\xfe\x00", "cannot read"),
    "scores.pkl": ("1", "must be a .npy, .npz, .mat, .csv, .txt or .json file, or a folder of them"),
    "none.npy": (None, "cannot read .*none.npy: No such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_scores_is_refused_in_a_line_that_says_where(tmp_path, name):
    content, message = BAD[name]
    path = tmp_path / name
    if isinstance(content, np.ndarray):
        np.save(path, content, allow_pickle=True)
    elif isinstance(content, dict):
        np.savez(path, **content)
    elif content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message) as caught:
        read_values(path)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_an_archive_that_unpacks_to_far_more_than_scores_is_not_unpacked(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10_000))
    monkeypatch.setattr(score_files, "MOST_UNPACKED", 80_000)
    with pytest.raises(DataError, match=r"unpacks to 0\.0 GB"):
        read_values(tmp_path / "a.npz")


def test_a_matlab_file_of_the_newer_kind_says_how_to_save_it(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["scores"] = WHOLE
    with pytest.raises(DataError, match=r"is a MATLAB 7\.3 file: save it with -v7"):
        read_values(tmp_path / "a.mat")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({}, "has no file of scores", id="empty"),
        pytest.param({"01.txt": "1 2", "01.csv": "score\n1\n"}, "has scores of 01 twice", id="a clip twice"),
        pytest.param({"all.json": '{"01": [1]}'}, "has scores of several clips", id="all clips in one file"),
    ],
)
def test_folders_that_are_no_scores_are_refused(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said):
        read_values(tmp_path)
