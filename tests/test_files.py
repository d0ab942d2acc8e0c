"""Files and folders are whole or absent, whatever ends the writing."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_disk import small_disk

from unusual.errors import ConfigError, OutputError
from unusual.files import (
    cache_place,
    refuse_unwritable,
    scratch_folder,
    sweep_folders,
    whole_file,
    whole_files,
    whole_folder,
    write_fresh,
    write_text,
)

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("ended_by", "seen"), [(FULL, OutputError), (KeyboardInterrupt(), KeyboardInterrupt)])
@pytest.mark.parametrize("whole", [whole_file, whole_files, whole_folder])
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


KILLED = """
import sys, time
from pathlib import Path
from unusual.files import whole_folder, write_text
folder = Path(sys.argv[1])
for number in range(int(sys.argv[2]), 10**9):
    with whole_folder(folder) as part:
        for name in "abcdefgh":
            (part / name).write_text(str(number))
    print(number, flush=True)
"""


def test_a_folder_is_whole_whenever_its_writer_is_killed(tmp_path):
    folder, first = tmp_path / "gate", 0
    for kill in range(8):
        writer = subprocess.Popen([sys.executable, "-c", KILLED, folder, str(first)], stdout=subprocess.PIPE, text=True)
        first = int(writer.stdout.readline()) + 1
        time.sleep(0.003 * kill)
        writer.send_signal(signal.SIGKILL)
        first = max([first, *map(int, writer.communicate()[0].split())]) + 1
        (folder / "notes.txt").write_text("mine")
        names = sorted(file.name for file in folder.iterdir())
        assert names == [*"abcdefgh", "notes.txt"]
        assert len({(folder / name).read_text() for name in "abcdefgh"}) == 1, "old and new ones are never mixed"
    with whole_folder(folder) as part:
        write_text(part / "a", "last")
    assert [path.name for path in tmp_path.iterdir()] == ["gate"]  # what the killed ones left is gone
    assert (folder / "notes.txt").read_text() == "mine"


def test_what_another_writer_is_making_is_left_alone_and_folders_stay(tmp_path):
    (tmp_path / "gate" / "deep").mkdir(parents=True)
    write_text(tmp_path / "gate" / "deep" / "notes.txt", "mine")
    with whole_folder(tmp_path / "gate") as one:
        with whole_folder(tmp_path / "gate") as other:
            write_text(other / "a.txt", "other")
        write_text(one / "a.txt", "one")
    assert (tmp_path / "gate" / "a.txt").read_text() == "one"
    assert (tmp_path / "gate" / "deep" / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["gate"]


def test_where_folders_cannot_be_exchanged_at_once_it_is_done_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.files.RENAME_EXCHANGE", 1 << 30)  # no system knows it
    for number in ("1", "2"):
        with whole_folder(tmp_path / "gate") as part:
            write_text(part / "a.txt", number)
    assert (tmp_path / "gate" / "a.txt").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["gate"]


def test_what_a_killed_writer_of_a_file_left_is_removed_when_it_is_old(tmp_path):
    old, new = (tmp_path / f".score.{digit * 8}.part.txt" for digit in "ab")
    for left in (old, new):
        left.write_text("half")
    os.utime(old, (0, 0))
    write_text(tmp_path / "score.txt", "0.5")
    assert sorted(Path(tmp_path).iterdir()) == [new, tmp_path / "score.txt"]


def test_what_is_rewritten_all_the_time_needs_no_room_on_a_full_disk(tmp_path, monkeypatch):
    file = tmp_path / "live" / "door.json"
    write_fresh(file, b"online, with more to say")
    really = Path.write_bytes

    def full(path, data):
        really(path, data[:3])
        raise FULL

    monkeypatch.setattr(Path, "write_bytes", full)
    write_fresh(file, b"storage_full")
    assert file.read_bytes() == b"storage_full"
    assert list(file.parent.iterdir()) == [file]
    with pytest.raises(OutputError, match="No space left"):
        write_fresh(tmp_path / "live" / "new.json", b"x")
    assert list(file.parent.iterdir()) == [file]


HANGING = """
import sys, time
from pathlib import Path
from unusual.files import scratch_folder
with scratch_folder(Path(sys.argv[1])):
    print("there", flush=True)
    time.sleep(99)
"""


def test_a_scratch_folder_goes_with_its_block_and_one_of_a_killed_process_with_the_next(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HANGING, tmp_path / "keep"], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        (theirs,) = tmp_path.iterdir()
        sweep_folders(tmp_path / "keep")
        assert theirs.exists(), "it is in use"
        with scratch_folder(tmp_path / "keep") as mine:
            assert mine.is_dir() and mine != theirs
        assert list(tmp_path.iterdir()) == [theirs]
        process.kill()
        process.wait()
    sweep_folders(tmp_path / "keep")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("leave", [0, 4096, 65536])
def test_on_a_disk_that_is_really_full_nothing_half_written_is_left(tmp_path, leave):
    with small_disk(tmp_path / "disk") as disk:
        write_fresh(disk.folder / "live.json", b"online")
        write_text(disk.folder / "gate/score.txt", "old")
        before = disk.left()
        disk.fill(leave)
        with pytest.raises(OutputError, match="No space left"):
            write_text(disk.folder / "gate/score.txt", "x" * 100_000)
        for whole in (whole_folder, whole_files):
            with pytest.raises(OutputError, match="No space left"), whole(disk.folder / "gate") as part:
                (part / "score.txt").write_bytes(bytes(100_000))
        with pytest.raises(OutputError, match="No space left"):
            write_fresh(disk.folder / "new.json", bytes(100_000))
        write_fresh(disk.folder / "live.json", b"storage_full")
        assert disk.left() == before
        assert (disk.folder / "gate/score.txt").read_text() == "old"
        assert (disk.folder / "live.json").read_bytes() == b"storage_full"
        disk.make_room()
        write_text(disk.folder / "gate/score.txt", "x" * 100_000)


CALLS = ("open", "fsync", "mkdir", "rename", "replace", "link", "stat", "scandir")


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.EROFS, errno.ENFILE, errno.ENOSPC])
@pytest.mark.parametrize("whole", [whole_file, whole_folder])
def test_an_error_of_the_disk_at_any_call_is_told_and_leaves_the_old_or_the_new(tmp_path, monkeypatch, whole, code):
    def write(text):
        with whole(tmp_path / "gate") as part:
            if whole is whole_folder:
                for name in "ab":
                    (part / name).write_text(text)
            else:
                part.write_text(text)

    def content():
        place = tmp_path / "gate"
        return {file.read_text() for file in place.iterdir()} if place.is_dir() else {place.read_text()}

    def counted(usual):
        def call(*args, **kwargs):
            calls.append(1)
            if len(calls) == fails_at:
                raise OSError(code, os.strerror(code))
            return usual(*args, **kwargs)

        return call

    write("old")
    for fails_at in range(1, 200):
        calls = []
        with monkeypatch.context() as patch:
            for name in CALLS:
                patch.setattr(os, name, counted(getattr(os, name)))
            try:
                write(f"{fails_at}")
                told = False
            except OutputError:
                told = True
        after = content()
        assert after in ({"old"}, {f"{fails_at}"})
        if not told:
            assert after == {f"{fails_at}"}, "an error that was swallowed may cost no file"
        write("old")
        assert [path.name for path in tmp_path.iterdir()] == ["gate"]
        if len(calls) < fails_at:
            break
    assert 5 < fails_at < 199
