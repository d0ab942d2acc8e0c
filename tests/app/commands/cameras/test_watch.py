"""The command watch as a person types it: what it prints, and how it refuses."""

import pytest
from made_camera import NAME, camera_home, unusual_clip

from unusual.app.setup.watch_list import list_camera


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["watch"], "give a source and --model"),
        (["watch", "{clip}"], "give a source and --model"),
        (["watch", "--model", NAME], "give a source and --model"),
        (["watch", "{clip}", "--model", NAME], f"no camera '{NAME}'"),
        (["watch", "{clip}", "--model", NAME, "--pace", "slow"], "--pace is one of"),
        (["watch", "{clip}", "--config", "x.toml"], "give a source and --model"),
        (["watch", "--config", "x.toml"], "cannot read x.toml"),
        (["watch", "{clip}", "--model", NAME, "--alarms-per-day", "nan"], "alarms-per-day"),
    ],
)
def test_a_mistake_is_one_clear_line_and_leaves_nothing(refused, words, said):
    assert said in refused(*words)


def test_what_was_learnt_is_watched(run, tmp_path):
    home = camera_home(tmp_path)
    code, out, err = run("watch", unusual_clip(), "--model", NAME, "--home", home, "--pace", "fast")
    assert code == 0
    assert out.startswith(f"{NAME}: frames 100 in, 100 scored, 0 dropped, 0 gap; ")
    assert f"{NAME}: ended" in err


def test_without_a_word_what_was_set_up_in_the_dashboard_is_watched(run, tmp_path):
    home = camera_home(tmp_path)
    list_camera(home, NAME, str(unusual_clip()))
    home.watch_list.write_text(home.watch_list.read_text() + 'pace = "fast"\n')
    code, out, _ = run("watch", "--home", home)
    assert code == 0 and out.startswith(f"{NAME}: frames 100 in")
