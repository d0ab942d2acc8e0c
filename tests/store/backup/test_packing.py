"""A home in one file."""

import tarfile
import threading
from contextlib import closing

import pytest
from made_home import add_event, made_card

import unusual.store.backup.packing as module
from unusual.errors import ConfigError, OutputError
from unusual.store.backup.packing import back_up
from unusual.store.cameras import write_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.keeping.hold import may_delete


def names(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def test_it_holds_what_makes_a_home_and_nothing_of_the_moment(home, tmp_path):
    done = back_up(home, tmp_path / "a.tar")
    found = names(tmp_path / "a.tar")
    assert found[0] == "unusual-backup.json" and found[-1] == "manifest.json"
    assert {"events.db", "dashboard.json", "profiles.json", "duty/door.json", "cameras/door/camera.json"} <= {*found}
    assert "cameras/door/model.safetensors" in found
    assert sum(name.startswith("media/") for name in found) == 8
    assert sum(name.startswith("scores/door/") for name in found) == 1
    assert not any(name.startswith(("live/", "footage/", "holding")) or "-wal" in name for name in found)
    assert (done.files, done.events, done.gone) == (len(found) - 2, 3, ())
    assert (tmp_path / "a.tar").stat().st_mode & 0o077 == 0


def test_media_are_left_out_and_footage_is_taken_where_that_is_asked_for(home, tmp_path):
    back_up(home, tmp_path / "a.tar", media=False, footage=True)
    found = names(tmp_path / "a.tar")
    assert "footage/door/monday.mp4" in found
    assert not any(name.startswith("media/") for name in found)


def test_it_is_of_one_moment_while_others_write(home, tmp_path):
    done = threading.Event()

    def watching():
        with closing(EventStore.open(home)) as store:
            while not done.is_set():
                add_event(store, "door", 1000.0, 1.0)

    writer = threading.Thread(target=watching)
    writer.start()
    try:
        told = back_up(home, tmp_path / "a.tar")
    finally:
        done.set()
        writer.join()
    with tarfile.open(tmp_path / "a.tar") as tar:
        tar.extract("events.db", tmp_path / "out", filter="data")
    with closing(EventStore.open(Home(tmp_path / "out"))) as store:
        assert store.integrity() == "ok"
        assert len(store.list(most=100_000)) == told.events >= 3


def test_nothing_is_deleted_meanwhile(home, tmp_path):
    def tell(name):
        with may_delete(home) as free:
            assert not free

    back_up(home, tmp_path / "a.tar", tell=tell)


def test_a_model_that_is_replaced_is_taken_whole_or_again(home, tmp_path, monkeypatch):
    real, other = module.shutil.copyfile, tmp_path / "other"
    write_card(other, made_card("door", leave=2.0))
    replaced = []

    def copyfile(source, place, **words):
        if not replaced:
            replaced.append(home.camera("door").rename(tmp_path / "old"))
            other.rename(home.camera("door"))
        return real(source, place, **words)

    monkeypatch.setattr(module.shutil, "copyfile", copyfile)
    back_up(home, tmp_path / "a.tar")
    assert "cameras/door/model.safetensors" not in names(tmp_path / "a.tar")  # the new one has none
    monkeypatch.setattr(module, "TRIES", 0)
    with pytest.raises(OutputError, match="is being replaced"):
        back_up(home, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()


def test_links_are_named_and_not_followed(home, tmp_path):
    (event,) = [folder for folder in home.media.iterdir() if folder.is_dir()]
    (tmp_path / "secret").write_text("secret")
    (event / "real.jpg").unlink()
    (event / "real.jpg").symlink_to(tmp_path / "secret")
    assert back_up(home, tmp_path / "a.tar").gone == (f"media/{event.name}/real.jpg",)


def test_where_there_is_no_home_nothing_is_written(tmp_path):
    with pytest.raises(ConfigError, match="there is no home in"):
        back_up(Home(tmp_path / "nowhere"), tmp_path / "a.tar")
    assert not list(tmp_path.iterdir())
