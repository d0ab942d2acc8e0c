"""Footage in, a camera out: whole, said in words, refused in one line, and taken up again where it was cut off."""

import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_camera import EXPORTING, METHOD, NAME, RATE, SETTINGS, learnt, ordinary, pictures, place, write

from unusual.camera.cuts import Cuts, Odd, OddStretch
from unusual.camera.learn import (
    LearnSettings,
    decide,
    keep_thumbs,
    learn_camera,
    look,
    refuse_too_little,
    sha256,
    train,
)
from unusual.camera.progress import LearningListener, LearningProgress
from unusual.domain import Box
from unusual.errors import ConfigError, DataError, OutputError, UnusualError
from unusual.run.checkpoint import load_checkpoint
from unusual.run.choice import choose
from unusual.run.fit import CacheLimits, Split
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.cameras import read_card
from unusual.store.home import Home
from unusual.store.live import read_learning
from unusual.store.rules.zones import read_zones

pytestmark = pytest.mark.usefixtures("unexported")


class Heard(LearningListener):
    def __init__(self):
        self.said, self.asked, self.answers = [], [], []

    def note(self, line):
        self.said.append(line)

    def decide(self, odd, rate, thumbs):
        self.asked += range(1, len(odd) + 1)
        return self.answers[: len(odd)]


def settings(**more):
    given = {
        "method": METHOD,
        "changes": tuple(SETTINGS),
        "odd": Odd.ASIDE,
        "cache": CacheLimits(place() / "cache"),
    } | more
    return LearnSettings(**given)


def progress_in(folder):
    return LearningProgress(Home(folder), NAME, Heard())


def test_a_camera_is_learnt_whole():
    home, _ = learnt()
    folder = home.camera(NAME)
    card = read_card(home, NAME)
    assert (card.name, card.width, card.height, card.rate) == (NAME, 96, 64, pytest.approx(RATE))
    assert card.hours * 3600 == pytest.approx(244, abs=1)
    assert 80 <= card.calibrated_hours * 3600 < card.hours * 3600
    assert list(card.footage) == [str(ordinary().resolve())]
    assert card.model_sha256 == sha256(folder / "model.safetensors")
    assert load_checkpoint(folder).config.method == card.method
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
        pytest.param(["{tmp}/empty"], {}, "holds no videos and no frames", id="an empty folder"),
        pytest.param(["{tmp}/notes"], {}, "holds no videos and no frames", id="a folder without a video"),
        pytest.param(["rtsp://127.0.0.1:1/x"], {}, "--for", id="a camera without an end"),
        pytest.param(["{tmp}/short.mp4"], {}, "4 min at the least", id="too little"),
        pytest.param(["{tmp}/one.mp4", "{tmp}/short.mp4"], {}, "need 4 min", id="one picture first"),
        pytest.param([], {"method": "magic"}, "magic", id="no method"),
        pytest.param(["{tmp}/Stra\udcdfe.mp4"], {}, "a name of letters", id="a name that is no text"),
        pytest.param(["{tmp}/both"], {}, "film.mp4 as video: the file is empty", id="pictures beside a video"),
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
        named = [source.format(tmp=tmp_path) for source in sources] or [ordinary()]
        learn_camera(named, NAME, tmp_path / "home", settings(**more))
    assert said in str(told.value)
    assert "\n" not in str(told.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_cache_that_cannot_be_written_is_told_before_the_footage_is_looked_at(tmp_path):
    (tmp_path / "file").touch()
    heard = Heard()
    with pytest.raises(OutputError, match="give another folder with --cache"):
        learn_camera([ordinary()], NAME, tmp_path / "home", settings(cache=CacheLimits(tmp_path / "file")), heard)
    assert heard.said == []
    assert not (tmp_path / "home").exists()


def test_a_name_is_learnt_once():
    home, _ = learnt()
    with pytest.raises(ConfigError, match="was learnt already"):
        learn_camera([ordinary()], NAME, home, settings())


def test_a_folder_that_is_no_camera_is_not_written_over(tmp_path):
    notes = tmp_path / "cameras" / NAME / "notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine")
    with pytest.raises(ConfigError, match="holds no camera"):
        learn_camera([ordinary()], NAME, tmp_path, settings())
    assert notes.read_text() == "mine"


def test_what_was_cut_off_goes_on_and_ends_as_it_would_have(tmp_path, monkeypatch):
    leaves = (Zone(ZoneKind.IGNORE, ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))),)
    monkeypatch.setattr("unusual.camera.learn.always_moving", lambda seen: leaves)
    monkeypatch.setattr("unusual.run.export.export_or_say", EXPORTING)  # the same network gives the scale of both
    steps = []

    class Impatient(LearningListener):
        def step(self, share, loss):
            steps.append(read_learning(Home(tmp_path), NAME))
            if len(steps) == 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn_camera([ordinary()], NAME, tmp_path, settings(), Impatient())
    assert steps[-1].stage == "training"
    assert 0.15 < steps[-1].share < 0.95
    assert any(line.startswith("method: ") for line in steps[-1].log)
    assert not (tmp_path / "learning").exists()
    assert not Home(tmp_path).camera(NAME).exists()
    part = shutil.copytree(tmp_path / "cameras" / f".{NAME}.learning", tmp_path / "other")
    heard = Heard()
    learnt_now = learn_camera([ordinary()], NAME, tmp_path, settings(), heard)
    assert read_zones(learnt_now.folder).proposed == leaves, "they are for a person to decide on"
    assert read_zones(learnt_now.folder).zones == ()
    assert "going on with the learning that was cut off" in heard.said
    home, _ = learnt()
    assert learnt_now.folder == Home(tmp_path).camera(NAME)
    assert read_card(Home(tmp_path), NAME) == learnt_now.card
    assert learnt_now.card.alarm_scale == read_card(home, NAME).alarm_scale
    other = settings(changes=(*SETTINGS, "training.seed=1"))
    config, _ = choose(METHOD, None, other.changes)
    usable, held = Cuts({ordinary(): [(0, 1220)]}).in_pieces(RATE).hold_out(2)
    progress = progress_in(tmp_path)
    train(Split(usable.of, held.of), config, part, NAME, look([ordinary()], progress), other, progress)
    assert any(line.endswith("learning begins anew") for line in progress.listener.said)
    assert load_checkpoint(part).config.settings.training.seed == 1


def test_what_is_unfit_is_named_and_left_out(tmp_path):
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
    progress = progress_in(tmp_path)
    looked = look([video, damaged, tmp_path / "c.mp4", wide], progress)
    said = " ".join(progress.listener.said)
    for words in ("a.mp4: 1:00 to", "is too dark: left out", "c.mp4", "d.mp4: is 96x32, another shape than most"):
        assert words in said
    assert any(line.startswith("b.mp4: ") for line in looked.findings)
    kept = {n for first, after in looked.usable.of[video] for n in range(first, after)}
    assert not kept & set(range(310, 390))
    assert kept >= set(range(10, 290))
    assert list(looked.usable.of) == [video, damaged]
    assert len(looked.examinations) == 2
    assert any(line.startswith("d.mp4: is 96x32") and line.endswith(": left out") for line in looked.findings)


def test_the_one_minute_files_of_a_recorder_are_judged_together(tmp_path):
    frames = pictures(122.0, 1, ())
    minutes = [write(tmp_path / f"{n:02}.mp4", frames[100 * (n % 5) : 100 * (n % 5 + 1)]) for n in range(14)]
    night = [write(tmp_path / f"night-{n}.mp4", np.zeros_like(frames[:100])) for n in range(3)]
    broken = [tmp_path / f"cut-{n}.mp4" for n in range(3)]
    for path in broken:
        path.write_bytes(b"no video")
    progress = progress_in(tmp_path)
    looked = look([*minutes, *night, *broken], progress)
    assert not any("movement" in line for line in looked.findings), "there is enough of it in all of them"
    lines = "\n".join(looked.findings)
    assert len(looked.findings) <= 4, lines
    assert "cut-0.mp4 and 2 more: cannot read it as video" in lines
    assert "night-0.mp4 and 2 more: 0:00 to 0:19 is too dark: left out" in lines
    assert list(looked.findings) == [line for line in progress.listener.said if line in looked.findings]


def test_a_file_by_two_names_is_one(tmp_path):
    (tmp_path / "again.mp4").symlink_to(ordinary())
    looked = look([tmp_path / "again.mp4", ordinary()], progress_in(tmp_path))
    assert len(looked.usable.of) == 1
    assert looked.usable_s == pytest.approx(244, abs=1)


@pytest.fixture
def odd():
    return [OddStretch(ordinary(), n * 50, n * 50 + 25, n * 50 + 10, 5.0 - n) for n in range(3)]


@pytest.mark.parametrize(
    ("way", "answers", "unusual", "unknown"),
    [
        (Odd.ORDINARY, "", [], []),
        (Odd.UNUSUAL, "", [0, 1, 2], []),
        (Odd.ASIDE, "", [], [0, 1, 2]),
        (Odd.ASK, "ou-", [1], [2]),
        (Odd.ASK, "---", [], [0, 1, 2]),
    ],
)
def test_the_oddest_are_put_aside_as_a_person_wants(tmp_path, odd, way, answers, unusual, unknown):
    progress = progress_in(tmp_path)
    progress.listener.answers = [{"o": Odd.ORDINARY, "u": Odd.UNUSUAL, "-": Odd.ASIDE}[answer] for answer in answers]
    decided = decide(odd, way, RATE, tmp_path / "thumbs", progress)
    assert decided == ([odd[n] for n in unusual], [odd[n] for n in unknown])
    assert progress.listener.asked == [1, 2, 3][: len(answers)]
    kept = sorted(path.name for path in tmp_path.glob("thumbs/*"))
    assert kept == ([] if way is Odd.ORDINARY else ["odd-1.jpg", "odd-2.jpg", "odd-3.jpg"])


def test_where_nobody_listens_the_odd_is_put_aside(tmp_path, odd):
    silent = LearningProgress(Home(tmp_path), NAME, LearningListener())
    assert decide(odd, Odd.ASK, RATE, tmp_path / "thumbs", silent) == ([], odd)


def test_a_thumb_shows_the_peak(tmp_path, odd):
    import cv2

    keep_thumbs(odd[::-1], tmp_path)
    shown = cv2.imread(str(tmp_path / "odd-1.jpg"))[..., ::-1].astype(int)
    frames = pictures(122.0, 1, ()).astype(int)
    distance = [np.abs(shown - frames[n]).mean() for n in (10, 60, 110)]
    assert np.argmin(distance) == 2


def test_the_thumb_of_an_odd_stretch_has_its_box(tmp_path, odd):
    import cv2

    keep_thumbs([replace(odd[0], box=Box(0.25, 0.25, 0.75, 0.75))], tmp_path / "boxed")
    keep_thumbs(odd[:1], tmp_path)
    boxed, plain = (cv2.imread(str(folder / "odd-1.jpg")).astype(int) for folder in (tmp_path / "boxed", tmp_path))
    changed = np.abs(boxed - plain).max(2) > 60
    rows, columns = np.nonzero(changed)
    assert abs(rows.min() - 16) < 6 and abs(columns.max() - 72) < 6
    assert not changed[28:36, 40:56].any(), "a frame, that hides nothing of what is in it"


def test_four_minutes_of_footage_are_four_minutes_whatever_its_rate_is_rounded_to():
    refuse_too_little(4 * 900 / 15.000000000000053)
    with pytest.raises(DataError, match="only 3 min 59 s of the footage"):
        refuse_too_little(239.0)


def test_footage_of_a_camera_that_sways_is_steadied_before_it_is_learnt_from(tmp_path):
    there = pictures(122.0, 1, ())
    frames = np.concatenate([there, there[::-1]])
    size = frames.shape[2], frames.shape[1]
    ways = [np.array([[1, 0, 2 * np.sin(2.2 * n)], [0, 1, 0.0]]) for n in range(len(frames))]
    swaying = np.stack(
        [cv2.warpAffine(*each, size, borderMode=cv2.BORDER_REFLECT) for each in zip(frames, ways, strict=True)]
    )
    settings = LearnSettings(method="frame-difference", odd=Odd.ASIDE, cache=CacheLimits(tmp_path / "cache"))
    learnt = learn_camera([write(tmp_path / "mast.mp4", swaying)], NAME, tmp_path / "home", settings)
    assert learnt.card.steadied
    assert load_checkpoint(learnt.folder).scale.mean.mean() < 0.013  # 0.009 of the same film without the sway
