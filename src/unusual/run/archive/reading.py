"""The frames of a shard: of all its files, one after the other, at their places in the stream."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from unusual.domain import Frame, Wholeness
from unusual.errors import VideoError
from unusual.run.archive.manifest import FilmPiece, Shard
from unusual.video.condition.steadying import steadier, steadying
from unusual.video.container.film import KeyFrame, content_of
from unusual.video.reader import VideoReader, open_video
from unusual.video.source import printable

MICROSECONDS = 6  # digits of a time: the same whichever way a frame was reached


@dataclass(frozen=True, slots=True)
class PieceRead:
    """What came of reading a part of a file. wanted, came: frames. problems: a line each."""

    path: str
    wanted: int
    came: int
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class ShardFrames:
    """Reads the frames of a shard, once. position: in the stream, of the newest; reads: what came of each piece.

    A frame's index is its place in the stream, its time in seconds from the stream's beginning; after_gap says where
    frames are missing before it, and its session changes there.
    """

    shard: Shard
    reads: list[PieceRead] = field(default_factory=list)
    _session: int = 0

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame.

        Raises:
            VideoError: a file has changed since it was looked at, or has gone. One that is broken is noted in `reads`.
        """
        seam, follows = False, self.shard.pieces[0].at + self.shard.pieces[0].first
        steady = steadier()  # one for all files: each by itself would stand elsewhere
        for piece in self.shard.pieces:
            seam |= piece.at + piece.first != follows
            check_content(piece)
            came, problems = 0, tuple[str, ...]()
            try:
                with opened(piece) as (video, key):
                    for frame in _wanted(video, piece, key):
                        gap = seam or (frame.after_gap and bool(came))
                        self._session += gap
                        seam, came = False, came + 1
                        placed = _placed(frame, piece, key, gap, self._session)
                        yield replace(placed, rgb=steady(placed.time_s, placed.rgb))
                    problems = _problems(video, piece, key, came)
            except VideoError as error:  # of this file: the others are none the worse for it
                problems = (str(error),)
            check_content(piece)
            self.reads.append(PieceRead(piece.path, piece.last - piece.first, came, problems))
            follows = piece.at + piece.last
            seam |= bool(problems)


class opened:  # noqa: N801 - a context manager, as `open` is one
    """Open a piece's file at the best key frame for it: the reader, and that key frame, None for the beginning."""

    def __init__(self, piece: FilmPiece) -> None:
        self._key = next((key for key in reversed(piece.keys) if key.position <= piece.first), None)
        path = Path(piece.path)
        with steadying(False):
            try:
                self._video = open_video(path, start=self._key.stamp if self._key else None)
            except VideoError:
                if self._key is None:
                    raise
                self._key, self._video = None, open_video(path)  # its index is wrong: all of it is read

    def __enter__(self) -> tuple[VideoReader, KeyFrame | None]:
        return self._video, self._key

    def __exit__(self, *_: object) -> None:
        self._video.close()


def check_content(piece: FilmPiece) -> None:
    """Raise VideoError where a file is not what it was when it was looked at."""
    try:
        now = content_of(Path(piece.path))
    except OSError as error:
        raise VideoError(f"{printable(piece.path)} has gone, or cannot be read: {error.strerror}") from error
    if now != (piece.size, piece.mtime_ns, piece.content):
        raise VideoError(f"{printable(piece.path)} has changed since it was looked at: plan the archive again")


def _wanted(video: VideoReader, piece: FilmPiece, key: KeyFrame | None) -> Iterator[Frame]:
    """The frames of a piece; their index counts from the file's first."""
    before = key.position if key else 0
    for frame in video:
        number = frame.index + before
        if number >= piece.frames:
            raise VideoError(f"{printable(piece.path)} gives more than the {piece.frames} frames that it says it has")
        if number >= piece.last:
            return
        if number >= piece.first:
            yield frame


def _placed(frame: Frame, piece: FilmPiece, key: KeyFrame | None, gap: bool, session: int) -> Frame:
    """The frame at its place in the stream."""
    number = frame.index + (key.position if key else 0)
    entered_s = float(key.stamp - piece.begins) if key else 0.0
    time_s = frame.time_s + entered_s + piece.at_s
    return Frame(piece.at + number, round(time_s, MICROSECONDS), frame.rgb, gap, session)


def _problems(video: VideoReader, piece: FilmPiece, key: KeyFrame | None, came: int) -> tuple[str, ...]:
    whole = key is None and piece.last == piece.frames
    said: Sequence[str] = video.report.problems if whole and video.report.wholeness is Wholeness.PARTIAL else ()
    wanted = piece.last - piece.first
    return tuple(said) or ((f"{wanted - came} of {wanted} frames are missing",) if came < wanted else ())
