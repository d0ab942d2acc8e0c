"""Frame scores that others made, beside the labels of a data set: the same table. Needs no checkpoint and no torch.

    .npy    (M,) numbers: all test frames, clip behind clip in the data set's order
    .csv    columns video,frame,score, frames from 0; or one column, score, clip behind clip
    .json   {video: [score, ...]}

NaN (null in JSON; may be left empty beside video and frame) is a frame that was not scored.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from unusual.data.datasets import Dataset, DatasetVideo, open_dataset, read_truth
from unusual.domain import Truth
from unusual.errors import DataError
from unusual.measure.compare import (
    FLOOR,
    FLOOR_MINMAX,
    LIKE_OTHERS,
    Curve,
    Evaluation,
    LabelledClip,
    Smoothing,
    compare,
    kinds_of,
)
from unusual.run.score import Progress
from unusual.scores.calibrate import per_video_minmax
from unusual.video.frame_difference import FrameDifference
from unusual.video.reader import open_video


@dataclass(frozen=True, slots=True)
class ForeignScores:
    """What a file of scores holds, higher = more abnormal.

    name, sha256: of the file. values: (M,) of all clips, or name of a video -> (N,). lower_is_worse: that they were
    turned.
    """

    name: str
    sha256: str
    values: Curve | Mapping[str, Curve]
    lower_is_worse: bool = False

    def of_clips(self, videos: Sequence[DatasetVideo]) -> list[Curve] | None:
        """The scores of each video in turn; None where the file does not say whose they are.

        Raises:
            DataError: a video is missing, or one is named that is not there.
        """
        if not isinstance(self.values, Mapping):
            return None
        left = dict(self.values)
        found = [[left.pop(name) for name in {v.name, v.source.name} if name in left] for v in videos]
        for video, curves in zip(videos, found, strict=True):
            if len(curves) != 1:
                raise DataError(f"{self.name} has {'two entries' if curves else 'no scores'} for clip {video.name}")
        if left:
            raise DataError(
                f"{self.name} has scores of {next(iter(left))!r}, which is no test clip; these are "
                f"{videos[0].name} to {videos[-1].name}"
            )
        return [curve for (curve,) in found]


@dataclass(frozen=True, slots=True)
class Compared:
    """Others' scores beside the labels of a data set. data: its name; origin: of the scores, for results.json."""

    evaluation: Evaluation
    data: str
    origin: Mapping[str, object]


def compare_foreign(
    foreign: ForeignScores,
    data: str | Path,
    smoothing: Smoothing = LIKE_OTHERS,
    *,
    rate: Fraction | None = None,
    watch: Callable[[str], Progress] = lambda name: lambda done, expected: None,
) -> Compared:
    """Compare a file of scores with a data set's labels. This is what `unusual compare` runs.

    Every test clip is decoded: it tells how many frames it has and when, and the floor needs its pictures.

    Args:
        foreign: of `read_foreign`.
        data: folder of the data set.
        smoothing: of the rows that stand beside the plain ones.
        rate: of clips that are folders of frames, see `open_dataset`.
        watch: gives, for the name of a clip, who hears how far it is decoded.

    Raises:
        DataError: the scores do not fit the data set, or it has no labels.
        VideoError: a test clip cannot be read.
    """
    dataset = open_dataset(data, rate=rate)
    if not any(video.truth for video in dataset.test):
        raise DataError(f"{data} has no test clip with labels: there is nothing to compare scores with")
    foreign.of_clips(dataset.test)  # a wrong name is told before the clips are decoded
    decoded = [_decode(video, watch(video.name)) for video in dataset.test]
    clips = labelled_clips(foreign, dataset, decoded, smoothing)
    unlabelled = [f"{video.source.name}: without labels" for video in dataset.test if video.truth is None]
    evaluation = compare(clips, [foreign.name, FLOOR], left_out=unlabelled)
    told = {"sha256": foreign.sha256, "lower_is_worse": foreign.lower_is_worse}
    return Compared(evaluation, dataset.name, {"data": dataset.name, "scores": foreign.name, **told})


def read_foreign(path: str | Path, *, lower_is_worse: bool = False) -> ForeignScores:
    """Read a file of scores; see the top of this file.

    Args:
        lower_is_worse: turn the sign, as of a PSNR.

    Raises:
        DataError: it cannot be read, or is of another form; says where.
    """
    path = Path(path)
    forms = {".npy": _from_npy, ".csv": _from_csv, ".json": _from_json}
    if path.suffix.lower() not in forms:
        raise DataError(f"{path}: scores must be a .npy, .csv or .json file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    values = forms[path.suffix.lower()](content, path)
    sign = -1.0 if lower_is_worse else 1.0
    turned = {name: sign * each for name, each in values.items()} if isinstance(values, dict) else sign * values
    return ForeignScores(path.name, hashlib.sha256(content).hexdigest(), turned, lower_is_worse)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding a clip told. times_s, floor: (N,), see `FrameDifference`."""

    times_s: Curve
    floor: Curve
    truth: Truth | None


def labelled_clips(
    foreign: ForeignScores, dataset: Dataset, decoded: Sequence[Decoded], smoothing: Smoothing
) -> list[LabelledClip]:
    """Cut the scores into clips and put them beside labels and floor; clips without labels are left out.

    Raises:
        DataError: there are more or fewer scores than frames, all told or of a clip.
    """
    lengths = [len(clip.times_s) for clip in decoded]
    curves = foreign.of_clips(dataset.test)
    if curves is None:
        whole = np.asarray(foreign.values)
        if len(whole) != sum(lengths):
            raise DataError(
                f"{foreign.name}: {len(whole)} scores, but the {len(lengths)} test clips have {sum(lengths)} frames"
            )
        curves = np.split(whole, np.cumsum(lengths)[:-1])
    clips = []
    for video, clip, scores in zip(dataset.test, decoded, curves, strict=True):
        if len(scores) != len(clip.times_s):
            raise DataError(f"{foreign.name}: {len(scores)} scores for the {len(clip.times_s)} frames of {video.name}")
        if clip.truth is not None:
            rows = {foreign.name: scores, f"{foreign.name}, min-max over each test video": per_video_minmax(scores)}
            rows |= {FLOOR: clip.floor, FLOOR_MINMAX: per_video_minmax(clip.floor)}
            rows = smoothing.beside(rows, [foreign.name])
            kinds = kinds_of(video, clip.times_s)
            clips.append(LabelledClip(video.source.name, clip.times_s, clip.truth.abnormal, rows, kinds))
    return clips


def _decode(video: DatasetVideo, progress: Progress) -> Decoded:
    times: list[float] = []
    difference = FrameDifference()
    with open_video(video.source, rate=video.rate) as frames:
        for frame in frames:
            times.append(frame.time_s)
            difference.add(frame.rgb, after_gap=frame.after_gap)
            progress(len(times), frames.info.expected_frames)
    times_s = np.array(times)
    floor = difference.scores() if len(times) > 1 else np.full(len(times), np.nan)
    return Decoded(times_s, floor, read_truth(video, times_s, timed=frames.report.timed))


def _from_npy(content: bytes, path: Path) -> Curve:
    try:
        values = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # a damaged file makes numpy raise almost anything
        raise DataError(f"cannot read {path} as an array without pickle: {error}") from error
    if not isinstance(values, np.ndarray) or values.ndim != 1 or values.dtype.kind not in "fiu":
        form = f"{values.shape} {values.dtype}" if isinstance(values, np.ndarray) else "an archive"
        raise DataError(f"{path}: scores must be numbers (M,), clip behind clip, got {form}")
    return values.astype(np.float64)


def _from_json(content: bytes, path: Path) -> dict[str, Curve]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"cannot read {path} as JSON: {error}") from error
    if not isinstance(document, dict) or not document:
        raise DataError(f"{path}: scores must be an object, video name -> list of scores")
    return {name: _numbers(values, f"{path}, {name!r}") for name, values in document.items()}


def _numbers(values: object, where: str) -> Curve:
    """JSON's numbers and nulls -> (N,)."""
    told = isinstance(values, list) and all(v is None or type(v) in (int, float) for v in values)
    try:
        if isinstance(values, list) and told:
            return np.array([np.nan if value is None else float(value) for value in values], np.float64)
    except OverflowError:
        pass
    raise DataError(f"{where}: scores must be a list of numbers, null where a frame was not scored")


def _from_csv(content: bytes, path: Path) -> Curve | dict[str, Curve]:
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), skipinitialspace=True)
        columns = rows.fieldnames or []
        if columns != ["score"] and not {"video", "frame", "score"} <= set(columns):
            raise DataError(f"{path}: the first line must be video,frame,score, or score alone, got {columns}")
        if columns == ["score"]:
            return np.array([_line(row, rows.line_num, path)[2] for row in rows], np.float64)
        videos: dict[str, dict[int, float]] = {}
        for row in rows:
            video, frame, score = _line(row, rows.line_num, path)
            frames = videos.setdefault(video, {})
            if frame in frames:
                raise DataError(f"{path}, line {rows.line_num}: frame {frame} of {video} is there twice")
            frames[frame] = score
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    return {video: _in_order(frames, f"{path}, {video}") for video, frames in videos.items()}


def _line(row: dict[str, str], number: int, path: Path) -> tuple[str, int, float]:
    """Video, frame and score; "" and 0 where the file does not say whose it is."""
    try:
        score = float(row["score"]) if row["score"].strip() else np.nan
        return row.get("video", "").strip(), int(row.get("frame", 0)), score
    except (ValueError, AttributeError, TypeError) as error:
        told = ",".join(str(cell) for cell in row.values())
        raise DataError(f"{path}, line {number}: expected a frame from 0 and a score, got {told!r}") from error


def _in_order(frames: dict[int, float], where: str) -> Curve:
    try:
        return np.array([frames[number] for number in range(len(frames))], np.float64)
    except KeyError as error:
        raise DataError(f"{where}: frame {error} is missing: frames count from 0, each is there once") from error
