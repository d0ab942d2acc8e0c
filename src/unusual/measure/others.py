"""Frame scores that others made, beside the labels of a data set: the same table. Needs no torch.

What a checkpoint makes of the same clips may stand beside them: `scores_of`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from unusual.data.datasets import Dataset, DatasetVideo, open_dataset, open_labelled, read_truth
from unusual.domain import ScoreCurve, Truth
from unusual.errors import ConfigError, DataError
from unusual.measure.compare import LIKE_OTHERS, Evaluation, LabelledClip, Smoothing, compare, kinds_of, with_minmax
from unusual.measure.score_files import Curve, read_values
from unusual.run.checkpoint import Checkpoint, learnt_of
from unusual.run.score import Progress, score_video
from unusual.video.cache import cache_folder
from unusual.video.floors import FLOORS, Floors
from unusual.video.reader import open_video
from unusual.video.source import VIDEOS

Watch = Callable[[str], Progress]  # gives, for the name of a clip, who hears how far it is


@dataclass(frozen=True, slots=True)
class Pad:
    """Frames of each clip that a method gives no score, as it needs those before or behind them.

    front, back: how many. They are left out, not filled: what nobody judged is neither right nor wrong.
    """

    front: int = 0
    back: int = 0

    def __post_init__(self) -> None:
        if not 0 <= min(self.front, self.back) <= max(self.front, self.back) <= 1000:
            raise ConfigError(f"from 0 to 1000 frames of a clip may lack a score, got {self.front} and {self.back}")

    @property
    def words(self) -> str:
        """What is said of it in the table.

        >>> Pad(4).words, Pad(2, 2).words
        ('the first 4 frames of each clip left out', 'the first 2 and the last 2 frames of each clip left out')
        """
        ends = [f"the {name} {count}" for name, count in (("first", self.front), ("last", self.back)) if count]
        return f"{' and '.join(ends)} frames of each clip left out"

    def fill(self, scores: Curve) -> Curve:
        """(N - front - back,) -> (N,), NaN at the ends."""
        return np.pad(scores, (self.front, self.back), constant_values=np.nan)


@dataclass(frozen=True, slots=True)
class ForeignScores:
    """What a file of scores holds, higher = more abnormal.

    name: of its row in the table. file, sha256: where it comes from. values: (M,) of all clips, or name of a video ->
    (N,). lower_is_worse: that they were turned. pad: frames that may lack; padded: that they did.
    """

    name: str
    file: str
    sha256: str
    values: Curve | Mapping[str, Curve]
    lower_is_worse: bool = False
    pad: Pad = Pad()
    padded: bool = False

    def of_clips(self, videos: Sequence[DatasetVideo]) -> list[Curve] | None:
        """The scores of each video in turn; None where the file does not say whose they are.

        A video is named with or without its suffix, whatever that is.

        Raises:
            DataError: a video is missing, or one is named that is not there.
        """
        if not isinstance(self.values, Mapping):
            return None
        left = dict(self.values)
        found = [[left.pop(name) for name in list(left) if _names(name, video)] for video in videos]
        for video, curves in zip(videos, found, strict=True):
            if len(curves) != 1:
                raise DataError(f"{self.file} has {'two entries' if curves else 'no scores'} for clip {video.name}")
        if left:
            raise DataError(
                f"{self.file} has scores of {next(iter(left))!r}, which is no test clip; these are "
                f"{videos[0].name} to {videos[-1].name}"
            )
        return [curve for (curve,) in found]

    def cut(self, videos: Sequence[DatasetVideo], lengths: Sequence[int]) -> tuple["ForeignScores", list[Curve]]:
        """The scores of each of the clips, as long as it is, and what they are called now.

        Raises:
            DataError: there are more or fewer scores than frames, all told or of a clip.
        """
        curves, lacking = self.of_clips(videos), self.pad.front + self.pad.back
        shorter = [max(0, length - lacking) for length in lengths]
        if curves is None:
            whole = np.asarray(self.values)
            wanted = shorter if len(whole) != sum(lengths) and len(whole) == sum(shorter) else lengths
            if len(whole) != sum(wanted):
                raise DataError(
                    f"{self.file}: {len(whole)} scores, but the {len(lengths)} test clips have {sum(lengths)} frames"
                    + self._lacking(sum(lengths) - len(whole), len(lengths))
                )
            curves = np.split(whole, np.cumsum(wanted)[:-1])
        padded = [len(each) for each in curves] == shorter and lacking > 0
        if padded:
            curves = [self.pad.fill(each)[-length:] for each, length in zip(curves, lengths, strict=True)]
        for video, scores, length in zip(videos, curves, lengths, strict=True):
            if len(scores) != length:
                raise DataError(
                    f"{self.file}: {len(scores)} scores for the {length} frames of {video.name}"
                    + self._lacking(length - len(scores), 1)
                )
        name = f"{self.name} ({self.pad.words})" if padded else self.name
        return replace(self, name=name, padded=padded), curves

    def _lacking(self, frames: int, clips: int) -> str:
        each, odd = divmod(frames, clips)
        if odd or not 0 < each <= 100 or self.pad != Pad():
            return ""
        return f": where each clip lacks its first {each}, add --pad {each}"

    @property
    def origin(self) -> dict[str, object]:
        """Where they come from, for results.json."""
        padded = {"pad_front": self.pad.front, "pad_back": self.pad.back} if self.padded else {}
        return {"file": self.file, "sha256": self.sha256, "lower_is_worse": self.lower_is_worse, **padded}


@dataclass(frozen=True, slots=True)
class Compared:
    """Others' scores beside the labels of a data set. data: its name; origin: of the scores, for results.json."""

    evaluation: Evaluation
    data: str
    origin: Mapping[str, object]


def compare_foreign(
    foreign: ForeignScores | Sequence[ForeignScores],
    data: str | Path,
    smoothing: Smoothing = LIKE_OTHERS,
    *,
    rate: Fraction | None = None,
    watch: Watch = lambda name: lambda done, expected: None,
) -> Compared:
    """Compare files of scores with a data set's labels. This is what `unusual compare` runs.

    Every test clip is decoded: it tells how many frames it has and when, and the floors need its pictures.

    Args:
        foreign: of `read_foreign` or `scores_of`, a row each; their names differ.
        data: folder of the data set.
        smoothing: of the rows that stand beside the plain ones.
        rate: of clips that are folders of frames, see `open_dataset`.
        watch: gives, for the name of a clip, who hears how far it is decoded.

    Raises:
        ConfigError: two rows have one name, or what reads the labels is not installed.
        DataError: the scores do not fit the data set, or it has no labels.
        VideoError: a test clip cannot be read.
    """
    given = [foreign] if isinstance(foreign, ForeignScores) else list(foreign)
    names = [each.name for each in given]
    if twice := next((name for name in (*names, *FLOORS) if (*names, *FLOORS).count(name) > 1), None):
        raise ConfigError(f"two rows would be called {twice}: give each its own --name")
    dataset = open_labelled(data, rate=rate)
    for each in given:
        each.of_clips(dataset.test)  # a wrong name is told before the clips are decoded
    decoded = [_decode(video, watch(video.name)) for video in dataset.test]
    lengths = [len(clip.times_s) for clip in decoded]
    cut = [each.cut(dataset.test, lengths) for each in given]
    clips = _labelled_clips(cut, dataset, decoded, smoothing)
    unlabelled = [f"{video.source.name}: without labels" for video in dataset.test if video.truth is None]
    told = [each for each, _ in cut]
    evaluation = compare(clips, [*(each.name for each in told), *FLOORS], left_out=unlabelled)
    return Compared(
        evaluation, dataset.name, {"data": dataset.name, "scores": {each.name: each.origin for each in told}}
    )


def read_foreign(path: str | Path, *, lower_is_worse: bool = False, name: str = "", pad: Pad = Pad()) -> ForeignScores:
    """Read a file of scores, or a folder with one for each clip; `score_files` says which forms there are.

    Args:
        lower_is_worse: turn the sign, as of a PSNR.
        name: of the row in the table; "" for the file's.
        pad: frames of each clip that may lack.

    Raises:
        DataError: it cannot be read, or is of another form; says where.
    """
    path = Path(path)
    values, digest = read_values(path)
    sign = -1.0 if lower_is_worse else 1.0
    turned = {clip: sign * each for clip, each in values.items()} if isinstance(values, dict) else sign * values
    file = path.name or path.resolve().name
    return ForeignScores(name or file, file, digest, turned, lower_is_worse, pad)


def scores_of(
    checkpoints: Mapping[str, Checkpoint],
    name: str,
    data: str | Path,
    *,
    rate: Fraction | None = None,
    watch: Watch = lambda name: lambda done, expected: None,
) -> list[ForeignScores]:
    """What a checkpoint makes of a data set's test clips: the live scale and the paper's protocol, a row each.

    Args:
        checkpoints: of `load_scenes`.

    Raises:
        DataError: it is no data set. VideoError: a clip cannot be scored.
    """
    videos = open_dataset(data, rate=rate).test
    results = [
        score_video(
            video.source,
            learnt_of(video.scene, checkpoints),
            pictures=False,
            rate=video.rate,
            cache=cache_folder(),
            progress=watch(f"{name}: {video.name}"),
        ).result
        for video in videos
    ]

    digests = ", ".join(checkpoint.sha256 for checkpoint in checkpoints.values())

    def row(protocol: str, curves: Sequence[ScoreCurve]) -> ForeignScores:
        values = {video.name: curve.scores for video, curve in zip(videos, curves, strict=True)}
        return ForeignScores(f"{name}, {protocol}", name, digests, values)

    live, paper = [each.live for each in results], [each.paper for each in results]
    return [row("live scale", live), row(paper[0].protocol, paper)] if results else []


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding a clip told. times_s: (N,). floors: name -> (N,), see `Floors`."""

    times_s: Curve
    floors: Mapping[str, Curve]
    truth: Truth | None


def _labelled_clips(
    foreign: Sequence[tuple[ForeignScores, Sequence[Curve]]],
    dataset: Dataset,
    decoded: Sequence[Decoded],
    smoothing: Smoothing,
) -> list[LabelledClip]:
    """The scores of each clip beside its labels and floors; clips without labels are left out."""
    clips = []
    for number, (video, clip) in enumerate(zip(dataset.test, decoded, strict=True)):
        if clip.truth is None:
            continue
        own = {each.name: curves[number] for each, curves in foreign}
        rows = smoothing.beside(with_minmax({**own, **clip.floors}), list(own))
        kinds = kinds_of(video, clip.times_s)
        clips.append(LabelledClip(video.source.name, clip.times_s, clip.truth.abnormal, rows, kinds))
    return clips


def _decode(video: DatasetVideo, progress: Progress) -> Decoded:
    times: list[float] = []
    floors = Floors()
    with open_video(video.source, rate=video.rate) as frames:
        for frame in frames:
            times.append(frame.time_s)
            floors.add(frame.rgb, after_gap=frame.after_gap)
            progress(len(times), frames.info.expected_frames)
    times_s = np.array(times)
    return Decoded(times_s, floors.scores(), read_truth(video, times_s, timed=frames.report.timed))


def _names(name: str, video: DatasetVideo) -> bool:
    """Whether a name in a file of scores is this clip's."""
    stem, dot, suffix = name.rpartition(".")
    return name in (video.name, video.source.name) or (stem == video.name and dot + suffix.lower() in VIDEOS)
