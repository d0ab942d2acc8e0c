"""Files and folders are whole or absent, whatever ends the writing."""

import errno

import pytest

from unusual.errors import ConfigError, OutputError
from unusual.files import cache_place, refuse_unwritable, whole_file, whole_folder, write_text

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("ended_by", "seen"), [(FULL, OutputError), (KeyboardInterrupt(), KeyboardInterrupt)])
@pytest.mark.parametrize("whole", [whole_file, whole_folder])
def test_what_is_not_finished_leaves_nothing(tmp_path, whole, ended_by, seen):
    with pytest.raises(seen), whole(tmp_path / "new/deep/result"):
        raise ended_by
    assert not list(tmp_path.iterdir())


def test_what_stood_there_before_stays_until_all_is_written(tmp_path):
    write_text(tmp_path / "gate/score.txt", "old")
    write_text(tmp_path / "gate/notes.txt", "mine")
    with (
        pytest.raises(OutputError, match=r"gate/score\.txt: No space"),
        whole_folder(tmp_path / "gate") as part,
        whole_file(part / "score.txt") as file,
    ):
        file.write_text("new")
        raise FULL
    assert (tmp_path / "gate/score.txt").read_text() == "old"
    with whole_folder(tmp_path / "gate") as part:
        write_text(part / "score.txt", "new")
    assert {p.name: p.read_text() for p in (tmp_path / "gate").iterdir()} == {"score.txt": "new", "notes.txt": "mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["gate"]


def test_a_place_that_takes_no_file_is_told_before_the_work(tmp_path):
    refuse_unwritable(tmp_path / "not/yet/there")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="there is a file of this name"):
        refuse_unwritable(tmp_path / "file/result")


@pytest.mark.parametrize("letter", ["x", "ä"])
def test_the_longest_name_that_a_disk_holds_can_be_written(tmp_path, letter):
    name = letter * (251 // len(letter.encode())) + ".txt"
    write_text(tmp_path / name, "0.5")
    with whole_folder(tmp_path / name[:-4]) as part:
        write_text(part / "score.txt", "0.5")
    assert (tmp_path / name).read_text() == (tmp_path / name[:-4] / "score.txt").read_text() == "0.5"


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as for a user id that the system does not know
    with pytest.raises(ConfigError, match="set HOME, XDG_CACHE_HOME or NOWHERE"):
        cache_place("NOWHERE", "frames")
