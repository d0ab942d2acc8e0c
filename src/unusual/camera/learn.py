"""A camera from its own ordinary footage: look at it, put the oddest aside, train, calibrate, write the card."""

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2

from unusual.camera.cuts import Odd, OddStretch, calibrate, hours_of, oddest, unlike_the_rest
from unusual.camera.footage import Examination, always_moving, examine, prospects
from unusual.camera.lights.looked import Looked, by_light, refuse_too_little
from unusual.camera.progress import TRAINED, LearningListener, LearningProgress, told
from unusual.camera.record import footage_of
from unusual.errors import CheckpointError, ConfigError, VideoError
from unusual.files import refuse_unwritable, whole_file
from unusual.methods import method_of
from unusual.run.checkpoint import MODEL, TRAINING, save_checkpoint
from unusual.run.choice import choose
from unusual.run.config import RunConfig, change_config
from unusual.run.fit import CacheLimits, Learnt, Split, fit, named_cache
from unusual.scores.alarms import AlarmScale
from unusual.scores.wording import duration
from unusual.store.cameras import REFERENCE, THUMBS, CameraCard, learnt_alone, mend_camera, write_card
from unusual.store.home import Home, home_folder
from unusual.store.rules.zones import propose_zones
from unusual.video.condition.light import Light
from unusual.video.condition.steadying import steadying
from unusual.video.pictures import draw_box, jpeg, resize_to_fit
from unusual.video.reader import open_video
from unusual.video.source import Named

SHORT_S = 3600.0  # below this, half of the footage is kept for the calibration
LEAVE = 1.0  # live score at which an event ends: ordinary footage seldom passes it


@dataclass(frozen=True, slots=True)
class LearnSettings:
    """How a camera is learnt. duration_s: that a live camera is recorded; needed where one is among the sources.

    method, preset: chosen for this machine where not given. changes: of its settings, `section.key=value` each.
    minutes: of training, 0 for a choice by the length of the footage. odd: what is done with the oddest stretches.
    alarms_per_day: false ones that people can live with; None for the fewest that the footage supports.
    """

    duration_s: float = 0.0
    method: str | None = None
    preset: str | None = None
    changes: tuple[str, ...] = ()
    minutes: float = 0.0
    odd: Odd = Odd.ASK
    alarms_per_day: float | None = None
    cache: CacheLimits = field(default_factory=CacheLimits)


@dataclass(frozen=True, slots=True)
class LearntCamera:
    """A camera that can be watched: its card, and the folder of its model."""

    card: CameraCard
    folder: Path


def learn_camera(
    sources: Sequence[Named],
    name: str,
    home: str | Path | Home | None = None,
    settings: LearnSettings | None = None,
    listener: LearningListener | None = None,
) -> LearntCamera:
    """Learn a camera from its own ordinary footage: model, thresholds, card. This is what `unusual learn` runs.

    One that was cut off while it trained goes on from there.

    Args:
        sources: files, folders of them, folders of frames, or live cameras, which are recorded first.
        name: what the camera is called.
        home: folder of cameras, events and media; else $UNUSUAL_HOME.
        settings: how it is learnt.
        listener: hears how it goes on, and is asked what odd stretches are.

    Raises:
        ConfigError: the name is taken, a setting is wrong, or a live source comes without a duration.
        DataError: too little of the footage is usable; the message says why.
        VideoError, OutputError: see the parts.
    """
    place, settings = home_folder(home), settings or LearnSettings()
    folder = place.camera(name)
    mend_camera(place, name)
    if place.card(name).exists():
        raise ConfigError(f"{name} was learnt already: unusual update --as {name}, or another name")
    if folder.exists():
        raise ConfigError(f"{folder} is there and holds no camera: move it away, or take another name")
    config, why = choose(settings.method, settings.preset, settings.changes)
    refuse_unwritable(folder)
    with named_cache(settings.cache.folder):
        refuse_unwritable(settings.cache.folder)
    part = folder.with_name(f".{folder.name}.learning")
    with learnt_alone(part, name), told(place, name, listener or LearningListener()) as progress:
        try:
            looked = look(footage_of(sources, place.footage(name), settings.duration_s, progress), progress)
            progress.at("setting odd stretches aside", 0.1)
            progress.note(f"method: {why}")
            with steadying(looked.sways):
                card = _learn_lights(name, config, looked, part, settings, progress)
            part.replace(folder)
        finally:
            if part.exists() and not (part / TRAINING).exists():
                shutil.rmtree(part)  # pictures of odd stretches, of a training that never began
    return LearntCamera(card, folder)


def _learn_lights(
    name: str, config: RunConfig, looked: Looked, part: Path, settings: LearnSettings, progress: LearningProgress
) -> CameraCard:
    """Put a camera's model into `part`, and those of its other lights into folders of that; the card of the first."""
    (main, most), *others = by_light(looked, progress).items()
    lights = tuple(light for light in (main, *(light for light, _ in others)) if light)
    card = _learn(name, config, most, part, settings, progress, (main, lights))
    for light, within in others:
        progress.note(f"now what it sees in {light}")
        _learn(name, config, within, part / (light or ""), settings, progress, (light, ()))
    propose_zones(part, always_moving(looked.examinations))
    return card


def _learn(
    name: str,
    config: RunConfig,
    looked: Looked,
    part: Path,
    settings: LearnSettings,
    progress: LearningProgress,
    lit: tuple[Light | None, tuple[Light, ...]],
) -> CameraCard:
    """Put everything of the camera, in one light, into `part`. lit: `light` and `lights` of its card."""
    rate = looked.main.rate
    odd = oddest(looked.usable, rate, settings.cache)
    unusual, unknown = decide(odd, settings.odd, rate, part / THUMBS, progress)
    left = looked.usable.without(unusual)
    refuse_too_little(left.frames / rate)
    usable, held = left, left  # learnt from in turns
    if method_of(config.method).has_network:
        usable, held = left.in_pieces(rate).hold_out(2 if looked.usable_s < SHORT_S else 3)
    usable = usable.without(unknown)  # held out they stay: they are as ordinary as anybody knows
    learnt = train(Split(usable.of, held.of), config, part, name, looked, settings, progress)
    progress.at("calibrating", TRAINED)
    checkpoint, scale = calibrate(learnt.checkpoint, learnt.unseen, rate)
    save_checkpoint(part, checkpoint)
    card = card_of(name, looked, learnt, scale)
    card = replace(card, footage=usable.by_name(), held=held.by_name(), alarms_per_day=settings.alarms_per_day)
    card = replace(card, light=lit[0], lights=lit[1], odd=tuple(map(str, odd)))
    with whole_file(part / REFERENCE) as file:
        cv2.imwrite(str(file), cv2.cvtColor(looked.main.reference, cv2.COLOR_RGB2BGR))
    write_card(part, card)
    progress.listener.made(part, card)
    return card


def look(videos: Sequence[Path], progress: LearningProgress) -> Looked:
    """Look at all footage, say what was found, leave out what is unfit.

    Raises:
        VideoError: none of it can be read.
        DataError: too little is left.
    """
    seen: dict[Path, Examination] = {}
    faults: list[tuple[str, str]] = []
    videos = list({video.resolve(): video for video in reversed(videos)}.values())[::-1]  # each once
    progress.reads(len(videos))
    for number, video in enumerate(videos):
        progress.at("looking", 0.1 * number / len(videos), video.name)
        try:
            seen[video] = examine(video)
            faults += [(video.name, line) for line in seen[video].faults]
        except VideoError as error:
            if len(videos) == 1:
                raise
            faults.append((video.name, f"{str(error).replace(str(video), 'it')}: left out"))
    for video, words in unlike_the_rest(seen).items() if seen else ():
        faults.append((video.name, f"{words}: left out"))
        del seen[video]
    findings = [*together(faults), *prospects(list(seen.values()))]
    for line in findings:
        progress.note(line)
    if not seen:
        raise VideoError(f"none of {len(videos)} files can be read: give videos, or folders of frames")
    looked = Looked(seen, tuple(findings))
    refuse_too_little(looked.usable_s)
    return looked


def together(faults: Iterable[tuple[str, str]]) -> list[str]:
    """What is wrong with which file, (name, line) each, in lines: one for all files with which the same is wrong.

    >>> together([("a", "is dark"), ("b", "is dark"), ("a", "is cut"), ("c", "is dark")])
    ['a and 2 more: is dark', 'a: is cut']
    """
    names: dict[str, list[str]] = {}
    for name, line in faults:
        names.setdefault(line, []).append(name)
    more = {line: f" and {len(of) - 1} more" if len(of) > 1 else "" for line, of in names.items()}
    return [f"{of[0]}{more[line]}: {line}" for line, of in names.items()]


def decide(
    odd: Sequence[OddStretch], way: Odd, rate: float, thumbs: Path, progress: LearningProgress
) -> tuple[list[OddStretch], list[OddStretch]]:
    """Which of the oddest stretches are unusual, and of which nobody has said anything."""
    if not odd or way is Odd.ORDINARY:
        return [], []
    keep_thumbs(odd, thumbs)
    long = duration(sum(stretch.after - stretch.first for stretch in odd) / rate)
    progress.note(f"{len(odd)} odd stretches, {long} in all, put aside; pictures, later on its card: {thumbs}")
    if way is Odd.UNUSUAL:
        return list(odd), []
    if way is Odd.ASIDE:
        return [], list(odd)
    answers = progress.listener.decide(odd, rate, thumbs)
    return (
        [stretch for stretch, answer in zip(odd, answers, strict=True) if answer is Odd.UNUSUAL],
        [stretch for stretch, answer in zip(odd, answers, strict=True) if answer not in (Odd.ORDINARY, Odd.UNUSUAL)],
    )


def keep_thumbs(odd: Sequence[OddStretch], thumbs: Path) -> None:
    """Write the frame at each stretch's peak, with its box, as odd-1.jpg and so on. Raises VideoError, OutputError."""
    for source in {stretch.video for stretch in odd}:
        wanted = {stretch.peak: number for number, stretch in enumerate(odd, start=1) if stretch.video == source}
        with open_video(source) as video:
            for frame in video:
                if number := wanted.pop(frame.index, 0):
                    small, box = resize_to_fit(frame.rgb, 480, 360), odd[number - 1].box
                    with whole_file(thumbs / f"odd-{number}.jpg") as file:
                        file.write_bytes(jpeg(draw_box(small, box) if box else small))
                if not wanted:
                    break


def train(
    split: Split,
    config: RunConfig,
    part: Path,
    name: str,
    looked: Looked,
    settings: LearnSettings,
    progress: LearningProgress,
) -> Learnt:
    """Train into `part`, going on with what was cut off there."""
    seconds = looked.usable_s
    minutes = settings.minutes or training_minutes(seconds)
    paced = config.settings.paced(looked.main.rate)
    config = change_config(config, [*paced, f"training.minutes={minutes}", *settings.changes])
    training, share = "all is looked at once", f"all of {duration(seconds)}"
    if method_of(config.method).has_network:
        training = f"training takes {duration(60 * minutes)}"
        share = f"{'half' if seconds < SHORT_S else 'two thirds'} of {duration(seconds)}"
    progress.note(f"{training}, calibrating takes some time; {share} is learnt from")
    again = (part / TRAINING).exists()
    if again:
        progress.note("going on with the learning that was cut off")
    begin = partial(fit, split, config, part, settings.cache, data=f"camera {name}", watcher=progress)
    try:
        learnt = begin(resume=again)
    except CheckpointError:
        if not again:
            raise
        progress.note("it was of other footage, or with other settings: learning begins anew")
        for file in (MODEL, TRAINING):
            (part / file).unlink(missing_ok=True)
        learnt = begin()
    for problem in together((of, line) for of, _, line in (each.partition(": ") for each in learnt.problems)):
        progress.listener.warn(problem)
    return learnt


def training_minutes(usable_s: float) -> float:
    """As long as the footage is, from 5 to 30 minutes: more changes little for one fixed place.

    >>> training_minutes(600.0), training_minutes(36000.0)
    (10.0, 30.0)
    """
    return min(30.0, max(5.0, round(usable_s / 60, 1)))


def sha256(file: Path) -> str:
    """The digest of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def card_of(name: str, looked: Looked, learnt: Learnt, scale: AlarmScale) -> CameraCard:
    """What is to be known of the model, but for the footage."""
    main, rate = looked.main, looked.main.rate
    config = learnt.checkpoint.config
    return CameraCard(
        name=name,
        learnt_at=datetime.now(UTC).isoformat(timespec="seconds"),
        method=config.method,
        preset=config.preset,
        width=main.width,
        height=main.height,
        rate=rate,
        hours=sum(each.duration_s for each in looked.examinations) / 3600,
        trained_hours=hours_of(learnt.trained, rate),
        calibrated_hours=hours_of([each.footage for each in learnt.unseen], rate),
        alarm_scale=scale,
        leave=LEAVE,
        still_s=looked.still_s,
        model_sha256=sha256(learnt.file),
        exported=learnt.exported,
        findings=looked.findings,
        steadied=looked.sways,
    )
