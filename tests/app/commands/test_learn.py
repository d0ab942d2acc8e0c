"""Footage in, a camera out: whole, said in words, refused in one line, and taken up again where it was cut off."""

import io
import json
import shutil

import numpy as np
import pytest
from made_camera import NAME, RATE, SETTINGS, learnt, ordinary, pictures, place, write

from unusual.app.commands import learn as learning
from unusual.app.commands.learn import Odd, Wanted, ask, decide, keep_thumbs, look, run_learning, train
from unusual.app.commands.learning_progress import LearningProgress, told
from unusual.camera.cuts import OddStretch, choose, hold_out, in_pieces
from unusual.errors import ConfigError, UnusualError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.fit import CacheLimits
from unusual.store.cameras import read_card
from unusual.store.home import Home
from unusual.store.live import read_learning


def wanted(home, *sources, **more):
    given = {"changes": tuple(SETTINGS), "odd": Odd.ASIDE, "cache": CacheLimits(place() / "cache")} | more
    return Wanted(NAME, home, tuple(map(str, sources or (ordinary(),))), **given)


def test_a_camera_is_learnt_whole():
    home, said = learnt()
    folder = home.camera(NAME)
    card = read_card(home, NAME)
    assert (card.name, card.width, card.height, card.rate) == (NAME, 96, 64, pytest.approx(RATE))
    assert card.hours * 3600 == pytest.approx(244, abs=1)
    assert 80 <= card.calibrated_hours * 3600 < card.hours * 3600
    assert list(card.footage) == [str(ordinary().resolve())]
    assert card.model_sha256 == learning.sha256(folder / "model.safetensors")
    assert load_checkpoint(folder).config.method == card.method
    assert f"card: {folder / 'card.html'}" in said
    assert "alarms start at score" in said
    assert [path.name for path in folder.parent.iterdir()] == [NAME]
    assert not (home.folder / "learning").exists()


def test_no_frame_is_both_learnt_and_held_out():
    home, _ = learnt()
    card = read_card(home, NAME)
    both = [
        {n for first, after in part for n in range(first, after)}
        for part in (*card.footage.values(), *card.held.values())
    ]
    assert not both[0] & both[1]


@pytest.mark.parametrize(
    ("sources", "more", "said"),
    [
        pytest.param([], {"changes": ("training.speed=1",)}, "training.speed", id="an unknown setting"),
        pytest.param(["{tmp}/none.mp4"], {}, "none.mp4", id="a missing file"),
        pytest.param(["{tmp}/empty"], {}, "is empty", id="an empty folder"),
        pytest.param(["{tmp}/notes"], {}, "can be read", id="a folder without a video"),
        pytest.param(["rtsp://127.0.0.1:1/x"], {}, "--for", id="a camera without an end"),
        pytest.param(["{tmp}/short.mp4"], {}, "4.0 minutes at the least", id="too little"),
        pytest.param(["{tmp}/one.mp4", "{tmp}/short.mp4"], {}, "need 4.0 minutes", id="one picture first"),
        pytest.param([], {"method": "magic"}, "magic", id="no method"),
        pytest.param(["{tmp}/Stra\udcdfe.mp4"], {}, "a name of letters", id="a name that is no text"),
        pytest.param(["{tmp}/both"], {}, "pictures, and videos as film.mp4", id="pictures and videos"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(tmp_path, sources, more, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    for name in "ab":
        (tmp_path / "notes" / f"{name}.txt").write_text("no video")
    write(tmp_path / "short.mp4", pictures())
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "film.mp4").touch()
    (tmp_path / "both" / "thumb.jpg").touch()
    write(tmp_path / "one.mp4", pictures()[:1])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnusualError) as told:
        run_learning(wanted(Home(tmp_path / "home"), *(source.format(tmp=tmp_path) for source in sources), **more))
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_name_is_learnt_once():
    home, _ = learnt()
    with pytest.raises(ConfigError, match="was learnt already"):
        run_learning(wanted(home))


def test_a_folder_that_is_no_camera_is_not_written_over(tmp_path):
    notes = tmp_path / "cameras" / NAME / "notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine")
    with pytest.raises(ConfigError, match="holds no camera"):
        run_learning(wanted(Home(tmp_path)))
    assert notes.read_text() == "mine"


def test_what_was_cut_off_goes_on_and_ends_as_it_would_have(tmp_path, monkeypatch, capsys):
    steps = []

    class Impatient(learning.ToldTraining):
        def step(self, share, loss):
            super().step(share, loss)
            steps.append(read_learning(Home(tmp_path), NAME))
            if len(steps) == 8:
                raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(learning, "ToldTraining", Impatient)
        run_learning(wanted(Home(tmp_path)))
    assert steps[-1].stage == "training"
    assert 0.15 < steps[-1].share < 0.95
    assert any(line.startswith("method: ") for line in steps[-1].log)
    assert not (tmp_path / "learning").exists()
    assert not Home(tmp_path).camera(NAME).exists()
    part = shutil.copytree(tmp_path / "cameras" / f".{NAME}.learning", tmp_path / "other")
    capsys.readouterr()
    run_learning(wanted(Home(tmp_path)))
    assert "going on with the learning that was cut off" in capsys.readouterr().err
    home, _ = learnt()
    assert read_card(Home(tmp_path), NAME).alarm_scale == read_card(home, NAME).alarm_scale
    other = wanted(Home(tmp_path), changes=(*SETTINGS, "training.seed=1"))
    config, _ = choose(None, None, other.changes)
    usable, held = hold_out(in_pieces({ordinary(): [(0, 1220)]}, RATE), 2)
    progress = LearningProgress(Home(tmp_path), NAME)
    looked = look([ordinary()], progress)
    train(other, config, looked, usable, held, part, CacheLimits(place() / "cache"), progress)
    assert "learning begins anew" in " ".join(capsys.readouterr().err.split())
    assert load_checkpoint(part).config.settings.training.seed == 1


def test_what_is_unfit_is_named_and_left_out(tmp_path, capsys):
    frames = pictures(122.0, 1, ())
    dark, still = np.zeros_like(frames[:100]), np.repeat(frames[200:201], 100, axis=0)
    video = write(tmp_path / "a.mp4", np.concatenate([frames[:300], dark, frames[300:], still]))
    damaged = tmp_path / "b.mp4"
    shutil.copy(ordinary(), damaged)
    data = bytearray(damaged.read_bytes())
    (tmp_path / "c.mp4").write_bytes(b"no video")
    data[len(data) // 2 : len(data) // 2 + 20_000] = bytes(20_000)
    damaged.write_bytes(data)
    wide = write(tmp_path / "d.mp4", frames[:100, 16:48])
    looked = look([video, damaged, tmp_path / "c.mp4", wide], LearningProgress(Home(tmp_path), NAME))
    said = " ".join(capsys.readouterr().err.split())
    for words in ("a.mp4: 1:00 to", "is too dark: left out", "c.mp4", "d.mp4: is 96x32, another shape than most"):
        assert words in said
    assert any(line.startswith("b.mp4: ") for line in looked.findings)
    kept = {n for first, after in looked.usable[video] for n in range(first, after)}
    assert not kept & set(range(310, 390))
    assert kept >= set(range(10, 290))
    assert list(looked.usable) == [video, damaged]
    assert len(looked.examinations) == 2
    assert any(line.startswith("d.mp4: is 96x32") and line.endswith(": left out") for line in looked.findings)


def test_a_file_by_two_names_is_one(tmp_path):
    (tmp_path / "again.mp4").symlink_to(ordinary())
    looked = look([tmp_path / "again.mp4", ordinary()], LearningProgress(Home(tmp_path), NAME))
    assert len(looked.usable) == 1
    assert looked.usable_s == pytest.approx(244, abs=1)


class Person(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def odd():
    return [OddStretch(ordinary(), n * 50, n * 50 + 25, n * 50 + 10, 5.0 - n) for n in range(3)]


@pytest.mark.parametrize(
    ("way", "answers", "unusual", "unknown"),
    [
        (Odd.ORDINARY, None, [], []),
        (Odd.UNUSUAL, None, [0, 1, 2], []),
        (Odd.ASIDE, "y\ny\ny\n", [], [0, 1, 2]),
        (Odd.ASK, None, [], [0, 1, 2]),
        (Odd.ASK, "y\nNo\n\n", [1], [2]),
        (Odd.ASK, "n\n", [0], [1, 2]),  # the terminal was closed
        (Odd.ASK, "perhaps\n Y \nn\n", [2], [0]),
    ],
)
def test_the_oddest_are_put_aside_as_a_person_wants(tmp_path, monkeypatch, odd, way, answers, unusual, unknown):
    monkeypatch.setattr("sys.stdin", io.StringIO() if answers is None else Person(answers))
    decided = decide(odd, way, RATE, tmp_path / "thumbs", LearningProgress(Home(tmp_path), NAME))
    assert decided == ([odd[n] for n in unusual], [odd[n] for n in unknown])
    kept = sorted(path.name for path in tmp_path.glob("thumbs/*"))
    assert kept == ([] if way is Odd.ORDINARY else ["odd-1.jpg", "odd-2.jpg", "odd-3.jpg"])


def test_a_question_names_the_file_and_the_time(monkeypatch, capsys, odd):
    monkeypatch.setattr("sys.stdin", Person("y\n"))
    assert ask(odd[1], 2, RATE) == "y"
    assert "is number 2 ordinary (ordinary.mp4, 12 s from its start)?" in capsys.readouterr().out


def test_a_thumb_shows_the_peak(tmp_path, odd):
    import cv2

    keep_thumbs(odd[::-1], tmp_path)
    shown = cv2.imread(str(tmp_path / "odd-1.jpg"))[..., ::-1].astype(int)
    frames = pictures(122.0, 1, ()).astype(int)
    distance = [np.abs(shown - frames[n]).mean() for n in (10, 60, 110)]
    assert np.argmin(distance) == 2


def test_progress_that_cannot_be_written_costs_nothing(tmp_path):
    (tmp_path / "learning").write_text("in the way")
    with told(Home(tmp_path), NAME) as progress:
        progress.at("looking", 0.0)
        progress.note("a line")
    assert (tmp_path / "learning").read_text() == "in the way"


def test_progress_is_what_the_dashboard_reads(tmp_path):
    with told(Home(tmp_path), NAME) as progress:
        progress.at("looking", 0.05, "<b>.mp4")
        for n in range(300):
            progress.note(f"line {n}")
        shown = read_learning(Home(tmp_path), NAME)
        assert (shown.stage, shown.share, shown.words) == ("looking", 0.05, "<b>.mp4")
        assert shown.log[-1] == "line 299"
        assert len(shown.log) == 200
        assert json.loads(progress.file.read_text())["camera"] == NAME
    assert not (tmp_path / "learning").exists()
