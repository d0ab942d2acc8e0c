"""A home out of a back-up."""

import io
import json
import tarfile
from contextlib import closing

import pytest

from unusual.errors import ConfigError, DataError, UnusualError
from unusual.scores.hours import Mode
from unusual.store.backup.check import findings
from unusual.store.backup.packing import FORMAT, back_up
from unusual.store.backup.restoring import restore
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.rules.duty import read_duty


@pytest.fixture
def backup(home, tmp_path):
    back_up(home, tmp_path / "a.tar")
    return tmp_path / "a.tar"


def test_a_home_on_another_machine_is_what_it_was(home, backup, tmp_path):
    there = Home(tmp_path / "elsewhere" / "home")
    restore(backup, there)
    with closing(EventStore.open(home)) as old, closing(EventStore.open(there)) as new:
        assert new.list() == old.list()
    (event,) = [folder.name for folder in home.media.iterdir() if folder.is_dir()]
    for file in home.event(event).iterdir():
        assert (there.event(event) / file.name).read_bytes() == file.read_bytes()
    assert read_duty(there, "door").order.mode is Mode.QUIET
    assert there.dashboard.read_bytes() == home.dashboard.read_bytes()
    assert there.folder.stat().st_mode & 0o077 == 0
    assert list(findings(there)) == []


def test_an_empty_folder_will_do_and_one_with_something_in_it_is_left_alone(backup, tmp_path):
    (tmp_path / "empty").mkdir()
    restore(backup, Home(tmp_path / "empty"))
    with pytest.raises(ConfigError, match="there is something in"):
        restore(backup, Home(tmp_path / "empty"))


def written(path, *members, head=FORMAT, manifest=None):
    """A back-up that somebody else made: (name, content, more of the entry)."""
    import hashlib

    digests = {name: hashlib.sha256(content).hexdigest() for name, content, *_ in members}
    first = ("unusual-backup.json", json.dumps({"format": head, "made_utc": 1.0}).encode())
    last = ("manifest.json", json.dumps(digests if manifest is None else manifest).encode())
    with tarfile.open(path, "w") as tar:
        for name, content, *more in (first, *members, last):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            for key, value in dict(*more).items():
                setattr(entry, key, value)
            tar.addfile(entry, io.BytesIO(content))
    return path


LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0}


@pytest.mark.parametrize(
    ("members", "more", "said"),
    [
        pytest.param([("../evil", b"x")], {}, "what no home has", id="a file outside"),
        pytest.param([("/tmp/evil", b"x")], {}, "what no home has", id="an absolute name"),
        pytest.param([("media/../../evil", b"x")], {}, "what no home has", id="up and out"),
        pytest.param([("media/x", b"", LINK)], {}, "what no home has", id="a link"),
        pytest.param([("anything", b"x")], {}, "what no home has", id="a file that no home has"),
        pytest.param([("duty/a.json", b"x")] * 2, {}, "what no home has", id="the same twice"),
        pytest.param([], {"head": "unusual-backup-9"}, "not whole|no back-up|damaged|", id="another format"),
        pytest.param([("duty/a.json", b"x")], {"head": "x"}, "no back-up of unusual", id="no back-up"),
        pytest.param([("duty/a.json", b"x")], {"manifest": {}}, "changed or damaged", id="not in the manifest"),
        pytest.param([], {"manifest": {"duty/a.json": "0"}}, "changed or damaged", id="a file is missing"),
        pytest.param([("events.db", b"nonsense" * 1000)], {}, "of another program", id="a database that is none"),
    ],
)
def test_a_file_that_somebody_made_is_refused_and_nothing_is_left(tmp_path, members, more, said):
    path = written(tmp_path / "evil.tar", *members, **more)
    if more.get("head") == "unusual-backup-9":
        path = written(path, ("duty/a.json", b"x"), **more)
    with pytest.raises(DataError, match=said):
        restore(path, Home(tmp_path / "home"))
    assert [found.name for found in tmp_path.iterdir()] == ["evil.tar"]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.98, 1.0])
def test_half_a_back_up_is_none(backup, tmp_path, share):
    data = backup.read_bytes()
    end = data.rindex(b"manifest.json")  # behind it there is hardly more than room
    (tmp_path / "half.tar").write_bytes(data[: int(end * share)])
    with pytest.raises(UnusualError, match=r"not whole|no back-up"):
        restore(tmp_path / "half.tar", Home(tmp_path / "there"))
    assert not (tmp_path / "there").exists()


def test_a_byte_that_changed_is_noticed(backup, tmp_path):
    data = bytearray(backup.read_bytes())
    at = data.index(b"ftyp")
    data[at + 40] ^= 1
    backup.write_bytes(data)
    with pytest.raises(DataError, match="changed or damaged, in 1 files"):
        restore(backup, Home(tmp_path / "there"))


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        restore(tmp_path / "nothing.tar", Home(tmp_path / "there"))
