"""What a person has said of an archive, kept beside its manifest: later commands, and other machines, need the folder
alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter

from unusual.errors import ConfigError, DataError
from unusual.files import write_text
from unusual.run.archive.past.gather import CameraRule
from unusual.run.archive.planning.plan import SHARD_MINUTES, ArchiveFiles, JudgedBy
from unusual.run.archive.shelf import Shelf
from unusual.run.archive.work import CameraModel, ShardWork
from unusual.run.score import Thresholds
from unusual.store.cameras import read_card
from unusual.store.home import Home

WORDS = "archive.json"


@dataclass(frozen=True)
class ArchiveWords:
    """What an archive is, and by whom it is judged.

    files, patterns, zone, minutes: see `ArchiveFiles`. checkpoint: that judges all cameras; "" where each has its own,
    in `home`. changes: of its settings. home: that it becomes a part of, "" for one of its own. shelf: where the files
    of shards are put, "" for beside the manifest. alarms_per_day: see `CameraRule`; else what a camera was learnt for.
    """

    files: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    zone: str = "UTC"
    minutes: float = SHARD_MINUTES
    checkpoint: str = ""
    changes: tuple[str, ...] = ()
    home: str = ""
    shelf: str = ""
    enter: float = Thresholds().enter
    leave: float = Thresholds().leave
    alarms_per_day: float | None = None

    def __post_init__(self) -> None:
        if not self.checkpoint and not self.home:
            raise ConfigError("give --checkpoint MODEL for all cameras, or --home with the cameras that were learnt")
        if self.changes and not self.checkpoint:
            raise ConfigError("--set changes the settings of --checkpoint; learnt cameras are taken as they are")
        _zone(self.zone)

    @property
    def named(self) -> ArchiveFiles:
        """For the plan."""
        return ArchiveFiles(self.files, self.patterns, _zone(self.zone), self.minutes)

    def model(self, camera: str) -> CameraModel:
        """Who judges a camera. Raises CheckpointError, with those there are, where it was not learnt."""
        if self.checkpoint:
            return CameraModel(self.checkpoint, self.changes)
        home = Home(Path(self.home))
        card = read_card(home, camera)
        digest = card.exported.sha256 if card.exported else ""
        return CameraModel(str(home.camera(camera)), (), digest, card.steadied)

    def judging(self, camera: str) -> JudgedBy:
        """For the plan. Raises as `model`, and as `load_checkpoint`."""
        model = self.model(camera)
        loaded = model.load()
        settings = [*self.changes, *map(repr, loaded.zone_map.zones), *(["steadied"] * model.steadied)]
        return JudgedBy(loaded.sha256, " ".join(settings), loaded.scorer.reach)

    def rule(self, camera: str) -> CameraRule:
        """What makes an event of a camera. Raises as `judging`."""
        thresholds, memory = Thresholds(self.enter, self.leave), self.model(camera).load().scale.memory
        if self.checkpoint:
            return CameraRule(thresholds, memory, alarms_per_day=self.alarms_per_day)
        card = read_card(Home(Path(self.home)), camera)
        wanted, leave = card.wanted(self.alarms_per_day), min(card.leave, self.enter)
        return CameraRule(Thresholds(self.enter, leave), memory, card.alarm_scale, wanted)

    def home_in(self, out: Path) -> Home:
        """Where its events go."""
        return Home(Path(self.home) if self.home else out / "home")

    def shelf_in(self, out: Path) -> Shelf:
        """Where the files of its shards are."""
        return Shelf(self.shelf or str(out / "shards"))

    def work(self, out: Path, cameras: Iterable[str]) -> ShardWork:
        """What every process is to do."""
        models = tuple((camera, self.model(camera)) for camera in cameras)
        return ShardWork(models, self.shelf_in(out), self.leave)


def write_words(out: Path, words: ArchiveWords) -> None:
    """Keep them in a folder. Raises OutputError."""
    write_text(out / WORDS, _ADAPTER.dump_json(words, indent=2).decode() + "\n")


def read_words(out: Path) -> ArchiveWords:
    """Read them. Raises DataError where there are none."""
    try:
        return _ADAPTER.validate_json((out / WORDS).read_bytes())
    except (OSError, ValueError, ConfigError) as error:
        raise DataError(f"{out} is no archive that was planned: unusual archive plan FOLDER --out {out}") from error


@lru_cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"--zone takes a name as Europe/Berlin or UTC, got {name!r}") from error


_ADAPTER = TypeAdapter(ArchiveWords)
