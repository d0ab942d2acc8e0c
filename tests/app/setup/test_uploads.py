"""Footage that comes: whole or not at all, bounded, and under a name that is no path."""

import pytest
from made_camera import unusual_clip

from unusual.app.setup import uploads
from unusual.app.setup.uploads import MOST_BYTES, file_name, upload, uploaded
from unusual.errors import DataError


def take(folder, data, name="monday.mp4", size=None):
    with upload(folder, name, len(data) if size is None else size) as coming:
        for at in range(0, len(data), 1000):
            assert uploaded(folder) == []
            coming.add(data[at : at + 1000])


def test_a_file_is_there_once_it_is_whole(tmp_path):
    data = unusual_clip().read_bytes()
    take(tmp_path / "new", data)
    (file,) = uploaded(tmp_path / "new")
    assert file.read_bytes() == data and file.name == "monday.mp4"
    assert list((tmp_path / "new").iterdir()) == [file]


@pytest.mark.parametrize(
    ("change", "size", "words"),
    [
        pytest.param(lambda data: data[:-500], 0, "ended early", id="half of it"),
        pytest.param(lambda data: data, -1, "more came", id="more than was announced"),
        pytest.param(lambda data: b"no video" * 100, None, "cannot read monday.mp4", id="no video"),
    ],
)
def test_what_is_not_whole_or_no_video_leaves_nothing(tmp_path, change, size, words):
    data = unusual_clip().read_bytes()
    sent = change(data)
    with pytest.raises(DataError, match=words):
        take(tmp_path, sent, size=None if size is None else len(data) + size)
    assert list(tmp_path.iterdir()) == []


def test_what_is_too_large_or_too_many_is_refused_before_it_comes(tmp_path, monkeypatch):
    for size in (0, MOST_BYTES + 1):
        with pytest.raises(DataError, match="20 GB"), upload(tmp_path, "a.mp4", size):
            pass
    monkeypatch.setattr(uploads, "disk_usage", lambda _: type("Usage", (), {"free": uploads.FREE_BYTES + 10}))
    with pytest.raises(DataError, match="no room"), upload(tmp_path, "a.mp4", 11):
        pass
    monkeypatch.undo()
    (tmp_path / "a.mp4").touch()
    with pytest.raises(DataError, match="there is a a"), upload(tmp_path, "a.mp4", 11):
        pass
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    with pytest.raises(DataError, match="1 files already"), upload(tmp_path, "b.mp4", 11):
        pass


def test_two_come_at_once_and_no_third(tmp_path):
    with pytest.raises(DataError), upload(tmp_path, "a.mp4", 5), upload(tmp_path, "b.mp4", 5):
        with pytest.raises(DataError, match="coming already"), upload(tmp_path, "c.mp4", 5):
            pass
        raise DataError("enough")
    with pytest.raises(DataError, match="ended early"), upload(tmp_path, "c.mp4", 5):
        pass


@pytest.mark.parametrize(
    "told",
    ["../../etc/passwd", "a.txt", ".mp4", "", "..", "\0.mp4x", "/"],
)
def test_a_name_of_no_video_is_refused(told):
    with pytest.raises(DataError, match="no video by its name"):
        file_name(told)


@pytest.mark.parametrize("told", ["../../a.mp4", "C:\\films\\a.mp4", "/a.mp4", ".a.MP4", "a .mp4"])
def test_a_name_is_no_path(told):
    assert file_name(told) == "a.mp4"
