"""The command watch as a person types it: what it prints, and how it refuses."""

import pytest
from made_camera import NAME, camera_home, place, unusual_clip


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
def test_a_mistake_is_one_clear_line_and_leaves_nothing(run, tmp_path, monkeypatch, words, said):
    monkeypatch.setenv("UNUSUAL_CACHE", str(place() / "cache"))
    monkeypatch.setenv("UNUSUAL_HOME", str(tmp_path / "home"))
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    code, out, err = run(*(word.format(clip=unusual_clip(), tmp=tmp_path / "in") for word in words))
    assert (code, out) == (2, "")
    line = err.strip().splitlines()[-1]
    assert line.startswith("unusual: ")
    assert said in line
    assert list(tmp_path.rglob("*")) == [tmp_path / "in"]


def test_what_was_learnt_is_watched(run, tmp_path):
    home = camera_home(tmp_path)
    code, out, err = run("watch", unusual_clip(), "--model", NAME, "--home", home, "--pace", "fast")
    assert code == 0
    assert out.startswith(f"{NAME}: frames 100 in, 100 scored, 0 dropped, 0 gap; ")
    assert f"{NAME}: ended" in err
