"""`unusual learn`: ordinary footage of one camera in, its model out, with what a person should know of both."""

import hashlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from itertools import chain
from operator import attrgetter
from pathlib import Path

import cv2

from unusual.app.commands.learning_progress import TRAINED, LearningProgress, ToldTraining, told
from unusual.app.commands.record import record, refuse_download
from unusual.app.commands.terminal import bars, say, warn
from unusual.app.report.card import THUMBS, write_card_page
from unusual.camera.alike import unlike_the_rest
from unusual.camera.cuts import OddStretch, calibrate, choose, hold_out, hours_of, in_pieces, oddest, without
from unusual.camera.footage import Examination, examine
from unusual.errors import CheckpointError, ConfigError, DataError, VideoError
from unusual.files import refuse_unwritable, whole_file
from unusual.run.checkpoint import MODEL, TRAINING, save_checkpoint
from unusual.run.config import RunConfig, change_config
from unusual.run.fit import CacheLimits, Learnt, Split, Stretches, fit
from unusual.scores.alarms import AlarmScale
from unusual.store.cameras import REFERENCE, CameraCard, learnt_alone, mend_camera, write_card
from unusual.store.home import Home
from unusual.video.pictures import jpeg, resize_to_fit
from unusual.video.reader import open_video
from unusual.video.source import expand

LEAST_S = 240.0  # of usable footage: held out, half of it makes the eight blocks that the calibration needs
SHORT_S = 3600.0  # below this, half of the footage is kept for the calibration
LEAVE = 1.0  # live score at which an event ends: ordinary footage seldom passes it


class Odd(StrEnum):
    """What is done with the oddest stretches of the footage."""

    ASK = "ask"  # a person, where there is one at the terminal
    ASIDE = "aside"  # not learnt, but calibrated with: nobody has said that it is unusual
    ORDINARY = "ordinary"
    UNUSUAL = "unusual"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `learn` is to make. minutes: of training, 0 for a choice by the footage; duration_s: of live recording.

    alarms_per_day: None for the fewest that the footage supports.
    """

    name: str
    home: Home
    sources: tuple[str, ...]
    duration_s: float = 0.0
    method: str | None = None
    preset: str | None = None
    changes: tuple[str, ...] = ()
    minutes: float = 0.0
    odd: Odd = Odd.ASK
    alarms_per_day: float | None = None
    cache: CacheLimits = field(default_factory=CacheLimits)


@dataclass(frozen=True, slots=True)
class Looked:
    """All footage after a look at it. usable: of each video, first frame and the one after the last.

    findings: a line each, with the names of the files.
    """

    examinations: tuple[Examination, ...]
    usable: dict[Path, list[tuple[int, int]]]
    findings: tuple[str, ...]

    @property
    def main(self) -> Examination:
        """The video with the most usable footage."""
        return max(self.examinations, key=attrgetter("usable_s"))

    @property
    def usable_s(self) -> float:
        """Seconds that can be learnt from."""
        return sum(each.usable_s for each in self.examinations)

    @property
    def still_s(self) -> float:
        """The longest that ordinary footage repeated a picture."""
        return max(each.still_s for each in self.examinations)


def run_learning(wanted: Wanted) -> str:
    """Learn a camera; returns what to say at the end. One that was cut off while it trained goes on from there.

    Raises:
        ConfigError: the name is taken, a setting is wrong, or a live source comes without a duration.
        DataError: too little of the footage is usable; the message says why.
        VideoError, OutputError: see the parts.
    """
    folder = wanted.home.camera(wanted.name)
    mend_camera(wanted.home, wanted.name)
    if wanted.home.card(wanted.name).exists():
        raise ConfigError(
            f"{wanted.name} was learnt already: unusual learn --as {wanted.name} --update, or another name"
        )
    if folder.exists():
        raise ConfigError(f"{folder} is there and holds no camera: move it away, or take another name")
    config, why = choose(wanted.method, wanted.preset, wanted.changes)
    refuse_unwritable(folder)
    part = folder.with_name(f".{folder.name}.learning")
    with learnt_alone(part, wanted.name), told(wanted.home, wanted.name) as progress:
        try:
            return _learn_camera(wanted, config, why, part, progress)
        finally:
            if part.exists() and not (part / TRAINING).exists():
                shutil.rmtree(part)  # pictures of odd stretches, of a training that never began


def _learn_camera(wanted: Wanted, config: RunConfig, why: str, part: Path, progress: LearningProgress) -> str:
    folder, cache = wanted.home.camera(wanted.name), wanted.cache
    looked = look(footage_of(wanted), progress)
    rate = looked.main.rate
    progress.at("setting odd stretches aside", 0.1)
    progress.note(f"method: {why}")
    odd = oddest(list(looked.usable), looked.usable, rate, cache)
    unusual, unknown = decide(odd, wanted.odd, rate, part / THUMBS, progress)
    left = without(looked.usable, unusual)
    refuse_too_little(sum(after - first for each in left.values() for first, after in each) / rate)
    usable, held = hold_out(in_pieces(left, rate), 2 if looked.usable_s < SHORT_S else 3)
    usable = without(usable, unknown)  # held out they stay: they are as ordinary as anybody knows
    learnt = train(wanted, config, looked, usable, held, part, cache, progress)
    progress.at("calibrating", TRAINED)
    checkpoint, scale = calibrate(learnt.checkpoint, learnt.held_out, rate)
    save_checkpoint(part, checkpoint)
    card = card_of(wanted, looked, usable, held, learnt, scale)
    finish(folder, part, card, looked, odd)
    return "\n".join([scale.threshold(card.wanted()).words, f"camera: {folder}", f"card: {folder / 'card.html'}"])


def footage_of(wanted: Wanted) -> list[Path]:
    """The files to learn from; live sources are recorded first, into home/footage/NAME."""
    sources = expand(wanted.sources, say)
    live = [source for source in sources if source.is_camera]
    if live and not wanted.duration_s > 0:
        raise ConfigError("a live camera never ends: say how long to record, as --for 2h")
    files = [source.path for source in sources if not source.is_camera]
    for file in files:
        if not str(file).isprintable():
            raise ConfigError(f"{str(file)!r} cannot be written down: give the file a name of letters")
    for source in live:
        refuse_download(source)
    place = wanted.home.footage(wanted.name)
    recorded = [record(source, place / str(number), wanted.duration_s) for number, source in enumerate(live, start=1)]
    return [*chain.from_iterable(recorded), *files]


def look(videos: Sequence[Path], progress: LearningProgress) -> Looked:
    """Look at all footage, say what was found, leave out what is unfit.

    Raises:
        VideoError: none of it can be read.
        DataError: too little is left.
    """
    seen: dict[Path, Examination] = {}
    findings: list[str] = []
    videos = list({video.resolve(): video for video in reversed(videos)}.values())[::-1]  # each once
    for number, video in enumerate(videos):
        progress.at("looking", 0.1 * number / len(videos), video.name)
        try:
            seen[video] = examine(video)
            lines = [f"{video.name}: {line}" for line in seen[video].findings]
        except VideoError as error:
            if len(videos) == 1:
                raise
            lines = [f"{error}: left out"]
        for line in lines:
            progress.note(line)
        findings += lines
    if not seen:
        raise VideoError(f"none of {len(videos)} files can be read: give videos, or folders of frames")
    for video, words in unlike_the_rest(seen).items():
        findings.append(f"{video.name}: {words}: left out")
        progress.note(findings[-1])
        del seen[video]
    usable = {
        video: [(stretch.first, stretch.last + 1) for stretch in each.usable]
        for video, each in seen.items()
        if each.usable_s
    }
    looked = Looked(tuple(seen.values()), usable, tuple(findings))
    refuse_too_little(looked.usable_s)
    return looked


def refuse_too_little(seconds: float) -> None:
    """Raise DataError where there is not enough footage to learn and to calibrate."""
    if seconds < LEAST_S:
        raise DataError(
            f"only {spoken(seconds)} of the footage can be learnt from, need {spoken(LEAST_S)} at the least "
            "and an hour for thresholds that hold: give more"
        )


def decide(
    odd: Sequence[OddStretch], way: Odd, rate: float, thumbs: Path, progress: LearningProgress
) -> tuple[list[OddStretch], list[OddStretch]]:
    """Which of the oddest stretches are unusual, and of which nobody has said anything."""
    if not odd or way is Odd.ORDINARY:
        return [], []
    keep_thumbs(odd, thumbs)
    share = sum(stretch.after - stretch.first for stretch in odd) / rate
    progress.note(f"{len(odd)} odd stretches, {spoken(share)} in all, put aside; pictures, later on its card: {thumbs}")
    if way is Odd.UNUSUAL:
        return list(odd), []
    if way is Odd.ASIDE or not sys.stdin.isatty():
        return [], list(odd)
    answers = [ask(stretch, number, rate) for number, stretch in enumerate(odd, start=1)]
    return (
        [stretch for stretch, answer in zip(odd, answers, strict=True) if answer == "n"],
        [stretch for stretch, answer in zip(odd, answers, strict=True) if answer not in ("y", "n")],
    )


def ask(stretch: OddStretch, number: int, rate: float) -> str:
    """ "y", "n", or anything else for neither."""
    where = f"{stretch.video.name}, {spoken(stretch.peak / rate)} from its start"
    try:
        return input(f"is number {number} ordinary ({where})? y, n, or Enter for neither: ").strip().lower()[:1]
    except EOFError:
        return ""


def keep_thumbs(odd: Sequence[OddStretch], thumbs: Path) -> None:
    """Write the frame at each stretch's peak as odd-1.jpg and so on. Raises VideoError, OutputError."""
    for source in {stretch.video for stretch in odd}:
        wanted = {stretch.peak: number for number, stretch in enumerate(odd, start=1) if stretch.video == source}
        with open_video(source) as video:
            for frame in video:
                if number := wanted.pop(frame.index, 0):
                    with whole_file(thumbs / f"odd-{number}.jpg") as file:
                        file.write_bytes(jpeg(resize_to_fit(frame.rgb, 480, 360)))
                if not wanted:
                    break


def train(
    wanted: Wanted,
    config: RunConfig,
    looked: Looked,
    usable: Stretches,
    held: Stretches,
    part: Path,
    cache: CacheLimits,
    progress: LearningProgress,
) -> Learnt:
    """Train into `part`, going on with what was cut off there."""
    seconds = looked.usable_s
    minutes = wanted.minutes or training_minutes(seconds)
    config = change_config(
        config, [*config.settings.paced(looked.main.rate), f"training.minutes={minutes}", *wanted.changes]
    )
    share = "half" if seconds < SHORT_S else "two thirds"
    progress.note(f"training takes {minutes:g} minutes, calibrating some; {share} of {spoken(seconds)} is learnt from")
    again = (part / TRAINING).exists()
    if again:
        progress.note("going on with the learning that was cut off")
    with bars() as shown:
        watcher = ToldTraining(shown, progress)
        begin = partial(fit, Split(usable, held), config, part, cache, data=f"camera {wanted.name}", watcher=watcher)
        try:
            learnt = begin(resume=again)
        except CheckpointError:
            if not again:
                raise
            progress.note("it was of other footage, or with other settings: learning begins anew")
            for file in (MODEL, TRAINING):
                (part / file).unlink(missing_ok=True)
            learnt = begin()
    for problem in learnt.problems:
        warn(problem)
    return learnt


def training_minutes(usable_s: float) -> float:
    """As long as the footage is, from 5 to 30 minutes: more changes little for one fixed place.

    >>> training_minutes(600.0), training_minutes(36000.0)
    (10.0, 30.0)
    """
    return min(30.0, max(5.0, round(usable_s / 60, 1)))


def spoken(seconds: float) -> str:
    """A duration in words.

    >>> spoken(42.4), spoken(600), spoken(9000)
    ('42 s', '10.0 minutes', '2.5 hours')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def sha256(file: Path) -> str:
    """The digest of a file, in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def card_of(
    wanted: Wanted, looked: Looked, usable: Stretches, held: Stretches, learnt: Learnt, scale: AlarmScale
) -> CameraCard:
    """What is to be known of the model."""
    main, rate = looked.main, looked.main.rate
    config = learnt.checkpoint.config
    return CameraCard(
        name=wanted.name,
        learnt_at=datetime.now(UTC).isoformat(timespec="seconds"),
        method=config.method,
        preset=config.preset,
        width=main.width,
        height=main.height,
        rate=rate,
        hours=sum(each.duration_s for each in looked.examinations) / 3600,
        trained_hours=hours_of(learnt.trained, rate),
        calibrated_hours=hours_of(learnt.held_out, rate),
        alarm_scale=scale,
        leave=LEAVE,
        still_s=looked.still_s,
        model_sha256=sha256(learnt.file),
        findings=looked.findings,
        footage={str(video.resolve()): tuple(stretches) for video, stretches in usable.items()},
        held={str(video.resolve()): tuple(stretches) for video, stretches in held.items()},
        alarms_per_day=wanted.alarms_per_day,
    )


def finish(folder: Path, part: Path, card: CameraCard, looked: Looked, odd: Sequence[OddStretch]) -> None:
    """Put the reference picture, the card and the page beside the weights, then give the folder its name."""
    with whole_file(part / REFERENCE) as file:
        cv2.imwrite(str(file), cv2.cvtColor(looked.main.reference, cv2.COLOR_RGB2BGR))
    write_card(part, card)
    write_card_page(part, card, odd)
    part.replace(folder)
