"""Ground truth, in the forms in which the field hands it round -> which frames of a clip are abnormal.

Arrays that need pickle are refused, as pickle can run code. A file that was cut short is refused with a clear line.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.data.matlab import MOST_UNPACKED, arrays_in, hdf5_cells, is_hdf5
from unusual.domain import Interval, Truth
from unusual.errors import DataError
from unusual.video.source import natural_order

MASK_PICTURES = {".png", ".bmp", ".tif", ".tiff"}  # no JPEG: its ringing would make black pixels abnormal
MILLISECOND = 1e-3


@dataclass(frozen=True, slots=True)
class FrameRanges:
    """Ranges of frames of all test clips in one file: UCSD's `.m`, or the `.mat` of Liu et al. (CVPR 2018).

    order:  the place of the clip among the `clips` that were found, from 0: its entry where the file lists as many.
    number: the number in its name, from 1: its entry where the file lists another count, so that a missing clip
            does not move the labels of the others; None where the names are no numbers.
    """

    path: Path
    order: int
    clips: int
    number: int | None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One `.npy` with a 0 or 1 for each frame of all test clips, clip behind clip (as MNAD keeps them).

    first, frames: where this clip's labels start, and how many there are. total: frames of all clips together.
    """

    path: Path
    first: int
    frames: int
    total: int


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A `.npy` of this clip alone with a 0 or 1 for each frame (ShanghaiTech's `test_frame_mask`)."""

    path: Path


@dataclass(frozen=True, slots=True)
class SecondsTable:
    """A CSV of stretches in seconds. videos: the names under which the table may mention this clip."""

    path: Path
    videos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PixelMasks:
    """Abnormal pixels of each frame: a folder of pictures, a `.npy` or `.npz`, or Avenue's `.mat`."""

    path: Path


TruthSource = FrameRanges | LabelRow | LabelFile | SecondsTable | PixelMasks


@dataclass(frozen=True, slots=True)
class LabelledStretch:
    """A line of a SecondsTable. kind: what happens, "" where it is not said."""

    video: str
    interval: Interval
    kind: str = ""


def read_labels(source: TruthSource, times_s: NDArray[np.float64]) -> Truth:
    """Which frames of a clip are abnormal.

    Args:
        source: where it is written.
        times_s: (N,) seconds, the time of each frame of the clip, rising.

    Returns:
        Truth with abnormal (N,) bool.

    Raises:
        DataError: the labels are missing, malformed, need pickle, or are not for N frames.
    """
    match source:
        case FrameRanges(path):
            return Truth(_mark(_ranges_of_clip(source), len(times_s), path))
        case SecondsTable(path, videos):
            return _read_seconds(path, videos, times_s)
        case LabelRow(path, first, frames, total):
            row = _read_label_array(path)
            if len(row) != total:
                raise DataError(f"{path}: {len(row)} labels, but the test clips have {total} frames together")
            abnormal = row[first : first + frames]
        case LabelFile(path):
            abnormal = _read_label_array(path)
        case PixelMasks(path):
            abnormal = np.array([mask.any() for mask in iterate_masks(path)], dtype=np.bool_)
    if len(abnormal) != len(times_s):
        raise DataError(f"{source.path}: {len(abnormal)} labels for a clip of {len(times_s)} frames")
    return Truth(abnormal)


def iterate_masks(path: Path) -> Iterator[NDArray[np.bool_]]:
    """Yield the mask of each frame, (H, W) bool, True where a pixel is abnormal.

    Pictures, `.npy` and MATLAB 7.3 files are read frame by frame; `.npz` and older MATLAB files whole.

    Raises:
        DataError: the masks are missing, malformed, or need pickle.
    """
    if not path.exists():
        raise DataError(f"no masks at {path}")
    masks = _masks_in_folder(path) if path.is_dir() else _masks_in_mat(path) if path.suffix == ".mat" else None
    for mask in masks if masks is not None else _masks_in_array(path):
        if mask.ndim != 2:
            raise DataError(f"{path}: a mask must be (H, W), got {mask.shape}")
        yield mask != 0


def iterate_objects(path: Path) -> Iterator[NDArray[np.int64]] | None:
    """The unusual object that each pixel of each frame belongs to, (H, W), 0 for none; None where no numbers are there.

    They stand in a `.npz` beside the masks: `objects`, (N, H, W), whole numbers that stay the same from frame to frame.

    Raises:
        DataError: the file is missing or malformed, or numbers and masks do not say the same.
    """
    if path.suffix != ".npz" or not _holds(path, "objects"):
        return None
    masks, objects = _load_array(path), _load_array(path, "objects")
    if objects.dtype.kind not in "iu" or not np.array_equal(objects != 0, masks != 0):
        raise DataError(f"{path}: objects must be whole numbers, above 0 where masks are set, got {objects.dtype}")
    return iter(objects.astype(np.int64))


def read_table(path: Path) -> tuple[LabelledStretch, ...]:
    """Read `video,start_s,end_s` and, where it is there, `kind`; the first line names the columns.

    Raises:
        DataError: a column is missing, or a line does not hold 0 <= start_s <= end_s; says which line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, restval="", skipinitialspace=True)
            if not {"video", "start_s", "end_s"} <= set(rows.fieldnames or ()):
                raise DataError(f"{path}: the first line must be video,start_s,end_s or video,start_s,end_s,kind")
            return tuple(_stretch(row, f"{path}, line {rows.line_num}") for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}") from error


def _stretch(row: dict[str, str], where: str) -> LabelledStretch:
    try:
        start_s, end_s = float(row["start_s"]), float(row["end_s"])
    except ValueError as error:
        raise DataError(
            f"{where}: start_s and end_s must be seconds, got {row['start_s']!r}, {row['end_s']!r}"
        ) from error
    if not 0 <= start_s <= end_s < float("inf"):
        raise DataError(f"{where}: need 0 <= start_s <= end_s, got {start_s:g} and {end_s:g}")
    return LabelledStretch(row["video"].strip(), Interval(start_s, end_s), row.get("kind", "").strip())


def _read_seconds(path: Path, videos: tuple[str, ...], times_s: NDArray[np.float64]) -> Truth:
    """Both ends of a stretch are included, to half a millisecond, as people write 0.033 for 1/30."""
    stretches = [line for line in read_table(path) if line.video in videos]
    abnormal = np.zeros(len(times_s), dtype=np.bool_)
    for span in (line.interval for line in stretches):
        if len(times_s) == 0 or span.start_s > times_s[-1] + MILLISECOND / 2:
            end_s = times_s[-1] if len(times_s) else 0.0
            raise DataError(f"{path}: a stretch starts at {span.start_s:g} s, the last frame is at {end_s:g} s")
        abnormal |= (times_s >= span.start_s - MILLISECOND / 2) & (times_s <= span.end_s + MILLISECOND / 2)
    return Truth(abnormal, tuple(dict.fromkeys(line.kind for line in stretches if line.kind)))


def late_ends(source: TruthSource, times_s: NDArray[np.float64]) -> list[str]:
    """A line for each labelled stretch that ends after its clip: by more than its last frame lasts.

    Raises:
        DataError: the labels cannot be read.
    """
    if not isinstance(source, SecondsTable) or len(times_s) < 2:
        return []
    end_s = float(times_s[-1] + np.median(np.diff(times_s)))
    late = [line.interval.end_s for line in read_table(source.path) if line.video in source.videos]
    return [
        f"{source.path}: a stretch ends at {each:g} s, the clip at {end_s:.4g} s"
        for each in late
        if each > end_s + MILLISECOND / 2
    ]


def _ranges_of_clip(source: FrameRanges) -> list[tuple[int, int]]:
    path = source.path
    ranges = _ranges_in_m(path) if path.suffix == ".m" else _ranges_in_mat(path)
    place = source.order if len(ranges) == source.clips else (source.number or 0) - 1
    if not 0 <= place < len(ranges):
        raise DataError(f"{path} lists {len(ranges)} clips, the test clips are {source.clips}")
    return ranges[place]


def _ranges_in_m(path: Path) -> list[list[tuple[int, int]]]:
    """Parse lines like `TestVideoFile{end+1}.gt_frame = [5:90, 140:200];`, one for each clip."""
    try:
        text = re.sub(r"%.*", "", path.read_text(encoding="latin-1"))  # % starts a comment
    except OSError as error:
        raise DataError(f"cannot read {path}: {error}") from error
    entries = re.findall(r"gt_frame\s*=\s*\[?([^\];\n]*)", text)
    if not entries:
        raise DataError(f"{path}: no line of the form gt_frame = [61:180];")
    ranges = []
    for entry in entries:
        parts = re.findall(r"[^\s,:]+(?:\s*:\s*[^\s,:]+)*", entry)
        ends = [re.fullmatch(r"(\d+)(?:\s*:\s*(\d+))?", part) for part in parts]
        if None in ends:
            raise DataError(f"{path}: expected ranges like 5:90, 140:200, got {entry.strip()!r}")
        ranges.append([(int(end[1]), int(end[2] or end[1])) for end in ends if end])
    return ranges


def _ranges_in_mat(path: Path) -> list[list[tuple[int, int]]]:
    """Read `gt`, a cell array with a 2xK matrix for each clip: firsts above lasts."""
    cells = _cells(path, "gt")
    if any(cell.size and (cell.ndim != 2 or len(cell) != 2) for cell in cells):
        raise DataError(f"{path}: each entry of gt must be 2xK, got {[cell.shape for cell in cells]}")
    return [[(int(first), int(last)) for first, last in cell.T] if cell.size else [] for cell in cells]


def _mark(ranges: Sequence[tuple[int, int]], frames: int, path: Path) -> NDArray[np.bool_]:
    """Ranges of frames, counted from 1, both ends included -> (frames,) bool."""
    abnormal = np.zeros(frames, dtype=np.bool_)
    for first, last in ranges:
        if not 1 <= first <= last <= frames:
            raise DataError(f"{path}: frames {first} to {last} are labelled in a clip of {frames} frames")
        abnormal[first - 1 : last] = True
    return abnormal


def _cells(path: Path, name: str) -> list[NDArray[np.generic]]:
    """The cells of a MATLAB cell array in a file of version 5 to 7.2."""
    cells = arrays_in(path, name).get(name)
    if cells is None or cells.dtype != object:
        raise DataError(f"{path} must hold a cell array named {name}")
    return [np.asarray(cell) for cell in cells.ravel()]


def _masks_in_mat(path: Path) -> Iterator[NDArray[np.generic]]:
    """Read Avenue's `volLabel`, a 1xN cell array of HxW masks, in either of MATLAB's forms."""
    return hdf5_cells(path, "volLabel") if is_hdf5(path) else iter(_cells(path, "volLabel"))


def _masks_in_folder(folder: Path) -> Iterator[NDArray[np.generic]]:
    pictures = [p for p in folder.iterdir() if p.suffix.lower() in MASK_PICTURES and not p.name.startswith(".")]
    for path in natural_order(pictures):
        mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise DataError(f"cannot read the mask {path}")
        yield mask


def _masks_in_array(path: Path) -> Iterator[NDArray[np.generic]]:
    masks = _load_array(path)
    if masks.ndim != 3:
        raise DataError(f"{path}: masks must be (N, H, W), got {masks.shape}")
    yield from masks


def _read_label_array(path: Path) -> NDArray[np.bool_]:
    labels = _load_array(path)
    if labels.size != max(labels.shape, default=0):  # (N,), (1, N) and (N, 1) are all in use
        raise DataError(f"{path}: labels must be (N,), got {labels.shape}")
    if labels.dtype.kind not in "biuf" or not np.isin(labels, (0, 1)).all():
        raise DataError(f"{path}: labels must be 0 or 1")
    return labels.ravel().astype(np.bool_)


def _holds(path: Path, name: str) -> bool:
    """Whether an archive has an array of this name; a broken one has none, and says so when its masks are read."""
    try:
        with ZipFile(path) as archive:
            return f"{name}.npy" in archive.namelist()
    except (OSError, BadZipFile):
        return False


def _load_array(path: Path, name: str = "masks") -> NDArray[np.generic]:
    """Load a `.npy`, mapped rather than read, or an array out of a `.npz`; never with pickle."""
    try:
        if path.suffix == ".npz":
            with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                if (size := archive.zip.getinfo(f"{name}.npy").file_size) > MOST_UNPACKED:
                    raise DataError(f"{path} unpacks to {size / 1e9:.1f} GB: keep it as .npy, which is not read whole")
                return np.asarray(archive[name])
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"no label file {path}") from error
    except Exception as error:  # a damaged file makes numpy and zipfile raise almost anything
        if "pickle" in str(error) or "Python objects" in str(error):
            raise DataError(
                f"{path} is not opened: it needs pickle, which can run code. Where you trust it, write it anew: "
                "a = np.load(path, allow_pickle=True); np.save(path, np.concatenate(list(a)).astype(bool))"
            ) from error
        raise DataError(f"cannot read {path}: {error}") from error
