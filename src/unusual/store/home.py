"""The home folder: all that is kept of cameras, and where. No other module knows a path in it.

events.db               events, reviews, settings, the health log, alerts on their way
dashboard.json          who may look
links.key               what links in alerts are signed with
cameras/NAME/           a camera's model, card.json beside it
footage/NAME/           what was recorded to be learnt from
learning/NAME.json      how far the learning of a camera is
live/NAME.json, .jpg    what a watched camera looks like right now; .lock is held by whoever watches it
duty/NAME.json          what a camera is to do: its hours, and what was said by hand; profiles.json: sets of that
scores/NAME/DAY.csv     the day's timeline
media/ID/               an event's clip, curve and pictures
holding.lock            held by whoever takes events along
exports/                what the dashboard has packed to be taken along, for an hour
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unusual.store.names import check_camera, check_id


@dataclass(frozen=True, slots=True)
class Home:
    """One home folder. What is asked for by a name raises DataError where that cannot be one."""

    folder: Path

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def database(self) -> Path:
        """The events and all that is said of them."""
        return self.folder / "events.db"

    @property
    def dashboard(self) -> Path:
        """The dashboard's password, and the names that it answers to."""
        return self.folder / "dashboard.json"

    @property
    def link_key(self) -> Path:
        """The secret that links are signed with."""
        return self.folder / "links.key"

    @property
    def media(self) -> Path:
        """The folders of all events."""
        return self.folder / "media"

    @property
    def holding(self) -> Path:
        """Held by whoever takes events along, so that none is deleted meanwhile."""
        return self.folder / "holding.lock"

    @property
    def exports(self) -> Path:
        """What the dashboard has packed to be taken along."""
        return self.folder / "exports"

    def event(self, event_id: str) -> Path:
        """The folder of an event."""
        return self.media / check_id(event_id)

    def camera(self, name: str) -> Path:
        """The folder of a camera's model."""
        return self.folder / "cameras" / check_camera(name)

    def card(self, name: str) -> Path:
        """What a camera's model is, in numbers."""
        return self.camera(name) / CARD

    def cards(self) -> Iterator[Path]:
        """The cards of all cameras; a model that is being made has a dot before its name, and is left out."""
        return self.folder.glob(f"cameras/[!.]*/{CARD}")

    def footage(self, name: str) -> Path:
        """Where a camera is recorded to be learnt."""
        return self.folder / "footage" / check_camera(name)

    def uploads(self, name: str) -> Path:
        """Where footage lies that was uploaded to learn a camera from."""
        return self.footage(name) / "uploaded"

    def setup(self, name: str) -> Path:
        """The folder of a camera that is being set up in the dashboard."""
        return self.folder / "setups" / check_camera(name)

    def setups(self) -> Iterator[Path]:
        """The folders of all that are."""
        return self.folder.glob("setups/[!.]*")

    def job(self, name: str) -> Path:
        """Held by a process that the dashboard has started, while it lives."""
        return self.folder / "jobs" / f"{name}.lock"

    @property
    def watch_list(self) -> Path:
        """What the dashboard has watched, and where alerts go: as `unusual watch --config` takes it."""
        return self.folder / "cameras.toml"

    def learning(self, name: str) -> Path:
        """How far the learning of a camera is."""
        return self.folder / "learning" / f"{check_camera(name)}.json"

    def learnings(self) -> Iterator[Path]:
        """The same of all that are being learnt."""
        return self.folder.glob("learning/*.json")

    def live(self, name: str) -> Path:
        """What a watched camera does right now."""
        return self.folder / "live" / f"{check_camera(name)}.json"

    def lives(self) -> Iterator[Path]:
        """The same of all that are watched, or were."""
        return self.folder.glob("live/*.json")

    def picture(self, name: str) -> Path:
        """What a watched camera sees right now."""
        return self.live(name).with_suffix(".jpg")

    def watching(self, name: str) -> Path:
        """Held by whoever watches a camera."""
        return self.live(name).with_suffix(".lock")

    def duty(self, name: str) -> Path:
        """What a camera is to do, and when."""
        return self.folder / "duty" / f"{check_camera(name)}.json"

    @property
    def profiles(self) -> Path:
        """What several cameras are to do, under one name."""
        return self.folder / "profiles.json"

    @property
    def models(self) -> Path:
        """The folders of all cameras' models."""
        return self.folder / "cameras"

    def kept(self, *, footage: bool = False) -> Iterator[Path]:
        """The files that make a home what it is, beside database, models and media; links are none of them."""
        rooms = ["duty", "scores", *["footage"] * footage]
        alone = [self.dashboard, self.link_key, self.profiles, self.watch_list]
        yield from (file for file in alone if file.is_file() and not file.is_symlink())
        for room in rooms:
            yield from files_in(self.folder / room)

    def damaged(self) -> Iterator[Path]:
        """Databases that were damaged, and are kept for repair."""
        return self.folder.glob("*.damaged-*")

    def unfinished(self) -> Iterator[Path]:
        """What is being written, or was by somebody who was killed."""
        return self.folder.rglob(".*.part*")

    def scores(self, name: str) -> Path:
        """The folder of a camera's timelines, a file a day."""
        return self.folder / "scores" / check_camera(name)

    def timelines(self) -> Iterator[Path]:
        """The timelines of all cameras and days."""
        return self.folder.glob("scores/*/????-??-??.csv")


def files_in(folder: Path) -> Iterator[Path]:
    """All files below a folder, in the order of their names, but what has a dot before its name or is a link."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = Path(place, name)
            if not name.startswith(".") and not file.is_symlink():
                yield file


CARD = "camera.json"  # in a camera's folder, and in one that becomes it


def home_folder(chosen: str | Path | Home | None = None) -> Home:
    """The folder of cameras, events and media: the chosen one, else $UNUSUAL_HOME, else ./unusual-home."""
    if isinstance(chosen, Home):
        return chosen
    return Home(Path(chosen or os.environ.get("UNUSUAL_HOME") or "unusual-home"))
