"""Footage nobody has cleaned: odd stretches are found, cut out and counted; what is held out comes from all hours."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from brightness import checkpoint
from made_camera import place, unusual_clip, write

from unusual.camera.cuts import Cuts, OddStretch, began, calibrate, difference, oddest, unlike_the_rest
from unusual.camera.footage import examine
from unusual.domain import FrameErrors
from unusual.methods.footage import Footage
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits
from unusual.video.condition.light import Light

A, B = Path("a"), Path("b")


def test_without_cuts_stretches_out_and_leaves_the_rest():
    odd = [OddStretch(A, 10, 20, 15, 3.0), OddStretch(A, 95, 100, 97, 2.0)]
    assert Cuts({A: [(0, 50), (60, 100)], B: [(0, 9)]}).without(odd) == Cuts(
        {A: [(0, 10), (20, 50), (60, 95)], B: [(0, 9)]}
    )


def test_without_may_leave_nothing():
    assert Cuts({A: [(5, 9)]}).without([OddStretch(A, 0, 50, 7, 1.0)]) == Cuts({A: []})


@pytest.mark.parametrize("frames", [1, 99, 1000, 90_000])
def test_pieces_hold_every_frame_once(frames):
    cuts = Cuts({A: [(0, frames), (frames + 7, frames + 60)], B: [(3, 40)]})
    pieces = cuts.in_pieces(5.0).of
    assert cuts.frames == cuts.in_pieces(5.0).frames == frames + 53 + 37
    for video, wanted in ((A, {*range(frames), *range(frames + 7, frames + 60)}), (B, set(range(3, 40)))):
        held = [frame for first, after in pieces[video] for frame in range(first, after)]
        assert len(held) == len(set(held))
        assert set(held) == wanted
    assert sum(map(len, pieces.values())) <= 30


def test_the_oddest_stretch_is_where_something_flashed():
    chance = np.random.default_rng(0)
    frames = (100 + chance.normal(0, 3, (300, 64, 96, 1))).astype(np.uint8).repeat(3, 3)
    frames[120:124, 20:40, 30:60] = np.array([255, 0, 255, 0], np.uint8)[:, None, None, None]
    video = write(place() / "flash.mp4", frames)
    found = oddest(Cuts({video: [(0, 300)]}), 5.0, CacheLimits(place() / "cache"))
    assert found[0].first < 120 < 124 < found[0].after
    assert 119 <= found[0].peak <= 124
    box = found[0].box
    assert box.left < 45 / 96 < box.right and box.top < 30 / 64 < box.bottom
    assert box.right - box.left < 0.8 and box.bottom - box.top < 0.8, "around it, and not around everything"
    assert sum(each.after - each.first for each in found) < 150
    assert oddest(Cuts({video: [(0, 100)]}), 5.0, CacheLimits(place() / "cache"))[0].after <= 100


def test_nothing_is_odd_where_nothing_moves():
    video = write(place() / "still.mp4", np.full((60, 64, 96, 3), 90, np.uint8))
    assert oddest(Cuts({video: [(0, 60)]}), float(Fraction(5)), CacheLimits(place() / "cache")) == []


@cache
def seen():
    return examine(unusual_clip())


def showing(picture):
    return {light: (usable, picture) for light, (usable, _) in seen().lights.items()}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"rate": 6.0}, "", id="nearly the same rate"),
        pytest.param({"rate": 0.0}, "", id="a single picture"),
        pytest.param({"width": 960, "height": 640}, "", id="larger"),
        pytest.param({"brightness": 30.0}, "", id="another hour"),
        pytest.param({"rate": 12.5}, "has 12.5 frames a second, most of the footage 5", id="faster"),
        pytest.param({"rate": 2.5}, "has 2.5 frames a second, most of the footage 5", id="slower"),
        pytest.param({"width": 64}, "is 64x64, another shape than most of the footage, 96x64", id="narrower"),
        pytest.param({"lights": None}, "shows another place than most of the footage", id="elsewhere"),
    ],
)
def test_what_differs_is_said(change, words):
    if "lights" in change:
        change = {"lights": showing(seen().reference[::-1, ::-1].copy())}
    assert difference(replace(seen(), **change), seen()) == words


def test_most_of_the_footage_is_what_lasts_longest_in_all():
    """One long file does not outvote many short ones that agree; the order of the files does not matter."""
    long = replace(seen(), rate=2.0)  # the same frames last 2.5 times as long
    files = {Path("long"): long} | {Path(f"hour-{n}"): seen() for n in range(3)}
    for order in (files, dict(reversed(files.items()))):
        assert unlike_the_rest(order) == {Path("long"): "has 2 frames a second, most of the footage 5"}
    assert unlike_the_rest({path: files[path] for path in list(files)[:2]}) == {
        Path("hour-0"): "has 5 frames a second, most of the footage 2"
    }
    assert unlike_the_rest({}) == {}


def test_what_differs_from_most_one_way_alone_is_kept():
    """Of a plain picture a detailed one is another place; the other way round it could be a misty lens."""
    plain = np.clip(seen().reference.astype(float) * 0.1 + 100, 0, 255).astype(np.uint8)[::-1, ::-1].copy()
    files = {Path("plain"): replace(seen(), lights=showing(plain), rate=4.5), Path("a"): seen(), Path("b"): seen()}
    left_out = unlike_the_rest(files)
    assert all(left_out.values())


def test_the_same_place_in_another_light_is_not_another_place():
    turned = seen().reference[::-1, ::-1].copy()
    night = replace(seen(), lights={Light.INFRARED: (seen().usable, turned)})
    assert difference(night, replace(seen(), lights={Light.COLOUR: (seen().usable, seen().reference)})) == ""


def test_footage_that_cannot_be_used_is_not_another_place():
    dark = replace(seen(), usable=(), lights=showing(np.zeros_like(seen().reference)))
    assert difference(dark, seen()) == ""


@dataclass(frozen=True)
class Judged:
    """Held-out footage with a frame a minute, each as unusual as it is bright."""

    footage: Footage

    def judged(self):
        for index, value in enumerate(self.footage.pictures.tolist()):
            yield FrameErrors(np.array([index]), np.array([60.0 * index]), value, np.full((1, 1), value, np.float32))


def held_out(name):
    """Two days and a half from midnight on, a frame a minute; hardly anything goes on before six."""
    minutes = np.arange(3600)
    chance = np.random.default_rng(0).exponential(1.0, 3600)
    values = np.where(minutes % 1440 < 360, 0.2, 1.0) * chance
    return replace(Footage.of_frames("yard", values.astype(np.float32)), video=name)


@pytest.mark.parametrize("name", ["/nvr/yard/20261120_000000.mp4", "/nvr/yard/a walk.mp4"])
def test_footage_whose_path_says_when_it_was_tells_which_hours_are_quiet(monkeypatch, name):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    made = replace(checkpoint(), config=make_config("habits"))
    _, scale = calibrate(made, [Judged(held_out(name))], 1 / 60)
    if "2026" in name:
        assert max(scale.busy[1:5]) < 0.5 < 1 < min(scale.busy[8:22])
    assert bool(scale.busy) is ("2026" in name)


def test_a_stretch_began_when_its_video_did_and_its_first_frame_later():
    footage = replace(held_out("/home/footage/yard/1/20261120T000000.500000-600s.mp4")).cut(0, 100).cut(30, 60)
    assert footage.first == 30
    assert began(footage, 10.0) == 1_795_132_800.5 + 3.0
    assert began(replace(footage, video=""), 10.0) is None
