"""How far a learning is, for the dashboard: written while it goes on, gone when it is over."""

import json
import os

from made_camera import NAME
from small_disk import small_disk

from unusual.camera.progress import LearningListener, told
from unusual.store.home import Home
from unusual.store.live import read_learning


def test_progress_that_cannot_be_written_costs_nothing(tmp_path):
    (tmp_path / "learning").write_text("in the way")
    with told(Home(tmp_path), NAME, LearningListener()) as progress:
        progress.at("looking", 0.0)
        progress.note("a line")
    assert (tmp_path / "learning").read_text() == "in the way"


def test_progress_is_what_the_dashboard_reads(tmp_path):
    home = Home(tmp_path)
    with told(home, NAME, LearningListener()) as progress:
        progress.at("looking", 0.05, "<b>.mp4")
        for n in range(300):
            progress.note(f"line {n}")
        shown = read_learning(home, NAME)
        assert (shown.stage, shown.share, shown.words) == ("looking", 0.05, "<b>.mp4")
        assert shown.log[-1] == "line 299"
        assert len(shown.log) == 200
        assert json.loads(home.learning(NAME).read_text())["camera"] == NAME
    assert not (tmp_path / "learning").exists()


def test_what_killed_learnings_left_goes_with_the_next(tmp_path):
    home = Home(tmp_path)
    folder = home.learning(NAME).parent
    folder.mkdir()
    left = [folder / ".other.json.part", folder / "other.json", folder / ".new.json.part", folder / "mine.txt"]
    for file in left:
        file.write_text("half")
    for file in (left[0], left[1], left[3]):
        os.utime(file, (0, 0))
    with told(home, NAME, LearningListener()) as progress:
        progress.at("looking", 0.0)
    assert sorted(folder.iterdir()) == sorted(left[2:])


def test_a_disk_that_is_really_full_is_left_without_parts(tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        home = Home(disk.folder)
        with told(home, "other", LearningListener()) as other:
            other.at("looking", 0.0)
            disk.fill()
            with told(home, NAME, LearningListener()) as progress:
                for n in range(300):
                    progress.note(f"line {n} {'x' * 99}")
            assert disk.left() == ["learning", "learning/other.json"]
        assert disk.left() == []
