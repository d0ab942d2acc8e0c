"""Training frames decoded once, kept on disk as plain bytes, mapped into memory. Safe to delete at any time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unusual.errors import ConfigError, OutputError, VideoError
from unusual.files import cache_place, whole_file, write_text
from unusual.video.condition.levels import SHOWN
from unusual.video.condition.steadying import STEADIED
from unusual.video.reader import open_video
from unusual.video.source import Named, Source

RULES = 2  # raise it when other frames come of the same file, or more is noted: what was kept before is left alone
Prepare = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]  # (H, W, 3) -> the picture that training sees


@dataclass(frozen=True, slots=True)
class CachedVideo:
    """One video at working size. pictures: (N, h, w, C) uint8, mapped from disk; problems: of reading it.

    seams: frames before which there is a gap.
    """

    name: str
    pictures: NDArray[np.uint8]
    problems: tuple[str, ...]
    seams: tuple[int, ...]


def cache_folder() -> Path:
    """Where frames are kept: $UNUSUAL_CACHE, else the user's cache folder."""
    return cache_place("UNUSUAL_CACHE", "frames")


def cache_video(
    source: Path, shape: tuple[int, int, int], prepare: Prepare, folder: Path, most_bytes: int
) -> CachedVideo:
    """Decode a video into the cache, or take it from there when it has not changed since.

    Args:
        source: a video file or a folder of frames.
        shape: (h, w, C) of what `prepare` makes of a frame.
        prepare: brings a frame to working size.
        folder: the cache; made when absent.
        most_bytes: what this one video may take at the most.

    Raises:
        VideoError: the video cannot be read.
        ConfigError: it would take more than `most_bytes`.
        OutputError: no space or no permission.
    """
    key = cache_key(source, shape, RULES)
    pixels, notes = folder / f"{key}.u8", folder / f"{key}.json"
    kept = _kept(source.name, shape, pixels, notes)
    if kept is None:
        _decode(source, prepare, pixels, notes, most_bytes)
        kept = _kept(source.name, shape, pixels, notes)
    if kept is None:
        raise OutputError(f"the cache folder {folder} does not keep what is written")
    return kept


def _kept(name: str, shape: tuple[int, int, int], pixels: Path, notes: Path) -> CachedVideo | None:
    """What `_decode` wrote; None where there is nothing, or it is damaged."""
    try:
        pictures = np.memmap(pixels, np.uint8, "r").reshape(-1, *shape)
        known = json.loads(notes.read_text(encoding="utf-8"))
        return CachedVideo(name, pictures, tuple(map(str, known["problems"])), tuple(map(int, known["seams"])))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def cache_key(source: Path, *of: object) -> str:
    """What files made of this very video, in this state, are called; `of`: all else that they depend on, JSON values.

    Raises:
        VideoError: there is no such file or folder.
    """
    seen: list[object] = [] if (shown := SHOWN.get()) is None else [asdict(shown)]
    seen += ["steadied"] * STEADIED.get()
    return hashlib.sha256(json.dumps([str(source.resolve()), _stamp(source), *of, *seen]).encode()).hexdigest()[:24]


def kept_of(source: Named, folder: str | Path) -> Path | None:
    """The folder of what is kept of a video; None where the source is no file or folder that stays what it is."""
    try:
        return Path(folder) / cache_key(Source.of(source).path)
    except (VideoError, OSError):
        return None


def _decode(source: Path, prepare: Prepare, pixels: Path, notes: Path, most_bytes: int) -> None:
    size = 0
    with whole_file(pixels) as part, part.open("wb") as out, open_video(source) as video:
        try:
            for frame in video:
                picture = prepare(frame.rgb)
                size += picture.nbytes
                if size > most_bytes:
                    raise ConfigError(
                        f"{source} needs more than {most_bytes / 1e9:.1f} GB of frame cache at this working size: "
                        "give fewer or shorter videos, a smaller size, or a larger --cache-gb"
                    )
                out.write(picture.tobytes())
        except VideoError:  # what came before is kept; the report says what was wrong
            if not size:
                raise
        if not size:
            raise VideoError(f"{source}: no frame could be read")
    write_text(notes, json.dumps({"problems": video.report.problems, "seams": video.seams}))


def _stamp(source: Path) -> list[tuple[str, int, int]]:
    """Name, size and time of change of the file, or of each file in the folder: what tells that it changed."""
    try:
        files = sorted(source.iterdir()) if source.is_dir() else [source]
        return [(file.name, (stat := file.stat()).st_size, stat.st_mtime_ns) for file in files]
    except OSError as error:
        raise VideoError(f"cannot read {source}: {error.strerror}") from error
