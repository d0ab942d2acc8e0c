"""Paths of recorders -> cameras and times."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from unusual.errors import ConfigError
from unusual.run.archive.planning.recordings import find_recordings

MOMENT = datetime(2026, 11, 20, 14, 35, 12, tzinfo=UTC).timestamp()


def found(tmp_path, *paths, named=None, patterns=(), zone=UTC, tell=print):
    for path in paths:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return list(find_recordings(named or [str(tmp_path)], patterns, zone, tell))


@pytest.mark.parametrize(
    ("path", "camera", "starts"),
    [
        ("recordings/2026-11-20/14/yard/35.12.mp4", "yard", (MOMENT,)),
        ("videos/Ke7/Gate 2/2026-11-20T14-35-12.mp4", "gate-2", (MOMENT,)),
        ("yard/20261120_143512.mp4", "yard", (MOMENT,)),
        ("yard/ch01_20261120143512.mkv", "yard", (MOMENT,)),
        ("yard/2026-11-20_14-35-12.avi", "yard", (MOMENT,)),
        ("yard_20261120-143512.mp4", "yard", (MOMENT,)),
        ("yard/2026-11-20/14-35-12.mp4", "yard", (MOMENT,)),
        ("yard/2026-11-20/143512_alarm.mp4", "yard", (MOMENT,)),
        ("yard/20261120/20261120_143512.mp4", "yard", (MOMENT,)),
        ("yard/2026/11/20/yard_00_20261120143512.mp4", "yard", (MOMENT,)),
        ("yard/2026-11-20/monday.mp4", "yard", ()),
        ("yard/1795185312.ts", "yard", (1795185312.0,)),
        ("events/3/2026-11-20/871/871-video.mp4", "3", ()),
        ("yard/monday.mp4", "yard", ()),
        ("yard/20261345_143512.mp4", "yard", ()),
    ],
    ids=["Frigate", "Shinobi", "plain", "with a channel", "dashes", "in one folder",
         "a folder a day", "with a word", "the day twice", "year month day", "the day alone", "epoch", "ZoneMinder",
         "no time", "no such day"],
)  # fmt: skip
def test_a_recorders_path_tells_camera_and_time(tmp_path, path, camera, starts):
    (one,) = found(tmp_path, path)
    assert (one.camera, one.starts_utc) == (camera, starts)
    assert one.path == str(tmp_path / path)


def test_a_pattern_of_ones_own_is_tried_first(tmp_path):
    (one,) = found(
        tmp_path, "2026/11/20/143512-yard.mp4", patterns=["{year}/{month}/{day}/{hour}{minute}{second}-{camera}.*"]
    )
    assert (one.camera, one.starts_utc) == ("yard", (MOMENT,))


@pytest.mark.parametrize("pattern", ["{year}.mp4", "{camera}/{place}.mp4", "{camera}/{camera}"])
def test_a_pattern_that_says_nothing_is_refused(tmp_path, pattern):
    with pytest.raises(ConfigError, match="--camera"):
        found(tmp_path, "yard/1.mp4", patterns=[pattern])


def test_an_hour_that_was_there_twice_has_two_beginnings(tmp_path):
    berlin = ZoneInfo("Europe/Berlin")
    (one,) = found(tmp_path, "yard/20261025_023000.mp4", zone=berlin)
    assert [datetime.fromtimestamp(utc, UTC).hour for utc in one.starts_utc] == [0, 1]
    (other,) = found(tmp_path / "b", "yard/20261025_033000.mp4", zone=berlin)
    assert len(other.starts_utc) == 1


def test_files_come_from_folders_lists_and_globs(tmp_path):
    said = []
    found(tmp_path, "nvr/yard/20261120_143512.mp4", "nvr/yard/notes.json", "nvr/yard/.hidden.mp4")
    (tmp_path / "list.txt").write_text("nvr/yard/20261120_143512.mp4\n\n")
    for named in (
        tmp_path / "nvr",
        tmp_path / "list.txt",
        tmp_path / "nvr/*/*.mp4",
        tmp_path / "nvr/yard/20261120_143512.mp4",
    ):
        (one,) = found(tmp_path, named=[str(named)], tell=said.append)
        assert one.camera == "yard"
    assert said == ["left aside, as no films: 1 file"]


def test_each_folder_is_walked_once_whatever_links_lead_to_it(tmp_path):
    (tmp_path / "yard").mkdir()
    for link in ("a", "yard/b", "yard/c"):
        (tmp_path / link).symlink_to(tmp_path)
    (tmp_path / "aaa").symlink_to(tmp_path / "yard")
    (one,) = found(tmp_path, "yard/20261120_143512.mp4")
    assert one.camera == "yard"


def test_a_folder_that_may_not_be_opened_is_said_and_costs_no_other(tmp_path, monkeypatch):
    said, listed = [], Path.iterdir

    def guarded(folder):
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    (tmp_path / "closed").mkdir()
    monkeypatch.setattr(Path, "iterdir", guarded)
    assert len(found(tmp_path, "yard/1.mp4", tell=said.append)) == 1
    assert said == [f"cannot look into {tmp_path / 'closed'}: Permission denied"]


def test_films_may_have_names_that_only_folders_of_machines_have(tmp_path):
    assert len(found(tmp_path, "yard/#1.mp4", "yard/@2.mp4", "yard/.3.mp4", "yard/#recycle/4.mp4")) == 2


def test_a_pattern_that_fits_no_film_is_said(tmp_path):
    said = []
    found(tmp_path, "yard/1.mp4", patterns=["{camera}/{year}.mp4", "{camera}/1.*"], tell=said.append)
    assert said == ["--camera '{camera}/{year}.mp4' fits none of 1 films"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere.mp4", "*/20250101*.mp4", "list.txt"])
def test_what_is_named_and_not_there_is_refused_whatever_else_is(tmp_path, name):
    with pytest.raises(ConfigError, match=r"is not there: give folders"):
        found(tmp_path, "yard/1.mp4", named=[str(tmp_path), str(tmp_path / name)])


def test_an_empty_folder_beside_others_is_said(tmp_path):
    said = []
    (tmp_path / "gate").mkdir()
    found(tmp_path, "yard/1.mp4", named=[str(tmp_path / "yard"), str(tmp_path / "gate")], tell=said.append)
    assert said == [f"no film in {tmp_path / 'gate'}"]


def test_a_folder_without_films_is_said(tmp_path):
    with pytest.raises(ConfigError, match="no film in"):
        found(tmp_path)
