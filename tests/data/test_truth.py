"""Every form of label, written here as it is handed round, and every way in which one is refused."""

import cv2
import h5py
import numpy as np
import pytest
from scipy.io import savemat

from unusual.data.truth import (
    FrameRanges,
    LabelFile,
    LabelRow,
    PixelMasks,
    SecondsTable,
    _load_array,
    _masks_in_mat,
    iterate_masks,
    iterate_objects,
    read_labels,
    read_table,
)
from unusual.errors import DataError

UCSD_M = """% TestVideoFile{end+1}.gt_frame = [9:9]; is a comment
TestVideoFile = {};
TestVideoFile{end+1}.gt_frame = [3:5];
TestVideoFile{end+1}.gt_frame = [1:2, 5:6]; % twice
TestVideoFile{end+1}.gt_frame = [ 6 ];
TestVideoFile{end+1}.gt_frame = [];
"""


def times(frames: int) -> np.ndarray:
    return np.arange(frames) / 10  # 10 frames a second


def numbers(source, frames: int) -> list[int]:  # abnormal frames, counted from 1 as the label files do
    return (np.flatnonzero(read_labels(source, times(frames)).abnormal) + 1).tolist()


def ranges(path, order: int, clips: int = 4, number: int | None = None) -> FrameRanges:
    return FrameRanges(path, order, clips, number)


def masks(frames: int = 4, abnormal: int = 2) -> np.ndarray:  # one abnormal pixel, in one frame, off the diagonal
    picture = np.zeros((frames, 5, 7), np.uint8)
    picture[abnormal, 1, 6] = 1
    return picture


def cell_array(entries) -> np.ndarray:
    cells = np.empty((1, len(entries)), dtype=object)
    for i, entry in enumerate(entries):
        cells[0, i] = entry
    return cells


def write_volume_73(path, volume):
    """What MATLAB's -v7.3 writes: 512 bytes of header, cells as references into #refs#, every array transposed."""
    with h5py.File(path, "w", userblock_size=512) as file:
        cells = file.create_dataset("volLabel", (len(volume), 1), dtype=h5py.ref_dtype)
        cells.attrs["MATLAB_class"] = np.bytes_("cell")
        for i, mask in enumerate(volume):
            file[f"#refs#/{i}"] = mask.T
            cells[i, 0] = file[f"#refs#/{i}"].ref
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param(0, [3, 4, 5], id="both ends are included, counted from 1"),
        pytest.param(1, [1, 2, 5, 6], id="several ranges in one line"),
        pytest.param(2, [6], id="a single frame"),
        pytest.param(3, [], id="nothing abnormal"),
    ],
)
def test_ranges_of_ucsd(tmp_path, place, expected):
    path = tmp_path / "UCSDped1.m"
    path.write_text(UCSD_M)
    assert numbers(ranges(path, place, clips=4), 6) == expected


@pytest.mark.parametrize(("place", "expected"), [(0, [3, 4, 5]), (1, [1, 2, 6]), (2, [])])
def test_ranges_of_liu(tmp_path, place, expected):
    path = tmp_path / "ped1.mat"
    cells = [np.array([[3], [5]], np.uint8), np.array([[1, 6], [2, 6]], np.uint16), np.zeros((0, 0))]
    savemat(path, {"gt": cell_array(cells)})
    assert numbers(ranges(path, place, clips=3), 6) == expected


@pytest.mark.parametrize(
    ("text", "clips", "message"),
    [
        pytest.param(UCSD_M, 4, "frames 3 to 5 are labelled in a clip of 4 frames", id="beyond the clip"),
        pytest.param(UCSD_M, 5, "lists 4 clips, the test clips are 5", id="a clip too many"),
        pytest.param("gt_frame = [0:3];", 1, "frames 0 to 3", id="counted from 0"),
        pytest.param("gt_frame = [3:2];", 1, "frames 3 to 2", id="backwards"),
        pytest.param("gt_frame = [1:2:4];", 1, "expected ranges like", id="with a step"),
        pytest.param("gt_frame = find(x);", 1, "expected ranges like", id="code"),
        pytest.param("nothing here", 1, "no line of the form", id="no entry"),
    ],
)
def test_bad_ranges_are_refused(tmp_path, text, clips, message):
    path = tmp_path / "UCSDped2.m"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_labels(ranges(path, 0, clips), times(4))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({"other": np.zeros(3)}, id="another variable"),
        pytest.param({"gt": np.zeros((2, 3))}, id="no cell array"),
        pytest.param({"gt": cell_array([np.zeros((3, 1))])}, id="not 2xK"),
        pytest.param(b"MATLAB 5.0 MAT-file, cut short", id="damaged"),
    ],
)
def test_a_bad_mat_is_refused(tmp_path, content):
    path = tmp_path / "ped2.mat"
    path.write_bytes(content) if isinstance(content, bytes) else savemat(path, content)
    with pytest.raises(DataError, match=r"ped2\.mat"):
        read_labels(ranges(path, 0), times(4))


@pytest.mark.parametrize("shape", [(1, 7), (7,), (7, 1)])
@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.float32])
def test_a_row_of_all_clips_is_cut(tmp_path, shape, dtype):
    path = tmp_path / "frame_labels_ped2.npy"
    np.save(path, np.array([0, 0, 1, 1, 0, 0, 1], dtype).reshape(shape))
    assert numbers(LabelRow(path, first=2, frames=3, total=7), 3) == [1, 2]


@pytest.mark.parametrize(
    ("row", "frames", "message"),
    [
        pytest.param(LabelRow, 3, "7 labels, but the test clips have 8 frames", id="row does not fit the set"),
        pytest.param(LabelFile, 6, "7 labels for a clip of 6 frames", id="file does not fit the clip"),
    ],
)
def test_a_wrong_length_is_told_with_both_numbers(tmp_path, row, frames, message):
    path = tmp_path / "01.npy"
    np.save(path, np.zeros(7))
    source = LabelRow(path, 0, frames, 8) if row is LabelRow else LabelFile(path)
    with pytest.raises(DataError, match=message):
        read_labels(source, times(frames))


def test_a_row_that_fits_the_set_but_not_what_was_decoded_is_refused(tmp_path):
    np.save(tmp_path / "row.npy", np.zeros(7))
    with pytest.raises(DataError, match="4 labels for a clip of 3 frames"):
        read_labels(LabelRow(tmp_path / "row.npy", 0, 4, 7), times(3))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        pytest.param(np.array([0, 2, 1]), "must be 0 or 1", id="a class number"),
        pytest.param(np.array([0, np.nan, 1]), "must be 0 or 1", id="nan"),
        pytest.param(np.array(["0", "1", "1"]), "must be 0 or 1", id="text"),
        pytest.param(np.zeros((3, 3)), r"must be \(N,\), got \(3, 3\)", id="a matrix"),
        pytest.param(np.array([[0], [1, 0]], dtype=object), "needs pickle, which can run code", id="pickle"),
    ],
)
def test_arrays_that_are_no_labels_are_refused(tmp_path, labels, message):
    np.save(tmp_path / "01.npy", labels, allow_pickle=True)
    with pytest.raises(DataError, match=message):
        read_labels(LabelFile(tmp_path / "01.npy"), times(3))


def test_a_missing_or_damaged_array_is_one_clear_line(tmp_path):
    (tmp_path / "damaged.npy").write_bytes(b"\x93NUMPY\x01\x00")
    for name, message in (("absent.npy", "no label file"), ("damaged.npy", "cannot read")):
        with pytest.raises(DataError, match=message):
            read_labels(LabelFile(tmp_path / name), times(3))


def test_seconds_are_applied_by_time_stamps(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("video,start_s,end_s,kind\na,0.1,0.35,cart\nb,0,9,fall\na.mp4, 0.9,2,runner\na,0.3,0.31,cart\n")
    uneven = np.array([0, 0.1, 0.2, 0.36, 0.8, 0.9, 1.5])
    truth = read_labels(SecondsTable(path, ("a.mp4", "a")), uneven)
    assert truth.abnormal.tolist() == [False, True, True, False, False, True, True]
    assert truth.kinds == ("cart", "runner")
    assert not read_labels(SecondsTable(path, ("c",)), uneven).abnormal.any()


def test_rounded_seconds_still_include_both_ends(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("\ufeffvideo,start_s,end_s\r\na,0.067,0.133\r\n", encoding="utf-8")  # as spreadsheets write it
    assert np.flatnonzero(read_labels(SecondsTable(path, ("a",)), np.arange(9) / 30).abnormal).tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a,1,2\n", "the first line must be video,start_s,end_s", id="no header"),
        pytest.param("video;start_s;end_s\na;1;2\n", "the first line must be", id="semicolons"),
        pytest.param("", "the first line must be", id="empty"),
        pytest.param("video,start_s,end_s\na,1,2\na,x,2\n", "line 3: start_s and end_s must be", id="no number"),
        pytest.param("video,start_s,end_s\na,1\n", "line 2: start_s and end_s must be seconds", id="short line"),
        pytest.param("video,start_s,end_s\na,3,2\n", "line 2: need 0 <= start_s <= end_s", id="backwards"),
        pytest.param("video,start_s,end_s\na,-1,2\n", "line 2: need 0 <= start_s <= end_s", id="before the start"),
        pytest.param("video,start_s,end_s\na,nan,2\n", "line 2: need 0 <= start_s <= end_s", id="nan"),
        pytest.param("video,start_s,end_s\na,1,inf\n", "line 2: need 0 <= start_s <= end_s", id="endless"),
    ],
)
def test_a_bad_table_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "labels.csv")


def test_a_stretch_after_the_end_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("video,start_s,end_s\na,5,6\n")
    with pytest.raises(DataError, match=r"starts at 5 s, the last frame is at 0\.2 s"):
        read_labels(SecondsTable(tmp_path / "labels.csv", ("a",)), times(3))


def write_masks(form: str, folder, volume):
    path = folder / form
    if form in ("bmp", "png"):
        path.mkdir()
        for i, mask in enumerate(volume):
            cv2.imwrite(str(path / f"{i + 8}.{form}"), mask * 255)  # 8, 9, 10, 11
        (path / f"._8.{form}").write_bytes(b"hidden")
    elif form == "5.mat":
        savemat(path, {"volLabel": cell_array(list(volume))})
    elif form == "7.mat":
        write_volume_73(path, volume)
    elif form == "a.npy":
        np.save(path, volume)
    else:
        np.savez_compressed(path, masks=volume.astype(bool))
    return path


@pytest.mark.parametrize("form", ["bmp", "png", "5.mat", "7.mat", "a.npy", "a.npz"])
def test_masks_in_every_form(tmp_path, form):
    path = write_masks(form, tmp_path, masks())
    read = np.stack(list(iterate_masks(path)))
    assert read.dtype == np.bool_
    assert np.array_equal(read, masks() == 1)
    assert numbers(PixelMasks(path), 4) == [3]
    with pytest.raises(DataError, match="4 labels for a clip of 5 frames"):
        read_labels(PixelMasks(path), times(5))


@pytest.mark.parametrize("form", ["5.mat", "7.mat", "a.npy", "a.npz"])
def test_masks_that_are_not_pictures_are_refused(tmp_path, form):
    path = write_masks(form, tmp_path, np.zeros((4, 2, 2, 3), np.uint8))
    with pytest.raises(DataError, match=form):
        list(iterate_masks(path))


@pytest.mark.parametrize("form", ["png", "5.mat", "7.mat", "a.npy", "a.npz"])
def test_damaged_masks_are_refused(tmp_path, form):
    path = write_masks(form, tmp_path, masks())
    file = path / "9.png" if path.is_dir() else path
    file.write_bytes(file.read_bytes()[:-60] if form == "png" else file.read_bytes()[:130])
    with pytest.raises(DataError, match=form):
        list(iterate_masks(path))


def test_missing_masks_and_missing_variables_are_refused(tmp_path):
    savemat(tmp_path / "5.mat", {"other": np.zeros(3)})
    with h5py.File(tmp_path / "7.mat", "w") as file:
        file["volLabel"] = np.zeros((2, 1))
    np.savez(tmp_path / "a.npz", other=np.zeros(3))
    for name in ("absent", "5.mat", "7.mat", "a.npz"):
        with pytest.raises(DataError, match=name):
            list(iterate_masks(tmp_path / name))


def test_numbers_of_unusual_objects_stand_beside_the_masks(tmp_path):
    objects = np.zeros((3, 4, 6), np.uint16)
    objects[1, 2, 3:5], objects[2, 0, 0] = 700, 2
    np.savez(tmp_path / "a.npz", masks=objects > 0, objects=objects)
    np.savez(tmp_path / "plain.npz", masks=objects > 0)
    np.save(tmp_path / "a.npy", objects > 0)
    assert np.array_equal(np.stack(list(iterate_objects(tmp_path / "a.npz"))), objects)
    assert np.array_equal(np.stack(list(iterate_masks(tmp_path / "a.npz"))), objects > 0)
    assert iterate_objects(tmp_path / "plain.npz") is None
    assert iterate_objects(tmp_path / "a.npy") is None
    assert iterate_objects(tmp_path / "missing.npz") is None


@pytest.mark.parametrize("wrong", [np.ones((2, 4, 6), np.uint16), np.zeros((2, 4, 6)), np.zeros((1, 4, 6), np.uint16)])
def test_numbers_that_contradict_the_masks_are_refused(tmp_path, wrong):
    np.savez(tmp_path / "a.npz", masks=np.zeros((2, 4, 6), bool), objects=wrong)
    with pytest.raises(DataError, match="objects must be whole numbers, above 0 where masks are set"):
        iterate_objects(tmp_path / "a.npz")


def test_an_archive_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", masks=np.zeros((200, 100, 100), bool))
    monkeypatch.setattr("unusual.data.truth.MOST_UNPACKED", 1_000_000)
    with pytest.raises(DataError, match=r"a\.npz unpacks to 0\.0 GB: keep it as \.npy"):
        _load_array(tmp_path / "a.npz")


def test_a_mask_of_the_newer_matlab_that_unpacks_to_far_more_is_refused(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "7.mat", "w") as file:
        mask = file.create_dataset("mask", data=np.zeros((1000, 1000)), compression="gzip")
        file.create_dataset("volLabel", (1, 1), dtype=h5py.ref_dtype)[0, 0] = mask.ref
    monkeypatch.setattr("unusual.data.matlab.MOST_UNPACKED", 1_000_000)
    with pytest.raises(DataError, match=r"unpacks to 0\.0 GB a cell"):
        list(_masks_in_mat(tmp_path / "7.mat"))
