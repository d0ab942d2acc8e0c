"""A ZIP file of events, and the page in it."""

import json
import re
from datetime import UTC
from zipfile import ZipFile

import pytest
from visiting import Page

from unusual.app.exporting.bundle import write_bundle
from unusual.errors import OutputError


@pytest.fixture
def packed(home, events, tmp_path):
    """Packs with these words: what came of it, and the ZIP file."""

    def pack(**words):
        path = tmp_path / "out" / "events.zip"
        return write_bundle(path, home, events, UTC, **words), ZipFile(path)

    return pack


def test_it_holds_clips_pictures_curves_a_table_and_a_page(packed, home, events):
    done, file = packed()
    assert (done.events, done.lacking, file.testzip()) == (2, (), None)
    names = file.namelist()
    (folder,) = {name.split("/")[0] for name in names if "/" in name}
    assert re.fullmatch(r"0001-door-\d{8}-\d{6}", folder)
    assert {name.split("/")[1] for name in names if "/" in name} == set(events[0].media)
    assert file.read(f"{folder}/clip.mp4") == (home.event(events[0].id) / "clip.mp4").read_bytes()
    assert json.loads(file.read(f"{folder}/curve.json"))["scores"]
    assert file.read("events.csv").decode().count("\r\n") == 3


def test_the_page_opens_offline_and_what_people_wrote_stays_text(packed):
    _, file = packed()
    page = Page(file.read("index.html").decode())
    asked = [had[key] for _, had in page.tags for key in ("src", "href", "poster") if key in had]
    inside = [name for name in asked if not name.startswith("#")]
    assert inside and set(inside) <= set(file.namelist())  # nothing outside of it, and nothing that is not there
    assert "<b>the postman</b>" in page.words
    assert not any(tag == "script" for tag, _ in page.tags)


def test_with_boxes_the_clips_are_drawn_anew(packed, home, events):
    _, file = packed(boxes=True)
    clip = next(name for name in file.namelist() if name.endswith("clip.mp4"))
    assert file.read(clip) != (home.event(events[0].id) / "clip.mp4").read_bytes()
    assert file.read(clip)[4:8] == b"ftyp"


def test_a_clip_that_cannot_be_read_costs_itself_alone(packed, home, events):
    (home.event(events[0].id) / "clip.mp4").write_bytes(b"no video")
    done, file = packed(boxes=True)
    assert done.lacking == (events[0].id,)
    assert not any(name.endswith(".mp4") for name in file.namelist())
    assert "There is no clip." in file.read("index.html").decode()


def test_files_that_are_gone_or_lead_elsewhere_are_left_out(packed, home, events, tmp_path):
    folder = home.event(events[0].id)
    (folder / "error.jpg").unlink()
    (folder / "real.jpg").unlink()
    (tmp_path / "secret").write_text("secret")
    (folder / "real.jpg").symlink_to(tmp_path / "secret")
    _, file = packed()
    assert not any(name.endswith(("error.jpg", "real.jpg")) for name in file.namelist())


def test_it_is_whole_or_absent(packed, tmp_path):
    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packed(tell=stop)
    assert not list(tmp_path.glob("out/*"))


def test_a_place_that_cannot_be_written_is_told(home, events, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_bundle(tmp_path / "file" / "events.zip", home, events, UTC)
