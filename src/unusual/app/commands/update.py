"""`unusual learn --update`: a camera's model learns from what its operator marked ordinary.

The old model is kept. Before the new one is taken, both score the clips of past events, and the difference is shown.
"""

import shutil
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from unusual.app.commands.learn import sha256, training_minutes
from unusual.app.commands.learning_progress import TRAINED, LearningProgress, ToldTraining, told
from unusual.app.commands.terminal import bars, table, warn
from unusual.app.report.card import write_card_page
from unusual.camera.cuts import calibrate, hours_of
from unusual.errors import ConfigError, DataError, VideoError
from unusual.run.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from unusual.run.config import RunConfig, change_config
from unusual.run.fit import CacheLimits, Split, fit
from unusual.run.score import score_video
from unusual.store.cameras import (
    PREVIOUS,
    REFERENCE,
    CameraCard,
    learnt_alone,
    mend_camera,
    read_card,
    take_model,
    write_card,
)
from unusual.store.events import EventFilter, EventStore, StoredEvent, Verdict
from unusual.store.home import Home
from unusual.store.media import CLIP
from unusual.store.settings import Setting
from unusual.video.reader import open_video

MOST_EVENTS = 200  # past events that both models score


@dataclass(frozen=True, slots=True)
class Rescored:
    """A past event under both models: the highest live score of its clip, and whether that is an alarm."""

    event: StoredEvent
    old: float
    new: float
    old_alarm: bool
    new_alarm: bool


def run_update(
    home: Home,
    name: str,
    changes: Sequence[str],
    minutes: float,
    alarms_per_day: float | None,
    cache: CacheLimits,
    *,
    yes: bool,
) -> str:
    """Train on, show the change on past events, and take the new model where a person says so.

    Raises:
        CheckpointError: there is no such camera.
        ConfigError: nobody is there to be asked, and yes was not given; or a setting is wrong.
        DataError: no event is marked ordinary, or the footage that it was learnt from is gone.
    """
    mend_camera(home, name)
    folder = home.camera(name)
    with learnt_alone(folder, name):
        card = read_card(home, name)
        if not (yes or sys.stdin.isatty()):
            raise ConfigError("nobody is there to be asked whether the new model is taken: add --yes")
        old = load_checkpoint(folder)
        config = change_config(old.config, [f"training.minutes={minutes or training_minutes(card.hours * 3600) / 2}"])
        config = change_config(config, changes)
        with closing(EventStore.open(home)) as store:
            events = [e for e in store.list(EventFilter(camera=name), most=MOST_EVENTS) if CLIP in e.media]
            ordinary = store.list(EventFilter(camera=name, verdict=Verdict.ORDINARY), most=MOST_EVENTS)
            chosen = store.settings.get(name, Setting.ALARMS_PER_DAY)
        clips = [clip for event in ordinary if plays(clip := home.event(event.id) / CLIP)]
        if not clips:
            raise DataError(f"no event of {name} that has a clip is marked ordinary: mark some in the dashboard first")
        usable = still_there(card)
        part = folder.with_name(f".{name}.update")
        shutil.rmtree(part, ignore_errors=True)
        try:
            with told(home, name) as progress:
                progress.note(f"learning from {len(clips)} events marked ordinary, and from {len(usable)} files again")
                new, new_card = train_again(card, config, part, cache, usable, clips, progress)
                new_card = replace(new_card, alarms_per_day=alarms_per_day or card.alarms_per_day)
                shutil.copy2(folder / REFERENCE, part / REFERENCE)
                write_card(part, new_card)
                write_card_page(part, new_card, [])
            levels = [c.alarm_scale.threshold(c.wanted(alarms_per_day, chosen)).score for c in (card, new_card)]
            show([rescored(home, event, old, new, levels) for event in events])
            if not (yes or asked()):
                return f"{name} stays as it is"
            take_model(folder, part, new_card)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return f"{name} has a new model; the old one is in {folder / new_card.previous}"


def plays(clip: Path) -> bool:
    """Whether a clip can be learnt from; one that was damaged is told."""
    try:
        open_video(clip).close()
    except VideoError as error:
        if clip.exists():
            warn(f"{error}: it is not learnt from")
        return False
    return True


def still_there(card: CameraCard) -> dict[Path, list[tuple[int, int]]]:
    """What the camera was learnt from, as far as it is still there. Raises DataError where nothing is."""
    for gone in (file for file in card.footage if not Path(file).exists()):
        warn(f"{gone} is gone, it is not learnt from again")
    usable = {Path(file): list(stretches) for file, stretches in card.footage.items() if Path(file).exists()}
    if not usable:
        raise DataError(
            f"the footage that {card.name} was learnt from is gone: unusual learn FOOTAGE --as {card.name}-2"
        )
    return usable


def train_again(
    card: CameraCard,
    config: RunConfig,
    part: Path,
    cache: CacheLimits,
    usable: dict[Path, list[tuple[int, int]]],
    clips: Sequence[Path],
    progress: LearningProgress,
) -> tuple[Checkpoint, CameraCard]:
    """Go on from the camera's weights; what was held out is held out again, and all clips are learnt from."""
    with bars() as shown:
        start, watcher, data = part.with_name(card.name), ToldTraining(shown, progress), f"camera {card.name}"
        held = {video: card.held.get(str(video), ()) for video in usable}
        learnt = fit(Split(usable, held, clips), config, part, cache, data=data, start=start, watcher=watcher)
    for problem in learnt.problems:
        warn(problem)
    progress.at("calibrating", TRAINED)
    checkpoint, scale = calibrate(learnt.checkpoint, learnt.held_out, card.rate)
    save_checkpoint(part, checkpoint)
    return checkpoint, replace(
        card,
        learnt_at=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_hours=hours_of(learnt.trained, card.rate),
        calibrated_hours=hours_of(learnt.held_out, card.rate),
        alarm_scale=scale,
        model_sha256=sha256(learnt.file),
        previous=f"{PREVIOUS}/{card.model_sha256[:16]}",
    )


def rescored(home: Home, event: StoredEvent, old: Checkpoint, new: Checkpoint, levels: Sequence[float]) -> Rescored:
    """Score an event's clip by both models; NaN where it cannot be read any more."""
    try:
        before, after = (
            float(np.nanmax(score_video(home.event(event.id) / CLIP, each, pictures=False).result.live.scores))
            for each in (old, new)
        )
    except VideoError:
        before = after = float("nan")
    return Rescored(event, before, after, before >= levels[0], after >= levels[1])


def show(events: Sequence[Rescored]) -> None:
    """Print what the new model makes of past events, by what people said of them."""
    rows = []
    for verdict in (*Verdict, None):
        of = [each for each in events if each.event.verdict is verdict]
        if of:
            alarms = [sum(each.old_alarm for each in of), sum(each.new_alarm for each in of)]
            rows.append([verdict or "no verdict", str(len(of)), *map(str, alarms)])
    table("Past events under both models", ["marked", "events", "alarms, old model", "alarms, new model"], rows)


def asked() -> bool:
    """Whether the person at the terminal, if there is one, wants the new model."""
    return sys.stdin.isatty() and input("take the new model? y or n: ").strip().lower().startswith("y")
