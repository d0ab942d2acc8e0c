"""A command about cameras that is refused."""

import pytest
from made_camera import place, unusual_clip


@pytest.fixture
def refused(run, tmp_path, monkeypatch):
    """Takes words, {clip} and {tmp} among them; gives the line that they are refused with. Nothing may be left."""

    def command(*words):
        monkeypatch.setenv("UNUSUAL_CACHE", str(place() / "cache"))
        monkeypatch.setenv("UNUSUAL_HOME", str(tmp_path / "home"))
        (tmp_path / "in").mkdir()
        monkeypatch.chdir(tmp_path / "in")
        code, out, err = run(*(word.format(clip=unusual_clip(), tmp=tmp_path / "in") for word in words))
        assert (code, out) == (2, "")
        assert list(tmp_path.rglob("*")) == [tmp_path / "in"]
        line = err.strip().splitlines()[-1]
        assert line.startswith("unusual: ")
        return line

    return command
