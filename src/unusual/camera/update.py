"""A camera's model learns from what its operator marked ordinary.

The old model is kept. Before the new one is taken, both score the clips of past events, and the difference is shown.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from unusual.camera.cuts import calibrate, hours_of
from unusual.camera.learn import sha256, training_minutes
from unusual.camera.lights.clips import light_of
from unusual.camera.progress import TRAINED, LearningListener, LearningProgress, told
from unusual.domain import Exported
from unusual.errors import DataError, VideoError
from unusual.run.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from unusual.run.config import RunConfig, change_config
from unusual.run.fit import CacheLimits, Split, fit
from unusual.run.score import score_video
from unusual.scores.by_hour import HourlyLevels
from unusual.store.cameras import (
    PREVIOUS,
    REFERENCE,
    CameraCard,
    learnt_alone,
    mend_camera,
    read_cards,
    take_model,
    write_card,
)
from unusual.store.events import EventFilter, EventStore, StoredEvent, Verdict
from unusual.store.home import Home, home_folder
from unusual.store.media import CLIP
from unusual.store.rules.wall_clock import local_zone
from unusual.store.settings import Setting
from unusual.video.condition.steadying import steadying
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


def lost(past: Sequence[Rescored]) -> int:
    """How many events that people called useful the new model raises no alarm for, where the old one does."""
    return sum(e.event.verdict is Verdict.USEFUL and e.old_alarm and not e.new_alarm for e in past)


@dataclass(frozen=True, slots=True)
class Updated:
    """What came of an update. taken: whether the new model was accepted; folder: where the old one lies then."""

    card: CameraCard
    events: tuple[Rescored, ...]
    taken: bool
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Way:
    """How a model is updated, see `update_camera`."""

    accept: Callable[[Sequence[Rescored]], bool]
    changes: Sequence[str]
    minutes: float
    alarms_per_day: float | None
    cache: CacheLimits
    listener: LearningListener


def update_camera(
    name: str,
    home: str | Path | Home | None = None,
    *,
    accept: Callable[[Sequence[Rescored]], bool],
    changes: Sequence[str] = (),
    minutes: float = 0.0,
    alarms_per_day: float | None = None,
    cache: CacheLimits | None = None,
    listener: LearningListener | None = None,
) -> tuple[Updated, ...]:
    """Let a camera's model learn from what was marked ordinary. This is what `unusual update` runs.

    Of a camera that was learnt in several lights, the model of each light in which something was marked.

    Args:
        name, home: the camera, and the folder that it is in; else $UNUSUAL_HOME.
        accept: is shown what both models make of past events, and says whether the new one is taken.
        changes: of the settings, `section.key=value` each.
        minutes: of training, 0 for a choice by the length of the footage.
        alarms_per_day: for which the new model is; None for those of the old one.
        cache: of prepared footage.
        listener: hears how it goes on.

    Raises:
        CheckpointError: there is no such camera. ConfigError: a setting is wrong.
        DataError: no event is marked ordinary, or the footage that it was learnt from is gone.
    """
    place = home_folder(home)
    way = _Way(accept, changes, minutes, alarms_per_day, cache or CacheLimits(), listener or LearningListener())
    mend_camera(place, name)
    with learnt_alone(place.camera(name), name):
        cards = read_cards(place, name)
        for card in cards:
            config_for(card, load_checkpoint(card.folder(place)).config, way)
        with closing(EventStore.open(place)) as store:
            events = [e for e in store.list(EventFilter(camera=name), most=MOST_EVENTS) if CLIP in e.media]
            ordinary = store.list(EventFilter(camera=name, verdict=Verdict.ORDINARY), most=MOST_EVENTS)
            chosen = store.settings.get(name, Setting.ALARMS_PER_DAY)
        marked = [event for event in ordinary if plays(place.event(event.id) / CLIP, way.listener)]
        if not marked:
            raise DataError(f"no event of {name} that has a clip is marked ordinary: mark some in the dashboard first")
        updated = []
        for card in reversed(cards):  # the main one takes the folder that the others are in
            seen = [[e for e in of if is_lit(place.event(e.id) / CLIP, card)] for of in (marked, events)]
            if seen[0]:
                updated.append(_updated(place, card, seen, chosen, way))
        return tuple(updated)


def is_lit(clip: Path, card: CameraCard) -> bool:
    """Whether a clip was seen in a card's light; any is, of a camera that was learnt in one alone."""
    return card.light is None or light_of(clip) is card.light


def config_for(card: CameraCard, config: RunConfig, way: _Way) -> RunConfig:
    """How a model goes on learning. Raises ConfigError for a setting that is wrong."""
    minutes = way.minutes or training_minutes(card.hours * 3600) / 2
    return change_config(change_config(config, [f"training.minutes={minutes}"]), way.changes)


def _updated(
    home: Home, card: CameraCard, seen: Sequence[Sequence[StoredEvent]], chosen: float | None, way: _Way
) -> Updated:
    """One light's model. seen: events in it that were marked ordinary, and all. chosen: alarms a day that were set."""
    marked, events = seen
    folder, listener = card.folder(home), way.listener
    old = load_checkpoint(folder)
    part = folder.with_name(f".{folder.name}.update")
    shutil.rmtree(part, ignore_errors=True)
    try:
        split = still_there(card, [home.event(event.id) / CLIP for event in marked], listener)
        with told(home, card.name, listener) as progress:
            words = f"learning from {len(marked)} events marked ordinary, and from {len(split.learnt)} files again"
            progress.note(f"{words}, in {card.light}" if card.light else words)
            config = config_for(card, old.config, way)
            new, new_card = train_again(card, config, part, folder, split, way.cache, progress)
            new = replace(new, zone_map=old.zone_map)
            new_card = replace(new_card, alarms_per_day=way.alarms_per_day or card.alarms_per_day)
            shutil.copy2(folder / REFERENCE, part / REFERENCE)
            write_card(part, new_card)
            listener.made(part, new_card)
        wanted = [(each.alarm_scale, each.wanted(way.alarms_per_day, chosen)) for each in (card, new_card)]
        levels = [HourlyLevels.of(scale, alarms, local_zone()) for scale, alarms in wanted]
        with steadying(card.steadied):
            past = tuple(rescored(home, event, old, new, levels) for event in events)
        if not way.accept(past):
            return Updated(card, past, taken=False, folder=None)
        take_model(folder, part, new_card)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Updated(new_card, past, taken=True, folder=folder / new_card.previous)


def export_camera(name: str, home: str | Path | Home | None = None) -> Exported:
    """Write a camera's model.onnx, of one that was learnt without, and note it on the card; that of each light.

    Raises:
        CheckpointError: there is no such camera, or its network does not agree. ConfigError: it has none.
    """
    from unusual.run.export import export_again

    place = home_folder(home)
    mend_camera(place, name)
    with learnt_alone(place.camera(name), name):
        for card in reversed(read_cards(place, name)):
            held = [(Path(file), *part) for file, parts in card.held.items() if Path(file).exists() for part in parts]
            exported = export_again(card.folder(place), held)
            write_card(card.folder(place), replace(card, exported=exported))
    return exported


def plays(clip: Path, listener: LearningListener) -> bool:
    """Whether a clip can be learnt from; one that was damaged is told."""
    try:
        open_video(clip).close()
    except VideoError as error:
        if clip.exists():
            listener.warn(f"{error}: it is not learnt from")
        return False
    return True


def still_there(card: CameraCard, clips: Sequence[Path], listener: LearningListener) -> Split:
    """What the camera was learnt from, as far as it is still there, and the clips. Raises DataError for no footage."""
    for gone in (file for file in card.footage if not Path(file).exists()):
        listener.warn(f"{gone} is gone, it is not learnt from again")
    usable = {Path(file): list(stretches) for file, stretches in card.footage.items() if Path(file).exists()}
    if not usable:
        raise DataError(
            f"the footage that {card.name} was learnt from is gone: unusual learn FOOTAGE --as {card.name}-2"
        )
    return Split(usable, {video: card.held.get(str(video), ()) for video in usable}, clips)


def train_again(
    card: CameraCard,
    config: RunConfig,
    part: Path,
    start: Path,
    split: Split,
    cache: CacheLimits,
    progress: LearningProgress,
) -> tuple[Checkpoint, CameraCard]:
    """Go on from the weights in `start`; what was held out is held out again, and all clips are learnt from."""
    data = f"camera {card.name}"
    with steadying(card.steadied):
        learnt = fit(split, config, part, cache, data=data, start=start, watcher=progress)
    for problem in learnt.problems:
        progress.listener.warn(problem)
    progress.at("calibrating", TRAINED)
    checkpoint, scale = calibrate(learnt.checkpoint, learnt.unseen, card.rate)
    save_checkpoint(part, checkpoint)
    return checkpoint, replace(
        card,
        learnt_at=datetime.now(UTC).isoformat(timespec="seconds"),
        trained_hours=hours_of(learnt.trained, card.rate),
        calibrated_hours=hours_of([each.footage for each in learnt.unseen], card.rate),
        alarm_scale=scale,
        model_sha256=sha256(learnt.file),
        exported=learnt.exported,
        previous=f"{PREVIOUS}/{card.model_sha256[:16]}",
    )


def rescored(
    home: Home, event: StoredEvent, old: Checkpoint, new: Checkpoint, levels: Sequence[HourlyLevels]
) -> Rescored:
    """Score an event's clip by both models; NaN where it cannot be read any more."""
    try:
        before, after = (
            float(np.nanmax(score_video(home.event(event.id) / CLIP, each, pictures=False).result.live.scores))
            for each in (old, new)
        )
    except VideoError:
        before = after = float("nan")
    alarms = (score >= level.at(event.peak_utc) for score, level in zip((before, after), levels, strict=True))
    return Rescored(event, before, after, *alarms)
