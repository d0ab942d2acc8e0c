"""Is a data set whole? Every clip is decoded to its end, counted, and held against what is known of the set."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import Dataset, DatasetVideo, open_dataset, read_truth
from unusual.data.published import KNOWN, Part, Totals, clip_number
from unusual.data.truth import late_ends, read_labels
from unusual.domain import ReadReport, Wholeness
from unusual.errors import DataError, VideoError
from unusual.video.reader import open_video
from unusual.video.source import IMAGES

NAMED = 6  # of missing clips, one by one
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True, slots=True)
class ClipCheck:
    """A clip after it was read to its end.

    read:     whether it could be read whole, and how many frames were decoded.
    abnormal: abnormal frames, None for a training clip and where it is not known.
    problems: one line each; empty where all is well.
    """

    part: Part
    name: str
    read: ReadReport
    abnormal: int | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatasetCheck:
    """What came of checking a data set.

    train, test: what was counted. known_train, known_test: what the published set holds, None for a set of your own.
    problems: one line each, about the clips first, then about the set; empty where all is well.
    notes: what is to be known and is not wrong: what was guessed, what has no labels.
    """

    name: str
    layout: str
    root: Path
    clips: tuple[ClipCheck, ...]
    train: Totals
    test: Totals
    known_train: Totals | None
    known_test: Totals | None
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check_dataset(root: Path, progress: Callable[[int, int, str], None] | None = None) -> DatasetCheck:
    """Decode every clip of a data set, read its labels, and compare with the published totals.

    Args:
        root: the folder, see `open_dataset`.
        progress: called as progress(clips done, clips in all, clip being read), the last time with "".

    Raises:
        DataError: the folder holds no data set. What is wrong inside one is told in `problems`, not raised.
    """
    dataset = open_dataset(root)
    videos: list[tuple[Part, DatasetVideo]] = [("train", video) for video in dataset.train]
    videos += [("test", video) for video in dataset.test]
    labelled = any(video.truth for video in dataset.test)
    clips = []
    for done, (part, video) in enumerate(videos):
        if progress:
            progress(done, len(videos), f"{part}/{video.name}")
        clips.append(_check_clip(part, video, labelled))
    if progress:
        progress(len(videos), len(videos), "")
    return _conclude(dataset, tuple(clips))


def _conclude(dataset: Dataset, clips: tuple[ClipCheck, ...]) -> DatasetCheck:
    counted = {part: _add_up([clip for clip in clips if clip.part == part]) for part in PARTS}
    problems = [f"{clip.part} clip {clip.name}: {problem}" for clip in clips for problem in clip.problems]
    for part in PARTS:
        if known := KNOWN.get((dataset.name, part)):
            own = [clip for clip in clips if clip.part == part]
            found = _differences(own, counted[part], known)
            problems += [f"{part}: {here}; {dataset.name} has {there}" for here, there in found]
    return DatasetCheck(
        name=dataset.name,
        layout=dataset.layout,
        root=dataset.root,
        clips=clips,
        train=counted["train"],
        test=counted["test"],
        known_train=KNOWN.get((dataset.name, "train")),
        known_test=KNOWN.get((dataset.name, "test")),
        problems=tuple(problems),
        notes=tuple(_notes(dataset)),
    )


def _notes(dataset: Dataset) -> Iterator[str]:
    if dataset.note:
        yield f"{dataset.name}: {dataset.note}"
    if dataset.test and not any(video.truth for video in dataset.test):
        yield "the test clips are unlabelled: they can be scored, and compared with nothing"


def _check_clip(part: Part, video: DatasetVideo, labelled: bool) -> ClipCheck:
    times_s, read = _decode(video.source)
    if read.wholeness is not Wholeness.COMPLETE:  # labels of the whole clip do not fit a part of it
        expected = f" of {read.expected}" if read.expected is not None else ""
        said = f"{read.wholeness}, {read.decoded}{expected} frames"
        return ClipCheck(part, video.name, read, None, (": ".join((said, *read.problems)),))
    problems = [*read.problems, *_gaps(video.source)]
    if part == "train":
        return ClipCheck(part, video.name, read, None, tuple(problems))
    abnormal = None
    try:
        if truth := read_truth(video, times_s, timed=read.timed):
            abnormal = int(truth.abnormal.sum())
            problems += _disagreements(video, times_s, truth.abnormal)
            problems += late_ends(video.truth, times_s) if video.truth else []
        elif labelled:
            problems.append("has no ground truth, others of the set have")
    except DataError as error:
        problems.append(str(error).removeprefix(f"clip {video.name}: "))
    return ClipCheck(part, video.name, read, abnormal, tuple(problems))


def _decode(source: Path) -> tuple[NDArray[np.float64], ReadReport]:
    times: list[float] = []
    try:
        with open_video(source) as video:
            with suppress(VideoError):  # the report says it too
                times.extend(frame.time_s for frame in video)
            return np.array(times), video.report
    except VideoError as error:
        return np.array(times), ReadReport(Wholeness.UNREADABLE, 0, None, (str(error),))


def _gaps(source: Path) -> Iterator[str]:
    """A folder of frames whose numbers have holes is whole to a reader, and still lacks frames."""
    if source.is_dir():
        stems = [path.stem for path in source.iterdir() if path.suffix.lower() in IMAGES]
        numbers = {int(found[0]) for stem in stems if (found := re.search(r"\d+$", stem)) and not stem.startswith(".")}
        holes = max(numbers, default=0) - min(numbers, default=1) + 1 - len(numbers)
        if 0 < holes < len(numbers):  # more holes than frames: the numbers count something else
            first = next(n for n in range(min(numbers), max(numbers)) if n not in numbers)
            yield f"frame {first} is missing" + (f", and {holes - 1} more" if holes > 1 else "")


def _disagreements(video: DatasetVideo, times_s: NDArray[np.float64], abnormal: NDArray[np.bool_]) -> Iterator[str]:
    for source in video.also:
        try:
            differ = int((read_labels(source, times_s).abnormal != abnormal).sum())
        except DataError as error:
            yield str(error)
        else:
            if differ and video.truth:
                yield f"{source.path} and {video.truth.path} disagree on {differ} of {len(abnormal)} frames"


def _add_up(clips: Sequence[ClipCheck]) -> Totals:
    known = [clip.abnormal for clip in clips if clip.abnormal is not None]
    return Totals(len(clips), sum(clip.read.decoded for clip in clips), sum(known) if known else None)


def _differences(clips: Sequence[ClipCheck], counted: Totals, known: Totals) -> Iterator[tuple[str, int]]:
    """What was found, and the known number beside it."""
    yield from _missing(clips, known)
    for clip in clips:
        number = clip_number(clip.name) or 0
        if clip.read.wholeness is Wholeness.COMPLETE and 1 <= number <= len(known.lengths):
            length = known.lengths[number - 1]
            if clip.read.decoded != length:
                yield f"clip {clip.name} has {clip.read.decoded} frames", length
    if counted.clips != known.clips:
        yield f"{counted.clips} clips", known.clips
    if known.frames not in (None, counted.frames):
        yield f"{counted.frames} frames", known.frames
    if counted.abnormal is not None and known.abnormal not in (None, counted.abnormal):
        yield f"{counted.abnormal} abnormal frames", known.abnormal


def _missing(clips: Sequence[ClipCheck], known: Totals) -> Iterator[tuple[str, int]]:
    """A line of the clips that are not there, by the numbers in the names of those that are; with the number of all."""
    numbers = {clip_number(clip.name) for clip in clips}
    if clips and numbers <= set(range(1, known.clips + 1)):
        prefix = clips[0].name.rstrip("0123456789")
        digits = len(clips[0].name) - len(prefix)
        gone = [f"{prefix}{n:0{digits}d}" for n in range(1, known.clips + 1) if n not in numbers]
        more = f" and {len(gone) - NAMED} more" if len(gone) > NAMED else ""
        if gone:
            told = (
                f"clip {gone[0]} is missing" if len(gone) == 1 else f"clips {', '.join(gone[:NAMED])}{more} are missing"
            )
            yield told, known.clips
