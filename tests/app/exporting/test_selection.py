"""Events out of a home, as the command does it."""

import csv
from datetime import UTC
from zipfile import ZipFile

import pytest

from unusual.app.exporting.selection import export_clip, export_events
from unusual.errors import ConfigError, DataError
from unusual.store.events import EventFilter
from unusual.store.home import Home
from unusual.store.keeping.hold import may_delete


def test_what_passes_is_written_as_the_file_is_called(home, events, tmp_path):
    assert export_events(home, EventFilter(camera="yard"), tmp_path / "a.csv", UTC).endswith("a.csv: 1 event")
    (row,) = csv.DictReader((tmp_path / "a.csv").read_text().splitlines())
    assert row["event"] == events[1].id
    assert "2 events; unpack it" in export_events(home, EventFilter(), tmp_path / "a.zip", UTC)
    assert "index.html" in ZipFile(tmp_path / "a.zip").namelist()


def test_the_home_is_held_meanwhile(home, events, tmp_path, monkeypatch):
    import unusual.app.exporting.selection as module

    def packing(*_, **__):
        with may_delete(home) as free:
            assert not free
        raise DataError("seen")

    monkeypatch.setattr(module, "write_bundle", packing)
    with pytest.raises(DataError, match="seen"):
        export_events(home, EventFilter(), tmp_path / "a.zip", UTC)


def test_where_nothing_passes_nothing_is_written(home, events, tmp_path):
    with pytest.raises(ConfigError, match=r"no event in .* passes"):
        export_events(home, EventFilter(camera="attic"), tmp_path / "a.csv", UTC)
    with pytest.raises(ConfigError, match="there are no events in"):
        export_events(Home(tmp_path / "nowhere"), EventFilter(), tmp_path / "a.csv", UTC)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_clip_is_taken_plain_or_with_its_box(home, events, tmp_path):
    event = events[0].id
    export_clip(home, event, tmp_path / "plain.mp4", boxes=False)
    assert (tmp_path / "plain.mp4").read_bytes() == (home.event(event) / "clip.mp4").read_bytes()
    export_clip(home, event, tmp_path / "boxed.mp4", boxes=True)
    assert (tmp_path / "boxed.mp4").read_bytes() != (tmp_path / "plain.mp4").read_bytes()
    for boxes in (True, False):
        with pytest.raises(DataError, match="there is no clip"):
            export_clip(home, events[1].id, tmp_path / "none.mp4", boxes=boxes)
    with pytest.raises(DataError, match="there is no event"):
        export_clip(home, "x" * 22, tmp_path / "none.mp4", boxes=False)
