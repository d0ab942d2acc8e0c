"""A folder -> the clips of a data set and where their ground truth is.

Five layouts are known, by the folders that they begin with:

    UCSD as distributed      Train/Train001/001.tif  Test/Test001/001.tif  Test/Test001_gt/001.bmp  Test/UCSDped2.m
    Avenue as distributed    training_videos/01.avi  testing_videos/01.avi  testing_label_mask/1_label.mat
    ShanghaiTech as distr.   training/videos/01_001.avi  testing/frames/01_0014/000.jpg  testing/test_frame_mask/
    the shared layout        training/frames/01/000.jpg  testing/frames/01/000.jpg, or training/01.mp4  testing/01.mp4
    your own                 normal/  test/  labels.csv
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.data.matlab import require_reader
from unusual.data.published import RATES, Clip, Recognised, clip_number, recognise, scene_of
from unusual.data.truth import (
    FrameRanges,
    LabelFile,
    LabelRow,
    PixelMasks,
    SecondsTable,
    TruthSource,
    iterate_masks,
    iterate_objects,
    read_labels,
    read_table,
)
from unusual.domain import Truth
from unusual.errors import DataError, VideoError
from unusual.video.images import RATE
from unusual.video.reader import open_video
from unusual.video.source import IMAGES, VIDEOS, is_machine_made, natural_order

LAYOUTS = (
    "Train/ and Test/ (UCSD), training_videos/ and testing_videos/ (Avenue), training/ and testing/ (ShanghaiTech, or "
    "the layout that the field shares), normal/ and test/ (your own)"
)


@dataclass(frozen=True, slots=True)
class DatasetVideo:
    """A clip: a video file or a folder of frames.

    name:  unique among the training or the test clips of its data set.
    truth: where its ground truth is, None where there is none.
    also:  further places that must say the same.
    rate:  frames per second where it is a folder of frames; a video file tells its own.
    scene: of `scene_of`, "" where all clips are of one.
    """

    name: str
    source: Path
    truth: TruthSource | None = None
    also: tuple[TruthSource, ...] = ()
    rate: Fraction = RATE
    scene: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a folder holds.

    name:   "ped1", "ped2", "avenue", "shanghaitech", or "own" for any other.
    layout: how the folder is arranged, in words.
    train, test: clips in natural order; training clips show ordinary life only. One of the two may be empty.
    note: how the name was guessed, "" where it is sure.
    """

    name: str
    layout: str
    root: Path
    train: tuple[DatasetVideo, ...]
    test: tuple[DatasetVideo, ...]
    note: str = ""


def open_dataset(root: str | Path, *, rate: Fraction | None = None) -> Dataset:
    """Find out which data set a folder holds. No clip is decoded; a row of labels makes videos be asked their length.

    A published set is recognised by the name of a label file (`ped2.mat`), else by how long its clips are, else, as a
    guess, by the name of the folder, or of the clips (ShanghaiTech's `01_0014`): see `recognise`. A folder around
    exactly one published set stands for that set.

    Where a set has several sources of labels, the publisher's own come first, then those derived from it:
    `.m`, `test_frame_mask`, `testing_label_mask`, `.mat`, `frame_labels*.npy`, pixel masks, `labels.csv`.

    Args:
        root: the folder.
        rate: frames per second, > 0, of clips that are folders of frames, in place of what is known of the set (RATES).

    Raises:
        DataError: the folder is missing or empty, has none of the known layouts, or holds several data sets.
    """
    found = _find(Path(root))
    known = RATES.get(found.name, RATE) if rate is None else rate
    train, test = (
        tuple(replace(video, rate=known, scene=scene_of(found.name, video.name)) for video in part)
        for part in (found.train, found.test)
    )
    return replace(found, train=train, test=test)


def open_labelled(root: str | Path, *, rate: Fraction | None = None) -> Dataset:
    """A data set whose test clips are to be compared with their labels, see `open_dataset`.

    Raises:
        DataError: likewise, or no test clip has labels.
        ConfigError: they lie in a MATLAB file, and what reads it is not installed: told before anything is scored.
    """
    dataset = open_dataset(root, rate=rate)
    if not any(video.truth for video in dataset.test):
        raise DataError(f"{root} has no test clip with labels: there is nothing to compare scores with")
    for path in sorted({each.path for video in dataset.test for each in (video.truth, _masks_of(video)) if each}):
        if path.suffix == ".mat":
            require_reader(path)
    return dataset


def _find(root: Path) -> Dataset:
    if not root.is_dir():
        raise DataError(f"{root} is not a folder" if root.exists() else f"no such folder: {root}")
    if dataset := _published(root) or _own(root):
        return dataset
    inside = [dataset for folder in _visible(root) if folder.is_dir() and (dataset := _published(folder))]
    if len(inside) > 1:
        raise DataError(f"{root} holds several data sets, name one: {', '.join(str(d.root) for d in inside)}")
    if not inside:
        names = [path.name for path in _visible(root)]
        found = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "") or "nothing"
        raise DataError(f"{root} has no clips in a known layout. Looked for {LAYOUTS}; found {found}")
    return inside[0]


def read_truth(video: DatasetVideo, times_s: NDArray[np.float64], *, timed: bool = True) -> Truth | None:
    """Which frames of a clip are abnormal, None where nothing is known.

    Args:
        video: a clip of a data set.
        times_s: (N,) seconds, the time of each of its frames; labels kept in seconds are applied by it.
        timed: whether these are the recording's own seconds, see `ReadReport`.

    Returns:
        Truth with abnormal (N,) bool.

    Raises:
        DataError: the labels are missing, malformed, or not for N frames; or in seconds, where seconds are a guess.
    """
    if video.truth is None:
        return None
    if not timed and isinstance(video.truth, SecondsTable):
        raise DataError(
            f"clip {video.name}: its labels are in seconds, but the times of its frames are made up, as it carries few "
            "or none: label its frames, or write it anew with time stamps"
        )
    try:
        return read_labels(video.truth, times_s)
    except DataError as error:
        raise DataError(f"clip {video.name}: {error}") from error


def read_masks(video: DatasetVideo) -> Iterator[NDArray[np.bool_]] | None:
    """The abnormal pixels of each frame in turn, (H, W) bool; None where a clip has no pixel masks.

    Raises:
        DataError: while iterating, where a mask is missing or malformed.
    """
    source = _masks_of(video)
    return iterate_masks(source.path) if source else None


def read_objects(video: DatasetVideo) -> Iterator[NDArray[np.int64]] | None:
    """The unusual object of each pixel, frame by frame, (H, W), 0 for none; None where a clip's masks do not number it.

    Raises:
        DataError: the numbers are malformed, or say something else than the masks.
    """
    source = _masks_of(video)
    return iterate_objects(source.path) if source else None


def _masks_of(video: DatasetVideo) -> PixelMasks | None:
    return next((source for source in (video.truth, *video.also) if isinstance(source, PixelMasks)), None)


def _published(root: Path) -> Dataset | None:
    return _ucsd(root) or _avenue(root) or _shared(root)


def _ucsd(root: Path) -> Dataset | None:
    train = [clip for clip in _clips(root / "Train") if re.fullmatch(r"Train\d+", clip[0])]
    test = [clip for clip in _clips(root / "Test") if re.fullmatch(r"Test\d+", clip[0])]
    columns: list[Sequence[TruthSource | None]] = [
        *_range_columns(root / "Test", "*.m", test),
        [_if_there(source.with_name(f"{name}_gt")) for name, source in test],  # Ped1 has masks for ten clips only
    ]
    return _dataset("UCSD as distributed", root, train, _with_truth(test, columns))


def _avenue(root: Path) -> Dataset | None:
    train, test = _clips(root / "training_videos"), _clips(root / "testing_videos")
    return _dataset(
        "Avenue as distributed", root, train, _with_truth(test, list(_avenue_columns(root, test))), "avenue"
    )


def _shared(root: Path) -> Dataset | None:
    """ShanghaiTech is distributed in the shared layout too, but for its training clips, which are videos."""
    train, test = _part(root / "training"), _part(root / "testing")
    names = [name for name, _ in test]
    frame_masks = [folder for folder in (root / "testing/test_frame_mask", root / "test_frame_mask") if folder.is_dir()]
    columns: list[Sequence[TruthSource | None]] = [
        *_range_columns(root, "*.m", test),
        *([LabelFile(folder / f"{name}.npy") for name in names] for folder in frame_masks),
        *_avenue_columns(root, test),
        *_range_columns(root, "*.mat", test),
        *_row_columns(root, test),
        [_if_there(root / f"testing/test_pixel_mask/{name}.npy") for name in names],
        *(_table_columns(root, test) if test else ()),
    ]
    if (root / "masks").is_dir():
        columns.append([PixelMasks(root / "masks" / name) for name in names])
    layout = "ShanghaiTech as distributed" if (root / "training/videos").is_dir() else "shared layout"
    return _dataset(layout, root, train, _with_truth(test, columns))


def _own(root: Path) -> Dataset | None:
    test = _clips(root / "test")
    columns: list[Sequence[TruthSource | None]] = list(_table_columns(root, test))
    columns += [[_if_there(root / f"masks/{name}{suffix}") for name, _ in test] for suffix in (".npz", ".npy")]
    return _dataset("normal/ and test/", root, _clips(root / "normal"), _with_truth(test, columns), "own")


def _table_columns(root: Path, test: Sequence[Clip]) -> Iterator[list[TruthSource]]:
    table = root / "labels.csv"
    if table.is_file():
        names = [(source.name, source.stem) if source.is_file() else (source.name,) for _, source in test]
        _check_names_in_table(table, names)
        yield [SecondsTable(table, either) for either in names]


def _check_names_in_table(table: Path, names: Sequence[tuple[str, ...]]) -> None:
    """A misspelt name would silently turn an abnormal clip into an ordinary one."""
    known = Counter(name for either in names for name in set(either))
    for video in {stretch.video for stretch in read_table(table)}:
        if known[video] != 1:
            raise DataError(f"{table}: {video!r} names {known[video] or 'none'} of the test videos, must name one")


def _dataset(
    layout: str, root: Path, train: Sequence[Clip], test: tuple[DatasetVideo, ...], name: str = ""
) -> Dataset | None:
    if not train and not test:
        return None
    videos = tuple(DatasetVideo(*clip) for clip in train)
    own = [(video.name, video.source) for video in test]
    folders, labels = (root.name, root.resolve().name), _label_files(test)
    found = Recognised(name) if name else recognise(folders, labels, own, len(train), _frames_told)
    return Dataset(found.name, layout, root, videos, test, found.note)


def _label_files(test: Sequence[DatasetVideo]) -> list[str]:
    return sorted({source.path.name for video in test for source in (video.truth, *video.also) if source})


def _with_truth(clips: Sequence[Clip], columns: Sequence[Sequence[TruthSource | None]]) -> tuple[DatasetVideo, ...]:
    """Each column is a source of labels with an entry for each clip; the first that a clip has is its truth."""
    videos = []
    for i, (name, source) in enumerate(clips):
        sources = [entry for column in columns if (entry := column[i])]
        videos.append(DatasetVideo(name, source, sources[0] if sources else None, tuple(sources[1:])))
    return tuple(videos)


def _range_columns(folder: Path, pattern: str, clips: Sequence[Clip]) -> Iterator[list[TruthSource]]:
    numbers = [clip_number(name) for name, _ in clips]
    for path in _visible(folder, pattern):
        yield [FrameRanges(path, i, len(clips), n if all(numbers) else None) for i, n in enumerate(numbers)]


def _avenue_columns(root: Path, clips: Sequence[Clip]) -> Iterator[list[TruthSource]]:
    for folder in (root / "testing_label_mask", root / "ground_truth_demo/testing_label_mask"):
        if folder.is_dir():
            yield [PixelMasks(folder / f"{name.lstrip('0')}_label.mat") for name, _ in clips]


def _row_columns(root: Path, clips: Sequence[Clip]) -> Iterator[list[TruthSource]]:
    paths = _visible(root, "frame_labels*.npy")
    ends = np.cumsum([0, *(_frames_of(source) for _, source in clips)] if paths else [0]).tolist()
    for path in paths:
        yield [LabelRow(path, a, b - a, ends[-1]) for a, b in pairwise(ends)]


def _frames_told(source: Path) -> int:
    """How many frames a clip has or says to have, 0 where it does not: no clip is decoded for it."""
    if source.is_dir():
        return _frames_of(source)
    try:
        with open_video(source) as video:
            return video.info.expected_frames or 0
    except VideoError:
        return 0


def _frames_of(source: Path) -> int:
    """How many frames a clip has: decoded, as what a container says is an estimate or worse."""
    if source.is_dir():
        return sum(path.suffix.lower() in IMAGES for path in _visible(source))
    try:
        with open_video(source) as video:
            return sum(1 for _ in video)
    except VideoError:  # reading its labels will tell that the sum does not fit, reading the clip will tell why
        return 0


def _part(folder: Path) -> list[Clip]:
    """The clips of `training` or `testing`: in frames/, else in videos/, else video files in the folder itself."""
    files = [clip for clip in _clips(folder) if clip[1].is_file()]
    return _clips(folder / "frames") or _clips(folder / "videos") or files


def _clips(folder: Path) -> list[Clip]:
    """Video files and folders in natural order. A file is called by its stem where no other has the same."""
    inside = (path for path in _visible(folder) if not is_machine_made(path))
    paths = [path for path in inside if path.is_dir() or path.suffix.lower() in VIDEOS]
    names = [path.name if path.is_dir() else path.stem for path in paths]
    uses = Counter(names)
    return [(name if uses[name] == 1 else path.name, path) for name, path in zip(names, paths, strict=True)]


def _if_there(path: Path) -> PixelMasks | None:
    return PixelMasks(path) if path.exists() else None


def _visible(folder: Path, pattern: str = "*") -> list[Path]:
    """What a folder holds in natural order, without hidden files; [] where there is no folder."""
    paths = folder.glob(pattern) if folder.is_dir() else ()
    return natural_order(path for path in paths if not path.name.startswith("."))
