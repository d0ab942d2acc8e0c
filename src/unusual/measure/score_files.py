"""Frame scores in the forms in which people keep them -> numbers. None of them is ever unpickled.

    .npy    (M,), (1, M) or (M, 1) numbers: all test frames, clip behind clip in the data set's order
    .npz    an array of each clip, called as the clip; or one array, or those of np.savez(path, *clips), in a row
    .mat    the same of MATLAB's variables, up to version 7.2; a cell array is clip behind clip
    .csv    columns video,frame,score, frames from 0; or one column, score, clip behind clip
    .txt    numbers between white space or commas, clip behind clip
    .json   {video: [score, ...]}
    folder  one of these for each clip, called as the clip

NaN (null in JSON; may be left empty beside video and frame) is a frame that was not scored. MATLAB files need the extra
`matlab`, see data/matlab.py.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from unusual.data.matlab import arrays_in, is_hdf5
from unusual.errors import DataError
from unusual.video.source import natural_order

Curve = NDArray[np.float64]
Values = Curve | dict[str, Curve]  # of all clips, or name of a video -> its own

MOST_UNPACKED = 1 << 30  # bytes of an archive's arrays: zip packs a thousandfold
PICKLED = (
    "{} is not opened: it needs pickle, which can run code. Where you trust it, write it without pickle: "
    "a = np.load(path, allow_pickle=True); np.save(path, np.concatenate(list(a)).astype(float)), "
    "and of a dictionary np.savez('scores.npz', **a.item())"
)


def read_values(path: Path) -> tuple[Values, str]:
    """The scores of a file or a folder, and its SHA-256 (of a folder: of those of its files).

    Raises:
        DataError: it cannot be read, or is of another form; says where.
    """
    if path.is_dir():
        return _from_folder(path)
    known = f"{', '.join([*FORMS][:-1])} or {[*FORMS][-1]} file"
    if path.suffix.lower() not in FORMS:
        raise DataError(f"{path}: scores must be a {known}, or a folder of them")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    return FORMS[path.suffix.lower()](content, path), hashlib.sha256(content).hexdigest()


def _from_folder(folder: Path) -> tuple[dict[str, Curve], str]:
    files = natural_order(each for each in folder.iterdir() if each.suffix.lower() in FORMS and each.name[0] != ".")
    if not files:
        raise DataError(f"{folder} has no file of scores: wanted is one for each clip, called as the clip, {[*FORMS]}")
    clips: dict[str, Curve] = {}
    digests = ""
    for file in files:
        values, digest = read_values(file)
        if isinstance(values, dict):
            raise DataError(f"{file} has scores of several clips: give it by itself, or a file for each clip")
        if file.stem in clips:
            raise DataError(f"{folder} has scores of {file.stem} twice")
        clips[file.stem], digests = values, digests + digest
    return clips, hashlib.sha256(digests.encode()).hexdigest()


def _from_npy(content: bytes, path: Path) -> Curve:
    return _vector(_loaded(content, path), str(path))


def _from_npz(content: bytes, path: Path) -> Values:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            if (size := sum(each.file_size for each in archive.infolist())) > MOST_UNPACKED:
                raise DataError(f"{path} unpacks to {size / 1e9:.1f} GB: these are no scores of frames")
            inside = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    except DataError:
        raise
    except Exception as error:  # a damaged file makes zipfile raise almost anything
        raise DataError(f"cannot read {path} as an archive of arrays: {error}") from error
    return _of_arrays({name: _loaded(each, path) for name, each in inside.items()}, path)


def _from_mat(content: bytes, path: Path) -> Values:
    if is_hdf5(path):
        raise DataError(f"{path} is a MATLAB 7.3 file: save it with -v7")
    arrays = arrays_in(path)
    if len(arrays) == 1 and (only := next(iter(arrays.values()))).dtype == object:  # cells
        return np.concatenate([_vector(np.asarray(cell), str(path)) for cell in only.ravel()])
    return _of_arrays(arrays, path)


def _of_arrays(arrays: Mapping[str, NDArray[np.generic]], path: Path) -> Values:
    curves = {name: _vector(each, f"{path}, {name}") for name, each in arrays.items()}
    if not curves:
        raise DataError(f"{path} holds no array")
    if len(curves) == 1 or all(re.fullmatch(r"arr_\d+", name) for name in curves):
        return np.concatenate([curves[name] for name in sorted(curves, key=lambda name: (len(name), name))])
    return curves


def _loaded(content: bytes, path: Path) -> NDArray[np.generic]:
    try:
        values = np.load(io.BytesIO(content), allow_pickle=False)
    except Exception as error:  # a damaged file makes numpy raise almost anything
        if "Object arrays" in str(error):
            raise DataError(PICKLED.format(path)) from error
        raise DataError(f"cannot read {path} as an array without pickle: {error}") from error
    if not isinstance(values, np.ndarray):
        raise DataError(f"{path} is an archive of arrays: call it .npz")
    return values


def _vector(values: NDArray[np.generic], where: str) -> Curve:
    """(M,), (1, M) or (M, 1) numbers -> (M,)."""
    if values.dtype.kind not in "fiu" or values.ndim == 0 or values.size != max(values.shape, default=0):
        raise DataError(f"{where}: scores must be numbers (M,), clip behind clip, got {values.shape} {values.dtype}")
    return values.ravel().astype(np.float64)


def _from_txt(content: bytes, path: Path) -> Curve:
    try:
        words = content.decode("utf-8-sig").replace(",", " ").split()
        return np.array([float(word) for word in words], np.float64)
    except ValueError as error:
        raise DataError(f"{path}: scores must be numbers between white space or commas: {error}") from error


def _from_json(content: bytes, path: Path) -> dict[str, Curve]:
    def once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise DataError(f"{path} has {twice!r} twice")
        return dict(pairs)

    try:
        document = json.loads(content, object_pairs_hook=once)
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


FORMS: dict[str, Callable[[bytes, Path], Values]] = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".mat": _from_mat,
    ".csv": _from_csv,
    ".txt": _from_txt,
    ".json": _from_json,
}
