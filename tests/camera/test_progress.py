"""How far a learning is, for the dashboard: written while it goes on, gone when it is over."""

import json
import os
from pathlib import Path

from made_camera import NAME
from small_disk import small_disk

from unusual.camera import progress as camera_progress
from unusual.camera.cuts import Odd, OddStretch
from unusual.camera.progress import LearningListener, told
from unusual.store.home import Home
from unusual.store.live import read_learning
from unusual.video.reader import HEARD, heard_by


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


def test_a_stage_says_how_far_it_is_and_how_long_it_still_takes(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(camera_progress.time, "monotonic", lambda: clock[0])
    with told(Home(tmp_path), NAME, LearningListener()) as progress:

        def shown(passed_s):
            clock[0] += passed_s
            return read_learning(Home(tmp_path), NAME)

        progress.recording("gate", 0.0, 600.0)
        assert shown(60).left_s is None
        progress.recording("gate", 60.0, 600.0)
        assert (shown(0).stage, shown(0).words, shown(0).done) == ("recording", "1 min of 10 min", 0.1)
        assert shown(10).left_s == 540
        progress.reads(2)
        progress.at("looking", 0.0, "a.mp4")
        clock[0] += 10
        with heard_by(progress.reading):
            HEARD.get()("a.mp4", 0.5)
            assert (shown(10).done, shown(0).left_s) == (0.25, 30)
            HEARD.get()("b.mp4", 0.5)
            assert (shown(0).done, shown(0).words) == (0.75, "a.mp4")
        progress.preparing("a.mp4", 3, 4)
        clock[0] += 30
        progress.reading("a.mp4", 0.5)
        assert (shown(5).done, shown(0).left_s) == (0.625, 18)
        progress.step(0.0, 1.0)
        clock[0] += 5
        progress.step(0.5, 1.0)
        assert (shown(0).stage, shown(0).done, shown(0).left_s) == ("training", 0.5, 5)


def test_where_nobody_is_asked_all_is_put_aside():
    odd = [OddStretch(Path("a.mp4"), 0, 9, 5, 1.0)] * 2
    assert LearningListener().decide(odd, 25.0, Path()) == [Odd.ASIDE, Odd.ASIDE]
