"""How far a learning is, for the dashboard: written while it goes on, gone when it is over."""

import json

from made_camera import NAME

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
