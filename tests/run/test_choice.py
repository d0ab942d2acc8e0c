"""What a camera learns where nobody has chosen, and that it says why."""

import pytest

from unusual.errors import ConfigError
from unusual.methods import CAMERA, TOGETHER
from unusual.run.choice import choose, told_by
from unusual.run.config import make_config
from unusual.run.progress import Watcher
from unusual.video.images import RATE


def test_a_camera_learns_habits_unless_a_person_chooses(tmp_path, monkeypatch):
    monkeypatch.setattr("unusual.run.choice.processors", lambda: 2)
    monkeypatch.setenv("UNUSUAL_MODELS", str(tmp_path))
    config, why = choose(None, None, [])
    assert (config.method, config.preset) == ("habits", "small")
    assert "unusual fetch yolox-nano" in why
    config, why = choose("state", "small", [])
    assert (config.method, config.preset) == ("state", "small")
    assert "as you chose" in why


def test_a_detector_is_used_where_one_is_named_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_MODELS", str(tmp_path))
    (tmp_path / "yolox_nano_coco.onnx").write_bytes(b"never opened here")
    config, why = choose(None, None, [])
    assert config.settings.objects.foreground
    assert not config.settings.objects.detector
    assert "--set objects.detector=yolox-nano" in why
    config, why = choose(None, None, ["objects.detector=yolox-nano"])
    assert config.settings.objects.detector == "yolox-nano"
    assert "fetch" not in why


@pytest.mark.parametrize("given", [("nothing", None, []), (None, "huge", []), (None, None, ["training.speed=2"])])
def test_a_wrong_choice_is_told_by_name(given):
    with pytest.raises(ConfigError, match=r"nothing|huge|speed"):
        choose(*given)


@pytest.mark.parametrize(
    ("has", "torch", "wanted"),
    [(2, True, CAMERA), (4, True, TOGETHER), (16, False, CAMERA)],
    ids=["two processors", "four", "many and no torch"],
)
def test_a_network_judges_beside_habits_where_the_machine_has_room(monkeypatch, has, torch, wanted):
    monkeypatch.setattr("unusual.run.choice.processors", lambda: has)
    monkeypatch.setattr("unusual.run.choice.find_spec", lambda name: object() if torch else None)
    config, why = choose(None, None, [])
    assert config.method == wanted
    assert "times the processor" in why
    assert TOGETHER in why
    named, chosen = choose(CAMERA, None, [])
    assert named.method == CAMERA and "as you chose" in chosen


def test_what_the_footage_decides_is_said_and_kept(monkeypatch):
    said = []

    class Noting(Watcher):
        def note(self, line):
            said.append(line)

    config = make_config("habits")
    monkeypatch.setattr(type(config.settings), "told_by", lambda self, videos, rate: ["objects.score=0.3"])
    assert told_by([], config, RATE, Noting()).settings.objects.score == 0.3
    assert said == ["objects.score=0.3, chosen by the footage: there tracks lose their boxes least"]
