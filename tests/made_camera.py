"""A camera that was learnt from made-up footage, and small videos of the same place, made once for all tests."""

import shutil
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from functools import cache
from unittest.mock import patch

import numpy as np
from made_home import PICTURES, SCALE
from once import once, place
from typed import settings, typed

from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.domain import Box
from unusual.run.checkpoint import load_checkpoint, save_checkpoint
from unusual.run.export import export_or_say
from unusual.store.cameras import read_card, write_card
from unusual.store.events import EventStore, StoredEvent
from unusual.store.home import Home
from unusual.store.names import new_id
from unusual.video.writer import write_video

RATE, NAME, METHOD = 5, "door", "conv-ae"  # its network is written as an ONNX file in a tenth of the time
EXPORTING = export_or_say  # whatever `unexported` makes of it for a test that is the first to ask for the camera
SAID = "said.txt"  # beside the home folder: what the command said
SETTINGS = [
    "clips.height=48",
    "clips.crop=32",
    "clips.stride=2",  # units of nine frames, more than a second, whatever the rate
    "clips.step=17",  # and side by side
    "network.frames=9",
    "network.widths=[8, 8, 8]",
    "network.residual=false",  # what is unusual is hardly told: alarms come where a test lets them
    "training.epochs=2",
    "training.epoch_batches=6",
    "training.batch=2",
    "training.minutes=0",  # by epochs: the same again
]


@cache
def pictures(seconds=20.0, seed=3, kinds=(Kind.CART,)):
    """(N, 64, 96, 3) uint8, of one place."""
    scene = render_scene(SceneConfig(seed=seed, width=96, height=64, rate=RATE, walkers=5), seconds, kinds)
    return np.stack([shown.frame.rgb for shown in scene])


def write(path, frames):
    """A video of them; its path."""
    with write_video(path, frames.shape[2], frames.shape[1], Fraction(RATE)) as sink:
        for n, rgb in enumerate(frames):
            sink.add(rgb, n / RATE)
    return path


@cache
def ordinary():
    """A video of a little more than four minutes: there and back, so that it takes half as long to draw."""

    def make(path):
        there = pictures(122.0, 1, ())
        write(path, np.concatenate([there, there[::-1]]))

    return once("ordinary.mp4", make)


@cache
def unusual_clip():
    """A video of 20 s with a cart in it."""
    return once("cart.mp4", lambda path: write(path, pictures()))


@cache
def learnt():
    """A home folder with the camera, as the command makes it; and what the command said."""
    home = once("home", learn)
    return Home(home), (home.parent / SAID).read_text()


def learn(home):
    """Learn it into a home folder."""
    words = ["learn", ordinary(), "--as", NAME, "--home", home, "--odd", "aside", "--cache", place() / "cache"]
    with patch("unusual.run.export.export_or_say", EXPORTING):
        said = typed(*words, "--method", METHOD, *settings(SETTINGS))
    (home.parent / SAID).write_text(said)


def camera_home(folder):
    """A home of its own with the camera."""
    home, _ = learnt()
    shutil.copytree(home.folder, folder / "home")
    return Home(folder / "home")


def alarming_at(home, score, per_day=48.0):
    """Let alarms of the camera start at this score when so many a day are allowed."""
    card = read_card(home, NAME)
    up = score - SCALE.threshold(per_day).score
    scale = replace(
        SCALE, location=SCALE.location + up, base=SCALE.base + up, tail=tuple(high + up for high in SCALE.tail)
    )
    card = replace(card, alarm_scale=scale)
    write_card(home.camera(NAME), card)
    return card


def add_event(home, verdict, *, clip=True):
    event = StoredEvent(new_id(), NAME, 100.0, 120.0, 110.0, 5.0, 0.1, Box(0, 0, 1, 1))
    folder = home.folder / "media" / event.id
    with closing(EventStore.open(home)) as store:
        store.begin(event)
        store.review(event.id, reviewed=True, verdict=verdict, note="")
        if clip:
            folder.mkdir(parents=True)
            shutil.copy(unusual_clip(), folder / "clip.mp4")
            store.attach(event.id, ["clip.mp4", *PICTURES])
    return event.id


def another_model(folder):
    """Put another model in the place of the one in a camera's folder; its SHA-256."""
    made = load_checkpoint(folder)
    save_checkpoint(folder, replace(made, provenance=replace(made.provenance, commit=f"{made.provenance.commit}+")))
    return load_checkpoint(folder).sha256
